"""Rows are shared out to threads, all of them and each once, and results stay the same bits."""

import os
import signal
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lib.convolution import depthwise, row_windows, threads

BIG = threads.WORTH_SHARING


@pytest.fixture
def counts():
    """Put the number of threads back afterwards."""
    before = threads.thread_count()
    yield threads.set_thread_count
    threads.set_thread_count(before)


def blas_threads():
    return {
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    }


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_each_row_is_computed_once(counts, count, rows):
    counts(count)
    times = np.zeros(rows, int)

    def work(part):
        times[part] += 1

    for at_a_time in (None, 1, 2, 10):
        times[:] = 0
        threads.by_rows(work, rows, BIG, at_a_time)
        assert times.tolist() == [1] * rows


def test_no_slice_has_more_rows_than_it_may(counts):
    counts(2)
    sizes = []
    threads.by_rows(lambda part: sizes.append(part.stop - part.start), 9, BIG, at_a_time=2)
    assert max(sizes) == 2
    assert sum(sizes) == 9


def test_work_is_shared_when_it_is_worth_it(counts):
    counts(2)
    for size, expected in ((BIG - 1, 1), (BIG, 2)):
        seen = []
        threads.by_rows(lambda part, seen=seen: seen.append(threading.get_ident()), 4, size)
        assert len(seen) == expected
        assert len(set(seen)) == expected


def test_results_do_not_depend_on_the_number_of_threads(counts, rng):
    x = rng.standard_normal((16, 16, 25, 23)).astype("float32")
    weight = rng.standard_normal((16, 16, 3, 3)).astype("float32")
    cases = [
        (row_windows, weight, (1, 1), 1),
        (row_windows, weight, (2, 1), 1),
        (row_windows, weight[:, :4], (1, 1), 4),
        (depthwise, weight[:, :1], (1, 1), 16),
        (depthwise, weight[:, :1], (2, 2), 16),
    ]
    for module, filters, stride, groups in cases:
        results = []
        for count in (1, 2, 3):
            counts(count)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(threads, "WORTH_SHARING", 0)
                settings = stride, (1, 1), (1, 1), groups
                out = module.convolve(x, filters, *settings)
                results.append((out, *module.convolve_backward(out, x, filters, *settings)))
        for other in results[1:]:
            assert all(map(np.array_equal, results[0], other)), (module, stride, groups)


def test_an_error_in_any_thread_is_raised(counts):
    counts(3)
    for broken in range(3):

        def work(part, broken=broken):
            if part.start == broken:
                raise ArithmeticError(f"row {broken}")

        with pytest.raises(ArithmeticError, match=f"row {broken}"):
            threads.by_rows(work, 3, BIG)


def test_blas_rests_while_threads_share_the_work(counts):
    with threadpool_limits(2, "blas"):
        assert blas_threads() == {2}
        counts(2)
        assert blas_threads() == {1}


def test_at_first_there_are_as_many_threads_as_blas_has(monkeypatch):
    for count in (2, 1):
        monkeypatch.setattr(threads, "_count", None)
        with threadpool_limits(count, "blas"):
            assert threads.thread_count() == count


@pytest.mark.parametrize("count", [0, -1])
def test_no_thread_is_refused(count):
    with pytest.raises(ValueError, match=f"must be at least 1, got {count}"):
        threads.set_thread_count(count)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(counts):
    counts(2)
    threads.by_rows(lambda part: None, 2, BIG)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # without threads of its own it would wait for ever
        seen = []
        with threadpool_limits(2, "blas"):
            threads.thread_count()
        threads.by_rows(lambda part: seen.append(part), 2, BIG)
        os._exit(0 if len(seen) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
