"""The customers of a data set that is there, and what its settings do with each column."""

import duckdb
import pytest

from segmentation.adoption import existing
from segmentation.pipeline.schema import Data, Feature, Profile, Threads
from segmentation.pipeline.source_kinds import Query

TEXT = "customer_id,revenue,visits,city,word,spare\n" + "".join(
    f"K{n:02d},{n}.5,{'' if n < 3 else n % 4},{'Ulm' if n % 2 else 'Bonn'},w{n},{n}\n" for n in range(10)
)
QUERY = "SELECT * REPLACE (CAST(revenue AS DOUBLE) AS revenue, CAST(visits AS INTEGER) AS visits) FROM c"


@pytest.fixture
def decide(tmp_path):
    (tmp_path / "c.csv").write_text(TEXT)

    def decided(**settings):
        data = Data(
            id="customer_id",
            source=Query("query", {"c": str(tmp_path / "c.csv")}, f"{QUERY} ORDER BY customer_id"),
            features={"revenue": Feature(transform="log1p", unit="EUR"), "visits": Feature(), "word": Feature()},
            profile={"city": Profile()},
            **settings,
        )
        with duckdb.connect() as connection:
            found = existing.decisions(connection, data, Threads(), tmp_path / "workspace")
        return {decision.column.name: (decision.use, decision.why) for decision in found}

    return decided


def test_each_column_is_told_with_its_use(decide):
    assert decide(value="revenue") == {
        "customer_id": ("id", "tells customers apart"),
        "revenue": ("feature, log1p", "EUR; the value of customers"),
        "visits": ("feature", "3 gaps"),
        "city": ("profile", "describes segments"),
        "word": ("feature", "text, where numbers are expected"),
        "spare": ("left out", "named nowhere in the data set's file"),
    }


def test_a_value_need_be_no_feature(decide):
    assert decide(value="spare")["spare"] == ("value", "the value of customers")
