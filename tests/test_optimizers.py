"""Every optimizer and both penalties, against their formulas for a single number."""

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.convolution import threads
from lib.layers import Conv2d, Flatten, Linear, Sequential
from lib.losses import SoftmaxCrossEntropy
from lib.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp, base
from tests.kinds import assert_close, assert_same_kind

OPTIMIZERS = {
    "sgd": lambda network: SGD(network, lr=0.1),
    "momentum": lambda network: Momentum(network, lr=0.1, momentum=0.8),
    "nesterov": lambda network: Nesterov(network, lr=0.1, momentum=0.8),
    "adagrad": lambda network: AdaGrad(network, lr=0.1, eps=1e-3),
    "rmsprop": lambda network: RMSProp(network, lr=0.1, alpha=0.9, eps=1e-3),
    "adam": lambda network: Adam(network, lr=0.1, betas=(0.7, 0.9), eps=1e-3),
    "amsgrad": lambda network: Adam(network, 0.1, (0.7, 0.9), 1e-3, amsgrad=True),
    "adamw": lambda network: AdamW(network, 0.1, (0.7, 0.9), 1e-3, weight_decay=0.2),
    "sgd, l2": lambda network: SGD(network, lr=0.1, weight_decay=0.3),
    "sgd, l1": lambda network: SGD(network, lr=0.1, l1=0.3),
    "adam, l2, l1": lambda network: Adam(network, 0.1, (0.7, 0.9), 1e-3, weight_decay=0.3, l1=0.2),
    "adamw, l1": lambda network: AdamW(network, 0.1, (0.7, 0.9), 1e-3, weight_decay=0.2, l1=0.2),
}


RATES = [0.1, 0.1, 0.05, 0.2]  # a schedule: momentum with the rate inside would differ


def path_of_one_weight(name, weight, gradients):
    """Yield the weight after each step, as the papers write it."""
    velocity = mean = square = largest = 0.0
    rule, *penalties = name.split(", ")
    for t, (lr, gradient) in enumerate(zip(RATES, gradients, strict=True), start=1):
        if "l1" in penalties:
            gradient += (0.3 if rule == "sgd" else 0.2) * np.sign(weight)
        if "l2" in penalties:
            gradient += 0.3 * weight
        if rule == "sgd":
            weight -= lr * gradient
        if rule in ("momentum", "nesterov"):
            velocity = 0.8 * velocity + gradient
            weight -= lr * (velocity if rule == "momentum" else gradient + 0.8 * velocity)
        if rule in ("adagrad", "rmsprop"):
            square = square + gradient**2 if rule == "adagrad" else 0.9 * square + 0.1 * gradient**2
            weight -= lr * gradient / (square**0.5 + 1e-3)
        if rule == "adamw":
            weight -= lr * 0.2 * weight
        if rule in ("adam", "adamw", "amsgrad"):
            mean = 0.7 * mean + 0.3 * gradient
            square = 0.9 * square + 0.1 * gradient**2
            largest = max(largest, square)
            corrected = mean / (1 - 0.7**t), square / (1 - 0.9**t)
            if rule == "amsgrad":
                corrected = corrected[0], largest / (1 - 0.9**t)
            weight -= lr * corrected[0] / (corrected[1] ** 0.5 + 1e-3)
        yield weight


def give_gradients(network, rng, like):
    for parameter in network.parameters():
        parameter.grad = like(rng.standard_normal(parameter.data.shape).astype("float64"))


@pytest.fixture(params=OPTIMIZERS)
def name(request):
    return request.param


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_weight_follows_the_formula(kind, name, dtype, rng):
    start = rng.standard_normal((3, 2)).astype(dtype)
    gradients = rng.standard_normal((4, 3, 2)).astype(dtype)
    x = kind(start)
    layer = Linear(2, 3, bias=False).astype(dtype)
    layer.load_state({"weight": start})
    layer.to_device(x)
    optimizer = OPTIMIZERS[name](layer)
    paths = {
        index: path_of_one_weight(name, float(start[index]), gradients[:, *index].tolist())
        for index in np.ndindex(start.shape)
    }
    for optimizer.lr, gradient in zip(RATES, gradients, strict=True):
        layer.weight.grad = kind(gradient)
        optimizer.step()
        expected = np.array([next(path) for path in paths.values()]).reshape(start.shape)
        assert_close(layer.weight.data, expected, like=x)
        assert np.array_equal(to_numpy(layer.weight.grad), gradient), "the gradient was changed"


def test_gradients_of_another_precision_are_taken_in(kind, name, rng):
    """A float32 network that was fed float64 images has float64 gradients."""
    layer = Linear(2, 3)
    x = kind(rng.standard_normal((4, 2)))
    layer.to_device(x)
    optimizer = OPTIMIZERS[name](layer)
    layer.backward(layer(x))
    assert_same_kind(layer.weight.grad, x)
    before = to_numpy(layer.weight.data).copy()
    optimizer.step()
    assert_same_kind(layer.weight.data, kind(before))
    assert not np.array_equal(to_numpy(layer.weight.data), before)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if "," not in name])
def test_a_small_network_learns(kind, name):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((12, 1, 5, 4)).astype("float32")
    labels = np.arange(12) % 3
    x, targets = kind(images), kind(labels)
    network = Sequential(Conv2d(1, 4, 3, rng=rng), Flatten(), Linear(24, 3, rng=rng)).to_device(x)
    optimizer, loss = OPTIMIZERS[name](network), SoftmaxCrossEntropy()
    losses = []
    for _ in range(30):
        value, dlogits = loss(network(x), targets)
        network.backward(dlogits)
        optimizer.step()
        losses.append(value)
    assert losses[-1] < 0.3 * losses[0]
    for parameter in network.parameters():
        assert_same_kind(parameter.data, x)


def test_parameters_that_are_not_trained_stay(name, rng):
    network = Sequential(Linear(2, 2), Linear(2, 2))
    network[0].weight.trainable = False
    optimizer = OPTIMIZERS[name](network)
    assert list(optimizer.parameters) == ["0.bias", "1.weight", "1.bias"]
    before = {key: array.copy() for key, array in network.state().items()}
    give_gradients(network, rng, np.asarray)
    optimizer.step()
    changed = [
        key for key, array in network.state().items() if not np.array_equal(array, before[key])
    ]
    assert changed == list(optimizer.parameters)


def test_nesterov_follows_the_ball_of_the_paper():
    """On a real slope, g = 3 w: the ball looks ahead by momentum times velocity, then moves."""
    layer = Linear(1, 1, bias=False).astype("float64")
    optimizer = Nesterov(layer, lr=0.1, momentum=0.8)
    ball, velocity = float(layer.weight.data.item()), 0.0
    for _ in range(5):
        velocity = 0.8 * velocity + 3 * (ball - 0.1 * 0.8 * velocity)
        ball -= 0.1 * velocity
        layer.weight.grad = 3 * layer.weight.data
        optimizer.step()
        assert layer.weight.data.item() == pytest.approx(ball - 0.1 * 0.8 * velocity, rel=1e-12)


def test_l1_draws_small_weights_to_zero_and_l2_large_ones_most():
    """Without any other gradient, for 100 steps."""
    start = np.float32([[0.005, 1.0]])
    ends = {}
    for name, penalty in [("l1", {"l1": 0.01}), ("l2", {"weight_decay": 0.01})]:
        layer = Linear(2, 1, bias=False)
        layer.weight.data, layer.weight.grad = start.copy(), np.zeros((1, 2), np.float32)
        optimizer = SGD(layer, lr=0.1, **penalty)
        for _ in range(100):
            optimizer.step()
        ends[name] = layer.weight.data[0]
    assert abs(ends["l1"][0]) < 1.1e-3
    assert ends["l1"][1] == pytest.approx(0.9, rel=1e-4)
    assert ends["l2"] == pytest.approx(start[0] * 0.999**100, rel=1e-4)


# Stopping and continuing -------------------------------------------------------------------------


def test_a_continued_run_is_the_same_to_the_last_bit(kind, name):
    def steps(optimizer, network, count, rng):
        for _ in range(count):
            give_gradients(network, rng, kind)
            optimizer.step()

    make = OPTIMIZERS[name]
    rng = np.random.default_rng(5)
    whole = Linear(3, 2, rng=np.random.default_rng(0)).to_device(kind(np.ones(1))).astype("float64")
    optimizer = make(whole)
    steps(optimizer, whole, 3, rng)
    saved = {
        key: np.array(value if isinstance(value, int | float | str) else to_numpy(value))
        for key, value in optimizer.state().items()
    }
    weights = {key: to_numpy(value).copy() for key, value in whole.state().items()}
    rng_state = rng.bit_generator.state
    steps(optimizer, whole, 3, rng)

    again = Linear(3, 2).to_device(kind(np.ones(1))).astype("float64")
    again.load_state(weights)
    other = make(again)
    other.lr = 99
    other.load_state(saved)
    assert (other.lr, other.step_count) == (0.1, 3)
    rng.bit_generator.state = rng_state
    steps(other, again, 3, rng)
    for key, value in whole.state().items():
        assert np.array_equal(to_numpy(value), to_numpy(again.state()[key]))


def test_a_loaded_state_is_a_copy():
    one, two = Momentum(Linear(2, 2)), Momentum(Linear(2, 2))
    two.load_state(one.state())
    two.running["velocity"]["weight"] += 1
    assert not one.running["velocity"]["weight"].any()


def test_to_device_moves_what_the_optimizer_keeps(kind, name):
    x = kind(np.ones(1, np.float32))
    optimizer = OPTIMIZERS[name](Linear(2, 2))
    assert optimizer.to_device(x) is optimizer
    for arrays in optimizer.running.values():
        for array in arrays.values():
            assert_same_kind(array, x)


@pytest.mark.parametrize("maker", [SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_large_parameter_is_updated_as_a_small_one(maker, order, monkeypatch, rng):
    start, grads = rng.standard_normal((30, 7)), rng.standard_normal((3, 7, 30))
    results = []
    for piece in (1 << 16, 16):
        monkeypatch.setattr(base, "PIECE", piece)
        monkeypatch.setattr(threads, "WORTH_SHARING", 0)
        layer = Linear(7, 30, bias=False)
        layer.weight.data = np.array(start, order=order)
        held = layer.weight.data
        optimizer = maker(layer, lr=0.1)
        for grad in grads:
            layer.weight.grad = grad.T  # not one run in memory
            optimizer.step()
        assert layer.weight.data is held
        results.append((held, *(array["weight"] for array in optimizer.running.values())))
    assert all(map(np.array_equal, *results))
    assert not np.array_equal(results[0][0], start)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda layer: RMSProp(layer, lr=0.01, alpha=0), -0.02),
        (lambda layer: RMSProp(layer, lr=0.01, alpha=0.5), -0.01 * 2**0.5 - 1e-3 / 5e3),
        (lambda layer: Adam(layer, lr=0.01, betas=(0.9, 0)), -473.7),
        (lambda layer: Adam(layer, lr=1.0, betas=(0, 0)), -2.0),
    ],
)
def test_a_small_gradient_after_a_large_one_is_not_lost_to_rounding(make, expected):
    """A running mean that fades at once is the new number, not what rounding leaves of the old."""
    layer = Linear(1, 1, bias=False)
    layer.weight.data[:] = 0
    optimizer = make(layer)
    for gradient in (100, 1e-3):
        layer.weight.grad = np.float32([[gradient]])
        optimizer.step()
    assert layer.weight.data.item() == pytest.approx(expected, rel=1e-3)


def test_settings_may_be_numbers_of_numpy():
    layer = Linear(1, 1)
    optimizer = Adam(layer, np.float32(0.1), np.float32([0.5, 0.75]), np.float64(1e-3))
    optimizer.lr = np.float64(optimizer.lr) / 2
    kept = optimizer.lr, *optimizer.betas, optimizer.eps
    assert {type(value) for value in kept} == {float}
    assert optimizer.betas == (0.5, 0.75)
