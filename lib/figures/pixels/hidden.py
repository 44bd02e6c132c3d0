"""Figure of the chapter *From pixels to predictions*: which hidden units a digit makes fire."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable_area
from lib.figures.digits import draw_probabilities
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import (
    ACCENT,
    BLANK,
    MUTED,
    diverging,
    draw_image,
    sequential,
    symmetric_norm,
)

__all__ = ["describe_hidden", "draw_hidden"]

_ROWS, _COLS, _CELL = 16, 8, 0.165  # of the grid of units; a cell in inches


def draw_hidden(
    image: np.ndarray,
    weights: np.ndarray,
    before: np.ndarray,
    chances: np.ndarray,
    label: int,
    unit: int,
    units: Sequence[int] = (),
) -> Figure:
    """Show a digit, the hidden units that it makes fire, and the probabilities that come of them.

    Touching one of the `units` sets the control ``unit``.

    Parameters
    ----------
    image : (H, W) array
        From 0 to 1.
    weights : (128, H * W) array
        Of the hidden layer.
    before : (128,) array
        What each hidden unit gets from the digit, before ReLU.
    chances : (K,) array
        The probability of each class.
    label : int
        The true class.
    unit : int
        The hidden unit whose weights are shown below the digit.
    units : sequence of int, optional
        Those that can be chosen; they are framed.
    """
    figure = blank_figure(6.3, 3.5)
    picture = place_axes(figure, 0.1, 0.3, 1.2, 1.2)
    draw_image(picture, image, norm=Normalize(0, 1))
    picture.set_title(f"{image.size} pixels", fontsize=10)
    ax = place_axes(figure, 0.1, 1.95, 1.2, 1.2)
    row = weights[unit].reshape(image.shape)
    norm = symmetric_norm(row)
    # Rounded to a few levels: the eye sees no more, and the page stays small.
    draw_image(ax, np.round(row / norm.vmax * 15) / 15 * norm.vmax, cmap=diverging, norm=norm)
    ax.set_title(f"weights of unit {unit}", fontsize=10)
    found = f"u = {_one(before[unit])}, a = {_one(max(before[unit], 0))}"
    figure.text(0.7 / 6.3, 0.2 / 3.5, found, ha="center", va="center", size=10)

    grid = place_axes(figure, 2.25, 0.45, _CELL * _COLS, _CELL * _ROWS)
    _draw_units(grid, before, unit, units)
    grid.set_title(f"{before.size} hidden units,\n{int((before > 0).sum())} fire", fontsize=10)
    _draw_fan(figure, 1.4, 2.2, f"{weights.size:,}\nweights")
    _draw_fan(figure, 3.62, 4.45, f"{before.size * chances.size:,}\nweights")
    bars = place_axes(figure, 4.65, 0.45, 1.5, _CELL * _ROWS)
    bars.set_facecolor("none")
    bars.spines[["top", "right"]].set_visible(False)
    draw_probabilities(bars, chances, truth=label)
    bars.set_xlim(0, 1.35)  # room for "100%"
    bars.tick_params(labelsize=9)
    bars.set_title(f"{chances.size} classes:\nit says {int(chances.argmax())}", fontsize=10)
    return figure


def _draw_units(ax, before, unit, units) -> None:
    """Draw each unit as a cell, bright as it fires; a unit that ReLU sets to 0 stays empty."""
    shown = np.where(before > 0, before, np.nan).reshape(_ROWS, _COLS)
    norm = Normalize(0, float(before.max()))
    ax.add_patch(Rectangle((0, 0), _COLS, _ROWS, fc=BLANK, ec="none"))
    ax.pcolormesh(shown[::-1], cmap=sequential, norm=norm)
    ax.set_axis_off()
    for line in range(_ROWS + 1):
        ax.plot((0, _COLS), (line, line), color=MUTED, lw=0.3, ls="-", marker="")
    for line in range(_COLS + 1):
        ax.plot((line, line), (0, _ROWS), color=MUTED, lw=0.3, ls="-", marker="")
    for one in {*units, unit}:
        left, bottom = one % _COLS, _ROWS - 1 - one // _COLS
        width = 3 if one == unit else 1.2
        frame = Rectangle((left, bottom), 1, 1, fill=False, ec=ACCENT, lw=width, zorder=4)
        frame.set_clip_on(False)
        ax.add_patch(frame)
        if one in units:
            touchable_area(ax, left, left + 1, bottom, bottom + 1, unit=one)


def _draw_fan(figure, left, right, text) -> None:
    """Draw a few lines for "each to each", and say how many there are."""
    ax = place_axes(figure, left, 0.45, right - left, _CELL * _ROWS)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_axis_off()
    for a in np.linspace(0.15, 0.95, 5):
        for b in np.linspace(0.15, 0.95, 5):
            ax.plot((0, 1), (a, b), color=MUTED, lw=0.4, ls="-", marker="")
    ax.text(0.5, -0.02, text, ha="center", va="top", size=9)


def describe_hidden(image, weights, before, chances, label: int, unit: int, units=()) -> str:
    """Say in words what :func:`draw_hidden` shows."""
    answer = int(chances.argmax())
    verdict = "so it fires" if before[unit] > 0 else "which ReLU turns into 0"
    return (
        f"A {label} of {image.size} pixels, joined by lines to {before.size} hidden units and "
        f"these to {chances.size} classes. {int((before > 0).sum())} units fire. Unit {unit}, "
        f"whose weights are drawn below the digit, gets {_one(before[unit])}, {verdict}. The "
        f"network says {answer} with {chances[answer]:.0%}."
    )


def _one(value: float) -> str:
    return number(round(float(value), 1))
