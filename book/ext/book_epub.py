"""Sphinx extension: the book as an EPUB 3, from the same cells as the pages. ``make epub``.

Formulas are MathML, figures stand still, answers are folded; no script runs in it.
"""

from __future__ import annotations

import html
import posixpath
import re
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from book_mathml import write_as_pages_do
from book_still import leads, still
from sphinx.builders.epub3 import Epub3Builder

# Pages that are nothing without scripts, or that nobody reads from the first line to the last.
LEFT_OUT = ("book/reference/", "book/calculator", "book/figures")
PAGE = """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="en" xml:lang="en">
<head><meta charset="utf-8"/><title>{title}</title>\
<link rel="stylesheet" href="{root}_static/epub.css"/></head>
<body>
{body}
</body>
</html>
"""
# Reader programs show only pixels on their shelves; on its page the cover is sharp at any size.
COVER, COVER_PAGE, COVER_DRAWN = "_static/cover.png", "cover", "_static/cover.svg"
# What the package has to say of a page that holds it.
PROPERTIES = {"mathml": "<math", "svg": "<svg"}


def is_left_out(docname: str) -> bool:
    """Tell whether a page is not in the e-book."""
    return docname.startswith(LEFT_OUT)


class BookEpub(Epub3Builder):
    """Sphinx's builder, with pages of our own."""

    supported_remote_images: ClassVar[bool] = False

    def prepare_writing(self, docnames):
        """Make no list of modules: the reference is left out."""
        super().prepare_writing(docnames)
        self.domain_indices = []

    def write_doc(self, docname, doctree):
        """Write what is not left out."""
        if not is_left_out(docname):
            super().write_doc(docname, doctree)

    def get_toc(self):
        """Put the numbers of chapters into the contents; leave out what is left out of the book."""
        super().get_toc()
        numbers = self.env.toc_secnumbers
        for entry in self.refnodes:  # it takes addresses as seen from the first page
            entry["refuri"] = posixpath.normpath(entry["refuri"])
            docname = entry["refuri"].removesuffix(self.out_suffix)
            if number := numbers.get(docname, {}).get(""):
                entry["text"] = f"{'.'.join(map(str, number))}  {entry['text']}"
        self.refnodes = [e for e in self.refnodes if not is_left_out(e["refuri"])]

    def handle_page(
        self, pagename, addctx, templatename="page.html", outfilename=None, event_arg=None
    ):
        """Write one page as XHTML; those that Sphinx makes by itself, such as the search, not."""
        if "body" not in addctx or is_left_out(pagename):
            return
        depth = pagename.count("/")
        body = still(addctx["body"], leads(self, pagename, is_left_out))
        title = re.sub(r"<[^>]+>", "", addctx["title"])
        page = PAGE.format(title=title, root="../" * depth, body=body)
        self.write_file(pagename, page)

    def write_file(self, pagename: str, page: str) -> None:
        """Write a page to its place."""
        path = Path(self.outdir) / f"{pagename}{self.out_suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")

    def copy_static_files(self):
        """Bring the style, and the cover."""
        place = Path(self.outdir) / "_static"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        own = Path(self.srcdir) / "book" / "epub"
        for file in own.iterdir():
            shutil.copy2(file, place)

    def gen_additional_pages(self):
        """Make the page of the cover, and no page for a search."""
        title = html.escape(self.config.epub_title)
        body = f'<section epub:type="cover"><img src="{COVER_DRAWN}" alt="{title}"/></section>'
        self.write_file(COVER_PAGE, PAGE.format(title=title, root="", body=body))

    def build_content(self):
        """Write the package's list of files, and say of each what it holds."""
        super().build_content()
        path = Path(self.outdir) / "content.opf"
        package = path.read_text(encoding="utf-8")
        for page in Path(self.outdir).rglob(f"*{self.out_suffix}"):
            name = page.relative_to(self.outdir).as_posix()
            content = page.read_text(encoding="utf-8")
            held = " ".join(kind for kind, tag in PROPERTIES.items() if tag in content)
            package = with_properties(package, name, held)
        package = with_properties(package, COVER, "cover-image")
        path.write_text(begin_with(package, f"{COVER_PAGE}{self.out_suffix}"), encoding="utf-8")


def with_properties(package: str, name: str, properties: str) -> str:
    """Say in the list of files what one of them holds, or is."""
    if not properties:
        return package
    entry = re.compile(rf'(<item [^>]*href="{re.escape(name)}"[^>]*?)\s*/>')
    return entry.sub(rf'\1 properties="{properties}"/>', package)


def begin_with(package: str, page: str) -> str:
    """Let the book begin with a page that is not in its contents, which Sphinx puts last."""
    name = re.search(rf'<item id="([^"]+)" href="{re.escape(page)}"', package)[1]
    package = re.sub(rf'\s*<itemref idref="{name}"[^>]*/>', "", package)
    return re.sub(r"(<spine [^>]*>)", rf'\1\n    <itemref idref="{name}" />', package)


def prepare(app):
    """Give the builder what it lacks."""
    if app.builder.name != BookEpub.name:
        return
    app.config.epub_cover = (COVER, "")
    # Sphinx takes the title from its project, which Jupyter Book leaves without a name.
    app.config.epub_title = app.config.html_title
    app.config.epub_contributor = app.config.author
    app.config.version = app.config.version or version("convnets-from-scratch")
    write_as_pages_do(app, BookEpub.name)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.setup_extension("sphinx.builders.epub3")
    app.add_builder(BookEpub, override=True)
    app.connect("builder-inited", prepare, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
