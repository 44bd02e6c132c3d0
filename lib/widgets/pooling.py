"""Pooling: windows and what remains of them, and where the gradient of each output goes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lib.convolution import pad2d
from lib.figures.grids import Panel, draw_panels, number
from lib.layers import AvgPool2d, MaxPool2d
from lib.settings import as_choice, as_flag, as_integer
from lib.widgets.base import Widget
from lib.widgets.rows import as_rows

__all__ = ["Pooling"]

# What fits into a column of the page.
MOST = {"rows": 8, "columns": 8, "kernel": 4, "stride": 4}


class Pooling(Widget):
    """Touch an output and see its window and who won; move the picture; send a gradient back.

    The cells of the input, and of the gradient that comes from above, can be typed into.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    x : (H, W) array or rows of numbers
        The input, at most 8 × 8.
    kind : {"max", "average"}
    kernel, stride : int
        The window is square. At most 4.
    padding : int
        At most half of `kernel`.
    count_include_pad : bool
        Whether an average counts the zeros of the padding.
    shift : (int, int)
        How far the picture has been moved down and right; what leaves it comes in again.
    mode : {"output", "gradient"}
        Which way the figure shows: to the output, or the gradient back.
    dout : (OH, OW) array or rows of numbers
        The gradient of each output, at most 9 × 9. What is too much is not used; where it says
        none it is ``1 + (3 p + q) % 9``, so that neighbors differ.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, has another shape, or is out of range.

    Notes
    -----
    The arithmetic is that of :class:`lib.layers.MaxPool2d` and :class:`lib.layers.AvgPool2d`, for
    one channel.

    Examples
    --------
    >>> figure = Pooling(
    ...     name="what-remains",
    ...     label="What remains of a window.",
    ...     caption="Windows and what remains of them.",
    ...     kernel=3,
    ...     stride=1,
    ... )
    >>> figure.set(padding=1, mode="gradient")
    >>> figure.state["padding"], figure.state["kind"]
    (1, 'max')
    """

    kind = "pooling"
    start: ClassVar = {
        "x": [
            [1, 8, 2, 0, 3, 1],
            [8, 3, 0, 5, 1, 2],
            [0, 2, 6, 6, 1, 4],
            [1, 4, 2, 6, 0, 2],
            [7, 1, 0, 3, 9, 5],
            [2, 7, 3, 1, 5, 9],
        ],
        "kind": "max",
        "kernel": 2,
        "stride": 2,
        "padding": 0,
        "count_include_pad": True,
        "shift": [0, 0],
        "mode": "output",
        "dout": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    }

    def check(self, state):
        """Return the state with rows of numbers for arrays, all in range."""
        kernel = as_integer(state["kernel"], "kernel", 1, MOST["kernel"])
        if not isinstance(state["shift"], list | tuple) or len(state["shift"]) != 2:
            raise TypeError(f"shift must be two integers, got {state['shift']!r}")
        return {
            "x": as_rows(state["x"], "x", MOST["rows"], MOST["columns"]),
            "kind": as_choice(state["kind"], "kind", ("max", "average")),
            "kernel": kernel,
            "stride": as_integer(state["stride"], "stride", 1, MOST["stride"]),
            "padding": as_integer(state["padding"], "padding", 0, kernel // 2),
            "count_include_pad": as_flag(state["count_include_pad"], "count_include_pad"),
            "shift": [as_integer(cells, "a number of shift") for cells in state["shift"]],
            "mode": as_choice(state["mode"], "mode", ("output", "gradient")),
            # As large as an output can be: that of windows of 2, padded.
            "dout": as_rows(state["dout"], "dout", MOST["rows"] + 1, MOST["columns"] + 1),
        }

    def still(self):
        """Return the picture of the input and the output, with the first window framed."""
        state = self.state
        x = np.roll(np.array(state["x"]), state["shift"], axis=(0, 1))
        k, p, kind = state["kernel"], state["padding"], state["kind"]
        padded = pad2d(x[None, None], p, -np.inf if kind == "max" else 0.0)[0, 0]
        if min(padded.shape) < k:
            panels = [Panel("input", padded, padding=p)]
            return self.still_of(
                draw_panels(panels), alt=f"A {k} by {k} window does not fit the input."
            )
        layer = self._layer()
        y = layer(x[None, None])[0, 0]
        panels = [Panel("input", padded, [(0, 0, k, k)], p), Panel("output", y, [(0, 0, 1, 1)])]
        alt = (
            f"{kind.capitalize()} pooling of a {x.shape[0]} by {x.shape[1]} input with a {k} by "
            f"{k} window, stride {state['stride']} and padding {p}. The output is "
            f"{y.shape[0]} by {y.shape[1]}; its first number is {number(round(y[0, 0], 2))}."
        )
        if state["mode"] == "gradient":
            dout = np.fromfunction(lambda p, q: 1 + (3 * p + q) % 9, y.shape)
            given = np.array(state["dout"])[: y.shape[0], : y.shape[1]]
            dout[: given.shape[0], : given.shape[1]] = given
            dx = layer.backward(dout[None, None])[0, 0]
            panels = [panels[0], Panel("dout", dout, panels[1].frames), Panel("dx", dx)]
            alt += f" Its gradient, {number(dout.sum())} in all, goes back to the input."
        return self.still_of(draw_panels(panels), alt=alt)

    def _layer(self):
        settings = [self.state[name] for name in ("kernel", "stride", "padding")]
        if self.state["kind"] == "max":
            return MaxPool2d(*settings)
        return AvgPool2d(*settings, count_include_pad=self.state["count_include_pad"])
