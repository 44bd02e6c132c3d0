import numpy as np
import pytest

from lib.analysis import activation_maximization
from lib.backend import to_numpy
from lib.layers import Conv2d, Dropout, Flatten, Linear, ReLU, Residual, Sequential
from tests.kinds import assert_same_kind


def small(rng):
    return Sequential(
        conv=Conv2d(1, 3, 3, rng=rng),
        drop=Dropout(0.5, rng=rng),
        relu=ReLU(),
        block=Residual(Conv2d(3, 3, 1, rng=rng)),
        flatten=Flatten(),
        output=Linear(3 * 4 * 5, 2, rng=rng),
    )


@pytest.mark.parametrize(
    ("layer", "unit"), [("conv", 2), ("block", 0), ("block.body", 1), ("output", 1), ("", 0)]
)
def test_the_image_excites_the_unit(layer, unit, rng):
    network = small(rng)
    image, activations = activation_maximization(
        network, layer, unit, (1, 6, 7), steps=40, learning_rate=0.05, rng=rng
    )
    assert image.shape == (1, 6, 7)
    assert len(activations) == 41
    assert activations[-1] > activations[0] + 0.2
    layers = dict(network.eval().named_modules())
    layers[layer].forward = record = Record(layers[layer].forward)
    network(image[None])
    assert np.mean(record.out[0, unit]) == pytest.approx(activations[-1], rel=1e-5)


class Record:
    def __init__(self, forward):
        self.forward = forward

    def __call__(self, x):
        self.out = self.forward(x)
        return self.out


def test_a_step_is_the_formula():
    template = Linear(4, 2).astype("float64")
    weight = template.weight.data[1]
    settings = {"learning_rate": 0.5, "weight_decay": 0.1, "start_std": 2.0}
    start, _ = activation_maximization(
        template, "", 1, (4,), steps=0, rng=np.random.default_rng(1), **settings
    )
    assert np.array_equal(start, 2 * np.random.default_rng(1).standard_normal(4, np.float32))
    image, _ = activation_maximization(
        template, "", 1, (4,), steps=1, rng=np.random.default_rng(1), **settings
    )
    direction = weight / np.sqrt((weight**2).mean())
    np.testing.assert_allclose(image, start + 0.5 * (direction - 0.1 * start))


def test_a_filter_finds_its_own_pattern_within_bounds(rng):
    network = Sequential(conv=Conv2d(1, 1, 3, rng=rng))
    image, _ = activation_maximization(
        network, "conv", 0, (1, 3, 3), bounds=(0, 1), weight_decay=0.0, rng=rng
    )
    assert np.array_equal(image[0], network.conv.weight.data[0, 0] > 0)


def test_the_first_image_lies_in_the_middle_of_the_bounds():
    image, _ = activation_maximization(
        Linear(2, 1), "", 0, (2,), steps=0, start_std=0, bounds=(0, 3)
    )
    assert image.tolist() == [1.5, 1.5]


def test_a_dead_unit_leaves_the_image(rng):
    network = Sequential(Linear(2, 1), ReLU())
    network[0].weight.data[:] = 0
    network[0].bias.data[:] = -1
    image, activations = activation_maximization(
        network, "1", 0, (2,), steps=3, weight_decay=0.0, start_std=1.0, rng=rng
    )
    assert np.array_equal(image, np.random.default_rng(0).standard_normal(2, np.float32))
    assert activations == [0, 0, 0, 0]


def test_the_same_generator_gives_the_same_image_on_every_device(kind):
    network = small(np.random.default_rng(0))
    expected, _ = activation_maximization(
        network, "conv", 1, (1, 6, 7), steps=5, rng=np.random.default_rng(3)
    )
    like = kind(np.zeros((1, 1, 6, 7), np.float32))
    network.to_device(like)
    image, activations = activation_maximization(
        network, "conv", 1, (1, 6, 7), steps=5, rng=np.random.default_rng(3)
    )
    assert_same_kind(image, like)
    np.testing.assert_allclose(to_numpy(image), expected, rtol=1e-4, atol=1e-6)
    assert all(isinstance(value, float) for value in activations)


def test_the_network_stays_as_it_was(rng):
    network = small(rng)
    before = [dict(vars(thing)) for thing in (*network.modules(), *network.parameters())]
    activation_maximization(network, "block", 0, (1, 6, 7), steps=2)
    after = [dict(vars(thing)) for thing in (*network.modules(), *network.parameters())]
    for now, then in zip(after, before, strict=True):
        assert now.keys() == then.keys()
        assert all(now[name] is then[name] for name in then)


class PassedBy(Sequential):
    def forward(self, x):
        return x


def test_what_makes_no_sense_is_refused(rng):
    network = small(rng)
    for unit in (3, -1):
        with pytest.raises(ValueError, match=f'layer "conv" has units 0 to 2, got {unit}'):
            activation_maximization(network, "conv", unit, (1, 6, 7))
    with pytest.raises(ValueError, match='there is no layer "cnov"; there are "conv", "drop"'):
        activation_maximization(network, "cnov", 0, (1, 6, 7))
    with pytest.raises(ValueError, match=r"^the upper of bounds must be above 1, got 0"):
        activation_maximization(network, "conv", 0, (1, 6, 7), bounds=(1, 0))
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        activation_maximization(network, "conv", 0, (1, 6, 7), steps=-1)
    with pytest.raises(ValueError, match='does not come by layer "relu"'):
        activation_maximization(PassedBy(relu=ReLU()), "relu", 0, (2,))
    assert "forward" not in vars(network.conv)


def plain_blur(image, std):
    """Blur by the definition, pixel by pixel; behind the border the image begins again."""
    reach = int(np.ceil(3 * std))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-(steps**2) / (2 * std**2))
    weights /= weights.sum()
    blurred = np.zeros_like(image)
    for place in np.ndindex(image.shape[-2:]):
        for a, one in zip(steps, weights, strict=True):
            for b, other in zip(steps, weights, strict=True):
                row, col = (place[0] + a) % image.shape[-2], (place[1] + b) % image.shape[-1]
                blurred[..., place[0], place[1]] += one * other * image[..., row, col]
    return blurred


def test_a_step_ends_with_a_blur():
    template = Sequential(flatten=Flatten(), output=Linear(20, 1)).astype("float64")
    settings = {"learning_rate": 0.5, "start_std": 1.0, "rng": 1}
    sharp, _ = activation_maximization(template, "", 0, (1, 4, 5), steps=1, **settings)
    soft, activations = activation_maximization(
        template, "", 0, (1, 4, 5), steps=1, blur=0.6, **settings
    )
    np.testing.assert_allclose(soft, plain_blur(sharp, 0.6), atol=1e-12)
    assert activations[-1] == pytest.approx(template(soft[None])[0, 0])


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_jitter_shifts_what_the_network_sees_and_shifts_the_gradient_back(steps):
    template = Sequential(flatten=Flatten(), output=Linear(30, 1)).astype("float64")
    weight = template.output.weight.data.reshape(1, 5, 6)
    settings = {"learning_rate": 0.5, "weight_decay": 0.1, "start_std": 1.0}
    image, activations = activation_maximization(
        template, "", 0, (1, 5, 6), steps=steps, jitter=2, rng=7, **settings
    )
    rng = np.random.default_rng(7)
    x, seen = rng.standard_normal((1, 1, 5, 6), np.float32).astype(float)[0], []
    for _ in range(steps):
        down, right = rng.integers(-2, 3, 2)
        seen.append((np.roll(x, (down, right), (1, 2)) * weight).sum())
        direction = np.roll(weight, (-down, -right), (1, 2))
        x = x + 0.5 * (direction / np.sqrt((weight**2).mean()) - 0.1 * x)
    np.testing.assert_allclose(image, x)
    np.testing.assert_allclose(activations, [*seen, (x * weight).sum()])


def test_jitter_and_blur_are_the_same_on_every_kind_of_array(kind):
    network = small(np.random.default_rng(0))
    settings = {"steps": 4, "jitter": 1, "blur": 0.5, "rng": 3}
    expected, _ = activation_maximization(network, "conv", 1, (1, 6, 7), **settings)
    like = kind(np.zeros((1, 1, 6, 7), np.float32))
    network.to_device(like)
    image, _ = activation_maximization(network, "conv", 1, (1, 6, 7), **settings)
    assert_same_kind(image, like)
    np.testing.assert_allclose(to_numpy(image), expected, rtol=1e-3, atol=1e-5)


def test_what_has_no_rows_is_neither_shifted_nor_blurred():
    for setting in ({"jitter": 1}, {"blur": 0.5}):
        with pytest.raises(ValueError, match=r"expect rows and columns, got input_shape \(4,\)"):
            activation_maximization(Linear(4, 1), "", 0, (4,), **setting)
