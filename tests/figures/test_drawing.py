"""The figures: the same bytes for the same numbers, whatever the names."""

import struct
from types import SimpleNamespace

import matplotlib.image
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from segmentation.features.space import Feature
from segmentation.figures import drawing, palette
from segmentation.pipeline.schema import QUANTILES

HOSTILE = ["$\\bad$", "x" * 300, "_hidden\nline", "", "a_b^{c}", "100 % & <b>"]
CJK = ["売上高", "🛒"]
PLAIN = ["spending", "orders", "age"]
AGG = "matplotlib.backends.backend_agg.FigureCanvasAgg.print_png"  # which writes each figure


def described(segments, columns, names=("High-Value",), standing=True, value="spending", sample=1000, numbers=None):
    """What `analyze` tells of so many segments, numbered from 1 unless they have `numbers`."""

    def statistics(segment, column):
        ranks = {"standing": (segment + column) % 7 / 6} if standing else {}
        spread = (1.0, 2, 4, 8, 99) if standing else [np.nan] * len(QUANTILES)
        quantiles = {key: segment + value for key, value in zip(QUANTILES, spread, strict=True)}
        return {"mean": 10.0 ** (segment - column) if standing else None, **ranks, **quantiles}

    return {
        "customers": 1000,
        "sampled_customers": sample,
        "value": value,
        "columns": ["city", *columns],
        "labels": {"city": "City", **{name: name for name in columns}},
        "units": {"city": "", columns[0]: "dollars a year", **dict.fromkeys(columns[1:], names[0])},
        "all": {"city": {"top": []}, **{name: {"mean": 1.0} for name in columns}},
        "segments": [
            {
                "segment": number,
                "name": names[segment % len(names)],
                "share": 2 * segment / segments / (segments + 1),
                "value_share": 1 / segments if value else None,
                "columns": {"city": {"top": []}, **{name: statistics(segment, i) for i, name in enumerate(columns)}},
            }
            for segment, number in enumerate(numbers or range(1, segments + 1), 1)
        ],
    }


def curve(ks):
    inertia = [1000 / k for k in ks]
    shares = {"inertia": 1, "null": 2, "null_low": 1.8, "null_high": 2.5}
    return {"k": ks} | {name: [share * value for value in inertia] for name, share in shares.items()}


def draw_elbow(path, segments=4, columns=PLAIN, names=("High-Value",), standing=True):
    drawing.draw_elbow(
        path, curve(range(1, max(segments, 1) + 1)), segments, "K = 4, clear: 50% below customers without segments"
    )


def draw_profile(path, segments=4, columns=PLAIN, names=("High-Value",), standing=True, sample=1000):
    drawing.draw_profile(path, described(segments, columns, names, standing, sample=sample))


def draw_sizes(path, segments=4, columns=PLAIN, names=("High-Value",), standing=True, numbers=None):
    value = columns[0] if standing else None
    drawing.draw_sizes(path, described(segments, columns, names, value=value, numbers=numbers))


def draw_distributions(
    path, segments=4, columns=PLAIN, names=("High-Value",), standing=True, sample=1000, numbers=None
):
    known = {"power": None, "fill": None, "low": None, "high": None, "mean": 0, "scale": 1}
    features = [Feature(name, names[0], "none" if i else "log1p", **known) for i, name in enumerate(columns)]
    table = described(segments, columns, names, standing, sample=sample, numbers=numbers)
    drawing.draw_distributions(path, table, features)


def draw_scatter(path, segments=4, columns=PLAIN, names=("High-Value",), standing=True, numbers=None):
    segment = np.repeat(np.arange(1, segments + 1), 10)
    points = np.random.default_rng(0).normal(size=(len(segment), 2)) + segment[:, np.newaxis] * 3
    centres = np.array([points[segment == s].mean(axis=0) for s in range(1, segments + 1)])
    captions = [f"more {columns[0]}", *columns[1:2], ""][:2]
    numbers, names = numbers or range(1, segments + 1), [names[s % len(names)] for s in range(segments)]
    described = [{"segment": n, "name": name, "withheld": False} for n, name in zip(numbers, names, strict=True)]
    drawing.draw_scatter(path, points, segment, centres, described, captions)


def draw_stability(path, segments=4, columns=PLAIN, names=("High-Value",), standing=True, numbers=None):
    resampled = [
        {
            "segment": number,
            "name": names[segment % len(names)],
            "jaccard": segment / segments if standing else np.nan,
            "jaccard_p10": 0.9 * segment / segments if standing else np.nan,
            "jaccard_p90": 1 if standing else np.nan,
            "name_kept": 1 / segment if standing else np.nan,
        }
        for segment, number in enumerate(numbers or range(1, segments + 1), 1)
    ]
    drawing.draw_stability(path, {"segments": resampled}, {"weak": 0, "not to be trusted": 0.5, "strong": 0.75})


FIGURES = [draw_elbow, draw_profile, draw_sizes, draw_distributions, draw_scatter, draw_stability]


def chunks(content):
    """The types of a PNG's chunks with their contents."""
    pairs, position = [], 8
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        pairs.append((kind, content[position + 8 : position + 8 + length]))
        position += 12 + length
    return pairs


@pytest.mark.parametrize("draw", FIGURES)
def test_equal_numbers_give_equal_bytes_without_a_software_tag_and_others_do_not(draw, tmp_path):
    first, second, different = (tmp_path / "figures" / name for name in ("first.png", "second.png", "different.png"))
    draw(first)
    draw(second)
    draw(different, segments=3)
    content = first.read_bytes()
    assert content == second.read_bytes() != different.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n") and chunks(content)[-1][0] == b"IEND"
    assert {kind for kind, _ in chunks(content)} <= {b"IHDR", b"pHYs", b"IDAT", b"IEND"}
    assert b"Software" not in content and b"atplotlib" not in content


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("draw", FIGURES)
@pytest.mark.parametrize(
    "case",
    [
        {"names": HOSTILE, "columns": HOSTILE, "segments": 6},
        {"names": CJK, "columns": CJK},
        {"columns": ["age"], "segments": 1},
        {"segments": 12, "columns": list("abcdefg")},
        {"standing": False},
    ],
    ids=["hostile names", "no glyph", "one segment of one feature", "twelve segments", "nothing known"],
)
def test_a_figure_of_legible_size_is_drawn_of(draw, case, tmp_path):
    draw(tmp_path / "figure.png", **case)
    height, width, _ = matplotlib.image.imread(tmp_path / "figure.png").shape
    assert 150 < height < 3000 and 400 < width < 3000


@pytest.mark.parametrize("draw", [draw_profile, draw_distributions])
@pytest.mark.parametrize("columns", [["age"], PLAIN], ids=["one column", "three columns"])
def test_a_figure_says_that_it_is_from_a_sample(draw, columns, tmp_path, monkeypatch):
    notes = []
    monkeypatch.setattr("matplotlib.figure.Figure.supxlabel", lambda _, text, **__: notes.append(text))
    draw(tmp_path / "figure.png", columns=columns)
    assert not any("sample" in note for note in notes)
    draw(tmp_path / "figure.png", columns=columns, sample=999)
    assert notes[-1].endswith("a sample of 999 customers")


@pytest.mark.parametrize("draw", [draw_sizes, draw_distributions, draw_scatter, draw_stability])
@pytest.mark.parametrize("numbers", [(1, 2, 3), (2, 5, 7)], ids=["in a row", "with gaps"])
def test_each_segment_has_the_colour_of_its_number(draw, numbers, tmp_path):
    def pixels(segment):
        return (np.abs(image - to_rgb(palette.colour(segment))).max(axis=2) < 0.01).sum()

    draw(tmp_path / "figure.png", segments=3, numbers=numbers)
    image = matplotlib.image.imread(tmp_path / "figure.png")[:, :, :3]
    assert min(map(pixels, numbers)) > 200
    assert max(map(pixels, {1, 3, 5, 6, 7, 8} - set(numbers))) < 20


def test_customers_on_the_map_have_the_colour_of_their_segment(tmp_path):
    points = np.random.default_rng(0).normal(size=(200, 2))
    position = np.repeat([1, 2], 100)
    centres, captions = np.array([[5, 5], [5, -5]]), ["x", "y"]
    segments = [{"segment": number, "name": name, "withheld": False} for number, name in ((1, "A"), (3, "B"))]
    drawing.draw_scatter(tmp_path / "map.png", points, position, centres, segments, captions)
    image = matplotlib.image.imread(tmp_path / "map.png")[:, :, :3]
    pixels = {
        s: (np.abs(image - 0.55 * np.array(to_rgb(palette.colour(s))) - 0.45) < 0.01).all(axis=2).sum()
        for s in range(1, 5)
    }
    assert min(pixels[1], pixels[3]) > 500 and max(pixels[2], pixels[4]) < 20


@pytest.mark.filterwarnings("error")
def test_a_map_of_one_feature_and_of_nobody_who_may_be_told_says_so_and_has_no_legend(tmp_path, monkeypatch):
    figures, segments = [], [{"segment": 1, "name": "A", "withheld": True}]
    monkeypatch.setattr(AGG, lambda canvas, *_, **__: figures.append(canvas.figure))
    drawing.draw_scatter(
        tmp_path / "map.png", np.empty((0, 2)), np.empty(0, int), np.zeros((1, 2)), segments, ["x", ""]
    )
    assert figures[0].legends == [] and figures[0].axes[0].get_ylabel() == drawing.ONE_FEATURE


def test_the_means_of_the_heat_map_are_as_short_as_on_the_page(tmp_path, monkeypatch):
    cells, table = [], described(1, ["huge"])
    monkeypatch.setattr("matplotlib.axes.Axes.text", lambda _, x, y, text, **__: cells.append(text))
    table["segments"][0]["columns"]["huge"]["mean"] = 4.8e15
    drawing.draw_profile(tmp_path / "profile.png", table)
    assert cells == ["4,800tn"]


def test_the_caption_is_written_and_k_is_marked_where_it_lies_on_the_curve(tmp_path, monkeypatch):
    captions, marked = [], []
    monkeypatch.setattr("matplotlib.axes.Axes.annotate", lambda _, text, *__, **___: captions.append(text))
    monkeypatch.setattr("matplotlib.axes.Axes.vlines", lambda _, k, low, high, **__: marked.append((k, low, high)))
    drawing.draw_elbow(tmp_path / "elbow.png", curve([2, 4, 5]), 4, "K = 4, weak")
    drawing.draw_elbow(tmp_path / "elbow.png", curve([2, 4, 5]), 1, "no clear segments")
    assert captions == ["K = 4, weak", "no clear segments"]
    assert marked == [(4, 0, 250.0)]


def test_a_long_caption_leaves_the_curve_its_width(tmp_path, monkeypatch):
    widths = []
    save = FigureCanvasAgg.print_png

    def keep(canvas, path, **options):
        save(canvas, path, **options)
        widths.append(canvas.figure.axes[0].get_position().width)

    monkeypatch.setattr(AGG, keep)
    for caption in (
        "K = 4",
        "The elbow takes K = 4 by calinski_harabasz (reproducible is said of K = 12): " + "x " * 20,
    ):
        drawing.draw_elbow(tmp_path / "elbow.png", curve([2, 4, 5]), 4, caption)
    assert widths[1] == pytest.approx(widths[0], rel=0.01)


def test_the_colours_of_the_heat_map_are_told_from_never_to_always(tmp_path, monkeypatch):
    bars = []

    def keep(canvas, path, **options):
        bars.append(canvas.figure.axes[-1])

    monkeypatch.setattr(AGG, keep)
    draw_profile(tmp_path / "profile.png")
    lowest, highest = palette.STANDING
    assert bars[0].get_yticks().tolist() == [lowest, 0.5, highest]
    assert [label.get_text() for label in bars[0].get_yticklabels()] == ["never", "half", "always"]


def test_a_figure_says_that_quantiles_of_few_are_left_out(tmp_path, monkeypatch):
    notes = []
    monkeypatch.setattr("matplotlib.figure.Figure.supxlabel", lambda _, note, **__: notes.append(note))
    table = described(2, ["age"]) | {"least": 10}
    feature = SimpleNamespace(name="age", log_axis=False, unit="years")
    drawing.draw_distributions(tmp_path / "told.png", table, [feature])
    table["segments"][1]["columns"]["age"] |= {"percentile_5": None, "percentile_95": None}
    drawing.draw_distributions(tmp_path / "left_out.png", table, [feature])
    assert "fewer than 10" not in notes[0] and "fewer than 10 customers is left out" in notes[1]
