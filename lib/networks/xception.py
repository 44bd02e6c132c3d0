"""Xception: separable convolutions with skips, from end to end."""

import math

from lib.backend import full
from lib.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    Sequential,
)
from lib.networks.base import Network
from lib.networks.sizes import counts, scaled
from lib.settings import as_generator

# Filters of the separable convolutions of each block with a skip, figure 5 of the source; all but
# the eight in the middle halve the image.
BLOCKS = (
    *((128, 128), (256, 256), (728, 728)),
    *(8 * ((728, 728, 728),)),
    *((728, 1024),),
)
MIDDLE = range(3, 11)
# Keras's settings of batch normalization, in PyTorch's terms: its momentum is 1 less ours.
KERAS = {"eps": 1e-3, "momentum": 0.01}


class Xception(Network):
    """Fourteen blocks of separable convolutions, twelve of them with a skip.

    ``block1 – block2 – ... – block14 – avgpool – dropout – fc``, with the sizes of Keras. Block 1
    has two usual convolutions; 2 to 4 and 13 halve the image; 14 has no skip. The idea: space and
    channels can be looked at one after the other.

    Parameters
    ----------
    num_classes : int, default 1000
    in_channels : int, default 3
    width : float, default 1.0
        Factor on the number of filters; small ones train on a CPU.
    dropout : float, default 0.5
        Probability that a channel's mean is dropped in training.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W at least 7, in the source 299.

    Raises
    ------
    TypeError, ValueError
        If a setting is of another kind, or out of range.

    Notes
    -----
    Keras leaves out the dropout. Source: Chollet, *Xception: deep learning with depthwise separable
    convolutions* (2016), figure 5.

    Examples
    --------
    >>> import numpy as np
    >>> network = Xception(num_classes=10, width=1 / 16)
    >>> network(np.zeros((1, 3, 71, 71), np.float32)).shape
    (1, 10)
    >>> network.parameter_count()
    99386
    """

    def __init__(self, *, num_classes=1000, in_channels=3, width=1.0, dropout=0.5, rng=None):
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        rng = as_generator(rng)
        first, c = scaled([32, 64], width)
        blocks = {
            "block1": Sequential(
                conv1=Conv2d(in_channels, first, 3, stride=2, bias=False, rng=rng),
                bn1=_norm(first),
                relu1=ReLU(),
                conv2=Conv2d(first, c, 3, bias=False, rng=rng),
                bn2=_norm(c),
                relu2=ReLU(),
            )
        }
        for i, entry in enumerate(BLOCKS):
            filters = scaled(entry, width)
            # The first of them gets what a ReLU has passed.
            body = _separable(c, filters, rng, relu_first=i > 0)
            shortcut = None
            if i not in MIDDLE:
                body["pool"] = SameMaxPool2d()
                conv = Conv2d(c, filters[-1], 1, stride=2, bias=False, rng=rng)
                shortcut = Sequential(conv=conv, bn=_norm(filters[-1]))
            blocks[f"block{i + 2}"] = Residual(Sequential(**body), shortcut)
            c = filters[-1]
        filters = scaled((1536, 2048), width)
        blocks["block14"] = Sequential(
            **_separable(c, filters, rng, relu_first=False), relu_last=ReLU()
        )
        super().__init__(
            **blocks,
            avgpool=GlobalAvgPool2d(),
            dropout=Dropout(dropout, rng=rng),
            fc=Linear(filters[-1], num_classes, rng=rng),
        )


class SameMaxPool2d(Layer):
    """Max pooling over 3×3 with stride 2 that halves the size, rounded up.

    What TensorFlow calls "same" padding: an odd image gets a frame on all sides, an even one at its
    end alone.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, OH, OW)``, where OH and OW are H / 2 and W / 2, rounded up.

    Raises
    ------
    ValueError
        In the forward pass, for an input that is not four-dimensional.

    Examples
    --------
    >>> import numpy as np
    >>> SameMaxPool2d()(np.array([[[[1.0, 2.0, 5.0, 4.0]]]]))
    array([[[[5., 5.]]]])
    >>> SameMaxPool2d()(np.array([[[[1.0, 2.0, 5.0]]]]))
    array([[[[2., 5.]]]])
    """

    def __init__(self):
        self.pool = MaxPool2d(3, 2, ceil_mode=True)

    def forward(self, x):
        """Return the maxima."""
        self._check_input(x, ("N", "C", "H", "W"))
        n, c, h, w = x.shape
        self.inside = (..., slice(h % 2, h + h % 2), slice(w % 2, w + w % 2))
        # Before an odd image a row is missing; at the end, `ceil_mode` sees to it.
        padded = full((n, c, h + h % 2, w + w % 2), -math.inf, like=x)
        padded[self.inside] = x
        return self.pool(padded)

    def backward(self, dout):
        """Route each number of `dout` to the first maximum of its window."""
        return self.pool.backward(dout)[self.inside]


def _norm(channels):
    return BatchNorm2d(channels, **KERAS)


def _separable(in_channels, filters, rng, *, relu_first):
    """Return separable convolutions by name, each normalized, with ReLU between."""
    layers = {}
    for i, f in enumerate(filters, start=1):
        if i > 1 or relu_first:
            layers[f"relu{i}"] = ReLU()
        layers[f"sepconv{i}"] = SeparableConv2d(in_channels, f, 3, padding=1, bias=False, rng=rng)
        layers[f"bn{i}"] = _norm(f)
        in_channels = f
    return layers
