"""Take every other pixel: a shortcut without weights."""

from lib.backend import zeros
from lib.layers.base import Layer
from lib.settings import as_integer


class Subsample(Layer):
    """Take every second pixel, or every `stride`-th, and add channels of zeros.

    Parameters
    ----------
    out_channels : int
        At least as many as the input has.
    stride : int, default 2

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, out_channels, OH, OW)``, where OH and OW are H and W divided by the
    stride and rounded up.

    Raises
    ------
    ValueError, TypeError
        If a setting is below 1, or no integer; in the forward pass, if the input has more channels
        than `out_channels`.

    Notes
    -----
    The shortcut of option A in He, Zhang, Ren and Sun, *Deep residual learning for image
    recognition* (2015), section 3.3.

    Examples
    --------
    >>> import numpy as np
    >>> Subsample(2)(np.array([[[[1.0, 2.0, 3.0]]]]))
    array([[[[1., 3.]], [[0., 0.]]]])
    """

    def __init__(self, out_channels, stride=2):
        self.out_channels = as_integer(out_channels, "out_channels", at_least=1)
        stride = as_integer(stride, "stride", at_least=1)
        self.step = (..., slice(None, None, stride), slice(None, None, stride))

    def forward(self, x):
        """Return the chosen pixels, and zeros for the channels that are new."""
        self._check_input(x, ("N", "C", "H", "W"))
        if x.shape[1] > self.out_channels:
            raise ValueError(
                f"Subsample expects at most {self.out_channels} channels, got {x.shape[1]}"
            )
        self.input_shape = x.shape
        pixels = x[self.step]
        out = zeros((x.shape[0], self.out_channels, *pixels.shape[2:]), like=x)
        out[:, : x.shape[1], ...] = pixels
        return out

    def backward(self, dout):
        """Return `dout` where a pixel was taken, 0 elsewhere."""
        dx = zeros(self.input_shape, like=dout)
        dx[self.step] = dout[:, : self.input_shape[1], ...]
        return dx
