"""Losses of each number by itself: binary cross-entropy and the squared error."""

from lib.backend import array_namespace, cast, moved, size, to_scalar, widened
from lib.layers.activation import sigmoid
from lib.losses.checks import check_floating, check_reduction


class BinaryCrossEntropy:
    r"""Cross-entropy of two classes: :math:`L = -\frac1M \sum t \log p + (1 - t) \log(1 - p)`.

    Here :math:`p = 1 / (1 + e^{-z})` and :math:`M` counts all numbers. The gradient with respect
    to the logits :math:`z` is :math:`(p - t) / M`.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"

    Raises
    ------
    ValueError
        If `reduction` is neither.

    Notes
    -----
    `BCEWithLogitsLoss` in PyTorch. Computed as :math:`\max(z, 0) - zt + \log(1 + e^{-|z|})`, which
    holds for any logit, and its gradient as :math:`(1 - t) p - t (1 - p)`, which does not vanish
    where :math:`p` rounds to `t`. Derived in the chapter *From pixels to predictions*.

    Examples
    --------
    >>> import numpy as np
    >>> value, dlogits = BinaryCrossEntropy()(np.zeros((1, 1)), np.ones((1, 1)))
    >>> round(value, 4), dlogits  # ln 2: a coin
    (0.6931, array([[-0.5]]))
    """

    def __init__(self, *, reduction="mean"):
        self.reduction = check_reduction(reduction)

    def __call__(self, logits, targets):
        """Return the loss and its gradient.

        Parameters
        ----------
        logits : array
            Any shape.
        targets : array
            The same shape, numbers from 0 to 1.

        Raises
        ------
        ValueError, TypeError
            For targets of another shape, of another type or out of range.
        """
        targets = _check_same_shape(targets, logits)
        xp, z, t = array_namespace(logits), widened(logits), widened(targets)
        low, high = to_scalar(xp.min(t)), to_scalar(xp.max(t))
        if not (low >= 0 and high <= 1):  # true for what is not a number, too
            raise ValueError(f"targets must lie in 0 to 1, got {low} to {high}")
        terms = xp.maximum(z, 0) - z * t + xp.log1p(xp.exp(-xp.abs(z)))
        slopes = (1 - t) * sigmoid(z) - t * sigmoid(-z)
        return _reduced(terms, slopes, self.reduction, like=logits)


class MeanSquaredError:
    r"""The mean of the squared differences: :math:`L = \frac1M \sum (y - t)^2`.

    :math:`M` counts all numbers; the gradient is :math:`2 (y - t) / M`.

    Parameters
    ----------
    reduction : {"mean", "sum"}, default "mean"

    Raises
    ------
    ValueError
        If `reduction` is neither.

    Notes
    -----
    `MSELoss` in PyTorch.

    Examples
    --------
    >>> import numpy as np
    >>> MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]))
    (2.0, array([[ 0., -2.]]))
    """

    def __init__(self, *, reduction="mean"):
        self.reduction = check_reduction(reduction)

    def __call__(self, prediction, targets):
        """Return the loss and its gradient.

        Parameters
        ----------
        prediction, targets : array
            Of one shape.

        Raises
        ------
        ValueError, TypeError
            For targets of another shape or of another type.
        """
        targets = _check_same_shape(targets, prediction)
        difference = widened(prediction) - widened(targets)
        return _reduced(difference * difference, 2 * difference, self.reduction, like=prediction)


def _reduced(terms, slopes, reduction, *, like):
    """Return the mean of the terms, or their sum, and its gradient."""
    xp, divisor = array_namespace(terms), size(terms) if reduction == "mean" else 1
    value = xp.mean(terms) if reduction == "mean" else xp.sum(terms)
    return to_scalar(value), cast(slopes / divisor, like=like)


def _check_same_shape(targets, prediction):
    """Return `targets` with the device and the dtype of the prediction."""
    check_floating(prediction)
    xp = array_namespace(targets)
    if tuple(targets.shape) != tuple(prediction.shape):
        raise ValueError(
            f"targets must have the shape of the prediction, {tuple(prediction.shape)}, "
            f"got {tuple(targets.shape)}"
        )
    if not xp.isdtype(targets.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"targets must be real numbers, got {targets.dtype}")
    return moved(targets, like=prediction)
