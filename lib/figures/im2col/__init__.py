"""Figures of the chapter *im2col*."""

from lib.figures.im2col.cost import (
    LAYERS,
    describe_crossover,
    describe_ladder,
    describe_memory,
    describe_roofline,
    draw_crossover,
    draw_ladder,
    draw_memory,
    draw_roofline,
    memory,
)
from lib.figures.im2col.matrices import (
    CELL,
    convolution_matrix,
    describe_matrix,
    draw_matrix,
    draw_tinted,
    grid_axes,
    matrix_lines,
)
from lib.figures.im2col.row_windows import describe_row_windows, draw_row_windows

__all__ = [
    "CELL",
    "LAYERS",
    "convolution_matrix",
    "describe_crossover",
    "describe_ladder",
    "describe_matrix",
    "describe_memory",
    "describe_roofline",
    "describe_row_windows",
    "draw_crossover",
    "draw_ladder",
    "draw_matrix",
    "draw_memory",
    "draw_roofline",
    "draw_row_windows",
    "draw_tinted",
    "grid_axes",
    "matrix_lines",
    "memory",
]
