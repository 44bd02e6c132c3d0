"""Initial weights.

An initializer is called as ``initializer(shape, rng)`` and returns float32 weights; `rng` may be a
generator or a seed. The first
entry of `shape` counts outputs, the others count what each output sums over:
``(out_features, in_features)`` or ``(F, C, KH, KW)``.
"""

import math

import numpy as np

from lib.layers.parameter import Parameter
from lib.settings import as_generator, as_integer, as_number

__all__ = ["fans", "he_normal", "normal", "xavier_normal", "xavier_uniform"]


def fans(shape):
    """Return ``(fan_in, fan_out)``: the inputs of an output, and the outputs of an input.

    Raises
    ------
    ValueError, TypeError
        If `shape` has fewer than two axes, or is no shape.

    Examples
    --------
    >>> fans((16, 3, 5, 5))
    (75, 400)
    """
    if not isinstance(shape, tuple | list):
        raise TypeError(f"shape must be a tuple of integers, got {shape!r}")
    shape = tuple(as_integer(size, "a size of shape", at_least=1) for size in shape)
    if len(shape) < 2:
        raise ValueError(f"weights need at least two axes, got shape {shape}")
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def drawn(initializer, shape, rng):
    """Return a :class:`~lib.layers.parameter.Parameter` of weights that an initializer draws.

    Raises
    ------
    TypeError, ValueError
        If `initializer` cannot be called, or returns no array of the shape that it was asked for.
    """
    if not callable(initializer) or isinstance(initializer, type):
        raise TypeError(
            f"initializer must be called as initializer(shape, rng), got {initializer!r}"
        )
    weights = initializer(shape, rng)
    if not isinstance(weights, np.ndarray) or weights.dtype.kind != "f" or weights.shape != shape:
        given = f"{getattr(weights, 'dtype', weights)!r} of shape {np.shape(weights)}"
        raise ValueError(
            f"initializer must return an array of floating-point numbers of shape {shape}, "
            f"got {given}"
        )
    return Parameter(weights.astype(np.float32, copy=False))


def normal(std):
    """Return an initializer that draws from a normal distribution with mean 0.

    Parameters
    ----------
    std : float
        Standard deviation, at least 0.

    Raises
    ------
    TypeError, ValueError
        If it is none.

    Examples
    --------
    >>> normal(0.01)((2, 3), np.random.default_rng(0)).dtype
    dtype('float32')
    """
    std = as_number(std, "std", at_least=0)

    def initializer(shape, rng):
        weights = as_generator(rng).standard_normal(shape, dtype=np.float32)
        weights *= np.float32(std)  # in place: VGG-16 would need half a gigabyte more
        return weights

    return initializer


def he_normal(shape, rng):
    r"""Draw with standard deviation :math:`\sqrt{2 / n_{in}}`, which suits ReLU.

    The 2 makes up for the half of the numbers that ReLU sets to 0: the signal keeps its size
    through any depth.

    Notes
    -----
    `kaiming_normal_` in PyTorch. Source: He, Zhang, Ren and Sun, *Delving deep into rectifiers*
    (2015), equation 10.

    Examples
    --------
    >>> weights = he_normal((1000, 50), np.random.default_rng(0))
    >>> abs(float(weights.std()) - 0.2) < 0.001
    True
    """
    fan_in, _ = fans(shape)
    return normal(math.sqrt(2 / fan_in))(shape, rng)


def xavier_normal(shape, rng):
    r"""Draw with standard deviation :math:`\sqrt{2 / (n_{in} + n_{out})}`, which suits tanh.

    The derivation takes the activation for linear near 0, with slope 1; sigmoid networks use it
    too. It is a compromise between a signal and a gradient that keep their size.

    Notes
    -----
    `GlorotNormal` in Keras. Source: Glorot and Bengio, *Understanding the difficulty of training
    deep feedforward neural networks* (2010), equation 12.

    Examples
    --------
    >>> weights = xavier_normal((150, 50), np.random.default_rng(0))
    >>> abs(float(weights.std()) - 0.1) < 0.002
    True
    """
    return normal(math.sqrt(2 / sum(fans(shape))))(shape, rng)


def xavier_uniform(shape, rng):
    r"""Draw uniformly from :math:`\pm\sqrt{6 / (n_{in} + n_{out})}`: Xavier's other form.

    Notes
    -----
    `GlorotUniform` in Keras, its default. Source: Glorot and Bengio (2010), equation 16.

    Examples
    --------
    >>> weights = xavier_uniform((3, 3), np.random.default_rng(0))
    >>> bool(abs(weights).max() <= 1)
    True
    """
    limit = math.sqrt(6 / sum(fans(shape)))
    return (as_generator(rng).random(shape, dtype=np.float32) * 2 - 1) * np.float32(limit)
