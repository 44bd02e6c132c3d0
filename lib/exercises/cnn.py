"""The exercises of the chapter *A CNN from scratch*."""

import numpy as np

from lib.analysis import numeric_gradient, relative_error
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.layers import (
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from lib.networks import SimpleConvNet


def _forgets_the_biases(num_filters, filter_size, hidden_size):
    pooled = (28 - filter_size + 1) // 2
    conv = num_filters * filter_size**2
    return conv + num_filters * pooled**2 * hidden_size + hidden_size * 10


def _forgets_the_pooling(num_filters, filter_size, hidden_size):
    size = 28 - filter_size + 1
    conv = num_filters * (filter_size**2 + 1)
    return conv + (num_filters * size**2 + 1) * hidden_size + (hidden_size + 1) * 10


@exercise("cnn-1", wrong=[_forgets_the_biases, _forgets_the_pooling])
def check_parameter_count(answer):
    """Every weight and every bias is counted, for odd sizes too."""
    for settings in ((30, 5, 100), (16, 3, 50), (8, 4, 20)):
        num_filters, filter_size, hidden_size = settings
        network = SimpleConvNet(
            num_filters=num_filters, filter_size=filter_size, hidden_size=hidden_size
        )
        expect(answer, *settings, returns=network.parameter_count())


def _swaps_rows_and_columns(labels, answers, classes):
    counts = np.zeros((classes, classes), int)
    for label, given in zip(labels, answers, strict=True):
        counts[given, label] += 1
    return counts


def _counts_each_pair_once(labels, answers, classes):
    counts = np.zeros((classes, classes), int)
    counts[labels, answers] += 1
    return counts


@exercise("cnn-2", wrong=[_swaps_rows_and_columns, _counts_each_pair_once])
def check_confusion(answer):
    """Row: label. Column: answer. Every digit is counted."""
    labels, answers = np.array([0, 1, 1, 2, 2, 2]), np.array([0, 1, 2, 2, 2, 0])
    expect(answer, labels, answers, 3, returns=np.array([[1, 0, 0], [0, 1, 1], [1, 0, 2]]))
    expect(
        answer,
        labels,
        answers,
        4,
        returns=np.array([[1, 0, 0, 0], [0, 1, 1, 0], [1, 0, 2, 0], [0, 0, 0, 0]]),
    )


class _WritesIntoDout(Layer):
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.negative = x < 0
        return np.where(self.negative, self.slope * x, x)

    def backward(self, dout):
        dout[self.negative] *= self.slope
        return dout


class _StopsTheGradient(_WritesIntoDout):
    def backward(self, dout):
        return dout * ~self.negative


@exercise("cnn-3", wrong=[_WritesIntoDout, _StopsTheGradient])
def check_leaky_relu(answer):
    """Both passes are right, and neither writes into its argument."""
    rng = np.random.default_rng(0)
    layer = answer(0.1)

    def forward(x):
        return layer.forward(x)

    def backward(dout):
        return layer.backward(dout)

    expect(forward, np.array([[-2.0, 3.0]]), returns=np.array([[-0.2, 3.0]]))
    expect(backward, np.array([[5.0, 7.0]]), returns=np.array([[0.5, 7.0]]))
    x, dout = rng.standard_normal((2, 4, 3, 5))
    expect(forward, x, returns=np.where(x < 0, 0.1 * x, x))
    expect(backward, dout, returns=np.where(x < 0, 0.1 * dout, dout))


def _shuffles_apart(step, images, labels, batch_size, rng):
    return _right_epoch(step, rng.permutation(images), labels, batch_size, rng)


def _drops_the_rest(step, images, labels, batch_size, rng):
    whole = len(labels) // batch_size * batch_size
    order = rng.permutation(len(labels))[:whole]
    batches = order.reshape(-1, batch_size)
    return sum(step(images[batch], labels[batch]) for batch in batches) / len(batches)


def _means_the_means(step, images, labels, batch_size, rng):
    losses = []

    def noted(*batch):
        losses.append(step(*batch))
        return losses[-1]

    _right_epoch(noted, images, labels, batch_size, rng)
    return sum(losses) / len(losses)


def _shuffles_alike_each_time(step, images, labels, batch_size, rng):
    return _right_epoch(step, images, labels, batch_size, np.random.default_rng(0))


def _right_epoch(step, images, labels, batch_size, rng):
    order, total = rng.permutation(len(labels)), 0.0
    for first in range(0, len(labels), batch_size):
        batch = order[first : first + batch_size]
        total += step(images[batch], labels[batch]) * len(batch)
    return total / len(labels)


@exercise(
    "cnn-4",
    wrong=[_shuffles_apart, _drops_the_rest, _means_the_means, _shuffles_alike_each_time],
)
def check_one_epoch(answer):
    """Each picture comes once, in a new order, with its label, and counts as much as the others."""
    labels = np.arange(10)
    images = labels[:, None] + 100.0
    rng, orders = np.random.default_rng(0), []
    for _ in range(2):
        batches = []

        def step(x, t, batches=batches):
            batches.append((np.array(x), np.array(t)))
            return float(np.mean(np.square(t)))

        got = answer(step, images.copy(), labels.copy(), 4, rng)
        if unwritten(got):
            raise NotWritten
        sizes = [len(t) for _, t in batches]
        if sorted(sizes, reverse=True) != [4, 4, 2]:
            raise Rejected(f"10 pictures by 4 make batches of 4, 4 and 2; they came in {sizes}")
        if not all(np.array_equal(x[:, 0], t + 100) for x, t in batches):
            raise Rejected("a picture came with the label of another one")
        orders.append(np.concatenate([t for _, t in batches]).tolist())
        if sorted(orders[-1]) != labels.tolist():
            raise Rejected(f"each picture should come once; the labels 0 to 9 came as {orders[-1]}")
        expect_equal(
            got, np.mean(labels**2), "the mean loss, where batches have 4, 4 and 2 pictures"
        )
    if orders[0] == orders[1] or labels.tolist() in orders:
        raise Rejected(f"the order should be new each time; two epochs had {orders}")


class _Reversed(Linear):
    """A linear layer whose backward pass takes the outputs in reverse: ones hide that."""

    def backward(self, dout):
        return super().backward(dout[:, ::-1])


class _AddMean(Layer):
    """Adds the mean of the batch; one example alone is its own mean, which hides the mistake."""

    def forward(self, x):
        return x + x.mean(axis=0)

    def backward(self, dout):
        return 2 * dout


def _sends_back_ones(layer, x, rng):
    numeric = numeric_gradient(lambda moved: layer.forward(moved).sum(), x)
    return relative_error(layer.backward(np.ones_like(layer.forward(x))), numeric)


def _checks_one_example(layer, x, rng):
    x = x[:1]
    upstream = rng.standard_normal(layer.forward(x).shape)
    numeric = numeric_gradient(lambda moved: (layer.forward(moved) * upstream).sum(), x)
    layer.forward(x)
    return relative_error(layer.backward(upstream), numeric)


@exercise("cnn-5", wrong=[_sends_back_ones, _checks_one_example])
def check_the_check(answer):
    """Right layers pass, and both broken ones are found."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 5))
    cases = [
        ("a right Linear layer", Linear(5, 4, rng=rng), True),
        ("a right ReLU layer", ReLU(), True),
        ("a Linear layer that takes dout in reverse", _Reversed(5, 4, rng=rng), False),
        ("a layer with a wrong gradient of a batch mean", _AddMean(), False),
    ]
    for name, layer, right in cases:
        got = answer(layer.astype("float64"), x.copy(), np.random.default_rng(1))
        if unwritten(got):
            raise NotWritten
        if not isinstance(got, float):
            raise Rejected(f"expected a relative error, a float, got {type(got).__name__}")
        if right != (got < 1e-4):
            verb = "fails" if right else "passes"
            raise Rejected(f"{name} {verb}: the relative error came out as {got:.1e}")


def _body(rng):
    return (
        Conv2d(1, 10, 5, rng=rng), MaxPool2d(2), ReLU(),
        Conv2d(10, 20, 5, rng=rng), MaxPool2d(2), ReLU(),
    )  # fmt: skip


def _counts_the_pixels(rng):
    return Sequential(*_body(rng), Flatten(), Linear(320, 10, rng=rng))


def _ends_with_relu(rng):
    return Sequential(*_body(rng), GlobalAvgPool2d(), Linear(20, 10, rng=rng), ReLU())


@exercise("cnn-6", wrong=[_counts_the_pixels, _ends_with_relu])
def check_any_size(answer):
    """Pictures of any size give ten logits, from 5,490 parameters, and logits may be negative."""
    network = answer(np.random.default_rng(0))
    if unwritten(network):
        raise NotWritten
    if not isinstance(network, Layer):
        raise Rejected(f"expected a Sequential, got {type(network).__name__}")
    shapes = [p.data.shape for p in network.parameters()]
    expected = [(10, 1, 5, 5), (10,), (20, 10, 5, 5), (20,), (10, 20), (10,)]
    if shapes != expected:
        raise Rejected(f"expected parameters of shapes {expected}, got {shapes}")
    kinds = [type(layer).__name__ for layer in network]
    for kind, count in (("Conv2d", 2), ("MaxPool2d", 2), ("ReLU", 2), ("Linear", 1)):
        if kinds.count(kind) != count:
            raise Rejected(f"expected {count} × {kind}, got {kinds.count(kind)}")
    if kinds[-1] != "Linear":
        raise Rejected(f"expected Linear as the last layer, got {kinds[-1]}")
    rng = np.random.default_rng(1)
    for size in ((28, 28), (40, 32)):
        logits = network(rng.random((3, 1, *size), dtype=np.float32))
        expect_equal(logits.shape, (3, 10), f"the shape of the logits for pictures of {size}")


def _stops_at_the_first_rise(losses, patience):
    for epoch in range(1, len(losses)):
        if losses[epoch] > losses[epoch - 1]:
            return epoch - 1, epoch
    return len(losses) - 1, len(losses) - 1


def _keeps_the_last_epoch(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return epoch, epoch
    return len(losses) - 1, len(losses) - 1


@exercise("cnn-7", wrong=[_stops_at_the_first_rise, _keeps_the_last_epoch])
def check_early_stopping(answer):
    """Keep the best epoch, and stop after `patience` epochs without a better one."""
    expect(answer, [0.5, 0.3, 0.2], 2, returns=(2, 2))
    expect(answer, [0.5, 0.6, 0.3, 0.35, 0.31, 0.2], 2, returns=(2, 4))
    expect(answer, [0.5, 0.6, 0.3, 0.35, 0.31, 0.2], 3, returns=(5, 5))
    expect(answer, [0.5, 0.5, 0.5, 0.4], 2, returns=(0, 2))
