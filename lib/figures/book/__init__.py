"""Figures of the pages around the chapters: those of the results."""

from lib.figures.book.results import draw_calibration, draw_compared, draw_robustness

__all__ = ["draw_calibration", "draw_compared", "draw_robustness"]
