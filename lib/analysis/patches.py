"""The places of real pictures that a unit answers to most."""

from typing import NamedTuple

import numpy as np

from lib.analysis.captured import activations
from lib.analysis.receptive_fields import receptive_field
from lib.backend import array_namespace, to_numpy, zeros
from lib.settings import as_integer


class Patches(NamedTuple):
    """What excites a unit most, from the strongest down.

    Attributes
    ----------
    pixels : array
        ``(count, C, H, W)``: what the unit saw; zeros where its receptive field leaves the picture.
    images : array of int
        ``(count,)``: the picture of each patch.
    boxes : array of int
        ``(count, 4)``: top, left, height and width of the receptive field in the picture; beyond
        its borders where the field leaves it.
    values : array
        ``(count,)``: what the unit gave.
    """

    pixels: object
    images: np.ndarray
    boxes: np.ndarray
    values: np.ndarray


def top_patches(network, layer, unit, images, count=9, *, batch_size=100):
    """Return the patches of some pictures that excite a unit most, at most one of each picture.

    Parameters
    ----------
    network : Layer
        It runs in evaluation mode, and is left as it was.
    layer : str
        The dotted name of a layer.
    unit : int
        A channel, or a number, of the layer's output.
    images : array
    count : int, default 9
    batch_size : int, default 100
        How many pictures run at once.

    Shape
    -----
    images: ``(N, C, H, W)``

    Returns
    -------
    Patches

    Raises
    ------
    TypeError, ValueError
        If there is no such layer or unit, there are fewer pictures than patches, or a setting is of
        another kind or out of range.

    Notes
    -----
    Source: Zeiler and Fergus, *Visualizing and understanding convolutional networks* (2013), figure
    2. Used in the chapter *Seeing what a network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Conv2d, Sequential
    >>> network = Sequential(conv=Conv2d(1, 1, 2))
    >>> network.conv.weight.data[:] = [[1, 0], [0, 1]]  # a stroke down to the right
    >>> images = np.zeros((2, 1, 4, 4))
    >>> images[1, 0, [1, 2], [1, 2]] = 1
    >>> found = top_patches(network, "conv", 0, images, count=1)
    >>> found.images, found.boxes, found.pixels[0, 0]
    (array([1]), array([[1, 1, 2, 2]]), array([[1., 0.],
           [0., 1.]]))
    """
    if len(getattr(images, "shape", ())) != 4:
        got = getattr(images, "shape", type(images).__name__)
        raise ValueError(f"images must have shape (N, C, H, W), got {got}")
    count = as_integer(count, "count", at_least=1, at_most=images.shape[0])
    unit = as_integer(unit, "unit", at_least=0)
    batch_size = as_integer(batch_size, "batch_size", at_least=1)
    n, peaks = images.shape[0], []
    for first in range(0, n, batch_size):
        batch = images[first : min(first + batch_size, n), ...]
        peaks.append(_peaks(network, layer, unit, batch))
    values, places = map(np.concatenate, zip(*peaks, strict=True))
    best = np.argsort(-values, kind="stable")[:count]
    field = receptive_field(network, tuple(images.shape[1:]))[layer]
    size = [
        min(extent, 2 * whole) for extent, whole in zip(field.size, images.shape[2:], strict=True)
    ]
    corners = np.floor(np.array(field.start) + places[best] * np.array(field.jump, float)).astype(
        int
    )
    boxes = np.concatenate([corners, np.broadcast_to(size, corners.shape)], axis=1)
    xp = array_namespace(images)
    pixels = xp.stack([_cut(images[int(k), ...], box) for k, box in zip(best, boxes, strict=True)])
    return Patches(pixels, best, boxes, values[best])


def _peaks(network, layer, unit, images):
    """Return the greatest output of the unit for each picture, and its row and column."""
    out = to_numpy(activations(network, images, layer)[layer])
    if unit >= out.shape[1]:
        raise ValueError(f'layer "{layer}" has units 0 to {out.shape[1] - 1}, got {unit}')
    maps = out[:, unit].reshape(len(out), *(out.shape[2:] or (1, 1)))
    flat = maps.reshape(len(out), -1)
    where = flat.argmax(axis=1)
    places = np.stack(np.unravel_index(where, maps.shape[1:]), axis=1)
    return flat.max(axis=1), places


def _cut(image, box):
    """Cut a box out of a picture (C, H, W), with zeros where it leaves it."""
    top, left, height, width = map(int, box)
    c, h, w = image.shape
    rows, columns = (max(top, 0), min(top + height, h)), (max(left, 0), min(left + width, w))
    patch = zeros((c, height, width), like=image)
    inside = (
        slice(None),
        *(slice(a - at, b - at) for (a, b), at in ((rows, top), (columns, left))),
    )
    patch[inside] = image[:, slice(*rows), slice(*columns)]
    return patch
