"""Accuracy over labels and layers, and over the epochs of recorded trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, PercentFormatter

from lib.explore import touchable, touchable_area
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = ["draw_dense_head", "draw_labels", "draw_layers", "draw_ways"]


def draw_labels(counts: Sequence[int], lines: Mapping[str, Sequence[float]], unit: str) -> Figure:
    """Draw accuracy over the number of labeled pictures, a line for each kind of rows.

    Parameters
    ----------
    counts : sequence of int
        Labeled pictures of each class.
    lines : dict of str to sequence of float
    unit : str
        What is counted: the label of the axis.
    """
    figure, ax = new_figure(6, 3)
    for name, accuracies in lines.items():
        ax.plot(counts, accuracies, label=name, markersize=6)
    _label_counts(ax, counts)
    ax.set(xlabel=unit, ylabel="accuracy on the others")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    ax.legend(frameon=False, loc="lower right")
    return figure


def _label_counts(ax, counts):
    ax.set_xscale("log")
    ax.set_xticks(counts, [f"{count:,}" for count in counts])
    ax.xaxis.set_minor_locator(NullLocator())


def draw_layers(
    counts: Sequence[int],
    pixels: Sequence[float],
    accuracies: Mapping[str, Mapping[str, Sequence[float]]],
    layer: str,
    labels: int,
) -> Figure:
    """Draw the accuracy by layer for one number of labels, and by labels for one layer.

    A touch of a bar sets a control named ``layer``, a touch of the curves one named ``labels``.

    Parameters
    ----------
    counts : sequence of int
        Labeled pictures of each class.
    pixels : sequence of float
        Without a body, by count.
    accuracies : dict of str to dict of str to sequence of float
        By body (the first is the trained one), layer and count.
    layer : str
    labels : int
        One of `counts`.
    """
    bodies, place = list(accuracies), list(counts).index(as_choice(labels, "labels", counts))
    layers = list(accuracies[bodies[0]])
    as_choice(layer, "layer", layers)
    figure, (left, right) = new_figure(6.3, 3.1, cols=2, width_ratios=[1.35, 1])
    for b, body in enumerate(bodies):
        for k, name in enumerate(layers):
            value = accuracies[body][name][place]
            bar = left.bar(k + 0.4 * b - 0.2, value, 0.38, color=OKABE_ITO[2 * b])[0]
            bar.set(alpha=1 if name == layer else 0.55, hatch="///" if b else None, ec="#FFFFFF")
            if name == layer:
                bar.set(ec=ACCENT, lw=2)
            touchable(bar, layer=name)
    left.axhline(pixels[place], color=ACCENT, ls="--", lw=2)
    left.text(
        len(layers) - 0.45, pixels[place], "pixels", va="bottom", ha="right", size=9, color="black"
    )
    left.set_xticks(range(len(layers)), [name.replace("block ", "block\n") for name in layers])
    each = f"{labels:,} label{'s' if labels > 1 else ''} a class"
    left.set_title(each, fontsize=10)
    right.plot(counts, pixels, color=ACCENT, ls="--", marker="", label="pixels", lw=2)
    for b, body in enumerate(bodies):
        right.plot(
            counts, accuracies[body][layer], color=OKABE_ITO[2 * b], marker="os"[b], label=body
        )
    right.axvline(labels, color=MUTED, lw=1)
    right.set_title(layer, fontsize=10)
    _label_counts(right, counts)
    right.set(xlabel="labels a class")
    right.legend(frameon=False, loc="upper left", fontsize=9, borderpad=0)
    shown = np.array([list(of.values()) for of in accuracies.values()])
    low = 0.1 * np.floor(10 * min(min(pixels), shown.min()))
    high = 0.1 * np.ceil(10 * shown.max() + 0.1)
    for ax in (left, right):
        ax.set_ylim(max(low, 0), high)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
        ax.set_axisbelow(True)
    edges = np.sqrt(np.array([counts[0] ** 2 / counts[1], *counts[:-1]]) * np.array(counts))
    edges = [*edges, counts[-1] ** 2 / edges[-1]]
    for count, x0, x1 in zip(counts, edges[:-1], edges[1:], strict=True):
        touchable_area(right, x0, x1, *right.get_ylim(), labels=count)
    return figure


def draw_ways(record: Mapping, count: int) -> Figure:
    """Draw how three ways to use a body went: frozen, fine-tuned, and none.

    Parameters
    ----------
    record : dict
        The study ``transfer``.
    count : int
        Pictures of each new class: 50, 200 or 1000.
    """
    figure, ax = new_figure(6, 3)
    ends = []
    for way in ("fine-tuned", "from scratch", "frozen"):
        runs = np.array(record["variants"][f"{way} {count}"]["validation_accuracy"])
        mean, epochs = runs.mean(axis=0), 1 + np.arange(runs.shape[1])
        every = max(1, len(epochs) // 12)
        (line,) = ax.plot(epochs, mean, markevery=every, markersize=5, lw=2)
        ax.fill_between(epochs, runs.min(0), runs.max(0), color=line.get_color(), alpha=0.2, lw=0)
        ends.append((mean[-1], f"{way} {mean[-1]:.1%}"))
    height = -1.0  # names that would lie on each other move apart
    for end, name in sorted(ends):
        height = max(end, height + 0.045)
        ax.text(epochs[-1] * 1.02, height, name, va="center", size=10)
    ax.set(xlabel="epoch", xlim=(0, epochs[-1] * 1.34), ylim=(0.15, 0.82))
    ax.set_title(f"{count:,} pictures of each new class: validation accuracy")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    return figure


def draw_dense_head(record: Mapping, epoch: int) -> Figure:
    """Draw the head of the sources on a frozen body and on one that trains, up to an epoch.

    Parameters
    ----------
    record : dict
        The study ``frozen_body``.
    epoch : int
    """
    figure, (left, right) = new_figure(6.3, 3, cols=2, sharey=True)
    threshold, dense = record["settings"]["threshold"], record["dense"]
    most = max(len(found["accuracy"]) for found in dense.values())
    for ax, key, title in (
        (left, "validation_accuracy", "on the new classes"),
        (right, "known_accuracy", "on the old ones, old head"),
    ):
        for way, found in dense.items():
            shown = found[key][:epoch]
            epochs = 1 + np.arange(len(shown))
            (line,) = ax.plot(epochs, shown, label=f"body {way}", markersize=5)
            if len(shown) < epoch:
                ax.plot(epochs[-1], shown[-1], "*", ms=15, color=line.get_color())
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="epoch", xlim=(0.5, most + 0.5))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    left.axhline(threshold, color=ACCENT, ls="--", lw=1.5)
    told = f"threshold {threshold:.0%}"
    left.text(most + 0.4, threshold + 0.01, told, size=9, color="black", ha="right")
    left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set_ylim(0.3, 0.95)
    right.legend(frameon=False, loc="lower left")
    return figure
