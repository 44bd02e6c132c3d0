"""A small change of a picture that changes the answer."""

from lib.analysis.backward import as_bounds, classes_of, ready_for_dx
from lib.backend import array_namespace, to_device
from lib.losses import SoftmaxCrossEntropy
from lib.settings import as_flag, as_number


def fgsm(network, x, target, epsilon, *, targeted=False, bounds=(0, 1)):
    r"""Return pictures changed by one step of the fast gradient sign method.

    .. math:: x' = x + \varepsilon\, \operatorname{sign} \frac{\partial L}{\partial x}

    with the cross-entropy :math:`L` of the true class, which grows; or, when `targeted`, with a
    minus, so that the loss of the class that the network is to see falls. No pixel moves by more
    than :math:`\varepsilon`, and nearly all move by so much.

    Parameters
    ----------
    network : Layer
        Gives logits ``(N, K)``. It runs in evaluation mode, and is left as it was.
    x : array
        A batch of inputs.
    target : int or array
        A class for all inputs, or ``(N,)``, one for each: the true ones, or those to be seen.
    epsilon : float
        :math:`\varepsilon`, in the units of the pixels.
    targeted : bool, default False
    bounds : (float, float), default (0, 1)
        What the pixels are clipped to.

    Shape
    -----
    ``(N, ...)`` → the same

    Raises
    ------
    TypeError, ValueError
        As :func:`gradient`; and if a setting is of another kind or out of range.

    Notes
    -----
    Source: Goodfellow, Shlens and Szegedy, *Explaining and harnessing adversarial examples* (2015),
    section 4. Used in the chapter *Seeing what a network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear
    >>> layer = Linear(3, 2)
    >>> layer.weight.data[:] = [[1, -1, 0], [0, 0, 0]]
    >>> fgsm(layer, np.full((1, 3), 0.5), target=0, epsilon=0.25)
    array([[0.25, 0.75, 0.5 ]])
    """
    epsilon = as_number(epsilon, "epsilon", at_least=0)
    direction = -1 if as_flag(targeted, "targeted") else 1
    low, high = as_bounds(bounds)
    xp = array_namespace(x)
    with ready_for_dx(network):
        logits = network(x)
        classes = to_device(classes_of(logits, target).copy(), logits)
        # The sum, not the mean: the sign of one picture's gradient must not depend on the batch.
        _, dlogits = SoftmaxCrossEntropy(reduction="sum")(logits, classes)
        dx = network.backward(dlogits)
    changed = x + direction * epsilon * xp.sign(dx)
    return xp.minimum(xp.maximum(changed, low), high)
