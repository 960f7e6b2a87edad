"""Every kind of source has a reader, checks and a template, and is written as one table of parts."""

from dataclasses import fields

import pyarrow as pa
import pytest
from omegaconf import OmegaConf
from project import ROOT

from segmentation.pipeline import parts
from segmentation.pipeline.schema import Threads
from segmentation.pipeline.source_kinds import KINDS, Distribution, Draw, Planted, Query, Synthetic
from segmentation.sources import source


def test_every_kind_of_source_has_a_reader():
    assert set(source.READERS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_has_a_template_that_sets_each_key_which_has_no_default(kind):
    template = OmegaConf.load(ROOT / f"conf/dataset/{KINDS[kind].template}.yaml").source
    assert template.kind == kind
    allowed = {field.name for field in fields(KINDS[kind])}
    needed = {field.name for field in fields(KINDS[kind]) if field.default == "???"}
    assert needed <= set(template) <= allowed


def write(kind, folder, part_rows):
    """The customers and the planted segments of a source, part by part, as lists of tables."""
    places = [folder / name for name in ("customers", "planted", "workspace")]
    source.write_customers(kind, "id", part_rows, Threads("threads", 2), *places)
    assert not places[2].exists(), "the workspace is removed again"
    return [[parts.read(file) for file in parts.paths(place)] for place in places[:2]]


def test_files_are_written_in_parts_and_nothing_is_planted(tmp_path):
    (tmp_path / "c.csv").write_text("id,x\n" + "".join(f"{n:02d},{n}\n" for n in range(5)))
    query = Query("query", {"customers": str(tmp_path / "c.csv")}, "SELECT * FROM customers")
    customers, planted = write(query, tmp_path, 2)
    assert [table.num_rows for table in customers] == [2, 2, 1]
    assert pa.concat_tables(customers).to_pydict() == {
        "customer_id": ["00", "01", "02", "03", "04"],
        "x": [0, 1, 2, 3, 4],
    }
    assert [table.to_pydict() for table in planted] == [{"customer_id": [], "planted": []}]


def test_generated_customers_are_written_in_parts_beside_their_planted_segments(tmp_path):
    columns = {"x": Distribution("normal", 0, -100, 100)}
    segments = [Planted("Low", 0.5, {"x": Draw(-50, 1)}), Planted("High", 0.5, {"x": Draw(50, 1)})]
    customers, planted = write(Synthetic("synthetic", 250, 7, columns, segments), tmp_path, 100)
    assert [table.num_rows for table in customers] == [table.num_rows for table in planted] == [100, 100, 50]
    for table, truth in zip(customers, planted, strict=True):
        assert table["customer_id"].equals(truth["customer_id"])
        assert [name == "High" for name in truth["planted"].to_pylist()] == [x > 0 for x in table["x"].to_pylist()]
    assert pa.concat_tables(customers)["customer_id"].to_pylist() == [f"C{n:08d}" for n in range(250)]
