"""Figures of the chapter *Pooling*."""

from lib.figures.pooling.shift import (
    aliased,
    describe_aliasing,
    describe_probability,
    draw_aliasing,
    draw_probability,
    move,
)
from lib.figures.pooling.windows import describe_reach, draw_photographs, draw_reach, reach

__all__ = [
    "aliased",
    "describe_aliasing",
    "describe_probability",
    "describe_reach",
    "draw_aliasing",
    "draw_photographs",
    "draw_probability",
    "draw_reach",
    "move",
    "reach",
]
