"""Softmax cross-entropy: one true class out of several."""

import numpy as np

from lib.backend import array_namespace, cast, moved, to_device, to_numpy, to_scalar, widened
from lib.layers.activation import log_softmax
from lib.losses.checks import check_floating, check_reduction
from lib.settings import as_integer, as_number


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
    weight : array of float, optional
        ``(K,)``, at least 0: how much each class counts, for example more where it is rare. It
        multiplies :math:`y_{n k}`, and the mean is divided by the weights of the true classes.
    ignore_index : int, optional
        Examples, or pixels, with this target are passed over.
    reduction : {"mean", "sum"}, default "mean"

    Raises
    ------
    ValueError, TypeError
        For settings that make no sense.

    Notes
    -----
    `CrossEntropyLoss` in PyTorch, `SoftmaxWithLoss` in Saito's book. Derived in the chapter
    *From pixels to predictions*. Label smoothing: Szegedy et al., *Rethinking the Inception
    architecture for computer vision* (2015), section 7.

    Examples
    --------
    >>> value, dlogits = SoftmaxCrossEntropy()(np.zeros((1, 4)), np.array([2]))
    >>> round(value, 4), dlogits  # ln 4: four classes, nothing known
    (1.3863, array([[ 0.25,  0.25, -0.75,  0.25]]))
    """

    def __init__(self, label_smoothing=0.0, *, weight=None, ignore_index=None, reduction="mean"):
        self.label_smoothing = as_number(label_smoothing, "label_smoothing", at_least=0, at_most=1)
        self.weight = None if weight is None else _check_weight(weight)
        self.ignore_index = None
        if ignore_index is not None:
            self.ignore_index = as_integer(ignore_index, "ignore_index")
        self.reduction = check_reduction(reduction)

    def __call__(self, logits, targets):
        """Return the loss and its gradient.

        Parameters
        ----------
        logits : array
            ``(N, K)``: one number for each class, before softmax; or ``(N, K, H, W)``, those of
            every pixel of a class map.
        targets : array of int
            ``(N,)``, or ``(N, H, W)``: the true classes, 0 to K − 1.

        Returns
        -------
        value : float
        dlogits : array
            Of the shape of the logits.

        Raises
        ------
        ValueError, TypeError
            For logits of another shape, for targets of another shape, of another type or out of
            range, and where all are to be ignored.
        """
        check_floating(logits)
        if len(logits.shape) < 2:
            raise ValueError(
                f"logits must have shape (N, K) or (N, K, H, W), got {tuple(logits.shape)}"
            )
        xp, wide = array_namespace(logits), widened(logits)
        targets, counted = self._check_targets(targets, logits)
        log_p, asked = log_softmax(wide), self._asked(targets, counted, wide)
        # Where nothing is asked nothing counts: 0 times the -inf of a class ruled out would be NaN.
        terms = asked * xp.where(asked > 0, log_p, xp.zeros_like(log_p))
        divisor = self._divisor(targets, counted)
        value = -to_scalar(xp.sum(xp.sum(terms, axis=1))) / divisor
        p = xp.exp(log_p)
        if self.weight is not None:
            p = p * xp.sum(asked, axis=1)[:, None, ...]
        elif self.ignore_index is not None:
            p = p * moved(counted, like=wide)[:, None, ...]
        return value, cast((p - asked) / divisor, like=logits)

    def _check_targets(self, targets, logits):
        """Return the targets, and which of them count, on the host: a card would have to answer."""
        targets, shape = to_numpy(targets), (logits.shape[0], *logits.shape[2:])
        if targets.dtype.kind not in "iu":
            raise TypeError(f"targets must be integers, got {targets.dtype}")
        if targets.shape != shape:
            raise ValueError(f"targets must have shape {shape}, got {targets.shape}")
        targets = targets.astype(np.int64)  # which every library compares
        counted = np.ones(shape, bool)
        if self.ignore_index is not None:
            counted = targets != self.ignore_index
            targets = np.where(counted, targets, 0)
            if not counted.any():
                raise ValueError(f"all targets are {self.ignore_index}, and to be ignored")
        low, high, last = targets.min(), targets.max(), logits.shape[1] - 1
        if low < 0 or high > last:
            raise ValueError(f"targets must lie in 0 to {last}, got {low} to {high}")
        return targets, counted

    def _asked(self, targets, counted, like):
        """Return y: what the loss asks of each class, times the weight of the class."""
        xp, k = array_namespace(like), like.shape[1]
        by_class = (None, slice(None), *(None for _ in like.shape[2:]))
        classes = xp.arange(k, dtype=xp.int64, device=like.device)
        y = cast(to_device(targets, like)[:, None, ...] == classes[by_class], like=like)
        if self.label_smoothing:
            y = (1 - self.label_smoothing) * y + self.label_smoothing / k
        if self.weight is not None:
            y = y * self._weight_of_classes(like)[by_class]
        if self.ignore_index is not None:
            y = y * moved(counted, like=like)[:, None, ...]
        return y

    def _weight_of_classes(self, like):
        if self.weight.shape != (like.shape[1],):
            raise ValueError(
                f"weight must have one number for each of {like.shape[1]} classes, "
                f"got shape {self.weight.shape}"
            )
        return moved(self.weight, like=like)

    def _divisor(self, targets, counted):
        """Return how many targets count, each as much as its class weighs; 1 for a sum."""
        if self.reduction == "sum":
            return 1
        if self.weight is None:
            return int(counted.sum())
        total = float((self.weight[targets] * counted).sum())
        if not total:
            raise ValueError("weight is 0 for every class among the targets: nothing is left")
        return total


def _check_weight(weight):
    try:
        weight = np.array(weight if isinstance(weight, list | tuple) else to_numpy(weight), float)
    except (TypeError, ValueError):
        raise TypeError(f"weight must be a number for each class, got {weight!r}") from None
    if weight.ndim != 1 or not (np.isfinite(weight) & (weight >= 0)).all() or not weight.any():
        raise ValueError(f"weight must be numbers at least 0, not all of them 0, got {weight}")
    return weight
