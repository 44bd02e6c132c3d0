"""SimpleConvNet: one convolution, one pooling, two fully connected layers."""

import math

from lib.convolution import output_size
from lib.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from lib.layers.initializers import he_normal, normal
from lib.networks.base import Network
from lib.networks.sizes import counts, shape_of_image
from lib.settings import as_generator, as_integer, as_number


class SimpleConvNet(Network):
    """The smallest network with every part of a CNN.

    ``conv – relu – pool – flatten – hidden – hidden_relu – output``; the pooling windows are 2×2,
    side by side.

    Parameters
    ----------
    input_shape : (int, int, int), default (1, 28, 28)
        ``(C, H, W)`` of one image.
    num_filters : int, default 30
        Filters of the convolution.
    filter_size : int, default 5
        Rows and columns of a filter.
    padding, stride : int, default 0 and 1
        Of the convolution.
    hidden_size : int, default 100
        Outputs of the first fully connected layer.
    output_size : int, default 10
        Classes.
    weight_std : float, optional
        Standard deviation of the initial weights; He's if not given.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, output_size)``

    Raises
    ------
    TypeError, ValueError
        If a setting is of another kind, or out of range; if the filter or the pooling window does
        not fit into the image.

    Notes
    -----
    Source: Saito, *Deep Learning from Scratch* (2016), chapter 7. Built in the chapter *A CNN
    from scratch*.

    Examples
    --------
    >>> import numpy as np
    >>> network = SimpleConvNet()
    >>> network(np.zeros((2, 1, 28, 28), np.float32)).shape
    (2, 10)
    >>> network.parameter_count()
    433890
    """

    def __init__(
        self,
        input_shape=(1, 28, 28),
        num_filters=30,
        filter_size=5,
        padding=0,
        stride=1,
        hidden_size=100,
        output_size=10,
        weight_std=None,
        *,
        rng=None,
    ):
        channels, *image_size = shape_of_image(input_shape)
        num_filters, filter_size, stride, hidden_size, output_size = counts(
            num_filters=num_filters,
            filter_size=filter_size,
            stride=stride,
            hidden_size=hidden_size,
            output_size=output_size,
        )
        padding = as_integer(padding, "padding", at_least=0)
        if weight_std is not None:
            weight_std = as_number(weight_std, "weight_std", at_least=0)
        pooled_size = [_pooled(size, filter_size, stride, padding) for size in image_size]
        start = {
            "rng": as_generator(rng),
            "initializer": he_normal if weight_std is None else normal(weight_std),
        }
        super().__init__(
            conv=Conv2d(channels, num_filters, filter_size, stride, padding, **start),
            relu=ReLU(),
            pool=MaxPool2d(2),
            flatten=Flatten(),
            hidden=Linear(num_filters * math.prod(pooled_size), hidden_size, **start),
            hidden_relu=ReLU(),
            output=Linear(hidden_size, output_size, **start),
        )


def _pooled(size, filter_size, stride, padding):
    """Return the pixels along one axis that convolution and pooling leave."""
    return output_size(output_size(size, filter_size, stride, padding), 2, 2)
