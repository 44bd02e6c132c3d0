"""Figures that can be touched: they compute in the page, offline, and in JupyterLab."""

from lib.widgets.base import Widget
from lib.widgets.channels import Channels
from lib.widgets.im2col import Im2col
from lib.widgets.microscope import Microscope
from lib.widgets.pooling import Pooling

__all__ = ["Channels", "Im2col", "Microscope", "Pooling", "Widget"]
