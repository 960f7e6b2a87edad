"""Fits: one K, every K, millions of rows; indices and stability of a fit."""
