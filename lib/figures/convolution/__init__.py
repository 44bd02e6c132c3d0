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
    describe_edges,
    draw_edges,
    edge_strength,
    load_temple,
    make_kernel,
)
from lib.figures.convolution.sharing import describe_sharing, draw_sharing
from lib.figures.convolution.windows import describe_window, draw_window

__all__ = [
    "KERNELS",
    "Learned",
    "describe_channels",
    "describe_edges",
    "describe_learning",
    "describe_sharing",
    "describe_window",
    "draw_channels",
    "draw_edges",
    "draw_filtered",
    "draw_learning",
    "draw_sharing",
    "draw_window",
    "edge_strength",
    "load_temple",
    "make_kernel",
]
