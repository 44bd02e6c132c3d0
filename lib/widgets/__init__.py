"""Figures that can be touched: they compute in the page, offline, and in JupyterLab."""

from lib.widgets.base import Widget
from lib.widgets.digit import DrawADigit
from lib.widgets.microscope import Microscope

__all__ = ["DrawADigit", "Microscope", "Widget"]
