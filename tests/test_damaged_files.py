"""Files that are damaged, of another kind, or made to fill the memory."""

import io
import json
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from lib.layers import Buffer, Conv2d, Linear, Sequential
from lib.networks import Network
from lib.serialization import (
    load,
    load_pretrained,
    read_arrays,
    read_safetensors,
    save,
    write_arrays,
)
from tests.test_serialization import assert_same, network, state_of
from tests.tiny_training import make_trainer


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
    with pytest.raises(ValueError, match=r'x\.npz: "4\.bias" holds <U5, the network needs fl'):
        load(net, path)
    assert_same(state_of(net), before)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.npz: there is no such file$"):
        load(network(0), tmp_path / "absent.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *((c, r"neither a safetensors nor an \.npz file$") for c in (b"", b"P", b"weight: 1, 2")),
        (b"\x80\x04pickle", "a pickle"),
    ],
)
def test_another_kind_of_file_is_refused(tmp_path, content, message):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"x\.npz: {message}"):
        load(network(0), path)
    with pytest.raises(ValueError, match=r"x\.npz: not an \.npz file$"):
        read_arrays(path)


def test_a_pickle_is_neither_written_nor_run(tmp_path):
    with pytest.raises(ValueError, match=r'^"x" has dtype object, which only a pickle could store'):
        write_arrays(tmp_path / "x.npz", {"x": np.array([print], dtype=object)})
    np.savez(tmp_path / "pickled.npz", x=np.array([print], dtype=object))
    with pytest.raises(ValueError, match=r"pickled\.npz: .*not plain arrays: Object arrays"):
        read_arrays(tmp_path / "pickled.npz")


@pytest.mark.parametrize("name", ["x.pkl", "x", "x.NPZ", "x.npz.gz"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=f'^the file name must end in ".npz", got "{name}"$'):
        write_arrays(tmp_path / name, network(0).state())
    expected = f'^the file name must end in ".npz" or ".safetensors", got "{name}"$'
    with pytest.raises(ValueError, match=expected):
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
    with pytest.raises(ValueError, match=r'not plain arrays: "x\.npy" has 156 bytes; with an'):
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


# Other numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["int8", "int64", "bool", "complex64", "U3", "datetime64[s]", "nonsense", "O", 3, [2]]
)
def test_weights_are_saved_as_floating_point_numbers_alone(dtype, tmp_path):
    expected = r"^dtype must be one of \['float16', 'float32', 'float64'\], got "
    with pytest.raises(ValueError, match=expected):
        save(network(0), tmp_path / "x.npz", dtype=dtype)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("dtype", ["float16", np.float16, np.dtype("float16")])
def test_a_type_may_be_said_in_the_words_of_numpy(dtype, tmp_path):
    save(Linear(2, 1), tmp_path / "x.npz", dtype=dtype)
    assert {a.dtype for a in read_arrays(tmp_path / "x.npz").values()} == {np.dtype("float16")}


@pytest.mark.parametrize(
    "dtype", ["complex64", "int8", "uint8", "int64", "bool", "datetime64[s]", "timedelta64[s]"]
)
def test_other_numbers_are_no_weights_and_nothing_changes(dtype, tmp_path):
    path, net = tmp_path / "x.npz", Linear(2, 3)
    before = state_of(net)
    write_arrays(path, {"weight": np.ones((3, 2), np.float32), "bias": np.ones(3).astype(dtype)})
    wanted = rf'x\.npz: "bias" holds {np.dtype(dtype)}, the network needs floating-point numbers$'
    with pytest.raises(ValueError, match=wanted.replace("[", r"\[").replace("]", r"\]")):
        load(net, path)
    assert_same(state_of(net), before)


def test_what_counts_is_no_floating_point_number(tmp_path):
    counted = Linear(2, 1)
    counted.batches = Buffer(np.int64([2049]))
    save(counted, tmp_path / "x.npz")
    assert load(counted, tmp_path / "x.npz").batches.data == 2049
    write_arrays(tmp_path / "x.npz", state_of(counted) | {"batches": np.ones(1)})
    with pytest.raises(ValueError, match=r'"batches" holds float64, the network needs integers$'):
        load(counted, tmp_path / "x.npz")


def test_a_number_that_the_network_cannot_hold_is_refused(tmp_path):
    large = Linear(2, 1).astype("float64")
    large.weight.data[0, 0] = 1e300
    save(large, tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r'x\.npz: "weight" holds 1e\+300, too large for float32$'):
        load(Linear(2, 1), tmp_path / "x.npz")
    assert load(Linear(2, 1).astype("float64"), tmp_path / "x.npz").weight.data[0, 0] == 1e300


@pytest.mark.parametrize(
    ("network", "came"),
    [(None, "NoneType"), (Linear, "the class Linear"), ("x.npz", "str"), ({}, "dict")],
)
def test_what_is_no_network_is_neither_saved_nor_loaded(network, came, tmp_path):
    for use in (save, load):
        with pytest.raises(TypeError, match=rf"^expected a network \(a Layer\), got {came}$"):
            use(network, tmp_path / "x.npz")


# Bombs -------------------------------------------------------------------------------------------


def header(shape, dtype="<f4", length=None):
    """Return what NumPy writes before an array."""
    out = io.BytesIO()
    made = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(out, made)
    start = out.getvalue()
    return start if length is None else start[:8] + length.to_bytes(4, "little") + start[12:]


def packed(path, content, name="weight.npy", zeros=0):
    """Write an archive of one member: some bytes, and then as many zeros."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        member.write(content)
        for _ in range(zeros >> 20):
            member.write(bytes(1 << 20))
    return path


def peak_of(work):
    """Return how many bytes were held at most while an error came about."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError) as caught:
            work()
        return tracemalloc.get_traced_memory()[1], str(caught.value)
    finally:
        tracemalloc.stop()


LARGE = 256 << 20


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    """A small file that unpacks to 256 MiB."""
    path = tmp_path_factory.mktemp("bomb") / "x.npz"
    return packed(path, header((LARGE // 4,)), zeros=LARGE)


def test_what_is_larger_than_the_network_is_not_unpacked(bomb):
    assert bomb.stat().st_size < 1 << 20
    uses = [
        (lambda: load(Linear(2, 3), bomb), "the network needs (3, 2)"),
        (lambda: Network(weight=Linear(2, 3)).load_pretrained(bomb), '"weight.weight" is missing'),
        (lambda: make_trainer().load_checkpoint(bomb), "not a checkpoint of a training"),
        (
            lambda: read_arrays(bomb, most_bytes=1 << 20),
            f"would take {LARGE:,} bytes of mem",
        ),
    ]
    for use, expected in uses:
        peak, message = peak_of(use)
        assert expected in message
        assert message.startswith(f"{bomb}: ")
        assert peak < 4 << 20, expected


def test_a_checkpoint_whose_arrays_are_too_large_is_not_unpacked(tmp_path):
    trainer = make_trainer()
    trainer.save_checkpoint(tmp_path / "run.npz")
    with zipfile.ZipFile(tmp_path / "run.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in ("network/0.weight.npy", "optimizer/mean.0.weight.npy"):
        path = tmp_path / "large.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, content in members.items():
                if other != name:
                    archive.writestr(other, content)
            with archive.open(name, "w") as member:
                member.write(header((LARGE // 4,)))
                for _ in range(LARGE >> 20):
                    member.write(bytes(1 << 20))
        peak, message = peak_of(lambda path=path: trainer.load_checkpoint(path))
        assert f"has shape ({LARGE // 4},)" in message
        assert peak < 4 << 20


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (header((10**13,)), "it would have 40,000,000,000,128"),
        (header((10**9, 10**9, 10**9)), "with an array of shape (1000000000, 1000000000, 10000000"),
        (header((-1,)) + bytes(4), "with an array of shape (-1,)"),
        (header((1,), "<U100000000"), "it would have 400,000,128"),
        (header((1,), length=4_000_000_000), "EOF: reading array header"),
        (b"\x93NUMPY\x09\x00" + header((1,))[8:], "is of version (9, 0)"),
        (b"", "EOF: reading magic string"),
    ],
)
def test_a_header_is_not_believed(content, expected, tmp_path):
    path = packed(tmp_path / "x.npz", content)
    for use in (lambda: read_arrays(path), lambda: load(Linear(1, 1), path)):
        peak, message = peak_of(use)
        assert expected in message
        assert message.startswith(f"{path}: truncated, damaged, or not plain arrays: ")
        assert peak < 4 << 20


def test_a_header_that_unpacks_to_any_size_is_not_read(tmp_path):
    path = packed(tmp_path / "x.npz", header((1,), length=LARGE), zeros=LARGE)
    peak, message = peak_of(lambda: read_arrays(path))
    assert "EOF: reading array header" in message
    assert peak < 4 << 20


def test_damage_in_a_packed_array_is_an_error_of_the_file(tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).standard_normal(1000))
    whole = path.read_bytes()
    for place in range(60, len(whole) - 100, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"x\.npz: truncated, damaged"):
            read_arrays(path)


def safetensors(path, entries, data=b"", length=None):
    text = json.dumps(entries).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


@pytest.mark.parametrize(
    ("entries", "length", "expected"),
    [
        (
            {"0.weight": {"dtype": "F32", "shape": [10**13], "data_offsets": [0, 4 * 10**13]}},
            None,
            "has shape (10000000000000,)",
        ),
        ({}, 10**12, "its header would have 1,000,000,000,000 bytes"),
        ({"0.weight": 3}, None, "its header is no list of arrays"),
    ],
)
def test_a_published_header_is_not_believed(entries, length, expected, tmp_path):
    path = safetensors(tmp_path / "x.safetensors", entries, length=length)
    peak, message = peak_of(lambda: load_pretrained(Network(Linear(2, 3)), path))
    assert expected in message
    assert message.startswith(f"{path}: ")
    assert peak < 4 << 20


def test_a_published_file_that_does_not_fit_is_not_read(tmp_path):
    entry = {"dtype": "U8", "shape": [LARGE], "data_offsets": [0, LARGE]}
    path = safetensors(tmp_path / "x.safetensors", {"0.weight": entry})
    os.truncate(path, path.stat().st_size + LARGE)  # a file of zeros, which takes no room
    peak, message = peak_of(lambda: load_pretrained(Network(Linear(2, 3)), path))
    assert "has shape (268435456,), the network needs (3, 2)" in message
    assert peak < 4 << 20
    peak, message = peak_of(lambda: read_safetensors(path, most_bytes=1 << 20))
    assert "1,048,576 are allowed" in message
    assert peak < 4 << 20
