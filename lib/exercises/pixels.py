"""The exercises of the chapter *From pixels to predictions*."""

import itertools

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.layers import Softmax
from lib.losses import BinaryCrossEntropy, softmax
from lib.networks import MLP


def _multiplies_by_the_height(row, col, shape):
    return row * shape[0] + col


def _goes_down_the_columns(row, col, shape):
    return col * shape[0] + row


@exercise("pixels-1", wrong=[_multiplies_by_the_height, _goes_down_the_columns])
def check_flat_index(answer):
    """Every pixel is found in the row, in pictures that are not square too."""
    for shape in ((3, 3), (2, 5), (28, 28)):
        places = np.arange(shape[0] * shape[1]).reshape(shape)
        for row, col in ((0, 0), (1, 0), (1, 2), (shape[0] - 1, shape[1] - 1)):
            expect(answer, row, col, shape, returns=int(places[row, col]))


def _forgets_the_biases(sizes):
    return sum(a * b for a, b in itertools.pairwise(sizes))


def _gives_the_inputs_biases(sizes):
    return _forgets_the_biases(sizes) + sum(sizes)


@exercise("pixels-2", wrong=[_forgets_the_biases, _gives_the_inputs_biases])
def check_parameter_count(answer):
    """Every weight and every bias is counted, whatever the number of layers."""
    for hidden in (128, 20):
        expect(answer, [784, hidden, 10], returns=MLP(hidden_size=hidden).parameter_count())
    expect(answer, [784, 10], returns=7_850)
    expect(answer, [4, 3, 3, 2], returns=15 + 12 + 8)


def _takes_the_shares(labels, classes):
    return np.bincount(labels, minlength=classes) / len(labels)


def _takes_the_log_of_one_minus(labels, classes):
    return -np.log(1 - _takes_the_shares(labels, classes))


@exercise("pixels-3", wrong=[_takes_the_shares, _takes_the_log_of_one_minus])
def check_first_bias(answer):
    """Softmax of the biases gives each class its share of the labels."""
    for labels, classes in (([0, 1, 1, 1], 2), ([2, 0, 2, 1, 2, 2, 1, 2], 3)):
        labels = np.array(labels)
        bias = answer(labels.copy(), classes)
        if unwritten(bias):
            raise NotWritten
        bias = np.asarray(bias, float)
        if bias.shape != (classes,):
            raise Rejected(f"expected {classes} biases, got an array of shape {bias.shape}")
        shares = _takes_the_shares(labels, classes)
        given = f"softmax of the biases for labels {labels.tolist()}"
        expect_equal(softmax(bias[None])[0], shares, given)


def _overflows(z, t):
    if z.shape != t.shape:
        raise ValueError("z and t must have one shape")
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        return float(-np.where(t == 1, np.log(p), np.log(1 - p)).mean()), (p - t) / z.size


def _forgets_the_mean(z, t):
    value, slope = BinaryCrossEntropy()(z, t)
    return value, slope * z.size


def _lets_shapes_mix(z, t):
    p = 0.5 * (np.tanh(0.5 * z) + 1)
    terms = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return float(terms.mean()), (p - t) / z.size


@exercise("pixels-4", wrong=[_overflows, _forgets_the_mean, _lets_shapes_mix])
def check_logistic_loss(answer):
    """Value and slope are right, for huge logits too, and shapes that differ are refused."""
    cases = (
        ([0.0], [1.0]),
        ([2.0, -1.0, 0.5], [1.0, 1.0, 0.0]),
        ([1000.0, -1000.0], [0.0, 1.0]),
        ([1000.0, -1000.0], [1.0, 0.0]),
    )
    for z, t in cases:
        z, t = np.array(z), np.array(t)
        expect(answer, z, t, returns=BinaryCrossEntropy()(z, t))
    try:
        answer(np.zeros((3, 1)), np.ones(3))
    except ValueError:
        return
    raise Rejected("z of shape (3, 1) with t of shape (3,) must raise a ValueError, and did not")


def _takes_the_diagonal(p, dp):
    return p * (1 - p) * dp


def _forgets_the_factor(p, dp):
    return dp - (p * dp).sum(axis=1, keepdims=True)


@exercise("pixels-5", wrong=[_takes_the_diagonal, _forgets_the_factor])
def check_softmax_backward(answer):
    """Every probability passes its gradient to every logit."""
    layer, rng = Softmax(), np.random.default_rng(0)
    for shape in ((1, 2), (3, 4)):
        p, dp = layer(rng.standard_normal(shape)), rng.standard_normal(shape)
        expect(answer, p, dp, returns=layer.backward(dp))


def _shuffles_once_more(weight, order):
    return weight[:, order]


def _leaves_them(weight, order):
    return weight.copy()


@exercise("pixels-6", wrong=[_shuffles_once_more, _leaves_them])
def check_unshuffled_weights(answer):
    """Each straight pixel meets the weight that it met when it was shuffled."""
    rng = np.random.default_rng(0)
    for features in (5, 12):
        weight, order = rng.standard_normal((3, features)), rng.permutation(features)
        straight = np.empty_like(weight)
        straight[:, order] = weight
        expect(answer, weight, order, returns=straight)


# Both add the two pixels up: no threshold on the sum finds the middle one of 0, 1, 2.
_ONE_UNIT = ([[1, 1]], [0], [[0], [1]], [0.5, 0])
_NO_KINK = ([[1, 1], [1, 1]], [0, 1], [[0, 0], [1, 1]], [1.5, 0])


@exercise("pixels-7", wrong=[_ONE_UNIT, _NO_KINK])
def check_one_of_two(answer):
    """All four pictures are right, which no linear layer can reach."""
    if len(answer) != 4:
        raise Rejected(f"expected w1, b1, w2, b2, got {len(answer)} things")
    if any(unwritten(array) for array in answer):
        raise NotWritten
    w1, b1, w2, b2 = (np.asarray(array, float) for array in answer)
    shapes = [(len(w1), 2), (len(w1),), (2, len(w1)), (2,)]
    got = [array.shape for array in (w1, b1, w2, b2)]
    if got != shapes:
        raise Rejected(f"expected w1, b1, w2, b2 of shapes {shapes}, got {got}")
    for x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        z = w2 @ np.maximum(w1 @ x + b1, 0) + b2
        expected = int(sum(x) == 1)
        if not z[expected] > z[1 - expected]:
            raise Rejected(f"the picture {x} is of class {expected}, its logits are {z.tolist()}")
