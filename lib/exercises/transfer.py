"""The exercises of the chapter *Transfer* on codes, heads and layers."""

from numbers import Real

import numpy as np

from lib.analysis import codes
from lib.datasets import Dataset
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import Layer, Sequential
from lib.training import train_head


def _by_dot_product(rows, labels, queries):
    return labels[(queries @ rows.T).argmax(axis=1)]


def _returns_the_places(rows, labels, queries):
    return ((queries[:, None] - rows[None]) ** 2).sum(axis=2).argmin(axis=1)


def _takes_the_nearest_mean(rows, labels, queries):
    means = np.array([rows[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return ((queries[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)


def _takes_the_farthest(rows, labels, queries):
    return labels[((queries[:, None] - rows[None]) ** 2).sum(axis=2).argmax(axis=1)]


def _asks_the_rows_for_their_query(rows, labels, queries):
    return labels[((queries[:, None] - rows[None]) ** 2).sum(axis=2).argmin(axis=0)]


@exercise(
    "transfer-2",
    wrong=[
        _by_dot_product,
        _returns_the_places,
        _takes_the_nearest_mean,
        _takes_the_farthest,
        _asks_the_rows_for_their_query,
    ],
)
def check_label_of_nearest(answer):
    """Every query gets the label of its nearest row, however long the rows are."""
    rows, labels = np.array([[0.0, 1.0], [9.0, 9.0], [2.0, 1.0]]), np.array([2, 0, 1])
    expect(answer, rows, labels, np.array([[0.1, 1.0], [1.8, 1.0]]), returns=np.array([2, 1]))
    rng = np.random.default_rng(0)
    rows, queries = rng.standard_normal((20, 4)), rng.standard_normal((7, 4))
    rows *= rng.uniform(0.3, 3, (20, 1))
    labels = rng.integers(0, 3, 20)
    nearest = ((queries[:, None] - rows[None]) ** 2).sum(axis=2).argmin(axis=1)
    expect(answer, rows, labels, queries, returns=labels[nearest])


def _multiplies(weight, bias, mean, scale):
    return weight * scale, bias - (weight * scale) @ mean


def _leaves_the_bias(weight, bias, mean, scale):
    return weight / scale, bias


def _subtracts_by_the_old_weight(weight, bias, mean, scale):
    return weight / scale, bias - weight @ mean


def _adds_the_mean(weight, bias, mean, scale):
    return weight / scale, bias + (weight / scale) @ mean


def _divides_by_one_scale(weight, bias, mean, scale):
    return weight / scale.mean(), bias - (weight / scale.mean()) @ mean


@exercise(
    "transfer-3",
    wrong=[
        _multiplies,
        _leaves_the_bias,
        _subtracts_by_the_old_weight,
        _adds_the_mean,
        _divides_by_one_scale,
    ],
)
def check_fold(answer):
    """Folded, the head gives the same scores from the codes as they are."""
    weight, bias = np.array([[1.0, 4.0], [2.0, -6.0]]), np.array([0.5, 0.0])
    mean, scale = np.array([3.0, 1.0]), np.array([1.0, 2.0])
    folded = (np.array([[1.0, 2.0], [2.0, -3.0]]), np.array([-4.5, -3.0]))
    expect(answer, weight, bias, mean, scale, returns=folded)
    rng = np.random.default_rng(0)
    weight, bias = rng.standard_normal((3, 5)), rng.standard_normal(3)
    mean, scale, c = rng.standard_normal(5), rng.uniform(0.2, 3, 5), rng.standard_normal((4, 5))
    found = answer(weight.copy(), bias.copy(), mean.copy(), scale.copy())
    expected = (c - mean) / scale @ weight.T + bias
    expect_equal(c @ found[0].T + found[1], expected, "scores of the folded head")


# 5: the number that block 3 has; 100: more than the pool holds of some digit.
@exercise("transfer-7", wrong=[5, 100, "10", 0.86])
def check_labels_needed(answer):
    """Two to five times as many labels of pixels are worth what block 3 gives."""
    if not isinstance(answer, Real) or isinstance(answer, bool):
        raise Rejected(f"expected a number of labels, got {short(answer)}")
    if not 8 <= answer <= 30:
        raise Rejected(
            f"expected the first number of labels a class at which pixels read as much as block 3 "
            f"with five, got {answer:g}: measure again, from 5 upwards"
        )


def _new_task(rng, count):
    """Return pictures of noise, of which one pixel tells the classes apart, most of the time."""
    labels = np.arange(count) % 2
    images = rng.uniform(0, 0.3, (count, 1, 4, 4)).astype(np.float32)
    images[:, 0, 0, 0] = 0.4 + 0.15 * labels + rng.normal(0, 0.05, count)
    return Dataset(images, labels)


class _Strong(Layer):
    """Gives the pictures as they are."""

    def forward(self, x):
        return x


class _Weak(Layer):
    """Leaves little of the pixel that tells the classes apart."""

    def forward(self, x):
        scale = np.ones(x.shape[1:], np.float32)
        scale[0, 0, 0] = 0.5
        return x * scale


class _Memory(Layer):
    """Knows some pictures by heart, and gives the same code for all others."""

    def __init__(self, known):
        self.known = known.reshape(len(known), -1)

    def forward(self, x):
        rows = x.reshape(len(x), -1)
        # What the layers before left of each picture is told apart by a pixel that they leave.
        return (np.abs(rows[:, None, 1:] - self.known[None, :, 1:]).max(axis=2) < 1e-6).astype(
            np.float32
        )


def _tried(seed):
    """Return a network whose layers differ in worth, and two sets of pictures."""
    rng = np.random.default_rng(seed)
    train, validation = _new_task(rng, 30), _new_task(rng, 300)
    network = Sequential(strong=_Strong(), weak=_Weak(), memory=_Memory(train.images))
    return network, train, validation


def _judge(network, layers, fitted, judged, worst=False):
    scores = []
    for layer in layers:
        head = train_head(codes(network, fitted.images, layer), fitted.labels)
        answers = head(codes(network, judged.images, layer)).argmax(axis=1)
        scores.append((answers == judged.labels).mean())
    return layers[int(np.argmin(scores) if worst else np.argmax(scores))]


def _judges_by_the_training_pictures(network, layers, train, validation):
    return _judge(network, layers, train, train)


def _takes_the_last_layer(network, layers, train, validation):
    return layers[-1]


def _takes_the_first_layer(network, layers, train, validation):
    return layers[0]


def _takes_the_worst(network, layers, train, validation):
    return _judge(network, layers, train, validation, worst=True)


def _trains_on_the_validation_pictures(network, layers, train, validation):
    return _judge(network, layers, validation, train)


def _returns_the_place(network, layers, train, validation):
    return layers.index(_judge(network, layers, train, validation))


@exercise(
    "transfer-8",
    wrong=[
        _judges_by_the_training_pictures,
        _takes_the_last_layer,
        _takes_the_first_layer,
        _takes_the_worst,
        _trains_on_the_validation_pictures,
        _returns_the_place,
    ],
)
def check_best_layer(answer):
    """Chosen by pictures on which no head was trained."""
    for seed, layers in enumerate(
        (["weak", "strong"], ["strong", "weak"], ["memory", "weak"], ["weak", "strong", "memory"])
    ):
        network, train, validation = _tried(seed)
        got = answer(network, list(layers), train, validation)
        if unwritten(got):
            raise NotWritten
        right = _judge(network, layers, train, validation)
        if got != right:
            raise Rejected(f"among {layers}: expected {right!r}, got {short(got)}")
