"""ConvTranspose2d: the way back of a convolution, taken forward."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lib.analysis import receptive_field, summary
from lib.layers import Conv2d, ConvTranspose2d, Sequential
from tests import naive
from tests.kinds import check_layer
from tests.window_cases import dtypes, pairs, seeds


@st.composite
def settings_of_a_transposed(draw):
    """``(stride, padding, output_padding, groups, dilation)``"""
    stride = draw(pairs(1, 3))
    more = tuple(draw(st.integers(0, step - 1)) for step in stride)
    dilation = draw(st.one_of(st.just((1, 1)), pairs(1, 3)))
    return stride, draw(pairs(0, 2)), more, draw(st.integers(1, 2)), dilation


@given(
    settings_of_a_transposed(), pairs(1, 4), pairs(1, 3), pairs(1, 2), st.booleans(), dtypes, seeds
)
def test_conv_transpose2d_computes_its_formula(
    kind, settings, kernel_size, size, channels, bias, dtype, seed
):
    stride, padding, more, groups, dilation = settings
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel_size, strict=True)]
    axes = zip(size, stride, spans, more, padding, strict=True)
    assume(all((pixels - 1) * s + span + m - 2 * p > 0 for pixels, s, span, m, p in axes))
    rng = np.random.default_rng(seed)
    c, f = (groups * number for number in channels)
    layer = ConvTranspose2d(
        c, f, kernel_size, stride, padding, more, groups, bias, dilation, rng=rng
    ).astype(dtype)
    assert layer.weight.data.shape == (c, f // groups, *kernel_size)
    if bias:
        layer.bias.data = rng.standard_normal(f).astype(dtype)
    arguments = (
        layer.weight.data.astype("float64"),
        layer.bias.data.astype("float64") if bias else None,
        *settings,
    )
    check_layer(
        layer,
        kind,
        rng.standard_normal((2, c, *size)).astype(dtype),
        lambda x: naive.conv_transpose2d(x, *arguments),
        lambda dout, x: naive.conv_transpose2d_backward(dout, x, *arguments),
        rng,
    )


@pytest.mark.parametrize("settings", [(3, 1, 1), (3, 2, 1), ((2, 3), (2, 1), (0, 2)), (4, 3, 0)])
def test_it_is_the_way_back_of_a_convolution(settings, rng):
    """The same weights, the roles of the two passes exchanged: chapter 5, and here a layer."""
    conv = Conv2d(2, 3, *settings, bias=False, rng=0).astype("float64")
    x = rng.standard_normal((2, 2, 7, 7))
    dout = rng.standard_normal(conv(x).shape)
    dx = conv.backward(dout)
    sizes = zip(conv.kernel_size, conv.stride, conv.padding, strict=True)
    left_over = tuple((7 + 2 * p - k) % s for k, s, p in sizes)
    layer = ConvTranspose2d(3, 2, *settings, left_over, bias=False)
    layer.weight.data = conv.weight.data
    assert np.allclose(layer(dout), dx, rtol=1e-12, atol=1e-12)
    layer.backward(x)
    assert np.allclose(layer.weight.grad, conv.weight.grad, rtol=1e-12, atol=1e-12)


def test_frozen_weights_and_unread_gradients_cost_nothing(rng):
    layer = ConvTranspose2d(2, 3, 3, 2, rng=0).freeze()
    out = layer(rng.standard_normal((2, 2, 3, 3)))
    assert layer.backward(out).shape == (2, 2, 3, 3)
    assert layer.weight.grad is layer.bias.grad is None
    layer.unfreeze().set_needs_dx(False)
    assert layer.backward(out) is None
    assert layer.weight.grad.shape == (2, 3, 3, 3)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"output_padding": 1}, ValueError, r"^output_padding must be below stride \(1, 1\), got"),
        ({"output_padding": -1}, ValueError, "^output_padding must be at least 0, got -1$"),
        (
            {"groups": 2},
            ValueError,
            "^groups must divide in_channels and out_channels, got 2 for 3",
        ),
        ({"out_channels": 0}, ValueError, "^out_channels must be at least 1, got 0$"),
        ({"padding": "same"}, TypeError, "^padding must be an int or a pair of ints, got 'same'$"),
        ({"stride": 0.5}, TypeError, "^stride must be an int or a pair of ints, got 0.5$"),
        ({"bias": None}, TypeError, "^bias must be True or False, got None$"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        ConvTranspose2d(**{"in_channels": 3, "out_channels": 4, "kernel_size": 3, **settings})


def test_an_image_of_which_nothing_is_left_is_refused():
    message = r"^ConvTranspose2d with padding \(2, 2\) leaves nothing of an image of \(1, 2\): "
    with pytest.raises(ValueError, match=message):
        ConvTranspose2d(1, 1, 3, padding=2)(np.ones((1, 1, 1, 2)))


def test_it_shows_its_settings():
    assert repr(ConvTranspose2d(3, 8, 5)) == "ConvTranspose2d(3, 8, kernel_size=(5, 5))"
    assert repr(ConvTranspose2d(4, 8, 3, 2, 1, 1, 4, False, 2)) == (
        "ConvTranspose2d(4, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), "
        "output_padding=(1, 1), dilation=(2, 2), groups=4, bias=False)"
    )


def test_the_summary_counts_a_weight_for_each_pixel_that_comes_in():
    network = Sequential(ConvTranspose2d(2, 3, 4, stride=2))
    row = summary(network, (2, 5, 5)).rows[0]
    assert (row.output_shape, row.multiply_adds) == ((3, 12, 12), 2 * 3 * 16 * 25)


@pytest.mark.parametrize(
    "settings", [(2, 2), (3, 2), (4, 2, 1), (3, 1, 1), (5, 3, 2, 2), ((3, 2), (2, 1), (1, 0))]
)
def test_its_receptive_field_is_what_moves_an_output(settings, rng):
    """Held to the output itself: which pixels of the input change any number?"""
    layer = ConvTranspose2d(1, 1, *settings, initializer=lambda s, r: np.ones(s, np.float32))
    x = np.zeros((1, 1, 9, 9))
    out_size = layer(x).shape[2:]
    seen = np.zeros((9, 9, *out_size), bool)
    for p, q in np.ndindex(9, 9):
        one = x.copy()
        one[0, 0, p, q] = 1
        seen[p, q] = layer(one)[0, 0] != 0
    rows, columns = seen.any(axis=(1, 3)).sum(axis=0), seen.any(axis=(0, 2)).sum(axis=0)
    field = receptive_field(layer, (1, 9, 9))[""]
    assert field.size == (rows.max(), columns.max())
    assert field.jump == tuple(Fraction(1, step) for step in layer.stride)
