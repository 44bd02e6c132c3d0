"""Transforms that move pixels: shift, turn, resize, crop and flip."""

from dataclasses import dataclass

import numpy as np

from lib import backend
from lib.augmentation.base import Transform, as_range, settle
from lib.augmentation.resampling import affine_matrices, affine_resample
from lib.settings import as_integer, as_number, as_pair


@dataclass(frozen=True)
class RandomAffine(Transform):
    """Turn, shift and scale each picture about its middle, in one resampling.

    One resampling blurs less than three, one after another.

    Parameters
    ----------
    degrees : float, default 0.0
        Turn by up to so much, one way or the other.
    shift : float, default 0.0
        Shift by up to so many pixels, in each direction; fractions of pixels too.
    scale : (float, float), default (1.0, 1.0)
        Make it from so much to so much as large.
    fill : float, default 0.0
        What comes in from outside.

    Examples
    --------
    >>> digits = np.ones((5, 1, 28, 28), np.float32)
    >>> RandomAffine(degrees=10, shift=2)(digits, np.random.default_rng(0)).shape
    (5, 1, 28, 28)
    """

    degrees: float = 0.0
    shift: float = 0.0
    scale: tuple = (1.0, 1.0)
    fill: float = 0.0

    def __post_init__(self):
        settle(self, "degrees", as_number, at_least=0)
        settle(self, "shift", as_number, at_least=0)
        settle(self, "scale", as_range, above=0)
        settle(self, "fill", as_number)

    def apply(self, images, rng):
        """Draw an angle, a shift and a size for each picture, and resample."""
        n = images.shape[0]
        angle = np.deg2rad(rng.uniform(-self.degrees, self.degrees, n))
        scale = rng.uniform(*self.scale, n)
        shift = rng.uniform(-self.shift, self.shift, (2, n))
        return affine_resample(images, affine_matrices(angle, scale, *shift), fill=self.fill)


@dataclass(frozen=True)
class RandomRotation(Transform):
    """Turn each picture about its middle, by up to so much one way or the other.

    Parameters
    ----------
    degrees : float
    fill : float, default 0.0
        What comes in at the corners.

    Examples
    --------
    >>> digits = np.ones((5, 1, 28, 28), np.float32)
    >>> turned = RandomRotation(15)(digits, np.random.default_rng(0))
    >>> turned[:, 0, 14, 14].round(6).tolist(), bool(turned[0, 0, 0, 0] < 1)
    ([1.0, 1.0, 1.0, 1.0, 1.0], True)
    """

    degrees: float
    fill: float = 0.0

    def __post_init__(self):
        settle(self, "degrees", as_number, at_least=0)
        settle(self, "fill", as_number)

    def apply(self, images, rng):
        """Draw an angle for each picture, and resample."""
        return RandomAffine(degrees=self.degrees, fill=self.fill).apply(images, rng)


@dataclass(frozen=True)
class RandomResize(Transform):
    """Make each picture larger or smaller about its middle; its frame stays as it is.

    Interpolation looks at four pixels, so below half the size some are passed over.

    Parameters
    ----------
    scale : (float, float), default (0.8, 1.2)
        From so much to so much as large.
    fill : float, default 0.0
        What comes in around a picture that became smaller.

    Examples
    --------
    >>> digits = np.ones((5, 1, 28, 28), np.float32)
    >>> smaller = RandomResize((0.5, 0.5))(digits, np.random.default_rng(0))
    >>> float(smaller[0].sum())  # a quarter of 28 * 28
    196.0
    """

    scale: tuple = (0.8, 1.2)
    fill: float = 0.0

    def __post_init__(self):
        settle(self, "scale", as_range, above=0)
        settle(self, "fill", as_number)

    def apply(self, images, rng):
        """Draw a size for each picture, and resample."""
        return RandomAffine(scale=self.scale, fill=self.fill).apply(images, rng)


@dataclass(frozen=True)
class RandomCrop(Transform):
    """Frame each picture, and cut a window out of it at a random place.

    Parameters
    ----------
    size : int or (int, int), optional
        Height and width of the window; those of the picture if not given.
    padding : int, default 0
        Pixels of frame at each of the four sides.
    fill : float, default 0.0
        What the frame is of.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, *size)``

    Raises
    ------
    ValueError
        If the window is larger than the picture in its frame.

    Notes
    -----
    Padding 4 is what CIFAR-10 is trained with since Lee, Xie, Gallagher, Zhang and Tu,
    "Deeply-supervised nets" (2014), section 4.

    Examples
    --------
    >>> images = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> RandomCrop(size=2)(images, np.random.default_rng(0))
    array([[[[4., 5.],
             [7., 8.]]]])
    """

    size: int | tuple | None = None
    padding: int = 0
    fill: float = 0.0

    def __post_init__(self):
        if self.size is not None:
            settle(self, "size", as_pair, at_least=1)
        settle(self, "padding", as_integer, at_least=0)
        settle(self, "fill", as_number)

    def apply(self, images, rng):
        """Draw a place for each window, and cut it out."""
        n, _, h, w = images.shape
        out_h, out_w = size = self.size or (h, w)
        room_y, room_x = h + 2 * self.padding - out_h, w + 2 * self.padding - out_w
        if min(room_y, room_x) < 0:
            raise ValueError(
                f"RandomCrop: a window of {out_h} × {out_w} does not fit into {h} × {w} pixels "
                f"with padding {self.padding}"
            )
        # Both sides are measured from their middles: at room / 2 the window is in the middle.
        x = room_x / 2 - rng.integers(0, room_x + 1, n)
        y = room_y / 2 - rng.integers(0, room_y + 1, n)
        matrices = affine_matrices(np.zeros(n), np.ones(n), x, y)
        return affine_resample(images, matrices, size, fill=self.fill)


@dataclass(frozen=True)
class RandomShift(Transform):
    """Shift each picture by whole pixels, up to so many in each direction.

    Parameters
    ----------
    max_pixels : int
    fill : float, default 0.0
        What comes in from outside.

    Examples
    --------
    >>> images = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    >>> RandomShift(1)(images, np.random.default_rng(0))
    array([[[[2., 3., 0.],
             [5., 6., 0.],
             [8., 9., 0.]]]])
    """

    max_pixels: int
    fill: float = 0.0

    def __post_init__(self):
        settle(self, "max_pixels", as_integer, at_least=0)
        settle(self, "fill", as_number)

    def apply(self, images, rng):
        """Draw a shift for each picture, and move it."""
        # The same thing: the window moves one way, or the picture the other way.
        return RandomCrop(padding=self.max_pixels, fill=self.fill).apply(images, rng)


@dataclass(frozen=True)
class RandomHorizontalFlip(Transform):
    """Swap left and right of each picture with probability `p`.

    Parameters
    ----------
    p : float, default 0.5

    Examples
    --------
    >>> row = np.arange(1.0, 5.0).reshape(1, 1, 1, 4)
    >>> RandomHorizontalFlip(p=1)(row, np.random.default_rng(0))
    array([[[[4., 3., 2., 1.]]]])
    """

    p: float = 0.5

    def __post_init__(self):
        settle(self, "p", as_number, at_least=0, at_most=1)

    def apply(self, images, rng):
        """Draw which pictures to flip, and flip them."""
        xp = backend.array_namespace(images)
        chosen = backend.to_device(rng.random(images.shape[0]) < self.p, images)
        return xp.where(chosen[:, None, None, None], xp.flip(images, axis=3), images)
