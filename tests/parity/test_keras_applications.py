"""Keras's own applications and our networks, with the same weights, give the same outputs."""

import numpy as np
import pytest

from lib.networks import VGG, MobileNetV1, MobileNetV2, ResNet, Xception
from lib.optimizers import Momentum
from tests.network_checks import NoDraws, losses_of_five_steps
from tests.parity import keras_weights

pytestmark = [pytest.mark.parity, pytest.mark.slow]
CLASSES = 5
# Of each application: our twin, and the function that brings the weights over.
CASES = {
    "VGG16": (lambda **s: VGG(16, **s), keras_weights.state_of_vgg),
    "VGG19": (lambda **s: VGG(19, **s), keras_weights.state_of_vgg),
    "ResNet50": (
        lambda **s: ResNet(50, stride_in_1x1=True, **s),
        keras_weights.state_of_resnet50,
    ),
    "Xception": (Xception, keras_weights.state_of_xception),
    "MobileNet": (MobileNetV1, keras_weights.state_of_mobilenet),
    "MobileNetV2": (
        lambda **s: MobileNetV2(like_keras=True, **s),
        keras_weights.state_of_mobilenet_v2,
    ),
}


@pytest.fixture
def build(keras):
    """Build an application without trained weights, giving logits."""

    def build(name, size):
        keras.utils.set_random_seed(0)
        return getattr(keras.applications, name)(
            weights=None,
            classes=CLASSES,
            classifier_activation=None,
            input_shape=(*size, 3),
        )

    return build


def channels_last(torch, images):
    return torch.tensor(images).permute(0, 2, 3, 1)


def stir(torch, model, images, rng):
    """Give every weight and statistic a value of its own, and keep the picture visible.

    The statistics are near those of a batch: with others, the signal would be lost on its way
    through so many layers, and with it what the lower ones do.
    """
    norms = [layer for layer in model.layers if type(layer).__name__ == "BatchNormalization"]
    for layer in norms:
        layer.usual_momentum, layer.momentum = layer.momentum, 0.0
    with torch.no_grad():
        for weight in model.weights:
            if weight.name in ("bias", "beta"):
                weight.assign(0.2 * rng.standard_normal(weight.shape))
            elif weight.name == "gamma":
                weight.assign(1 + 0.2 * rng.standard_normal(weight.shape))
            elif not norms:
                weight.assign(2**0.5 * weight.value)  # what ReLU takes away
        if norms:
            model(channels_last(torch, images), training=True)
        for layer in norms:
            layer.momentum = layer.usual_momentum
            mean, var = (w.value.numpy() for w in (layer.moving_mean, layer.moving_variance))
            layer.moving_mean.assign(mean + 0.3 * rng.uniform(-1, 1, mean.shape) * var**0.5)
            layer.moving_variance.assign(var * 2 ** rng.uniform(-1, 1, var.shape))


def pictures(rng, n, size):
    """Noise, each channel of each picture about a brightness of its own."""
    noise = rng.standard_normal((n, 3, *size)) + rng.standard_normal((n, 3, 1, 1))
    return noise.astype("float32")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("VGG16", (224, 224)),
        ("VGG19", (224, 224)),
        ("ResNet50", (57, 64)),
        ("Xception", (71, 80)),
        ("MobileNet", (64, 96)),
        ("MobileNet", (75, 50)),
        ("MobileNetV2", (64, 96)),
        ("MobileNetV2", (75, 50)),
    ],
)
def test_outputs_are_those_of_keras(torch, build, name, size, rng):
    """To 1e-4 of the largest output: single logits may be near 0, and float32 has seven digits."""
    twin, state_of = CASES[name]
    model = build(name, size)
    images = pictures(rng, 2 if name.startswith("VGG") else 4, size)
    stir(torch, model, images, rng)
    with torch.no_grad():
        expected = model(channels_last(torch, images), training=False).numpy()
    network = twin(num_classes=CLASSES, rng=NoDraws())
    network.load_state(state_of(model))
    actual = network.predict(images)
    largest = np.abs(expected).max()
    assert np.abs(actual - expected).max() <= 1e-4 * largest
    assert np.ptp(expected, axis=0).max() > 0.05 * largest  # they depend on the picture


def test_five_steps_of_xception_follow_keras(torch, build, rng):
    """In float32, which Keras normalizes in, whatever the type of the layers.

    Two such trainings of the others part within five steps: their last layers normalize so few
    numbers that rounding grows too fast. They follow their PyTorch twins, in float64.
    """
    twin, state_of = CASES["Xception"]
    model = build("Xception", (71, 71))
    images, labels = pictures(rng, 6, (71, 71)), rng.integers(0, CLASSES, 6)
    stir(torch, model, images, rng)
    network = twin(num_classes=CLASSES, dropout=0, rng=NoDraws())
    before = state_of(model)
    network.load_state(before)
    weights = [weight.value for weight in model.trainable_weights]
    optimizers = Momentum(network, lr=2e-4), torch.optim.SGD(weights, lr=2e-4, momentum=0.9)

    def their_logits(tensor):
        return model(tensor.permute(0, 2, 3, 1), training=True)

    values, expected = losses_of_five_steps(
        torch, network, optimizers[0], their_logits, optimizers[1], images, labels
    )
    assert values == pytest.approx(expected, rel=1e-4)
    assert values[-1] < 0.9 * values[0]
    after = state_of(model)
    for name, parameter in network.named_parameters():
        moved, their_move = parameter.data - before[name], after[name] - before[name]
        assert np.abs(moved - their_move).max() < 0.05 * np.abs(their_move).max() + 1e-6, name
