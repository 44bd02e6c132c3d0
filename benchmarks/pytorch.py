"""The cases in PyTorch: eager mode, in either of its memory formats."""

import torch
from torch import nn


def make(case, memory_format):
    """Return a function that does the case once.

    Parameters
    ----------
    case : Case
    memory_format : torch.memory_format
    """
    images = torch.from_numpy(case.images()).to(memory_format=memory_format)
    if case.kind == "layer":
        return layer_passes(case, images, memory_format)
    network = {"DeepConvNet": deep_convnet, "ResNet18": resnet18}[case.network]()
    network = network.to(memory_format=memory_format)
    if case.kind == "infer":
        network.eval()

        def infer():
            with torch.inference_mode():
                network(images)

        return infer
    labels = torch.from_numpy(case.labels())
    optimizer = torch.optim.Adam(network.parameters(), fused=True)

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return step


def layer_passes(case, images, memory_format):
    """Return both passes of one layer."""
    arguments = dict(case.layer)
    layer = nn.Conv2d(*arguments.pop("channels"), **arguments).to(memory_format=memory_format)
    images.requires_grad_()
    dout = torch.ones_like(layer(images))

    def passes():
        images.grad = None
        layer.zero_grad()
        layer(images).backward(dout)

    return passes


def deep_convnet():
    """Return DeepConvNet."""
    layers = []
    channels = [(1, 16, 1), (16, 16, 1), (16, 32, 1), (32, 32, 2), (32, 64, 1), (64, 64, 1)]
    for number, (c, f, padding) in enumerate(channels):
        layers += [nn.Conv2d(c, f, 3, padding=padding), nn.ReLU()]
        if number % 2:
            layers.append(nn.MaxPool2d(2))
    hidden = [nn.Flatten(), nn.Linear(1024, 50), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*layers, *hidden, nn.Linear(50, 10), nn.Dropout())


class Block(nn.Module):
    """A residual block of two convolutions."""

    def __init__(self, c, f, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(c, f, 3, stride, 1, bias=False),
            nn.BatchNorm2d(f),
            nn.ReLU(),
            nn.Conv2d(f, f, 3, 1, 1, bias=False),
            nn.BatchNorm2d(f),
        )
        self.shortcut = nn.Identity()
        if c != f:
            convolution = nn.Conv2d(c, f, 1, stride, bias=False)
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(f))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet18():
    """Return ResNet-18 for ten classes, as published."""
    layers = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
    ]
    c = 64
    for f, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(c, f, stride), Block(f, f, 1)]
        c = f
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
