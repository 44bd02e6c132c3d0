r"""Check a backward pass against numbers: nudge the input, and see how far the output moves.

Calculus gives the gradient by formulas, and formulas are easily mistyped. The slope between two
nearby points needs no formula: :math:`(f(x + \varepsilon) - f(x - \varepsilon)) / 2\varepsilon`.
It is far too slow to train with and good enough to find every mistake, if the check is done with
care: in float64, on more than one example, with a random upstream gradient.
"""

import numbers

import numpy as np

from lib.backend import array_namespace, to_device, to_numpy, to_scalar
from lib.layers.containers import as_layer
from lib.settings import as_generator, as_integer, as_number


def numeric_gradient(f, x, eps=1e-5):
    r"""Return the gradient of `f` at `x` by central differences, one entry at a time.

    .. math:: \frac{\partial f}{\partial x_i}
        \approx \frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2 \varepsilon}

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns one number.
    x : array
        Where; it is not written into.
    eps : float, default 1e-5
        The step :math:`\varepsilon`. A larger one bends the slope (error about
        :math:`\varepsilon^2`), a smaller one drowns it in rounding (error about
        :math:`10^{-16} / \varepsilon`).

    Shape
    -----
    Any → the same

    Raises
    ------
    TypeError
        If `x` is not float64: float32 has too few digits for a difference of near numbers; if `f`
        cannot be called.

    Notes
    -----
    It calls `f` twice for each entry; :func:`directional_check` calls twice for each direction.
    Used in the chapter *A CNN from scratch*.

    Examples
    --------
    >>> numeric_gradient(lambda x: float((x**2).sum()), np.array([1.0, -3.0])).round(6)
    array([ 2., -6.])
    """
    if not callable(f):
        raise TypeError(f"f must be a function, got {f!r}")
    _require_float64(x, "x")
    xp, eps = array_namespace(x), as_number(eps, "eps", above=0)
    gradient = xp.zeros_like(x)
    for index in np.ndindex(*x.shape):
        values = []
        for step in (eps, -eps):
            moved = xp.asarray(x, copy=True)
            moved[index] += step
            values.append(float(f(moved)))
        gradient[index] = (values[0] - values[1]) / (2 * eps)
    return gradient


def relative_error(a, b, floor=0.0):
    r"""Return how far two arrays are apart, as a share of their size.

    .. math:: \frac{\|a - b\|}{\|a\| + \|b\|}

    It lies between 0 (equal) and 1 (one is zero, or they point in opposite directions). What is
    not finite is as wrong as can be: 1.

    Parameters
    ----------
    a, b : array or number
        Of one shape.
    floor : float, default 0.0
        Added below the fraction line, so that two gradients that should be 0, and are rounding
        errors, count as equal.

    Raises
    ------
    TypeError
        If one is neither an array nor a number.
    ValueError
        If the shapes differ; broadcasting would hide a mistake.

    Examples
    --------
    >>> relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    0.0
    >>> relative_error(2.0, 1.0)
    0.3333333333333333
    """
    a, b = (_as_floats(v) for v in (a, b))
    if a.shape != b.shape:
        raise ValueError(f"relative_error expects arrays of one shape, got {a.shape} and {b.shape}")
    floor = as_number(floor, "floor", at_least=0)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return 1.0
    size = np.linalg.norm(a) + np.linalg.norm(b) + floor
    return float(np.linalg.norm(a - b) / size) if size > 0 else 0.0


def directional_check(layer, x, rng, *, eps=1e-6, directions=3):
    r"""Compare a layer's backward pass with slopes along random directions.

    With a random upstream gradient :math:`r` we look at :math:`L = \sum r \odot \text{layer}(x)`.
    Along a random direction :math:`d` its slope is :math:`\sum \partial L / \partial x \odot d`,
    which must equal the central difference. One direction moves all entries at once, so a check
    costs two forward passes instead of two for each entry.

    Parameters
    ----------
    layer : Layer
        A layer or a whole network, in float64: ``layer.astype("float64")``. Its parameters are
        as before afterwards; their ``grad`` is set.
    x : array
        Input in float64, with at least two examples.
    rng : numpy.random.Generator or int
        Draws the upstream gradient and the directions; a seed makes one.
    eps : float, default 1e-6
        Length of the step along a direction whose entries are about 1.
    directions : int, default 3
        How many. With several, no single slope that happens to be near 0 decides.

    Returns
    -------
    dict of str to float
        The relative error for ``"x"`` and for each parameter by its dotted name. Below 1e-7 is
        right; above 1e-4 is wrong.

    Raises
    ------
    TypeError
        If the input or a parameter is not float64.
    ValueError
        For fewer than two examples, where a mean or a sum over the batch is the same thing; and
        for a layer that gives two outputs for one input, such as dropout in training mode.

    Notes
    -----
    A step that crosses the kink of a ReLU, or a tie of a max pool, gives a wrong slope for a right
    gradient; with random inputs and a small `eps` that is rare. Used in the chapter *A CNN from
    scratch*.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> rng = np.random.default_rng(0)
    >>> layer = Linear(4, 3, rng=rng).astype("float64")
    >>> errors = directional_check(layer, rng.standard_normal((2, 4)), rng)
    >>> sorted(errors), max(errors.values()) < 1e-7
    (['bias', 'weight', 'x'], True)
    """
    rng, eps = as_generator(rng), as_number(eps, "eps", above=0)
    directions = as_integer(directions, "directions", at_least=1)
    as_layer(layer, "network")
    parameters = {name: p for name, p in layer.named_parameters() if p.trainable}
    for name, array in {"x": x, **{name: p.data for name, p in parameters.items()}}.items():
        _require_float64(array, name)
    shape = tuple(x.shape)
    if not shape or shape[0] < 2:
        raise ValueError(f"a gradient check needs at least two examples, got shape {shape}")
    xp = array_namespace(x)

    def draw(array):
        return to_device(rng.standard_normal(tuple(array.shape)), array)

    def loss(moved):
        return to_scalar(xp.sum(layer.forward(moved) * upstream))

    def loss_at(parameter, data):
        kept, parameter.data = parameter.data, data
        try:
            return loss(x)
        finally:
            parameter.data = kept

    out = layer.forward(x)
    if to_scalar(xp.any(layer.forward(x) != out)):
        raise ValueError(
            f"{type(layer).__name__} gives two outputs for one input; "
            "a gradient check needs eval(), or dropout with p=0"
        )
    upstream = draw(out)
    # Rounding moves a slope by about 1e-16 / eps of the terms that are added up. A gradient that is
    # 0 by nature, such as that of a bias before batch normalization, is measured as this noise.
    floor = 1e-2 * to_scalar(xp.sum(xp.abs(out * upstream)))
    dx = layer.backward(upstream)
    checks = {
        name: (p.grad, p.data, lambda data, p=p: loss_at(p, data)) for name, p in parameters.items()
    }
    if dx is not None:
        checks["x"] = (dx, x, loss)
    return {
        name: relative_error(
            *_slopes(gradient, point, f, [draw(point) for _ in range(directions)], eps), floor
        )
        for name, (gradient, point, f) in checks.items()
    }


def _as_floats(value):
    array = np.asarray(value if isinstance(value, numbers.Real) else to_numpy(value))
    if array.dtype.kind not in "fiub":
        raise TypeError(f"relative_error expects real numbers, got {array.dtype}")
    return array.astype(float)


def _slopes(gradient, point, f, directions, eps):
    """Return the slopes along some directions that a gradient promises, and those of `f`."""
    if tuple(gradient.shape) != tuple(point.shape):
        raise ValueError(
            f"the gradient has shape {tuple(gradient.shape)}, what it belongs to "
            f"{tuple(point.shape)}"
        )
    xp = array_namespace(point)
    promised = [to_scalar(xp.sum(gradient * d)) for d in directions]
    measured = [(f(point + eps * d) - f(point - eps * d)) / (2 * eps) for d in directions]
    return np.array(promised), np.array(measured)


def _require_float64(array, name):
    array_namespace(array)  # refuses what is no array
    if str(array.dtype).rpartition(".")[2] != "float64":
        raise TypeError(f"a gradient check needs float64, got {array.dtype} for {name}")
