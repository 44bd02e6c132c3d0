"""Published weights load by their PyTorch names; what does not fit is listed, and nothing moves."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from lib.layers import BatchNorm2d, Conv2d, Linear
from lib.networks import VGG, AlexNet, GoogLeNet, MobileNetV2, Network, ResNet
from lib.serialization import read_arrays, read_safetensors, write_arrays
from tests import published
from tests.network_checks import NoDraws

# The network, and what its published file holds.
FILES = {
    "alexnet": (lambda: AlexNet(rng=NoDraws()), published.alexnet()),
    "vgg16": (lambda: VGG(16, rng=NoDraws()), published.vgg(16)),
    "vgg11_bn": (
        lambda: VGG(11, batch_norm=True, rng=NoDraws()),
        published.with_counters(published.vgg(11, batch_norm=True)),
    ),
    "googlenet": (
        lambda: GoogLeNet(rng=NoDraws()),
        published.with_counters(published.googlenet()),
    ),
    "googlenet with its heads": (
        lambda: GoogLeNet(aux=True, rng=NoDraws()),
        published.with_counters(published.googlenet()),
    ),
    "resnet18": (lambda: ResNet(18, rng=NoDraws()), published.resnet(18)),  # an old file: no counts
    "resnet50": (lambda: ResNet(50, rng=NoDraws()), published.with_counters(published.resnet(50))),
    "mobilenet_v2": (
        lambda: MobileNetV2(rng=NoDraws()),
        published.with_counters(published.mobilenet_v2()),
    ),
}
ENTRIES = {"alexnet": 16, "vgg16": 32, "resnet18": 102, "resnet50": 320, "mobilenet_v2": 314}


def numbers(shapes, dtype):
    """Arrays that differ from each other and within, of integers that float16 holds exactly."""
    row = np.arange(1000, dtype=dtype)
    return {
        name: np.array(7, np.int64)
        if name.endswith("num_batches_tracked")
        else np.resize(row, shape) + np.array(i % 1000, dtype)
        for i, (name, shape) in enumerate(shapes.items())
    }


@pytest.mark.parametrize("name", FILES)
def test_published_files_load(name, tmp_path):
    build, shapes = FILES[name]
    assert len(shapes) == ENTRIES.get(name, len(shapes))
    arrays = numbers(shapes, "float16")
    path = tmp_path / "x.safetensors"
    save_file(arrays, path, metadata={"format": "pt"})
    network = build()
    assert network.load_pretrained(path) is network
    path.unlink()  # up to 277 MB, which pytest would keep for three runs
    for own, array in network.state().items():
        assert array.dtype == np.float32
        assert np.array_equal(array, arrays[own]), own


class Tiny(Network):
    """Two layers with batch norm, and a head that a file may hold without need."""

    optional_parts = ("aux",)

    def __init__(self, filters=3, aux=False, rng=None):
        heads = {"aux": Linear(2, 2, rng=rng)} if aux else {}
        super().__init__(conv=Conv2d(1, filters, 3, rng=rng), bn=BatchNorm2d(filters), **heads)


def file_of(network, path, **others):
    """A file of the other network's weights, of the kind that the name says."""
    arrays = {n: np.ascontiguousarray(a) for n, a in {**network.state(), **others}.items()}
    if path.suffix == ".npz":
        write_arrays(path, arrays)
    else:
        save_file(arrays, path)
    return path


def state_of(network):
    return {name: array.copy() for name, array in network.state().items()}


def assert_same(first, second):
    assert list(first) == list(second)
    for name in first:
        assert first[name].dtype == second[name].dtype, name
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@pytest.fixture
def saved(rng):
    network = Tiny(rng=rng)
    network.bn.running_var.data = rng.random(3, dtype=np.float32)
    return network


@pytest.fixture
def network():
    return Tiny(rng=np.random.default_rng(7))


@pytest.mark.parametrize("kind", ["safetensors", "npz"])
def test_both_kinds_of_file(kind, saved, network, tmp_path):
    counted = {"bn.num_batches_tracked": np.array(3)}
    network.load_pretrained(file_of(saved, tmp_path / f"x.{kind}", **counted))
    assert_same(network.state(), saved.state())


def test_the_content_counts_and_not_the_name(saved, network, tmp_path):
    file_of(saved, tmp_path / "x.safetensors").rename(tmp_path / "weights")
    assert_same(network.load_pretrained(tmp_path / "weights").state(), saved.state())


def test_the_dtype_and_the_device_of_the_network_stay(saved, network, tmp_path):
    strict = pytest.importorskip("array_api_strict")
    path = file_of(saved, tmp_path / "x.safetensors")
    there = strict.asarray(np.zeros(1), device=strict.Device("device1"))
    network.astype("float64").to_device(there).load_pretrained(path)
    assert {array.device for array in network.state().values()} == {there.device}
    assert {str(array.dtype) for array in network.state().values()} == {"array_api_strict.float64"}
    assert_same(network.to_device("cpu").astype("float32").state(), saved.state())


def written(path, dtype, shape, data, name="conv.bias"):
    """A safetensors file with one array, byte by byte as the format has it."""
    header = {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.mark.parametrize(
    ("dtype", "data", "values"),
    [
        ("F16", struct.pack("<3e", 1.5, -2, 2.0**-24), [1.5, -2, 2.0**-24]),
        ("F64", struct.pack("<3d", 1.5, -2, 1e-300), [1.5, -2, 1e-300]),
        # The upper two of the four bytes that float32 has: 1.0, -2.5, 3.140625, infinity.
        ("BF16", b"\x80\x3f\x20\xc0\x49\x40\x80\x7f", [1.0, -2.5, 3.140625, np.inf]),
        ("I64", struct.pack("<2q", 3, -1), [3, -1]),
    ],
)
def test_numbers_of_every_size(dtype, data, values, tmp_path):
    array = read_safetensors(written(tmp_path / "x", dtype, [len(values)], data))["conv.bias"]
    assert array.tolist() == values


def test_float16_and_bfloat16_become_the_networks_own_type(saved, network, tmp_path):
    halves = {name: array.astype("float16") for name, array in saved.state().items()}
    network.load_pretrained(file_of(saved, tmp_path / "x.safetensors", **halves))
    assert_same(network.state(), {n: a.astype("float32") for n, a in halves.items()})


def test_optional_parts_are_passed_over_only_where_the_network_lacks_them(saved, network, tmp_path):
    head = {"aux.weight": np.ones((2, 2), np.float32), "aux.bias": np.ones(2, np.float32)}
    path = file_of(saved, tmp_path / "x.safetensors", **head)
    assert_same(network.load_pretrained(path).state(), saved.state())
    assert np.array_equal(Tiny(aux=True).load_pretrained(path).aux.weight.data, np.ones((2, 2)))
    with pytest.raises(ValueError, match=r'"aux\.weight" is missing; "aux\.bias" is missing$'):
        Tiny(aux=True).load_pretrained(file_of(saved, tmp_path / "y.safetensors"))
    with pytest.raises(ValueError, match=r'"auxiliary\.weight" is unexpected$'):
        network.load_pretrained(
            file_of(saved, path, **{"auxiliary.weight": np.ones(1, np.float32)})
        )


# What is refused -----------------------------------------------------------------------------


def test_all_names_that_do_not_fit_are_listed_and_nothing_changes(network, tmp_path, rng):
    path = tmp_path / "x.safetensors"
    arrays = state_of(Tiny(filters=4, rng=rng)) | {"fc.weight": np.zeros((1, 2), np.float32)}
    del arrays["bn.bias"]
    save_file(arrays, path)
    before = state_of(network)
    with pytest.raises(ValueError) as caught:
        network.load_pretrained(path)
    assert str(caught.value).split("; ") == [
        f'{path}: "bn.bias" is missing',
        '"fc.weight" is unexpected',
        '"conv.weight" has shape (4, 1, 3, 3), the network needs (3, 1, 3, 3)',
        *(
            f'"{name}" has shape (4,), the network needs (3,)'
            for name in ("conv.bias", "bn.weight", "bn.running_mean", "bn.running_var")
        ),
    ]
    assert_same(state_of(network), before)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"conv.bias": np.ones(3, np.int32)},
            r'"conv\.bias" holds int32, the network needs floating-po',
        ),
        (
            {"bn.bias": np.ones(3, bool)},
            r'"bn\.bias" holds bool, the network needs floating-point ',
        ),
    ],
)
def test_weights_are_no_whole_numbers(wrong, message, saved, network, tmp_path):
    before = state_of(network)
    with pytest.raises(ValueError, match=rf"x\.safetensors: {message}"):
        network.load_pretrained(file_of(saved, tmp_path / "x.safetensors", **wrong))
    assert_same(state_of(network), before)


def test_a_type_that_numpy_lacks_is_named(tmp_path):
    path = written(tmp_path / "x", "F8_E4M3", [2], b"\0\0")
    with pytest.raises(ValueError, match=r'x: "conv\.bias" holds F8_E4M3, which NumPy lacks$'):
        read_safetensors(path)


def test_a_missing_file_is_named(network, tmp_path):
    for load in (network.load_pretrained, read_safetensors):
        with pytest.raises(FileNotFoundError, match=r"absent\.safetensors: there is no such file$"):
            load(tmp_path / "absent.safetensors")


@pytest.mark.parametrize("content", [b"", b"P", b"\x89PNG\r\n\x1a\n", b"conv.bias: 1, 2, 3"])
def test_another_kind_of_file_is_refused(content, network, tmp_path):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"x\.safetensors: neither a safetensors nor an \.npz file$"
    ):
        network.load_pretrained(tmp_path / "x.safetensors")


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_of_pytorch_is_refused(torch, zipped, network, tmp_path):
    path = tmp_path / "vgg16.pth"
    torch.save({"conv.bias": torch.ones(3)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"vgg16\.pth: a pickle, as PyTorch saves it, .*load_pret"):
        network.load_pretrained(path)


@pytest.mark.parity
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_what_pytorch_saved_gives_its_outputs(torch, dtype, network, tmp_path, rng):
    """Through the function that the documentation names, counts of batches and all."""
    from safetensors.torch import save_file

    twin = torch.nn.Sequential()
    twin.add_module("conv", torch.nn.Conv2d(1, 3, 3))
    twin.add_module("bn", torch.nn.BatchNorm2d(3))
    images = rng.random((4, 1, 6, 5), dtype=np.float32)
    twin(torch.tensor(images))  # moves the running statistics
    twin.eval().to(getattr(torch, dtype))
    save_file(twin.state_dict(), tmp_path / "x.safetensors")
    network.load_pretrained(tmp_path / "x.safetensors")
    expected = twin.float()(torch.tensor(images)).detach().numpy()
    np.testing.assert_allclose(network.predict(images), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parity
def test_pytorch_loads_what_we_save_by_the_same_names(torch, saved, tmp_path, rng):
    from safetensors import safe_open
    from safetensors.torch import load_file

    path = tmp_path / "x.safetensors"
    saved.eval().save(path)
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"format": "pt"}
    twin = torch.nn.Sequential()
    twin.add_module("conv", torch.nn.Conv2d(1, 3, 3))
    twin.add_module("bn", torch.nn.BatchNorm2d(3))
    missing, unexpected = twin.load_state_dict(load_file(path), strict=False)
    assert set(missing) <= {"bn.num_batches_tracked"}
    assert unexpected == []
    images = rng.random((4, 1, 6, 5), dtype=np.float32)
    theirs = twin.eval()(torch.tensor(images)).detach().numpy()
    np.testing.assert_allclose(theirs, saved.predict(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [None, "float16"])
def test_what_we_save_so_we_load(dtype, saved, network, tmp_path):
    saved.save(tmp_path / "x.safetensors", dtype=dtype)
    network.load(tmp_path / "x.safetensors")
    expected = {n: a.astype(dtype or a.dtype).astype(a.dtype) for n, a in saved.state().items()}
    assert_same(network.state(), expected)


@pytest.mark.parametrize("kind", ["safetensors", "npz"])
def test_a_truncated_file_is_refused_wherever_it_ends(kind, saved, network, tmp_path):
    path = file_of(saved, tmp_path / f"x.{kind}")
    whole, before = path.read_bytes(), state_of(network)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=rf"x\.{kind}: (truncated, damaged|neither a)"):
            network.load_pretrained(path)
    path.write_bytes(whole + b"\0")
    if kind == "safetensors":
        with pytest.raises(ValueError, match=r"x\.safetensors: truncated, damaged, or not safeten"):
            network.load_pretrained(path)
    assert_same(network.state(), before)


def test_an_altered_byte_is_refused_or_changes_one_number(saved, network, tmp_path):
    """The format has no checksum, so that an altered weight cannot be noticed; all else is."""
    path = file_of(saved, tmp_path / "x.safetensors")
    whole, before = path.read_bytes(), state_of(network)
    start = 8 + struct.unpack("<Q", whole[:8])[0]
    for position in range(len(whole)):
        for flip in (0x01, 0x20, 0x80, 0xFF):
            altered = bytearray(whole)
            altered[position] ^= flip
            path.write_bytes(altered)
            if position < start:
                try:
                    network.load_pretrained(path)
                except ValueError as error:
                    assert str(error).startswith(f"{path}: ")
                    assert_same(network.state(), before)
                else:  # white space at the end of the header
                    assert_same(network.state(), saved.state())
                    network.load_state(before)
            else:
                arrays = read_safetensors(path)
                state = saved.state()
                assert sum((arrays[n].view("u4") != a.view("u4")).sum() for n, a in state.items())
                assert {n: a.shape for n, a in arrays.items()} == {
                    n: a.shape for n, a in state.items()
                }


def test_the_arrays_of_a_file_are_read_as_they_are(saved, tmp_path):
    first = read_safetensors(file_of(saved, tmp_path / "x.safetensors"))
    second = read_arrays(file_of(saved, tmp_path / "x.npz"))
    assert_same(dict(sorted(first.items())), dict(sorted(second.items())))
