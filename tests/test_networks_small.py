"""The small networks for digits: MLP, TwoConvNet, DeepConvNet."""

from collections import OrderedDict

import numpy as np
import pytest

from lib.datasets import Dataset
from lib.networks import MLP, DeepConvNet, LeNet5, SimpleConvNet, TwoConvNet
from lib.networks.sizes import scaled, shape_after
from lib.optimizers import Adam
from lib.training import Trainer
from tests.kinds import assert_same_kind
from tests.network_checks import check_both_passes, check_five_steps, check_slopes, shapes

SHAPE = (2, 21, 18)
SMALL = {
    "MLP": lambda rng: MLP(SHAPE, 9, 4, dropout=0, rng=rng),
    "TwoConvNet": lambda rng: TwoConvNet(SHAPE, (3, 4), 3, 4, rng=rng),
    "DeepConvNet": lambda rng: DeepConvNet(SHAPE, (3, 4, 5), 7, 4, dropout=0, rng=rng),
}


@pytest.mark.parametrize(
    ("network", "count", "layers"),
    [
        (MLP, 784 * 128 + 128 + 128 * 10 + 10, ["flatten", "hidden", "relu", "dropout", "output"]),
        (
            TwoConvNet,
            (25 * 10 + 10) + (250 * 20 + 20) + (320 * 10 + 10),
            ["conv1", "pool1", "relu1", "conv2", "pool2", "relu2", "flatten", "output"],
        ),
        (
            DeepConvNet,
            (160 + 2320) + (4640 + 9248) + (18496 + 36928) + (64 * 4 * 4 * 50 + 50) + (500 + 10),
            [
                "conv1", "relu1", "conv2", "relu2", "pool1",
                "conv3", "relu3", "conv4", "relu4", "pool2",
                "conv5", "relu5", "conv6", "relu6", "pool3",
                "flatten", "hidden", "hidden_relu", "dropout", "output",
            ],
        ),
    ],
)  # fmt: skip
def test_the_usual_form(network, count, layers):
    built = network()
    assert built.parameter_count() == count
    assert list(built.children()) == layers
    assert built(np.zeros((1, 1, 28, 28), np.float32)).shape == (1, 10)


@pytest.mark.parametrize(
    ("shape", "pooled"), [((1, 28, 28), (4, 4)), ((3, 32, 40), (4, 5)), ((1, 20, 17), (3, 2))]
)
def test_deep_convnet_computes_its_sizes(shape, pooled):
    network = DeepConvNet(shape, (2, 3, 4), 5)
    assert network.hidden.in_features == 4 * pooled[0] * pooled[1]
    assert network(np.zeros((2, *shape), np.float32)).shape == (2, 10)
    assert [getattr(network, f"conv{i}").padding[0] for i in range(1, 7)] == [1, 1, 1, 2, 1, 1]
    assert shape_after(network, shape) == (4, *pooled)


def test_scaled_channels_are_rounded_and_never_none():
    assert scaled([3, 5, 10], 0.25) == [1, 1, 2]
    assert scaled([3, 5, 11], 0.6) == [2, 3, 7]


def test_the_settings_arrive():
    network = TwoConvNet((3, 16, 14), (4, 6), 3, 7)
    assert shapes(network) == {
        "conv1.weight": (4, 3, 3, 3),
        "conv1.bias": (4,),
        "conv2.weight": (6, 4, 3, 3),
        "conv2.bias": (6,),
        "output.weight": (7, 6 * 2 * 2),
        "output.bias": (7,),
    }
    assert (MLP().dropout.p, DeepConvNet().dropout.p) == (0.2, 0.5)
    assert (MLP(dropout=0.3).dropout.p, DeepConvNet(dropout=0.1).dropout.p) == (0.3, 0.1)
    assert MLP((784,))(np.zeros((2, 784), np.float32)).shape == (2, 10)


@pytest.mark.parametrize("name", SMALL)
def test_the_generator_decides_the_weights_and_the_dropout(name):
    one, two, other = (SMALL[name](np.random.default_rng(seed)) for seed in (1, 1, 2))
    for key, array in one.state().items():
        assert array.dtype == np.float32
        assert np.array_equal(array, two.state()[key])
        assert key.endswith("bias") or not np.array_equal(array, other.state()[key])
    for network in (MLP, DeepConvNet):
        x = np.ones((2, 1, 28, 28), np.float32)
        first, second = (network(rng=np.random.default_rng(1)) for _ in range(2))
        assert np.array_equal(first(x), second(x))


@pytest.mark.parametrize("name", SMALL)
def test_both_passes(name, kind, rng):
    check_both_passes(SMALL[name](rng), kind, SHAPE, 4, rng)


TRAINED = {
    **SMALL,
    "SimpleConvNet": lambda rng: SimpleConvNet(SHAPE, 3, 3, 1, 1, 9, 4, rng=rng),
    "LeNet5": lambda rng: LeNet5(in_channels=2, padding=7, rng=rng),
    "LeNet5, modern": lambda rng: LeNet5(True, num_classes=4, in_channels=2, padding=7, rng=rng),
}


@pytest.mark.parametrize("name", TRAINED)
def test_a_training_stays_where_the_network_lives(name, kind):
    """All that a training holds has the library, dtype and device of the images."""
    rng = np.random.default_rng(0)
    images = rng.random((10, *SHAPE), dtype=np.float32)
    data = Dataset(images, rng.integers(0, 4, 10))
    x, losses = kind(images), {}
    for device in ("cpu", "cpu" if isinstance(x, np.ndarray) else x):
        network = TRAINED[name](np.random.default_rng(1))
        trainer = Trainer(network, Adam(network, 1e-3), device=device, progress=False)
        history = trainer.fit(data, data, epochs=2, batch_size=4)
        losses[str(type(device))] = history["loss"] + history["validation_loss"]
    first, *others = losses.values()
    assert all(other == pytest.approx(first, rel=1e-4) for other in others)
    held = {**network.state(), **{n: p.grad for n, p in network.named_parameters()}}
    held.update({n: a for n, a in trainer.optimizer.state().items() if hasattr(a, "dtype")})
    assert len(held) > 4
    for array in held.values():
        assert_same_kind(array, x)


@pytest.mark.parametrize("name", SMALL)
def test_gradients_are_slopes(name, rng):
    check_slopes(SMALL[name](rng), SHAPE, rng)


def twin_of(torch, name):
    nn = torch.nn

    def block(i, c, f, padding):
        return {
            f"conv{i}": nn.Conv2d(c, f, 3, padding=padding),
            f"relu{i}": nn.ReLU(),
            f"conv{i + 1}": nn.Conv2d(f, f, 3, padding=2 if i == 3 else 1),
            f"relu{i + 1}": nn.ReLU(),
            f"pool{i // 2 + 1}": nn.MaxPool2d(2),
        }

    layers = {
        "MLP": lambda: {
            "flatten": nn.Flatten(),
            "hidden": nn.Linear(2 * 21 * 18, 9),
            "relu": nn.ReLU(),
            "output": nn.Linear(9, 4),
        },
        "TwoConvNet": lambda: {
            "conv1": nn.Conv2d(2, 3, 3),
            "relu1": nn.ReLU(),
            "pool1": nn.MaxPool2d(2),
            "conv2": nn.Conv2d(3, 4, 3),
            "relu2": nn.ReLU(),
            "pool2": nn.MaxPool2d(2),
            "flatten": nn.Flatten(),
            "output": nn.Linear(4 * 3 * 3, 4),
        },
        "DeepConvNet": lambda: {
            **block(1, 2, 3, 1),
            **block(3, 3, 4, 1),
            **block(5, 4, 5, 1),
            "flatten": nn.Flatten(),
            "hidden": nn.Linear(5 * 3 * 2, 7),
            "hidden_relu": nn.ReLU(),
            "output": nn.Linear(7, 4),
        },
    }[name]()
    return nn.Sequential(OrderedDict(layers))


@pytest.mark.parity
@pytest.mark.parametrize("name", SMALL)
def test_five_steps_follow_pytorch(torch, name, rng):
    check_five_steps(torch, SMALL[name](rng), twin_of(torch, name), SHAPE, 4, rng)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TwoConvNet((1, 11, 28)), r"^a 5-wide window does not fit: input size 3 "),
        (lambda: DeepConvNet((1, 3, 28)), r"^a 2-wide window does not fit: input size 1 "),
        (
            lambda: DeepConvNet(num_filters=(4, 8)),
            r"^num_filters must be a tuple of 3 int",
        ),
        (
            lambda: TwoConvNet(num_filters=(4,)),
            r"^num_filters must be a tuple of 2 integers",
        ),
        (lambda: MLP(dropout=1), r"^p of Dropout must be at least 0 and below 1, got 1\.0$"),
        (
            lambda: MLP()(np.zeros((2, 1, 28, 27), np.float32)),
            r"^Linear expects input of shape \(N, 784\), got \(2, 756\)$",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
