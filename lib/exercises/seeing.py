"""The exercises of the chapter *Seeing what a network learned*."""

import numpy as np

from lib.analysis import ReceptiveField, gradient
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.layers import Conv2d, Flatten, Linear, ReLU, Sequential

# --- 1: what a unit sees -------------------------------------------------------------------------

_FIELDS = (
    (ReceptiveField((5, 5), (1, 1), (-2, -2)), (0, 3), 28, 28),
    (ReceptiveField((14, 10), (2, 2), (-4, -3)), (12, 5), 28, 20),
    (ReceptiveField((3, 3), (2, 3), (0, 1)), (2, 1), 9, 8),
    (ReceptiveField((60, 60), (8, 8), (-20, -20)), (1, 1), 28, 30),
)


def _seen_by(field, place, height, width):
    found = []
    for start, jump, size, at, whole in zip(
        field.start, field.jump, field.size, place, (height, width), strict=True
    ):
        first = start + at * jump
        found += [max(first, 0), min(first + size, whole)]
    return tuple(found)


def _stays_unclipped(field, place, height, width):
    first = [s + p * j for s, p, j in zip(field.start, place, field.jump, strict=True)]
    top, left = first
    return top, top + field.size[0], left, left + field.size[1]


def _forgets_the_start(field, place, height, width):
    return _seen_by(field._replace(start=(0, 0)), place, height, width)


def _forgets_the_jump(field, place, height, width):
    return _seen_by(field._replace(jump=(1, 1)), place, height, width)


def _slides_into_the_picture(field, place, height, width):
    top, _, left, _ = _seen_by(field, place, height, width)
    return top, min(top + field.size[0], height), left, min(left + field.size[1], width)


@exercise(
    "seeing-1",
    wrong=[_stays_unclipped, _forgets_the_start, _forgets_the_jump, _slides_into_the_picture],
)
def check_seen_by(answer):
    """Right in the middle of a picture, and at each of its borders."""
    for settings in _FIELDS:
        expect(answer, *settings, returns=_seen_by(*settings))


# --- 2: the gradient at a layer ------------------------------------------------------------------


def small_network(rng):
    """Make a network for pictures of 6 × 6 pixels and four classes."""
    return Sequential(
        conv=Conv2d(1, 3, 3, rng=rng),
        relu=ReLU(),
        flatten=Flatten(),
        hidden=Linear(48, 5, rng=rng),
        again=ReLU(),
        output=Linear(5, 4, rng=rng),
    ).astype("float64")


def _hooked(network, name, x, target, take_off=True, after=False):
    layer = dict(network.named_modules())[name]
    seen, usual = [], layer.backward

    def hook(dout):
        dx = usual(dout)
        seen.append(dx if after else dout)
        return dx

    layer.backward = hook
    gradient(network, x, target)
    if take_off:
        del layer.backward
    return seen[-1]


def _gives_what_goes_on(network, name, x, target):
    return _hooked(network, name, x, target, after=True)


def _leaves_the_hook(network, name, x, target):
    return _hooked(network, name, x, target, take_off=False)


def _gives_the_pixels_gradient(network, name, x, target):
    return gradient(network, x, target)


@exercise(
    "seeing-2",
    wrong=[_gives_what_goes_on, _leaves_the_hook, _gives_the_pixels_gradient],
)
def check_gradient_at(answer):
    """Right at each layer, and the network is as it was."""
    rng = np.random.default_rng(0)
    network, x = small_network(rng), rng.normal(size=(2, 1, 6, 6))
    for name, target in (("hidden", 1), ("conv", 3), ("again", 0)):
        layer = dict(network.named_modules())[name]
        try:
            got = answer(network, name, x.copy(), target)
        except NotImplementedError:
            raise NotWritten from None
        if unwritten(got):
            raise NotWritten
        if "backward" in vars(layer):
            raise Rejected(f'the hook is still on "{name}"; take it off with del layer.backward')
        expected = _hooked(network, name, x, target)
        expect_equal(got, expected, f'the gradient at "{name}"')


# --- 3: occlusion --------------------------------------------------------------------------------


def _occlude(score, x, window, fill, *, sign=1, fresh=True):
    rows, cols = x.shape[1] // window, x.shape[2] // window
    falls, covered = np.zeros((rows, cols)), x.copy()
    for p, q in np.ndindex(rows, cols):
        covered = x.copy() if fresh else covered
        covered[:, p * window : (p + 1) * window, q * window : (q + 1) * window] = fill
        falls[p, q] = sign * (score(x) - score(covered))
    return falls


def _rises(score, x, window, fill):
    return _occlude(score, x, window, fill, sign=-1)


def _never_uncovers(score, x, window, fill):
    return _occlude(score, x, window, fill, fresh=False)


def _covers_with_black(score, x, window, fill):
    return _occlude(score, x, window, 0.0)


def _covers_one_channel(score, x, window, fill):
    rows, cols = x.shape[1] // window, x.shape[2] // window
    falls = np.zeros((rows, cols))
    for p, q in np.ndindex(rows, cols):
        covered = x.copy()
        covered[0, p * window : (p + 1) * window, q * window : (q + 1) * window] = fill
        falls[p, q] = score(x) - score(covered)
    return falls


@exercise("seeing-3", wrong=[_rises, _never_uncovers, _covers_with_black, _covers_one_channel])
def check_occlude(answer):
    """Right for every window, whatever covers it."""
    rng = np.random.default_rng(1)
    for shape, window, fill in (((1, 4, 4), 2, 0.0), ((3, 7, 9), 3, 0.5), ((2, 5, 5), 1, 1.0)):
        weight, x = rng.normal(size=shape), rng.random(shape)

        def score(x, weight=weight):
            return float(np.tanh((weight * x).sum()))

        expected = _occlude(score, x, window, fill)
        expect(answer, score, x, window, fill, returns=expected)


# --- 4: a step with jitter -----------------------------------------------------------------------


def _jittered(slope, x, move, lr, *, back=-1, keep=False, scaled=True):
    moved = np.roll(x, move, axis=(1, 2))
    g = np.roll(slope(moved), [back * step for step in move], axis=(1, 2))
    size = np.sqrt((g**2).mean()) if scaled else 1.0
    return (moved if keep else x) + lr * g / size


def _never_moves_back(slope, x, move, lr):
    return _jittered(slope, x, move, lr, back=0)


def _moves_on(slope, x, move, lr):
    return _jittered(slope, x, move, lr, back=1)


def _keeps_the_moved_picture(slope, x, move, lr):
    return _jittered(slope, x, move, lr, back=0, keep=True)


def _forgets_the_size(slope, x, move, lr):
    return _jittered(slope, x, move, lr, scaled=False)


@exercise(
    "seeing-4",
    wrong=[_never_moves_back, _moves_on, _keeps_the_moved_picture, _forgets_the_size],
)
def check_jittered(answer):
    """Right: the picture stays in its place, and the gradient comes back to it."""
    rng = np.random.default_rng(2)
    for shape, move in (((1, 5, 6), (1, 2)), ((3, 4, 4), (-1, 1)), ((2, 6, 5), (0, -2))):
        weight, x = rng.normal(size=shape), rng.random(shape)

        def slope(x, weight=weight):
            return weight * np.cos(x)

        expect(answer, slope, x, move, 0.1, returns=_jittered(slope, x, move, 0.1))
