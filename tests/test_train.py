"""`python -m lib.trained`: a recipe, from the data to the shipped files."""

import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from lib.augmentation import RandomShift
from lib.datasets import Dataset, catalog
from lib.datasets.dataset import Splits
from lib.layers import Normalize
from lib.losses import SoftmaxCrossEntropy
from lib.networks import MLP, SimpleConvNet
from lib.optimizers import SGD
from lib.schedulers import CosineAnnealingLR
from lib.serialization import load, read_arrays
from lib.trained import RECIPES, Recipe, __main__, run
from lib.trained.recipes import constant
from lib.trained.stored import build
from lib.training import Trainer


def digits(count, seed):
    rng = np.random.default_rng(seed)
    images = rng.random((count, 1, 28, 28), dtype=np.float32)
    return Dataset(images, rng.integers(0, 10, count))


@pytest.fixture(scope="module")
def splits():
    return Splits(digits(120, 0), digits(20, 1), digits(30, 2))


@pytest.fixture(autouse=True)
def short_recipes(monkeypatch):
    recipe = replace(RECIPES["simple_convnet"], epochs=3, batch_size=50)
    monkeypatch.setitem(RECIPES, "simple_convnet", recipe)
    dense = Recipe(
        partial(MLP, hidden_size=5),
        partial(SGD, lr=0.5),
        epochs=2,
        augment=RandomShift(1),
        seeds=(3, 4),
        stored_as="float16",
    )
    monkeypatch.setitem(RECIPES, "mlp", dense)
    # The sample of MNIST would take longer than all else.
    monkeypatch.setattr(run, "load_mnist_sample", lambda: digits(10, 3))


def train(folder, splits, name="simple_convnet"):
    return run.train(name, folder=folder, splits=splits, progress=False)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def read(path):
    return json.loads(path.read_text())


def test_weights_and_record_are_written_and_belong_together(tmp_path, splits):
    (history,) = train(tmp_path, splits)
    network = load(SimpleConvNet(), tmp_path / "weights" / "simple_convnet.npz")
    record = read(tmp_path / "histories" / "simple_convnet.json")
    assert record == vars(history)
    result, settings = record["result"], record["settings"]
    assert result["test_accuracy"] == pytest.approx(network.accuracy(*splits.test))
    assert result["validation_accuracy"] == history["validation_accuracy"][-1]
    assert result["sample_accuracy"] == pytest.approx(network.accuracy(*digits(10, 3)))
    assert result["seconds"] == pytest.approx(sum(history["seconds"]))
    assert result["cpu_seconds"] > 0
    assert settings["data"] == {"train": 120, "validation": 20, "test": 30}
    assert settings["parameters"] == network.parameter_count()
    assert settings["normalized"] is None
    assert settings["recipe"] == {
        "optimizer": "AdamW(lr=0.002, weight_decay=0.2)",
        "schedule": "cosine",
        "epochs": 3,
        "batch_size": 50,
        "augmentation": None,
        "loss": "SoftmaxCrossEntropy()",
        "seed": 0,
        "keep": "last",
        "stored_as": "float32",
    }
    assert result["epoch"] == 3
    assert history["epoch"] == [1, 2, 3]
    assert history["lr"][2] < history["lr"][1] < history["lr"][0] == 0.002
    assert names(tmp_path / "checkpoints") == []


def test_each_seed_has_a_record_and_the_first_its_weights(tmp_path, splits):
    first, second = train(tmp_path, splits, "mlp")
    assert names(tmp_path / "weights") == ["mlp.npz"]
    assert names(tmp_path / "histories") == ["mlp.json", "mlp_seed4.json"]
    assert names(tmp_path / "checkpoints") == []
    assert [h.settings["recipe"]["seed"] for h in (first, second)] == [3, 4]
    assert first["loss"] != second["loss"]
    assert read(tmp_path / "histories" / "mlp_seed4.json") == vars(second)


def test_the_result_is_that_of_what_is_stored_and_its_first_layer_normalizes(tmp_path, splits):
    first, _ = train(tmp_path, splits, "mlp")
    path = tmp_path / "weights" / "mlp.npz"
    arrays = read_arrays(path)
    assert {array.dtype.name for array in arrays.values()} == {"float16"}
    network = build(first.settings).load(path)
    assert first.result["test_accuracy"] == pytest.approx(network.accuracy(*splits.test))
    loss = network.eval().loss(*splits.test)
    assert first.result["test_loss"] == pytest.approx(loss, rel=1e-6)
    assert network.hidden.out_features == 5
    assert next(iter(network)) is network.normalize
    images = splits.train.images
    assert network.normalize.mean.data == pytest.approx(images.mean(), rel=1e-3)
    assert network.normalize.std.data == pytest.approx(images.std(), rel=1e-3)
    assert first.settings["normalized"] == 1
    assert first.settings["recipe"]["augmentation"] == "RandomShift(max_pixels=1, fill=0.0)"


def test_a_recipe_is_followed_in_all_its_settings(tmp_path, splits):
    """The second seed, beside the same training made by hand."""
    _, second = train(tmp_path, splits, "mlp")
    network = MLP(hidden_size=5, rng=np.random.default_rng(4))
    network.prepend("normalize", Normalize.from_images(splits.train.images))
    optimizer = SGD(network, lr=0.5)
    schedule = CosineAnnealingLR(optimizer, 2)
    trainer = Trainer(network, optimizer, scheduler=schedule, seed=4, progress=False)
    by_hand = trainer.fit(
        splits.train, splits.validation, epochs=2, batch_size=100, augment=RandomShift(1)
    )
    for figure in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert by_hand[figure] == second[figure]


def test_the_first_epochs_may_have_an_augmentation_of_their_own_also_over_a_stop(
    tmp_path, splits, monkeypatch
):
    calls = []

    class Spy:
        def __init__(self, name):
            self.name = name

        def __call__(self, images, rng):
            calls.append(self.name)
            return images

        def __repr__(self):
            return self.name

    recipe = RECIPES["simple_convnet"]
    recipe = replace(recipe, augment=Spy("later"), first_augment=Spy("first"), first_epochs=2)
    monkeypatch.setitem(RECIPES, "simple_convnet", recipe)
    (whole,) = train(tmp_path / "whole", splits)
    assert calls == ["first"] * 6 + ["later"] * 3
    described = "first for 2 epochs, then later"
    assert whole.settings["recipe"]["augmentation"] == described

    save = run.Checkpoint.on_epoch_over
    for stop_after in (1, 2):
        calls.clear()

        def stop(callback, trainer, stop_after=stop_after):
            save(callback, trainer)
            if len(trainer.history.epochs) == stop_after:
                raise KeyboardInterrupt

        monkeypatch.setattr(run.Checkpoint, "on_epoch_over", stop)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / str(stop_after), splits)
        monkeypatch.setattr(run.Checkpoint, "on_epoch_over", save)
        (continued,) = train(tmp_path / str(stop_after), splits)
        assert calls == ["first"] * 6 + ["later"] * 3
        assert continued["loss"] == whole["loss"]


def test_the_best_epoch_is_kept_where_the_recipe_says_so_also_over_a_stop(
    tmp_path, splits, monkeypatch
):
    recipe = replace(RECIPES["mlp"], stored_as="float32", seeds=(3,), schedule=constant)
    monkeypatch.setitem(RECIPES, "mlp", replace(recipe, epochs=2))
    train(tmp_path / "short", splits, "mlp")

    monkeypatch.setitem(RECIPES, "mlp", replace(recipe, epochs=4, keep="best"))
    evaluate, save = Trainer.evaluate, run.Checkpoint.on_epoch_over

    def second_is_best(trainer, dataset, **settings):
        figures = evaluate(trainer, dataset, **settings)
        done = len(trainer.history.epochs)
        if dataset is splits.validation and done < 4:
            figures["accuracy"] = [0.2, 0.6, 0.6, 0.4][done]
        return figures

    def stop_after_the_third(callback, trainer):
        save(callback, trainer)
        if len(trainer.history.epochs) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "evaluate", second_is_best)
    (whole,) = train(tmp_path / "whole", splits, "mlp")
    monkeypatch.setattr(run.Checkpoint, "on_epoch_over", stop_after_the_third)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "stopped", splits, "mlp")
    monkeypatch.setattr(run.Checkpoint, "on_epoch_over", save)
    (continued,) = train(tmp_path / "stopped", splits, "mlp")

    assert whole.result["epoch"] == continued.result["epoch"] == 2
    paths = (tmp_path / folder / "weights" / "mlp.npz" for folder in ("short", "whole", "stopped"))
    short, *kept = (read_arrays(path) for path in paths)
    for name, array in short.items():
        assert all(np.array_equal(array, arrays[name]) for arrays in kept)


def test_keeping_filters_changes_nothing(tmp_path, splits, monkeypatch):
    """Not even with dropout, which draws in training mode alone."""
    first, _ = train(tmp_path / "without", splits, "mlp")
    monkeypatch.setitem(RECIPES, "mlp", replace(RECIPES["mlp"], filters_of="hidden"))
    kept, _ = train(tmp_path / "with", splits, "mlp")
    assert (tmp_path / "with" / "histories" / "mlp_filters.npz").exists()
    assert first["loss"] == kept["loss"]


@pytest.mark.parametrize(("name", "stop_at"), [("simple_convnet", 4), ("mlp", 3)])
def test_a_stopped_training_continues_to_the_same_result(
    tmp_path, splits, monkeypatch, capsys, name, stop_at
):
    whole = train(tmp_path / "whole", splits, name)
    step, steps = Trainer._step, []

    def stop(trainer, *batch):
        steps.append(trainer)
        # In the second epoch; of the network with two seeds, in the training of the second.
        if len(steps) > stop_at + (4 if name == "mlp" else 0) - 1:
            raise KeyboardInterrupt
        return step(trainer, *batch)

    monkeypatch.setattr(Trainer, "_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "stopped", splits, name)
    monkeypatch.setattr(Trainer, "_step", step)
    continued = train(tmp_path / "stopped", splits, name)
    assert "continuing after epoch 1 of" in capsys.readouterr().out
    for one, two in zip(whole, continued, strict=True):
        assert one["loss"] == two["loss"]
        for key in ("test_loss", "validation_accuracy"):
            assert one.result[key] == two.result[key]
    one, two = (read_arrays(tmp_path / p / "weights" / f"{name}.npz") for p in ("whole", "stopped"))
    assert all(np.array_equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 3, "batch_size": 60}, r"made by another recipe, \{"),
        ({"epochs": 4}, "the schedule is Cosine"),
    ],
)
def test_a_checkpoint_of_another_recipe_is_refused(tmp_path, splits, monkeypatch, change, message):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_measure", stop)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, splits)
    monkeypatch.undo()
    monkeypatch.setitem(RECIPES, "simple_convnet", replace(RECIPES["simple_convnet"], **change))
    with pytest.raises(ValueError, match=rf"simple_convnet\.npz: {message}.*Remove the file to "):
        train(tmp_path, splits)


def test_filters_are_kept_at_steps_also_over_a_stop(tmp_path, splits, monkeypatch):
    monkeypatch.setattr(run, "SNAPSHOT_STEPS", (0, 1, 3, 6, 99))
    (history,) = train(tmp_path / "whole", splits)
    whole = read_arrays(tmp_path / "whole" / "histories" / "simple_convnet_filters.npz")
    assert whole["steps"].tolist() == [0, 1, 3, 6]
    assert whole["filters"].shape == (4, 30, 1, 5, 5)
    assert whole["filters"].dtype == np.float16
    expected = history["validation_accuracy"][:2]
    assert whole["validation_accuracy"][2:].tolist() == expected

    step = Trainer._step

    def stop(trainer, *batch):
        if trainer.steps_done == 4:
            raise KeyboardInterrupt
        return step(trainer, *batch)

    monkeypatch.setattr(Trainer, "_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "stopped", splits)
    monkeypatch.setattr(Trainer, "_step", step)
    train(tmp_path / "stopped", splits)
    continued = read_arrays(tmp_path / "stopped" / "histories" / "simple_convnet_filters.npz")
    assert whole.keys() == continued.keys()
    assert all(np.array_equal(whole[key], continued[key]) for key in whole)


def test_a_loss_is_recorded_with_its_numbers():
    assert run.named(RECIPES["lenet5"].loss) == "MaximumAPosteriori(rubbish=20.0)"
    assert run.named(SoftmaxCrossEntropy(0.1)) == "SoftmaxCrossEntropy(label_smoothing=0.1)"


def test_the_list_says_what_each_takes_and_reached(capsys, monkeypatch):
    assert __main__.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(RECIPES)
    trained = next(line for line in lines if line.startswith("simple_convnet"))
    assert "MNIST, 3 epochs, " in trained
    assert "minutes of one core" in trained
    assert "% on test" in trained
    monkeypatch.setitem(RECIPES, "new", replace(RECIPES["mlp"], minutes=7))
    assert __main__.list_networks().splitlines()[-1] == (
        "new: MNIST, 2 × 2 epochs, about 7 minutes of one core; not trained yet"
    )


def test_missing_digits_are_told_with_the_command_that_gets_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    monkeypatch.setattr(catalog, "PROJECT", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert __main__.main(["mlp"]) == 1
    assert capsys.readouterr().err.endswith(" `make data` does it too.\n")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": "mpl"}, ValueError, 'there is no recipe "mpl"; there are ['),
        ({"name": None}, ValueError, 'there is no recipe "None"; there are ['),
        ({"folder": 3}, TypeError, "folder must be a path, got 3"),
        ({"splits": [1, 2, 3]}, TypeError, "splits must be a Splits, got list"),
        ({"splits": digits(3, 0)}, TypeError, "splits must be a Splits, got Dataset"),
    ],
)
def test_what_cannot_be_trained_is_refused(arguments, error, message, tmp_path, splits):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        run.train(**{"name": "mlp", "folder": tmp_path, "splits": splits, **arguments})
    assert list(tmp_path.iterdir()) == []


def test_the_command_line(monkeypatch, capsys):
    for arguments in ([], ["resnet"]):
        with pytest.raises(SystemExit, match="2"):
            __main__.main(arguments)
        assert "simple_convnet" in capsys.readouterr().err
    for error, status, said in [
        (KeyboardInterrupt(), 130, "the same command continues"),
        (FileNotFoundError("MNIST is not here"), 1, "MNIST is not here\n"),
        (OSError(28, "No space left on device", "x.npz"), 1, "No space left on device: 'x.npz'\n"),
        (ValueError("two\nlines"), 1, "two lines\n"),
        (FloatingPointError("the loss is nan"), 1, "the loss is nan\n"),
    ]:

        def fail(name, error=error, **settings):
            raise error

        monkeypatch.setattr(run, "train", fail)
        assert __main__.main(["simple_convnet"]) == status
        assert said in capsys.readouterr().err
