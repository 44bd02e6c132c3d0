"""The trainer: what it counts, tells and refuses."""

import itertools
import math
import re
import types

import numpy as np
import pytest

from lib.backend import missing_because
from lib.datasets import Dataset
from lib.optimizers import SGD
from lib.schedulers import CosineAnnealingLR
from lib.training import Callback, Trainer
from tests.kinds import assert_same_kind
from tests.tiny_training import dataset, figures, make_trainer, network, same_weights


def test_training_learns_and_records():
    trainer = make_trainer()
    history = trainer.fit(dataset(90), dataset(30, seed=1), epochs=8, batch_size=10)
    assert history is trainer.history
    assert history["epoch"] == list(range(1, 9))
    assert set(history.epochs[0]) == {
        "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds", "lr",
    }  # fmt: skip
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["validation_accuracy"][-1] > 0.9
    assert all(second > 0 for second in history["seconds"])
    assert trainer.steps_done == trainer.steps_planned == 8 * 9


def test_a_network_on_a_device_trains_as_on_the_cpu(kind):
    x = kind(np.ones(1, np.float32))
    expected = make_trainer(optimizer=SGD)
    expected = expected.fit(dataset(), dataset(7, seed=1), epochs=2, batch_size=10)
    trainer = make_trainer(optimizer=SGD, device="cpu" if isinstance(x, np.ndarray) else x)
    history = trainer.fit(dataset(), dataset(7, seed=1), epochs=2, batch_size=10)
    for entry, other in zip(figures(history), figures(expected), strict=True):
        assert entry == pytest.approx(other, rel=1e-3)
    for array in trainer.network.state().values():
        assert_same_kind(array, x)


def test_a_device_of_pytorch_is_named(torch):
    expected = make_trainer(optimizer=SGD)
    expected = expected.fit(dataset(), dataset(7, seed=1), epochs=2, batch_size=10)
    trainer = make_trainer(optimizer=SGD, device="torch-cpu")
    history = trainer.fit(dataset(), dataset(7, seed=1), epochs=2, batch_size=10)
    for entry, other in zip(figures(history), figures(expected), strict=True):
        assert entry == pytest.approx(other, rel=1e-3)
    for array in trainer.network.state().values():
        assert isinstance(array, torch.Tensor)
        assert not array.requires_grad


class Ends(Callback):
    def __init__(self, stop_after=None):
        self.stop_after, self.ended_after = stop_after, []

    def on_epoch_end(self, trainer):
        if len(trainer.history.epochs) == self.stop_after:
            trainer.stop("enough")

    def on_fit_end(self, trainer):
        self.ended_after.append(len(trainer.history.epochs))


class Recorder(Callback):
    """Notes the batches that a loss saw, and what the callbacks were told."""

    def __init__(self):
        self.calls, self.batches = [], []

    def __call__(self, prediction, labels):
        self.batches.append(labels.tolist())
        return float(len(labels)), np.zeros_like(prediction)

    def on_fit_start(self, trainer):
        self.calls.append(("fit", trainer.steps_planned))

    def on_step_end(self, trainer):
        self.calls.append(("step", trainer.steps_done))

    def on_epoch_end(self, trainer):
        self.calls.append(("epoch", len(trainer.history.epochs)))


def test_every_picture_is_seen_once_an_epoch_the_last_short_batch_too():
    labels = np.arange(25)
    images = np.zeros((25, 1, 4, 6), np.float32)
    spy = Recorder()
    trainer = make_trainer(loss=spy)
    history = trainer.fit(Dataset(images, labels), epochs=2, batch_size=10)
    assert [len(batch) for batch in spy.batches] == [10, 10, 5] * 2
    seen = list(itertools.chain(*spy.batches))
    for order in (seen[:25], seen[25:]):
        assert sorted(order) == labels.tolist()
        assert order != labels.tolist(), "the pictures are shuffled"
    assert seen[:25] != seen[25:], "each epoch has its own order"
    # The loss of a batch was its size: the mean counts each batch by its pictures.
    assert history["loss"] == [(10 * 10 + 10 * 10 + 5 * 5) / 25] * 2


def test_the_figures_are_those_of_the_whole_set_whatever_the_batch():
    trainer, data = make_trainer(), dataset(25)
    whole = trainer.evaluate(data)
    images, labels = data
    logits = trainer.network.eval()(images)
    assert whole["accuracy"] == pytest.approx((logits.argmax(axis=1) == labels).mean())
    assert whole["loss"] == pytest.approx(trainer.loss(logits, labels)[0])
    assert trainer.evaluate(data, batch_size=10) == pytest.approx(whole)


def test_evaluation_draws_nothing_and_learns_nothing():
    trainer = make_trainer()
    before = {name: array.copy() for name, array in trainer.network.state().items()}
    assert trainer.evaluate(dataset()) == trainer.evaluate(dataset())
    assert all(np.array_equal(a, before[n]) for n, a in trainer.network.state().items())


def test_callbacks_are_told_in_order():
    spy = Recorder()
    make_trainer(callbacks=[spy, Callback()]).fit(dataset(15), epochs=2, batch_size=10)
    assert spy.calls == [
        ("fit", 4), ("step", 1), ("step", 2), ("epoch", 1), ("step", 3), ("step", 4), ("epoch", 2),
    ]  # fmt: skip


def test_a_training_that_pauses_comes_to_the_same_and_ends_once():
    spy = Ends()
    whole, paused = make_trainer(epochs=4), make_trainer(epochs=4, callbacks=[spy])
    whole.fit(dataset(), epochs=4, batch_size=10)
    paused.fit(dataset(), epochs=4, until=3, batch_size=10)
    assert (len(paused.history.epochs), paused.steps_planned, spy.ended_after) == (3, 12, [])
    paused.fit(dataset(), epochs=4, batch_size=10)
    assert figures(paused.history) == figures(whole.history)
    assert same_weights(paused, whole)
    assert spy.ended_after == [4]


def test_stopping_before_a_pause_ends_the_training():
    spy = Ends(stop_after=1)
    make_trainer(callbacks=[spy]).fit(dataset(10), epochs=4, until=2)
    assert spy.ended_after == [1]


def test_a_schedule_steps_after_each_epoch():
    trainer = make_trainer(epochs=4, lr=0.1)
    history = trainer.fit(dataset(10), epochs=4)
    expected = [0.05 * (1 + math.cos(math.pi * epoch / 4)) for epoch in range(4)]
    assert history["lr"] == pytest.approx(expected)
    assert trainer.optimizer.lr == pytest.approx(0)


def test_the_network_is_left_in_evaluation_mode_and_whole():
    trainer = make_trainer()
    trainer.fit(dataset(10), epochs=1)
    assert not any(layer.training for layer in trainer.network.modules())
    assert all(layer.needs_dx for layer in trainer.network.modules())


# Progress ----------------------------------------------------------------------------------------


def test_a_bar_moves_in_a_terminal(capsys, monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    make_trainer(progress=True).fit(dataset(), epochs=2, batch_size=10)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 1/2: " in err
    assert re.search(r"epoch 2/2 \(00:0\d left\): ", err)
    assert "25/25" in err
    assert re.search(r"loss=\d", err)


def test_the_built_book_shows_one_line_an_epoch(capsys, monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1")
    make_trainer(progress=True).fit(dataset(), dataset(6, 1), epochs=2, batch_size=10)
    out, err = capsys.readouterr()
    assert err == ""
    number = r"\d\.\d{3}"
    line = rf"loss {number}, accuracy {number}; validation {number}, {number}\n"
    assert re.fullmatch(rf"epoch 1/2: {line}epoch 2/2: {line}", out), out


def test_a_converted_notebook_shows_one_line_an_epoch(capsys, monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    kernel = types.SimpleNamespace(_allow_stdin=False)  # as nbconvert runs it
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=kernel))
    make_trainer(progress=True).fit(dataset(), epochs=2, batch_size=10)
    out, err = capsys.readouterr()
    assert err == ""
    assert re.fullmatch(r"(epoch [12]/2: loss \S+, accuracy \S+\n){2}", out), out


@pytest.mark.parametrize("static", ["0", "1"])
def test_without_progress_nothing_is_shown(capsys, monkeypatch, static):
    monkeypatch.setenv("BOOK_STATIC", static)
    make_trainer(progress=False).fit(dataset(10), epochs=1)
    assert capsys.readouterr() == ("", "")


# Mistakes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_the_training(bad):
    def loss(prediction, labels):
        return (bad if trainer.steps_done == 4 else 1.0), np.ones_like(prediction)

    trainer = make_trainer(loss=loss)
    message = rf"^the loss is {bad} at step 5; every output of the network is finite$"
    with pytest.raises(FloatingPointError, match=message):
        trainer.fit(dataset(), epochs=3, batch_size=10)
    assert len(trainer.history.epochs) == 1
    assert trainer.steps_done == 4
    assert not trainer.network.training


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda t: t.fit(dataset(), epochs=0), "epochs must be at least 1, got 0"),
        (
            lambda t: t.fit(dataset(), epochs=1, batch_size=0),
            "batch_size must be at least 1, got 0",
        ),
        (lambda t: t.fit(dataset(), epochs=2, until=0), "until must be at least 1, got 0"),
        (
            lambda t: t.fit(dataset(), epochs=2, until=3),
            "until must be at most epochs, 2, got 3",
        ),
        (
            lambda t: t.fit(dataset()[:0], epochs=1),
            "there is nothing to train on: the data set is empty",
        ),
        (
            lambda t: t.fit(dataset(), dataset()[:0], epochs=1),
            "there is nothing to validate on: the data set is empty",
        ),
        (
            lambda t: Trainer(network(), t.optimizer),
            "the optimizer was made for another network",
        ),
        (
            lambda t: CosineAnnealingLR(t.optimizer, epochs=0),
            "epochs must be at least 1, got 0",
        ),
    ],
)
def test_mistakes_are_refused(run, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        run(make_trainer())


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda t: t.fit(dataset(), epochs=1.5), "epochs must be an integer, got 1.5"),
        (
            lambda t: t.fit(dataset(), epochs=1, batch_size="100"),
            "batch_size must be an integer, got '100'",
        ),
        (lambda t: t.fit(tuple(dataset()), epochs=1), "train must be a Dataset, got tuple"),
        (
            lambda t: t.fit(dataset(), dataset().images, epochs=1),
            "validation must be a Dataset, got ndarray",
        ),
    ],
)
def test_what_is_no_number_or_no_data_set_is_refused(run, message):
    trainer = make_trainer()
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        run(trainer)
    assert trainer.steps_done == 0


@pytest.mark.skipif(missing_because("gpu") is None, reason="a GPU answers here")
def test_without_a_gpu_the_trainer_says_why_it_cannot_use_one():
    with pytest.raises(RuntimeError) as caught:
        make_trainer(device="gpu")
    assert str(caught.value) == f'the device "gpu" cannot be used: {missing_because("gpu")}'
    assert "CuPy" in missing_because("gpu")
