import numpy as np
import pytest

from lib.analysis import activations
from lib.layers import BatchNorm1d, Conv2d, Dropout, Linear, ReLU, Residual, Sequential
from lib.networks import ResNet
from tests.kinds import assert_close


def test_the_outputs_are_those_of_the_layers_by_hand(kind, rng):
    conv, relu = Conv2d(1, 2, 3, rng=rng), ReLU()
    values = rng.standard_normal((2, 1, 5, 5)).astype("float32")
    expected = conv(values)
    network, images = Sequential(block=Sequential(conv, relu)), kind(values)
    network.to_device(images)
    found = activations(network, images, ["", "block.0"])
    assert list(found) == ["", "block.0"]
    assert_close(found["block.0"], expected, like=images)
    assert_close(found[""], np.maximum(expected, 0), like=images)


def test_one_name_may_stand_alone():
    assert list(activations(Sequential(relu=ReLU()), np.ones((1, 2)), "relu")) == ["relu"]


def test_it_runs_in_evaluation_mode_unless_asked_and_leaves_everything(rng):
    network = Sequential(norm=BatchNorm1d(2), drop=Dropout(0.5, rng=rng))
    x = np.array([[0.0, 0.0], [2.0, 4.0]], np.float32)
    state = rng.bit_generator.state
    evaluated = activations(network, x, ["norm", "drop"])
    np.testing.assert_allclose(evaluated["norm"], x, rtol=1e-4)
    assert evaluated["drop"] is evaluated["norm"]
    trained = activations(network, x, ["norm", "drop"], training=True)
    np.testing.assert_allclose(trained["norm"], [[-1, -1], [1, 1]], rtol=1e-4)
    assert set(np.unique(trained["drop"] / trained["norm"])) == {0, 2}
    assert network.norm.running_mean.data.tolist() == [0, 0]
    assert network.training
    assert rng.bit_generator.state == state
    assert "mask" not in vars(network.drop)


def test_blocks_of_a_resnet_have_outputs():
    network = ResNet(18, width=1 / 32, num_classes=3)
    x = np.ones((1, 3, 32, 32), np.float32)
    found = activations(network, x, ["layer1.0", "layer1.0.conv1", "layer4", "fc"])
    assert [array.shape for array in found.values()] == [
        *((1, 2, 8, 8), (1, 2, 8, 8), (1, 16, 1, 1), (1, 3)),
    ]
    assert found["layer1.0"].min() >= 0  # the ReLU behind the sum, not the sum
    assert np.array_equal(found["fc"], network.predict(x))


def test_an_unknown_name_lists_the_names_there_are():
    network = Sequential(conv=Sequential(Linear(2, 2)), relu=ReLU())
    with pytest.raises(ValueError, match=r'no layer "cnov"; there are "conv", "conv.0", "relu"$'):
        activations(network, np.ones((1, 2)), ["conv", "cnov"])


class Unused(Residual):
    def forward(self, x):
        return x


def test_a_layer_that_is_passed_by_is_named():
    with pytest.raises(ValueError, match='the forward pass does not come by layer "body"'):
        activations(Unused(ReLU()), np.ones((1, 2)), ["body"])
