"""The exercises of the chapter *Backpropagation*: a check, and two passes of layers."""

import numpy as np

from lib.convolution import col2im, convolve, convolve_backward, im2col, output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.figures.grids import correlate
from lib.layers import Conv2d, ConvTranspose2d

# --- 6: a check that does not lie ----------------------------------------------------------------


def _right(dout, x, weight):
    return convolve_backward(dout, x, weight, (2, 2), (0, 0))


def _divides_by_n(dout, x, weight):
    dx, dweight = _right(dout, x, weight)
    return dx, dweight / len(x)


def _turns_dout(dout, x, weight):
    return _right(dout[:, :, ::-1, ::-1], x, weight)


def _forgets_to_turn(dout, x, weight):
    return _right(dout, x, weight[:, :, ::-1, ::-1])[0], _right(dout, x, weight)[1]


def _zeros_first(axis):
    def zeros_first(dout, x, weight):
        dx, dweight = _right(dout, x, weight)
        return np.roll(dx, (x.shape[axis] - weight.shape[axis]) % 2, axis=axis), dweight

    return zeros_first


def _turns_dweight(dout, x, weight):
    dx, dweight = _right(dout, x, weight)
    return dx, dweight[:, :, ::-1, ::-1]


def _one_percent(dout, x, weight):
    dx, dweight = _right(dout, x, weight)
    return 1.01 * dx, dweight


_BACKWARDS = {
    "a right one": (_right, True),
    "one that divides by N": (_divides_by_n, False),
    "one that turns dout": (_turns_dout, False),
    "one that forgets to turn the kernel": (_forgets_to_turn, False),
    "one with the remainder's rows first": (_zeros_first(2), False),
    "one with the remainder's columns first": (_zeros_first(3), False),
    "one that turns dweight": (_turns_dweight, False),
    "one whose dx is 1 % too large": (_one_percent, False),
}


def _careless(*, n=2, rows=6, columns=8, ones=False, symmetric=False, only=slice(None), rtol=1e-7):
    """Make a check that is careless in one respect."""

    def is_right(backward, rng):
        x, weight = rng.normal(size=(n, 2, rows, columns)), rng.normal(size=(3, 2, 3, 3))
        if symmetric:
            weight = weight + weight[:, :, ::-1, ::-1]
        y = convolve(x, weight, (2, 2), (0, 0))
        dout = np.ones(y.shape) if ones else rng.normal(size=y.shape)
        pairs = zip(backward(dout, x, weight), _right(dout, x, weight), strict=True)
        return all(np.allclose(*pair, rtol=rtol) for pair in list(pairs)[only])

    return is_right


@exercise(
    "backpropagation-6",
    wrong=[
        _careless(n=1),
        _careless(ones=True),
        _careless(symmetric=True),
        _careless(rows=7),
        _careless(columns=7),
        _careless(only=slice(0, 1)),
        _careless(rtol=0.05),
        lambda backward, rng: True,
        lambda backward, rng: False,
    ],
)
def check_is_right(answer):
    """Your check passes what is right, and catches each of seven mistakes."""
    for name, (backward, expected) in _BACKWARDS.items():
        for seed in range(3):
            got = answer(backward, np.random.default_rng(seed))
            if unwritten(got):
                raise NotWritten
            expect_equal(got, expected, name)


# --- 7: the stride becomes a dilation ------------------------------------------------------------


def _library_gradient(x, dout, kernel_size, stride):
    layer = Conv2d(1, 1, kernel_size, stride=stride, bias=False).astype("float64")
    layer(x[None, None])
    layer.backward(dout[None, None])
    return layer.weight.grad[0, 0]


def _takes_the_stride_as_stride(x, dout, kernel_size, stride):
    return correlate(x, dout, stride=stride)[:kernel_size, :kernel_size]


def _keeps_the_remainder(x, dout, kernel_size, stride):
    return correlate(x, dout, dilation=stride)


def _turns_the_upstream_gradient(x, dout, kernel_size, stride):
    return _library_gradient(x, dout[::-1, ::-1], kernel_size, stride)


@exercise(
    "backpropagation-7",
    wrong=[_takes_the_stride_as_stride, _keeps_the_remainder, _turns_the_upstream_gradient],
)
def check_kernel_gradient(answer):
    """Agrees with the library, with and without a remainder."""
    rng = np.random.default_rng(0)
    for shape, k, stride in (((6, 8), 3, 1), ((7, 9), 3, 2), ((8, 7), 2, 3), ((9, 8), 3, 3)):
        x = rng.normal(size=shape)
        dout = rng.normal(size=[output_size(size, k, stride) for size in shape])
        expect(answer, x, dout, k, stride, returns=_library_gradient(x, dout, k, stride))


# --- 8: a transposed convolution -----------------------------------------------------------------


class _Transposed:
    """A right answer; the wrong ones each change one thing."""

    def __init__(self, weight, bias, stride=1):
        self.weight, self.bias, self.stride = weight, bias, stride

    def forward(self, x):
        n, c, h, w = x.shape
        _, f, kh, kw = self.weight.shape
        self.shape, self.rows = (n, h, w, c), x.transpose(0, 2, 3, 1).reshape(-1, c)
        size = n, f, (h - 1) * self.stride + kh, (w - 1) * self.stride + kw
        col = self.rows @ self.stamp().reshape(c, -1)
        return col2im(col, size, (kh, kw), self.stride) + self.bias[:, None, None]

    def backward(self, dout):
        c, _, *size = self.weight.shape
        col = im2col(dout, size, self.stride)
        self.dweight = (self.rows.T @ col).reshape(self.weight.shape)
        self.dbias = dout.sum(axis=(0, 2, 3))
        dx = col @ self.way_back().reshape(c, -1).T
        return dx.reshape(self.shape).transpose(0, 3, 1, 2)

    def stamp(self):
        return self.weight

    def way_back(self):
        return self.weight


class _TurnsTheStamp(_Transposed):
    def stamp(self):
        return self.weight[:, :, ::-1, ::-1]


class _TurnsTheWayBack(_Transposed):
    def way_back(self):
        return self.weight[:, :, ::-1, ::-1]


class _ForgetsTheBias(_Transposed):
    def forward(self, x):
        return super().forward(x) - self.bias[:, None, None]


class _OnePictureOfDbias(_Transposed):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dbias = dout[0].sum(axis=(1, 2))
        return dx


class _MeansOverTheBatch(_Transposed):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dweight = self.dweight / len(dout)
        return dx


class _SetsNoGradients(_Transposed):
    def backward(self, dout):
        dx = super().backward(dout)
        del self.dweight, self.dbias
        return dx


@exercise(
    "backpropagation-8",
    wrong=[
        _TurnsTheStamp,
        _TurnsTheWayBack,
        _ForgetsTheBias,
        _OnePictureOfDbias,
        _MeansOverTheBatch,
        _SetsNoGradients,
    ],
)
def check_transposed(answer):
    """Both passes agree with the library's ConvTranspose2d, for batches and channels."""
    rng = np.random.default_rng(0)
    for shape, f, size, stride in (((2, 3, 2, 4), 2, (3, 2), 2), ((3, 1, 3, 2), 4, (2, 2), 3)):
        library = ConvTranspose2d(shape[1], f, size, stride=stride).astype("float64")
        library.weight.data = rng.normal(size=library.weight.data.shape)
        library.bias.data = rng.normal(size=f)
        x = rng.normal(size=shape)
        out = library(x)
        dout = rng.normal(size=out.shape)
        dx = library.backward(dout)
        layer = answer(library.weight.data.copy(), library.bias.data.copy(), stride)

        def forward(x, layer=layer):
            return layer.forward(x)

        def backward(dout, layer=layer):
            return layer.backward(dout)

        expect(forward, x, returns=out)
        expect(backward, dout, returns=dx)
        for name, expected in (("dweight", library.weight.grad), ("dbias", library.bias.grad)):
            if not hasattr(layer, name):
                raise Rejected(f"backward must set self.{name}, and did not")
            expect_equal(getattr(layer, name), expected, name)
