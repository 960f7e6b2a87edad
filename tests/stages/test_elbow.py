"""The step elbow says in words what it decided, and how sure that is."""

import os
import pty
import re
import subprocess
import sys

import pytest
from criteria import decision

from stages import elbow

CROWD = {"groups": 1, "depth": 0.0}
WORKING = CROWD | {"beyond_null": 1.0}


@pytest.mark.parametrize(
    ("settings", "k", "message"),
    [
        ({}, 3, r"elbow at K = 3, clear: 3 groups .* 9\.0 deep; other rules: calinski_harabasz 4$"),
        ({"depth": 3.0}, 3, r"elbow at K = 3, weak: .* 3\.0 deep \(clear from 4 on\)"),
        (
            CROWD,
            3,
            "no natural groups, yet reproducible .* in 93 of 100 resamples: .*; by draw K is 3, 3, 3, 3, 4; other",
        ),
        (
            WORKING | {"cut": 4},
            4,
            "no natural groups; a working cut at the elbow, K = 4, .* in 93 of 100 resamples; const",
        ),
        (
            WORKING | {"cut": 8},
            5,
            r"a working cut at the elbow, K = 8, (.|\n)*warning: K = 5, since .*_max is 5: raise it to 8$",
        ),
        (
            CROWD | {"without_groups": "one"},
            1,
            "warning: K = 1, since elbow.without_groups keeps the customers as one$",
        ),
        (CROWD | {"without_groups": "one", "ks": range(2, 6)}, 1, "K = 1, since elbow.without_groups keeps .* as one$"),
        (CROWD | {"ks": range(1, 2)}, 1, "warning: K = 1, since elbow.k_max is 1: raise it to 3$"),
        (WORKING | {"cut": 1}, 1, "no natural groups, and the curve has no bend to cut the customers at"),
        (
            {"groups": 9},
            5,
            r"elbow at K = 9, clear: 9 groups(.|\n)*warning: K = 5, since elbow.k_max is 5: raise it to 9$",
        ),
        (
            {"groups": 2, "ks": range(3, 6)},
            3,
            r"elbow at K = 2, clear(.|\n)*K = 3, since elbow.k_min is 3: lower it to 2$",
        ),
        ({"rule": "calinski_harabasz"}, 4, r"K = 4 by elbow.rule calinski_harabasz; elbow at K = 3, clear: .* deep$"),
        (CROWD | {"rule": "silhouette"}, 3, "K = 3 by elbow.rule silhouette; no natural groups, yet reproducible"),
        (
            {"rule": "kneedle", "ks": range(2, 4)},
            2,
            r"K = 2 by elbow.rule kneedle; (.|\n)*: K = 2, since elbow.rule kneedle has no answer from K = 2 to 3$",
        ),
    ],
)
def test_what_is_decided_is_told(settings, k, message):
    decided, _ = decision(**settings)
    assert decided["k"] == k
    assert re.match(f"(.|\n)*{message}", elbow.summary(decided))
    assert str(k) in elbow.caption(decided)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "The elbow takes K = 3, clear: 50% below"),
        (WORKING, "The elbow takes K = 3, constructive: 50% below"),
        (
            CROWD | {"rule": "calinski_harabasz"},
            "The elbow takes K = 4 by calinski_harabasz (reproducible is said of K = 3): 50% below",
        ),
        (CROWD | {"without_groups": "one"}, "The elbow takes K = 1 (reproducible is said of K = 3): 50% below"),
    ],
)
def test_the_figure_says_which_k_the_elbow_takes_and_which_the_verdict_is_of(settings, text):
    assert elbow.caption(decision(**settings)[0]).startswith(text)


def test_on_a_terminal_it_prints_its_summary_and_nothing_else(project):
    project.steps(upto="preprocess")
    ours, theirs = pty.openpty()
    environment = project.environment(None, cold=True)
    command = [sys.executable, "-m", "stages.elbow"]
    subprocess.run(command, cwd=project.folder, env=environment, stdout=theirs, stderr=theirs, check=True)
    printed = re.sub(r"(\r\x1b\[Kelbow, [^\r]*)+\r\x1b\[K", "", os.read(ours, 100_000).decode())
    assert re.fullmatch(r"elbow at K = [^\r\\]+(\r\nwarning: [^\r\\]+)?\r\n", printed), printed
