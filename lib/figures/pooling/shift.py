"""Figures of the chapter *Pooling*: what changes when the picture moves, and what networks do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.figures.grids import blank_figure, correlate, place_axes
from lib.figures.pooling.windows import pool
from lib.figures.style import OKABE_ITO, diverging, draw_image, new_figure
from lib.settings import as_choice, as_integer

__all__ = [
    "METHODS",
    "change",
    "describe_shift",
    "downsample",
    "draw_changes",
    "draw_shift",
    "draw_trained",
    "move",
]

METHODS = ("max", "average", "skip", "blur, skip", "max, blur, skip")
_BLUR = np.outer([1, 2, 1], [1, 2, 1]) / 16


def move(picture, by) -> np.ndarray:
    """Move a picture to the right; what leaves it comes in again on the left."""
    return np.roll(picture, as_integer(by, "by"), axis=-1)


def downsample(picture, method) -> np.ndarray:
    """Halve a picture; at its border, windows go on at the opposite side.

    Parameters
    ----------
    picture : (H, W) array
        With even H and W.
    method : str
        One of :data:`METHODS`. To skip is to keep every second pixel; to blur, to correlate with
        the 3 × 3 weights 1 2 1, 2 4 2, 1 2 1, divided by 16.

    Examples
    --------
    >>> lines = np.tile([0.0, 1.0, 0.0, 0.0], (2, 1))
    >>> downsample(lines, "max"), downsample(lines, "skip")
    (array([[1., 0.]]), array([[0., 0.]]))
    """
    picture = np.asarray(picture, float)
    as_choice(method, "method", METHODS)
    if method in ("max", "average"):
        return pool(picture, method)
    if method == "skip":
        return picture[::2, ::2]
    if method == "max, blur, skip":
        picture = pool(np.pad(picture, ((0, 1), (0, 1)), mode="wrap"), "max", stride=1)
    return correlate(np.pad(picture, 1, mode="wrap"), _BLUR, stride=2)


def change(before, after) -> float:
    """Say how much of a map changed: the mean difference, as a share of the mean size before.

    Examples
    --------
    >>> change(np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    0.5
    """
    size = float(np.abs(before).sum())
    difference = float(np.abs(np.asarray(after) - before).sum())
    return difference / size if size else float("inf") if difference else 0.0


def _best_move(before: np.ndarray, after: np.ndarray) -> tuple[int, float]:
    """Find the whole number of cells by which to move the first map, to come near the second."""
    left = [change(before, move(after, -cells)) for cells in range(4)]
    return int(np.argmin(left)), min(left)


def draw_shift(pictures, picture, method, shift) -> Figure:
    """Show a picture that moves, its map before and after, and the difference of the two.

    Parameters
    ----------
    pictures : dict of str to (H, W) array
        From 0 to 1, with even H and W.
    picture : str
        A key of `pictures`.
    method : str
        One of :data:`METHODS`.
    shift : int
        To the right, in pixels.
    """
    original = pictures[as_choice(picture, "picture", pictures)]
    before, after = _before_and_after(original, method, shift)
    panels = [
        (f"moved {shift} px", move(original, shift)),
        (f"at rest: mean {before.mean():.2f}", before),
        (f"moved: mean {after.mean():.2f}", after),
        (f"changed {_percent(change(before, after))}", after - before),
    ]
    figure = blank_figure(6.4, 2.15)
    for column, (title, array) in enumerate(panels):
        ax = place_axes(figure, 1.63 * column, 0.3, 1.5, 1.5)
        last = column == 3
        scale = {"cmap": diverging if last else "gray", "norm": Normalize(-1 if last else 0, 1)}
        draw_image(ax, np.round(array * 15) / 15, title=title, **scale)
        ax.title.set_fontsize(10)
    cells, left = _best_move(before, after)
    unit = "cell" if cells == 1 else "cells"
    figure.text(
        0.5, 0.06, f"Moved back {cells} {unit}, the map differs by {_percent(left)}",
        ha="center", size=10,
    )  # fmt: skip
    return figure


def _before_and_after(picture, method: str, shift: int) -> tuple[np.ndarray, np.ndarray]:
    return downsample(picture, method), downsample(move(picture, shift), method)


def _percent(share: float) -> str:
    return "∞" if np.isinf(share) else f"{share:.0%}"


def describe_shift(pictures, picture, method, shift) -> str:
    """Say in words what :func:`draw_shift` shows."""
    original = pictures[as_choice(picture, "picture", pictures)]
    before, after = _before_and_after(original, method, shift)
    cells, left = _best_move(before, after)
    return (
        f"{picture}, moved {shift} pixels to the right; {method}. The mean of the map goes from "
        f"{before.mean():.2f} to {after.mean():.2f}. In place it changes by "
        f"{_percent(change(before, after))}; moved back by {cells} cells, it differs by "
        f"{_percent(left)}."
    )


def draw_changes(shifts: Sequence[int], changes: Mapping[str, Sequence[float]]) -> Figure:
    """Plot the change of maps against the shift of the pictures, a line for each method.

    Parameters
    ----------
    shifts : sequence of int
        In pixels.
    changes : mapping of str to sequence of float
        See :func:`change`; a line for each key.
    """
    figure, ax = new_figure(6, 3.2)
    for name, values in changes.items():
        ax.plot(shifts, 100 * np.asarray(values), label=name, ms=5)
    ax.set(xlabel="shift, pixels", ylabel="map changed in place, %", xticks=shifts)
    ax.set_ylim(bottom=0)
    figure.legend(loc="outside right center", frameon=False, fontsize=9)
    return figure


def draw_trained(results: Mapping[str, Sequence[tuple[float, float]]]) -> Figure:
    """Plot, for each kind of network, two shares a seed: right as they are, and kept when moved.

    Parameters
    ----------
    results : mapping of str to sequence of (accuracy, kept)
        Shares from 0 to 1, a pair for each seed.
    """
    figure, axes = new_figure(6, 0.36 * len(results) + 0.9, cols=2, sharey=True)
    names = list(results)
    shares = np.array([results[name] for name in names])
    titles = ("accuracy, %", "answers kept after 1 px, %")
    for column, (ax, title) in enumerate(zip(axes, titles, strict=True)):
        values = 100 * shares[:, :, column]
        for row, seeds in enumerate(values):
            ax.plot(seeds, [row] * len(seeds), "o", ms=6, alpha=0.8, color=OKABE_ITO[0])
            ax.plot(seeds.mean(), row, "|", ms=16, mew=2, color=OKABE_ITO[1])
        ax.set(title=title, yticks=range(len(names)), yticklabels=names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.grid(axis="x", alpha=0.3)
    return figure
