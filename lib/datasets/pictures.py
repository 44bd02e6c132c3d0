"""Pictures in folders and archives: find the files, and decode them.

An archive is read in place: nothing is unpacked to disk, so no name in it can lead anywhere.
"""

import contextlib
import functools
import io
import lzma
import os
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

# What operating systems leave behind in folders; names that begin with a dot are hidden too.
LITTER = {"__MACOSX", "Thumbs.db", "desktop.ini"}
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
FITS = ("crop", "pad", "stretch")
MODES = {"gray": "L", "rgb": "RGB"}


def walk(path):
    """Give the name of each file in a folder, a tar or a zip, and a function that reads it.

    Hidden files are left out, and so is what is neither file nor folder, such as a link in an
    archive.

    Parameters
    ----------
    path : Path
        A folder, or a file that is a tar, packed or not, or a zip.

    Yields
    ------
    name : PurePosixPath
        Within the folder or archive.
    read : callable or None
        Gives the bytes; to be called before the next name is asked for. ``None`` for a folder.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If the file is no archive, or is truncated or damaged.
    """
    if path.is_dir():
        found = _walk_folder(path)
    elif not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    elif zipfile.is_zipfile(path):
        found = _walk_zip(path)
    elif _is_tar(path):
        found = _walk_tar(path)
    else:
        raise ValueError(f"{path}: neither a folder nor a tar nor a zip archive, or damaged")
    with _said_of(path):
        for name, read in found:
            if name.parts and not any(_is_hidden(part) for part in name.parts):
                yield name, read and functools.partial(_read, path, read)


@contextlib.contextmanager
def _said_of(path):
    """Turn the errors of a damaged archive into one that names it."""
    try:
        yield
    except (*DAMAGE, OSError) as error:
        if getattr(error, "errno", None) is not None:
            raise  # the system's; those of gzip and bz2 have no number
        raise ValueError(f"{path}: truncated or damaged archive ({error})") from error


def _read(path, read):
    with _said_of(path):
        return read()


def _walk_folder(path):
    for folder, folders, files in os.walk(path, onerror=_raise, followlinks=True):
        here = Path(folder)
        around = {here.resolve(), *here.resolve().parents}
        # os.walk goes on with what is left here, in this order: no link leads in a circle.
        folders[:] = sorted(name for name in folders if (here / name).resolve() not in around)
        inside = PurePosixPath(here.relative_to(path).as_posix())
        yield inside, None
        for file in sorted(files):
            yield inside / file, (here / file).read_bytes


def _raise(error):
    raise error


def _walk_tar(path):
    with tarfile.open(path) as archive:
        for member in archive:
            name = PurePosixPath(member.name.lstrip("/"))
            if member.isdir():
                yield name, None
            elif member.isreg():
                yield name, archive.extractfile(member).read
        # The checksum of what is packed stands at its very end, which tarfile does not read.
        while archive.fileobj.read(1 << 20):
            pass


def _walk_zip(path):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = PurePosixPath(member.filename.replace("\\", "/").lstrip("/"))
            if member.is_dir():
                yield name, None
            elif member.flag_bits & 1:
                raise ValueError(f"{path}: {name} is encrypted")
            else:
                yield name, lambda member=member: archive.read(member)


def _is_tar(path):
    try:
        return tarfile.is_tarfile(path)
    except DAMAGE:  # tarfile lets some of these through
        return False


def _is_hidden(part):
    return part.startswith(".") or part in LITTER


def is_picture_name(name):
    """Tell whether a file's name ends as the name of a picture does."""
    return PurePosixPath(name).suffix.lower() in _picture_suffixes()


@functools.cache
def _picture_suffixes():
    return frozenset(Image.registered_extensions())


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
    ValueError
        If the file is no picture that Pillow knows, or is damaged.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and of damaged EXIF data; neither keeps us.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                kind = image.format
                ImageOps.exif_transpose(image, in_place=True)
                picture = _in_color(image, MODES[color])
    except Image.UnidentifiedImageError:
        raise ValueError(f"{name}: not a picture that Pillow can read") from None
    except Exception as error:  # on damaged files its readers raise errors of many kinds
        raise ValueError(f"{name}: damaged, or not a picture ({error})") from error
    if size is not None:
        picture = _resized(picture, size, fit)
    return np.asarray(picture).reshape(picture.height, picture.width, -1), kind


def _in_color(image, mode):
    if image.mode == "F":
        raise ValueError("its pixels are floats, whose range is unknown")
    if image.mode.startswith("I"):  # Pillow would clip what is over 255
        wide = np.asarray(image).astype(np.int64).clip(0, 65_535)
        image = Image.fromarray(((wide + 128) // 257).astype(np.uint8))  # 65,535 is 255 · 257
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert(mode)


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
