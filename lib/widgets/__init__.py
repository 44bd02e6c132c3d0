"""Figures that can be touched: they compute in the page, offline, and in JupyterLab."""

from lib.widgets.base import Widget
from lib.widgets.microscope import Microscope

__all__ = ["Microscope", "Widget"]
