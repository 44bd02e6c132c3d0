"""Trained networks compared: on changed digits, in how sure they are, and epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.figures.style import MUTED, new_figure

__all__ = ["draw_calibration", "draw_compared", "draw_robustness"]


def draw_robustness(
    amounts: Sequence[float], accuracies: Mapping[str, Sequence[float]], what: str
) -> Figure:
    """Draw the accuracy of some networks against how much the digits were changed.

    Parameters
    ----------
    amounts : sequence of float
    accuracies : dict of str to sequence of float
        A line for each network, 0 to 1.
    what : str
        What was changed, with its unit: the label of the axis.
    """
    figure, ax = new_figure(6, 3.4)
    for name, values in accuracies.items():
        ax.plot(amounts, values, label=name, markersize=4, clip_on=False)
    ax.axhline(0.1, color=MUTED, linewidth=1)
    ax.text(0.01, 0.085, "guessing", transform=ax.get_yaxis_transform(), va="top", size=9)
    ax.set(xlabel=what, ylabel="accuracy", ylim=(0, 1))
    ax.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 3, 5, 10]))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    figure.legend(
        *ax.get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2
    )
    return figure


def draw_calibration(measured: Mapping) -> Figure:
    """Draw how often a network is right against how sure it is, and how many digits that is.

    Parameters
    ----------
    measured : dict
        What the study ``calibration`` says of one network.
    """
    figure, (left, right) = new_figure(6, 2.9, cols=2)
    low, high = np.array(measured["low"]), np.array(measured["high"])
    width = high - low
    left.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", marker="")
    left.bar(low, measured["accuracy"], width, align="edge", alpha=0.7)
    left.plot(measured["confidence"], measured["accuracy"], linestyle="", marker="o", markersize=4)
    left.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="confidence", title="share that is right")
    right.bar(low, measured["count"], width, align="edge")
    right.set(xlim=(0, 1), yscale="log", xlabel="confidence", title="digits")
    for ax in (left, right):
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def draw_compared(variants: Mapping[str, Mapping]) -> Figure:
    """Draw training loss and validation accuracy of some variants over the epochs.

    A line is the mean of the seeds, the band around it goes from the least to the largest.

    Parameters
    ----------
    variants : dict of str to dict
        By label. Each has ``loss`` and ``validation_accuracy``: for each seed a list, with a figure
        for each epoch, as the studies record them.
    """
    figure, axes = new_figure(6, 3.3, cols=2)
    titles = {"loss": "training loss (nats)", "validation_accuracy": "validation accuracy"}
    for ax, (key, title) in zip(axes, titles.items(), strict=True):
        for label, measured in variants.items():
            seeds = np.array(measured[key])
            epochs = np.arange(1, seeds.shape[1] + 1)
            (line,) = ax.plot(epochs, seeds.mean(axis=0), label=label, markersize=3.5)
            if len(seeds) > 1:
                band = seeds.min(axis=0), seeds.max(axis=0)
                ax.fill_between(epochs, *band, color=line.get_color(), alpha=0.25, linewidth=0)
        ax.set(xlabel="epoch", title=title)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    axes[0].set_ylim(bottom=0)
    worst = min(np.mean(found["validation_accuracy"], axis=0)[-1] for found in variants.values())
    axes[1].set_ylim(0.8 if worst > 0.9 else 0, 1)  # where all end well, their ends matter
    axes[1].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.legend(
        *axes[0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2
    )
    return figure
