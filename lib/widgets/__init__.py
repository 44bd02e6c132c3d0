"""Figures that can be touched: they compute in the page, offline, and in JupyterLab."""

from lib.widgets.base import Widget
from lib.widgets.calculator import Calculator
from lib.widgets.kernel_lab import KernelLab
from lib.widgets.microscope import Microscope
from lib.widgets.notation import describe_network

__all__ = ["Calculator", "KernelLab", "Microscope", "Widget", "describe_network"]
