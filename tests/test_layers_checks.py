"""What every layer refuses, whoever wrote it: a `dout` that cannot be its own, a misspelt name."""

import gc
import weakref

import numpy as np
import pytest

from lib import layers
from lib.layers import Buffer, Layer, Linear, Parameter, ReLU, Sequential
from tests.every_layer import EVERY_LAYER, make_layer

every_layer = pytest.mark.parametrize("layer_class", EVERY_LAYER, ids=lambda each: each.__name__)


def test_every_layer_is_here():
    classes = {getattr(layers, name) for name in layers.__all__} - {Layer, Parameter, Buffer}
    assert classes == set(EVERY_LAYER)


def other_shapes(shape):
    """What NumPy would broadcast, transpose, or take for a smaller batch."""
    yield ()
    yield (1,) * len(shape)
    yield shape[1:]
    yield shape[::-1]
    yield (*shape[:-1], 1)
    yield (1, *shape[1:])
    yield (shape[0] - 1, *shape[1:])
    yield (*shape, 1)
    yield (1, *shape)
    yield (shape[0], int(np.prod(shape[1:])), 1)


def test_shapes_are_told_as_tuples_whatever_the_library(kind):
    layer = ReLU()
    layer(kind(np.ones((2, 3))))
    with pytest.raises(ValueError, match=r"its output, \(2, 3\), got \(3, 2\)$"):
        layer.backward(kind(np.ones((3, 2))))


@every_layer
def test_a_gradient_of_another_shape_than_the_output_is_refused(layer_class, rng):
    layer, shape = make_layer(layer_class)
    out = layer(rng.standard_normal(shape))
    for wrong in other_shapes(out.shape):
        with pytest.raises(ValueError) as error:
            layer.backward(np.ones(wrong))
        assert str(error.value) == (
            f"{layer_class.__name__} expects dout of the shape of its output, {out.shape}, "
            f"got {wrong}"
        )
    assert layer.backward(np.ones(out.shape)).shape == shape


@every_layer
def test_a_gradient_that_is_no_array_of_floats_is_refused(layer_class, rng):
    layer, shape = make_layer(layer_class)
    out = layer(rng.standard_normal(shape))
    name = layer_class.__name__
    for wrong in (None, 1.0, out.tolist(), "dout", np.ndarray):
        with pytest.raises((TypeError, ValueError), match=f"^{name} expects dout "):
            layer.backward(wrong)
    for dtype in (np.int64, bool, complex):
        with pytest.raises(TypeError, match=f"^{name} expects dout of floating-point numbers, got"):
            layer.backward(np.ones(out.shape, dtype))


@every_layer
def test_a_way_back_without_a_way_there_says_so(layer_class):
    layer, _ = make_layer(layer_class)
    message = "cannot go back: a backward pass needs a forward pass before it$"
    with pytest.raises(RuntimeError, match=f"^{layer_class.__name__} {message}"):
        layer.backward(np.ones((1, 2)))


class Double(Layer):
    """A reader's own."""

    def forward(self, x):
        return 2 * x

    def backward(self, dout):
        return 2 * dout


def test_a_layer_of_ones_own_is_checked_as_well(kind):
    layer, x = Double(), kind(np.ones((3, 2)))
    layer(x)
    layer.backward(x)
    with pytest.raises(ValueError, match=r"^Double expects dout of the shape of its output, \(3, "):
        layer.backward(x[:1, :])


def test_a_subclass_may_change_the_shape_around_the_pass_of_its_base():
    class Column(Double):
        def forward(self, x):
            return super().forward(x)[:, None]

        def backward(self, dout):
            return super().backward(dout[:, 0])

    layer = Column()
    assert layer(np.ones(3)).shape == (3, 1)
    assert layer.backward(np.ones((3, 1))).shape == (3,)
    with pytest.raises(ValueError, match=r"^Column expects dout .*, \(3, 1\), got \(3,\)$"):
        layer.backward(np.ones(3))


def test_a_subclass_may_replace_one_pass_alone():
    class Forward(Double):
        def forward(self, x):
            return 2 * x[:, :1]

    class Backward(Double):
        def backward(self, dout):
            return 3 * dout

    for layer, shape in ((Forward(), (3, 1)), (Backward(), (3, 2))):
        layer(np.ones((3, 2)))
        assert layer.backward(np.ones(shape)).shape == shape
        with pytest.raises(ValueError, match=f"^{type(layer).__name__} expects dout "):
            layer.backward(np.ones((2, 3)))


def test_passes_that_come_from_a_class_that_is_no_layer_are_checked():
    class Passes:
        def forward(self, x):
            return 2 * x

        def backward(self, dout):
            return 2 * dout

    class Mixed(Passes, Layer):
        pass

    layer = Mixed()
    layer(np.ones(3))
    with pytest.raises(ValueError, match=r"^Mixed expects dout "):
        layer.backward(np.ones(2))


def test_several_outputs_have_several_gradients():
    class Both(Layer):
        def forward(self, x):
            return x, x[:1]

        def backward(self, dout):
            dx = dout[0].copy()
            dx[:1] += dout[1]
            return dx

    layer = Both()
    layer(np.ones(3))
    assert layer.backward((np.ones(3), np.ones(1))).tolist() == [2, 1, 1]
    for wrong in ((np.ones(3), np.ones(3)), (np.ones(3),), np.ones(3)):
        with pytest.raises(ValueError, match=r"shape of its output, \(\(3,\), \(1,\)\), got "):
            layer.backward(wrong)
    with pytest.raises(TypeError, match="floating-point"):
        layer.backward((np.ones(3), np.ones(1, int)))


def test_passes_that_are_replaced_on_one_layer_are_checked_as_before():
    """As the figures and the attributions do it."""
    network = Sequential(first=Linear(3, 2, rng=0), relu=ReLU())
    relu, seen = network.relu, []
    usual = relu.forward, relu.backward
    relu.forward = lambda x: seen.append("there") or usual[0](x)
    relu.backward = lambda dout: seen.append("back") or usual[1](dout)
    out = network(np.ones((4, 3)))
    assert network.backward(out).shape == (4, 3)
    assert seen == ["there", "back"]
    with pytest.raises(ValueError, match=r"^ReLU expects dout "):
        relu.backward(out[:1])


def test_what_is_noted_keeps_no_array_alive():
    layer = Double()
    out = layer(np.ones((100, 100)))
    gone = weakref.ref(out)
    del out
    gc.collect()
    assert gone() is None


def test_the_passes_keep_their_names_and_their_descriptions():
    assert ReLU.forward.__name__ == "forward"
    assert ReLU.backward.__doc__.startswith("Let `dout` pass")


def test_a_name_that_is_misspelt_is_said_with_the_nearest():
    layer = Linear(2, 2)
    with pytest.raises(
        AttributeError, match=r"^Linear has no attribute 'weights'; did you mean 'w"
    ):
        layer.weights  # noqa: B018
    with pytest.raises(AttributeError, match=r"^Linear has no attribute 'lr'$"):
        layer.lr  # noqa: B018
    with pytest.raises(AttributeError, match=r"^Linear has no attribute '_repr_html_'$"):
        layer._repr_html_  # noqa: B018
    assert not hasattr(ReLU(), "out")
