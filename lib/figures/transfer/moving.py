"""What moves while a head is trained: weights by their rate, and statistics without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.explore import touchable_along
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = ["draw_drift", "draw_rates", "shares_of"]


def shares_of(record: Mapping) -> list[float]:
    """Return the recorded learning rates of the body, as shares of the head's.

    Examples
    --------
    >>> shares_of({"rates": {"0": {}, "0.1": {}, "head first": {}}})
    [0.0, 0.1]
    """
    return [float(label) for label in record["rates"] if label[0].isdigit()]


def draw_rates(record: Mapping, share: float) -> Figure:
    """Draw what the body's rate does to new and old classes, and how far each layer moves.

    A touch of a column on the left sets a control named ``share``.

    Parameters
    ----------
    record : dict
        The study ``frozen_body``.
    share : float
        Of the head's learning rate; one of :func:`shares_of`.
    """
    shares = shares_of(record)
    place = shares.index(as_choice(share, "share", shares))
    found = [record["rates"][f"{s:g}"] for s in shares]
    figure, (left, right) = new_figure(6.3, 3, cols=2, width_ratios=[1.25, 1])
    x = np.arange(len(shares))
    for key, name in (("new", "new classes"), ("known", "old classes, old head")):
        runs = np.array([one[key] for one in found])
        mean = runs.mean(axis=1)
        (line,) = left.plot(x, mean, label=name, markersize=6)
        left.vlines(x, runs.min(1), runs.max(1), color=line.get_color(), lw=1.5)
        left.text(
            place, mean[place] + 0.025, f"{mean[place]:.0%}", ha="center", color="black", size=9
        )
    left.axvline(place, color=ACCENT, lw=1, ls="--", zorder=0)
    left.set_xticks(x, [f"{s:g}" for s in shares])
    left.set(xlabel="the body's rate, as a share of the head's", ylim=(0.15, 1))
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set_title("accuracy", fontsize=10)
    left.grid(axis="y", color=MUTED, alpha=0.3)
    left.legend(frameon=False, loc="lower left")
    moved = [np.mean([run[n] for run in found[place]["moved"]]) for n in found[place]["moved"][0]]
    right.bar(1 + np.arange(len(moved)), moved, color=OKABE_ITO[0], width=0.7)
    most = max(v for one in found for run in one["moved"] for v in run.values())
    right.set(xlabel="convolution", ylim=(0, 1.05 * most), xticks=1 + np.arange(len(moved)))
    right.set_title("how far its weights moved", fontsize=10)
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.grid(axis="y", color=MUTED, alpha=0.3)
    right.set_axisbelow(True)
    touchable_along(left, x, "share", shares)
    return figure


def draw_drift(
    steps: Sequence[int],
    probabilities: np.ndarray,
    faces: Sequence[float],
    classes: Sequence[str],
    step: int,
) -> Figure:
    """Draw what a network still answers while only statistics of its body move.

    A drag along the curves sets a control named ``step`` to one of `steps`.

    Parameters
    ----------
    steps : sequence of int
    probabilities : (S, K) array
        Of the old classes, for the cat, at each step.
    faces : sequence of float
        Accuracy of the new head at each step.
    classes : sequence of str
    step : int
        One of `steps`.
    """
    place = list(steps).index(as_choice(step, "step", steps))
    figure, (left, right) = new_figure(6.3, 3, cols=2, width_ratios=[1.25, 1])
    cat = list(classes).index("cat")
    left.plot(steps, probabilities[:, cat], label="the old head: a cat", markersize=5)
    left.plot(steps, faces, label="the new head: right", markersize=5)
    left.axvline(step, color=ACCENT, lw=1, ls="--", zorder=0)
    left.set(xlabel="training steps of the new head", ylim=(0, 1.05))
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.grid(axis="y", color=MUTED, alpha=0.3)
    left.legend(frameon=False, loc="lower left")
    order = np.arange(len(classes))
    shown = probabilities[place]
    for k, bar in enumerate(right.barh(order, shown, height=0.75)):
        bar.set_color(ACCENT if k == cat else OKABE_ITO[0])
        if shown[k] >= 0.005:
            right.text(shown[k] + 0.02, k, f"{shown[k]:.0%}", va="center", size=8, color="black")
    right.set(xlim=(0, 1.2), xticks=[], ylim=(len(classes) - 0.5, -0.5))
    right.set_yticks(order, classes)
    right.tick_params(left=False)
    right.spines["bottom"].set_visible(False)
    right.set_title(f"the old head, after step {step}", fontsize=10)
    touchable_along(left, steps, "step")
    return figure
