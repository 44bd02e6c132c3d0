"""The exercises of the chapter *Convolution*."""

import numpy as np

from lib.convolution import convolve, output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.layers import Conv2d


def _correlate(x, kernel, padding=0):
    pairs = ((1, 1), (padding, padding))
    return convolve(x[None, None], kernel[None, None], *pairs)[0, 0]


def _forgets_the_dilation(kernel_size, dilation):
    return (kernel_size - 1) // 2


@exercise("convolution-1", wrong=[_forgets_the_dilation, lambda k, d: d * k // 2])
def check_same_padding(answer):
    """Every odd kernel, with any dilation, keeps the size."""
    for kernel_size in (1, 3, 5, 7):
        for dilation in (1, 2, 3):
            expect(answer, kernel_size, dilation, returns=dilation * (kernel_size - 1) // 2)


_MOVES_BACK = np.array([[0.0, 0, 0], [0, 0, 0], [0, 0, 1]])


@exercise("convolution-2", wrong=[_MOVES_BACK, np.eye(3), np.ones(3)])
def check_moving_kernel(answer):
    """One pixel to the right and one down, and nothing else."""
    answer = np.asarray(answer, float)
    if answer.shape != (3, 3):
        raise Rejected(f"expected a kernel of shape (3, 3), got {answer.shape}")
    x = np.arange(1.0, 13.0).reshape(3, 4)
    moved = np.pad(x, ((1, 0), (1, 0)))[:3, :4]
    expect_equal(_correlate(x, answer, padding=1), moved, "the output for 1, 2, … 12")


def _remainder_of_the_padded_picture(size, kernel_size, stride, padding):
    return (size + 2 * padding - kernel_size) % stride


@exercise(
    "convolution-3",
    wrong=[_remainder_of_the_padded_picture, lambda h, k, s, p: (h - k) % s],
)
def check_unreached(answer):
    """Every unreached pixel is counted, and no padding."""
    for settings in ((6, 3, 2, 0), (6, 3, 2, 1), (8, 2, 4, 0), (8, 3, 5, 1), (9, 3, 2, 1)):
        size, kernel_size, stride, padding = settings
        count = output_size(size, kernel_size, stride, padding)
        end = (count - 1) * stride + kernel_size - padding
        expect(answer, *settings, returns=max(0, size - end))


def _takes_the_height_twice(x, kernel):
    return _correlate(x[:, : len(x)], kernel)


@exercise(
    "convolution-4",
    wrong=[_takes_the_height_twice, lambda x, kernel: _correlate(x, kernel[::-1, ::-1])],
)
def check_shift_and_add(answer):
    """Right for pictures and kernels that are not square, with no loop over the pixels."""
    rng = np.random.default_rng(0)
    for x_shape, k_shape in (((3, 4), (2, 2)), ((5, 7), (3, 2)), ((6, 4), (1, 4))):
        x, kernel = rng.integers(-3, 4, x_shape) * 1.0, rng.integers(-3, 4, k_shape) * 1.0
        expect(answer, x, kernel, returns=_correlate(x, kernel))
    reads = _CountsReads(rng.standard_normal((30, 40)))
    kernel = rng.standard_normal((3, 3))
    expect_equal(np.asarray(answer(reads, kernel)), _correlate(np.asarray(reads), kernel))
    if reads.count > 100:
        raise Rejected(f"read {reads.count} slices of a 30 × 40 picture; 9 weights need 9")


class _CountsReads(np.ndarray):
    """An array that counts how often it is indexed."""

    def __new__(cls, array):
        self = np.asarray(array).view(cls)
        self.count = 0
        return self

    def __getitem__(self, index):
        self.count = getattr(self, "count", 0) + 1
        return np.asarray(self)[index]


@exercise(
    "convolution-5",
    wrong=[lambda c, f, k: 1 / f + 1 / k, lambda c, f, k: 1 / c + 1 / k**2],
)
def check_separable_cost(answer):
    """One part in F for the window, one in K² for the 1 × 1."""
    for c, f, k in ((32, 64, 3), (8, 4, 5), (3, 16, 1)):
        expect(answer, c, f, k, returns=(c * k**2 + c * f) / (c * f * k**2))


def _takes_the_first_row_and_column(kernel):
    return kernel[:, 0].copy(), kernel[0].copy()


def _never_refuses(kernel):
    u, s, v = np.linalg.svd(kernel)
    return u[:, 0] * s[0], v[0]


@exercise("convolution-6", wrong=[_takes_the_first_row_and_column, _never_refuses])
def check_factor(answer):
    """Both factors give the kernel back, and the Laplacian is refused."""
    sobel = np.outer([1.0, 2, 1], [-1.0, 0, 1])
    for kernel in (sobel, np.full((3, 5), 1 / 15), np.outer([0.0, 1, -1], [0.0, 3, 1, 2])):
        parts = answer(kernel.copy())
        if unwritten(parts):
            raise NotWritten
        column, row = parts
        given = f"np.outer of the factors of a {kernel.shape[0]} × {kernel.shape[1]} kernel"
        expect_equal(np.outer(column, row), kernel, given)
    try:
        answer(np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]))
    except ValueError:
        return
    raise Rejected("the Laplacian has no such factors: expected a ValueError, got an answer")


def _turns_the_gradient(x, dout):
    return _correlate(x, dout)[::-1, ::-1]


@exercise("convolution-7", wrong=[_turns_the_gradient, lambda x, dout: -_correlate(x, dout)])
def check_kernel_gradient(answer):
    """Agrees with the library's backward pass."""
    rng = np.random.default_rng(0)
    for x_shape, k_shape in (((4, 4), (2, 2)), ((5, 7), (3, 2))):
        layer = Conv2d(1, 1, k_shape, bias=False, rng=rng).astype("float64")
        x = rng.standard_normal((1, 1, *x_shape))
        dout = rng.standard_normal(layer(x).shape)
        layer.backward(dout)
        expect(answer, x[0, 0], dout[0, 0], returns=layer.weight.grad[0, 0])
