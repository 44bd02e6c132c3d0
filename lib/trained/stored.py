"""The networks that come trained with the book, with the records of their training.

A record says which network was trained, with which arguments: it is built again from that.
"""

import difflib

from lib import networks
from lib.layers import Normalize
from lib.paths import PROJECT, as_path
from lib.serialization import read_arrays
from lib.training import History

DATA = PROJECT / "data"


def weights_path(name, folder=DATA):
    """Return the path of the weights of network `name`; the shipped ones if no folder is given."""
    return as_path(folder, "folder") / "weights" / f"{name}.npz"


def history_path(name, folder=DATA):
    """Return the path of the training record of network `name`, likewise."""
    return as_path(folder, "folder") / "histories" / f"{name}.json"


def filters_path(name, folder=DATA):
    """Return the path of the filters of network `name` at steps of its training, likewise."""
    return as_path(folder, "folder") / "histories" / f"{name}_filters.npz"


def trained_names(folder=DATA):
    """Return the names of the trained networks: those with weights and a record."""
    weights = sorted((as_path(folder, "folder") / "weights").glob("*.npz"))
    return [path.stem for path in weights if history_path(path.stem, folder).exists()]


def build(settings):
    """Return the network, not yet trained, that a record's settings describe.

    Parameters
    ----------
    settings : dict
        ``network`` (the name of a class of :mod:`lib.networks`), ``arguments`` (its keyword
        arguments) and ``normalized`` (``None``, or the number of channels that a first layer
        normalizes).
    """
    network = getattr(networks, settings["network"])(**settings["arguments"])
    if channels := settings["normalized"]:
        network.prepend("normalize", Normalize([0.0] * channels, [1.0] * channels))
    return network


def load_trained(name):
    """Return a trained network, ready to use: in evaluation mode, with its weights loaded.

    Parameters
    ----------
    name : str
        ``"mlp"``, ``"two_conv_net"``, ``"simple_convnet"``, ``"lenet5"`` and so on; ``python -m
        lib.trained --list`` lists them.

    Returns
    -------
    Network
        ``network.predict(images)`` takes floats in [0, 1] of shape ``(N, C, H, W)``. What
        normalizes them is its first layer.

    Raises
    ------
    ValueError
        If there is no trained network of that name.
    FileNotFoundError
        In an installed copy of the library, which comes without them.

    Examples
    --------
    >>> load_trained("simple_convnet").training
    False
    """
    settings = load_history(name).settings
    return build(settings).load(weights_path(name)).eval()


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
        If there is no trained network of that name.
    """
    return History.load(history_path(_trained(name)))


def load_filters(name):
    """Return the first filters of a network at steps of its training.

    Parameters
    ----------
    name : str
        ``"simple_convnet"``

    Returns
    -------
    dict of str to numpy.ndarray
        ``steps`` (S,), ``filters`` (S, F, C, KH, KW) and ``validation_accuracy`` (S,). Step 0 is
        before the training.

    Raises
    ------
    ValueError
        If there is no trained network of that name.
    FileNotFoundError
        If its filters were not recorded.
    """
    return read_arrays(filters_path(_trained(name)))


def _trained(name):
    check_project()
    others = ", and `python -m lib.trained` trains others"
    return as_known(name, "trained network", trained_names(), others)


def as_known(name, kind, names, others=""):
    """Return a name after checking that it is one of those there are.

    Raises
    ------
    ValueError
        If it is not; the message lists them, after the one that it resembles.

    Examples
    --------
    >>> as_known("vgg", "network", ["lenet", "vgg"])
    'vgg'
    """
    names = list(names)
    if not isinstance(name, str) or name not in names:
        close = difflib.get_close_matches(str(name), names, n=1)
        meant = f'; did you mean "{close[0]}"?' if close else ""
        raise ValueError(f'there is no {kind} "{name}"; there are {names}{others}{meant}')
    return name


def check_project():
    """Refuse an installed copy of the library, which has no folder ``data``.

    Raises
    ------
    FileNotFoundError
        If it is one.
    """
    if not DATA.is_dir():
        raise FileNotFoundError(
            f"{DATA} is not there: the trained networks and the records come with the project's "
            "folder, not with an installed copy of lib. Run this in the project's folder"
        )
