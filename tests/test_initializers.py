"""Initial weights: their type, their size and their repeatability."""

import math

import numpy as np
import pytest

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
