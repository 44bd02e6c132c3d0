"""What all transforms share: the checks, and joining several."""

from dataclasses import dataclass

import numpy as np

from lib import backend


class Transform:
    """Base of the transforms: checks the batch, and leaves the drawing to `apply`."""

    def __call__(self, images, rng):
        """Return a new batch, each picture changed by what is drawn for it.

        Parameters
        ----------
        images : array
            Floats, as a rule in [0, 1]; never written to.
        rng : numpy.random.Generator
            The same state gives the same batch.

        Shape
        -----
        images: (N, C, H, W) -> the same, unless the transform says otherwise

        Raises
        ------
        TypeError
            If the images are not floats, or `rng` is no generator.
        ValueError
            If the shape is another.
        """
        name = type(self).__name__
        check_images(images, name)
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"{name} expects a numpy.random.Generator, as from numpy.random.default_rng(0), "
                f"got {type(rng).__name__}"
            )
        return self.apply(images, rng)


@dataclass(frozen=True)
class Compose(Transform):
    """Apply several transforms, one after another.

    Parameters
    ----------
    transforms : sequence of callable
        Each ``transform(images, rng) -> images``.

    Examples
    --------
    >>> from lib.augmentation import RandomCrop, RandomHorizontalFlip
    >>> augment = Compose([RandomCrop(padding=4), RandomHorizontalFlip()])
    >>> augment(np.ones((5, 3, 32, 32), np.float32), np.random.default_rng(0)).shape
    (5, 3, 32, 32)
    """

    transforms: tuple

    def __post_init__(self):
        object.__setattr__(self, "transforms", tuple(self.transforms))
        for transform in self.transforms:
            if not callable(transform):
                raise TypeError(f"Compose expects transforms, got {transform!r}")

    def apply(self, images, rng):
        """Apply them."""
        for transform in self.transforms:
            images = transform(images, rng)
        return images


def check_images(images, name):
    """Refuse what is no batch of pictures of floats; `name` says who expects it."""
    if images.ndim != 4:
        raise ValueError(f"{name} expects images of shape (N, C, H, W), got {images.shape}")
    if not backend.is_floating(images):
        raise TypeError(f"{name} expects images of floats, got {images.dtype}")


def require(transform, name, holds, wanted):
    """Refuse a setting that does not hold, saying what is wanted."""
    if not holds:
        value = getattr(transform, name)
        raise ValueError(f"{type(transform).__name__}: {name} must be {wanted}, got {value!r}")


def require_range(transform, name, least, most=np.inf):
    """Refuse a setting that is no pair (low, high) with least < low <= high <= most."""
    value = getattr(transform, name)
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    upper = "" if most == np.inf else f" <= {most:g}"
    require(
        transform,
        name,
        is_pair and least < value[0] <= value[1] <= most,
        f"a pair (low, high) with {least:g} < low <= high{upper}",
    )
