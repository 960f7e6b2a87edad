"""What `make` ends with on a terminal: the headline, the verdict, the segments, the doubts, and the files to open."""

import os
import sys
from pathlib import Path
from textwrap import wrap

from segmentation.figures.summary import WIDTH, format_segments
from segmentation.pages import report, verdicts
from segmentation.pages.doubts import doubts
from segmentation.pages.headline import headline
from segmentation.pages.writing import without_isolates
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import Fault
from segmentation.pipeline.terminal import shown


def closing_lines(steps: report.Steps, reports: str, export: str) -> list[str]:
    """The lines to print, by the JSON files of the steps; `export` is the folder of what other programs take."""
    described, elbow, chosen = steps["segments"], steps["elbow"], steps["cluster"]["k"]
    at_chosen = next(at_k for at_k in report.each_k(steps) if len(at_k.segments) == chosen)
    paragraphs = [
        headline(described),
        f"{report.verdict(at_chosen, elbow)} {verdicts.why_this_k(elbow, chosen, chosen)}",
    ]
    lines = [line for paragraph in paragraphs for line in ["", *_wrapped(paragraph)]]
    lines += ["", "Sizes, shares and means:", *format_segments(described).splitlines()]
    if told := doubts(at_chosen, steps["preprocess"]["caveats"]):
        lines += ["", "Before you act on this:"]
        lines += [line for doubt in told for line in _wrapped(f"- {doubt}", indent="  ")]
    files = [
        f"To read and to send on:   {reports}/report.html",
        f"Each customer's segment:  {export}/segments.csv",
        "Change params.yaml, then run make again, or dvc repro after `source .venv/bin/activate`.",
    ]
    return [*lines, "", *files]


def _wrapped(text: str, indent: str = "") -> list[str]:
    """A text in lines that a terminal has room for, without the marks that only a page needs."""
    plain = shown(without_isolates(text))
    return wrap(plain, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def main(reports: str = "reports", export: str = "data/export") -> None:
    """Prints how the last run ended; raises IntermediateFault where its files do not belong together."""
    folder = Path(reports)
    steps = {name: outputs.read_json(folder / f"{name}.json", *keys) for name, keys in report.READS.items()}
    with report.steps_understood(folder):
        report.check_steps_agree(steps, steps["ingest"]["dataset"], folder)
        lines = closing_lines(steps, reports, export)
    print("\n".join(lines))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
        sys.stdout.flush()
    except Fault as fault:
        sys.exit(shown(fault))
    except BrokenPipeError:  # as by `make | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
