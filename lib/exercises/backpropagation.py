"""The exercises of the chapter *Backpropagation through convolution and pooling*."""

import numpy as np

from lib.convolution import convolve_backward, output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_number, short, unwritten
from lib.exercises.registry import exercise
from lib.settings import as_integer

# --- 1, 2: who uses a pixel, and who uses none ---------------------------------------------------

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


def _rounds_the_size(size, kernel_size, stride, padding, dilation):
    return size - size % stride, size % stride


@exercise(
    "backpropagation-2",
    wrong=[_counts_the_padding_once, _forgets_the_dilation, _rounds_the_size],
)
def check_too_short(answer):
    """Right for every setting: the rows that come out, and those that are missing."""
    for settings in _SETTINGS:
        size, kernel_size, stride, padding, dilation = settings
        count = output_size(*settings)
        rows = (count - 1) * stride + 1 + dilation * (kernel_size - 1) - 2 * padding
        expect(answer, *settings, returns=(rows, size - rows))


# --- 3: does a larger kernel cure the squares? ---------------------------------------------------


@exercise("backpropagation-3", wrong=[1.0, 1.25, 2.25, 4.0, 25.0, 0.64])
def check_factor(answer):
    """Weaker than with a kernel of 3, and not gone."""
    expect_number(answer)
    stamps = np.zeros(60)
    stamps[::2] = 1  # along one axis
    terms = np.convolve(stamps, np.ones(9))[20:40]
    most, least = terms.max() ** 2, terms.min() ** 2
    if not abs(answer - most / least) <= 0.01:
        raise Rejected(
            f"expected {most:g} terms in the brightest pixel, divided by those in the darkest away "
            f"from the border, got {short(answer)}"
        )


# --- 4: two cases that never met -----------------------------------------------------------------


def _short_route(dy, w, size, stride, padding):
    v = np.zeros((len(dy) - 1) * stride + 1)
    v[::stride] = dy
    full = np.convolve(v, w)
    dx = full[padding : len(full) - padding]
    return np.pad(dx, (0, size - len(dx)))


@exercise(
    "backpropagation-4",
    wrong=[(6, 3, 2, 0), (7, 3, 2, 1), (5, 3, 1, 1), (9, 3, 3, 0), (2, 3, 1, 0), (6, 3, 2)],
)
def check_breaking(answer):
    """With padding and a remainder at once, the short route takes from the last pixel."""
    if unwritten(answer):
        raise NotWritten
    if not isinstance(answer, tuple | list) or len(answer) != 4:
        raise Rejected(
            f"expected four numbers, size, kernel_size, stride, padding, got {short(answer)}"
        )
    size, kernel_size, stride, padding = settings = [
        as_integer(value, name, least)
        for value, name, least in zip(
            answer, ("size", "kernel_size", "stride", "padding"), (1, 1, 1, 0), strict=True
        )
    ]
    if size > 1000 or kernel_size > 1000 or padding > 1000:
        raise Rejected(f"expected a row of at most 1000 pixels, got {short(answer)}")
    if size + 2 * padding < kernel_size:
        raise Rejected(f"no window of {kernel_size} fits into {size} + 2 · {padding} pixels")
    rng = np.random.default_rng(0)
    w, dy = rng.normal(size=kernel_size), rng.normal(size=output_size(*settings))
    pairs = ((1, stride), (0, padding))
    arrays = dy[None, None, None], np.zeros((1, 1, 1, size)), w[None, None, None]
    right = convolve_backward(*arrays, *pairs)[0][0, 0, 0]
    if np.allclose(_short_route(dy, w, size, stride, padding), right):
        rest = (size + 2 * padding - kernel_size) % stride
        raise Rejected(
            f"with {tuple(settings)} the remainder is {rest} and the padding {padding}, and the "
            "short route is right"
        )


# --- 5: the best step ----------------------------------------------------------------------------


@exercise(
    "backpropagation-5",
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
