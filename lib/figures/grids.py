"""What figures of pixel grids share: their axes, their shades, and how a number is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from lib.convolution import convolve, output_size
from lib.explore import touchable_area
from lib.figures.style import diverging, draw_grid, symmetric_norm
from lib.settings import as_integer

__all__ = [
    "PIXELS",
    "PLACES",
    "Panel",
    "as_place",
    "blank_figure",
    "correlate",
    "draw_panels",
    "number",
    "pixel_weights",
    "place_axes",
    "remainder",
    "touch_cells",
]

PLACES = ("first", "middle", "last")


# A picture's dark is a middle gray: numbers and hatching stay readable on it.
PIXELS = ListedColormap([str(gray) for gray in np.linspace(0.55, 0.97, 8)])


_MINUS = "\N{MINUS SIGN}"


def blank_figure(width: float, height: float) -> Figure:
    """Make a figure of so many inches; :func:`place_axes` puts axes into it."""
    return Figure(figsize=(width, height), facecolor="none")


def place_axes(figure: Figure, left: float, top: float, width: float, height: float):
    """Add axes at a place in inches, so that the cells of all grids can be as large as we like."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))


def correlate(x, kernel, stride=1, padding=0, dilation=1):
    """Slide one kernel over one picture: ``(H, W)``, ``(KH, KW)`` → ``(OH, OW)``."""
    images, filters = (np.asarray(a, float)[None, None] for a in (x, kernel))
    pairs = ((stride, stride), (padding, padding), (dilation, dilation))
    return convolve(images, filters, *pairs)[0, 0]


def remainder(shape, kernel_size, stride, padding=0, dilation=1):
    """Give the rows and columns of the padded picture that no window reaches.

    Parameters
    ----------
    shape, kernel_size : (int, int)
    stride, padding, dilation : int

    Examples
    --------
    >>> remainder((5, 6), (3, 3), stride=2)
    (0, 1)
    """
    unused = []
    for size, k in zip(shape, kernel_size, strict=True):
        count = output_size(size, k, stride, padding, dilation)
        reached = (count - 1) * stride + dilation * (k - 1) + 1
        unused.append(size + 2 * padding - reached)
    return tuple(unused)


def as_place(row, col, shape) -> tuple[int, int]:
    """Return a row and a column of a grid of some shape, counted from 0.

    Raises
    ------
    TypeError, ValueError
        If they are no integers, or lie outside.

    Examples
    --------
    >>> as_place(1, 2, (2, 3))
    (1, 2)
    """
    names = ("row", "col")
    places = zip((row, col), names, shape, strict=True)
    row, col = (as_integer(at, name, at_least=0, at_most=size - 1) for at, name, size in places)
    return row, col


def touch_cells(ax, shape, row: str = "row", col: str = "col") -> None:
    """Let the reader set two controls, here named, by touching a cell of a grid of some shape."""
    for i, j in np.ndindex(*shape):
        touchable_area(ax, j - 0.5, j + 0.5, i - 0.5, i + 0.5, **{row: i, col: j})


def number(value: float) -> str:
    """Write a number with a true minus sign."""
    return f"{value:g}".replace("-", _MINUS)


def pixel_weights(shape, kernel_size, row, col, stride, padding) -> np.ndarray:
    """Give for each output the number of the weight, from 1, that the pixel meets; 0 if none.

    Examples
    --------
    >>> pixel_weights((3, 4), 3, 1, 1, stride=1, padding=0)
    array([[5., 4.]])
    """
    pixel = np.zeros(shape)
    pixel[row, col] = 1
    numbers = np.arange(1.0, kernel_size**2 + 1).reshape(kernel_size, kernel_size)
    return correlate(pixel, numbers, stride, padding)


class Panel(NamedTuple):
    """A grid of numbers in a row of such grids: see :func:`draw_panels`."""

    title: str
    values: np.ndarray  # (H, W)
    frames: Sequence[tuple[int, int, int, int]] = ()  # (top, left, height, width) in cells
    padding: int = 0  # so many cells on each side are padding


def draw_panels(panels: Sequence[Panel], *, gap: float = 0.35) -> Figure:
    """Show grids of numbers side by side, with cells of one size; what is empty is left out.

    Parameters
    ----------
    panels : sequence of Panel
    gap : float
        Between two grids, in inches.
    """
    panels = [panel for panel in panels if np.size(panel.values)]
    shapes = [np.shape(panel.values) for panel in panels]
    columns = sum(width for _, width in shapes)
    cell = min(0.4, (6.3 - gap * len(panels)) / columns)
    figure = blank_figure(6.3, 0.4 + cell * max(height for height, _ in shapes))
    left = 0.02
    for (title, values, frames, padding), (height, width) in zip(panels, shapes, strict=True):
        values, frame = np.asarray(values, float), np.ones((height, width), bool)
        frame[padding : height - padding, padding : width - padding] = False
        draw_grid(
            place_axes(figure, left, 0.3, cell * (width + 0.1), cell * (height + 0.1)),
            values,
            text=[[_text(value) for value in row] for row in values],
            cmap=diverging,
            norm=symmetric_norm(2 * values[np.isfinite(values)]),
            padding=frame,
            highlight=frames,
            title=title,
        )
        left += cell * width + gap
    return figure


def _text(value: float) -> str:
    if np.isinf(value):
        return f"{_MINUS if value < 0 else ''}\N{INFINITY}"
    return number(round(float(value), 2))
