"""AlexNet: the network that made deep learning the rule for pictures."""

from lib.layers import (
    AdaptiveAvgPool2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
)
from lib.networks.base import Network
from lib.networks.sizes import counts, scaled
from lib.settings import as_flag, as_generator

# Filters, kernel size, stride, padding; the first, the second and the last are pooled.
CONVOLUTIONS = ((64, 11, 4, 2), (192, 5, 1, 2), (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1))
POOLED_CONVOLUTIONS = (0, 1, 4)
NORMALIZED_CONVOLUTIONS = (0, 1)
HIDDEN = 4096
POOLED = 6  # pixels along each side of what the fully connected layers see


class AlexNet(Network):
    """Five convolutions, from large windows to small, and three fully connected layers.

    ``features – avgpool – flatten – classifier``, in the form that PyTorch publishes weights for.
    The max pooling overlaps: windows of 3×3, two pixels apart.

    Parameters
    ----------
    num_classes : int, default 1000
    in_channels : int, default 3
    local_response_norm : bool, default False
        Normalize after the ReLU of the first two convolutions, as the source does. The names of
        the weights stay the same.
    width : float, default 1.0
        Factor on the number of filters and of hidden numbers; small ones train on a CPU.
    dropout : float, default 0.5
        Probability that a number is dropped before each of the first two fully connected layers,
        in training.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W at least 63, in the source 224.

    Raises
    ------
    ValueError
        If a setting is out of range; in the forward pass, if a window does not fit.

    Notes
    -----
    The source spread 96, 256, 384, 384 and 256 filters over two graphics cards that saw only a
    part of each other's channels. This form, for one, has fewer filters, and no groups. Sources:
    Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep convolutional neural
    networks* (2012), section 3; Krizhevsky, *One weird trick for parallelizing convolutional neural
    networks* (2014) for the numbers of filters.

    Examples
    --------
    >>> import numpy as np
    >>> network = AlexNet(num_classes=10, width=1 / 16, local_response_norm=True)
    >>> network(np.zeros((1, 3, 63, 63), np.float32)).shape
    (1, 10)
    >>> [name for name, _ in network.named_parameters()][::4]
    ['features.0.weight', 'features.6.weight', 'features.10.weight', 'classifier.4.weight']
    """

    def __init__(
        self,
        *,
        num_classes=1000,
        in_channels=3,
        local_response_norm=False,
        width=1.0,
        dropout=0.5,
        rng=None,
    ):
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        rng = as_generator(rng)
        local_response_norm = as_flag(local_response_norm, "local_response_norm")
        hidden, *filters = scaled([HIDDEN, *(f for f, *_ in CONVOLUTIONS)], width)
        features, number, channels = {}, 0, in_channels
        for i, (_, *window) in enumerate(CONVOLUTIONS):
            features[str(number)] = Conv2d(channels, filters[i], *window, rng=rng)
            features[str(number + 1)] = ReLU()
            number += 2
            if local_response_norm and i in NORMALIZED_CONVOLUTIONS:
                # A name instead of a number: the numbers of the others stay. The source does not
                # divide its alpha of 1e-4 by the size.
                features[f"norm{i + 1}"] = LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
            if i in POOLED_CONVOLUTIONS:
                features[str(number)] = MaxPool2d(3, 2)
                number += 1
            channels = filters[i]
        super().__init__(
            features=Sequential(**features),
            avgpool=AdaptiveAvgPool2d(POOLED),
            flatten=Flatten(),
            classifier=Sequential(
                Dropout(dropout, rng=rng),
                Linear(channels * POOLED**2, hidden, rng=rng),
                ReLU(),
                Dropout(dropout, rng=rng),
                Linear(hidden, hidden, rng=rng),
                ReLU(),
                Linear(hidden, num_classes, rng=rng),
            ),
        )
