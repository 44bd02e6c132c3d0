"""How much one number of a layer depends on each pixel, not only on which."""

import numpy as np

from lib.analysis.backward import Tap, ready_for_dx
from lib.backend import array_namespace, moved, zeros
from lib.settings import as_generator, as_integers


def effective_receptive_field(network, x, layer, *, place=None, rng=0):
    r"""Return the share of each pixel in what moves the numbers of one place of a layer.

    The numbers :math:`y_f` that all filters of the layer give at that place are added up with
    random factors :math:`r_f`, and the gradient of the sum goes back to the pixels:

    .. math:: e_{hw} = \frac{\sum_{n,c} g_{nchw}^2}{\sum_{n,c,h,w} g_{nchw}^2}, \qquad
        g = \frac{\partial}{\partial x} \sum_f r_f\, y_f

    Outside of the receptive field it is 0; inside, most of it lies near the middle.

    Parameters
    ----------
    network : Layer
        It runs both ways once, in evaluation mode, and is left as it was.
    x : array
        A batch of images: the gradient depends on where ReLUs are open, and the shares are a mean.
    layer : str
        Its dotted name, such as ``"layer2.1"``.
    place : (int, int), optional
        Row and column of the layer's output; the middle if not given.
    rng : numpy.random.Generator or int, default 0
        Draws :math:`r_f` from a normal distribution.

    Shape
    -----
    x: ``(N, C, H, W)`` → ``(H, W)``, with the sum 1

    Raises
    ------
    TypeError, ValueError
        If the network is no layer, or `x` is no batch of images; if there is no layer of that name,
        or it gives no images; if there is no such place; if no pixel moves it, as where all ReLUs
        are closed.

    Notes
    -----
    Source: Luo, Li, Urtasun and Zemel, *Understanding the effective receptive field in deep
    convolutional neural networks* (2016), who take the mean of the gradient; squares do not cancel.
    Used in the chapter *Going deeper*.

    Examples
    --------
    >>> from lib.layers import AvgPool2d, Sequential
    >>> network = Sequential(first=AvgPool2d(3, 1), second=AvgPool2d(3, 1))
    >>> share = effective_receptive_field(network, np.zeros((1, 1, 5, 5)), "second")
    >>> [round(float(s), 2) for s in share.sum(axis=0)]  # 1, 4, 9, 4, 1 of 19: paths, squared
    [0.05, 0.21, 0.47, 0.21, 0.05]
    """
    xp, rng = array_namespace(x), as_generator(rng)
    if len(x.shape) != 4:
        raise ValueError(
            f"effective_receptive_field expects images (N, C, H, W), got shape {tuple(x.shape)}"
        )
    if place is not None:
        place = as_integers(place, "place", how_many=2, at_least=0)
    with ready_for_dx(network):
        tap = Tap(network, layer, lambda out: _at_one_place(out, layer, place, rng))
        out = network(x)
        _check_images(tap.out, layer)
        # Nothing comes from above: what a skip carries past the layer is not of the layer.
        dx = network.backward(zeros(out.shape, like=out))
        squares = xp.sum(xp.sum(dx**2, axis=0), axis=0)
        whole = xp.sum(squares)
        if not bool(whole > 0):
            raise ValueError(
                f'no pixel moves what layer "{layer}" gives at {place or "its middle"}'
            )
        return squares / whole


def _check_images(out, layer):
    if len(out.shape) != 4:
        raise ValueError(
            f'effective_receptive_field expects a layer that gives images, "{layer}" gives shape '
            f"{tuple(out.shape)}"
        )


def _at_one_place(out, layer, place, rng):
    """Return random numbers for the filters at one place, the same for all images, else zeros."""
    n, f, h, w = out.shape
    row, col = (h // 2, w // 2) if place is None else place
    if row >= h or col >= w:
        raise ValueError(f'place must lie in the {h} × {w} of layer "{layer}", got {(row, col)}')
    dout = np.zeros((n, f, h, w), np.float32)
    dout[:, :, row, col] = rng.standard_normal(f, dtype=np.float32)
    return moved(dout, like=out)
