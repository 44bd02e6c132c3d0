"""The arithmetic of sliding windows: padding, im2col, col2im, convolution.

This is the readable, general form. It works for any stride, padding, dilation, number of groups and
rectangular kernels, and on any array library. :mod:`lib.convolution.row_windows` is its fast twin
for NumPy.
"""

import math

from lib.backend import array_namespace, cast, empty, full, has_kernels, widened, zeros
from lib.backend.kernels import gather_windows, scatter_windows
from lib.convolution.sizes import axis_slice, output_shape, window_pair, window_settings
from lib.settings import as_integer, as_number


def pad2d(x, padding, value=0.0, overhang=(0, 0)):
    """Put a frame of `value` around every image.

    Parameters
    ----------
    x : array
    padding : int or (int, int)
        Rows added above and below, columns added left and right.
    value : float, default 0.0
        What the frame holds; max pooling needs ``-inf``.
    overhang : (int, int), default (0, 0)
        Rows added below and columns added on the right beside the padding, for windows that hang
        over the end.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, H + 2 PH, W + 2 PW)``, and the overhang

    Examples
    --------
    >>> import numpy as np
    >>> pad2d(np.ones((1, 1, 1, 2)), 1)[0, 0]
    array([[0., 0., 0., 0.],
           [0., 1., 1., 0.],
           [0., 0., 0., 0.]])
    """
    array_namespace(x)  # refuses what is no array
    (ph, pw), (below, right) = window_pair(padding, "padding", 0), overhang
    if ph == pw == below == right == 0:
        return x
    n, c, h, w = _image_shape(x)
    value = as_number(value, "value", finite=False)
    padded = full((n, c, h + 2 * ph + below, w + 2 * pw + right), value, like=x)
    padded[:, :, ph : ph + h, pw : pw + w] = x
    return padded


def unpad2d(padded, padding, overhang=(0, 0)):
    """Cut off the frame that :func:`pad2d` put around every image."""
    (ph, pw), (below, right) = window_pair(padding, "padding", 0), overhang
    _, _, h, w = _image_shape(padded)
    return padded[..., ph : h - ph - below, pw : w - pw - right]


def window_slices(kernel_size, stride, dilation, out_shape):
    """For each position ``(i, j)`` inside the window, yield the pixels that stand there.

    Yields
    ------
    i, j : int
    pixels : tuple
        An index into padded images ``(..., H, W)`` that picks pixel ``(i, j)`` of every window
        at once, an array ``(..., OH, OW)``.
    """
    (kh, kw), (sh, sw), (dh, dw), (out_h, out_w) = kernel_size, stride, dilation, out_shape
    for i in range(kh):
        rows = axis_slice(i * dh, sh, out_h)
        for j in range(kw):
            yield i, j, (..., rows, axis_slice(j * dw, sw, out_w))


def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """Write every window of every image as one row of a matrix.

    A convolution is then one matrix product: ``im2col(x, ...) @ weight.reshape(F, -1).T``.

    Parameters
    ----------
    x : array
    kernel_size, stride, padding, dilation : int or (int, int)

    Shape
    -----
    ``(N, C, H, W)`` → ``(N * OH * OW, C * KH * KW)``; rows run over images, then window rows, then
    window columns; columns run over channels, then the rows and columns inside the window.

    Raises
    ------
    ValueError
        If `x` has not four axes, or no window fits (:func:`output_size`).

    See Also
    --------
    col2im : its transpose.

    Notes
    -----
    Source: Chellapilla, Puri and Simard, *High performance convolutional neural networks for
    document processing* (2006). Derived in the chapter *im2col*. PyTorch's `Unfold` holds the
    same numbers as ``(N, C * KH * KW, OH * OW)``.

    Examples
    --------
    >>> import numpy as np
    >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), kernel_size=2)
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    xp = array_namespace(x)
    kernel_size, stride, padding, dilation = window_settings(kernel_size, stride, padding, dilation)
    n, c, _, _ = _image_shape(x)
    out_h, out_w = out_shape = output_shape(x.shape, kernel_size, stride, padding, dilation)
    if has_kernels(x):
        col = gather_windows(x, kernel_size, stride, padding, dilation, out_shape)
    else:
        padded = pad2d(x, padding)
        # In memory the matrix lies transposed: the pixels of a row stay together in a copy.
        col = empty((c, *kernel_size, n, out_h, out_w), like=x)
        for i, j, pixels in window_slices(kernel_size, stride, dilation, out_shape):
            col[:, i, j, ...] = xp.permute_dims(padded[pixels], (1, 0, 2, 3))
    return xp.reshape(col, (c * math.prod(kernel_size), n * out_h * out_w)).T


def col2im(col, input_shape, kernel_size, stride=1, padding=0, dilation=1):
    """Add every row of a window matrix back to the pixels it came from.

    This is the transpose of :func:`im2col` as a linear map, not its inverse: a pixel that lies in
    three windows receives three terms. It carries the gradient of a convolution back to its
    input; a pixel in no window (the remainder) receives 0.

    Parameters
    ----------
    col : array
    input_shape : (int, int, int, int)
        ``(N, C, H, W)``, the shape that `im2col` was given.
    kernel_size, stride, padding, dilation : int or (int, int)

    Shape
    -----
    ``(N * OH * OW, C * KH * KW)`` → ``(N, C, H, W)``

    Raises
    ------
    ValueError
        If the shape of `col` does not belong to `input_shape` and the settings.

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones((1, 1, 3, 3))
    >>> col2im(im2col(ones, 2), ones.shape, 2)[0, 0]  # in how many windows does a pixel lie?
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    xp = array_namespace(col)
    kernel_size, stride, padding, dilation = window_settings(kernel_size, stride, padding, dilation)
    n, c, h, w = input_shape = _as_image_shape(input_shape)
    (kh, kw), (ph, pw) = kernel_size, padding
    out_h, out_w = out_shape = output_shape(input_shape, kernel_size, stride, padding, dilation)
    expected = (n * out_h * out_w, c * kh * kw)
    if tuple(col.shape) != expected:
        raise ValueError(
            f"col2im expects a matrix of shape {expected} for images of shape "
            f"{input_shape}, got {tuple(col.shape)}"
        )
    wide = widened(xp.reshape(col.T, (c, kh, kw, n, out_h, out_w)))
    if has_kernels(wide):
        return cast(scatter_windows(wide, (h, w), stride, padding, dilation), like=col)
    padded = zeros((c, n, h + 2 * ph, w + 2 * pw), like=wide[:, 0, 0, ...])
    for i, j, pixels in window_slices(kernel_size, stride, dilation, out_shape):
        padded[pixels] += wide[:, i, j, ...]
    return cast(unpad2d(xp.permute_dims(padded, (1, 0, 2, 3)), padding), like=col)


def _image_shape(x):
    array_namespace(x)  # refuses what is no array
    if len(x.shape) != 4:
        raise ValueError(f"expected images of shape (N, C, H, W), got {tuple(x.shape)}")
    return x.shape


def _as_image_shape(shape):
    if not isinstance(shape, tuple | list) or len(shape) != 4:
        raise TypeError(f"input_shape must be (N, C, H, W), got {shape!r}")
    return tuple(as_integer(size, "a size of input_shape", at_least=0) for size in shape)


def _check_filters(x, weight, groups):
    """Refuse filters that do not fit the channels of the images."""
    _, c, _, _ = _image_shape(x)
    array_namespace(weight)
    groups = as_integer(groups, "groups", at_least=1)
    if len(weight.shape) != 4 or weight.shape[1] * groups != c or weight.shape[0] % groups:
        raise ValueError(
            f"expected filters of shape (F, C / groups, KH, KW) for {c} channels in {groups} "
            f"groups, got {tuple(weight.shape)}"
        )


def convolve(x, weight, stride, padding, dilation=(1, 1), groups=1, bias=None):
    """Convolve images with filters by one matrix product for each group, and add the biases.

    Parameters
    ----------
    x, weight : array
    stride, padding, dilation : int or (int, int)
    groups : int
    bias : array, optional

    Shape
    -----
    x ``(N, C, H, W)``, weight ``(F, C / groups, KH, KW)``, bias ``(F,)`` → ``(N, F, OH, OW)``

    Raises
    ------
    ValueError, TypeError
        For filters that do not fit the images, settings that make no sense, and windows that do
        not fit.
    """
    _check_filters(x, weight, groups)
    xp, kernel_size = array_namespace(x), weight.shape[2:]
    _, stride, padding, dilation = window_settings(kernel_size, stride, padding, dilation)
    out_shape = output_shape(x.shape, kernel_size, stride, padding, dilation)
    col = _split_columns(im2col(x, kernel_size, stride, padding, dilation), groups)
    filters = xp.reshape(weight, (groups, weight.shape[0] // groups, -1))
    out = _product(filters, col.mT)  # (groups, F / groups, N * OH * OW)
    out = xp.permute_dims(xp.reshape(out, (weight.shape[0], x.shape[0], *out_shape)), (1, 0, 2, 3))
    return out if bias is None else out + bias[:, None, None]


def convolve_backward(
    dout,
    x,
    weight,
    stride,
    padding,
    dilation=(1, 1),
    groups=1,
    *,
    needs_dx=True,
    needs_dweight=True,
):
    """Return the gradients ``(dx, dweight)`` of :func:`convolve`.

    With the window matrix ``col`` the forward pass is ``out = col @ W.T``, so
    ``dW = dout.T @ col`` and ``dcol = dout @ W``, which :func:`col2im` adds up to ``dx``.

    Parameters
    ----------
    dout, x, weight : array
    stride, padding, dilation : (int, int)
    groups : int
    needs_dx, needs_dweight : bool, default True
        A gradient that is not needed is ``None``, and half of the work is saved.

    Shape
    -----
    dout ``(N, F, OH, OW)``, x ``(N, C, H, W)``, weight ``(F, C / groups, KH, KW)`` → the shapes
    of `x` and `weight`
    """
    _check_filters(x, weight, groups)
    xp, kernel_size = array_namespace(x), weight.shape[2:]
    _, stride, padding, dilation = window_settings(kernel_size, stride, padding, dilation)
    out_shape = output_shape(x.shape, kernel_size, stride, padding, dilation)
    if tuple(dout.shape) != (x.shape[0], weight.shape[0], *out_shape):
        raise ValueError(
            f"expected dout of shape {(x.shape[0], weight.shape[0], *out_shape)}, "
            f"got {tuple(dout.shape)}"
        )
    f, pixels = weight.shape[0], math.prod((dout.shape[0], *dout.shape[2:]))
    dout = xp.reshape(xp.permute_dims(dout, (1, 0, 2, 3)), (groups, f // groups, pixels))
    dweight = None
    if needs_dweight:
        col = _split_columns(im2col(x, kernel_size, stride, padding, dilation), groups)
        dweight = xp.reshape(_product(dout, col), weight.shape)
    if not needs_dx:
        return None, dweight
    dcol = _product(xp.reshape(weight, (groups, f // groups, -1)).mT, dout)
    dcol = xp.reshape(dcol, (groups * dcol.shape[1], pixels)).T
    return col2im(dcol, x.shape, kernel_size, stride, padding, dilation), dweight


def _split_columns(col, groups):
    """Give each group its own columns: ``(L, C * KH * KW)`` → ``(groups, L, C * KH * KW / G)``."""
    xp = array_namespace(col)
    rows, columns = col.shape
    return xp.reshape(col.T, (groups, columns // groups, rows)).mT


def _product(a, b):
    """Multiply the matrices of each group; CuPy copies stacks of transposed ones, but not one."""
    return (a[0, ...] @ b[0, ...])[None, ...] if a.shape[0] == 1 else a @ b
