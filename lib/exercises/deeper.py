"""The exercises of the chapter *Going deeper*: fields, costs, and paths through a stack."""

import numpy as np

from lib.exercises.comparison import Rejected, expect, expect_number, short
from lib.exercises.registry import exercise

# --- 1, 2, 3: how deep, at which cost ------------------------------------------------------------


def _layers_needed(pixels, doubling):
    size, jump, count = 1, 1, 0
    while size < pixels:
        size += 2 * jump
        jump *= 2 if doubling else 1
        count += 1
    return count


@exercise(
    "deeper-1",
    wrong=[
        lambda pixels, doubling: _layers_needed(pixels, False),
        lambda pixels, doubling: _layers_needed(pixels + 1, doubling),
        lambda pixels, doubling: -(-pixels // 3) if not doubling else _layers_needed(pixels, True),
        lambda pixels, doubling: (
            (pixels - 1) // 2 if not doubling else _layers_needed(pixels, True)
        ),
    ],
)
def check_layers_needed(answer):
    """Enough layers to see the pixels, and not one too many."""
    for pixels in (28, 3, 7, 1, 32, 15, 16, 224):
        for doubling in (False, True):
            expect(answer, pixels, doubling, returns=_layers_needed(pixels, doubling))


def _stack_cost(kernel_size, field, channels, side):
    layers = (field - 1) // (kernel_size - 1)
    weights = layers * kernel_size**2 * channels**2
    return layers, weights, weights * side**2


def _divides_the_field(kernel_size, field, channels, side):
    layers = field // kernel_size
    weights = layers * kernel_size**2 * channels**2
    return layers, weights, weights * side**2


def _one_channel_in(kernel_size, field, channels, side):
    layers, weights, work = _stack_cost(kernel_size, field, channels, side)
    return layers, weights // channels, work // channels


def _works_once(kernel_size, field, channels, side):
    layers, weights, _ = _stack_cost(kernel_size, field, channels, side)
    return layers, weights, weights


@exercise("deeper-2", wrong=[_divides_the_field, _one_channel_in, _works_once])
def check_stack_cost(answer):
    """Right for small kernels and large: layers, weights, and work."""
    for settings in ((3, 5, 64, 14), (5, 5, 64, 14), (3, 13, 8, 7), (7, 13, 16, 28), (5, 17, 4, 9)):
        expect(answer, *settings, returns=_stack_cost(*settings))


@exercise(
    "deeper-3",
    wrong=[
        lambda blocks, convolutions: sum(blocks) * convolutions,
        lambda blocks, convolutions: sum(blocks) * convolutions + 1,
        lambda blocks, convolutions: sum(blocks) * 2 + 2,
    ],
)
def check_depth(answer):
    """ResNet-20, 34, 50 and 152 are as deep as they are called."""
    for blocks, convolutions in (
        ((3, 3, 3), 2),
        ((3, 4, 6, 3), 2),
        ((3, 4, 6, 3), 3),
        ((3, 8, 36, 3), 3),
    ):
        expect(answer, blocks, convolutions, returns=2 + convolutions * sum(blocks))


# --- 7: how fast the gradient grows --------------------------------------------------------------


@exercise("deeper-7", wrong=[619.0, 1.21, 1.3, 0.88, 1.0])
def check_growth(answer):
    """Little from layer to layer, and several hundred times through all of them."""
    expect_number(answer)
    if not 1.1 <= answer <= 1.18:
        whole = f": {float(answer) ** 54:,.0f} through 54 layers" if 1 < answer < 10 else ""
        raise Rejected(
            "expected the factor from one convolution to the one before it, whose 54th power is "
            f"what lies between the last and the first, several hundred; got {short(answer)}"
            f"{whole}"
        )


# --- 8: paths through any stack -------------------------------------------------------------------


def _paths(layers):
    count = np.ones(1, int)
    for kernel_size, stride, dilation in reversed(layers):
        apart = np.zeros((len(count) - 1) * stride + 1, int)
        apart[::stride] = count
        kernel = np.zeros((kernel_size - 1) * dilation + 1, int)
        kernel[::dilation] = 1
        count = np.convolve(apart, kernel)
    return count


@exercise(
    "deeper-8",
    wrong=[
        lambda layers: _paths(layers[::-1]),
        lambda layers: _paths([(k, 1, d) for k, _, d in layers]),
        lambda layers: _paths([(k, s, 1) for k, s, _ in layers]),
    ],
)
def check_paths(answer):
    """As many pixels as the field has, and each with all its paths."""
    for layers in (
        [(3, 1, 1)],
        [(3, 1, 1), (3, 1, 1)],
        [(3, 2, 1), (3, 1, 1)],
        [(3, 1, 1), (2, 2, 1), (3, 1, 1)],
        [(3, 1, 1), (3, 1, 2), (3, 1, 4)],
        [(5, 2, 1), (3, 1, 2), (2, 3, 1), (3, 1, 1)],
    ):
        expect(answer, layers, returns=_paths(layers))
