"""Which data sets there are: their files, where to look for them, and whence to fetch them.

A further data set is one more entry in `CATALOG`, and a loader beside `lib/datasets/mnist.py`.
"""

import os
from dataclasses import dataclass

from lib.paths import PROJECT, as_path, user_cache


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
    most_bytes : int
        The length of the longest of them: where there is more, it is another file, or a trap.
    mirrors : tuple of str
        Addresses to put before a file's name, tried in this order.
    suffix : str
        What the mirrors put after a file's name. ``".gz"`` is unpacked.
    packed : bool
        The file is an archive: its SHA-256 is that of the file as published, and it is kept packed.
    own_folder_only : bool
        Look only in folders that are called `name`, because another set has files of these names.
    """

    name: str
    title: str
    files: dict[str, str]
    most_bytes: int
    mirrors: tuple[str, ...]
    suffix: str = ".gz"
    packed: bool = False
    own_folder_only: bool = False

    @property
    def form(self):
        """Say, for messages, how the files may lie in their folder."""
        return "packed as they were published" if self.packed else "each plain or with .gz"

    @property
    def how_to_get(self):
        """Say, in one sentence, what to do when the files are missing."""
        return (
            f"To get it, run `python -m lib.datasets fetch {self.name}`, or let the environment "
            f"variable CNN_DATA name a folder that holds {self.name}/."
        )


CATALOG = {
    entry.name: entry
    for entry in [
        # The checksums were computed from the files and agree with those in public use. The
        # mirrors: the one that PyTorch keeps for torchvision, the Common Visual Data
        # Foundation's, which TensorFlow uses, and the one that PaddlePaddle keeps.
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
            most_bytes=47_040_016,  # 60,000 pictures of 28 × 28 bytes, and a header
            mirrors=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://dataset.bj.bcebos.com/mnist/",
            ),
        ),
        # The checksums are those of the published files, unpacked: Debian packs them anew. The
        # mirrors: the authors' repository, the one that Keras uses, and the authors' first one.
        Entry(
            name="fashion-mnist",
            title="Fashion-MNIST, 70,000 pictures of clothes",
            files={
                "train-images-idx3-ubyte": (
                    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
                ),
                "train-labels-idx1-ubyte": (
                    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
                ),
                "t10k-images-idx3-ubyte": (
                    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
                ),
                "t10k-labels-idx1-ubyte": (
                    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
                ),
            },
            most_bytes=47_040_016,
            mirrors=(
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
            own_folder_only=True,
        ),
        # The checksum is the one that TensorFlow Datasets publishes. The mirrors: the author's,
        # old and new, the one of Swift for TensorFlow, and MindSpore's.
        Entry(
            name="cifar10",
            title="CIFAR-10, 60,000 color pictures in ten classes",
            files={
                "cifar-10-binary.tar.gz": (
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
                ),
            },
            most_bytes=170_052_171,
            mirrors=(
                "https://www.cs.toronto.edu/~kriz/",
                "https://cave.cs.toronto.edu/kriz/",
                "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
                "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/",
            ),
            suffix="",
            packed=True,
        ),
    ]
}


def fetch_folder():
    """Return the folder that `fetch` fills: the project's ``data/``, else the user's cache."""
    data = PROJECT / "data"
    return data if data.is_dir() or (PROJECT / "pyproject.toml").is_file() else user_cache()


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
        folders.insert(0, as_path(named))
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
        The folder with all the files, plain or with ``.gz``; ``None`` where no folder of
        `search_folders` has any of them.

    Raises
    ------
    FileNotFoundError
        If `path` lacks the files, or any folder has some of them and lacks others.
    """
    own_only = entry.own_folder_only and path is None
    for parent in search_folders() if path is None else [as_path(path)]:
        for folder in (parent / entry.name, *([] if own_only else [parent])):
            found = [file for file in entry.files if find_file(folder, file)]
            if len(found) == len(entry.files):
                return folder
            if found:
                raise FileNotFoundError(_incomplete(entry, folder, found))
    if path is not None:
        raise FileNotFoundError(_incomplete(entry, as_path(path), []))
    return None


def find_file(folder, file):
    """Return the path of a file, plain or with ``.gz``, or ``None`` if neither is there."""
    candidates = (folder / file, folder / f"{file}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _incomplete(entry, folder, found):
    missing = [file for file in entry.files if file not in found]
    if folder.is_file():
        state = "this is a file, not the folder that holds them"
    elif not folder.is_dir():
        state = "there is no such folder"
    else:
        state = f"found {', '.join(found) or 'none of them'}; missing {', '.join(missing)}"
    return (
        f"{folder}: expected the files of {entry.title}: {', '.join(entry.files)}, "
        f"{entry.form}; {state}. {entry.how_to_get}"
    )
