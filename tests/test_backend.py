"""The door between array libraries, the only one."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from lib import backend
from lib.backend import array_namespace, cast, empty, full, is_floating, to_device, to_numpy, zeros
from tests.kinds import KINDS, assert_same_kind, batch_innermost, contiguous, on_device1


def test_array_namespace_has_the_functions_of_the_array(kind):
    x = kind(np.arange(4.0))
    xp = array_namespace(x)
    assert_same_kind(xp.exp(x), x)
    assert_same_kind(xp.astype(x, xp.float32), kind(np.ones(1, np.float32)))


@pytest.mark.parametrize("value", [[1.0], 3, "array", None])
def test_what_is_no_array_is_refused(value):
    message = rf"^expected a NumPy or CuPy array, got {type(value).__name__}$"
    for function in (array_namespace, to_numpy, is_floating, lambda v: to_device(v, "cpu")):
        with pytest.raises(TypeError, match=message):
            function(value)


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


def test_to_device_refuses_other_names():
    with pytest.raises(ValueError, match=r'^device must be "cpu", "gpu" or an array, got \'tpu\'$'):
        to_device(np.ones(1), "tpu")


# A GPU, and its absence -------------------------------------------------------------------------


def test_a_gpu_is_among_the_kinds_of_array_where_there_is_one():
    """One skip that says what every other test here could not do on this machine."""
    if reason := backend.gpu_missing_because():
        pytest.skip(f"no layer was tested on a GPU: {reason}")
    assert type(KINDS["cupy"](np.ones(1))).__module__.startswith("cupy")


def pretend_cupy(monkeypatch, *, answers):
    """Put a module in the place of CuPy; without a driver it still imports, as the real one."""
    cupy = ModuleType("cupy")
    cupy.cuda = SimpleNamespace(is_available=lambda: answers)
    cupy.ndarray = type("ndarray", (), {"__module__": "cupy", "get": lambda self: np.ones(2)})
    cupy.asarray = lambda array: cupy.ndarray()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return cupy


def test_without_cupy_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)  # importing it raises ImportError
    assert backend.gpu_available() is False
    with pytest.raises(RuntimeError) as error:
        to_device(np.ones(1), "gpu")
    assert str(error.value) == (
        'no GPU can be used: CuPy is not installed (pip install -e ".[gpu]")'
    )


def test_cupy_alone_is_no_gpu(monkeypatch):
    pretend_cupy(monkeypatch, answers=False)
    assert backend.gpu_available() is False
    with pytest.raises(RuntimeError) as error:
        to_device(np.ones(1), "gpu")
    assert str(error.value) == (
        "no GPU can be used: CuPy is installed, but no driver with a GPU answers"
    )


def test_a_gpu_that_answers_is_used(monkeypatch):
    cupy = pretend_cupy(monkeypatch, answers=True)
    assert backend.gpu_available() is True
    x = to_device(np.ones(2), "gpu")
    assert isinstance(x, cupy.ndarray)
    assert to_device(x, "gpu") is x
    assert np.array_equal(to_numpy(x), np.ones(2))
    assert np.array_equal(to_device(x, "cpu"), np.ones(2))
