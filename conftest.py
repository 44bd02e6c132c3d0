"""For pytest, of the whole project: solutions are run in their chapters, and only there.

A chapter shows a solution and does not run it. Here a cell ``solution("convolution-3")`` runs the
solution instead, after all that its chapter ran before, and is held to the exercise's checker.
"""

from importlib.util import find_spec

# Where a reader's check says what is wrong, that of a solution raises an error.
STRICT = """
def strict_check(name, answer):
    from lib.exercises import verdict

    passed, message = verdict(name, answer)
    assert passed, f"{name}: {message}"


strict_check("""

collect_ignore = ["lib/exercises/solutions"]
if not find_spec("numba"):  # it is an extra, and these files are nothing without it
    collect_ignore_glob = ["lib/compiled/[!_]*.py"]


def pytest_collection_modifyitems(items):
    """Put each solution into the notebooks that nbval is about to run."""
    chapters = {}
    for item in items:
        if type(item).__name__ == "IPyNbCell":
            chapters.setdefault(item.parent, []).append(item)
    if chapters:
        from tests.chapters import solved

        for cells in chapters.values():
            sources = solved([cell.cell.source for cell in cells])
            for cell, source in zip(cells, sources, strict=True):
                if source != cell.cell.source:
                    cell.cell.source = STRICT.join(source.rsplit("\ncheck(", 1))
