"""Photographs that come with libraries which the book needs anyway, to show networks to."""

from importlib.resources import files
from typing import NamedTuple

import numpy as np

from lib.datasets.dataset import Dataset
from lib.datasets.pictures import FITS, MODES, as_size, decode, interleaved, to_images
from lib.settings import as_choice


class Photograph(NamedTuple):
    """Where a photograph comes from."""

    package: str
    file: str
    shows: str
    source: str


PHOTOGRAPHS = {
    "astronaut": Photograph(
        "skimage.data", "astronaut.png", "Eileen Collins", "NASA, public domain"
    ),
    "cat": Photograph("skimage.data", "chelsea.png", "a cat", "Stéfan van der Walt, CC0"),
    "china": Photograph(
        "sklearn.datasets.images", "china.jpg", "a temple", "danielbuechele, Flickr, CC BY 2.0"
    ),
    "coffee": Photograph("skimage.data", "coffee.png", "a cup of coffee", "Rachel Michetti, CC0"),
    "flower": Photograph(
        "sklearn.datasets.images", "flower.jpg", "a dahlia", "vultilion, Flickr, CC BY 2.0"
    ),
    "motorcycle": Photograph(
        "skimage.data", "motorcycle_left.png", "a motorcycle", "Middlebury Stereo 2014, no license"
    ),
    "rocket": Photograph("skimage.data", "rocket.jpg", "a Falcon 9", "SpaceX, public domain"),
}


def load_photograph(name, color="rgb", size=None, fit="crop"):
    """Load a photograph that scikit-image or scikit-learn ships: no network is needed.

    Parameters
    ----------
    name : str
        A key of `PHOTOGRAPHS`, which says what each shows, who took it and under which license.
    color : {"rgb", "gray"}, default "rgb"
    size : (int, int), optional
        Height and width in pixels to bring it to; as it is, if not given.
    fit : {"crop", "pad", "stretch"}, default "crop"
        What to do when the shape is another: see :func:`~lib.datasets.load_image_folder`.

    Returns
    -------
    array of float32
        From 0 to 1. A network takes ``x[None]``.

    Shape
    -----
    (3, H, W) or (1, H, W)

    Raises
    ------
    ValueError
        If there is no photograph of that name, or for another color, size or fit.

    Examples
    --------
    >>> load_photograph("cat").shape
    (3, 300, 451)
    >>> load_photograph("cat", size=(32, 32)).shape
    (3, 32, 32)
    """
    as_choice(name, "name", PHOTOGRAPHS)
    as_choice(color, "color", MODES)
    as_choice(fit, "fit", FITS)
    size = None if size is None else as_size(size)
    package, file, *_ = PHOTOGRAPHS[name]
    pixels, _ = decode((files(package) / file).read_bytes(), file, color, size, fit)
    return to_images(pixels.transpose(2, 0, 1))


def load_faces():
    """Load 100 faces and 100 patches of photographs that are none, from scikit-image.

    The faces are of *Labeled Faces in the Wild* (Huang et al., 2007). No license is stated, so the
    book reads them from the package and copies none.

    Returns
    -------
    Dataset
        Images of (1, 25, 25); label 1 is a face, 0 none. The two take turns.

    Examples
    --------
    >>> faces = load_faces()
    >>> faces.images.shape, faces.classes
    ((200, 1, 25, 25), ('no face', 'face'))
    """
    pixels = np.load(files("skimage.data") / "lfw_subset.npy")
    labels = np.repeat([1, 0], 100)  # the faces come first
    order = interleaved(labels)
    images = np.ascontiguousarray(pixels[order, None], np.float32)
    return Dataset(images, labels[order], "faces", ("no face", "face"), "scikit-image")
