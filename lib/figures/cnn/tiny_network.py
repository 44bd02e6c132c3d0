"""A network of twelve weights, small enough to be computed by hand, and drawn with every number."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable
from lib.figures.cnn.tiny_formulas import explain, short
from lib.figures.style import ACCENT, MUTED, diverging, symmetric_norm, text_color
from lib.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from lib.losses import SoftmaxCrossEntropy, softmax
from lib.optimizers import SGD
from lib.settings import as_choice, as_integer

__all__ = [
    "IMAGE",
    "KERNEL",
    "LR",
    "NUMBERS",
    "WEIGHT",
    "describe_number",
    "describe_step",
    "draw_number",
    "draw_step",
    "make_tiny_network",
]

# A 7; its logits come out equal, so that every gradient of the first step is a multiple of 1/2.
IMAGE = np.array(
    [[1, 1, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 0, 0, 0]], float
)
KERNEL = np.array([[-1, 1], [-1, 1]], float)
WEIGHT = np.array([[1, 1, 0, 1], [0, 0, 1, -1]], float)
LR = 0.1

# Where each array stands, in cells: columns from the left, rows from the top of the arrays.
_PLACES = {
    "image": (0, 0),
    "conv": (5.8, 0),
    "relu": (10.6, 0),
    "pool": (15.4, 0),
    "logits": (18.4, 0),
    "prob": (21, 0),
    "dconv": (5.8, 5.1),
    "drelu": (10.6, 5.1),
    "dpool": (15.4, 5.1),
    "dlogits": (18.4, 5.1),
    "kernel": (0, 10.2),
    "dkernel": (3.2, 10.2),
    "weight": (7.6, 10.2),
    "dweight": (13.2, 10.2),
}
_SHAPES = {
    "image": (5, 5),
    **dict.fromkeys(("conv", "relu", "dconv", "drelu"), (4, 4)),
    **dict.fromkeys(("pool", "dpool", "kernel", "dkernel"), (2, 2)),
    **dict.fromkeys(("logits", "prob", "dlogits"), (2,)),
    **dict.fromkeys(("weight", "dweight"), (2, 4)),
}
_COMPUTED = (
    *("conv", "relu", "pool", "logits", "prob"),
    *("dlogits", "dweight", "dpool", "drelu", "dconv", "dkernel"),
)
# Every number that is computed, in the order of the two passes: "conv[0, 0]", …, "dkernel[1, 1]".
NUMBERS = tuple(
    f"{name}[{', '.join(map(str, place))}]"
    for name in _COMPUTED
    for place in np.ndindex(_SHAPES[name])
)
# Points. Whole ones keep the page small, because the places of the cells are written so often.
_CELL, _LEFT, _TOP, _WIDTH = 19, 2, 40, 432


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
    arrays, loss = _after(step)
    text = (
        f"A five-by-five picture of a 7 passes through convolution, ReLU, max pooling and a linear "
        f"layer, after {step} steps of training. The network gives the 7 a probability of "
        f"{arrays['prob'][0]:.0%}; the loss is {loss:.2f}."
    )
    if step == 0:
        text += " Below each value stands its gradient; three windows of the image pass any back."
    return text


def draw_step(step: int) -> Figure:
    """Draw all values and gradients of the network after some steps of gradient descent.

    Framed are the windows that pass a gradient on to the kernel.

    Parameters
    ----------
    step : int
        How many steps with learning rate 0.1 were taken before.
    """
    arrays, loss = _after(step)
    steps = "1 step" if step == 1 else f"{step} steps"
    title = f"After {steps}: loss {loss:.2f}" if step else f"Before the first step: loss {loss:.2f}"
    figure, axes = _draw_arrays(arrays, title)
    for p, q in np.argwhere(arrays["dconv"]):
        _frame(axes, "image", p, q, size=2)
    return figure


def describe_number(number: str) -> str:
    """Say in words what :func:`draw_number` draws."""
    rule, sum_of, _ = _explained(number)
    return f"The tiny network with all its numbers. Framed is {number}: {rule}. {sum_of}."


def draw_number(number: str) -> Figure:
    """Draw all values and gradients before the first step, and how one of them is computed.

    Parameters
    ----------
    number : str
        One of :data:`NUMBERS`. Framed are it and, with dashes, what it is computed from.
    """
    rule, sum_of, sources = _explained(number)
    arrays, loss = _after(0)
    figure, axes = _draw_arrays(arrays, f"loss {loss:.2f}", touch=_COMPUTED, lines=2)
    name, place = _parsed(number)
    for source, *at in sources:
        _frame(axes, source, *at, dashed=True)
    _frame(axes, name, *place)
    bottom = figure.get_figheight() * 72
    axes.text(_LEFT, bottom - 22, f"{number}: {rule}", fontsize=10)
    axes.text(_LEFT, bottom - 5, sum_of, fontsize=10, weight="bold")
    return figure


def _explained(number: str):
    """Return the rule, the sum with its numbers, and the places of what goes into a number."""
    name, place = _parsed(as_choice(number, "number", NUMBERS))
    return explain(_after(0)[0], name, place)


def _parsed(number: str) -> tuple[str, tuple[int, ...]]:
    name, _, place = number.rstrip("]").partition("[")
    return name, tuple(map(int, place.split(",")))


def _after(step: int) -> tuple[dict[str, np.ndarray], float]:
    """Return every array of the network after some steps, by name, and its loss."""
    network = make_tiny_network()
    optimizer = SGD(network, lr=LR)
    for _ in range(as_integer(step, "step", at_least=0)):
        _run(network)
        optimizer.step()
    return _run(network)


def _run(network: Sequential) -> tuple[dict[str, np.ndarray], float]:
    """Run both passes; return every value and gradient by name, and the loss."""
    x, arrays = IMAGE[None, None], {"image": IMAGE}
    names = {"conv": "conv", "relu": "relu", "pool": "pool", "output": "logits"}
    for child, layer in network.children().items():
        x = layer(x)
        if child in names:
            arrays[names[child]] = x[0, 0] if x.ndim == 4 else x[0]
    arrays["prob"] = softmax(x)[0]
    loss, dout = SoftmaxCrossEntropy()(x, np.array([0]))
    for child, layer in reversed(network.children().items()):
        if child in names:
            arrays["d" + names[child]] = dout[0, 0] if dout.ndim == 4 else dout[0]
        dout = layer.backward(dout)
    for name, parameter in (("kernel", network.conv.weight), ("weight", network.output.weight)):
        arrays[name], arrays["d" + name] = (
            part.reshape(_SHAPES[name]).copy() for part in (parameter.data, parameter.grad)
        )
    return arrays, loss


def _draw_arrays(
    arrays: Mapping[str, np.ndarray], title: str, *, touch: Collection[str] = (), lines: int = 0
):
    """Draw every array as cells with numbers; return the figure and its axes, in points."""
    height = _TOP + round(12.3 * _CELL) + 18 * lines
    figure = Figure(figsize=(_WIDTH / 72, height / 72), facecolor="none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, _WIDTH), ylim=(height, 0))
    axes.axis("off")
    axes.text(_WIDTH / 2, 12, title, ha="center", fontsize=10)
    for name in _PLACES:
        array = arrays[name]
        norm = symmetric_norm(limit=max(2.0, float(np.abs(array).max())))
        left, top = _corner(name)
        axes.text(left + _columns(array) * _CELL / 2, top - 4, name, ha="center", fontsize=9)
        for place, value in np.ndenumerate(array):
            x, y = _corner(name, *place)
            color = diverging(norm(value))
            cell = Rectangle((x, y), _CELL, _CELL, fc=color, ec=MUTED, lw=0.8)
            cell.set(joinstyle="round", clip_on=False)
            axes.add_patch(cell)
            if name in touch:
                touchable(cell, number=f"{name}[{', '.join(map(str, place))}]")
            middle = (x + _CELL // 2, y + 13)
            text = short(value)
            size = 8 if len(text) < 4 else 6.5  # in wider cells the six columns would not fit
            axes.text(*middle, text, ha="center", fontsize=size, color=text_color(color[:3]))
    return figure, axes


def _columns(array: np.ndarray) -> int:
    return array.shape[1] if array.ndim == 2 else 1


def _corner(name: str, row: int = 0, column: int = 0) -> tuple[int, int]:
    """Return the upper left corner of a cell, in points."""
    left, top = _PLACES[name]
    return round(_LEFT + (left + column) * _CELL), round(_TOP + (top + row) * _CELL)


def _frame(axes, name: str, row: int, column: int = 0, *, size: int = 1, dashed=False) -> None:
    style = {"ls": (0, (2, 1)), "lw": 1.6} if dashed else {"lw": 2.4}
    corner, side = _corner(name, row, column), size * _CELL
    frame = Rectangle(corner, side, side, fill=False, ec=ACCENT, **style)
    frame.set(joinstyle="round", clip_on=False)
    axes.add_patch(frame)
