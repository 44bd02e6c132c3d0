"""Calibration: by hand, against loops anyone can check, against PyTorch's own descent."""

import numpy as np
import pytest

from lib.analysis import best_temperature, expected_calibration_error, reliability
from lib.losses import softmax
from tests import kinds


@pytest.fixture
def answers(rng):
    """Two classes, as often right as they say."""
    confidence = rng.uniform(0.5, 1, 200_000)
    right = rng.random(200_000) < confidence
    return np.stack([confidence, 1 - confidence], axis=1), np.where(right, 0, 1)


def error_by_loops(probabilities, labels, bins):
    """Each answer goes into the bin that holds its confidence; a sum over the bins."""
    error = 0.0
    for b in range(bins):
        here = []
        for row, label in zip(probabilities, labels, strict=True):
            sure = max(row)
            if b / bins <= sure < (b + 1) / bins or (b == bins - 1 and sure == 1):
                here.append((sure, float(np.argmax(row) == label)))
        if here:
            sure, right = np.mean(here, axis=0)
            error += len(here) / len(labels) * abs(right - sure)
    return error


@pytest.mark.parametrize("bins", [1, 4, 15])
def test_the_error_is_that_of_a_loop(rng, bins):
    probabilities = softmax(3 * rng.standard_normal((300, 5)))
    labels = rng.integers(0, 5, 300)
    expected = error_by_loops(probabilities, labels, bins)
    assert expected_calibration_error(probabilities, labels, bins) == pytest.approx(expected)


def test_the_bins_hold_every_answer_once_and_say_where_they_end(rng):
    probabilities = softmax(rng.standard_normal((300, 5)))
    found = reliability(probabilities, rng.integers(0, 5, 300), bins=10)
    assert sum(found["count"]) == 300
    for low, sure, high in zip(found["low"], found["confidence"], found["high"], strict=True):
        assert low <= sure <= high
        assert high - low == pytest.approx(0.1)
    whole = reliability(np.eye(3), np.array([0, 1, 1]), bins=10)
    assert whole["high"] == [1.0] and whole["accuracy"] == pytest.approx([2 / 3])


def test_an_honest_network_has_no_error_and_a_bragging_one_has(answers):
    probabilities, labels = answers
    assert expected_calibration_error(probabilities, labels) < 0.005
    bragging = expected_calibration_error(np.round(probabilities), labels)
    assert bragging == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize("true", [0.25, 1.0, 4.0])
def test_the_temperature_of_logits_that_were_scaled_is_found_again(answers, true):
    probabilities, labels = answers
    logits = np.log(probabilities) * true
    assert best_temperature(logits, labels) == pytest.approx(true, rel=0.02)


def test_the_temperature_has_the_least_loss_of_a_grid(rng):
    logits, labels = 4 * rng.standard_normal((400, 5)), rng.integers(0, 5, 400)
    labels[:250] = logits[:250].argmax(axis=1)
    grid = np.exp(np.linspace(-3, 4, 7_001))
    rows = np.arange(400)
    losses = [-np.log(softmax(logits / t)[rows, labels]).mean() for t in grid]
    assert best_temperature(logits, labels) == pytest.approx(grid[np.argmin(losses)], rel=2e-3)


def test_a_network_that_is_never_wrong_may_be_as_sure_as_it_can(rng):
    logits = rng.standard_normal((50, 4))
    assert best_temperature(logits, logits.argmax(axis=1)) == pytest.approx(0.01, rel=1e-6)
    assert best_temperature(logits, logits.argmin(axis=1)) == pytest.approx(100, rel=1e-6)


@pytest.mark.parametrize("kind", [kinds.on_device1, kinds.on_torch, kinds.strided])
def test_other_arrays_give_the_same(rng, kind):
    logits, labels = rng.standard_normal((40, 4)), rng.integers(0, 4, 40)
    probabilities = softmax(logits)
    assert expected_calibration_error(kind(probabilities), kind(labels)) == pytest.approx(
        expected_calibration_error(probabilities, labels)
    )
    assert best_temperature(kind(logits), kind(labels)) == pytest.approx(
        best_temperature(logits, labels)
    )


def test_the_temperature_is_that_of_torch(rng):
    kinds.on_torch(np.zeros(1))  # skipped without PyTorch
    import torch

    logits, labels = 3 * rng.standard_normal((200, 4)), rng.integers(0, 4, 200)
    labels[:120] = logits[:120].argmax(axis=1)
    z, t = torch.tensor(logits), torch.tensor(labels)
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(z / log_t.exp(), t)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert best_temperature(logits, labels) == pytest.approx(float(log_t.detach().exp()), rel=1e-4)


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"must lie in 0 to 1, got -1 to 3; softmax makes them"):
        reliability(np.array([[3.0, -1.0]]), np.array([0]))
    with pytest.raises(ValueError, match=r"must lie in 0 to 1, got nan"):
        reliability(np.array([[np.nan, 1.0]]), np.array([0]))
    with pytest.raises(ValueError, match=r"shape \(N, K\) and labels of shape \(N,\), got \(2,\)"):
        expected_calibration_error(np.ones(2), np.array([0, 1]))
    with pytest.raises(ValueError, match="labels must lie in 0 to 1, got 0 to 2"):
        best_temperature(np.ones((2, 2)), np.array([0, 2]))
    with pytest.raises(TypeError, match="labels must be integers, got float64"):
        best_temperature(np.ones((2, 2)), np.ones(2))
