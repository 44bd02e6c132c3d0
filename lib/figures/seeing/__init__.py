"""Figures of the chapter *Seeing what a network learned*."""

from lib.figures.seeing.reasons import (
    describe_by_class,
    describe_shuffled,
    draw_by_class,
    draw_methods,
    draw_shuffled,
)
from lib.figures.seeing.signed_step import describe_signed_step, draw_signed_step
from lib.figures.seeing.tiny import (
    CLASSES,
    FILTERS,
    OUTPUTS,
    PICTURE,
    RULES,
    describe_decision,
    draw_decision,
    tiny_passes,
)
from lib.figures.seeing.units import (
    describe_first_layer,
    describe_patches,
    draw_first_layer,
    draw_maps,
    draw_painted,
    draw_patches,
)

__all__ = [
    "CLASSES",
    "FILTERS",
    "OUTPUTS",
    "PICTURE",
    "RULES",
    "describe_by_class",
    "describe_decision",
    "describe_first_layer",
    "describe_patches",
    "describe_shuffled",
    "describe_signed_step",
    "draw_by_class",
    "draw_decision",
    "draw_first_layer",
    "draw_maps",
    "draw_methods",
    "draw_painted",
    "draw_patches",
    "draw_shuffled",
    "draw_signed_step",
    "tiny_passes",
]
