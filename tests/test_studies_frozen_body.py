"""The study of new heads on a body: each way is what it says, and the record fits its body."""

import numpy as np
import pytest

from lib.serialization import read_arrays
from lib.studies import frozen_body, load_study, transfer
from tests.test_studies_comparing import splits


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")

    def run():
        return frozen_body.run(
            splits(count=60),
            pretraining_epochs=3,
            count=4,
            epochs=2,
            draws={2: 2, 3: 1},
            shares=(0.0, 0.1),
            few_epochs=12,
            seeds=(0, 1),
            folder=folder,
            progress=False,
        )

    return run(), run, folder


def test_a_frozen_body_stays_and_a_trained_one_moves(made):
    dense = made[0]["dense"]
    assert set(dense["frozen"]["moved"].values()) == {0.0}
    assert min(dense["trained"]["moved"].values()) > 0
    assert len(set(dense["frozen"]["known_accuracy"])) == 1
    body = 128 * 128 + 3 * 128 + 128 * 5 + 5  # two linear layers and batch normalization
    assert dense["frozen"]["parameters"] == body
    assert dense["trained"]["parameters"] > 10 * body


def test_heads_are_trained_on_every_layer_as_often_as_asked(made):
    layers = made[0]["layers"]
    assert list(layers["body"]) == list(layers["untrained"]) == list(frozen_body.LAYERS)
    for which in layers.values():
        for found in which.values():
            assert {count: len(draws) for count, draws in found.items()} == {"2": 2, "3": 1}


def test_a_rate_of_0_moves_no_weight_of_the_body_and_others_do(made):
    rates = made[0]["rates"]
    assert list(rates) == ["0", "0.1", "head first"]
    for label, found in rates.items():
        assert [len(runs) for runs in found.values()] == [2, 2, 2]
        for moved in found["moved"]:
            assert (max(moved.values()) > 0) is (label != "0")


def test_what_was_found_is_not_measured_again(made, monkeypatch):
    first, run, _ = made
    monkeypatch.setattr(frozen_body, "dense_head", None)
    monkeypatch.setattr(frozen_body, "by_layer", None)
    monkeypatch.setattr(frozen_body, "at_rate", None)
    assert run() == first


def test_the_old_head_reads_what_the_old_body_gave(made):
    _, _, folder = made
    path = folder / "transfer" / "body_weights.npz"
    known = transfer.only(splits(count=60), transfer.KNOWN)
    old = frozen_body.load(frozen_body._vgg(), path)
    expected = old.accuracy(known.train.images, known.train.labels)
    network = frozen_body.with_head(path, None, rng=np.random.default_rng(3))
    other = frozen_body.load(frozen_body._vgg(), path)
    measured = frozen_body.known_accuracy(other, network, known.train)
    assert measured == pytest.approx(expected, abs=1e-4)
    assert set(frozen_body.moved(path, network).values()) == {0.0}
    network.features[0].weight.data *= 3
    changed = frozen_body.moved(path, network)
    assert changed["features.0.weight"] == pytest.approx(2, abs=1e-3)
    assert np.array_equal(read_arrays(path)["features.4.weight"], network.features[4].weight.data)


def test_the_record_agrees_with_the_study_that_made_its_body():
    found, first = load_study("frozen_body"), load_study("transfer")
    assert found["settings"]["data"]["new"] == first["settings"]["data"]["new"]
    ours, theirs = (
        found["pretraining"]["validation_accuracy"],
        first["pretraining"]["validation_accuracy"][-1],
    )
    assert ours == pytest.approx(theirs, abs=0.02)
    dense = found["dense"]
    assert dense["trained"]["validation_accuracy"][-1] >= found["settings"]["threshold"]
    assert dense["frozen"]["known_accuracy"][0] == pytest.approx(ours, abs=1e-3)
    assert list(found["rates"]) == [*(f"{s:g}" for s in frozen_body.SHARES), "head first"]
