"""Keep freed memory at hand: what the next array needs, the last one has left.

A training step frees about as much memory as the next one asks for. The C library hands large
pieces back to the system at once, and the system fills each page with zeros before it lends it
again: with glibc that took a tenth of a training step of DeepConvNet (`benchmarks/README.md`).
"""

import ctypes
import sys

# Numbers of settings in glibc's malloc.h, and the largest piece that is kept, in bytes.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_KEPT = 1 << 30


def keep_freed_memory():
    """Tell the C library, for the whole process, to keep what is freed; glibc alone can.

    Returns
    -------
    bool
        Whether it does from now on.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library
        return False
    return all(mallopt(name, LARGEST_KEPT) for name in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD))
