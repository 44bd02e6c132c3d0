"""Numbers and gradients on their way through many layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable
from lib.figures.style import ACCENT, LINE_STYLES, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_number

__all__ = ["describe_chain", "describe_depth", "draw_chain", "draw_depth", "pass_through"]

LAYERS = 6


def pass_through(weight: float, layers: int = LAYERS):
    """Multiply 1 by a weight in each layer, and send a gradient of 1 back.

    Parameters
    ----------
    weight : float
    layers : int, default 6

    Returns
    -------
    outputs : list of float
        The input, and what each layer gives.
    gradients : list of float
        Of the loss with respect to each of them.

    Examples
    --------
    >>> pass_through(0.5, layers=2)
    ([1.0, 0.5, 0.25], [0.25, 0.5, 1.0])
    """
    weight = as_number(weight, "weight")
    outputs = [weight**k for k in range(layers + 1)]
    return outputs, outputs[::-1]


def draw_chain(weight: float) -> Figure:
    """Draw what six layers of one weight each give, and the gradients that come back.

    Parameters
    ----------
    weight : float
        Above 0.
    """
    outputs, gradients = pass_through(weight)
    figure, axes = new_figure(6, 2.5, cols=2, sharey=True)
    titles = ("outputs, from left to right", "gradients, from right to left")
    for ax, values, title, color in zip(
        axes, (outputs, gradients), titles, (OKABE_ITO[0], ACCENT), strict=True
    ):
        places = np.arange(len(values))
        ax.bar(places, np.array(values) - 1e-3, bottom=1e-3, width=0.7, color=color)
        for place, value in zip(places, values, strict=True):
            ax.text(place, value * 1.25, _short(value), ha="center", va="bottom", size=8.5)
        ax.set(title=title, yscale="log", ylim=(4e-3, 400), xticks=places)
        ax.set_xticks(places, ["x", *(f"$a_{k}$" for k in places[1:])])
        ax.axhline(1, color=MUTED, lw=1, zorder=0)
        ax.minorticks_off()
    return figure


def describe_chain(weight: float) -> str:
    """Say in words what :func:`draw_chain` shows."""
    last = pass_through(weight)[0][-1]
    return (
        f"Six layers that multiply by {weight:g}: the input is 1, the last output {last:.3g}. "
        f"The gradient is 1 at the last output and {last:.3g} at the input."
    )


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def draw_depth(networks: Mapping, function: str, weights: str) -> Figure:
    """Draw what ten layers give before any training, and the gradients that come back.

    A touch of a name in the legend sets a control named ``weights``.

    Parameters
    ----------
    networks : dict
        ``networks`` of the study ``initialization``.
    function : str
        Which activation, a key of `networks`.
    weights : str
        Which initial weights, a key below it.
    """
    measured = networks[as_choice(function, "function", list(networks))]
    chosen = measured[as_choice(weights, "weights", list(measured))]
    figure = new_figure(6, 4.3)[0]
    figure.clear()
    grid = figure.add_gridspec(2, 1, height_ratios=[1, 1.9])
    _draw_histograms(figure, grid[0], chosen)
    left, right = (figure.add_subplot(cell) for cell in grid[1].subgridspec(1, 2))
    for ax, key, title in (
        (left, "std", "deviation of the outputs"),
        (right, "gradient_std", "deviation of the gradients"),
    ):
        ax.set_facecolor("none")
        ax.spines[["top", "right"]].set_visible(False)
        for style, (name, layers) in zip(LINE_STYLES, measured.items(), strict=False):
            values = [layer[key] for layer in layers]
            mine = name == weights
            places = np.arange(1, len(values) + 1)
            look = {"lw": 2.5 if mine else 1.2, "markersize": 5 if mine else 3}
            ax.plot(places, values, label=name, alpha=1 if mine else 0.55, **look, **style)
        ax.set(yscale="log", xlabel="layer", xticks=[1, 4, 7, 10])
        ax.set_title(title, fontsize=10)
        ax.grid(axis="y", color=MUTED, alpha=0.3)
        ax.minorticks_off()
    legend = figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
    )
    for text in legend.get_texts():
        touchable(text, weights=text.get_text())
        if text.get_text() == weights:
            text.set_weight("bold")
    return figure


def _draw_histograms(figure, place, layers) -> None:
    cells = place.subgridspec(1, len(layers))
    for number, (cell, layer) in enumerate(zip(cells, layers, strict=True), start=1):
        ax = figure.add_subplot(cell)
        ax.set_facecolor("none")
        shares = np.array(layer["histogram"])
        width = 1 / len(shares)
        # The zeros of ReLU would press all other bars down.
        ax.bar(np.arange(len(shares)) * width, shares, width, align="edge", color=OKABE_ITO[0])
        ax.set_ylim(0, 1.15 * np.sort(shares)[-2] if shares.max() > 0.3 else 1.15 * shares.max())
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.set_xticks([0, 1], [_end(layer["low"]), _end(layer["high"])], fontsize=6)
        ax.set(yticks=[])
        ax.set_title(str(number), fontsize=9)


def _end(value: float) -> str:
    if value == 0 or 0.01 <= abs(value) < 1000:
        text = f"{value:.2g}"
    else:
        power = int(np.floor(np.log10(abs(value))))
        text = f"{'-' if value < 0 else ''}1e{power}"
    return text.replace("-", "\N{MINUS SIGN}")


def describe_depth(networks: Mapping, function: str, weights: str) -> str:
    """Say in words what :func:`draw_depth` shows."""
    layers = networks[function][weights]
    first, last = layers[0], layers[-1]
    return (
        f"Ten layers with {function} and initial weights {weights}. The deviation of the outputs "
        f"goes from {first['std']:.2g} in the first layer to {last['std']:.2g} in the last; that "
        f"of the gradients, from the last layer back to the first, from "
        f"{last['gradient_std']:.2g} to {first['gradient_std']:.2g}."
    )
