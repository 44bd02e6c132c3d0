"""The networks that come trained with the book, with the records of their training."""

from pathlib import Path

from lib.history import History
from lib.networks.simple_convnet import SimpleConvNet
from lib.paths import PROJECT

DATA = PROJECT / "data"

ARCHITECTURES = {"simple_convnet": SimpleConvNet}


def weights_path(name, folder=DATA):
    """Return the path of the weights of network `name`; the shipped ones if no folder is given."""
    return Path(folder, "weights", f"{_known(name)}.npz")


def history_path(name, folder=DATA):
    """Return the path of the training record of network `name`, likewise."""
    return Path(folder, "histories", f"{_known(name)}.json")


def load_trained(name):
    """Return a trained network, ready to use: in evaluation mode, with its weights loaded.

    Parameters
    ----------
    name : str
        ``"simple_convnet"``

    Returns
    -------
    Network
        ``network.predict(images)`` takes floats in [0, 1] of shape ``(N, C, H, W)``.

    Raises
    ------
    ValueError
        If there is no network of that name.

    Examples
    --------
    >>> load_trained("simple_convnet").training
    False
    """
    return ARCHITECTURES[_known(name)]().load(weights_path(name)).eval()


def load_history(name):
    """Return the recorded training history of a trained network.

    Parameters
    ----------
    name : str
        As for :func:`load_trained`.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If there is no network of that name.
    """
    return History.load(history_path(name))


def _known(name):
    if name not in ARCHITECTURES:
        raise ValueError(f'there is no trained network "{name}"; there are {list(ARCHITECTURES)}')
    return name
