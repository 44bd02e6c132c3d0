"""Sphinx extension of this book: say how far a build is, one line for each page.

``jupyter-book build --quiet`` leaves these lines, and every warning.
"""

from __future__ import annotations


def say(line: str) -> None:
    """Print a line at once, also where the output goes to a file."""
    print(line, flush=True)


class Pages:
    """Counts the pages that are written."""

    def __init__(self):
        self.total = self.number = 0

    def announce(self, app, env, docnames):
        """Say how many pages are read."""
        if docnames:
            say(f"Reading {len(docnames)} pages")

    def learn_total(self, app):
        """Have the builder tell how many pages it will write; no event of Sphinx does."""
        prepare = app.builder.prepare_writing

        def prepare_writing(docnames):
            self.total, self.number = len(docnames), 0
            say(f"Writing {self.total} pages")
            prepare(docnames)

        app.builder.prepare_writing = prepare_writing

    def write(self, app, doctree, docname):
        """Say which page is next; what comes after the last is read for the search."""
        if self.number == self.total:
            return
        self.number += 1
        say(f"  {self.number} of {self.total}  {docname}")

    def write_sources(self, app):
        """Say that the pages of source code come, which are many."""
        say("Writing the library's source code and what the search finds")
        return []


def setup(app):
    """Connect the extension; Sphinx calls this."""
    pages = Pages()
    # Behind the notebooks, which are run first.
    app.connect("env-before-read-docs", pages.announce, priority=900)
    app.connect("builder-inited", pages.learn_total)
    app.connect("doctree-resolved", pages.write)
    app.connect("html-collect-pages", pages.write_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
