"""Figures of the chapter *Architectures*: what each network holds, computes and takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable_along, touchable_area
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = [
    "BILLS",
    "KINDS",
    "describe_layers",
    "describe_prices",
    "describe_rankings",
    "describe_savings",
    "draw_layers",
    "draw_prices",
    "draw_rankings",
    "draw_savings",
]

KINDS = {
    "convolution": OKABE_ITO[0],
    "1×1": OKABE_ITO[5],
    "depthwise": OKABE_ITO[1],
    "linear": OKABE_ITO[4],
}
BILLS = {
    "parameters": ("parameters", 1e6, "million"),
    "multiply-adds": ("multiply_adds", 1e9, "billion"),
    "seconds": ("seconds", 1e-3, "ms"),
}


def draw_layers(rows: Mapping[str, Sequence], network: str) -> Figure:
    """Show parameters and multiply-adds of each layer of a network, as shares of all.

    Parameters
    ----------
    rows : dict of str to sequence of (kind, parameters, multiply-adds)
        The layers with weights of each network, in their order.
    network : str
    """
    layers = rows[as_choice(network, "network", rows)]
    figure, axes = new_figure(6, 3.4, rows=2, sharex=True)
    x = np.arange(1, len(layers) + 1)
    for ax, column, unit in zip(axes, (1, 2), ("parameters", "multiply-adds"), strict=True):
        total = sum(layer[column] for layer in layers)
        for kind, color in KINDS.items():
            shown = [k for k, layer in enumerate(layers) if layer[0] == kind]
            shares = [100 * layers[k][column] / total for k in shown]
            ax.bar(x[shown], shares, width=0.85, color=color, label=kind)
        ax.set_title(f"{unit}: {_readable(total)}", fontsize=10, loc="left")
        ax.set_ylabel("% of all", fontsize=9)
    handles, labels = axes[0].get_legend_handles_labels()
    used = {layer[0] for layer in layers}
    kept = [k for k, label in enumerate(labels) if label in used]
    figure.legend(
        [handles[k] for k in kept],
        [labels[k] for k in kept],
        loc="outside lower center",
        ncols=4,
        frameon=False,
        fontsize=9,
    )
    axes[1].set_xlabel("layer with weights", fontsize=9)
    axes[1].xaxis.get_major_locator().set_params(integer=True)
    axes[1].set_xlim(0.3, len(layers) + 0.7)
    return figure


def _readable(number):
    for unit, name in ((1e9, "billion"), (1e6, "million")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:,}"


def describe_layers(rows: Mapping[str, Sequence], network: str) -> str:
    """Say what the figure shows."""
    layers = rows[as_choice(network, "network", rows)]
    parts = []
    for column, unit in ((1, "parameters"), (2, "multiply-adds")):
        total = sum(layer[column] for layer in layers)
        shares = {
            kind: sum(layer[column] for layer in layers if layer[0] == kind) / total
            for kind in KINDS
        }
        told = ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items() if share)
        parts.append(f"{_readable(total)} {unit} ({told})")
    return f"{network}, {len(layers)} layers with weights: {'; '.join(parts)}."


def draw_rankings(record: Mapping[str, dict], by: str) -> Figure:
    """Show parameters, multiply-adds and seconds of each network, in the order of one of them.

    A touch of a column sets `by`.

    Parameters
    ----------
    record : dict of str to dict
        As in the study ``architectures``.
    by : str
        A key of `BILLS`.
    """
    key, _, _ = BILLS[as_choice(by, "by", BILLS)]
    order = sorted(record, key=lambda name: record[name][key])
    figure, axes = new_figure(6.2, 3.5, cols=3, sharey=True)
    for ax, (title, (name, unit, label)) in zip(axes, BILLS.items(), strict=True):
        values = [record[each][name] / unit for each in order]
        chosen = title == by
        ax.barh(range(len(order)), values, color=OKABE_ITO[0] if chosen else OKABE_ITO[5])
        for place, value in enumerate(values):
            ax.text(value, place, f" {value:.3g}", va="center_baseline", size=9)
        ax.set_title(f"{title}, {label}", fontsize=9.5, weight="bold" if chosen else "normal")
        ax.set(xlim=(0, 1.3 * max(values)), xticks=[], ylim=(len(order) - 0.4, -0.6))
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(left=False)
        touchable_area(ax, 0, 1.3 * max(values), -0.6, len(order) - 0.4, by=title)
    axes[0].set_yticks(range(len(order)), order, size=9)
    return figure


def describe_rankings(record: Mapping[str, dict], by: str) -> str:
    """Say what the figure shows."""
    key, unit, label = BILLS[as_choice(by, "by", BILLS)]
    order = sorted(record, key=lambda name: record[name][key])
    told = ", ".join(f"{name} {record[name][key] / unit:.3g}" for name in order)
    return f"The networks in the order of their {by}, in {label}: {told}."


def draw_prices(ratios: Mapping[str, Mapping[str, float]], prices: str) -> Figure:
    """Show, for each network, the seconds foretold by a list of prices over those measured.

    Parameters
    ----------
    ratios : dict of str to dict of str to float
        For each list of prices, foretold over measured by network.
    prices : str
    """
    found = ratios[as_choice(prices, "prices", ratios)]
    figure, ax = new_figure(6, 3.2)
    order = list(found)
    ax.axvspan(0.75, 4 / 3, color=MUTED, alpha=0.2, lw=0)
    ax.axvline(1, color=MUTED, lw=1)
    for place, name in enumerate(order):
        good = 0.75 <= found[name] <= 4 / 3
        color, marker = (OKABE_ITO[0], "o") if good else (ACCENT, "s")
        ax.plot([1, found[name]], [place, place], color=color, lw=1.5, ls="-", marker="")
        ax.plot(found[name], place, marker=marker, color=color, ls="", ms=8)
        side = "left" if found[name] >= 1 else "right"
        shift = 1.09 if found[name] >= 1 else 0.92
        ax.text(
            shift * found[name], place, f"{found[name]:.2f}", ha=side, va="center_baseline", size=9
        )
    ax.set(xscale="log", xlim=(0.08, 4), ylim=(len(order) - 0.5, -0.5))
    ax.set_yticks(range(len(order)), order, size=9)
    ax.set_xticks([0.1, 0.25, 0.5, 1, 2, 4], ["0.1", "0.25", "0.5", "1", "2", "4"])
    ax.minorticks_off()
    ax.set_xlabel("seconds foretold / seconds measured", fontsize=9)
    return figure


def describe_prices(ratios: Mapping[str, Mapping[str, float]], prices: str) -> str:
    """Say what the figure shows."""
    found = ratios[as_choice(prices, "prices", ratios)]
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
    good = sum(0.75 <= ratio <= 4 / 3 for ratio in found.values())
    return (
        f"Seconds foretold over seconds measured, by {prices}: {told}. {good} of {len(found)} lie "
        "in the band from 3/4 to 4/3."
    )


def draw_savings(separable: Mapping[str, dict], channels: int) -> Figure:
    """Show what splitting a convolution saves: in multiply-adds, in seconds of two libraries.

    A touch of a number of channels sets `channels`.

    Parameters
    ----------
    separable : dict of str to dict
        As in the study ``architectures``.
    channels : int
    """
    counts = [int(c) for c in separable]
    as_choice(channels, "channels", counts)
    figure, ax = new_figure(6, 3.1)
    for name, values in _savings(separable).items():
        line = ax.plot(counts, values, label=name, lw=2)[0]
        ax.plot(
            channels, values[counts.index(channels)], "o", ms=11, mfc="none", mec=line.get_color()
        )
    ax.set(xscale="log", ylim=(0, 9.5), ylabel="times fewer, times faster", xlabel="channels")
    ax.set_xticks(counts, [str(c) for c in counts])
    ax.minorticks_off()
    ax.axhline(1, color=MUTED, lw=1)
    ax.axvline(channels, color=ACCENT, lw=1, zorder=0)
    first, *others = (values[counts.index(channels)] for values in _savings(separable).values())
    ax.set_title(
        f"{channels} channels: {first:.1f} times fewer multiply-adds, "
        + " and ".join(f"{other:.1f}" for other in others)
        + " times faster",
        fontsize=9.5,
    )
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.legends[0].set(frame_on=False)
    for text in figure.legends[0].get_texts():
        text.set_fontsize(9)
    touchable_along(ax, counts, "channels")
    return figure


def _savings(separable):
    """Return by what factor the two steps are cheaper than the one, for each measure."""
    measures = {
        "multiply-adds": "multiply_adds",
        "seconds, this library": "seconds",
        "seconds, PyTorch": "pytorch",
    }
    return {
        name: [
            each["3×3"][key] / (each["depthwise"][key] + each["1×1"][key])
            for each in separable.values()
        ]
        for name, key in measures.items()
        if all(key in each["1×1"] for each in separable.values())
    }


def describe_savings(separable: Mapping[str, dict], channels: int) -> str:
    """Say what the figure shows."""
    place = [int(c) for c in separable].index(channels)
    told = ", ".join(f"{name} {values[place]:.1f}" for name, values in _savings(separable).items())
    return (
        f"By what factor a depthwise and a 1×1 convolution are cheaper than a 3×3 one, with "
        f"{channels} channels: {told}. The factor in multiply-adds lies above those in seconds."
    )
