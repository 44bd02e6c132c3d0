"""What a network learns by heart: labels drawn at random, and labels that are partly wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.explore import touchable_along
from lib.figures.style import ACCENT, MUTED, new_figure
from lib.settings import as_choice, as_integer

__all__ = ["draw_by_heart", "draw_wrong_labels", "stopped"]


def draw_by_heart(record: Mapping, epoch: int, epochs: Sequence[int]) -> Figure:
    """Draw how two trainings went: on true labels, and on labels drawn at random.

    A drag along either curve sets a control named ``epoch``.

    Parameters
    ----------
    record : dict
        What the study ``random_labels`` found.
    epoch : int
        One of `epochs`: the marked one.
    epochs : sequence of int
        Counted from 1.
    """
    as_choice(epoch, "epoch", list(epochs))
    figure, axes = new_figure(6, 2.9, cols=2, sharey=True)
    titles = {"accuracy": "the 1,000 training digits", "held_out_accuracy": "4,000 other digits"}
    for ax, (key, title) in zip(axes, titles.items(), strict=True):
        for kind, marker in (("true", "o"), ("random", "s")):
            values = record[kind][key]
            numbers = np.arange(1, len(values) + 1)
            (line,) = ax.plot(numbers, values, marker="", label=f"{kind} labels")
            here = values[epoch - 1]
            ax.plot([epoch], [here], marker=marker, color=line.get_color(), markersize=7)
            above = here < 0.5
            ax.annotate(
                f"{here:.0%}",
                (epoch, here),
                (0, 7 if above else -7),
                textcoords="offset points",
                ha="left" if epoch < 50 else "right",
                va="bottom" if above else "top",
                size=9,
            )
        ax.axhline(0.1, color=MUTED, lw=1, zorder=0)
        ax.axvline(epoch, color=MUTED, lw=1, zorder=0)
        ax.set(xlabel="epoch", title=title, ylim=(0, 1.03), xscale="log", xlim=(0.9, 110))
        ax.set_xticks([1, 10, 100], ["1", "10", "100"])
        ax.minorticks_off()
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
        touchable_along(ax, epochs, "epoch")
    axes[0].set_ylabel("read as labeled")
    figure.legend(
        *axes[0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2
    )
    return figure


def stopped(losses: Sequence[float], patience: int) -> tuple[int, int]:
    """Say which epoch early stopping keeps, and which is the last that it runs, from 1.

    Parameters
    ----------
    losses : sequence of float
        The validation loss after each epoch.
    patience : int
        After so many epochs without a new best one the training stops.

    Examples
    --------
    >>> stopped([3, 2, 4, 5, 1], patience=2)
    (2, 4)
    """
    patience, best = as_integer(patience, "patience", at_least=1), 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best + 1, epoch + 1


def draw_wrong_labels(curves: Mapping[str, Sequence[float]], patience: int) -> Figure:
    """Draw a training on partly wrong labels, and where early stopping ends it.

    Parameters
    ----------
    curves : dict of str to sequence of float
        Shares by epoch, a line for each; and ``validation loss``.
    patience : int
    """
    figure, axes = new_figure(6, 3.4, cols=2, width_ratios=[1.35, 1])
    losses = curves["validation loss"]
    numbers = np.arange(1, len(losses) + 1)
    best, last = stopped(losses, patience)
    for name, values in curves.items():
        if name != "validation loss":
            axes[0].plot(numbers, values, label=name, markersize=3)
    axes[0].set(title="share of digits", ylim=(0, 1.03))
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[1].plot(numbers, losses, markersize=3)
    axes[1].plot([best], [losses[best - 1]], marker="o", mfc="none", mew=2, ms=11, color=ACCENT)
    axes[1].set(title="validation loss (nats)", ylim=(0, None))
    for ax in axes:
        ax.axvspan(last, numbers[-1] + 0.5, color=MUTED, alpha=0.18, lw=0)
        ax.axvline(best, color=ACCENT, lw=1.5, zorder=0)
        ax.set(xlabel="epoch", xlim=(0.5, numbers[-1] + 0.5))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    axes[1].text(0.97, 0.05, f"kept: epoch {best}", transform=axes[1].transAxes, ha="right", size=9)
    figure.legend(
        *axes[0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2
    )
    return figure
