"""Figures of the chapter *Pooling*."""

from lib.figures.pooling.gradient import RULES, describe_routing, draw_routing, route
from lib.figures.pooling.shift import (
    METHODS,
    change,
    describe_shift,
    downsample,
    draw_changes,
    draw_shift,
    draw_trained,
    move,
)
from lib.figures.pooling.windows import (
    KINDS,
    describe_pooling,
    draw_photographs,
    draw_pooling,
    pool,
    short,
    write_below,
)

__all__ = [
    "KINDS",
    "METHODS",
    "RULES",
    "change",
    "describe_pooling",
    "describe_routing",
    "describe_shift",
    "downsample",
    "draw_changes",
    "draw_photographs",
    "draw_pooling",
    "draw_routing",
    "draw_shift",
    "draw_trained",
    "move",
    "pool",
    "route",
    "short",
    "write_below",
]
