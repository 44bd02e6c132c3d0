"""Saving and loading: every array back as it was, and no file half written, ever."""

import os

import numpy as np
import pytest

from lib.layers import BatchNorm2d, Buffer, Conv2d, Flatten, Linear, ReLU, Sequential
from lib.serialization import load, read_arrays, save, write_arrays


def network(seed, filters=3):
    return Sequential(
        Conv2d(1, filters, 3, rng=np.random.default_rng(seed)),
        BatchNorm2d(filters),
        ReLU(),
        Flatten(),
        Linear(filters * 4, 2, rng=np.random.default_rng(seed + 1)),
    )


def state_of(net):
    return {name: array.copy() for name, array in net.state().items()}


def assert_same(first, second):
    assert list(first) == list(second)
    for name in first:
        assert first[name].dtype == second[name].dtype, name
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


# Back as it was ------------------------------------------------------------------------------


def test_a_loaded_network_equals_the_saved_one(tmp_path):
    saved, loaded = network(0), network(7)
    saved(np.random.default_rng(1).normal(size=(5, 1, 4, 4)).astype(np.float32))  # moves the means
    assert load(loaded, save_to(tmp_path / "x.npz", saved)) is loaded
    assert_same(loaded.state(), saved.state())
    assert {"0.weight", "0.bias", "4.weight", "4.bias"} < set(read_arrays(tmp_path / "x.npz"))
    x = np.random.default_rng(2).normal(size=(2, 1, 4, 4)).astype(np.float32)
    np.testing.assert_array_equal(loaded.eval()(x), saved.eval()(x))


def save_to(path, net, **options):
    save(net, path, **options)
    return path


def test_loaded_arrays_belong_to_the_network_alone(tmp_path):
    path = save_to(tmp_path / "x.npz", network(0))
    first, second = load(network(1), path), load(network(2), path)
    first.state()["0.weight"][...] = 0
    assert second.state()["0.weight"].any()


def test_a_file_loads_from_any_working_directory(tmp_path, monkeypatch):
    saved = network(0)
    monkeypatch.chdir(tmp_path)
    save(saved, "x.npz")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert_same(load(network(1), "../x.npz").state(), saved.state())


def test_missing_folders_are_made(tmp_path):
    save(network(0), tmp_path / "data" / "weights" / "x.npz")
    assert os.listdir(tmp_path / "data" / "weights") == ["x.npz"]


def test_float16_halves_the_file_and_loads_in_the_networks_own_type(tmp_path):
    saved, loaded = network(0), network(1)
    save(saved, tmp_path / "half.npz", dtype="float16")
    assert {a.dtype for a in read_arrays(tmp_path / "half.npz").values()} == {np.dtype("float16")}
    load(loaded, tmp_path / "half.npz")
    for name, array in loaded.state().items():
        assert array.dtype == np.float32, name
        np.testing.assert_allclose(array, saved.state()[name], rtol=1e-3, atol=1e-7)


def test_float16_is_for_floats_alone(tmp_path):
    counted = Linear(2, 1)
    counted.batches = Buffer(np.int64([2049]))  # float16 would round it
    save(counted, tmp_path / "half.npz", dtype="float16")
    stored = read_arrays(tmp_path / "half.npz")
    assert stored["weight"].dtype == np.float16
    assert stored["batches"].dtype == np.int64
    assert stored["batches"] == 2049


def test_float16_refuses_what_it_cannot_hold(tmp_path):
    net = network(0)
    net.state()["4.bias"][0] = 70_000
    with pytest.raises(ValueError, match=r'^"4\.bias" holds 70000, too large for float16$'):
        save(net, tmp_path / "half.npz", dtype="float16")
    assert os.listdir(tmp_path) == []


def test_a_float64_network_keeps_its_type(tmp_path):
    path = save_to(tmp_path / "x.npz", network(0))
    loaded = load(network(1).astype("float64"), path)
    assert {array.dtype for array in loaded.state().values()} == {np.dtype("float64")}


def test_parameters_on_another_device_are_saved_and_loaded(tmp_path):
    strict = pytest.importorskip("array_api_strict")
    device = strict.Device("device1")
    saved, loaded = network(0), network(1)
    saved_state = state_of(saved)
    there = strict.asarray(np.zeros(1, np.float32), device=device)
    save(saved.to_device(there), tmp_path / "x.npz")
    load(loaded.to_device(there), tmp_path / "x.npz")
    assert {array.device for array in loaded.state().values()} == {device}
    assert_same(loaded.to_device("cpu").state(), saved_state)


def test_any_name_and_any_plain_array_can_be_stored(tmp_path):
    arrays = {
        "file": np.arange(3),
        "allow_pickle": np.array(7),
        "größe": np.ones((2, 0), np.uint8),
        "words": np.array(["conv", "relu"]),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    write_arrays(tmp_path / "x.npz", arrays)
    assert_same(read_arrays(tmp_path / "x.npz"), arrays)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as archive:
        assert archive.files == list(arrays)  # NumPy reads it too


def test_what_numpy_saved_can_be_read(tmp_path):
    arrays = {"a": np.arange(3), "b": np.ones((2, 2))}
    np.savez(tmp_path / "plain.npz", **arrays)
    np.savez_compressed(tmp_path / "packed.npz", **arrays)
    assert_same(read_arrays(tmp_path / "plain.npz"), arrays)
    assert_same(read_arrays(tmp_path / "packed.npz"), arrays)


def test_arrays_are_read_by_their_names(tmp_path):
    write_arrays(tmp_path / "x.npz", {"a": np.arange(3), "ab": np.ones(2)})
    assert_same(read_arrays(tmp_path / "x.npz", ["ab"]), {"ab": np.ones(2)})
    with pytest.raises(ValueError, match=r"x\.npz: there is no array \['b'\] among \['a', 'ab'\]$"):
        read_arrays(tmp_path / "x.npz", "ab")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (None, "arrays must be a dict, got NoneType"),
        ([np.ones(3)], "arrays must be a dict, got list"),
        ({"a": 1.0}, '"a" must be a ndarray, got float'),
        ({"a": [1, 2]}, '"a" must be a ndarray, got list'),
    ],
)
def test_what_is_no_array_is_not_written(arrays, message, tmp_path):
    with pytest.raises(TypeError, match=f"^{message}$"):
        write_arrays(tmp_path / "x.npz", arrays)
    assert os.listdir(tmp_path) == []


def test_equal_networks_make_equal_files(tmp_path):
    save(network(0), tmp_path / "a.npz")
    save(network(0), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
