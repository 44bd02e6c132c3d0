"""Files in folders and archives: found, named and read in place.

Nothing is unpacked to disk, so no name in an archive can lead anywhere; and nothing is unpacked
into memory before its size has been looked at.
"""

import contextlib
import functools
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lib.datasets.archive_names import decoded_name, zip_name

# What operating systems and disk stations leave behind in folders, in small letters; names that
# begin with a dot are hidden too.
LITTER = {
    "__macosx",
    "@eadir",
    "@recycle",
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "system volume information",
    "thumbs.db",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "picasa.ini",
    "icon\r",
}
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    MemoryError,  # a header that claims more than any machine has
    OverflowError,
    NotImplementedError,
    UnicodeDecodeError,
)
MOST_BYTES = 1 << 28  # of one file, unpacked: ten times the largest photograph
# How a file may be packed in a zip; the last came with Python 3.14.
PACKINGS = {
    getattr(zipfile, name)
    for name in ("ZIP_STORED", "ZIP_DEFLATED", "ZIP_BZIP2", "ZIP_LZMA", "ZIP_ZSTANDARD")
    if hasattr(zipfile, name)
}


class Unreadable(ValueError):
    """One file cannot be read; those beside it can."""


def walk(path, encoding=None):
    """Give the name of each file in a folder, a tar or a zip, and a function that reads it.

    Hidden files are left out, and so is what is neither file nor folder, such as a pipe, or a
    link in an archive.

    Parameters
    ----------
    path : Path
        A folder, or a file that is a tar, packed or not, or a zip.
    encoding : str, optional
        Of the names that are not UTF-8.

    Yields
    ------
    name : PurePosixPath
        Within the folder or archive.
    read : callable or None
        Gives the bytes; to be called before the next name is asked for. ``None`` for a folder.
        It raises `Unreadable` for a file of more than 256 MB, or one that is packed in a way
        that Python does not know.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If the file is no archive, or is truncated or damaged, or a folder's name is in an
        encoding that has to be told.
    """
    if path.is_dir():
        found = _walk_folder(path, encoding)
    elif not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file or folder")
    elif not path.is_file():  # a pipe would be waited for
        raise ValueError(f"{path}: neither a file nor a folder")
    elif zipfile.is_zipfile(path):
        found = _walk_zip(path, encoding)
    elif _is_tar(path):
        found = _walk_tar(path, encoding)
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
        said = f"{error}" or type(error).__name__
        raise ValueError(f"{path}: truncated or damaged archive ({said})") from error


def _read(path, read):
    with _said_of(path):
        return read()


def _walk_folder(path, encoding):
    for folder, folders, files in os.walk(path, onerror=_raise, followlinks=True):
        here = Path(folder)
        around = {here.resolve(), *here.resolve().parents}
        # os.walk goes on with what is left here, in this order: no link leads in a circle.
        folders[:] = sorted(
            name
            for name in folders
            if not _is_hidden(name) and (here / name).resolve() not in around
        )
        inside = here.relative_to(path).as_posix()
        yield _named(f"{inside}/", path, encoding), None
        for file in sorted(files):
            place = here / file
            if place.exists() and not place.is_file():
                continue  # to open a pipe is to wait for whoever writes into it
            name = _named(f"{inside}/{file}", path, encoding)
            yield name, functools.partial(_read_file, place, path, name)


def _raise(error):
    raise error


def _named(name, path, encoding):
    """Return the name of a file, of which Python keeps as surrogates what is not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = decoded_name(name.encode("utf-8", "surrogateescape"), path, encoding)
    return PurePosixPath(name)


def _read_file(place, path, name):
    _check_size(place.stat().st_size, path, name)
    return place.read_bytes()


def _walk_tar(path, encoding):
    with tarfile.open(path, encoding="utf-8") as archive:
        for member in archive:
            if member.isdir():
                yield _named(f"{member.name.lstrip('/')}/", path, encoding), None
            elif member.isreg():
                name = _named(member.name.lstrip("/"), path, encoding)
                yield name, functools.partial(_read_tar, archive, member, path, name)
        # The checksum of what is packed stands at its very end, which tarfile does not read.
        while archive.fileobj.read(1 << 20):
            pass


def _read_tar(archive, member, path, name):
    _check_size(member.size, path, name)
    return archive.extractfile(member).read()


def _walk_zip(path, encoding):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = PurePosixPath(zip_name(member, path, encoding).replace("\\", "/").lstrip("/"))
            if member.is_dir():
                yield name, None
            elif member.flag_bits & 1:
                raise ValueError(f"{path}: {name} is encrypted")
            else:
                yield name, functools.partial(_read_zip, archive, member, path, name)


def _read_zip(archive, member, path, name):
    _check_size(member.file_size, path, name)
    if member.compress_type not in PACKINGS:
        kind = zipfile.compressor_names.get(member.compress_type, "an unknown kind")
        raise Unreadable(
            f"{path}: {name} is packed by {kind} (method {member.compress_type}), which Python "
            "cannot unpack; unpack the archive with the program that made it, and give the folder"
        )
    with archive.open(member) as file:
        # Little by little: of bz2 and LZMA all that is read at once is unpacked at once.
        return b"".join(iter(lambda: file.read(1 << 12), b""))


def _check_size(size, path, name):
    if size > MOST_BYTES:
        raise Unreadable(
            f"{path}: {name} has {size:,} bytes unpacked, and of one file at most {MOST_BYTES:,} "
            "are read"
        )


def _is_tar(path):
    try:
        return tarfile.is_tarfile(path)
    except DAMAGE:  # tarfile lets some of these through
        return False


def _is_hidden(part):
    return part.startswith(".") or part.lower() in LITTER
