"""Layers: differentiable steps with a forward and a backward pass."""

from lib.layers.activation import LeakyReLU, ReLU, ReLU6, Sigmoid, Softmax, Tanh
from lib.layers.average_pooling import AvgPool2d
from lib.layers.base import Layer
from lib.layers.containers import Concat, Residual, Sequential
from lib.layers.convolution import Conv2d, SeparableConv2d
from lib.layers.dropout import Dropout, Dropout2d
from lib.layers.global_pooling import AdaptiveAvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d
from lib.layers.linear import Flatten, Linear
from lib.layers.normalization import BatchNorm1d, BatchNorm2d, LocalResponseNorm
from lib.layers.normalize import Normalize
from lib.layers.parameter import Buffer, Parameter
from lib.layers.pooling import MaxPool2d
from lib.layers.subsample import Subsample
from lib.layers.transposed import ConvTranspose2d

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Buffer",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Dropout2d",
    "Flatten",
    "GlobalAvgPool2d",
    "GlobalMaxPool2d",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "Normalize",
    "Parameter",
    "ReLU",
    "ReLU6",
    "Residual",
    "SeparableConv2d",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Subsample",
    "Tanh",
]
