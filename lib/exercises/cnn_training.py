"""The exercises of the chapter *A CNN from scratch* on training and judging."""

from math import isfinite
from numbers import Real

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise


def _swaps_rows_and_columns(labels, answers, classes):
    counts = np.zeros((classes, classes), int)
    for label, given in zip(labels, answers, strict=True):
        counts[given, label] += 1
    return counts


def _counts_each_pair_once(labels, answers, classes):
    counts = np.zeros((classes, classes), int)
    counts[labels, answers] += 1
    return counts


def _takes_the_classes_from_the_labels(labels, answers, classes):
    classes = int(max(labels.max(), answers.max())) + 1
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, answers), 1)
    return counts


def _gives_shares(labels, answers, classes):
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, answers), 1 / len(labels))
    return counts


@exercise(
    "cnn-2",
    wrong=[
        _swaps_rows_and_columns,
        _counts_each_pair_once,
        _takes_the_classes_from_the_labels,
        _gives_shares,
    ],
)
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


def _right_epoch(step, images, labels, batch_size, rng):
    order, total = rng.permutation(len(labels)), 0.0
    for first in range(0, len(labels), batch_size):
        batch = order[first : first + batch_size]
        total += step(images[batch], labels[batch]) * len(batch)
    return total / len(labels)


class _Order:
    """Stands in for the generator: gives an order that is not drawn as it should be."""

    def __init__(self, order):
        self.order = order

    def permutation(self, count):
        return self.order


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


def _starts_somewhere(step, images, labels, batch_size, rng):
    order = np.roll(np.arange(len(labels)), rng.integers(1, len(labels)))
    return _right_epoch(step, images, labels, batch_size, _Order(order))


def _shuffles_the_batches_alone(step, images, labels, batch_size, rng):
    batches = np.split(np.arange(len(labels)), range(batch_size, len(labels), batch_size))
    batches = [batches[place] for place in rng.permutation(len(batches))]
    losses = [step(images[batch], labels[batch]) * len(batch) for batch in batches]
    return sum(losses) / len(labels)


def _draws_with_replacement(step, images, labels, batch_size, rng):
    order = rng.integers(0, len(labels), len(labels))
    return _right_epoch(step, images, labels, batch_size, _Order(order))


@exercise(
    "cnn-4",
    wrong=[
        _shuffles_apart,
        _drops_the_rest,
        _means_the_means,
        _shuffles_alike_each_time,
        _starts_somewhere,
        _shuffles_the_batches_alone,
        _draws_with_replacement,
    ],
)
def check_one_epoch(answer):
    """Each picture comes once, in a new order, with its label, and counts as much as the others."""
    labels = np.arange(22)
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
        if sorted(sizes, reverse=True) != [4, 4, 4, 4, 4, 2]:
            raise Rejected(
                f"22 pictures by 4 make five batches of 4, one of 2; they came in {sizes}"
            )
        if not all(np.array_equal(x[:, 0], t + 100) for x, t in batches):
            raise Rejected("a picture came with the label of another one")
        orders.append(np.concatenate([t for _, t in batches]).tolist())
        if sorted(orders[-1]) != labels.tolist():
            raise Rejected(
                f"each picture should come once; the labels 0 to 21 came as {orders[-1]}"
            )
        follow = np.sum((np.diff(orders[-1]) - 1) % len(labels) == 0)
        if follow > len(labels) / 2:
            raise Rejected(f"the pictures should be mixed; they came as {orders[-1]}")
        expect_equal(got, np.mean(labels**2), "the mean loss, where the last batch has 2 pictures")
    if orders[0] == orders[1]:
        raise Rejected(f"the order should be new each time; two epochs had {orders}")


# 24.5: both trained for three epochs at a learning rate of 0.001, which is too little for one.
@exercise("cnn-6", wrong=[24.5, 0.03, -3.0, "3 %"])
def check_cost_of_forgetting_places(answer):
    """Trained to their ends, the two networks are a few percentage points apart."""
    if not isinstance(answer, Real) or isinstance(answer, bool) or not isfinite(answer):
        raise Rejected(f"expected a number of percentage points, got {answer!r}")
    if answer < 0:
        raise Rejected(f"expected what the means lose, a positive number, got {answer:g}")
    if answer > 8:
        raise Rejected(
            f"expected a few percentage points, got {answer:g}: one of the two has not learned as "
            "much as it can"
        )
    if answer < 0.3:
        raise Rejected(f"expected percentage points, not a share, got {answer:g}")


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


def _takes_an_equal_loss_for_a_better_one(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch


def _runs_to_the_end(losses, patience):
    return int(np.argmin(losses)), len(losses) - 1


@exercise(
    "cnn-7",
    wrong=[
        _stops_at_the_first_rise,
        _keeps_the_last_epoch,
        _takes_an_equal_loss_for_a_better_one,
        _runs_to_the_end,
    ],
)
def check_early_stopping(answer):
    """Keep the best epoch, and stop after `patience` epochs without a better one."""
    expect(answer, [0.5, 0.3, 0.2], 2, returns=(2, 2))
    expect(answer, [0.5, 0.6, 0.3, 0.35, 0.31, 0.2], 2, returns=(2, 4))
    expect(answer, [0.5, 0.6, 0.3, 0.35, 0.31, 0.2], 3, returns=(5, 5))
    expect(answer, [0.5, 0.5, 0.5, 0.4], 2, returns=(0, 2))
