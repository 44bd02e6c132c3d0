"""Figures of the pages around the chapters: the first one and the results."""

from lib.figures.book.landing import (
    FILTERS,
    describe_digit_filter,
    draw_digit_filter,
    strongest_window,
)
from lib.figures.book.results import draw_calibration, draw_compared, draw_robustness

__all__ = [
    "FILTERS",
    "describe_digit_filter",
    "draw_calibration",
    "draw_compared",
    "draw_digit_filter",
    "draw_robustness",
    "strongest_window",
]
