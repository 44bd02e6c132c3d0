"""Figures of the chapter *Making it generalize*."""

from lib.figures.generalize.augmented import (
    CHANGES,
    altered,
    draw_altered,
    draw_worth,
    plain_digits,
)
from lib.figures.generalize.memory import draw_by_heart, draw_wrong_labels, stopped
from lib.figures.generalize.remedies import draw_trade
from lib.figures.generalize.two_weights import (
    EXAMPLE,
    PENALTIES,
    STARTS,
    TARGET,
    descend,
    describe_fits,
    draw_fits,
)
from lib.figures.generalize.voting import chances, draw_samples, draw_votes

__all__ = [
    "CHANGES",
    "EXAMPLE",
    "PENALTIES",
    "STARTS",
    "TARGET",
    "altered",
    "chances",
    "descend",
    "describe_fits",
    "draw_altered",
    "draw_by_heart",
    "draw_fits",
    "draw_samples",
    "draw_trade",
    "draw_votes",
    "draw_worth",
    "draw_wrong_labels",
    "plain_digits",
    "stopped",
]
