"""Digits drawn: many beside each other, one with what a network thinks of it, and filters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable_area
from lib.figures.style import (
    ACCENT,
    MUTED,
    OKABE_ITO,
    draw_grid,
    draw_image,
    new_figure,
    sequential,
)
from lib.settings import as_integer

__all__ = [
    "draw_confusion",
    "draw_mistake",
    "draw_probabilities",
    "tile",
]


def tile(maps: np.ndarray, cols: int = 6, gap: int = 1, fill: float = np.nan) -> np.ndarray:
    """Lay pictures side by side in one array, row after row.

    Parameters
    ----------
    maps : (N, H, W) array
    cols : int
        Pictures in a row.
    gap : int
        Pixels between two pictures.
    fill : float
        What is between them; ``nan`` stays transparent.

    Raises
    ------
    ValueError
        If `maps` has not three dimensions.

    Examples
    --------
    >>> tile(np.ones((3, 2, 2)), cols=2, fill=0)
    array([[1., 1., 0., 1., 1.],
           [1., 1., 0., 1., 1.],
           [0., 0., 0., 0., 0.],
           [1., 1., 0., 0., 0.],
           [1., 1., 0., 0., 0.]])
    """
    maps = np.asarray(maps)
    if maps.ndim != 3:
        raise ValueError(f"tile expects maps of shape (N, H, W), got {maps.shape}")
    n, h, w = maps.shape
    cols, gap = as_integer(cols, "cols", at_least=1), as_integer(gap, "gap", at_least=0)
    rows = -(-n // cols)
    mosaic = np.full((rows * (h + gap) - gap, cols * (w + gap) - gap), float(fill))
    for k, one in enumerate(maps):
        top, left = (k // cols) * (h + gap), (k % cols) * (w + gap)
        mosaic[top : top + h, left : left + w] = one
    return mosaic


def draw_probabilities(ax, probabilities: np.ndarray, truth: int | None = None) -> None:
    """Draw one bar for each class, with its percentage.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    probabilities : (K,) array
    truth : int, optional
        The true class: its bar is drawn in orange and hatched.
    """
    classes = np.arange(len(probabilities))
    bars = ax.barh(classes, probabilities, color=OKABE_ITO[0], height=0.75)
    if truth is not None:
        bars[truth].set(facecolor=ACCENT, hatch="///", edgecolor="#FFFFFF")
    for k, p in zip(classes, probabilities, strict=True):
        if p >= 0.005:
            ax.text(p + 0.015, k, f"{p:.0%}", va="center_baseline", size=8)
    ax.set(xlim=(0, 1.15), ylim=(len(classes) - 0.5, -0.5), yticks=classes, xticks=[])
    ax.tick_params(left=False)
    ax.spines["bottom"].set_visible(False)


def draw_mistake(
    images: np.ndarray,
    labels: Sequence[int],
    probabilities: np.ndarray,
    shown: int,
    cols: int = 12,
) -> Figure:
    """Draw a gallery of wrong answers, and below it one of them large with its probabilities.

    A touch of a picture sets a control named ``number``, which counts them from 1.

    Parameters
    ----------
    images : (N, H, W) array
    labels : sequence of int
        The true classes.
    probabilities : (N, K) array
        What the network answered.
    shown : int
        Which one is large; the gallery frames it.
    cols : int
        Pictures in a row of the gallery.
    """
    figure, axes = new_figure(6, 3.6, 2, 2, height_ratios=[1, 2.3], width_ratios=[1, 1.5])
    for ax in axes[0]:
        ax.remove()
    gallery = figure.add_subplot(axes[0, 0].get_gridspec()[0, :])
    large, bars = axes[1]
    gap, size = 3, images.shape[-1]
    gallery.imshow(tile(images, cols, gap), cmap="gray", vmin=0, vmax=1, interpolation="none")
    row, col = divmod(shown, cols)
    corner = (col * (size + gap) - 1.5, row * (size + gap) - 1.5)
    frame = Rectangle(corner, size + 2, size + 2, fill=False, ec=ACCENT, lw=2.5)
    frame.set_clip_on(False)
    gallery.add_patch(frame)
    for k in range(len(images)):
        x, y = (place * (size + gap) - gap / 2 - 0.5 for place in (k % cols, k // cols))
        touchable_area(gallery, x, x + size + gap, y, y + size + gap, number=k + 1)
    gallery.axis("off")
    draw_image(large, images[shown], title=f"labeled {labels[shown]}")
    draw_probabilities(bars, probabilities[shown], truth=int(labels[shown]))
    bars.set_title(f"the network: {int(np.argmax(probabilities[shown]))}", fontsize=10)
    return figure


def draw_confusion(counts: np.ndarray) -> Figure:
    """Draw how often each true class (rows) was answered by each class (columns).

    The diagonal, the right answers, is left out: it would drown the rest.

    Parameters
    ----------
    counts : (K, K) array of int
    """
    figure, ax = new_figure(4.5, 4.5)
    k = len(counts)
    wrong = np.where(np.eye(k, dtype=bool), np.nan, counts)
    text = [["" if v == 0 else f"{v:.0f}" for v in row] for row in np.nan_to_num(wrong)]
    draw_grid(ax, wrong, text=text, cmap=sequential)
    ax.axis("on")
    ax.spines[:].set_visible(False)
    ax.set(xticks=range(k), yticks=range(k), xlabel="the network's answer", ylabel="label")
    ax.tick_params(length=0, colors="black")
    ax.grid(False)
    for i in range(k):
        ax.plot([i - 0.3, i + 0.3], [i - 0.3, i + 0.3], color=MUTED, lw=1, marker="", ls="-")
    return figure
