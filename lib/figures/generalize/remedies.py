"""Remedies against overfitting compared: what each buys on one test, and costs on another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.explore import touchable
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = ["draw_trade"]


def draw_trade(
    found: Mapping[str, Mapping[str, Sequence[float]]], against: str, remedy: str
) -> Figure:
    """Draw clean errors against errors under a change, a dot for each remedy.

    A touch of a dot sets a control named ``remedy``.

    Parameters
    ----------
    found : dict of str to dict of str to sequence of float
        For each remedy its figures, each from some seeds. ``plain`` is among them.
    against : str
        The figure on the vertical axis.
    remedy : str
        The one that stands out, with a small dot for each seed.
    """
    as_choice(remedy, "remedy", list(found))
    as_choice(against, "against", list(found[remedy]))
    figure, ax = new_figure(6, 3.8)
    places = {
        name: (float(np.mean(measured["clean"])), float(np.mean(measured[against])))
        for name, measured in found.items()
    }
    for name, (x, y) in places.items():
        color = ACCENT if name == remedy else OKABE_ITO[0]
        touchable(ax.scatter([x], [y], s=90, color=color, zorder=3), remedy=name)
    for name in _readable(places, [remedy, "plain", *found]):
        style = {"size": 10, "weight": "bold"} if name == remedy else {"size": 8}
        ax.annotate(name, places[name], (6, 4), textcoords="offset points", zorder=4, **style)
    seeds = found[remedy]
    ax.scatter(seeds["clean"], seeds[against], s=14, color=ACCENT, alpha=0.7, zorder=2)
    plain = found["plain"]
    ax.axvline(np.mean(plain["clean"]), color=MUTED, lw=1, ls="--")
    ax.axhline(np.mean(plain[against]), color=MUTED, lw=1, ls="--")
    ax.set(xlabel="misread, clean digits", ylabel=f"misread, {against} digits")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def _readable(places: Mapping[str, tuple[float, float]], first: Sequence[str]) -> list[str]:
    """Choose the names that can be written without one lying on another; the first ones first."""
    points = np.array(list(places.values()))
    width, height = np.ptp(points, axis=0) + 1e-9
    kept: list[str] = []
    for name in dict.fromkeys(first):
        x, y = places[name]
        apart = [
            abs(x - places[other][0]) > 0.21 * width or abs(y - places[other][1]) > 0.055 * height
            for other in kept
        ]
        if all(apart):
            kept.append(name)
    return kept
