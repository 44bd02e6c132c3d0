"""The network in the page is the library's: every layer, and the ways back to the pixels."""

import itertools

import numpy as np
import pytest

from lib.analysis import activations, grad_cam, gradient
from lib.datasets import load_mnist_sample
from lib.layers import Conv2d, Flatten, LeakyReLU, Linear, MaxPool2d, ReLU, Sequential
from lib.trained import load_trained, trained_names
from lib.widgets import DrawADigit
from lib.widgets.convnet import NETWORKS, describe, half_precision, written
from tests.widgets.conftest import NAMED, compute

pytestmark = pytest.mark.browser

RUN = """([network, images]) => {
    const { read, forward, logits } = Widgets.defined.convnet, layers = read(network);
    return images.map((pixels) => {
        const image = { data: Float32Array.from(pixels), shape: network.input };
        return Array.from(logits(forward(layers, image)));
    });
}"""
LOOK = """([network, images, targets, at]) => {
    const { read, forward, backward, gradCam } = Widgets.defined.convnet, layers = read(network);
    return images.map((pixels, k) => {
        const passes = forward(layers, { data: Float32Array.from(pixels), shape: network.input });
        const back = backward(passes, targets[k]);
        return {
            outputs: passes.map((pass) => Array.from(pass.y.data)),
            gradient: Array.from(back.image),
            cam: at < 0 ? null : Array.from(gradCam(passes, at, back).data),
        };
    });
}"""
# Every number of some maps again, from what is said to lie behind it.
BEHIND = """([network, pixels]) => {
    const { read, forward, behind } = Widgets.defined.convnet, layers = read(network);
    const passes = forward(layers, { data: Float32Array.from(pixels), shape: network.input });
    let worst = 0, count = 0;
    for (const pass of passes) {
        const [C, H, W] = [...pass.y.shape, 1, 1], { type } = pass.layer;
        for (let m = 0; m < C; m += 3) for (let r = 0; r < H; r++) for (let c = 0; c < W; c++) {
            const { channels, bias, value } = behind(pass, m, r, c);
            if (value !== pass.y.data[(m * H + r) * W + c]) throw Error(`${type} ${m} ${r} ${c}`);
            const pixels = channels[0].pixels;
            const again = {
                Conv2d: () => channels.reduce((sum, channel) => sum + channel.sum, bias),
                Linear: () => channels[0].sum + bias,
                ReLU: () => Math.max(0, pixels[0]),
                MaxPool2d: () => Math.max(...pixels),
            }[type];
            if (again) worst = Math.max(worst, Math.abs(again() - value));
            count++;
        }
    }
    return [worst, count];
}"""


@pytest.fixture(scope="module")
def digits():
    """Digits that no shipped network was trained on."""
    return load_mnist_sample().images


@pytest.fixture
def page(shown):
    return shown(DrawADigit(**NAMED, label="Draw a digit"))


def flat(images):
    return images.reshape(len(images), -1).tolist()


def in_double(network):
    """Return a network with parameters of double precision.

    On the black ground of a digit many windows are alike. Their outputs then are equal, and the
    first wins in a pooling, where BLAS does not round them differently; in double it does not.
    """
    for _, array in (*network.named_parameters(), *network.named_buffers()):
        array.data = array.data.astype(np.float64)
    return network


def as_shipped(names):
    return [name for name in names if name in trained_names()]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (LeakyReLU(), r'^layer "odd" is a LeakyReLU; a page can run Normalize, Conv2d'),
        (Conv2d(2, 2, 1, groups=2), r'^layer "odd" has groups; a page cannot run it$'),
        (Conv2d(2, 2, 1, bias=False), r'^layer "odd" has no bias; a page cannot run it$'),
        (MaxPool2d(2, padding=1), r'^layer "odd" has padding or dilation; a page cannot run it$'),
    ],
)
def test_what_a_page_cannot_run_is_refused_by_name(layer, message):
    with pytest.raises(TypeError, match=message):
        describe(Sequential(odd=layer), (2, 4, 4))


def test_dropout_is_left_out():
    assert "dropout" not in [layer["name"] for layer in written("deep_convnet")["layers"]]


@pytest.mark.parametrize("name", as_shipped(NETWORKS))
def test_logits_are_the_librarys_with_the_same_rounded_weights(page, digits, name):
    images = digits[:200]
    got = np.array(compute(page, RUN, [written(name), flat(images)]))
    expected = half_precision(load_trained(name)).predict(images)
    assert got == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", as_shipped(("deep_convnet", "deep_convnet_augmented")))
def test_rounding_the_weights_changes_no_answer(digits, name):
    digits = digits[:2500]
    exact = load_trained(name).predict(digits)
    rounded = half_precision(load_trained(name)).predict(digits)
    assert (exact.argmax(1) != rounded.argmax(1)).sum() <= 2  # of 2,500
    assert np.abs(exact - rounded).max() < 0.1


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("deep_convnet", "relu6"),
        ("deep_convnet_augmented", "relu6"),
        ("two_conv_net", "relu2"),
        ("mlp", None),
    ],
)
def test_maps_gradient_and_grad_cam_are_the_librarys(page, digits, name, last):
    images, targets = digits[:10].astype(np.float64), np.arange(10)
    network, description = in_double(half_precision(load_trained(name))), written(name)
    names = [layer["name"] for layer in description["layers"]]
    at = names.index(last) if last else -1
    got = compute(page, LOOK, [description, flat(images), targets.tolist(), at])
    found = activations(network, images, names)
    for k, one in enumerate(got):
        for layer, output in zip(names, one["outputs"], strict=True):
            assert np.abs(output - found[layer][k].ravel()).max() < 1e-4, layer
    expected = {"gradient": gradient(network, images, targets)}
    if last:
        expected["cam"] = grad_cam(network, images, targets, last)
    for part, maps in expected.items():
        assert np.abs([one[part] for one in got] - maps.reshape(10, -1)).max() < 1e-4, part


SHAPES = [
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    {"kernel_size": 5, "stride": 3, "padding": 0, "dilation": 1},
    {"kernel_size": 1, "stride": 2, "padding": 1, "dilation": 1},
    {"kernel_size": (2, 4), "stride": (1, 3), "padding": (0, 3), "dilation": (3, 1)},
]


POOLINGS = [{"kernel_size": (3, 2), "stride": (2, 1)}, {"kernel_size": 2}]


@pytest.mark.parametrize("settings", SHAPES)
def test_convolution_and_pooling_of_any_shape_are_the_librarys(page, settings):
    for filters, pooling in itertools.product((1, 3, 4, 6), POOLINGS):
        rng = np.random.default_rng(filters)
        conv = Conv2d(2, filters, **settings, rng=rng)
        conv.bias.data[:] = rng.standard_normal(filters)
        features = Sequential(conv=conv, relu=ReLU(), pool=MaxPool2d(**pooling), flatten=Flatten())
        images = rng.standard_normal((3, 2, 11, 13)).astype(np.float32)
        output = Linear(features(images).shape[1], 4, rng=rng)
        network = half_precision(Sequential(**features.children(), output=output))
        targets = np.array([0, 3, 1])
        description = describe(network, (2, 11, 13))
        got = compute(page, LOOK, [description, flat(images), targets.tolist(), 1])
        logits = np.array([one["outputs"][-1] for one in got])
        assert logits == pytest.approx(network(images), abs=1e-5)
        expected = {
            "gradient": gradient(network, images, targets),
            "cam": grad_cam(network, images, targets, "relu"),
        }
        for part, maps in expected.items():
            assert np.array([one[part] for one in got]) == pytest.approx(
                maps.reshape(3, -1), abs=1e-5
            )


@pytest.mark.parametrize("name", as_shipped(("deep_convnet_augmented", "two_conv_net", "mlp")))
def test_the_arithmetic_behind_a_pixel_gives_the_pixel(page, digits, name):
    worst, count = compute(page, BEHIND, [written(name), digits[3].ravel().tolist()])
    assert worst < 1e-4
    assert count > 100


def test_half_precision_is_read_exactly(page):
    """All kinds of numbers: subnormal, negative zero, the largest, and powers of 2."""
    numbers = np.array([0, -0.0, 2**-24, -3 * 2**-24, 2**-14, 1, -1.5, 65504, 0.1], np.float16)
    layer = Linear(9, 1)
    layer.weight.data[:] = numbers
    network = describe(Sequential(output=layer), (9,))
    read = "(n) => Array.from(Widgets.defined.convnet.read(n).layers[0].weight.data)"
    assert page.evaluate(read, network) == numbers.astype(float).tolist()
