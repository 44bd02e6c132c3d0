"""An MNIST of 6,044 random pictures, so that few tests need the real one."""

import functools
import gzip
import os
import struct

import numpy as np
import pytest

from lib.datasets import catalog

FILES = tuple(catalog.CATALOG["mnist"].files)
FULL = os.environ.get("CNN_DATA")
needs_full_mnist = pytest.mark.skipif(
    not FULL, reason="needs the 70,000 digits: set CNN_DATA to the folder that holds mnist/"
)


def idx(array, kind=8):
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, kind, array.ndim]) + shape + array.tobytes()


def small_mnist():
    rng = np.random.default_rng(0)
    contents = {}
    for part, count in (("train", 6_004), ("t10k", 40)):
        pixels = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        contents[f"{part}-images-idx3-ubyte"] = idx(pixels)
        contents[f"{part}-labels-idx1-ubyte"] = idx(labels)
    return contents


CONTENTS = small_mnist()


@functools.cache
def packed_copy(name):
    return gzip.compress(CONTENTS[name], 1)


def put(folder, *names, packed=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or FILES:
        data = CONTENTS[name]
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(packed_copy(name) if packed else data)
    return folder


def serve(web, mirror, *names, change=lambda data: data):
    for name in names or FILES:
        web.pages[f"/{mirror}/{name}.gz"] = change(packed_copy(name))


def truncate(data):
    return data[:-20]


def alter(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


FETCH_IN_ANOTHER_PROCESS = """
    import signal, sys
    from dataclasses import replace
    from lib.datasets import catalog, __main__ as command
    files = dict(zip(catalog.CATALOG["mnist"].files, sys.argv[3:]))
    catalog.CATALOG["mnist"] = replace(
        catalog.CATALOG["mnist"], files=files, mirrors=(sys.argv[1],)
    )
    # What a shell starts in the background ignores Ctrl-C, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, command._stop)
    sys.exit(command.main(["fetch", "mnist", "--to", sys.argv[2]]))
"""
