"""The colours and scales of figures and pages.

Style sheets and DVC's plot templates cannot import these: a test holds what they repeat equal.
"""

# Colours of segments 1 to 20 on a light page, then those of the same hue on a dark one. The contrast of each to its
# page is 3:1 or more (WCAG 2.2, 1.4.11). Hues of the first ten lean on Petroff 2021, "Accessible color sequences for
# data visualization"; all were moved apart as normal, red-blind and green-blind sight see them (Machado 2009).
PALETTE = (
    "#3d8ae5", "#c07c00", "#d11a1a", "#1f5a55", "#852bb7", "#a25f5c", "#8d2802", "#6a6d0c", "#596592", "#5f9591",
    "#9b8161", "#6a271e", "#43429c", "#725e41", "#e45085", "#7f5770", "#8678c1", "#782175", "#911540", "#4c64d0",
)  # fmt: skip
DARK_PALETTE = (
    "#95befe", "#f1a727", "#ff6861", "#507773", "#a552c7", "#ab9594", "#b55231", "#859607", "#6288fa", "#3cf0e0",
    "#e5be8b", "#e99781", "#6168ab", "#bcbcbb", "#848282", "#e18eba", "#b19dee", "#ba6da8", "#fec8cd", "#8290cd",
)  # fmt: skip

CURVE = "#3f90da"  # the inertia of the customers, and other lines of emphasis
BAND = "#94a4a2"  # where customers without segments would lie
NEUTRAL = "#717581"  # a line that belongs to no segment
CHOSEN = "#bd1f01"  # the mark of the chosen K
QUIET = "#5b6068"  # text beside the point
GRID = "#e3e5e8"
INKS = {"black": "#000000", "white": "#ffffff"}

BAND_OPACITY = 0.35

# How often a segment's customers have the higher value, from never (0) to always (1): ColorBrewer's PuOr.
STANDING = (0, 1)
STANDING_MATPLOTLIB = "PuOr_r"
STANDING_VEGA = "purpleorange"
STANDING_DARK = (0.192, 0.886)  # below the first and above the second, a cell is so dark that its text is white

LINEAR_BELOW = 1  # of a logarithmic axis, so that 0 has a place on it


def colour(segment: int) -> str:
    """The colour of a segment on a light page, by its number; from 21 on, colours come again."""
    return PALETTE[(segment - 1) % len(PALETTE)]


def dark_colour(segment: int) -> str:
    """The colour of a segment on a dark page, by its number."""
    return DARK_PALETTE[(segment - 1) % len(DARK_PALETTE)]


def readable_on(background: str) -> str:
    """Black or white, whichever stands out: a contrast of 4.5:1 or more (WCAG 2.2, 1.4.3)."""
    return max(("black", "white"), key=lambda ink: contrast(INKS[ink], background))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """The relative luminance of a colour such as #3d8ae5, from 0 to 1."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
