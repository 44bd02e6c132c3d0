"""Networks drawn: shapes from layer to layer, and what each layer makes of a digit."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from lib.figures.digits import draw_probabilities, tile
from lib.figures.style import (
    ACCENT,
    MUTED,
    OKABE_ITO,
    diverging,
    draw_image,
    new_figure,
    symmetric_norm,
)

__all__ = ["draw_shapes", "draw_stage"]


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
        size = " × ".join(map(str, shape))
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


def draw_stage(
    image: np.ndarray, stage: str, activation: np.ndarray, *, answer: str = "", note: str = ""
) -> Figure:
    """Draw a digit and what one layer of a network makes of it.

    Parameters
    ----------
    image : (H, W) array
    stage : str
        The name of the layer; ``"softmax"`` gives bars.
    activation : array
        (C, h, w), of which the first 12 maps are drawn side by side; or (features,).
    answer : str, optional
        Below the digit.
    note : str, optional
        Above what the layer gives.
    """
    figure, (left, right) = new_figure(6, 2.9, cols=2, width_ratios=[1, 2])
    draw_image(left, image)
    left.set_title(answer, fontsize=10)
    if stage == "softmax":
        draw_probabilities(right, activation)
    else:
        maps = activation if activation.ndim == 3 else activation.reshape(5, -1)[None]
        mosaic = tile(maps[:12], cols=4, gap=2) if activation.ndim == 3 else maps[0]
        signed = float(activation.min()) < 0
        norm = symmetric_norm(activation)
        drawn = right.imshow(_coarse(mosaic, norm), cmap=diverging, norm=norm, interpolation="none")
        right.axis("off")
        bar = figure.colorbar(drawn, ax=right, shrink=0.8, ticks=[-norm.vmax, 0, norm.vmax])
        bar.ax.set_yticklabels(
            [f"{v:.1f}".replace("-", "\N{MINUS SIGN}") for v in (-norm.vmax, 0, norm.vmax)],
            fontsize=8,
        )
        bar.outline.set_visible(False)
        if not signed:
            bar.ax.set_ylim(0, norm.vmax)
            bar.set_ticks([0, norm.vmax])
    right.set_title(note, fontsize=10)
    return figure


def _coarse(values: np.ndarray, norm) -> np.ndarray:
    """Round to 32 steps of the scale: the eye sees no more, and the page stays small."""
    step = norm.vmax / 16
    return np.round(values / step) * step
