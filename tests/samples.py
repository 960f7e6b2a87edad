"""Rows that several tests fit."""

import numpy as np

CORNERS = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9], [9, 9, 9]], dtype=float)


def rows(number, features=3, seed=0):
    return np.random.default_rng(seed).lognormal(size=(number, features))


def blobs(seed=0):
    generator = np.random.default_rng(seed)
    planted = generator.integers(len(CORNERS), size=1000)
    return CORNERS[planted] + generator.normal(0, 0.8, (1000, 3)), planted


def columns(X):
    return np.ascontiguousarray(np.transpose(X), dtype=float)
