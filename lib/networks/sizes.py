"""The sizes of networks: settings as they enter, images on their way, scaled layers."""

from lib.convolution import output_size
from lib.settings import as_integer, as_integers, as_number


def counts(**settings):
    """Return settings that count something, such as classes or channels, as ints from 1 on.

    Raises
    ------
    TypeError, ValueError
        If one is no integer, or below 1.

    Examples
    --------
    >>> num_classes, in_channels = counts(num_classes=10, in_channels=3)
    """
    return [as_integer(value, name, at_least=1) for name, value in settings.items()]


def shape_of_image(input_shape):
    """Return the setting `input_shape` as ``(C, H, W)``.

    Raises
    ------
    TypeError, ValueError
        If it is not that of an image.

    Examples
    --------
    >>> shape_of_image([1, 28, 28])
    (1, 28, 28)
    """
    if isinstance(input_shape, tuple | list) and len(input_shape) == 2:
        h, w = input_shape
        raise ValueError(
            f"input_shape must be (C, H, W), got {input_shape!r}; is it (1, {h}, {w})?"
        )
    return as_integers(input_shape, "input_shape", how_many=3, at_least=1)


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
    TypeError, ValueError
        If the factor is no number above 0.

    Examples
    --------
    >>> scaled([64, 128], 0.25)
    [16, 32]
    """
    width = as_number(width, "width", above=0)
    return [max(1, round(c * width)) for c in channels]
