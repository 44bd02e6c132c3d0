"""Figure of the chapter *From pixels to predictions*: both passes through a 2–2–2 network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable_area
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import ACCENT, BLANK, INK, MUTED
from lib.layers import Linear, ReLU
from lib.losses import SoftmaxCrossEntropy, softmax
from lib.settings import as_integer

__all__ = ["STEPS", "TinyNetwork", "both_ways", "describe_graph", "draw_graph"]

# What each step back computes, and from what.
STEPS = (
    "forward: values alone",
    "dz = p − t",
    "dW₂ = dzᵀ a,  db₂ = dz",
    "da = dz W₂",
    "du = da where u > 0, else 0",
    "dW₁ = duᵀ x,  db₁ = du",
)
_SHOWN_AT = {"z": 1, "w2": 2, "b2": 2, "a": 3, "u": 4, "w1": 5, "b1": 5}
_GRADIENT = "#B35806"  # white text on it reads
_X, _U, _A, _Z, _P = 0.35, 2.3, 2.95, 4.85, 5.6  # columns, in inches
_ROWS = (3.05, 1.4)
_HALF = 0.23  # of a box
_BIAS = 0.6  # so far below its unit


class TinyNetwork(NamedTuple):
    """Two inputs, two hidden units, two classes, and the true class of the input."""

    x: np.ndarray  # (2,)
    w1: np.ndarray  # (2, 2)
    b1: np.ndarray  # (2,)
    w2: np.ndarray  # (2, 2)
    b2: np.ndarray  # (2,)
    label: int


def both_ways(network: TinyNetwork) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return every number of the network and the gradient of the loss with respect to it.

    Parameters
    ----------
    network : TinyNetwork

    Returns
    -------
    values, gradients : dict of str to array
        By the names of the chapter: ``x``, ``w1``, ``b1``, ``u``, ``a``, ``w2``, ``b2``, ``z``;
        among the values also ``p`` and ``loss``.
    """
    first, second = (Linear(2, 2).astype("float64") for _ in range(2))
    first.weight.data[:], first.bias.data[:] = network.w1, network.b1
    second.weight.data[:], second.bias.data[:] = network.w2, network.b2
    relu = ReLU()
    x = np.array([network.x], float)
    u = first(x)
    a = relu(u)
    z = second(a)
    loss, dz = SoftmaxCrossEntropy()(z, np.array([network.label]))
    da = second.backward(dz)
    du = relu.backward(da)
    dx = first.backward(du)
    values = {"x": x[0], "u": u[0], "a": a[0], "z": z[0], "p": softmax(z)[0], "loss": loss}
    gradients = {"x": dx[0], "u": du[0], "a": da[0], "z": dz[0]}
    for name, layer in (("1", first), ("2", second)):
        values |= {f"w{name}": layer.weight.data, f"b{name}": layer.bias.data}
        gradients |= {f"w{name}": layer.weight.grad, f"b{name}": layer.bias.grad}
    return values, gradients


def draw_graph(network: TinyNetwork, step: int) -> Figure:
    """Show a network with a value on each wire and, below it, the gradients found so far.

    Touching a box sets the control ``step`` to the one that finds its gradient.

    Parameters
    ----------
    network : TinyNetwork
    step : int
        How many of the :data:`STEPS` back were made; what the last one found has a frame.
    """
    step = as_integer(step, "step", at_least=0, at_most=len(STEPS) - 1)
    values, gradients = both_ways(network)
    figure = blank_figure(6.3, 4.05)
    ax = place_axes(figure, 0, 0, 6.3, 4.05)
    ax.set(xlim=(0, 6.3), ylim=(0, 4.05))
    ax.axis("off")

    def box(x, y, name, place, title=None):
        found = _SHOWN_AT[name] <= step
        gradient = gradients[name][place] if found else None
        _box(ax, x, y, values[name][place], gradient, title, _SHOWN_AT[name] == step)
        sides = (x - _HALF, x + _HALF, y - _HALF, y + _HALF)
        touchable_area(ax, *sides, step=_SHOWN_AT[name])

    for first, second, name in ((_X, _U, "w1"), (_A, _Z, "w2")):
        for j, i in np.ndindex(2, 2):
            ends = (first, _ROWS[i]), (second, _ROWS[j])
            on = step == {"w1": 5, "w2": 3}[name]
            ax.plot(*zip(*ends, strict=True), color=ACCENT if on else MUTED, lw=1 + on, zorder=1)
    for y in _ROWS:
        ax.plot((_U, _A), (y, y), color=ACCENT if step == 4 else MUTED, lw=1 + (step == 4))
        ax.plot((_Z, _P), (y, y), color=ACCENT if step == 1 else MUTED, lw=1 + (step == 1))
    for first, second, name in ((_X, _U, "w1"), (_A, _Z, "w2")):
        for j, i in np.ndindex(2, 2):
            along = 0.56 if i == j else 0.29  # so that no two boxes meet
            at = [a + along * (b - a) for a, b in ((first, second), (_ROWS[i], _ROWS[j]))]
            box(*at, name, (j, i))
    for k, y in enumerate(_ROWS):
        _box(ax, _X, y, values["x"][k], None, f"x{_sub(k)}", False, whole=True)
        box(_U, y, "u", k, f"u{_sub(k)}")
        box(_A, y, "a", k, f"a{_sub(k)}")
        box(_Z, y, "z", k, f"z{_sub(k)}")
        _box(ax, _P, y, values["p"][k], None, f"p{_sub(k)}", False, whole=True)
        for x, name, label in ((_U, "b1", "b₁"), (_Z, "b2", "b₂")):
            ax.plot((x, x), (y, y - _BIAS), color=MUTED, lw=1, zorder=1)
            box(x, y - _BIAS, name, k)
            ax.text(x + _HALF + 0.05, y - _BIAS, f"{label}[{k}]", va="center", size=9)
        ax.text(_P + 0.3, y, f"t{_sub(k)} = {int(k == network.label)}", va="center", size=9)
    title = f"loss: −log p{_sub(network.label)} = {values['loss']:.3f}"
    ax.text(6.25, 3.9, title, ha="right", va="center", size=10)
    ax.text(0.05, 3.9, "value above, gradient below", va="center", size=10)
    for x, name in ((_X + 0.56 * (_U - _X), "W₁"), (_A + 0.56 * (_Z - _A), "W₂")):
        ax.text(x, _ROWS[0] + _HALF + 0.04, name, ha="center", va="bottom", size=10)
    ax.text(3.15, 0.1, _equation(values, gradients, step), ha="center", va="bottom", size=11)
    return figure


def _box(ax, x, y, value, gradient, title, framed, whole=False) -> None:
    """Draw a value and, in the lower half, its gradient if it is known."""
    y -= _HALF / 2 * whole
    halves = ((y, BLANK), (y - _HALF, BLANK if gradient is None else _GRADIENT))
    for bottom, ground in halves[: 1 if whole else 2]:
        half = Rectangle((x - _HALF, bottom), 2 * _HALF, _HALF, fc=ground, ec=MUTED, lw=0.8)
        half.set_zorder(3)
        ax.add_patch(half)
    style = {"ha": "center", "va": "center_baseline", "zorder": 5, "size": 10}
    ax.text(x, y + _HALF / 2 + 0.01, _short(value), color=INK, **style)
    if gradient is not None:
        ax.text(x, y - _HALF / 2 + 0.01, _short(gradient), color="#FFFFFF", **style)
    if framed:
        corner = (x - _HALF, y - _HALF)
        ax.add_patch(Rectangle(corner, 2 * _HALF, 2 * _HALF, fill=False, ec=ACCENT, lw=3, zorder=4))
    if title:
        ax.text(x, y + _HALF + 0.04, title, ha="center", va="bottom", size=10)


def _equation(values, gradients, step: int) -> str:
    """Write one of the sums of a step with its numbers."""
    v, g = values, gradients
    n = _number
    sums = (
        f"z₀ = {n(v['w2'][0, 0])}·{n(v['a'][0])} + {n(v['w2'][0, 1])}·{n(v['a'][1])} "
        f"+ {n(v['b2'][0])} = {n(v['z'][0])}",
        f"dz₀ = p₀ − t₀ = {n(v['p'][0])} − {n(v['p'][0] - g['z'][0])} = {n(g['z'][0])}",
        f"dW₂[0, 0] = dz₀·a₀ = {n(g['z'][0])}·{n(v['a'][0])} = {n(g['w2'][0, 0])}",
        f"da₀ = dz₀·W₂[0, 0] + dz₁·W₂[1, 0] = {n(g['z'][0])}·({n(v['w2'][0, 0])}) "
        f"+ ({n(g['z'][1])})·{n(v['w2'][1, 0])} = {n(g['a'][0])}",
        f"u₀ > 0: du₀ = da₀ = {n(g['u'][0])};   u₁ ≤ 0: du₁ = {n(g['u'][1])}",
        f"dW₁[0, 1] = du₀·x₁ = {n(g['u'][0])}·{n(v['x'][1])} = {n(g['w1'][0, 1])}",
    )
    return sums[step]


def describe_graph(network: TinyNetwork, step: int) -> str:
    """Say in words what :func:`draw_graph` shows."""
    values, gradients = both_ways(network)
    names = {"w1": "W₁", "w2": "W₂", "b1": "b₁", "b2": "b₂"}
    found = [name for name, at in _SHOWN_AT.items() if at <= step]
    told = "; ".join(
        f"d{names.get(name, name)} is {np.round(gradients[name], 3).tolist()}" for name in found
    )
    hidden, logits = (np.round(values[name], 3).tolist() for name in ("a", "z"))
    known = f"Known so far: {told}." if told else "No gradient is known yet."
    return (
        f"A network of two inputs, two hidden units and two classes. The hidden units give "
        f"{hidden}, the logits are {logits}, and the loss is {values['loss']:.3f}. "
        f"Step {step}, {STEPS[step]}. {known}"
    ).replace("-", "\N{MINUS SIGN}")


def _number(value: float) -> str:
    return number(round(float(value), 3) + 0.0)


def _short(value: float) -> str:
    return number(round(float(value), 2) + 0.0)


def _sub(k: int) -> str:
    return "₀₁"[k]
