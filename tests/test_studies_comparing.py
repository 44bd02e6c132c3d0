"""Studies that compare trainings: each variant is what it says, and a stop loses little."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from lib.datasets import Dataset
from lib.datasets.dataset import Splits
from lib.layers.initializers import xavier_normal
from lib.networks import MLP
from lib.optimizers import SGD
from lib.serialization import read_arrays
from lib.studies import comparing, depth, learning_rates, techniques, transfer
from lib.studies.comparing import FIGURES, Variant, changed, compare, train_variant
from lib.trained import Recipe
from lib.training import Trainer


def pictures(count, seed, channels=3, size=32):
    rng = np.random.default_rng(seed)
    images = rng.random((count, channels, size, size), dtype=np.float32)
    return Dataset(images, np.arange(count) % 10, classes=tuple("abcdefghij"))


def splits(channels=3, size=32, count=20):
    return Splits(*(pictures(n, s, channels, size) for s, n in enumerate((count, 10, 10))))


@pytest.fixture
def variants():
    recipe = Recipe(partial(MLP, input_shape=(1, 8, 8)), partial(SGD, lr=0.1), 2, batch_size=10)
    data = splits(1, 8)
    return {
        "small": Variant(changed(recipe, {"hidden_size": 4}), data),
        "large, slow": Variant(changed(recipe, {"hidden_size": 9}, epochs=3), data),
    }


def test_each_variant_is_trained_from_each_seed(variants, tmp_path):
    found = compare("test", variants, seeds=(3, 5), folder=tmp_path, progress=False)
    assert list(found) == ["small", "large, slow"]
    for label, size, epochs in (("small", 4, 2), ("large, slow", 9, 3)):
        measured = found[label]
        assert measured["parameters"] == 64 * size + size + size * 10 + 10
        assert measured["seeds"] == [3, 5]
        assert measured["training"] == 20
        assert measured["recipe"]["epochs"] == epochs
        assert measured["cpu_seconds"] >= 0
        for name in FIGURES:
            assert [len(run) for run in measured[name]] == [epochs, epochs]
            assert measured[name][0] != measured[name][1] or name.endswith("accuracy")
    by_hand = train_variant(variants["small"], 5, tmp_path / "by_hand", progress=False)
    assert found["small"]["loss"][1] == pytest.approx(by_hand["loss"], rel=1e-4)


def test_a_stopped_study_goes_on_where_it_was(variants, tmp_path, monkeypatch, capsys):
    whole = compare("test", variants, seeds=(0, 1), folder=tmp_path / "a", progress=False)
    step, steps = Trainer._step, []

    def stop(trainer, *batch):
        steps.append(trainer)
        if len(steps) == 2 * 4 + 3:  # in the second epoch of the second variant's first training
            raise KeyboardInterrupt
        return step(trainer, *batch)

    monkeypatch.setattr(Trainer, "_step", stop)
    with pytest.raises(KeyboardInterrupt):
        compare("test", variants, seeds=(0, 1), folder=tmp_path / "b", progress=False)
    steps.clear()
    monkeypatch.setattr(Trainer, "_step", lambda *args: (steps.append(1), step(*args))[1])
    again = compare("test", variants, seeds=(0, 1), folder=tmp_path / "b", progress=False)
    assert len(steps) == 2 * 2 + 2 * 3  # what is left: two epochs, and three
    for measured in (*whole.values(), *again.values()):
        measured.pop("cpu_seconds")
    assert again == whole
    assert "large_slow_0: continuing after epoch 1 of 3" in capsys.readouterr().out


def test_what_was_done_by_another_recipe_is_done_again(variants, tmp_path):
    place = tmp_path / "run"
    first = train_variant(variants["small"], 0, place, progress=False)
    other = replace(variants["small"], recipe=replace(variants["small"].recipe, epochs=1))
    assert len(train_variant(other, 0, place, progress=False).epochs) == 1
    assert len(train_variant(variants["small"], 0, place, progress=False).epochs) == 2
    assert len(first.epochs) == 2


def test_a_change_leaves_the_other_settings():
    recipe = Recipe(partial(MLP, hidden_size=4, dropout=0.1), partial(SGD, lr=0.1), 2)
    other = changed(recipe, {"hidden_size": 7}, epochs=5)
    assert other.network.keywords == {"hidden_size": 7, "dropout": 0.1}
    assert (other.epochs, other.optimizer) == (5, recipe.optimizer)
    assert recipe.network.keywords == {"hidden_size": 4, "dropout": 0.1}


# The studies -------------------------------------------------------------------------------------


def test_depth_compares_networks_that_differ_in_skips_alone(tmp_path):
    found = depth.run(splits(), epochs=3, depths=(8, 14), folder=tmp_path, progress=False)
    measured = found["variants"]
    assert list(measured) == ["plain 8", "residual 8", "plain 14", "residual 14"]
    for layers in (8, 14):
        plain, residual = measured[f"plain {layers}"], measured[f"residual {layers}"]
        assert plain["parameters"] == residual["parameters"]
        assert plain["recipe"] == residual["recipe"]
        assert plain["loss"] != residual["loss"]
    assert measured["plain 8"]["parameters"] < measured["plain 14"]["parameters"]
    assert found["settings"]["data"]["training"] == 20


def test_techniques_change_one_thing_each(tmp_path):
    data = splits(1, 28)
    recipes = {n: v.recipe for n, v in techniques.variants("mnist", data, 1).items()}
    plain = vars(recipes.pop("plain"))
    for label, recipe in recipes.items():
        differing = [n for n, value in vars(recipe).items() if str(value) != str(plain[n])]
        assert len(differing) == (4 if label == "all that helps" else 1), (label, differing)
        if differing == ["network"]:
            assert len(recipe.network.keywords) == len(plain["network"].keywords) + 1


def test_techniques_are_compared_on_both_data_sets(tmp_path, monkeypatch):
    few = {"mnist": splits(1, 28), "cifar10": splits()}
    found = techniques.run(few, epochs=1, seeds=(0,), folder=tmp_path, progress=False)
    for name in few:
        losses = {label: measured["loss"][0][0] for label, measured in found[name].items()}
        assert len(losses) == 11
        # In the first epoch on one batch the schedule and the optimizer cannot show yet.
        assert losses["plain"] != losses["batch norm"] != losses["dropout 0.5"]
        assert found[name]["plain"]["parameters"] < found[name]["batch norm"]["parameters"]
    assert found["settings"]["data"]["cifar10"]["validation"] == 10


def test_the_six_convolutions_take_their_settings(rng):
    network = techniques.six_convolutions((2, 16, 16), True, 0.3, xavier_normal, rng=rng)
    assert network(rng.random((3, 2, 16, 16), dtype=np.float32)).shape == (3, 10)
    assert network[-2].p == 0.3
    assert network[-1].weight.data.std() == pytest.approx((2 / (256 + 10)) ** 0.5, rel=0.1)
    assert sum(type(layer).__name__ == "BatchNorm2d" for layer in network) == 6


def test_learning_rates_tries_every_way_at_every_rate(tmp_path, monkeypatch):
    monkeypatch.setattr(learning_rates, "RATES", (0.01, 0.02))
    monkeypatch.setattr(learning_rates, "ADAM_RATES", (0.001, 0.002))
    settings = {"epochs": 1, "seeds": (0,), "folder": tmp_path, "progress": False}
    found = learning_rates.run(splits(1, 28), **settings)["variants"]
    assert len(found) == 2 * len(learning_rates.WAYS)
    assert found["Adam, 0.002"]["recipe"]["optimizer"] == "Adam(lr=0.002)"
    assert found["He, warm-up, 0.02"]["recipe"]["schedule"] == "warm_up"
    # Of one step from the same weights, these differ; what differs in later steps cannot yet.
    first = {label.rpartition(", ")[0]: measured["loss"][0][0] for label, measured in found.items()}
    ways = ("He", "Xavier", "batch norm", "He, quiet output", "He, pixels as they are")
    assert len({first[way] for way in ways}) == len(ways)
    assert first["He, quiet output"] == pytest.approx(np.log(10), abs=0.05)
    assert first["He"] == first["Adam"] == first["He, warm-up"]


def test_learning_rates_says_where_a_training_diverged(tmp_path, monkeypatch):
    monkeypatch.setattr(learning_rates, "RATES", (0.01, 1e30))
    monkeypatch.setattr(learning_rates, "WAYS", {"He": {}})
    settings = {"epochs": 3, "seeds": (0,), "folder": tmp_path, "progress": False}
    with np.errstate(all="ignore"):
        found = learning_rates.run(splits(1, 28), **settings)["variants"]
    assert len(found["He, 0.01"]["loss"][0]) == 3
    assert list(found["He, 1e+30"]) == ["diverged"]
    assert "at step" in found["He, 1e+30"]["diverged"]


def test_a_warm_up_begins_at_a_tenth():
    optimizer = SGD(MLP((1, 2, 2)), lr=1.0)
    schedule = learning_rates.warm_up(optimizer, epochs=4)
    assert [schedule.lr_at(epoch) for epoch in range(4)] == pytest.approx([0.1, 0.55, 1, 1])


def test_transfer_keeps_a_frozen_body_and_changes_a_tuned_one(tmp_path):
    found = transfer.run(
        splits(count=40),
        pretraining_epochs=3,
        epochs={2: 4, 3: 3},
        seeds=(0,),
        folder=tmp_path,
        progress=False,
    )
    ways = ("frozen", "fine-tuned", "from scratch")
    assert list(found["variants"]) == [f"{way} {count}" for count in (2, 3) for way in ways]
    for label, measured in found["variants"].items():
        count = int(label.split()[-1])
        assert measured["training"] == 5 * count
        assert measured["recipe"]["epochs"] == {2: 4, 3: 3}[count]
    assert len(found["pretraining"]["loss"]) == 3
    body = read_arrays(tmp_path / "transfer" / "body_weights.npz")
    assert body["classifier.6.bias"].shape == (5,)

    for frozen in (True, False):
        network = transfer.transferred(
            tmp_path / "transfer" / "body_weights.npz", frozen, rng=np.random.default_rng(0)
        )
        assert np.array_equal(network.features[0].weight.data, body["features.0.weight"])
        assert np.array_equal(network.normalize.mean.data, body["normalize.mean"])
        assert not np.array_equal(network.classifier[0].weight.data, body["classifier.0.weight"])
        trainable = {n.split(".")[0] for n, p in network.named_parameters() if p.trainable}
        assert trainable == ({"classifier"} if frozen else {"features", "classifier"})


def test_the_classes_of_a_half_are_labeled_anew():
    half = transfer.only(splits(), transfer.NEW)
    assert half.train.labels.tolist() == [0, 1, 2, 3, 4] * 2
    assert half.train.classes == tuple("bdfhj")
    assert np.array_equal(half.train.images, splits().train.images[1::2])
    assert set(transfer.KNOWN) | set(transfer.NEW) == set(range(10))


def test_few_pictures_are_the_first_of_the_training_part(monkeypatch):
    monkeypatch.setattr(comparing, "load_cifar10", splits)
    few = comparing.cifar10(10, 5)
    assert [len(part) for part in few] == [10, 5, 10]
    assert sorted(few.train.labels) == list(range(10))
