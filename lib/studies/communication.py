"""A step of training and the message that adds up its gradients between two processes, timed.

Steps are timed on one thread by the processor time that they take, messages by the clock on the
wall, of which the fastest is kept, because other programs can only make a message slower.
"""

import multiprocessing
import time
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from lib.analysis import profile, summary
from lib.convolution import im2col, set_thread_count
from lib.networks import MLP, DeepConvNet, SimpleConvNet, TwoConvNet
from lib.optimizers import Adam
from lib.studies.convolving import medians

NETWORKS = {
    "MLP": MLP,
    "SimpleConvNet": SimpleConvNet,
    "TwoConvNet": TwoConvNet,
    "DeepConvNet": DeepConvNet,
}
BATCH, BATCH_SIZES = 100, (1, 2, 4, 8, 16, 32, 64, 128, 256)
VALUES = tuple(2**k for k in range(0, 23, 2))
PRECISIONS = ("float16", "float32", "float64")
LAYER = {"n": 32, "c": 16, "size": 28, "f": 32, "k": 3}  # of the product, as a chapter has it
ROUNDS, SEED = 15, 0


def run(rounds=ROUNDS, batch=BATCH, batch_sizes=BATCH_SIZES, values=VALUES, layer=LAYER):
    """Time them all.

    Parameters
    ----------
    rounds : int
        How often each is timed; messages ten times as often.
    batch : int
        Digits of a step.
    batch_sizes : sequence of int
        Of the steps of DeepConvNet.
    values : sequence of int
        How many float32 numbers a message has; a message of each network's parameters comes along.
    layer : dict
        The convolution whose arrays are computed with in several precisions.

    Returns
    -------
    dict
        ``steps``: for each network, ``parameters``, ``multiply_adds`` of one digit, by ``layers``
        the seconds of both passes and ``layer_multiply_adds``, ``whole``, both passes of the
        network, and ``optimizer``; ``batches``: for each batch size, the seconds of both passes
        of DeepConvNet; ``messages``: for each number of values, seconds; ``precision``: for each
        kind of work and each precision, seconds.
    """
    set_thread_count(1)
    rng = np.random.default_rng(SEED)
    steps = {name: step(make, rng, batch, rounds) for name, make in NETWORKS.items()}
    counts = sorted({*values, *(found["parameters"] for found in steps.values())})
    record = {
        "steps": steps,
        "batches": {str(size): passes(DeepConvNet, rng, size, rounds)[""] for size in batch_sizes},
        "messages": messages(counts, 10 * rounds),
        "precision": precision(rng, layer, rounds),
    }
    settings = {"rounds": rounds, "batch": batch, "layer": layer, "seed": SEED}
    return {"settings": settings, **record}


def passes(make, rng, batch, rounds):
    """Return the seconds of both passes, by layer; that of the whole network is added up."""
    network = make(rng=SEED)
    network.set_needs_dx(False)  # as in training: nobody reads the gradient of the pictures
    found = profile(network, rng.random((batch, 1, 28, 28), dtype=np.float32), rounds)
    whole = found.pop("")
    return {name: [_short(s) for s in seconds] for name, seconds in found.items()} | {
        "": _short(sum(whole))
    }


def step(make, rng, batch, rounds):
    """Time both passes of a network, layer by layer, and its optimizer."""
    network, layers = make(rng=SEED), passes(make, rng, batch, rounds)
    logits = network(rng.random((2, 1, 28, 28), dtype=np.float32))
    network.backward(np.zeros_like(logits))  # the optimizer needs gradients, of whatever size
    rows = summary(network, (1, 28, 28)).rows
    return {
        "parameters": network.parameter_count(),
        "multiply_adds": sum(row.multiply_adds for row in rows),
        "layer_multiply_adds": {row.name: row.multiply_adds for row in rows},
        "whole": layers.pop(""),
        "layers": layers,
        "optimizer": medians({"step": Adam(network).step}, rounds)["step"],
    }


def messages(counts, rounds):
    """Return the seconds in which two processes have the sum of what both hold."""
    context = multiprocessing.get_context("spawn")  # the same on every system
    here, there = context.Pipe()
    partner = context.Process(target=_answer, args=(there, tuple(counts), rounds), daemon=True)
    partner.start()
    found = {}
    try:
        for count in counts:
            message = np.ones(count, np.float32)
            taken = []
            for _ in range(rounds + 1):  # the first wakes the other process
                start = time.perf_counter()
                total = all_reduce_of_two(here, message, first=True)
                taken.append(time.perf_counter() - start)
            if total[0] != 2:
                raise ArithmeticError(f"the sum of two ones came as {total[0]}")
            found[str(count)] = _short(min(taken[1:]))
    finally:
        here.close()
        partner.join(10)
        if partner.is_alive():
            partner.kill()
    return found


def _answer(connection, counts, rounds):
    for count in counts:
        message = np.ones(count, np.float32)
        for _ in range(rounds + 1):
            all_reduce_of_two(connection, message, first=False)


def all_reduce_of_two(connection, message, first):
    """Return the sum of the messages of both processes at the ends of a pipe.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
    message : numpy.ndarray
    first : bool
        Whether this process speaks first; the other one then listens, so that neither waits
        with a full pipe for one that waits, too.

    Returns
    -------
    numpy.ndarray
    """
    theirs = np.empty_like(message)
    ways = [
        partial(connection.send_bytes, message.data.cast("B")),
        partial(connection.recv_bytes_into, theirs.data.cast("B")),
    ]
    for way in ways if first else reversed(ways):
        way()
    return message + theirs


def precision(rng, layer, rounds):
    """Time work of much and of little arithmetic for each byte, in every precision."""
    n, c, size, f, k = layer.values()
    x = rng.random((n, c, size, size))
    col, weight = im2col(x, k), rng.random((c * k * k, f))
    found = {"matrix product": {}, "sum of two arrays": {}, "copy": {}}
    for name in PRECISIONS:
        a, b = col.astype(name), weight.astype(name)
        flat, spare = a.reshape(-1), np.empty_like(a.reshape(-1))
        few = a[: max(1, len(a) // 50)] if name == "float16" else a  # takes so long without BLAS
        ways = {
            "matrix product": partial(np.matmul, few, b),
            "sum of two arrays": partial(np.add, flat, flat, out=spare),
            "copy": partial(np.copyto, spare, flat),
        }
        with threadpool_limits(1, "blas"):
            seconds = medians(ways, rounds if name != "float16" else min(rounds, 5))
        seconds["matrix product"] *= len(a) / len(few)
        for way, taken in seconds.items():
            found[way][name] = _short(taken)
    return found


def _short(seconds):
    return float(f"{seconds:.4g}")
