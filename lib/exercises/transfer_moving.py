"""The exercises of the chapter *Transfer* on what moves, and what must not."""

import copy

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import BatchNorm1d, BatchNorm2d, Conv2d, Flatten, Layer, Linear, ReLU, Sequential
from lib.losses import SoftmaxCrossEntropy
from lib.networks import Network
from lib.optimizers import SGD


def _network(inputs=12, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return Network(
        stem=Sequential(Conv2d(1, 3, 3, rng=rng), BatchNorm2d(3), ReLU()),
        body=Sequential(Flatten(), Linear(12, inputs, rng=rng), BatchNorm1d(inputs), ReLU()),
        head=Linear(inputs, classes, rng=rng),
    )


def _states(layer):
    return {name: np.array(array) for name, array in layer.state().items()}


def _changes_the_network_itself(network, classes, rng):
    network.head = Linear(network.head.in_features, classes, rng=rng)
    return network


def _copies_the_outside_alone(network, classes, rng):
    other = copy.copy(network)
    other.head = Linear(network.head.in_features, classes, rng=rng)
    return other


def _counts_the_old_classes(network, classes, rng):
    other = copy.deepcopy(network)
    other.head = Linear(network.head.out_features, classes, rng=rng)
    return other


def _knows_one_width(network, classes, rng):
    other = copy.deepcopy(network)
    other.head = Linear(64, classes, rng=rng)
    return other


def _keeps_the_head(network, classes, rng):
    return copy.deepcopy(network)


def _puts_a_head_on_the_head(network, classes, rng):
    other = copy.deepcopy(network)
    other.head = Sequential(other.head, Linear(other.head.out_features, classes, rng=rng))
    return other


@exercise(
    "transfer-1",
    wrong=[
        _changes_the_network_itself,
        _copies_the_outside_alone,
        _counts_the_old_classes,
        _knows_one_width,
        _keeps_the_head,
        _puts_a_head_on_the_head,
    ],
)
def check_swap(answer):
    """Everything but the head is the same, and shared with nobody."""
    rng = np.random.default_rng(0)
    for inputs, classes, wanted in ((12, 4, 3), (20, 5, 7)):
        network = _network(inputs, classes)
        before = _states(network)
        got = answer(network, wanted, np.random.default_rng(1))
        if unwritten(got):
            raise NotWritten
        if not isinstance(got, Layer):
            raise Rejected(f"expected a network, got {short(got)}")
        head = got.children().get("head")
        if not isinstance(head, Linear) or (head.in_features, head.out_features) != (
            inputs,
            wanted,
        ):
            raise Rejected(f"the head should be Linear({inputs}, {wanted}), got {head!r}")
        for name, array in before.items():
            if not np.array_equal(network.state()[name], array):
                raise Rejected(f"{name} of the network that came in has changed")
            if not name.startswith("head.") and not np.array_equal(got.state()[name], array):
                raise Rejected(f"{name} of the copy is not that of the network that came in")
        images = rng.standard_normal((6, 1, 4, 4)).astype(np.float32)
        _train(got, images, np.arange(6) % wanted)
        if any(not np.array_equal(network.state()[name], a) for name, a in before.items()):
            raise Rejected("when the copy is trained, the network that came in changes with it")


def _train(network, images, labels, steps=2):
    """Take some steps, as a training does: in training mode, on what is trainable."""
    optimizer, loss = SGD(network, lr=0.1), SoftmaxCrossEntropy()
    network.train()
    for _ in range(steps):
        _, dlogits = loss(network(images), labels)
        network.backward(dlogits)
        optimizer.step()


def _only_flags(network, parts):
    for name, child in network.children().items():
        for parameter in child.parameters():
            parameter.trainable = name in parts
    return network


def _freezes_the_named(network, parts):
    network.unfreeze()
    for name in parts:
        network.children()[name].freeze()
    return network


def _does_not_unfreeze(network, parts):
    for name, child in network.children().items():
        if name not in parts:
            child.freeze()
    return network


def _freezes_all(network, parts):
    return network.freeze()


def _only_switches_the_mode(network, parts):
    for name, child in network.children().items():
        child.train(name in parts)
    return network


@exercise(
    "transfer-4",
    wrong=[
        _only_flags,
        _freezes_the_named,
        _does_not_unfreeze,
        _freezes_all,
        _only_switches_the_mode,
    ],
)
def check_train_only(answer):
    """All that is not named stays as it is, statistics too, and the rest learns."""
    rng = np.random.default_rng(0)
    images, labels = rng.standard_normal((6, 1, 4, 4)).astype(np.float32), np.arange(6) % 4
    for parts, frozen_before in ((["head"], False), (["body", "head"], False), (["head"], True)):
        network = _network()
        if frozen_before:
            network.freeze()
        before = _states(network)
        got = answer(network, list(parts))
        if unwritten(got):
            raise NotWritten
        if not isinstance(got, Layer):
            raise Rejected(f"expected the network, got {short(got)}")
        if not any(p.trainable for p in got.parameters()):
            raise Rejected(f"parts={parts}: nothing is left to train")
        _train(got, images, labels)
        for name, array in got.state().items():
            part, same = name.partition(".")[0], np.array_equal(array, before[name])
            if part not in parts and not same:
                raise Rejected(f"parts={parts}: {name} should stay as it is, and has moved")
            if part in parts and same and name.endswith("weight"):
                raise Rejected(f"parts={parts}: {name} should learn, and has not moved")


def _starts_with_it(name, lr, rates):
    fit = [part for part in rates if name.startswith(part)]
    return lr * rates[max(fit, key=len)] if fit else lr


def _takes_the_first_that_fits(name, lr, rates):
    for part, share in rates.items():
        if name == part or name.startswith(part + "."):
            return lr * share
    return lr


def _knows_first_names_only(name, lr, rates):
    return lr * rates.get(name.partition(".")[0], 1)


def _multiplies_all_that_fit(name, lr, rates):
    for part, share in rates.items():
        if name == part or name.startswith(part + "."):
            lr = lr * share
    return lr


def _forgets_the_rest(name, lr, rates):
    fit = [part for part in rates if name == part or name.startswith(part + ".")]
    return lr * rates[max(fit, key=len)] if fit else 0.0


def _returns_the_share(name, lr, rates):
    fit = [part for part in rates if name == part or name.startswith(part + ".")]
    return rates[max(fit, key=len)] if fit else 1.0


@exercise(
    "transfer-5",
    wrong=[
        _starts_with_it,
        _takes_the_first_that_fits,
        _knows_first_names_only,
        _multiplies_all_that_fit,
        _forgets_the_rest,
        _returns_the_share,
    ],
)
def check_rate_of(answer):
    """Each parameter gets the rate of the closest part that is named."""
    rates = {"body": 0.1, "body.block1": 0.01, "head.bias": 2.0}
    expect(answer, "body.block3.0.weight", 0.5, rates, returns=0.05)
    expect(answer, "body.block1.0.weight", 0.5, rates, returns=0.005)
    expect(answer, "body.block10.0.weight", 0.5, rates, returns=0.05)
    expect(answer, "head.weight", 0.5, rates, returns=0.5)
    expect(answer, "head.bias", 0.5, rates, returns=1.0)
    expect(answer, "weight", 0.2, {}, returns=0.2)
    expect(answer, "stem.2.weight", 0.2, {"stem.2": 0.5, "stem": 0.1}, returns=0.1)


def _the_same_batch_twice():
    rows = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0]])
    return rows, rows


def _another_first_row():
    rows = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0]])
    return rows, rows[::-1]


def _another_mean():
    rows = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0]])
    return rows, np.array([[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]])


def _the_others_in_another_order():
    rows = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 5.0], [4.0, 4.0, 4.0]])
    return rows, rows[[0, 2, 1]]


def _one_row_alone():
    return np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 2.0, 3.0]])


@exercise(
    "transfer-6",
    wrong=[
        _the_same_batch_twice,
        _another_first_row,
        _another_mean,
        _the_others_in_another_order,
        _one_row_alone,
    ],
)
def check_two_batches(answer):
    """Means alike, variances not: the same row leaves with other numbers."""
    case = answer()
    if unwritten(case) or (isinstance(case, tuple | list) and any(map(unwritten, case))):
        raise NotWritten
    if not isinstance(case, tuple | list) or len(case) != 2:
        raise Rejected(f"expected two arrays, got {short(case)}")
    batches = [np.asarray(rows, float) for rows in case]
    for rows in batches:
        if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) < 2:
            raise Rejected(
                f"expected arrays of shape (N, 3) with two rows or more, got {rows.shape}"
            )
    first, second = batches
    if not np.allclose(first[0], second[0]):
        raise Rejected(f"the first rows should be the same, got {first[0]} and {second[0]}")
    means = first.mean(axis=0), second.mean(axis=0)
    if not np.allclose(*means):
        raise Rejected(f"the means should be the same, got {short(means[0])} and {short(means[1])}")
    out = [BatchNorm1d(3).astype("float64")(rows)[0] for rows in batches]
    if np.allclose(*out, atol=1e-3):
        raise Rejected(
            f"expected the first row to leave the batches with different numbers, got "
            f"{short(out[0])} twice"
        )
