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
    for name, measured in found.items():
        x, y = float(np.mean(measured["clean"])), float(np.mean(measured[against]))
        chosen = name == remedy
        dot = ax.scatter([x], [y], s=90, color=ACCENT if chosen else OKABE_ITO[0], zorder=3)
        touchable(dot, remedy=name)
        ax.annotate(
            name,
            (x, y),
            (6, 4),
            textcoords="offset points",
            size=9 if chosen else 7.5,
            weight="bold" if chosen else "normal",
        )
    seeds = found[remedy]
    ax.scatter(seeds["clean"], seeds[against], s=14, color=ACCENT, alpha=0.7, zorder=2)
    plain = found["plain"]
    ax.axvline(np.mean(plain["clean"]), color=MUTED, lw=1, ls="--")
    ax.axhline(np.mean(plain[against]), color=MUTED, lw=1, ls="--")
    ax.set(xlabel="misread, clean digits", ylabel=f"misread, {against} digits")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure
