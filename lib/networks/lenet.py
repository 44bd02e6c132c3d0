"""LeNet-5: the network that read checks, as published and as one would write it now."""

import numpy as np

from lib.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from lib.networks.base import Network
from lib.networks.lenet_parts import (
    PartialConv2d,
    RadialBasis,
    ScaledTanh,
    Subsampling,
    lecun_uniform_1998,
)
from lib.networks.sizes import counts
from lib.settings import as_flag, as_generator, as_integer

# Which of the six maps of S2 each of the sixteen filters of C3 sees: three in a row, four in a row,
# two pairs, all. The maps are counted round: after the last comes the first.
CONNECTIONS = (
    *(tuple(sorted((i + j) % 6 for j in (0, 1, 2))) for i in range(6)),
    *(tuple(sorted((i + j) % 6 for j in (0, 1, 2, 3))) for i in range(6)),
    *(tuple(sorted((i + j) % 6 for j in (0, 1, 3, 4))) for i in range(3)),
    tuple(range(6)),
)

# The strokes of each digit, 0 to 9, on a pocket calculator: from "a", the uppermost, around to "f",
# and "g" in the middle.
STROKES = (
    *("abcdef", "bc", "abdeg", "abcdg", "bcfg"),
    *("acdfg", "acdefg", "abc", "abcdefg", "abcdfg"),
)


class LeNet5(Network):
    """Two convolutions, each subsampled, and three fully connected steps, for digits of 32×32.

    As published, ``c1 – s2 – c3 – s4 – c5 – f6 – output`` with a scaled tanh after each but the
    last: the subsampling is learned, the filters of c3 see some of the channels each, and the
    output is a distance to a picture of each digit. The modern form has max pooling, ReLU, full
    connections and a linear output.

    Parameters
    ----------
    modern : bool, default False
    num_classes : int, default 10
        Other than 10 in the modern form alone.
    in_channels : int, default 1
    padding : int, default 0
        Zeros around the image; with 2 it takes images of 28×28, such as MNIST's.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, 32, 32)`` → ``(N, num_classes)``

    Raises
    ------
    ValueError
        If the published form is asked for other than 10 classes; in the forward pass, for images of
        another size.

    Notes
    -----
    The published network learns exactly 60,000 numbers. Its logits are the source's distances with
    the sign turned, so that softmax cross-entropy is the source's equation 9 without the constant
    for rubbish. Source: LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to
    document recognition* (1998), section II.B and table I.

    Examples
    --------
    >>> network = LeNet5()
    >>> network(np.zeros((2, 1, 32, 32), np.float32)).shape
    (2, 10)
    >>> network.parameter_count(), LeNet5(modern=True).parameter_count()
    (60000, 61706)
    """

    def __init__(self, modern=False, *, num_classes=10, in_channels=1, padding=0, rng=None):
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        padding = as_integer(padding, "padding", at_least=0)
        rng = as_generator(rng)
        if as_flag(modern, "modern"):
            layers = _modern(num_classes, in_channels, padding, rng)
        elif num_classes == 10:
            layers = _published(in_channels, padding, rng)
        else:
            raise ValueError(
                f"LeNet5 as published has codes for 10 classes, got num_classes={num_classes}; "
                "LeNet5(modern=True) takes any number"
            )
        super().__init__(**layers)


def _published(in_channels, padding, rng):
    start = {"rng": rng, "initializer": lecun_uniform_1998}
    return {
        "c1": Conv2d(in_channels, 6, 5, padding=padding, **start),
        "tanh1": ScaledTanh(),
        "s2": Subsampling(6),
        "tanh2": ScaledTanh(),
        "c3": PartialConv2d(6, CONNECTIONS, 5, rng=rng),
        "tanh3": ScaledTanh(),
        "s4": Subsampling(16),
        "tanh4": ScaledTanh(),
        "c5": Conv2d(16, 120, 5, **start),
        "tanh5": ScaledTanh(),
        "flatten": Flatten(),
        "f6": Linear(120, 84, **start),
        "tanh6": ScaledTanh(),
        "output": RadialBasis(digit_codes()),
    }


def _modern(num_classes, in_channels, padding, rng):
    return {
        "conv1": Conv2d(in_channels, 6, 5, padding=padding, rng=rng),
        "relu1": ReLU(),
        "pool1": MaxPool2d(2),
        "conv2": Conv2d(6, 16, 5, rng=rng),
        "relu2": ReLU(),
        "pool2": MaxPool2d(2),
        "flatten": Flatten(),
        "fc1": Linear(16 * 5 * 5, 120, rng=rng),
        "relu3": ReLU(),
        "fc2": Linear(120, 84, rng=rng),
        "relu4": ReLU(),
        "fc3": Linear(84, num_classes, rng=rng),
    }


def digit_codes():
    """Return a picture of each digit, 12 rows of 7 pixels, as 84 numbers: 1 for ink, -1 for paper.

    Digits that look alike have codes that are alike. The source drew its pictures by hand; ours are
    those of a pocket calculator, with strokes two pixels wide.

    Examples
    --------
    >>> for row in digit_codes()[4].reshape(12, 7)[::2]:
    ...     print("".join("#" if pixel > 0 else "." for pixel in row))
    ##...##
    ##...##
    ##...##
    #######
    .....##
    .....##
    """
    upper, lower, left, right = slice(0, 7), slice(5, 12), slice(0, 2), slice(5, 7)
    strokes = {
        "a": (slice(0, 2), ...),
        "b": (upper, right),
        "c": (lower, right),
        "d": (slice(10, 12), ...),
        "e": (lower, left),
        "f": (upper, left),
        "g": (slice(5, 7), ...),
    }
    pictures = np.full((10, 12, 7), -1, np.float32)
    for picture, used in zip(pictures, STROKES, strict=True):
        for name in used:
            picture[strokes[name]] = 1
    return pictures.reshape(10, -1)
