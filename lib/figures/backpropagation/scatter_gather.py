"""Figures of the chapter *Backpropagation through convolution and pooling*: scatter and gather.

One output and what it sends back; one pixel and what it gathers. Paths to the loss are drawn in
:mod:`lib.figures.backpropagation.paths`, the other forms of the backward pass in
:mod:`lib.figures.backpropagation.forms`, numeric gradients in
:mod:`lib.figures.backpropagation.numeric`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.convolution import convolve_backward
from lib.figures.grids import as_place, blank_figure, number, pixel_weights, place_axes, remainder
from lib.figures.style import diverging, draw_grid, symmetric_norm
from lib.settings import as_choice

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


def draw_scatter(x, w, dout, stride, row, col) -> Figure:
    """Show what one output sends back to pixels and weights, and both sums up to this output.

    Parameters
    ----------
    x, w, dout : (H, W), (KH, KW) and (OH, OW) array
    stride : int
    row, col : int
        Of the output; those before it in reading order have sent theirs.
    """
    x, w, dout = (np.asarray(a, float) for a in (x, w, dout))
    row, col = as_place(row, col, dout.shape)
    done = np.arange(dout.size).reshape(dout.shape) <= row * dout.shape[1] + col
    dx, dw = gradients(dout * done, x, w, stride)
    (h, width), (kh, kw), d = x.shape, w.shape, dout[row, col]
    window = (row * stride, col * stride, kh, kw)
    pixels = x[window[0] : window[0] + kh, window[1] : window[1] + kw]
    hatch = np.zeros(x.shape, bool)
    unused = remainder(x.shape, w.shape, stride)
    hatch[h - unused[0] :], hatch[:, width - unused[1] :] = True, True

    figure = blank_figure(6.3, 4.2)
    norm = symmetric_norm(limit=12)

    def grid(array, left, top, title, **options):
        ax = place_axes(figure, left, top, _CELL * array.shape[1], _CELL * array.shape[0])
        draw_grid(ax, array, cmap=diverging, norm=norm, **options)
        ax.set_title(title, fontsize=10)

    here = [(row, col, 1, 1)]
    grid(np.where(done, dout, np.nan), 0.25, 1.8, "dy so far", highlight=here)
    rows = (0.35, 2.6)
    second = rows[1] + _CELL * (h - kh) / 2
    grid(w, 1.45, rows[0] + _CELL * (h - kh) / 2, "w")
    grid(d * w + 0.0, 2.95, rows[0] + _CELL * (h - kh) / 2, f"{number(d)} · w")
    grid(dx, 4.4, rows[0], "dx so far", highlight=[window], hatch=hatch)
    grid(x, 1.05, rows[1], "x, its window", highlight=[window], hatch=hatch)
    grid(d * pixels + 0.0, 3.2, second, f"{number(d)} · window")
    grid(dw, 4.85, second, "dw so far")
    for at, middle in ((2.62, rows[0]), (2.98, rows[1]), (4.08, rows[0]), (4.42, rows[1])):
        sign = "→" if at < 3 else "+="
        y = 1 - (middle + _CELL * h / 2) / 4.2
        figure.text(at / 6.3, y, sign, ha="center", va="center", size=12)
    figure.text(0.55 / 6.3, 1 - 2.6 / 4.2, f"sends {number(d)}", size=10, ha="center", va="center")
    return figure


def describe_scatter(x, w, dout, stride, row, col) -> str:
    """Say in words what :func:`draw_scatter` shows."""
    row, col = as_place(row, col, np.shape(dout))
    done = np.arange(np.size(dout)).reshape(np.shape(dout)) <= row * np.shape(dout)[1] + col
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

    grid(w, 0.05, "w", highlight=met)
    grid(dout, 1.35, "dy", highlight=used)
    grid(factors, 2.85, "weight each meets")
    grid(dx, 4.45, "dx", highlight=[(row, col, 1, 1)], hatch=hatch)
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
