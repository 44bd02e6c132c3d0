"""Another program makes of an exported network what the network itself makes."""

import json

import numpy as np
import pytest

from lib import layers, networks
from lib.trained import load_trained

pytestmark = pytest.mark.parity
CLOSE = 1e-4  # of the largest logit; a batch norm that is off by its eps is further away
SMALL = {"width": 1 / 8, "num_classes": 7, "rng": 0}

# Odd sizes, where paddings at the ends and windows that hang over are at work.
NETWORKS = {
    "MLP": (networks.MLP, {"rng": 0}, (1, 28, 28)),
    "SimpleConvNet": (networks.SimpleConvNet, {"rng": 0}, (1, 28, 28)),
    "TwoConvNet": (networks.TwoConvNet, {"rng": 0}, (1, 28, 28)),
    "DeepConvNet": (networks.DeepConvNet, {"rng": 0}, (1, 28, 28)),
    "LeNet5": (networks.LeNet5, {"rng": 0}, (1, 32, 32)),
    "LeNet5, modern": (networks.LeNet5, {"modern": True, "rng": 0}, (1, 32, 32)),
    "AlexNet": (networks.AlexNet, SMALL, (3, 96, 96)),
    "VGG": (networks.VGG, SMALL | {"depth": 11, "batch_norm": True}, (3, 40, 64)),
    "GoogLeNet": (networks.GoogLeNet, SMALL, (3, 61, 64)),
    "GoogLeNet, training its heads": (networks.GoogLeNet, SMALL | {"aux": True}, (3, 224, 224)),
    "ResNet-18": (networks.ResNet, SMALL | {"depth": 18}, (3, 65, 64)),
    "ResNet-50": (networks.ResNet, SMALL | {"depth": 50}, (3, 65, 64)),
    "plain ResNet": (networks.ResNet, SMALL | {"depth": 18, "skips": False}, (3, 64, 64)),
    "CIFARResNet": (networks.CIFARResNet, {"depth": 8, "rng": 0}, (3, 33, 32)),
    "MobileNetV1": (networks.MobileNetV1, SMALL, (3, 65, 64)),
    "MobileNetV2": (networks.MobileNetV2, SMALL, (3, 65, 64)),
    "Xception": (networks.Xception, SMALL, (3, 75, 76)),
}
LAYERS = {
    "a padded average": layers.AvgPool2d(3, 2, 1),
    "an average without the padding": layers.AvgPool2d(3, 2, 1, count_include_pad=False),
    "an average that hangs over": layers.AvgPool2d(2, 2, ceil_mode=True),
    "a maximum that hangs over": layers.MaxPool2d(3, 2, 1, ceil_mode=True),
    "a dilated maximum": layers.MaxPool2d(2, 1, dilation=2),
    "an adaptive average": layers.AdaptiveAvgPool2d((4, 2)),
    "an even window that keeps the size": layers.Conv2d(3, 2, 4, padding="same", rng=0),
    "groups": layers.Conv2d(3, 6, 3, 2, groups=3, bias=False, rng=0),
    "a transposed convolution": layers.ConvTranspose2d(3, 2, 3, 2, 1, 1, rng=0),
    "a residual": layers.Residual(layers.Tanh(), layers.LeakyReLU(0.2)),
    "a concatenation": layers.Concat(layers.Sigmoid(), layers.ReLU6(), layers.Softmax()),
    "local response normalization": layers.LocalResponseNorm(3, alpha=3.0, beta=0.5, k=2.0),
    "new channels": layers.Subsample(5, 3),
    "dropped channels": layers.Dropout2d(0.5, rng=0),
    "a normalization": layers.Normalize([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]),
    "the largest of each channel": layers.Sequential(layers.GlobalMaxPool2d(), layers.Flatten()),
    "a dense batch norm": layers.Sequential(layers.GlobalAvgPool2d(), layers.BatchNorm1d(3)),
}


def with_other_statistics(network, rng):
    """Let each batch norm have seen something: at the start it changes nothing."""
    for layer in network.modules():
        if isinstance(layer, layers.BatchNorm1d | layers.BatchNorm2d):
            count = layer.num_features
            layer.running_mean.data = rng.normal(0, 0.1, count).astype(np.float32)
            layer.running_var.data = rng.uniform(0.8, 1.2, count).astype(np.float32)
            layer.weight.data = rng.uniform(0.8, 1.2, count).astype(np.float32)
    return network


def run(onnxruntime, path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"images": x})[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_agree(onnxruntime, tmp_path, name, rng):
    make, settings, shape = NETWORKS[name]
    network = with_other_statistics(make(**settings), rng)
    x = rng.random((3, *shape), dtype=np.float32)
    network.export_onnx(tmp_path / "x.onnx", shape)
    expected = network.predict(x)
    assert (
        abs(run(onnxruntime, tmp_path / "x.onnx", x) - expected).max() < CLOSE * abs(expected).max()
    )
    assert network.training


@pytest.mark.parametrize("name", LAYERS)
def test_layers_agree(onnxruntime, tmp_path, name, rng):
    network = with_other_statistics(networks.Network(layer=LAYERS[name]), rng)
    x = rng.standard_normal((2, 3, 9, 8)).astype(np.float32)
    network.export_onnx(tmp_path / "x.onnx", (3, 9, 8))
    expected = network.predict(x)
    assert np.allclose(run(onnxruntime, tmp_path / "x.onnx", x), expected, atol=1e-5)
    del network.layer  # the next test may put it elsewhere


def test_a_model_says_what_goes_in_and_what_comes_out(onnxruntime, tmp_path):
    names = [str(digit) for digit in range(10)]
    load_trained("two_conv_net").export_onnx(tmp_path / "x.onnx", (1, 28, 28), classes=names)
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["classes"]) == names
    assert json.loads(said["input"])["channels"] == "gray"
    assert json.loads(said["input"])["range"] == [0, 1]
    assert "logits" in said["output"]
    assert session.get_inputs()[0].shape == ["N", 1, 28, 28]
    assert session.get_outputs()[0].shape == ["N", 10]


class Doubling(layers.Layer):
    def forward(self, x):
        return 2 * x


@pytest.mark.parametrize(
    ("network", "path", "shape", "classes", "error", "message"),
    [
        (layers.ReLU(), "x.pt", (3,), [], ValueError, r'must end in ".onnx", got "x.pt"'),
        (layers.ReLU(), "x.onnx", 3, [], TypeError, "input_shape must be a tuple"),
        (layers.ReLU(), "x.onnx", (3,), "abc", TypeError, "classes must be a list of names"),
        (layers.ReLU(), "x.onnx", (3,), ["a"], ValueError, "each of the network's 3 classes"),
        (Doubling(), "x.onnx", (3,), [], TypeError, "no ONNX form of Doubling"),
        (layers.LocalResponseNorm(2), "x.onnx", (3, 4, 4), [], ValueError, "even size"),
        (layers.Conv2d(1, 2, 3), "x.onnx", (3, 4, 4), [], ValueError, "Conv2d expects"),
    ],
)
def test_what_cannot_be_written_is_refused(
    onnxruntime, tmp_path, network, path, shape, classes, error, message
):
    with pytest.raises(error, match=message):
        networks.Network(layer=network).export_onnx(tmp_path / path, shape, classes=classes)
    assert list(tmp_path.iterdir()) == []
