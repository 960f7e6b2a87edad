"""The period of a source: one row of two days, whatever types they came from."""

from datetime import date

import pytest

from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.sources import period


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (("2025-01-31", "2025-03-01"), (date(2025, 1, 31), date(2025, 3, 1))),
        (("2025-01-31 23:59:59.999", "2025-03-01T00:00:00Z"), (date(2025, 1, 31), date(2025, 3, 1))),
        (("2025-01-31 00:00:00+00", "2025-01-31"), (date(2025, 1, 31), date(2025, 1, 31))),
        ((None, None), None),
    ],
)
def test_texts_and_times_become_days(cells, days):
    assert period.check([cells]) == days


@pytest.mark.parametrize(
    "cell", [None, "", "x", "2025-1-31", "2025-13-01", "31.01.2025", "infinity", "2025-01-31 (BC)"]
)
def test_what_is_no_day_is_shown_beside_what_was_expected(cell):
    with pytest.raises(ConfigurationFault, match=r"for a day: expected is one row of two days") as refused:
        period.check([(cell, "2025-03-01")])
    assert (f"'{cell}'" if cell is not None else "nothing") in str(refused.value)


@pytest.mark.parametrize("kind", [ConfigurationFault, InputFault])
def test_faults_of_the_query_name_the_period(kind):
    with pytest.raises(kind, match=r"^`source.period` of the data set fails$"), period.faults():
        raise kind("`source.query` of the data set fails")
