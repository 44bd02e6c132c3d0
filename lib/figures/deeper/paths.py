"""The paths from a pixel through a stack of small kernels to one output."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable
from lib.figures.style import ACCENT, INK, MUTED, new_figure, sequential, text_color
from lib.settings import as_integer

__all__ = ["REACH", "count_paths", "describe_paths", "draw_paths"]

REACH = 5  # pixels shown on each side of the middle, and the most layers


def count_paths(depth: int) -> np.ndarray:
    """Return how many paths lead from each pixel of the field to the output.

    Parameters
    ----------
    depth : int
        Layers with kernels of three, stride 1.

    Examples
    --------
    >>> count_paths(2)
    array([1, 2, 3, 2, 1])
    """
    paths = np.ones(1, int)
    for _ in range(as_integer(depth, "depth", at_least=0)):
        paths = np.convolve(paths, [1, 1, 1])
    return paths


def _count(depth: int, pixel: int) -> int:
    return int(count_paths(depth)[pixel + depth]) if abs(pixel) <= depth else 0


def draw_paths(depth: int, pixel: int) -> Figure:
    """Draw a stack of kernels of three from below, and the paths of one pixel to the output.

    A touch of a pixel sets a control named ``pixel``.

    Parameters
    ----------
    depth : int
        Layers, 1 to 5.
    pixel : int
        Its place, counted from the middle.
    """
    depth = as_integer(depth, "depth", at_least=1, at_most=REACH)
    pixel = as_integer(pixel, "pixel", at_least=-REACH, at_most=REACH)
    figure, ax = new_figure(6, 2.7)
    low = -0.13 * (depth + 1)  # a cell is as high, whatever the depth
    every, chosen = [], []
    for level in range(depth):  # from the pixels up
        above = depth - level - 1
        for place in range(-above, above + 1):
            for step in (-1, 0, 1):
                below = place + step
                line = [(below, level), (place, level + 1), (np.nan, np.nan)]
                on_way = abs(below - pixel) <= level
                (chosen if on_way else every).extend(line)
    for lines, style in (
        (every, {"color": MUTED, "alpha": 0.35, "lw": 0.8}),
        (chosen, {"color": ACCENT, "lw": 1.8}),
    ):
        if lines:
            ax.plot(*np.array(lines).T, marker="", ls="-", zorder=1, **style)
    nodes = [(p, level) for level in range(1, depth + 1) for p in _within(depth - level)]
    ax.plot(*np.array(nodes).T, ls="", marker="o", ms=7, mfc="#FFFFFF", mec=MUTED, zorder=2)
    most = count_paths(depth).max()
    for place in _within(REACH):
        paths = _count(depth, place)
        color = sequential(0.25 + 0.75 * paths / most) if paths else "#F7F7F7"
        framed = (
            {"ec": ACCENT, "lw": 3, "zorder": 4} if place == pixel else {"ec": MUTED, "lw": 0.8}
        )
        cell = Rectangle((place - 0.42, 1.15 * low), 0.84, -low, fc=color, **framed)
        touchable(ax.add_patch(cell), pixel=place)
        ink = text_color(color) if paths else INK
        label = ax.text(place, 0.65 * low, str(paths), ha="center", va="center_baseline", zorder=5)
        touchable(label, pixel=place).set_color(ink)
    ax.text(0.35, depth, "one output", va="center_baseline", size=9)
    ax.text(-REACH - 0.42, depth, _title(depth, pixel), va="center_baseline", size=9)
    ax.set(xlim=(-REACH - 0.55, REACH + 0.55), ylim=(1.3 * low, depth - 0.5 * low))
    ax.axis("off")
    return figure


def _within(reach: int) -> range:
    return range(-reach, reach + 1)


def _title(depth: int, pixel: int) -> str:
    paths, whole = _count(depth, pixel), 3**depth
    return f"{paths} of {whole} paths" if paths else "no path: outside of the field"


def describe_paths(depth: int, pixel: int) -> str:
    """Say what :func:`draw_paths` shows."""
    paths = ", ".join(map(str, count_paths(depth)))
    side = "right" if pixel > 0 else "left"
    place = f"the pixel {abs(pixel)} to the {side} of the middle" if pixel else "the middle pixel"
    return (
        f"{depth} layers with kernels of three: one output sees {2 * depth + 1} pixels. The paths "
        f"that lead to it from each of them are {paths}, the most from the middle. From "
        f"{place} there are {_count(depth, pixel)} of {3**depth}."
    )
