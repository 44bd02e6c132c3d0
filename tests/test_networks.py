"""Networks, and the record of their training."""

import numpy as np
import pytest

from lib.analysis import directional_check
from lib.backend import to_numpy
from lib.datasets import Dataset
from lib.layers import BatchNorm1d, Dropout, Flatten, Linear, ReLU
from lib.losses import SoftmaxCrossEntropy
from lib.networks import Network, SimpleConvNet
from lib.trained import load_history, load_trained
from lib.training import History, describe_machine
from lib.training.history import format_figure
from tests.kinds import assert_same_kind


def small(seed=0, **settings):
    settings = {"input_shape": (2, 9, 8), "num_filters": 3, "filter_size": 3, **settings}
    return SimpleConvNet(hidden_size=7, output_size=4, rng=np.random.default_rng(seed), **settings)


@pytest.mark.parametrize(
    ("settings", "pooled"),
    [
        ({}, 3 * 3 * 3),
        ({"padding": 1}, 3 * 4 * 4),
        ({"stride": 2}, 3 * 2 * 1),
        ({"filter_size": 5, "num_filters": 2}, 2 * 2 * 2),
        ({"input_shape": (1, 6, 10)}, 3 * 2 * 4),
    ],
)
def test_simple_convnet_fits_its_layers_together(settings, pooled):
    network = small(**settings)
    shape = settings.get("input_shape", (2, 9, 8))
    assert network.hidden.in_features == pooled
    assert network(np.ones((3, *shape), np.float32)).shape == (3, 4)


def test_simple_convnet_has_the_names_of_its_parts():
    assert list(small().children()) == [
        "conv", "relu", "pool", "flatten", "hidden", "hidden_relu", "output",
    ]  # fmt: skip
    assert list(small().state()) == [
        f"{layer}.{kind}" for layer in ("conv", "hidden", "output") for kind in ("weight", "bias")
    ]


def test_simple_convnet_gradients_are_slopes(kind, rng):
    x = kind(rng.standard_normal((3, 2, 9, 8)))
    errors = directional_check(small().to_device(x).astype("float64"), x, rng)
    assert max(errors.values()) < 1e-6, errors


def test_the_generator_and_the_spread_decide_the_weights():
    one, two, other = small(1), small(1), small(2)
    assert all(np.array_equal(array, two.state()[name]) for name, array in one.state().items())
    assert not np.array_equal(one.conv.weight.data, other.conv.weight.data)
    spread = SimpleConvNet(weight_std=0.01, rng=np.random.default_rng(0)).hidden.weight.data.std()
    assert spread == pytest.approx(0.01, rel=0.02)
    he = SimpleConvNet(rng=np.random.default_rng(0)).hidden.weight.data.std()
    assert he == pytest.approx((2 / (30 * 12 * 12)) ** 0.5, rel=0.02)


@pytest.mark.parametrize("settings", [{"filter_size": 9}, {"filter_size": 8}])
def test_what_does_not_fit_is_refused_at_once(settings):
    with pytest.raises(ValueError, match=r"-wide window does not fit: input size"):
        small(**settings)


def test_an_untrained_network_guesses():
    network = SimpleConvNet(rng=np.random.default_rng(0), weight_std=0.01)
    images = np.random.default_rng(1).random((50, 1, 28, 28), dtype=np.float32)
    assert network.loss(images, np.arange(50) % 10) == pytest.approx(np.log(10), abs=0.1)


# What every network does -------------------------------------------------------------------------


class Moody(Network):
    """Its answer depends on its mode."""

    def __init__(self):
        rng = np.random.default_rng(0)
        super().__init__(
            flatten=Flatten(),
            norm=BatchNorm1d(6),
            dropout=Dropout(0.5, rng=rng),
            output=Linear(6, 3, rng=rng),
        )


def test_predict_does_not_depend_on_the_batches_or_the_mode(kind, rng):
    values = rng.standard_normal((7, 1, 2, 3)).astype("float32")
    images, network = kind(values), Moody()
    network.to_device(images)
    whole = network.predict(images)
    assert_same_kind(whole, images)
    assert network.training, "the mode is put back"
    for size in (1, 3, 7, 100):
        parts = network.predict(images, batch_size=size)
        assert np.allclose(to_numpy(parts), to_numpy(whole), rtol=1e-5, atol=1e-6)
    network.dropout.eval()
    network.predict(images)
    assert [layer.training for layer in network.modules()] == [True, True, True, False, True]
    assert np.array_equal(to_numpy(network.eval()(images)), to_numpy(whole))


def test_predict_puts_the_mode_back_after_an_error():
    network = Moody()
    with pytest.raises(ValueError, match="expects input of shape"):
        network.predict(np.ones((2, 1, 1, 1)))
    assert all(layer.training for layer in network.modules())


def test_accuracy_is_the_share_of_right_answers(kind, rng):
    images = kind(rng.standard_normal((10, 1, 2, 3)))
    network = Moody().to_device(images)
    answers = to_numpy(network.predict(images)).argmax(axis=1)
    labels = answers.copy()
    labels[:3] = (labels[:3] + 1) % 3
    assert network.accuracy(images, kind(labels), batch_size=4) == 0.7
    assert network.accuracy(images, answers) == 1.0


def test_loss_and_gradient_are_those_of_softmax_cross_entropy(rng):
    network, images = small(), rng.standard_normal((3, 2, 9, 8))
    labels = np.array([0, 3, 1])
    value, dlogits = SoftmaxCrossEntropy()(network(images), labels)
    network.backward(dlogits)
    expected = {name: parameter.grad for name, parameter in network.named_parameters()}
    assert network.loss(images, labels) == value
    gradients = network.gradient(images, labels)
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        assert np.array_equal(gradient, expected[name])


def test_a_saved_network_is_loaded_again(tmp_path, rng):
    source, target = small(1), small(2)
    images = rng.standard_normal((3, 2, 9, 8))
    source.save(tmp_path / "net.npz")
    assert target.load(tmp_path / "net.npz") is target
    assert np.array_equal(target(images), source(images))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda n: n.predict(np.ones((0, 1, 2, 3))),
            r"^predict expects at least one image, got shape \(0, 1, 2, 3\)$",
        ),
        (
            lambda n: n.predict(np.ones((2, 1, 2, 3)), batch_size=-1),
            r"^batch_size must be at least 1, got -1$",
        ),
        (
            lambda n: n.predict(np.ones(())),
            r"^predict expects at least one image, got shape \(\)$",
        ),
        (
            lambda n: n.predict(np.ones((2, 2, 3, 3))),
            r"^BatchNorm1d expects input of shape \(N, 6\), got \(2, 18\)$",
        ),
        (
            lambda n: n.accuracy(np.ones((2, 1, 2, 3)), np.array([1, 3])),
            r"^accuracy expects labels from 0 to 2, got 1 to 3$",
        ),
        (
            lambda n: n.accuracy(np.ones((2, 1, 2, 3)), np.array([-1, 0])),
            r"^accuracy expects labels from 0 to 2, got -1 to 0$",
        ),
        (
            lambda n: n.accuracy(np.ones((3, 1, 2, 3)) * [[[[np.nan]]], [[[1]]], [[[1]]]], LABELS),
            r"^the network gives 1 of 3 images logits that are not a number; its accuracy says no",
        ),
        (
            lambda n: Network(Flatten()).accuracy(np.ones((3, 1, 1, 3)), LABELS + 3),
            r"^accuracy expects labels from 0 to 2, got 3 to 5$",
        ),
        (
            lambda n: Network(ReLU()).accuracy(np.ones((3, 1, 2, 3)), LABELS),
            r"^accuracy expects logits of shape \(N, K\), got \(3, 1, 2, 3\)$",
        ),
        (
            lambda n: n.accuracy(np.ones((2, 1, 2, 3)), np.zeros((2, 1), int)),
            r"^accuracy expects labels of shape \(2,\), got \(2, 1\)$",
        ),
        (lambda n: load_trained("resnet"), r'^there is no trained network "resnet"; there are \['),
        (lambda n: load_history("resnet"), r'^there is no trained network "resnet"; there are \['),
    ],
)
def test_mistakes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Moody())


IMAGES, LABELS = np.ones((3, 1, 2, 3), np.float32), np.arange(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda n: n.predict(Dataset(IMAGES, LABELS)),
            "predict expects images as an array, got Dataset; a data set's are dataset.images",
        ),
        (
            lambda n: n.accuracy(Dataset(IMAGES, LABELS), LABELS),
            "accuracy expects images as an array, got Dataset; a data set's are dataset.images",
        ),
        (lambda n: n.predict([[1.0]]), "predict expects images as an array, got list"),
        (lambda n: n.predict(None), "predict expects images as an array, got NoneType"),
        (lambda n: n.predict(IMAGES, 2.0), "batch_size must be an integer, got 2.0"),
        (lambda n: n.accuracy(IMAGES, [0, 1, 2]), "accuracy expects labels as an array, got list"),
        (
            lambda n: n.accuracy(IMAGES, np.array(["0", "1", "2"])),
            "accuracy expects labels that are integers, got <U1",
        ),
        (
            lambda n: n.accuracy(IMAGES, LABELS + 0.0),
            "accuracy expects labels that are integers, got float64",
        ),
    ],
)
def test_what_is_of_another_kind_is_refused(call, message):
    with pytest.raises(TypeError) as caught:
        call(Moody())
    assert str(caught.value) == message


def test_any_whole_number_is_a_batch_size():
    assert np.array_equal(Moody().predict(IMAGES, np.int64(2)), Moody().predict(IMAGES, 2))


# The record --------------------------------------------------------------------------------------


def test_a_history_comes_back_from_its_file(tmp_path):
    history = History(
        epochs=[{"epoch": 1, "loss": 0.1 + 0.2, "lr": 1e-3}, {"epoch": 2, "loss": 1e-17}],
        settings={"seed": 0, "machine": describe_machine()},
        result={"test_accuracy": 0.99},
    )
    path = tmp_path / "folder" / "run.json"
    history.save(path)
    assert History.load(path) == history
    assert history["loss"] == [0.1 + 0.2, 1e-17]
    with pytest.raises(KeyError, match=r"'lr' is not recorded for epochs \[2\]"):
        history["lr"]


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"epoch": 1}', '{"epochs": '])
def test_what_is_no_history_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(
        ValueError,
        match=r"run\.json: (not the record of a training|truncated, damaged, or not JSON): ",
    ):
        History.load(tmp_path / "run.json")
    with pytest.raises(FileNotFoundError):
        History.load(tmp_path / "none.json")


def test_figures_show_the_digits_they_deserve():
    assert format_figure("epoch", 12) == "12"
    assert format_figure("seconds", 1.26) == "1.3"
    assert format_figure("lr", 0.00012) == "0.00012"
    assert format_figure("validation_accuracy", 0.98765) == "0.9877"
    assert str(History()) == "epoch"
    assert str(History(epochs=[{"epoch": 1, "lr": 0.5}])) == "epoch   lr\n    1  0.5"


def test_the_machine_is_described():
    machine = describe_machine()
    assert set(machine) == {"python", "numpy", "system", "machine", "processor"}
    assert all(machine.values())
    assert machine["numpy"] == np.__version__
