"""Dropout."""

import numpy as np

from lib.backend import array_namespace, cast, to_device
from lib.layers.base import Layer
from lib.settings import as_generator, as_number


class Dropout(Layer):
    """In training, set each number to 0 with probability `p` and divide the rest by ``1 - p``.

    The division keeps the expected value ("inverted" dropout), so evaluation changes nothing.

    Parameters
    ----------
    p : float, default 0.5
        Probability of being dropped, ``0 <= p < 1``.
    rng : numpy.random.Generator or int, optional
        Draws what is dropped, on the host; a seed makes one, a fresh one if not given.

    Raises
    ------
    ValueError, TypeError
        If `p` is out of range, or no number.

    Notes
    -----
    Source: Srivastava et al., *Dropout: a simple way to prevent neural networks from
    overfitting* (2014).

    Examples
    --------
    >>> layer = Dropout(0.5, rng=np.random.default_rng(3))
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 0., 2.])
    >>> layer.eval()(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p=0.5, *, rng=None):
        self.p = as_number(p, f"p of {type(self).__name__}", at_least=0, below=1)
        self.rng = as_generator(rng)

    def forward(self, x):
        """Return `x` with numbers dropped in training, `x` itself in evaluation."""
        self._check_input(x)
        self.mask = None
        if not self.training or self.p == 0:
            return x
        kept = self.rng.random(self._mask_shape(x), dtype=np.float32) >= self.p
        # Divided in the dtype of x: 1 / (1 - p) rounded to float32 would spoil float64.
        self.mask = array_namespace(x).astype(to_device(kept, x), x.dtype) / (1 - self.p)
        return x * self.mask

    def backward(self, dout):
        """Drop from `dout` what was dropped from the input."""
        return dout if self.mask is None else dout * cast(self.mask, like=dout)

    def _mask_shape(self, x):
        return x.shape

    def _describe(self):
        return f"p={self.p}"


class Dropout2d(Dropout):
    """In training, drop whole channels: each is set to 0 with probability `p`.

    Neighboring pixels of a channel say nearly the same, so dropping single ones hides little. The
    other channels are divided by ``1 - p``; evaluation changes nothing.

    Parameters
    ----------
    p : float, default 0.5
        Probability of being dropped, ``0 <= p < 1``.
    rng : numpy.random.Generator or int, optional
        Draws what is dropped, on the host; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → the same

    Raises
    ------
    ValueError, TypeError
        If `p` is out of range, or no number; in the forward pass, for an input that is not
        four-dimensional.

    Notes
    -----
    `SpatialDropout2D` in Keras. Source: Tompson et al., *Efficient object localization using
    convolutional networks* (2015), section 3.2.

    Examples
    --------
    >>> layer = Dropout2d(0.5, rng=np.random.default_rng(3))
    >>> layer(np.ones((1, 3, 1, 2)))[0]
    array([[[2., 2.]],
           [[0., 0.]],
           [[0., 0.]]])
    """

    def forward(self, x):
        """Return `x` with channels dropped in training, `x` itself in evaluation."""
        self._check_input(x, ("N", "C", "H", "W"))
        return super().forward(x)

    def _mask_shape(self, x):
        return (*x.shape[:2], 1, 1)
