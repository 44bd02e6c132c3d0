"""Which pixels a decision rests on.

All of it comes from the network's own passes. The networks run in evaluation mode and are left as
they were: parameters, their gradients, buffers, generators, and what the last forward pass kept.
"""

from lib.analysis.backward import (
    Tap,
    dx_of_target,
    ready_for_dx,
    replace_relu_backward,
)
from lib.backend import array_namespace


def gradient(network, x, target):
    r"""Return how much each pixel moves the logit of a class: :math:`\partial z_t / \partial x`.

    Parameters
    ----------
    network : Layer
        Gives logits ``(N, K)``.
    x : array
        A batch of inputs.
    target : int or array
        A class for all inputs, or ``(N,)``, one for each.

    Shape
    -----
    ``(N, ...)`` → the same

    Raises
    ------
    ValueError
        If there is no such class, or the network does not give logits.

    Notes
    -----
    The absolute value, over channels the largest, is the saliency map. Source: Simonyan, Vedaldi
    and Zisserman, *Deep inside convolutional networks: visualising image classification models and
    saliency maps* (2013), section 3. Used in the chapter *Seeing what a network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear
    >>> layer = Linear(2, 2)
    >>> layer.weight.data[:] = [[1, 2], [3, 4]]
    >>> gradient(layer, np.ones((1, 2)), target=1)
    array([[3., 4.]])
    """
    with ready_for_dx(network):
        return dx_of_target(network, x, target)


def gradient_times_input(network, x, target):
    r"""Return the share of each pixel in a logit: :math:`x\, \partial z_t / \partial x`.

    The logit of a network of convolutions, ReLU and pooling is linear around `x`: without biases
    the shares add up to it, with biases to what is left of it when the share of the biases is taken
    off.

    Parameters
    ----------
    network, x, target
        As for :func:`gradient`.

    Shape
    -----
    ``(N, ...)`` → the same

    Raises
    ------
    ValueError
        As :func:`gradient`.

    Notes
    -----
    Source: Shrikumar, Greenside, Shcherbina and Kundaje, *Not just a black box: learning important
    features through propagating activation differences* (2016). Used in the chapter
    *Seeing what a network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear
    >>> layer = Linear(2, 2)
    >>> layer.weight.data[:] = [[1, 2], [3, 4]]
    >>> gradient_times_input(layer, np.array([[10.0, 1.0]]), target=1)
    array([[30.,  4.]])
    """
    return x * gradient(network, x, target)


def guided_backprop(network, x, target):
    r"""Return the gradient that passes a ReLU only where it is positive itself.

    .. math:: \text{usual: } dx = dout\, [x > 0] \qquad
        \text{guided: } dx = dout\, [x > 0]\, [dout > 0]

    What would lower the logit is left out, so the picture gets sharper. It is no gradient any more.

    Parameters
    ----------
    network, x, target
        As for :func:`gradient`; the network has ReLUs.

    Shape
    -----
    ``(N, ...)`` → the same

    Raises
    ------
    ValueError
        As :func:`gradient`; and if the network has no ReLU.

    Notes
    -----
    `ReLU6` follows the rule too. Source: Springenberg, Dosovitskiy, Brox and Riedmiller, *Striving
    for simplicity: the all convolutional net* (2014), section 3.4. Used in the chapter
    *Seeing what a network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(relu=ReLU(), output=Linear(3, 1))
    >>> network.output.weight.data[:] = [[1, 1, -1]]
    >>> guided_backprop(network, np.array([[1.0, -1.0, 1.0]]), target=0)
    array([[1., 0., 0.]])
    """
    return _with_rule(network, x, target, lambda dout, usual: usual(_positive(dout)))


def deconvnet(network, x, target):
    r"""Return the way back of a deconvnet: a ReLU keeps what is positive in the gradient.

    .. math:: \text{usual: } dx = dout\, [x > 0] \qquad
        \text{deconvnet: } dx = dout\, [dout > 0]

    What went forward through the ReLU plays no part; max pooling still returns to its maxima.

    Parameters
    ----------
    network, x, target
        As for :func:`gradient`; the network has ReLUs.

    Shape
    -----
    ``(N, ...)`` → the same

    Raises
    ------
    ValueError
        As :func:`gradient`; and if the network has no ReLU.

    Notes
    -----
    `ReLU6` follows the rule too. Source: Zeiler and Fergus, *Visualizing and understanding
    convolutional networks* (2013), section 2.1. Used in the chapter *Seeing what a network
    learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(relu=ReLU(), output=Linear(3, 1))
    >>> network.output.weight.data[:] = [[1, 1, -1]]
    >>> deconvnet(network, np.array([[1.0, -1.0, 1.0]]), target=0)
    array([[1., 1., 0.]])
    """
    return _with_rule(network, x, target, lambda dout, usual: _positive(dout))


def _with_rule(network, x, target, rule):
    with ready_for_dx(network):
        replace_relu_backward(network, rule)
        return dx_of_target(network, x, target)


def _positive(x):
    return array_namespace(x).maximum(x, 0)


def grad_cam(network, x, target, layer):
    r"""Return where a layer finds what speaks for a class.

    .. math:: \alpha_c = \frac{1}{H W} \sum_{h, w} \frac{\partial z_t}{\partial A_{c h w}}, \qquad
        M_{h w} = \max\Bigl(0, \sum_c \alpha_c A_{c h w}\Bigr)

    with the output :math:`A` of the layer: each channel has a weight, and the maps are added up.

    Parameters
    ----------
    network, x, target
        As for :func:`gradient`.
    layer : str
        The dotted name of a layer that gives images, usually the last one.

    Shape
    -----
    x: ``(N, C, H, W)`` → ``(N, h, w)``, the size of the layer's output.

    Raises
    ------
    ValueError
        As :func:`gradient`; if there is no such layer, or its output has no height and width.

    Notes
    -----
    Source: Selvaraju et al., *Grad-CAM: visual explanations from deep networks via gradient-based
    localization* (2017), equations 1 and 2. Used in the chapter *Seeing what a network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Conv2d, GlobalAvgPool2d, Sequential
    >>> network = Sequential(conv=Conv2d(1, 2, 3), pool=GlobalAvgPool2d())
    >>> grad_cam(network, np.ones((5, 1, 8, 8)), target=0, layer="conv").shape
    (5, 6, 6)
    """
    with ready_for_dx(network):
        tap = Tap(network, layer)
        dx_of_target(network, x, target)
        maps, dmaps = tap.out, tap.dout
    if len(maps.shape) != 4:
        raise ValueError(
            f'grad_cam expects a layer that gives images, "{layer}" gives {tuple(maps.shape)}'
        )
    xp = array_namespace(maps)
    weights = xp.mean(dmaps, axis=(2, 3), keepdims=True)
    return _positive(xp.sum(weights * maps, axis=1))
