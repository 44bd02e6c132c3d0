"""Several ways to compute the same convolution, timed: what a chapter cannot do on a busy machine.

Ways on one thread are timed by the processor time that they take, so that other programs on the
machine count little. What several threads do to each other only the clock on the wall tells.
"""

import statistics
import time
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import threadpool_limits

from lib.convolution import im2col, row_windows, set_thread_count
from lib.convolution.row_layout import to_images, to_rows

# Pictures, channels, their size, filters, kernel size.
LAYER = {"n": 32, "c": 16, "size": 30, "f": 32, "k": 3}
FFT_LAYER = {"n": 32, "c": 64, "size": 32, "f": 64, "k": 5}
CHANNELS, KERNEL_SIZES, CROSSING = (1, 16), (1, 3, 5, 7, 11, 15, 19), {"n": 4, "size": 32, "f": 16}
FILTERS = (4, 16, 64, 256)
ROUNDS, SEED = 15, 0


def run(rounds=ROUNDS, layer=LAYER, fft_layer=FFT_LAYER, sizes=KERNEL_SIZES, rows=50_000):
    """Time them all.

    Parameters
    ----------
    rounds : int
        How often each way is timed, in turns; the medians are kept.
    layer, fft_layer : dict
        The arrays, by their sizes.
    sizes : sequence of int
        Kernel sizes of the crossover.
    rows : int
        Of the matrix whose product gives the roofline.

    Returns
    -------
    dict
        ``ladder``: seconds of each way to compute `layer`; ``threads``: for 1 and 2 threads of
        BLAS, the fastest, median and slowest seconds of the same work as one product and as one
        small product for each output row; ``fft``: seconds of the transforms, of the products
        between them, by BLAS and by ``einsum``, and of other ways; ``crossover``: for each number
        of channels, seconds of each method by kernel size; ``roofline``: for each kind of work,
        FLOPs for each byte, and FLOPs a second.
    """
    set_thread_count(1)  # the library's convolution, too, takes one thread here
    rng = np.random.default_rng(SEED)
    record = {
        "ladder": ladder(rng, layer, rounds),
        "threads": threads(rng, layer, rounds),
        "fft": fft_shares(rng, fft_layer, rounds),
        "crossover": {str(c): crossover(rng, CROSSING | {"c": c}, sizes, rounds) for c in CHANNELS},
        "roofline": roofline(rng, rows, rounds),
    }
    settings = {
        "rounds": rounds,
        "seed": SEED,
        "layer": layer,
        "fft_layer": fft_layer,
        "crossing": CROSSING,
        "kernel_sizes": list(sizes),
        "rows": rows,
    }
    return {"settings": settings, **record}


# --- timing --------------------------------------------------------------------------------------


def turns(ways, rounds, clock=time.thread_time):
    """Time each way in turns, after one run that does not count; return all seconds by name."""
    seconds = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            start = clock()
            way()
            seconds[name].append(clock() - start)
    return seconds


def medians(ways, rounds):
    """Return the median seconds of each way, on one thread."""
    with threadpool_limits(1, "blas"):
        timed = turns(ways, rounds)
    return {name: _short(statistics.median(each)) for name, each in timed.items()}


def _short(seconds):
    return float(f"{seconds:.4g}")


# --- ways to convolve, at stride 1 without padding ------------------------------------------------


def by_loops(x, weight):
    """Convolve in seven loops, over Python's own numbers."""
    (n, _, h, w), (f, c, kh, kw) = x.shape, weight.shape
    y = np.zeros((n, f, h - kh + 1, w - kw + 1))
    x, weight = x.tolist(), weight.tolist()
    for a, m, p, q in np.ndindex(y.shape):
        total = 0.0
        for k in range(c):
            for i in range(kh):
                for j in range(kw):
                    total += weight[m][k][i][j] * x[a][k][p + i][q + j]
        y[a, m, p, q] = total
    return y


def by_windows(x, weight):
    """Convolve window by window, each copied into a row and multiplied by all filters."""
    (n, _, h, w), (f, _, kh, kw) = x.shape, weight.shape
    y, columns = np.zeros((n, h - kh + 1, w - kw + 1, f), x.dtype), weight.reshape(f, -1).T
    for a, p, q in np.ndindex(y.shape[:3]):
        y[a, p, q] = x[a, :, p : p + kh, q : q + kw].reshape(-1) @ columns
    return y.transpose(0, 3, 1, 2)


def by_einsum(x, weight):
    """Convolve by one call that sums over a view of all windows."""
    view = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    return np.einsum("ncpqij,fcij->nfpq", view, weight)


def by_im2col(x, weight):
    """Convolve by one matrix and one product."""
    n, f, *kernel_size = len(x), *weight.shape[:1], *weight.shape[2:]
    out_h, out_w = (size - k + 1 for size, k in zip(x.shape[2:], kernel_size, strict=True))
    y = im2col(x, kernel_size) @ weight.reshape(f, -1).T
    return y.reshape(n, out_h, out_w, f).transpose(0, 3, 1, 2)


def by_shifts(x, weight):
    """Add up one product for each place of the kernel."""
    (n, _, h, w), (f, _, kh, kw) = x.shape, weight.shape
    out_h, out_w = h - kh + 1, w - kw + 1
    y = np.zeros((f, n, out_h, out_w), x.dtype)
    for i, j in np.ndindex(kh, kw):
        y += np.tensordot(weight[:, :, i, j], x[:, :, i : i + out_h, j : j + out_w], (1, 1))
    return y.transpose(1, 0, 2, 3)


def by_fft(x, weight):
    """Convolve wave by wave."""
    waves = transformed(x, weight)
    return transformed_back(multiplied(*waves), x, weight)


def transformed(x, weight):
    """Return the waves of pictures and filters."""
    return np.fft.rfft2(x), np.fft.rfft2(weight, x.shape[2:]).conj()


def multiplied(x_waves, weight_waves):
    """Multiply wave by wave: a matrix product over the channels for each."""
    product = x_waves.transpose(2, 3, 0, 1) @ weight_waves.transpose(2, 3, 1, 0)
    return product.transpose(2, 3, 0, 1)


def transformed_back(waves, x, weight):
    """Return the outputs whose windows lie inside of the picture."""
    (h, w), (kh, kw) = x.shape[2:], weight.shape[2:]
    return np.fft.irfft2(waves, (h, w))[:, :, : h - kh + 1, : w - kw + 1]


def by_rows(in_rows, weight):
    """Convolve as the library does: pictures in rows, windows as views."""
    return row_windows.convolve(in_rows, weight, (1, 1), (0, 0))


# --- what is measured ----------------------------------------------------------------------------


def arrays(rng, *, n, c, size, f, k):
    """Draw pictures and filters."""
    x = rng.random((n, c, size, size), dtype=np.float32)
    return x, rng.random((f, c, k, k), dtype=np.float32)


def ladder(rng, layer, rounds):
    """Time each way to compute one layer; the loops once, on one picture, counted n times."""
    x, weight = arrays(rng, **layer)
    col, columns = im2col(x, weight.shape[2:]), weight.reshape(len(weight), -1).T.copy()
    loops = medians({"seven loops": partial(by_loops, x[:1], weight)}, min(rounds, 3))
    timed = {"seven loops": _short(len(x) * loops["seven loops"])}
    ways = {"loop over windows": by_windows, "einsum": by_einsum, "im2col": by_im2col}
    timed |= medians({name: partial(way, x, weight) for name, way in ways.items()}, rounds)
    # Between two layers of a network the pictures already lie in rows.
    fast = {"Conv2d": partial(by_rows, to_images(to_rows(x)), weight)}
    return timed | medians(fast | {"bare product": partial(np.matmul, col, columns)}, rounds)


def threads(rng, layer, rounds):
    """Time one large product, and as many small ones as there are output rows, on the wall."""
    x, weight = arrays(rng, **layer)
    k, f = layer["k"], layer["f"]
    view = row_windows.row_windows(to_rows(x), (k, k), (1, 1), (0, 0))
    flat, col = weight.transpose(0, 2, 3, 1).reshape(f, -1), im2col(x, k)
    columns = weight.reshape(f, -1).T.copy()
    ways = {"one product": partial(np.matmul, col, columns)}
    ways[f"{len(view)} products"] = partial(np.matmul, flat, view)
    found = {}
    for count in (1, 2):
        with threadpool_limits(count, "blas"):
            timed = turns(ways, rounds, time.perf_counter)
        found[str(count)] = {
            name: [_short(of(each)) for of in (min, statistics.median, max)]
            for name, each in timed.items()
        }
    return found


def fft_shares(rng, layer, rounds):
    """Time the parts of a convolution by FFT, and im2col beside it."""
    x, weight = arrays(rng, **layer)
    waves = transformed(x, weight)
    product = multiplied(*waves)
    ways = {
        "transforms": lambda: (transformed(x, weight), transformed_back(product, x, weight)),
        "products": partial(multiplied, *waves),
        "products by einsum": partial(np.einsum, "nchw,fchw->nfhw", *waves),
        "im2col": partial(by_im2col, x, weight),
        "Conv2d": partial(by_rows, to_images(to_rows(x)), weight),
    }
    return medians(ways, rounds)


def crossover(rng, layer, sizes, rounds):
    """Time four methods at each kernel size, with same padding."""
    methods = {"im2col": by_im2col, "sum of shifts": by_shifts, "Conv2d": by_rows, "FFT": by_fft}
    found = {name: [] for name in methods}
    for k in sizes:
        # Same padding: the picture is given with its frame.
        x, weight = arrays(rng, **layer | {"k": k, "size": layer["size"] + 2 * (k // 2)})
        inputs = dict.fromkeys(methods, x) | {"Conv2d": to_images(to_rows(x))}
        ways = {name: partial(way, inputs[name], weight) for name, way in methods.items()}
        for name, seconds in medians(ways, rounds).items():
            found[name].append(seconds)
    return found


def roofline(rng, rows, rounds, k=144):
    """Time work of little and of much arithmetic for each byte."""
    tall = rng.random((rows, k), dtype=np.float32)
    spare, numbers = np.empty_like(tall), rows * k
    ways = {
        "times a number": partial(np.multiply, tall, 3, out=spare),
        "dot product": partial(np.dot, tall.reshape(-1), tall[::-1].reshape(-1)),
    }
    work = {"times a number": (numbers, 8 * numbers), "dot product": (2 * numbers, 8 * numbers)}
    for f in FILTERS:
        name = f"{f} filters"
        ways[name] = partial(np.matmul, tall, rng.random((k, f), dtype=np.float32))
        work[name] = (2 * numbers * f, 4 * (numbers + k * f + rows * f))
    seconds = medians(ways, rounds)
    return {
        name: [_short(flops / moved), _short(flops / seconds[name])]
        for name, (flops, moved) in work.items()
    }


WAYS = (by_loops, by_windows, by_einsum, by_im2col, by_shifts, by_fft, by_rows)
