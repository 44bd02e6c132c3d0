"""The compiled convolutions and passes give the numbers of their readable twins."""

import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import compiled
from lib.convolution import depthwise, row_windows, set_thread_count, thread_count, threads, windows
from lib.layers import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    MaxPool2d,
    ReLU,
    ReLU6,
    Residual,
    SeparableConv2d,
    Sequential,
)
from tests.kinds import assert_close, batch_innermost, contiguous, strided
from tests.requirements_present import skip_or_fail
from tests.window_cases import images, pairs, seeds
from tests.window_cases import windows as window_settings

pytestmark = pytest.mark.parity

layouts = st.sampled_from([contiguous, batch_innermost, strided])


@pytest.fixture(scope="module", autouse=True)
def room():
    """The room, its modules imported, and off unless a test turns it on."""
    try:
        compiled.turn_on()
    except ImportError:
        skip_or_fail("Numba is not installed; `pip install numba` runs the compiled layers' tests")
    compiled.turn_off()
    with mock.patch.object(compiled, "WORTH_COMPILING", 0):  # pictures are small here
        yield
    compiled.turn_off()


@pytest.fixture
def turned_on():
    compiled.turn_on()
    yield
    compiled.turn_off()


def random(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


@st.composite
def cases(draw):
    """Images narrower and wider than a tile, windows of every kind, more filters than a block."""
    size, (kernel_size, stride, padding, _) = draw(window_settings(max_dilation=1))
    n, c = draw(st.sampled_from([1, 2, 20, 50])), draw(st.sampled_from([1, 3, 9, 17]))
    return (n, c, *size), draw(st.sampled_from([3, 8, 13])), kernel_size, stride, padding


def compare(module, x, weight, stride, padding, groups, layout, rng):
    """Compare a module's convolution and its gradients with the readable ones in float64."""
    settings = stride, padding, (1, 1), groups
    exact_x, exact_weight = x.astype("float64"), weight.astype("float64")
    bias = random(rng, len(weight))
    out = module.convolve(x, weight, *settings, bias)
    exact = windows.convolve(exact_x, exact_weight, *settings, bias.astype("float64"))
    assert_close(out, exact, like=x)
    dout = layout(random(rng, *out.shape))
    exact = windows.convolve_backward(dout.astype("float64"), exact_x, exact_weight, *settings)
    for needed in ((True, True), (True, False), (False, True)):
        flags = dict(zip(("needs_dx", "needs_dweight"), needed, strict=True))
        found = module.convolve_backward(dout, x, weight, *settings, **flags)
        for gradient, expected, wanted in zip(found, exact, needed, strict=True):
            if wanted:
                assert_close(gradient, expected, like=x)
            else:
                assert gradient is None


@given(cases(), layouts, seeds)
def test_convolution_equals_the_readable_one(case, layout, seed):
    shape, filters, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x = layout(random(rng, *shape))
    weight = random(rng, filters, shape[1], *kernel_size)
    compare(compiled.convolution, x, weight, stride, padding, 1, layout, rng)


@given(cases(), st.integers(1, 3), layouts, seeds)
def test_depthwise_convolution_equals_the_readable_one(case, each, layout, seed):
    (n, c, *size), _, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x = layout(random(rng, n, c + 1, *size))
    weight = random(rng, (c + 1) * each, 1, *kernel_size)
    compare(compiled.depthwise, x, weight, stride, padding, c + 1, layout, rng)


@given(cases(), seeds)
def test_nothing_is_read_that_was_not_written(case, seed):
    shape, filters, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x, weight = random(rng, *shape), random(rng, filters, shape[1], *kernel_size)
    each = random(rng, shape[1], 1, *kernel_size)
    with mock.patch.object(np, "empty", lambda shape, dtype=float: np.full(shape, np.nan, dtype)):
        for module, weights, groups in (
            (compiled.convolution, weight, 1),
            (compiled.depthwise, each, shape[1]),
        ):
            out = module.convolve(x, weights, stride, padding, (1, 1), groups)
            found = module.convolve_backward(out, x, weights, stride, padding, (1, 1), groups)
            assert all(np.isfinite(array).all() for array in (out, *found))


def test_images_lie_with_the_batch_innermost(rng):
    x, weight = random(rng, 60, 4, 8, 7), random(rng, 5, 4, 3, 3)
    for stride in [(1, 1), (2, 2)]:
        out = compiled.convolution.convolve(x, weight, stride, (1, 1))
        dx, _ = compiled.convolution.convolve_backward(out, x, weight, stride, (1, 1))
        for found in (out, dx):
            assert list(np.argsort(found.strides)) == [0, 3, 1, 2]  # N fastest, then W, C, H


def test_results_do_not_depend_on_the_number_of_threads(rng, turned_on):
    x = random(rng, 100, 8, 17, 6)  # an odd number of rows, several to a sum
    layers = [
        Conv2d(8, 9, 3, padding=1, rng=0),
        Conv2d(8, 8, 3, stride=2, groups=8, rng=0),
        BatchNorm2d(8),
        MaxPool2d(2),
        ReLU(),
    ]
    before, found = thread_count(), []
    try:
        for count in (1, 2, 3):
            set_thread_count(count)
            with mock.patch.object(threads, "WORTH_SHARING", 0):
                results = []
                for layer in layers:
                    out = layer(x)
                    results += [out, layer.backward(out)]
                    results += [p.grad for p in layer.parameters()]
            found.append(results)
    finally:
        set_thread_count(before)
    for one, another in ((found[0], found[1]), (found[0], found[2])):
        assert all(map(np.array_equal, one, another))


def both_ways(layer, x, dout, train=True):
    """Return output, gradients and buffers, computed by NumPy, and by compiled code."""
    results, start = [], {name: array.copy() for name, array in layer.state().items()}
    for turn in (compiled.turn_off, compiled.turn_on):
        layer.load_state(start)
        layer.train() if train else layer.eval()
        turn()
        try:
            out, dx = layer(x), layer.backward(dout)
        finally:
            compiled.turn_off()
        buffers = [b.data for _, b in layer.named_buffers()]
        results.append([out, dx, *(p.grad for p in layer.parameters()), *buffers])
    return results


LAYERS = {
    "convolution": Conv2d(3, 9, 3, padding=1, rng=0),
    "convolution with stride": Conv2d(3, 9, 3, stride=2, padding=1, bias=False, rng=0),
    "convolution that keeps the size": Conv2d(3, 4, 2, padding="same", rng=0),
    "separable convolution": SeparableConv2d(3, 5, 3, padding=1, rng=0),
    "transposed convolution": ConvTranspose2d(3, 4, 3, stride=2, padding=1, rng=0),
    "ReLU": ReLU(),
    "ReLU6": ReLU6(),
    "batch normalization": BatchNorm2d(3),
    "max pooling": MaxPool2d(2),
    "max pooling, remainder": MaxPool2d((5, 3)),
    "max pooling, overlapping": MaxPool2d(3, stride=2, padding=1),
    "residual": Residual(Conv2d(3, 3, 3, padding=1, rng=0)),
    "one after another": Sequential(
        Conv2d(3, 8, 3, padding=1, bias=False, rng=0), BatchNorm2d(8), ReLU(), MaxPool2d(2)
    ),
}


@pytest.mark.parametrize("train", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("layer", LAYERS.values(), ids=list(LAYERS))
def test_layers_give_the_same_numbers(layer, train, rng):
    x = random(rng, 20, 3, 12, 11) * 4 + 1
    dout = random(rng, *layer(x).shape)
    expected, found = both_ways(layer, x, dout, train)
    for one, another in zip(expected, found, strict=True):
        scale = np.abs(one).max()
        np.testing.assert_allclose(another, one, rtol=1e-5, atol=1e-5 * scale)


CONVOLVE = {"convolve", "convolve_backward"}
USED = {
    "convolution": CONVOLVE,
    "convolution with stride": CONVOLVE,
    "convolution that keeps the size": CONVOLVE,
    "separable convolution": CONVOLVE,
    "transposed convolution": CONVOLVE,
    "ReLU": {"clip", "pass_inside"},
    "ReLU6": {"clip", "pass_inside"},
    "batch normalization": {"moments", "normalize", "sums_and_dots", "normalize_backward"},
    "max pooling": {"max_pool", "max_pool_backward"},
    "max pooling, remainder": {"max_pool", "max_pool_backward"},
    "max pooling, overlapping": set(),
    "residual": CONVOLVE | {"add"},
}


@pytest.mark.parametrize("name", USED)
def test_layers_use_compiled_code_where_there_is_some(name, rng, turned_on, monkeypatch):
    called = set()
    for module in (compiled.convolution, compiled.depthwise, compiled.passes):
        for function_name in set().union(*USED.values()) & vars(module).keys():
            function = getattr(module, function_name)

            def noted(*arguments, function=function, **keywords):
                called.add(function.__name__)
                return function(*arguments, **keywords)

            monkeypatch.setattr(module, function_name, noted)
    layer = LAYERS[name]
    layer.train()
    layer.backward(layer(random(rng, 20, 3, 12, 11)))
    assert called == USED[name]


def test_nan_stays(rng, turned_on):
    x = random(rng, 60, 3, 8, 8)
    x[0, 1, 2, 3] = np.nan
    for layer in (Conv2d(3, 4, 3, rng=0), BatchNorm2d(3), ReLU(), ReLU6(), MaxPool2d(2)):
        found = layer(x)
        compiled.turn_off()
        expected = layer(x)
        compiled.turn_on()
        assert np.isnan(expected).any()
        assert np.array_equal(np.isnan(found), np.isnan(expected)), layer


def test_mean_far_from_zero_costs_no_digits(rng, turned_on):
    x = random(rng, 50, 2, 6, 6) + 1000
    out = BatchNorm2d(2)(x)
    exact = x.astype("float64")
    exact = exact - exact.mean(axis=(0, 2, 3), keepdims=True)
    exact /= np.sqrt((exact**2).mean(axis=(0, 2, 3), keepdims=True) + 1e-5)
    assert np.abs(out - exact).max() < 1e-3


@pytest.mark.parametrize("layer", [MaxPool2d(2), BatchNorm2d(3), ReLU()])
def test_way_back_is_that_of_the_way_there(layer, rng):
    """Whatever is turned on or off in between."""
    x = random(rng, 20, 3, 8, 8)
    dout = random(rng, *layer(x).shape)
    expected = layer.backward(dout)
    compiled.turn_on()
    layer(x)
    compiled.turn_off()
    np.testing.assert_allclose(layer.backward(dout), expected, rtol=1e-4, atol=1e-5)
    layer(x)
    compiled.turn_on()
    try:
        np.testing.assert_allclose(layer.backward(dout), expected, rtol=1e-4, atol=1e-5)
    finally:
        compiled.turn_off()


def test_takes_images_of_numpy_in_float32_alone(kind, turned_on):
    x = np.ones((2, 3, 4, 5), np.float32)
    assert compiled.takes(x)
    with mock.patch.object(compiled, "WORTH_COMPILING", x.size):
        assert not compiled.takes(x)
    assert compiled.takes(kind(x)) is isinstance(kind(x), np.ndarray)
    assert not compiled.takes(x.astype("float64"))
    assert not compiled.takes(x, x.astype("float16"))
    assert not compiled.takes(x[0])
    assert not compiled.takes(x[:0])


def test_supports_what_pays():
    def supports(module, shape, weights, dilation=(1, 1), groups=1):
        x, weight = np.ones(shape, np.float32), np.ones(weights, np.float32)
        return module.supports(x, weight, dilation, groups)

    room, wide = compiled.convolution, (60, 4, 8, 8)
    assert supports(room, wide, (3, 4, 3, 3))
    assert not supports(room, wide, (2, 4, 3, 3)), "fewer filters than a tile has columns"
    assert not supports(room, (1, 4, 8, 8), (3, 4, 3, 3)), "rows shorter than a tile"
    assert not supports(room, wide, (4, 2, 3, 3), groups=2)
    assert not supports(room, wide, (3, 4, 3, 3), dilation=(1, 2))
    assert supports(compiled.depthwise, wide, (8, 1, 3, 3), groups=4)
    assert not supports(compiled.depthwise, (1, 4, 8, 8), (8, 1, 3, 3), groups=4)
    assert depthwise.supports is not compiled.depthwise.supports
    assert row_windows.supports is not room.supports


def test_without_numba_it_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r"need the package numba: pip install numba"):
        compiled.turn_on()
    assert not compiled.is_on()


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("0", False), (None, False)])
def test_environment_decides_at_first(monkeypatch, value, expected):
    monkeypatch.setattr(compiled, "_on", None)
    monkeypatch.delenv("CNN_COMPILED", raising=False)
    if value is not None:
        monkeypatch.setenv("CNN_COMPILED", value)
    assert compiled.is_on() is expected


def test_machine_code_is_kept_by_the_text_of_the_room(monkeypatch, tmp_path):
    from lib.compiled import compiling

    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "one.py"))
    first = compiling._sources()
    assert first == compiling._sources()
    (tmp_path / "two.py").write_text("changed")
    assert compiling._sources() != first
    assert first != compiling.KEPT.name
    numbers = compiling.jit(lambda x: x + 1)
    assert numbers(1) == 2
    assert list(compiling.KEPT.rglob("*.nbi")), "it is kept there"


def test_an_installed_copy_keeps_machine_code_in_the_users_cache(monkeypatch, tmp_path):
    from lib.compiled import compiling

    monkeypatch.setattr(compiling.config, "CACHE_DIR", "")
    assert compiling._folder().parents[1] == compiling.PROJECT / ".cache"
    monkeypatch.setattr(compiling, "PROJECT", tmp_path)
    assert compiling._folder().parents[1] == compiling.user_cache()


@given(pairs(1, 3), pairs(0, 2), images((4, 5)), seeds)
def test_pooling_side_by_side_equals_the_readable_one(kernel_size, rest, shape, seed):
    rng = np.random.default_rng(seed)
    size = (k * o + r % k for k, o, r in zip(kernel_size, shape[2:], rest, strict=True))
    x = rng.integers(0, 3, (*shape[:2], *size)).astype(np.float32)  # many equal maxima
    layer = MaxPool2d(kernel_size)
    dout = random(rng, *layer(x).shape)
    expected, found = both_ways(layer, x, dout)
    assert all(map(np.array_equal, expected, found))
