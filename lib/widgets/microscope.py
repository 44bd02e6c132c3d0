"""The convolution microscope: an input, a kernel and their output, number by number."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lib.figures.convolution import describe_window, draw_window
from lib.settings import as_integer
from lib.widgets.base import Widget
from lib.widgets.rows import as_rows

__all__ = ["Microscope"]

# What fits into a column of the page.
MOST = {"rows": 9, "columns": 10, "kernel": 5, "stride": 4, "padding": 4, "dilation": 3}


class Microscope(Widget):
    """Touch an output and see its window; touch a pixel and see all outputs that read it.

    The cells of the input and of the kernel can be typed into, or filled from presets.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    x : (H, W) array or rows of numbers
        The input, at most 9 × 10.
    kernel : (KH, KW) array or rows of numbers
        At most 5 × 5.
    stride, padding, dilation : int
        At most 4, 4 and 3.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, has another shape, or is out of range.

    Notes
    -----
    The arithmetic is that of :func:`lib.convolution.convolve`, for one channel.

    Examples
    --------
    >>> figure = Microscope(
    ...     name="one-window",
    ...     label="A window slides.",
    ...     caption="A window and its output.",
    ...     stride=2,
    ... )
    >>> figure.set(padding=1)
    >>> figure.state["stride"], figure.state["padding"]
    (2, 1)
    """

    kind = "microscope"
    start: ClassVar = {
        "x": [[int(c > r) for c in range(7)] for r in range(6)],
        "kernel": [[1, 0, -1]] * 3,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
    }

    def check(self, state):
        """Return the state with rows of numbers for arrays, all in range."""
        return {
            "x": as_rows(state["x"], "x", MOST["rows"], MOST["columns"]),
            "kernel": as_rows(state["kernel"], "kernel", MOST["kernel"], MOST["kernel"]),
            "stride": as_integer(state["stride"], "stride", 1, MOST["stride"]),
            "padding": as_integer(state["padding"], "padding", 0, MOST["padding"]),
            "dilation": as_integer(state["dilation"], "dilation", 1, MOST["dilation"]),
        }

    def still(self):
        """Return the picture of the first window."""
        state = self.state
        x, kernel = np.array(state.pop("x")), np.array(state.pop("kernel"))
        return self.still_of(
            draw_window(x, kernel, **state, room=state["padding"]),
            alt=describe_window(x, kernel, **state),
        )
