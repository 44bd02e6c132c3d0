"""Figures that can be touched: they compute in the page, offline, and in JupyterLab."""

from lib.widgets.base import Widget
from lib.widgets.calculator import Calculator
from lib.widgets.channels import Channels
from lib.widgets.digit import DrawADigit
from lib.widgets.im2col import Im2col
from lib.widgets.kernel_lab import KernelLab
from lib.widgets.microscope import Microscope
from lib.widgets.notation import describe_network
from lib.widgets.pooling import Pooling

__all__ = [
    "Calculator",
    "Channels",
    "DrawADigit",
    "Im2col",
    "KernelLab",
    "Microscope",
    "Pooling",
    "Widget",
    "describe_network",
]
