"""A checkpoint of another training is refused, both sides are named, and nothing changes."""

import json
import re

import numpy as np
import pytest

from lib.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential, Tanh
from lib.optimizers import SGD, Adam, AdamW, Momentum, Nesterov
from lib.schedulers import CosineAnnealingLR, ReduceLROnPlateau, StepLR, WarmUp
from lib.serialization import read_arrays, write_arrays
from lib.training import BestWeights, Callback, EarlyStopping, Trainer
from tests.tiny_training import dataset, make_trainer, network

SETS = {"train": dataset(), "validation": dataset(8, 1), "batch_size": 10}


def body(activation=ReLU, drop=None, stride=1, rng=None):
    """The network of most cases: where it takes other layers, its parameters are the same."""
    layers = [
        Conv2d(1, 4, 3, padding=1, stride=stride),
        BatchNorm2d(4),
        activation(),
        *([Dropout(drop, rng=rng or np.random.default_rng(0))] if drop is not None else []),
        Flatten(),
    ]
    return Sequential(*layers, head=Linear(96 if stride == 1 else 24, 3))


def trainer(whole=None, optimizer=Adam, schedule=None, **settings):
    whole = body(drop=0.2) if whole is None else whole
    made = optimizer(whole)
    scheduler = schedule(made) if schedule else None
    return Trainer(whole, made, scheduler=scheduler, progress=False, **settings)


def momentum(network):
    return Momentum(network, lr=0.1)


def frozen():
    whole = body(drop=0.2)
    whole[0].freeze()
    return whole


def other_generator():
    return body(drop=0.2, rng=np.random.Generator(np.random.MT19937(0)))


def with_callbacks(*callbacks):
    return lambda: trainer(callbacks=callbacks)


def everything(made):
    """Return all that a checkpoint could change."""
    return (
        {n: a.copy() for n, a in made.network.state().items()},
        {n: np.array(a) for n, a in made.optimizer.state().items()},
        made.scheduler and made.scheduler.state(),
        [callback.state() for callback in made.callbacks],
        [g.bit_generator.state for g in made.network.generators()],
        list(made.history.epochs),
        made.steps_done,
    )


# What was saved, what it is loaded into, and what the message says.
CASES = {
    "seed": (trainer, lambda: trainer(seed=3), "made with seed 0, this trainer has 3"),
    "shapes": (
        trainer,
        lambda: trainer(body(stride=2, drop=0.2)),
        '"head.weight" has shape (3, 96), the network needs (3, 24)',
    ),
    "layer more": (
        lambda: trainer(body(), momentum),
        lambda: trainer(body(drop=0.2), momentum),
        '"3" is Flatten() in the file and Dropout(p=0.2) in this network',
    ),
    "layer less": (
        trainer,
        lambda: trainer(body()),
        '"3" is Dropout(p=0.2) in the file and Flatten() in this network',
    ),
    "setting of a layer": (
        trainer,
        lambda: trainer(body(drop=0.5)),
        '"3" is Dropout(p=0.2) in the file and Dropout(p=0.5) in this network',
    ),
    "layer without parameters": (
        trainer,
        lambda: trainer(body(Tanh, drop=0.2)),
        '"2" is ReLU() in the file and Tanh() in this network',
    ),
    "precision": (
        lambda: trainer(body(drop=0.2).astype("float64")),
        trainer,
        '"0.weight" is float64 in the file and float32 in this network',
    ),
    "frozen": (
        lambda: trainer(optimizer=SGD),
        lambda: trainer(frozen(), optimizer=SGD),
        "one alone of the file and this network trains ['0.bias', '0.weight']",
    ),
    "generator": (
        trainer,
        lambda: trainer(other_generator()),
        "made with the random generators ['PCG64'], this network has ['MT19937']",
    ),
    "momentum into Nesterov": (
        lambda: trainer(optimizer=Momentum),
        lambda: trainer(optimizer=Nesterov),
        "the optimizer is Nesterov(momentum=0.9, weight_decay=0.0, l1=0.0), the state that of "
        "Momentum(momentum=0.9, weight_decay=0.0, l1=0.0)",
    ),
    "Adam into AdamW": (
        trainer,
        lambda: trainer(optimizer=AdamW),
        "the optimizer is AdamW(betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False, "
        "l1=0.0), the state that of Adam(betas=(0.9, 0.999), eps=1e-08, amsgrad=False, "
        "weight_decay=0.0, l1=0.0)",
    ),
    "setting of an optimizer": (
        lambda: trainer(optimizer=momentum),
        lambda: trainer(optimizer=lambda n: Momentum(n, momentum=0.5)),
        "the optimizer is Momentum(momentum=0.5, weight_decay=0.0, l1=0.0), the state that of "
        "Momentum(momentum=0.9, weight_decay=0.0, l1=0.0)",
    ),
    "scheduler": (
        trainer,
        lambda: trainer(schedule=lambda o: StepLR(o, 2)),
        "of the file and this trainer one alone has a scheduler",
    ),
    "setting of a scheduler": (
        lambda: trainer(schedule=lambda o: StepLR(o, 2)),
        lambda: trainer(schedule=lambda o: StepLR(o, 5)),
        "the schedule is StepLR(step_size=5, gamma=0.1), the state that of "
        "StepLR(step_size=2, gamma=0.1)",
    ),
    "longer schedule": (
        lambda: trainer(schedule=lambda o: CosineAnnealingLR(o, 3)),
        lambda: trainer(schedule=lambda o: CosineAnnealingLR(o, 9)),
        "the schedule is CosineAnnealingLR(epochs=9, lr_min=0.0), the state that of "
        "CosineAnnealingLR(epochs=3, lr_min=0.0)",
    ),
    "schedule after the warm-up": (
        lambda: trainer(schedule=lambda o: WarmUp(ReduceLROnPlateau(o))),
        lambda: trainer(schedule=lambda o: WarmUp(ReduceLROnPlateau(o, "loss"))),
        "the schedule is ReduceLROnPlateau(figure='loss', ",
    ),
    "figure of a callback": (
        with_callbacks(EarlyStopping(5)),
        with_callbacks(EarlyStopping(5, "validation_accuracy")),
        "the callback is EarlyStopping(patience=5, figure='validation_accuracy'), the state that "
        "of EarlyStopping(patience=5, figure='validation_loss')",
    ),
    "setting of a callback": (
        with_callbacks(EarlyStopping(5)),
        with_callbacks(EarlyStopping(2)),
        "the callback is EarlyStopping(patience=2, figure='validation_loss'), the state that of ",
    ),
    "one callback of two": (
        with_callbacks(EarlyStopping(5), EarlyStopping(7)),
        with_callbacks(EarlyStopping(7), EarlyStopping(6)),
        "the callback is EarlyStopping(patience=6, figure='validation_loss'), the state that of "
        "EarlyStopping(patience=5, ",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_checkpoint_of_another_training_changes_nothing(name, tmp_path):
    make_source, make_target, message = CASES[name]
    path = tmp_path / "run.npz"
    source, target = make_source(), make_target()
    source.fit(**SETS, epochs=1)
    source.save_checkpoint(path)
    before = everything(target)
    history = target.history
    with pytest.raises(ValueError, match="^" + re.escape(f"{path}: {message}")):
        target.load_checkpoint(path)
    np.testing.assert_equal(everything(target), before)
    assert target.history is history
    make_source().load_checkpoint(path)  # into its own kind it goes


def test_the_folder_of_a_callback_may_change(tmp_path):
    def made(name):
        return make_trainer(callbacks=[BestWeights(str(tmp_path / name), "loss")])

    first, second = made("one.npz"), made("two.npz")
    first.fit(**SETS, epochs=1)
    first.save_checkpoint(tmp_path / "run.npz")
    second.load_checkpoint(tmp_path / "run.npz")
    assert second.callbacks[0].best == first.callbacks[0].best


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), KeyboardInterrupt()])
def test_a_state_that_fails_on_the_way_changes_nothing(error, tmp_path):
    class Spoiled(Callback):
        def __init__(self):
            self.fails = False

        def state(self):
            return {"one": 1}

        def load_state(self, state):
            if self.fails:
                self.fails = False
                raise error

    path = tmp_path / "run.npz"
    source = make_trainer(epochs=4, callbacks=[EarlyStopping(3), Spoiled()])
    source.fit(**SETS, epochs=2)
    source.save_checkpoint(path)
    target = make_trainer(epochs=4, callbacks=[EarlyStopping(3), Spoiled()])
    target.fit(**SETS, epochs=1)
    before, history = everything(target), target.history
    target.callbacks[1].fails = True
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else ValueError
    with pytest.raises(expected) as caught:
        target.load_checkpoint(path)
    if expected is ValueError:
        assert str(caught.value) == f"{path}: the state cannot be loaded: {error!r}"
    np.testing.assert_equal(everything(target), before)
    assert target.history is history


def test_what_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        make_trainer().load_checkpoint(tmp_path / "none.npz")
    with pytest.raises(TypeError, match=r"^path must be a path, got None$"):
        make_trainer().load_checkpoint(None)
    path = tmp_path / "x.npz"
    make_trainer().save_checkpoint(path)
    whole = read_arrays(path)
    rest = json.loads(whole["rest"].item())
    cases = [
        network().state(),
        whole | {"rest": np.ones(3)},
        whole | {"rest": np.array("no JSON")},
        whole | {"rest": np.array("[]")},
        whole | {"rest": np.array(json.dumps({n: rest[n] for n in rest if n != "layers"}))},
    ]
    for arrays in cases:
        write_arrays(path, arrays)
        with pytest.raises(ValueError, match=r"x\.npz: not a checkpoint of a training$"):
            make_trainer().load_checkpoint(path)
