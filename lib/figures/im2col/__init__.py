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
    add_rows,
    convolution_matrix,
    describe_added,
    describe_matrix,
    describe_row,
    draw_added,
    draw_matrix,
    draw_row,
    draw_tinted,
    grid_axes,
)
from lib.figures.im2col.row_windows import describe_row_windows, draw_row_windows

__all__ = [
    "CELL",
    "LAYERS",
    "add_rows",
    "convolution_matrix",
    "describe_added",
    "describe_crossover",
    "describe_ladder",
    "describe_matrix",
    "describe_memory",
    "describe_roofline",
    "describe_row",
    "describe_row_windows",
    "draw_added",
    "draw_crossover",
    "draw_ladder",
    "draw_matrix",
    "draw_memory",
    "draw_roofline",
    "draw_row",
    "draw_row_windows",
    "draw_tinted",
    "grid_axes",
    "memory",
]
