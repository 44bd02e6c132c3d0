"""Sphinx extension of this book: run its notebooks, several at a time, before its pages are read.

MyST-NB would run them one after the other, each when its page is read. Here those that its cache
does not hold are run first, and their outputs put there, where it finds them. A notebook that fails
is left to it: it runs that once more and gives the warning.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from book_progress import say
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from jupyter_client.manager import KernelManager
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode

# Without keys each kernel warns that others on the machine could listen.
KernelManager.transport_encryption.default_value = "auto"

AT_MOST = 8  # kernels at a time; each may take half a gigabyte


def run_notebooks(app, env, docnames):
    """Run the notebooks that are about to be read, unless the cache holds their outputs."""
    cache = get_cache(env.mystnb_config.execution_cache_path)
    waiting = {}
    for docname in docnames:
        path = Path(env.doc2path(docname))
        notebook = read(path, env)
        if notebook is not None and not is_cached(cache, notebook):
            waiting[path] = notebook
    if not waiting:
        return
    jobs = min(len(waiting), os.cpu_count() or 1, AT_MOST)
    say(f"Running {len(waiting)} notebooks, {jobs} at a time; a minute or two for most")
    share_out_threads(jobs)
    # New processes, not copies of this one. Ctrl-C reaches this one alone, which ends the others at
    # once; asked to stop, they would first wait for their kernels.
    context = multiprocessing.get_context("spawn")
    apart = getattr(os, "setsid", None)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=apart, max_tasks_per_child=1)
    try:
        started = time.monotonic()
        timeout = env.mystnb_config.execution_timeout
        runs = {pool.submit(run, nb, path, timeout): path for path, nb in waiting.items()}
        for count, done in enumerate(as_completed(runs), start=1):
            path, result = runs[done], done.result()
            if result is not None:
                keep(cache, path, *result)
            minutes, seconds = divmod(round(time.monotonic() - started), 60)
            name = path.relative_to(app.srcdir)
            failed = "" if result else "FAILED "
            say(f"  {count} of {len(runs)}  {failed}{name}  (after {minutes}:{seconds:02})")
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def read(path: Path, env) -> NotebookNode | None:
    """Return a page as the notebook that MyST-NB takes it for, ``None`` if it holds no code."""
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    return reader and reader.read(text)


def is_cached(cache, notebook: NotebookNode) -> bool:
    """Tell whether a notebook with the same cells was run before."""
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def share_out_threads(jobs: int) -> None:
    """Let the kernels together compute on as many threads as there are cores, not each."""
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, threads)


def run(notebook: NotebookNode, path: Path, timeout: int) -> tuple[NotebookNode, float] | None:
    """Run a notebook in its folder; return it with its outputs and the seconds, ``None`` if failed.

    Runs in a process of its own.
    """
    result: ExecutionResult = single_nb_execution(
        notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False
    )
    return None if result.err else (result.nb, result.time)


def keep(cache, path: Path, notebook: NotebookNode, seconds: float) -> None:
    """Put a notebook with its outputs into the cache."""
    bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.connect("env-before-read-docs", run_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
