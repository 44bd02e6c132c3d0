"""CIFAR-10: 60,000 color pictures of 32 × 32 pixels in ten classes."""

import hashlib

import numpy as np

from lib.datasets.archives import walk
from lib.datasets.catalog import CATALOG, search_folders
from lib.datasets.dataset import Dataset, Splits
from lib.datasets.pictures import decode, interleaved, is_picture_name, to_images
from lib.paths import as_path

CIFAR10 = CATALOG["cifar10"]
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
# The published files and their SHA-256, as the library torchvision for Ruby checks them.
BATCHES = {
    "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
}
TEST_BATCH = "test_batch.bin"
SHAPE = (3, 32, 32)
VALIDATION_SHARE = 10  # one training picture in so many
# Where each form may lie in a folder. The official files come first: they are exact.
OFFICIAL = ("cifar-10-binary.tar.gz", "cifar-10-binary.tar", "cifar-10-batches-bin")
PICTURES = ("cifar10-images.tar.gz", "cifar10-images.tar", "cifar10-images.zip")
# The files of the version that is pickled; to unpickle a file is to run what is written in it.
PICKLED = ("cifar-10-python.tar.gz", "cifar-10-batches-py", "data_batch_1", "batches.meta")


def load_cifar10(path=None):
    """Load CIFAR-10 in three parts, from this machine alone.

    Validation is the last tenth of each class of the training pictures, 500 of 5,000. Each part
    comes with the classes taking turns, so that a slice such as ``train[:10_000]`` holds equally
    many of each; within a class the pictures keep their order.

    It is read from the official files ("binary version"), packed or not, or from pictures
    called ``train/<class>/<file>`` and ``test/<class>/<file>`` in a folder, tar or zip. Pictures
    that were stored as JPEG have lost a little: ``.source`` says so. Nothing is unpacked to
    disk; the 60,000 pictures take 0.7 GB of memory. The "Python version" is refused: its files
    are pickled, and to unpickle a file of others is to run it.

    Parameters
    ----------
    path : path, optional
        An archive, a folder with the files, or a folder with one of these or with a folder
        ``cifar10``. By default ``$CNN_DATA``, the project's ``data/`` and the user's cache are
        searched, in this order: all of them for the official files, then for pictures in
        ``cifar10-images.tar.gz``, ``cifar10-images.zip`` or the folder ``cifar10`` itself.

    Returns
    -------
    Splits
        ``train, validation, test``, each a `Dataset`; ``.source`` says where they came from.

    Shape
    -----
    images: (45000, 3, 32, 32), (5000, 3, 32, 32), (10000, 3, 32, 32)

    Raises
    ------
    FileNotFoundError
        If there is nothing to read, saying how to get it.
    ValueError
        If a file is truncated, altered or no picture, a part or class is missing, or it is the
        Python version.

    Examples
    --------
    >>> load_cifar10("no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: CIFAR-10, 60,000 color pictures in ten classes: not found in ...

    Notes
    -----
    Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009), chapter 3.
    """
    place = find_cifar10(path)
    if place is None:
        looked = [as_path(path)] if path is not None else search_folders()
        for file in (folder / name for folder in looked for name in PICKLED):
            if file.exists():
                raise _pickled(file)
        raise FileNotFoundError(
            f"{CIFAR10.title}: not found in {', '.join(str(folder) for folder in looked)}. "
            f"{CIFAR10.how_to_get}"
        )
    (train, train_labels), (test, test_labels), source = _read(place)
    last = _last_of_each_class(train_labels)
    return Splits(
        _dataset(train[~last], train_labels[~last], "training", source),
        _dataset(train[last], train_labels[last], "validation", source),
        _dataset(test, test_labels, "test", source),
    )


def find_cifar10(path=None):
    """Return the archive or folder that `load_cifar10` would read, or ``None``.

    Raises
    ------
    FileNotFoundError
        If ``$CNN_DATA`` names something that is no folder.
    """
    if path is not None:
        path = as_path(path)
        if path.is_file():
            return path
    parents = search_folders() if path is None else [path]
    folders = [folder for parent in parents for folder in (parent / CIFAR10.name, parent)]
    for names, whole in ((OFFICIAL, BATCHES), (PICTURES, ("train", "test"))):
        for folder in folders:
            for place in (folder / name for name in names):
                if place.exists():
                    return place
            # The folder data/ has other reasons to hold a folder "train".
            meant = path is not None or folder.name == CIFAR10.name
            if meant and all((folder / name).exists() for name in whole):
                return folder
    return None


def _read(place):
    """Return pictures and labels for training, the same for testing, and the source."""
    batches, pictures, kinds = {}, {"train": {}, "test": {}}, set()
    for name, read in walk(place):
        if read is None:
            continue
        if name.name in PICKLED:
            raise _pickled(place)
        if name.name in BATCHES:
            batches[name.name] = read()
        elif is_picture_name(name) and len(name.parts) >= 3:
            part, label = name.parts[-3:-1]
            if part not in pictures or label not in CLASSES:
                raise ValueError(
                    f"{place}: expected train/<class>/<file> and test/<class>/<file> with the "
                    f"classes {', '.join(CLASSES)}, got {name}"
                )
            pixels, kind = decode(read(), f"{place}: {name}")
            if pixels.shape != (32, 32, 3):
                height, width, _ = pixels.shape
                raise ValueError(f"{place}: {name} has {height} × {width} pixels, expected 32 × 32")
            pictures[part][name] = (pixels, CLASSES.index(label))
            kinds.add(kind)
    parts = _from_batches(batches, place) if batches else _from_pictures(pictures, place)
    return *parts, f"{place} (pictures that went through JPEG)" if "JPEG" in kinds else str(place)


def _pickled(place):
    return ValueError(
        f"{place}: this is the Python version of CIFAR-10, whose files could run any program when "
        f"they are unpickled; the binary version is read. {CIFAR10.how_to_get}"
    )


def _from_batches(batches, place):
    missing = [name for name in BATCHES if name not in batches]
    if missing:
        raise ValueError(f"{place}: of the files of CIFAR-10, {', '.join(missing)} are missing")
    for name, data in batches.items():
        digest = hashlib.sha256(data).hexdigest()
        if digest != BATCHES[name]:
            raise ValueError(
                f"{place}: {name} is truncated or altered; "
                f"its content has SHA-256 {digest}, expected {BATCHES[name]}"
            )
    train = b"".join(batches[name] for name in BATCHES if name != TEST_BATCH)
    return _parse(train), _parse(batches[TEST_BATCH])


def _parse(data):
    """Return pictures and labels: a byte for the label, then the red, green and blue pixels."""
    rows = np.frombuffer(data, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    return rows[:, 1:].reshape(-1, *SHAPE), rows[:, 0].astype(np.int64)


def _from_pictures(pictures, place):
    parts = []
    for part, named in pictures.items():
        labels = np.array([named[name][1] for name in sorted(named)], np.int64)
        missing = [CLASSES[label] for label in range(len(CLASSES)) if label not in labels]
        if missing:
            raise ValueError(f"{place}: no pictures {part}/<class>/<file> of {', '.join(missing)}")
        pixels = np.stack([named[name][0] for name in sorted(named)]).transpose(0, 3, 1, 2)
        parts.append((pixels, labels))
    return parts


def _last_of_each_class(labels):
    last = np.zeros(len(labels), bool)
    for label in range(len(CLASSES)):
        places = np.flatnonzero(labels == label)
        last[places[len(places) - len(places) // VALIDATION_SHARE :]] = True
    return last


def _dataset(pixels, labels, part, source):
    order = interleaved(labels)
    return Dataset(to_images(pixels[order]), labels[order], f"CIFAR-10, {part}", CLASSES, source)
