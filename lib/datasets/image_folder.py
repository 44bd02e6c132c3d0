"""People's own pictures: a folder, or an archive, with one folder a class."""

import os
import sys
from pathlib import PurePosixPath

import numpy as np

from lib.datasets.archive_names import check_encoding
from lib.datasets.archives import Unreadable, walk
from lib.datasets.dataset import Dataset
from lib.datasets.pictures import (
    FITS,
    MODES,
    as_size,
    decode,
    interleaved,
    is_picture_name,
    to_images,
)
from lib.paths import as_path
from lib.settings import as_choice, as_flag

EXPECTED = "<class>/<picture>, for example cat/1.jpg and dog/1.jpg"
PARTS = {"train", "training", "val", "valid", "validation", "test"}


def load_image_folder(
    path,
    size,
    color="rgb",
    *,
    fit="crop",
    within=None,
    skip_unreadable=False,
    name=None,
    encoding=None,
):
    """Load pictures that lie in one folder a class: ``cat/1.jpg``, ``dog/holiday/2.png``.

    The classes are the folders' names in alphabetical order. Each class is spread evenly over
    the data set, so that ``pictures[:80]`` and ``pictures[80:]`` are a fair split; the same
    files give the same order. Hidden files and pipes are ignored, and so are files beside the
    class folders that are not named like pictures. Folders around all the class folders of an
    archive are passed over. Of each picture the first frame is taken; EXIF data turn it
    upright; what is transparent becomes white.

    Parameters
    ----------
    path : path
        A folder, or a tar (packed or not) or zip archive, which is read in place.
    size : (int, int)
        Height and width, in pixels from 1 to 10,000, that every picture is brought to.
    color : {"rgb", "gray"}, default "rgb"
        Three channels or one.
    fit : {"crop", "pad", "stretch"}, default "crop"
        A picture of another shape is scaled until it covers `size` and cut at both sides; or
        scaled until `size` covers it, with black on both sides; or distorted.
    within : str, optional
        The folder that holds the class folders, where there are several: ``"train"``.
    skip_unreadable : bool, default False
        Leave out the files that are no pictures or too large, and name them on standard error.
    name : str, optional
        What to call the data set; by default the name of the folder or archive.
    encoding : str, optional
        Of the folders' names, where they are not UTF-8: a zip made by Windows in Japan may need
        ``"cp932"``. The message of the error says when it is needed, and what there is to choose.

    Returns
    -------
    Dataset

    Shape
    -----
    images: (N, 3, H, W), or (N, 1, H, W) for ``"gray"``

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If a file in a class folder is no picture (the message names it), or has more than 256 MB
        or more pixels than ``PIL.Image.MAX_IMAGE_PIXELS``; a class folder has no picture, a
        picture lies in no class folder, there is only one class or none, the archive is damaged,
        names are in an unknown encoding, or an argument is none of those above.
    TypeError
        If an argument is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for place, color in {"sky/1.png": "blue", "leaf/1.png": "green"}.items():
    ...         Path(folder, place).parent.mkdir()
    ...         Image.new("RGB", (60, 40), color).save(Path(folder, place))
    ...     pictures = load_image_folder(folder, size=(32, 32), name="nature")
    >>> pictures, pictures.classes
    (<Dataset nature: 2 images of 3 × 32 × 32>, ('leaf', 'sky'))
    """
    path, size = as_path(path), as_size(size)
    as_choice(color, "color", MODES)
    as_choice(fit, "fit", FITS)
    skip_unreadable = as_flag(skip_unreadable, "skip_unreadable")
    check_encoding(encoding)
    if not isinstance(within, str | None):
        raise TypeError(f"within must be the name of a folder, got {within!r}")
    where = str(path) if within is None else f"{path}, {within}"
    class_of = _find_pictures(path, within, where, encoding)
    pictures, unreadable = {}, []
    for file, read in walk(path, encoding):
        if file not in class_of:
            continue
        try:
            pictures[file], _ = decode(read(), f"{path}: {file}", color, size, fit)
        except Unreadable as error:
            if not skip_unreadable:
                raise ValueError(
                    f"{error}; remove it, or leave out such files with skip_unreadable=True"
                ) from error
            unreadable.append(str(file))
    if unreadable:
        print(
            f"{path}: left out {len(unreadable)} files that are no pictures: "
            + ", ".join(unreadable),
            file=sys.stderr,
        )
    classes = sorted(set(class_of.values()))
    files = sorted(pictures)
    _refuse_empty(classes, [class_of[file] for file in files], where)
    labels = np.array([classes.index(class_of[file]) for file in files])
    order = interleaved(labels)
    pixels = np.stack([pictures[files[place]] for place in order]).transpose(0, 3, 1, 2)
    return Dataset(to_images(pixels), labels[order], name or path.resolve().name, classes, where)


def _find_pictures(path, within, where, encoding):
    """Return the class of each file in a class folder; refuse what cannot be meant."""
    is_folder = {name: read is None for name, read in walk(path, encoding)}
    files = [name for name in is_folder if not is_folder[name]]
    around = () if path.is_dir() else _folders_around(files)
    if within is not None:
        around += PurePosixPath(within).parts
        if not any(name.parts[: len(around)] == around for name in is_folder):
            raise ValueError(f"{path}: there is no folder {within!r} in it")
    classes, class_of = set(), {}
    for name in is_folder:
        inside = name.parts[len(around) :]
        if name.parts[: len(around)] != around or not inside:
            continue
        if is_folder[name] or len(inside) > 1:
            classes.add(inside[0])
            if not is_folder[name]:
                class_of[name] = inside[0]
        elif is_picture_name(name):
            raise ValueError(f"{where}: {name} lies in no class folder; expected {EXPECTED}")
    _refuse_classes(sorted(classes), where)
    _refuse_empty(sorted(classes), class_of.values(), where)
    return class_of


def _folders_around(files):
    """Return the folders that lie around all class folders, as parts of a name."""
    folders = [file.parts[:-1] for file in files]
    if not folders:
        return ()
    shared = PurePosixPath(os.path.commonpath(["/".join(folder) for folder in folders])).parts
    # Where all the files lie in one folder, that one is a class.
    return shared[:-1] if all(folder == shared for folder in folders) else shared


def _refuse_classes(classes, where):
    if not classes:
        raise ValueError(f"{where}: no class folders in it; expected {EXPECTED}")
    if PARTS.issuperset(name.lower() for name in classes):
        raise ValueError(
            f"{where}: its folders {', '.join(classes)} are parts of a data set, not classes; "
            f"choose one with within={classes[0]!r}"
        )
    if len(classes) == 1:
        raise ValueError(
            f"{where}: only one class folder, {classes[0]!r}; a classifier needs at least two, "
            f"as in {EXPECTED}"
        )


def _refuse_empty(classes, holding, where):
    for empty in sorted(set(classes) - set(holding)):
        raise ValueError(f"{where}: the class folder {empty!r} holds no picture")
