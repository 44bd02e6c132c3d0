"""Losses: how far a prediction is from the truth, and in which direction to go.

A loss stays outside the network: ``loss(prediction, targets)`` returns the value, averaged over
the batch, and its gradient with respect to the prediction, ready for ``network.backward``.
"""

from lib.backend import array_namespace, cast, is_floating, to_device, to_scalar
from lib.layers.activation import log_softmax, sigmoid, softmax

__all__ = [
    "BinaryCrossEntropy",
    "MeanSquaredError",
    "SoftmaxCrossEntropy",
    "log_softmax",
    "softmax",
]


class SoftmaxCrossEntropy:
    r"""Softmax and cross-entropy in one: :math:`L = -\frac1N \sum_n \log p_{n, t_n}`.

    The gradient with respect to the logits is :math:`(p - y) / N`, where :math:`y` is 1 at the
    true class and 0 elsewhere. With label smoothing :math:`\epsilon` the target is
    :math:`1 - \epsilon + \epsilon / K` at the true class and :math:`\epsilon / K` elsewhere,

    .. math:: L = -\frac1N \sum_n \sum_k y_{n k} \log p_{n k}

    so that no logit gains from growing without end; the gradient is still :math:`(p - y) / N`.

    Parameters
    ----------
    label_smoothing : float, default 0.0
        :math:`\epsilon`, from 0 to 1.

    Raises
    ------
    ValueError
        If `label_smoothing` is out of range.

    Notes
    -----
    `CrossEntropyLoss` in PyTorch, `SoftmaxWithLoss` in Saito's book. Derived in the chapter
    *From pixels to predictions*. Label smoothing: Szegedy et al., *Rethinking the Inception
    architecture for computer vision* (2015), section 7.

    Examples
    --------
    >>> import numpy as np
    >>> value, dlogits = SoftmaxCrossEntropy()(np.zeros((1, 4)), np.array([2]))
    >>> round(value, 4), dlogits  # ln 4: four classes, nothing known
    (1.3863, array([[ 0.25,  0.25, -0.75,  0.25]]))
    """

    def __init__(self, label_smoothing=0.0):
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"label_smoothing must lie in 0 to 1, got {label_smoothing}")
        self.label_smoothing = label_smoothing

    def __call__(self, logits, targets):
        """Return the mean loss and its gradient.

        Parameters
        ----------
        logits : array
            ``(N, K)``: one number for each class, before softmax.
        targets : array of int
            ``(N,)``: the true classes, 0 to K − 1.

        Returns
        -------
        value : float
        dlogits : array
            ``(N, K)``

        Raises
        ------
        ValueError, TypeError
            For logits that are not a matrix, and for targets of another shape, of another type
            or out of range.
        """
        xp = array_namespace(logits)
        _check_floating(logits)
        if logits.ndim != 2:
            raise ValueError(f"logits must have shape (N, K), got {tuple(logits.shape)}")
        n, k = logits.shape
        targets = _check_classes(targets, logits)
        classes = xp.arange(k, dtype=targets.dtype, device=logits.device)
        true = xp.astype(targets[:, None] == classes[None, :], logits.dtype)
        log_p = log_softmax(logits)
        # Picked, not multiplied by `true`: 0 times the -inf of a class that is ruled out is NaN.
        log_p_true = xp.take_along_axis(log_p, targets[:, None], axis=1)
        value, smoothing = -to_scalar(xp.sum(log_p_true)) / n, self.label_smoothing
        if smoothing:
            value = (1 - smoothing) * value - smoothing * to_scalar(xp.sum(log_p)) / (n * k)
            true = (1 - smoothing) * true + smoothing / k
        return value, (xp.exp(log_p) - true) / n


def _check_classes(targets, logits):
    """Return `targets` on the device of the logits, after checking that they name classes."""
    n, k = logits.shape
    targets = to_device(targets, logits)
    xp = array_namespace(targets)
    if not xp.isdtype(targets.dtype, "integral"):
        raise TypeError(f"targets must be integers, got {targets.dtype}")
    if tuple(targets.shape) != (n,):
        raise ValueError(f"targets must have shape ({n},), got {tuple(targets.shape)}")
    low, high = to_scalar(xp.min(targets)), to_scalar(xp.max(targets))
    if low < 0 or high >= k:
        raise ValueError(f"targets must lie in 0 to {k - 1}, got {low} to {high}")
    return xp.astype(targets, xp.int64)  # eight bits could not count 300 classes


class BinaryCrossEntropy:
    r"""Cross-entropy of two classes: :math:`L = -\frac1M \sum t \log p + (1 - t) \log(1 - p)`.

    Here :math:`p = 1 / (1 + e^{-z})` and :math:`M` counts all numbers. The gradient with respect
    to the logits :math:`z` is :math:`(p - t) / M`.

    Notes
    -----
    `BCEWithLogitsLoss` in PyTorch. Computed as :math:`\max(z, 0) - zt + \log(1 + e^{-|z|})`, which
    holds for any logit. Derived in the chapter *From pixels to predictions*.

    Examples
    --------
    >>> import numpy as np
    >>> value, dlogits = BinaryCrossEntropy()(np.zeros((1, 1)), np.ones((1, 1)))
    >>> round(value, 4), dlogits  # ln 2: a coin
    (0.6931, array([[-0.5]]))
    """

    def __call__(self, logits, targets):
        """Return the mean loss and its gradient.

        Parameters
        ----------
        logits : array
            Any shape.
        targets : array
            The same shape, numbers from 0 to 1.

        Raises
        ------
        ValueError
            For targets of another shape or out of range.
        """
        targets = _check_same_shape(targets, logits)
        xp = array_namespace(logits)
        low, high = to_scalar(xp.min(targets)), to_scalar(xp.max(targets))
        if low < 0 or high > 1:
            raise ValueError(f"targets must lie in 0 to 1, got {low} to {high}")
        terms = xp.maximum(logits, 0) - logits * targets + xp.log1p(xp.exp(-xp.abs(logits)))
        return to_scalar(xp.mean(terms)), (sigmoid(logits) - targets) / logits.size


class MeanSquaredError:
    r"""The mean of the squared differences: :math:`L = \frac1M \sum (y - t)^2`.

    :math:`M` counts all numbers; the gradient is :math:`2 (y - t) / M`.

    Notes
    -----
    `MSELoss` in PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]))
    (2.0, array([[ 0., -2.]]))
    """

    def __call__(self, prediction, targets):
        """Return the mean loss and its gradient.

        Parameters
        ----------
        prediction, targets : array
            Of one shape.

        Raises
        ------
        ValueError
            For targets of another shape.
        """
        difference = prediction - _check_same_shape(targets, prediction)
        xp = array_namespace(difference)
        return to_scalar(xp.mean(difference * difference)), 2 * difference / difference.size


def _check_same_shape(targets, prediction):
    """Return `targets` with the device and the dtype of the prediction."""
    _check_floating(prediction)
    if tuple(targets.shape) != tuple(prediction.shape):
        raise ValueError(
            f"targets must have the shape of the prediction, {tuple(prediction.shape)}, "
            f"got {tuple(targets.shape)}"
        )
    return cast(to_device(targets, prediction), like=prediction)


def _check_floating(prediction):
    if not is_floating(prediction):
        raise TypeError(f"a loss expects floating-point numbers, got {prediction.dtype}")
    if 0 in prediction.shape:  # the mean of nothing is not a number
        raise ValueError(f"a loss expects at least one number, got shape {tuple(prediction.shape)}")
