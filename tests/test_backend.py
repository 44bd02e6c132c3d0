"""The door between array libraries, the only one."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from lib import backend
from lib.backend import (
    array_namespace,
    available_devices,
    cast,
    empty,
    full,
    is_floating,
    missing_because,
    to_device,
    to_numpy,
    widened,
    zeros,
)
from tests.kinds import KINDS, assert_same_kind, batch_innermost, contiguous, on_device1


def test_array_namespace_has_the_functions_of_the_array(kind):
    x = kind(np.arange(4.0))
    xp = array_namespace(x)
    assert_same_kind(xp.exp(x), x)
    assert_same_kind(xp.astype(x, xp.float32), kind(np.ones(1, np.float32)))


@pytest.mark.parametrize("value", [[1.0], 3, "array", None])
def test_what_is_no_array_is_refused(value):
    message = rf"^expected an array of NumPy, CuPy or PyTorch, got {type(value).__name__}$"
    for function in (array_namespace, to_numpy, is_floating, lambda v: to_device(v, "cpu")):
        with pytest.raises(TypeError, match=message):
            function(value)


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"device1"}))  # which has no float16
def test_only_float16_is_widened(name):
    kind = KINDS[name]
    assert_same_kind(widened(kind(np.ones(2, np.float16))), kind(np.ones(2, np.float32)))
    for dtype in (np.float32, np.float64):
        x = kind(np.ones(2, dtype))
        assert widened(x) is x


def test_new_arrays_are_of_the_kind_of_another(kind):
    like = kind(np.ones((2, 3), np.float32))
    for new, value in [
        (full((4, 1), 7, like=like), 7),
        (zeros((4, 1), like=like), 0),
        (full((4, 1), -np.inf, like=like), -np.inf),
    ]:
        assert_same_kind(new, like)
        assert np.array_equal(to_numpy(new), np.full((4, 1), value))
    assert_same_kind(empty((4, 1), like=like), like)
    assert tuple(empty((4, 1), like=like).shape) == (4, 1)
    wide = full((2,), 1, like=like, dtype=array_namespace(like).float64)
    assert wide.dtype == array_namespace(like).float64


def test_new_numpy_arrays_lie_in_memory_as_another():
    like = batch_innermost(np.ones((2, 3, 4, 5)))
    for new in (zeros((6, 2, 3, 4), like=like), empty((6, 2, 3, 4), like=like)):
        assert np.array_equal(np.argsort(new.strides), np.argsort(like.strides))


def test_new_arrays_of_a_memory_map_are_plain_arrays(tmp_path):
    like = np.memmap(tmp_path / "x", np.float32, "w+", shape=(2, 2))
    for new in (zeros((3,), like=like), empty((3,), like=like), full((3,), 1, like=like)):
        assert type(new) is np.ndarray


def test_cast_changes_the_dtype_and_copies_nothing_else(kind):
    x, like = kind(np.ones(3)), kind(np.ones(1, np.float32))
    assert_same_kind(cast(x, like=like), like)
    assert cast(x, like=x) is x


def test_cast_refuses_two_libraries():
    message = (
        "^the parameters are numpy arrays and the input is a array_api_strict array; "
        "move one of them with to_device$"
    )
    with pytest.raises(TypeError, match=message):
        cast(np.ones(1), like=on_device1(np.ones(1)))


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float32", True),
        ("float64", True),
        ("complex64", False),
        ("int64", False),
        ("uint8", False),
        ("bool", False),
    ],
)
def test_is_floating(kind, dtype, expected):
    assert is_floating(kind(np.ones(2, dtype))) is expected


def test_numbers_and_arrays_come_back_to_the_host(kind):
    x = kind(np.arange(6.0).reshape(2, 3))
    assert type(to_numpy(x)) is np.ndarray
    assert np.array_equal(to_numpy(x), np.arange(6.0).reshape(2, 3))
    total = array_namespace(x).sum(x)
    assert backend.to_scalar(total) == 15.0
    assert type(backend.to_scalar(total)) is float
    assert type(to_numpy(np.float32(1))) is np.ndarray


def test_to_device_goes_there_and_back(kind):
    values = np.arange(3.0)
    there = kind(np.ones(1, np.int32))
    moved = to_device(contiguous(values), there)
    assert type(moved) is type(there)
    assert moved.device == there.device
    assert str(moved.dtype).endswith("float64"), "the device is taken on, the dtype is not"
    assert to_device(moved, there) is moved, "what is there already is not copied"
    assert np.array_equal(to_device(moved, "cpu"), values)
    assert np.array_equal(to_device(moved, values), values)


def test_a_name_that_is_none_is_told_the_names_the_usable_ones_and_what_brings_the_others(
    monkeypatch,
):
    for library in ("cupy", "torch"):
        monkeypatch.setitem(sys.modules, library, None)  # importing it raises ImportError
    with pytest.raises(ValueError) as error:
        to_device(np.ones(1), "tpu")
    assert str(error.value) == (
        'device must be "cpu", "gpu", "cuda", "mps", "torch-cpu" or an array, got \'tpu\'; '
        'usable here: "cpu"; .[torch] brings "cuda" and "mps", .[gpu-cuda12] or .[gpu-cuda13] '
        'brings "gpu" (pip install -e)'
    )
    with pytest.raises(ValueError, match=r'^device must be "cpu", .*"torch-cpu", got \'tpu\'$'):
        missing_because("tpu")


# CuPy and a GPU, and their absence --------------------------------------------------------------


def test_a_gpu_is_among_the_kinds_of_array_where_there_is_one():
    """One skip that says what every other test here could not do on this machine."""
    if missing_because("gpu"):
        pytest.skip("no GPU answers to CuPy here: its layers were tested on a stand-in alone")
    assert type(KINDS["cupy"](np.ones(1))).__module__.startswith("cupy")


def pretend_cupy(monkeypatch, *, answers):
    """Put a module in the place of CuPy; without a driver it still imports, as the real one."""
    cupy = ModuleType("cupy")
    cupy.cuda = SimpleNamespace(is_available=lambda: answers)
    cupy.ndarray = type("ndarray", (), {"__module__": "cupy", "get": lambda self: np.ones(2)})
    cupy.asarray = lambda x: x if isinstance(x, cupy.ndarray) else cupy.ndarray()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return cupy


@pytest.mark.parametrize(
    ("library", "device", "reason"),
    [
        (
            "cupy",
            "gpu",
            'CuPy is not installed (pip install -e ".[gpu-cuda12]" or ".[gpu-cuda13]", as the '
            "driver of the card is)",
        ),
        ("torch", "cuda", 'PyTorch is not installed (pip install -e ".[torch]")'),
        ("torch", "mps", 'PyTorch is not installed (pip install -e ".[torch]")'),
        ("torch", "torch-cpu", 'PyTorch is not installed (pip install -e ".[torch]")'),
        (
            "array_api_compat",
            "gpu",
            'array-api-compat is not installed (pip install -e ".[gpu-cuda12]" or '
            '".[gpu-cuda13]", as the driver of the card is)',
        ),
    ],
)
def test_without_a_library_the_message_says_how_to_get_it(monkeypatch, library, device, reason):
    if library == "array_api_compat":
        pretend_cupy(monkeypatch, answers=True)
    monkeypatch.setitem(sys.modules, library, None)
    assert device not in available_devices()
    with pytest.raises(RuntimeError) as error:
        to_device(np.ones(1), device)
    assert str(error.value) == f'the device "{device}" cannot be used: {reason}'


def test_cupy_alone_is_no_gpu(monkeypatch):
    pretend_cupy(monkeypatch, answers=False)
    assert "gpu" not in available_devices()
    with pytest.raises(RuntimeError) as error:
        to_device(np.ones(1), "gpu")
    assert str(error.value) == (
        'the device "gpu" cannot be used: CuPy is installed, but no driver with a GPU answers'
    )


def test_a_gpu_that_answers_is_used(monkeypatch):
    cupy = pretend_cupy(monkeypatch, answers=True)
    assert "gpu" in available_devices()
    x = to_device(np.ones(2), "gpu")
    assert isinstance(x, cupy.ndarray)
    assert to_device(x, "gpu") is x
    assert np.array_equal(to_numpy(x), np.ones(2))
    assert np.array_equal(to_device(x, "cpu"), np.ones(2))


# PyTorch, as an array library -------------------------------------------------------------------


def pretend_torch(monkeypatch, torch, *, card):
    """Let PyTorch find the cards of one kind, or none at all; tensors that go there stay."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: card == "cuda")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: card == "mps")
    went = []
    monkeypatch.setattr(torch.Tensor, "to", lambda self, place: went.append(str(place)) or self)
    return went


@pytest.mark.parametrize(
    ("device", "named"), [("cuda", "card of NVIDIA or AMD"), ("mps", "card of Apple")]
)
def test_pytorch_alone_is_no_card(torch, monkeypatch, device, named):
    pretend_torch(monkeypatch, torch, card=None)
    assert device not in available_devices()
    with pytest.raises(RuntimeError) as error:
        to_device(np.ones(1), device)
    assert str(error.value) == (
        f'the device "{device}" cannot be used: PyTorch is installed, but finds no {named}'
    )


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_card_that_pytorch_finds_is_used(torch, monkeypatch, device):
    went = pretend_torch(monkeypatch, torch, card=device)
    assert device in available_devices()
    x = to_device(np.ones(2, np.float32), device)
    assert went == [device]
    assert isinstance(x, torch.Tensor)
    assert to_device(x, device) is x


def test_a_card_of_apple_is_given_no_float64(torch, monkeypatch):
    pretend_torch(monkeypatch, torch, card="mps")
    with pytest.raises(TypeError, match=r"^a card of Apple has no float64: convert with astype"):
        to_device(np.ones(1), "mps")


def test_tensors_share_no_memory_with_what_they_were_made_of(torch):
    values = np.arange(4.0)
    x = to_device(values, "torch-cpu")
    x += 1
    assert values.tolist() == [0, 1, 2, 3]
    backwards = to_device(values[::-1], "torch-cpu")
    assert to_numpy(backwards).tolist() == [3, 2, 1, 0]
    assert to_device(x, "torch-cpu") is x


def test_a_tensor_that_records_itself_is_no_plain_array(torch):
    recording = torch.ones(3, requires_grad=True)
    message = r"^expected a tensor as a plain array, got one that requires_grad; .* detach\(\)"
    with pytest.raises(TypeError, match=message):
        array_namespace(recording)
    plain = to_device(recording, "torch-cpu")
    assert not plain.requires_grad
    assert to_numpy(recording).tolist() == [1, 1, 1]


def test_what_pytorch_has_beside_tensors_is_no_array(torch):
    for thing in (torch.device("cpu"), torch.Size([1]), torch.nn.Linear(1, 1)):
        with pytest.raises(TypeError, match=r"^expected an array of NumPy, CuPy or PyTorch, got "):
            array_namespace(thing)


def test_size_counts_numbers(kind):
    assert backend.size(kind(np.ones((2, 3)))) == 6
