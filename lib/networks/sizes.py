"""The sizes of networks: of images on their way through layers, and of scaled layers."""

from lib.convolution import output_size


def shape_after(layers, input_shape):
    """Return the shape ``(C, H, W)`` that a row of layers makes of images of another shape.

    Parameters
    ----------
    layers : iterable of Layer
        Convolutions and poolings change the shape; all others are taken to keep it.
    input_shape : (int, int, int)
        ``(C, H, W)`` of one image.

    Raises
    ------
    ValueError
        If a window does not fit.

    Examples
    --------
    >>> from lib.layers import Conv2d, MaxPool2d, ReLU
    >>> shape_after([Conv2d(1, 10, 5), ReLU(), MaxPool2d(2)], (1, 28, 28))
    (10, 12, 12)
    """
    channels, *size = input_shape
    for layer in layers:
        if hasattr(layer, "kernel_size"):
            windows = layer.kernel_size, layer.stride, layer.padding, layer.dilation
            size = [output_size(*axis) for axis in zip(size, *windows, strict=True)]
            channels = getattr(layer, "out_channels", channels)
    return channels, *size


def scaled(channels, width):
    """Return numbers of channels times a factor, rounded and at least 1.

    Raises
    ------
    ValueError
        If the factor is not above 0.

    Examples
    --------
    >>> scaled([64, 128], 0.25)
    [16, 32]
    """
    if not width > 0:
        raise ValueError(f"width must be above 0, got {width!r}")
    return [max(1, round(c * width)) for c in channels]
