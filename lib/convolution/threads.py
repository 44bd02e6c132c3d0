"""Share the rows of a computation out to the cores of the processor.

NumPy computes on one core. Only its matrix products use several, because the BLAS library below
splits them up; but a convolution has many small products, each too short to be worth splitting,
with copies between them that stay on one core. So we split the rows of the images over Python
threads instead. NumPy lets go of Python's lock while it computes, so threads truly run side by
side. From the first shared computation on, BLAS is held to one thread, in the whole process: both
together would fight for the cores.

Each row is computed in the same way whichever thread takes it, so results do not depend on the
number of threads, not even in their last bits.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from threadpoolctl import ThreadpoolController

from lib.convolution.memory import keep_freed_memory
from lib.settings import as_integer

# Waking a thread takes about 0.1 ms. Below so many multiply-adds that is longer than the work.
WORTH_SHARING = 5_000_000

_count = None  # chosen at the first shared computation
_pool = None


def thread_count():
    """Return how many threads share the work: at first, as many as BLAS would use.

    The variables that BLAS obeys, such as ``OPENBLAS_NUM_THREADS``, hold for us too.
    """
    if _count is None:
        blas = ThreadpoolController().select(user_api="blas").info()
        set_thread_count(max((library["num_threads"] for library in blas), default=1))
    return _count


def set_thread_count(count):
    """Choose how many threads share the work.

    Parameters
    ----------
    count : int
        At least 1; more than there are cores makes nothing faster.

    Raises
    ------
    ValueError, TypeError
        If `count` is below 1, or no integer.
    """
    global _count, _pool
    count = as_integer(count, "the number of threads", at_least=1)
    if _pool is not None:
        _pool.shutdown()
    ThreadpoolController().limit(limits=1, user_api="blas")
    keep_freed_memory()
    _count, _pool = count, ThreadPoolExecutor(count - 1, "rows") if count > 1 else None


def by_rows(work, rows, multiply_adds, at_a_time=None):
    """Call ``work(part)`` for slices that together make up all rows, on several threads.

    Parameters
    ----------
    work : callable
        Takes a slice of the rows. It must write only to rows of its own.
    rows : int
    multiply_adds : int
        Of the whole computation; a small one is not shared.
    at_a_time : int, optional
        The most rows that a slice may have; if not given, each thread has one slice.

    Examples
    --------
    >>> import numpy as np
    >>> squares = np.empty(5)
    >>> def work(part):
    ...     squares[part] = np.arange(5)[part] ** 2
    >>> by_rows(work, 5, multiply_adds=5)
    >>> squares
    array([ 0.,  1.,  4.,  9., 16.])
    """
    threads = min(thread_count(), rows) if multiply_adds >= WORTH_SHARING else 1
    cuts = [rows * i // threads for i in range(threads + 1)]
    mine, *others = pairwise(cuts)
    jobs = [_pool.submit(_work_through, work, *part, at_a_time) for part in others]
    try:
        _work_through(work, *mine, at_a_time)
    finally:
        for job in jobs:
            job.result()  # waits, and raises what went wrong there


def _work_through(work, start, stop, at_a_time):
    """Do one thread's part."""
    for first in range(start, stop, at_a_time or max(1, stop - start)):
        work(slice(first, min(first + (at_a_time or stop), stop)))


def _forget():
    """Let a forked process, which has none of the threads, begin anew."""
    global _count, _pool
    _count = _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
