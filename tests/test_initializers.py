"""Initial weights: their type, their size and their repeatability."""

import math

import numpy as np
import pytest

from lib.layers import Linear
from lib.layers.initializers import fans, he_normal, normal, xavier_normal, xavier_uniform

SHAPES = [(300, 200), (40, 30, 5, 3)]
EXPECTED = {
    "he": (he_normal, lambda fan_in, fan_out: math.sqrt(2 / fan_in)),
    "xavier": (xavier_normal, lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out))),
    "xavier-uniform": (xavier_uniform, lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out))),
    "normal": (normal(0.3), lambda fan_in, fan_out: 0.3),
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("shape", SHAPES)
def test_mean_and_standard_deviation(name, shape):
    initializer, std = EXPECTED[name]
    weights = initializer(shape, np.random.default_rng(0))
    assert weights.shape == shape
    assert weights.dtype == np.float32
    expected = std(*fans(shape))
    assert weights.std() == pytest.approx(expected, rel=0.02)
    assert abs(weights.mean()) < 4 * expected / math.sqrt(weights.size)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_generator_decides(name):
    initializer, _ = EXPECTED[name]
    one, two, other = (initializer((3, 4), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_uniform_form_stays_within_its_limit_and_fills_it(shape):
    weights = xavier_uniform(shape, np.random.default_rng(0))
    limit = math.sqrt(6 / sum(fans(shape)))
    assert 0.99 * limit < weights.max() <= limit
    assert -limit <= weights.min() < -0.99 * limit


def test_fans_count_inputs_and_outputs():
    assert fans((10, 20)) == (20, 10)
    assert fans((16, 3, 5, 2)) == (3 * 10, 16 * 10)


@pytest.mark.parametrize("initializer", [he_normal, xavier_normal, xavier_uniform])
def test_weights_need_two_axes(initializer):
    with pytest.raises(ValueError, match=r"^weights need at least two axes, got shape \(5,\)$"):
        initializer((5,), np.random.default_rng(0))


@pytest.mark.parametrize("draw", [he_normal, xavier_normal, xavier_uniform, normal(0.1)])
def test_a_seed_draws_what_its_generator_draws(draw):
    drawn = draw((3, 2), np.random.default_rng(0))
    assert np.array_equal(draw((3, 2), 0), drawn)
    with pytest.raises(
        TypeError, match=r"^rng must be a numpy.random.Generator, an integer seed or"
    ):
        draw((3, 2), "seed")


@pytest.mark.parametrize("shape", [None, 3, "ab", np.ones((2, 2)), (2, 1.5), (2, None)])
def test_a_shape_is_a_tuple_of_integers(shape):
    with pytest.raises(TypeError, match=r"shape must be a"):
        he_normal(shape, 0)
    with pytest.raises(ValueError, match=r"^a size of shape must be at least 1, got 0$"):
        he_normal((2, 0), 0)


@pytest.mark.parametrize("std", [-1, "small", None, np.nan])
def test_a_deviation_that_is_none_is_refused(std):
    with pytest.raises((TypeError, ValueError), match=r"^std must be "):
        normal(std)


@pytest.mark.parametrize("initializer", [None, "he", 0.1, Linear, np.ones((2, 2))])
def test_an_initializer_is_a_function(initializer):
    with pytest.raises(
        TypeError, match=r"^initializer must be called as initializer\(shape, rng\)"
    ):
        Linear(2, 2, initializer=initializer)


def test_weights_become_float32_whatever_is_drawn():
    layer = Linear(2, 2, initializer=lambda shape, rng: rng.standard_normal(shape))
    assert layer.weight.data.dtype == np.float32
