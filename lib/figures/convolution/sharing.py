"""Figures of the chapter *Convolution*: from a dense layer to a convolution, weight by weight."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.figures.grids import PIXELS, blank_figure, place_axes
from lib.figures.style import MUTED, draw_grid, sequential
from lib.settings import as_choice, as_integer, as_number

__all__ = ["describe_sharing", "draw_sharing", "shared_weights"]

STAGES = ("dense", "tied", "tied and cut")


def shared_weights(inputs: int, kernel_size: int, stage: str) -> np.ndarray:
    """Give for each output (row) and input (column) the number of its weight, from 1; 0 if none.

    Without padding and with stride 1: there are ``inputs - kernel_size + 1`` outputs.

    Parameters
    ----------
    inputs, kernel_size : int
    stage : {"dense", "tied", "tied and cut"}
        Every pair has a weight of its own; pairs at the same offset share one; those that are
        far from each other have none.

    Examples
    --------
    >>> shared_weights(4, 2, "tied")
    array([[3, 4, 5, 6],
           [2, 3, 4, 5],
           [1, 2, 3, 4]])
    >>> shared_weights(4, 2, "tied and cut")
    array([[1, 2, 0, 0],
           [0, 1, 2, 0],
           [0, 0, 1, 2]])
    """
    stage = as_choice(stage, "stage", STAGES)
    inputs = as_integer(inputs, "inputs", at_least=1)
    kernel_size = as_integer(kernel_size, "kernel_size", at_least=1, at_most=inputs)
    outputs = inputs - kernel_size + 1
    offset = np.arange(inputs) - np.arange(outputs)[:, None]
    if stage == "dense":
        return np.arange(1, outputs * inputs + 1).reshape(outputs, inputs)
    if stage == "tied":
        return offset + outputs
    return np.where((offset >= 0) & (offset < kernel_size), offset + 1, 0)


def draw_sharing(row, kernel_size: int, counts: Mapping[str, int]) -> Figure:
    """Show the matrix of a dense layer, tied, and cut; below, what that saves on a photograph.

    Parameters
    ----------
    row : sequence of numbers
        The pixels of a picture with one row, at most 8; they stand above each matrix.
    kernel_size : int
        How many weights remain.
    counts : mapping of str to int
        The weights of a layer for a photograph, for each stage.
    """
    row = np.asarray(row, float)[None]
    size = row.shape[1]
    outputs = size - kernel_size + 1
    cell = 1.92 / size
    figure = blank_figure(6.3, 2.15 + cell * (outputs + 1))
    for place, stage in enumerate(STAGES):
        weights = shared_weights(size, kernel_size, stage)
        left, many = 2.17 * place, weights.max()
        draw_grid(
            place_axes(figure, left, 0.3, cell * (size + 0.1), cell * 1.1),
            row,
            cmap=PIXELS,
            norm=Normalize(row.min(), row.max()),
            title=f"{stage}: {many} weights",
        )
        draw_grid(
            place_axes(figure, left, 0.4 + cell, cell * (size + 0.1), cell * (outputs + 0.1)),
            np.where(weights > 0, weights, np.nan),
            text=[[chr(ord("a") + n - 1) if n else "0" for n in line] for line in weights],
            cmap=sequential,
            norm=Normalize(1, max(many, 2)),
        )
    ax = place_axes(figure, 1.15, 0.95 + cell * (outputs + 1), 3.9, 0.95)
    _draw_counts(ax, counts)
    return figure


def _draw_counts(ax, counts: Mapping[str, int]) -> None:
    values = [as_number(counts[stage], f"counts[{stage!r}]", at_least=1) for stage in STAGES]
    places = range(len(STAGES))
    ax.barh(places, values, height=0.6, color=MUTED)
    for place, value in zip(places, values, strict=True):
        ax.text(1.6 * value, place, in_words(value), va="center", size=11)
    ax.set(xscale="log", xlim=(1, max(values)), ylim=(len(STAGES) - 0.5, -0.5))
    ax.set_yticks(places, STAGES, fontsize=11)
    ax.set_xticks([1, 1e3, 1e6, 1e9, 1e12], ["1", "thousand", "million", "billion", "trillion"])
    ax.tick_params(axis="x", labelsize=9)
    ax.minorticks_off()
    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title("weights of a layer for a photograph", fontsize=11)


def in_words(count: float) -> str:
    """Write a count with two digits and the name of its size.

    Examples
    --------
    >>> in_words(3_584_765_003_366), in_words(432)
    ('3.6 trillion', '432')
    """
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= size:
            return f"{float(f'{count / size:.2g}'):g} {name}"
    return f"{count:,.0f}"


def describe_sharing(row, kernel_size: int, counts: Mapping[str, int]) -> str:
    """Say in words what :func:`draw_sharing` shows."""
    size = len(row)
    matrices = "; ".join(
        f"{stage}, {shared_weights(size, kernel_size, stage).max()} different weights"
        for stage in STAGES
    )
    photograph = ", ".join(f"{in_words(counts[stage])} {stage}" for stage in STAGES)
    return (
        f"Three matrices of {size - kernel_size + 1} outputs by {size} pixels: {matrices}. Tied, "
        f"the same letter runs along each diagonal; cut, only {kernel_size} diagonals remain. "
        f"Below, on a logarithmic scale, the weights of a layer for a photograph: {photograph}."
    )
