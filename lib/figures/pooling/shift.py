"""Figures of the chapter *Pooling*: what changes when the picture moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.explore import touchable_along
from lib.figures.grids import PIXELS, blank_figure, number, place_axes
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, draw_grid, draw_image
from lib.settings import as_choice, as_flag, as_integer

__all__ = [
    "aliased",
    "describe_aliasing",
    "describe_probability",
    "draw_aliasing",
    "draw_probability",
    "move",
]


def move(picture, by) -> np.ndarray:
    """Move a picture to the right; what leaves it comes in again on the left."""
    return np.roll(picture, as_integer(by, "by"), axis=-1)


def aliased(signal, shift, blur) -> dict[str, np.ndarray]:
    """Move a signal and halve it by the maximum of two neighbors, step by step.

    Parameters
    ----------
    signal : (W,) array
        With even W; at its end it begins again.
    shift : int
        To the right.
    blur : bool
        Whether the maxima are weighed 1 2 1 before every second one is kept.

    Returns
    -------
    dict of str to array
        Each step by its name; the last has W / 2 numbers.

    Examples
    --------
    >>> aliased(np.array([0, 0, 1, 1]), 1, blur=False)["every second"]
    array([1, 1])
    """
    signal = move(np.asarray(signal), shift)
    if signal.ndim != 1 or signal.size % 2:
        raise ValueError(f"expected an even number of values in a row, got shape {signal.shape}")
    steps = {
        f"moved {shift} px": signal,
        "larger of two": np.maximum(signal, np.roll(signal, -1)),
    }
    if as_flag(blur, "blur"):
        dense = steps["larger of two"]
        steps["weighed 1 2 1"] = (np.roll(dense, 1) + 2 * dense + np.roll(dense, -1)) / 4
    last = list(steps.values())[-1]
    return steps | {"every second": last[::2]}


def draw_aliasing(signal, shift, blur) -> Figure:
    """Show a row of numbers that moves, its maxima at stride 1, and which of them are kept.

    Parameters
    ----------
    signal, shift, blur
        As for :func:`aliased`.
    """
    steps = aliased(signal, shift, blur)
    cell, left, row_height = 0.4, 1.25, 0.55
    figure = blank_figure(left + 0.1 + cell * len(signal), 4 * row_height)
    for row, (name, values) in enumerate(steps.items()):
        last = row == len(steps) - 1
        if last:  # below the ones that they are
            wide = np.full(len(signal), np.nan)
            wide[::2] = values
            values, row = wide, 3
        ax = place_axes(figure, left, row * row_height + 0.06, cell * len(signal), cell)
        kept = row == len(steps) - 2
        frames = [(0, place, 1, 1) for place in range(0, len(signal), 2)] if kept else ()
        text = [["" if np.isnan(v) else number(v) for v in values]]
        draw_grid(ax, values[None], text=text, cmap=PIXELS, norm=Normalize(0, 1), highlight=frames)
        middle = 1 - (row * row_height + 0.06 + cell / 2) / (4 * row_height)
        figure.text(0.0, middle, name, va="center", size=10)
    return figure


def describe_aliasing(signal, shift, blur) -> str:
    """Say in words what :func:`draw_aliasing` shows."""
    steps = aliased(signal, shift, blur)
    rows = "; ".join(f"{name}: {' '.join(map(number, row))}" for name, row in steps.items())
    return f"Rows of numbers, one below the other. {rows}."


def draw_probability(picture, curves, way, shift) -> Figure:
    """Show a digit that moves, and how sure each network is of its class at each shift.

    Parameters
    ----------
    picture : (H, W) array
        From 0 to 1, at shift 0.
    curves : mapping of str to sequence of float
        For each network the probability of the digit's class at the shifts 0, 1, 2, …
    way : str
        The network that stands out; a key of `curves`.
    shift : int
        To the right, in pixels.
    """
    chosen = _chosen(curves, way, shift)
    shifts = range(len(chosen))
    height, width = np.shape(picture)
    wide, high = 3.0, 3.0 * height / width
    figure = blank_figure(4.5, high + 2.9)
    above = place_axes(figure, 0.75, 0.3, wide, high)
    draw_image(above, move(picture, shift), norm=Normalize(0, 1), title=f"moved {shift} px")
    ax = place_axes(figure, 0.45, high + 0.75, 3.95, 1.6)
    for values in curves.values():
        ax.plot(shifts, values, color=MUTED, lw=1, alpha=0.6)
    ax.plot(shifts, chosen, "o-", color=OKABE_ITO[0], lw=2.5, ms=5)
    ax.plot(shift, chosen[shift], "o", color=ACCENT, ms=11)
    ax.set(ylim=(0, 1.02), xlim=(-0.3, len(chosen) - 0.7), xticks=shifts)
    ax.set_xlabel("shift, pixels")
    ax.set_title(f"{way}: probability {chosen[shift]:.2f}", fontsize=11)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", alpha=0.3)
    ax.set_facecolor("none")
    touchable_along(ax, shifts, "shift")
    return figure


def describe_probability(picture, curves, way, shift) -> str:
    """Say in words what :func:`draw_probability` shows."""
    chosen = _chosen(curves, way, shift)
    values = ", ".join(f"{value:.2f}" for value in chosen)
    return (
        f"A digit moved by {shift} pixels, and the probability that the network {way} gives to its "
        f"class at shifts from 0 to {len(chosen) - 1} pixels: {values}. Now it is "
        f"{chosen[shift]:.2f}. The lines of the other networks are pale."
    )


def _chosen(curves: Mapping[str, Sequence[float]], way: str, shift: int) -> Sequence[float]:
    chosen = curves[as_choice(way, "way", curves)]
    as_integer(shift, "shift", at_least=0, at_most=len(chosen) - 1)
    return chosen
