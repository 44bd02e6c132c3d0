"""Decode pictures: whatever kind and mode they have, they become bytes of gray or of color."""

import functools
import io
import warnings
from pathlib import PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from lib.datasets.archives import Unreadable
from lib.settings import as_integer

# Pillow tries these and no others: for PostScript it would start another program, whatever the
# file is called. HEIF is Pillow's only where a plugin for it has been registered.
FORMATS = (
    *("AVIF", "BMP", "DIB", "GIF", "HEIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG"),
    *("PPM", "PSD", "QOI", "SGI", "TGA", "TIFF", "WEBP", "XBM", "XPM"),
)
FITS = ("crop", "pad", "stretch")
MOST_SIDE = 10_000  # pixels
MODES = {"gray": "L", "rgb": "RGB"}
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def as_size(size):
    """Return the height and width to bring pictures to, or say what was given instead."""
    try:
        height, width = size
    except (TypeError, ValueError):
        raise ValueError(f"size must be (height, width) in pixels, got {size!r}") from None
    return tuple(
        as_integer(extent, f"the {side} of size", at_least=1, at_most=MOST_SIDE)
        for side, extent in (("height", height), ("width", width))
    )


def is_picture_name(name):
    """Tell whether a file's name ends as the name of a picture does."""
    return PurePosixPath(name).suffix.lower() in _picture_suffixes()


@functools.cache
def _picture_suffixes():
    kinds = Image.registered_extensions().items()
    return frozenset(suffix for suffix, kind in kinds if kind in FORMATS)


def decode(data, name, color="rgb", size=None, fit="crop"):
    """Decode one picture.

    Of an animation the first frame is taken. A picture is turned as its EXIF data say, what is
    transparent becomes white, and 16 bits a pixel become 8.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str or path
        What to call it in an error.
    color : {"rgb", "gray"}, default "rgb"
        Gray is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).
    size : (int, int), optional
        Height and width to bring it to, each pixel a weighted mean of those that it stands for.
    fit : {"crop", "pad", "stretch"}, default "crop"
        What to do when the shape is another: cut off what is too much at both sides, add black
        on both sides, or distort.

    Returns
    -------
    array of uint8
    format : str
        ``"JPEG"``, ``"PNG"`` ...

    Shape
    -----
    (H, W, 3) or (H, W, 1)

    Raises
    ------
    Unreadable
        If the file is no picture that Pillow knows, is damaged, or has more pixels than
        ``PIL.Image.MAX_IMAGE_PIXELS``; or the range of its numbers is unknown.
    """
    image, kind = _opened(data, name)
    try:
        picture = _in_color(image, MODES[color], kind)
    except ValueError as error:
        raise Unreadable(f"{name}: {error}") from error
    if size is not None:
        picture = _resized(picture, size, fit)
    return np.asarray(picture).reshape(picture.height, picture.width, -1), kind


def _opened(data, name):
    Image.init()  # registers the formats
    known = [kind for kind in FORMATS if kind in Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged EXIF data, for one
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=known) as image:
                image.load()
                _rescale_transparency(image, data)
                return _upright(image), image.format
    except Image.UnidentifiedImageError:
        raise Unreadable(f"{name}: not a picture that Pillow can read") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unreadable(
            f"{name}: more than {Image.MAX_IMAGE_PIXELS:,} pixels; make it smaller, or raise "
            "PIL.Image.MAX_IMAGE_PIXELS"
        ) from None
    except Exception as error:  # on damaged files its readers raise errors of many kinds
        raise Unreadable(f"{name}: damaged, or not a picture ({error})") from error


def _rescale_transparency(image, data):
    """Bring the color that a PNG calls transparent to the scale to which Pillow brings pixels."""
    clear = image.info.get("transparency")
    if image.format != "PNG" or clear is None:
        return
    depth = data[24]  # the bits of a number, in the header that every PNG begins with
    if image.mode == "L" and depth in (2, 4) and clear < 1 << depth:
        image.info["transparency"] = clear * 255 // ((1 << depth) - 1)
    if image.mode == "RGB" and depth == 16:
        image.info["transparency"] = tuple(number >> 8 for number in clear)


def _upright(image):
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION))
    except Exception:  # the pixels are whole; what is damaged is what the camera wrote beside them
        turn = None
    return image if turn is None else image.transpose(turn)


def _in_color(image, mode, kind):
    if image.mode == "F":
        raise ValueError("its pixels are floats, whose range is unknown")
    if image.mode == "I" and kind == "TIFF":
        raise ValueError("its pixels are 32-bit integers, whose range is unknown")
    if image.mode.startswith("I"):
        image = _in_eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert(mode)


def _in_eight_bits(image):
    """Round 16 bits a pixel to 8, where Pillow would clip what is over 255."""
    wide = np.asarray(image).astype(np.int64).clip(0, 65_535)
    gray = ((wide + 128) // 257).astype(np.uint8)  # 65,535 is 255 · 257
    clear = image.info.get("transparency")
    if clear is not None:
        gray[wide == clear] = 255
    return Image.fromarray(gray)


def _resized(picture, size, fit):
    height, width = size
    bilinear = Image.Resampling.BILINEAR  # in Pillow a triangle as wide as the step: no moiré
    if fit == "crop":
        return ImageOps.fit(picture, (width, height), bilinear)
    if fit == "pad":
        return ImageOps.pad(picture, (width, height), bilinear)
    return picture.resize((width, height), bilinear)


def interleaved(labels):
    """Return an order in which every slice holds the classes in their shares, as far as it can.

    Each class is spread evenly over the whole, its pictures in the order that they had: with
    equally many of each, the classes take turns.

    Parameters
    ----------
    labels : array of int

    Returns
    -------
    array of int

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 0, 1, 1])
    >>> labels[interleaved(labels)]
    array([0, 1, 0, 0, 1, 0])
    """
    counts = np.bincount(labels)
    by_class = np.argsort(labels, kind="stable")
    rank = np.empty(len(labels), np.int64)
    starts = np.cumsum(counts) - counts
    rank[by_class] = np.arange(len(labels)) - np.repeat(starts, counts)
    return np.lexsort((labels, (rank + 0.5) / counts[labels]))


def to_images(pixels):
    """Scale pictures of bytes to floats in [0, 1], the channels first in memory too."""
    return np.ascontiguousarray(pixels) / np.float32(255)
