"""The blocks of a ResNet, and the stages built from them.

Source: He, Zhang, Ren and Sun, *Deep residual learning for image recognition* (2015), figure 5 for
the blocks, section 3.3 for the two kinds of shortcut.
"""

from lib.layers import BatchNorm2d, Conv2d, Layer, ReLU, Sequential, Subsample


class Skip(Layer):
    """The way around the convolutions of a block; what both kinds of block share.

    Attributes
    ----------
    skips : bool
        Whether there is that way; without it the block is one of a plain network.
    downsample : Layer or None
        What brings the input to the shape of the output where the two differ.
    """

    def add_skip(self, out, x):
        """Return ``out + x``, with `x` brought to the shape of `out`."""
        if not self.skips:
            return out
        return out + (x if self.downsample is None else self.downsample(x))

    def add_skip_backward(self, dx, dout):
        """Return `dx` plus what comes back by the skip; `dout` is the gradient of the sum."""
        if not self.skips:
            return dx
        return dx + (dout if self.downsample is None else self.downsample.backward(dout))


class BasicBlock(Skip):
    """Two 3×3 convolutions with a skip around them.

    Parameters
    ----------
    in_channels, channels : int
        Channels of the input and of both convolutions.
    stride : int
        Of the first convolution; 2 halves the image.
    rng : numpy.random.Generator
        Draws the initial weights.
    shortcut : callable
        :func:`projection` or :func:`subsampling`.
    skips : bool, default True

    Shape
    -----
    ``(N, in_channels, H, W)`` → ``(N, channels, H / stride, W / stride)``, rounded up
    """

    expansion = 1  # the output has so many times `channels`

    def __init__(self, in_channels, channels, stride, rng, *, shortcut, skips=True):
        self.conv1 = conv(in_channels, channels, 3, stride, rng)
        self.bn1 = BatchNorm2d(channels)
        self.relu1 = ReLU()
        self.conv2 = conv(channels, channels, 3, 1, rng)
        self.bn2 = BatchNorm2d(channels)
        self.skips = skips
        self.downsample = shortcut(in_channels, channels, stride, rng) if skips else None
        self.relu = ReLU()

    def forward(self, x):
        """Return the sum of both ways, after ReLU."""
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(self.add_skip(out, x))

    def backward(self, dout):
        """Take the lines of the forward pass from the last to the first."""
        dout = self.relu.backward(dout)
        dx = self.conv2.backward(self.bn2.backward(dout))
        dx = self.conv1.backward(self.bn1.backward(self.relu1.backward(dx)))
        return self.add_skip_backward(dx, dout)


class Bottleneck(Skip):
    """A 1×1 convolution to few channels, a 3×3 one, a 1×1 one to many, and a skip around them.

    Parameters
    ----------
    in_channels, channels : int
        Channels of the input and of the first two convolutions.
    stride, rng, shortcut, skips
        As for :class:`BasicBlock`.
    stride_in_1x1 : bool, default False
        Let the first convolution have the stride rather than the second.

    Shape
    -----
    ``(N, in_channels, H, W)`` → ``(N, 4 * channels, H / stride, W / stride)``, rounded up
    """

    expansion = 4

    def __init__(
        self, in_channels, channels, stride, rng, *, shortcut, skips=True, stride_in_1x1=False
    ):
        first, second = (stride, 1) if stride_in_1x1 else (1, stride)
        out_channels = self.expansion * channels
        self.conv1 = conv(in_channels, channels, 1, first, rng)
        self.bn1 = BatchNorm2d(channels)
        self.relu1 = ReLU()
        self.conv2 = conv(channels, channels, 3, second, rng)
        self.bn2 = BatchNorm2d(channels)
        self.relu2 = ReLU()
        self.conv3 = conv(channels, out_channels, 1, 1, rng)
        self.bn3 = BatchNorm2d(out_channels)
        self.skips = skips
        self.downsample = shortcut(in_channels, out_channels, stride, rng) if skips else None
        self.relu = ReLU()

    def forward(self, x):
        """Return the sum of both ways, after ReLU."""
        out = self.relu1(self.bn1(self.conv1(x)))
        out = self.relu2(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(self.add_skip(out, x))

    def backward(self, dout):
        """Take the lines of the forward pass from the last to the first."""
        dout = self.relu.backward(dout)
        dx = self.conv3.backward(self.bn3.backward(dout))
        dx = self.conv2.backward(self.bn2.backward(self.relu2.backward(dx)))
        dx = self.conv1.backward(self.bn1.backward(self.relu1.backward(dx)))
        return self.add_skip_backward(dx, dout)


def conv(in_channels, out_channels, kernel_size, stride, rng):
    """Return a convolution that keeps the size; its bias is that of the normalization after it."""
    padding = kernel_size // 2
    return Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False, rng=rng)


def projection(in_channels, out_channels, stride, rng):
    """Return a learned shortcut, option B of the source, or None where the shape stays."""
    if stride == 1 and in_channels == out_channels:
        return None
    return Sequential(conv(in_channels, out_channels, 1, stride, rng), BatchNorm2d(out_channels))


def subsampling(in_channels, out_channels, stride, rng):
    """Return a shortcut without weights, option A of the source, or None where the shape stays."""
    if stride == 1 and in_channels == out_channels:
        return None
    return Subsample(out_channels, stride)


def stage(block, count, in_channels, channels, stride, rng, **settings):
    """Return blocks one after another; the first changes the channels and the size."""
    blocks = [block(in_channels, channels, stride, rng, **settings)]
    while len(blocks) < count:
        blocks.append(block(block.expansion * channels, channels, 1, rng, **settings))
    return Sequential(*blocks)
