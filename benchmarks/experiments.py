"""What was tried to be faster, beside what the library does: ``python -m benchmarks.experiments``.

The figures in ``benchmarks/README.md`` come from here. All run in this one process and take turns.
"""

import statistics
import time
from contextlib import contextmanager
from unittest import mock

import numpy as np

from lib.convolution import depthwise, output_shape, pad2d, row_windows, threads
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.windows import window_slices
from lib.layers import ReLU

SAME = (1, 1), (1, 1)  # stride and padding of every layer here


def images(n, c, size):
    """Return images in memory as the layers leave them."""
    x = np.random.default_rng(0).standard_normal((n, c, size, size), dtype=np.float32)
    return to_images(to_rows(x))


def filters(f, c):
    """Return 3 × 3 filters."""
    return np.random.default_rng(1).standard_normal((f, c, 3, 3), dtype=np.float32)


# --- Winograd --------------------------------------------------------------------------------


def winograd(x, weight):
    """Convolve with 3 × 3 filters, padding 1, by Winograd's F(2×2, 3×3); even sizes only.

    Each 2 × 2 outputs take 16 products instead of 36, and additions before and after. Source: Lavin
    and Gray, *Fast algorithms for convolutional neural networks* (2016), section 4.1.
    """
    g = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], weight.dtype)
    transformed = np.ascontiguousarray((g @ weight @ g.T).transpose(2, 3, 0, 1))  # (4, 4, F, C)
    rows = to_rows(pad2d(x, 1))
    (n, c, h, w), f = x.shape, len(weight)
    out = np.empty((h, f, w, n), x.dtype)

    def work(part):
        for tile in range(part.start, part.stop):
            d = rows[2 * tile : 2 * tile + 4]  # (4, C, W + 2, N)
            v = np.empty((4, 4, c, w // 2, n), x.dtype)
            for i, d_rows in enumerate(_differences(d)):
                columns = [d_rows[:, j : j + w - 1 : 2] for j in range(4)]
                for j, difference in enumerate(_differences(columns)):
                    v[i, j] = difference
            m = (transformed @ v.reshape(4, 4, c, -1)).reshape(4, 4, f, w // 2, n)
            for p, sums in enumerate(_sums(m)):
                for q, values in enumerate(_sums(sums)):
                    out[2 * tile + p, :, q::2] = values

    threads.by_rows(work, h // 2, 16 * transformed[0, 0].size * h * w * n // 4)
    return to_images(out)


def _differences(d):
    """Apply Winograd's matrix B along the first axis."""
    return d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]


def _sums(m):
    """Apply Winograd's matrix A along the first axis."""
    return m[0] + m[1] + m[2], m[1] - m[2] - m[3]


# --- smaller changes -------------------------------------------------------------------------


def shift_and_add(x, weight):
    """Convolve each channel without any matrix: nine shifted slices, each times a weight."""
    rows, taps = to_rows(pad2d(x, 1)), weight.transpose(2, 3, 0, 1)[..., None]
    h, w = x.shape[2:]
    out = np.zeros((h, x.shape[1], w, len(x)), x.dtype)

    def work(part):
        for p in range(part.start, part.stop):
            for i in range(3):
                for j in range(3):
                    out[p] += taps[i, j] * rows[p + i, :, j : j + w]

    threads.by_rows(work, h, 9 * out.size)
    return to_images(out)


def fused(x, weight, bias):
    """Convolve, and apply bias and ReLU to each row while it is in the cache."""
    rows, matrix = to_rows(x), weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    n, _, h, w = x.shape
    out = np.empty((h, len(weight), w * n), x.dtype)

    def work(part):
        windows = row_windows.row_windows(rows, (3, 3), *SAME, part)
        for row, window in zip(out[part], windows, strict=True):
            np.matmul(matrix, window, out=row)
            row += bias[:, None]
            np.clip(row, 0, np.inf, out=row)

    threads.by_rows(work, h, matrix.shape[1] * out.size, at_a_time=4)
    return to_images(out.reshape(h, -1, w, n))


def threaded_relu(x):
    """Apply ReLU with the rows shared out to the threads."""
    rows = to_rows(x)
    out = np.empty_like(rows)
    threads.by_rows(
        lambda part: np.clip(rows[part], 0, np.inf, out=out[part]), len(rows), threads.WORTH_SHARING
    )
    return to_images(out)


def im2col_rows(x, weight):
    """Convolve by one product, with the whole window matrix written out in the same layout."""
    rows, (n, c, h, w) = to_rows(pad2d(x, 1)), x.shape
    col = np.empty((3, 3, c, h, w, n), x.dtype)
    for i, j, (_, i_rows, j_columns) in window_slices((3, 3), (1, 1), (1, 1), (h, w)):
        col[i, j] = rows[i_rows, :, j_columns].transpose(1, 0, 2, 3)
    matrix = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    out = (matrix @ col.reshape(9 * c, -1)).reshape(
        len(weight), *output_shape(x.shape, (3, 3), *SAME, (1, 1)), n
    )
    return out.transpose(3, 0, 1, 2)


@contextmanager
def thread_count(count):
    """Use another number of threads for a while."""
    before = threads.thread_count()
    threads.set_thread_count(count)
    yield
    threads.set_thread_count(before)


def with_setting(name, value):
    """Return the library's convolution with another value of a constant."""

    def convolve(x, weight):
        with mock.patch.object(row_windows, name, value):
            return row_windows.convolve(x, weight, *SAME)

    return convolve


def one_thread(x, weight):
    """Convolve on one thread."""
    with thread_count(1):
        return row_windows.convolve(x, weight, *SAME)


def measured(ours, tried, rounds=15):
    """Let both take turns; return the median seconds of each."""
    seconds = ([], [])
    for _ in range(rounds):
        for do, taken in zip((ours, tried), seconds, strict=True):
            do()
            start = time.perf_counter()
            do()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in seconds]


def main():
    """Print a line for each experiment."""
    layers = {
        "16 → 16, 28 × 28, batch 100": (images(100, 16, 28), filters(16, 16)),
        "64 → 64, 56 × 56, batch 16": (images(16, 64, 56), filters(64, 64)),
        "256 → 256, 14 × 14, batch 16": (images(16, 256, 14), filters(256, 256)),
    }
    print(f"{threads.thread_count()} threads; time of what was tried / of the library")
    for name, (x, weight) in layers.items():
        bias = np.ones(len(weight), np.float32)
        relu = ReLU()

        def ours(x=x, weight=weight):
            return row_windows.convolve(x, weight, *SAME)

        def with_relu(x=x, weight=weight, bias=bias, relu=relu):
            return relu(row_windows.convolve(x, weight, *SAME, bias=bias))

        tried = {
            "Winograd F(2×2, 3×3)": (winograd, ours),
            "im2col in the same layout": (im2col_rows, ours),
            "one thread": (one_thread, ours),
            "products never cut into small ones": (with_setting("SMALL_PRODUCT", 0), ours),
            "all rows of a thread at once": (with_setting("CACHE", 1 << 40), ours),
            "a quarter of the rows at a time": (with_setting("CACHE", 1_000_000), ours),
            "bias and ReLU in the pass": (lambda x, w, b=bias: fused(x, w, b), with_relu),
            "ReLU by np.maximum": (lambda x, _: np.maximum(x, 0), lambda x=x, r=relu: r(x)),
            "ReLU on threads": (lambda x, _: threaded_relu(x), lambda x=x, r=relu: r(x)),
        }
        channels = x.shape[1]
        deep = filters(channels, 1)

        def ours_deep(x=x, weight=deep, groups=channels):
            return depthwise.convolve(x, weight, *SAME, (1, 1), groups)

        tried["depthwise without a matrix"] = (lambda x, _, w=deep: shift_and_add(x, w), ours_deep)
        for title, (do, beside) in tried.items():
            expected, actual = beside(), do(x, weight)
            assert np.allclose(actual, expected, atol=1e-3 * abs(expected).max()), title
            base, other = measured(beside, lambda do=do, x=x, w=weight: do(x, w))
            print(f"{name:32} {title:36} {other / base:5.2f}  (library {base * 1e3:.2f} ms)")


if __name__ == "__main__":
    main()
