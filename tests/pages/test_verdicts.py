"""The verdict in plain words, at every K and for each way in which K came about."""

import pytest

from segmentation.pages import verdicts

ELBOW = {"verdict": "clear", "verdict_k": 5, "k": 5, "k_because": "", "rule": "calibrated"}


@pytest.mark.parametrize("word", verdicts.VERDICTS)
def test_each_verdict_says_what_it_means_for_acting_at_its_own_k(word):
    text = verdicts.verdict_at(ELBOW | {"verdict": word}, 5)
    assert text.startswith(verdicts.VERDICTS[word].finding) and text.endswith(verdicts.VERDICTS[word].meaning)


@pytest.mark.parametrize(
    ("word", "k", "text"),
    [
        ("clear", 7, "The data show 5 groups. These 7 segments cut some of them in two: a choice, not a finding."),
        ("weak", 4, "The data show 5 groups. These 4 segments put some of them together: a choice, not a finding."),
        ("reproducible", 4, "No natural groups, so 4 segments are a choice: their borders run through a crowd."),
        ("constructive", 6, "No natural groups, so 6 segments are a choice: their borders run through a crowd."),
        ("constructive", 1, verdicts.ONE_SEGMENT),
    ],
)
def test_at_any_other_k_the_segments_are_a_choice(word, k, text):
    assert verdicts.verdict_at(ELBOW | {"verdict": word}, k) == text


ONE = {"verdict": "constructive", "verdict_k": 1, "k": 1}
BY_RULE = {"rule": "gap", "choices": {"gap": 5}}
OTHER_BY_RULE = {"k": 3, "k_because": "elbow.rule gap takes it", "rule": "gap", "choices": {"gap": 3}}
NO_ANSWER = {
    "k": 1,
    "k_because": "elbow.rule gap has no answer from K = 1 to 9",
    "rule": "gap",
    "choices": {"gap": None},
}
BOUNDED = {"k": 3, "k_because": "elbow.k_max is 3: raise it to 5"}


@pytest.mark.parametrize(
    ("elbow", "k", "chosen", "text"),
    [
        ({}, 5, 5, "You see 5 segments, which the pipeline took, since so many groups stand apart."),
        ({}, 1, 5, "You see 1 segment. The pipeline took 5, since so many groups stand apart."),
        ({"verdict": "constructive"}, 5, 5, "since the curve of the elbow bends there."),
        (ONE, 1, 1, "You see 1 segment, which the pipeline took, since no groups stand apart and the curve of the"),
        (BY_RULE, 5, 5, "which the pipeline took, since the rule that is set takes it (elbow.rule: gap)."),
        (OTHER_BY_RULE, 3, 3, "which the pipeline took, since the rule that is set takes it (elbow.rule: gap)."),
        (NO_ANSWER, 1, 1, "which the pipeline took, since the rule that is set has no answer (elbow.rule: gap)."),
        (BOUNDED, 3, 3, "You see 3 segments, which the pipeline took, since elbow.k_max is 3: raise it to 5."),
        ({}, 4, 4, "You see 4 segments, as set by hand (cluster.k). The pipeline would take 5, since so many groups"),
        ({}, 6, 4, "You see 6 segments; 4 are set by hand (cluster.k). The pipeline would take 5, since"),
        ({}, 6, 1, "You see 6 segments; 1 is set by hand (cluster.k). The pipeline would take 5, since"),
    ],
)
def test_it_says_which_k_is_seen_and_which_the_pipeline_took_and_why(elbow, k, chosen, text):
    assert text in verdicts.why_this_k(ELBOW | elbow, k, chosen)


def test_the_word_of_the_verdict_names_its_k_where_another_is_shown():
    assert (verdicts.verdict_of_k(ELBOW, 5), verdicts.verdict_of_k(ELBOW, 4)) == ("clear", "clear at K = 5")


def test_one_segment_is_never_called_a_division():
    assert verdicts.verdict_at(ELBOW | {"verdict": "constructive", "verdict_k": 1}, 1) == verdicts.ONE_SEGMENT
