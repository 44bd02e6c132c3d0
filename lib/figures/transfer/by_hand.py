"""Four pictures after a body, their codes, and a head that tells them apart."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, draw_grid
from lib.settings import as_choice

__all__ = ["BIAS", "MAPS", "PICTURES", "WEIGHT", "describe_code", "draw_code"]

PICTURES = ("A", "B", "C", "D")
# Two maps of 2 × 2 for each picture, as a body might give them.
MAPS = np.array(
    [
        [[[4, 0], [0, 0]], [[2, 2], [2, 2]]],
        [[[3, 3], [3, 3]], [[0, 4], [0, 0]]],
        [[[0, 0], [0, 8]], [[4, 0], [4, 4]]],
        [[[0, 0], [4, 0]], [[1, 3], [1, 3]]],
    ]
)
WEIGHT = np.array([[-1, 1], [1, -1]])
BIAS = np.array([0, 0])
_CELL = 0.42
_AT = {"A": (-0.12, -0.32), "B": (0.12, 0.1), "C": (0.12, 0.1), "D": (0.12, 0.1)}


def _code(picture):
    return MAPS[PICTURES.index(picture)].mean(axis=(1, 2))


def draw_code(picture: str) -> Figure:
    """Draw the two maps of a picture, its code, its scores, and where the code lies.

    A touch of a point in the plane sets a control named ``picture``.

    Parameters
    ----------
    picture : {"A", "B", "C", "D"}
    """
    as_choice(picture, "picture", PICTURES)
    code = _code(picture)
    scores = WEIGHT @ code + BIAS
    figure = blank_figure(6.3, 2.7)
    for k, (one, top) in enumerate(zip(MAPS[PICTURES.index(picture)], (0.35, 1.65), strict=True)):
        size = 2.1 * _CELL
        ax = place_axes(figure, 0.1, top, size, size)
        draw_grid(ax, one, title=f"map {k + 1} of {picture}")
        total = "+".join(number(v) for v in one.ravel())
        figure.text(1.1 / 6.3, 1 - (top + size / 2) / 2.7, f"({total}) / 4 =", va="center")
    column = place_axes(figure, 2.42, 1.0, 1.05 * _CELL, 2.1 * _CELL)
    draw_grid(column, code[:, None], highlight=[(0, 0, 2, 1)], title="code")
    row = place_axes(figure, 3.2, 1.0, 1.05 * _CELL, 2.1 * _CELL)
    draw_grid(row, scores[:, None], title="scores")
    _draw_plane(place_axes(figure, 4.35, 0.35, 1.85, 1.85), picture)
    return figure


def _draw_plane(ax, chosen):
    line = np.array([0, 4])
    ax.plot(line, line, color=MUTED, lw=1.5)
    ax.text(3.05, 0.35, "class 2", color="black", size=9, ha="center")
    ax.text(0.9, 3.5, "class 1", color="black", size=9, ha="center")
    for name in PICTURES:
        x, y = _code(name)
        on = name == chosen
        same = [other for other in PICTURES if (_code(other) == (x, y)).all()]
        color = ACCENT if on else OKABE_ITO[0]
        (dot,) = ax.fill(*_circle(x, y, 0.2 if name == same[0] else 0.1), color=color, zorder=2)
        dot.set(alpha=1 if on else 0.75, zorder=4 if on and name != same[0] else 3)
        touchable(dot, picture=name)
        dx, dy = _AT[name]
        ax.text(x + dx * 2.2, y + dy * 1.6, name, size=11, weight="bold" if on else "normal")
    ax.set(xlim=(0, 4), ylim=(0, 4), xticks=range(5), yticks=range(5), aspect="equal")
    ax.set(xlabel="mean of map 1")
    ax.set_ylabel("mean of map 2", labelpad=2)
    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)


def _circle(x, y, radius):
    angle = np.linspace(0, 2 * np.pi, 40)
    return x + radius * np.cos(angle), y + radius * np.sin(angle)


def describe_code(picture: str) -> str:
    """Say what :func:`draw_code` shows."""
    code = _code(picture)
    scores = WEIGHT @ code + BIAS
    first, second = (number(v) for v in code)
    also = {
        "A": "It lies above the line; D has other maps and the same code.",
        "B": "It alone lies below the line, on the side of class 2.",
        "C": "It lies above the line, near A and D, though its maps look different.",
        "D": "Its code is that of A, because a mean does not say where a map is large.",
    }[picture]
    return (
        f"Picture {picture}: its two maps have means {first} and {second}, which are its code; "
        f"the scores are {number(scores[0])} and {number(scores[1])}. {also}"
    )
