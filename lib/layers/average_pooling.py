"""Average pooling."""

from lib.backend import cast, full, widened, zeros
from lib.convolution import pad2d, unpad2d
from lib.convolution.windows import window_slices
from lib.layers.pooling import Pool2d
from lib.settings import as_flag


class AvgPool2d(Pool2d):
    r"""Keep the mean of each window.

    .. math:: y_{n c p q} = \frac{1}{K_H K_W} \sum_{i, j} \tilde x_{n, c, p S + i, q S + j}

    where :math:`\tilde x` is the input with a frame of zeros.

    Parameters
    ----------
    kernel_size : int or (int, int)
    stride : int or (int, int), optional
        `kernel_size` if not given: windows side by side.
    padding : int or (int, int), default 0
        At most half of `kernel_size`.
    count_include_pad : bool, default True
        Divide by the size of the window, ``KH * KW``; if false, by the number of pixels of the
        image in it, so that the padding does not darken the border.
    ceil_mode : bool, default False
        As for :class:`~lib.layers.MaxPool2d`. What hangs over the padding is never counted.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, OH, OW)``

    Raises
    ------
    ValueError, TypeError
        If the padding is too large, or another setting makes no sense; in the forward pass, if the
        window does not fit.

    Notes
    -----
    Derived in the chapters *Pooling* and *Backpropagation through convolution and pooling*.

    Examples
    --------
    >>> import numpy as np
    >>> AvgPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def __init__(
        self, kernel_size, stride=None, padding=0, count_include_pad=True, *, ceil_mode=False
    ):
        super().__init__(kernel_size, stride, padding, 1, ceil_mode)
        self.count_include_pad = as_flag(count_include_pad, "count_include_pad")

    def forward(self, x):
        """Return the means."""
        out_shape, self.overhang = self._place_windows(x)
        self.input_shape, wide = x.shape, widened(x)
        self.divisor = self._divisor(wide, out_shape)
        total = self._sum(self._framed(wide), out_shape)
        return cast(total / self.divisor, like=x)

    def backward(self, dout):
        """Give every pixel of a window the same share of its number in `dout`."""
        share = widened(dout) / self.divisor
        dpadded = self._framed(zeros(self.input_shape, like=share))
        for pixels in self._windows(share.shape[2:]):
            dpadded[pixels] += share
        return cast(unpad2d(dpadded, self.padding, self.overhang), like=dout)

    def _framed(self, x, value=0.0):
        """Put the padding around the images, and zeros where the last windows hang over."""
        return pad2d(pad2d(x, self.padding, value), 0, overhang=self.overhang)

    def _windows(self, out_shape):
        for _, _, pixels in window_slices(self.kernel_size, self.stride, (1, 1), out_shape):
            yield pixels

    def _sum(self, padded, out_shape):
        total = zeros((*padded.shape[:2], *out_shape), like=padded)
        for pixels in self._windows(out_shape):
            total += padded[pixels]
        return total

    def _divisor(self, x, out_shape):
        """Return how many pixels each window counts: a number, or an array ``(1, 1, OH, OW)``."""
        every = self.count_include_pad or self.padding == (0, 0)
        if every and self.overhang == (0, 0):
            return self.kernel_size[0] * self.kernel_size[1]
        pixels = full((1, 1, *x.shape[2:]), 1, like=x)
        return self._sum(self._framed(pixels, float(self.count_include_pad)), out_shape)
