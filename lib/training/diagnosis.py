"""Where a computation went wrong: the first layer whose output is not finite."""

import numpy as np

from lib.analysis import trace
from lib.backend import array_namespace, to_scalar


def first_nonfinite(network, x):
    """Return the name of the layer that first gives infinity or what is not a number.

    The network runs once more, watched, in its present mode; dropout draws anew. Afterwards its
    buffers and random generators are as before.

    Parameters
    ----------
    network : Layer
    x : array
        An input of the network.

    Returns
    -------
    str or None
        The dotted name and the kind of the layer, ``None`` if all outputs are finite.

    Examples
    --------
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(hidden=Linear(2, 2), relu=ReLU(), output=Linear(2, 1))
    >>> network.output.weight.data[:] = np.nan
    >>> first_nonfinite(network, np.ones((1, 2)))
    '"output" (Linear)'
    """
    with np.errstate(all="ignore"):
        for call in trace(network, x).walk():
            if not all_finite(call.out):
                return f'"{call.name}" ({type(call.layer).__name__})'
    return None


def all_finite(x):
    """Tell whether an array, or every array of a tuple, holds finite numbers alone."""
    arrays = x if isinstance(x, tuple) else (x,)
    return all(to_scalar(xp.all(xp.isfinite(a))) for a in arrays for xp in [array_namespace(a)])


def explain_loss(network, value, x, step):
    """Say where a loss that is not finite came from.

    Parameters
    ----------
    network : Layer
    value : float
        The loss.
    x : array
        What the network was given.
    step : int
        Counted from 1.
    """
    what = f"the loss is {value} at step {step}; "
    if not all_finite(x):
        return what + "the pictures themselves are not finite"
    if (layer := first_nonfinite(network, x)) is None:
        return what + "every output of the network is finite"
    return (
        what + f"the first output that is not finite is that of {layer}; "
        "is the learning rate too large?"
    )
