"""Figures of the chapter *From pixels to predictions*: nine pixels, scored and learned.

The losses are drawn in :mod:`lib.figures.pixels.cross_entropy`, whole digits in
:mod:`lib.figures.pixels.flattening`.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.explore import touchable_area
from lib.figures.grids import PIXELS, blank_figure, number, place_axes
from lib.figures.style import diverging, draw_grid, symmetric_norm
from lib.layers import Linear
from lib.losses import SoftmaxCrossEntropy, softmax
from lib.optimizers import SGD
from lib.settings import as_integer

__all__ = ["describe_scores", "describe_step", "draw_scores", "draw_step"]

_CELL = 0.35  # inches


def _place(figure, array, left, top, title, **options):
    """Draw a grid with its numbers to two digits at a place in inches, and return its axes."""
    rows, cols = array.shape
    ax = place_axes(figure, left, top, _CELL * (cols + 0.1), _CELL * (rows + 0.1))
    text = [[_short(float(v)) for v in line] for line in array]
    draw_grid(ax, array, text=text, **options)
    ax.set_title(title, fontsize=10, pad=4)
    return ax


def _short(value: float) -> str:
    """Write a number to two digits: a cell has no room for the zero before the point."""
    value = round(value, 2) + 0.0
    if value.is_integer():
        return number(value)
    text = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
    return text.replace("0.", ".") if abs(value) < 1 else text


def draw_scores(picture: np.ndarray, weight: np.ndarray, pixel: int = 0) -> Figure:
    """Show a small picture flattened, and the weights that meet it.

    Touching a pixel sets the control ``pixel``.

    Parameters
    ----------
    picture : (H, W) array
    weight : (K, H * W) array
        One row for each class.
    pixel : int
        The one whose place in the row is framed, with its weights.
    """
    x = picture.reshape(1, -1)
    pixel = as_integer(pixel, "pixel", at_least=0, at_most=x.size - 1)
    rows = len(weight)
    width = 0.85 + _CELL * (picture.shape[1] + x.size)
    figure = blank_figure(width, 1.1 + _CELL * (1 + rows))
    place = partial(_place, figure)

    gray = {"cmap": PIXELS, "norm": Normalize(0, 1)}
    colors = {"cmap": diverging, "norm": symmetric_norm(2 * weight)}
    row, col = divmod(pixel, picture.shape[1])
    square = place(picture, 0.05, 0.55, "the picture", **gray, highlight=[(row, col, 1, 1)])
    left = 0.05 + _CELL * picture.shape[1] + 0.7
    one = {"highlight": [(0, pixel, 1, 1)]}
    line = place(x, left, 0.3, "flattened, row after row: x", **gray, **one)
    column = {"highlight": [(0, pixel, rows, 1)]}
    grid = place(weight, left, 0.65 + _CELL, "weights W", **colors, **column)
    for k in range(rows):
        grid.text(-0.9, k, f"class {k}", ha="right", va="center_baseline", size=9)
    for at in range(x.size):
        i, j = divmod(at, picture.shape[1])
        for ax, across, down, height in ((square, j, i, 1), (line, at, 0, 1), (grid, at, 0, rows)):
            sides = (across - 0.5, across + 0.5, down - 0.5, down + height - 0.5)
            touchable_area(ax, *sides, pixel=at)
    terms = " and ".join(
        f"{number(weight[k, pixel])} · {number(x[0, pixel])} to class {k}" for k in range(rows)
    )
    figure.text(0.5, 0.02, f"pixel {pixel} adds {terms}", ha="center", va="bottom", size=11)
    return figure


def describe_scores(picture: np.ndarray, weight: np.ndarray, pixel: int = 0) -> str:
    """Say in words what :func:`draw_scores` shows."""
    x = picture.reshape(-1)
    terms = " and ".join(
        f"{number(row[pixel])} times {number(x[pixel])} to class {k}"
        for k, row in enumerate(weight)
    )
    return (
        f"A picture of {x.size} pixels, written in one row of numbers. Below each number stand its "
        f"weights, one a class. Pixel {pixel} is framed: it adds {terms}."
    )


def _after(picture, weight, label, lr, step):
    """Return weights, logits, probabilities, gradients and loss after some steps."""
    step = as_integer(step, "step", at_least=0)
    label = as_integer(label, "label", at_least=0, at_most=len(weight) - 1)
    layer = Linear(weight.shape[1], len(weight), bias=False).astype("float64")
    layer.weight.data[:] = weight
    optimizer, x = SGD(layer, lr=lr), picture.reshape(1, -1).astype(float)
    for taken in range(step + 1):
        z = layer(x)
        loss, dz = SoftmaxCrossEntropy()(z, np.array([label]))
        layer.backward(dz)
        if taken < step:
            optimizer.step()
    return layer.weight, z[0], softmax(z)[0], dz[0], loss


def draw_step(picture, weight, label: int, lr: float, step: int) -> Figure:
    """Show one linear layer after some steps of training: a line for each class.

    Parameters
    ----------
    picture : (H, W) array
    weight : (K, H * W) array
        Before the first step.
    label : int
        The true class.
    lr : float
    step : int
        How many steps were taken before.
    """
    parameter, z, p, dz, loss = _after(picture, weight, label, lr, step)
    h, w = picture.shape
    line = _CELL * h + 0.5
    figure = blank_figure(6.3, 0.15 + line * len(weight))
    norm, symmetric = symmetric_norm(2 * weight), symmetric_norm(limit=2)
    steps = "1 step" if step == 1 else f"{step} steps"
    title = f"after {steps}: loss {loss:.2f}"
    figure.text(0.5, 1 - 0.05 / figure.get_figheight(), title, ha="center", va="top", size=11)
    place = partial(_place, figure)

    for k in range(len(weight)):
        top = 0.55 + line * k
        middle = top + _CELL * (h - 1) / 2
        ax = place(picture, 0.05, top, "picture", cmap=PIXELS, norm=Normalize(0, 1))
        ax.text(w + 0.05, (h - 1) / 2, "·", size=22, ha="center", va="center_baseline")
        rows = {"weights": parameter.data[k], "gradient": parameter.grad[k]}
        grids = {name: row.reshape(h, w) for name, row in rows.items()}
        ax = place(grids["weights"], 1.42, top, f"weights, class {k}", cmap=diverging, norm=norm)
        ax.text(w + 0.15, (h - 1) / 2, "=", size=12, ha="center", va="center_baseline")
        cells = [(f"z{_sub(k)}", z[k]), (f"p{_sub(k)}", p[k]), ("t", k == label), ("p − t", dz[k])]
        for column, (name, value) in enumerate(cells):
            array = np.array([[float(value)]])
            place(array, 2.83 + 0.56 * column, middle, name, cmap=diverging, norm=symmetric)
        place(grids["gradient"], 5.16, top, f"gradient dW{_sub(k)}", cmap=diverging, norm=symmetric)
    return figure


def describe_step(picture, weight, label: int, lr: float, step: int) -> str:
    """Say in words what :func:`draw_step` shows."""
    _, z, p, dz, loss = _after(picture, weight, label, lr, step)
    scores = " and ".join(number(round(value, 2)) for value in z)
    pushes = " and ".join(number(round(value, 2)) for value in dz)
    return (
        f"After {step} steps the two classes have logits {scores}; the true class {label} has "
        f"probability {p[label]:.2f} and the loss is {loss:.2f}. p minus t is {pushes}; the "
        f"gradient of each row of weights is the picture times that number."
    )


def _sub(k: int) -> str:
    return "₀₁₂₃₄₅₆₇₈₉"[k]
