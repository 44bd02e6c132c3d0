"""Sequential, Residual and Concat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis import directional_check
from lib.backend import to_numpy
from lib.layers import (
    BatchNorm2d,
    Concat,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
)
from lib.networks import Network
from tests.kinds import assert_close, assert_same_kind, check_layer, contiguous, grads
from tests.window_cases import dtypes, seeds

shapes = st.tuples(st.integers(2, 3), st.integers(1, 3), st.integers(2, 5), st.integers(2, 5))


def test_containers_combine_the_passes_of_their_children(kind):
    """One value followed by hand through all three, at x = 2."""
    for make, out, dx in [
        (lambda: Sequential(Scale(3), Square()), 36, 2 * 6 * 3),
        (lambda: Residual(Scale(3)), 8, 4),
        (lambda: Residual(Square(), Scale(5)), 14, 4 + 5),
        (lambda: Sequential(), 2, 1),
    ]:
        layer, x = make(), kind(np.full((1, 1), 2.0))
        assert_close(layer(x), np.full((1, 1), float(out)), like=x)
        assert_close(layer.backward(kind(np.ones((1, 1)))), np.full((1, 1), float(dx)), like=x)


class Scale(Layer):
    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return self.factor * x

    def backward(self, dout):
        return self.factor * dout


class Square(Layer):
    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        return 2 * self.x * dout


@given(shapes, dtypes, seeds)
def test_concat_joins_along_the_channels(kind, shape, dtype, seed):
    c = shape[1]
    check_layer(
        Concat(Scale(2), Square(), Scale(-1)),
        kind,
        np.random.default_rng(seed).standard_normal(shape).astype(dtype),
        lambda x: np.concatenate([2 * x, x * x, -x], axis=1),
        lambda dout, x: {"x": 2 * dout[:, :c] + 2 * x * dout[:, c : 2 * c] - dout[:, 2 * c :]},
        np.random.default_rng(seed),
    )


def block(rng, *, start=()):
    """Every container within another, and every way a gradient can branch."""
    return Sequential(
        *start,
        Conv2d(2, 4, 3, padding=1, rng=rng),
        BatchNorm2d(4),
        Residual(Sequential(Tanh(), Conv2d(4, 4, (1, 3), padding=(0, 1), rng=rng))),
        Residual(Conv2d(4, 6, 1, rng=rng), Conv2d(4, 6, 3, padding=1, groups=2, rng=rng)),
        Concat(Sequential(Sigmoid(), Conv2d(6, 2, 1, rng=rng)), MaxPool2d(3, 1, 1), Tanh()),
        GlobalAvgPool2d(),
        Linear(14, 3, rng=rng),
    )


def test_gradients_of_a_deep_tree_are_its_slopes(kind, rng):
    x = kind(rng.standard_normal((3, 2, 5, 4)))
    network = block(rng).to_device(x).astype("float64")
    errors = directional_check(network, x, rng)
    assert len(errors) == 1 + len(network.parameters())
    assert max(errors.values()) < 1e-6, errors


@pytest.mark.parametrize(
    "start",
    [
        lambda: (),
        lambda: (ReLU(), MaxPool2d(2)),
        lambda: (Residual(Tanh()),),
        lambda: (Residual(Conv2d(2, 2, 1)),),
        lambda: (Residual(Tanh(), Conv2d(2, 2, 1)),),
        lambda: (Concat(Tanh(), Conv2d(2, 2, 1)), Conv2d(4, 2, 1)),
        lambda: (Sequential(Sequential(Tanh()), Conv2d(2, 2, 1)),),
        lambda: (Sequential(),),
    ],
)
def test_without_need_of_dx_all_gradients_are_the_same(start, rng):
    """However the network starts: the layers next to the data save their work, no others."""
    network = block(rng, start=start()).astype("float64")
    x = contiguous(rng.standard_normal((3, 2, 6, 8)))
    dout = contiguous(rng.standard_normal(network(x).shape))
    assert network.backward(dout).shape == x.shape
    expected = grads(network)

    for parameter in network.parameters():
        parameter.grad = None
    assert network.set_needs_dx(False) is True
    network(x)
    network.backward(dout)
    for name, gradient in grads(network).items():
        assert np.allclose(gradient, expected[name], rtol=1e-12, atol=1e-12), name


def test_the_layers_next_to_the_data_save_their_work():
    first, second = Conv2d(1, 2, 1), Conv2d(2, 2, 1)
    network = Sequential(Tanh(), first, Tanh(), second)
    network.set_needs_dx(False)
    assert [layer.needs_dx for layer in network] == [False, False, True, True]
    out = network(np.ones((2, 1, 2, 2)))
    assert network.backward(out) is None
    network.set_needs_dx(True)
    assert network.backward(out).shape == (2, 1, 2, 2)


def test_the_way_back_ends_where_nothing_is_trained():
    """What lies before the first trainable layer is not reached, and gets no gradient."""
    frozen, trained = Linear(2, 2), Linear(2, 2)
    frozen.weight.trainable = frozen.bias.trainable = False
    network = Sequential(frozen, Tanh(), trained)
    assert network.set_needs_dx(False) is True
    network.backward(network(np.ones((2, 2))))
    assert frozen.weight.grad is None
    assert trained.weight.grad is not None


@pytest.mark.parametrize("container", [Residual(Tanh()), Concat(Tanh(), ReLU())])
def test_containers_without_parameters_need_nothing(container):
    assert container.set_needs_dx(False) is False
    assert not any(layer.needs_dx for layer in container.modules())
    container.backward(container(np.ones((2, 2))))
    assert container.set_needs_dx(True) is True
    assert all(layer.needs_dx for layer in container.modules())


def test_gradients_are_not_written_into(kind, rng):
    """Residual and Concat share one dout among their ways; none may change it."""
    x, dout = (kind(rng.standard_normal((2, 2, 3, 3))) for _ in range(2))
    before = to_numpy(dout).copy()
    layer = Residual(Residual(ReLU()), Residual(Tanh()))
    layer(x)
    assert_same_kind(layer.backward(dout), x)
    assert np.array_equal(to_numpy(dout), before)


def test_a_layer_of_layers_goes_back_through_all_of_them_or_none(rng):
    """Where nobody needs ``dx`` the parts of a layer still need each other's."""

    class Pair(Layer):
        def __init__(self):
            self.first = Sequential(Linear(2, 2, rng=rng), ReLU())
            self.second = Linear(2, 2, rng=rng)

        def forward(self, x):
            return self.second(self.first(x))

        def backward(self, dout):
            return self.first.backward(self.second.backward(dout))

    pair, x = Pair(), np.ones((3, 2), np.float32)
    pair.second.freeze()
    assert pair.set_needs_dx(False) is True
    pair.backward(pair(x))
    assert pair.first[0].weight.grad is not None
    pair.freeze()
    assert pair.set_needs_dx(False) is False
    assert not any(layer.needs_backward for layer in pair.modules())
    assert pair.set_needs_dx(True) is True
    assert pair.backward(pair(x)).shape == x.shape


# Building and reading ----------------------------------------------------------------------------


def test_children_are_numbered_or_named():
    network = Sequential(Flatten(), Linear(4, 3), last=ReLU())
    assert list(network.children()) == ["0", "1", "last"]
    assert [len(network), len(Sequential())] == [3, 0]
    assert network[1] is list(network)[1]
    assert isinstance(network[-1], ReLU)
    assert network.last is network[2]
    names = [name for name, _ in Residual(network, Linear(4, 3)).named_parameters()]
    assert names == ["body.1.weight", "body.1.bias", "shortcut.weight", "shortcut.bias"]
    names = [name for name, _ in Concat(Linear(1, 1), network).named_parameters()]
    assert names == ["0.weight", "0.bias", "1.1.weight", "1.1.bias"]


def test_a_tree_shows_as_a_tree():
    assert repr(Sequential(ReLU(), inner=Sequential(Tanh()))) == (
        "Sequential(\n  (0): ReLU()\n  (inner): Sequential(\n    (0): Tanh()\n  )\n)"
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Sequential(ReLU(), 3), TypeError, '"1" in Sequential must be a layer, got int'),
        (
            lambda: Sequential(conv=ReLU),
            TypeError,
            '"conv" in Sequential must be a layer, got the class ReLU; ReLU(...) makes one',
        ),
        (
            lambda: Sequential(train=ReLU()),
            ValueError,
            'a layer cannot be named "train": Sequential has one already',
        ),
        (
            lambda: Network(predict=ReLU()),
            ValueError,
            'a layer cannot be named "predict": Network has one already',
        ),
        (
            lambda: Concat(forward=ReLU()),
            ValueError,
            'a layer cannot be named "forward": Concat has one already',
        ),
        (
            lambda: Sequential(held=ReLU()),  # freezing keeps its parameters there
            ValueError,
            'a layer cannot be named "held": Sequential has one already',
        ),
        (
            lambda: Sequential(ReLU(), **{"0": Tanh()}),
            ValueError,
            'there is a layer "0" already',
        ),
        (
            lambda: Sequential(**{"conv.1": ReLU()}),
            ValueError,
            'a layer cannot be named "conv.1": a dot joins the names of a tree',
        ),
        (lambda: Concat(), ValueError, "Concat expects at least one branch, got none"),
        (
            lambda: Concat(ReLU(), MaxPool2d(2))(np.ones((1, 2, 4, 4))),
            ValueError,
            "Concat expects outputs that differ in channels alone, "
            "got [(1, 2, 4, 4), (1, 2, 2, 2)]",
        ),
        (
            lambda: Residual(Linear(3, 2))(np.ones((4, 3))),
            ValueError,
            "Residual cannot add the body's output (4, 2) and the skip (4, 3); "
            "give a shortcut that changes the shape",
        ),
        (
            lambda: Residual(Linear(3, 1))(np.ones((4, 3))),
            ValueError,
            "Residual cannot add the body's output (4, 1) and the skip (4, 3); "
            "give a shortcut that changes the shape",
        ),
    ],
)
def test_mistakes_are_refused(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize("make", [lambda: Residual(3), lambda: Concat(ReLU(), "branch")])
def test_branches_must_be_layers(make):
    with pytest.raises(TypeError, match=r"must be a layer, got (int|str)$"):
        make()
