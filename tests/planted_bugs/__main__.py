"""Plant bugs, all or those that are named: ``python -m tests.planted_bugs [NAME…]``.

Those that only a comparison with PyTorch can notice are passed over where it is not installed.
"""

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.planted_bugs import BUGS
from tests.planted_bugs.planting import SURVIVED, copy_project, first_failure, plant

ROOT = Path(__file__).parents[2]


def main(arguments=None, *, bugs=BUGS, root=ROOT):
    """Plant the bugs one at a time, print a table, and return the exit status."""
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
    with tempfile.TemporaryDirectory() as folder:
        copy_project(root, folder)
        return _report(chosen, folder)


def _report(bugs, folder):
    """Plant the bugs in the copy; return 0 if a test noticed each, else 1."""
    # Where a test fails anyway, every bug would seem to be caught.
    tests = sorted({test for bug in bugs for test in bug.tests})
    print(f"without a bug, {len(tests)} files of tests:", end=" ", flush=True)
    try:
        failure = first_failure(folder, tests, parity=any(bug.parity for bug in bugs))
    except RuntimeError as error:
        failure = error
    print(f"not green: {failure}" if failure else "green")
    if failure:
        return 1
    width, file_width = (max(len(getattr(bug, a)) for bug in bugs) for a in ("name", "file"))
    missed = []
    for bug in bugs:
        print(f"{bug.name:{width}}  {bug.file:{file_width}}", end="  ", flush=True)
        try:
            outcome = plant(bug, folder)
        except (ValueError, RuntimeError) as error:
            outcome = f"NOT PLANTED: {error}"
        caught = not outcome.startswith((SURVIVED, "NOT PLANTED"))
        print(f"caught by {outcome}" if caught else outcome, flush=True)
        if not caught:
            missed.append(bug.name)
    print(f"{len(bugs) - len(missed)} of {len(bugs)} bugs caught")
    if missed:
        print("not caught:", *missed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
