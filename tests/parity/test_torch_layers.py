"""Every layer gives PyTorch's numbers, forward and backward, over random settings."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib import layers
from lib.convolution import col2im, im2col
from tests.kinds import TOLERANCE, assert_close
from tests.window_cases import images, pairs, seeds, sees_the_image
from tests.window_cases import windows as window_settings

pytestmark = pytest.mark.parity
# Each is tested in full, so that none depends on what is drawn: see TOLERANCE.
both_dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def compare(torch, ours, theirs, shape, dtype, seed, *, change=None):
    """Give both the same weights and input; compare outputs, gradients and buffers."""
    rng = np.random.default_rng(seed)
    ours.astype(dtype)
    theirs.to(getattr(torch, dtype))
    theirs.load_state_dict(
        {name: torch.tensor(array) for name, array in ours.state().items()}, strict=False
    )
    theirs.train(ours.training)
    x = rng.standard_normal(shape).astype(dtype)
    x = change(x) if change else x
    tensor = torch.tensor(x, requires_grad=True)
    out, expected = ours(x), theirs(tensor)
    assert_close(out, expected.detach().numpy(), like=x)
    dout = rng.standard_normal(out.shape).astype(dtype)
    dx = ours.backward(dout)
    expected.backward(torch.tensor(dout))
    assert_close(dx, tensor.grad.numpy(), like=x)
    gradients = {name: parameter.grad.numpy() for name, parameter in theirs.named_parameters()}
    assert gradients.keys() == dict(ours.named_parameters()).keys()
    for name, parameter in ours.named_parameters():
        assert_close(parameter.grad, gradients[name], like=x)
    buffers = dict(theirs.named_buffers())
    for name, buffer in ours.named_buffers():
        assert_close(buffer.data, buffers[name].numpy(), like=x)


@both_dtypes
@given(window_settings(), st.data(), st.booleans(), seeds)
def test_conv2d(torch, dtype, case, data, bias, seed):
    size, (kernel_size, stride, padding, dilation) = case
    groups = data.draw(st.integers(1, 3), label="groups")
    n, c, *_ = shape = data.draw(images(size), label="images")
    shape, filters = (n, c * groups, *size), groups * data.draw(st.integers(1, 2), label="filters")
    settings = c * groups, filters, kernel_size, stride, padding, dilation, groups, bias
    rng = np.random.default_rng(seed)
    compare(
        torch, layers.Conv2d(*settings, rng=rng), torch.nn.Conv2d(*settings), shape, dtype, seed
    )


@both_dtypes
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@given(pairs(1, 5), pairs(1, 3), pairs(1, 6), st.integers(1, 2), seeds)
def test_conv2d_with_same_padding(torch, dtype, kernel_size, dilation, size, groups, seed):
    settings = {"padding": "same", "dilation": dilation, "groups": groups}
    ours = layers.Conv2d(2, 4, kernel_size, **settings, rng=np.random.default_rng(seed))
    theirs = torch.nn.Conv2d(2, 4, kernel_size, **settings)
    compare(torch, ours, theirs, (2, 2, *size), dtype, seed)


@both_dtypes
@given(window_settings(), st.data(), st.booleans(), seeds)
def test_conv_transpose2d(torch, dtype, case, data, bias, seed):
    """From the output of a convolution back to the size of its input."""
    size, (kernel_size, stride, padding, dilation) = case
    out_size = tuple(
        (h + 2 * p - d * (k - 1) - 1) // s + 1
        for h, k, s, p, d in zip(size, kernel_size, stride, padding, dilation, strict=True)
    )
    more = tuple(
        (h + 2 * p - d * (k - 1) - 1) % s
        for h, k, s, p, d in zip(size, kernel_size, stride, padding, dilation, strict=True)
    )
    groups = data.draw(st.integers(1, 3), label="groups")
    n, c, *_ = data.draw(images(out_size), label="images")
    filters = groups * data.draw(st.integers(1, 2), label="filters")
    settings = c * groups, filters, kernel_size, stride, padding, more, groups, bias, dilation
    ours = layers.ConvTranspose2d(*settings, rng=np.random.default_rng(seed))
    theirs = torch.nn.ConvTranspose2d(*settings)
    compare(torch, ours, theirs, (n, c * groups, *out_size), dtype, seed)


# Where a dilated window steps over a whole image we refuse, and PyTorch 2.13 writes out of bounds.
max_pool_settings = window_settings(pooling=True).filter(lambda case: sees_the_image(*case))


VALUES = {
    "any": None,
    "negative": lambda x: -1 - np.abs(x),  # a padding of zeros would win
    "ties": np.round,
    "infinite": lambda x: np.where(x < 0.5, -np.inf, x),  # the padding must not take the gradient
}


@both_dtypes
@pytest.mark.parametrize("values", VALUES)
@given(max_pool_settings, st.booleans(), st.data(), seeds)
@example(((2, 2), ((3, 3), (2, 2), (0, 0), (1, 1))), True, None, 0)  # all hangs over
def test_max_pool2d(torch, dtype, values, case, ceil_mode, data, seed):
    size, settings = case
    compare(
        torch,
        layers.MaxPool2d(*settings, ceil_mode=ceil_mode),
        torch.nn.MaxPool2d(*settings, ceil_mode=ceil_mode),
        data.draw(images(size)) if data else (2, 1, *size),
        dtype,
        seed,
        change=VALUES[values],
    )


@both_dtypes
@given(
    window_settings(pooling=True, max_dilation=1), st.booleans(), st.booleans(), st.data(), seeds
)
def test_avg_pool2d(torch, dtype, case, count_include_pad, ceil_mode, data, seed):
    size, (kernel_size, stride, padding, _) = case
    settings = {"count_include_pad": count_include_pad, "ceil_mode": ceil_mode}
    compare(
        torch,
        layers.AvgPool2d(kernel_size, stride, padding, **settings),
        torch.nn.AvgPool2d(kernel_size, stride, padding, **settings),
        data.draw(images(size)),
        dtype,
        seed,
    )


@both_dtypes
@given(pairs(1, 6), pairs(2, 4), st.booleans(), seeds)
def test_linear(torch, dtype, features, rows, bias, seed):
    compare(
        torch,
        layers.Linear(*features, bias),
        torch.nn.Linear(*features, bias),
        (rows[0], features[0]),
        dtype,
        seed,
    )


POINTWISE = {
    "ReLU": lambda nn: nn.ReLU(),
    "ReLU6": lambda nn: nn.ReLU6(),
    "LeakyReLU": lambda nn: nn.LeakyReLU(),
    "Softmax": lambda nn: nn.Softmax(dim=1),
    "Sigmoid": lambda nn: nn.Sigmoid(),
    "Tanh": lambda nn: nn.Tanh(),
    "Flatten": lambda nn: nn.Flatten(),
    "GlobalMaxPool2d": lambda nn: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
    "GlobalAvgPool2d": lambda nn: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
}


@both_dtypes
@pytest.mark.parametrize("name", POINTWISE)
@given(size=pairs(1, 6), data=st.data(), seed=seeds)
def test_layers_without_settings(torch, name, dtype, size, data, seed):
    theirs = POINTWISE[name](torch.nn)
    compare(torch, getattr(layers, name)(), theirs, data.draw(images(size)), dtype, seed)


@both_dtypes
@given(
    st.one_of(pairs(2, 5), pairs(1, 4).flatmap(images)),
    st.booleans(),
    st.sampled_from([1e-5, 1e-2]),
    st.floats(0.01, 1),
    seeds,
)
def test_batch_norm(torch, dtype, shape, training, eps, momentum, seed):
    name = "BatchNorm1d" if len(shape) == 2 else "BatchNorm2d"
    rng = np.random.default_rng(seed)
    ours = getattr(layers, name)(shape[1], eps, momentum).train(training)
    for array in ours.state().values():
        array[...] = rng.uniform(0.5, 2, shape[1])
    theirs = getattr(torch.nn, name)(shape[1], eps, momentum)
    compare(torch, ours, theirs, shape, dtype, seed)


@both_dtypes
@given(pairs(1, 9), pairs(1, 5), st.data(), seeds)
def test_adaptive_avg_pool2d(torch, dtype, size, output_size, data, seed):
    ours, theirs = layers.AdaptiveAvgPool2d(output_size), torch.nn.AdaptiveAvgPool2d(output_size)
    compare(torch, ours, theirs, data.draw(images(size)), dtype, seed)


@both_dtypes
@given(
    images((2, 3), channels=(1, 6)),
    st.integers(1, 7),
    st.sampled_from([(), (0.5, 2.0, 0.1), (3.0, 0.5, 2.0)]),
    seeds,
)
def test_local_response_norm(torch, dtype, shape, size, settings, seed):
    ours = layers.LocalResponseNorm(size, *settings)
    compare(torch, ours, torch.nn.LocalResponseNorm(size, *settings), shape, dtype, seed)


@both_dtypes
@given(window_settings(), st.data(), st.booleans(), seeds)
def test_separable_conv2d(torch, dtype, case, data, bias, seed):
    """In PyTorch it is written as two convolutions."""
    size, settings = case
    _, c, *_ = shape = data.draw(images(size))
    ours = layers.SeparableConv2d(c, 4, *settings, bias, rng=np.random.default_rng(seed))
    theirs = torch.nn.Sequential()
    theirs.add_module("depthwise", torch.nn.Conv2d(c, c, *settings, groups=c, bias=False))
    theirs.add_module("pointwise", torch.nn.Conv2d(c, 4, 1, bias=bias))
    compare(torch, ours, theirs, shape, dtype, seed)


@pytest.mark.parametrize("name", ["Dropout", "Dropout2d"])
@both_dtypes
def test_dropout_scales_alike(torch, name, dtype):
    """Which numbers fall is chance; what the others become is not."""
    x = np.ones((10, 10, 10, 1), dtype)
    ours, theirs = getattr(layers, name)(0.3), getattr(torch.nn, name)(0.3)
    assert_close(
        np.unique(ours(x)), np.unique(theirs(torch.tensor(x)).numpy()).astype("float64"), like=x
    )
    assert np.array_equal(ours.eval()(x), theirs.eval()(torch.tensor(x)).numpy())


@given(window_settings(), st.data(), seeds)
def test_im2col_and_col2im_are_unfold_and_fold(torch, case, data, seed):
    size, settings = case
    kernel_size, stride, padding, dilation = settings
    shape = data.draw(images(size))
    rng = np.random.default_rng(seed)
    options = {"dilation": dilation, "padding": padding, "stride": stride}
    x = rng.standard_normal(shape)

    def as_rows(unfolded):
        return unfolded.numpy().transpose(0, 2, 1).reshape(-1, shape[1] * np.prod(kernel_size))

    unfolded = torch.nn.functional.unfold(torch.tensor(x), kernel_size, **options)
    assert np.array_equal(im2col(x, *settings), as_rows(unfolded))
    columns = torch.tensor(rng.standard_normal(unfolded.shape))
    folded = torch.nn.functional.fold(columns, size, kernel_size, **options)
    assert np.allclose(col2im(as_rows(columns), shape, *settings), folded, rtol=1e-12, atol=1e-12)


def residual_block(nn, torch, **settings):
    """A block with every container, in either library."""
    rest = {"rng": np.random.default_rng(0)} if nn is layers else {}
    body = nn.Sequential(
        # A bias before batch normalization has no gradient but rounding: nothing to compare.
        nn.Conv2d(2, 3, 3, padding=1, bias=False, **rest),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Conv2d(3, 4, 3, 2, 1, **rest),
    )
    shortcut = nn.Conv2d(2, 4, 1, 2, **rest)
    if nn is layers:
        return layers.Concat(layers.Residual(body, shortcut), layers.MaxPool2d(1, 2))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("0", nn.ModuleDict({"body": body, "shortcut": shortcut}))

        def forward(self, x):
            return torch.cat([body(x) + shortcut(x), x[:, :, ::2, ::2]], dim=1)

    return Block()


@both_dtypes
def test_residual_and_concat(torch, dtype):
    ours, theirs = residual_block(layers, torch), residual_block(torch.nn, torch)
    compare(torch, ours, theirs, (3, 2, 6, 5), dtype, 0)
