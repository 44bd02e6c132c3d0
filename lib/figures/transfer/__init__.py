"""Figures of the chapter *Transfer*."""

from lib.figures.transfer.accuracy import draw_dense_head, draw_labels, draw_layers, draw_ways
from lib.figures.transfer.by_hand import (
    BIAS,
    MAPS,
    PICTURES,
    WEIGHT,
    describe_code,
    draw_code,
)
from lib.figures.transfer.codes import (
    draw_components,
    draw_neighbors,
    enough_directions,
    neighbors_of,
)
from lib.figures.transfer.moving import draw_drift, draw_rates, shares_of

__all__ = [
    "BIAS",
    "MAPS",
    "PICTURES",
    "WEIGHT",
    "describe_code",
    "draw_code",
    "draw_components",
    "draw_dense_head",
    "draw_drift",
    "draw_labels",
    "draw_layers",
    "draw_neighbors",
    "draw_rates",
    "draw_ways",
    "enough_directions",
    "neighbors_of",
    "shares_of",
]
