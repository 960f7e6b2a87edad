"""How many segments: the curve, its null, the decision card, the verdict."""
