"""MobileNet, version 2: inverted residuals, with the skip between their narrow ends."""

from lib.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    GlobalAvgPool2d,
    Layer,
    Linear,
    ReLU6,
    Sequential,
)
from lib.networks.base import Network
from lib.networks.mobilenet_v1 import PadEnd
from lib.networks.sizes import counts
from lib.settings import as_flag, as_generator, as_number

# Expansion, filters, blocks, stride of the first: table 2 of the source.
BLOCKS = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
# Keras's settings of batch normalization, in PyTorch's terms: its momentum is 1 less ours.
KERAS = {"eps": 1e-3, "momentum": 0.001}


class MobileNetV2(Network):
    """Seventeen blocks with the skip between their narrow ends.

    ``features – avgpool – classifier``. A block widens 6 times by a 1×1 convolution, goes across
    space depthwise, and narrows by a 1×1 convolution without ReLU, which would lose too much where
    channels are few. Where the shape stays there is a skip around it.

    Parameters
    ----------
    num_classes : int, default 1000
    in_channels : int, default 3
    width : float, default 1.0
        Factor on the number of filters, rounded to multiples of 8; `width_mult` in PyTorch, `alpha`
        in Keras. Above 1 the last features grow with it, below they stay 1280.
    dropout : float, default 0.2
        Probability that one of the last features is dropped in training.
    like_keras : bool, default False
        Where the image is halved, pad it at its end alone if its size is even, and normalize with
        Keras's settings (`eps` 1e-3), as weights from there expect.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W of any size, in the source 224.

    Raises
    ------
    TypeError, ValueError
        If a setting is of another kind, or out of range.

    Notes
    -----
    The names of the weights, ``features.0.0.weight`` to ``classifier.1.bias``, are those of
    PyTorch's published files. Source: Sandler et al., *MobileNetV2: inverted residuals and linear
    bottlenecks* (2018), table 2.

    Examples
    --------
    >>> import numpy as np
    >>> network = MobileNetV2(num_classes=10, width=1 / 4)
    >>> network(np.zeros((1, 3, 64, 64), np.float32)).shape
    (1, 10)
    >>> network.parameter_count()
    250922
    """

    def __init__(
        self,
        *,
        num_classes=1000,
        in_channels=3,
        width=1.0,
        dropout=0.2,
        like_keras=False,
        rng=None,
    ):
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        width = as_number(width, "width", above=0)
        rng = as_generator(rng)
        c, last = _by_eight(32 * width), _by_eight(1280 * max(1.0, width))
        make = _Maker(as_flag(like_keras, "like_keras"), rng)
        features = [make.conv(in_channels, c, 3, stride=2)]
        for expansion, filters, count, first_stride in BLOCKS:
            f = _by_eight(filters * width)
            for i in range(count):
                stride = first_stride if i == 0 else 1
                features.append(InvertedResidual(c, f, expansion, stride, make))
                c = f
        features.append(make.conv(c, last, 1))
        super().__init__(
            features=Sequential(*features),
            avgpool=GlobalAvgPool2d(),
            classifier=Sequential(Dropout(dropout, rng=rng), Linear(last, num_classes, rng=rng)),
        )


class InvertedResidual(Layer):
    """Widen, go across space, narrow; with a skip between the narrow ends where the shape stays.

    Parameters
    ----------
    in_channels, out_channels : int
    expansion : int
        How many times `in_channels` there are in the middle; 1 does not widen.
    stride : int
    make : _Maker

    Shape
    -----
    ``(N, in_channels, H, W)`` → ``(N, out_channels, H / stride, W / stride)``, rounded up

    Notes
    -----
    Source: Sandler et al., *MobileNetV2: inverted residuals and linear bottlenecks* (2018), figure
    4 d. The last convolution has no ReLU6.
    """

    def __init__(self, in_channels, out_channels, expansion, stride, make):
        wide = expansion * in_channels
        widen = [make.conv(in_channels, wide, 1)] if expansion > 1 else []
        self.conv = Sequential(
            *widen,
            make.conv(wide, wide, 3, stride=stride, groups=wide),
            Conv2d(wide, out_channels, 1, bias=False, rng=make.rng),
            make.norm(out_channels),
        )
        self.has_skip = stride == 1 and in_channels == out_channels

    def forward(self, x):
        """Return what the convolutions make of `x`, plus `x` where there is a skip."""
        out = self.conv(x)
        return out + x if self.has_skip else out

    def backward(self, dout):
        """Return what comes back through the convolutions, plus `dout` where there is a skip."""
        dx = self.conv.backward(dout)
        return dx + dout if self.has_skip else dx


class _Maker:
    """Makes the parts of MobileNet v2, all with the same conventions."""

    def __init__(self, like_keras, rng):
        self.like_keras = like_keras
        self.rng = rng

    def norm(self, channels):
        return BatchNorm2d(channels, **(KERAS if self.like_keras else {}))

    def conv(self, in_channels, out_channels, kernel_size, *, stride=1, groups=1):
        """Return convolution, normalization and ReLU6; the numbers are those of PyTorch."""
        pad_end = self.like_keras and stride > 1
        settings = {"stride": stride, "groups": groups, "bias": False, "rng": self.rng}
        settings["padding"] = 0 if pad_end else kernel_size // 2
        layers = {"pad": PadEnd(frame_odd=True)} if pad_end else {}
        layers["0"] = Conv2d(in_channels, out_channels, kernel_size, **settings)
        layers |= {"1": self.norm(out_channels), "2": ReLU6()}
        return Sequential(**layers)


def _by_eight(channels):
    """Return the nearest multiple of 8, but no less than 0.9 of `channels`."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8
