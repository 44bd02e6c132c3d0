"""Sphinx extension: the first page offers the book's other forms, where they have been made.

`make epub` and `make pdf` make them. The files are brought beside the pages, so that they are
published with them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

# What is made, from the project's folder, and what the first page says of it.
FILES = {
    "_build/epub/convolutional-networks-from-scratch.epub": "for e-readers (EPUB)",
    "_build/pdf/convolutional-networks-from-scratch-a4.pdf": "to print on A4 (PDF)",
    "_build/pdf/convolutional-networks-from-scratch-letter.pdf": "to print on Letter (PDF)",
}


def made(app) -> dict[Path, str]:
    """Return the files that there are, and what each is for."""
    root = Path(app.srcdir)
    return {root / name: what for name, what in FILES.items() if (root / name).is_file()}


def write_first_page_anew(app, env, added, changed, removed):
    """Have the first page written again where a file has come, gone or changed since."""
    now = {file.name: file.stat().st_size for file in made(app)}
    if app.builder.name != "html" or now == getattr(env, "book_downloads", {}):
        return []
    env.book_downloads = now
    return [app.config.root_doc]


def offer(app, pagename, templatename, context, doctree):
    """Name the files at the end of the first page's introduction."""
    if pagename != app.config.root_doc or not (files := made(app)):
        return
    up = "../" * pagename.count("/")
    links = ", ".join(
        f'<a href="{up}{file.name}" download>{what}, {file.stat().st_size / 1e6:.1f} MB</a>'
        for file, what in files.items()
    )
    mark = '<section id="what-you-will-build">'
    said = f'<p class="book-downloads">The book to take along: {links}.</p>'
    context["body"] = context["body"].replace(mark, said + mark, 1)


def bring(app, exception):
    """Copy the files beside the pages."""
    if exception is None and app.builder.name == "html":
        for file in made(app):
            shutil.copy2(file, app.outdir)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.connect("env-get-outdated", write_first_page_anew)
    app.connect("html-page-context", offer)
    app.connect("build-finished", bring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
