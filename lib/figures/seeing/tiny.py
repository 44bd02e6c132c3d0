"""A network of three filters, small enough for paper, and three ways back through its ReLU."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import ACCENT, MUTED, diverging, draw_grid, symmetric_norm
from lib.settings import as_choice

__all__ = [
    "CLASSES",
    "FILTERS",
    "OUTPUTS",
    "PICTURE",
    "RULES",
    "describe_decision",
    "draw_decision",
    "tiny_passes",
]

CLASSES = ("cat", "ship")
RULES = ("gradient", "deconvnet", "guided backprop")
# An L, and filters that look for a bar at the left, at the bottom and at the right.
PICTURE = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0]])
FILTERS = np.array(
    [
        [[1, -1, 0], [1, -1, 0], [1, -1, 0]],
        [[0, 0, 0], [-1, -1, -1], [1, 1, 1]],
        [[0, -1, 1], [0, -1, 1], [0, -1, 1]],
    ]
)
OUTPUTS = np.array([[2, -1, 1], [1, -3, 2]])  # a row for each class


class Passes(NamedTuple):
    """Every number of both passes."""

    sums: np.ndarray  # before the ReLU
    units: np.ndarray  # after it
    logits: np.ndarray
    back: np.ndarray  # what passes back through the ReLU
    dx: np.ndarray


def tiny_passes(rule: str, of: str) -> Passes:
    """Run the network forward, and back from the logit of a class by one of the rules.

    Examples
    --------
    >>> tiny_passes("gradient", "cat").back, tiny_passes("guided backprop", "cat").back
    (array([ 2, -1,  0]), array([2, 0, 0]))
    """
    as_choice(rule, "rule", RULES)
    as_choice(of, "of", CLASSES)
    sums = (FILTERS * PICTURE).sum(axis=(1, 2))
    units, arriving = np.maximum(sums, 0), OUTPUTS[CLASSES.index(of)]
    passes = np.ones(3, bool)
    if rule != "deconvnet":
        passes &= sums > 0
    if rule != "gradient":
        passes &= arriving > 0
    back = arriving * passes
    return Passes(sums, units, OUTPUTS @ units, back, np.einsum("f,fij->ij", back, FILTERS))


def draw_decision(rule: str, of: str) -> Figure:
    """Draw the network with one way back through it, from the logit of a class to the pixels.

    Parameters
    ----------
    rule : str
        One of :data:`RULES`.
    of : str
        One of :data:`CLASSES`.
    """
    sums, units, logits, back, dx = tiny_passes(rule, of)
    arriving, norm = OUTPUTS[CLASSES.index(of)], symmetric_norm(limit=4)
    figure = blank_figure(6.3, 3.6)
    pixels = [["0", "1"][v] for row in PICTURE for v in row]
    text = [pixels[3 * k : 3 * k + 3] for k in range(3)]
    left = place_axes(figure, 0.05, 1.2, 1.2, 1.2)
    draw_grid(left, PICTURE, text=text, cmap=diverging, norm=symmetric_norm(limit=3))
    left.set_title("picture x", fontsize=10)
    for k, weights in enumerate(FILTERS):
        ax = place_axes(figure, 1.65, 0.3 + 1.1 * k, 0.95, 0.95)
        draw_grid(ax, weights, cmap=diverging, norm=norm, text=_signed(weights))
        if k == 0:
            ax.set_title("filters", fontsize=10)
    words = place_axes(figure, 2.7, 0, 2.2, 3.6)
    words.set(xlim=(0, 2.2), ylim=(3.6, 0))
    words.axis("off")
    for k in range(3):
        top = 0.3 + 1.1 * k
        on = back[k] != 0
        gone = "dead" if sums[k] <= 0 else "live"
        lines = (
            (f"forward: {number(sums[k])} → {number(units[k])}  ({gone})", "#000000", "normal"),
            (f"weight to {of}: {number(arriving[k])}", "#000000", "normal"),
            (
                f"goes back: {number(back[k])}",
                ACCENT if on else MUTED,
                "bold" if on else "normal",
            ),
        )
        for line, (words_of, color, weight) in enumerate(lines):
            words.text(
                0.05,
                top + 0.2 + 0.27 * line,
                words_of,
                color=color,
                weight=weight,
                size=9,
                va="center",
            )
    right = place_axes(figure, 5.0, 1.2, 1.25, 1.25)
    draw_grid(right, dx, cmap=diverging, norm=norm, text=_signed(dx))
    right.set_title(f"{rule}\nof {of}", fontsize=10)
    words.text(2.35, 2.75, f"logit of {of}: {number(logits[CLASSES.index(of)])}", size=9)
    return figure


def _signed(values) -> list[list[str]]:
    return [[number(value) for value in row] for row in values]


def describe_decision(rule: str, of: str) -> str:
    """Say in words what :func:`draw_decision` shows."""
    _, units, logits, back, dx = tiny_passes(rule, of)
    rows = "; ".join(", ".join(number(v) for v in row) for row in dx)
    return (
        f"A picture of an L excites the three filters by {', '.join(map(number, units))}; the "
        f"logit of {of} is {number(logits[CLASSES.index(of)])}. Back to the pixels by the rule "
        f"{rule} go {', '.join(map(number, back))} times the filters, which gives the rows {rows}."
    )
