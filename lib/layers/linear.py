"""The fully connected layer, and what leads from images to it."""

import math

import numpy as np

from lib.backend import array_namespace, cast, empty, total
from lib.layers.base import Layer
from lib.layers.initializers import drawn, he_normal
from lib.layers.parameter import Parameter
from lib.settings import as_flag, as_generator, as_integer


class Linear(Layer):
    r"""Every output is a weighted sum of all inputs: :math:`y = x W^T + b`.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool, default True
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.
    initializer : callable, default `he_normal`
        Called as ``initializer(shape, rng)``; see :mod:`lib.layers.initializers`.

    Attributes
    ----------
    weight : Parameter
        ``(out_features, in_features)``
    bias : Parameter or None
        ``(out_features,)``, zeros at the start.

    Shape
    -----
    ``(N, in_features)`` → ``(N, out_features)``

    Raises
    ------
    ValueError, TypeError
        If a number of features is below 1; in the forward pass, for an input of another shape or
        without floating-point numbers.

    Notes
    -----
    `Affine` in Saito's book, `Dense` in Keras; fully connected or dense layer in prose. Derived
    in the chapter *From pixels to predictions*.

    Examples
    --------
    >>> layer = Linear(3, 2)
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, in_features, out_features, bias=True, *, rng=None, initializer=he_normal):
        self.in_features = as_integer(in_features, "in_features", at_least=1)
        self.out_features = as_integer(out_features, "out_features", at_least=1)
        shape = (self.out_features, self.in_features)
        self.weight = drawn(initializer, shape, as_generator(rng))
        bias = as_flag(bias, "bias")
        self.bias = Parameter(np.zeros(self.out_features, np.float32)) if bias else None

    def forward(self, x):
        """Return ``x @ weight.T + bias``."""
        self._check_input(x, ("N", self.in_features))
        self.x = x
        out = x @ cast(self.weight.data, like=x).T
        if self.bias is not None:
            out += cast(self.bias.data, like=x)
        return out

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dout @ weight``."""
        if self.weight.trainable:
            self.weight.grad = dout.T @ self.x
        if self.bias is not None and self.bias.trainable:
            self.bias.grad = total(dout, axis=0)
        return dout @ cast(self.weight.data, like=dout) if self.needs_dx else None

    def _describe(self):
        return f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"


class Flatten(Layer):
    """Write each image as one row of numbers: channels, then rows, then columns.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C * H * W)``

    Raises
    ------
    ValueError, TypeError
        In the forward pass, for an input without examples or without floating-point numbers.

    Examples
    --------
    >>> Flatten()(np.zeros((2, 3, 4, 5))).shape
    (2, 60)
    """

    def forward(self, x):
        """Return `x` with all axes but the first made one."""
        self._check_input(x)
        if len(x.shape) < 2:
            raise ValueError(f"Flatten expects a batch of shape (N, ...), got {tuple(x.shape)}")
        self.x = x
        return array_namespace(x).reshape(x, (x.shape[0], math.prod(x.shape[1:])))

    def backward(self, dout):
        """Return `dout` in the shape of the input, and in memory as the input lies."""
        dx = empty(self.x.shape, like=self.x)
        dx[...] = array_namespace(dout).reshape(dout, self.x.shape)
        return dx
