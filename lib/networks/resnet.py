"""ResNet: blocks with a skip around them, so that depth does not hinder training."""

from lib.layers import BatchNorm2d, GlobalAvgPool2d, Linear, MaxPool2d, ReLU
from lib.networks.base import Network
from lib.networks.residual import BasicBlock, Bottleneck, conv, projection, stage, subsampling
from lib.networks.sizes import counts, scaled
from lib.settings import as_choice, as_flag, as_generator, as_integer

# Blocks in each of the four stages, by depth; the deeper three have bottlenecks.
BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
CHANNELS = (64, 128, 256, 512)
STRIDES = (1, 2, 2, 2)


class ResNet(Network):
    """Four stages of residual blocks, for large pictures.

    ``conv1 – bn1 – relu – maxpool – layer1 – layer2 – layer3 – layer4 – avgpool – fc``. A block of
    ResNet-18 and 34 has two 3×3 convolutions; from 50 on it has a bottleneck: 1×1 to a quarter of
    the channels, 3×3, and 1×1 back. The first block of the stages 2 to 4 halves the image.

    Parameters
    ----------
    depth : {18, 34, 50, 101, 152}, default 18
        Layers with weights, on the longest way.
    num_classes : int, default 1000
    in_channels : int, default 3
    width : float, default 1.0
        Factor on the number of filters; small ones train on a CPU.
    skips : bool, default True
        Without them it is the plain network that ResNet is compared with.
    stride_in_1x1 : bool, default False
        Let the first convolution of a bottleneck halve the image, as the source and Keras do,
        rather than the second, as PyTorch does.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W of any size, in the source 224.

    Raises
    ------
    TypeError, ValueError
        If there is no ResNet of that depth, or a setting is of another kind or out of range.

    Notes
    -----
    The names of the weights, such as ``layer1.0.conv1.weight`` and
    ``layer2.0.downsample.0.weight``, are those of PyTorch's published files. Source: He, Zhang, Ren
    and Sun, *Deep residual learning for image recognition* (2015), table 1, with the shortcuts of
    option B.

    Examples
    --------
    >>> import numpy as np
    >>> network = ResNet(18, num_classes=10, width=1 / 8)
    >>> network(np.zeros((1, 3, 64, 64), np.float32)).shape
    (1, 10)
    >>> network.parameter_count()
    177362
    """

    def __init__(
        self,
        depth=18,
        *,
        num_classes=1000,
        in_channels=3,
        width=1.0,
        skips=True,
        stride_in_1x1=False,
        rng=None,
    ):
        depth = as_choice(as_integer(depth, "depth"), "depth", BLOCKS)
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        skips, stride_in_1x1 = as_flag(skips, "skips"), as_flag(stride_in_1x1, "stride_in_1x1")
        rng = as_generator(rng)
        block, settings = BasicBlock, {"shortcut": projection, "skips": skips}
        if depth >= 50:
            block, settings = Bottleneck, {**settings, "stride_in_1x1": stride_in_1x1}
        channels = scaled(CHANNELS, width)
        stages, c = {}, channels[0]
        for i, count in enumerate(BLOCKS[depth]):
            stages[f"layer{i + 1}"] = stage(
                block, count, c, channels[i], STRIDES[i], rng, **settings
            )
            c = block.expansion * channels[i]
        super().__init__(
            conv1=conv(in_channels, channels[0], 7, 2, rng),
            bn1=BatchNorm2d(channels[0]),
            relu=ReLU(),
            maxpool=MaxPool2d(3, 2, padding=1),
            **stages,
            avgpool=GlobalAvgPool2d(),
            fc=Linear(c, num_classes, rng=rng),
        )


class CIFARResNet(Network):
    """Three stages of residual blocks, for small pictures, of any depth.

    ``conv1 – bn1 – relu – layer1 – layer2 – layer3 – avgpool – fc``. Each stage has
    ``(depth - 2) / 6`` blocks of two 3×3 convolutions. The skips have no weights: where the image
    halves, they take every second pixel and fill the new channels with zeros.

    Parameters
    ----------
    depth : int, default 20
        Layers with weights: 8, 14, 20 ...; the source goes up to 1202.
    num_classes : int, default 10
    in_channels : int, default 3
    width : float, default 1.0
        Factor on the number of filters: 16, 32 and 64.
    skips : bool, default True
        Without them it is the plain network that ResNet is compared with.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W of any size, in the source 32.

    Raises
    ------
    TypeError, ValueError
        If `depth` is not 2 more than a multiple of 6, or a setting is of another kind or out of
        range.

    Notes
    -----
    Source: He, Zhang, Ren and Sun, *Deep residual learning for image recognition* (2015), section
    4.2, with the shortcuts of option A.

    Examples
    --------
    >>> import numpy as np
    >>> network = CIFARResNet(20)
    >>> network(np.zeros((1, 3, 32, 32), np.float32)).shape
    (1, 10)
    >>> network.parameter_count(), CIFARResNet(20, skips=False).parameter_count()
    (269722, 269722)
    """

    def __init__(self, depth=20, *, num_classes=10, in_channels=3, width=1.0, skips=True, rng=None):
        depth = as_integer(depth, "depth", at_least=8)
        if depth % 6 != 2:
            raise ValueError(f"depth must be 8, 14, 20 and so on in steps of 6, got {depth}")
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        skips = as_flag(skips, "skips")
        rng = as_generator(rng)
        channels = scaled((16, 32, 64), width)
        stages, c = {}, channels[0]
        for i, (f, stride) in enumerate(zip(channels, (1, 2, 2), strict=True)):
            stages[f"layer{i + 1}"] = stage(
                BasicBlock, (depth - 2) // 6, c, f, stride, rng, shortcut=subsampling, skips=skips
            )
            c = f
        super().__init__(
            conv1=conv(in_channels, channels[0], 3, 1, rng),
            bn1=BatchNorm2d(channels[0]),
            relu=ReLU(),
            **stages,
            avgpool=GlobalAvgPool2d(),
            fc=Linear(c, num_classes, rng=rng),
        )
