"""Channels: what one filter adds up over the channels of its input, number by number."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lib.figures.convolution import describe_channels, draw_channels
from lib.settings import as_integer, as_number
from lib.widgets.base import Widget
from lib.widgets.rows import as_rows

__all__ = ["Channels"]

# What fits into a column of the page.
MOST = {"channels": 4, "filters": 4, "size": 5}
KERNELS = (1, 3)


class Channels(Widget):
    """Touch an output of a feature map and see what each channel, and the bias, gives to it.

    The reader chooses how many channels, filters and groups there are, and the cells of the
    channels, filters and biases can be typed into.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    x : (C, H, W) array or nested lists of numbers
        The input, at most 4 channels, from 3 × 3 to 5 × 5 pixels.
    weight : (F, C / groups, K, K) array or nested lists of numbers
        At most 4 filters, of 1 × 1 or 3 × 3.
    bias : (F,) array or numbers, or None
    groups : int
        Divides C and F.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, has another shape, or is out of range.

    Notes
    -----
    The arithmetic is that of :class:`lib.layers.Conv2d`, with stride 1 and without padding.

    Examples
    --------
    >>> figure = Channels(
    ...     name="one-slice-each",
    ...     label="A filter has a slice for each channel.",
    ...     caption="A filter of three slices.",
    ...     bias=None,
    ... )
    >>> np.shape(figure.state["weight"])
    (2, 3, 3, 3)
    """

    kind = "channels"
    start: ClassVar = {
        "x": [
            [[0, 3, 1, 4], [1, 0, 4, 3], [2, 2, 2, 2], [3, 4, 0, 1]],
            [[0, 2, 4, 1], [2, 0, 3, 1], [4, 3, 2, 1], [1, 1, 1, 1]],
            [[0, 1, 2, 3], [3, 0, 2, 4], [1, 4, 2, 0], [4, 3, 2, 1]],
        ],
        "weight": [
            [
                [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
                [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
                [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
            ],
            [
                [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
                [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
                [[1, -1, 1], [-1, 1, -1], [1, -1, 1]],
            ],
        ],
        "bias": [1, -2],
        "groups": 1,
    }

    def check(self, state):
        """Return the state with nested lists of numbers for arrays, all in range."""
        x = _stacked(state["x"], "x", "a channel", MOST["channels"], MOST["size"])
        if min(len(x[0]), len(x[0][0])) < max(KERNELS):
            raise ValueError(f"x must be at least 3 × 3 pixels, got shape {np.shape(x)}")
        filters = as_list(state["weight"], "weight", "filters", MOST["filters"])
        weight = [
            _stacked(slices, f"filter {f}", "a slice", MOST["channels"], max(KERNELS))
            for f, slices in enumerate(filters)
        ]
        groups = as_integer(state["groups"], "groups", 1)
        if len(x) % groups or len(weight) % groups:
            raise ValueError(
                f"groups must divide the numbers of channels and of filters, "
                f"got {groups} for {len(x)} and {len(weight)}"
            )
        kernel = len(weight[0][0])
        expected = (len(x) // groups, kernel, kernel)
        for f, slices in enumerate(weight):
            if kernel not in KERNELS or np.shape(slices) != expected:
                raise ValueError(
                    f"a filter must have shape (C / groups, K, K), here ({expected[0]}, K, K) with "
                    f"the same K of 1 or 3 for all, got {np.shape(slices)} for filter {f}"
                )
        bias = state["bias"]
        if bias is not None:
            bias = as_list(bias, "bias", "numbers", MOST["filters"])
            bias = [as_number(number, "a number of bias") for number in bias]
            if len(bias) != len(weight):
                raise ValueError(
                    f"bias must have a number for each of {len(weight)} filters, got {len(bias)}"
                )
        return {"x": x, "weight": weight, "bias": bias, "groups": groups}

    def still(self):
        """Return the picture of the first output of the first feature map."""
        x, weight = np.array(self._state["x"]), np.array(self._state["weight"])
        # The filters as they would be without groups: zeros for the channels they do not see.
        filters, slices, *kernel_size = weight.shape
        dense = np.zeros((filters, len(x), *kernel_size))
        for f in range(filters):
            first = f * self._state["groups"] // filters * slices
            dense[f, first : first + slices] = weight[f]
        bias = 0 if self._state["bias"] is None else self._state["bias"][0]
        return self.still_of(
            draw_channels(x, dense, bias=bias),
            alt=describe_channels(x, dense, bias=bias),
        )


def as_list(values, name, things, most):
    """Return a list, or an array as one, of at least one thing and at most so many.

    Raises
    ------
    TypeError
        If it is no list.
    ValueError
        If it is empty or too long.
    """
    values = values.tolist() if isinstance(values, np.ndarray) else values
    if not isinstance(values, list | tuple):
        raise TypeError(f"{name} must be a list of {things}, got {values!r}")
    if not 1 <= len(values) <= most:
        raise ValueError(f"{name} must hold 1 to {most} {things}, got {len(values)}")
    return list(values)


def _stacked(tables, name, part, most, most_size):
    """Return a list of equally large tables of numbers."""
    tables = [
        as_rows(rows, f"{part} of {name}", most_size, most_size)
        for rows in as_list(tables, name, f"{part.partition(' ')[2]}s", most)
    ]
    if len({np.shape(rows) for rows in tables}) > 1:
        shapes = ", ".join(str(np.shape(rows)) for rows in tables)
        raise ValueError(f"all of {name} must be equally large, got shapes {shapes}")
    return tables
