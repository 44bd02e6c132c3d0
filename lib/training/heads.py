"""A new head for a body that does not change: a linear classifier on its codes."""

import numpy as np

from lib.backend import array_namespace, cast, size, to_scalar
from lib.layers import Linear
from lib.losses import SoftmaxCrossEntropy
from lib.optimizers import Nesterov
from lib.settings import as_integer, as_number, kind_of


def train_head(codes, labels, *, classes=None, steps=200, lr=1.0):
    r"""Train a linear classifier on codes, all of them in every step.

    The body that gave the codes does not change, so they are computed once, and no step passes
    through it. The codes are centered, and scaled so that their mean squared length is 1:

    .. math:: z = (x - \bar x) / s, \qquad s^2 = \frac1N \sum_n \lVert x_n - \bar x \rVert^2

    With that, the loss curves at most by 1 in any direction, and a learning rate of 1 suits codes
    of any length. In the end mean and scale go into the weights, and the head takes codes as they
    are: :math:`W z + b = (W / s)\, x + (b - W \bar x / s)`.

    Parameters
    ----------
    codes : array
        From :func:`lib.analysis.codes`, or anything with a row of floats a picture.
    labels : array of int
        NumPy's, on any device.
    classes : int, optional
        How many outputs; one more than the largest label if not given.
    steps : int, default 200
    lr : float, default 1.0

    Returns
    -------
    Linear
        It starts from weights of 0, so that the same codes give the same head.

    Shape
    -----
    codes ``(N, D)``, labels ``(N,)`` → weight ``(classes, D)``

    Raises
    ------
    TypeError
        If the codes are no array of floats, the labels none of integers, or another argument is of
        another kind.
    ValueError
        If the codes are not two-dimensional or all the same, there are not as many labels, or a
        setting is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> head = train_head(np.array([[1.0, 9.0], [3.0, 9.0]]), np.array([0, 1]))
    >>> head(np.array([[0.0, 9.0], [2.5, 9.0]])).argmax(axis=1)
    array([0, 1])
    """
    xp = array_namespace(codes)
    if not xp.isdtype(codes.dtype, "real floating"):
        raise TypeError(f"codes must be floats, got {codes.dtype}")
    if len(codes.shape) != 2 or size(codes) == 0:
        raise ValueError(f"codes must have shape (N, D), got {tuple(codes.shape)}")
    _check_labels(labels, codes.shape[0])
    steps, lr = as_integer(steps, "steps", at_least=1), as_number(lr, "lr", above=0)
    most = int(labels.max()) + 1 if classes is None else classes
    classes = as_integer(most, "classes", at_least=2)
    mean = xp.mean(codes, axis=0)
    centered = codes - mean
    scale = xp.sqrt(xp.mean(xp.sum(centered * centered, axis=1)))
    if to_scalar(scale) == 0:
        raise ValueError("all codes are the same: a head cannot tell them apart")
    z = centered / scale
    head = Linear(codes.shape[1], classes, rng=0).to_device(codes)
    head.weight.data = cast(head.weight.data * 0, like=codes)
    head.bias.data = cast(head.bias.data, like=codes)
    loss, optimizer = SoftmaxCrossEntropy(), Nesterov(head, lr)
    head.set_needs_dx(False)
    for _ in range(steps):
        _, dlogits = loss(head(z), labels)
        head.backward(dlogits)
        optimizer.step()
    head.set_needs_dx(True)
    head.weight.data = head.weight.data / scale
    head.bias.data = head.bias.data - head.weight.data @ mean
    return head.eval()


def _check_labels(labels, n):
    """Refuse what is not one integer for each code."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        given = labels.dtype if isinstance(labels, np.ndarray) else kind_of(labels)
        raise TypeError(f"labels must be NumPy's integers, got {given}")
    if labels.shape != (n,):
        raise ValueError(f"labels must have shape ({n},), one for each code, got {labels.shape}")
