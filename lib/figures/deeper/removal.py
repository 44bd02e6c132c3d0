"""What a network answers when some of its blocks are taken out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure, sequential, text_color
from lib.settings import as_choice

__all__ = ["describe_removal", "draw_removal", "names_of_blocks"]


def names_of_blocks(accuracies: Mapping[str, float]) -> list[str]:
    """Return the blocks that were taken out alone, in their order."""
    return [name for name in accuracies if name and " " not in name]


def _accuracy(accuracies: Mapping[str, float], first: str, second: str) -> float:
    blocks = names_of_blocks(accuracies)
    out = sorted({as_choice(first, "first", blocks), as_choice(second, "second", blocks)})
    return accuracies[" ".join(sorted(out, key=blocks.index))]


def draw_removal(accuracies: Mapping[str, float], first: str, second: str) -> Figure:
    """Draw a network without one or two of its blocks, and its accuracy.

    A touch of a cell sets the controls ``first`` and ``second``; on the diagonal they are the same,
    and one block is out.

    Parameters
    ----------
    accuracies : dict of str to float
        By the names of what is out, with a blank between; ``""`` is the whole network.
    first, second : str
        The blocks that are out.
    """
    blocks = names_of_blocks(accuracies)
    figure, (left, right) = new_figure(6, 3.1, cols=2, width_ratios=[1, 1.5])
    accuracy = _accuracy(accuracies, first, second)
    for place, name in enumerate(["digit", *blocks, "answer"]):
        out = name in (first, second)
        block = name in blocks
        shape = Rectangle((0, place), 1, 0.66, fc="none", ec=MUTED, lw=1.2)
        if block:
            shape.set(fc="none" if out else OKABE_ITO[5], ls=(0, (3, 2)) if out else "-")
        left.add_patch(shape)
        color = "#000000" if out or not block else text_color(OKABE_ITO[5])
        left.text(0.5, place + 0.33, name, ha="center", va="center_baseline", size=9, color=color)
        if place:
            left.plot([0.5, 0.5], [place - 0.34, place], color=MUTED, marker="", ls="-", lw=1.5)
        if block:
            _draw_skip(left, place, out)
        if out:
            left.plot(
                [0.05, 0.95], [place + 0.06, place + 0.6], color=ACCENT, marker="", ls="-", lw=2
            )
    left.set(xlim=(-0.1, 1.5), ylim=(len(blocks) + 1.75, -0.1))
    left.axis("off")
    for i, one in enumerate(blocks):
        for j, other in enumerate(blocks):
            value = _accuracy(accuracies, one, other)
            color = sequential(value)
            cell = right.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=color, ec=MUTED, lw=0.8))
            touchable(cell, first=one, second=other)
            text = right.text(j, i, f"{value:.0%}", ha="center", va="center_baseline", size=8.5)
            touchable(text, first=one, second=other).set_color(text_color(color))
    i, j = blocks.index(first), blocks.index(second)
    frame = Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, ec=ACCENT, lw=3, zorder=3)
    right.add_patch(frame)
    right.set(xlim=(-0.55, len(blocks) - 0.45), ylim=(len(blocks) - 0.45, -0.55), aspect="equal")
    short = [name.removeprefix("layer") for name in blocks]
    right.set_xticks(range(len(blocks)), short, fontsize=8)
    right.set_yticks(range(len(blocks)), short, fontsize=8)
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
    right.set_title(f"{accuracy:.1%} right of these digits", fontsize=10)
    return figure


def _draw_skip(ax, place: int, strong: bool) -> None:
    before, behind = place - 0.17, place + 0.83
    way = [(0.5, before), (1.28, before), (1.28, behind), (0.5, behind)]
    style = {"color": ACCENT, "lw": 2.2} if strong else {"color": MUTED, "lw": 1}
    ax.plot(*np.array(way).T, marker="", ls="-", zorder=0.5, **style)


def describe_removal(accuracies: Mapping[str, float], first: str, second: str) -> str:
    """Say what :func:`draw_removal` shows."""
    out = first if first == second else f"{first} and {second}"
    return (
        f"Without {out} the network reads {_accuracy(accuracies, first, second):.1%} of the "
        f"digits, and {accuracies['']:.1%} as a whole. The diagonal of a table shows "
        "what is left without one block, the other cells without two: mostly little."
    )
