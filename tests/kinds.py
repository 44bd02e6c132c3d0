"""Kinds of arrays that every layer must work on, and the checks that go with them.

NumPy arrays come in three memory layouts and are always read-only: a layer that writes into its
input fails at once. On the fake device of array-api-strict any silent conversion to NumPy raises,
as it would on a GPU. PyTorch is a second real library, here on the CPU. CuPy is used where a GPU
answers; elsewhere a stand-in takes its place, and `test_backend.py` says so.
"""

import array_api_strict as strict
import numpy as np

from lib.analysis import directional_check
from lib.backend import missing_because, to_device, to_numpy
from tests import fake_cupy
from tests.requirements_present import skip_or_fail

TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


def frozen(array):
    array.flags.writeable = False
    return array


def contiguous(values):
    return frozen(np.array(values, order="C"))


def batch_innermost(values):
    """The layout of `lib.convolution.row_windows`, (H, C, W, N); Fortran order for others."""
    axes = (2, 1, 3, 0) if values.ndim == 4 else tuple(reversed(range(values.ndim)))
    return frozen(np.array(values.transpose(axes), order="C")).transpose(np.argsort(axes))


def strided(values):
    """Every second element of a larger array, counted from its end."""
    larger = np.full((*values.shape[:-1], 2 * values.shape[-1]), 99, values.dtype)
    larger[..., ::-2] = values
    return frozen(larger)[..., ::-2]


def on_device1(values):
    return strict.asarray(np.array(values), device=strict.Device("device1"))


def on_gpu(values):
    return to_device(np.array(values), "gpu")


def on_stand_in(values):
    return fake_cupy.ndarray(np.array(values))


def on_torch(values):
    """A PyTorch tensor as a plain array; without PyTorch, the test that asks for one is skipped."""
    if reason := missing_because("torch-cpu"):
        skip_or_fail(f"nothing was computed by PyTorch: {reason}")
    import torch

    torch.set_num_threads(1)  # tests run side by side, and threads would wait for one another
    return to_device(np.array(values), "torch-cpu")


KINDS = {
    "numpy": contiguous,
    "numpy-batch-innermost": batch_innermost,
    "numpy-strided": strided,
    "device1": on_device1,
    "torch": on_torch,
}
if missing_because("gpu") is None:
    KINDS["cupy"] = on_gpu
elif fake_cupy.install():
    KINDS["cupy-stand-in"] = on_stand_in


def dtype_name(array):
    return str(array.dtype).rpartition(".")[2]


def assert_same_kind(actual, like):
    """The same library, dtype and device."""
    assert type(actual) is type(like)
    assert actual.dtype == like.dtype
    assert actual.device == like.device


def assert_close(actual, expected, *, like):
    """`actual` is an array of the kind of `like`, and holds what `expected` holds.

    A number may be off by `TOLERANCE` times itself or times the largest of the array: where a sum
    cancels to almost nothing, its rounding is that of its terms, in PyTorch as here.
    """
    assert_same_kind(actual, like)
    assert tuple(actual.shape) == expected.shape
    size = np.abs(expected, where=np.isfinite(expected), out=np.zeros(expected.shape)).max(
        initial=0
    )
    tolerance = TOLERANCE[dtype_name(like)]
    np.testing.assert_allclose(to_numpy(actual), expected, rtol=tolerance, atol=tolerance * size)


def grads(layer):
    return {name: parameter.grad for name, parameter in layer.named_parameters()}


def check_layer(layer, kind, x, forward, backward, rng, *, smooth=True):
    """Compare both passes of a layer with references, and its gradients with slopes.

    Parameters
    ----------
    layer : Layer
        On the CPU; it is moved to the kind of array.
    kind : callable
        From `KINDS`.
    x : numpy.ndarray
        The input, in the dtype to test.
    forward, backward : callable
        ``forward(x)`` and ``backward(dout, x)``, in float64.
    smooth : bool
        Whether slopes can be measured at `x`; at a tie of a max pool they cannot.
    """
    images = kind(x)
    layer.to_device(images)
    out = layer(images)
    assert_close(out, forward(x.astype("float64")), like=images)

    upstream = rng.standard_normal(tuple(out.shape)).astype(x.dtype)
    dout = kind(upstream)
    dx = layer.backward(dout)
    expected = backward(upstream.astype("float64"), x.astype("float64"))
    assert_close(dx, expected.pop("x"), like=images)
    assert grads(layer).keys() == expected.keys()
    for name, gradient in expected.items():
        assert_close(grads(layer)[name], gradient, like=images)
    assert np.array_equal(to_numpy(images), x), "the forward or backward pass changed x"
    assert np.array_equal(to_numpy(dout), upstream), "the backward pass changed dout"

    if smooth:
        layer.astype("float64")
        errors = directional_check(layer, kind(x.astype("float64")), rng)
        assert max(errors.values()) < 1e-6, errors
