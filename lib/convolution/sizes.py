"""The sizes of sliding windows: how many fit, and which pixels they take."""

from lib.settings import as_integer, as_pair


def pair(value, name="value"):
    """Return ``(vertical, horizontal)`` for an int or a pair of ints, NumPy's included.

    Raises
    ------
    TypeError
        If `value` is neither.

    Examples
    --------
    >>> pair(3), pair((1, 2))
    ((3, 3), (1, 2))
    """
    return as_pair(value, name)


def window_pair(value, name, minimum):
    """Return :func:`pair` of `value` after checking that neither is below `minimum`."""
    return as_pair(value, name, at_least=minimum)


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    r"""Return how many windows fit along one axis.

    .. math:: \left\lfloor \frac{H + 2P - D(K - 1) - 1}{S} \right\rfloor + 1

    Parameters
    ----------
    size : int
        Pixels along the axis, :math:`H`.
    kernel_size, stride, padding, dilation : int
        :math:`K, S, P, D`; the padding is added on both sides.

    Raises
    ------
    ValueError, TypeError
        If not even one window fits, or a setting makes no sense.

    Notes
    -----
    What the last window does not reach, ``(H + 2P - D(K - 1) - 1) mod S`` pixels, is ignored:
    the remainder.

    Source: Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016),
    relationship 15. Derived in the chapter *Convolution*.

    Examples
    --------
    >>> output_size(32, kernel_size=5)
    28
    >>> output_size(7, kernel_size=3, stride=2, padding=1)
    4
    """
    return _count_windows(
        as_integer(size, "size", at_least=0),
        as_integer(kernel_size, "kernel_size", at_least=1),
        as_integer(stride, "stride", at_least=1),
        as_integer(padding, "padding", at_least=0),
        as_integer(dilation, "dilation", at_least=1),
    )


def _count_windows(size, kernel_size, stride, padding, dilation):
    """Return :func:`output_size` of settings that were checked when a layer was made."""
    span = dilation * (kernel_size - 1) + 1
    padded = size + 2 * padding
    if padded < span:
        raise ValueError(
            f"a {span}-wide window does not fit: "
            f"input size {size} + 2 * padding {padding} = {padded}"
        )
    return (padded - span) // stride + 1


def output_shape(shape, kernel_size, stride, padding, dilation):
    """Return ``(OH, OW)`` for images ``(..., H, W)`` and pairs of settings, checked before."""
    if not isinstance(shape, tuple | list) or len(shape) < 2:
        raise TypeError(f"expected the shape of images, (..., H, W), got {shape!r}")
    rows, columns = zip(shape[-2:], kernel_size, stride, padding, dilation, strict=True)
    return _count_windows(*rows), _count_windows(*columns)


def axis_slice(start, stride, count):
    """Return the slice of `count` elements from `start` in steps of `stride`."""
    return slice(start, start + stride * (count - 1) + 1, stride)


def window_settings(kernel_size, stride, padding, dilation):
    """Return the four settings of a window as checked pairs."""
    return (
        window_pair(kernel_size, "kernel_size", 1),
        window_pair(stride, "stride", 1),
        window_pair(padding, "padding", 0),
        window_pair(dilation, "dilation", 1),
    )
