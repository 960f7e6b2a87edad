"""The colours and scales of figures and pages.

Style sheets and DVC's plot templates cannot import these: a test holds what they repeat equal.
"""

# Petroff 2021, "Accessible color sequences for data visualization": ten colours that colour-blind readers tell apart.
PALETTE = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip

CURVE = PALETTE[0]  # the inertia of the customers, and the page's other lines of emphasis
BAND = PALETTE[3]  # where customers without segments would lie
NEUTRAL = PALETTE[8]  # a line that belongs to no segment
CHOSEN = PALETTE[2]  # the mark of the chosen K
CHOSEN_ON_PAGE = "#d0432b"  # brighter, since a page may be dark
QUIET = "#5b6068"  # text beside the point
GRID = "#e3e5e8"

BAND_OPACITY = 0.35
VALUE_OPACITY = 0.45  # of the bar for the value column, beside the full one for customers

# How often a segment's customers have the higher value, from never (0) to always (1): ColorBrewer's PuOr.
STANDING = (0, 1)
STANDING_MATPLOTLIB = "PuOr_r"
STANDING_VEGA = "purpleorange"
STANDING_DARK = 0.33  # from the middle on, a cell is so dark that its text is white

LINEAR_BELOW = 1  # of a logarithmic axis, so that 0 has a place on it


def colour(segment: int) -> str:
    """The colour of a segment, by its number; lighter in each further round of the palette."""
    from matplotlib.colors import to_hex, to_rgb

    turn, position = divmod(segment - 1, len(PALETTE))
    red, green, blue = (1 - (1 - channel) / (turn + 1) for channel in to_rgb(PALETTE[position]))
    return to_hex((red, green, blue))


def readable_on(background: str) -> str:
    """Black or white, whichever stands out."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(background)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"
