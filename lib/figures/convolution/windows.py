"""Figures of the chapter *Convolution*: one window.

Every number in them comes from :mod:`lib.convolution.windows`. Photographs are in
:mod:`lib.figures.convolution.kernels`, channels and learned kernels in
:mod:`lib.figures.convolution.filters`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.convolution import pad2d
from lib.figures.grids import (
    PIXELS,
    PLACES,
    blank_figure,
    correlate,
    number,
    place_axes,
    remainder,
)
from lib.figures.style import diverging, draw_grid, symmetric_norm
from lib.settings import as_choice, as_integer

__all__ = ["describe_window", "draw_window"]


def draw_window(x, kernel, row=0, col=0, stride=1, padding=0, dilation=1, *, room=0) -> Figure:
    """Show one window, its products with the kernel, and the output they add up to.

    Parameters
    ----------
    x, kernel : (H, W) and (KH, KW) array
        A small picture of integers and a kernel.
    row, col : int or {"first", "middle", "last"}
        Which output.
    stride, padding, dilation : int
    room : int
        The largest padding of all states, so that the picture stays where it is.
    """
    x, kernel = np.asarray(x, float), np.asarray(kernel, float)
    y = correlate(x, kernel, stride, padding, dilation)
    p, q = _place(row, y.shape[0]), _place(col, y.shape[1])
    padded = pad2d(x[None, None], padding)[0, 0]
    rows, cols = (
        [start * stride + dilation * i for i in range(k)]
        for start, k in zip((p, q), kernel.shape, strict=True)
    )
    pixels = padded[np.ix_(rows, cols)]

    h, w = x.shape
    kh, kw = kernel.shape
    cell = 2.45 / (w + 2 * room)
    figure = blank_figure(6.3, 3.05)
    middle = 2.6 + (1.6 - 0.46 * kw) / 2
    edge = cell * (room - padding)  # the picture stays where it is when its frame grows
    left = place_axes(figure, edge, 0.3 + edge, cell * padded.shape[1], cell * padded.shape[0])
    top = place_axes(figure, 2.6 + (1.6 - 0.3 * kw) / 2, 0.3, 0.3 * kw, 0.3 * kh)
    bottom = place_axes(figure, middle, 0.62 + 0.3 * kh, 0.46 * kw, 0.46 * kh)
    # With padding a small kernel's output is wider than the picture.
    small = min(1.95 / w, 1.98 / y.shape[1])
    right = place_axes(figure, 4.3, 0.3, small * y.shape[1], small * y.shape[0])

    hatch, frame = np.zeros(padded.shape, bool), np.ones(padded.shape, bool)
    unused = remainder(x.shape, kernel.shape, stride, padding, dilation)
    hatch[padded.shape[0] - unused[0] :] = True
    hatch[:, padded.shape[1] - unused[1] :] = True
    frame[padding : padding + h, padding : padding + w] = False
    framed = [(rows[0], cols[0], rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1)]
    if dilation > 1:
        framed = [(r, c, 1, 1) for r in rows for c in cols]
    draw_grid(
        left,
        padded,
        cmap=PIXELS,
        norm=Normalize(x.min(), x.max()),
        hatch=hatch,
        padding=frame,
        highlight=framed,
        title=f"picture, {h} × {w}",
    )
    norm = symmetric_norm(correlate(x, kernel))
    draw_grid(top, kernel, cmap=diverging, norm=symmetric_norm(2 * kernel), title="kernel")
    products = [
        [f"{number(k)}·{number(v)}" for k, v in zip(ks, vs, strict=True)]
        for ks, vs in zip(kernel, pixels, strict=True)
    ]
    draw_grid(
        bottom,
        kernel * pixels,
        text=products,
        cmap=diverging,
        norm=norm,
        highlight=[(0, 0, kh, kw)],
        title=f"products, sum {number(y[p, q])}",
    )
    draw_grid(
        right,
        y,
        cmap=diverging,
        norm=norm,
        highlight=[(p, q, 1, 1)],
    )
    right.set_title(f"output, {y.shape[0]} × {y.shape[1]}", fontsize=11, loc="left")
    return figure


def describe_window(x, kernel, row=0, col=0, stride=1, padding=0, dilation=1, **_) -> str:
    """Say in words what :func:`draw_window` shows."""
    y = correlate(x, kernel, stride, padding, dilation)
    p, q = _place(row, y.shape[0]), _place(col, y.shape[1])
    rows, cols = remainder(x.shape, kernel.shape, stride, padding, dilation)
    text = (
        f"A {x.shape[0]} by {x.shape[1]} picture, stride {stride}, padding {padding}, dilation "
        f"{dilation}, gives a {y.shape[0]} by {y.shape[1]} output. The window of output row {p}, "
        f"column {q} is framed; its products add up to {number(y[p, q])}."
    )
    if rows or cols:
        text += (
            f" Hatched, no window reaches them: {rows} rows at the bottom, {cols} columns right."
        )
    return text


def _place(where, count: int) -> int:
    if isinstance(where, str):
        as_choice(where, "a place", PLACES)
        return {"first": 0, "middle": (count - 1) // 2, "last": count - 1}[where]
    return as_integer(where, "a place", at_least=0, at_most=count - 1)
