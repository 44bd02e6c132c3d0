"""Optimizers on their way through a ravine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_number

__all__ = ["RAVINE_START", "describe_ravine", "draw_ravine", "ravine_slope"]

CURVATURES = np.array([1.0, 20.0])
GOAL = np.array([5.0, 0.0])
RAVINE_START = np.array([-5.0, 1.5])


def ravine_slope(w: np.ndarray) -> np.ndarray:
    """Return the gradient of a bowl that is 20 times as curved across as along.

    Its lowest point is (5, 0).

    Examples
    --------
    >>> ravine_slope(np.array([-5.0, 1.5]))
    array([-10.,  30.])
    """
    return CURVATURES * (w - GOAL)


def draw_ravine(
    walk: Callable[[str, float], np.ndarray], rules: Mapping, rule: str, lr: float
) -> Figure:
    """Draw the path of one rule over the ravine, and its height after each step.

    Parameters
    ----------
    walk : callable
        ``walk(rule, lr)`` returns the places, ``(steps + 1, 2)``.
    rules : collection of str
        All rules; those not chosen are drawn thin in the right panel.
    rule : str
    lr : float
    """
    as_choice(rule, "rule", list(rules))
    lr = as_number(lr, "lr", above=0)
    figure, (left, right) = new_figure(6, 2.9, cols=2, width_ratios=[1.45, 1])
    x, y = np.meshgrid(np.linspace(-7, 8, 40), np.linspace(-2.4, 2.4, 25))
    ground = _height(np.stack([x, y], axis=-1))
    left.contour(x, y, ground, levels=[2, 10, 25, 50, 90], colors=MUTED, linewidths=0.8)
    path = walk(rule, lr)
    shown = np.clip(path, -60, 60)
    left.plot(*shown.T, color=ACCENT, marker="o", ms=3, lw=1.3, ls="-")
    left.plot(*RAVINE_START, marker="s", color=OKABE_ITO[0], ms=6)
    left.plot(*GOAL, marker="*", color=OKABE_ITO[2], ms=11)
    left.set(xlim=(-7, 8), ylim=(-2.4, 2.4), title=f"{rule}, rate {lr:g}")
    left.tick_params(labelsize=8)
    for name in rules:
        heights = np.clip(_height(walk(name, lr)), 1e-5, 1e5)
        mine = name == rule
        color, width = (ACCENT, 2.2) if mine else (MUTED, 0.8)
        right.plot(heights, marker="", ls="-", color=color, lw=width, zorder=3 if mine else 2)
    right.set(yscale="log", ylim=(1e-4, 1e4), xlabel="step", title="height above the goal")
    right.grid(axis="y", color=MUTED, alpha=0.3)
    right.minorticks_off()
    return figure


def _height(w: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return (CURVATURES * (w - GOAL) ** 2).sum(axis=-1) / 2


def describe_ravine(walk: Callable[[str, float], np.ndarray], rule: str, lr: float) -> str:
    """Say in words what :func:`draw_ravine` shows."""
    path = walk(rule, lr)
    start, end = (float(_height(place)) for place in (path[0], path[-1]))
    turns = int((np.diff(np.sign(path[:, 1])) != 0).sum())
    if not np.isfinite(end) or end > start:
        return f"{rule} with a rate of {lr:g} leaves the ravine: it ends higher than it began."
    return (
        f"{rule} with a rate of {lr:g}: after {len(path) - 1} steps it stands {end:.2g} above the "
        f"goal, where it began at {start:.3g}, and has crossed the floor of the ravine {turns} "
        "times."
    )
