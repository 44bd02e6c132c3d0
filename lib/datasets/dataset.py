"""Pictures and their labels, held together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Pictures with their labels.

    ``len(dataset)`` counts the pictures. A slice, an index array or a boolean mask gives the
    smaller `Dataset`; a slice shares the memory of the whole. ``images, labels = dataset``
    unpacks it.

    Parameters
    ----------
    images : array
        Floats in [0, 1], kept as float32: 0 is black, 1 is white.
    labels : array
        Integers from 0, kept as int64.
    name : str, optional
        What the pictures are, for messages: ``"MNIST, training"``.
    classes : sequence of str, optional
        The name of each label, in order.
    source : str, optional
        Where the pictures were read from.

    Shape
    -----
    images: (N, C, H, W); labels: (N,)

    Raises
    ------
    TypeError
        If the images are not floats or the labels not integers, or a name is no text.
    ValueError
        If the shapes do not fit, a pixel lies outside [0, 1], or a label has no class.

    Examples
    --------
    >>> dataset = Dataset(np.zeros((5, 1, 28, 28)), [3, 1, 4, 1, 5], name="five black squares")
    >>> len(dataset), len(dataset[:2])
    (5, 2)
    >>> images, labels = dataset[dataset.labels == 1]
    >>> labels
    array([1, 1])
    >>> dataset
    <Dataset five black squares: 5 images of 1 × 28 × 28>
    """

    images: np.ndarray
    labels: np.ndarray
    name: str = ""
    classes: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self):
        # A frozen dataclass keeps others from swapping images under labels; here we fill it.
        for what in ("name", "source"):
            if not isinstance(getattr(self, what), str):
                raise TypeError(
                    f"Dataset expects its {what} to be a text, got {getattr(self, what)!r}"
                )
        object.__setattr__(self, "classes", _checked_classes(self.classes))
        object.__setattr__(self, "images", _checked_images(self.images))
        object.__setattr__(self, "labels", _checked_labels(self.labels, self.classes))
        if len(self.images) != len(self.labels):
            raise ValueError(
                f"Dataset needs one label for each image, got {len(self.images)} images "
                f"and {len(self.labels)} labels"
            )

    def __len__(self):
        return len(self.images)

    def __iter__(self):
        yield self.images
        yield self.labels

    def __getitem__(self, index):
        if not isinstance(index, slice):
            index = _as_array(index, "an index")
            if index.ndim != 1 or (index.size and index.dtype.kind not in "iub"):
                raise TypeError(
                    "a Dataset is indexed by a slice, an index array or a mask, got "
                    f"{_describe_index(index)}; dataset.images[3] is one picture"
                )
            if not index.size:
                index = index.astype(np.intp)  # NumPy makes an empty list a float array
        # Parts of what was checked need no second check, which would read every pixel again.
        part = object.__new__(Dataset)
        part.__dict__.update(self.__dict__, images=self.images[index], labels=self.labels[index])
        return part

    def __repr__(self):
        size = " × ".join(str(extent) for extent in self.images.shape[1:])
        name = f" {self.name}" if self.name else ""
        return f"<Dataset{name}: {len(self):,} images of {size}>"


class _Parts(NamedTuple):
    train: Dataset
    validation: Dataset
    test: Dataset


class Splits(_Parts):
    """A data set in its three parts: ``train, validation, test = load_mnist()``.

    Parameters
    ----------
    train, validation, test : Dataset

    Raises
    ------
    TypeError
        If a part is no `Dataset`.
    """

    __slots__ = ()

    def __new__(cls, train, validation, test):
        """Look at the parts before they are held together."""
        for name, part in zip(cls._fields, (train, validation, test), strict=True):
            if not isinstance(part, Dataset):
                raise TypeError(f"Splits expects a Dataset for {name}, got {type(part).__name__}")
        return super().__new__(cls, train, validation, test)

    @property
    def source(self):
        """Where the pictures were read from."""
        return self.train.source


def _checked_images(images):
    images = _as_array(images, "images")
    if images.dtype.kind != "f":
        raise TypeError(
            f"Dataset expects images of floats in [0, 1], got {images.dtype}"
            + ("; divide by 255" if images.dtype == np.uint8 else "")
        )
    if images.ndim != 4:
        raise ValueError(f"Dataset expects images of shape (N, C, H, W), got {images.shape}")
    images = images.astype(np.float32, copy=False)
    if images.size:
        low, high = images.min(), images.max()
        if not (low >= 0 and high <= 1):  # written so that NaN fails too
            raise ValueError(f"Dataset expects pixels in [0, 1], got {low!s} to {high!s}")
    return images


def _checked_labels(labels, classes):
    labels = _as_array(labels, "labels")
    if labels.dtype.kind not in "iu" and labels.size:
        raise TypeError(
            f"Dataset expects integer labels, got {labels.dtype}"
            + ("; number the classes, and name them with classes=" * (labels.dtype.kind == "U"))
        )
    if labels.ndim != 1:
        raise ValueError(
            f"Dataset expects labels of shape (N,), got {labels.shape}"
            + ("; one label an image, not one-hot rows" if labels.ndim == 2 else "")
        )
    labels = labels.astype(np.int64, copy=False)
    if labels.size:
        low, high = labels.min(), labels.max()
        if low < 0:
            raise ValueError(f"Dataset expects labels from 0, got {low}")
        if classes and high >= len(classes):
            raise ValueError(f"Dataset has {len(classes)} classes, got the label {high}")
    return labels


def _checked_classes(classes):
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise TypeError(f"Dataset expects classes to be a sequence of names, got {classes!r}")
    classes = tuple(classes)
    for name in classes:
        if not isinstance(name, str):
            raise TypeError(f"Dataset expects the name of a class to be a text, got {name!r}")
    return tuple(map(str, classes))  # NumPy's texts become Python's


def _as_array(values, what):
    if isinstance(values, Dataset):
        raise TypeError(f"Dataset expects an array as {what}, got a Dataset")
    try:
        return np.asarray(values)
    except ValueError:  # lists of different lengths
        raise ValueError(f"Dataset expects an array as {what}, got rows that differ") from None


def _describe_index(index):
    return f"{index}" if index.ndim == 0 else f"an array of {index.dtype} of shape {index.shape}"
