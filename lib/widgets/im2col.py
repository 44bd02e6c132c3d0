"""im2col: every window becomes a row of a matrix; col2im adds the rows back, one at a time."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lib.convolution import col2im, im2col, output_size, pad2d
from lib.figures.grids import Panel, draw_panels, number
from lib.settings import as_choice, as_integer
from lib.widgets.base import Widget
from lib.widgets.rows import as_rows

__all__ = ["Im2col"]

# What fits into a column of the page.
MOST = {"size": 5, "kernel": 3, "stride": 3, "padding": 1}
MOST_ROWS = (MOST["size"] + 2 * MOST["padding"]) ** 2


class Im2col(Widget):
    """Touch a window, its row of the matrix or its output, and see the others.

    In the other mode the rows go back to the pixels they came from, one at a time, and each pixel
    shows its sum so far and how many terms it has. The cells of input and filter can be typed into.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    x : (H, W) array or rows of numbers
        The input, at most 5 × 5.
    kernel : (K, K) array or rows of numbers
        The filter, at most 3 × 3.
    stride, padding : int
        At most 3 and 1.
    mode : {"im2col", "col2im"}
    added : int
        How many rows of the matrix have been added back; all, if there are fewer.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, has another shape, or is out of range.

    Notes
    -----
    The arithmetic is that of :func:`lib.convolution.im2col` and :func:`lib.convolution.col2im`, for
    one channel.

    Examples
    --------
    >>> figure = Im2col(
    ...     name="windows-are-rows",
    ...     label="Windows are rows.",
    ...     caption="Each window becomes a row.",
    ...     padding=1,
    ... )
    >>> figure.set(mode="col2im", added=3)
    >>> figure.state["padding"], figure.state["added"]
    (1, 3)
    """

    kind = "im2col"
    start: ClassVar = {
        "x": [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]],
        "kernel": [[1, 0], [2, -1]],
        "stride": 1,
        "padding": 0,
        "mode": "im2col",
        "added": 5,
    }

    def check(self, state):
        """Return the state with rows of numbers for arrays, all in range."""
        kernel = as_rows(state["kernel"], "kernel", MOST["kernel"], MOST["kernel"])
        if len(kernel) != len(kernel[0]):
            raise ValueError(f"kernel must be square, got shape {(len(kernel), len(kernel[0]))}")
        return {
            "x": as_rows(state["x"], "x", MOST["size"], MOST["size"]),
            "kernel": kernel,
            "stride": as_integer(state["stride"], "stride", 1, MOST["stride"]),
            "padding": as_integer(state["padding"], "padding", 0, MOST["padding"]),
            "mode": as_choice(state["mode"], "mode", ("im2col", "col2im")),
            "added": as_integer(state["added"], "added", 0, MOST_ROWS),
        }

    def still(self):
        """Return the picture of the input, the matrix, and what comes of it."""
        state = self.state
        x, kernel = np.array(state["x"])[None, None], np.array(state["kernel"])
        k, p, settings = len(kernel), state["padding"], (state["stride"], state["padding"])
        padded = pad2d(x, p)[0, 0]
        if min(padded.shape) < k:
            alt = f"A {k} by {k} window does not fit the input."
            return self.still_of(draw_panels([Panel("input", padded, padding=p)]), alt=alt)
        matrix, columns = im2col(x, k, *settings), output_size(x.shape[3], k, *settings)
        # The row that is framed: the first, or the one that was added last.
        row = 0 if state["mode"] == "im2col" else max(0, min(state["added"], len(matrix)) - 1)
        top, left = (place * state["stride"] for place in divmod(row, columns))
        whole = (row, 0, 1, k * k)
        panels = [
            Panel("input", padded, [(top, left, k, k)], p),
            Panel(f"windows: row {row}", matrix, [whole]),
        ]
        alt = (
            f"The {len(matrix)} windows of a {x.shape[2]} by {x.shape[3]} input are the rows of a "
            f"matrix. Row {row} holds {', '.join(number(v) for v in matrix[row])}."
        )
        if state["mode"] == "im2col":
            out = matrix @ kernel.ravel()
            place = (*divmod(row, columns), 1, 1)
            panels += [
                Panel("· filter", kernel.reshape(-1, 1)),
                Panel("=", out[:, None], [(row, 0, 1, 1)]),
                Panel("as a map", out.reshape(-1, columns), [place]),
            ]
            alt += f" Times the filter as a column it gives {number(round(out[row], 2))}."
        else:
            some = (np.arange(len(matrix)) < state["added"])[:, None]
            for title, image in (("sum so far", x), ("terms in it", np.ones_like(x))):
                total = col2im(im2col(image, k, *settings) * some, x.shape, k, *settings)[0, 0]
                panels.append(Panel(title, total))
            alt += f" {some.sum()} rows have been added back to the pixels they came from."
        return self.still_of(draw_panels(panels), alt=alt)
