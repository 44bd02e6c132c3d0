"""How often a network is right when it says that it is so sure."""

from lib.analysis import expected_calibration_error, reliability
from lib.datasets import load_mnist
from lib.losses import softmax
from lib.studies.errors import on_mnist
from lib.trained import load_trained

BINS = 15


def run(test=None, names=None):
    """Return for each network on MNIST its reliability on the official test set.

    Parameters
    ----------
    test : Dataset, optional
    names : sequence of str, optional

    Returns
    -------
    dict
        For each network what :func:`~lib.analysis.reliability` gives, and its
        ``expected_calibration_error``.
    """
    test = load_mnist(require_full=True).test if test is None else test
    measured = {}
    for name in on_mnist() if names is None else names:
        found = softmax(load_trained(name).predict(test.images)), test.labels, BINS
        error = expected_calibration_error(*found)
        measured[name] = reliability(*found) | {"expected_calibration_error": error}
    settings = {"data": test.name, "digits": len(test), "bins": BINS}
    return {"settings": settings, "networks": measured}
