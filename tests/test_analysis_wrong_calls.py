"""Wrong calls of the functions of lib.analysis end in a message that says what is wrong."""

import re

import numpy as np
import pytest

from lib.analysis import (
    activation_maximization,
    activations,
    deconvnet,
    directional_check,
    effective_receptive_field,
    grad_cam,
    gradient,
    gradient_norms,
    gradient_times_input,
    gradient_turn,
    guided_backprop,
    numeric_gradient,
    occlusion,
    receptive_field,
    relative_error,
    summary,
    trace,
)
from lib.datasets import Dataset
from lib.networks import SimpleConvNet

X = np.random.default_rng(0).random((2, 1, 12, 12), dtype=np.float32)
DATASET = Dataset(X, [0, 1])
NETWORK = SimpleConvNet((1, 12, 12), num_filters=2, hidden_size=3, output_size=4, rng=0)


def maximize(network=NETWORK, layer="conv", unit=0, input_shape=(1, 12, 12), **settings):
    settings = {"steps": 1, "rng": 0, **settings}
    return activation_maximization(network, layer, unit, input_shape, **settings)


# Each takes a network, an input and more.
OF_NETWORK = {
    "activations": lambda n, x: activations(n, x, "conv"),
    "deconvnet": lambda n, x: deconvnet(n, x, 0),
    "effective_receptive_field": lambda n, x: effective_receptive_field(n, x, "conv"),
    "grad_cam": lambda n, x: grad_cam(n, x, 0, "conv"),
    "gradient": lambda n, x: gradient(n, x, 0),
    "gradient_norms": lambda n, x: gradient_norms(n, x, np.array([0, 1])),
    "gradient_turn": lambda n, x: gradient_turn(n, x, np.array([0, 1]), [0.1]),
    "gradient_times_input": lambda n, x: gradient_times_input(n, x, 0),
    "guided_backprop": lambda n, x: guided_backprop(n, x, 0),
    "occlusion": lambda n, x: occlusion(n, x, 0, 6),
    "trace": trace,
}
OF_SHAPE = {"summary": summary, "receptive_field": receptive_field, "maximize": maximize}


@pytest.mark.parametrize("name", [*OF_NETWORK, *OF_SHAPE, "directional_check"])
@pytest.mark.parametrize(
    ("network", "got"),
    [
        (None, "NoneType"),
        ("simple_convnet", "str"),
        (X, "ndarray"),
        (SimpleConvNet, "the class SimpleConvNet; SimpleConvNet(...) makes one"),
        (DATASET, "Dataset"),
    ],
)
def test_what_is_no_network_is_refused(name, network, got):
    with pytest.raises(TypeError, match=f"^network must be a layer, got {re.escape(got)}$"):
        if name in OF_NETWORK:
            OF_NETWORK[name](network, X)
        elif name in OF_SHAPE:
            OF_SHAPE[name](network, input_shape=(1, 12, 12))
        else:
            directional_check(network, X, 0)


@pytest.mark.parametrize("name", OF_NETWORK)
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (None, TypeError, "expected an array of NumPy, CuPy or PyTorch, got NoneType"),
        ([[1.0]], TypeError, "expected an array of NumPy, CuPy or PyTorch, got list"),
        (DATASET, TypeError, "expected an array of NumPy, CuPy or PyTorch, got Dataset"),
        (X[0], ValueError, r"(expects input of|expects images) .*\(1, 12, 12\)"),
        (X.transpose(0, 2, 3, 1), ValueError, r"got \(2, 12, 12, 1\); are the channels last\?"),
        ((255 * X).astype(np.uint8), TypeError, "expects floating-point numbers, got uint8"),
    ],
)
def test_what_is_no_input_is_refused(name, x, error, message):
    before = [dict(vars(layer)) for layer in NETWORK.modules()]
    with pytest.raises(error, match=message):
        OF_NETWORK[name](NETWORK, x)
    assert [dict(vars(layer)) for layer in NETWORK.modules()] == before


@pytest.mark.parametrize("name", OF_SHAPE)
@pytest.mark.parametrize(
    "shape", [None, 144, "abc", (), X, (1.0, 12, 12), (1, -12, 12), (1, 0, 12), (True, 12, 12)]
)
def test_what_is_no_shape_is_refused(name, shape):
    with pytest.raises((TypeError, ValueError), match=r"^(each of )?input_shape must be "):
        OF_SHAPE[name](NETWORK, input_shape=shape)


@pytest.mark.parametrize("name", OF_SHAPE)
@pytest.mark.parametrize("shape", [[1, 12, 12], (np.int64(1), np.int32(12), 12)])
def test_a_shape_of_any_integers_is_taken(name, shape):
    assert str(OF_SHAPE[name](NETWORK, input_shape=shape)) == str(
        OF_SHAPE[name](NETWORK, input_shape=(1, 12, 12))
    )


def test_a_target_of_numpy_is_a_class():
    assert np.array_equal(gradient(NETWORK, X, np.int64(2)), gradient(NETWORK, X, 2))
    assert np.array_equal(gradient(NETWORK, X, [2, 2]), gradient(NETWORK, X, 2))


A_LAYER = "^a layer is asked for by its name, a string, got {}; there are "
OUT_OF_RANGE = [
    *((lambda t=t: gradient(NETWORK, X, t), "^target must be") for t in (4, -1, 1.5, "1", None)),
    *(
        (lambda layer=layer: activations(NETWORK, X, layer), A_LAYER.format(got))
        for layer, got in [(None, "NoneType"), (NETWORK.conv, "Conv2d"), ([3], "int")]
    ),
    (lambda: grad_cam(NETWORK, X, 0, NETWORK.conv), A_LAYER.format("Conv2d")),
    (lambda: maximize(layer=0), A_LAYER.format("int")),
    (lambda: activations(NETWORK, X, "conv", training="no"), "^training must be True or False"),
    *((lambda f=f: occlusion(NETWORK, X, 0, 6, fill=f), "^fill must be") for f in ("0", np.nan)),
    *((lambda u=u: maximize(unit=u), "^unit must be an integer") for u in (None, "1", 1.0)),
    *((lambda s=s: maximize(steps=s), "^steps must be") for s in (-1, 1.5, "1", None)),
    *(
        (lambda name=name, v=v: maximize(**{name: v}), f"^{name} must be")
        for name in ("learning_rate", "weight_decay", "start_std")
        for v in (-0.1, "0.1", None, np.inf)
    ),
    *((lambda b=b: maximize(bounds=b), "^bounds must be") for b in (1, "01", (0, 1, 2))),
    *((lambda b=b: maximize(bounds=b), "of bounds must be") for b in ((1, 0), (0, None), (0, 0))),
    (lambda: maximize(rng="0"), "^rng must be a numpy.random.Generator, an integer seed or None"),
    (lambda: directional_check(NETWORK, X, "0"), "^rng must be"),
    (lambda: directional_check(NETWORK, X, 0, eps=0), "^eps must be above 0"),
    (lambda: directional_check(NETWORK, X, 0, directions=0), "^directions must be at least 1"),
    (
        lambda: directional_check(NETWORK, DATASET, 0),
        "^expected an array of .*, got Data",
    ),
    (
        lambda: numeric_gradient(np.sum, [1.0]),
        "^expected an array of NumPy, CuPy or PyTorch, got list",
    ),
    (lambda: numeric_gradient(np.sum, np.ones(2), eps=-1), "^eps must be above 0"),
    (
        lambda: relative_error([1.0], [1.0]),
        "^expected an array of NumPy, CuPy or PyTorch, got list",
    ),
    (lambda: relative_error("a", "a"), "^expected an array of NumPy, CuPy or PyTorch, got str"),
    (lambda: relative_error(np.ones(2) * 1j, np.ones(2)), "^relative_error expects real numbers"),
    (lambda: relative_error(1.0, 1.0, floor=-1), "^floor must be at least 0"),
]


@pytest.mark.parametrize(("call", "message"), OUT_OF_RANGE)
def test_a_setting_that_makes_no_sense_is_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_finite_is_no_right_gradient(wrong):
    assert relative_error(np.array([1.0, wrong]), np.array([1.0, wrong])) == 1
    assert relative_error(wrong, 1.0) == relative_error(1.0, wrong) == 1
