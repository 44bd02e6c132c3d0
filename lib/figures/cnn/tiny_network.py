"""A network of twelve weights, small enough to be computed by hand, and drawn with every number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.figures.style import diverging, draw_grid, symmetric_norm
from lib.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from lib.losses import SoftmaxCrossEntropy, softmax
from lib.optimizers import SGD
from lib.settings import as_integer

__all__ = [
    "IMAGE",
    "KERNEL",
    "WEIGHT",
    "describe_step",
    "draw_step",
    "draw_tiny_network",
    "make_tiny_network",
]

# A 7; its logits come out equal, so that every gradient of the first step is a multiple of 1/2.
IMAGE = np.array(
    [[1, 1, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0]], float
)
KERNEL = np.array([[-1, 1], [-1, 1]], float)
WEIGHT = np.array([[1, 1, 0, 1], [0, 0, 1, -1]], float)
LR = 0.1

_CELL = 0.27  # inches


def make_tiny_network() -> Sequential:
    """Build the network in float64: one filter, ReLU, max pooling, one linear layer, no biases."""
    network = Sequential(
        conv=Conv2d(1, 1, kernel_size=2, bias=False),
        relu=ReLU(),
        pool=MaxPool2d(2),
        flatten=Flatten(),
        output=Linear(4, 2, bias=False),
    ).astype("float64")
    network.conv.weight.data[0, 0] = KERNEL
    network.output.weight.data[:] = WEIGHT
    return network


def describe_step(step: int) -> str:
    """Say in words what :func:`draw_step` draws."""
    _, values, loss = _after(step)
    p = values[-1][1][0, 0]
    text = (
        f"A five-by-five picture of a 7 passes through convolution, ReLU, max pooling and a linear "
        f"layer, after {step} steps of training. The network gives the 7 a probability of {p:.0%}; "
        f"the loss is {loss:.2f}."
    )
    if step == 0:
        text += " Below each value stands its gradient; three windows of the image pass any back."
    return text


def _after(step: int):
    """Return the network after some steps, its values and gradients, and its loss."""
    network = make_tiny_network()
    optimizer = SGD(network, lr=LR)
    for _ in range(as_integer(step, "step", at_least=0)):
        _run(network)
        optimizer.step()
    return network, *_run(network)


def draw_step(step: int) -> Figure:
    """Draw all values and gradients of the network after some steps of gradient descent.

    Parameters
    ----------
    step : int
        How many steps with learning rate 0.1 were taken before.
    """
    network, values, loss = _after(step)
    used = np.argwhere(values[1][2])
    windows = [(int(p), int(q), 2, 2) for p, q in used]
    kernel, weight = network.conv.weight, network.output.weight
    parameters = [
        ("kernel", kernel.data[0, 0], kernel.grad[0, 0]),
        ("weight", weight.data, weight.grad),
    ]
    steps = "1 step" if step == 1 else f"{step} steps"
    title = f"After {steps}: loss {loss:.2f}" if step else f"Before the first step: loss {loss:.2f}"
    return draw_tiny_network(values, parameters, windows=windows, title=title)


def _run(network: Sequential) -> tuple[list[tuple[str, np.ndarray, np.ndarray | None]], float]:
    """Run both passes; return (name, value, gradient) of every stage, and the loss."""
    outs = [IMAGE[None, None]]
    for layer in network:
        outs.append(layer(outs[-1]))
    loss, dout = SoftmaxCrossEntropy()(outs[-1], np.array([0]))
    douts = [dout]
    for layer in reversed(list(network)):
        douts.insert(0, layer.backward(douts[0]))
    names = ["image", *network.children()]
    values = [
        (name, out[0, 0], None if name == "image" else dout[0, 0])
        for name, out, dout in zip(names, outs, douts, strict=True)
        if out.ndim == 4
    ]
    values.append(("logits", outs[-1].T, douts[-1].T))
    values.append(("p", softmax(outs[-1]).T, None))
    return values, loss


def draw_tiny_network(
    values: Sequence[tuple[str, np.ndarray, np.ndarray | None]],
    parameters: Sequence[tuple[str, np.ndarray, np.ndarray]],
    *,
    windows: Sequence[tuple[int, int, int, int]] = (),
    title: str = "",
) -> Figure:
    """Draw every number of a small network, the gradients below the values.

    Parameters
    ----------
    values : sequence of (name, value, gradient)
        What flows through the network, matrices, in order; a gradient may be ``None``.
    parameters : sequence of (name, value, gradient)
        What the network learns, matrices.
    windows : sequence of (top, left, height, width)
        Windows to frame in the first value.
    title : str, optional
        Above everything.
    """
    top, gap = 1.9, 0.75
    tall = max(value.shape[0] for _, value, _ in values)
    tall_gradient = max(g.shape[0] for _, _, g in values if g is not None)
    rows = [top, top + tall + 1.3, top + tall + tall_gradient + 3.1]
    height = rows[2] + max(value.shape[0] for _, value, _ in parameters) + 0.2
    width = 6 / _CELL
    figure = Figure(figsize=(6, height * _CELL), facecolor="none")

    def place(array, left, row, label, highlight=()):
        h, w = array.shape
        box = (left / width, 1 - (row + h + 0.05) / height, (w + 0.1) / width, (h + 0.1) / height)
        ax = figure.add_axes(box)
        norm = symmetric_norm(limit=max(2.0, float(np.abs(array).max())))
        text = [[_short(v) for v in line] for line in array]
        draw_grid(ax, array, text=text, cmap=diverging, norm=norm, highlight=highlight)
        ax.set_title(label, fontsize=9, pad=3)

    if title:
        figure.text(0.5, 1 - 0.15 / height, title, ha="center", va="top", fontsize=10)
    left = 0.1
    lefts = []
    for name, value, _ in values:
        place(value, left, rows[0], name, windows if not lefts else ())
        lefts.append(left)
        left += max(value.shape[1], 1.6) + gap
    for (name, _, gradient), left in zip(values, lefts, strict=True):
        if gradient is not None:
            place(gradient, left, rows[1], f"d {name}")
    left = 0.1
    for name, value, gradient in parameters:
        place(value, left, rows[2], name)
        left += max(value.shape[1], 1.2) + 0.6
        place(gradient, left, rows[2], f"d {name}")
        left += max(gradient.shape[1], 1.2) + 1.3
    return figure


def _short(value: float) -> str:
    """Write a number in at most four signs: "2", "−.5", ".73", "−1.2"."""
    digits = 2 if abs(value) < 0.995 else 1
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    text = text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
    return "0" if text in ("-0", "", "-") else text.replace("-", "\N{MINUS SIGN}")
