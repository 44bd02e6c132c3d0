"""Strokes of a pen, and the picture of 28×28 that the makers of MNIST would have made of them.

Strokes are told in pixels of that picture.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lib.datasets.centering import SIZE, center, shrink
from lib.settings import as_number

__all__ = ["as_strokes", "hands", "picture", "rasterize"]

FINE = 8  # points of the drawing along a side of one pixel
MOST_POINTS = 4_000


def hands() -> list:
    """Return drawings of the ten digits by some hands: ``hands()[digit][hand]`` are strokes."""
    return json.loads(Path(__file__).with_name("hands.json").read_text(encoding="utf-8"))


def as_strokes(strokes) -> list:
    """Return a drawing as plain lists: strokes, each of them points ``[x, y]``.

    Raises
    ------
    TypeError
        If it is no list of lists of points.
    ValueError
        If a stroke has no point, or the points are too many.
    """
    if isinstance(strokes, str) or not hasattr(strokes, "__iter__"):
        raise TypeError(f"strokes must be lists of points [x, y], got {strokes!r}")
    plain = [_as_points(stroke) for stroke in strokes]
    if (count := sum(map(len, plain))) > MOST_POINTS:
        raise ValueError(f"strokes must be at most {MOST_POINTS:,} points, got {count:,}")
    return plain


def _as_points(stroke):
    if isinstance(stroke, str) or not hasattr(stroke, "__iter__"):
        raise TypeError(f"a stroke must be a list of points [x, y], got {stroke!r}")
    points = [list(p) if isinstance(p, list | tuple | np.ndarray) else p for p in stroke]
    if not points:
        raise ValueError("a stroke must have a point, got none")
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise TypeError(f"a point must be [x, y], got {point!r}")
    return [[as_number(value, "a coordinate") for value in point] for point in points]


def rasterize(strokes, pen) -> np.ndarray:
    """Return which points of a fine grid a round pen blackens: 1, otherwise 0.

    Parameters
    ----------
    strokes : list
        Of points ``[x, y]``: pixels of the picture, from its upper left corner.
    pen : float
        Its width, in pixels of the picture.

    Shape
    -----
    → ``(224, 224)``: 8 points along a side of a pixel.
    """
    ink = np.zeros((SIZE * FINE, SIZE * FINE))
    places = (np.arange(SIZE * FINE) + 0.5) / FINE
    for stroke in strokes:
        for (x0, y0), (x1, y1) in zip(stroke, stroke[1:] or stroke, strict=False):
            rows, columns = (
                slice(*np.searchsorted(places, [min(a, b) - pen / 2, max(a, b) + pen / 2]))
                for a, b in ((y0, y1), (x0, x1))
            )
            x, y = places[columns][None, :] - x0, places[rows][:, None] - y0
            dx, dy = x1 - x0, y1 - y0
            along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
            near = (x - along * dx) ** 2 + (y - along * dy) ** 2 <= pen * pen / 4
            ink[rows, columns][near] = 1
    return ink


def picture(strokes, pen, centered=True) -> np.ndarray:
    """Return the picture of a drawing, ``(28, 28)``: as MNIST's makers made theirs, or as it lies.

    Examples
    --------
    >>> bar = [[[3, 4], [3, 24]]]
    >>> [int(np.flatnonzero(picture(bar, 2.0, c).any(0))[0]) for c in (True, False)]
    [14, 2]
    """
    ink = rasterize(strokes, pen)
    return center(ink) if centered else shrink(ink, 0, 0, FINE, SIZE)
