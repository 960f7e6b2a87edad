"""From raw columns to the standardised feature space, and the nearest centre in it."""
