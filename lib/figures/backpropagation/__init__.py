"""Figures of the chapter *Backpropagation*."""

from lib.figures.backpropagation.forms import (
    SIZE,
    describe_holes,
    draw_holes,
    draw_matrices,
    draw_overlap,
    overlap,
)
from lib.figures.backpropagation.numeric import (
    CURVES,
    describe_numeric,
    draw_numeric,
    numeric_errors,
)
from lib.figures.backpropagation.paths import describe_paths, draw_paths
from lib.figures.backpropagation.scatter_gather import (
    describe_gather,
    describe_scatter,
    draw_gather,
    draw_scatter,
    gradients,
    product,
)

__all__ = [
    "CURVES",
    "SIZE",
    "describe_gather",
    "describe_holes",
    "describe_numeric",
    "describe_paths",
    "describe_scatter",
    "draw_gather",
    "draw_holes",
    "draw_matrices",
    "draw_numeric",
    "draw_overlap",
    "draw_paths",
    "draw_scatter",
    "gradients",
    "numeric_errors",
    "overlap",
    "product",
]
