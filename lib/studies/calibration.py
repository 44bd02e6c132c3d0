"""How often a network is right when it says that it is so sure."""

import numpy as np

from lib.datasets import load_mnist
from lib.losses import softmax
from lib.settings import as_integer
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
        For each network what :func:`calibration` gives.
    """
    test = load_mnist(require_full=True).test if test is None else test
    measured = {
        name: calibration(softmax(load_trained(name).predict(test.images)), test.labels)
        for name in (on_mnist() if names is None else names)
    }
    settings = {"data": test.name, "digits": len(test), "bins": BINS}
    return {"settings": settings, "networks": measured}


def calibration(probabilities, labels, bins=BINS):
    r"""Compare confidence and accuracy, in bins of confidence of equal width.

    .. math:: \text{ECE} = \sum_b \frac{n_b}{N} |\text{accuracy}_b - \text{confidence}_b|

    Parameters
    ----------
    probabilities : numpy.ndarray
        (N, K)
    labels : numpy.ndarray
        (N,)
    bins : int, default 15

    Returns
    -------
    dict
        ``count``, ``confidence`` and ``accuracy`` of each bin that is not empty, with its ``low``
        and ``high`` end, and ``expected_calibration_error``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is no probability.

    Notes
    -----
    Source: Guo, Pleiss, Sun and Weinberger, *On calibration of modern neural networks* (2017),
    section 2.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    >>> found = calibration(sure, np.array([0, 1, 1, 1]), bins=2)
    >>> found["count"], found["confidence"], found["accuracy"]
    ([4], [0.75], [0.75])
    >>> round(calibration(sure, np.array([0, 1, 1, 1]), bins=5)["expected_calibration_error"], 3)
    0.4
    """
    bins = as_integer(bins, "bins", at_least=1)
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise ValueError(
            f"calibration expects probabilities (N, K) and labels (N,), got {probabilities.shape} "
            f"and {labels.shape}"
        )
    if not (probabilities.min(initial=0) >= 0 and probabilities.max(initial=0) <= 1):
        raise ValueError("probabilities must lie in 0 to 1; softmax makes them of logits")
    confidence = probabilities.max(axis=1).astype("float64")
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    filled = np.flatnonzero(np.bincount(place, minlength=bins))
    chosen = [place == b for b in filled]
    count = [int(c.sum()) for c in chosen]
    sure = [float(confidence[c].mean()) for c in chosen]
    accuracy = [float(right[c].mean()) for c in chosen]
    gaps = [n * abs(a - s) for n, a, s in zip(count, accuracy, sure, strict=True)]
    return {
        "low": [float(b / bins) for b in filled],
        "high": [float((b + 1) / bins) for b in filled],
        "count": count,
        "confidence": sure,
        "accuracy": accuracy,
        "expected_calibration_error": sum(gaps) / len(labels),
    }
