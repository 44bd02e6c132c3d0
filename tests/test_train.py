"""`python -m lib.train`: a recipe, from the data to the shipped files."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from lib import train
from lib.datasets import Dataset
from lib.datasets.dataset import Splits
from lib.networks import SimpleConvNet
from lib.serialization import load
from lib.training import Trainer


def digits(count, seed):
    rng = np.random.default_rng(seed)
    images = rng.random((count, 1, 28, 28), dtype=np.float32)
    return Dataset(images, rng.integers(0, 10, count))


@pytest.fixture(scope="module")
def splits():
    return Splits(digits(120, 0), digits(20, 1), digits(30, 2))


@pytest.fixture(autouse=True)
def short_recipe(monkeypatch):
    monkeypatch.setitem(train.RECIPES, "simple_convnet", train.Recipe(epochs=3, batch_size=50))


def run(folder, splits):
    return train.train("simple_convnet", folder=folder, splits=splits, progress=False)


def test_weights_and_record_are_written_and_belong_together(tmp_path, splits):
    history = run(tmp_path, splits)
    network = load(SimpleConvNet(), tmp_path / "weights" / "simple_convnet.npz")
    accuracy = network.accuracy(*splits.test)
    record = json.loads((tmp_path / "histories" / "simple_convnet.json").read_text())
    assert record == vars(history)
    assert record["result"]["test_accuracy"] == pytest.approx(accuracy)
    assert record["result"]["seconds"] == pytest.approx(sum(history["seconds"]))
    assert record["settings"]["data"] == {"train": 120, "validation": 20, "test": 30}
    assert record["settings"]["parameters"] == network.parameter_count()
    assert record["settings"]["recipe"] == asdict(train.RECIPES["simple_convnet"])
    assert history["epoch"] == [1, 2, 3]
    assert not list((tmp_path / "checkpoints").iterdir())


def test_a_stopped_training_continues_to_the_same_result(tmp_path, splits, monkeypatch, capsys):
    whole = run(tmp_path / "whole", splits)
    step = Trainer._step

    def stop_in_the_second_epoch(trainer, *batch):
        if trainer.steps_done == 4:
            raise KeyboardInterrupt
        return step(trainer, *batch)

    monkeypatch.setattr(Trainer, "_step", stop_in_the_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "stopped", splits)
    assert not (tmp_path / "stopped" / "weights").exists()
    monkeypatch.setattr(Trainer, "_step", step)
    continued = run(tmp_path / "stopped", splits)
    assert "continuing after epoch 1 of 3" in capsys.readouterr().out
    assert continued["loss"] == whole["loss"]
    weights = [tmp_path / part / "weights" / "simple_convnet.npz" for part in ("whole", "stopped")]
    one, two = (load(SimpleConvNet(), path).state() for path in weights)
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_the_command_line(monkeypatch, capsys):
    assert train.main(["--list"]) == 0
    assert capsys.readouterr().out.startswith("simple_convnet: 3 epochs")
    for arguments in ([], ["resnet"]):
        with pytest.raises(SystemExit, match="2"):
            train.main(arguments)
        assert "simple_convnet" in capsys.readouterr().err
    for error, status, said in [
        (KeyboardInterrupt(), 130, "the same command continues"),
        (FileNotFoundError("MNIST is not here"), 1, "MNIST is not here"),
    ]:

        def fail(name, error=error):
            raise error

        monkeypatch.setattr(train, "train", fail)
        assert train.main(["simple_convnet"]) == status
        assert said in capsys.readouterr().err
