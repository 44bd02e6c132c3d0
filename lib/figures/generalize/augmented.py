"""Digits changed more and more, and what a change in training is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, PercentFormatter

from lib.augmentation import GaussianNoise, RandomErasing, affine_matrices, affine_resample
from lib.explore import touchable_along
from lib.figures.digits import tile
from lib.figures.style import ACCENT, MUTED, new_figure
from lib.settings import as_choice, as_integer

__all__ = ["CHANGES", "altered", "draw_altered", "draw_worth", "plain_digits"]

# For each change its amounts, and how the figure calls one.
CHANGES = {
    "turn": ((0, 15, 30, 60, 90, 180), "{:g}°"),
    "shift": ((0, 1, 2, 4, 6, 8), "{:g} pixels"),
    "resize": ((1, 0.9, 0.75, 0.6, 0.5, 0.4), "× {:g}"),
    "mirror": ((0, 30, 60, 120, 150, 180), "turned over by {:g}°"),
    "erase": ((0, 0.05, 0.1, 0.2, 0.3, 0.4), "{:.0%} of the picture"),
    "noise": ((0, 0.1, 0.2, 0.4, 0.6, 0.8), "standard deviation {:g}"),
}


def altered(images: np.ndarray, change: str, level: int, seed: int = 0) -> np.ndarray:
    """Change every picture by the same amount.

    Parameters
    ----------
    images : (N, 1, H, W) array
    change : str
        A key of `CHANGES`. Mirrored pictures turn over like a page, about a vertical axis.
    level : int
        From 0, unchanged, to 5: a place among the amounts of the change.
    seed : int
        Of the noise and of the places that are erased.

    Returns
    -------
    (N, 1, H, W) array

    Examples
    --------
    >>> row = np.array([1.0, 2.0, 4.0]).reshape(1, 1, 1, 3)
    >>> altered(row, "mirror", 5).round(6).ravel().tolist()
    [4.0, 2.0, 1.0]
    """
    as_choice(change, "change", list(CHANGES))
    level = as_integer(level, "level", at_least=0, at_most=len(CHANGES[change][0]) - 1)
    amount = CHANGES[change][0][level]
    if level == 0:
        return images
    if change == "noise":
        return GaussianNoise(amount)(images, seed)
    if change == "erase":
        return RandomErasing(p=1, scale=(amount, amount), ratio=(0.5, 2))(images, seed)
    one, zero = np.ones(len(images)), np.zeros(len(images))
    if change == "mirror":
        matrices = affine_matrices(zero, one, zero, zero)
        matrices[:, 0, 0] = 1 / np.cos(np.deg2rad(amount))
    else:
        angle = np.deg2rad(amount) if change == "turn" else 0
        size = amount if change == "resize" else 1
        shift = amount if change == "shift" else 0
        matrices = affine_matrices(zero + angle, size * one, zero + shift, zero)
    return affine_resample(images, matrices)


def draw_altered(
    images: np.ndarray,
    answers: Sequence[int],
    errors: Sequence[float],
    change: str,
    level: int,
) -> Figure:
    """Draw the ten digits changed, what a network reads, and how often it errs on many.

    A drag along the curve sets a control named ``level``.

    Parameters
    ----------
    images : (10, 1, H, W) array
        The digits 0 to 9, changed already.
    answers : sequence of int
        What the network reads in them.
    errors : sequence of float
        At each level, over many digits.
    change, level
        As for :func:`altered`.
    """
    figure, (left, right) = new_figure(6, 2.6, cols=2, width_ratios=[1.7, 1])
    gap, size = 10, images.shape[-1]
    # Eight grays: a page holds many of these pictures, and the eye sees no difference.
    shown = tile(np.round(7 * np.asarray(images)[:, 0]) / 7, cols=5, gap=gap)
    left.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="none")
    for k, answer in enumerate(answers):
        row, col = divmod(k, 5)
        x, y = col * (size + gap) + size / 2, row * (size + gap) + size
        right_answer = answer == k
        left.text(
            x - 0.5,
            y + 0.5,
            f"{answer}" if right_answer else f"{answer} ✗",
            ha="center",
            va="top",
            size=9,
            color="black" if right_answer else ACCENT,
            weight="normal" if right_answer else "bold",
        )
    left.set_ylim(2 * size + 2 * gap, -1)
    left.axis("off")
    amounts, text = CHANGES[change]
    left.set_title(f"{change}: {text.format(amounts[level])}" if level else "unchanged")
    levels = range(len(amounts))
    right.plot(levels, errors, markersize=4)
    right.plot([level], [errors[level]], marker="o", mfc="none", mew=2, ms=10, color=ACCENT)
    right.set(title="misread", ylim=(-0.03, 1.03), xlabel="level")
    right.set_xticks(list(levels))
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.grid(axis="y", color=MUTED, alpha=0.3)
    touchable_along(right, list(levels), "level")
    return figure


def plain_digits(sizes: Sequence[int], errors: Sequence[float], error: float) -> float | None:
    """Return how many digits plain training needs for an error, between those measured.

    Parameters
    ----------
    sizes : sequence of int
        That were trained on, growing.
    errors : sequence of float
        At each size; along them a straight line on logarithmic axes is assumed.
    error : float

    Returns
    -------
    float or None
        None where even the largest size has a larger error.

    Examples
    --------
    >>> round(plain_digits([100, 400], [0.2, 0.1], 0.14142), 1)
    200.0
    """
    falling = np.log(errors)[::-1]
    if error < np.exp(falling[0]):
        return None
    return float(np.exp(np.interp(np.log(error), falling, np.log(sizes)[::-1])))


def draw_worth(
    sizes: Sequence[int], plain: Sequence[float], augmented: Sequence[float], digits: int
) -> Figure:
    """Draw the error against the number of training digits, without augmentation and with it.

    A drag along the curves sets a control named ``digits``.

    Parameters
    ----------
    sizes : sequence of int
    plain, augmented : sequence of float
        Errors, one a size.
    digits : int
        One of `sizes`: an arrow leads from its augmented error to as many plain digits.
    """
    as_choice(digits, "digits", list(sizes))
    figure, ax = new_figure(6, 3.2)
    ax.plot(sizes, plain, label="plain", markersize=6)
    ax.plot(sizes, augmented, label="shifted, turned, resized", markersize=6)
    error = augmented[list(sizes).index(digits)]
    needed = plain_digits(sizes, plain, error)
    end = 1.6 * sizes[-1] if needed is None else needed
    arrow = {"arrowstyle": "->", "color": ACCENT, "lw": 2, "shrinkA": 6, "shrinkB": 0}
    ax.annotate("", (end, error), (digits, error), arrowprops=arrow)
    worth = f"more than {sizes[-1]:,}" if needed is None else f"about {round(needed, -2):,.0f}"
    ax.text(0.03, 0.05, f"{digits:,} augmented = {worth} plain", transform=ax.transAxes, size=10)
    ax.set(xscale="log", yscale="log", xlabel="digits to train on", ylabel="misread")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ticks = [t for t in (0.02, 0.03, 0.05, 0.1, 0.2, 0.3) if t >= min(augmented) / 1.3]
    ax.set_yticks(ticks, [f"{t:.0%}" for t in ticks])
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.set(xlim=(sizes[0] / 1.2, 1.75 * sizes[-1]), ylim=(min(augmented) / 1.5, 1.2 * max(plain)))
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    ax.legend(frameon=False, loc="upper right")
    touchable_along(ax, sizes, "digits")
    return figure
