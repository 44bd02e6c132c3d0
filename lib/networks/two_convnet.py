"""TwoConvNet: two convolutions, each pooled, and one fully connected layer."""

import math

from lib.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from lib.networks.base import Network
from lib.networks.sizes import counts, shape_after, shape_of_image
from lib.settings import as_generator, as_integers


class TwoConvNet(Network):
    """A small network that needs few numbers: its second convolution sees parts of digits.

    ``conv1 – pool1 – relu1 – conv2 – pool2 – relu2 – flatten – output``; the pooling windows are
    2×2, side by side. ReLU after the pooling gives the same as ReLU before it, for a quarter of
    the work: the largest number stays the largest.

    Parameters
    ----------
    input_shape : (int, int, int), default (1, 28, 28)
        ``(C, H, W)`` of one image.
    num_filters : (int, int), default (10, 20)
        Filters of the two convolutions.
    filter_size : int, default 5
        Rows and columns of a filter.
    output_size : int, default 10
        Classes.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, output_size)``

    Raises
    ------
    ValueError
        If there are not two numbers of filters, or a filter or a pooling window does not fit into
        the image.

    Notes
    -----
    A form of the small networks that introduce PyTorch on MNIST. It descends from LeNet: LeCun et
    al., *Gradient-based learning applied to document recognition* (1998).

    Examples
    --------
    >>> import numpy as np
    >>> network = TwoConvNet()
    >>> network(np.zeros((2, 1, 28, 28), np.float32)).shape
    (2, 10)
    >>> network.output.in_features, network.parameter_count()
    (320, 8490)
    """

    def __init__(
        self,
        input_shape=(1, 28, 28),
        num_filters=(10, 20),
        filter_size=5,
        output_size=10,
        *,
        rng=None,
    ):
        input_shape = shape_of_image(input_shape)
        first, second = as_integers(num_filters, "num_filters", 2, at_least=1)
        filter_size, output_size = counts(filter_size=filter_size, output_size=output_size)
        rng = as_generator(rng)
        features = {
            "conv1": Conv2d(input_shape[0], first, filter_size, rng=rng),
            "pool1": MaxPool2d(2),
            "relu1": ReLU(),
            "conv2": Conv2d(first, second, filter_size, rng=rng),
            "pool2": MaxPool2d(2),
            "relu2": ReLU(),
        }
        pixels = math.prod(shape_after(features.values(), input_shape))
        super().__init__(**features, flatten=Flatten(), output=Linear(pixels, output_size, rng=rng))
