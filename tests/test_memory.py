"""Freed memory stays at hand: the next step asks the system for few pages."""

import subprocess
import sys

import pytest

from lib.convolution.memory import keep_freed_memory

PROGRAM = """
import resource
import numpy as np
from lib.convolution.memory import keep_freed_memory

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(10_000_000, np.float32)  # larger than what glibc keeps by itself
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = pages()
print(keep_freed_memory())
pages()  # the first array makes room
print(pages() < before / 10, before)
"""


@pytest.mark.skipif(not keep_freed_memory(), reason="the C library is not glibc")
def test_the_next_array_takes_what_the_last_one_left():
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert out.stdout.split()[:2] == ["True", "True"], out.stdout
