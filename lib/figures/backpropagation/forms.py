"""Figures of the chapter *Backpropagation through convolution and pooling*: its other forms.

The matrix of a convolution and its transpose; the input gradient as a convolution with holes; the
overlap of a transposed convolution.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from lib.convolution import col2im, convolve_backward, output_size
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import (
    ACCENT,
    diverging,
    draw_grid,
    draw_image,
    new_figure,
    sequential,
    symmetric_norm,
)

__all__ = [
    "describe_holes",
    "draw_holes",
    "draw_matrices",
    "draw_overlap",
    "overlap",
]


def draw_matrices(matrix, x, dout) -> Figure:
    """Show a convolution of one row as a matrix product, and its backward pass as the transpose.

    Parameters
    ----------
    matrix : (OH, H) array
    x, dout : (H,) and (OH,) array
    """
    matrix, x, dout = (np.asarray(a, float) for a in (matrix, x, dout))
    figure, cell, norm = blank_figure(6.3, 2.35), 0.3, symmetric_norm(limit=8)
    unused = ~matrix.any(axis=0)
    rows, columns = matrix.shape

    def grid(array, left, middle, title, **options):
        h, w = array.shape
        ax = place_axes(figure, left, middle - cell * h / 2, cell * w, cell * h)
        draw_grid(ax, array, cmap=diverging, norm=norm, **options)
        ax.set_title(title, fontsize=11)

    middle = 0.4 + cell * columns / 2
    parts = [
        [
            (matrix, "A", {"hatch": np.tile(unused, (rows, 1))}),
            (x[:, None], "x", {"hatch": unused[:, None]}),
            ((matrix @ x)[:, None], "y", {}),
        ],
        [
            (matrix.T, "Aᵀ", {"hatch": np.tile(unused[:, None], (1, rows))}),
            (dout[:, None], "dy", {}),
            ((matrix.T @ dout)[:, None] + 0.0, "dx", {"hatch": unused[:, None]}),
        ],
    ]
    left = 0.05
    for part, shift in zip(parts, (0.75, 0), strict=True):
        for (array, title, options), sign in zip(part, ("·", "=", ""), strict=True):
            grid(array, left, middle, title, **options)
            left += cell * array.shape[1] + 0.34
            figure.text(
                (left - 0.17) / 6.3, 1 - middle / 2.35, sign, ha="center", va="center", size=14
            )
        left += shift
    return figure


# --- the input gradient as a convolution with holes --------------------------------------------

SIZE = 8
_KERNEL = (1, -1, 2, 1)


def _holes(kernel_size, stride, padding, dilation):
    """Compute the settings of :func:`draw_holes` for one row of pixels."""
    w = np.array(_KERNEL[:kernel_size], float)
    out = output_size(SIZE, kernel_size, stride, padding, dilation)
    dout = np.arange(1.0, out + 1)
    rest = (SIZE + 2 * padding - dilation * (kernel_size - 1) - 1) % stride
    border = dilation * (kernel_size - 1) - padding
    return w, dout, border, rest


def _input_gradient(w, dout, stride, padding, dilation):
    # One row: the other axis has size 1, where neither stride nor padding nor dilation matter.
    shape, pairs = (1, 1, 1, SIZE), ((1, stride), (0, padding), (1, dilation))
    arrays = dout[None, None, None], np.zeros(shape), w[None, None, None]
    return convolve_backward(*arrays, *pairs, needs_dweight=False)[0][0, 0, 0] + 0.0


def draw_holes(kernel_size, stride, padding, dilation) -> Figure:
    """Show how the gradient of eight pixels comes from dout with holes and the turned kernel.

    Parameters
    ----------
    kernel_size, stride, padding, dilation : int
    """
    w, dout, border, rest = _holes(kernel_size, stride, padding, dilation)
    dx = _input_gradient(w, dout, stride, padding, dilation)
    span = dilation * (kernel_size - 1)
    inner = np.zeros((len(dout) - 1) * stride + 1)
    inner[::stride] = dout
    before, after = border, border + rest
    row = np.concatenate([np.zeros(max(before, 0)), inner, np.zeros(max(after, 0))])
    is_frame = np.ones(len(row), bool)
    is_frame[max(before, 0) : max(before, 0) + len(inner)] = False
    rest_cells = np.zeros(len(row), bool)
    added = min(rest, max(after, 0))
    rest_cells[len(row) - added :] = added > 0
    texts = [number(v) for v in row]
    cut = [*range(max(-before, 0)), *range(len(row) - max(-after, 0), len(row))]

    figure = blank_figure(6.3, 3.3)
    cell = 0.39
    start = 0.72 + cell * (14 - len(row)) / 2
    first = start + cell * max(-before, 0)  # where the kept part begins

    def line(array, left, top, name, text=True, **options):
        margin = 0.05 * cell  # draw_grid leaves it on each side
        box = (cell * (len(array) + 0.1), cell * 1.1)
        ax = place_axes(figure, left - margin, top - margin, *box)
        options = {key: np.asarray(mask)[None] for key, mask in options.items() if key != "norm"}
        norm = symmetric_norm(limit=16)
        text = text if text is True else [text]
        draw_grid(ax, np.asarray(array)[None], text=text, cmap=diverging, norm=norm, **options)
        figure.text(0.02 / 6.3, 1 - (top + cell / 2) / 3.3, name, va="center", size=10)
        return ax

    line(dout, start + cell * max(before, 0), 0.1, "dy")
    ax = line(row, start, 0.8, "holes,\nborder", texts, padding=is_frame, hatch=rest_cells)
    for k in cut:
        ax.plot([k - 0.45, k + 0.45], [-0.45, 0.45], color=ACCENT, lw=1.5, marker="")
        ax.plot([k - 0.45, k + 0.45], [0.45, -0.45], color=ACCENT, lw=1.5, marker="")
    turned = np.full(span + 1, np.nan)
    turned[::dilation] = w[::-1]
    line(turned, first, 1.35, "w,\nturned")
    unused = np.arange(SIZE) >= SIZE - max(0, rest - padding)
    line(dx, first + cell * span / 2, 2.15, "dx", hatch=unused)
    at = (first + cell * (span + 1) / 2) / 6.3
    ends = (at, 1 - 1.78 / 3.3), (at, 1 - 2.13 / 3.3)
    look = {"arrowstyle": "-|>", "mutation_scale": 10, "shrinkA": 0, "shrinkB": 0}
    figure.add_artist(FancyArrowPatch(*ends, **look, color=ACCENT, lw=1.5))
    right = (first + cell * (span + 1) + 0.1) / 6.3
    figure.text(right, 1 - 1.55 / 3.3, "slides with stride 1 →", va="center", size=10)
    holes = f"{stride - 1} hole{'s' * (stride != 2)} between"
    frame = f"border D(K−1)−P = {number(border)}" + (": cut" if border < 0 else "")
    figure.text(0.5, 0.13, f"{holes};  {frame};  remainder {rest}", ha="center", size=11)
    return figure


def describe_holes(kernel_size, stride, padding, dilation) -> str:
    """Say in words what :func:`draw_holes` shows."""
    w, dout, border, rest = _holes(kernel_size, stride, padding, dilation)
    dx = _input_gradient(w, dout, stride, padding, dilation)
    edge = f"{border} zeros on each side" if border >= 0 else f"{-border} cut off on each side"
    return (
        f"Kernel {kernel_size} wide, stride {stride}, padding {padding}, dilation {dilation}: "
        f"{len(dout)} gradients with {stride - 1} zeros between them, {edge}, and {rest} more on "
        f"the right for the remainder. The turned kernel {_list(w[::-1])} slides over them with "
        f"stride 1 and gives dx, {_list(dx)}."
    )


def _list(values) -> str:
    return ", ".join(number(v) for v in values)


# --- the transposed convolution as a layer -----------------------------------------------------


def draw_overlap(settings, size=6) -> Figure:
    """Show how many terms each output of a transposed convolution receives.

    Parameters
    ----------
    settings : sequence of (kernel_size, stride)
    size : int
        Of the input, which is square.
    """
    figure, axes = new_figure(6.3, 2.5, cols=len(settings))
    for ax, (k, s) in zip(axes, settings, strict=True):
        counts = overlap(k, s, size)
        drawn = draw_image(ax, counts, cmap=sequential, title=f"kernel {k}, stride {s}")
        bar = figure.colorbar(drawn, ax=ax, shrink=0.8, ticks=np.unique(counts))
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=8, length=0)
    return figure


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
