"""What all transforms share: the checks, and joining several."""

from dataclasses import dataclass

from lib import backend
from lib.settings import as_generator, as_number


class Transform:
    """Base of the transforms: checks the batch, and leaves the drawing to `apply`."""

    def __call__(self, images, rng):
        """Return a new batch, each picture changed by what is drawn for it.

        Parameters
        ----------
        images : array
            Floats, as a rule in [0, 1]; never written to.
        rng : numpy.random.Generator or int
            The same state, or the same seed, gives the same batch; None draws a fresh one.

        Shape
        -----
        images: (N, C, H, W) -> the same, unless the transform says otherwise

        Raises
        ------
        TypeError
            If the images are no array of floats, or `rng` is neither a generator nor a seed.
        ValueError
            If the shape is another.
        """
        check_images(images, type(self).__name__)
        return self.apply(images, as_generator(rng))


@dataclass(frozen=True)
class Compose(Transform):
    """Apply several transforms, one after another.

    Parameters
    ----------
    transforms : sequence of callable
        Each ``transform(images, rng) -> images``.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.augmentation import RandomCrop, RandomHorizontalFlip
    >>> augment = Compose([RandomCrop(padding=4), RandomHorizontalFlip()])
    >>> augment(np.ones((5, 3, 32, 32), np.float32), np.random.default_rng(0)).shape
    (5, 3, 32, 32)
    """

    transforms: tuple

    def __post_init__(self):
        try:
            object.__setattr__(self, "transforms", tuple(self.transforms))
        except TypeError:
            raise TypeError(
                f"Compose expects a list of transforms, got {self.transforms!r}"
            ) from None
        for transform in self.transforms:
            if not callable(transform) or isinstance(transform, type):
                raise TypeError(f"Compose expects transforms, got {transform!r}")

    def apply(self, images, rng):
        """Apply them."""
        for transform in self.transforms:
            images = transform(images, rng)
        return images


def check_images(images, name):
    """Refuse what is no batch of pictures of floats; `name` says who expects it."""
    try:
        backend.array_namespace(images)
    except TypeError:
        kind = type(images).__name__
        raise TypeError(f"{name} expects images as an array, got {kind}") from None
    if len(images.shape) != 4:
        shape = tuple(images.shape)
        raise ValueError(f"{name} expects images of shape (N, C, H, W), got {shape}")
    if not backend.is_floating(images):
        raise TypeError(f"{name} expects images of floats, got {images.dtype}")


def settle(transform, name, convert, **limits):
    """Check and convert a setting of a transform, by a function of :mod:`lib.settings`."""
    value = convert(getattr(transform, name), f"{type(transform).__name__}: {name}", **limits)
    object.__setattr__(transform, name, value)  # a frozen dataclass takes no other way


def as_range(value, name, above, at_most=None):
    """Return a setting (low, high) as two floats with above < low <= high <= at_most."""
    if isinstance(value, tuple | list) and len(value) == 2:
        low, high = (as_number(each, name) for each in value)
        if above < low <= high and (at_most is None or high <= at_most):
            return low, high
    upper = "" if at_most is None else f" <= {at_most:g}"
    raise ValueError(
        f"{name} must be a pair (low, high) with {above:g} < low <= high{upper}, got {value!r}"
    )
