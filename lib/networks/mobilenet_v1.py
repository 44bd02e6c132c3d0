"""MobileNet, version 1: depthwise separable convolutions for telephones."""

from lib.convolution import pad2d, unpad2d
from lib.layers import BatchNorm2d, Conv2d, Dropout, GlobalAvgPool2d, Layer, Linear, ReLU6
from lib.networks.base import Network
from lib.networks.sizes import counts, scaled
from lib.settings import as_flag, as_generator

# Filters of the pointwise convolution and stride of the depthwise one before it.
BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    *((512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1)),
    *((1024, 2), (1024, 1)),
)
KEPT_LARGE = ("conv1", "conv_dw_2")  # what does not halve an image that is small already
# Keras's settings of batch normalization, in PyTorch's terms: its momentum is 1 less ours.
KERAS = {"eps": 1e-3, "momentum": 0.01}


class MobileNetV1(Network):
    """Thirteen separable convolutions: each a depthwise one, 3×3, and a pointwise one, 1×1.

    The form and the names of Keras: ``conv1 – conv_dw_1 – conv_pw_1 – ... – conv_pw_13``, each with
    batch normalization and ReLU6, then ``avgpool – dropout – conv_preds``.

    Parameters
    ----------
    num_classes : int, default 1000
    in_channels : int, default 3
    width : float, default 1.0
        Factor on the number of filters; `alpha` in the source and in Keras.
    dropout : float, default 1e-3
        Probability that a channel's mean is dropped in training.
    small_images : bool, default False
        Halve the image three times rather than five, for pictures of 32×32.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W best multiples of 32, in the source 224.

    Raises
    ------
    TypeError, ValueError
        If a setting is of another kind, or out of range.

    Notes
    -----
    As in Keras, where the image is halved it is padded at its end alone, but an odd one before the
    first convolution on all sides. The last layer is a 1×1 convolution in Keras, which is the same
    as `Linear` on one pixel. Source: Howard et al.,
    *MobileNets: efficient convolutional neural networks for mobile vision applications* (2017),
    table 1.

    Examples
    --------
    >>> import numpy as np
    >>> network = MobileNetV1(num_classes=10, width=1 / 8)
    >>> network(np.zeros((1, 3, 64, 64), np.float32)).shape
    (1, 10)
    >>> network.parameter_count()
    58770
    """

    def __init__(
        self,
        *,
        num_classes=1000,
        in_channels=3,
        width=1.0,
        dropout=1e-3,
        small_images=False,
        rng=None,
    ):
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        small_images = as_flag(small_images, "small_images")
        rng = as_generator(rng)
        c, *filters = scaled([32, *(f for f, _ in BLOCKS)], width)
        layers = {}

        def add(name, pad_name, *sizes, stride=1, groups=1):
            stride = 1 if small_images and name in KEPT_LARGE else stride
            if stride > 1:
                layers[pad_name] = PadEnd(frame_odd=name == "conv1")
            padding = 0 if stride > 1 else sizes[2] // 2
            settings = {"stride": stride, "padding": padding, "groups": groups, "bias": False}
            layers[name] = Conv2d(*sizes, **settings, rng=rng)
            layers[f"{name}_bn"] = BatchNorm2d(sizes[1], **KERAS)
            layers[f"{name}_relu"] = ReLU6()

        add("conv1", "conv1_pad", in_channels, c, 3, stride=2)
        for i, (f, (_, stride)) in enumerate(zip(filters, BLOCKS, strict=True), start=1):
            add(f"conv_dw_{i}", f"conv_pad_{i}", c, c, 3, stride=stride, groups=c)
            add(f"conv_pw_{i}", None, c, f, 1)
            c = f
        super().__init__(
            **layers,
            avgpool=GlobalAvgPool2d(),
            dropout=Dropout(dropout, rng=rng),
            conv_preds=Linear(c, num_classes, rng=rng),
        )


class PadEnd(Layer):
    """Add a row of zeros below and a column of zeros on the right.

    Parameters
    ----------
    frame_odd : bool, default False
        Where a size is odd, add one before it as well. For a 3×3 window with stride 2 this is what
        TensorFlow calls "same" padding: the size is halved and rounded up.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, H + 1, W + 1)``, or one more where `frame_odd` says so.

    Raises
    ------
    ValueError
        In the forward pass, for an input that is not four-dimensional.

    Examples
    --------
    >>> import numpy as np
    >>> PadEnd()(np.ones((1, 1, 1, 2)))
    array([[[[1., 1., 0.],
             [0., 0., 0.]]]])
    >>> PadEnd(frame_odd=True)(np.ones((1, 1, 1, 2)))
    array([[[[0., 0., 0.],
             [1., 1., 0.],
             [0., 0., 0.]]]])
    """

    def __init__(self, frame_odd=False):
        self.frame_odd = as_flag(frame_odd, "frame_odd")

    def forward(self, x):
        """Return the larger image."""
        self._check_input(x, ("N", "C", "H", "W"))
        h, w = x.shape[2:]
        self.padding = (h % 2, w % 2) if self.frame_odd else (0, 0)
        self.overhang = tuple(1 - p for p in self.padding)
        return pad2d(x, self.padding, 0.0, self.overhang)

    def backward(self, dout):
        """Return `dout` without the frame."""
        return unpad2d(dout, self.padding, self.overhang)
