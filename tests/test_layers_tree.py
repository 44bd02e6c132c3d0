"""One place in the tree for each layer, parameter and buffer."""

import re

import pytest

from lib.layers import BatchNorm2d, Concat, Layer, Linear, ReLU, Residual, Sequential, Tanh
from lib.networks import Network
from lib.optimizers import SGD
from lib.serialization import save


def twice(kind, first, second):
    return f'one {kind} is at two places, "{first}" and "{second}"; make a {kind} for each'


@pytest.mark.parametrize(
    ("make", "places"),
    [
        (lambda r: Sequential(Linear(5, 5), r, Linear(5, 5), r, Linear(5, 2)), ("1", "3")),
        (lambda r: Sequential(first=r, then=Sequential(Linear(5, 5), r)), ("first", "then.1")),
        (lambda r: Residual(r, r), ("body", "shortcut")),
        (lambda r: Residual(Sequential(r), r), ("body.0", "shortcut")),
        (lambda r: Concat(r, Tanh(), last=r), ("0", "last")),
        (lambda r: Network(r, Residual(r)), ("0", "1.body")),
    ],
)
def test_containers_refuse_a_layer_at_two_places(make, places):
    with pytest.raises(ValueError) as caught:
        make(ReLU())
    assert str(caught.value) == twice("ReLU", *places)


class Own(Layer):
    """What a reader writes: layers as attributes, and one name too many."""

    def __init__(self, **attributes):
        self.first = Linear(2, 2)
        vars(self).update(attributes)

    def forward(self, x):
        return x


def shares_a_layer():
    relu = ReLU()
    return Own(a=relu, b=relu), twice("ReLU", "a", "b")


def shares_a_parameter():
    own = Own(tied=Linear(2, 2))
    own.tied.weight = own.first.weight
    return own, twice("Parameter", "first.weight", "tied.weight")


def shares_a_buffer():
    own = Own(a=BatchNorm2d(2), b=BatchNorm2d(2))
    own.b.running_mean = own.a.running_mean
    return own, twice("Buffer", "a.running_mean", "b.running_mean")


def holds_itself():
    own = Own()
    own.again = own
    return own, twice("Own", "", "again")


USES = {
    "kept in a container": lambda own, path: Sequential(ReLU(), own),
    "given to an optimizer": lambda own, path: SGD(own, 0.1),
    "told what it needs": lambda own, path: own.set_needs_dx(False),
    "saved": lambda own, path: save(own, path),
    "loaded": lambda own, path: own.load_state({}),
}


@pytest.mark.parametrize(
    ("make", "use"),
    [
        *(
            (make, use)
            for make in (shares_a_layer, shares_a_parameter, holds_itself)
            for use in USES
        ),
        *((shares_a_buffer, use) for use in ("kept in a container", "saved", "loaded")),
    ],
)
def test_a_thing_at_two_places_is_noticed_when_its_owner_is(make, use, tmp_path):
    own, message = make()
    if use == "kept in a container":
        message = re.sub('"([^"]*)"', lambda place: f'"{f"1.{place[1]}".strip(".")}"', message)
    with pytest.raises(ValueError) as caught:
        USES[use](own, tmp_path / "w.npz")
    assert str(caught.value) == message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [([Linear(2, 2)], "list"), ((1, ReLU()), "tuple"), ({"a": Linear(2, 2)}, "dict")],
)
@pytest.mark.parametrize("use", USES)
def test_layers_in_a_list_are_not_passed_over(hidden, kind, use, tmp_path):
    """They would neither learn nor be saved."""
    with pytest.raises(
        ValueError, match=f'^Own keeps layers in the {kind} "hidden", where they are not found; '
    ):
        USES[use](Own(hidden=hidden), tmp_path / "w.npz")


def test_a_container_that_refuses_a_layer_stays_as_it_was():
    network = Sequential(relu=ReLU(), last=Linear(2, 2))
    before = network.children()
    with pytest.raises(ValueError, match=r'^one ReLU is at two places, "relu" and "first.0"'):
        network.prepend("first", Sequential(network.relu))
    assert network.children() == before
