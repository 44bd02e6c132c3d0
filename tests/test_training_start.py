"""What is known when a training starts is said there, not an epoch later."""

import json
import math
import re

import numpy as np
import pytest

from lib.datasets import Dataset
from lib.layers import BatchNorm1d, Dropout, Flatten, Linear, Sequential
from lib.losses import MeanSquaredError, SoftmaxCrossEntropy
from lib.optimizers import SGD, Adam
from lib.schedulers import ReduceLROnPlateau, StepLR, WarmUp
from lib.training import (
    BestWeights,
    Callback,
    Checkpoint,
    EarlyStopping,
    History,
    Threshold,
    Trainer,
)
from tests.tiny_training import dataset, figures, make_trainer, network


def labeled(highest, count=25):
    images, labels = dataset(count)
    return Dataset(images, np.where(np.arange(count) == count - 1, highest, labels))


def normalizing():
    """With what cannot normalize a batch of one."""
    whole = Sequential(
        Flatten(), Linear(24, 4), BatchNorm1d(4), Dropout(0.5, rng=np.random.default_rng(0)),
        Linear(4, 3),
    )  # fmt: skip
    return Trainer(whole, SGD(whole), progress=False)


def plateau(figure, wrapped=False):
    trainer = make_trainer()
    schedule = ReduceLROnPlateau(trainer.optimizer, figure)
    trainer.scheduler = WarmUp(schedule) if wrapped else schedule
    return trainer


NO_FIGURE = (
    "there is no figure \"validation_loss\" among ['accuracy', 'epoch', 'loss', 'lr', 'seconds']; "
    "is there a validation set?"
)
NO_BATCH = "BatchNorm1d"


@pytest.mark.parametrize(
    ("make", "sets", "message"),
    [
        (make_trainer, {"validation": dataset()[:0]}, "there is nothing to validate on: the da"),
        (
            make_trainer,
            {"train": labeled(3)},
            "train has the label 3, and the network 3 outputs: labels must lie in 0 to 2",
        ),
        (
            make_trainer,
            {"validation": labeled(9)},
            "validation has the label 9, and the network 3 outputs: labels must lie in 0 to 2",
        ),
        (lambda: make_trainer(callbacks=[EarlyStopping(3)]), {}, NO_FIGURE),
        (lambda: make_trainer(callbacks=[Threshold("validation_loss", 1)]), {}, NO_FIGURE),
        (lambda: plateau("validation_loss"), {}, NO_FIGURE),
        (lambda: plateau("validation_loss", wrapped=True), {}, NO_FIGURE),
        (
            lambda: make_trainer(callbacks=[EarlyStopping(3, "validation_acuracy")]),
            {"validation": dataset(8)},
            "there is no figure \"validation_acuracy\" among ['accuracy', 'epoch', 'loss', 'lr', ",
        ),
        (
            normalizing,
            {"batch_size": 8},
            "the last batch of an epoch would be one picture: BatchNorm1d",
        ),
        (normalizing, {"batch_size": 1}, "each batch would be one picture: BatchNorm1d"),
        (
            make_trainer,
            {"batch_size": 30, "drop_last": True},
            "drop_last leaves nothing: 25 pictures are no batch of 30",
        ),
        (
            make_trainer,
            {"train": Dataset(np.zeros((9, 3, 4, 6)), [0] * 9)},
            "Conv2d expects input of shape (N, 1, H, W), got (1, 3, 4, 6)",
        ),
    ],
)
def test_what_could_not_work_is_said_before_the_first_step(make, sets, message):
    class Started(Callback):
        def on_fit_start(self, trainer):
            raise AssertionError("the training has begun")

    trainer = make()
    trainer.callbacks.append(Started())
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        trainer.fit(**{"train": dataset(), "epochs": 2, **sets})
    assert trainer.steps_done == trainer.steps_planned == 0


def test_a_file_that_cannot_be_written_is_said_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("")
    for callback in (
        Checkpoint(tmp_path / "file" / "x.npz"),
        BestWeights(tmp_path / "file" / "x.npz", "loss"),
    ):
        trainer = make_trainer(callbacks=[callback])
        with pytest.raises(OSError, match="file"):
            trainer.fit(dataset(), epochs=1)
        assert trainer.steps_done == 0


def test_looking_ahead_changes_nothing():
    """Neither what is drawn nor what is kept: a training is as it was."""
    trainer = normalizing()
    before = {n: a.copy() for n, a in trainer.network.state().items()}
    state = trainer.network[3].rng.bit_generator.state
    with pytest.raises(ValueError, match="would be one picture"):
        trainer.fit(dataset(), epochs=1, batch_size=8)
    assert trainer.network[3].rng.bit_generator.state == state
    assert all(np.array_equal(a, before[n]) for n, a in trainer.network.state().items())
    assert "x" not in vars(trainer.network[1])


def test_drop_last_leaves_the_smaller_batch_out_and_other_pictures_in_each_epoch():
    seen = []

    def loss(prediction, labels):
        seen.append(labels.tolist())
        return 1.0, np.zeros_like(prediction)

    trainer = make_trainer(loss=loss)
    pictures = Dataset(dataset(25).images, np.arange(25))
    trainer.fit(pictures, epochs=3, batch_size=8, drop_last=True)
    assert [len(batch) for batch in seen] == [8] * 9
    assert trainer.steps_planned == trainer.steps_done == 9
    left_out = [set(range(25)) - {n for batch in seen[i : i + 3] for n in batch} for i in (0, 3, 6)]
    assert len(set(map(tuple, left_out))) > 1
    trained = normalizing().fit(dataset(), epochs=1, batch_size=8, drop_last=True)
    assert len(trained.epochs) == 1


def test_a_callback_may_add_a_figure_for_others_to_watch():
    class Adds(Callback):
        adds = ("gap_loss",)

        def on_epoch_end(self, trainer):
            trainer.history.epochs[-1]["gap_loss"] = 1.0

    trainer = make_trainer(callbacks=[EarlyStopping(2, "gap_loss"), Adds()][::-1])
    assert len(trainer.fit(dataset(10), epochs=9).epochs) == 3


def test_a_network_that_takes_the_changed_pictures_alone_can_be_trained():
    whole = Sequential(Flatten(), Linear(8, 3))
    trainer = Trainer(whole, SGD(whole), progress=False)
    trainer.fit(dataset(10), epochs=1, augment=lambda images, rng: images[:, :, :2, :4])
    with pytest.raises(ValueError, match="Linear expects"):
        trainer.fit(dataset(10), dataset(5), epochs=2, augment=lambda images, rng: images)


def test_labels_are_those_of_the_loss():
    whole = network()
    trainer = Trainer(whole, SGD(whole), lambda p, t: (1.0, np.zeros_like(p)), progress=False)
    trainer.fit(labeled(7), epochs=1)


# What is no training ------------------------------------------------------------------------------


def parts(**other):
    whole = network()
    made = {"network": whole, "optimizer": SGD(whole), **other}
    return Trainer(made.pop("network"), made.pop("optimizer"), made.pop("loss", None), **made)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: parts(network=None), "network must be a Layer, got NoneType"),
        (lambda: parts(network=Linear), "network must be a Layer, got the class Linear"),
        (lambda: parts(network=SGD(network())), "network must be a Layer, got SGD"),
        (lambda: parts(optimizer=Adam), "optimizer must be an Optimizer, got the class Adam"),
        (lambda: parts(optimizer="adam"), "optimizer must be an Optimizer, got str"),
        (
            lambda: parts(loss=SoftmaxCrossEntropy),
            "loss must be a function (prediction, targets) -> (value, dprediction), got the class "
            "SoftmaxCrossEntropy",
        ),
        (lambda: parts(loss="mse"), "loss must be a function (prediction, targets) -> (value, dp"),
        (lambda: parts(scheduler=StepLR), "scheduler must be a Scheduler, got the class StepLR"),
        (lambda: parts(scheduler=0.1), "scheduler must be a Scheduler, got float"),
        (lambda: parts(seed=None), "seed must be an integer, got None"),
        (lambda: parts(seed=0.5), "seed must be an integer, got 0.5"),
        (lambda: parts(progress="no"), "progress must be True or False, got 'no'"),
        (lambda: parts(callbacks=EarlyStopping(2)), "callbacks must be a list of them, got EarlyS"),
        (lambda: parts(callbacks=None), "callbacks must be a list of them, got NoneType"),
        (
            lambda: parts(callbacks=[EarlyStopping]),
            "a callback must be a Callback, got the class EarlyStopping",
        ),
        (lambda: parts(callbacks=["x"]), "a callback must be a Callback, got str"),
        (lambda: EarlyStopping("validation_loss"), "patience must be an integer, got 'validation_"),
        (lambda: EarlyStopping(2, 0.1), "figure must be a str, got float"),
        (lambda: EarlyStopping(1.5), "patience must be an integer, got 1.5"),
        (lambda: Threshold(0.9, "accuracy"), "figure must be a str, got float"),
        (lambda: Threshold("accuracy", None), "value must be a number, got None"),
        (lambda: Checkpoint(None), "path must be a path, got None"),
        (lambda: BestWeights(EarlyStopping(2)), "path must be a path, got <lib.training"),
        (lambda: parts().evaluate(dataset().images), "dataset must be a Dataset, got ndarray"),
        (lambda: parts().evaluate(tuple(dataset())), "dataset must be a Dataset, got tuple"),
        (lambda: parts().evaluate(None), "dataset must be a Dataset, got NoneType"),
        (lambda: parts().evaluate(dataset(), 2.5), "batch_size must be an integer, got 2.5"),
        (lambda: parts().fit(None, epochs=1), "train must be a Dataset, got NoneType"),
        (lambda: parts().fit(Dataset, epochs=1), "train must be a Dataset, got the class Dataset"),
        (lambda: parts().fit(dataset(), epochs=True), "epochs must be an integer, got True"),
        (lambda: parts().fit(dataset(), epochs=[2]), "epochs must be an integer, got [2]"),
        (
            lambda: parts().fit(dataset(), epochs=1, drop_last=1),
            "drop_last must be True or False, got 1",
        ),
        (
            lambda: parts().fit(dataset(), epochs=1, augment=Dropout),
            "augment must be a function (images, rng) -> images, got the class Dropout",
        ),
        (
            lambda: parts().fit(dataset(), epochs=1, augment=[]),
            "augment must be a function (images, rng) -> images, got list",
        ),
    ],
)
def test_what_is_something_else_is_refused(make, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: parts(scheduler=StepLR(SGD(network()), 1)),
            "the scheduler was made for another optimizer",
        ),
        (lambda: parts(optimizer=SGD(network())), "the optimizer was made for another network"),
        (lambda: parts(seed=-1), "seed must be at least 0, got -1"),
        (lambda: parts().evaluate(dataset(), -1), "batch_size must be at least 1, got -1"),
        (lambda: parts().evaluate(dataset(), 0), "batch_size must be at least 1, got 0"),
        (lambda: parts().evaluate(dataset()[:0]), "there is nothing to evaluate: the data set is"),
        (lambda: Checkpoint("run.txt"), 'the file name must end in ".npz", got "run.txt"'),
        (lambda: BestWeights("best"), 'the file name must end in ".npz", got "best"'),
        (lambda: EarlyStopping(-1), "patience must be at least 1, got -1"),
        (lambda: Threshold("accuracy", 99), "value must be at least 0 and at most 1, got 99.0"),
        (lambda: Threshold("loss", math.nan), "value must be finite, got nan"),
        (
            lambda: parts(callbacks=[Checkpoint("x.npz"), BestWeights("x.npz")]),
            "two callbacks write x.npz",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        make()


def test_a_scheduler_given_later_is_looked_at_too():
    trainer = make_trainer()
    trainer.scheduler = StepLR(SGD(network()), 1)
    with pytest.raises(ValueError, match=r"^the scheduler was made for another optimizer$"):
        trainer.fit(dataset(), epochs=1)


# The record ---------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_can_be_recorded(tmp_path):
    def loss(prediction, labels):
        bad = np.nan if not trainer.network.training else 1.0
        return bad, np.zeros_like(prediction)

    trainer = make_trainer(loss=loss, callbacks=[Checkpoint(tmp_path / "run.npz")])
    history = trainer.fit(dataset(), dataset(8, 1), epochs=2)
    history.result = {"highest": np.float32(np.inf), "lowest": -math.inf, "name": "nan"}
    history.save(tmp_path / "x.json")
    text = (tmp_path / "x.json").read_text()
    record = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert record["epochs"][0]["validation_loss"] == "NaN"
    assert record["result"] == {"highest": "Infinity", "lowest": "-Infinity", "name": "nan"}
    loaded = History.load(tmp_path / "x.json")
    assert all(map(math.isnan, loaded["validation_loss"]))
    assert loaded.result == {"highest": math.inf, "lowest": -math.inf, "name": "nan"}
    assert str(loaded) == str(history)

    again = make_trainer(loss=loss)
    again.load_checkpoint(tmp_path / "run.npz")
    assert all(map(math.isnan, again.history["validation_loss"]))
    np.testing.assert_equal(figures(again.history), figures(history))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"3", b'"x"', b'{"epochs": 3}', b'{"epochs": [3]}', b'{"other": []}', b"\xff\xfe",
     b'{"epochs": [], "settings": []}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_record_is_refused(content, tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}: "):
        History.load(path)


def test_a_record_is_found_at_home_and_missed_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    History(epochs=[{"epoch": 1}]).save("~/x.json")
    assert History.load("~/x.json")["epoch"] == [1]
    with pytest.raises(FileNotFoundError, match=r"none\.json: there is no such file$"):
        History.load("~/none.json")
    with pytest.raises(FileNotFoundError, match=r"this is a folder$"):
        History.load(tmp_path)
    with pytest.raises(TypeError, match=r"^path must be a path, got "):
        History.load({"epochs": []})


def test_a_mean_squared_error_needs_no_labels_below_the_outputs():
    whole = network()
    trainer = Trainer(whole, SGD(whole), MeanSquaredError(), progress=False)
    with pytest.raises(ValueError, match="targets must have the shape"):
        trainer.fit(labeled(7), epochs=1)
