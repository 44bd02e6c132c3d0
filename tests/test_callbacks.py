"""Early stopping, thresholds, best weights: what they do, and that they survive a checkpoint."""

import re

import numpy as np
import pytest

from lib.optimizers import SGD
from lib.serialization import read_arrays
from lib.training import BestWeights, Callback, Checkpoint, EarlyStopping, Threshold
from tests.tiny_training import dataset, figures, make_trainer, same_weights

SETS = {"train": dataset(), "validation": dataset(8, 1), "batch_size": 10}


class Figures(Callback):
    """Writes given values over the figures of the history, before the others look."""

    def __init__(self, **values):
        self.values = values

    def on_epoch_end(self, trainer):
        for name, values in self.values.items():
            trainer.history.epochs[-1][name] = values[len(trainer.history.epochs) - 1]


class Weights(Callback):
    """Keeps the weights of each epoch."""

    def __init__(self):
        self.states = []

    def on_epoch_end(self, trainer):
        self.states.append({n: a.copy() for n, a in trainer.network.state().items()})


def equal_states(one, two):
    return one.keys() == two.keys() and all(np.array_equal(a, two[n]) for n, a in one.items())


LOSSES = {"validation_loss": [0.9, 0.5, 0.7, 0.5, 0.6, 0.4]}
ACCURACIES = {"validation_accuracy": [0.1, 0.5, 0.4, 0.5, 0.3, 0.9]}


@pytest.mark.parametrize("values", [LOSSES, ACCURACIES])
def test_early_stopping_gives_the_weights_of_the_best_epoch_back(values):
    (figure,) = values
    seen, stopping = Weights(), EarlyStopping(3, figure)
    trainer = make_trainer(callbacks=[Figures(**values), seen, stopping])
    trainer.fit(**SETS, epochs=6)
    assert len(trainer.history.epochs) == 5
    assert trainer.stopped_because == f"{figure} has not improved for 3 epochs"
    assert (stopping.best, stopping.best_epoch) == (0.5, 2), "the first among equals"
    assert equal_states(trainer.network.state(), seen.states[1])
    assert not equal_states(trainer.network.state(), seen.states[4])


def test_early_stopping_gives_the_best_weights_back_when_the_epochs_run_out():
    seen = Weights()
    trainer = make_trainer(callbacks=[Figures(**LOSSES), seen, EarlyStopping(9)])
    trainer.fit(**SETS, epochs=5)
    assert trainer.stopped_because is None
    assert equal_states(trainer.network.state(), seen.states[1])


def test_early_stopping_ends_a_training_that_gives_no_number():
    trainer = make_trainer(callbacks=[Figures(validation_loss=[np.nan] * 4), EarlyStopping(2)])
    trainer.fit(**SETS, epochs=4)
    assert len(trainer.history.epochs) == 2


def test_an_error_gives_no_weights_back():
    class Fail(Callback):
        def on_epoch_end(self, trainer):
            if len(trainer.history.epochs) == 3:
                raise KeyboardInterrupt

    seen = Weights()
    callbacks = [Figures(**LOSSES), seen, EarlyStopping(9), Fail()]
    trainer = make_trainer(callbacks=callbacks)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**SETS, epochs=5)
    assert equal_states(trainer.network.state(), seen.states[2])


@pytest.mark.parametrize(
    ("figure", "value", "epochs", "reason"),
    [
        ("validation_loss", 0.5, 2, "validation_loss reached 0.5000"),
        ("validation_loss", 0.45, 6, "validation_loss reached 0.4000"),
        ("validation_accuracy", 0.5, 2, "validation_accuracy reached 0.5000"),
        ("validation_accuracy", 0.95, 6, None),
    ],
)
def test_a_threshold_stops_when_it_is_reached(figure, value, epochs, reason):
    values = Figures(**LOSSES, **ACCURACIES)
    trainer = make_trainer(callbacks=[values, Threshold(figure, value)])
    trainer.fit(**SETS, epochs=6)
    assert len(trainer.history.epochs) == epochs
    assert trainer.stopped_because == reason


def test_best_weights_are_saved_when_they_are_best(tmp_path):
    path, seen = tmp_path / "best.npz", Weights()
    callback = BestWeights(path, "validation_accuracy")
    trainer = make_trainer(callbacks=[Figures(**ACCURACIES), callback, seen])
    trainer.fit(**SETS, epochs=5)
    assert equal_states(read_arrays(path), seen.states[1])
    assert callback.best_epoch == 2


def every_callback(folder, order):
    callbacks = [
        Checkpoint(folder / "run.npz"),
        EarlyStopping(2),
        BestWeights(folder / "best.npz"),
        Threshold("validation_loss", 0.3),
    ]
    return [callbacks[i] for i in order]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0]])
@pytest.mark.parametrize(
    "losses",
    [
        [0.9, 0.5, 0.7, 0.4, 0.6, 0.6, 0.1],  # stopped early after epoch 6
        [0.9, 0.5, 0.7, 0.4, 0.6, 0.2, 0.1],  # the threshold is reached in epoch 6
    ],
)
@pytest.mark.parametrize("killed_after", [1, 2, 3, 5, 6])
def test_callbacks_continue_to_the_same_result(killed_after, losses, order, tmp_path):
    """Whatever their order; a training that had stopped takes no further step."""
    folders = whole_folder, folder = tmp_path / "whole", tmp_path / "killed"
    for each in folders:
        each.mkdir()

    def trainer(folder):
        values = Figures(validation_loss=losses)
        made = make_trainer(callbacks=[values, *every_callback(folder, order)])
        if (folder / "run.npz").exists():
            made.load_checkpoint(folder / "run.npz")
        return made

    whole = trainer(whole_folder)
    expected = whole.fit(**SETS, epochs=7)
    assert len(expected.epochs) == 6
    trainer(folder).fit(**SETS, epochs=killed_after)
    (folder / "best.npz").rename(folder / "best-so-far.npz")
    continued = trainer(folder)
    history = continued.fit(**SETS, epochs=7)
    assert figures(history) == figures(expected)
    assert continued.stopped_because == whole.stopped_because
    assert same_weights(continued, whole)
    # Written again only where a later epoch is better than all before the stop.
    latest = list(folder.glob("best*.npz"))
    best = folder / ("best.npz" if len(latest) == 2 else "best-so-far.npz")
    assert equal_states(read_arrays(best), read_arrays(whole_folder / "best.npz"))


def test_two_callbacks_of_one_kind_keep_apart(tmp_path):
    def trainer():
        callbacks = [EarlyStopping(5, "loss"), EarlyStopping(7, "accuracy")]
        return make_trainer(callbacks=callbacks)

    first, second = trainer(), trainer()
    first.fit(**SETS, epochs=2)
    first.save_checkpoint(tmp_path / "run.npz")
    second.load_checkpoint(tmp_path / "run.npz")
    for ours, theirs in zip(second.callbacks, first.callbacks, strict=True):
        assert (ours.best, ours.waited) == (theirs.best, theirs.waited)
    assert second.callbacks[0].best != second.callbacks[1].best


def test_the_best_weights_are_copies():
    stopping = EarlyStopping(1)
    trainer = make_trainer(callbacks=[Figures(**LOSSES), stopping])
    trainer.fit(**SETS, epochs=1)
    trainer.network[0].weight.data += 1
    assert not np.array_equal(stopping.best_state["0.weight"], trainer.network[0].weight.data)


def test_a_network_on_a_device_gets_its_best_weights_back(kind):
    x = kind(np.ones(1, np.float32))
    device = "cpu" if isinstance(x, np.ndarray) else x
    trainer = make_trainer(
        optimizer=SGD, device=device, callbacks=[Figures(**LOSSES), EarlyStopping(1)]
    )
    trainer.fit(**SETS, epochs=4)
    assert len(trainer.history.epochs) == 3
    assert all(type(array) is type(x) for array in trainer.network.state().values())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(0), "patience must be at least 1, got 0"),
        (
            lambda: make_trainer(callbacks=[EarlyStopping(1)]).fit(dataset(10), epochs=1),
            "there is no figure \"validation_loss\" among ['accuracy', 'epoch', 'loss', 'lr', "
            "'seconds']; is there a validation set?",
        ),
        (
            lambda: make_trainer(callbacks=[Threshold("los", 1)]).fit(dataset(10), epochs=1),
            "there is no figure \"los\" among ['accuracy', 'epoch', 'loss', 'lr', 'seconds']",
        ),
    ],
)
def test_mistakes_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


# A loss that is not finite -----------------------------------------------------------------------


def not_finite(trainer, augment=None):
    """Train until the error, and return its message."""
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError) as error:
        trainer.fit(dataset(20), epochs=3, batch_size=10, augment=augment)
    return str(error.value)


class Spoil(Callback):
    """Puts a value into a parameter after a step."""

    def __init__(self, name, value, step=3):
        self.name, self.value, self.step = name, value, step

    def on_step_end(self, trainer):
        if trainer.steps_done == self.step:
            dict(trainer.network.named_parameters())[self.name].data[0] = self.value


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
@pytest.mark.parametrize(
    ("name", "layer"), [("0.weight", '"0" (Conv2d)'), ("5.weight", '"5" (Linear)')]
)
def test_the_message_names_step_and_layer(name, layer, value):
    trainer = make_trainer(callbacks=[Spoil(name, value)])
    message = not_finite(trainer)
    assert re.fullmatch(
        r"the loss is (nan|inf) at step 4; the first output that is not finite is that of "
        rf"{re.escape(layer)}; is the learning rate too large\?",
        message,
    ), message
    assert trainer.steps_done == 3


def test_pictures_that_are_not_finite_are_named():
    assert not_finite(make_trainer(), augment=lambda images, rng: images * np.nan) == (
        "the loss is nan at step 1; the pictures themselves are not finite"
    )


def test_the_search_leaves_the_network_as_the_bad_step_did():
    """Neither the running statistics nor the random generators move a second time."""

    def loss(prediction, labels):
        seen.append({n: a.copy() for n, a in trainer.network.state().items()})
        states.append([g.bit_generator.state for g in trainer.network.generators()])
        return float("nan"), prediction

    seen, states = [], []
    trainer = make_trainer(loss=loss)
    assert not_finite(trainer).endswith("every output of the network is finite")
    assert len(seen) == 1
    assert equal_states(trainer.network.state(), seen[0])
    assert [g.bit_generator.state for g in trainer.network.generators()] == states[0]
    assert not any("forward" in vars(layer) for layer in trainer.network.modules())
