"""Plant bugs, all or those that are named: ``python -m tests.planted_bugs [NAME…]``.

Each core has a copy of the project to itself, and plants one bug after the other in it.
Those that only a comparison with PyTorch can notice are passed over where it is not installed.
"""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue

from tests.planted_bugs import BUGS
from tests.planted_bugs.planting import SURVIVED, copy_project, first_failure, plant

ROOT = Path(__file__).parents[2]
AT_MOST = 8  # copies


def main(arguments=None, *, bugs=BUGS, root=ROOT):
    """Plant the bugs, one at a time in each copy, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted_bugs", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a bug; all if none is named")
    names = parser.parse_args(arguments).names
    known = {bug.name: bug for bug in bugs}
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no bug {', '.join(unknown)}")
    chosen = [known[name] for name in names] or list(bugs)
    if not find_spec("torch") and any(bug.parity for bug in chosen):
        print("passed over without PyTorch:", sum(bug.parity for bug in chosen))
        chosen = [bug for bug in chosen if not bug.parity]
    if not chosen:
        return 0
    count = min(len(chosen), os.cpu_count() or 1, AT_MOST)
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder) / str(number) for number in range(count)]
        for copy in copies:
            copy.mkdir()
            copy_project(root, copy)
        return _report(chosen, copies)


def _report(bugs, copies):
    """Plant the bugs in the copies; return 0 if a test noticed each, else 1."""
    # Where a test fails anyway, every bug would seem to be caught.
    tests = sorted({test for bug in bugs for test in bug.tests})
    print(f"without a bug, {len(tests)} files of tests:", end=" ", flush=True)
    try:
        failure = first_failure(copies[0], tests, parity=any(bug.parity for bug in bugs))
    except RuntimeError as error:
        failure = error
    print(f"not green: {failure}" if failure else "green")
    if failure:
        return 1
    width, file_width = (max(len(getattr(bug, a)) for bug in bugs) for a in ("name", "file"))
    missed, free = [], SimpleQueue()
    for copy in copies:
        free.put(copy)

    def outcome_of(bug):
        copy = free.get()
        try:
            return plant(bug, copy)
        except (ValueError, RuntimeError) as error:
            return f"NOT PLANTED: {error}"
        finally:
            free.put(copy)

    pool = ThreadPoolExecutor(len(copies))
    try:
        for bug, outcome in zip(bugs, pool.map(outcome_of, bugs), strict=True):
            caught = not outcome.startswith((SURVIVED, "NOT PLANTED"))
            print(f"{bug.name:{width}}  {bug.file:{file_width}}", end="  ")
            print(f"caught by {outcome}" if caught else outcome, flush=True)
            if not caught:
                missed.append(bug.name)
    finally:
        pool.shutdown(cancel_futures=True)  # Ctrl-C leaves the others unplanted
    print(f"{len(bugs) - len(missed)} of {len(bugs)} bugs caught")
    if missed:
        print("not caught:", *missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
