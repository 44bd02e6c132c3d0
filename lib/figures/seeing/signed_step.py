"""One signed step: a change that nobody sees, and what the network sees in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.figures.style import ACCENT, OKABE_ITO, draw_image, new_figure

__all__ = ["describe_signed_step", "draw_signed_step"]


def draw_signed_step(
    photo, changed, probabilities, classes: Sequence[str], truth: int, epsilon: float
) -> Figure:
    """Draw a picture before and after a step, the step itself, and the network's answer.

    Parameters
    ----------
    photo, changed : (3, H, W) array
    probabilities : (K,) array
        For the changed picture.
    classes : sequence of str
    truth : int
        The class of the photograph; its bar is orange and hatched.
    epsilon : float
        How far a pixel may move, in steps of 1/255.
    """
    figure, axes = new_figure(6, 2.0, cols=4, width_ratios=[1, 1, 1, 1.5])
    step = np.sign(np.round((changed - photo) * 255, 3))
    draw_image(axes[0], photo, title="before")
    draw_image(axes[1], 0.5 + 0.5 * step, title="signs")
    draw_image(axes[2], np.clip(changed, 0, 1), title=f"± {epsilon:g}/255")
    best = np.argsort(-probabilities, kind="stable")[:4]
    if truth not in best:
        best[-1] = truth
    bars = axes[3].barh(range(len(best)), probabilities[best], color=OKABE_ITO[0], height=0.7)
    for bar, k in zip(bars, best, strict=True):
        if k == truth:
            bar.set(facecolor=ACCENT, hatch="///", edgecolor="#FFFFFF")
    for place, k in enumerate(best):
        axes[3].text(
            probabilities[k] + 0.03, place, f"{probabilities[k]:.0%}", va="center_baseline", size=8
        )
    axes[3].set(xlim=(0, 1.3), ylim=(len(best) - 0.5, -0.5), xticks=[])
    axes[3].set_yticks(range(len(best)), [classes[k] for k in best], fontsize=9)
    axes[3].tick_params(left=False)
    axes[3].spines["bottom"].set_visible(False)
    return figure


def describe_signed_step(probabilities, classes, truth: int, epsilon: float, how: str) -> str:
    """Say what the network answers after the step."""
    best = int(np.argmax(probabilities))
    return (
        f"Each number of the {classes[truth]} moved by up to {epsilon:g}/255, {how}. To the eye "
        f"little has changed. The network answers {classes[best]}, {probabilities[best]:.0%}, and "
        f"gives {classes[truth]} {probabilities[truth]:.0%}."
    )
