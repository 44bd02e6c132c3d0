"""Training drawn: loss and accuracy over epochs, filters over steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter

from lib.explore import touchable_along
from lib.figures.digits import tile
from lib.figures.style import ACCENT, MUTED, diverging, new_figure, symmetric_norm

__all__ = ["draw_filters_in_training", "draw_history", "draw_training"]


def draw_history(history, *, accuracy_from: float | None = None) -> Figure:
    """Draw loss and accuracy over the epochs of a training, on its training and validation sets.

    Parameters
    ----------
    history : History
    accuracy_from : float, optional
        Where the axis of the accuracies begins, 0 to 1.
    """
    figure, axes = new_figure(6, 2.7, cols=2)
    for ax, name in zip(axes, ("loss", "accuracy"), strict=True):
        for part, key in (("training", name), ("validation", f"validation_{name}")):
            ax.plot(history["epoch"], history[key], label=part, markersize=4)
        ax.set(xlabel="epoch", title=f"{name} (nats)" if name == "loss" else name)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    axes[0].set_ylim(bottom=0)
    axes[0].legend(frameon=False)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[1].set_ylim(accuracy_from, 1)
    return figure


def draw_training(losses: Sequence[float], accuracies: Sequence[float], every: int) -> Figure:
    """Draw a training as far as it has come: the loss of each step, the accuracy every few steps.

    Parameters
    ----------
    losses : sequence of float
        One for each step, on its own batch.
    accuracies : sequence of float
        On pictures that are not trained on: before the first step, then every `every` steps.
    every : int
    """
    figure, axes = new_figure(6, 2.7, cols=2)
    steps = 1 + np.arange(len(losses))
    axes[0].plot(steps, losses, marker="", ls="-", lw=0.8, alpha=0.7, label="each step")
    if len(losses) >= every:
        mean = np.convolve(losses, np.ones(every) / every, mode="valid")
        axes[0].plot(steps[every - 1 :], mean, marker="", lw=2, label=f"mean of {every}")
    axes[0].set(title="training loss (nats)", ylim=(0, max([*losses, 0.1])))
    axes[0].legend(frameon=False)
    axes[1].plot(every * np.arange(len(accuracies)), accuracies, markersize=4)
    axes[1].set(title="validation accuracy", ylim=(0, 1))
    axes[1].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for ax in axes:
        ax.set_xlabel("step")
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    return figure


def draw_filters_in_training(
    steps: Sequence[int], weights: Sequence[np.ndarray], errors: Sequence[float], shown: int
) -> Figure:
    """Draw the first layer's filters at one step of a training, and how often it errs by then.

    A drag along the curve of errors sets a control named ``step`` to one of `steps`.

    Parameters
    ----------
    steps : sequence of int
        When the filters were recorded.
    weights : sequence of (F, 1, KH, KW) arrays
        The filters at each of these steps.
    errors : sequence of float
        The share of validation pictures that are wrong at each of these steps.
    shown : int
        One of `steps`.
    """
    if shown not in list(steps):
        raise ValueError(f"shown must be one of {list(steps)}, got {shown!r}")
    place = list(steps).index(shown)
    figure, (left, right) = new_figure(6, 2.7, cols=2, width_ratios=[1.15, 1])
    # One scale for all steps. A few large weights would make all others pale.
    norm = symmetric_norm(limit=np.quantile(np.abs(np.array(weights)), 0.98))
    drawn = left.imshow(tile(weights[place][:, 0]), cmap=diverging, norm=norm, interpolation="none")
    left.axis("off")
    count = len(weights[place])
    left.set_title(f"{count} filters after step {shown}" if shown else f"{count} filters before")
    ticks = [norm.vmin, 0, norm.vmax]
    bar = figure.colorbar(drawn, ax=left, shrink=0.8, ticks=ticks, extend="both")
    limits = (f"{v:.2f}".replace("-", "\N{MINUS SIGN}") for v in (norm.vmin, 0, norm.vmax))
    bar.ax.set_yticklabels(limits, fontsize=8)
    bar.outline.set_visible(False)
    right.plot(steps, errors, markersize=4)
    right.plot([shown], [errors[place]], marker="o", markersize=10, mfc="none", mew=2, color=ACCENT)
    # The curve falls to the right: its upper right is empty.
    right.text(
        0.97, 0.97, f"{errors[place]:.1%} wrong", transform=right.transAxes, ha="right", va="top"
    )
    right.set_xscale("symlog", linthresh=1, linscale=0.5)
    right.set_xlim(-0.2, 2 * max(steps))
    right.set_xticks([0, 1, 10, 100, 1000], ["0", "1", "10", "100", "1,000"])
    right.set(yscale="log", ylim=(min(errors) / 1.6, 1.2))
    right.yaxis.set_major_locator(FixedLocator([0.01, 0.1, 1]))
    right.yaxis.set_major_formatter(PercentFormatter(1))
    right.minorticks_off()
    right.set(xlabel="step", title="validation error")
    right.grid(axis="y", color=MUTED, alpha=0.3)
    touchable_along(right, steps, "step")
    return figure
