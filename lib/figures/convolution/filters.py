"""Figures of the chapter *Convolution*: filters over channels, and a kernel that is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.explore import touchable_along
from lib.figures.grids import PIXELS, as_place, blank_figure, correlate, number, place_axes
from lib.figures.style import ACCENT, LINE_STYLES, diverging, draw_grid, symmetric_norm
from lib.settings import as_choice, as_integer

__all__ = [
    "Learned",
    "describe_channels",
    "describe_learning",
    "draw_channels",
    "draw_learning",
]


def draw_channels(x, weight, filter=0, row=0, col=0, bias=0) -> Figure:
    """Show how one filter sums over the channels of its input.

    Parameters
    ----------
    x : (C, H, W) array
    weight : (F, C, KH, KW) array
    filter, row, col : int
        Which output.
    bias : int
        Of this filter.
    """
    c, h, w = x.shape
    kh, kw = weight.shape[2:]
    filter = as_integer(filter, "filter", at_least=0, at_most=len(weight) - 1)
    parts = [correlate(x[k], weight[filter, k]) for k in range(c)]
    y = sum(parts) + bias
    row, col = as_place(row, col, y.shape)
    # All filters on one scale, whatever the bias.
    every = [correlate(x[k], kernels[k]) for kernels in weight for k in range(c)]
    norm, weights = symmetric_norm(*every, y), symmetric_norm(2 * weight)
    (oh, ow), pixel = y.shape, min(0.27, 1.55 / w)
    small, large = (min(cell, 1.55 / ow) for cell in (0.4, 0.46))  # of the outputs
    row_height = 0.35 + max(pixel * h, 0.4 * kh, small * oh)
    figure = blank_figure(6.3, row_height * c)
    for k in range(c):
        top = 0.26 + k * row_height
        draw_grid(
            place_axes(figure, 0.05, top, pixel * w, pixel * h),
            x[k],
            cmap=PIXELS,
            norm=Normalize(x.min(), x.max()),
            highlight=[(row, col, kh, kw)],
            title=f"channel {k}",
        )
        draw_grid(
            place_axes(figure, 1.7, top, 0.4 * kw, 0.4 * kh),
            weight[filter, k],
            cmap=diverging,
            norm=weights,
            title=f"filter {filter}, slice {k}",
        )
        draw_grid(
            place_axes(figure, 3.0, top, small * ow, small * oh),
            parts[k],
            cmap=diverging,
            norm=norm,
            highlight=[(row, col, 1, 1)],
            title=f"part {k}",
        )
    middle = figure.get_figheight() / 2
    ax = place_axes(figure, 4.7, middle - large * oh / 2, large * ow, large * oh)
    highlight = [(row, col, 1, 1)]
    title = f"feature map {filter}"
    draw_grid(ax, y, cmap=diverging, norm=norm, highlight=highlight, title=title)
    terms = " + ".join(_bracketed(part[row, col]) for part in parts)
    text = f"{terms}\n+ bias {_bracketed(bias)} = {number(y[row, col])}"
    ax.text(0.5, -0.12, text, transform=ax.transAxes, ha="center", va="top", size=11)
    return figure


def describe_channels(x, weight, filter=0, row=0, col=0, bias=0) -> str:
    """Say in words what :func:`draw_channels` shows."""
    filter = as_integer(filter, "filter", at_least=0, at_most=len(weight) - 1)
    maps = [correlate(x[k], weight[filter, k]) for k in range(len(x))]
    row, col = as_place(row, col, maps[0].shape)
    parts = [part[row, col] for part in maps]
    numbers = ", ".join(map(number, parts))
    return (
        f"Filter {filter} has one slice for each of {len(x)} input channels. At output row {row}, "
        f"column {col} the channels give {numbers}; with the bias {number(bias)} the feature map "
        f"holds {number(sum(parts) + bias)}."
    )


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


class Learned(NamedTuple):
    """What a training run left behind: the kernel before each step, and each loss."""

    kernels: Sequence[np.ndarray]
    losses: Sequence[float]


def draw_learning(
    target, runs: Mapping[str, Learned], trained_on: str, step: int, *, steps: Sequence[int] = ()
) -> Figure:
    """Show a kernel on its way to the one that made the data, and the loss of all runs.

    Parameters
    ----------
    target : (KH, KW) array
        The kernel behind the data.
    runs : mapping of str to Learned
        Training runs by name.
    trained_on : str
        Which run.
    step : int
        After how many steps.
    steps : sequence of int
        What ``step`` can be: the reader chooses one by dragging along the curve.
    """
    run = runs[as_choice(trained_on, "trained_on", runs)]
    step = as_integer(step, "step", at_least=0, at_most=len(run.kernels) - 1)
    kh, kw = target.shape
    figure = blank_figure(6.3, 2.35)
    norm = symmetric_norm(2 * target)
    title = f"after {_steps(step)}"
    learned = np.round(run.kernels[step], 2) + 0.0  # no negative zero
    for left, kernel, name, form in (
        (0.05, learned, title, "{:.2f}"),
        (1.75, target, "behind the data", "{:g}"),
    ):
        ax = place_axes(figure, left, 0.35, 0.5 * kw, 0.5 * kh)
        draw_grid(ax, kernel, cmap=diverging, norm=norm, format=form, title=name)
    ax = place_axes(figure, 4.05, 0.35, 2.15, 1.5)
    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)
    for (name, other), style in zip(runs.items(), LINE_STYLES, strict=False):
        style = {key: value for key, value in style.items() if key != "marker"}
        ax.plot(other.losses, label=name, lw=2, **style)
    ax.plot(
        step, run.losses[step], "o", ms=9, mfc="none", mec=ACCENT, mew=2.5, zorder=3, clip_on=False
    )
    ax.set(yscale="log", xscale="symlog", xlabel="step", ylim=(1e-15, 100))
    ax.set_xlim(0, len(run.losses))
    ax.set_title("mean squared error", fontsize=11)
    ax.legend(fontsize=9)
    if steps:
        touchable_along(ax, steps, "step")
    return figure


def describe_learning(target, runs: Mapping[str, Learned], trained_on: str, step: int) -> str:
    """Say in words what :func:`draw_learning` shows."""
    run = runs[trained_on]
    off = float(np.abs(run.kernels[step] - target).max())
    return (
        f"Trained on {trained_on}, after {_steps(step)} the loss is {run.losses[step]:.2g} and the "
        f"worst of the nine weights is {off:.2g} away from the kernel behind the data."
    )


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"
