"""The exercises of the chapter *From pixels to predictions*."""

from functools import partial
from itertools import pairwise

import numpy as np

from lib.datasets import load_mnist_sample
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import Linear, ReLU, Sequential
from lib.losses import BinaryCrossEntropy, SoftmaxCrossEntropy, softmax
from lib.networks import MLP


def _products(sizes):
    return sum(ins * outs for ins, outs in pairwise(sizes))


def _forgets_the_biases(sizes):
    return _products(sizes), _products(sizes)


def _gives_the_inputs_biases(sizes):
    return _products(sizes) + sum(sizes), _products(sizes)


def _multiplies_the_biases(sizes):
    count = _products(sizes) + sum(sizes[1:])
    return count, count


def _sees_one_hidden_layer(sizes):
    return _products(sizes[:2]) + _products(sizes[-2:]) + sizes[1] + sizes[-1], _products(sizes)


@exercise(
    "pixels-1",
    wrong=[
        _forgets_the_biases,
        _gives_the_inputs_biases,
        _multiplies_the_biases,
        _sees_one_hidden_layer,
    ],
)
def check_cost(answer):
    """Every weight, every bias and every product is counted, whatever the number of layers."""
    for hidden in (128, 20):
        parameters = MLP(hidden_size=hidden).parameter_count()
        expect(answer, [784, hidden, 10], returns=(parameters, 794 * hidden))
    expect(answer, [784, 10], returns=(7_850, 7_840))
    expect(answer, [4, 3, 3, 2], returns=(15 + 12 + 8, 12 + 9 + 6))


def _shuffles_once_more(weight, order):
    return weight[:, order]


def _leaves_them(weight, order):
    return weight.copy()


def _writes_into_the_weight(weight, order):
    weight[:, order] = weight.copy()
    return weight


@exercise("pixels-2", wrong=[_shuffles_once_more, _leaves_them, _writes_into_the_weight])
def check_unshuffled_weights(answer):
    """Each straight pixel meets the weight that it met when it was shuffled."""
    rng = np.random.default_rng(0)
    for features in (5, 12):
        weight, order = rng.standard_normal((3, features)), rng.permutation(features)
        straight = np.empty_like(weight)
        straight[:, order] = weight
        expect(answer, weight, order, returns=straight)


def _takes_the_shares(labels, classes):
    return np.bincount(labels, minlength=classes) / len(labels)


def _takes_the_log_of_one_minus(labels, classes):
    return -np.log(1 - _takes_the_shares(labels, classes))


def _knows_nothing(labels, classes):
    return np.full(classes, 1 / classes)


@exercise("pixels-3", wrong=[_takes_the_shares, _takes_the_log_of_one_minus, _knows_nothing])
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


def shaky_cross_entropy(z, labels):
    """Compute the loss of the exercise: wrong, because all pictures share one maximum."""
    n = np.arange(len(z))
    z = z - z.max()
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -log_p[n, labels].mean()


@exercise(
    "pixels-5",
    wrong=[
        ([[0.0, 1000.0]], [0]),  # alone, a picture has a maximum of its own
        ([[2.0, 1.0], [0.0, 3.0]], [0, 0]),
        ([[1000.0, 0.0], [0.0, 1000.0]], [1, 1]),
        ([[float("inf"), 0.0]], [1]),
    ],
)
def check_breaking_batch(answer):
    """Its loss is finite, and the shaky function misses it."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Rejected(f"expected scores and labels, got {short(answer)}")
    if any(unwritten(part) for part in answer):
        raise NotWritten
    z, labels = np.array(answer[0], float), np.array(answer[1])
    if z.ndim != 2 or labels.shape != z.shape[:1]:
        raise Rejected(
            f"expected scores of shape (N, K) and N labels, got {z.shape} and {labels.shape}"
        )
    if not np.isfinite(z).all():
        raise Rejected(f"expected scores that are finite numbers, got {short(z)}")
    with np.errstate(all="ignore"):
        right, shaky = SoftmaxCrossEntropy()(z, labels)[0], shaky_cross_entropy(z, labels)
    if np.isclose(right, shaky, rtol=1e-3):
        raise Rejected(
            f"expected scores for which the shaky loss is wrong, got {short(z)}: it gives "
            f"{shaky:.6g}, and {right:.6g} is right"
        )


def _templates_read(learned_from, unseen, bias):
    """Return the share of digits that the ten mean pictures read, with a factor of |m|² as bias."""
    pixels, labels = learned_from.images.reshape(-1, 784).astype(float), learned_from.labels
    means = np.stack([pixels[labels == k].mean(axis=0) for k in range(10)])
    z = unseen.images.reshape(-1, 784) @ means.T + bias * (means**2).sum(axis=1)
    return float((z.argmax(axis=1) == unseen.labels).mean())


@exercise("pixels-6", wrong=[0.607, 0.588, 0.811, 80.8])
def check_templates(answer):
    """Ten mean pictures read that share of the unseen digits, and nothing was trained."""
    digits = load_mnist_sample()
    learned_from, unseen = digits[:4000], digits[4000:]
    mistakes = {
        "without the biases": _templates_read(learned_from, unseen, 0),
        "with biases twice as large": _templates_read(learned_from, unseen, -1),
        "of the 4,000 digits that made the templates": _templates_read(
            learned_from, learned_from, -0.5
        ),
    }
    try:
        answer = float(answer)
    except (TypeError, ValueError):
        raise Rejected(f"expected one number, got {short(answer)}") from None
    if abs(answer - _templates_read(learned_from, unseen, -0.5)) <= 0.0015:
        return
    for mistake, value in mistakes.items():
        if abs(answer - value) <= 0.0015:
            raise Rejected(f"expected the share of the unseen digits, got the share {mistake}")
    raise Rejected(f"expected a share from 0 to 1, within 0.0015 of ours, got {answer:g}")


# Both add the two pixels up: no threshold on the sum finds the middle one of 0, 1, 2.
_ONE_UNIT = ([[1, 1]], [0], [[0], [1]], [0.5, 0])
_NO_KINK = ([[1, 1], [1, 1]], [0, 1], [[0, 0], [1, 1]], [1.5, 0])
# The second unit takes one away, and has to take away two.
_TOO_WEAK = ([[1, 1], [1, 1]], [0, -1], [[0, 0], [1, -1]], [0.5, 0])


@exercise("pixels-7", wrong=[_ONE_UNIT, _NO_KINK, _TOO_WEAK])
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


def _both_passes(x, labels, weights, biases, *, last_relu=False, masked=True, mean=True):
    inputs, sums = [], []
    for weight, bias in zip(weights, biases, strict=True):
        inputs.append(x)
        sums.append(x @ weight.T + bias)
        x = np.maximum(sums[-1], 0)
    z = x if last_relu else sums[-1]
    value, dout = SoftmaxCrossEntropy()(z, labels)
    if not mean:
        dout = dout * len(z)
    dweights, dbiases = [], []
    for layer in reversed(range(len(weights))):
        dweights.insert(0, dout.T @ inputs[layer])
        dbiases.insert(0, dout.sum(axis=0))
        dout = dout @ weights[layer]
        if layer > 0 and masked:
            dout = dout * (sums[layer - 1] > 0)
    return value, dweights, dbiases


def _gives_the_last_layer_first(x, labels, weights, biases):
    value, dweights, dbiases = _both_passes(x, labels, weights, biases)
    return value, dweights[::-1], dbiases[::-1]


@exercise(
    "pixels-8",
    wrong=[
        partial(_both_passes, last_relu=True),
        partial(_both_passes, masked=False),
        partial(_both_passes, mean=False),
        _gives_the_last_layer_first,
    ],
)
def check_any_depth(answer):
    """Loss and gradients agree with the library's, for one layer, for two and for four."""
    rng = np.random.default_rng(0)
    for sizes in ((4, 3), (5, 4, 3), (6, 5, 4, 5, 2)):
        layers = []
        for ins, outs in pairwise(sizes):
            layers += [Linear(ins, outs, rng=rng).astype("float64"), ReLU()]
            layers[-2].bias.data[:] = rng.standard_normal(outs)
        network = Sequential(*layers[:-1])
        x, labels = rng.standard_normal((7, sizes[0])), rng.integers(0, sizes[-1], 7)
        value, dlogits = SoftmaxCrossEntropy()(network(x), labels)
        network.backward(dlogits)
        linear = [layer for layer in layers if isinstance(layer, Linear)]
        weights, biases = ([getattr(one, name) for one in linear] for name in ("weight", "bias"))
        expect(
            answer,
            x,
            labels,
            [w.data.copy() for w in weights],
            [b.data.copy() for b in biases],
            returns=(value, [w.grad for w in weights], [b.grad for b in biases]),
        )
