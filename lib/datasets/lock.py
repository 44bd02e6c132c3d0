"""One at a time: a folder that a process works in keeps the others waiting."""

import contextlib
import os
import sys
import time
from pathlib import Path

LOCK = ".lock"
PAUSE = 0.1  # seconds between two looks


@contextlib.contextmanager
def alone_in(folder):
    """Wait until nobody else works in a folder, and keep others out of it.

    The system lets go of the lock when the process ends, however it ends: what a killed one
    leaves behind keeps nobody waiting. Whoever waits says so on standard error.

    Parameters
    ----------
    folder : Path
        It is made with its parents where it is not there. The lock is a hidden file in it.
    """
    lock = folder / LOCK
    file = _locked(folder, lock)
    try:
        yield
    finally:
        if os.name != "nt":
            lock.unlink(missing_ok=True)
        file.close()
        if os.name == "nt":  # where a file is removed only when nobody has it open
            with contextlib.suppress(OSError):
                lock.unlink()


def _locked(folder, lock):
    told = False
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            file = lock.open("ab")
        except FileNotFoundError:  # who was here before has just removed the folder
            continue
        # Who was here before removes the file, of which we may hold what nobody else can find.
        if _try(file) and _is_there(file, lock):
            return file
        file.close()
        if not told:
            print(f"{folder}: someone else is at work in it; waiting ...", file=sys.stderr)
            told = True
        time.sleep(PAUSE)


def _try(file):
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a disk in the network that knows no locks
        return True
    return True


def _is_there(file, lock):
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), Path(lock).stat())
    return False
