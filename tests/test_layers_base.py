"""The contract of a layer: the tree, its names, its modes, its saved state."""

import re

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.layers import (
    BatchNorm2d,
    Buffer,
    Concat,
    Conv2d,
    Dropout,
    Layer,
    Linear,
    Parameter,
    ReLU,
    Residual,
    Sequential,
)
from tests.kinds import KINDS, assert_same_kind, dtype_name


class Block(Layer):
    """Parameters, buffers and children as plain attributes, beside other things."""

    def __init__(self):
        self.scale = Parameter(np.ones(2, np.float32))
        self.inner = Sequential(first=Linear(3, 2), then=Sequential(ReLU(), Linear(2, 1)))
        self.seen = Buffer(np.zeros(1, np.float32))
        self.shift = Parameter(np.zeros(2, np.float32), trainable=False)
        self.number, self.nothing, self.names = 3, None, ["a"]


def test_dotted_names_run_through_the_tree():
    block = Block()
    names = ["scale", "shift", "inner.first.weight", "inner.first.bias"]
    names += ["inner.then.1.weight", "inner.then.1.bias"]
    assert [name for name, _ in block.named_parameters()] == names
    assert block.parameters() == [parameter for _, parameter in block.named_parameters()]
    assert [name for name, _ in block.named_buffers()] == ["seen"]
    assert set(block.state()) == {*names, "seen"}
    assert block.parameter_count() == 2 + 2 + (6 + 2) + (2 + 1)
    assert list(block.children()) == ["inner"]
    assert [type(layer).__name__ for layer in block.modules()] == [
        "Block", "Sequential", "Linear", "Sequential", "ReLU", "Linear",
    ]  # fmt: skip


def test_modes_reach_the_whole_tree():
    block = Block()
    assert all(layer.training for layer in block.modules())
    assert block.eval() is block
    assert not any(layer.training for layer in block.modules())
    assert block.train() is block
    assert all(layer.training for layer in block.modules())


def test_a_layer_is_called_like_a_function():
    class Triple(Layer):
        def forward(self, x):
            return 3 * x

    assert Triple()(2) == 6


def test_passes_that_are_missing_say_so():
    class Nothing(Layer):
        pass

    with pytest.raises(NotImplementedError, match=r"^Nothing has no forward pass$"):
        Nothing()(1)
    with pytest.raises(NotImplementedError, match=r"^Nothing has no backward pass$"):
        Nothing().backward(1)


def test_set_needs_dx_says_whether_anything_before_needs_a_gradient():
    frozen = Linear(2, 2)
    frozen.weight.trainable = frozen.bias.trainable = False
    half_frozen = Linear(2, 2)
    half_frozen.weight.trainable = False
    for layer, expected in [(ReLU(), False), (Linear(2, 2), True), (frozen, False)]:
        assert layer.set_needs_dx(False) is expected
        assert layer.needs_dx is False
        assert layer.set_needs_dx() is True
        assert layer.needs_dx is True
    assert half_frozen.set_needs_dx(False) is True


# Saved state -------------------------------------------------------------------------------------


def network(seed):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 2, 3, rng=rng),
        BatchNorm2d(2),
        Residual(Sequential(ReLU(), Conv2d(2, 2, 3, padding=1, rng=rng))),
        Concat(Conv2d(2, 1, 1, rng=rng), ReLU()),
        Dropout(0.5, rng=rng),
    )


def test_a_loaded_state_makes_two_networks_one(kind):
    """Also across devices: the state of one kind of array is loaded into another."""
    x = kind(np.random.default_rng(0).standard_normal((2, 1, 6, 5)).astype("float32"))
    source, target = network(1), network(2).to_device(x)
    source(to_numpy(x))  # moves the running statistics off their starting values
    target.load_state(source.state())
    for name, array in target.state().items():
        assert_same_kind(array, x)
        assert np.array_equal(to_numpy(array), source.state()[name])
    network(3).load_state(target.state())
    out, expected = target.eval()(x), source.eval()(to_numpy(x))
    assert np.allclose(to_numpy(out), expected, rtol=1e-5, atol=1e-6)


def test_a_loaded_state_is_a_copy():
    source, target = Linear(2, 2), Linear(2, 2)
    target.load_state(source.state())
    target.weight.data += 1
    assert not np.array_equal(source.weight.data, target.weight.data)
    saved = np.zeros((2, 2), np.float32)
    target.load_state({"weight": saved, "bias": saved[0]})
    target.weight.data += 1
    assert not saved.any()


def test_a_loaded_state_takes_the_dtype_of_the_layer():
    layer = Linear(2, 1)
    layer.load_state({"weight": np.ones((1, 2), np.float16), "bias": np.ones(1, np.float64)})
    assert layer.weight.data.dtype == layer.bias.data.dtype == np.float32


BAD_STATES = [
    ({}, ['"weight" is missing', '"bias" is missing']),
    (
        {"weight": np.ones((2, 3)), "bias": np.ones(2), "extra.weight": np.ones(1)},
        ['"extra.weight" is unexpected'],
    ),
    (
        {"weight": np.ones((3, 2)), "gamma": np.ones(2)},
        [
            '"bias" is missing',
            '"gamma" is unexpected',
            '"weight" has shape (3, 2), the network needs (2, 3)',
        ],
    ),
    (
        {"weight": np.ones((2, 3), int), "bias": np.ones(2, complex)},
        [
            '"weight" holds int64, the network needs floating-point numbers',
            '"bias" holds complex128, the network needs floating-point numbers',
        ],
    ),
]


@pytest.mark.parametrize(("state", "problems"), BAD_STATES)
def test_a_state_that_does_not_fit_changes_nothing_and_lists_every_problem(state, problems):
    layer = Linear(3, 2)
    before = layer.weight.data, layer.bias.data
    with pytest.raises(ValueError) as error:
        layer.load_state(state)
    assert str(error.value).split("; ") == problems
    assert layer.weight.data is before[0]
    assert layer.bias.data is before[1]


@pytest.mark.parametrize("bias", [[0.0, 0.0], np.array(["a", "b"])])
def test_a_state_that_cannot_be_read_changes_nothing(bias):
    """Its shapes fit, but what comes last is no array of numbers."""
    layer = Linear(3, 2)
    before = layer.weight.data
    with pytest.raises((TypeError, ValueError)):
        layer.load_state({"weight": np.ones((2, 3)), "bias": bias})
    assert layer.weight.data is before


@pytest.mark.parametrize("state", [None, [], "x.npz", np.ones(2), Linear(3, 2)])
def test_a_state_is_a_mapping(state):
    with pytest.raises(TypeError, match=r"^expected a mapping of names to arrays, got "):
        Linear(3, 2).load_state(state)


# Moving and converting ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_astype_converts_parameters_buffers_and_gradients(kind, dtype):
    x = kind(np.random.default_rng(0).standard_normal((2, 1, 6, 5)).astype("float32"))
    tree = network(1).to_device(x)
    tree.backward(tree(x))
    values = {name: to_numpy(array) for name, array in tree.state().items()}
    assert tree.astype(dtype) is tree
    for name, array in tree.state().items():
        assert dtype_name(array) == dtype
        assert np.array_equal(to_numpy(array), values[name])
    assert {dtype_name(parameter.grad) for parameter in tree.parameters()} == {dtype}


@pytest.mark.parametrize(
    "dtype", ["float64", np.float64, np.dtype("float64"), float, "f8", "double", np.dtype(">f8")]
)
def test_astype_takes_every_usual_way_to_name_a_type(dtype):
    assert {array.dtype for array in network(1).astype(dtype).state().values()} == {np.dtype("f8")}


@pytest.mark.parametrize("dtype", [None, "int8", int, bool, "banana", np.complex64, 64, Layer, []])
def test_astype_refuses_what_is_no_floating_point_type(dtype):
    layer = Linear(2, 2)
    with pytest.raises(TypeError, match=r"^dtype must be float16, float32 or float64, got "):
        layer.astype(dtype)
    assert layer.weight.data.dtype == np.float32


@pytest.mark.parametrize(
    ("device", "error", "hint"),
    [
        ("cuda:0", ValueError, "got 'cuda:0'; usable here: "),
        ("tpu", ValueError, "got 'tpu'; usable here: "),
        (None, TypeError, ", got None$"),
        (0, TypeError, ", got 0$"),
    ],
)
def test_devices_that_are_none_are_refused(device, error, hint):
    with pytest.raises(error, match=r'^device must be "cpu", .* or an array.*' + hint):
        network(1).to_device(device)


@pytest.mark.parametrize("value", [None, "eval", 0, 1.0, Linear, np.ones(2)])
def test_modes_are_true_or_false(value):
    with pytest.raises(TypeError, match=r"^mode must be True or False, got "):
        Linear(2, 2).train(value)
    with pytest.raises(TypeError, match=r"^needs_dx must be True or False, got "):
        Linear(2, 2).set_needs_dx(value)


def test_parameters_and_buffers_are_arrays():
    for owned in (Parameter, Buffer):
        for wrong in (None, [1.0], 3.0, "weights", np.ndarray):
            with pytest.raises(TypeError, match=rf"^{owned.__name__} expects an array, got "):
                owned(wrong)
    with pytest.raises(TypeError, match=r"^trainable must be True or False, got 'no'$"):
        Parameter(np.ones(2), trainable="no")


def test_to_device_moves_parameters_buffers_and_gradients(kind):
    x = kind(np.ones(1, np.float32))
    tree = network(1)
    tree.backward(tree(np.ones((2, 1, 6, 5), np.float32)))
    gradients = [parameter.grad for parameter in tree.parameters()]
    assert tree.to_device(x) is tree
    for array in (*tree.state().values(), *(parameter.grad for parameter in tree.parameters())):
        assert_same_kind(array, x)
    tree.to_device("cpu")
    for parameter, gradient in zip(tree.parameters(), gradients, strict=True):
        assert np.array_equal(parameter.grad, gradient)


def test_parameters_and_buffers_show_shape_and_dtype():
    assert repr(Parameter(np.ones((2, 3)))) == "Parameter(shape=(2, 3), dtype=float64)"
    assert repr(Buffer(np.ones(4, np.float32))) == "Buffer(shape=(4,), dtype=float32)"
    assert Parameter(np.ones(1)).grad is None


def test_a_layer_shows_its_children():
    block = Block()
    block.inner = Linear(3, 2)
    assert repr(block) == "Block(inner=Linear(3, 2, bias=True))"


@pytest.mark.parametrize("layer", [Linear(2, 2), Conv2d(1, 1, 1), ReLU(), BatchNorm2d(1)])
def test_what_is_no_array_is_refused(layer):
    with pytest.raises(TypeError, match=r"^expected an array of NumPy, CuPy or PyTorch, got list$"):
        layer([[1.0, 2.0]])


def test_kinds_are_what_they_say():
    """The layouts that the tests of all layers rely on."""
    values = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    for name, make in KINDS.items():
        if name.startswith("numpy"):
            array = make(values)
            assert np.array_equal(array, values)
            assert not array.flags.writeable
            assert array.flags.c_contiguous == (name == "numpy")
    assert re.search("device1", str(KINDS["device1"](values).device))
    with pytest.raises((RuntimeError, TypeError), match="device"):
        np.asarray(KINDS["device1"](values))
