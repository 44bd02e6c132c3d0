"""Figure of the chapter *Backpropagation through convolution and pooling*: the third route.

The gradient of a row of pixels as a convolution of the outputs' gradient, one step at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from lib.convolution import output_size
from lib.figures.grids import blank_figure, number, place_axes
from lib.figures.style import ACCENT, diverging, draw_grid, symmetric_norm
from lib.settings import as_integer

__all__ = ["STEPS", "describe_third_route", "draw_third_route"]

STEPS = ("holes", "turned kernel", "remainder")
_SIZE, _KERNEL = 6, (1.0, -1.0, 2.0)
_WIDE, _TALL, _CELL = 6.3, 3.35, 0.43  # inches
_TOPS = {"dy": 0.1, "v": 0.85, "w, turned": 1.4, "dx": 2.25}


class _Route(NamedTuple):
    """One row of pixels on its third route, up to a step."""

    dy: np.ndarray
    inner: np.ndarray  # dy with holes
    border: int  # zeros on each side, or entries to cut
    rest: int
    row: np.ndarray  # what is drawn: inner and the zeros around it
    dx: np.ndarray  # nan where the step gives none


def _route(step, stride, padding) -> _Route:
    step = as_integer(step, "step", at_least=1, at_most=len(STEPS))
    count = output_size(_SIZE, len(_KERNEL), stride, padding)
    dy = 2.0 * np.arange(count) + 1
    inner = np.zeros((count - 1) * stride + 1)
    inner[::stride] = dy
    span = len(_KERNEL) - 1
    border, rest = span - padding, (_SIZE + 2 * padding - span - 1) % stride
    before, after = border, border + rest * (step == 3)
    if step == 1:
        return _Route(dy, inner, border, rest, inner, np.full(_SIZE, np.nan))
    row = np.pad(inner, (max(before, 0), max(after, 0)))
    kept = row[max(-before, 0) : len(row) - max(-after, 0)]
    dx = np.full(_SIZE, np.nan)
    slid = np.correlate(kept, _KERNEL[::-1], "valid") + 0.0
    dx[: len(slid)] = slid
    return _Route(dy, inner, border, rest, row, dx)


def draw_third_route(step, stride, padding) -> Figure:
    """Show how the gradient of six pixels comes from dy with holes and the turned kernel.

    Parameters
    ----------
    step : int
        1 puts holes between the numbers, 2 turns the kernel and slides it, 3 adds the remainder.
    stride, padding : int
        Of the convolution of six pixels with three weights.
    """
    route = _route(step, stride, padding)
    before, after = _frame(route, step)
    figure = blank_figure(_WIDE, _TALL)
    # The numbers of dy and the pixels stay where they are from step to step.
    last = _route(len(STEPS), stride, padding)
    base = 1.05 + _CELL * (11 - len(last.row)) / 2
    start = base + _CELL * (max(last.border, 0) - max(before, 0))
    first = base + _CELL * max(-last.border, 0)  # where the kept part begins

    def line(array, left, name, **options):
        margin, top = 0.05 * _CELL, _TOPS[name]  # draw_grid leaves it on each side
        box = (_CELL * (len(array) + 0.1), _CELL * 1.1)
        ax = place_axes(figure, left - margin, top - margin, *box)
        options = {key: np.asarray(mask)[None] for key, mask in options.items()}
        draw_grid(ax, array[None], cmap=diverging, norm=symmetric_norm(limit=24), **options)
        at = (base - 0.15) / _WIDE, 1 - (top + _CELL / 2) / _TALL
        figure.text(*at, name, ha="right", va="center", size=11)
        return ax

    line(route.dy, start + _CELL * max(before, 0), "dy")
    zeros = np.ones(len(route.row), bool)
    zeros[max(before, 0) : max(before, 0) + len(route.inner)] = False
    more = np.zeros(len(route.row), bool)
    if step == 3 and after > 0:
        more[len(more) - min(route.rest, after) :] = route.rest > 0
    ax = line(route.row, start, "v", padding=zeros, hatch=more)
    for k in _cut(route, step):
        for ends in ([-0.45, 0.45], [0.45, -0.45]):
            ax.plot([k - 0.45, k + 0.45], ends, color=ACCENT, lw=1.5, marker="")
    unused = np.arange(_SIZE) >= _SIZE - max(0, route.rest - padding)
    missing = np.isnan(route.dx)
    line(route.dx, first + _CELL, "dx", hatch=unused & ~missing, padding=missing)
    if step > 1:
        line(np.array(_KERNEL[::-1]), first, "w, turned")
        at = (first + 1.5 * _CELL) / _WIDE
        ends = (at, 1 - 1.88 / _TALL), (at, 1 - 2.22 / _TALL)
        look = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
        figure.add_artist(FancyArrowPatch(*ends, **look, color=ACCENT, lw=1.5))
        right = (first + 3 * _CELL + 0.12) / _WIDE
        figure.text(right, 1 - 1.63 / _TALL, "slides with stride 1 →", va="center", size=10)
    figure.text(0.5, 0.05, _said(route, step, stride), ha="center", size=11)
    return figure


def _frame(route, step) -> tuple[int, int]:
    """Give how many zeros stand before and behind; negative where entries are cut."""
    if step == 1:
        return 0, 0
    return route.border, route.border + route.rest * (step == 3)


def _cut(route, step) -> list[int]:
    before, after = _frame(route, step)
    return [*range(max(-before, 0)), *range(len(route.row) - max(-after, 0), len(route.row))]


def _said(route, step, stride) -> str:
    if step == 1:
        holes = stride - 1
        return f"S − 1 = {holes} hole{'s' * (holes != 1)} between two numbers"
    found = np.isfinite(route.dx).sum()
    edge = f"border K − 1 − P = {number(route.border)}" + (": cut" if route.border < 0 else "")
    if step == 2:
        short = f"{found} of 6 numbers" if found < _SIZE else "all 6 numbers"
        return f"{edge};  {short}"
    if route.rest == 0:
        return f"{edge};  no remainder"
    return f"{edge};  remainder {route.rest}, so {route.rest} more at the end"


def describe_third_route(step, stride, padding) -> str:
    """Say in words what :func:`draw_third_route` shows."""
    route = _route(step, stride, padding)
    values = ", ".join(number(v) for v in route.dx if np.isfinite(v))
    text = (
        f"Stride {stride}, padding {padding}. Step {step}, {STEPS[step - 1]}: dy is "
        f"{', '.join(map(number, route.dy))}; v, with the zeros of this step, is "
        f"{', '.join(map(number, route.row))}. "
    )
    if cut := _cut(route, step):
        text += f"{len(cut)} of these are cut off at the ends. "
    if step > 1:
        count = int(np.isfinite(route.dx).sum())
        text += f"The turned kernel 2, −1, 1 slides over it and gives {count} of 6: {values}. "
    return text + f"{_said(route, step, stride)}."
