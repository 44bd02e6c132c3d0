"""Figures of the chapter *From pixels to predictions*."""

from lib.figures.pixels.cross_entropy import (
    CLASSES,
    LOGITS,
    SCORES,
    describe_many_classes,
    describe_two_classes,
    draw_many_classes,
    draw_two_classes,
    loss_and_slope,
)
from lib.figures.pixels.flattening import (
    describe_shuffled,
    describe_walk,
    draw_shifts,
    draw_shuffled,
    draw_walk,
    draw_weights,
)
from lib.figures.pixels.graph import STEPS, TinyNetwork, both_ways, describe_graph, draw_graph
from lib.figures.pixels.hidden import describe_hidden, draw_hidden
from lib.figures.pixels.scores import describe_scores, describe_step, draw_scores, draw_step

__all__ = [
    "CLASSES",
    "LOGITS",
    "SCORES",
    "STEPS",
    "TinyNetwork",
    "both_ways",
    "describe_graph",
    "describe_hidden",
    "describe_many_classes",
    "describe_scores",
    "describe_shuffled",
    "describe_step",
    "describe_two_classes",
    "describe_walk",
    "draw_graph",
    "draw_hidden",
    "draw_many_classes",
    "draw_scores",
    "draw_shifts",
    "draw_shuffled",
    "draw_step",
    "draw_two_classes",
    "draw_walk",
    "draw_weights",
    "loss_and_slope",
]
