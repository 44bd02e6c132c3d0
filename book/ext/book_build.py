"""Sphinx extension of this book: figures that work without a kernel, and pages that work offline.

Jupyter Book loads it through ``local_extensions`` in ``_config.yml``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

# A chapter's outputs depend on its own cells, which the execution cache knows, and on these,
# which it does not.
COMPUTED_FROM = (
    "lib/**/*.py",
    "lib/**/*.json",
    "lib/**/*.toml",
    "data/weights/*",
    "data/histories/*",
    "data/studies/*",
    "data/benchmark.json",
    "requirements.txt",
)
# Every page is read anew when one of these changes, and written anew when one of those; Sphinx by
# itself would not notice.
READ_WITH = ("book/ext/*.py",)
WRITTEN_WITH = ("book/ext/*.py", "book/static/**/*", "book/templates/*")
BUILT_FROM = (*COMPUTED_FROM, "_config.yml", "_toc.yml", "book/**/*.*", "chapters/*.ipynb")
STAMP = "built-from.txt"


def hash_of_sources(root: Path, patterns: Iterable[str] = BUILT_FROM) -> str:
    """Return a short hash of the names and contents of all files that match."""
    digest = hashlib.sha256()
    files = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    # Python and JupyterLab keep copies of their own beside what they open.
    own = {path for path in files if path.suffix == ".pyc" or ".ipynb_checkpoints" in path.parts}
    for path in sorted(files - own):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def notice_changes(app, config):
    """Give each state of the library an execution cache of its own, and note how pages look.

    Sphinx reads every page anew when one of the first two values changes, and writes every page
    anew when the third does.

    What was read is kept only after a good build. Sphinx gives a page's warnings when it reads the
    page: were the page kept after a bad build, the next would not read it again, and pass. And one
    that was stopped may have read pages that it did not write, which the next would leave old.
    """
    root = Path(app.srcdir)
    good = root / "_build" / "html" / STAMP
    if not good.exists():
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)
    elif Path(app.outdir) == good.parent:  # what else is made of the pages leaves them good
        good.unlink()
    state = hash_of_sources(root, COMPUTED_FROM)
    config.nb_execution_cache_path = str(root / "_build" / ".jupyter_cache" / state)
    config.book_reading = hash_of_sources(root, READ_WITH)
    config.book_look = hash_of_sources(root, WRITTEN_WITH)


def repair_lists_of_sources(app, pagename, templatename, context, doctree):
    """Make each entry of a bibliography the list item that its list needs.

    Docutils gives it a role that ARIA has given up, so a screen reader would find an empty list.
    """
    if doctree is not None:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def stamp(app, exception):
    """Note which sources a good build was made from."""
    if exception is None and not app._warncount and app.builder.name == "html":
        (Path(app.outdir) / STAMP).write_text(hash_of_sources(Path(app.srcdir)))


def setup(app):
    """Connect the extension; Sphinx calls this."""
    # The kernels that run the chapters inherit this: explore() then stores every frame.
    os.environ["BOOK_STATIC"] = "1"
    app.add_config_value("book_reading", "", "env")
    app.add_config_value("book_look", "", "html")
    app.connect("config-inited", notice_changes)
    app.connect("html-page-context", repair_lists_of_sources)
    app.connect("build-finished", stamp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
