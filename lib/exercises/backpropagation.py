"""The exercises of the chapter *Backpropagation through convolution and pooling*."""

import numpy as np

from lib.convolution import col2im, im2col, output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.figures.grids import correlate
from lib.layers import AvgPool2d, Conv2d, Linear

_SETTINGS = (
    (6, 3, 2, 0, 1),
    (6, 3, 1, 1, 1),
    (7, 2, 3, 1, 1),
    (9, 3, 2, 2, 2),
    (8, 2, 4, 0, 1),
    (10, 3, 3, 1, 2),
    (5, 2, 1, 3, 1),
)


def _users(h, size, kernel_size, stride, padding, dilation):
    count = output_size(size, kernel_size, stride, padding, dilation)
    used = {
        p
        for p in range(count)
        for i in range(kernel_size)
        if p * stride + i * dilation - padding == h
    }
    return sorted(used)


def _forgets_the_padding(h, size, kernel_size, stride, padding, dilation):
    return _users(h - padding, size, kernel_size, stride, padding, dilation)


def _forgets_the_last_window(h, size, kernel_size, stride, padding, dilation):
    places = [divmod(h + padding - i * dilation, stride) for i in range(kernel_size)]
    return sorted(p for p, rest in places if rest == 0 and p >= 0)


def _rounds_the_division(h, size, kernel_size, stride, padding, dilation):
    count = output_size(size, kernel_size, stride, padding, dilation)
    places = {(h + padding - i * dilation) // stride for i in range(kernel_size)}
    return sorted(p for p in places if 0 <= p < count)


@exercise(
    "backpropagation-1",
    wrong=[_forgets_the_padding, _forgets_the_last_window, _rounds_the_division],
)
def check_users(answer):
    """Every output that uses the pixel, and no other."""
    for settings in _SETTINGS:
        for h in range(settings[0]):
            expect(answer, h, *settings, returns=_users(h, *settings))


def _counts_the_padding_once(size, kernel_size, stride, padding, dilation):
    rest = (size + padding - dilation * (kernel_size - 1) - 1) % stride
    return size - rest, rest


def _forgets_the_dilation(size, kernel_size, stride, padding, dilation):
    rest = (size + 2 * padding - kernel_size) % stride
    return size - rest, rest


@exercise("backpropagation-2", wrong=[_counts_the_padding_once, _forgets_the_dilation])
def check_too_short(answer):
    """Right for every setting: the rows that come out, and those that are missing."""
    for settings in _SETTINGS:
        size, kernel_size, stride, padding, dilation = settings
        count = output_size(*settings)
        rows = (count - 1) * stride + 1 + dilation * (kernel_size - 1) - 2 * padding
        expect(answer, *settings, returns=(rows, size - rows))


def _forgets_to_divide(dout, shape, kernel_size, stride):
    return _average_backward(dout, shape, kernel_size, stride) * kernel_size**2


def _overwrites(dout, shape, kernel_size, stride):
    dx = np.zeros(shape)
    for p, q in np.ndindex(dout.shape):
        top, left = p * stride, q * stride
        dx[top : top + kernel_size, left : left + kernel_size] = dout[p, q] / kernel_size**2
    return dx


def _average_backward(dout, shape, kernel_size, stride):
    pool = AvgPool2d(kernel_size, stride)
    pool(np.zeros((1, 1, *shape)))
    return pool.backward(dout[None, None])[0, 0]


@exercise("backpropagation-3", wrong=[_forgets_to_divide, _overwrites])
def check_average_backward(answer):
    """Overlapping windows add up, and the remainder gets nothing."""
    rng = np.random.default_rng(0)
    for shape, k, stride in (((4, 6), 2, 2), ((5, 7), 3, 2), ((7, 5), 2, 3), ((5, 6), 3, 1)):
        out = tuple(output_size(size, k, stride) for size in shape)
        dout = rng.integers(-9, 10, out) * 1.0
        expect(answer, dout, shape, k, stride, returns=_average_backward(dout, shape, k, stride))


@exercise(
    "backpropagation-4",
    wrong=[
        lambda f, third, u: u ** (1 / 3),
        lambda f, third, u: (6 * u * f / third) ** (1 / 3),
        lambda f, third, u: (3 * u * f / third) ** 0.5,
    ],
)
def check_best_step(answer):
    """No other step makes the two errors together smaller."""
    for f, third, u in ((0.84, 0.54, 2.0**-53), (5.0, 0.1, 2.0**-24), (1e3, 1e-2, 2.0**-53)):
        expect(answer, f, third, u, returns=(3 * u * f / third) ** (1 / 3))


def _with_ones(forward, backward, shape, rng):
    x = np.ones(shape)
    y = forward(x)
    one, other = y.sum(), (x * backward(np.ones(y.shape))).sum()
    return bool(abs(one - other) < 1e-9 * (abs(one) + 1e-30))


def _asks_for_the_inverse(forward, backward, shape, rng):
    x = rng.normal(size=shape)
    return bool(np.allclose(backward(forward(x)), x))


def _compares_exactly(forward, backward, shape, rng):
    x = rng.normal(size=shape)
    y = forward(x)
    d = rng.normal(size=y.shape)
    return bool((y * d).sum() == (x * backward(d)).sum())


@exercise("backpropagation-5", wrong=[_with_ones, _asks_for_the_inverse, _compares_exactly])
def check_is_adjoint(answer):
    """Transposes pass, large or small; inverses, reversals and near misses fail."""
    rng = np.random.default_rng(0)
    conv = Conv2d(2, 3, 3, stride=2, padding=1, bias=False, rng=rng).astype("float64")
    linear = Linear(5, 4, bias=False, rng=rng).astype("float64")
    shape = (2, 2, 6, 7)

    def convolution_backward(d):
        conv(np.zeros(shape))
        return conv.backward(d)

    def unfold(x):
        return im2col(x, 3, 2)

    def fold(col):
        return col2im(col, shape, 3, 2)

    def linear_backward(d):
        linear(np.zeros((len(d), 5)))
        return linear.backward(d)

    matrix = rng.normal(size=(40, 40))
    cases = [
        ("a convolution and its backward pass", conv.forward, convolution_backward, shape, True),
        ("im2col and col2im", unfold, fold, shape, True),
        ("a linear layer and its backward pass", linear.forward, linear_backward, (3, 5), True),
        ("a matrix and its transpose", matrix.dot, matrix.T.dot, (40,), True),
        ("a matrix and its inverse", matrix.dot, np.linalg.inv(matrix).dot, (40,), False),
        ("a reversed gradient", np.copy, lambda d: d[::-1], (6,), False),
        ("a gradient 1 % too large", np.copy, lambda d: 1.01 * d, (6,), False),
        ("millions", lambda x: 1e6 * x, lambda d: 1e6 * d, (50,), True),
        ("millionths, doubled", lambda x: 1e-9 * x, lambda d: 2e-9 * d, (50,), False),
    ]
    for name, forward, backward, size, adjoint in cases:
        got = answer(forward, backward, size, np.random.default_rng(1))
        if unwritten(got):
            raise NotWritten
        expect_equal(got, adjoint, name)


def _library_gradient(x, dout, kernel_size, stride):
    layer = Conv2d(1, 1, kernel_size, stride=stride, bias=False).astype("float64")
    layer(x[None, None])
    layer.backward(dout[None, None])
    return layer.weight.grad[0, 0]


def _takes_the_stride_as_stride(x, dout, kernel_size, stride):
    return correlate(x, dout, stride=stride)[:kernel_size, :kernel_size]


def _keeps_the_remainder(x, dout, kernel_size, stride):
    return correlate(x, dout, dilation=stride)


@exercise("backpropagation-6", wrong=[_takes_the_stride_as_stride, _keeps_the_remainder])
def check_kernel_gradient(answer):
    """Agrees with the library, with and without a remainder."""
    rng = np.random.default_rng(0)
    for shape, k, stride in (((6, 8), 3, 1), ((7, 9), 3, 2), ((8, 7), 2, 3), ((9, 8), 3, 3)):
        x = rng.normal(size=shape)
        dout = rng.normal(size=[output_size(size, k, stride) for size in shape])
        expect(answer, x, dout, k, stride, returns=_library_gradient(x, dout, k, stride))


class _Stamps:
    """A right answer; the wrong ones each change one thing."""

    def __init__(self, weight, stride):
        self.weight, self.stride = weight, stride

    def forward(self, x):
        k, s = len(self.weight), self.stride
        self.x, y = x, np.zeros([(size - 1) * s + k for size in x.shape])
        for p, q in np.ndindex(x.shape):
            y[p * s : p * s + k, q * s : q * s + k] += x[p, q] * self.stamp()
        return y

    def backward(self, dout):
        k, s = len(self.weight), self.stride
        dx, self.dweight = np.zeros(self.x.shape), np.zeros(self.weight.shape)
        for p, q in np.ndindex(dx.shape):
            window = dout[p * s : p * s + k, q * s : q * s + k]
            dx[p, q] = (window * self.weight_back()).sum()
            self.dweight += self.x[p, q] * window
        return dx

    def stamp(self):
        return self.weight

    def weight_back(self):
        return self.weight


class _TurnsTheStamp(_Stamps):
    def stamp(self):
        return self.weight[::-1, ::-1]


class _TurnsTheWayBack(_Stamps):
    def weight_back(self):
        return self.weight[::-1, ::-1]


class _ForgetsTheWeight(_Stamps):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dweight = 0 * self.dweight
        return dx


@exercise("backpropagation-7", wrong=[_TurnsTheStamp, _TurnsTheWayBack, _ForgetsTheWeight])
def check_transposed(answer):
    """Forward is the transpose of a convolution, backward is the convolution itself."""
    rng = np.random.default_rng(0)
    for shape, k, stride in (((2, 3), 3, 2), ((3, 2), 2, 3), ((4, 3), 3, 1)):
        weight, x = rng.normal(size=(k, k)), rng.normal(size=shape)
        conv = Conv2d(1, 1, k, stride=stride, bias=False).astype("float64")
        conv.weight.data = weight[None, None]
        size = [(n - 1) * stride + k for n in shape]
        dout = rng.normal(size=size)
        dx = conv(dout[None, None])[0, 0]
        y = conv.backward(x[None, None])[0, 0]
        layer = answer(weight.copy(), stride)

        def forward(x, layer=layer):
            return layer.forward(x)

        def backward(dout, layer=layer):
            return layer.backward(dout)

        expect(forward, x, returns=y)
        expect(backward, dout, returns=dx)
        if not hasattr(layer, "dweight"):
            raise Rejected("backward must set self.dweight, and did not")
        expect_equal(layer.dweight, conv.weight.grad[0, 0], "dweight")
