"""The two sums of products in a convolution, compiled so that they stay in the registers.

A processor multiplies and adds 8 or 16 numbers at once, a *vector*, and can begin two such steps
in every cycle; but each step on the same sum has to wait some cycles for the last one. So fast code
works on many sums at a time, a *tile*: here :data:`FILTERS` times :data:`PIXELS` vectors, as many
as there are registers for. Each vector that is loaded serves a whole row or column of the tile.

BLAS works in the same way, but on matrices, and so wants a copy of every pixel for each window that
it lies in. These loops find it in the image itself: a tap of the filter is a distance in memory.

Notes
-----
Source: Goto and van de Geijn, *Anatomy of high-performance matrix multiplication* (2008), section
4, for tiles; Georganas et al., *Anatomy of high-performance deep learning convolutions on SIMD
architectures* (2018), section II, for convolutions made of them.
"""

import numpy as np
from numba import njit

from lib.compiled import vectors
from lib.compiled.vectors import LENGTH, add_products

# Sums, and what is multiplied for them, fill 32 registers of AVX-512, or 16.
FILTERS = 8 if vectors.AVX512 else 4
PIXELS = 3  # vectors
WIDE = PIXELS * LENGTH  # numbers

# Multiply and add in one step; all else as IEEE 754 has it, so that NaN stays NaN.
jit = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
# For sums, which may be taken in any order, so that a vector of them is made at a time.
jit_sums = njit(nogil=True, cache=True, fastmath={"contract", "reassoc"}, error_model="numpy")

_ONES = np.ones(WIDE, np.float32)
_zeros = vectors.zeros(FILTERS * PIXELS)
_load, _repeat = vectors.loads(PIXELS), vectors.repeats(FILTERS)
_store = vectors.stores(PIXELS)


@jit
def correlate(padded, taps, step, weights, bias, out):
    """Fill rows of the output: ``out[h, f, p] = bias[f] + sum of weight * pixel``.

    Parameters
    ----------
    padded : numpy.ndarray
        The image rows under the windows, with their padding.
    taps : numpy.ndarray
        How far each pixel of a window is from its first one, in numbers.
    step : int
        Image rows from one window to the next.
    weights : numpy.ndarray
        In blocks of :data:`FILTERS`, the last one filled up with zeros.
    bias : numpy.ndarray
        Filled up in the same way.
    out : numpy.ndarray

    Shape
    -----
    padded ``(R, C, S)``, taps ``(T,)``, weights ``(B, T, C, FILTERS)``, bias ``(B * FILTERS,)``, out
    ``(rows, F, L)``, all contiguous, with L at least :data:`WIDE`
    """
    _, channels, room = padded.shape
    rows, filters, length = out.shape
    pixels, numbers, results = padded.reshape(-1), weights.reshape(-1), out.reshape(-1)
    for row in range(rows):
        for tile in range(0, length, WIDE):
            p = min(tile, length - WIDE)  # the last tile overlaps the one before
            weight = 0
            for f in range(0, filters, FILTERS):
                sums = add_products(_zeros(), _repeat(bias, f), _load(_ONES, 0, 0))
                for tap in taps:
                    pixel = row * step * channels * room + tap + p
                    for _ in range(channels):
                        pair = _repeat(numbers, weight), _load(pixels, pixel, LENGTH)
                        sums = add_products(sums, *pair)
                        weight += FILTERS
                        pixel += room
                _store(sums, results, (row * filters + f) * length + p, length, filters - f)


def _dots(rows):
    """Return the function that fills `rows` rows of a tile of :func:`weigh`."""
    zeros, store = vectors.zeros(rows * PIXELS), vectors.stores_of_totals(PIXELS)
    load_left, load_right = vectors.loads(rows), vectors.loads(PIXELS)
    load_left_rest, load_right_rest = vectors.loads_of_some(rows), vectors.loads_of_some(PIXELS)

    @jit
    def dots(left, i, left_step, right, j, right_step, length, out, start, step):
        """Multiply each of some rows from ``left[i]`` on by each from ``right[j]`` on; sum up."""
        sums = zeros()
        rest = length % LENGTH
        for p in range(0, length - rest, LENGTH):
            pair = load_left(left, i + p, left_step), load_right(right, j + p, right_step)
            sums = add_products(sums, *pair)
        if rest:
            p = length - rest
            pair = (
                load_left_rest(left, i + p, left_step, rest),
                load_right_rest(right, j + p, right_step, rest),
            )
            sums = add_products(sums, *pair)
        store(sums, out, start, step)

    return dots


_dots_of_many, _dots_of_one = _dots(FILTERS), _dots(1)


@jit
def weigh(padded, taps, step, pixels, out):
    """Multiply windows by rows of pixels: ``out[h, k, t, b, a] = sum of padded * pixel``.

    Each row is cut into parts, so that what a tile needs stays in the first cache; the part ``k`` has
    a sum of its own.

    Parameters
    ----------
    padded, taps, step
        As in :func:`correlate`.
    pixels : numpy.ndarray
        What each tap of the windows is multiplied by.
    out : numpy.ndarray

    Shape
    -----
    padded ``(R, A, S)``, taps ``(T,)``, pixels ``(rows, B, L)``, out
    ``(rows, parts, T, B, A)``, all contiguous, with B at least :data:`PIXELS`
    """
    _, left_rows, room = padded.shape
    rows, right_rows, length = pixels.shape
    parts = out.shape[1]
    longest = -(-length // parts // LENGTH) * LENGTH
    left, right, results = padded.reshape(-1), pixels.reshape(-1), out.reshape(-1)
    at_a_time = FILTERS if left_rows >= FILTERS else 1
    for part in range(rows * parts):
        row, first = part // parts, part % parts * longest
        count = min(longest, length - first)
        for tile in range(0, left_rows, at_a_time):
            a = min(tile, left_rows - at_a_time)  # the last tile overlaps the one before
            for t, tap in enumerate(taps):
                i = (row * step * left_rows + a) * room + tap + first
                for tile_b in range(0, right_rows, PIXELS):
                    b = min(tile_b, right_rows - PIXELS)
                    j = (row * right_rows + b) * length + first
                    to = ((part * len(taps) + t) * right_rows + b) * left_rows + a
                    if at_a_time == 1:
                        _dots_of_one(left, i, room, right, j, length, count, results, to, left_rows)
                    else:
                        _dots_of_many(left, i, room, right, j, length, count, results, to, left_rows)
