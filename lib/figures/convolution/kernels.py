"""Figures of the chapter *Convolution*: hand-made kernels on a photograph."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.figures.grids import blank_figure, correlate, place_axes
from lib.figures.style import draw_image
from lib.layers import AvgPool2d
from lib.settings import as_choice, as_integer, as_number

__all__ = [
    "KERNELS",
    "describe_edges",
    "draw_edges",
    "edge_strength",
    "load_temple",
    "make_kernel",
]

# 3 × 3 forms; see the chapter for what each does.
KERNELS = {
    "Sobel, left to right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Sobel, top to bottom": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "Laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "box blur": np.full((3, 3), 1 / 9),
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}


def make_kernel(name: str, size: int = 3) -> np.ndarray:
    """Give a hand-made kernel, 3, 5, 7, … pixels wide.

    Where a wider form is not the definition itself (box blur, identity), it is the 3 × 3 kernel
    on a picture blurred first: blur and kernel in one.

    Parameters
    ----------
    name : str
        One of :data:`KERNELS`.
    size : int
        Odd, at least 3.

    Examples
    --------
    >>> make_kernel("Laplacian")
    array([[ 0.,  1.,  0.],
           [ 1., -4.,  1.],
           [ 0.,  1.,  0.]])
    >>> bool(make_kernel("box blur", 5)[0, 0] == 1 / 25)
    True
    """
    as_choice(name, "name", KERNELS)
    size = as_integer(size, "size")
    if size % 2 == 0 or size < 3:
        raise ValueError(f"size must be odd and at least 3, got {size}")
    kernel, center = np.asarray(KERNELS[name], float), np.zeros((size, size))
    center[size // 2, size // 2] = 1
    if name == "identity" or size == 3:
        return center if name == "identity" else kernel
    if name == "box blur":
        return np.full((size, size), 1 / size**2)
    if name == "sharpen":  # a blurred picture cannot be sharpened: take the widened edges away
        return center - make_kernel("Laplacian", size)
    binomial = functools.reduce(np.convolve, [[0.5, 0.5]] * (size - 3))
    # The blur is symmetric, so correlating with it and convolving with it are the same.
    return correlate(kernel, np.outer(binomial, binomial), padding=size - 3)


@functools.cache
def load_temple(reduce: int = 8) -> np.ndarray:
    """Load the temple photograph that scikit-learn ships, in gray from 0 to 1, made smaller.

    Photograph: danielbuechele, Flickr, CC BY 2.0.

    Parameters
    ----------
    reduce : int
        How many pixels, across and down, are averaged into one.

    Returns
    -------
    (H, W) array
        Read-only: every figure shares it.

    Examples
    --------
    >>> load_temple().shape
    (53, 80)
    """
    from sklearn.datasets import load_sample_image

    color = load_sample_image("china.jpg") / 255
    gray = color @ [0.299, 0.587, 0.114]  # how bright we see red, green, blue (ITU-R BT.601)
    small = AvgPool2d(reduce)(gray[None, None])[0, 0]
    small.flags.writeable = False
    return small


def edge_strength(picture: np.ndarray) -> np.ndarray:
    """Combine both Sobel kernels: the length of the gradient at each pixel."""
    across = correlate(picture, make_kernel("Sobel, left to right"))
    down = correlate(picture, make_kernel("Sobel, top to bottom"))
    return np.hypot(across, down)


def draw_edges(pictures: Mapping[str, np.ndarray], threshold: float) -> Figure:
    """Show pictures, and below each the pixels whose edge strength passes a threshold.

    Parameters
    ----------
    pictures : mapping of str to (H, W) array
        Gray, 0 to 1.
    threshold : float
        Of :func:`edge_strength`.
    """
    threshold = as_number(threshold, "threshold")
    width = 6.3 / len(pictures)
    first = next(iter(pictures.values()))
    height = (width - 0.1) * first.shape[0] / first.shape[1]
    figure = blank_figure(6.3, 2 * height + 0.75)
    for column, (name, picture) in enumerate(pictures.items()):
        edges = edge_strength(picture) > threshold
        draw_image(
            place_axes(figure, column * width, 0.3, width - 0.1, height),
            np.round(15 * picture) / 15,  # few levels: each state holds all pictures
            norm=Normalize(0, 1),
            title=name,
        )
        draw_image(
            place_axes(figure, column * width, height + 0.65, width - 0.1, height),
            ~edges,
            norm=Normalize(0, 1),
            title=f"edges: {edges.mean():.0%}",
        )
    return figure


def describe_edges(pictures: Mapping[str, np.ndarray], threshold: float) -> str:
    """Say in words what :func:`draw_edges` shows."""
    shares = ", ".join(
        f"{name} {(edge_strength(picture) > threshold).mean():.0%}"
        for name, picture in pictures.items()
    )
    return (
        f"The same scene {len(pictures)} times. With the threshold {threshold:g} these shares of "
        f"the pixels are called edges: {shares}."
    )
