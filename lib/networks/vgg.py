"""VGG: 3×3 convolutions throughout, deeper and deeper, from one table."""

from lib.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from lib.networks.base import Network
from lib.networks.sizes import counts, scaled
from lib.settings import as_choice, as_flag, as_generator, as_integer

# Convolutions in each of the five blocks, by depth; three fully connected layers follow.
CONVOLUTIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
FILTERS = (64, 128, 256, 512, 512)
HIDDEN = 4096


class VGG(Network):
    """Five blocks of 3×3 convolutions, each pooled, then three fully connected layers.

    ``features – avgpool – flatten – classifier``. The windows stay small and the image halves from
    block to block. Two 3×3 convolutions see as far as one 5×5, with 18 weights instead of 25 and a
    ReLU more.

    Parameters
    ----------
    depth : {11, 13, 16, 19}, default 16
        Layers with weights, if no block is left out.
    num_classes : int, default 1000
    in_channels : int, default 3
    batch_norm : bool, default False
        Normalize after each convolution.
    width : float, default 1.0
        Factor on the number of filters and of hidden numbers; small ones train on a CPU.
    dropout : float, default 0.5
        Probability that a hidden number is dropped in training.
    pooled : int, default 7
        Pixels along each side of what the fully connected layers see; 1 suits pictures of 32×32.
    hidden_size : int, optional
        Outputs of the first two fully connected layers; 4096 times `width` if not given.
    blocks : int, default 5
        How many of the five blocks there are. The fifth sees pictures of 32×32 as 2×2 pixels: four
        leave it out, which makes room for more filters in the others.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W at least 32, in the source 224. The adaptive
    pooling brings what is left, 1×1 of 32 pixels and 7×7 of 224, to `pooled`. With a block less, 16
    pixels are enough, and so on.

    Raises
    ------
    TypeError, ValueError
        If there is no VGG of that depth, or a setting is of another kind or out of range.

    Notes
    -----
    The names of the weights, ``features.0.weight`` to ``classifier.6.bias``, are those of PyTorch's
    published files. Source: Simonyan and Zisserman, *Very deep convolutional networks for
    large-scale image recognition* (2014), table 1, columns A, B, D and E.

    Examples
    --------
    >>> import numpy as np
    >>> network = VGG(11, num_classes=10, width=1 / 16)
    >>> network(np.zeros((1, 3, 32, 32), np.float32)).shape
    (1, 10)
    >>> network.parameter_count()
    506306
    """

    def __init__(
        self,
        depth=16,
        *,
        num_classes=1000,
        in_channels=3,
        batch_norm=False,
        width=1.0,
        dropout=0.5,
        pooled=7,
        hidden_size=None,
        blocks=5,
        rng=None,
    ):
        depth = as_choice(as_integer(depth, "depth"), "depth", CONVOLUTIONS)
        blocks = as_integer(blocks, "blocks", at_least=1, at_most=len(FILTERS))
        num_classes, in_channels, pooled = counts(
            num_classes=num_classes, in_channels=in_channels, pooled=pooled
        )
        batch_norm = as_flag(batch_norm, "batch_norm")
        rng = as_generator(rng)
        filters_of_blocks = scaled(FILTERS[:blocks], width)
        features, channels = [], in_channels
        for filters, count in zip(filters_of_blocks, CONVOLUTIONS[depth][:blocks], strict=True):
            for _ in range(count):
                features.append(Conv2d(channels, filters, 3, padding=1, rng=rng))
                features += [BatchNorm2d(filters), ReLU()] if batch_norm else [ReLU()]
                channels = filters
            features.append(MaxPool2d(2))
        (hidden,) = scaled([HIDDEN], width)
        if hidden_size is not None:
            (hidden,) = counts(hidden_size=hidden_size)
        super().__init__(
            features=Sequential(*features),
            avgpool=AdaptiveAvgPool2d(pooled),
            flatten=Flatten(),
            classifier=Sequential(
                Linear(channels * pooled**2, hidden, rng=rng),
                ReLU(),
                Dropout(dropout, rng=rng),
                Linear(hidden, hidden, rng=rng),
                ReLU(),
                Dropout(dropout, rng=rng),
                Linear(hidden, num_classes, rng=rng),
            ),
        )
