"""A drawing brought to the form of MNIST's digits: their size, their place, and white on black."""

import numpy as np

SIZE = 28  # pixels along a side of the picture
BOX = 20  # a digit is fitted into so many of them
PAPER = 0.25  # of the strongest ink: what is weaker is paper and its shadows


def shrink(ink, top, left, scale, size) -> np.ndarray:
    """Return means of squares of `scale` points of a drawing: its picture, anti-aliased.

    Parameters
    ----------
    ink : (H, W) array
    top, left : int
        Where the first square begins.
    scale : float
        Points along a side of a square, whole or not.
    size : int
        Squares along a side of the picture; beyond the drawing there is no ink.
    """

    def overlaps(count, start):
        ends = start + scale * np.arange(size + 1)
        points = np.arange(count)
        low, high = np.maximum(ends[:-1, None], points), np.minimum(ends[1:, None], points + 1)
        return np.maximum(high - low, 0) / scale

    return overlaps(ink.shape[0], top) @ ink @ overlaps(ink.shape[1], left).T


def center(ink) -> np.ndarray:
    """Return the picture that the makers of MNIST would have made of a drawing.

    Its longer side becomes 20 pixels, anti-aliased; then it is moved by whole pixels, so that its
    center of mass lies in pixel (14, 14), counted from 0.

    Parameters
    ----------
    ink : (H, W) array
        From 0 to 1.

    Shape
    -----
    → ``(28, 28)``

    Notes
    -----
    In every digit of MNIST's sample the center of mass is within half a pixel of (14, 14).
    Source: LeCun, Cortes and Burges, *The MNIST database of handwritten digits*.
    """
    out = np.zeros((SIZE, SIZE))
    if not ink.any():
        return out
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    scale = max(np.ptp(rows), np.ptp(columns)) + 1
    small = shrink(ink, rows[0], columns[0], scale / BOX, BOX)
    places = np.arange(BOX)
    mass = small.sum()
    across, down = (small.sum(0) @ places) / mass, (small.sum(1) @ places) / mass
    # Off the lattice of halves by a hair, so that a sum's last digit does not move the picture.
    y, x = (int(np.floor(SIZE / 2 + 0.5 - middle + 1e-9)) for middle in (down, across))
    for r in range(BOX):
        for c in range(BOX):
            if 0 <= r + y < SIZE and 0 <= c + x < SIZE:
                out[r + y, c + x] = small[r, c]
    return out


def find_ink(gray):
    """Return how much ink there is in each pixel of a picture, whichever of the two is dark.

    What the middle of the border's pixels has is paper; the further from it, the more ink.

    Parameters
    ----------
    gray : (H, W) array
        From 0 to 1.

    Returns
    -------
    (H, W) array
        From 0, paper, to 1.

    Raises
    ------
    ValueError
        If the picture is the same everywhere.

    Examples
    --------
    >>> find_ink(np.array([[1.0, 1.0, 1.0], [1.0, 0.2, 1.0], [1.0, 1.0, 0.9]]))
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    ink = np.abs(gray - np.median(border))
    if ink.max() == 0:
        raise ValueError("expected a drawing, got a picture that is the same everywhere")
    return np.clip((ink / ink.max() - PAPER) / (1 - PAPER), 0, 1)
