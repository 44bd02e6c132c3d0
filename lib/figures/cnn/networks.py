"""Networks drawn: shapes from layer to layer, and what comes out for a digit."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from lib.figures.digits import draw_probabilities
from lib.figures.style import (
    ACCENT,
    MUTED,
    OKABE_ITO,
    draw_image,
    new_figure,
)

__all__ = ["draw_answer", "draw_shapes"]


def draw_shapes(stages: Sequence[tuple[str, tuple[int, ...], int]]) -> Figure:
    """Draw what each layer gives, as large as it is, with its shape and its parameters.

    Parameters
    ----------
    stages : sequence of (name, shape, parameters)
        The input first. A shape is (C, H, W) or (features,), without the batch.
    """
    figure, ax = new_figure(6, 3.1)
    x, center = 0.0, 0.0
    spans = []
    for name, shape, _ in stages:
        drawn = _draw_block(ax, x, center, shape)
        ax.text(x + drawn / 2, -27, name, ha="center", va="bottom", size=9, weight="bold")
        size = " × ".join(f"{n:,}" for n in shape)
        ax.text(x + drawn / 2, 23, size, ha="center", va="top", size=9)
        spans.append((x, x + drawn))
        x += drawn + 17
    for ((_, before), (after, _)), (_, _, parameters) in zip(
        itertools.pairwise(spans), stages[1:], strict=True
    ):
        arrow = FancyArrowPatch(
            (before + 2, 0), (after - 2, 0), arrowstyle="-|>", mutation_scale=9, color=MUTED
        )
        ax.add_patch(arrow)
        if parameters:
            text = f"{parameters:,}"
            ax.text((before + after) / 2, 29, text, ha="center", va="top", size=9, color=ACCENT)
    ax.text(0, 36, "parameters in orange, between what goes in and what comes out", size=9)
    ax.set(xlim=(-3, x - 14), ylim=(38, -30))
    ax.axis("off")
    return figure


def _draw_block(ax, x: float, center: float, shape: tuple[int, ...]) -> float:
    """Draw one stage, 1 unit a pixel, and return its width."""
    if len(shape) == 1:
        tall = 10 * np.log10(shape[0]) + 4  # 4,320 numbers would not fit on the page
        ax.add_patch(Rectangle((x, center - tall / 2), 4, tall, fc=OKABE_ITO[5], ec=MUTED, lw=0.8))
        return 4
    channels, h, w = shape
    sheets = min(channels, 5)
    for k in reversed(range(sheets)):
        corner = (x + 1.6 * k, center - h / 2 - 1.2 * k + 0.6 * (sheets - 1))
        ax.add_patch(Rectangle(corner, w, h, fc=OKABE_ITO[5], ec=MUTED, lw=0.8))
    return w + 1.6 * (sheets - 1)


def draw_answer(
    image: np.ndarray, probabilities: np.ndarray, *, answer: str = "", note: str = ""
) -> Figure:
    """Draw a digit and what a network answers.

    Parameters
    ----------
    image : (H, W) array
    probabilities : (K,) array
    answer : str, optional
        Above the digit.
    note : str, optional
        Above the probabilities.
    """
    figure, (left, right) = new_figure(6, 2.9, cols=2, width_ratios=[1, 2])
    draw_image(left, image)
    left.set_title(answer, fontsize=10)
    draw_probabilities(right, probabilities)
    right.set_title(note, fontsize=10)
    return figure
