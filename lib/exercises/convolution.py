"""The exercises of the chapter *Convolution*."""

import numpy as np

from lib.convolution import convolve, output_size
from lib.exercises.comparison import (
    NotWritten,
    Rejected,
    count_steps,
    expect,
    expect_equal,
    short,
    unwritten,
)
from lib.exercises.registry import exercise
from lib.figures.convolution import edge_strength, load_temple


def _correlate(x, kernel, padding=0):
    pairs = ((1, 1), (padding, padding))
    return convolve(x[None, None], kernel[None, None], *pairs)[0, 0]


@exercise(
    "convolution-1",
    wrong=[
        lambda k, d: (k - 1) // 2,
        lambda k, d: d * k // 2,
        lambda k, d: d * (k - 1),
        lambda k, d: k // 2 + d - 1,
    ],
)
def check_same_padding(answer):
    """Every odd kernel, with any dilation, keeps the size."""
    for kernel_size in (1, 3, 5, 7):
        for dilation in (1, 2, 3):
            expect(answer, kernel_size, dilation, returns=dilation * (kernel_size - 1) // 2)


# --- 2: the kernel that moves a picture ----------------------------------------------------------

_MOVES_BACK = np.array([[0.0, 0, 0], [0, 0, 0], [0, 0, 1]])
_MOVES_RIGHT_ALONE = np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, 0]])


@exercise("convolution-2", wrong=[_MOVES_BACK, _MOVES_RIGHT_ALONE, np.eye(3), np.ones(3)])
def check_moving_kernel(answer):
    """One pixel to the right and one down, and nothing else."""
    answer = np.asarray(answer, float)
    if answer.shape != (3, 3):
        raise Rejected(f"expected a kernel of shape (3, 3), got {answer.shape}")
    x = np.arange(1.0, 13.0).reshape(3, 4)
    moved = np.pad(x, ((1, 0), (1, 0)))[:3, :4]
    expect_equal(_correlate(x, answer, padding=1), moved, "the output for 1, 2, … 12")


@exercise(
    "convolution-3",
    wrong=[
        lambda h, k, s, p: (h + 2 * p - k) % s,
        lambda h, k, s, p: (h + 2 * p - k) % s - p,
        lambda h, k, s, p: (h - k) % s,
        lambda h, k, s, p: max(0, (h + p - k) % s),
    ],
)
def check_unreached(answer):
    """Every unreached pixel is counted, and no padding."""
    for settings in ((6, 3, 2, 0), (6, 3, 2, 1), (8, 2, 4, 0), (8, 3, 5, 1), (9, 3, 2, 1)):
        size, kernel_size, stride, padding = settings
        count = output_size(size, kernel_size, stride, padding)
        end = (count - 1) * stride + kernel_size - padding
        expect(answer, *settings, returns=max(0, size - end))


def _layer(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = ((stride, stride), (padding, padding), (dilation, dilation))
    out = convolve(x, weight, *pairs, groups)
    return out if bias is None else out + np.asarray(bias)[:, None, None]


def _forgets_the_bias(x, weight, bias=None, **settings):
    return _layer(x, weight, **settings)


def _turns_the_kernel(x, weight, *rest, **settings):
    return _layer(x, weight[:, :, ::-1, ::-1], *rest, **settings)


def _takes_the_first_picture_for_all(x, *rest, **settings):
    return np.repeat(_layer(x[:1], *rest, **settings), len(x), axis=0)


def _deals_the_filters_out(x, weight, bias=None, groups=1, **settings):
    order = np.argsort(np.arange(len(weight)) % groups, kind="stable")
    out = _layer(x, weight[order], groups=groups, **settings)[:, np.argsort(order)]
    return out if bias is None else out + np.asarray(bias)[:, None, None]


def _spreads_by_the_stride(x, weight, bias=None, stride=1, dilation=1, **settings):
    return _layer(x, weight, bias, stride=dilation, dilation=stride, **settings)


@exercise(
    "convolution-4",
    wrong=[
        _forgets_the_bias,
        _turns_the_kernel,
        _takes_the_first_picture_for_all,
        _deals_the_filters_out,
        _spreads_by_the_stride,
    ],
)
def check_layer(answer):
    """Batches, bias, stride, padding, dilation and groups: this is a convolution layer."""
    rng = np.random.default_rng(0)
    x, plain = rng.standard_normal((2, 4, 7, 9)), rng.standard_normal((6, 4, 3, 2))
    bias = rng.standard_normal(6)
    expect(answer, x, plain, returns=_layer(x, plain))
    cases = (
        (plain, {}),
        (plain, {"stride": 2}),
        (plain, {"padding": 2}),
        (plain, {"dilation": 2}),
        (plain, {"stride": 3, "padding": 1, "dilation": 2}),
        (plain[:, :2], {"groups": 2, "padding": 1}),
        (plain[:4, :1], {"groups": 4}),
    )
    for weight, settings in cases:
        some = bias[: len(weight)]
        expected = _layer(x, weight, some, **settings)
        expect(answer, x, weight, some, returns=expected, **settings)


def pads_wrongly(x, kernel):
    """Do what the text of the exercise shows: below zero, NumPy counts from the end."""
    y = np.zeros((3, 3))
    for p, q, i, j in np.ndindex(3, 3, 3, 3):
        r, c = p + i - 1, q + j - 1
        if r < 3 and c < 3:
            y[p, q] += kernel[i, j] * x[r, c]
    return y


def _lit(row, col):
    x = np.zeros((3, 3))
    x[row, col] = 1
    return x


_IDENTITY = _lit(1, 1)


@exercise(
    "convolution-5",
    wrong=[
        (_lit(1, 1), np.ones((3, 3))),
        (_lit(0, 0), np.ones((3, 3))),
        (_lit(2, 2), _IDENTITY),
        (np.ones((3, 3)), np.ones((3, 3))),
        (_lit(2, 2), np.zeros((3, 3))),
    ],
)
def check_break(answer):
    """Broken: it counts from the end and reads the other side of the picture."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Rejected(f"expected two arrays, x and kernel, got {short(answer)}")
    x, kernel = (np.asarray(part, float) for part in answer)
    if x.shape != (3, 3) or kernel.shape != (3, 3):
        raise Rejected(f"expected two arrays of shape (3, 3), got {x.shape} and {kernel.shape}")
    if sorted(x.ravel()) != [0] * 8 + [1]:
        raise Rejected(f"expected one pixel of x to be 1 and all others 0, got {short(x)}")
    right, wrong = _correlate(x, kernel, padding=1), pads_wrongly(x, kernel)
    if np.allclose(right, wrong):
        place = tuple(int(i) for i in np.argwhere(x)[0])
        raise Rejected(f"with the 1 at {place} and this kernel the output is right: {short(wrong)}")


def _loops_over_pixels(x, kernel):
    x, (kh, kw) = np.array(x), kernel.shape
    y = np.zeros((x.shape[0] - kh + 1, x.shape[1] - kw + 1))
    for p, q in np.ndindex(y.shape):
        y[p, q] = (x[p : p + kh, q : q + kw] * kernel).sum()
    return y


def _loops_over_rows(x, kernel):
    kh = len(kernel)
    rows = range(len(x) - kh + 1)
    return np.concatenate([_correlate(np.asarray(x)[p : p + kh], kernel) for p in rows])


@exercise(
    "convolution-6",
    wrong=[
        lambda x, kernel: _correlate(x[:, : len(x)], kernel),
        lambda x, kernel: _correlate(x, kernel[::-1, ::-1]),
        _loops_over_pixels,
        _loops_over_rows,
    ],
)
def check_shift_and_add(answer):
    """Right for pictures and kernels that are not square, with no loop over the pixels."""
    rng = np.random.default_rng(0)
    for x_shape, k_shape in (((3, 4), (2, 2)), ((5, 7), (3, 2)), ((6, 4), (1, 4))):
        x, kernel = rng.integers(-3, 4, x_shape) * 1.0, rng.integers(-3, 4, k_shape) * 1.0
        expect(answer, x, kernel, returns=_correlate(x, kernel))
    kernel = rng.standard_normal((3, 3))
    few, many = (
        count_steps(answer, rng.standard_normal(shape), kernel) for shape in ((5, 6), (30, 40))
    )
    if many > 1.5 * few + 20:
        raise Rejected(
            f"a 5 × 6 picture takes {few} steps of Python and a 30 × 40 one {many}; "
            "expected as many, because both kernels have 9 weights"
        )


def _edges_against_none(sigma) -> float:
    photo = load_temple()
    grain = np.random.default_rng(1).normal(size=photo.shape)  # as in the chapter
    noisy, clear = (edge_strength(x) > 0.8 for x in (photo + sigma * grain, photo))
    return noisy.mean() / clear.mean()


@exercise("convolution-7", wrong=[0.1, 0.2, 0.0129, 0.13])
def check_noise(answer):
    """So little noise is enough: it doubles the edges."""
    if np.ndim(answer) or isinstance(answer, str | bool):
        raise Rejected(f"expected one number, got {short(answer)}")
    low, high = 0.0, 0.5
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if _edges_against_none(middle) < 2 else (low, middle)
    if not abs(answer - middle) <= 0.003:
        raise Rejected(
            f"expected 2 times as many edges as without noise, "
            f"got {_edges_against_none(answer):.2f} times as many at {short(answer)}"
        )


def _factors(kernel):
    columns, sizes, rows = np.linalg.svd(kernel)
    return columns[:, 0] * sizes[0], rows[0], sizes


def _refuses_above(limit, pick):
    def factor(kernel):
        column, row, sizes = _factors(kernel)
        if pick(sizes[1:], initial=0) > limit * (sizes[0] if pick is np.min else 1):
            raise ValueError("not a column times a row")
        return column, row

    return factor


@exercise(
    "convolution-8",
    wrong=[
        lambda kernel: (kernel[:, 0], kernel[0]),
        lambda kernel: _factors(kernel)[:2],
        _refuses_above(1e-10, np.max),  # refuses large kernels
        _refuses_above(1e-3, np.max),  # accepts small ones
        _refuses_above(1e-10, np.min),  # looks at the last size alone
    ],
)
def check_factor(answer):
    """Both factors give the kernel back, and kernels that have none are refused, large or small."""
    sobel, laplacian = np.outer([1.0, 2, 1], [-1.0, 0, 1]), [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    kernels = (
        sobel,
        np.full((3, 5), 1 / 15),
        np.outer([0.0, 1, -1], [0.0, 3, 1, 2]),
        np.array([[1.0, 2, 1]]),
        np.outer([1.0, 3, 7], [1e9, 3e9, 1e10]) / 7,
    )
    for kernel in kernels:
        given = f"the kernel {short(kernel)}"
        try:
            parts = answer(kernel.copy())
        except ValueError as error:
            raise Rejected(f"{given} has such factors, got a ValueError: {error}") from error
        if unwritten(parts):
            raise NotWritten
        column, row = parts
        expect_equal(np.outer(column, row), kernel, f"np.outer of the factors of {given}")
    for kernel in (np.array(laplacian) * 1.0, np.eye(3), 1e-6 * np.array(laplacian)):
        try:
            answer(kernel.copy())
        except ValueError:
            continue
        raise Rejected(
            f"the kernel {short(kernel)} has no such factors: expected a ValueError, got an answer"
        )
