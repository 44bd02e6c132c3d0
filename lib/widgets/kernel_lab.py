"""The kernel lab: a kernel that is chosen or typed slides over a photograph."""

from __future__ import annotations

import base64
import binascii
import functools
import io
from typing import ClassVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from lib.figures.convolution import KERNELS, draw_filtered, make_kernel
from lib.settings import as_choice, as_integer
from lib.widgets.base import Widget
from lib.widgets.microscope import as_rows

__all__ = ["KernelLab", "encode_picture", "load_photograph"]

LARGEST = 300  # pixels along the longer side of a picture
SIZES = (3, 5, 7)
BT601 = (0.299, 0.587, 0.114)  # how bright we see red, green and blue


class KernelLab(Widget):
    """Slide a kernel over a photograph or over a picture of the reader's.

    The kernel can be chosen, typed and brought to a sum of 1; it slides over the brightness, or
    over red, green and blue each. A probe shows the numbers of one window, their products with the
    kernel, and the sum. The reader's own picture is read in the page and sent nowhere, to Python
    neither.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    picture : str or array
        A ``data:`` address of a PNG or JPEG, or ``(H, W)`` or ``(H, W, 3)`` of uint8; the
        photograph of scikit-learn's if not given.
    credit : str
        Whose picture it is; shown below it.
    kernel : str or (K, K) array or rows of numbers
        One of :data:`lib.figures.convolution.KERNELS`, 3×3; or the numbers, 3×3, 5×5 or 7×7.
    colors : {"gray", "color"}
        What the kernel slides over: the brightness, or red, green and blue, each by itself.
    stride : int
        At most 4.
    padding : int
        At most half of the kernel.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, of another kind or out of range.

    Notes
    -----
    The arithmetic is that of :func:`lib.convolution.convolve`, on pixels from 0 to 1. For colors it
    is a depthwise convolution with the same kernel for each channel.

    Examples
    --------
    >>> figure = KernelLab(
    ...     name="kernel-lab",
    ...     label="A kernel on a photograph",
    ...     caption="A kernel and what it makes of a photograph.",
    ...     kernel="sharpen",
    ... )
    >>> figure.state["kernel"][1]
    [-1.0, 5.0, -1.0]
    >>> figure.set(kernel=[[1, 1, 1]] * 3, colors="color")
    """

    kind = "kernel_lab"
    start: ClassVar = {
        "picture": None,
        "credit": "Photograph: danielbuechele, Flickr, CC BY 2.0.",
        "kernel": "Sobel, left to right",
        "colors": "gray",
        "stride": 1,
        "padding": 0,
    }

    def check(self, state):
        """Return the state, with the picture as text and the kernel as rows of numbers."""
        kernel = _as_kernel(state["kernel"])
        if not isinstance(state["credit"], str):
            raise TypeError(f"credit must be a text, got {state['credit']!r}")
        return {
            "picture": _as_picture(state["picture"]),
            "credit": state["credit"],
            "kernel": kernel,
            "colors": as_choice(state["colors"], "colors", ("gray", "color")),
            "stride": as_integer(state["stride"], "stride", 1, 4),
            "padding": as_integer(state["padding"], "padding", 0, len(kernel) // 2),
        }

    def still(self):
        """Return the picture and the output in gray, small: a page needs no more of it."""
        state = self.state
        gray = decode_picture(state["picture"]).convert("RGB").reduce(3)
        picture = np.round(np.asarray(gray) @ np.array(BT601) / 255, 2)
        kernel = np.array(state["kernel"])
        return self.still_of(
            draw_filtered(picture, kernel, state["stride"], state["padding"]),
            alt=f"A picture, a kernel of {len(kernel)} by {len(kernel)} weights that add up to "
            f"{kernel.sum():.2g}, and what comes out where the kernel slides over the picture.",
        )


@functools.cache
def load_photograph() -> str:
    """Return the temple photograph that scikit-learn ships, as a ``data:`` address of a JPEG.

    Photograph: danielbuechele, Flickr, CC BY 2.0. It is 300 pixels wide and in color.

    Examples
    --------
    >>> decode_picture(load_photograph()).size
    (300, 200)
    """
    from sklearn.datasets import load_sample_image

    return encode_picture(load_sample_image("china.jpg"), "JPEG")


def encode_picture(pixels, form="PNG") -> str:
    """Return an image as a ``data:`` address, at most 300 pixels high and wide.

    Parameters
    ----------
    pixels : (H, W) or (H, W, 3) array of uint8
        Gray, or red, green and blue.
    form : {"PNG", "JPEG"}
        Exact, or about a tenth as long for photographs.

    Raises
    ------
    TypeError, ValueError
        If it is no such array, or smaller than 8 × 8.
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or pixels.shape[2:] == (3,)):
        raise TypeError(
            "picture must be (H, W) or (H, W, 3) of uint8, "
            f"got shape {pixels.shape} of {pixels.dtype}"
        )
    if min(pixels.shape[:2]) < 8:
        raise ValueError(f"picture must be at least 8 × 8, got shape {pixels.shape}")
    image, file = Image.fromarray(pixels), io.BytesIO()
    image.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    image.save(file, as_choice(form, "form", ("PNG", "JPEG")), quality=85, optimize=True)
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def decode_picture(address: str) -> Image.Image:
    """Return the image of a ``data:`` address.

    Raises
    ------
    ValueError
        If there is none in it.
    """
    try:
        return Image.open(io.BytesIO(base64.b64decode(address.partition(";base64,")[2])))
    except (UnidentifiedImageError, binascii.Error) as error:
        raise ValueError(f"picture must hold a PNG or JPEG, got {address[:40]!r}") from error


def _as_picture(picture):
    if picture is None:
        return load_photograph()
    if not isinstance(picture, str):
        return encode_picture(picture)
    if not picture.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")):
        raise ValueError(f"picture must be a data: address of a PNG or JPEG, got {picture[:40]!r}")
    decode_picture(picture)
    return picture


def _as_kernel(kernel):
    if isinstance(kernel, str):
        kernel = make_kernel(as_choice(kernel, "kernel", KERNELS))
    rows = as_rows(kernel, "kernel", max(SIZES), max(SIZES))
    if len(rows) not in SIZES or len(rows[0]) != len(rows):
        raise ValueError(
            f"kernel must be 3 × 3, 5 × 5 or 7 × 7, got shape {(len(rows), len(rows[0]))}"
        )
    return rows
