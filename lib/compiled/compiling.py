"""How this room has Numba compile its loops."""

import hashlib
from pathlib import Path

from numba import config, njit

from lib.paths import PROJECT, user_cache


def _sources():
    """Return a name for the present text of this room.

    Numba keeps machine code for the next time, until the file with the function changes. It does
    not see that another file has which the function calls; so each text of all has its own folder.
    """
    texts = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(b"".join(texts)).hexdigest()[:16]


def _folder():
    """Return where machine code is kept: with the project, else in the user's cache."""
    own = PROJECT / ".cache" if (PROJECT / "pyproject.toml").is_file() else user_cache()
    return Path(config.CACHE_DIR or own / "numba") / _sources()


KEPT = _folder()


def _compiled(allowed):
    """Return a decorator that has a function compiled; `allowed` is what LLVM may change."""
    decorate = njit(nogil=True, cache=True, fastmath=allowed, error_model="numpy")

    def compiled(function):
        usual, config.CACHE_DIR = config.CACHE_DIR, str(KEPT)
        try:
            return decorate(function)
        finally:
            config.CACHE_DIR = usual

    return compiled


# Multiply and add in one step; all else as IEEE 754 has it, so that NaN stays NaN.
jit = _compiled({"contract"})
# For sums that may be taken in any order, so that several are made at a time.
jit_sums = _compiled({"contract", "reassoc"})
