"""Data sets: pictures with their labels, split the same way every time.

``load_mnist()`` never touches the network; ``python -m lib.datasets fetch mnist`` does, once.
``python -m lib.datasets`` says which data sets are on this machine, and where.
"""

from lib.datasets.dataset import Dataset, Splits
from lib.datasets.mnist import load_mnist, load_mnist_sample

__all__ = ["Dataset", "Splits", "load_mnist", "load_mnist_sample"]
