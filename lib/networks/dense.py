"""MLP: fully connected layers alone, the network that a CNN is compared with."""

import math

from lib.layers import Dropout, Flatten, Linear, ReLU
from lib.networks.base import Network
from lib.networks.sizes import counts
from lib.settings import as_generator, as_integers


class MLP(Network):
    """A multi-layer perceptron with one hidden layer.

    ``flatten – hidden – relu – dropout – output``. The first step writes each image as one row of
    numbers, so the network does not know which pixels are neighbors: shuffled in the same way,
    the images would be as good.

    Parameters
    ----------
    input_shape : tuple of int, default (1, 28, 28)
        Of one image.
    hidden_size : int, default 128
        Outputs of the hidden layer.
    output_size : int, default 10
        Classes.
    dropout : float, default 0.2
        Probability that a hidden number is dropped in training.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` or ``(N, C * H * W)`` → ``(N, output_size)``

    Raises
    ------
    ValueError
        If `dropout` is no probability below 1; in the forward pass, for images of another size.

    Notes
    -----
    Source: Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*
    (1986). Built in the chapter *From pixels to predictions*.

    Examples
    --------
    >>> import numpy as np
    >>> network = MLP()
    >>> network(np.zeros((2, 1, 28, 28), np.float32)).shape
    (2, 10)
    >>> network.parameter_count()
    101770
    """

    def __init__(
        self, input_shape=(1, 28, 28), hidden_size=128, output_size=10, dropout=0.2, *, rng=None
    ):
        hidden_size, output_size = counts(hidden_size=hidden_size, output_size=output_size)
        input_shape = as_integers(input_shape, "input_shape", at_least=1)
        rng = as_generator(rng)
        super().__init__(
            flatten=Flatten(),
            hidden=Linear(math.prod(input_shape), hidden_size, rng=rng),
            relu=ReLU(),
            dropout=Dropout(dropout, rng=rng),
            output=Linear(hidden_size, output_size, rng=rng),
        )
