"""Figures of the chapter *Convolution*."""

from lib.figures.convolution.filtered import draw_filtered
from lib.figures.convolution.filters import (
    Learned,
    describe_channels,
    describe_learning,
    draw_channels,
    draw_learning,
)
from lib.figures.convolution.kernels import (
    KERNELS,
    describe_photograph,
    draw_edges,
    draw_photograph,
    edge_strength,
    load_photograph,
    make_kernel,
)
from lib.figures.convolution.windows import describe_pixel, describe_window, draw_pixel, draw_window

__all__ = [
    "KERNELS",
    "Learned",
    "describe_channels",
    "describe_learning",
    "describe_photograph",
    "describe_pixel",
    "describe_window",
    "draw_channels",
    "draw_edges",
    "draw_filtered",
    "draw_learning",
    "draw_photograph",
    "draw_pixel",
    "draw_window",
    "edge_strength",
    "load_photograph",
    "make_kernel",
]
