"""The table of segments, as a terminal shows it."""

import sys
from collections.abc import Mapping
from typing import Any

from segmentation.figures.words import number, sampled
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import Fault

WIDTH = 110


def table(described: Mapping[str, Any], width: int = WIDTH) -> str:
    """One line per segment: name, size, shares, and the mean of each numeric column that fits into `width`.

    Lines below name the other columns, and what is from a sample.
    """
    head = ["", "segment", "customers", "share"]
    value = described["value"]
    rows = [[str(s["segment"]), s["name"], f"{s['size']:,}", f"{s['share']:.1%}"] for s in described["segments"]]
    if value is not None:
        head.append(f"of {value}")
        for row, segment in zip(rows, described["segments"], strict=True):
            share = segment["value_share"]
            row.append("-" if share is None else f"{share:.1%}")
    more = []
    for name in described["columns"]:
        if "mean" not in described["all"][name]:
            continue
        cells = [number(segment["columns"][name].get("mean")) for segment in described["segments"]]
        widened = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
        if more or len(_aligned([*head, name], widened)[0]) > width:
            more.append(name)
        else:
            head, rows = [*head, name], widened
    lines = _aligned(head, rows)
    if more:
        lines.append(f"also in reports/segments.csv: {', '.join(more)}")
    if sample := sampled(described):
        lines.append(f"medians, quartiles, standings (which name the segments) and words: of {sample}")
    return "\n".join(lines)


def _aligned(head: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(w) if i == 1 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in [head, *rows]
    ]


def main(reports: str) -> None:
    """Prints what the last run found and where to look."""
    described = outputs.read_json(f"{reports}/segments.json", "customers", "sampled_customers", "segments")
    print(f"\n{described['customers']:,} customers in {len(described['segments'])} segments; columns are means\n")
    print(table(described))
    print(f"\nTo read and to send on: {reports}/report.html. Each customer's segment: data/segments/.")
    print("Change params.yaml, then run make again, or dvc repro after `source .venv/bin/activate`.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:] or ["reports"])
    except Fault as fault:
        sys.exit(str(fault))
