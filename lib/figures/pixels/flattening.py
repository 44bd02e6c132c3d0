"""Figures of the chapter *From pixels to predictions*: digits in a dense network.

What its weights look like, and what it makes of digits that are flattened, shuffled or moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.explore import touchable_along
from lib.figures.digits import draw_probabilities, tile
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import (
    MUTED,
    NEGATIVE,
    POSITIVE,
    diverging,
    draw_image,
    new_figure,
    symmetric_norm,
)
from lib.losses import softmax

__all__ = [
    "describe_shuffled",
    "describe_walk",
    "draw_shifts",
    "draw_shuffled",
    "draw_walk",
    "draw_weights",
]


def draw_weights(rows: Mapping[str, np.ndarray]) -> Figure:
    """Draw rows of weights as pictures, each row as strongly as it can be.

    Parameters
    ----------
    rows : mapping of str to (N, H, W) array
        A line of N pictures each, below its name.
    """
    figure, axes = new_figure(6.3, 0.95 * len(rows), rows=len(rows), squeeze=False)
    for ax, (name, pictures) in zip(axes[:, 0], rows.items(), strict=True):
        norm = symmetric_norm(pictures)
        # Rounded to a few levels: the eye sees no more, and the page stays small.
        levels = np.round(pictures / norm.vmax * 7) / 7 * norm.vmax
        mosaic = tile(levels, cols=len(pictures), gap=2)
        ax.imshow(mosaic, cmap=diverging, norm=norm, interpolation="none")
        ax.axis("off")
        limit = number(float(f"{norm.vmax:.2g}"))
        ax.set_title(f"{name} (\N{MINUS SIGN}{limit} … {limit})", fontsize=10, loc="left")
    return figure


def draw_walk(
    image: np.ndarray,
    logits: np.ndarray,
    label: int,
    *,
    limit: float,
    shifts: Sequence[int] = (),
) -> Figure:
    """Show a digit, its pixels in one row, and the scores and probabilities that a network gives.

    Parameters
    ----------
    image : (H, W) array
        From 0 to 1.
    logits : (K,) array
    label : int
        The true class.
    limit : float
        Where the axis of the scores ends, on both sides.
    shifts : sequence of int, optional
        The values of a control named ``by``, which a drag over the digit sets: from left to right,
        with a zero in the middle of the picture.
    """
    figure = blank_figure(6.3, 3.1)
    draw_image(place_axes(figure, 0, 0.35, 1.75, 1.75), image, norm=Normalize(0, 1))
    ax = figure.axes[0]
    ax.set_title(f"a {label}, {image.shape[0]} × {image.shape[1]}", fontsize=10)
    if len(shifts):
        # Three pixels of the hand for one of the digit: as many as a finger can tell apart.
        middle = (image.shape[1] - 1) / 2
        touchable_along(ax, [middle + 3 * shift for shift in shifts], "by", shifts)
    strip = place_axes(figure, 2.05, 0.35, 4.2, 0.3)
    draw_image(strip, image.reshape(1, -1), norm=Normalize(0, 1))
    strip.set(aspect="auto")
    strip.set_title(f"flattened: {image.size} numbers in one row", fontsize=10)
    scores = place_axes(figure, 2.3, 1.0, 1.75, 2.0)
    classes = np.arange(len(logits))
    colors = [POSITIVE if z > 0 else NEGATIVE for z in logits]
    scores.barh(classes, logits, color=colors, height=0.75)
    scores.axvline(0, color=MUTED, lw=0.8)
    scores.set(xlim=(-limit, limit), ylim=(len(classes) - 0.5, -0.5), yticks=classes, xticks=[])
    scores.spines[:].set_visible(False)
    low, high = (number(round(float(z))) for z in (logits.min(), logits.max()))
    scores.set_title(f"logits z: {low} … {high}", fontsize=10)
    scores.tick_params(left=False, labelsize=9)
    scores.set_facecolor("none")
    says = f"p: the network says {int(logits.argmax())}"
    _draw_chances(place_axes(figure, 4.5, 1.0, 1.6, 2.0), softmax(logits[None])[0], label, says)
    return figure


def _draw_chances(ax, probabilities: np.ndarray, label: int, title: str) -> None:
    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)
    draw_probabilities(ax, probabilities, truth=label)
    ax.tick_params(left=False, labelsize=9)
    ax.set_title(title, fontsize=10)


def describe_walk(image: np.ndarray, logits: np.ndarray, label: int) -> str:
    """Say in words what :func:`draw_walk` shows."""
    p = softmax(logits[None])[0]
    answer = int(p.argmax())
    verdict = "which is right" if answer == label else f"and gives the true class {p[label]:.1%}"
    return (
        f"A {label}, flattened to {image.size} numbers in a row. Of the ten logits the largest is "
        f"that of {answer}: the network says {answer} with {p[answer]:.0%}, {verdict}."
    )


def draw_shuffled(
    image: np.ndarray, shuffled: np.ndarray, answers: Mapping[str, np.ndarray], label: int
) -> Figure:
    """Show a digit as it is and with its pixels moved, and what networks make of the second.

    Parameters
    ----------
    image, shuffled : (H, W) array
        From 0 to 1.
    answers : mapping of str to (K,) array
        What a network learned from, and the probabilities that it gives for `shuffled`.
    label : int
        The true class.
    """
    figure = blank_figure(6.3, 2.35)
    for k, (pixels, title) in enumerate(((image, f"a {label}"), (shuffled, "shuffled"))):
        ax = place_axes(figure, 1.5 * k, 0.55, 1.4, 1.4)
        draw_image(ax, pixels, norm=Normalize(0, 1))
        ax.set_title(title, fontsize=10)
    for k, (name, probabilities) in enumerate(answers.items()):
        ax = place_axes(figure, 3.2 + 1.6 * k, 0.3, 1.4, 2.0)
        _draw_chances(ax, probabilities, label, f"learned {name}: {int(probabilities.argmax())}")
    return figure


def describe_shuffled(
    image: np.ndarray, shuffled: np.ndarray, answers: Mapping[str, np.ndarray], label: int
) -> str:
    """Say in words what :func:`draw_shuffled` shows."""
    told = "; ".join(
        f"the network that learned {name} pictures says {int(p.argmax())} with {p.max():.0%}"
        for name, p in answers.items()
    )
    return f"A {label}, and the same pixels in another order. Of these, {told}."


def draw_shifts(shifts: Sequence[int], accuracies: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the accuracy of networks against how far the digits were moved.

    Parameters
    ----------
    shifts : sequence of int
        Pixels to the right; negative to the left.
    accuracies : mapping of str to sequence of float
        A line each, from 0 to 1.
    """
    figure, ax = new_figure(6, 2.9)
    for name, values in accuracies.items():
        ax.plot(shifts, values, label=name, markersize=5)
    ax.axhline(0.1, color=MUTED, lw=1, ls=(0, (2, 2)))
    ax.text(0, 0.085, "guessing", size=9, ha="center", va="top")
    ax.set(xlabel="shift to the right (pixels)", title="accuracy", ylim=(0, 1.02))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    ax.legend(frameon=False, fontsize=9)
    return figure
