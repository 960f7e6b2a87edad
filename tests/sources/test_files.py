"""The files that a query reads: their own columns and cells, whatever their folders and names are called."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import file_tables, files

TABLE = pa.table({"id": ["1", "2"], "region": ["N", "S"], "x": [1, 2]})


def select(connection, path):
    source = Query("query", {"t": str(path)}, "SELECT * FROM t")
    return connection.sql(file_tables.select(connection, files.find(str(path)), source, "t"))


def rows(path):
    with duckdb.connect() as connection:
        return select(connection, path).fetchall()


def write(path, table=TABLE):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".json":
        path.write_text("\n".join(f'{{"id": "{id}", "region": "{r}", "x": {x}}}' for id, r, x in cells(table)))
    else:
        lines = [table.schema.names, *cells(table)]
        path.write_text("\n".join(",".join(map(str, line)) for line in lines) + "\n")
    return path


def cells(table):
    return list(zip(*table.to_pydict().values(), strict=True))


@pytest.mark.parametrize("name", ["c.csv", "c.parquet", "c.json"])
@pytest.mark.parametrize("folder", ["region=all", "x=0", "id=7", "month=2026-02", "a=b/region=c"])
def test_a_folder_called_like_a_column_changes_no_cell_and_adds_no_column(tmp_path, name, folder):
    path = write(tmp_path / folder / name)
    expected = [tuple(map(str, row)) for row in cells(TABLE)] if path.suffix == ".csv" else cells(TABLE)
    assert rows(path) == expected
    assert rows(tmp_path / folder / "*") == expected


@pytest.mark.parametrize(
    "name", ["x [1].csv", "a*b.csv", "what?.csv", "it's.csv", "{x}.csv", "100 % & more.csv", "ä 漢.csv"]
)
def test_a_file_is_found_whatever_its_name(tmp_path, name):
    assert len(rows(write(tmp_path / name))) == 2


def test_braces_and_quotes_in_a_header_are_those_of_the_file(tmp_path):
    path = write(tmp_path / "c.csv", pa.table({"{id}": ["1"], "it's": ["2"], "{0}": ["3"]}))
    with duckdb.connect() as connection:
        table = select(connection, path)
        assert (table.columns, table.fetchall()) == (["{id}", "it's", "{0}"], [("1", "2", "3")])


def test_a_named_folder_is_one_table_whose_folders_are_columns_of_text(tmp_path):
    few = pa.table({"id": ["1"], "x": [1]})
    for folder in ("store=007/day=a%20b", "store=12/day=c", "store=__HIVE_DEFAULT_PARTITION__/day=d"):
        write(tmp_path / "sales" / folder / "part-0.parquet", few)
    (tmp_path / "sales/_SUCCESS").touch()
    (tmp_path / "sales/_parts.json").touch()
    write(tmp_path / "sales/_temporary/part-9.parquet", few)
    for name in ("_delta_log/00.parquet", "_started_123", "_committed_123", "_metadata", ".x/c.parquet"):
        write(tmp_path / "sales" / name, few)
    write(tmp_path / "sales/store=12/.part-0.parquet.crc", few)
    assert sorted(rows(tmp_path / "sales"), key=str) == [
        ("1", 1, "007", "a b"),
        ("1", 1, "12", "c"),
        ("1", 1, None, "d"),
    ]
    assert rows(f"{tmp_path}/sales/") == rows(tmp_path / "sales")


@pytest.mark.parametrize("name", ["_north.csv", "_tmp/a.csv", "_2026/_a.csv", "x.crc.csv", "_SUCCESS.csv", "a_.csv"])
def test_a_file_of_a_folder_is_read_whatever_its_name_begins_with(tmp_path, name):
    write(tmp_path / "sales/south.csv")
    write(tmp_path / "sales" / name)
    assert len(rows(tmp_path / "sales")) == 4


def test_a_folder_above_the_named_one_says_nothing(tmp_path):
    write(tmp_path / "region=all/sales/part-0.parquet")
    assert rows(tmp_path / "region=all/sales") == cells(TABLE)


@pytest.mark.parametrize("sign", [";", "\t", "|", ","])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_line_by_which_excel_knows_the_delimiter_is_read_as_excel_does(tmp_path, sign, start, end):
    path = tmp_path / "c.csv"
    text = end.join([f"sep={sign}", f"id{sign}x", f"007{sign}1", f"008{sign}2", ""])
    path.write_bytes((start + text).encode())
    assert rows(path) == [("007", "1"), ("008", "2")]


def two_formats(folder):
    write(folder / "c.csv")
    write(folder / "c.parquet")


def shared(folder):
    write(folder / "region=a/c.parquet")


def uneven(folder):
    write(folder / "day=1/c.parquet")
    write(folder / "c.parquet")


def empty(folder):
    folder.mkdir()
    (folder / "_SUCCESS").touch()


def twice(folder):
    folder.mkdir()
    pq.write_table(pa.table([["1"], [1], [2]], names=["id", "spending", "Spending"]), folder / "c.parquet")


REFUSED = {
    "files of two formats": (two_formats, "holds files of several formats, .csv, .parquet"),
    "a folder called like a column": (shared, "has folders region=... and its files have a column region"),
    "files in other folders": (uneven, "lies in other folders NAME=VALUE than"),
    "no file of data": (empty, "is a folder without a file of data"),
    "a column twice": (twice, r"duplicate column names \['spending'\]"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_a_folder_that_is_no_table_is_refused(tmp_path, make, message):
    make(tmp_path / "sales")
    with pytest.raises(InputFault, match=message):
        rows(tmp_path / "sales")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told_how_to_be_saved(tmp_path, encoding):
    path = tmp_path / "c.csv"
    path.write_bytes("id,x\n1,2\n".encode(encoding))
    with pytest.raises(InputFault, match=r"UTF-16: .* save it as UTF-8, in Excel as `CSV UTF-8`"):
        rows(path)


PACKED = {
    "c.parquet.gz": "unpack it, as `gunzip c.parquet.gz` does",
    "our shop.csv.zip": "unpack it, as `unzip 'our shop.csv.zip'` does",
    "c.csv.bz2": ".*`bunzip2 c.csv.bz2`",
    "C.CSV.XZ": ".*`unxz C.CSV.XZ`",
    "c.csv.zst": ".*`unzstd c.csv.zst`",
    "c.xlsm": "save a spreadsheet as .xlsx$",
    "c.ods": "save a spreadsheet as .xlsx$",
}


@pytest.mark.parametrize("name", PACKED)
def test_a_file_that_is_packed_is_told_how_to_be_unpacked(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputFault, match=f"is of no known format: .csv, .*; {PACKED[name]}"):
        rows(tmp_path / name)


def test_two_kinds_of_line_ends_are_read_as_one(tmp_path):
    file = tmp_path / "wrapped.csv"
    file.write_bytes(b'"customer\nnumber",x\r\nA,1\r\nB,2\r\n')
    source = Query("query", {"customers": str(file)}, "")
    entry = files.with_copies(files.find(str(file)), source, tmp_path / "copies")
    with duckdb.connect() as connection:
        rows = connection.sql(file_tables.select(connection, entry, source, "customers"))
        assert (rows.columns, rows.fetchall()) == (["customer\nnumber", "x"], [("A", "1"), ("B", "2")])
