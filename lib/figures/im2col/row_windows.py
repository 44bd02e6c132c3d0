"""A figure of the chapter *im2col*: one buffer that holds the matrix of every output row.

Every number in it comes from :mod:`lib.convolution.row_windows`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.convolution.row_windows import row_windows, to_rows
from lib.explore import touchable_area
from lib.figures.grids import blank_figure, number
from lib.figures.im2col.matrices import CELL, draw_tinted, grid_axes
from lib.figures.style import draw_grid
from lib.settings import as_integer

__all__ = ["describe_row_windows", "draw_row_windows"]


def draw_row_windows(x, kernel, row=0) -> Figure:
    """Show the shift buffer, the part of it that is one output row's matrix, and that output row.

    A touch of a row of the output sets `row`.

    Parameters
    ----------
    x : (H, W) array
        At most five rows.
    kernel : (KH, KW) array
    row : int
        Which output row.
    """
    h, w = x.shape
    kh, kw = kernel.shape
    buffer, view = _buffer_and_view(x, kernel.shape)
    row = as_integer(row, "row", at_least=0, at_most=len(view) - 1)
    out_w = buffer.shape[1]
    image_row = np.arange(h).repeat(kw)
    lit = (image_row >= row) & (image_row < row + kh)
    output = (kernel.reshape(-1) @ view).reshape(-1, out_w)
    figure = blank_figure(6.3, 0.4 + CELL * h * kw)
    under = (np.arange(h) >= row) & (np.arange(h) < row + kh)
    ax = grid_axes(figure, 0.02, 0.3, x.shape)
    frame = [(row, 0, kh, w)]
    draw_tinted(ax, x, np.arange(h)[:, None], under[:, None], highlight=frame, title="picture")
    hue = np.arange(row, row + kh).repeat(kw)[:, None]
    ax = grid_axes(figure, 2.2, 0.3 + CELL * kw * row, (kh * kw, 1))
    draw_tinted(ax, kernel.reshape(-1, 1), hue, False)
    ax = grid_axes(figure, 2.75, 0.3, buffer.shape)
    frame = [(row * kw, 0, kh * kw, out_w)]
    draw_tinted(ax, buffer, image_row[:, None], lit[:, None], highlight=frame, title="buffer")
    top = figure.get_figheight()
    figure.text(2.36 / 6.3, 1 - 0.22 / top, "weights", ha="center", size=11)
    for line in range(row * kw, (row + kh) * kw):
        ax.text(-0.8, line, "·", ha="center", va="center", size=12)
    for i in range(h):
        label = f"picture row {i},\nshifted {kw} times"
        ax.text(out_w - 0.2, kw * i + (kw - 1) / 2, label, ha="left", va="center", size=8.5)
    ax = grid_axes(figure, 5.15, 0.3, output.shape, 0.34)
    draw_grid(ax, output, highlight=[(row, 0, 1, out_w)], title="output")
    for place in range(len(output)):
        touchable_area(ax, -0.5, out_w - 0.5, place - 0.5, place + 0.5, row=place)
    text = f"{kh * kw} lines, each\ntimes its weight,\nadd up to row {row}."
    ax.text(-0.5, len(output) - 0.2, text, ha="left", va="top", size=9.5, linespacing=1.4)
    return figure


def _buffer_and_view(x, kernel_size) -> tuple[np.ndarray, np.ndarray]:
    """Give all lines of the shift buffer, and the overlapping matrices of the output rows."""
    rows = to_rows(np.asarray(x, float)[None, None])
    lines = row_windows(rows, (1, kernel_size[1]), (1, 1), (0, 0))
    view = row_windows(rows, kernel_size, (1, 1), (0, 0))
    return lines.reshape(-1, lines.shape[2]), view


def describe_row_windows(x, kernel, row=0) -> str:
    """Say in words what :func:`draw_row_windows` shows."""
    buffer, view = _buffer_and_view(x, kernel.shape)
    kh, kw = kernel.shape
    row = as_integer(row, "row", at_least=0, at_most=len(view) - 1)
    output = ", ".join(map(number, kernel.reshape(-1) @ view[row]))
    return (
        f"A buffer of {len(buffer)} lines: each picture row, shifted {kw} times. The matrix of "
        f"output row {row} is its lines {row * kw} to {row * kw + kh * kw - 1}, framed, which come "
        f"from picture rows {row} to {row + kh - 1}; the next output row's begins {kw} lines "
        f"further down. Times the weights it gives {output}."
    )
