"""Figures of the chapter *Architectures*: how labels hang together, and how errors fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from lib.datasets import path_between, path_similarity, steps_up
from lib.explore import touchable, touchable_area
from lib.figures.grids import blank_figure, place_axes
from lib.figures.style import ACCENT, BLANK, INK, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = ["ERRORS", "HUMAN", "describe_error", "describe_path", "draw_errors", "draw_path"]


class Winner(NamedTuple):
    """The best entry of a year in ImageNet's challenge of classification."""

    error: float  # top-5, on the test photographs, in percent
    team: str
    how: str
    network: bool  # whether it was a convolutional network


# 2010 to 2014: Russakovsky et al. (2015), table 5, entries that used the provided data alone; 2015:
# He et al. (2016), the abstract.
ERRORS = {
    2010: Winner(28.2, "NEC-UIUC", "hand-made features, support vector machines", False),
    2011: Winner(25.8, "XRCE", "hand-made features, Fisher vectors", False),
    2012: Winner(16.4, "SuperVision", "AlexNet, five of them", True),
    2013: Winner(11.7, "Clarifai", "networks like AlexNet, with smaller first windows", True),
    2014: Winner(6.7, "GoogLeNet", "seven GoogLeNets; VGG came second with 7.3 %", True),
    2015: Winner(3.57, "MSRA", "six ResNets", True),
}
HUMAN = 5.1  # one trained annotator, 1,500 photographs: Russakovsky et al., section 6.4


def draw_errors(year) -> Figure:
    """Show the top-5 error of each year's winner, one of them told; a touch sets `year`.

    Parameters
    ----------
    year : int
    """
    as_choice(year, "year", ERRORS)
    figure, ax = new_figure(6, 3.1)
    for place, (each, winner) in enumerate(ERRORS.items()):
        color = OKABE_ITO[0] if winner.network else MUTED
        bar = ax.bar(
            place,
            winner.error,
            width=0.65,
            color=color,
            hatch=None if winner.network else "///",
            edgecolor=ACCENT if each == year else "#FFFFFF",
            lw=3 if each == year else 0.5,
        )[0]
        touchable(bar, year=each)
        weight = "bold" if each == year else "normal"
        above = max(winner.error, HUMAN)  # not on the dashed line
        ax.text(place, above + 0.6, f"{winner.error:g} %", ha="center", weight=weight)
        touchable_area(ax, place - 0.5, place + 0.5, 0, 32, year=each)
    ax.axhline(HUMAN, color=ACCENT, ls=(0, (5, 2)), lw=1.5)
    ax.text(-0.45, HUMAN + 0.5, "one person: 5.1 %", size=9, color=ACCENT, ha="left")
    ax.texts[-1].set_bbox({"fc": BLANK, "ec": "none", "alpha": 0.9, "pad": 1})
    chosen = ERRORS[year]
    ax.set_title(f"{year}, {chosen.team}: {chosen.how}", fontsize=10)
    ax.set(ylim=(0, 32), xlim=(-0.6, len(ERRORS) - 0.4), ylabel="top-5 error, %")
    ax.set_xticks(range(len(ERRORS)), [str(each) for each in ERRORS])
    return figure


def describe_error(year) -> str:
    """Say what the figure shows."""
    chosen = ERRORS[as_choice(year, "year", ERRORS)]
    falls = ", ".join(f"{each}: {winner.error:g} %" for each, winner in ERRORS.items())
    return (
        f"Top-5 errors of the winners, {falls}. The first two years have hand-made features, all "
        f"later ones convolutional networks; a dashed line marks one person's {HUMAN} %. Chosen: "
        f"{year}, {chosen.team}, {chosen.how}."
    )


def draw_path(synsets: Mapping, words: Sequence[str], first: str, second: str) -> Figure:
    """Show the way from one set of words up to a common one and down to another.

    Beside it stands how similar each word is to the first; a touch of one sets `second`.

    Parameters
    ----------
    synsets : dict of str to Synset
    words : sequence of str
        What to choose from; it holds `second`.
    first, second : str
    """
    as_choice(second, "second", words)
    path = path_between(synsets, first, second)
    up = steps_up(synsets, first)
    turn = next(k for k, name in enumerate(path) if k + 1 == len(path) or path[k + 1] not in up)
    sides = path[:turn], [path[turn]], path[turn + 1 :][::-1]
    figure = blank_figure(6.3, 3.9)
    ax = place_axes(figure, 0, 0, 3.9, 3.9)
    ax.set(xlim=(0, 3.9), ylim=(0, 3.9))
    ax.axis("off")
    tall = max(len(sides[0]), len(sides[2]), 1)
    step = min(0.36, 3.0 / tall)
    top = 0.45 + step * tall
    _chip(ax, 1.95, top, sides[1][0], ACCENT)
    for x, names in ((0.95, sides[0]), (2.95, sides[2])):
        for k, name in enumerate(names):
            below = top - step * (len(names) - k)
            end = (1.95, top - 0.1) if k + 1 == len(names) else (x, below + step - 0.1)
            ax.annotate("", end, (x, below + 0.1), arrowprops=_arrow())
            _chip(ax, x, below, name, OKABE_ITO[0] if k == 0 else MUTED)
    steps = len(path) - 1
    ax.text(1.95, 0.14, f"{steps} steps: similarity 1 / {steps + 1}", ha="center", size=11)
    _bars(place_axes(figure, 4.95, 0.35, 1.2, 3.3), synsets, words, first, second)
    return figure


def _chip(ax, x, y, name, color):
    box = FancyBboxPatch(
        (x - 0.8, y - 0.1),
        1.6,
        0.2,
        boxstyle="round,pad=0.02,rounding_size=0.08",
        fc=BLANK,
        ec=color,
    )
    ax.add_patch(box)
    name = name.partition(" (")[0]
    ax.text(x, y, name, ha="center", va="center_baseline", size=9.5, color=INK)


def _arrow():
    return {"arrowstyle": "-|>", "color": MUTED, "lw": 1, "shrinkA": 0, "shrinkB": 0}


def _bars(ax, synsets, words, first, second):
    ax.set_title(f"similarity to {first}", fontsize=9, loc="right")
    order = sorted(words, key=lambda word: -path_similarity(synsets, first, word))
    for place, word in enumerate(order):
        value = path_similarity(synsets, first, word)
        color = ACCENT if word == second else OKABE_ITO[0]
        ax.barh(place, value, color=color, height=0.7)
        ax.text(value + 0.01, place, f"{value:.3f}", va="center_baseline", size=8)
        area = touchable_area(ax, -0.2, 0.45, place - 0.5, place + 0.5, second=word)
        area.set_clip_on(False)  # the words stand beside the axes
    ax.set(ylim=(len(order) - 0.5, -0.5), xlim=(0, 0.45), xticks=[], facecolor="none")
    ax.set_yticks(range(len(order)), order, size=8.5)
    ax.tick_params(left=False)
    ax.spines[["top", "right", "bottom"]].set_visible(False)


def describe_path(synsets: Mapping, words: Sequence[str], first: str, second: str) -> str:
    """Say what the figure shows."""
    path = path_between(synsets, first, second)
    near = max(words, key=lambda word: path_similarity(synsets, first, word))
    return (
        f"From {first} to {second} in {len(path) - 1} steps, by way of {', '.join(path[1:-1])}. "
        f"The similarity is 1 / {len(path)}. Of the words beside it, {near} is nearest to {first}."
    )
