"""Learning rates of their own for parts of a network."""

import re

import numpy as np
import pytest

from lib.layers import Linear, Sequential
from lib.optimizers import SGD, Adam, AdamW, Nesterov, base
from lib.optimizers.rates import factor_of
from lib.schedulers import CosineAnnealingLR

MAKERS = {
    "SGD": lambda network, lr, **rest: SGD(network, lr, weight_decay=0.1, l1=0.01, **rest),
    "Nesterov": lambda network, lr, **rest: Nesterov(network, lr, weight_decay=0.1, **rest),
    "Adam": Adam,
    "AdamW": lambda network, lr, **rest: AdamW(network, lr, weight_decay=0.3, **rest),
}


def two_parts(seed=0):
    rng = np.random.default_rng(seed)
    parts = {"body": Linear(3, 4, rng=rng), "body2": Linear(4, 4, rng=rng)}
    return Sequential(**parts, head=Linear(4, 2, rng=rng)).astype("float64")


def give_gradients(network, seed):
    rng = np.random.default_rng(seed)
    for parameter in network.parameters():
        parameter.grad = rng.standard_normal(parameter.data.shape)


def run(network, optimizers, steps=3):
    for step in range(steps):
        give_gradients(network, step)
        for optimizer in optimizers:
            optimizer.step()
    return network.state()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_part_goes_as_an_optimizer_of_its_own_would_take_it(make):
    """Also where the decay acts on the weight by itself."""
    one, other = two_parts(), two_parts()
    found = run(one, [make(one, 0.2, rates={"body": 0.25})])
    expected = run(other, [make(other.body, 0.05), make(other.body2, 0.2), make(other.head, 0.2)])
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_rate_of_0_moves_nothing_and_others_go_on(make):
    network = two_parts()
    before = {name: array.copy() for name, array in network.state().items()}
    after = run(network, [make(network, 0.2, rates={"body": 0})])
    for name, array in before.items():
        assert np.array_equal(after[name], array) is name.startswith("body."), name


def test_large_parameters_which_go_in_pieces_have_their_rate(monkeypatch):
    monkeypatch.setattr(base, "PIECE", 4)
    one, other = two_parts(), two_parts()
    found = run(one, [SGD(one, 0.2, rates={"body": 0.5})])
    expected = run(other, [SGD(other.body, 0.1), SGD(other.body2, 0.2), SGD(other.head, 0.2)])
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12)


def test_the_rate_is_whole_again_after_a_step_and_after_one_that_failed(monkeypatch):
    network = two_parts()
    optimizer = SGD(network, 0.2, rates={"head": 0.5})
    give_gradients(network, 0)
    optimizer.step()
    assert optimizer.lr == 0.2

    def fail(parameter, grad):
        raise KeyboardInterrupt

    monkeypatch.setattr(optimizer, "update", fail)
    with pytest.raises(KeyboardInterrupt):
        optimizer.step()
    assert optimizer.lr == 0.2


def test_a_schedule_lowers_all_rates_alike():
    network = two_parts()
    optimizer = SGD(network, 0.2, rates={"head": 0.5})
    schedule = CosineAnnealingLR(optimizer, 2)
    schedule.step()
    before = network.head.weight.data.copy()
    give_gradients(network, 0)
    optimizer.step()
    moved = (before - network.head.weight.data) / network.head.weight.grad
    np.testing.assert_allclose(moved, 0.05)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("body.block1.0.weight", 0.01),
        ("body.block10.0.weight", 0.1),
        ("body.weight", 0.1),
        ("body2.weight", 1.0),
        ("head.bias", 3.0),
        ("head.weight", 1.0),
    ],
)
def test_the_closest_part_counts(name, factor):
    rates = {"body.block1": 0.01, "body": 0.1, "head.bias": 3.0}
    assert factor_of(name, rates) == factor
    assert factor_of(name, dict(reversed(rates.items()))) == factor


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ([("body", 0.1)], TypeError, "rates must be a dict, got list"),
        ({"body": -0.1}, ValueError, "the rate of 'body' must be at least 0, got -0.1"),
        ({"body": "slow"}, TypeError, "the rate of 'body' must be a number, got 'slow'"),
        (
            {"boby": 0.1},
            ValueError,
            'rates: \'boby\' names nothing that trains; there are "body", "body2", "head"',
        ),
        ({"bod": 0.1}, ValueError, "rates: 'bod' names nothing that trains; "),
    ],
)
def test_rates_that_are_none_are_refused(rates, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        SGD(two_parts(), rates=rates)


def test_a_frozen_part_has_no_rate():
    network = two_parts()
    network.body.freeze()
    with pytest.raises(ValueError, match=r"'body' names nothing that trains; there are \"body2\""):
        SGD(network, rates={"body": 0.1})


def test_a_state_of_other_rates_is_refused():
    network = two_parts()
    state = SGD(network, rates={"body": 0.1}).state()
    SGD(network, rates={"body": 0.1}).load_state(state)
    for others in ({"body": 0.2}, None):
        with pytest.raises(ValueError, match=r"rates=\{'body': 0\.1\}"):
            SGD(network, rates=others).load_state(state)
