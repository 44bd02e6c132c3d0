"""Figures of the chapter *Backpropagation through convolution and pooling*: scatter and gather.

One output and what it sends back; one pixel and what it gathers. Paths to the loss are drawn in
:mod:`lib.figures.backpropagation.paths`, the third route in
:mod:`lib.figures.backpropagation.third_route`, numeric gradients in
:mod:`lib.figures.backpropagation.numeric`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.convolution import convolve_backward
from lib.explore import touchable_area
from lib.figures.grids import (
    as_place,
    blank_figure,
    number,
    pixel_weights,
    place_axes,
    remainder,
    touch_cells,
)
from lib.figures.style import diverging, draw_grid, symmetric_norm
from lib.settings import as_choice, as_integer

__all__ = [
    "describe_gather",
    "describe_scatter",
    "draw_gather",
    "draw_scatter",
    "gradients",
    "product",
]

_CELL = 0.3  # inches


def gradients(dout, x, w, stride=1, padding=0, dilation=1):
    """Give ``(dx, dw)`` of one picture and one kernel: ``(OH, OW)`` → ``(H, W)``, ``(KH, KW)``."""
    dout, x, w = (np.asarray(a, float)[None, None] for a in (dout, x, w))
    pairs = [(setting, setting) for setting in (stride, padding, dilation)]
    dx, dw = convolve_backward(dout, x, w, *pairs)
    return dx[0, 0], dw[0, 0]


def product(*factors) -> str:
    """Write a product, with negative factors in brackets.

    Examples
    --------
    >>> product(2, -1) == "2·(\N{MINUS SIGN}1)"
    True
    """
    return "·".join(f"({number(v)})" if v < 0 else number(v) for v in factors)


# --- one output: what it sends back ------------------------------------------------------------


def draw_scatter(x, w, dout, stride, output) -> Figure:
    """Show what one output sends back to pixels and weights, and both sums up to this output.

    A touch of a number of dy sets `output`.

    Parameters
    ----------
    x, w, dout : (H, W), (KH, KW) and (OH, OW) array
    stride : int
    output : int
        Counted in reading order; those before it have sent theirs.
    """
    x, w, dout = (np.asarray(a, float) for a in (x, w, dout))
    row, col, done = _sent(dout, output)
    dx, dw = gradients(dout * done, x, w, stride)
    (h, width), (kh, kw), d = x.shape, w.shape, dout[row, col]
    window = (row * stride, col * stride, kh, kw)
    pixels = x[window[0] : window[0] + kh, window[1] : window[1] + kw]
    hatch = np.zeros(x.shape, bool)
    unused = remainder(x.shape, w.shape, stride)
    hatch[h - unused[0] :], hatch[:, width - unused[1] :] = True, True

    cell, tall = 0.36, 4.8  # inches
    figure = blank_figure(6.3, tall)
    norm = symmetric_norm(limit=12)

    def grid(array, left, top, title, **options):
        ax = place_axes(figure, left, top, cell * array.shape[1], cell * array.shape[0])
        draw_grid(ax, array, cmap=diverging, norm=norm, **options)
        ax.set_title(title, fontsize=10)
        return ax

    here = [(row, col, 1, 1)]
    ax = grid(np.where(done, dout, np.nan), 0.1, 2.1, "dy so far", highlight=here)
    for k, (p, q) in enumerate(np.ndindex(*dout.shape)):
        touchable_area(ax, q - 0.5, q + 0.5, p - 0.5, p + 0.5, output=k)
    rows = (0.35, 2.85)
    first, second = (top + cell * (h - kh) / 2 for top in rows)
    grid(w, 1.0, first, "w")
    grid(d * w + 0.0, 2.45, first, f"{number(d)} · w")
    grid(dx, 4.05, rows[0], "dx so far", highlight=[window], hatch=hatch)
    grid(x, 1.0, rows[1], "x, its window", highlight=[window], hatch=hatch)
    grid(d * pixels + 0.0, 3.5, second, f"{number(d)} · window")
    grid(dw, 5.1, second, "dw so far")
    signs = ((2.27, 0, "→"), (3.33, 1, "→"), (3.8, 0, "+="), (4.85, 1, "+="))
    for at, line, sign in signs:
        y = 1 - (rows[line] + cell * h / 2) / tall
        figure.text(at / 6.3, y, sign, ha="center", va="center", size=12)
    under = 1 - (2.3 + cell * len(dout)) / tall
    figure.text(0.46 / 6.3, under, f"sends {number(d)}", size=10, ha="center", va="center")
    return figure


def _sent(dout, output):
    """Return the row and column of an output, and which outputs have sent theirs by then."""
    output = as_integer(output, "output", at_least=0, at_most=np.size(dout) - 1)
    row, col = divmod(output, np.shape(dout)[1])
    return row, col, np.arange(np.size(dout)).reshape(np.shape(dout)) <= output


def describe_scatter(x, w, dout, stride, output) -> str:
    """Say in words what :func:`draw_scatter` shows."""
    row, col, done = _sent(dout, output)
    dx, dw = gradients(dout * done, x, w, stride)
    d, top, left = dout[row][col], row * stride, col * stride
    return (
        f"Output row {row}, column {col} has the gradient {number(d)}. It adds {number(d)} times "
        f"the kernel to dx, in the window from row {top}, column {left}, and {number(d)} times the "
        f"pixels of that window to dw. After {done.sum()} of {done.size} outputs dx is "
        f"{_rows(dx)} and dw is {_rows(dw)}."
    )


def _rows(array) -> str:
    return "; ".join(" ".join(number(v) for v in line) for line in array)


# --- one pixel: what it gathers ----------------------------------------------------------------


def draw_gather(shape, w, douts, row, col, stride) -> Figure:
    """Show from which outputs one pixel gathers its gradient, and with which weights.

    A touch of a pixel of dx sets `row` and `col`.

    Parameters
    ----------
    shape : (int, int)
        Of the picture.
    w : (K, K) array
    douts : dict of int to (OH, OW) array
        The gradient of the output for each stride.
    row, col : int
        Of the pixel.
    stride : int
    """
    row, col = as_place(row, col, shape)
    w, dout = np.asarray(w, float), np.asarray(douts[as_choice(stride, "stride", douts)], float)
    dx, _ = gradients(dout, np.zeros(shape), w, stride)
    k = len(w)
    places = pixel_weights(shape, k, row, col, stride, 0).astype(int)
    used = [(int(p), int(q), 1, 1) for p, q in np.argwhere(places)]
    met = [((places[p, q] - 1) // k, (places[p, q] - 1) % k, 1, 1) for p, q, _, _ in used]
    factors = np.where(places > 0, w.ravel()[places - 1], np.nan)
    hatch = np.zeros(shape, bool)
    for axis, unused in enumerate(remainder(shape, w.shape, stride)):
        hatch[(slice(None),) * axis + (slice(shape[axis] - unused, None),)] = True

    figure = blank_figure(6.3, 2.35)
    norm = symmetric_norm(limit=12)

    def grid(array, left, title, **options):
        ax = place_axes(figure, left, 0.35, _CELL * array.shape[1], _CELL * array.shape[0])
        draw_grid(ax, array, cmap=diverging, norm=norm, **options)
        ax.set_title(title, fontsize=10, loc="left")
        return ax

    grid(w, 0.05, "w", highlight=met)
    grid(dout, 1.35, "dy", highlight=used)
    grid(factors, 2.85, "weight each meets")
    touch_cells(grid(dx, 4.45, "dx", highlight=[(row, col, 1, 1)], hatch=hatch), shape)
    figure.text(0.5, 0.09, _gathered(dout, factors, row, col, dx), ha="center", size=11)
    return figure


def _gathered(dout, factors, row, col, dx) -> str:
    pairs = zip(dout.ravel(), factors.ravel(), strict=True)
    terms = [product(d, f) for d, f in pairs if np.isfinite(f)]
    start = f"dx[{row},{col}] = "
    if not terms:
        return start + "0: no window reaches it"
    if len(terms) > 4:
        return start + f"the sum of {len(terms)} products = {number(dx[row, col])}"
    return start + " + ".join(terms) + f" = {number(dx[row, col])}"


def describe_gather(shape, w, douts, row, col, stride) -> str:
    """Say in words what :func:`draw_gather` shows."""
    row, col = as_place(row, col, shape)
    w, dout = np.asarray(w, float), np.asarray(douts[as_choice(stride, "stride", douts)], float)
    places = pixel_weights(shape, len(w), row, col, stride, 0).astype(int)
    factors = np.where(places > 0, w.ravel()[places - 1], np.nan)
    dx, _ = gradients(dout, np.zeros(shape), w, stride)
    which = ", ".join(f"({p}, {q})" for p, q in np.argwhere(places)) or "none"
    return (
        f"Stride {stride}. The pixel in row {row}, column {col} is used by the outputs {which}. "
        f"{_gathered(dout, factors, row, col, dx)}."
    )
