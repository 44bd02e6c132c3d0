"""What is measured: each case once, for all contenders."""

from dataclasses import dataclass, replace

import numpy as np

from lib.trained.recipes import RECIPES

OURS = ("library", "compiled")  # with NumPy alone, and with Numba


@dataclass(frozen=True)
class Case:
    """Something to measure.

    Attributes
    ----------
    name : str
        The row of the table.
    kind : {"train", "infer", "layer"}
        One training step of a network, its forward pass in evaluation mode, or both passes of one
        convolution.
    shape : tuple of int
        Of the input, ``(N, C, H, W)``.
    recipe : str
        Whose network it is, in :mod:`lib.trained.recipes`; for a layer not used.
    layer : dict
        The arguments of a convolution.
    contenders : tuple of str
        Who takes part beside those of `OURS`, which do in every case.
    scaling : str
        The quantity that a row of the second table varies, ``""`` in the first.
    """

    name: str
    kind: str
    shape: tuple
    recipe: str = ""
    layer: dict | None = None
    contenders: tuple = ("eager", "channels_last")
    scaling: str = ""

    def images(self):
        """Return the pictures, float32."""
        return np.random.default_rng(0).random(self.shape, dtype=np.float32)

    def labels(self):
        """Return their classes."""
        return np.random.default_rng(1).integers(0, 10, self.shape[0])


def network(title, name, *more):
    """Yield the cases of a network of the book; in the first, `more` contenders take part too."""
    recipe = RECIPES[name]
    image = {"mnist": (1, 28, 28), "cifar10": (3, 32, 32)}[recipe.data]
    n = recipe.batch_size
    step = Case(f"{title}, training step, batch {n}", "train", (n, *image), name)
    yield replace(step, contenders=(*step.contenders, *more))
    for n in (100, 1):
        yield Case(f"{title}, inference, batch {n}", "infer", (n, *image), name)


def convolution(name, shape, out_channels, kernel_size=3, **rest):
    """Return the case of one convolution with the padding that keeps the size."""
    arguments = {"padding": kernel_size // 2, "stride": 1, "groups": 1, **rest}
    layer = {"channels": (shape[1], out_channels), "kernel_size": kernel_size, **arguments}
    return Case(name, "layer", shape, layer=layer)


def varied(quantity, values, shape_of):
    """Return the cases that show how time grows with one quantity."""
    for value in values:
        shape, out_channels, kernel_size = shape_of(value)
        case = convolution(f"{quantity} {value}", shape, out_channels, kernel_size)
        yield Case(case.name, "layer", shape, layer=case.layer, scaling=quantity)


CASES = [
    *network("DeepConvNet", "deep_convnet", "textbook", "floor"),
    *network("ResNet-20", "resnet20_cifar10"),
    *network("VGG", "vgg_cifar10"),
    *network("MobileNet", "mobilenet_cifar10"),
    convolution("3 × 3, 64 → 64 channels, 56 × 56, batch 16", (16, 64, 56, 56), 64),
    convolution("3 × 3, 128 → 128 channels, 28 × 28, batch 16", (16, 128, 28, 28), 128),
    convolution("3 × 3, 256 → 256 channels, 14 × 14, batch 16", (16, 256, 14, 14), 256),
    convolution("3 × 3, 64 → 128 channels, stride 2, batch 16", (16, 64, 56, 56), 128, stride=2),
    convolution("1 × 1, 256 → 64 channels, 28 × 28, batch 16", (16, 256, 28, 28), 64, 1),
    convolution("depthwise 3 × 3, 128 channels, 28 × 28", (32, 128, 28, 28), 128, groups=128),
    convolution(
        "depthwise 3 × 3, stride 2, 128 channels", (32, 128, 28, 28), 128, groups=128, stride=2
    ),
    convolution("4 groups 3 × 3, 128 channels, 28 × 28", (32, 128, 28, 28), 128, groups=4),
    *varied("batch", (1, 4, 16, 64), lambda n: ((n, 32, 28, 28), 32, 3)),
    *varied("channels", (8, 16, 32, 64, 128), lambda c: ((32, c, 28, 28), c, 3)),
    *varied("kernel size", (1, 3, 5, 7), lambda k: ((32, 32, 28, 28), 32, k)),
    *varied("image size", (7, 14, 28, 56), lambda s: ((32, 32, s, s), 32, 3)),
]
