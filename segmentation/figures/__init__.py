"""How numbers, names and colours look everywhere: palette, words, Matplotlib."""
