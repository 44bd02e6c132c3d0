"""Figures of the chapter *Pooling*: where the gradient of each output goes."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.pooling.windows import short, write_below
from lib.figures.style import OKABE_ITO, diverging, draw_grid, symmetric_norm
from lib.layers import AvgPool2d, MaxPool2d
from lib.settings import as_choice

__all__ = ["RULES", "describe_routing", "draw_routing", "route"]

RULES = ("max: first winner", "max: ties share", "max: every winner", "average")


def route(x, dout, window, stride, rule) -> np.ndarray:
    """Carry the gradient of each output back to the input, by one of :data:`RULES`.

    "max: every winner" is not a gradient but a mistake: a tie gets the gradient more than once.

    Parameters
    ----------
    x : (H, W) array
    dout : (OH, OW) array
    window, stride : int
    rule : str

    Examples
    --------
    >>> route(np.array([[3.0, 3.0]]), np.array([[1.0]]), (1, 2), 1, "max: ties share")
    array([[0.5, 0.5]])
    """
    as_choice(rule, "rule", RULES)
    if rule in ("max: first winner", "average"):
        layer = (MaxPool2d if rule.startswith("max") else AvgPool2d)(window, stride)
        layer(x[None, None])
        return layer.backward(dout[None, None])[0, 0]
    dx = np.zeros(x.shape)
    kh, kw = (window, window) if np.ndim(window) == 0 else window
    for p, q in np.ndindex(dout.shape):
        place = np.s_[p * stride : p * stride + kh, q * stride : q * stride + kw]
        won = x[place] == x[place].max()
        dx[place] += won * dout[p, q] / (won.sum() if rule == "max: ties share" else 1)
    return dx


def draw_routing(inputs, dout, input, window, rule, output="all", *, stride=2) -> Figure:
    """Show where pooling sends the gradient of its outputs.

    Parameters
    ----------
    inputs : dict of str to (H, W) array
    dout : (OH, OW) array
        The gradient of each output; the same shape for every window.
    input : str
        A key of `inputs`.
    window : int
    rule : str
        One of :data:`RULES`.
    output : str
        "all", or one output as "row, column": then the gradient of that one alone.
    stride : int
    """
    x = np.asarray(inputs[as_choice(input, "input", inputs)], float)
    sent = _sent(dout, output)
    dx = route(x, sent, window, stride, rule)
    hatch = np.ones(x.shape, bool)
    reach = [(count - 1) * stride + window for count in dout.shape]
    hatch[: reach[0], : reach[1]] = False
    h, w = x.shape
    figure = blank_figure(6.3, 2.75)
    left = place_axes(figure, 0, 0.3, 0.42 * w, 0.42 * h)
    middle = place_axes(figure, 2.55, 0.3, 0.5 * dout.shape[1], 0.5 * dout.shape[0])
    right = place_axes(figure, 4.05, 0.3, 0.42 * w, 0.42 * h)
    chosen = [tuple(map(int, place)) for place in np.argwhere(sent)]
    winners = [] if rule == "average" else np.argwhere(dx)
    draw_grid(
        left,
        x,
        cmap=diverging,
        norm=symmetric_norm(2 * x),
        hatch=hatch,
        highlight=[(i, j, 1, 1) for i, j in winners],
        title="input x",
    )
    for p, q in chosen:
        corner = (q * stride - 0.5, p * stride - 0.5)
        frame = Rectangle(corner, window, window, fill=False, ec=OKABE_ITO[0], lw=2, ls=(0, (4, 2)))
        left.add_patch(frame)
    colors = {"cmap": diverging, "norm": symmetric_norm(limit=1.5 * float(dout.max()))}
    frames = [(p, q, 1, 1) for p, q in chosen] if output != "all" else ()
    draw_grid(middle, dout, highlight=frames, title="dout", **colors)
    write_below(middle, f"sent back: {number(sent.sum())}")
    text = [[short(v) if v else "0" for v in row] for row in dx]
    draw_grid(right, dx, text=text, hatch=hatch, title="gradient dx", **colors)
    write_below(right, f"arrived: {short(dx.sum())}")
    return figure


def _sent(dout: np.ndarray, output: str) -> np.ndarray:
    places = {f"{p}, {q}": (p, q) for p, q in np.ndindex(dout.shape)}
    if as_choice(output, "output", ("all", *places)) == "all":
        return np.asarray(dout, float)
    sent = np.zeros(dout.shape)
    sent[places[output]] = dout[places[output]]
    return sent


def describe_routing(inputs, dout, input, window, rule, output="all", *, stride=2) -> str:
    """Say in words what :func:`draw_routing` shows."""
    sent = _sent(dout, output)
    x = np.asarray(inputs[as_choice(input, "input", inputs)], float)
    dx = route(x, sent, window, stride, rule)
    reached = np.argwhere(dx)
    listed = "; ".join(f"{short(dx[i, j])} at row {i}, column {j}" for i, j in reached)
    which = "all outputs" if output == "all" else f"output {output}"
    text = (
        f"Input {input}, {window} by {window} windows with stride {stride}; {rule}. The gradient "
        f"of {which}, {number(sent.sum())} in all, reaches {len(reached)} pixels: {listed}."
    )
    if not np.isclose(dx.sum(), sent.sum()):
        text += f" They add up to {short(dx.sum())}: ties were counted more than once."
    return text
