"""The figures: each function takes plain numbers and writes one PNG, the same bytes for the same numbers.

Matplotlib is imported where it is used: the workers of a cluster import a step's modules, and draw nothing.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from segmentation.figures import boxes, fonts, palette, ticks
from segmentation.figures.palette import GRID, QUIET, colour, readable_on
from segmentation.figures.words import format_figure, sample_note, segment_label, shortened
from segmentation.pipeline import progress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = {
    "figure.dpi": 150,
    "font.size": 10,
    "text.parse_math": False,  # a column may be called $a$
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
}
FEW = 6  # columns that have room for wide headings
MOST = 12  # columns, or features, in one figure
ONE_FEATURE = "No meaning: with one feature, all lie on a line"
CAPTION = 75  # letters of a caption beside each other


def draw_elbow(path: Path, card: Mapping[str, Sequence[float]], k: int, caption: str) -> None:
    """The inertia curve over K, the band where it would lie without segments, the K of the elbow, and a caption."""
    ks, inertia = list(card["k"]), card["inertia"]
    with _figure(path, 7, 4.2) as figure:
        axes = figure.subplots()
        band = {"color": palette.BAND, "alpha": palette.BAND_OPACITY, "linewidth": 0}
        axes.fill_between(ks, card["null_low"], card["null_high"], **band)
        null = {"color": palette.NEUTRAL, "linewidth": 1.2, "linestyle": "--", "label": "customers without segments"}
        axes.plot(ks, card["null"], **null)
        axes.plot(ks, inertia, color=palette.CURVE, marker="o", linewidth=2, markersize=5, label="these customers")
        if k in ks:
            height = inertia[ks.index(k)]
            ring = {"marker": "o", "markersize": 13, "markerfacecolor": "none", "markeredgewidth": 2}
            axes.plot([k], [height], color=palette.CHOSEN, clip_on=False, **ring)
            axes.vlines(k, 0, height, color=palette.CHOSEN, linestyle=":", linewidth=1.5)
        above = {"xytext": (0, 8), "xycoords": "axes fraction", "textcoords": "offset points"}
        lines = wrap(caption, CAPTION)
        axes.annotate("\n".join(lines), (0, 1), color=palette.CHOSEN, **above)
        axes.legend(frameon=False, loc="upper right")
        axes.set_title("Inertia by number of segments", pad=10 + 14 * len(lines))
        axes.set_xlabel("Number of segments K")
        axes.set_ylabel("Inertia (sum of squared distances)")
        axes.xaxis.get_major_locator().set_params(integer=True, nbins=15)
        axes.set_ylim(0, 1.12 * max(inertia))
        ticks.write(axes.yaxis)
        axes.grid(axis="y", color=GRID)


def draw_profile(path: Path, described: Mapping[str, Any]) -> None:
    """A heat map of segments by columns: the mean in original units, coloured by where the segment stands."""
    segments, labels = described["segments"], _labels(described["segments"])
    names, note = _most_different(
        [name for name in described["columns"] if "mean" in described["all"][name]], described
    )
    standing = np.array(
        [[segment["columns"][name].get("standing", np.nan) for name in names] for segment in segments], dtype=float
    )
    column = 1.45 if len(names) <= FEW else 1.2
    with _figure(path, 3.8 + column * len(names), 2.4 + _height(labels, 0.5)) as figure:
        axes = figure.subplots()
        lowest, highest = palette.STANDING
        image = axes.imshow(standing, cmap=palette.STANDING_MATPLOTLIB, vmin=lowest, vmax=highest, aspect="auto")
        inks = image.cmap(image.norm(np.nan_to_num(standing, nan=0.5)), bytes=True)
        for row, segment in enumerate(segments):
            for column, name in enumerate(names):
                mean = format_figure(segment["columns"][name].get("mean"))
                ink = readable_on("#{:02x}{:02x}{:02x}".format(*inks[row, column, :3]))
                axes.text(column, row, mean, ha="center", va="center", color=ink)
        axes.set_xticks(
            range(len(names)), [_heading(described["labels"][name], described["units"][name]) for name in names]
        )
        axes.set_yticks(range(len(segments)), labels)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title("Means by segment", pad=14)
        bar = figure.colorbar(image, ax=axes, shrink=0.9, ticks=[lowest, 0.5, highest])
        bar.ax.set_yticklabels(["never", "half", "always"])
        bar.set_label("How often its customers\nhave the higher value,\nset against any who differ", color=QUIET)
        bar.outline.set_visible(False)
        sample = sample_note(described)
        _note_below(figure, [note, f"Colours: of {sample}" if sample else ""])


def draw_sizes(path: Path, described: Mapping[str, Any]) -> None:
    """Each segment's share of the customers as a full bar, beside its share of the value column as an outline."""
    segments, value, labels = described["segments"], described["value"], _labels(described["segments"])
    with _figure(path, 7.5, 1.6 + _height(labels, 0.55)) as figure:
        axes = figure.subplots()
        for row, segment in enumerate(segments):
            shade = colour(segment["segment"])
            bars = (
                (segment["share"], {"color": shade}),
                (segment["value_share"], {"fc": "none", "ec": shade, "lw": 2}),
            )
            for (share, look), offset in zip(bars, (-0.19, 0.19) if value else (0, 0), strict=True):
                if share is None:
                    continue
                axes.barh(row + offset, share, height=0.34, **look)
                axes.text(max(share, 0) + 0.006, row + offset, f"{share:.0%}", va="center", fontsize=9, color=QUIET)
        axes.set_yticks(range(len(segments)), labels)
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.grid(axis="x", color=GRID)
        axes.set_xlim(right=axes.get_xlim()[1] * 1.06)
        axes.set_title("Shares of each segment" if value else "Share of customers")
        if value:
            handles = [axes.barh(0, 0, color=QUIET), axes.barh(0, 0, fc="none", ec=QUIET, lw=2)]
            names = ["of customers", f"of {shortened(described['labels'][value], 40)}"]
            figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=9)


def draw_distributions(path: Path, described: Mapping[str, Any], features: Sequence[Any]) -> None:
    """A panel per feature with a box per segment: median, quartiles, whiskers from 5 % to 95 %."""
    segments, labels = described["segments"], _labels(described["segments"])
    by_name = {feature.name: feature for feature in features}
    names, omitted = _most_different(list(by_name), described)
    features = [by_name[name] for name in names]
    columns = min(3, len(features))
    rows = -(-len(features) // columns)
    with _figure(path, 2.2 + 3.2 * columns, rows * (1.5 + _height(labels, 0.36))) as figure:
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        for axes in grid[len(features) :]:
            axes.set_visible(False)
        for axes, feature in zip(grid, features, strict=False):
            boxes.draw(axes, feature, described)
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="x", color=GRID)
            axes.set_title("\n".join(wrap(shortened(described["labels"][feature.name], 75), 28)), fontsize=10)
            axes.set_xlabel("\n".join(wrap(shortened(feature.unit or "", 75), 38)), color=QUIET)
        grid[0].set_yticks(range(1, len(labels) + 1), labels)
        grid[0].invert_yaxis()
        middle = "Box: the middle half of the segment's customers, with the median; whiskers: from 5 % to 95 % of them"
        few = any(
            segment["columns"][feature.name]["percentile_5"] is None for segment in segments for feature in features
        )
        has_bars = any(boxes.is_share(name, described) for name in names)
        bars = "Bar: the share of the segment's customers with a 1" if has_bars else ""
        sample = sample_note(described)
        left_out = f"What would end at fewer than {described['least']} customers is left out" if few else ""
        _note_below(figure, [omitted, middle, bars, left_out, f"From {sample}" if sample else ""])


def draw_scatter(
    path: Path,
    points: np.ndarray,
    segment: np.ndarray,
    centres: np.ndarray,
    segments: Sequence[Mapping[str, Any]],
    captions: Sequence[str],
) -> None:
    """Averages of a few customers on two principal components, coloured by segment, with the segments' centres.

    `points` has the shape (points, 2), `centres` (k, 2); `segment` gives each point's segment by its position (1..k) in
    `segments`. The centre of a segment whose figures are withheld is left out.
    """
    with _figure(path, 7.5, 5.2) as figure:
        axes = figure.subplots()
        axes.scatter(
            *points.T, s=14, c=[colour(segments[at - 1]["segment"]) for at in segment], alpha=0.55, linewidths=0
        )
        digit = {"ha": "center", "va": "center", "weight": "bold", "fontsize": 9, "zorder": 4}
        for described, centre in zip(segments, centres, strict=True):
            if described["withheld"]:
                continue
            number = described["segment"]
            mark = {"s": 210, "color": colour(number), "edgecolor": "white", "linewidth": 1.8, "zorder": 3}
            axes.scatter(*centre, label=segment_label(described), **mark)
            axes.text(*centre, str(number), color=readable_on(colour(number)), **digit)
        axes.set_xlabel("\n".join(wrap(shortened(captions[0], 160), 80)))
        axes.set_ylabel("\n".join(wrap(shortened(captions[1] or ONE_FEATURE, 160), 50)))
        axes.set_title("Customers, averaged, on the two leading principal components")
        axes.set_xticks([])
        axes.set_yticks([])
        if axes.get_legend_handles_labels()[0]:  # none where every segment is withheld
            figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9, markerscale=0.55)


def draw_stability(path: Path, summary: Mapping[str, Any], bands: Mapping[str, float]) -> None:
    """A bar per segment: the mean Jaccard similarity, where 10 % to 90 % of the resamples lie, and the names kept.

    `summary` is what `stability.summarise` gives; `bands` holds the word for each range of the mean, and the bound
    from which on it applies.
    """
    segments, bounds = summary["segments"], [*bands.values(), 1]
    line = {"color": "black", "linewidth": 1.5, "marker": "|", "markersize": 7, "clip_on": False}
    end = {"xytext": (24, 0), "textcoords": "offset points", "color": QUIET, "ha": "center"}
    labels = _labels(segments)
    with _figure(path, 8.5, 1.9 + _height(labels, 0.5)) as figure:
        axes = figure.subplots()
        for position, (word, low, high) in enumerate(zip(bands, bounds[:-1], bounds[1:], strict=True)):
            axes.axvspan(low, high, color=QUIET, alpha=0.04 * (len(bands) - 1 - position), linewidth=0, zorder=0)
            note = {"transform": axes.get_xaxis_transform(), "fontsize": 8, "color": QUIET, "ha": "center"}
            axes.text((low + high) / 2, 1.03, "\n".join(wrap(word, 10)), **note)
        for row, segment in enumerate(segments):
            mean, shade = segment["jaccard"], colour(segment["segment"])
            axes.barh(row, mean, height=0.5, color=shade)
            axes.plot([segment["jaccard_p10"], segment["jaccard_p90"]], [row, row], **line)
            known = not np.isnan(mean)
            axes.text(0.01, row, f"{mean:.2f}" if known else "", va="center", fontsize=9, color=readable_on(shade))
            kept = f"{segment['name_kept']:.0%}" if known else "-"
            axes.annotate(kept, (1, row), va="center", fontsize=9, **end)
        axes.annotate("name\nkept", (1, 1.03), xycoords="axes fraction", fontsize=8, **end)
        axes.set_yticks(range(len(segments)), labels)
        axes.set_ylim(len(segments) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(0, 1)
        axes.set_xticks(bounds, [f"{bound:g}" for bound in bounds])
        axes.set_xlabel("Jaccard similarity on resampled customers")
        figure.supxlabel("Bar: mean of the resamples; line: from 10 % to 90 % of them", fontsize=8, color=QUIET)
        axes.set_title("Stability of the segments", pad=34)


@contextmanager
def _figure(path: Path, width: float, height: float) -> Iterator["Figure"]:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    styled = matplotlib.rc_context({**STYLE, "font.family": fonts.families()})
    with styled, progress.phase("drawing figures"):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        path.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # letters that no font has, and numbers too large to draw
            FigureCanvasAgg(figure).print_png(path, metadata={"Software": None})  # `savefig` draws twice


def _labels(segments: Sequence[Mapping[str, Any]]) -> list[str]:
    return [segment_label(segment) for segment in segments]


def _height(labels: Sequence[str], row: float) -> float:
    """The inches that rows with these labels take, each at least `row`."""
    lines = max(label.count("\n") + 1 for label in labels)
    return len(labels) * max(row, 0.19 * lines + 0.06)


def by_effect(names: Iterable[str], described: Mapping[str, Any]) -> list[str]:
    """Columns in the order of the share of their variance that lies between segments, the largest first."""
    shares = described["eta_squared"]
    return sorted(names, key=lambda name: -(shares.get(name) or 0))


def _most_different(names: list[str], described: Mapping[str, Any]) -> tuple[list[str], str]:
    """The MOST columns that differ most, in the data set's order, and a note where others are left out."""
    if len(names) <= MOST:
        return names, ""
    kept = by_effect(names, described)[:MOST]
    return [name for name in names if name in kept], f"The {MOST} columns of {len(names)} that differ most"


def _note_below(figure: "Figure", notes: Sequence[str]) -> None:
    if text := "\n".join(filter(None, notes)):
        figure.supxlabel(text, fontsize=8, color=QUIET)


def _heading(name: str, unit: str) -> str:
    return "\n".join([*wrap(shortened(name, 56), 15), *wrap(shortened(unit or "", 56), 15)])
