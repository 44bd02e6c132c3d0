"""Figures of the chapter *Going deeper*."""

from lib.figures.deeper.fields import (
    describe_effective,
    describe_frames,
    draw_effective,
    draw_frames,
    square_that_holds,
)
from lib.figures.deeper.gradients import (
    describe_learning,
    describe_norms,
    describe_turns,
    draw_learning,
    draw_norms,
    draw_turns,
)
from lib.figures.deeper.paths import count_paths, describe_paths, draw_paths
from lib.figures.deeper.records import describe_depth, draw_depth
from lib.figures.deeper.removal import describe_removal, draw_removal

__all__ = [
    "count_paths",
    "describe_depth",
    "describe_effective",
    "describe_frames",
    "describe_learning",
    "describe_norms",
    "describe_paths",
    "describe_removal",
    "describe_turns",
    "draw_depth",
    "draw_effective",
    "draw_frames",
    "draw_learning",
    "draw_norms",
    "draw_paths",
    "draw_removal",
    "draw_turns",
    "square_that_holds",
]
