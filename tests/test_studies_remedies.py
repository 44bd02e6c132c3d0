"""The study of remedies: each changes one thing, is remembered, and is recorded."""

import numpy as np
import pytest

from lib.analysis import best_temperature, expected_calibration_error
from lib.augmentation import Compose, GaussianNoise
from lib.datasets import load_mnist_sample
from lib.layers import Dropout2d
from lib.losses import softmax
from lib.networks import SimpleConvNet
from lib.studies import load_study, remedies

TINY = {"sizes": (40, 60), "seeds": (0,), "steps": 8}


@pytest.fixture(scope="module")
def digits():
    return load_mnist_sample()


def test_the_network_is_simple_convnet_where_nothing_is_dropped():
    network = remedies.with_dropout(rng=np.random.default_rng(0))
    assert network.parameter_count() == SimpleConvNet().parameter_count()
    named = SimpleConvNet(rng=np.random.default_rng(0))
    x = np.random.default_rng(1).random((3, 1, 28, 28)).astype(np.float32)
    assert network(x) == pytest.approx(named(x), rel=1e-5, abs=1e-5)
    dropped = remedies.with_dropout(0.5, 0.2, rng=np.random.default_rng(0))
    rates = [layer.p for layer in dropped.children().values() if hasattr(layer, "p")]
    assert rates == [0.2, 0.5]
    assert sum(isinstance(layer, Dropout2d) for layer in dropped.children().values()) == 1


def test_what_is_measured_is_what_the_network_says(digits):
    known, validation, test = digits[:60], digits[2_000:2_100], digits[3_000:3_200]
    network = remedies.train(known, validation, 0, steps=20)
    found = remedies.measure(network, known, validation, test)
    p = softmax(network.predict(test.images))
    assert found["training"] == network.accuracy(*known)
    assert found["clean"] == pytest.approx(1 - network.accuracy(*test))
    assert found["noisy"] > found["clean"] - 0.05
    assert found["calibration"] == expected_calibration_error(p, test.labels)
    assert found["confidence"] == pytest.approx(float(p.max(axis=1).mean()))
    expected = best_temperature(network.predict(validation.images), validation.labels)
    assert found["temperature"] == expected
    squares = sum((q.data**2).sum() for n, q in network.named_parameters() if "weight" in n)
    assert found["norm"] == pytest.approx(float(squares) ** 0.5, rel=1e-4)


def test_a_training_that_is_done_is_not_done_again(digits, tmp_path, monkeypatch):
    chosen = {"plain": {}, "shift, turn, resize": remedies.REMEDIES["shift, turn, resize"]}
    found = remedies.run(digits, chosen, **TINY, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 6  # 500, 40 and 60 digits, two ways
    monkeypatch.setattr(remedies, "train", None)
    assert remedies.run(digits, chosen, **TINY, folder=tmp_path) == found
    assert [len(errors) for errors in found["sizes"]["plain"]] == [1, 1]
    assert found["settings"]["remedies"]["plain"] == {}


def test_penalties_shrink_the_weights(digits):
    known, validation, test = digits[:60], digits[2_000:2_050], digits[3_000:3_050]
    sizes = {}
    for name, penalty in {"plain": {}, "L2": {"weight_decay": 0.1}, "L1": {"l1": 3e-3}}.items():
        network = remedies.train(known, validation, 0, steps=60, **penalty)
        found = remedies.measure(network, known, validation, test)
        sizes[name] = found["norm"], found["small"]
    assert sizes["L2"][0] < 0.8 * sizes["plain"][0]
    assert sizes["L1"][1] > 3 * sizes["plain"][1]


def test_the_record_has_every_remedy_from_every_seed():
    recorded = load_study("remedies")
    assert list(recorded["remedies"]) == list(remedies.REMEDIES)
    for measured in recorded["remedies"].values():
        assert {len(figures) for figures in measured.values()} == {len(remedies.SEEDS)}
    for errors in recorded["sizes"].values():
        assert [len(seeds) for seeds in errors] == [len(remedies.SEEDS)] * len(remedies.SIZES)
    noisy = remedies.REMEDIES["the same, and noise"]["augment"]
    assert isinstance(noisy, Compose) and isinstance(noisy.transforms[1], GaussianNoise)


def test_a_recorded_training_is_measured_again(digits):
    """One of them, 500 steps: it takes seconds."""
    known, validation, test = digits[:125], digits[remedies.VALIDATION], digits[remedies.TEST]
    again = remedies.measure(remedies.train(known, validation, 0), known, validation, test)
    recorded = load_study("remedies")["sizes"]["plain"][0][0]
    assert again["clean"] == pytest.approx(recorded, abs=0.03)
