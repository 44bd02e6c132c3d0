"""Tiles of sums, each kept in a processor's registers as far as it fits, and how fast each is.

One thread adds products to the vectors of a tile, as the compiled convolution does, with numbers
that lie in the first cache. The processor time is taken, and the fastest round kept, because other
programs can only make one slower. It needs Numba.
"""

import time

import numpy as np

ROWS, COLUMNS = (1, 2, 4, 6, 8, 10, 12), (1, 2, 3, 4)
STEPS = 64  # the numbers of so many steps fit the first cache
PRODUCTS, ROUNDS, SEED = 2**28, 9, 0


def run(rows=ROWS, columns=COLUMNS, products=PRODUCTS, rounds=ROUNDS):
    """Time them all.

    Parameters
    ----------
    rows, columns : sequence of int
        Of the tiles, in vectors: each of these by each of those.
    products : int
        Multiply-adds in a round, about.
    rounds : int
        How often each is timed.

    Returns
    -------
    dict
        ``flops``: FLOPs a second by rows and columns, as texts; in ``settings``, how many numbers
        a ``vector`` has, and how many ``registers`` there are for vectors.
    """
    from lib.compiled import vectors

    flops = {str(r): {str(c): _flops(r, c, products, rounds) for c in columns} for r in rows}
    settings = {
        "vector": vectors.LENGTH,
        "registers": 32 if vectors.AVX512 else 16,
        "steps": STEPS,
        "products": products,
        "rounds": rounds,
        "seed": SEED,
    }
    return {"settings": settings, "flops": flops}


def tile(rows, columns):
    """Return the compiled function ``add(left, right, times, out)``.

    It fills `out` with ``times * sum(left[k, i] * right[k, j, l] for k)`` for each number l of the
    vectors i and j. The sums stay where they are from the first product to the last.

    Shape
    -----
    left ``(K, rows)``, right ``(K, columns, L)``, out ``(rows, columns, L)``, L as long as a vector
    """
    from numba import njit

    from lib.compiled import vectors
    from lib.compiled.vectors import LENGTH, add_products

    zeros, store = vectors.zeros(rows * columns), vectors.stores(columns)
    repeat, load = vectors.repeats(rows), vectors.loads(columns)

    @njit(fastmath={"contract"})  # multiply and add in one step
    def add(left, right, times, out):
        numbers, pixels, results = left.reshape(-1), right.reshape(-1), out.reshape(-1)
        sums = zeros()
        for _ in range(times):
            for k in range(len(left)):
                pair = repeat(numbers, k * rows), load(pixels, k * columns * LENGTH, LENGTH)
                sums = add_products(sums, *pair)
        store(sums, results, 0, columns * LENGTH, rows)

    return add


def _flops(rows, columns, products, rounds):
    from lib.compiled.vectors import LENGTH

    rng = np.random.default_rng(SEED)
    left = rng.random((STEPS, rows), dtype=np.float32)
    right = rng.random((STEPS, columns, LENGTH), dtype=np.float32)
    out = np.empty((rows, columns, LENGTH), np.float32)
    times = max(1, round(products / (STEPS * out.size)))
    add, seconds = tile(rows, columns), []
    for _ in range(rounds + 1):  # the first one compiles
        start = time.thread_time()
        add(left, right, times, out)
        seconds.append(time.thread_time() - start)
    return float(f"{2 * times * STEPS * out.size / min(seconds[1:]):.4g}")
