"""Plant a mistake in a copy of the project, and see which test notices."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Folders and files that the library's tests read.
COPIED = ("lib", "tests", "data", "pyproject.toml", "README.md")
SURVIVED = "SURVIVED"
LIMIT_S = 300  # a file of tests; a mistake may make a loop endless


@dataclass(frozen=True)
class Bug:
    """One mistake, and the tests that should notice it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple
    parity: bool = False  # whether it takes PyTorch to notice

    def planted(self, root):
        """Return the text of the file with the mistake in it.

        Raises
        ------
        ValueError
            If the place cannot be found, or the mistake is no Python: any test would notice that.
        """
        text = (Path(root) / self.file).read_text(encoding="utf-8")
        if (count := text.count(self.old)) != 1:
            raise ValueError(
                f"{self.name}: its text occurs {count} times in {self.file}, and should once; "
                "say it anew in tests/planted_bugs/table/"
            )
        text = text.replace(self.old, self.new)
        try:
            compile(text, self.file, "exec")
        except SyntaxError as error:
            raise ValueError(f"{self.name}: {error} in {self.file}") from None
        return text


def in_file(file, tests, *, parity=False, **mistakes):
    """Return the bugs of one file: ``name=(old, new)``; `tests` are files, parted by spaces."""
    return [
        Bug(name.replace("_", "-"), file, old, new, tuple(tests.split()), parity)
        for name, (old, new) in mistakes.items()
    ]


def copy_project(root, folder):
    """Copy what the tests need, so that nothing is ever planted in the working tree."""
    for name in COPIED:
        source = Path(root) / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(source, Path(folder) / name, ignore=ignored)
        elif source.exists():
            shutil.copy2(source, folder)


def first_failure(folder, tests, *, parity=False):
    """Run some tests in a copy of the project; return the first that fails, or ``None``.

    Comparisons with PyTorch are left out unless asked for: where it is missing, nothing notices.

    Raises
    ------
    RuntimeError
        If the tests cannot be run.
    """
    environment = {
        **os.environ,
        # The copy, not the installed library; also for the processes that tests start.
        "PYTHONPATH": str(folder),
        # A file changed and changed back within a second looks the same to Python's cache.
        "PYTHONDONTWRITEBYTECODE": "1",
        # The tests need none of the plugins that are installed, and looking for them takes seconds.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    plugins = "-p", "no:cacheprovider", "-p", "tests.planted_bugs.no_shrinking"
    marks = () if parity else ("-m", "not parity")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", *marks, *plugins]
    try:
        run = subprocess.run(
            [*command, *tests],
            cwd=folder,
            env=environment,
            timeout=LIMIT_S * len(tests),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(
            f"{' '.join(tests)} ran for more than {LIMIT_S * len(tests)} s"
        ) from None
    failure = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", run.stdout, re.MULTILINE)
    if run.returncode == 0:
        return None
    # 1 means that a test failed; anything else, that tests were not found or not even read.
    if run.returncode != 1 or not failure:
        raise RuntimeError(f"{' '.join(tests)} could not be run:\n{run.stdout.strip()}")
    return failure[1]


def plant(bug, folder):
    """Plant a bug in a copy, run its tests, take it out; return the test that noticed, or SURVIVED.

    Raises
    ------
    ValueError, RuntimeError
        If it cannot be planted, or its tests not run.
    """
    planted, file = bug.planted(folder), Path(folder) / bug.file
    text = file.read_bytes()
    try:
        file.write_text(planted, encoding="utf-8")
        return first_failure(folder, bug.tests, parity=bug.parity) or SURVIVED
    finally:
        file.write_bytes(text)
