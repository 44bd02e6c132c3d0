"""Learning-rate schedules: their formulas, their saved state, and what they refuse."""

import json
import math
import re

import pytest

from lib.layers import Linear
from lib.optimizers import SGD
from lib.schedulers import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    ReduceLROnPlateau,
    StepLR,
    WarmUp,
)
from tests.tiny_training import dataset, figures, make_trainer, same_weights


def optimizer(lr=0.4):
    return SGD(Linear(1, 1), lr=lr)


SCHEDULES = {
    "step": (lambda o: StepLR(o, 2, gamma=0.5), [0.4, 0.4, 0.2, 0.2, 0.1, 0.1, 0.05]),
    "multi-step": (
        lambda o: MultiStepLR(o, [4, 1], gamma=0.5),
        [0.4, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1],
    ),
    "exponential": (
        lambda o: ExponentialLR(o, gamma=0.9),
        [0.4 * 0.9**epoch for epoch in range(7)],
    ),
    "cosine": (
        lambda o: CosineAnnealingLR(o, 4, lr_min=0.1),
        [0.1 + 0.15 * (1 + math.cos(math.pi * min(epoch, 4) / 4)) for epoch in range(7)],
    ),
    "linear": (
        lambda o: LinearLR(o, 4, start_factor=0.25, end_factor=0.75),
        [0.1, 0.15, 0.2, 0.25, 0.3, 0.3, 0.3],
    ),
    "warm-up": (
        lambda o: WarmUp(StepLR(o, 2, gamma=0.5), 2, start_factor=0.5),
        [0.2, 0.3, 0.4, 0.4, 0.2, 0.2, 0.1],
    ),
    # Better, better, worse, too little better, better, worse, worse.
    "plateau": (
        lambda o: ReduceLROnPlateau(o, factor=0.5, patience=1, threshold=0.1),
        [0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2],
    ),
}
LOSSES = [1.0, 0.8, 0.9, 0.75, 0.6, 0.7, 0.7]


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_learning_rate_follows_the_formula(name):
    make, expected = SCHEDULES[name]
    chosen = optimizer()
    schedule = make(chosen)
    rates = []
    for loss in LOSSES:
        rates.append(chosen.lr)
        schedule.step({"validation_loss": loss})
    assert rates == pytest.approx(expected)


@pytest.mark.parametrize("stop", [1, 4])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_continued_schedule_is_the_same(name, stop):
    """Its state passes through JSON; the learning rate itself is saved by the optimizer."""
    make, _ = SCHEDULES[name]
    whole, first, second = optimizer(), optimizer(), optimizer(lr=9)
    one, two, three = make(whole), make(first), make(second)
    for loss in LOSSES[:stop]:
        one.step({"validation_loss": loss})
        two.step({"validation_loss": loss})
    three.load_state(json.loads(json.dumps(two.state())))
    second.lr = first.lr
    for loss in LOSSES[stop:]:
        one.step({"validation_loss": loss})
        three.step({"validation_loss": loss})
        assert second.lr == whole.lr


@pytest.mark.parametrize(
    "make",
    [
        lambda o: ReduceLROnPlateau(o, factor=0.5, patience=0, threshold=0.9),
        lambda o: ReduceLROnPlateau(o, figure="validation_accuracy", factor=0.5, patience=0),
        lambda o: WarmUp(ReduceLROnPlateau(o, "loss", 0.5, 0, threshold=0.9), 1, 0.5),
    ],
)
def test_a_training_with_a_plateau_continues_to_the_last_bit(make, tmp_path):
    def trainer():
        made = make_trainer(optimizer=SGD, lr=0.5)
        made.scheduler = make(made.optimizer)
        return made

    sets = {"train": dataset(), "validation": dataset(8, 1), "batch_size": 10}
    whole, stopped, continued = trainer(), trainer(), trainer()
    expected = whole.fit(**sets, epochs=6)
    assert len(set(expected["lr"])) > 1, "the schedule never did anything"
    stopped.fit(**sets, epochs=3)
    stopped.save_checkpoint(tmp_path / "run.npz")
    continued.load_checkpoint(tmp_path / "run.npz")
    assert figures(continued.fit(**sets, epochs=6)) == figures(expected)
    assert same_weights(continued, whole)


def test_a_plateau_of_accuracy_is_where_it_does_not_grow():
    chosen = optimizer()
    schedule = ReduceLROnPlateau(chosen, "accuracy", factor=0.5, patience=0)
    for accuracy, lr in [(0.5, 0.4), (0.6, 0.4), (0.55, 0.2), (0.7, 0.2)]:
        schedule.step({"accuracy": accuracy})
        assert chosen.lr == pytest.approx(lr)


def test_an_improvement_ends_a_plateau_that_has_begun():
    chosen = optimizer()
    schedule = ReduceLROnPlateau(chosen, factor=0.5, patience=1)
    for loss, lr in [(1.0, 0.4), (1.1, 0.4), (0.9, 0.4), (1.0, 0.4), (1.0, 0.2)]:
        schedule.step({"validation_loss": loss})
        assert chosen.lr == lr


def test_a_plateau_keeps_to_the_lowest_rate():
    chosen = optimizer()
    schedule = ReduceLROnPlateau(chosen, factor=0.1, patience=0, lr_min=0.1)
    for _ in range(4):
        schedule.step({"validation_loss": 1.0})
    assert chosen.lr == 0.1
    chosen.lr = 0.05  # below already: not raised
    schedule.step({"validation_loss": 1.0})
    assert chosen.lr == 0.05


def test_what_is_not_a_number_is_no_improvement():
    chosen = optimizer()
    schedule = ReduceLROnPlateau(chosen, factor=0.5, patience=0)
    for loss in (math.nan, math.nan, 1.0):
        schedule.step({"validation_loss": loss})
    assert chosen.lr == pytest.approx(0.1)
    assert schedule.best == 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: StepLR(o, 0), "step_size must be at least 1, got 0"),
        (lambda o: StepLR(o, 1, gamma=0), "gamma must be above 0, got 0.0"),
        (lambda o: MultiStepLR(o, [3, 0]), "a milestone must be at least 1, got 0"),
        (lambda o: ExponentialLR(o, -0.5), "gamma must be above 0, got -0.5"),
        (lambda o: CosineAnnealingLR(o, 0), "epochs must be at least 1, got 0"),
        (lambda o: LinearLR(o, 0), "epochs must be at least 1, got 0"),
        (lambda o: LinearLR(o, start_factor=0.0), "start_factor must be above 0, got 0.0"),
        (lambda o: WarmUp(StepLR(o, 1), 0), "epochs must be at least 1, got 0"),
        (lambda o: ReduceLROnPlateau(o, factor=1), "factor must be above 0 and below 1, got 1.0"),
        (lambda o: ReduceLROnPlateau(o, patience=-1), "patience must be at least 0, got -1"),
        (lambda o: ReduceLROnPlateau(o, lr_min=-1), "lr_min must be at least 0, got -1.0"),
        (
            lambda o: ReduceLROnPlateau(o, threshold=1),
            "threshold must be at least 0 and below 1, got 1.0",
        ),
        (lambda o: CosineAnnealingLR(o, 3, math.nan), "lr_min must be finite, got nan"),
        (lambda o: LinearLR(o, end_factor=-1), "end_factor must be at least 0, got -1.0"),
        (
            lambda o: ReduceLROnPlateau(o).step({"loss": 1.0, "epoch": 1}),
            "there is no figure \"validation_loss\" among ['epoch', 'loss']; "
            "is there a validation set?",
        ),
        (
            lambda o: ReduceLROnPlateau(o, "accuracy").step(),
            'there is no figure "accuracy" among []',
        ),
        (
            lambda o: StepLR(o, 1).load_state(ExponentialLR(o, 0.5).state()),
            "the schedule is StepLR(step_size=1, gamma=0.1), the state that of "
            "ExponentialLR(gamma=0.5)",
        ),
        (
            lambda o: StepLR(o, 5).load_state(StepLR(o, 2).state()),
            "the schedule is StepLR(step_size=5, gamma=0.1), the state that of "
            "StepLR(step_size=2, gamma=0.1)",
        ),
        (
            lambda o: StepLR(o, 5).load_state({}),
            "the schedule is StepLR(step_size=5, gamma=0.1), the state that of None",
        ),
        (
            lambda o: WarmUp(StepLR(o, 1)).load_state(WarmUp(ExponentialLR(o, 0.5)).state()),
            "the schedule is StepLR(step_size=1, gamma=0.1), the state that of "
            "ExponentialLR(gamma=0.5)",
        ),
    ],
)
def test_mistakes_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make(optimizer())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: StepLR(Linear, 1), "StepLR expects an optimizer, got the class Linear"),
        (lambda o: StepLR(Linear(1, 1), 1), "StepLR expects an optimizer, got Linear"),
        (lambda o: StepLR(1, 1), "StepLR expects an optimizer, got int"),
        (lambda o: StepLR(None, 1), "StepLR expects an optimizer, got NoneType"),
        (lambda o: ReduceLROnPlateau(SGD), "ReduceLROnPlateau expects an optimizer, got the cl"),
        (lambda o: StepLR(o, 1.5), "step_size must be an integer, got 1.5"),
        (lambda o: StepLR(o, [1]), "step_size must be an integer, got [1]"),
        (lambda o: StepLR(o, 1, "0.1"), "gamma must be a number, got '0.1'"),
        (lambda o: MultiStepLR(o, 3), "milestones must be a sequence of epochs, got 3"),
        (lambda o: MultiStepLR(o, "3"), "a milestone must be an integer, got '3'"),
        (lambda o: ReduceLROnPlateau(o, 0.5), "figure must be a str, got float"),
        (lambda o: StepLR(o, 1).load_state(None), "state must be a dict, got NoneType"),
        (lambda o: ReduceLROnPlateau(o).step(0.5), "figures must be a dict, got float"),
        (lambda o: WarmUp(o), "schedule must be a Scheduler, got SGD"),
        (lambda o: WarmUp(StepLR), "schedule must be a Scheduler, got the class StepLR"),
    ],
)
def test_what_is_something_else_is_refused(make, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        make(optimizer())


def test_a_checkpoint_with_another_schedule_changes_nothing(tmp_path):
    path = tmp_path / "run.npz"
    source, target = make_trainer(epochs=3), make_trainer()
    source.fit(dataset(), epochs=1)
    source.save_checkpoint(path)
    target.scheduler = StepLR(target.optimizer, 1)
    before = {name: array.copy() for name, array in target.network.state().items()}
    message = (
        f"{path}: the schedule is StepLR(step_size=1, gamma=0.1), the state that of "
        "CosineAnnealingLR(epochs=3, lr_min=0.0)"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        target.load_checkpoint(path)
    assert all((array == before[name]).all() for name, array in target.network.state().items())
    assert target.optimizer.lr == 0.01
