"""The parts of a ResNet: bodies, shortcuts, and the stages built from them."""

from lib.layers import BatchNorm2d, Conv2d, ReLU, Residual, Sequential, Subsample
from lib.networks.wiring import Wired


def conv(in_channels, out_channels, kernel_size, stride, rng):
    """Return a convolution that keeps the size; its bias is that of the normalization after it."""
    padding = kernel_size // 2
    return Conv2d(
        in_channels, out_channels, kernel_size, stride, padding=padding, bias=False, rng=rng
    )


def stage(count, stride, in_channels, channels, out_channels, body, shortcut, skips, rng):
    """Return blocks one after another; the first changes the channels and the size."""
    blocks = []
    for i in range(count):
        block_stride = stride if i == 0 else 1
        layers = body(in_channels, channels, out_channels, block_stride, rng)
        changes = block_stride > 1 or in_channels != out_channels
        skip = shortcut(in_channels, out_channels, block_stride, rng) if skips and changes else None
        blocks.append(_block(layers, skip, skips))
        in_channels = out_channels
    return Sequential(*blocks)


def _block(layers, downsample, skips):
    """Return ``relu(body(x) + x)``, or ``relu(body(x))`` without skips."""
    body, relu = Sequential(**layers), ReLU()
    named = layers if downsample is None else {**layers, "downsample": downsample}
    flow = Sequential(Residual(body, downsample) if skips else body, relu)
    return Wired(flow, **named, relu=relu)


def basic(in_channels, channels, out_channels, stride, rng):
    """Return the layers of a body of two 3×3 convolutions, by name."""
    return {
        "conv1": conv(in_channels, channels, 3, stride, rng),
        "bn1": BatchNorm2d(channels),
        "relu1": ReLU(),
        "conv2": conv(channels, out_channels, 3, 1, rng),
        "bn2": BatchNorm2d(out_channels),
    }


def bottleneck(stride_in_1x1):
    """Return the function that makes a body of 1×1, 3×3 and 1×1 convolutions, like `basic`."""

    def body(in_channels, channels, out_channels, stride, rng):
        first, second = (stride, 1) if stride_in_1x1 else (1, stride)
        return {
            "conv1": conv(in_channels, channels, 1, first, rng),
            "bn1": BatchNorm2d(channels),
            "relu1": ReLU(),
            "conv2": conv(channels, channels, 3, second, rng),
            "bn2": BatchNorm2d(channels),
            "relu2": ReLU(),
            "conv3": conv(channels, out_channels, 1, 1, rng),
            "bn3": BatchNorm2d(out_channels),
        }

    return body


def projection(in_channels, out_channels, stride, rng):
    """Return a learned shortcut, option B of the source."""
    return Sequential(conv(in_channels, out_channels, 1, stride, rng), BatchNorm2d(out_channels))


def subsampling(in_channels, out_channels, stride, rng):
    """Return a shortcut without weights, option A of the source."""
    return Subsample(out_channels, stride)
