"""Figure of the chapter *Backpropagation through convolution and pooling*: paths to the loss."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from lib.convolution import convolve
from lib.explore import touchable
from lib.figures.backpropagation.scatter_gather import product
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import ACCENT, BLANK, INK, MUTED
from lib.settings import as_choice

__all__ = ["describe_paths", "draw_paths"]


def _paths(x, w, dout, stride, name):
    """List ``(h, p, i)`` of the products that a number reaches, and the terms of its gradient."""
    as_choice(
        name, "of", [*(f"x[{h}]" for h in range(len(x))), *(f"w[{i}]" for i in range(len(w))), "b"]
    )
    every = [(p * stride + i, p, i) for p in range(len(dout)) for i in range(len(w))]
    kind, _, place = name.rstrip("]").partition("[")
    if kind == "b":
        return [], [(f"dy[{p}]", number(d)) for p, d in enumerate(dout)], sum(dout)
    chosen = [path for path in every if path[0 if kind == "x" else 2] == int(place)]
    factor = {"x": lambda h, i: (f"w[{i}]", w[i]), "w": lambda h, i: (f"x[{h}]", x[h])}[kind]
    terms, total = [], 0
    for h, p, i in chosen:
        other, value = factor(h, i)
        total += dout[p] * value
        terms.append((f"dy[{p}]·{other}", product(dout[p], value)))
    return chosen, terms, total


def _equation(x, w, dout, stride, name) -> str:
    _, terms, total = _paths(x, w, dout, stride, name)
    if not terms:
        return f"d{name} = 0: no window reaches it"
    names, values = (" + ".join(part) for part in zip(*terms, strict=True))
    return f"d{name} = {names} = {values} = {number(total)}"


def draw_paths(x, w, target, stride, of) -> Figure:
    """Show every path from one number through a convolution of one row to the loss.

    A touch of a number of `x`, or of a weight, sets `of`.

    Parameters
    ----------
    x, w : (H,) and (K,) array
        A row of integers and a kernel.
    target : (OH,) array
        What the output should be; the loss is half the squared error.
    stride : int
    of : str
        Whose gradient: ``"x[2]"``, ``"w[0]"`` or ``"b"``.
    """
    y = convolve(*(np.asarray(a, float)[None, None, None] for a in (x, w)), (1, stride), (0, 0))
    y = y[0, 0, 0]
    dout = y - target
    chosen, _, _ = _paths(x, w, dout, stride, of)
    kind, _, place = of.rstrip("]").partition("[")
    figure = blank_figure(6.3, 3.5)
    ax = place_axes(figure, 0, 0, 6.3, 3.5)
    ax.set(xlim=(0, 6.3), ylim=(0, 3.5))
    ax.axis("off")
    x_at = [(1.0 + 0.9 * h, 2.95) for h in range(len(x))]
    y_at = [(x_at[p * stride + len(w) // 2][0], 1.75) for p in range(len(y))]
    loss_at = (sum(at[0] for at in y_at) / len(y_at), 0.8)

    live = {p for _, p, _ in chosen} or (set(range(len(y))) if of == "b" else set())
    for p in range(len(y)):
        _edge(ax, y_at[p], loss_at, f"dy[{p}] = {number(dout[p])}", p in live)
        for i in range(len(w)):
            h = p * stride + i
            on = (h, p, i) in chosen
            chip = _edge(ax, x_at[h], y_at[p], number(w[i]), on, chip=True, through=kind == "x")
            touchable(chip, of=f"w[{i}]")
    for h, at in enumerate(x_at):
        on = h in [c[0] for c in chosen] or (kind == "x" and h == int(place))
        unused = not _used(h, len(y), len(w), stride)
        touchable(_node(ax, at, f"x[{h}]", number(x[h]), on, unused), of=f"x[{h}]")
    for p, at in enumerate(y_at):
        _node(ax, at, f"y[{p}]", number(y[p]), p in live)
    _node(ax, loss_at, "L", number((dout**2).sum() / 2), True)
    ax.text(3.15, 0.15, _equation(x, w, dout, stride, of), ha="center", va="center", size=11)
    return figure


def _used(h, out_size, kernel_size, stride) -> bool:
    return any(0 <= h - p * stride < kernel_size for p in range(out_size))


def _edge(ax, upper, lower, label, on, *, chip=False, through=True) -> Circle | None:
    """Draw a line, or where the gradient flows an arrow: to its upper end, or to the chip on it.

    Returns the chip.
    """
    color = ACCENT if on else MUTED
    top, bottom = np.array([upper[0], upper[1] - 0.2]), np.array([lower[0], lower[1] + 0.2])
    middle = (top + bottom) / 2
    if on and not through:
        ax.annotate("", top, middle, arrowprops=_arrow(MUTED))
        top = middle
    ax.annotate("", top, bottom, arrowprops=_arrow(ACCENT, "-|>", 2.5) if on else _arrow(MUTED))
    if chip:
        drawn = ax.add_patch(Circle(middle, 0.16, fc=BLANK, ec=color, lw=1 + 1.5 * on, zorder=4))
        text = ax.text(*middle, label, ha="center", va="center_baseline", size=9)
        text.set(color=INK, zorder=5)
    else:
        side, ha = (-0.2, "right") if upper[0] < lower[0] else (0.2, "left")
        text = ax.text(middle[0] + side, middle[1] - 0.1, label, ha=ha, va="center", size=10)
    text.set_fontweight("bold" if on else "normal")
    return drawn if chip else None


def _arrow(color, style="-", width=0.8) -> dict:
    return {"arrowstyle": style, "color": color, "lw": width, "shrinkA": 0, "shrinkB": 0}


def _node(ax, at, name, value, on, unused=False) -> Rectangle:
    corner = (at[0] - 0.2, at[1] - 0.2)
    look = {"fc": BLANK, "ec": ACCENT if on else MUTED, "lw": 2.5 if on else 0.8}
    box = ax.add_patch(Rectangle(corner, 0.4, 0.4, zorder=3, **look))
    if unused:
        ax.add_patch(Rectangle(corner, 0.4, 0.4, fill=False, ec=MUTED, lw=0, hatch="///", zorder=3))
    ax.text(*at, value, ha="center", va="center_baseline", size=12, color=INK, zorder=5)
    ax.text(at[0] - 0.26, at[1] + 0.02, name, ha="right", va="center", size=10)
    return box


def describe_paths(x, w, target, stride, of) -> str:
    """Say in words what :func:`draw_paths` shows."""
    y = [sum(w[i] * x[p * stride + i] for i in range(len(w))) for p in range(len(target))]
    dout = np.subtract(y, target)
    count = len(_paths(x, w, dout, stride, of)[1])
    paths = "No path leads" if count == 0 else f"{count} path{'s' * (count > 1)} lead"
    paths += "s" if count == 1 else ""
    return (
        f"{len(x)} inputs, {len(y)} outputs and the loss below them, joined by a line for each "
        f"product. {paths} from {of} to the loss. {_equation(x, w, dout, stride, of)}."
    )
