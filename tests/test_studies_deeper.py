"""The studies of deep networks: small ones are run again, and the records hold what is said."""

import json

import numpy as np
import pytest

from lib.analysis import gradient_norms, gradient_turn
from lib.datasets import Dataset, load_mnist_sample
from lib.layers import Conv2d, Residual
from lib.networks import without_block
from lib.studies import load_study, removal, skips
from lib.trained import load_trained


@pytest.fixture(scope="module")
def sample():
    return load_mnist_sample()


# --- skips ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [8, 20])
def test_a_tower_has_as_many_layers_as_it_says(depth):
    for with_skips in (False, True):
        tower = skips.tower(depth, with_skips)
        convolutions = [layer for layer in tower.modules() if isinstance(layer, Conv2d)]
        assert len(convolutions) + 1 == depth
        blocks = sum(isinstance(layer, Residual) for layer in tower.modules())
        assert blocks == ((depth - 2) // 2 if with_skips else 0)
    assert skips.tower(8).parameter_count() == skips.tower(8, skips=True).parameter_count()


def test_shrunk_digits_are_means_of_four_pixels():
    images = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4) / 16
    found = skips.shrunk(Dataset(images, [3], "four"))
    assert found.images[0, 0].tolist() == [[2.5 / 16, 4.5 / 16], [10.5 / 16, 12.5 / 16]]
    assert found.labels.tolist() == [3]


def test_the_study_runs_on_little(sample):
    found = skips.run(sample[:1200], depths=(8,), steps=4, every=2, looks=(0, 4))
    assert found["settings"]["digits"] == {"training": 200, "held_out": 1000}
    assert set(found["trainings"]) == set(skips.OPTIMIZERS)
    for trainings in found["trainings"].values():
        assert set(trainings) == {"plain 8", "residual 8"}
        assert all(len(training["loss"]) == 2 for training in trainings.values())
    looks = found["gradients"]["residual 8"]
    assert len(looks) == 2
    digits = skips.shrunk(sample[:1200])[-skips.HELD_OUT :][: skips.WATCHED]
    fresh = skips.tower(8, skips=True)
    norms = list(gradient_norms(fresh, *digits).values())[:-1]
    assert looks[0]["norms"] == pytest.approx(norms, rel=0.01)
    turns = gradient_turn(fresh, *digits, skips.LENGTHS)
    assert looks[0]["turns"] == pytest.approx(turns, abs=0.01)
    assert looks[1]["weights"] != looks[0]["weights"]


def test_no_optimizer_lets_the_plain_tower_of_56_layers_learn_and_skips_let_it_with_all():
    record = load_study("skips")
    assert list(record["trainings"]) == list(skips.OPTIMIZERS)
    for trainings in record["trainings"].values():
        ends = {name: training["loss"][-1] for name, training in trainings.items()}
        assert ends["plain 56"] > 2
        assert ends["residual 56"] < ends["plain 56"] - 0.5
    began = record["gradients"]["plain 56"][0]
    assert began["norms"][0] > 100 * began["norms"][-1]


# --- removal -------------------------------------------------------------------------------------


def test_blocks_are_taken_out_alone_and_in_pairs(sample):
    found = removal.run(
        sample[:20], Dataset(np.zeros((4, 3, 32, 32), np.float32), [0] * 4, "black")
    )
    assert json.dumps(found)
    accuracies = found["best_mnist"]
    assert len(accuracies) == 1 + 6 + 15
    network, digits = load_trained("best_mnist"), sample[:20]
    with without_block(network, "layer1.0"), without_block(network, "layer2.1"):
        assert accuracies["layer1.0 layer2.1"] == round(network.accuracy(*digits), 4)
    assert accuracies[""] == round(network.accuracy(*digits), 4)
    assert len(found["resnet20_cifar10"]) == 1 + 9
    assert len(found["vgg_cifar10"]) == 1 + 4


def test_residual_networks_do_without_a_block_and_vgg_without_no_layer():
    record = load_study("removal")
    for name, best_left in (("resnet20_cifar10", 0.8), ("vgg_cifar10", 0.0)):
        whole, *parts = record[name].values()
        assert whole > 0.85
        assert max(parts) > best_left
    assert max(list(record["vgg_cifar10"].values())[1:]) < 0.4


def test_recorded_removals_are_found_again(sample):
    record, digits = load_study("removal"), sample[: removal.DIGITS]
    network = load_trained("best_mnist")
    for block in ("layer2.0", "layer3.1"):
        found = removal.accuracy_without(network, [block], digits)
        assert found == pytest.approx(record["best_mnist"][block], abs=0.011)
