"""Whether a network is right as often as it says: calibration, and one number that repairs it."""

import math

import numpy as np

from lib.backend import is_floating, to_numpy
from lib.losses import softmax
from lib.settings import as_integer

__all__ = ["best_temperature", "expected_calibration_error", "reliability"]

BINS = 15  # as in the paper


def reliability(probabilities, labels, bins=BINS):
    """Compare confidence and accuracy, in bins of confidence of equal width.

    The confidence of an answer is its probability, the largest of all.

    Parameters
    ----------
    probabilities : array
        After softmax.
    labels : array of int
        The true classes.
    bins : int, default 15
        Of equal width, from 0 to 1.

    Returns
    -------
    dict
        Lists with an entry for each bin that is not empty: its ends ``low`` and ``high``, the
        ``count`` of answers in it, their mean ``confidence`` and their ``accuracy``.

    Shape
    -----
    probabilities: (N, K); labels: (N,)

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit, or a number is no probability.

    Notes
    -----
    Source: Guo, Pleiss, Sun and Weinberger, *On calibration of modern neural networks* (2017),
    section 2. Built in the chapter *Making it generalize*.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    >>> found = reliability(sure, np.array([0, 1, 1, 1]), bins=2)
    >>> found["count"], found["confidence"], found["accuracy"]
    ([4], [0.75], [0.75])
    """
    bins = as_integer(bins, "bins", at_least=1)
    probabilities, labels = _checked(probabilities, labels, "probabilities")
    if not (probabilities.min() >= 0 and probabilities.max() <= 1 + 1e-6):
        raise ValueError(
            f"probabilities must lie in 0 to 1, got {probabilities.min():g} to "
            f"{probabilities.max():g}; softmax makes them of logits"
        )
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    filled = np.flatnonzero(np.bincount(place, minlength=bins))
    chosen = [place == b for b in filled]
    return {
        "low": [float(b / bins) for b in filled],
        "high": [float((b + 1) / bins) for b in filled],
        "count": [int(c.sum()) for c in chosen],
        "confidence": [float(confidence[c].mean()) for c in chosen],
        "accuracy": [float(right[c].mean()) for c in chosen],
    }


def expected_calibration_error(probabilities, labels, bins=BINS):
    r"""Return how far confidence and accuracy lie apart, over bins of confidence.

    .. math:: \text{ECE} = \sum_b \frac{n_b}{N} |\text{accuracy}_b - \text{confidence}_b|

    Parameters
    ----------
    probabilities, labels, bins
        As for :func:`reliability`.

    Returns
    -------
    float
        From 0 to 1; 0 where each bin is right as often as it says.

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit, or a number is no probability.

    Notes
    -----
    Source: Guo, Pleiss, Sun and Weinberger, *On calibration of modern neural networks* (2017),
    equation 5. Built in the chapter *Making it generalize*.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    >>> round(expected_calibration_error(sure, np.array([0, 1, 1, 1]), bins=5), 3)
    0.4
    """
    found = reliability(probabilities, labels, bins)
    terms = zip(found["count"], found["accuracy"], found["confidence"], strict=True)
    return sum(n * abs(right - sure) for n, right, sure in terms) / sum(found["count"])


def best_temperature(logits, labels):
    r"""Return the temperature :math:`T` that makes ``softmax(logits / T)`` most honest.

    It is the one with the smallest cross-entropy: where that is least, its derivative is 0, so that

    .. math:: \sum_n z_{n, t_n} = \sum_n \sum_k p_{nk}\, z_{nk},
        \qquad p_n = \operatorname{softmax}(z_n / T).

    The right side falls as :math:`T` grows, and bisection finds where it meets the left one. No
    answer changes: dividing all logits by one number leaves the largest the largest.

    Parameters
    ----------
    logits : array
        Of pictures that the network has not trained on.
    labels : array of int
        Their true classes.

    Returns
    -------
    float
        Above 1 for a network that is too sure, below 1 for one that is not sure enough; from
        0.01 to 100.

    Shape
    -----
    logits: (N, K); labels: (N,)

    Raises
    ------
    ValueError, TypeError
        If the shapes do not fit.

    Notes
    -----
    Source: Guo, Pleiss, Sun and Weinberger, *On calibration of modern neural networks* (2017),
    section 4.2. Built in the chapter *Making it generalize*.

    Examples
    --------
    Two classes, logits of 4 and 0, right three times of four: then :math:`4 / T = \ln 3`.

    >>> logits = np.array([[4.0, 0.0]] * 4)
    >>> temperature = best_temperature(logits, np.array([0, 0, 0, 1]))
    >>> round(4 / temperature, 4), round(float(np.log(3)), 4)
    (1.0986, 1.0986)
    """
    logits, labels = _checked(logits, labels, "logits")
    true = logits[np.arange(len(labels)), labels].mean()
    low, high = math.log(0.01), math.log(100)
    for _ in range(50):
        middle = (low + high) / 2
        said = (softmax(logits / math.exp(middle)) * logits).sum(axis=1).mean()
        low, high = (middle, high) if said > true else (low, middle)
    return math.exp((low + high) / 2)


def _checked(scores, labels, name):
    """Return scores and labels on the host, the scores in float64, after a look at both."""
    if not is_floating(scores):
        raise TypeError(f"{name} must be floating-point numbers, got {scores.dtype}")
    scores, labels = to_numpy(scores), to_numpy(labels)
    if scores.ndim != 2 or not scores.size or labels.shape != scores.shape[:1]:
        raise ValueError(
            f"expected {name} of shape (N, K) and labels of shape (N,), got {scores.shape} and "
            f"{labels.shape}"
        )
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got {labels.dtype}")
    low, high, last = labels.min(), labels.max(), scores.shape[1] - 1
    if low < 0 or high > last:
        raise ValueError(f"labels must lie in 0 to {last}, got {low} to {high}")
    return scores.astype("float64"), labels
