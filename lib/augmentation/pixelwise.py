"""Transforms that change pixels where they are: noise and erasing."""

from dataclasses import dataclass

import numpy as np

from lib import backend
from lib.augmentation.base import Transform, as_range, settle
from lib.settings import as_flag, as_number


@dataclass(frozen=True)
class GaussianNoise(Transform):
    """Add normally distributed noise to every pixel.

    Parameters
    ----------
    std : float, default 0.1
        Its standard deviation; pixels go from 0 to 1.
    clip : bool, default True
        Cut what then lies outside [0, 1].

    Examples
    --------
    >>> noisy = GaussianNoise(0.2)(np.full((1, 1, 100, 100), 0.5), np.random.default_rng(0))
    >>> round(float(noisy.std()), 2)
    0.2
    """

    std: float = 0.1
    clip: bool = True

    def __post_init__(self):
        settle(self, "std", as_number, at_least=0)
        settle(self, "clip", as_flag)

    def apply(self, images, rng):
        """Draw the noise, and add it."""
        xp = backend.array_namespace(images)
        noise = self.std * rng.standard_normal(images.shape, np.float32)
        noisy = images + xp.astype(backend.to_device(noise, images), images.dtype, copy=False)
        return xp.clip(noisy, 0, 1) if self.clip else noisy


@dataclass(frozen=True)
class RandomErasing(Transform):
    """Paint a rectangle over each picture with probability `p`.

    Parameters
    ----------
    p : float, default 0.5
    scale : (float, float), default (0.02, 0.33)
        The rectangle's share of the picture's area, from so much to so much.
    ratio : (float, float), default (0.3, 3.3)
        Its height over its width, drawn so that 2 is as likely as 1/2. A side that would be
        longer than the picture's is cut.
    value : float or "random", default 0.0
        What to paint: one value, or each pixel drawn anew from [0, 1].

    Notes
    -----
    Source: Zhong, Zheng, Kang, Li and Yang, "Random erasing data augmentation" (2017),
    algorithm 1, which draws another rectangle where ours is cut.

    Examples
    --------
    >>> images = np.ones((1, 1, 20, 20), np.float32)
    >>> erase = RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1))
    >>> float(erase(images, np.random.default_rng(0)).mean())
    0.75
    """

    p: float = 0.5
    scale: tuple = (0.02, 0.33)
    ratio: tuple = (0.3, 3.3)
    value: float | str = 0.0

    def __post_init__(self):
        settle(self, "p", as_number, at_least=0, at_most=1)
        settle(self, "scale", as_range, above=0, at_most=1)
        settle(self, "ratio", as_range, above=0)
        settle(self, "value", _as_paint)

    def apply(self, images, rng):
        """Draw the rectangles, and paint them."""
        xp = backend.array_namespace(images)
        covered = backend.to_device(self._draw_rectangles(images.shape, rng), images)
        if self.value == "random":
            paint = backend.to_device(rng.random(images.shape, np.float32), images)
            paint = xp.astype(paint, images.dtype, copy=False)
        else:
            paint = backend.full(images.shape, self.value, like=images)
        return xp.where(covered, paint, images)

    def _draw_rectangles(self, shape, rng):
        """Return which pixels are covered: (N, 1, H, W)."""
        n, _, h, w = shape
        area = rng.uniform(*self.scale, n) * h * w
        ratio = np.exp(rng.uniform(*np.log(self.ratio), n))
        height = np.clip(np.rint(np.sqrt(area * ratio)), 1, h)
        width = np.clip(np.rint(np.sqrt(area / ratio)), 1, w)
        rows = _interval(h, height, rng)
        columns = _interval(w, width, rng)
        chosen = rng.random(n) < self.p
        return (chosen[:, None, None] & rows[:, :, None] & columns[:, None, :])[:, None]


def _as_paint(value, name):
    return (
        value
        if isinstance(value, str) and value == "random"
        else as_number(value, f'{name}, if not "random",')
    )


def _interval(size, lengths, rng):
    """Return which of `size` places lie in an interval of each length, put at random: (N, size)."""
    first = np.floor(rng.random(len(lengths)) * (size - lengths + 1))[:, None]
    places = np.arange(size)
    return (places >= first) & (places < first + lengths[:, None])
