"""Trainings compared: how they start, which rates they bear, how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.explore import touchable
from lib.figures.style import ACCENT, LINE_STYLES, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = [
    "describe_rates",
    "describe_repairs",
    "draw_range_test",
    "draw_rates",
    "draw_repairs",
    "draw_starts",
    "ends_by_rate",
]

GUESS = np.log(10)


def _ends(measured: Mapping) -> list[float]:
    """Return the last validation accuracy of each seed of what a study compared."""
    return [run[-1] for run in measured["validation_accuracy"]]


def draw_starts(losses: Mapping[str, Sequence[float]], mean_of: int = 5) -> Figure:
    """Draw the loss of the first steps of some trainings, as running means.

    Parameters
    ----------
    losses : dict of str to sequence of float
    mean_of : int, default 5
    """
    figure, ax = new_figure(6, 3.1)
    for name, values in losses.items():
        steps = np.arange(1, len(values) + 1)
        padded = np.concatenate([np.full(mean_of - 1, values[0]), values])
        means = np.convolve(padded, np.ones(mean_of) / mean_of, mode="valid")
        ax.plot(steps, means, label=name, markevery=10, ms=4)
    ax.axhline(GUESS, color=MUTED, lw=1, label="guessing: ln 10")
    ax.set(xlabel="step", ylabel="loss (nats)", yscale="log", ylim=(0.08, 12))
    ax.set_yticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
    ax.minorticks_off()
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2,
                  frameon=False)  # fmt: skip
    return figure


def draw_range_test(lrs: Sequence[float], losses: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the losses of range tests against the learning rate.

    Parameters
    ----------
    lrs : sequence of float
    losses : dict of str to sequence of float
        What :func:`lib.training.range_test` found, for each network.
    """
    figure, ax = new_figure(6, 3)
    for name, values in losses.items():
        kept = np.minimum(np.array(values, float), 40)
        ax.plot(lrs, kept, label=name, markevery=8, ms=4)
    ax.axhline(GUESS, color=MUTED, lw=1, label="guessing: ln 10")
    ax.set(xscale="log", yscale="log", ylim=(0.1, 20), xlabel="learning rate", ylabel="loss (nats)")
    ax.set_yticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
    ax.minorticks_off()
    ax.grid(color=MUTED, alpha=0.3)
    ax.legend(frameon=False, loc="lower left")
    return figure


def ends_by_rate(variants: Mapping[str, Mapping]) -> dict:
    """Sort what the study ``learning_rates`` found: by way, then by rate.

    Returns
    -------
    dict of str to dict of float to list of float
        The last validation accuracy of each seed; an empty list where a training diverged.
    """
    found: dict = {}
    for label, measured in variants.items():
        way, _, rate = label.rpartition(", ")
        ends = [] if "diverged" in measured else _ends(measured)
        found.setdefault(way, {})[float(rate)] = ends
    return found


def draw_rates(ends: Mapping[str, Mapping], way: str) -> Figure:
    """Draw how seldom one way to train is wrong at each learning rate, among the others.

    The axis of the errors is logarithmic and upside down, so that higher is better. A touch of a
    name sets a control named ``way``.

    Parameters
    ----------
    ends : dict
        See :func:`ends_by_rate`.
    way : str
    """
    as_choice(way, "way", list(ends))
    figure, ax = new_figure(6, 3.5)
    for style, (name, by_rate) in zip(LINE_STYLES, ends.items(), strict=False):
        mine = name == way
        rates = list(by_rate)
        means = [1 - float(np.mean(found)) if found else 0.9 for found in by_rate.values()]
        look = {"lw": 2.8 if mine else 1, "ms": 7 if mine else 3.5, "alpha": 1 if mine else 0.45}
        ax.plot(rates, means, label=name, **(dict(style) | look), zorder=4 if mine else 2)
        if mine:
            for rate, found in by_rate.items():
                seeds = 1 - np.array(found)
                ax.plot([rate] * len(found), seeds, marker="_", ls="", color=style["color"], ms=10)
                if not found:
                    ax.text(rate * 0.8, 0.72, "not a number", ha="right", va="bottom", size=8.5)
    ax.axhline(0.9, color=MUTED, lw=1)
    ax.set(xscale="log", yscale="log", ylim=(1, 0.03), xlabel="learning rate")
    ax.set_title(f"{way}: errors after four epochs")
    ax.set_yticks([0.9, 0.3, 0.1, 0.05, 0.03], ["90%", "30%", "10%", "5%", "3%"])
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    ax.minorticks_off()
    legend = figure.legend(
        *ax.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False,
        fontsize=8.5,
    )  # fmt: skip
    for text in legend.get_texts():
        touchable(text, way=text.get_text())
        if text.get_text() == way:
            text.set_weight("bold")
    return figure


def describe_rates(ends: Mapping[str, Mapping], way: str) -> str:
    """Say in words what :func:`draw_rates` shows."""
    parts = [
        f"{1 - np.mean(found):.1%} at {rate:g}" if found else f"no number at {rate:g}"
        for rate, found in ends[way].items()
    ]
    return f"{way}: after four epochs, wrong are {', '.join(parts)}."


def draw_repairs(variants: Mapping[str, Mapping], names: Sequence[str]) -> Figure:
    """Draw where trainings ended: a point for each seed, a bar for their mean.

    Parameters
    ----------
    variants : dict
        Those of one data set in the study ``techniques``.
    names : sequence of str
        Which, from the top.
    """
    figure, ax = new_figure(6, 0.36 * len(names) + 0.9)
    everything = [end for name in names for end in _ends(variants[name])]
    low = 0.9 if sorted(everything)[len(everything) // 2] > 0.9 else 0.3
    for place, name in enumerate(names):
        ends = np.array(_ends(variants[name]))
        color = ACCENT if name == "plain" else OKABE_ITO[0]
        if ends.mean() < low:
            ax.text(low, place, f"\N{BLACK LEFT-POINTING TRIANGLE} {ends.mean():.0%}",
                    va="center_baseline", size=9)  # fmt: skip
            continue
        ax.plot(ends, [place] * len(ends), ls="", marker="o", ms=6, color=color, alpha=0.7)
        ax.plot([ends.mean()] * 2, [place - 0.3, place + 0.3], marker="", ls="-", lw=2.5,
                color=color)  # fmt: skip
    ax.set_yticks(range(len(names)), names)
    ax.set(ylim=(len(names) - 0.5, -0.5), xlim=(low, 0.98 if low > 0.5 else 0.6))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("validation accuracy")
    ax.grid(axis="x", color=MUTED, alpha=0.3)
    return figure


def describe_repairs(variants: Mapping[str, Mapping], names: Sequence[str]) -> str:
    """Say in words what :func:`draw_repairs` shows."""
    parts = [f"{name} {np.mean(_ends(variants[name])):.1%}" for name in names]
    return f"Validation accuracy at the end, mean of three seeds: {'; '.join(parts)}."
