"""The exercises of the chapter *Faster, and on more than one machine*, 1 to 4."""

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, short, unwritten
from lib.exercises.registry import exercise
from lib.settings import as_integer

# --- 1: several parts at once --------------------------------------------------------------------

_STEPS = (
    ({"arithmetic": 6, "copies": 4, "optimizer": 2}, {"arithmetic": 4}),
    ({"arithmetic": 6, "copies": 4, "optimizer": 2}, {"arithmetic": 4, "copies": 2}),
    ({"a": 0.5, "b": 1.5}, {"a": 2.0, "b": 2.0}),
    ({"a": 3.0, "b": 1.0, "c": 4.0}, {"c": 0.5}),
    ({"a": 3.0, "b": 1.0}, {}),
)


def _speed_up(parts, factors):
    after = sum(time / factors.get(name, 1) for name, time in parts.items())
    return sum(parts.values()) / after


def _mean_of_the_factors(parts, factors):
    return sum(t * factors.get(name, 1) for name, t in parts.items()) / sum(parts.values())


def _one_after_the_other(parts, factors):
    total, result = sum(parts.values()), 1.0
    for name, factor in factors.items():
        share = parts[name] / total
        result *= 1 / (1 - share + share / factor)
    return result


def _forgets_the_others(parts, factors):
    if not factors:
        return 1.0
    before = sum(parts[name] for name in factors)
    return before / sum(parts[name] / factor for name, factor in factors.items())


def _new_share_of_the_time(parts, factors):
    return 1 / _speed_up(parts, factors)


@exercise(
    "faster-1",
    wrong=[
        _mean_of_the_factors,
        _one_after_the_other,
        _forgets_the_others,
        _new_share_of_the_time,
    ],
)
def check_speed_up(answer):
    """Right for one part, for several, and for a part that became slower."""
    for parts, factors in _STEPS:
        expect(answer, parts, factors, returns=_speed_up(parts, factors))


# --- 2: fair parts -------------------------------------------------------------------------------


def _drops_the_rest(count, rank, size):
    each = count // size
    return rank * each, (rank + 1) * each


def _last_takes_the_rest(count, rank, size):
    each = count // size
    return rank * each, count if rank == size - 1 else (rank + 1) * each


def _rounds_up(count, rank, size):
    each = -(-count // size)
    return min(rank * each, count), min((rank + 1) * each, count)


def _counts_from_one(count, rank, size):
    return count * (rank - 1) // size, count * rank // size


def _ends(answer, count, rank, size):
    found = answer(count, rank, size)
    if unwritten(found):
        raise NotWritten
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Rejected(f"expected two numbers, start and stop, got {short(found)}")
    return tuple(as_integer(end, "an end") for end in found)


@exercise(
    "faster-2",
    wrong=[_drops_the_rest, _last_takes_the_rest, _rounds_up, _counts_from_one],
)
def check_part(answer):
    """Every picture once, in order, and no two shards differ by more than one."""
    if not callable(answer):
        raise Rejected(f"expected a function, got {short(answer)}")
    for count, size in ((10, 2), (10, 3), (7, 4), (100, 3), (9, 8), (2, 3), (0, 2), (5, 1)):
        ends = [_ends(answer, count, rank, size) for rank in range(size)]
        where = f"with {count} pictures and {size} workers"
        if [k for start, stop in ends for k in range(start, stop)] != list(range(count)):
            raise Rejected(f"{where}: expected every picture once, in order, got {ends}")
        sizes = [stop - start for start, stop in ends]
        if max(sizes) - min(sizes) > 1:
            raise Rejected(f"{where}: expected shards that differ by one at most, got {sizes}")


# --- 3: an honest timer --------------------------------------------------------------------------


class Card:
    """A card that computes when it is told to, and a clock, both made up.

    Launching takes Python `launch` seconds; a kernel takes `kernel` seconds on the card, the first
    time it is launched `compiling` seconds more. Before the reader's call others have launched.
    """

    launch_time, compiling = 1e-5, 0.5

    def __init__(self, kernel, busy):
        self.kernel, self.now, self.free, self.launched = kernel, 100.0, 100.0 + busy, 0

    def launch(self):
        """Begin a kernel as soon as the card is free, and return at once."""
        self.now += self.launch_time
        begin = max(self.now, self.free)
        self.free = begin + self.kernel + (self.compiling if self.launched == 0 else 0)
        self.launched += 1

    def wait(self):
        """Return when the card has nothing left to do."""
        self.now = max(self.now, self.free)

    def clock(self):
        """Return the time in seconds."""
        return self.now


def _never_waits(card, rounds):
    card.launch()
    start = card.clock()
    for _ in range(rounds):
        card.launch()
    return (card.clock() - start) / rounds


def _waits_only_before(card, rounds):
    card.launch()
    card.wait()
    start = card.clock()
    for _ in range(rounds):
        card.launch()
    return (card.clock() - start) / rounds


def _waits_only_after(card, rounds):
    card.launch()
    start = card.clock()
    for _ in range(rounds):
        card.launch()
    card.wait()
    return (card.clock() - start) / rounds


def _counts_the_first(card, rounds):
    card.wait()
    start = card.clock()
    for _ in range(rounds):
        card.launch()
    card.wait()
    return (card.clock() - start) / rounds


def _forgets_to_divide(card, rounds):
    card.launch()
    card.wait()
    start = card.clock()
    for _ in range(rounds):
        card.launch()
    card.wait()
    return card.clock() - start


@exercise(
    "faster-3",
    wrong=[
        _never_waits,
        _waits_only_before,
        _waits_only_after,
        _counts_the_first,
        _forgets_to_divide,
    ],
)
def check_honest_seconds(answer):
    """Right, whatever the card was doing before."""
    if not callable(answer):
        raise Rejected(f"expected a function, got {short(answer)}")
    for kernel, busy in ((4e-5, 0.0), (4e-5, 2.0), (3e-3, 0.7)):
        card, rounds = Card(kernel, busy), 20
        found = answer(card, rounds)
        if unwritten(found):
            raise NotWritten
        if not isinstance(found, int | float | np.number):
            raise Rejected(f"expected seconds, one number, got {short(found)}")
        if card.launched > 3 * rounds + 3:
            raise Rejected(f"expected {rounds} launches and one before, got {card.launched}")
        if not 0.999 * kernel <= found <= 1.02 * kernel + Card.launch_time:
            raise Rejected(
                f"a kernel of {kernel:g} s, launched {rounds} times on a card that was busy for "
                f"{busy:g} s: expected {kernel:g} to {kernel + Card.launch_time:g} s, "
                f"got {found:.4g}"
            )


# --- 4: the weighted mean ------------------------------------------------------------------------


def _shards(counts, seed):
    rng = np.random.default_rng(seed)
    shards = [{"weight": rng.normal(size=(2, 3)), "bias": rng.normal(size=2)} for _ in counts]
    for shard, count in zip(shards, counts, strict=True):
        if count == 0:  # the mean over no pictures
            for grad in shard.values():
                grad[:] = np.nan
    return shards


def _combined(shards, counts):
    used = [(count, shard) for count, shard in zip(counts, shards, strict=True) if count]
    n = sum(counts)
    return {name: sum(count * shard[name] for count, shard in used) / n for name in shards[0]}


def _plain_mean(shards, counts):
    return _combined(shards, [1] * len(counts))


def _counts_nothing_with_nan(shards, counts):
    n = sum(counts)
    return {
        name: sum(c / n * shard[name] for c, shard in zip(counts, shards, strict=True))
        for name in shards[0]
    }


def _forgets_to_share(shards, counts):
    return {name: grad * sum(counts) for name, grad in _combined(shards, counts).items()}


def _mean_of_those_with_pictures(shards, counts):
    return _combined(shards, [int(count > 0) for count in counts])


@exercise(
    "faster-4",
    wrong=[
        _plain_mean,
        _counts_nothing_with_nan,
        _forgets_to_share,
        _mean_of_those_with_pictures,
    ],
)
def check_combine(answer):
    """Every picture counts alike, and a worker without pictures does not count."""
    for seed, counts in enumerate(([50, 50], [3, 2], [34, 33, 33], [1, 1, 0], [0, 7, 2, 1])):
        shards = _shards(counts, seed)
        expect(answer, shards, counts, returns=_combined(shards, counts))
