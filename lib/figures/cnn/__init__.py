"""Figures of the chapter *A CNN from scratch*."""

from lib.figures.cnn.layers import draw_layers
from lib.figures.cnn.networks import draw_answer, draw_shapes
from lib.figures.cnn.tiny_network import (
    IMAGE,
    KERNEL,
    LR,
    NUMBERS,
    WEIGHT,
    describe_number,
    describe_step,
    draw_number,
    draw_step,
    make_tiny_network,
)
from lib.figures.cnn.training import draw_filters_in_training, draw_history, draw_training

__all__ = [
    "IMAGE",
    "KERNEL",
    "LR",
    "NUMBERS",
    "WEIGHT",
    "describe_number",
    "describe_step",
    "draw_answer",
    "draw_filters_in_training",
    "draw_history",
    "draw_layers",
    "draw_number",
    "draw_shapes",
    "draw_step",
    "draw_training",
    "make_tiny_network",
]
