"""The colours of segments, in figures and on pages."""

# Petroff 2021, "Accessible color sequences for data visualization": ten colours that colour-blind readers tell apart.
PALETTE = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


def colour(segment: int) -> str:
    """The colour of a segment, by its number, in every figure; lighter in each further round of the palette."""
    from matplotlib.colors import to_hex, to_rgb

    turn, place = divmod(segment - 1, len(PALETTE))
    red, green, blue = (1 - (1 - part) / (turn + 1) for part in to_rgb(PALETTE[place]))
    return to_hex((red, green, blue))


def readable_on(background: str) -> str:
    """Black or white, whichever stands out."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(background)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"
