"""Saving and loading: every array back as it was, and no file half written, ever."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest

from lib.layers import BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential
from lib.parameter import Buffer
from lib.serialization import load, read_arrays, save, write_arrays, write_json
from lib.serialization.npz import write_atomically


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


def test_equal_networks_make_equal_files(tmp_path):
    save(network(0), tmp_path / "a.npz")
    save(network(0), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


# Errors --------------------------------------------------------------------------------------


def test_all_names_that_do_not_fit_are_listed_and_nothing_changes(tmp_path):
    path = tmp_path / "x.npz"
    arrays = state_of(network(0, filters=4)) | {"extra": np.zeros(1)}
    del arrays["4.bias"]
    write_arrays(path, arrays)
    net = network(1)
    before = state_of(net)
    with pytest.raises(ValueError) as caught:
        load(net, path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    for part in (
        '"4.bias" is missing',
        '"extra" is unexpected',
        '"0.weight" has shape (4, 1, 3, 3), the network needs (3, 1, 3, 3)',
        '"4.weight" has shape (2, 16), the network needs (2, 12)',
    ):
        assert part in message
    assert_same(state_of(net), before)


def test_one_misshapen_name_gives_the_message_of_the_manual(tmp_path):
    path = tmp_path / "x.npz"
    save(Sequential(Conv2d(1, 30, 5, bias=False)), path)
    with pytest.raises(ValueError) as caught:
        load(Sequential(Conv2d(1, 16, 3, bias=False)), path)
    assert str(caught.value) == (
        f'{path}: "0.weight" has shape (30, 1, 5, 5), the network needs (16, 1, 3, 3)'
    )


def test_an_array_of_words_is_refused_and_nothing_changes(tmp_path):
    path = tmp_path / "x.npz"
    net = network(1)
    before = state_of(net)
    write_arrays(path, state_of(network(0)) | {"4.bias": np.array(["two", "words"])})
    with pytest.raises(ValueError, match=r'x\.npz: "4\.bias" holds <U5, the network needs floats'):
        load(net, path)
    assert_same(state_of(net), before)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.npz: there is no such file$"):
        load(network(0), tmp_path / "absent.npz")


@pytest.mark.parametrize("content", [b"", b"P", b"0.weight: 1, 2, 3", b"\x80\x04pickle"])
def test_another_kind_of_file_is_refused(tmp_path, content):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.npz: not an \.npz file$"):
        load(network(0), path)


def test_a_pickle_is_neither_written_nor_run(tmp_path):
    with pytest.raises(ValueError, match=r'^"x" has dtype object, which only a pickle could store'):
        write_arrays(tmp_path / "x.npz", {"x": np.array([print], dtype=object)})
    np.savez(tmp_path / "pickled.npz", x=np.array([print], dtype=object))
    with pytest.raises(ValueError, match=r"pickled\.npz: .*not plain arrays: Object arrays"):
        read_arrays(tmp_path / "pickled.npz")


@pytest.mark.parametrize("name", ["x.pkl", "x", "x.NPZ", "x.npz.gz"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=f'^the file name must end in ".npz", got "{name}"$'):
        save(network(0), tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    path = tmp_path / "x.npz"
    write_arrays(path, {"weight": np.arange(6.0), "bias": np.ones(2)})
    whole = path.read_bytes()
    for length in range(2, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"x\.npz: truncated, damaged, or not plain arrays: ."):
            read_arrays(path)


def test_an_array_followed_by_something_else_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    np.save(tmp_path / "x.npy", np.arange(3))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", (tmp_path / "x.npy").read_bytes() + b"more")
    with pytest.raises(ValueError, match=r'not plain arrays: "x\.npy" is longer than its array$'):
        read_arrays(path)


def test_an_altered_byte_is_refused_or_does_not_matter(tmp_path):
    path = tmp_path / "x.npz"
    saved = Linear(3, 2, rng=np.random.default_rng(0))
    save(saved, path)
    whole = path.read_bytes()
    refused = 0
    for position in range(len(whole)):
        for flip in (0x01, 0x80, 0xFF):
            altered = bytearray(whole)
            altered[position] ^= flip
            path.write_bytes(altered)
            loaded = Linear(3, 2, rng=np.random.default_rng(1))
            before = state_of(loaded)
            try:
                load(loaded, path)
            except ValueError as error:
                assert str(error).startswith(f"{path}: ")
                assert_same(loaded.state(), before)
                refused += 1
            else:
                assert_same(loaded.state(), saved.state())
    assert refused > len(whole)  # unused header fields, such as the date, do not matter


# Whole or not at all -------------------------------------------------------------------------


def failing(error):
    def write(file):
        file.write(b"half of i")
        raise error

    return write


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), ValueError("broken"), KeyboardInterrupt()],
    ids=["full disk", "exception", "Ctrl-C"],
)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(type(error)):
        write_atomically(path, failing(error))
    assert os.listdir(tmp_path) == ["x.txt"]
    assert path.read_text() == "old"


def test_a_disk_found_full_at_the_end_leaves_the_old_file(tmp_path, monkeypatch):
    save(network(0), tmp_path / "x.npz")
    before = (tmp_path / "x.npz").read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(network(1), tmp_path / "x.npz")
    assert os.listdir(tmp_path) == ["x.npz"]
    assert (tmp_path / "x.npz").read_bytes() == before


def test_the_content_is_on_disk_before_the_name_changes(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (events.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *names: (events.append("replace"), replace(*names)))
    write_atomically(tmp_path / "x", lambda file: file.write(b"new"))
    assert events[:2] == ["fsync", "replace"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")
    program = f"""
        from lib.serialization.npz import write_atomically
        def write(file):
            file.write(b"half of i")
            file.flush()
            print("writing", flush=True)
            input()
        write_atomically({str(path)!r}, write)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
    assert path.read_text() == "old"
    assert list(tmp_path.glob("*.txt")) == [path]


def test_a_symbolic_link_is_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_atomically(link, lambda file: file.write(b"new"))
    assert link.is_symlink()
    assert target.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such permissions")
def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    (tmp_path / "ordinary").write_text("")
    write_atomically(tmp_path / "new", lambda file: None)
    assert mode(tmp_path / "new") == mode(tmp_path / "ordinary")
    (tmp_path / "new").chmod(0o640)
    write_atomically(tmp_path / "new", lambda file: None)
    assert mode(tmp_path / "new") == 0o640


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "history.json"
    write_json(path, {"machine": "größer", "epochs": [{"loss": 0.5}]})
    assert json.loads(path.read_text(encoding="utf-8"))["epochs"] == [{"loss": 0.5}]
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(path, {"loss": float("nan")})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json(path, {"loss": np.zeros(1)})
    assert json.loads(path.read_text(encoding="utf-8"))["machine"] == "größer"
    assert os.listdir(tmp_path) == ["history.json"]
