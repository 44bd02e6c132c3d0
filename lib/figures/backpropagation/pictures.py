"""Figures of the chapter *Backpropagation*: enlarged pictures, and what checks let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.convolution import col2im
from lib.figures.grids import blank_figure, place_axes
from lib.figures.style import ACCENT, BLANK, INK, MUTED, draw_grid, draw_image, sequential

__all__ = ["draw_checkerboard", "draw_verdicts", "overlap"]


def overlap(kernel_size, stride, size) -> np.ndarray:
    """Count the terms that each output of a transposed convolution receives.

    Examples
    --------
    >>> overlap(3, 2, 2)[0]
    array([1., 1., 2., 1., 1.])
    """
    full = (size - 1) * stride + kernel_size
    ones = np.ones((size * size, kernel_size**2))
    return col2im(ones, (1, 1, full, full), kernel_size, stride)[0, 0]


def draw_checkerboard(pictures: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Show enlarged pictures, and below each how many terms its pixels receive.

    Parameters
    ----------
    pictures : dict of str to (image, counts)
        By title; ``(H, W)`` from 0 to 1, and a few rows and columns of counts.
    """
    width, tall = 2.0, 3.75  # inches
    figure = blank_figure(6.3, tall)
    most = max(counts.max() for _, counts in pictures.values())
    for place, (title, (image, counts)) in enumerate(pictures.items()):
        left = 0.05 + place * (width + 0.1)
        ax = place_axes(figure, left, 0.3, width, width)
        draw_image(ax, np.clip(image, 0, 1), title=title)
        cells = 0.2 * counts.shape[1]
        below = place_axes(figure, left + (width - cells) / 2, 2.45, cells, cells)
        shades = {"cmap": sequential, "norm": lambda v: 0.35 + 0.6 * v / most}
        draw_grid(below, counts, **shades)
    return figure


def draw_verdicts(errors: np.ndarray, mistakes: Sequence[str], checks: Sequence[str]) -> Figure:
    """Show which check lets which mistake pass.

    Parameters
    ----------
    errors : (mistakes, checks) array
        Relative errors; below 1e-7 a check passes.
    mistakes, checks : sequence of str
        What stands beside the rows and above the columns.
    """
    errors = np.asarray(errors, float)
    if errors.shape != (len(mistakes), len(checks)):
        expected = (len(mistakes), len(checks))
        raise ValueError(f"expected errors of shape {expected}, got {errors.shape}")
    wide, high, left, top = 0.86, 0.36, 1.95, 0.55  # inches
    tall = top + high * len(mistakes) + 0.1
    figure = blank_figure(6.3, tall)
    ax = place_axes(figure, 0, 0, 6.3, tall)
    ax.set(xlim=(0, 6.3), ylim=(tall, 0))
    ax.axis("off")
    step = min(wide, (6.25 - left) / len(checks))
    for k, check in enumerate(checks):
        ax.text(left + step * (k + 0.5), top / 2, check, ha="center", va="center", size=9)
    for m, mistake in enumerate(mistakes):
        middle = top + high * (m + 0.5)
        ax.text(left - 0.12, middle, mistake, ha="right", va="center", size=10)
        for k in range(len(checks)):
            passes = errors[m, k] < 1e-7
            lies = passes and m > 0
            corner = (left + step * k + 0.03, top + high * m + 0.03)
            look = {"ec": ACCENT if lies else MUTED, "lw": 3 if lies else 0.8, "zorder": 3}
            box = Rectangle(corner, step - 0.06, high - 0.06, fc=BLANK, **look)
            ax.add_patch(box)
            text = "passes" if passes else "caught"
            drawn = ax.text(
                left + step * (k + 0.5), middle, text, ha="center", va="center_baseline"
            )
            drawn.set(color=INK, zorder=5, size=9, fontweight="bold" if lies else "normal")
    return figure
