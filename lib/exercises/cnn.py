"""The exercises of the chapter *A CNN from scratch* on networks and their passes."""

import copy

import numpy as np

from lib.analysis import numeric_gradient, relative_error
from lib.exercises.comparison import NotWritten, Rejected, expect, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import Layer, Linear, ReLU
from lib.networks import SimpleConvNet


def _forgets_the_biases(num_filters, filter_size, hidden_size):
    pooled = (28 - filter_size + 1) // 2
    conv = num_filters * filter_size**2
    return conv + num_filters * pooled**2 * hidden_size + hidden_size * 10


def _forgets_the_pooling(num_filters, filter_size, hidden_size):
    size = 28 - filter_size + 1
    conv = num_filters * (filter_size**2 + 1)
    return conv + (num_filters * size**2 + 1) * hidden_size + (hidden_size + 1) * 10


def _rounds(num_filters, filter_size, hidden_size):
    pooled = round((28 - filter_size + 1) / 2)
    conv = num_filters * (filter_size**2 + 1)
    return conv + (num_filters * pooled**2 + 1) * hidden_size + (hidden_size + 1) * 10


def _one_bias_a_pixel(num_filters, filter_size, hidden_size):
    size = 28 - filter_size + 1
    conv = num_filters * (filter_size**2 + size**2)
    return conv + (num_filters * (size // 2) ** 2 + 1) * hidden_size + (hidden_size + 1) * 10


@exercise("cnn-1", wrong=[_forgets_the_biases, _forgets_the_pooling, _rounds, _one_bias_a_pixel])
def check_parameter_count(answer):
    """Every weight and every bias is counted, for odd sizes too."""
    # 25, 23 and 27 rows before the pooling: round() takes halves now down and now up.
    for settings in ((30, 5, 100), (16, 3, 50), (8, 4, 20), (8, 6, 20), (4, 2, 30)):
        num_filters, filter_size, hidden_size = settings
        network = SimpleConvNet(
            num_filters=num_filters, filter_size=filter_size, hidden_size=hidden_size
        )
        expect(answer, *settings, returns=network.parameter_count())


class _WritesIntoDout:
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.negative = x < 0
        return np.where(self.negative, self.slope * x, x)

    def backward(self, dout):
        dout[self.negative] *= self.slope
        return dout


class _StopsTheGradient(_WritesIntoDout):
    def backward(self, dout):
        return dout * ~self.negative


class _KnowsOneSlope(_WritesIntoDout):
    def __init__(self, slope):
        super().__init__(0.1)

    def backward(self, dout):
        return np.where(self.negative, 0.1 * dout, dout)


class _LooksAtTheGradient(_WritesIntoDout):
    def backward(self, dout):
        return np.where(dout < 0, self.slope * dout, dout)


@exercise("cnn-3", wrong=[_WritesIntoDout, _StopsTheGradient, _KnowsOneSlope, _LooksAtTheGradient])
def check_leaky_relu(answer):
    """Both passes are right for any slope, and neither writes into its argument."""
    rng = np.random.default_rng(0)
    for slope in (0.1, 0.25):
        layer = answer(slope)

        def forward(x, layer=layer):
            return layer.forward(x)

        def backward(dout, layer=layer):
            return layer.backward(dout)

        given = np.array([[-2.0, 3.0]])
        expect(forward, given, returns=np.array([[-2 * slope, 3.0]]))
        expect(backward, np.array([[5.0, 7.0]]), returns=np.array([[5 * slope, 7.0]]))
        x, dout = rng.standard_normal((2, 4, 3, 5))
        expect(forward, x, returns=np.where(x < 0, slope * x, x))
        expect(backward, dout, returns=np.where(x < 0, slope * dout, dout))


def _forward(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


def _dx(layers, x, dout, *, in_reverse):
    """Run both passes of a chain on copies of its layers, the second in reverse or not."""
    layers = copy.deepcopy(layers)
    _forward(layers, x)
    for layer in reversed(layers) if in_reverse else layers:
        dout = layer.backward(dout)
    return dout


def _linear(inputs, outputs):
    layer = Linear(inputs, outputs, bias=False).astype("float64")
    layer.weight.data[:] = np.arange(1.0, 1 + inputs * outputs).reshape(outputs, inputs)
    return layer


def _one_layer_alone():
    return [_linear(3, 3)], np.array([[1.0, -2.0, 3.0]])


def _shapes_that_do_not_fit():
    return [_linear(3, 4), ReLU()], np.array([[1.0, -2.0, 3.0]])


def _layers_that_commute():
    return [ReLU(), ReLU()], np.array([[1.0, -2.0, 3.0]])


def _nothing_that_the_relu_stops():
    return [_linear(2, 2), ReLU()], np.array([[1.0, 2.0]])


@exercise(
    "cnn-5",
    wrong=[
        _one_layer_alone,
        _shapes_that_do_not_fit,
        _layers_that_commute,
        _nothing_that_the_relu_stops,
    ],
)
def check_case_against_the_chain(answer):
    """On your layers the wrong chain runs without an error, and its gradient is wrong."""
    case = answer()
    if unwritten(case) or (isinstance(case, tuple | list) and any(map(unwritten, case))):
        raise NotWritten
    if not isinstance(case, tuple | list) or len(case) != 2:
        raise Rejected(f"expected a list of layers and an input, got {short(case)}")
    layers, x = list(case[0]), np.asarray(case[1], float)
    if x.ndim < 2:
        raise Rejected(f"expected a batch, of shape (1, 3) for example, got shape {x.shape}")
    out = _forward(copy.deepcopy(layers), x)
    dout = np.random.default_rng(0).standard_normal(out.shape)
    right = _dx(layers, x, dout, in_reverse=True)
    try:
        wrong = _dx(layers, x, dout, in_reverse=False)
    except Exception as error:
        raise Rejected(
            f"expected a wrong gradient without an error, got {type(error).__name__}: nobody would "
            "overlook that"
        ) from None
    if wrong.shape == right.shape and np.allclose(wrong, right):
        raise Rejected(f"expected a wrong gradient, got the right one, {short(right)}")


class _Reversed(Linear):
    """A linear layer whose backward pass takes the outputs in reverse: ones hide that."""

    def backward(self, dout):
        return super().backward(dout[:, ::-1])


class _AddMean(Layer):
    """Adds the mean of the batch; one example alone is its own mean, which hides the mistake."""

    def forward(self, x):
        return x + x.mean(axis=0)

    def backward(self, dout):
        return 2 * dout


class _Square(Layer):
    """Its gradient depends on the input that it saw last."""

    def forward(self, x):
        self.x = x.copy()
        return x**2

    def backward(self, dout):
        return 2 * self.x * dout


def _numeric(layer, x, upstream):
    return numeric_gradient(lambda moved: (layer.forward(moved) * upstream).sum(), x)


def _sends_back_ones(layer, x, rng):
    out = layer.forward(x)
    numeric = _numeric(layer, x, np.ones_like(out))
    layer.forward(x)
    return relative_error(layer.backward(np.ones_like(out)), numeric)


def _checks_one_example(layer, x, rng):
    x = x[:1]
    upstream = rng.standard_normal(layer.forward(x).shape)
    numeric = _numeric(layer, x, upstream)
    layer.forward(x)
    return relative_error(layer.backward(upstream), numeric)


def _does_not_run_forward_again(layer, x, rng):
    upstream = rng.standard_normal(layer.forward(x).shape)
    numeric = _numeric(layer, x, upstream)
    return relative_error(layer.backward(upstream), numeric)


def _gives_an_absolute_error(layer, x, rng):
    upstream = rng.standard_normal(layer.forward(x).shape)
    numeric = _numeric(layer, x, upstream)
    layer.forward(x)
    return float(np.abs(layer.backward(upstream) - numeric).max())


@exercise(
    "cnn-8",
    wrong=[
        _sends_back_ones,
        _checks_one_example,
        _does_not_run_forward_again,
        _gives_an_absolute_error,
    ],
)
def check_the_check(answer):
    """Right layers pass, with small numbers and large ones, and both broken ones are found."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 5))
    cases = [
        ("a right Linear layer", Linear(5, 4, rng=rng), x, True),
        ("a right ReLU layer", ReLU(), x, True),
        ("a right layer that squares its input", _Square(), x, True),
        ("a right layer that squares large numbers", _Square(), 1000 * x, True),
        ("a Linear layer that takes dout in reverse", _Reversed(5, 4, rng=rng), x, False),
        ("a layer with a wrong gradient of a batch mean", _AddMean(), x, False),
    ]
    for name, layer, given, right in cases:
        got = answer(layer.astype("float64"), given.copy(), np.random.default_rng(1))
        if unwritten(got):
            raise NotWritten
        if not isinstance(got, float):
            raise Rejected(f"expected a relative error, a float, got {type(got).__name__}")
        if right and not got < 1e-7:
            raise Rejected(f"{name}: expected an error below 1e-7, got {got:.1e}")
        if not right and not got > 1e-4:
            raise Rejected(f"{name}: expected an error above 1e-4, got {got:.1e}")
