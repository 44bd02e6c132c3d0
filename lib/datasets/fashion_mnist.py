"""Fashion-MNIST: 70,000 gray pictures of clothes, made to be read like MNIST."""

from lib.datasets.catalog import CATALOG, locate, search_folders
from lib.datasets.mnist import load_splits

FASHION_MNIST = CATALOG["fashion-mnist"]
CLASSES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def load_fashion_mnist(path=None):
    """Load Fashion-MNIST in three parts, from this machine alone.

    It is split as `load_mnist` splits: validation is the first 6,000 of the 60,000 training
    pictures, training the other 54,000, test the official 10,000.

    Parameters
    ----------
    path : path, optional
        The folder with the four files, or with a folder ``fashion-mnist`` that holds them, plain
        or with ``.gz``. By default a folder ``fashion-mnist`` is looked for in ``$CNN_DATA``, the
        project's ``data/`` and the user's cache, in this order.

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
        If the files are nowhere, or some are missing; the message says how to get them.
    ValueError
        If a file is truncated, altered or another one.

    Examples
    --------
    >>> load_fashion_mnist("no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: no/such/folder: expected the files of Fashion-MNIST, ...

    Notes
    -----
    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms" (2017), arXiv:1708.07747.
    """
    folder = locate(FASHION_MNIST, path)
    if folder is None:
        looked = ", ".join(str(parent / FASHION_MNIST.name) for parent in search_folders())
        raise FileNotFoundError(
            f"{FASHION_MNIST.title}: not found in {looked}. {FASHION_MNIST.how_to_get}"
        )
    return load_splits(FASHION_MNIST, folder, "Fashion-MNIST", CLASSES)
