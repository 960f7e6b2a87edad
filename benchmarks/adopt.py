"""What a look at a file costs: seconds and peak memory of `adopt` on orders and on customers, beside a bare read.

Draws both tables as CSV files with the marks of a German export, each in as many rows as are asked for, on a copy of
the tracked files in a temporary folder. The peer is DuckDB, which reads every cell and keeps none. Ends with one line
of JSON.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

from pipeline import copy, timed

from segmentation.pipeline.machine import cores

TABLES = {
    "orders": """
        SELECT format('K{:07d}', draw(row // 2, 1, rows // 8 + 1)) AS Kundennr, 100000 + row // 2 AS Auftragsnr,
            strftime(DATE '2023-01-01' + draw(row // 2, 2, 1000), '%d.%m.%Y') AS Datum,
            translate(format('{:,.2f}', 5 * exp(draw(row, 3, 6000) / 1000)), ',.', '.,') AS Betrag,
            ['DE', 'AT', 'CH', 'FR'][draw(row, 4, 4) + 1] AS Land""",
    "customers": """
        SELECT format('K{:08d}', row) AS Kundennr, 'Ort ' || chr(65 + draw(row, 1, 26)) AS Ort,
            ['DE', 'AT', 'CH'][draw(row, 2, 3) + 1] AS Land, 18 + draw(row, 3, 70) AS "Alter",
            translate(format('{:,.2f}', 50 * exp(draw(row, 4, 5000) / 1000)), ',.', '.,') AS Umsatz,
            1 + draw(row, 5, 50) * draw(row, 6, 50) // 50 AS Bestellungen,
            strftime(DATE '2023-01-01' + draw(row, 7, 1000), '%d.%m.%Y') AS "Letzter Kauf",
            ['ja', 'nein'][draw(row, 8, 2) + 1] AS Newsletter""",
}
# In a process of its own: the peak memory that is told of a process is at least that of the one which started it.
DRAW = """
import sys, duckdb
duckdb.sql("CREATE MACRO draw(row, salt, below) AS CAST(hash(row, salt) % below AS INT)")
select, rows, file = sys.argv[1:]
table = f"{select} FROM (SELECT range AS row, {rows} AS rows FROM range({rows}))"
duckdb.sql(f"COPY ({table}) TO '{file}' (HEADER, DELIMITER ';')")
"""
PEER = "import sys, duckdb; duckdb.sql(f\"SELECT count(COLUMNS(*)) FROM read_csv('{sys.argv[1]}')\").fetchall()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000], help="of each table")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median counts")
    arguments = parser.parse_args()
    result = {"cores": cores()}
    print(f"{'':22}{'MiB':>6}{'seconds':>9}{'peak MiB':>10}{'DuckDB: seconds':>17}{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        copy(project)
        os.environ["PYTHONPATH"] = str(project)  # and not what is installed
        for rows in arguments.rows:
            for name in TABLES:
                result[f"{name}_{rows}"] = figures = race(project, name, rows, arguments.repeat)
                ours, peer = figures["adopt"], figures["duckdb"]
                print(f"{name:10}{rows:12,}{figures['mib']:6}{ours['seconds']:9.2f}{ours['peak_mib']:10}", end="")
                print(f"{peer['seconds']:17.2f}{peer['peak_mib']:10}", flush=True)
    print(json.dumps(result))


def race(project: Path, name: str, rows: int, repeat: int) -> dict:
    """The median seconds and peak MiB of `adopt` and of its peer, on one table of so many rows."""
    file = project / f"data/raw/{name}.csv"
    timed(project, "python", "-c", DRAW, TABLES[name], str(rows), str(file))
    runs = {"adopt": [], "duckdb": []}
    for _ in range(repeat):
        runs["adopt"].append(timed(project, "python", "stages/adopt.py", f"adopt.file={file}", f"adopt.name={name}"))
        (project / f"conf/dataset/{name}.yaml").unlink()  # adopt keeps a file that is there
        runs["duckdb"].append(timed(project, "python", "-c", PEER, str(file)))
    figures = {"mib": round(file.stat().st_size / 2**20)}
    file.unlink()
    for tool, taken in runs.items():
        seconds, peak = (statistics.median(run[i] for run in taken) for i in range(2))
        figures[tool] = {"seconds": round(seconds, 2), "peak_mib": round(peak)}
    return figures


if __name__ == "__main__":
    main()
