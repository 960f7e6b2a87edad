"""Arrays kept between passes."""

import numpy as np
import pytest

from segmentation.features import kept

TEN = np.zeros(10, dtype=np.uint8)


@pytest.fixture(autouse=True)
def nothing_is_kept():
    kept.forget()
    yield
    kept.forget()


def test_what_fits_is_kept_and_what_does_not_is_not():
    for key in "abc":
        kept.keep(key, TEN, 25)
    assert [kept.recall(key) is TEN for key in "abc"] == [True, True, False]
    kept.keep("c", TEN, 30)
    assert kept.recall("c") is TEN
    kept.forget()
    assert kept.recall("a") is None


def test_what_was_made_from_something_else_is_not_recalled_and_gives_way():
    kept.keep("a", TEN, 10, stamp=1)
    assert kept.recall("a", 1) is TEN and kept.recall("a", 2) is None
    other = TEN.copy()
    kept.keep("a", other, 10, stamp=2)
    assert kept.recall("a", 2) is other and kept.recall("a", 1) is None
