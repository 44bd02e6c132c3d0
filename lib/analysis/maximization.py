"""Images that a unit of the network answers to most."""

import math

import numpy as np

from lib.analysis.backward import Tap, as_bounds, ready_for_dx
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
    jitter=0,
    blur=0.0,
    start_std=0.1,
    rng=None,
):
    r"""Return an image made to excite one unit, by gradient ascent on the pixels.

    .. math:: x \leftarrow x + \eta \Bigl(\frac{g}{\operatorname{rms}(g)} - \lambda x\Bigr),
        \qquad g = \frac{\partial a}{\partial x}

    with the activation :math:`a` of the unit; of a channel, the mean over its pixels. The gradient
    is brought to one size, since units differ by orders of magnitude in theirs. Left to itself the
    image becomes noise that no photograph resembles. Decay, jitter and blur each ask it for
    something that photographs have: moderate pixels, a meaning that survives a shift, smoothness.

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
    jitter : int, default 0
        The network sees the image shifted by up to so many pixels up or down, and left or right,
        drawn anew for each step; what leaves on one side comes in on the other. The last activation
        is that of the image as it is.
    blur : float, default 0.0
        Standard deviation, in pixels, of the Gaussian that each step ends with.
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
        If there is no such layer or unit, or a setting is of another kind or out of range; and
        where what has no rows and columns is to be shifted or blurred.

    Notes
    -----
    Source: Erhan, Bengio, Courville and Vincent, *Visualizing higher-layer features of a deep
    network* (2009); Simonyan, Vedaldi and Zisserman, *Deep inside convolutional networks:
    visualising image classification models and saliency maps* (2013), section 2. Jitter and blur:
    Olah, Mordvintsev and Schubert, *Feature visualization* (2017). Used in the chapter *Seeing what
    a network learned*.

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
    bounds = None if bounds is None else as_bounds(bounds)
    start_std = as_number(start_std, "start_std", at_least=0)
    input_shape = as_integers(input_shape, "input_shape", at_least=1)
    jitter = as_integer(jitter, "jitter", at_least=0)
    blur = as_number(blur, "blur", at_least=0)
    if (jitter or blur) and len(input_shape) < 2:
        raise ValueError(f"jitter and blur expect rows and columns, got input_shape {input_shape}")
    rng = as_generator(rng)
    x = _first_image(parameter_like(network), input_shape, bounds, start_std, rng)
    xp = array_namespace(x)
    activations = []
    with ready_for_dx(network):
        tap = Tap(network, layer, begin_with=lambda out: _gradient_of_sum(out, unit))
        for step in range(steps + 1):
            moved_by = rng.integers(-jitter, jitter, 2, endpoint=True) if step < steps else (0, 0)
            logits = network(_shifted(x, moved_by) if jitter else x)
            _check_unit(tap, unit)
            activations.append(to_scalar(xp.mean(tap.out[:, unit, ...])))
            if step == steps:
                break
            # Zeros from above: the tap puts the gradient of the unit in.
            dx = network.backward(zeros(logits.shape, like=logits))
            dx = _shifted(dx, [-move for move in moved_by]) if jitter else dx
            size = xp.sqrt(xp.mean(dx * dx))
            size = xp.where(size > 0, size, xp.ones_like(size))  # a dead unit moves nothing
            x = x + learning_rate * (dx / size - weight_decay * x)
            x = _blurred(x, blur) if blur else x
            if bounds is not None:
                x = xp.minimum(xp.maximum(x, bounds[0]), bounds[1])
    return x[0, ...], activations


def _first_image(like, input_shape, bounds, std, rng):
    noise = to_device(std * rng.standard_normal((1, *input_shape), np.float32), like)
    middle = 0.0 if bounds is None else (bounds[0] + bounds[1]) / 2
    return cast(noise, like=like) + full((1, *input_shape), middle, like=like)


def _shifted(x, move):
    """Shift rows and columns; what leaves on one side comes in on the other."""
    return array_namespace(x).roll(x, tuple(map(int, move)), axis=(-2, -1))


def _blurred(x, std):
    """Blur rows and columns with a Gaussian; behind the border the image begins again."""
    xp, reach = array_namespace(x), math.ceil(3 * std)
    weights = [math.exp(-0.5 * (step / std) ** 2) for step in range(-reach, reach + 1)]
    for axis in (-2, -1):
        # The steps add up to 1.
        shifted = [
            xp.roll(x, step, axis=axis) * (weight / sum(weights))
            for step, weight in zip(range(-reach, reach + 1), weights, strict=True)
        ]
        x = sum(shifted[1:], start=shifted[0])
    return x


def _check_unit(tap, unit):
    units = tap.out.shape[1]
    if not 0 <= unit < units:
        raise ValueError(f'layer "{tap.name}" has units 0 to {units - 1}, got {unit}')


def _gradient_of_sum(out, unit):
    """Return the gradient of the mean up to its size, which the step does not depend on."""
    dout = zeros(out.shape, like=out)
    dout[:, unit, ...] = 1
    return dout
