"""Sphinx extension: the book as one page to print, from the same cells as the pages. ``make pdf``.

Figures stand still, and what answers a question is gathered at the end of its chapter.
``book/print_pdf.py`` prints the page, and fills in the numbers of pages.
"""

from __future__ import annotations

import html
import re
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import matplotlib
from book_figures import pages_in_order
from book_mathml import write_as_pages_do
from book_paper import LOOKED_UP, bind_links, gather_answers, leave_out, mark_ids, slug_of
from book_still import leads, still
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder

# Pages that are nothing without scripts, or that show what stands elsewhere in the book.
LEFT_OUT = ("book/reference/figures", "book/calculator", "book/figures")
REFERENCE = "book/reference/"  # its pages are parts of the first of them
FIGURE_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
MATHJAX = ("mml-chtml.js", "output/chtml/fonts/woff-v2")
MARKS = str.maketrans({"✅": "✓", "❌": "✗", "\ufe0f": ""})  # colors of a screen
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="author" content="{author}">
<link rel="stylesheet" href="_static/paper.css">
<style>
{heads}
</style>
<script>window.MathJax = {{ options: {{ enableAssistiveMml: false, enableMenu: false }} }};</script>
<script defer src="_static/mathjax/mml-chtml.js"></script>
</head>
<body>
<section class="title-page">
{cover}
<p>{author}</p>
<p>Version {version}. What moves on its pages stands still here.</p>
</section>
<nav class="contents">
<h1 id="contents">Contents</h1>
{contents}
</nav>
{pages}
</body>
</html>
"""
# Chromium knows no named strings, so that the head of each chapter's pages takes a rule.
HEAD = """@page {name} {{ @top-left {{ content: "{title}"; }} }}
.{name} {{ page: {name}; }}"""
HEADING = re.compile(
    r'<section[^>]* id="([^"]+)"[^>]*>\s*(?:<span[^>]*></span>\s*)*<(h[12])>(.*?)</\2>', re.DOTALL
)
SECTION_NUMBER = re.compile(r'<span class="section-number">(.*?)</span>', re.DOTALL)


def is_left_out(docname: str) -> bool:
    """Tell whether a page is not printed."""
    return docname.startswith(LEFT_OUT)


def head_of(docname: str) -> str:
    """Name the page whose title stands above this one: the reference is one chapter of many."""
    return slug_of(f"{REFERENCE}index" if docname.startswith(REFERENCE) else docname)


class BookPdf(StandaloneHTMLBuilder):
    """Sphinx's builder of pages, which makes one of them all."""

    name = "pdf"
    epilog = "The page to print is in %(outdir)s."
    allow_parallel = False
    copysource = False
    embedded = True
    search = False

    def init(self) -> None:
        """Begin with no page."""
        super().init()
        self.bodies: dict[str, str] = {}

    def get_theme_config(self):
        """Take the theme that is no more than its parts: none of it is shown."""
        return "basic", {}

    def get_outdated_docs(self):
        """Write every page anew: together they are one."""
        return sorted(self.env.found_docs)

    def handle_page(
        self, pagename, addctx, templatename="page.html", outfilename=None, event_arg=None
    ):
        """Keep one page; those that Sphinx makes by itself, such as the search, not."""
        if "body" not in addctx or is_left_out(pagename):
            return

        def change(page):
            leave_out(page)
            mark_ids(page, pagename)
            bind_links(page, self, pagename)
            gather_answers(page, slug_of(pagename))

        body = addctx["body"].translate(MARKS)
        self.bodies[pagename] = still(body, leads(self, pagename, is_left_out), change)

    def finish(self) -> None:
        """Write the one page, and bring what it shows."""
        self.copy_image_files()
        place = Path(self.outdir) / "_static"
        shutil.rmtree(place, ignore_errors=True)
        source, mathjax = Path(self.srcdir) / "book", place / "mathjax"
        shutil.copytree(source / "pdf", place)
        shutil.copy2(source / "static" / "fonts" / "signs.woff2", place / "fonts")
        own = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
        for part in MATHJAX:
            (mathjax / part).parent.mkdir(parents=True, exist_ok=True)
            if (own / part).is_dir():
                shutil.copytree(own / part, mathjax / part)
            else:
                shutil.copy2(own / part, mathjax / part)
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        for name in FIGURE_FONTS:  # their texts were measured with it
            shutil.copy2(fonts / name, place / "fonts")
        (Path(self.outdir) / "book.html").write_text(self.written(), encoding="utf-8")

    def written(self) -> str:
        """Return the whole page."""
        order = [docname for docname in pages_in_order(self.env) if docname in self.bodies]
        cover = (Path(self.srcdir) / "book" / "epub" / "cover.svg").read_text(encoding="utf-8")
        return PAGE.format(
            title=html.escape(self.config.html_title),
            author=html.escape(self.config.author),
            version=html.escape(version("convnets-from-scratch")),
            heads="\n".join(self.head(d) for d in order if head_of(d) == slug_of(d)),
            cover=cover,
            contents=self.contents(order),
            pages="\n".join(self.chapter(docname) for docname in order),
        )

    def head(self, docname: str) -> str:
        """Return the rule for what stands above a chapter's pages."""
        (_, _, title), *_ = self.headings(docname)
        words = (
            html.unescape(re.sub(r"<[^>]+>", "", title)).replace("\\", r"\\").replace('"', r"\"")
        )
        return HEAD.format(name=f"head-{slug_of(docname)}", title=words)

    def chapter(self, docname: str) -> str:
        """Return one page of the pages, as a part of the whole."""
        slug = slug_of(docname)
        head = head_of(docname)
        return f'<article class="page head-{head}" id="{slug}">{self.bodies[docname]}</article>'

    def headings(self, docname: str) -> list[tuple[str, str, str]]:
        """List the headings of a page: where each is, its level, and its words."""
        return HEADING.findall(self.bodies[docname])

    def contents(self, order: list[str]) -> str:
        """Return the table of contents: the parts, the pages, and their sections."""
        captions = self.captions()
        lines = []
        for docname in order:
            if docname in captions:
                lines.append(f'<p class="contents-part">{html.escape(captions[docname])}</p>')
            for place, level, title in self.headings(docname):
                if level == "h2" and docname.startswith(LOOKED_UP):
                    continue
                if docname.startswith(REFERENCE) and docname != f"{REFERENCE}index":
                    level = "h2"
                words = re.sub(r"</?a\b[^>]*>", "", title)
                lines.append(
                    f'<p class="contents-{level}"><a href="#{place}">'
                    f'<span class="contents-title">{words}</span>'
                    f'<span class="page-of" data-of="{place}">000</span></a></p>'
                )
        return "\n".join(lines)

    def captions(self) -> dict[str, str]:
        """Return the caption of each part, by the page that it begins with."""
        root = self.env.get_doctree(self.config.root_doc)
        trees = [t for t in root.findall(addnodes.toctree) if t["entries"] and t.get("caption")]
        return {tree["entries"][0][1]: tree["caption"] for tree in trees}


def prepare(app):
    """Let the builder write all that the builder of pages writes."""
    if app.builder.name == BookPdf.name:
        write_as_pages_do(app, BookPdf.name)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.add_builder(BookPdf)
    app.connect("builder-inited", prepare, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
