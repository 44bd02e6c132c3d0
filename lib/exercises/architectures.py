"""The exercises of the chapter *Architectures* on what layers and networks cost."""

from lib.convolution import output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, short, unwritten
from lib.exercises.registry import exercise
from lib.networks.lenet import CONNECTIONS
from lib.settings import as_integer

# --- 1: filters that see some maps ---------------------------------------------------------------


def _one_bias_a_kernel(table, kernel, out):
    kernels = sum(map(len, table))
    return kernels * (kernel**2 + 1), kernels * kernel**2 * out**2


def _sees_all(table, kernel, out):
    weights = len(table) * (1 + max(max(maps) for maps in table)) * kernel**2
    return weights + len(table), weights * out**2


def _counts_the_biases_as_work(table, kernel, out):
    learned = sum(map(len, table)) * kernel**2 + len(table)
    return learned, learned * out**2


def _uses_each_weight_once(table, kernel, out):
    weights = sum(map(len, table)) * kernel**2
    return weights + len(table), weights


@exercise(
    "architectures-1",
    wrong=[
        _one_bias_a_kernel,
        _sees_all,
        _counts_the_biases_as_work,
        _uses_each_weight_once,
    ],
)
def check_partial_bill(answer):
    """Right for LeNet-5's C3 and for other tables."""
    for table, kernel, out in (
        (CONNECTIONS, 5, 10),
        (((0, 2), (1,), (0, 1, 2)), 3, 4),
        (((0,),), 2, 1),
    ):
        weights = sum(map(len, table)) * kernel**2
        given = [list(maps) for maps in table]
        expect(answer, given, kernel, out, returns=(weights + len(table), weights * out**2))


# --- 2: 224 or 227 -------------------------------------------------------------------------------


def _exact_is_the_last(out, kernel, stride, padding):
    exact = (out - 1) * stride + kernel - 2 * padding
    return [exact + k for k in range(stride)], exact + stride - 1


def _pads_once(out, kernel, stride, padding):
    exact = (out - 1) * stride + kernel - padding
    return [exact + k for k in range(stride)], exact


def _takes_the_output_for_a_count_of_strides(out, kernel, stride, padding):
    exact = out * stride + kernel - 2 * padding
    return [exact + k for k in range(stride)], exact


def _finds_one_size(out, kernel, stride, padding):
    exact = (out - 1) * stride + kernel - 2 * padding
    return [exact], exact


@exercise(
    "architectures-2",
    wrong=[
        _exact_is_the_last,
        _pads_once,
        _takes_the_output_for_a_count_of_strides,
        _finds_one_size,
    ],
)
def check_sizes(answer):
    """Without padding 227 fits exactly; with 2 on each side 224 leaves a pixel over."""
    for out, kernel, stride, padding in (
        (55, 11, 4, 0),
        (55, 11, 4, 2),
        (28, 5, 1, 0),
        (7, 3, 2, 1),
    ):
        exact = (out - 1) * stride + kernel - 2 * padding
        sizes = [
            size
            for size in range(1, 400)
            if size + 2 * padding >= kernel and output_size(size, kernel, stride, padding, 1) == out
        ]
        expect(answer, out, kernel, stride, padding, returns=(sizes, exact))


# --- 3: an Inception block -----------------------------------------------------------------------


def _inception(c, filters, large=5):
    f1, to3, f3, to5, f5, fp = filters
    weights = c * (f1 + to3 + to5 + fp) + 9 * to3 * f3 + large**2 * to5 * f5
    return f1 + f3 + f5 + fp, weights


def _joins_all_six(c, filters, large=5):
    return sum(filters), _inception(c, filters, large)[1]


def _looks_at_all_channels(c, filters, large=5):
    f1, _, f3, _, f5, fp = filters
    return f1 + f3 + f5 + fp, c * (f1 + 9 * f3 + large**2 * f5 + fp)


def _knows_one_window(c, filters, large=5):
    return _inception(c, filters, 5)


def _forgets_the_pooled_branch(c, filters, large=5):
    channels, weights = _inception(c, filters, large)
    return channels, weights - c * filters[5]


@exercise(
    "architectures-3",
    wrong=[
        _joins_all_six,
        _looks_at_all_channels,
        _knows_one_window,
        _forgets_the_pooled_branch,
    ],
)
def check_inception_bill(answer):
    """Right for three blocks of GoogLeNet, with both sizes of the largest window."""
    for c, filters, large in (
        (192, (64, 96, 128, 16, 32, 32), 5),
        (480, (192, 96, 208, 16, 48, 64), 5),
        (832, (384, 192, 384, 48, 128, 128), 3),
    ):
        expect(answer, c, filters, large, returns=_inception(c, filters, large))
    expect(answer, 8, (1, 2, 3, 4, 5, 6), returns=_inception(8, (1, 2, 3, 4, 5, 6)))


# --- 4: ResNet from its table --------------------------------------------------------------------


def _resnet(blocks, *, skips=True, normalized=True, head=1001, first=49):
    def step(c, f, window):
        return f * c * window + 2 * f * normalized

    numbers, c = step(3, 64, first), 64
    for count, f in zip(blocks, (64, 128, 256, 512), strict=True):
        for _ in range(count):
            numbers += step(c, f, 9) + step(f, f, 9)
            numbers += step(c, f, 1) if skips and c != f else 0
            c = f
    return numbers + (512 * 1000 + 1000 if head == 1001 else 512 * 1000)


def _forgets_the_skips(blocks):
    return _resnet(blocks, skips=False)


def _forgets_the_normalization(blocks):
    return _resnet(blocks, normalized=False)


def _forgets_the_last_biases(blocks):
    return _resnet(blocks, head=1000)


def _knows_resnet_18(blocks):
    return 11_689_512


@exercise(
    "architectures-4",
    wrong=[
        _forgets_the_skips,
        _forgets_the_normalization,
        _forgets_the_last_biases,
        _knows_resnet_18,
    ],
)
def check_resnet(answer):
    """Both published figures come out, and that of a network which nobody published."""
    expect(answer, (2, 2, 2, 2), returns=11_689_512)
    expect(answer, (3, 4, 6, 3), returns=21_797_672)
    expect(answer, (1, 2, 1, 3), returns=_resnet((1, 2, 1, 3)))


# --- 5: a convolution that gets dearer -----------------------------------------------------------


@exercise(
    "architectures-5",
    wrong=[lambda: (64, 64, 3), lambda: (1, 64, 3), lambda: (64, 1, 1), lambda: (64, 2, 2)],
)
def check_dearer(answer):
    """Taken apart, this convolution has more weights."""
    case = answer()
    if unwritten(case) or (isinstance(case, tuple | list) and any(map(unwritten, case))):
        raise NotWritten
    if not isinstance(case, tuple | list) or len(case) != 3:
        raise Rejected(f"expected channels, filters and a kernel size, got {short(case)}")
    try:
        channels, filters, kernel = (as_integer(each, "each", at_least=1) for each in case)
    except (TypeError, ValueError):
        raise Rejected(f"expected three integers from 1 on, got {short(case)}") from None
    if kernel == 1:
        raise Rejected("expected a window above 1×1: nobody replaces a 1×1 convolution")
    whole = channels * filters * kernel**2
    apart = channels * kernel**2 + channels * filters
    if apart <= whole:
        raise Rejected(f"expected more weights apart than in one, got {apart:,} against {whole:,}")
