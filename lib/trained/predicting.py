"""What a trained network sees in a picture of the reader's."""

import numpy as np

from lib.datasets.centering import center, find_ink
from lib.datasets.cifar10 import CLASSES
from lib.datasets.pictures import decode, to_images
from lib.losses import softmax
from lib.serialization.files import existing_file
from lib.trained.stored import load_history, load_trained

DIGITS = tuple(str(digit) for digit in range(10))


def predict_picture(name, path):
    """Return the probability that a trained network gives to each class, the likeliest first.

    Parameters
    ----------
    name : str
        As for :func:`load_trained`.
    path : path
        A picture of any size that Pillow reads. For a network of digits it shows one digit, dark on
        light or light on dark; it is centered as MNIST's are. For one of CIFAR-10 its middle
        square becomes 32×32 pixels.

    Returns
    -------
    dict of str to float

    Raises
    ------
    ValueError
        If there is no trained network of that name, or the file is no picture, or one that is the
        same everywhere.
    FileNotFoundError
        If there is no such file.
    """
    digits = load_history(name).settings["pictures"] == "mnist"
    path = existing_file(path)
    x = (_digit if digits else _photograph)(path)
    (probabilities,) = softmax(load_trained(name).predict(x[None]))
    classes = DIGITS if digits else CLASSES
    return {classes[c]: float(probabilities[c]) for c in np.argsort(-probabilities)}


def _digit(path):
    pixels, _ = decode(path.read_bytes(), path, "gray")
    try:
        return center(find_ink(to_images(pixels[:, :, 0]))).astype(np.float32)[None]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _photograph(path):
    pixels, _ = decode(path.read_bytes(), path, "rgb", (32, 32))
    return to_images(pixels.transpose(2, 0, 1))
