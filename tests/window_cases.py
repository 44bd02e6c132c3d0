"""Hypothesis strategies: images and windows of every awkward shape."""

import numpy as np
from hypothesis import strategies as st

from tests import naive

seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from(["float32", "float64"])


def pairs(low, high):
    """Vertical and horizontal, seldom the same."""
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def windows(draw, *, max_dilation=3, pooling=False):
    """Draw ``(image size, (kernel_size, stride, padding, dilation))`` with at least one window.

    Built from the output back to the input, so that nothing has to be rejected: strides beyond
    the kernel, remainders and paddings beyond the kernel (not for pooling) are all common.
    """
    kernel_size, stride, out = draw(pairs(1, 4)), draw(pairs(1, 5)), draw(pairs(1, 3))
    dilation = draw(pairs(1, max_dilation))
    if pooling:
        padding = tuple(draw(st.integers(0, k // 2)) for k in kernel_size)
    else:
        padding = draw(pairs(0, 5))
    size = tuple(
        max(1, d * (k - 1) + 1 + (o - 1) * s + draw(st.integers(0, s - 1)) - 2 * p)
        for k, s, p, d, o in zip(kernel_size, stride, padding, dilation, out, strict=True)
    )
    return size, (kernel_size, stride, padding, dilation)


def sees_the_image(size, settings, ceil_modes=(False, True)):
    """Tell whether every window has a pixel of the image, and none lies in its frame alone."""
    return all(
        np.isfinite(naive.max_pool2d(np.ones((1, 1, *size)), *settings, ceil_mode)).all()
        for ceil_mode in ceil_modes
    )


@st.composite
def images(draw, size, *, channels=(1, 3)):
    """Draw the shape of a batch: two or three images of `size`."""
    return (draw(st.integers(2, 3)), draw(st.integers(*channels)), *size)
