"""Colours that segments keep from one K to the next."""

from segmentation.segments.colours import segment_colours


def sweep(*moves):
    """The segments at each K from one on, by how many of their customers are where at the next K."""
    return [
        {"k": len(rows), "segments": [{"segment": n, "next": row} for n, row in enumerate(rows, 1)]} for rows in moves
    ]


def test_segments_keep_the_colour_of_the_one_whose_customers_they_hold():
    swept = sweep([[4, 96]], [[0, 4, 0], [50, 0, 46]], [[], [], []])
    assert segment_colours(swept, 2) == [[2], [1, 2], [2, 1, 3]]
    assert segment_colours(swept, 3) == [[1], [2, 1], [1, 2, 3]]
