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

from lib.compiled import vectors
from lib.compiled.compiling import jit
from lib.compiled.vectors import LENGTH, add_products

# Sums, and what is multiplied for them, fill 32 registers of AVX-512, or 16.
FILTERS = 8 if vectors.AVX512 else 4
PIXELS = 3  # vectors
WIDE = PIXELS * LENGTH  # numbers

_ONES = np.ones(WIDE, np.float32)


@jit
def pack(weight, out):
    """Put filters into blocks: those of a block side by side, as a tile reads them.

    Shape
    -----
    weight ``(F, C, KH, KW)``, out ``(B, KH * KW, C, FILTERS)``; filters beyond the last block are
    left out
    """
    filters, channels, kh, kw = weight.shape
    for f in range(min(filters, len(out) * FILTERS)):
        block, place = out[f // FILTERS], f % FILTERS
        for c in range(channels):
            for i in range(kh):
                for j in range(kw):
                    block[i * kw + j, c, place] = weight[f, c, i, j]


def _tile(columns):
    """Return the function that fills a tile of :func:`correlate`, so many vectors wide."""
    zeros, store = vectors.zeros(FILTERS * columns), vectors.stores(columns)
    load, repeat = vectors.loads(columns), vectors.repeats(FILTERS)

    @jit
    def tile(
        pixels, pixel, taps, channels, room, weights, weight, bias, f, out, place, step, count
    ):
        """Sum up the products of some filters at some pixels; write the first `count` filters."""
        sums = add_products(zeros(), repeat(bias, f), load(_ONES, 0, 0))
        for tap in taps:
            at = pixel + tap
            for _ in range(channels):
                pair = repeat(weights, weight), load(pixels, at, LENGTH)
                sums = add_products(sums, *pair)
                weight += FILTERS
                at += room
        store(sums, out, place, step, count)

    return tile


_wide_tile, _narrow_tile = _tile(PIXELS), _tile(1)


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
    padded ``(R, C, S)``, taps ``(T,)``, weights ``(B, T, C, FILTERS)``, bias
    ``(B * FILTERS,)``, out ``(rows, F, L)``, all contiguous, with L at least :data:`WIDE`
    """
    _, channels, room = padded.shape
    rows, filters, length = out.shape
    pixels, numbers, results = padded.reshape(-1), weights.reshape(-1), out.reshape(-1)
    for row in range(rows):
        for tile in range(0, length, WIDE):
            narrow = length - tile <= LENGTH
            # The last tile overlaps the one before.
            p = min(tile, length - (LENGTH if narrow else WIDE))
            pixel, size = row * step * channels * room + p, weights[0].size
            for block in range(len(weights)):
                f = block * FILTERS
                seen = pixels, pixel, taps, channels, room, numbers, block * size, bias, f
                place = results, (row * filters + f) * length + p, length, filters - f
                if narrow:
                    _narrow_tile(*seen, *place)
                else:
                    _wide_tile(*seen, *place)


def _dots(count):
    """Return the function that fills a tile of :func:`weigh` with `count` rows."""
    zeros, store = vectors.zeros(count * PIXELS), vectors.stores_of_totals(PIXELS)
    load_left, load_right = vectors.loads(count), vectors.loads(PIXELS)
    load_left_rest, load_right_rest = vectors.loads_of_some(count), vectors.loads_of_some(PIXELS)

    @jit
    def dots(left, i, left_steps, right, j, right_steps, rows, length, out, start, step):
        """Multiply channels from ``left[i]`` on by channels from ``right[j]`` on, and sum up.

        Steps are the distances of two rows of an image, and of two channels.
        """
        sums = zeros()
        rest = length % LENGTH
        for _ in range(rows):
            for p in range(0, length - rest, LENGTH):
                pixels = load_left(left, i + p, left_steps[1])
                sums = add_products(sums, pixels, load_right(right, j + p, right_steps[1]))
            if rest:
                p = length - rest
                pixels = load_left_rest(left, i + p, left_steps[1], rest)
                others = load_right_rest(right, j + p, right_steps[1], rest)
                sums = add_products(sums, pixels, others)
            i += left_steps[0]
            j += right_steps[0]
        store(sums, out, start, step)

    return dots


_dots_of_many, _dots_of_one = _dots(FILTERS), _dots(1)


@jit
def weigh(padded, taps, step, pixels, together, out):
    """Multiply windows by rows of pixels: ``out[g, k, t, b, a] = sum of padded * pixel``.

    A sum runs over some rows that are short, or over a part of one that is long, so that what a
    tile needs stays in the first cache: over the part ``k`` of the rows of the group ``g``.

    Parameters
    ----------
    padded, taps, step
        As in :func:`correlate`.
    pixels : numpy.ndarray
        What each tap of the windows is multiplied by.
    together : int
        Rows of a group; the last one may have fewer.
    out : numpy.ndarray

    Shape
    -----
    padded ``(R, A, S)``, taps ``(T,)``, pixels ``(rows, B, L)``, out
    ``(groups, parts, T, B, A)``, all contiguous, with B at least :data:`PIXELS`
    """
    _, left_count, room = padded.shape
    rows, right_count, length = pixels.shape
    left, right, results = padded.reshape(-1), pixels.reshape(-1), out.reshape(-1)
    left_steps, right_steps = (step * left_count * room, room), (right_count * length, length)
    groups, parts = out.shape[:2]
    part_length = -(-length // parts // LENGTH) * LENGTH
    at_a_time = FILTERS if left_count >= FILTERS else 1
    for number in range(groups * parts):
        row, first = number // parts * together, number % parts * part_length
        size = min(together, rows - row), min(part_length, length - first)
        for tile in range(0, left_count, at_a_time):
            a = min(tile, left_count - at_a_time)  # the last tile overlaps the one before
            for t, tap in enumerate(taps):
                i = row * left_steps[0] + a * room + tap + first
                for other in range(0, right_count, PIXELS):
                    b = min(other, right_count - PIXELS)
                    j = row * right_steps[0] + b * length + first
                    to = ((number * len(taps) + t) * right_count + b) * left_count + a
                    where = results, to, left_count
                    if at_a_time == 1:
                        _dots_of_one(left, i, left_steps, right, j, right_steps, *size, *where)
                    else:
                        _dots_of_many(left, i, left_steps, right, j, right_steps, *size, *where)
