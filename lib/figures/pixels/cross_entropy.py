"""Figures of the chapter *From pixels to predictions*: −log p, for two classes and for many.

Every value and every slope in them comes from the library's losses.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable_along, touchable_area
from lib.figures.style import (
    ACCENT,
    LINE_STYLES,
    MUTED,
    NEGATIVE,
    OKABE_ITO,
    POSITIVE,
    new_figure,
)
from lib.layers import Sigmoid
from lib.losses import BinaryCrossEntropy, MeanSquaredError, SoftmaxCrossEntropy, softmax
from lib.settings import as_choice, as_integer, as_number

__all__ = [
    "CLASSES",
    "LOGITS",
    "SCORES",
    "describe_many_classes",
    "describe_two_classes",
    "draw_many_classes",
    "draw_two_classes",
    "loss_and_slope",
]

CLASSES = ("1", "4", "7", "9")
# What a touch of the figures sets: the logit of two classes, that of the 7 among four.
LOGITS = tuple(range(-6, 7))
SCORES = (-4, -2, 0, 1, 2, 3, 4, 6, 8)
_MOVED = CLASSES.index("7")
_SCORES = (1.0, 0.0, 0.0, 2.0)
_NAMES = {"cross-entropy": "−log", "squared error": "squared error"}


def loss_and_slope(name: str, z: float, label: int) -> tuple[float, float]:
    """Return a loss at one logit, and its slope there.

    Parameters
    ----------
    name : {"cross-entropy", "squared error"}
    z : float
        The logit of class 1.
    label : {0, 1}

    Examples
    --------
    >>> loss_and_slope("squared error", 0.0, 1)  # (p - t)² and 2 (p - t) p (1 - p)
    (0.25, -0.25)
    """
    as_choice(name, "name", _NAMES)
    z, label = as_number(z, "z"), as_integer(label, "label", at_least=0, at_most=1)
    logit, target = np.array([[z]]), np.array([[float(label)]])
    if name == "cross-entropy":
        value, slope = BinaryCrossEntropy()(logit, target)
    else:
        sigmoid = Sigmoid()
        value, dp = MeanSquaredError()(sigmoid(logit), target)
        slope = sigmoid.backward(dp)
    return value, float(slope[0, 0])


def draw_two_classes(z: float, label: int) -> Figure:
    """Draw two losses against the probability and against the logit, with their slopes at one.

    A drag along either curve sets `z`.

    Parameters
    ----------
    z : float
        The logit of class 1, where the slopes are drawn; a touch sets one of :data:`LOGITS`.
    label : {0, 1}
        The true class.
    """
    figure, (left, right) = new_figure(6.2, 3.1, cols=2, sharey=True)
    logits = np.linspace(-6.5, 6.5, 131)
    sigmoid = Sigmoid()
    p, here = sigmoid(logits), float(sigmoid(np.array(float(z))))
    for name, style in zip(_NAMES, LINE_STYLES, strict=False):
        losses = [loss_and_slope(name, logit, label)[0] for logit in logits]
        value, slope = loss_and_slope(name, z, label)
        line = {"color": style["color"], "ls": style["linestyle"], "lw": 2, "marker": ""}
        left.plot(p, losses, **line)
        right.plot(logits, losses, **line, label=f"{_NAMES[name]}: slope {_signed(slope, 3)}")
        reach = 1.4 / np.hypot(1, slope)
        along = np.array([-reach, reach])
        right.plot(z + along, value + slope * along, color="#000000", lw=1.2, ls="-", marker="")
        for ax, x in ((left, here), (right, z)):
            ax.plot(x, value, style["marker"], color=style["color"], ms=9, mec="white", zorder=3)
    value, _ = loss_and_slope("cross-entropy", z, label)
    given = here if label else 1 - here
    left.set_title(f"p = {here:.3f}:  −log {given:.3f} = {value:.3f}", fontsize=10)
    right.set_title(f"z = {_signed(z, 0)}:  p − t = {_signed(here - label, 3)}", fontsize=10)
    left.set(xlabel="probability p of class 1", ylabel="loss", ylim=(-0.4, 7), xlim=(-0.04, 1.04))
    right.set(xlabel="logit z", xticks=range(-6, 7, 2))
    right.legend(loc="upper right" if label else "upper left", fontsize=8.5, frameon=False)
    for ax in (left, right):
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    touchable_along(left, sigmoid(np.array(LOGITS, float)), "z", LOGITS)
    touchable_along(right, LOGITS, "z")
    return figure


def describe_two_classes(z: float, label: int) -> str:
    """Say in words what :func:`draw_two_classes` shows."""
    p = float(Sigmoid()(np.array(float(z))))
    value, slope = loss_and_slope("cross-entropy", z, label)
    _, flat = loss_and_slope("squared error", z, label)
    return (
        f"Loss against the probability and against the logit; the true class is {label}. At "
        f"a logit of {_signed(z, 0)} the probability of class 1 is {p:.3f}. The cross-entropy is "
        f"{value:.3f}, its slope p minus t is {_signed(slope, 3)}; the squared error has the slope "
        f"{_signed(flat, 3)}."
    )


def _logits(score: float) -> np.ndarray:
    logits = np.array(_SCORES)
    logits[_MOVED] = as_number(score, "score")
    return logits


def _place(label: str) -> int:
    return CLASSES.index(as_choice(label, "label", CLASSES))


def draw_many_classes(score: float, label: str) -> Figure:
    """Draw the logits of four classes, their probabilities, and the gradient of the loss.

    A drag over the logits sets `score`; a touch of a class's probability makes it the `label`.

    Parameters
    ----------
    score : float
        The logit of the class "7"; a touch sets one of :data:`SCORES`.
    label : str
        The true class, one of :data:`CLASSES`.
    """
    logits, true = _logits(score), _place(label)
    value, gradient = SoftmaxCrossEntropy()(logits[None], np.array([true]))
    p = softmax(logits[None])[0]
    figure, axes = new_figure(6.2, 2.4, cols=3, sharey=True)
    titles = ("logits z", "probabilities p", "gradient p − t")
    panels = zip(axes, titles, (logits, p, gradient[0]), (9.0, 1.0, 1.0), strict=True)
    for ax, title, values, limit in panels:
        signed = ax is not axes[1]
        colors = [POSITIVE if v > 0 else NEGATIVE for v in values] if signed else OKABE_ITO[0]
        bars = ax.barh(CLASSES, values, height=0.7, color=colors)
        if not signed:
            bars[true].set(facecolor=ACCENT, hatch="///", edgecolor="#FFFFFF")
        for place, v in enumerate(values):
            text = f"{v:.3f}" if not signed else _signed(v, 0 if ax is axes[0] else 2)
            side = 1 if v >= 0 else -1
            align = "left" if v >= 0 else "right"
            at = (v + side * 0.04 * limit, place)
            ax.text(*at, text, ha=align, va="center_baseline", size=9)
        low = {0: -7.0, 1: 0.0, 2: -1.6}[list(axes).index(ax)]
        ax.set(xlim=(low, 1.4 * limit), xticks=[], ylim=(len(CLASSES) - 0.5, -0.5))
        ax.set_title(title, fontsize=10)
        ax.axvline(0, color=MUTED, lw=0.8)
        ax.spines[["bottom", "left"]].set_visible(False)
        ax.tick_params(left=False)
    axes[0].set_yticks(range(len(CLASSES)), [f"true: {c}" if c == label else c for c in CLASSES])
    axes[1].set_xlabel(f"loss: −log {p[true]:.3g} = {value:.3f}", fontsize=10)
    axes[2].set_xlabel("adds up to 0", fontsize=10)
    touchable_along(axes[0], SCORES, "score")
    for place, name in enumerate(CLASSES):
        touchable_area(axes[1], *axes[1].get_xlim(), place - 0.5, place + 0.5, label=name)
    return figure


def describe_many_classes(score: float, label: str) -> str:
    """Say in words what :func:`draw_many_classes` shows."""
    logits, true = _logits(score), _place(label)
    value, gradient = SoftmaxCrossEntropy()(logits[None], np.array([true]))
    shares = ", ".join(
        f"{name} has {p:.3f}" for name, p in zip(CLASSES, softmax(logits[None])[0], strict=True)
    )
    pushes = ", ".join(_signed(v) for v in gradient[0])
    return (
        f"Four classes; the 7 has logit {_signed(score, 0)}. Of the probability, {shares}. The "
        f"true class is {label}, the loss {value:.3f}. The gradient is {pushes}: it adds up to 0."
    )


def _signed(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign, and no minus before a zero."""
    text = f"{value:.{digits}f}"
    text = text.lstrip("-") if float(text) == 0 else text
    return text.replace("-", "\N{MINUS SIGN}")
