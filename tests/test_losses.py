"""Softmax, cross-entropy, binary cross-entropy and mean squared error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis import numeric_gradient
from lib.backend import to_numpy
from lib.losses import (
    BinaryCrossEntropy,
    MeanSquaredError,
    SoftmaxCrossEntropy,
    log_softmax,
    softmax,
)
from tests import naive
from tests.kinds import TOLERANCE, assert_close, assert_same_kind
from tests.window_cases import dtypes, seeds

sizes = st.tuples(st.integers(1, 5), st.integers(1, 6))
scales = st.sampled_from([1e-3, 1.0, 30.0, 1e4])


def binary_cross_entropy(logits, targets):
    # -log p = log(1 + exp(-z)), -log(1 - p) = log(1 + exp(z))
    return (targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(0, logits)).mean()


def mean_squared_error(prediction, targets):
    return ((prediction - targets) ** 2).mean()


CASES = {
    "softmax": (
        SoftmaxCrossEntropy(),
        naive.cross_entropy,
        lambda rng, shape, dtype: rng.integers(0, shape[1], shape[0]),
    ),
    "smoothed softmax": (
        SoftmaxCrossEntropy(label_smoothing=0.3),
        lambda logits, labels: naive.cross_entropy(logits, labels, 0.3),
        lambda rng, shape, dtype: rng.integers(0, shape[1], shape[0]),
    ),
    "binary": (
        BinaryCrossEntropy(),
        binary_cross_entropy,
        lambda rng, shape, dtype: rng.random(shape).astype(dtype),
    ),
    "squares": (
        MeanSquaredError(),
        mean_squared_error,
        lambda rng, shape, dtype: rng.standard_normal(shape).astype(dtype),
    ),
}


@pytest.mark.parametrize("name", CASES)
@given(shape=sizes, scale=scales, dtype=dtypes, seed=seeds)
def test_value_and_gradient(kind, name, shape, scale, dtype, seed):
    loss, reference, draw = CASES[name]
    rng = np.random.default_rng(seed)
    values = (scale * rng.standard_normal(shape)).astype(dtype)
    targets = draw(rng, shape, dtype)
    prediction, given_targets = kind(values), kind(targets)
    value, gradient = loss(prediction, given_targets)

    assert isinstance(value, float)
    exact = values.astype("float64")
    assert value == pytest.approx(reference(exact, targets), rel=TOLERANCE[dtype], abs=1e-6)
    assert_same_kind(gradient, prediction)
    assert np.array_equal(to_numpy(prediction), values)
    assert np.array_equal(to_numpy(given_targets), targets)
    if scale <= 1:  # beyond, the differences drown in the size of the loss
        slopes = numeric_gradient(lambda moved: reference(moved, targets), exact, eps=1e-5)
        np.testing.assert_allclose(to_numpy(gradient), slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (2, 3, 2, 2)])
@pytest.mark.parametrize("name", ["binary", "squares"])
def test_elementwise_losses_take_any_shape(name, shape, rng):
    loss, reference, draw = CASES[name]
    prediction, targets = rng.standard_normal(shape), draw(rng, shape, "float64")
    value, gradient = loss(prediction, targets)
    assert value == pytest.approx(reference(prediction, targets))
    assert gradient.shape == shape


@given(sizes, scales, dtypes, seeds)
def test_softmax_gives_probabilities(kind, shape, scale, dtype, seed):
    values = (scale * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)
    exact = values.astype(np.longdouble)
    powers = np.exp(exact - exact.max(axis=1, keepdims=True))
    expected = (powers / powers.sum(axis=1, keepdims=True)).astype("float64")
    x = kind(values)
    assert_close(softmax(x), expected, like=x)
    assert np.allclose(np.exp(to_numpy(log_softmax(x))), expected, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e4, 1e30])
def test_cross_entropy_holds_for_huge_logits(kind, dtype, size):
    logits = kind(np.array([[size, -size, 0], [-size, -size, -size]], dtype))
    value, gradient = SoftmaxCrossEntropy()(logits, kind(np.array([0, 1])))
    assert value == pytest.approx(np.log(3) / 2)
    assert_close(gradient, np.array([[0, 0, 0], [1 / 6, -1 / 3, 1 / 6]]), like=logits)
    value, gradient = SoftmaxCrossEntropy()(logits, kind(np.array([1, 1])))
    assert value == pytest.approx(size + np.log(3) / 2, rel=1e-5)
    assert_close(gradient[:1, :], np.array([[0.5, -0.5, 0]]), like=logits)


def test_a_class_that_is_ruled_out_does_not_spoil_the_loss(kind):
    logits = kind(np.array([[0.0, -np.inf, 0.0]]))
    value, gradient = SoftmaxCrossEntropy()(logits, kind(np.array([2])))
    assert value == pytest.approx(np.log(2))
    assert_close(gradient, np.array([[0.5, 0, -0.5]]), like=logits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy_holds_for_huge_logits(kind, dtype):
    logits = kind(np.array([[1e4, -1e4, 1e4, -1e4]], dtype))
    value, gradient = BinaryCrossEntropy()(logits, kind(np.array([[1, 0, 0, 1]], dtype)))
    assert value == pytest.approx(5e3)
    assert_close(gradient, np.array([[0, 0, 0.25, -0.25]]), like=logits)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64", "uint64"])
def test_labels_may_have_any_integer_type(kind, dtype):
    """Also one too narrow for 300 classes, and one that cannot be compared with others."""
    values = np.random.default_rng(0).standard_normal((3, 300))
    labels = np.array([0, 44, 100])
    value, gradient = SoftmaxCrossEntropy()(kind(values), kind(labels.astype(dtype)))
    expected, dlogits = SoftmaxCrossEntropy()(values, labels)
    assert value == pytest.approx(expected, rel=1e-12)
    assert np.allclose(to_numpy(gradient), dlogits)


def test_targets_on_the_host_follow_the_prediction_to_its_device(kind):
    for loss, _, draw in CASES.values():
        rng = np.random.default_rng(0)
        prediction = kind(rng.standard_normal((3, 4)))
        _, gradient = loss(prediction, draw(rng, (3, 4), "float64"))
        assert_same_kind(gradient, prediction)


def test_a_uniform_guess_costs_the_logarithm_of_the_number_of_classes():
    value, _ = SoftmaxCrossEntropy()(np.zeros((5, 10)), np.arange(5))
    assert value == pytest.approx(np.log(10))


def test_smoothed_labels_are_best_answered_with_their_own_probabilities():
    """With smoothing 0.4 over four classes the true one has 0.7, the others 0.1."""
    loss = SoftmaxCrossEntropy(0.4)
    target = np.array([[0.1, 0.7, 0.1, 0.1]])
    value, gradient = loss(np.log(target), np.array([1]))
    assert value == pytest.approx(-(target * np.log(target)).sum())
    assert np.allclose(gradient, 0, atol=1e-15)
    _, gradient = loss(np.array([[0.0, 50, 0, 0]]), np.array([1]))
    assert gradient[0, 1] == pytest.approx(0.3), "too sure an answer is drawn back"


three = np.zeros((3, 4))


@pytest.mark.parametrize(
    ("logits", "targets", "error", "message"),
    [
        (three, np.zeros((3, 1), int), ValueError, "targets must have shape (3,), got (3, 1)"),
        (three, np.eye(4, dtype=int)[:3], ValueError, "targets must have shape (3,), got (3, 4)"),
        (three, np.zeros(2, int), ValueError, "targets must have shape (3,), got (2,)"),
        (three, np.eye(4)[:3], TypeError, "targets must be integers, got float64"),
        (three, np.zeros(3, bool), TypeError, "targets must be integers, got bool"),
        (three, np.array([0, 4, 1]), ValueError, "targets must lie in 0 to 3, got 0 to 4"),
        (three, np.array([-1, 2, 1]), ValueError, "targets must lie in 0 to 3, got -1 to 2"),
        (three, [0, 1, 2], TypeError, "expected an array of NumPy, CuPy or PyTorch, got list"),
        (
            three[0],
            np.zeros(4, int),
            ValueError,
            "logits must have shape (N, K) or (N, K, H, W), got (4,)",
        ),
        (
            three.astype(int),
            np.zeros(3, int),
            TypeError,
            "a loss expects floating-point numbers, got int64",
        ),
    ],
)
def test_cross_entropy_refuses(logits, targets, error, message):
    with pytest.raises(error) as caught:
        SoftmaxCrossEntropy()(logits, targets)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (SoftmaxCrossEntropy(), np.zeros(0, int)),
        (BinaryCrossEntropy(), np.zeros((0, 3))),
        (MeanSquaredError(), np.zeros((0, 3))),
    ],
)
def test_an_empty_batch_is_refused(loss, targets):
    message = r"^a loss expects at least one number, got shape \(0, 3\)$"
    with pytest.raises(ValueError, match=message):
        loss(np.zeros((0, 3)), targets)


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), MeanSquaredError()])
def test_elementwise_losses_refuse_what_would_broadcast(loss):
    with pytest.raises(ValueError) as error:
        loss(np.zeros((3, 1)), np.zeros(3))
    assert str(error.value) == "targets must have the shape of the prediction, (3, 1), got (3,)"
    with pytest.raises(TypeError, match=r"^a loss expects floating-point numbers, got int64$"):
        loss(np.zeros(3, int), np.zeros(3))


@pytest.mark.parametrize(
    ("targets", "said"), [([0.5, 1.5], "0.5 to 1.5"), ([-1, 1], "-1.0 to 1.0")]
)
def test_binary_cross_entropy_refuses_targets_out_of_range(targets, said):
    with pytest.raises(ValueError, match=rf"^targets must lie in 0 to 1, got {said}$"):
        BinaryCrossEntropy()(np.zeros(2), np.array(targets))
