"""Each kind of fault has its exit code, and messages suggest the word that was probably meant."""

import pytest

from segmentation.pipeline import errors


def test_each_kind_of_fault_has_its_exit_code():
    codes = {
        "Fault": 70,
        "ConfigurationFault": 2,
        "InputFault": 3,
        "ColumnFault": 3,
        "IntermediateFault": 4,
        "EnvironmentFault": 5,
    }
    assert {name: getattr(errors, name).code for name in codes} == codes


@pytest.mark.parametrize(
    ("word", "allowed", "message"),
    [
        ("kmax", ["k_min", "k_max"], "did you mean 'k_max'? there are: k_max, k_min"),
        ("colour", ["b", "a"], "there are: a, b"),
        ("colour", [], "there are: none"),
    ],
)
def test_a_suggestion_names_the_most_similar_word_and_all_that_are_allowed(word, allowed, message):
    assert errors.suggestion(word, allowed) == message


def test_a_stale_file_is_named_with_the_files_that_it_should_follow_from():
    fault = errors.stale("data/features", "data/customers", "data/model.json")
    assert isinstance(fault, errors.IntermediateFault)
    assert str(fault).startswith("data/features does not follow from data/customers and data/model.json, as after")
