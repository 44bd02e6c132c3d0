"""Losses of class maps, with weights, passed-over targets and sums; in float16; their settings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis import numeric_gradient
from lib.backend import to_numpy
from lib.losses import BinaryCrossEntropy, MeanSquaredError, SoftmaxCrossEntropy
from tests import naive
from tests.kinds import TOLERANCE, assert_same_kind
from tests.window_cases import dtypes, pairs, seeds


@st.composite
def settings_of_a_loss(draw, classes):
    weight = draw(st.none() | st.lists(st.floats(0.1, 5), min_size=classes, max_size=classes))
    return {
        "label_smoothing": draw(st.sampled_from([0.0, 0.3, 1.0])),
        "weight": weight,
        "ignore_index": draw(st.sampled_from([None, 0, -100, 255])),
        "reduction": draw(st.sampled_from(["mean", "sum"])),
    }


@st.composite
def loss_cases(draw):
    """``(shape of the logits, settings)``: of rows, or of class maps."""
    classes = draw(st.integers(2, 5))
    size = draw(st.just(()) | pairs(1, 3))
    return (draw(st.integers(1, 4)), classes, *size), draw(settings_of_a_loss(classes))


def draw_targets(rng, shape, ignore_index):
    """Some of them to be passed over, never all."""
    targets = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    if ignore_index is not None:
        targets[rng.random(targets.shape) < 0.4] = ignore_index
        targets.ravel()[0] = 1
    return targets


@given(loss_cases(), dtypes, seeds)
def test_class_maps_weights_and_targets_to_ignore(kind, case, dtype, seed):
    shape, settings = case
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape).astype(dtype)
    targets = draw_targets(rng, shape, settings["ignore_index"])
    logits = kind(values)
    value, gradient = SoftmaxCrossEntropy(**settings)(logits, kind(targets))

    exact = values.astype("float64")
    assert isinstance(value, float)
    expected = naive.cross_entropy(exact, targets, **settings)
    assert value == pytest.approx(expected, rel=10 * TOLERANCE[dtype], abs=1e-6)
    assert_same_kind(gradient, logits)
    slopes = numeric_gradient(
        lambda moved: naive.cross_entropy(moved, targets, **settings), exact, eps=1e-5
    )
    np.testing.assert_allclose(to_numpy(gradient), slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("loss", [BinaryCrossEntropy, MeanSquaredError])
def test_a_sum_is_the_mean_times_the_count(kind, loss, rng):
    prediction, targets = kind(rng.standard_normal((3, 4))), kind(rng.random((3, 4)))
    (mean, dmean), (total, dtotal) = (
        loss(reduction=reduction)(prediction, targets) for reduction in ("mean", "sum")
    )
    assert total == pytest.approx(12 * mean)
    assert np.allclose(to_numpy(dtotal), 12 * to_numpy(dmean))


def test_a_class_that_is_ruled_out_does_not_spoil_a_weighted_loss():
    logits = np.array([[0.0, -np.inf, 0.0], [0.0, -np.inf, 0.0]])
    loss = SoftmaxCrossEntropy(weight=[1, 2, 3], ignore_index=9)
    value, gradient = loss(logits, np.array([2, 9]))
    assert value == pytest.approx(np.log(2))
    assert np.allclose(gradient, [[0.5, 0, -0.5], [0, 0, 0]])


def test_weights_may_be_an_array_of_any_kind(kind):
    logits, targets = kind(np.array([[1.0, 2.0]])), kind(np.array([0]))
    expected = SoftmaxCrossEntropy(weight=[1, 3])(logits, targets)[0]
    assert SoftmaxCrossEntropy(weight=kind(np.array([1.0, 3.0])))(logits, targets)[0] == expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_of_binary_cross_entropy_is_exact_in_both_tails(kind, dtype):
    """Where p rounds to the target, p - t is 0, and what is left to learn is not."""
    z = np.array([-40.0, -20.0, -17.0, 0.0, 17.0, 20.0, 40.0], dtype)
    for t, exact in (
        (0.0, np.exp(-np.logaddexp(0, -z.astype("g")))),
        (1.0, -np.exp(-np.logaddexp(0, z.astype("g")))),
    ):
        _, gradient = BinaryCrossEntropy(reduction="sum")(kind(z), kind(np.full_like(z, t)))
        np.testing.assert_allclose(to_numpy(gradient), exact, rtol=8 * np.finfo(dtype).eps)


def test_losses_of_float16_are_computed_in_float32():
    x = np.full((4, 5), 300, np.float16)
    value, gradient = MeanSquaredError()(x, np.zeros_like(x))
    assert (value, gradient.dtype) == (90000, np.float16)
    assert gradient == pytest.approx(2 * 300 / 20, rel=1e-3)
    value, gradient = BinaryCrossEntropy(reduction="sum")(
        np.full(3000, 100, np.float16), np.zeros(3000)
    )
    assert (value, gradient.dtype) == (300000, np.float16)
    logits = np.zeros((4096, 20), np.float16)
    value, gradient = SoftmaxCrossEntropy()(logits, np.zeros(4096, int))
    assert value == pytest.approx(np.log(20), rel=1e-6)
    assert gradient.dtype == np.float16


SETTINGS = [
    ({"label_smoothing": -0.1}, "label_smoothing must be at least 0 and at most 1, got -0.1"),
    ({"label_smoothing": float("nan")}, "label_smoothing must be finite, got nan"),
    ({"label_smoothing": "0.1"}, "label_smoothing must be a number, got '0.1'"),
    ({"reduction": "none"}, "reduction must be 'mean' or 'sum', got 'none'"),
    ({"ignore_index": 1.5}, "ignore_index must be an integer, got 1.5"),
    ({"weight": [1, -1]}, "weight must be numbers at least 0, not all of them 0, got"),
    ({"weight": [0, 0]}, "weight must be numbers at least 0, not all of them 0, got"),
    ({"weight": [[1, 1]]}, "weight must be numbers at least 0, not all of them 0, got"),
    ({"weight": [1, np.nan]}, "weight must be numbers at least 0, not all of them 0, got"),
    ({"weight": "balanced"}, "weight must be a number for each class, got 'balanced'"),
    ({"weight": ["a", "b"]}, "weight must be a number for each class, got ['a', 'b']"),
]


@pytest.mark.parametrize(("settings", "message"), SETTINGS)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises((TypeError, ValueError)) as error:
        SoftmaxCrossEntropy(**settings)
    assert str(error.value).startswith(message)


two = np.zeros((2, 3))


@pytest.mark.parametrize(
    ("settings", "logits", "targets", "message"),
    [
        ({"weight": [1, 1]}, two, [0, 1], "weight must have one number for each of 3 classes, got"),
        ({"weight": [0, 1, 1]}, two, [0, 0], "weight is 0 for every class among the targets"),
        ({"ignore_index": 7}, two, [7, 7], "all targets are 7, and to be ignored"),
        ({"ignore_index": 7}, two, [7, 3], "targets must lie in 0 to 2, got 0 to 3"),
        ({}, np.zeros((2, 3, 4, 5)), [0, 1], "targets must have shape (2, 4, 5), got (2,)"),
    ],
)
def test_targets_that_leave_nothing_are_refused(settings, logits, targets, message):
    with pytest.raises(ValueError) as error:
        SoftmaxCrossEntropy(**settings)(logits, np.array(targets))
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), MeanSquaredError()])
def test_targets_that_are_no_real_numbers_are_refused(loss):
    for targets in ([0.0, 1.0], None, "ab", [0, 1]):
        with pytest.raises(TypeError, match=r"^expected an array of NumPy, CuPy or PyTorch, got "):
            loss(np.zeros(2), targets)
    for dtype in (complex, "datetime64[s]", object):
        with pytest.raises(TypeError, match=r"^targets must be real numbers, got "):
            loss(np.zeros(2), np.zeros(2, dtype))
    with pytest.raises(ValueError, match=r"^reduction must be 'mean' or 'sum', got None$"):
        type(loss)(reduction=None)


def test_targets_that_are_not_numbers_are_refused():
    with pytest.raises(ValueError, match=r"^targets must lie in 0 to 1, got nan to nan$"):
        BinaryCrossEntropy()(np.zeros(2), np.array([np.nan, 1]))
