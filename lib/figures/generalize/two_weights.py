"""Two weights and one example: which of all perfect fits a training finds."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from lib.explore import touchable
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_number

__all__ = ["EXAMPLE", "PENALTIES", "STARTS", "TARGET", "descend", "describe_fits", "draw_fits"]

EXAMPLE, TARGET = np.array([2.0, 1.0]), 5.0
STARTS = ((0.0, 0.0), (-1.0, 2.0), (1.0, -2.0))
PENALTIES = ("L2", "L1")
_RATE, _STEPS = 0.1, 600


def descend(start, penalty, strength, steps=_STEPS, rate=_RATE) -> np.ndarray:
    """Follow gradient descent on one example, with a penalty on the two weights.

    Parameters
    ----------
    start : (2,) array
    penalty : {"L2", "L1"}
        The L1 penalty shrinks both weights toward 0 and stops there.
    strength : float
        What the penalty is multiplied by.
    steps : int
    rate : float

    Returns
    -------
    (steps + 1, 2) array
        The weights before the first step and after each.

    Examples
    --------
    >>> descend((0, 0), "L2", 0, steps=2)
    array([[0.  , 0.  ],
           [1.  , 0.5 ],
           [1.5 , 0.75]])
    """
    as_choice(penalty, "penalty", PENALTIES)
    strength = as_number(strength, "strength", at_least=0)
    w = np.array(start, float)
    path = [w]
    for _ in range(steps):
        w = w - rate * (w @ EXAMPLE - TARGET) * EXAMPLE
        w = _pulled(w, path[-1], penalty, rate * strength)
        path.append(w)
    return np.array(path)


def _pulled(w, before, penalty, by):
    """Pull weights toward 0: by a share of what they were before the step, or all alike."""
    if penalty == "L2":
        return w - by * before
    return np.sign(w) * np.maximum(np.abs(w) - by, 0)


def draw_fits(penalty, strength, strengths) -> Figure:
    """Draw where gradient descent ends from three starts, in the plane of the two weights.

    A touch of a dot sets a control named ``strength``.

    Parameters
    ----------
    penalty : {"L2", "L1"}
    strength : float
        One of `strengths`.
    strengths : sequence of float
        For each a dot: where all starts end.
    """
    figure, ax = new_figure(5.2, 3.9)
    w1 = np.array([-1.8, 4.4])
    ax.plot(w1, TARGET - 2 * w1, color=MUTED, lw=2, ls="-", marker="", zorder=1)
    ax.text(0.62, 4.0, "perfect fits", color="black", size=9)
    ax.axhline(0, color=MUTED, lw=0.7, zorder=0)
    ax.axvline(0, color=MUTED, lw=0.7, zorder=0)
    ends = [descend(start, penalty, strength) for start in STARTS]
    for path, color in zip(ends, OKABE_ITO, strict=False):
        steps = np.vstack([path[:25], path[25:200:12], path[-1:]])  # the later ones are short
        ax.plot(*steps.T, color=color, lw=1.3, ls="-", marker="", zorder=3)
        ax.plot(*path[:8].T, color=color, ls="", marker=".", markersize=5, zorder=3)
        ax.plot(*path[0], color=color, marker="o", mfc="none", markersize=7, zorder=4)
        ax.plot(*path[-1], color=color, marker="o", markersize=9, zorder=5)
    if strength:
        _draw_cost(ax, penalty, ends[0][-1])
    for other in strengths:
        if other:
            x, y = descend(STARTS[0], penalty, other)[-1]
            dot = ax.scatter([x], [y], s=42, fc="none", ec=ACCENT, lw=1.2, zorder=6)
            touchable(dot, strength=other)
    ax.set(xlim=(-1.8, 4.4), ylim=(-2.6, 4.8), aspect="equal", xlabel="$w_1$", ylabel="$w_2$")
    name = f"{penalty}, strength {strength:g}" if strength else "no penalty"
    ax.set_title(name)
    return figure


def _draw_cost(ax, penalty, end):
    """Draw all weights that cost as much as the end: a circle or a diamond."""
    if penalty == "L2":
        angle = np.linspace(0, 2 * np.pi, 60)
        corners = np.linalg.norm(end) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    else:
        corners = np.abs(end).sum() * np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
    ax.add_patch(Polygon(corners, fill=False, ec=ACCENT, lw=1.2, ls="--", zorder=2))


def describe_fits(penalty, strength) -> str:
    """Say in words what :func:`draw_fits` shows."""
    ends = [descend(start, penalty, strength)[-1] for start in STARTS]
    places = [f"({_number(a)}, {_number(b)})" for a, b in ends]
    begins = ", ".join(f"({_number(a)}, {_number(b)})" for a, b in STARTS)
    if strength == 0:
        return (
            f"The plane of two weights, with the line of perfect fits. Without a penalty, gradient "
            f"descent from {begins} walks straight to the line and ends at three places on it: "
            f"{', '.join(places)}."
        )
    shape = "circle" if penalty == "L2" else "diamond"
    return (
        f"With an {penalty} penalty of strength {strength:g}, all three starts end at "
        f"{places[0]}, a little before the line of perfect fits, where a {shape} around zero "
        "meets the slope of the loss."
    )


def _number(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "\N{MINUS SIGN}")
