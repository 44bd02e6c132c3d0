"""Dropout as a vote, and what a score on few digits is worth."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.explore import touchable_along
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, draw_image, new_figure
from lib.settings import as_choice, as_integer

__all__ = ["chances", "draw_samples", "draw_votes"]


def draw_votes(
    picture: np.ndarray,
    votes: np.ndarray,
    errors: Mapping[int, float],
    whole: float,
    voters: int,
) -> Figure:
    """Draw how networks with dropped units vote on a digit, and how often many of them err.

    A drag along the curve sets a control named ``voters``.

    Parameters
    ----------
    picture : (H, W) array
    votes : (V, K) array
        For each of at least `voters` networks the probabilities of the classes.
    errors : dict of int to float
        By number of voters: the error of the mean of their probabilities.
    whole : float
        The error of the whole network, with nothing dropped.
    voters : int
        A key of `errors`.
    """
    as_choice(voters, "voters", list(errors))
    figure, (left, middle, right) = new_figure(6, 2.7, cols=3, width_ratios=[0.7, 1.25, 1.25])
    draw_image(left, picture)
    classes = np.arange(votes.shape[1])
    said = votes[:voters]
    spread = np.linspace(-0.28, 0.28, voters) if voters > 1 else np.zeros(1)
    for k in classes[said.max(axis=0) > 0.02]:
        middle.plot(k + spread, said[:, k], ls="", marker=".", ms=3, color=MUTED)
    middle.bar(classes, said.mean(axis=0), width=0.8, color=OKABE_ITO[0], alpha=0.75)
    middle.set(title="voters, and their mean", ylim=(0, 1), xticks=classes)
    middle.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    numbers = list(errors)
    right.plot(numbers, list(errors.values()), markersize=4)
    right.plot([voters], [errors[voters]], marker="o", mfc="none", mew=2, ms=10, color=ACCENT)
    right.axhline(whole, color=MUTED, lw=1.2, ls="--")
    below = {"xytext": (0, -3), "textcoords": "offset points", "ha": "left", "va": "top"}
    right.annotate("nothing dropped", (numbers[0], whole), size=8, **below)
    top = max(errors.values())
    right.set(xscale="log", title="digits misread", xlabel="voters", ylim=(0, 1.15 * top))
    right.set_xticks(numbers, [str(n) for n in numbers])
    right.minorticks_off()
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    right.grid(axis="y", color=MUTED, alpha=0.3)
    touchable_along(right, numbers, "voters")
    return figure


def chances(wrong: int, digits: int, drawn: int) -> np.ndarray:
    """Return how likely each number of errors is among some digits drawn from a test set.

    Parameters
    ----------
    wrong : int
        How many of all are misread.
    digits : int
        How many there are.
    drawn : int
        How many are drawn at random, none of them twice.

    Returns
    -------
    (E + 1,) array
        For 0, 1, …, E errors; more than all E cannot be drawn.

    Examples
    --------
    >>> chances(wrong=1, digits=4, drawn=3)
    array([0.25, 0.75])
    """
    wrong = as_integer(wrong, "wrong", at_least=0, at_most=digits)
    drawn = as_integer(drawn, "drawn", at_least=1, at_most=digits)
    most = min(wrong, drawn)
    ways = [comb(wrong, k) * comb(digits - wrong, drawn - k) for k in range(most + 1)]
    total = comb(digits, drawn)
    return np.array([way / total for way in ways])


def draw_samples(wrong: Mapping[str, int], digits: int, drawn: int) -> Figure:
    """Draw which accuracies networks show on some digits drawn at random from a test set.

    Parameters
    ----------
    wrong : dict of str to int
        How many of all `digits` each network misreads.
    digits, drawn : int
    """
    figure, ax = new_figure(6, 2.7)
    for (name, errors), color, hatch in zip(
        wrong.items(), OKABE_ITO, ("", "///", "..."), strict=False
    ):
        found = chances(errors, digits, drawn)
        accuracy = 1 - np.arange(len(found)) / drawn
        kept = found > 1e-4
        width = max(0.9 / drawn, 0.00012)
        ax.bar(
            accuracy[kept],
            found[kept],
            width,
            color=color,
            alpha=0.6,
            hatch=hatch,
            label=f"{name}: {1 - errors / digits:.2%} of all",
        )
    ax.set(xlim=(0.979, 1.0015), ylim=(0, None), xlabel="accuracy on the digits drawn")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set(title=f"{drawn:,} digits drawn", ylabel="chance")
    figure.legend(
        *ax.get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2
    )
    return figure
