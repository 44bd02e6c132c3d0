"""Batch normalization: what it sends back, and what the company of a picture does to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.explore import touchable_area
from lib.figures.style import MUTED, diverging, draw_grid, new_figure, symmetric_norm
from lib.settings import as_integer

__all__ = ["describe_sent_back", "draw_company", "draw_sent_back", "pass_back"]


def pass_back(x: Sequence[float], dout: Sequence[float]):
    """Normalize a few numbers, and send a gradient back, with scale 1 and no ε.

    Returns
    -------
    x_hat, dx : array

    Examples
    --------
    >>> pass_back([1, 3, 3, 1], [1, 0, 0, 0])[1]
    array([ 0.5,  0. ,  0. , -0.5])
    """
    x, dout = np.asarray(x, float), np.asarray(dout, float)
    x_hat = (x - x.mean()) / x.std()
    dx = (dout - dout.mean() - x_hat * (dout * x_hat).mean()) / x.std()
    return x_hat, dx + 0.0


def draw_sent_back(x: Sequence[float], size: float, output: int) -> Figure:
    """Draw a batch, its normalized numbers, and what the gradient of one output sends back.

    A touch of an output sets a control named ``output``.

    Parameters
    ----------
    x : sequence of float
        One feature of a batch.
    size : float
        The gradient of the chosen output; those of the others are 0.
    output : int
        Counted from 0.
    """
    output = as_integer(output, "output", at_least=0, at_most=len(x) - 1)
    dout = np.zeros(len(x))
    dout[output] = size
    x_hat, dx = pass_back(x, dout)
    figure, axes = new_figure(6, 4, rows=4)
    rows = {"x": np.asarray(x, float), "x̂": x_hat, "dout": dout, "dx": dx}
    for ax, (name, values) in zip(axes, rows.items(), strict=True):
        gradient = name.startswith("d")
        norm = symmetric_norm(limit=1.6 * max(np.abs(values).max(), 2.0))
        frames = [(0, output, 1, 1)] if name in ("x̂", "dout") else []
        draw_grid(
            ax,
            values[None],
            text=[[_written(value) for value in values]],
            cmap=diverging if gradient or name == "x̂" else None,
            norm=norm,
            highlight=frames,
        )
        ax.set_xlim(-1.7, len(values) - 0.45)
        ax.text(-0.75, 0, name, ha="right", va="center_baseline", size=12, style="italic")
        for place in range(len(values)):
            if name in ("x̂", "dout"):
                touchable_area(ax, place - 0.5, place + 0.5, -0.5, 0.5, output=place)
    return figure


def _written(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "\N{MINUS SIGN}")


def describe_sent_back(x: Sequence[float], size: float, output: int) -> str:
    """Say in words what :func:`draw_sent_back` shows."""
    dout = np.zeros(len(x))
    dout[output] = size
    x_hat, dx = pass_back(x, dout)
    listed = ", ".join(_written(value) for value in dx)
    return (
        f"The gradient {size:g} enters at output {output + 1} of {len(x)}, whose normalized value "
        f"is {_written(x_hat[output])}. It sends back {listed}: to every number of the batch, and "
        "in sum nothing."
    )


def draw_company(gaps: Mapping[str, Sequence], sizes: Mapping[str, object]) -> Figure:
    """Draw the accuracy of a network with batch norm in both modes, and in several companies.

    Parameters
    ----------
    gaps : dict
        ``steps``, and the accuracies after them in ``training`` and in ``evaluation`` mode.
    sizes : dict
        ``sizes`` of batches, the accuracies in training mode with batches that are ``mixed`` and
        of ``one class``, and the one in ``evaluation`` mode.
    """
    figure, (left, right) = new_figure(6, 3.1, cols=2)
    for name in ("training", "evaluation"):
        left.plot(gaps["steps"], gaps[name], label=f"{name} mode", ms=4)
    left.set(xlabel="steps of training", title="early on", xscale="log")
    for name in ("mixed", "one class"):
        right.plot(sizes["sizes"], sizes[name], label=name, ms=4)
    right.axhline(sizes["evaluation"], color=MUTED, lw=1, ls="--", zorder=0)
    right.text(2, sizes["evaluation"] + 0.005, "evaluation mode", va="bottom", size=8.5)
    right.set(xlabel="pictures in a batch", title="later, in training mode", xscale="log")
    right.set_ylim(min(sizes["one class"]) - 0.1, 1.02)
    for ax, key, places in ((left, "steps", gaps), (right, "sizes", sizes)):
        ax.set_xticks(places[key], [str(tick) for tick in places[key]])
        ax.minorticks_off()
        ax.grid(axis="y", color=MUTED, alpha=0.3)
        ax.legend(frameon=False, loc="lower right", fontsize=8.5)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set_ylim(0, 1.02)
    return figure
