"""Data sets: pictures with their labels, split the same way every time.

``load_mnist()`` and its like never touch the network; ``python -m lib.datasets fetch mnist`` does,
once. ``load_image_folder()`` reads your own pictures, ``load_photograph()`` and ``load_faces()``
those that other libraries ship. ``load_wordnet()`` says what some labels are a kind of.
``python -m lib.datasets`` says which data sets are on this machine, and where.
"""

from lib.datasets.cifar10 import load_cifar10
from lib.datasets.dataset import Dataset, Splits
from lib.datasets.fashion_mnist import load_fashion_mnist
from lib.datasets.image_folder import load_image_folder
from lib.datasets.mnist import load_mnist, load_mnist_sample
from lib.datasets.photographs import load_faces, load_photograph
from lib.datasets.wordnet import (
    Synset,
    load_wordnet,
    path_between,
    path_similarity,
    steps_up,
)

__all__ = [
    "Dataset",
    "Splits",
    "Synset",
    "load_cifar10",
    "load_faces",
    "load_fashion_mnist",
    "load_image_folder",
    "load_mnist",
    "load_mnist_sample",
    "load_photograph",
    "load_wordnet",
    "path_between",
    "path_similarity",
    "steps_up",
]
