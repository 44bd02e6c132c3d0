"""Which data sets there are: their files, where to look for them, and whence to fetch them.

A further data set is one more entry in `CATALOGUE`, and a loader beside `lib/datasets/mnist.py`.
"""

import gzip
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import platformdirs

PROJECT = Path(__file__).resolve().parents[2]
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Entry:
    """One data set that can be fetched.

    Attributes
    ----------
    name : str
        What `fetch` calls it; also the name of its folder.
    title : str
        What it is, for messages.
    files : dict of str to str
        The SHA-256 of each file *uncompressed*. Copies of MNIST differ in how they were
        compressed, and Fashion-MNIST gives its files the same names: the content alone tells.
    mirrors : tuple of str
        Addresses to put before a file's name, tried in this order.
    suffix : str
        What the mirrors put after a file's name. ``".gz"`` is unpacked.
    """

    name: str
    title: str
    files: dict[str, str]
    mirrors: tuple[str, ...]
    suffix: str = ".gz"

    @property
    def how_to_get(self):
        """Say, in one sentence, what to do when the files are missing."""
        return (
            f"To get it, run `python -m lib.datasets fetch {self.name}`, or let the environment "
            f"variable CNN_DATA name a folder that holds {self.name}/."
        )


# The checksums were computed from the files and agree with those in public use. The mirrors: the
# one that PyTorch keeps for torchvision, the Common Visual Data Foundation's, which TensorFlow
# uses, and the one that PaddlePaddle keeps.
CATALOGUE = {
    entry.name: entry
    for entry in [
        Entry(
            name="mnist",
            title="MNIST, 70,000 handwritten digits",
            files={
                "train-images-idx3-ubyte": (
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
                ),
                "train-labels-idx1-ubyte": (
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
                ),
                "t10k-images-idx3-ubyte": (
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
                ),
                "t10k-labels-idx1-ubyte": (
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
                ),
            },
            mirrors=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://dataset.bj.bcebos.com/mnist/",
            ),
        ),
    ]
}


def fetch_folder():
    """Return the folder that `fetch` fills: the project's ``data/``, else the user's cache."""
    data = PROJECT / "data"
    return data if data.is_dir() or (PROJECT / "pyproject.toml").is_file() else user_cache()


def user_cache():
    """Return the folder where this user's programs keep what can be fetched again."""
    return Path(platformdirs.user_cache_dir("convnets-from-scratch", appauthor=False))


def search_folders():
    """Return the folders to look in, in order: ``$CNN_DATA``, ``data/``, the user's cache.

    Raises
    ------
    FileNotFoundError
        If ``$CNN_DATA`` names something that is no folder.
    """
    folders = [PROJECT / "data", user_cache()]
    named = os.environ.get("CNN_DATA")
    if named:
        folders.insert(0, Path(named).expanduser())
        if not folders[0].is_dir():
            raise FileNotFoundError(
                f"the environment variable CNN_DATA names {named}, which is not a folder"
            )
    return folders


def locate(entry, path=None):
    """Find the folder that holds the files of a data set.

    Parameters
    ----------
    entry : Entry
        Which data set.
    path : path, optional
        The folder to look in, instead of those of `search_folders`.

    Returns
    -------
    Path or None
        The folder with all the files, each plain or with ``.gz``; ``None`` where no folder of
        `search_folders` has any of them.

    Raises
    ------
    FileNotFoundError
        If `path` lacks the files, or any folder has some of them and lacks others.
    """
    for parent in search_folders() if path is None else [Path(path).expanduser()]:
        for folder in (parent / entry.name, parent):
            found = [file for file in entry.files if find_file(folder, file)]
            if len(found) == len(entry.files):
                return folder
            if found:
                raise FileNotFoundError(_incomplete(entry, folder, found))
    if path is not None:
        raise FileNotFoundError(_incomplete(entry, Path(path).expanduser(), []))
    return None


def find_file(folder, file):
    """Return the path of a file, plain or with ``.gz``, or ``None`` if neither is there."""
    candidates = (folder / file, folder / f"{file}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _incomplete(entry, folder, found):
    missing = [file for file in entry.files if file not in found]
    if not folder.is_dir():
        state = "there is no such folder"
    else:
        state = f"found {', '.join(found) or 'none of them'}; missing {', '.join(missing)}"
    return (
        f"{folder}: expected the files of {entry.title}: {', '.join(entry.files)}, each plain or "
        f"with .gz; {state}. {entry.how_to_get}"
    )


def read_unpacked(path):
    """Read a whole file; unpack it if its first bytes, not its name, say that it is gzip.

    Raises
    ------
    ValueError
        If the gzip data is truncated or damaged.
    """
    data = Path(path).read_bytes()
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: truncated or damaged gzip data ({error})") from error


def check_content(entry, file, data, path):
    """Refuse a file that is not, to the last bit, the published one.

    Raises
    ------
    ValueError
        If the SHA-256 of `data` is another; `path` says which file.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest != entry.files[file]:
        raise ValueError(
            f"{path}: altered, or not the file of {entry.title}; "
            f"its content has SHA-256 {digest}, expected {entry.files[file]}"
        )
