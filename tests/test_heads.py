"""A linear head on codes is the best one for them, and takes them as they are."""

import re

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.layers import Linear
from lib.losses import SoftmaxCrossEntropy
from lib.training import train_head
from tests.kinds import assert_close


@pytest.fixture
def task(rng):
    labels = np.arange(60) % 3
    codes = rng.standard_normal((60, 5)) + 4 * np.eye(3, 5)[labels]
    return 30 * codes - 200, labels  # far from 0, and large


def by_hand(codes, labels, steps, lr):
    """Train on standardized codes, as written in the chapter, without the library's optimizer."""
    mean = codes.mean(axis=0)
    scale = np.sqrt(((codes - mean) ** 2).sum(axis=1).mean())
    z = np.concatenate([(codes - mean) / scale, np.ones((len(codes), 1))], axis=1)
    w, velocity = np.zeros((labels.max() + 1, z.shape[1])), 0
    for _ in range(steps):
        scores = np.exp(z @ w.T)
        p = scores / scores.sum(axis=1, keepdims=True)
        grad = (p - np.eye(len(w))[labels]).T @ z / len(z)
        velocity = 0.9 * velocity + grad
        w = w - lr * (grad + 0.9 * velocity)
    return lambda x: ((x - mean) / scale) @ w[:, :-1].T + w[:, -1]


@pytest.mark.parametrize(("steps", "lr"), [(1, 1.0), (7, 1.0), (40, 0.3)])
def test_its_scores_are_those_of_the_formula(task, steps, lr, kind, rng):
    codes, labels = task
    others = 30 * rng.standard_normal((8, 5)) - 200
    expected = by_hand(codes, labels, steps, lr)(others)
    rows = kind(codes)
    head = train_head(rows, labels, steps=steps, lr=lr)
    assert isinstance(head, Linear)
    assert not head.training
    assert_close(head(kind(others)), expected, like=rows)


def test_it_reaches_the_best_loss_and_any_scale_gives_the_same_answers(task):
    codes, labels = task
    answers = []
    for scale in (1e-3, 1.0, 1e3):
        head = train_head(scale * codes, labels, steps=400)
        value, dlogits = SoftmaxCrossEntropy()(head(scale * codes), labels)
        answers.append(head(scale * codes).argmax(axis=1))
        slope = dlogits.T @ ((codes - codes.mean(axis=0)) / codes.std())
        assert np.abs(slope).max() < 0.01
        assert value < 0.3
    assert (answers[0] == answers[1]).all()
    assert (answers[0] == answers[2]).all()


def test_the_same_codes_give_the_same_head_in_float32_too(task):
    codes, labels = task
    one, other = (train_head(codes.astype("float32"), labels) for _ in range(2))
    assert one.weight.data.dtype == np.float32
    assert np.array_equal(one.weight.data, other.weight.data)
    assert np.array_equal(one.bias.data, other.bias.data)


def test_nothing_is_written_into_codes_and_classes_may_be_more(task, kind):
    codes, labels = task
    rows = kind(codes)
    head = train_head(rows, labels, classes=7, steps=3)
    assert head.out_features == 7
    assert np.array_equal(to_numpy(rows), codes)


@pytest.mark.parametrize(
    ("codes", "labels", "settings", "error", "message"),
    [
        (np.ones((3, 2), int), np.arange(3), {}, TypeError, "codes must be floats, got int64"),
        (np.ones(3), np.arange(3), {}, ValueError, "codes must have shape (N, D), got (3,)"),
        (np.ones((0, 2)), np.arange(0), {}, ValueError, "codes must have shape (N, D), got (0, 2)"),
        (np.ones((3, 2)), np.arange(3), {}, ValueError, "all codes are the same: "),
        (np.eye(3), np.arange(2), {}, ValueError, "labels must have shape (3,), one for each code"),
        (np.eye(3), np.ones(3), {}, TypeError, "labels must be NumPy's integers, got float64"),
        (np.eye(3), [0, 1, 2], {}, TypeError, "labels must be NumPy's integers, got list"),
        (np.eye(3), np.arange(3), {"classes": 2}, ValueError, ""),
        (np.eye(3), np.zeros(3, int), {}, ValueError, "classes must be at least 2, got 1"),
        (np.eye(3), np.arange(3), {"steps": 0}, ValueError, "steps must be at least 1, got 0"),
        (np.eye(3), np.arange(3), {"lr": 0}, ValueError, "lr must be above 0, got 0.0"),
    ],
)
def test_what_is_no_task_is_refused(codes, labels, settings, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        train_head(codes, labels, **settings)
