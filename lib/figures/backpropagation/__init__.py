"""Figures of the chapter *Backpropagation*."""

from lib.figures.backpropagation.numeric import (
    CURVES,
    describe_numeric,
    draw_numeric,
    numeric_errors,
)
from lib.figures.backpropagation.paths import describe_paths, draw_paths
from lib.figures.backpropagation.pictures import draw_checkerboard, draw_verdicts, overlap
from lib.figures.backpropagation.scatter_gather import (
    describe_gather,
    describe_scatter,
    draw_gather,
    draw_scatter,
    gradients,
    product,
)
from lib.figures.backpropagation.third_route import (
    STEPS,
    describe_third_route,
    draw_third_route,
)

__all__ = [
    "CURVES",
    "STEPS",
    "describe_gather",
    "describe_numeric",
    "describe_paths",
    "describe_scatter",
    "describe_third_route",
    "draw_checkerboard",
    "draw_gather",
    "draw_numeric",
    "draw_paths",
    "draw_scatter",
    "draw_third_route",
    "draw_verdicts",
    "gradients",
    "numeric_errors",
    "overlap",
    "product",
]
