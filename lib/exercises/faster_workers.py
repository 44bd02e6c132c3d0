"""The exercises of the chapter *Faster, and on more than one machine*, 5 to 8."""

import numpy as np

from lib.datasets import load_mnist_sample
from lib.exercises.comparison import (
    NotWritten,
    Rejected,
    expect,
    expect_equal,
    expect_number,
    short,
    unwritten,
)
from lib.exercises.registry import exercise
from lib.trained import load_trained
from lib.training import shard_gradients

# --- 5: variance across workers ------------------------------------------------------------------


@exercise(
    "faster-5",
    wrong=[
        ([0, 2], [0, 2]),
        ([0, 1], [1, 0]),
        ([0, 9], [1, 10]),
        ([5, 5], [5, 5]),
        ([0, 0, 0], [9, 9]),
        ([3], [7]),
    ],
)
def check_shards(answer):
    """Averaging the variances misses how far the means are apart."""
    if unwritten(answer):
        raise NotWritten
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Rejected(f"expected two shards, got {short(answer)}")
    one, other = (np.asarray(shard, float).reshape(-1) for shard in answer)
    if len(one) != len(other) or len(one) < 2:
        raise Rejected(
            "expected two shards with equally many numbers, at least two each, "
            f"got {len(one)} and {len(other)}"
        )
    if not np.isfinite([one, other]).all():
        raise Rejected(f"expected numbers, got {short(answer)}")
    averaged, right = (one.var() + other.var()) / 2, np.concatenate([one, other]).var()
    if not averaged < right / 2:
        raise Rejected(
            f"the mean of the variances is {averaged:.4g}, that of all numbers {right:.4g}: "
            "expected less than half of it"
        )


# --- 6: gradients that a float16 cannot hold -----------------------------------------------------


def lost_share(name="conv6.weight", count=100):
    """Return which share of a gradient of the trained DeepConvNet becomes 0 in float16."""
    digits = load_mnist_sample()
    grad = shard_gradients(load_trained("deep_convnet"), *digits[:count])[name]
    there = grad[grad != 0]
    return float((there.astype(np.float16) == 0).mean())


@exercise("faster-6", wrong=[0.0, 0.18, 0.15, 0.3, 0.9, 1.0, "70 %"])
def check_lost(answer):
    """Most of this gradient is too small for a float16."""
    expect_number(answer, "a share, one number")
    right = lost_share()
    if not abs(answer - right) <= 0.03:
        raise Rejected(
            f"expected {right:.2f}, to within 0.03, of the entries that are not 0 in float32, "
            f"got {short(answer)}"
        )


# --- 7: how many workers -------------------------------------------------------------------------


def _seconds(step, values, wire, latency, n):
    return step / n + 2 * (n - 1) * (latency + 32 * values / n / wire)


def _best(step, values, wire, latency, most, of=_seconds):
    return min(range(1, most + 1), key=lambda n: of(step, values, wire, latency, n))


def _as_many_as_there_are(step, values, wire, latency, most):
    return most


def _forgets_the_latency(step, values, wire, latency, most):
    return _best(step, values, wire, 0.0, most)


def _counts_bytes_as_bits(step, values, wire, latency, most):
    return _best(step, values / 8, wire, latency, most)


def _sends_whole_messages(step, values, wire, latency, most):
    return _best(
        step, values, wire, latency, most,
        lambda s, v, w, d, n: s / n + 2 * (n - 1) * (d + 32 * v / w),
    )  # fmt: skip


def _gives_the_seconds(step, values, wire, latency, most):
    n = _best(step, values, wire, latency, most)
    return _seconds(step, values, wire, latency, n)


@exercise(
    "faster-7",
    wrong=[
        _as_many_as_there_are,
        _forgets_the_latency,
        _counts_bytes_as_bits,
        _sends_whole_messages,
        _gives_the_seconds,
    ],
)
def check_best_workers(answer):
    """Right on slow wires and on fast ones, where one worker is best, and where many are."""
    for settings in (
        (0.0745, 123_552, 1e9, 2e-5, 64),
        (0.0745, 123_552, 1e10, 2e-5, 64),
        (0.0123, 433_890, 1e9, 2e-5, 64),
        (0.0123, 433_890, 1e10, 2e-5, 64),
        (0.0105, 8_490, 1e9, 2e-5, 8),
        (0.5, 10_000, 1e9, 1e-3, 100),
    ):
        expect(answer, *settings, returns=_best(*settings))


# --- 8: doubling ---------------------------------------------------------------------------------


class Wires:
    """Carries messages between workers, one to each in a round, and counts the rounds."""

    def __init__(self, size):
        self.size, self.rounds = size, 0

    def exchange(self, messages, to):
        """Send ``messages[w]`` to worker ``to[w]``; return what each worker received."""
        if sorted(to) != list(range(self.size)) or len(messages) != self.size:
            raise Rejected(
                f"exchange expects a message of each of {self.size} workers, and another receiver "
                f"for each, got receivers {short(list(to))}"
            )
        self.rounds += 1
        received = [None] * self.size
        for message, there in zip(messages, to, strict=True):
            received[there] = np.array(message)  # a copy: it has traveled
        return received


def _ring_of_whole_messages(messages, exchange):
    n, own, moving = len(messages), list(messages), list(messages)
    for _ in range(n - 1):
        moving = exchange(moving, [(w + 1) % n for w in range(n)])
        own = [a + b for a, b in zip(own, moving, strict=True)]
    return own


def _doubles_with_the_neighbor_alone(messages, exchange):
    own = list(messages)
    for _ in range(len(messages).bit_length() - 1):
        received = exchange(own, [w ^ 1 for w in range(len(messages))])
        own = [a + b for a, b in zip(own, received, strict=True)]
    return own


def _sends_what_it_had_at_first(messages, exchange):
    own, n = list(messages), len(messages)
    for k in range(n.bit_length() - 1):
        received = exchange(list(messages), [w ^ (1 << k) for w in range(n)])
        own = [a + b for a, b in zip(own, received, strict=True)]
    return own


def _adds_without_a_wire(messages, exchange):
    return [sum(messages)] * len(messages)


def _stops_a_round_early(messages, exchange):
    own, n = list(messages), len(messages)
    for k in range(n.bit_length() - 2):
        received = exchange(own, [w ^ (1 << k) for w in range(n)])
        own = [a + b for a, b in zip(own, received, strict=True)]
    return own


@exercise(
    "faster-8",
    wrong=[
        _ring_of_whole_messages,
        _doubles_with_the_neighbor_alone,
        _sends_what_it_had_at_first,
        _adds_without_a_wire,
        _stops_a_round_early,
    ],
)
def check_doubling(answer):
    """Every worker has the sum, after as few rounds as can be."""
    if not callable(answer):
        raise Rejected(f"expected a function, got {short(answer)}")
    for n in (2, 4, 8, 16):
        messages = [np.random.default_rng([n, w]).normal(size=5) for w in range(n)]
        given, wires = [message.copy() for message in messages], Wires(n)
        found = answer(given, wires.exchange)
        if unwritten(found):
            raise NotWritten
        where = f"with {n} workers"
        if any(not np.array_equal(a, b) for a, b in zip(given, messages, strict=True)):
            raise Rejected(f"{where}: it writes into the messages; work on a copy")
        if not isinstance(found, list | tuple | np.ndarray) or len(found) != n:
            raise Rejected(f"{where}: expected a sum for each of them, got {short(found)}")
        for worker, total in enumerate(found):
            expect_equal(total, sum(messages), f"{where}, on worker {worker}")
        rounds = n.bit_length() - 1
        if wires.rounds != rounds:
            raise Rejected(f"{where}: expected {rounds} rounds of exchange, got {wires.rounds}")
