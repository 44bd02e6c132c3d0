"""The last exercises of the chapter *Seeing what a network learned*: what to believe."""

import functools

import numpy as np

from lib.analysis import fgsm, gradient, shuffled
from lib.datasets import load_mnist_sample
from lib.exercises.comparison import NotWritten, Rejected, expect_number, short, unwritten
from lib.exercises.registry import exercise
from lib.exercises.seeing import small_network
from lib.trained import load_trained

# --- 5: a gradient of zero -----------------------------------------------------------------------

_BARS = np.array(
    [
        [[1, -1, 0], [1, -1, 0], [1, -1, 0]],
        [[0, 0, 0], [-1, -1, -1], [1, 1, 1]],
        [[0, -1, 1], [0, -1, 1], [0, -1, 1]],
    ]
)
_TO_CAT = np.array([2, -1, 1])
_BAR = [[1, 0, 0], [1, 0, 0], [1, 0, 0]]
_L = [[1, 0, 0], [1, 0, 0], [1, 1, 0]]


def _logit_of_cat(picture):
    return np.maximum((_BARS * picture).sum(axis=(1, 2)), 0) @ _TO_CAT


@exercise(
    "seeing-5",
    wrong=[
        lambda: (np.array(_L), (0, 2)),  # the unit stays dead
        lambda: (np.array(_BAR), (0, 0)),  # its gradient is 2
        lambda: (np.array(_BAR), (2, 0)),
        lambda: (np.array(_BAR) * 0.5, (0, 2)),
        lambda: (np.array(_BAR), (0, 3)),
    ],
)
def check_case(answer):
    """No gradient, and yet the answer changes when the pixel is switched."""
    if not callable(answer):
        raise Rejected(f"expected a function, got {short(answer)}")
    got = answer()
    if unwritten(got):
        raise NotWritten
    if not isinstance(got, tuple | list) or len(got) != 2:
        raise Rejected(f"expected a picture and a pixel, got {short(got)}")
    picture, place = np.asarray(got[0]), tuple(np.ravel(got[1]).tolist())
    if picture.shape != (3, 3) or not np.isin(picture, (0, 1)).all():
        raise Rejected(f"expected a picture of 3 × 3 zeros and ones, got {short(picture)}")
    if len(place) != 2 or not all(at in (0, 1, 2) for at in place):
        raise Rejected(f"expected a pixel (row, col) from 0 to 2, got {short(got[1])}")
    place = tuple(map(int, place))
    alive = (_BARS * picture).sum(axis=(1, 2)) > 0
    slope = np.einsum("f,fij->ij", _TO_CAT * alive, _BARS)[place]
    switched = picture.copy()
    switched[place] = 1 - switched[place]
    before, after = _logit_of_cat(picture), _logit_of_cat(switched)
    if slope != 0:
        raise Rejected(f"expected a pixel whose gradient is 0, but that of {place} is {slope:g}")
    if before == after:
        raise Rejected(f"expected another logit when {place} is switched, got {before:g} again")


# --- 6: the test itself --------------------------------------------------------------------------


def _alike(a, b):
    return np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]


def _passes(method, network, x, target, other, layers, *, halves="both"):
    picture = method(network, x, target)
    broken = shuffled(network, layers, rng=0)
    of_class = _alike(picture, method(network, x, other)) < 0.5
    of_network = _alike(picture, method(broken, x, target)) < 0.5
    both = {"class": of_class, "network": of_network, "either": of_class or of_network}
    return bool(both.get(halves, of_class and of_network))


def _asks_for_the_class_alone(*settings):
    return _passes(*settings, halves="class")


def _shuffles_alone(*settings):
    return _passes(*settings, halves="network")


def _is_content_with_one(*settings):
    return _passes(*settings, halves="either")


def _refuses_opposites(method, network, x, target, other, layers):
    alike = _alike(method(network, x, target), method(network, x, other))
    return _passes(method, network, x, target, other, layers) and bool(abs(alike) < 0.5)


def _passes_none(method, network, x, target, other, layers):
    return False


def _fixed(network, x, k):
    """Ignore the network: a pattern for each class."""
    return np.random.default_rng(k).normal(size=x.shape)


def _every_class(network, x, k):
    """Ignore the class: what moves any logit."""
    return sum(gradient(network, x, one) for one in range(4))


def _opposite(network, x, k):
    """Change with the network; two classes are each other's negative."""
    return (1 if k == 1 else -1) * gradient(network, x, 1)


def _photograph(network, x, k):
    return x


@exercise(
    "seeing-6",
    wrong=[
        _asks_for_the_class_alone,
        _shuffles_alone,
        _is_content_with_one,
        _refuses_opposites,
        _passes_none,
    ],
)
def check_passes(answer):
    """Both halves of the test hold, and opposite reasons are different reasons."""
    rng = np.random.default_rng(5)
    network, x = small_network(rng), rng.random((1, 1, 6, 6))
    cases = [
        ("a method that shows the picture itself", _photograph, False),
        ("a method with a fixed pattern for each class", _fixed, False),
        ("a method that ignores the class", _every_class, False),
        ("a method whose reasons for two classes are opposite", _opposite, True),
    ]
    for name, method, right in cases:
        expected = _passes(method, network, x, 1, 2, 3)
        assert expected == right, name
        got = answer(method, network, x.copy(), 1, 2, 3)
        if unwritten(got):
            raise NotWritten
        if not isinstance(got, bool | np.bool_):
            raise Rejected(f"{name}: expected True or False, got {short(got)}")
        if bool(got) != right:
            raise Rejected(f"{name}: expected {right}, got {got}")


# --- 7: how far is half --------------------------------------------------------------------------


@functools.cache
def _epsilon_of_half():
    few, network = load_mnist_sample()[:500], load_trained("simple_convnet")
    low, high = 0.0, 100.0
    for _ in range(8):
        middle = (low + high) / 2
        fooled = fgsm(network, few.images, few.labels, middle / 255)
        low, high = (middle, high) if network.accuracy(fooled, few.labels) > 0.5 else (low, middle)
    return (low + high) / 2


@exercise("seeing-7", wrong=[0.125, 8, 16, 25, 40, 64, 255])
def check_epsilon(answer):
    """About an eighth of the range: nearly everybody still reads the digits."""
    expect_number(answer)
    expected = _epsilon_of_half()
    if not abs(answer - expected) <= 0.1 * expected:
        found = "fewer" if answer < expected else "more"
        raise Rejected(
            f"expected the step at which 250 of 500 digits are misread, in units of 1/255; at "
            f"{short(answer)} there are {found}"
        )
