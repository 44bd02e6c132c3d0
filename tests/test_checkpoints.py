"""A training that repeats, stops and continues, to the last bit."""

import numpy as np
import pytest

from lib import backend
from lib.layers import Dropout, Sequential
from lib.optimizers import SGD, Adam, Momentum
from lib.schedulers import CosineAnnealingLR
from lib.training import Callback, Checkpoint, EarlyStopping, History, Threshold, Trainer
from tests.kinds import assert_same_kind
from tests.tiny_training import dataset, figures, make_trainer, network, same_weights


def test_the_same_seed_gives_the_same_result_and_another_another():
    one, two, other = (make_trainer(seed=seed) for seed in (7, 7, 8))
    runs = [trainer.fit(dataset(), epochs=2, batch_size=10) for trainer in (one, two, other)]
    assert figures(runs[0]) == figures(runs[1])
    assert figures(runs[0]) != figures(runs[2])
    assert same_weights(one, two)


@pytest.mark.parametrize("optimizer", [SGD, Momentum, Adam])
def test_a_continued_training_is_the_same_to_the_last_bit(optimizer, tmp_path):
    path = tmp_path / "run.npz"
    whole = make_trainer(optimizer=optimizer, epochs=4)
    expected = whole.fit(dataset(), dataset(8, 1), epochs=4, batch_size=10)

    stopped = make_trainer(optimizer=optimizer, epochs=4, callbacks=[Checkpoint(path)])
    stopped.fit(dataset(), dataset(8, 1), epochs=2, batch_size=10)
    continued = make_trainer(optimizer=optimizer, epochs=4, lr=0.5)
    continued.load_checkpoint(path)
    assert continued.steps_done == 6
    history = continued.fit(dataset(), dataset(8, 1), epochs=4, batch_size=10)
    assert figures(history) == figures(expected)
    assert same_weights(continued, whole)
    assert continued.steps_done == whole.steps_done == 12


def test_a_checkpoint_of_one_device_continues_on_another(kind, tmp_path):
    x = kind(np.ones(1, np.float32))
    device = "cpu" if isinstance(x, np.ndarray) else x
    first = make_trainer(device=device)
    first.fit(dataset(), epochs=1, batch_size=10)
    first.save_checkpoint(tmp_path / "run.npz")
    for place in (device, "cpu"):
        other = make_trainer(device=place)
        other.load_checkpoint(tmp_path / "run.npz")
        other.fit(dataset(), epochs=2, batch_size=10)
        for name, array in other.network.state().items():
            assert_same_kind(array, backend.to_device(np.ones(1, np.float32), place))
            assert np.isfinite(backend.to_numpy(array)).all(), name


class StopAtStep(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, trainer):
        if trainer.steps_done == self.step:
            raise KeyboardInterrupt


def test_ctrl_c_leaves_a_checkpoint_that_continues_to_the_same_result(tmp_path):
    path = tmp_path / "run.npz"
    whole = make_trainer(epochs=3)
    expected = whole.fit(dataset(), epochs=3, batch_size=10)

    stopped = make_trainer(epochs=3, callbacks=[Checkpoint(path), StopAtStep(5)])
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(dataset(), epochs=3, batch_size=10)
    assert not any(layer.training for layer in stopped.network.modules())
    assert all(layer.needs_dx for layer in stopped.network.modules())
    continued = make_trainer(epochs=3)
    continued.load_checkpoint(path)
    assert len(continued.history.epochs) == 1
    assert figures(continued.fit(dataset(), epochs=3, batch_size=10)) == figures(expected)
    assert same_weights(continued, whole)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]


def test_epochs_already_done_are_not_done_again():
    trainer = make_trainer()
    trainer.fit(dataset(10), epochs=2)
    before = {name: array.copy() for name, array in trainer.network.state().items()}
    message = r"^nothing is left to do: epochs=2 counts those already done, 2$"
    with pytest.warns(UserWarning, match=message):
        assert len(trainer.fit(dataset(10), epochs=2).epochs) == 2
    trainer.fit(dataset(10), epochs=2, until=1)  # a pause that is over
    assert all(np.array_equal(a, before[n]) for n, a in trainer.network.state().items())
    assert len(trainer.fit(dataset(10), epochs=3).epochs) == 3


SETS = {"train": dataset(), "validation": dataset(8, 1), "batch_size": 10}


def test_a_callback_may_be_new_and_another_may_be_left_out(tmp_path):
    path = tmp_path / "run.npz"
    first = make_trainer(callbacks=[EarlyStopping(5)])
    first.fit(**SETS, epochs=2)
    first.save_checkpoint(path)
    without = make_trainer(callbacks=[Threshold("loss", 0)])
    without.load_checkpoint(path)
    assert len(without.fit(**SETS, epochs=3).epochs) == 3

    without = make_trainer()
    without.fit(**SETS, epochs=2)
    without.save_checkpoint(path)
    stopping = EarlyStopping(5)
    make_trainer(callbacks=[stopping]).load_checkpoint(path)
    assert stopping.best is None


def test_a_training_may_go_on_longer_and_then_along_another_schedule(tmp_path):
    first = make_trainer(epochs=2, optimizer=SGD, lr=0.1)
    first.fit(**SETS, epochs=2)
    first.save_checkpoint(tmp_path / "run.npz")
    longer = make_trainer(epochs=2, optimizer=SGD)
    longer.load_checkpoint(tmp_path / "run.npz")
    longer.optimizer.lr = 0.1
    longer.scheduler = CosineAnnealingLR(longer.optimizer, 4)
    assert longer.fit(**SETS, epochs=6)["lr"][2:] == pytest.approx(
        [0.1, 0.085355, 0.05, 0.014645], rel=1e-4
    )


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_generators_of_every_kind_go_on(kind, tmp_path):
    def trainer():
        drops = Dropout(0.5, rng=np.random.Generator(getattr(np.random, kind)(3)))
        whole = Sequential(drops=drops, network=network())
        return Trainer(whole, SGD(whole), progress=False)

    whole, stopped, continued = trainer(), trainer(), trainer()
    expected = whole.fit(**SETS, epochs=4)
    stopped.fit(**SETS, epochs=2)
    stopped.save_checkpoint(tmp_path / "run.npz")
    continued.load_checkpoint(tmp_path / "run.npz")
    assert figures(continued.fit(**SETS, epochs=4)) == figures(expected)


def test_numbers_of_numpy_are_saved(tmp_path):
    class Count(Callback):
        def __init__(self):
            self.seen = np.int64(0)

        def on_epoch_end(self, trainer):
            self.seen += 1
            trainer.history.epochs[-1]["seen"] = np.float32(self.seen)

        def state(self):
            return {"seen": self.seen, "nothing": np.array(0.0)}

        def load_state(self, state):
            self.seen = state["seen"]

    def trainer():
        lr, seed = np.float32(0.25), np.int64(3)
        callbacks = [Checkpoint(tmp_path / "run.npz"), Count()]
        return make_trainer(optimizer=SGD, lr=lr, seed=seed, callbacks=callbacks)

    trainer().fit(**SETS, epochs=np.int64(2))
    continued = trainer()
    continued.load_checkpoint(tmp_path / "run.npz")
    history = continued.fit(**SETS, epochs=3)
    history.save(tmp_path / "history.json")
    assert History.load(tmp_path / "history.json")["seen"] == [1, 2, 3]
    assert history["lr"] == [0.25] * 3
