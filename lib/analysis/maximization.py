"""Images that a unit of the network answers to most."""

import numpy as np

from lib.analysis.backward import Tap, ready_for_dx
from lib.analysis.probe import parameter_like
from lib.backend import array_namespace, cast, full, to_device, to_scalar, zeros
from lib.settings import as_generator, as_integer, as_integers, as_number


def activation_maximization(
    network,
    layer,
    unit,
    input_shape,
    *,
    steps=100,
    learning_rate=0.1,
    weight_decay=0.01,
    bounds=None,
    start_std=0.1,
    rng=None,
):
    r"""Return an image made to excite one unit, by gradient ascent on the pixels.

    .. math:: x \leftarrow x + \eta \Bigl(\frac{g}{\operatorname{rms}(g)} - \lambda x\Bigr),
        \qquad g = \frac{\partial a}{\partial x}

    with the activation :math:`a` of the unit; of a channel, the mean over its pixels. The gradient
    is brought to one size, since units differ by orders of magnitude in theirs.

    Parameters
    ----------
    network : Layer
        It runs in evaluation mode, and is left as it was.
    layer : str
        The dotted name of a layer; ``""`` is the network itself, whose units are the logits.
    unit : int
        A channel, or a number, of the layer's output.
    input_shape : tuple of int
        That of one example, ``(C, H, W)`` for images.
    steps : int, default 100
    learning_rate : float, default 0.1
        :math:`\eta`
    weight_decay : float, default 0.01
        :math:`\lambda`; keeps the image from growing without end.
    bounds : (float, float), optional
        What the pixels are clipped to after each step.
    start_std : float, default 0.1
        Standard deviation of the noise that the image begins as, around 0 or the middle of
        `bounds`.
    rng : numpy.random.Generator or int, optional
        Draws the first image, on the host; a seed makes one, a fresh one if not given.

    Returns
    -------
    image : array
        Of `input_shape`.
    activations : list of float
        The activation of the unit before each step, and after the last.

    Raises
    ------
    TypeError, ValueError
        If there is no such layer or unit, or a setting is of another kind or out of range.

    Notes
    -----
    Source: Simonyan, Vedaldi and Zisserman, *Deep inside convolutional networks: visualising image
    classification models and saliency maps* (2013), section 2. Used in the chapter *Looking
    inside*.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> template = Linear(4, 1)
    >>> template.weight.data[:] = [[1, -1, 1, 1]]
    >>> image, activations = activation_maximization(template, "", 0, (4,), bounds=(0, 1))
    >>> image, activations[-1]
    (array([1., 0., 1., 1.], dtype=float32), 3.0)
    """
    unit, steps = as_integer(unit, "unit"), as_integer(steps, "steps", at_least=0)
    learning_rate = as_number(learning_rate, "learning_rate", above=0)
    weight_decay = as_number(weight_decay, "weight_decay", at_least=0)
    bounds = None if bounds is None else _as_bounds(bounds)
    start_std = as_number(start_std, "start_std", at_least=0)
    input_shape = as_integers(input_shape, "input_shape", at_least=1)
    x = _first_image(parameter_like(network), input_shape, bounds, start_std, as_generator(rng))
    xp = array_namespace(x)
    activations = []
    with ready_for_dx(network):
        tap = Tap(network, layer, begin_with=lambda out: _gradient_of_sum(out, unit))
        for step in range(steps + 1):
            logits = network(x)
            _check_unit(tap, unit)
            activations.append(to_scalar(xp.mean(tap.out[:, unit, ...])))
            if step == steps:
                break
            # Zeros from above: the tap puts the gradient of the unit in.
            dx = network.backward(zeros(logits.shape, like=logits))
            size = xp.sqrt(xp.mean(dx * dx))
            size = xp.where(size > 0, size, xp.ones_like(size))  # a dead unit moves nothing
            x = x + learning_rate * (dx / size - weight_decay * x)
            if bounds is not None:
                x = xp.minimum(xp.maximum(x, bounds[0]), bounds[1])
    return x[0, ...], activations


def _first_image(like, input_shape, bounds, std, rng):
    noise = to_device(std * rng.standard_normal((1, *input_shape), np.float32), like)
    middle = 0.0 if bounds is None else (bounds[0] + bounds[1]) / 2
    return cast(noise, like=like) + full((1, *input_shape), middle, like=like)


def _as_bounds(bounds):
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        raise TypeError(f"bounds must be (low, high), got {bounds!r}")
    low = as_number(bounds[0], "the lower of bounds")
    return low, as_number(bounds[1], "the upper of bounds", above=low)


def _check_unit(tap, unit):
    units = tap.out.shape[1]
    if not 0 <= unit < units:
        raise ValueError(f'layer "{tap.name}" has units 0 to {units - 1}, got {unit}')


def _gradient_of_sum(out, unit):
    """Return the gradient of the mean up to its size, which the step does not depend on."""
    dout = zeros(out.shape, like=out)
    dout[:, unit, ...] = 1
    return dout
