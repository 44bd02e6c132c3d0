"""Gradients through depth: how long they are, and how soon they turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable_along
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = [
    "describe_learning",
    "describe_norms",
    "describe_turns",
    "draw_learning",
    "draw_norms",
    "draw_turns",
]


def draw_norms(
    norms: Mapping[str, Sequence[float]], shown: str, limits: tuple[float, float]
) -> Figure:
    """Draw the length of the gradient at each convolution, of one network among others.

    Parameters
    ----------
    norms : dict of str to sequence of float
        By network, from the first convolution to the last.
    shown : str
        Which is drawn strongly.
    limits : (float, float)
        Of the logarithmic axis.
    """
    as_choice(shown, "shown", norms)
    figure, ax = new_figure(6, 2.9)
    for (name, lengths), color, dash in zip(norms.items(), OKABE_ITO, _DASHES, strict=False):
        layers = np.arange(1, len(lengths) + 1)
        strong = name == shown
        style = {"lw": 2.6, "alpha": 1} if strong else {"lw": 1.1, "alpha": 0.55}
        ax.plot(layers, lengths, color=color, ls=dash, marker="", label=name, **style)
    ax.set(yscale="log", ylim=limits, xlabel="convolution, from the first to the last")
    ax.set(title="length of the gradient", xlim=(0.5, len(lengths) + 0.5))
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    ax.set_xticks([1, *range(10, len(lengths) + 1, 10)])
    ax.minorticks_off()
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    return figure


_DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))


def describe_norms(
    norms: Mapping[str, Sequence[float]], shown: str, limits: tuple[float, float]
) -> str:
    """Say what :func:`draw_norms` shows."""
    lengths = norms[shown]
    ratio = lengths[0] / lengths[-1]
    times = f"{ratio:.2g} times as long" if ratio >= 1 else f"{1 / ratio:.2g} times shorter"
    return (
        f"The length of the gradient at {len(lengths)} convolutions, on a logarithmic axis. "
        f"{shown}: {lengths[0]:.1g} at the first and {lengths[-1]:.1g} at the last, so {times}."
    )


def draw_learning(record: Mapping, names: Sequence[str], step: int) -> Figure:
    """Draw the gradients of towers after some steps of training, and how far the losses have come.

    A drag along the losses sets a control named ``step``.

    Parameters
    ----------
    record : dict
        What ``load_study("skips")`` returns.
    names : sequence of str
        The towers.
    step : int
        One of those at which the record looks.
    """
    settings, looks = record["settings"], record["settings"]["looks"]
    place = looks.index(as_choice(step, "step", looks))
    figure, (left, right) = new_figure(6, 2.9, cols=2, width_ratios=[1.25, 1])
    curves = next(iter(record["trainings"].values()))
    middles = np.arange(settings["every"] / 2, settings["steps"], settings["every"])
    for name, color, dash in zip(names, OKABE_ITO, _DASHES, strict=False):
        lengths = record["gradients"][name][place]["norms"]
        layers = np.arange(1, len(lengths) + 1)
        left.plot(layers, lengths, color=color, ls=dash, marker="", lw=2, label=name)
        right.plot(middles, curves[name]["loss"], color=color, ls=dash, marker="", lw=2)
    every = [
        length for name in names for look in record["gradients"][name] for length in look["norms"]
    ]
    left.set(yscale="log", ylim=(min(every) / 2, 2 * max(every)))
    left.set(xlabel="convolution", title=f"length of the gradient after {_steps(step)}")
    left.title.set_fontsize(10)
    left.minorticks_off()
    left.legend(frameon=False, fontsize=8, loc="upper right")
    left.grid(axis="y", color=MUTED, alpha=0.3)
    right.axvline(step, color=ACCENT, lw=2)
    right.set(xlabel="step", title="training loss (nats)")
    right.title.set_fontsize(10)
    right.set_xscale("symlog", linthresh=1, linscale=0.4)
    right.set_xticks([0, 1, 10, 100], ["0", "1", "10", "100"])
    right.set(xlim=(-0.3, 1.3 * looks[-1]), ylim=(0, None))
    right.minorticks_off()
    right.grid(axis="y", color=MUTED, alpha=0.3)
    touchable_along(right, looks, "step")
    return figure


def _steps(step: int) -> str:
    return f"{step} step{'' if step == 1 else 's'}"


def describe_learning(record: Mapping, names: Sequence[str], step: int) -> str:
    """Say what :func:`draw_learning` shows."""
    place = record["settings"]["looks"].index(step)
    found = []
    for name in names:
        lengths = record["gradients"][name][place]["norms"]
        found.append(f"{name} {lengths[0]:.1g} and {lengths[-1]:.1g}")
    return (
        f"The length of the gradient at the first and at the last convolution after {_steps(step)} "
        f"of training: {'; '.join(found)}."
    )


def draw_turns(
    lengths: Sequence[float], turns: Mapping[str, Sequence[float]], length: float
) -> Figure:
    """Draw what is left of the direction of the gradient after a step, by the length of the step.

    A drag along the curves sets a control named ``length``.

    Parameters
    ----------
    lengths : sequence of float
        Of the steps, as shares of the length of all weights.
    turns : dict of str to sequence of float
        By network, the cosine between the gradients before and after.
    length : float
        The one that is marked.
    """
    place = list(lengths).index(as_choice(length, "length", lengths))
    figure, ax = new_figure(6, 2.9)
    for (name, cosines), color, dash, marker in zip(
        turns.items(), OKABE_ITO, _DASHES, "osDv", strict=False
    ):
        ax.plot(lengths, cosines, color=color, ls=dash, marker=marker, ms=4, label=name)
        ax.plot(length, cosines[place], marker="o", ms=9, mfc="none", mec=ACCENT, mew=2)
    ax.axvline(length, color=ACCENT, lw=1.2)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set(xscale="log", ylim=(-0.45, 1.08), xlabel="length of the step / length of the weights")
    ax.set_title("cosine between the gradients before and after the step", fontsize=10)
    ax.minorticks_off()
    ax.legend(frameon=False, fontsize=8, loc="lower left")
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    touchable_along(ax, lengths, "length")
    return figure


def describe_turns(
    lengths: Sequence[float], turns: Mapping[str, Sequence[float]], length: float
) -> str:
    """Say what :func:`draw_turns` shows."""
    place = list(lengths).index(length)
    found = "; ".join(f"{name} {cosines[place]:.2f}" for name, cosines in turns.items())
    return (
        f"After a step of {length:.0e} of the length of the weights the cosine between the "
        f"gradients before and after is: {found}. At 1 the gradient still points the same way, "
        "at 0 nothing is left of its direction."
    )
