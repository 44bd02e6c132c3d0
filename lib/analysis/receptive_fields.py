"""How much of the picture one number of a layer depends on."""

import math
from fractions import Fraction
from functools import reduce, singledispatch
from typing import NamedTuple

from lib.analysis.probe import forward_zeros
from lib.layers import (
    AdaptiveAvgPool2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool2d,
    GlobalMaxPool2d,
    Subsample,
)
from lib.settings import as_integers


class ReceptiveField(NamedTuple):
    """What one number of a layer's output sees of the input, vertically and horizontally.

    Attributes
    ----------
    size : (int, int)
        Rows and columns of the input.
    jump : (int, int)
        Pixels of the input from the field of one number to that of its neighbor; a fraction behind
        adaptive pooling that does not divide the image evenly, and in a transposed convolution.
    start : (int, int)
        The first row and column that the number at the top left sees; negative where its field
        reaches into the padding.
    """

    size: tuple = (1, 1)
    jump: tuple = (1, 1)
    start: tuple = (0, 0)

    def through(self, window):
        """Return the field of a layer that looks at fields like this one through a `window`."""
        axes = zip(*self, *window, strict=True)
        return ReceptiveField(*zip(*(_through(*axis) for axis in axes), strict=True))

    def joined(self, other):
        """Return the smallest field that covers both."""
        axes = zip(*self, *other, strict=True)
        return ReceptiveField(*zip(*(_joined(*axis) for axis in axes), strict=True))


class Window(NamedTuple):
    """The windows of a layer, vertically and horizontally; by default a single pixel."""

    kernel_size: tuple = (1, 1)
    stride: tuple = (1, 1)
    padding: tuple = (0, 0)
    dilation: tuple = (1, 1)


def receptive_field(network, input_shape):
    r"""Return the receptive field of every layer.

    From layer to layer, with jump :math:`j_0 = 1`, size :math:`r_0 = 1` and start :math:`a_0 = 0`,

    .. math:: r_l = r_{l-1} + (K_l - 1) D_l\, j_{l-1}, \quad
        a_l = a_{l-1} - P_l\, j_{l-1}, \quad j_l = j_{l-1} S_l

    Where ways come together, as in `Residual` and `Concat`, the field covers those of all ways.

    Parameters
    ----------
    network : Layer
        It runs once on zeros, in evaluation mode, and is left as it was.
    input_shape : tuple of int
        ``(C, H, W)`` of one image.

    Returns
    -------
    dict of str to ReceptiveField
        By dotted name, in the order of the computation.

    Raises
    ------
    TypeError, ValueError
        If `input_shape` is not that of an image, or the network refuses it or is none.

    Notes
    -----
    The field is that of a number far from the border; at the border a part of it lies outside of
    the image. Flattening, and averaging all pixels, sees what all pixels together see. Where
    adaptive pooling has windows of different sizes, the field is that of the largest; a
    convolution behind it then has an upper bound. Derived in the chapter *Going deeper*.

    Source: Araujo, Norris and Sim, *Computing receptive fields of convolutional neural networks*
    (2019).

    Examples
    --------
    >>> from lib.layers import Conv2d, Sequential
    >>> network = Sequential(Conv2d(1, 1, 3, padding=1), Conv2d(1, 1, 3, stride=2, padding=1))
    >>> for name, field in receptive_field(network, (1, 8, 8)).items():
    ...     print(name, *field)
    0 (3, 3) (1, 1) (-1, -1)
    1 (5, 5) (2, 2) (-2, -2)
    """
    input_shape = as_integers(input_shape, "input_shape", how_many=3, at_least=1)
    whole = forward_zeros(network, input_shape)
    fields = fields_of(whole)
    named = {call.name: fields[id(call)] for call in whole.walk()}
    return {name: field for name, field in named.items() if name or len(named) == 1}


def fields_of(whole):
    """Return the receptive field of each call of a traced forward pass, by its ``id``."""
    by_call, by_array = {}, {id(whole.x): ReceptiveField()}
    together = {}  # What all numbers of an adaptive pooling see: no more than those before it.

    def all_seen(x, field):
        return together.get(id(x)) or field.through(Window(x.shape[2:], x.shape[2:]))

    def visit(call, otherwise):
        before = by_array.setdefault(id(call.x), otherwise)
        fields = []
        for inner in call.calls:
            # What a layer takes that no layer gave is a sum of what the layers before it gave, or
            # the like; before the first, a slice of what their owner took.
            fields.append(visit(inner, _covering(fields) if fields else before))
        if not call.calls:
            field = before.through(window_of(call.layer, call.x.shape[2:]))
            if len(call.x.shape) == 4:
                if isinstance(call.layer, Flatten | GlobalAvgPool2d | GlobalMaxPool2d):
                    field = all_seen(call.x, before)
                elif isinstance(call.layer, AdaptiveAvgPool2d):
                    together[id(call.out)] = all_seen(call.x, before)
        else:
            # A chain returns what its last layer gave. Otherwise it is a sum, or the like; what
            # goes past all layers, as in a skip, sees a part of what they see.
            field = by_array.get(id(call.out)) or _covering(fields)
        by_call[id(call)] = by_array[id(call.out)] = field
        return field

    visit(whole, ReceptiveField())
    return by_call


def _covering(fields):
    return reduce(ReceptiveField.joined, fields)


@singledispatch
def window_of(layer, image_size):
    """Return the :class:`Window` of a layer on images of that size; by default a pixel."""
    if not hasattr(layer, "kernel_size"):
        return Window()
    return Window(layer.kernel_size, layer.stride, layer.padding, layer.dilation)


@window_of.register
def _(layer: ConvTranspose2d, image_size):
    # An output sees those pixels whose windows reach it: span / stride of them, rounded up.
    axes = list(zip(layer.kernel_size, layer.stride, layer.padding, layer.dilation, strict=True))
    return Window(
        [d * (k - 1) // s + 1 for k, s, _, d in axes],
        [_plain(Fraction(1, s)) for _, s, _, _ in axes],
        [(d * (k - 1) - p) // s for k, s, p, d in axes],
    )


@window_of.register
def _(layer: Subsample, image_size):
    return Window(stride=tuple(axis.step for axis in layer.step[1:]))


@window_of.register
def _(layer: AdaptiveAvgPool2d, image_size):
    sizes = list(zip(image_size, layer.output_size, strict=True))
    longest = [
        max(-(-(place + 1) * size // count) - place * size // count for place in range(count))
        for size, count in sizes
    ]
    return Window(longest, [_plain(Fraction(size, count)) for size, count in sizes])


def _through(size, jump, start, kernel_size, stride, padding, dilation):
    size += math.floor((kernel_size - 1) * dilation * jump)
    return size, _plain(jump * stride), start - math.floor(padding * jump)


def _joined(size, jump, start, other_size, other_jump, other_start):
    first = min(start, other_start)
    size = max(start + size, other_start + other_size) - first
    return size, max(jump, other_jump), first


def _plain(number):
    """Return a whole number as an int."""
    return int(number) if number == int(number) else number
