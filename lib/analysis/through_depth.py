"""How long the gradient is at each layer, and how far one can trust its direction."""

import math

from lib.analysis.tracing import undisturbed
from lib.backend import array_namespace, to_numpy, to_scalar
from lib.layers import Parameter
from lib.layers.containers import as_layer
from lib.losses import SoftmaxCrossEntropy
from lib.settings import as_flag, as_number


def gradient_norms(network, x, targets, *, loss=None, training=True):
    r"""Return the length of the gradient of the weights of each layer, from the first to the last.

    It is :math:`\lVert \mathrm{d}w \rVert = \sqrt{\sum \mathrm{d}w^2}`, whatever the shape of the
    weights. Where the lengths shrink by a factor a layer, from the last to the first, gradients
    vanish; where they grow, they explode.

    Parameters
    ----------
    network : Layer
        It runs both ways once, and is left as it was.
    x : array
        A batch of inputs.
    targets : array
        As `loss` takes them.
    loss : callable, optional
        ``loss(logits, targets) -> (value, dlogits)``; :class:`~lib.losses.SoftmaxCrossEntropy` if
        not given.
    training : bool, default True
        Run in training mode: batch normalization uses the batch, and dropout drops.

    Returns
    -------
    dict of str to float
        By the dotted name of the layer, in the order of ``network.named_modules()``. Only filters
        and matrices count, no biases. Weights without a gradient are left out: they are frozen, or
        the forward pass does not come by them.

    Raises
    ------
    TypeError, ValueError
        If the network is no layer, `training` is no flag, or one of both refuses the input or the
        targets.

    Notes
    -----
    Source: Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural
    networks* (2010), section 4.2. Used in the chapter *Going deeper*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear, Sequential
    >>> layer = Linear(2, 2)
    >>> layer.weight.data[:] = 0
    >>> norms = gradient_norms(Sequential(layer), np.array([[3.0, 4.0]]), np.array([0]))
    >>> {name: round(norm, 4) for name, norm in norms.items()}  # 5 times the root of 1/2
    {'0': 3.5355}
    """
    as_layer(network, "network")
    training = as_flag(training, "training")
    with undisturbed(network):
        _make_ready(network, training)
        _run_both_ways(network, x, targets, loss)
        return {
            name: _length([layer.weight.grad])
            for name, layer in network.named_modules()
            if _has_filters(layer) and layer.weight.grad is not None
        }


def gradient_turn(network, x, targets, lengths, *, loss=None):
    r"""Return how much of its direction the gradient keeps after a step along itself.

    A step against the gradient :math:`g` of all parameters :math:`w` is as long as a share
    :math:`r` of the parameters. At its end the gradient is :math:`g'`, and the cosine of the angle
    between both is

    .. math:: \frac{g \cdot g'}{\lVert g \rVert \, \lVert g' \rVert}, \qquad
        w' = w - r\, \lVert w \rVert \, \frac{g}{\lVert g \rVert}

    It is 1 where the gradient still points the same way, and 0 where what was known before the
    step is worth nothing after it.

    Parameters
    ----------
    network, x, targets, loss
        As for :func:`gradient_norms`, in training mode. The network is left as it was.
    lengths : sequence of float
        The shares, such as 0.001.

    Returns
    -------
    list of float
        The cosines, one for each length.

    Raises
    ------
    TypeError, ValueError
        As :func:`gradient_norms`; if a length is no number of 0 or more; if the gradient is 0, or
        not finite, so that it has no direction.

    Notes
    -----
    Source: Santurkar, Tsipras, Ilyas and Madry, *How does batch normalization help optimization?*
    (2018), section 3.1, look along the gradient in the same way. Used in the chapter *Going
    deeper*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear
    >>> cosines = gradient_turn(Linear(2, 2, rng=0), np.eye(2), np.array([0, 1]), [0, 0.1])
    >>> [round(cosine, 2) for cosine in cosines]
    [1.0, 0.99]
    """
    as_layer(network, "network")
    if not isinstance(lengths, tuple | list):
        raise TypeError(f"lengths must be a list of numbers, got {lengths!r}")
    lengths = [as_number(length, "each of lengths", at_least=0) for length in lengths]
    with undisturbed(network):
        _make_ready(network, training=True)
        _run_both_ways(network, x, targets, loss)
        learned = [p for p in network.parameters() if p.grad is not None]
        began = [p.data for p in learned]
        gradient = [p.grad for p in learned]
        size = _length(gradient)
        if not 0 < size < math.inf:
            raise ValueError(f"a gradient of length {size:g} has no direction that could turn")
        scale = _length(began) / size
        cosines = []
        for length in lengths:
            for parameter, data, grad in zip(learned, began, gradient, strict=True):
                parameter.data = data - length * scale * grad
            _run_both_ways(network, x, targets, loss)
            after = [p.grad for p in learned]
            pairs = zip(gradient, after, strict=True)
            product = math.fsum(to_scalar(_sum(a * b)) for a, b in pairs)
            cosines.append(product / (size * _length(after)))
    return cosines


def _make_ready(network, training):
    """Set the mode, and forget the gradients of earlier passes."""
    network.train(training)
    network.set_needs_dx(False)
    for parameter in network.parameters():
        parameter.grad = None


def _run_both_ways(network, x, targets, loss):
    array_namespace(x)  # refuses what is no array
    _, dlogits = (loss or SoftmaxCrossEntropy())(network(x), targets)
    network.backward(dlogits)


def _has_filters(layer):
    weight = getattr(layer, "weight", None)
    return isinstance(weight, Parameter) and len(weight.data.shape) > 1


def _length(arrays):
    """Return the root of the sum of squares, in float64."""
    return math.sqrt(math.fsum(to_scalar(_sum(array**2)) for array in arrays))


def _sum(array):
    return to_numpy(array).astype("float64").sum()
