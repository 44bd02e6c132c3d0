"""Augmentation: every epoch sees each picture a little different, its label the same.

Each transform is called with a batch and a random generator, ``transform(images, rng)``, draws
something new for every picture, and returns a new batch. `Compose` joins several. A trainer is
given one as ``trainer.fit(..., augment=transform)``. The names are those of PyTorch's torchvision,
where it has the thing.

Shifts, turns and changes of size are one thing: each pixel of the output asks, by the inverse of
what is done, where in the input it comes from, and takes what bilinear interpolation finds there.
See `affine_resample`.
"""

from lib.augmentation.base import Compose, Transform
from lib.augmentation.geometric import (
    RandomAffine,
    RandomCrop,
    RandomHorizontalFlip,
    RandomResize,
    RandomRotation,
    RandomShift,
)
from lib.augmentation.pixelwise import GaussianNoise, RandomErasing
from lib.augmentation.resampling import affine_matrices, affine_resample

__all__ = [
    "Compose",
    "GaussianNoise",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomResize",
    "RandomRotation",
    "RandomShift",
    "Transform",
    "affine_matrices",
    "affine_resample",
]
