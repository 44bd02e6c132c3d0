"""Figures of the chapter *Pooling*: what a number sees, and a photograph made smaller."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.figures.grids import blank_figure, place_axes
from lib.figures.style import OKABE_ITO, draw_image
from lib.layers import AvgPool2d, MaxPool2d
from lib.settings import as_integer

__all__ = ["describe_reach", "draw_photographs", "draw_reach", "reach"]


def reach(convolutions, *, pooled) -> list[tuple[int, int, int]]:
    """Say where the outputs of each of several 3 × 3 convolutions see the picture, along one axis.

    Parameters
    ----------
    convolutions : int
        One after the other, each with padding 1.
    pooled : bool
        Whether a 2 × 2 pooling stands between any two of them.

    Returns
    -------
    list of (int, int, int)
        For each convolution the first pixel that its output 0 sees (negative in the padding), how
        many it sees, and by how many pixels neighbors among its outputs are apart.

    Examples
    --------
    >>> reach(3, pooled=True)
    [(-1, 3, 1), (-3, 8, 2), (-7, 18, 4)]
    """
    seen, (start, size, step) = [], (0, 1, 1)
    for layer in range(as_integer(convolutions, "convolutions", at_least=1)):
        if layer and pooled:
            size, step = size + step, 2 * step
        start, size = start - step, size + 2 * step
        seen.append((start, size, step))
    return seen


def draw_reach(picture, convolutions) -> Figure:
    """Frame what one number of each convolution sees: without pooling between them, and with it.

    Parameters
    ----------
    picture : (H, W) array
        From 0 to 1.
    convolutions : int
        How many, one after the other.
    """
    figure = blank_figure(4.6, 2.6)
    for column, pooled in enumerate((False, True)):
        seen = reach(convolutions, pooled=pooled)
        size = seen[-1][1]
        name = "with pooling" if pooled else "convolutions"
        ax = place_axes(figure, 2.35 * column, 0.32, 2.2, 2.2)
        draw_image(ax, picture, norm=Normalize(0, 1), title=f"{name}: {size} × {size}")
        for layer, field in enumerate(seen):
            top, left = (_nearest_to_the_middle(field, extent) for extent in np.shape(picture))
            last = layer == len(seen) - 1
            color, width = (OKABE_ITO[1], 3) if last else (OKABE_ITO[2], 1.5)
            corner = (left - 0.5, top - 0.5)
            frame = Rectangle(corner, field[1], field[1], fill=False, ec=color, lw=width)
            ax.add_patch(frame)
    return figure


def _nearest_to_the_middle(field: tuple[int, int, int], extent: int) -> int:
    """Return where the field begins of that output whose field is nearest to the middle."""
    start, size, step = field
    return start + round(((extent - size) / 2 - start) / step) * step


def describe_reach(picture, convolutions) -> str:
    """Say in words what :func:`draw_reach` shows."""
    sizes = [[size for _, size, _ in reach(convolutions, pooled=p)] for p in (False, True)]
    alone, pooled = (", ".join(f"{size} by {size}" for size in each) for each in sizes)
    return (
        "A handwritten digit, twice, with nested frames around the pixels that one number of each "
        f"convolution sees. Convolutions alone: {alone}. With pooling between them: {pooled}."
    )


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
    one = photo[None, None]
    pictures = {
        f"photograph, {h} × {w}": photo,
        "max pooling": MaxPool2d(window)(one)[0, 0],
        "average pooling": AvgPool2d(window)(one)[0, 0],
        f"every {window}th pixel": photo[::window, ::window],
    }
    for place, (name, picture) in enumerate(pictures.items()):
        left, top = 3.2 * (place % 2), 0.3 + (height + 0.4) * (place // 2)
        ax = place_axes(figure, left, top, width, height)
        draw_image(ax, picture, norm=Normalize(0, 1), title=name)
    return figure
