"""Figures of the chapter *im2col*: a convolution as one sparse matrix, and cells of many hues.

Every number in them comes from :mod:`lib.convolution.windows`. What the matrix costs is in
:mod:`lib.figures.im2col.cost`, and how to do without it in :mod:`lib.figures.im2col.row_windows`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, Normalize
from matplotlib.figure import Figure

from lib.convolution import im2col, output_size
from lib.explore import touchable_area
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import MUTED, OKABE_ITO, draw_grid, sequential
from lib.settings import as_choice

__all__ = [
    "CELL",
    "convolution_matrix",
    "describe_matrix",
    "draw_matrix",
    "draw_tinted",
    "grid_axes",
    "matrix_lines",
]

# A channel or a picture row has a hue; its cells are pale, or strong where the figure lights them.
_HUES = [OKABE_ITO[place] for place in (0, 2, 3, 4, 5)]
_TINTS = ListedColormap(
    [
        LinearSegmentedColormap.from_list("tint", ["white", hue])(strength)
        for hue in _HUES
        for strength in (0.18, 0.85)
    ]
)


CELL = 0.26  # inches


def grid_axes(figure, left, top, shape, cell=CELL):
    """Add axes for a grid of so many cells; `draw_grid` leaves a tenth of a cell around it."""
    return place_axes(figure, left, top, cell * (shape[1] + 0.1), cell * (shape[0] + 0.1))


def draw_tinted(ax, values, hue, lit, **options) -> None:
    """Draw numbers as cells: `hue` counts channels or rows, `lit` says which cells are strong."""
    values = np.asarray(values)
    codes = np.broadcast_to(2 * np.asarray(hue) + np.asarray(lit), values.shape)
    text = [[number(v) for v in line] for line in values]
    norm = Normalize(0, 2 * len(_HUES) - 1)
    draw_grid(ax, codes, text=text, cmap=_TINTS, norm=norm, **options)


def convolution_matrix(shape, kernel_size, stride=1) -> np.ndarray:
    """Give the matrix that convolves a flat picture; it holds the number of a weight, from 1.

    Shape
    -----
    ``(OH * OW, H * W)``

    Examples
    --------
    >>> convolution_matrix((1, 4), (1, 2)).astype(int)
    array([[1, 2, 0, 0],
           [0, 1, 2, 0],
           [0, 0, 1, 2]])
    """
    pixels = np.eye(shape[0] * shape[1]).reshape(-1, 1, *shape)
    rows = im2col(pixels, kernel_size, stride) @ np.arange(1.0, np.prod(kernel_size) + 1)
    return rows.reshape(len(pixels), -1).T


def matrix_lines(shape, kernel_size, stride=1) -> list[str]:
    """Name the rows and the columns of the sparse matrix, as :func:`draw_matrix` takes them.

    Examples
    --------
    >>> matrix_lines((1, 3), (1, 2))
    ['output 0', 'output 1', 'pixel 0', 'pixel 1', 'pixel 2']
    """
    matrix = convolution_matrix(shape, kernel_size, stride)
    counts = zip(("output", "pixel"), matrix.shape, strict=True)
    return [f"{name} {place}" for name, count in counts for place in range(count)]


def draw_matrix(shape, kernel_size, line="output 0", stride=1) -> Figure:
    """Show a convolution as one sparse matrix: what an output reads, or what reads a pixel.

    A touch of a row or an output chooses that row, of a column's head or a pixel that column.

    Parameters
    ----------
    shape, kernel_size : (int, int)
        The weights are lettered a, b, c, … in reading order.
    line : str
        One of :func:`matrix_lines`; outputs and pixels are counted in reading order.
    stride : int
    """
    h, w = shape
    matrix, name, place = _line(shape, kernel_size, line, stride)
    out_h, out_w = (output_size(*each, stride) for each in zip(shape, kernel_size, strict=True))
    cell = 4.3 / (h * w)
    below = 0.75 + cell * len(matrix)  # where the map stands
    figure = blank_figure(6.3, below + CELL * out_h + 0.1)
    picture = grid_axes(figure, 0.02, 0.5, shape)
    ax = grid_axes(figure, 1.95, 0.5, matrix.shape, cell)
    outputs = grid_axes(figure, 1.95, below, (out_h, out_w))
    if name == "output":
        p, q = divmod(place, out_w)
        read, reading = matrix[place].reshape(shape), np.zeros((out_h, out_w))
        frames = (p * stride, q * stride, *kernel_size), (place, 0, 1, h * w), (p, q, 1, 1)
        said = "the framed output reads these pixels"
    else:
        read, reading = np.zeros(shape), matrix[:, place].reshape(out_h, out_w)
        frames = (*divmod(place, w), 1, 1), (0, place, len(matrix), 1), (0, 0, 0, 0)
        said = "these outputs read the framed pixel"
    _draw_letters(picture, read, kernel_size, frames[0], title="picture")
    _draw_letters(ax, matrix, kernel_size, frames[1])
    _draw_letters(outputs, reading, kernel_size, frames[2])
    outputs.text(out_w, (out_h - 1) / 2, said, va="center_baseline", size=9.5)
    ax.text(-0.75, -0.75, "output", ha="right", size=8.5)
    for row in range(len(matrix)):
        ax.text(-0.75, row, f"{row}", ha="right", va="center_baseline", size=9)
    for i in range(h):
        ax.text(w * i + (w - 1) / 2, -0.75, f"picture row {i}", ha="center", size=8.5)
        if i:
            ax.plot([w * i - 0.5] * 2, [-0.5, len(matrix) - 0.5], color=MUTED, lw=2, zorder=2)
    for row in range(len(matrix)):
        touchable_area(ax, -2, h * w - 0.5, row - 0.5, row + 0.5, line=f"output {row}")
        i, j = divmod(row, out_w)
        touchable_area(outputs, j - 0.5, j + 0.5, i - 0.5, i + 0.5, line=f"output {row}")
    for column in range(h * w):
        touchable_area(ax, column - 0.5, column + 0.5, -2, -0.5, line=f"pixel {column}")
        i, j = divmod(column, w)
        touchable_area(picture, j - 0.5, j + 0.5, i - 0.5, i + 0.5, line=f"pixel {column}")
    return figure


def _line(shape, kernel_size, line, stride):
    """Return the matrix of numbered weights, and what is chosen of it: of which kind, which."""
    lines = matrix_lines(shape, kernel_size, stride)
    name, place = as_choice(line, "line", lines).split()
    return convolution_matrix(shape, kernel_size, stride), name, int(place)


def _draw_letters(ax, weights, kernel_size, frame, **options) -> None:
    text = [["" if v == 0 else chr(96 + int(v)) for v in line] for line in weights]
    norm = Normalize(1, np.prod(kernel_size))
    shown = np.where(weights > 0, weights, np.nan)
    highlight = [frame] if frame[2] else []
    draw_grid(ax, shown, text=text, cmap=sequential, norm=norm, highlight=highlight, **options)


def describe_matrix(shape, kernel_size, line="output 0", stride=1) -> str:
    """Say in words what :func:`draw_matrix` shows."""
    matrix, name, place = _line(shape, kernel_size, line, stride)
    text = (
        f"A matrix of {matrix.shape[0]} rows, one for each output, and {matrix.shape[1]} columns, "
        f"one for each pixel of a {shape[0]} by {shape[1]} picture. "
    )
    if name == "output":
        columns = ", ".join(map(str, np.flatnonzero(matrix[place])))
        return text + (
            f"Row {place} holds the weights in columns {columns}, and nothing elsewhere. From each "
            "row to the next the same weights move to the right."
        )
    rows = np.flatnonzero(matrix[:, place])
    weights = ", ".join(f"output {row} with {chr(96 + int(matrix[row, place]))}" for row in rows)
    return f"{text}Column {place} says which outputs read that pixel: {weights or 'none'}."
