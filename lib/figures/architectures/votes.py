"""Figure of the chapter *Architectures*: what several networks make of one photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.figures.style import ACCENT, OKABE_ITO, draw_image, new_figure
from lib.settings import as_choice

__all__ = ["describe_votes", "draw_votes"]


def draw_votes(
    photographs: Mapping[str, np.ndarray],
    votes: Mapping[str, Mapping[str, np.ndarray]],
    classes: Sequence[str],
    photograph: str,
) -> Figure:
    """Show a photograph, and the probabilities that each network gives the classes.

    Parameters
    ----------
    photographs : dict of str to (3, H, W) array
    votes : dict of str to dict of str to (K,) array
        For each photograph, probabilities by network.
    classes : sequence of str
    photograph : str
    """
    found = votes[as_choice(photograph, "photograph", photographs)]
    figure, axes = new_figure(6.2, 2.9, cols=1 + len(found), width_ratios=[1.25] + len(found) * [1])
    draw_image(axes[0], photographs[photograph])
    axes[0].set_title("32 × 32 pixels", fontsize=9)
    for ax, (network, probabilities) in zip(axes[1:], found.items(), strict=True):
        best = int(probabilities.argmax())
        colors = [ACCENT if k == best else OKABE_ITO[0] for k in range(len(classes))]
        ax.barh(range(len(classes)), probabilities, color=colors, height=0.75)
        ax.text(probabilities[best] / 2, best, f"{probabilities[best]:.0%}", ha="center", size=8)
        ax.texts[-1].set(va="center_baseline", color="#FFFFFF", weight="bold")
        ax.set_title(f"{network}:\n{classes[best]}", fontsize=9)
        ax.set(xlim=(0, 1), ylim=(len(classes) - 0.4, -0.6), xticks=[], yticks=[])
        ax.spines["bottom"].set_visible(False)
    axes[1].set_yticks(range(len(classes)), classes, size=8.5)
    axes[1].tick_params(left=False)
    return figure


def describe_votes(
    votes: Mapping[str, Mapping[str, np.ndarray]], classes: Sequence[str], photograph: str
) -> str:
    """Say what the figure shows."""
    told = ", ".join(
        f"{network} says {classes[int(p.argmax())]} with {p.max():.0%}"
        for network, p in votes[as_choice(photograph, "photograph", votes)].items()
    )
    return f"The photograph {photograph}, brought to 32×32 pixels: {told}."
