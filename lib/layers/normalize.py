"""Normalization of pictures by fixed statistics: the first layer of a trained network."""

import numpy as np

from lib.backend import cast
from lib.layers.base import Layer
from lib.layers.parameter import Buffer


class Normalize(Layer):
    r"""Give each channel mean 0 and variance 1, by statistics that were computed once.

    .. math:: y_c = \frac{x_c - \mu_c}{\sigma_c}

    Unlike batch normalization it learns nothing and treats every batch alike.

    Parameters
    ----------
    mean, std : array of float
        :math:`\mu` and :math:`\sigma`, one for each channel; `std` above 0.

    Attributes
    ----------
    mean, std : Buffer
        ``(C,)``: saved with the network, so that it takes pictures as they are.

    Shape
    -----
    ``(N, C, H, W)`` → the same

    Raises
    ------
    ValueError, TypeError
        If the two differ in shape, or a deviation is not above 0; in the forward pass, for an input
        of another shape.

    Notes
    -----
    `transforms.Normalize` in torchvision, where it is a step before the network.

    Examples
    --------
    >>> layer = Normalize.from_images(np.array([1.0, 3.0]).reshape(2, 1, 1, 1))
    >>> layer.mean.data, layer.std.data
    (array([2.], dtype=float32), array([1.], dtype=float32))
    >>> layer(np.array([5.0]).reshape(1, 1, 1, 1))
    array([[[[3.]]]])
    """

    def __init__(self, mean, std):
        try:
            mean, std = np.array(mean, np.float32), np.array(std, np.float32)
        except (TypeError, ValueError):
            raise TypeError(
                f"Normalize expects numbers for each channel, got {mean!r} and {std!r}"
            ) from None
        if mean.ndim != 1 or mean.shape != std.shape:
            raise ValueError(
                "Normalize expects a mean and a std for each channel, got shapes "
                f"{mean.shape} and {std.shape}"
            )
        if not np.isfinite(mean).all():
            raise ValueError(f"Normalize expects a finite mean, got {mean.tolist()}")
        if not ((std > 0) & np.isfinite(std)).all():
            raise ValueError(f"Normalize expects a std above 0, got {std.tolist()}")
        self.mean = Buffer(mean)
        self.std = Buffer(std)

    @classmethod
    def from_images(cls, images):
        """Return the layer that normalizes these images, as a NumPy array (N, C, H, W).

        Raises
        ------
        ValueError, TypeError
            If they are no array of that shape, or a channel is the same everywhere.
        """
        if not isinstance(images, np.ndarray):
            raise TypeError(f"Normalize expects a NumPy array, got {type(images).__name__}")
        if images.ndim != 4 or images.size == 0:
            raise ValueError(f"Normalize expects images of shape (N, C, H, W), got {images.shape}")
        axes = (0, 2, 3)
        return cls(images.mean(axes, np.float64), images.std(axes, np.float64))

    def forward(self, x):
        """Subtract the mean, and divide by the deviation."""
        self._check_input(x, ("N", self.mean.data.shape[0], "H", "W"))
        mean, std = (cast(b.data, like=x)[:, None, None] for b in (self.mean, self.std))
        return (x - mean) / std

    def backward(self, dout):
        """Divide by the deviation."""
        return dout / cast(self.std.data, like=dout)[:, None, None]

    def _describe(self):
        return f"mean={self.mean.data.tolist()}, std={self.std.data.tolist()}"
