"""Layers: differentiable steps with a forward and a backward pass."""

from lib.layers.activation import ReLU, Sigmoid, Tanh
from lib.layers.base import Layer
from lib.layers.containers import Concat, Residual, Sequential
from lib.layers.convolution import Conv2d
from lib.layers.dropout import Dropout
from lib.layers.linear import Flatten, Linear
from lib.layers.normalization import BatchNorm1d, BatchNorm2d
from lib.layers.pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d

__all__ = [
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Concat",
    "Conv2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "Layer",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
