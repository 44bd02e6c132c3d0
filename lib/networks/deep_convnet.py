"""DeepConvNet: six small convolutions, three poolings, two fully connected layers."""

import math

from lib.layers import Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from lib.networks.base import Network
from lib.networks.sizes import counts, shape_after, shape_of_image
from lib.settings import as_generator, as_integers

# The fourth convolution makes the image larger, 14 to 16, so that it halves evenly to the end.
PADDINGS = ((1, 1), (1, 2), (1, 1))


class DeepConvNet(Network):
    """Three blocks of two 3×3 convolutions and a pooling: a small VGG, for digits.

    ``conv – relu – conv – relu – pool``, three times; then
    ``flatten – hidden – hidden_relu – dropout – output``.

    Parameters
    ----------
    input_shape : (int, int, int), default (1, 28, 28)
        ``(C, H, W)`` of one image.
    num_filters : (int, int, int), default (16, 32, 64)
        Filters of the two convolutions of each block.
    hidden_size : int, default 50
        Outputs of the first fully connected layer.
    output_size : int, default 10
        Classes.
    dropout : float, default 0.5
        Probability that a hidden number is dropped in training.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, output_size)``

    Raises
    ------
    ValueError
        If there are not three numbers of filters, a pooling window does not fit into the image, or
        `dropout` is no probability below 1.

    Notes
    -----
    Saito's network has one more dropout, after the last layer; without it the logits are the
    network's own. Source: Saito, *Deep Learning from Scratch* (2016), section 8.1.

    Examples
    --------
    >>> import numpy as np
    >>> network = DeepConvNet()
    >>> network(np.zeros((2, 1, 28, 28), np.float32)).shape
    (2, 10)
    >>> network.hidden.in_features == 64 * 4 * 4, network.parameter_count()
    (True, 123552)
    """

    def __init__(
        self,
        input_shape=(1, 28, 28),
        num_filters=(16, 32, 64),
        hidden_size=50,
        output_size=10,
        dropout=0.5,
        *,
        rng=None,
    ):
        input_shape = shape_of_image(input_shape)
        num_filters = as_integers(num_filters, "num_filters", len(PADDINGS), at_least=1)
        hidden_size, output_size = counts(hidden_size=hidden_size, output_size=output_size)
        rng = as_generator(rng)
        features, channels = {}, input_shape[0]
        for block, (filters, paddings) in enumerate(zip(num_filters, PADDINGS, strict=True)):
            for i, padding in enumerate(paddings, start=2 * block + 1):
                features[f"conv{i}"] = Conv2d(channels, filters, 3, padding=padding, rng=rng)
                features[f"relu{i}"] = ReLU()
                channels = filters
            features[f"pool{block + 1}"] = MaxPool2d(2)
        pixels = math.prod(shape_after(features.values(), input_shape))
        super().__init__(
            **features,
            flatten=Flatten(),
            hidden=Linear(pixels, hidden_size, rng=rng),
            hidden_relu=ReLU(),
            dropout=Dropout(dropout, rng=rng),
            output=Linear(hidden_size, output_size, rng=rng),
        )
