"""Download a data set: checked, whole, or not at all."""

import contextlib
import os
import shutil
from pathlib import Path

from lib.datasets.catalog import CATALOG, fetch_folder, find_file, locate
from lib.datasets.content import check_content, longest_packed, read_content
from lib.datasets.download import NoDownload, download
from lib.datasets.lock import LOCK, alone_in
from lib.paths import as_path
from lib.settings import as_flag

WORKSHOP = ".fetch"


def fetch(name, to=None, *, progress=True):
    """Download a data set from the first of its mirrors that has it whole.

    Everything is downloaded beside its destination, compared with its SHA-256, and moved into
    place at the end; when anything fails, nothing is left behind. Files that are there already
    and whole are kept; damaged ones are replaced. Where another process is fetching the same, it
    is waited for. A mirror that sends more than the file can have, or less than 1,000 bytes a
    second, is given up.

    Parameters
    ----------
    name : str
        Which one, for example ``"mnist"``.
    to : path, optional
        The folder in which to make the folder `name`; by default the project's ``data/``.
    progress : bool, default True
        Show a progress bar on standard error.

    Returns
    -------
    Path
        The folder with the files.

    Raises
    ------
    ValueError
        If there is no data set of this name.
    OSError
        If no mirror has the files, saying why for each; or if the files cannot be written.
    """
    if name not in list(CATALOG):
        raise ValueError(f"no data set is called {name!r}; there are {', '.join(CATALOG)}")
    progress = as_flag(progress, "progress")
    entry = CATALOG[name]
    target = (fetch_folder() if to is None else as_path(to, "to")) / name
    left_behind = any((target / name).exists() for name in (WORKSHOP, LOCK))
    if not _missing(entry, target) and not left_behind:
        return target
    with _removed_unless_finished(target), alone_in(target), _workshop(target) as workshop:
        missing = _missing(entry, target)  # whoever was here before us may have fetched it
        if missing:
            _download(entry, missing, workshop, target, progress)
        for file in missing:
            os.replace(workshop / file, target / file)
    return target


def find_whole(entry):
    """Return the folder where `load` finds the data set, with every file checked, or ``None``.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder has only some of the files, or one of them is damaged.
    """
    folder = locate(entry)
    if folder is not None:
        for file in entry.files:
            path = find_file(folder, file)
            check_content(entry, file, read_content(entry, path), path)
    return folder


def _missing(entry, folder):
    return [file for file in entry.files if not _is_whole(entry, folder, file)]


def _is_whole(entry, folder, file):
    path = find_file(folder, file)
    if path is None:
        return False
    try:
        check_content(entry, file, read_content(entry, path), path)
    except ValueError:
        return False
    return True


@contextlib.contextmanager
def _removed_unless_finished(folder):
    """Make a folder with its parents; on failure remove those that were made."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:  # Ctrl-C too
        for path in made:
            with contextlib.suppress(OSError):  # someone else has put a file into it
                path.rmdir()
        raise


@contextlib.contextmanager
def _workshop(target):
    """Give a folder on the same disk as `target`, so that moving a file is one step.

    Its name is fixed: a run that was killed leaves it behind, and the next one uses what is in it
    and clears it away.
    """
    folder = target / WORKSHOP
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(entry, files, folder, target, progress):
    import pooch  # here, because loading data must not need it

    pooch.get_logger().setLevel("WARNING")
    failures = []
    for mirror in entry.mirrors:
        for file in files:
            url = f"{mirror}{file}{entry.suffix}"
            try:
                # What an earlier mirror delivered whole is in the folder, and is not fetched again.
                downloader = _Downloader(entry, file, progress)
                pooch.retrieve(url, entry.files[file], file, folder, downloader=downloader)
            except (NoDownload, ValueError) as error:  # pooch's, of another checksum
                failures.append(f"  {url}: {error}")
                break
        else:
            return
    raise OSError(
        f"{entry.title}: no mirror gave it, and nothing was left behind:\n"
        + "\n".join(failures)
        + f"\nThe files can also be put into {target} by hand, {entry.form}: "
        + ", ".join(entry.files)
    )


class _Downloader:
    """Download with a progress bar and unpack, so that pooch checks the content."""

    def __init__(self, entry, file, progress):
        self.entry = entry
        self.file = file
        self.progress = progress

    def __call__(self, url, output_file, pooch_instance):
        from tqdm import tqdm

        bars: list[tqdm] = []

        def answered(total=None):
            # Not drawn before there is an answer: a bar of no bytes out of none says nothing.
            if bars:
                bars[0].reset(total)
                return
            form = {"unit": "B", "unit_scale": True, "disable": not self.progress}
            bars.append(tqdm(desc=self.file, total=total, **form))

        try:
            with open(output_file, "wb") as file:
                longest = longest_packed(self.entry.most_bytes)
                download(url, file, longest, answered, lambda size: bars[0].update(size))
        except BaseException:
            for bar in bars:
                bar.leave = False  # a bar that stopped says nothing; the error will
            raise
        finally:
            for bar in bars:
                bar.close()
        try:
            content = read_content(self.entry, output_file)
        except ValueError as error:
            raise NoDownload(str(error).removeprefix(f"{output_file}: ")) from error
        Path(output_file).write_bytes(content)
