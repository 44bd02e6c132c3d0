"""A card waits for Python before each kernel: how often a training step makes it wait."""

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.datasets import Dataset
from lib.networks import DeepConvNet
from lib.optimizers import Adam
from lib.training import Callback, Trainer
from tests import fake_cupy
from tests.kinds import KINDS
from tests.requirements_present import skip_or_fail

MOST_LAUNCHES = 200  # of a step of DeepConvNet with Adam
WAITS = 2  # for the loss, and for the logits that the accuracy is of


@pytest.fixture
def stand_in():
    if "cupy-stand-in" not in KINDS:
        skip_or_fail("CuPy is installed here, so its stand-in counted no launches")
    return KINDS["cupy-stand-in"]


class Counts(Callback):
    """Notes what each step launched and waited for."""

    def __init__(self):
        self.steps = []

    def on_step_end(self, trainer):
        self.steps.append(dict(fake_cupy.COUNTS))
        fake_cupy.COUNTS.clear()


def trained(device, callbacks=()):
    """Train DeepConvNet for three steps of four pictures."""
    rng = np.random.default_rng(0)
    pictures = Dataset(rng.random((12, 1, 28, 28), np.float32), np.arange(12) % 10)
    network = DeepConvNet(rng=0)
    optimizer = Adam(network)
    trainer = Trainer(network, optimizer, device=device, callbacks=callbacks, progress=False)
    trainer.fit(pictures, epochs=1, batch_size=4)
    return trainer


def test_a_step_of_deep_convnet_launches_few_kernels_and_hardly_waits(stand_in):
    counts = Counts()
    trained(stand_in(np.ones(1)), [counts])
    _, second, third = counts.steps
    assert second == third
    assert second["launches"] <= MOST_LAUNCHES, second
    assert second["waits"] == WAITS, second
    assert second["adam"] == 16
    assert second["gather_windows"] == 12
    assert second["scatter_windows"] == 5  # the first convolution has no use for its dx
    assert "copy of a matrix" not in second


def test_the_kernels_train_as_numpy_does(stand_in):
    there, here = trained(stand_in(np.ones(1))), trained("cpu")
    for name, array in here.network.state().items():
        moved = to_numpy(there.network.state()[name])
        np.testing.assert_allclose(moved, array, rtol=1e-3, atol=3e-5)
