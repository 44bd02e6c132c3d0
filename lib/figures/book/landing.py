"""The figure of the first page: a handwritten digit seen through a filter."""

from __future__ import annotations

import functools

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.convolution import convolve
from lib.datasets import load_mnist_sample
from lib.figures.style import (
    ACCENT,
    diverging,
    draw_grid,
    draw_image,
    new_figure,
    symmetric_norm,
)
from lib.settings import as_choice, as_integer

__all__ = ["FILTERS", "describe_digit_filter", "draw_digit_filter", "strongest_window"]

_EDGE = np.array([[-1.0, 0.0, 1.0]] * 3)
_STROKE = np.array([[-1.0, -1.0, 2.0], [-1.0, 2.0, -1.0], [2.0, -1.0, -1.0]])

FILTERS = {
    "left edges": _EDGE,
    "top edges": _EDGE.T,
    "rising strokes": _STROKE,
    "falling strokes": _STROKE[:, ::-1],
}


@functools.cache
def _digits() -> dict[int, np.ndarray]:
    """Give the first digit of each class in the offline sample, ``(28, 28)`` each."""
    images, labels = load_mnist_sample()
    return {digit: images[np.argmax(labels == digit), 0] for digit in range(10)}


@functools.cache
def _largest(filter: str) -> float:
    """Give the largest answer of a filter over all digits, so that they share one scale."""
    return max(strongest_window(image, FILTERS[filter])[0].max() for image in _digits().values())


def strongest_window(image: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Return the feature map of one kernel, and the row and column of its largest value.

    Examples
    --------
    >>> step = np.array([[0.0, 0.0, 1.0, 1.0]] * 3)
    >>> strongest_window(step, FILTERS["left edges"])
    (array([[3., 3.]]), 0, 0)
    """
    output = convolve(image[None, None], kernel[None, None], (1, 1), (0, 0))[0, 0]
    row, col = np.unravel_index(np.argmax(output), output.shape)
    return output, int(row), int(col)


def _chosen(digit: int, filter: str) -> tuple[np.ndarray, np.ndarray]:
    as_choice(filter, "filter", FILTERS)
    return _digits()[as_integer(digit, "digit", at_least=0, at_most=9)], FILTERS[filter]


def draw_digit_filter(digit: int, filter: str) -> Figure:
    """Show a digit, a filter, what the filter makes of it, and where it answers most.

    Parameters
    ----------
    digit : int
        0 to 9.
    filter : str
        A key of `FILTERS`.
    """
    image, kernel = _chosen(digit, filter)
    output, row, col = strongest_window(image, kernel)
    figure, (left, middle, right) = new_figure(6.4, 2.8, cols=3, width_ratios=(28, 13, 28))
    draw_image(left, image, title="a handwritten digit")
    draw_grid(middle, kernel, cmap=diverging, norm=symmetric_norm(2 * kernel), title="filter")
    norm = symmetric_norm(limit=_largest(filter))
    draw_image(right, output, cmap=diverging, norm=norm, title="feature map")
    for ax, size in ((left, kernel.shape), (right, (1, 1))):
        frame = Rectangle((col - 0.5, row - 0.5), size[1], size[0], fill=False, ec=ACCENT, lw=2.5)
        ax.add_patch(frame)
    return figure


def describe_digit_filter(digit: int, filter: str) -> str:
    """Say in words what :func:`draw_digit_filter` shows."""
    output, row, col = strongest_window(*_chosen(digit, filter))
    return (
        f"A handwritten {digit}, a 3 by 3 filter that finds {filter}, and the feature map it "
        f"makes: blue where the filter answers, orange where it sees the opposite. Its largest "
        f"value, {output[row, col]:.1f}, comes from the framed window at row {row}, column {col}."
    )
