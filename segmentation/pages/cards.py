"""The report's cards: what one segment is, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmentation.figures import palette, words
from segmentation.figures.words import exact, percent, spelt
from segmentation.model import reference

PHRASES = 3  # of a card: what sets a segment apart
SLIGHT = 0.2  # a standardised difference below is small: Cohen 1988, section 2.2.3
FAR = 1.5  # times the usual from which on a ratio says more than "above"
Written = Mapping[str, Any]  # a JSON file of a step


def phrases(segment: Written, everyone: Written, units: Mapping[str, str]) -> list[dict[str, str]]:
    """The drivers of a segment in original units: `column`, `what` it is there, and `beside` it what is usual."""
    told = []
    for driver in segment["drivers"]:
        if abs(driver["difference"]) < SLIGHT or len(told) == PHRASES:
            break
        name = driver["column"]
        if "word" not in driver and segment["columns"][name]["median"] == everyone[name]["median"]:
            continue  # as where most have one order: the difference is in the tail
        if "word" in driver:
            usual = driver["share"] / driver["lift"]
            told.append({"column": spelt(name), "what": f"{driver['word']} for {percent(driver['share'])}",
                         "beside": f"of all customers {percent(usual)}"})  # fmt: skip
        else:
            own, usual = (of[name]["median"] for of in (segment["columns"], everyone))
            told.append({"column": spelt(name), "what": f"{exact(own)} {units[name]}".strip(),
                         "beside": _beside(own, usual)})  # fmt: skip
    return told


def _beside(own: float | None, usual: float | None) -> str:
    """A median beside that of all customers."""
    if own is None or usual is None:
        return ""
    if usual > 0 and own >= FAR * usual:
        return f"{own / usual:.1f} times the usual {exact(usual)}"
    if usual > 0 and 0 < own <= usual / FAR:
        return f"{percent(own / usual)} of the usual {exact(usual)}"
    side = "about" if exact(own) == exact(usual) else "above" if own > usual else "below"
    return f"{side} the usual {exact(usual)}"


def defined(segment: Written) -> str:
    """The definition of a segment as a sentence; empty where there is none."""
    found = segment["definition"]
    if not found["conditions"]:
        return ""
    words = " and ".join(map(_condition, found["conditions"]))
    return (
        f"{words}: covers {percent(found['coverage'])} of the segment, {percent(found['precision'])} of those it "
        "covers belong"
    )


def _condition(condition: Written) -> str:
    name, low, high = spelt(condition["column"]), condition["low"], condition["high"]
    if low is None:
        return f"{name} under {high:,.12g}"
    return f"{name} at least {low:,.12g}" + ("" if high is None else f" and under {high:,.12g}")


def returns(found: Written, carried: bool) -> str:
    """The stability of a segment in a sentence; one with a `carried` name is asked for that which the rules give."""
    if found["jaccard"] is None:
        return "Unknown: the sample on which it is tried holds none of its customers."
    kept = "always" if found["name_kept"] == 1 else f"in {percent(found['name_kept'])} of the resamples"
    word, back = found["stability"], "does not come" if found["stability"] == "dissolved" else "comes"
    said = f"{word[:1].upper()}{word[1:]}: {back} back on resampled customers (Jaccard {found['jaccard']:.2f} of 1)"
    return f"{said}, {kept} under {'the name that the rules give' if carried else 'its name'}."


def since(became: Written | None) -> str:
    """What became of a segment since the accepted model; empty without one."""
    if became is None:
        return ""
    said = words.told(became["status"], became["distance"], f"segment {became['other']}")
    return said if became["distance"] is None else f"{said} standard deviations"


def gone(became: Sequence[Written]) -> str:
    """What became of the accepted segments that are no more."""
    said = []
    for one in became:
        became_of_it = words.told(one["status"], None, f"segment {one['other']}")
        said.append(f"{one['number']} {one['name']} {became_of_it}")
    return f"Of the accepted segments: {', '.join(said)}." if said else ""


def every(segments: Written, stable: Written) -> Iterator[dict[str, Any]]:
    """Yields what the card of each segment shows."""
    for segment, found in zip(segments["segments"], stable["segments"], strict=True):
        drivers = [_driver(driver, segment, segments) for driver in segment["drivers"]]
        yield {
            **{key: segment[key] for key in ("segment", "name", "because", "size", "share", "value_share")},
            "colour": palette.colour(segment["segment"]),
            "ink": palette.readable_on(palette.colour(segment["segment"])),
            "phrases": phrases(segment, segments["all"], segments["units"]),
            "definition": defined(segment),
            "since": since(segment["since"]),
            "returns": returns(found, (segment["since"] or {}).get("status") in reference.CARRIED),
            "borderline": segment["borderline_share"],
            "typical": [
                (spelt(name), exact(value), segments["units"][name]) for name, value in segment["typical"].items()
            ],
            "drivers": drivers if any(row[-1] for row in drivers) else [row[:-1] for row in drivers],
        }


def _driver(driver: Written, segment: Written, segments: Written) -> tuple[str, ...]:
    """Column, standardised difference, what it is in the segment and among all customers, and the lift of a word."""
    name, difference = driver["column"], f"{driver['difference']:+.2f}"
    if "word" in driver:
        usual, here = percent(driver["share"] / driver["lift"]), f"{driver['word']}: {percent(driver['share'])}"
        return spelt(name), difference, here, usual, f"{driver['lift']:.2f}"
    here, usual = (exact(of[name]["median"]) for of in (segment["columns"], segments["all"]))
    return spelt(name), difference, here, usual, ""
