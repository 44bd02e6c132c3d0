"""Figures of the chapter *Pooling*: one window, and a photograph.

Every number in them comes from :mod:`lib.layers`. What happens when the picture moves is in
:mod:`lib.figures.pooling.shift`, the way of the gradient in :mod:`lib.figures.pooling.gradient`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.figures.grids import PLACES, blank_figure, number, place_axes, remainder
from lib.figures.style import diverging, draw_grid, draw_image, symmetric_norm
from lib.layers import AvgPool2d, MaxPool2d
from lib.settings import as_choice, as_integer

__all__ = [
    "KINDS",
    "describe_pooling",
    "draw_photographs",
    "draw_pooling",
    "pool",
    "short",
    "write_below",
]

KINDS = {"max": MaxPool2d, "average": AvgPool2d}
_INFINITY = "\N{MINUS SIGN}\N{INFINITY}"


def pool(x, kind, window=2, stride=2, padding=0) -> np.ndarray:
    """Pool one picture with the library's layer: ``(H, W)`` → ``(OH, OW)``.

    Parameters
    ----------
    x : (H, W) array
    kind : str
        One of :data:`KINDS`.
    window, stride, padding : int

    Examples
    --------
    >>> pool(np.array([[1, 2, 3], [4, 5, 6]]), "max", stride=1)
    array([[5., 6.]])
    """
    layer = KINDS[as_choice(kind, "kind", KINDS)]
    return layer(window, stride, padding)(np.asarray(x, float)[None, None])[0, 0]


def draw_pooling(x, kind="max", window=2, stride=2, padding=0, place="first", *, room=0) -> Figure:
    """Show one window, the number that remains of it, and the whole output.

    Parameters
    ----------
    x : (H, W) array
        A small feature map of integers.
    kind : str
        One of :data:`KINDS`.
    window, stride, padding : int
    place : str
        One of :data:`~lib.figures.convolution.windows.PLACES`, in both directions.
    room : int
        The largest padding of all states, so that the input stays where it is.
    """
    x = np.asarray(x, float)
    (h, w), y = x.shape, pool(x, kind, window, stride, padding)
    p, q = _places(y.shape, place)
    padded = np.pad(x, padding, constant_values=np.nan)
    pixels = padded[p * stride : p * stride + window, q * stride : q * stride + window]

    cell = 2.3 / (w + 2 * room)
    edge = cell * (room - padding)
    figure = blank_figure(6.3, 2.55)
    left = place_axes(figure, edge, 0.3 + edge, cell * padded.shape[1], cell * padded.shape[0])
    middle = place_axes(figure, 3.05 - 0.21 * window, 0.3, 0.42 * window, 0.42 * window)
    wide = min(0.5, 2.45 / y.shape[1])
    right = place_axes(figure, 3.85, 0.3, wide * y.shape[1], wide * y.shape[0])

    hatch = np.zeros(padded.shape, bool)
    unused = remainder(x.shape, (window, window), stride, padding)
    hatch[padded.shape[0] - unused[0] :] = True
    hatch[:, padded.shape[1] - unused[1] :] = True
    colors = {"cmap": diverging, "norm": symmetric_norm(2 * x)}
    draw_grid(
        left,
        padded,
        text=_texts(padded, kind),
        hatch=hatch,
        padding=np.isnan(padded),
        highlight=[(p * stride, q * stride, window, window)],
        title=f"input, {h} × {w}",
        **colors,
    )
    draw_grid(
        middle,
        pixels,
        text=_texts(pixels, kind),
        padding=np.isnan(pixels),
        highlight=_first_winner(pixels) if kind == "max" else (),
        title="window",
        **colors,
    )
    write_below(middle, _sentence(pixels, kind))
    draw_grid(
        right,
        y,
        text=[[short(value).replace("0.", ".") for value in row] for row in y],
        highlight=[(p, q, 1, 1)],
        **colors,
    )
    right.set_title(f"output, {y.shape[0]} × {y.shape[1]}", fontsize=11, loc="left")
    return figure


def describe_pooling(x, kind="max", window=2, stride=2, padding=0, place="first", **_) -> str:
    """Say in words what :func:`draw_pooling` shows."""
    x = np.asarray(x, float)
    y = pool(x, kind, window, stride, padding)
    p, q = _places(y.shape, place)
    padded = np.pad(x, padding, constant_values=np.nan)
    pixels = padded[p * stride : p * stride + window, q * stride : q * stride + window]
    rows, cols = remainder(x.shape, (window, window), stride, padding)
    text = (
        f"{kind.capitalize()} pooling with a {window} by {window} window, stride {stride}, padding "
        f"{padding}: a {x.shape[0]} by {x.shape[1]} input gives a {y.shape[0]} by {y.shape[1]} "
        f"output. The window of output row {p}, column {q} is framed. {_sentence(pixels, kind)}."
    )
    if rows or cols:
        text += f" Hatched, in no window: {rows} rows at the bottom, {cols} columns right."
    return text


def _places(shape, place: str) -> tuple[int, int]:
    """Turn "first", "middle" or "last" into a row and a column of the output."""
    chosen = PLACES.index(as_choice(place, "place", PLACES))
    p, q = ((0, (count - 1) // 2, count - 1)[chosen] for count in shape)
    return p, q


def _texts(pixels: np.ndarray, kind: str) -> list[list[str]]:
    outside = _INFINITY if kind == "max" else "0"
    return [[outside if np.isnan(v) else number(v) for v in row] for row in pixels]


def _first_winner(pixels: np.ndarray) -> list[tuple[int, int, int, int]]:
    i, j = np.unravel_index(np.nanargmax(pixels), pixels.shape)
    return [(int(i), int(j), 1, 1)]


def _sentence(pixels: np.ndarray, kind: str) -> str:
    if kind == "max":
        return f"largest: {number(np.nanmax(pixels))}"
    total = np.nansum(pixels)
    return f"mean: {number(total)} / {pixels.size} = {short(total / pixels.size)}"


def write_below(ax, text: str) -> None:
    """Write a line of text below axes."""
    line = ax.text(0.5, -0.05, text, ha="center", va="top", size=10, transform=ax.transAxes)
    line.set_in_layout(False)


def short(value: float) -> str:
    """Write a number with at most two digits after the point."""
    return number(round(float(value), 2))


def draw_photographs(photo, window) -> Figure:
    """Show a photograph, and what three ways of making it smaller keep.

    Parameters
    ----------
    photo : (H, W) array
        Gray, 0 to 1.
    window : int
        Pixels across and down that become one.
    """
    (h, w), width = photo.shape, 3.0
    window = as_integer(window, "window", at_least=1, at_most=min(h, w))
    height = width * h / w
    figure = blank_figure(6.2, 2 * height + 0.75)
    pictures = {
        f"photograph, {h} × {w}": photo,
        "max pooling": pool(photo, "max", window, window),
        "average pooling": pool(photo, "average", window, window),
        f"every {window}th pixel": photo[::window, ::window],
    }
    for place, (name, picture) in enumerate(pictures.items()):
        left, top = 3.2 * (place % 2), 0.3 + (height + 0.4) * (place // 2)
        ax = place_axes(figure, left, top, width, height)
        draw_image(ax, picture, norm=Normalize(0, 1), title=name)
    return figure
