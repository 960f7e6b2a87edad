"""A killed `dvc repro` loses nothing, and the next one ends as if nobody had killed it.

Two kills are enough to see that they are planted rightly: benchmarks/faults.py kills every step, sixty times.
"""

from kills import Victim


def test_after_a_kill_every_output_is_whole_and_a_clean_run_gives_the_same_bytes(tmp_path):
    victim = Victim(tmp_path / "project", until="preprocess")
    for step, share, whole_group in (("preprocess", 0.9, True), ("ingest", 0.5, False)):
        victim.kill(step, share, whole_group)
        assert victim.half_written() == []
        assert victim.wrong_after_a_clean_run() == []
