"""Pooling to a fixed size, whatever the size of the image."""

from lib.backend import array_namespace, cast, empty, widened, zeros
from lib.convolution import window_pair
from lib.layers.base import Layer


class GlobalAvgPool2d(Layer):
    """Keep one number for each channel: its mean over all pixels.

    Raises
    ------
    ValueError
        In the forward pass, for an input that is not four-dimensional.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C)``

    Notes
    -----
    `GlobalAveragePooling2D` in Keras, ``AdaptiveAvgPool2d(1)`` and a flattening in PyTorch.
    Source: Lin, Chen and Yan, *Network in network* (2013), section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAvgPool2d()(np.ones((2, 3, 7, 7))).shape
    (2, 3)
    """

    def forward(self, x):
        """Return the mean of each channel."""
        self._check_input(x, ("N", "C", "H", "W"))
        self.input_shape = x.shape
        return cast(array_namespace(x).mean(widened(x), axis=(2, 3)), like=x)

    def backward(self, dout):
        """Give every pixel of a channel the same share."""
        _, _, h, w = self.input_shape
        xp = array_namespace(dout)
        return xp.broadcast_to((dout / (h * w))[:, :, None, None], self.input_shape)


class GlobalMaxPool2d(Layer):
    """Keep one number for each channel: its largest over all pixels.

    Raises
    ------
    ValueError
        In the forward pass, for an input that is not four-dimensional.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C)``

    Notes
    -----
    `GlobalMaxPooling2D` in Keras, ``AdaptiveMaxPool2d(1)`` and a flattening in PyTorch. It says
    whether a channel found something anywhere, not how often. The gradient goes to the pixel that
    was the maximum; among equal ones, to the first in reading order.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalMaxPool2d()(np.array([[[[1.0, 5.0], [3.0, 2.0]]]]))
    array([[5.]])
    """

    def forward(self, x):
        """Return the maximum of each channel."""
        self._check_input(x, ("N", "C", "H", "W"))
        self.x = x
        self.out = array_namespace(x).max(x, axis=(2, 3))
        return self.out

    def backward(self, dout):
        """Give each number of `dout` to the first maximum of its channel."""
        xp, (n, c, h, w) = array_namespace(dout), self.x.shape
        largest = xp.reshape(self.x == self.out[:, :, None, None], (n, c, h * w))
        first = xp.argmax(xp.astype(largest, xp.int8), axis=2)
        pixels = xp.arange(h * w, dtype=first.dtype, device=first.device)
        taken = xp.reshape(first[:, :, None] == pixels, (n, c, h, w))
        dx = cast(empty(self.x.shape, like=self.x), like=dout)
        dx[...] = dout[:, :, None, None] * xp.astype(taken, dout.dtype)
        return dx


class AdaptiveAvgPool2d(Layer):
    r"""Keep the mean of each window, and choose the windows so that the output has a given size.

    .. math:: y_{n c p q} = \operatorname{mean} \bigl\{ x_{n c h w} :
        \lfloor p H / OH \rfloor \le h < \lceil (p + 1) H / OH \rceil,\;
        \lfloor q W / OW \rfloor \le w < \lceil (q + 1) W / OW \rceil \bigr\}

    Where OH divides H the windows lie side by side; elsewhere they overlap by a row, and some are
    larger than others. A network that ends so takes images of any size.

    Parameters
    ----------
    output_size : int or (int, int)
        OH and OW; they may exceed H and W, and pixels are then repeated.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, OH, OW)``

    Raises
    ------
    ValueError, TypeError
        If `output_size` is below 1 or no size; in the forward pass, for an input that is not
        four-dimensional.

    Notes
    -----
    The rule is that of PyTorch's layer of this name. Derived in the chapter *Pooling*.

    Examples
    --------
    >>> import numpy as np
    >>> AdaptiveAvgPool2d((1, 2))(np.array([[[[1.0, 2.0, 6.0]]]]))
    array([[[[1.5, 4. ]]]])
    """

    def __init__(self, output_size):
        self.output_size = window_pair(output_size, "output_size", 1)

    def forward(self, x):
        """Return the means."""
        self._check_input(x, ("N", "C", "H", "W"))
        self.input_shape = x.shape
        xp = array_namespace(x)
        out = empty((*x.shape[:2], *self.output_size), like=x)
        for place, pixels in self._windows():
            mean = xp.mean(widened(x[pixels]), axis=(2, 3), keepdims=True)
            out[place] = cast(mean, like=x)
        return out

    def backward(self, dout):
        """Give every pixel of a window the same share of its number in `dout`."""
        wide = widened(dout)
        dx = zeros(self.input_shape, like=wide)
        for place, pixels in self._windows():
            _, rows, columns = pixels
            dx[pixels] += wide[place] / ((rows.stop - rows.start) * (columns.stop - columns.start))
        return cast(dx, like=dout)

    def _windows(self):
        """Yield for each output the index of its place, and that of its pixels."""
        (out_h, out_w), (h, w) = self.output_size, self.input_shape[2:]
        for p in range(out_h):
            for q in range(out_w):
                place = (..., slice(p, p + 1), slice(q, q + 1))
                yield place, (..., _share(p, h, out_h), _share(q, w, out_w))

    def _describe(self):
        return f"{self.output_size}"


def _share(place, size, count):
    """Return the pixels that output `place` of `count` averages along an axis of `size`."""
    return slice(place * size // count, -(-(place + 1) * size // count))  # the end is rounded up
