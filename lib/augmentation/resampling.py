"""Moving, turning and scaling the pictures of a batch, each in its own way."""

import numpy as np

from lib import backend
from lib.augmentation.base import check_images
from lib.settings import as_number, as_pair


def affine_resample(images, matrices, size=None, fill=0.0):
    r"""Move, turn or scale each picture of a batch by its own matrix, between pixels bilinearly.

    .. math:: \text{out}[y, x] = \text{in}[A (x, y, 1)^T]

    where :math:`(x, y)` counts pixels from the middle of the output, to the right and down, and
    :math:`A (x, y, 1)^T` counts them from the middle of the input.

    Parameters
    ----------
    images : array
        Floats.
    matrices : array
        From output to input: the *inverse* of what is done to the picture.
    size : (int, int), optional
        Height and width of the output; those of the input if not given.
    fill : float, default 0.0
        What lies outside a picture.

    Returns
    -------
    array

    Shape
    -----
    images: (N, C, H, W); matrices: (N, 2, 3) -> (N, C, OH, OW)

    Raises
    ------
    ValueError
        If a shape is another.
    TypeError
        If the images or the matrices are no floats.

    Examples
    --------
    >>> row = np.array([1.0, 2.0, 4.0]).reshape(1, 1, 1, 3)
    >>> half_a_pixel_left = np.array([[[1, 0, 0.5], [0, 1, 0]]])
    >>> affine_resample(row, half_a_pixel_left)
    array([[[[1.5, 3. , 2. ]]]])
    """
    check_images(images, "affine_resample")
    n, c, h, w = images.shape
    backend.array_namespace(matrices)  # refuses what is no array
    if tuple(matrices.shape) != (n, 2, 3):
        raise ValueError(
            f"affine_resample expects matrices of {(n, 2, 3)}, got {tuple(matrices.shape)}"
        )
    if not backend.is_floating(matrices):
        raise TypeError(f"affine_resample expects matrices of floats, got {matrices.dtype}")
    out_h, out_w = (h, w) if size is None else as_pair(size, "size", at_least=1)
    fill = as_number(fill, "fill")
    xp = backend.array_namespace(images)
    x, y = _sources(backend.to_device(matrices, images), (h, w), (out_h, out_w), xp)
    left, top = xp.floor(x), xp.floor(y)

    # One pixel of `fill` around each picture, and pixels innermost, so that one index finds all
    # channels of a pixel.
    framed = backend.full((n, c, h + 2, w + 2), fill, like=images)
    framed[:, :, 1 : h + 1, 1 : w + 1] = images
    pixels = xp.reshape(xp.permute_dims(framed, (0, 2, 3, 1)), (-1, c))
    first = xp.arange(n, device=images.device)[:, None, None] * ((h + 2) * (w + 2))

    result = None
    for dx in (0, 1):
        for dy in (0, 1):
            weight = (1 - xp.abs(x - (left + dx))) * (1 - xp.abs(y - (top + dy)))
            if dx + dy and not backend.to_scalar(xp.any(weight != 0)):
                continue  # whole pixels: the other three neighbors do not count
            column = xp.astype(xp.clip(left + dx, -1, w), first.dtype) + 1
            row = xp.astype(xp.clip(top + dy, -1, h), first.dtype) + 1
            index = xp.reshape(first + row * (w + 2) + column, (-1,))
            part = xp.take(pixels, index, axis=0)
            part = part * xp.reshape(xp.astype(weight, images.dtype), (-1, 1))
            result = part if result is None else result + part
    return xp.permute_dims(xp.reshape(result, (n, out_h, out_w, c)), (0, 3, 1, 2))


def _sources(matrices, size, out_size, xp):
    """Return for each output pixel of each picture its x and y in the input, from the corner."""
    (h, w), (out_h, out_w) = size, out_size
    steps = {"dtype": matrices.dtype, "device": matrices.device}
    x = (xp.arange(out_w, **steps) - (out_w - 1) / 2)[None, None, :]
    y = (xp.arange(out_h, **steps) - (out_h - 1) / 2)[None, :, None]
    a = matrices[:, :, :, None, None]
    return (
        a[:, 0, 0, :, :] * x + a[:, 0, 1, :, :] * y + a[:, 0, 2, :, :] + (w - 1) / 2,
        a[:, 1, 0, :, :] * x + a[:, 1, 1, :, :] * y + a[:, 1, 2, :, :] + (h - 1) / 2,
    )


def affine_matrices(angle, scale, shift_x, shift_y):
    """Return the matrices that take output to input for scaling, then turning, then shifting.

    Parameters
    ----------
    angle : array
        In radians, counterclockwise as one looks at the picture.
    scale : array
        Over 1 enlarges.
    shift_x, shift_y : array
        In pixels, to the right and down.

    Returns
    -------
    array

    Shape
    -----
    each (N,) -> (N, 2, 3)

    Raises
    ------
    ValueError
        If they differ in shape, or a scale is not above 0.

    Examples
    --------
    >>> twice_as_large = affine_matrices(*np.array([[0.0], [2.0], [1.0], [0.0]]))
    >>> (twice_as_large + 0.0).tolist()
    [[[0.5, 0.0, -0.5], [0.0, 0.5, 0.0]]]
    """
    angle, scale, shift_x, shift_y = arrays = [
        np.asarray(each, float) for each in (angle, scale, shift_x, shift_y)
    ]
    if angle.ndim != 1 or len({each.shape for each in arrays}) > 1:
        shapes = [each.shape for each in arrays]
        raise ValueError(f"affine_matrices expects four arrays of shape (N,), got {shapes}")
    if not (scale > 0).all():
        raise ValueError(f"affine_matrices expects scales above 0, got {scale.min()}")
    # y points down: a counterclockwise turn of the picture is (x, y) -> (cx + sy, -sx + cy), and
    # the way back (cx - sy, sx + cy).
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    back = np.stack([np.stack([cos, -sin]), np.stack([sin, cos])])
    offset = -np.einsum("ijn,jn->in", back, np.stack([shift_x, shift_y]))
    return np.concatenate([back, offset[:, None]], axis=1).transpose(2, 0, 1)
