"""Our networks as PyTorch has them: a function for each kind of layer that the cases hold.

A twin is made from our network, layer by layer and under the same names, so that both are the same
network whatever a recipe says.
"""

from collections import OrderedDict
from functools import singledispatch

import torch
from torch import nn

from lib import layers, optimizers
from lib.networks.mobilenet_v1 import PadEnd
from lib.networks.residual import BasicBlock


@singledispatch
def twin(layer):
    """Return PyTorch's module for a layer of ours, with weights of its own.

    Raises
    ------
    TypeError
        For a kind of layer that no case has yet.
    """
    raise TypeError(f"nothing says how PyTorch calls {type(layer).__name__}")


@twin.register
def _(layer: layers.Sequential):
    return nn.Sequential(_children(layer))


def _children(layer):
    return OrderedDict((name, twin(child)) for name, child in layer.children().items())


@twin.register
def _(layer: layers.Conv2d):
    settings = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups")}
    sizes = layer.in_channels, layer.out_channels, layer.kernel_size
    return nn.Conv2d(*sizes, **settings, bias=layer.bias is not None)


@twin.register
def _(layer: layers.Linear):
    return nn.Linear(layer.in_features, layer.out_features, layer.bias is not None)


@twin.register
def _(layer: layers.BatchNorm2d):
    return nn.BatchNorm2d(layer.num_features, layer.eps, layer.momentum)


@twin.register
def _(layer: layers.MaxPool2d):
    window = layer.kernel_size, layer.stride, layer.padding, layer.dilation
    return nn.MaxPool2d(*window, ceil_mode=layer.ceil_mode)


@twin.register
def _(layer: layers.AdaptiveAvgPool2d):
    return nn.AdaptiveAvgPool2d(layer.output_size)


@twin.register
def _(layer: layers.GlobalAvgPool2d):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


@twin.register
def _(layer: layers.ReLU):
    return nn.ReLU()


@twin.register
def _(layer: layers.ReLU6):
    return nn.ReLU6()


@twin.register
def _(layer: layers.Dropout):
    return nn.Dropout(layer.p)


@twin.register
def _(layer: layers.Flatten):
    return nn.Flatten()


@twin.register
def _(layer: PadEnd):
    return nn.ZeroPad2d((0, 1, 0, 1))  # as for images of even size


@twin.register
def _(layer: layers.Subsample):
    return Subsample(layer.out_channels, layer.step[-1].step)


class Subsample(nn.Module):
    """Every other pixel, and channels of zeros."""

    def __init__(self, out_channels, stride):
        super().__init__()
        self.out_channels, self.stride = out_channels, stride

    def forward(self, x):
        pixels = x[:, :, :: self.stride, :: self.stride]
        return nn.functional.pad(pixels, (0, 0, 0, 0, 0, self.out_channels - x.shape[1]))


@twin.register
def _(layer: BasicBlock):
    return Block(_children(layer))


class Block(nn.Module):
    """A residual block of two convolutions, with a skip."""

    def __init__(self, children):
        super().__init__()
        self.downsample = nn.Identity()
        for name, child in children.items():
            self.add_module(name, child)

    def forward(self, x):
        out = self.relu1(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + self.downsample(x))


def loss_twin(loss):
    """Return PyTorch's loss for our cross-entropy."""
    return nn.CrossEntropyLoss(label_smoothing=loss.label_smoothing)


def optimizer_twin(optimizer, network):
    """Return PyTorch's optimizer for ours, at its fastest, of the parameters of a twin."""
    settings = {"lr": optimizer.lr, "weight_decay": optimizer.weight_decay, "fused": True}
    if type(optimizer) is optimizers.Adam:
        settings |= {"betas": optimizer.betas, "eps": optimizer.eps}
        return torch.optim.Adam(network.parameters(), **settings)
    if type(optimizer) is optimizers.Nesterov:
        settings |= {"momentum": optimizer.momentum, "nesterov": True}
        return torch.optim.SGD(network.parameters(), **settings)
    raise TypeError(f"nothing says how PyTorch calls {type(optimizer).__name__}")
