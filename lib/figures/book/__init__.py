"""Figures of the pages around the chapters: the map of the first page, and the results."""

from lib.figures.book.map import CHAPTERS, describe_map, draw_map, read_before
from lib.figures.book.results import draw_calibration, draw_compared, draw_robustness

__all__ = [
    "CHAPTERS",
    "describe_map",
    "draw_calibration",
    "draw_compared",
    "draw_map",
    "draw_robustness",
    "read_before",
]
