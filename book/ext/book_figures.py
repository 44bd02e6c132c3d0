"""Sphinx extension: figures with numbers, captions and links, and the list of them all.

What ``lib/explore`` and ``lib/widgets`` write into a page is a figure with a name and a caption. It
becomes a figure of Sphinx: numbered by chapter, and reached by its name, with ``[text](#name)`` or
with the role ``numref``. The directive ``figure-list`` shows the figures of every page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

# As lib/explore/naming.py writes them.
FIGURE = re.compile(
    r'<figure class="book-figure" id="([^"]+)"[^>]*>(.*)'
    r"<figcaption[^>]*>(.*)</figcaption></figure>",
    re.DOTALL,
)
CODE = re.compile(r"<code>(.*?)</code>")
# As lib/explore and lib/widgets write the picture of a figure that does not move.
PICTURE = re.compile(r'<div class="explore-figure">(.*?)</div>', re.DOTALL)
CLASS = "book-figure"

# What a folded part of a cell says, by what is folded.
PROMPTS = {"input": "the code", "output": "the output", "all": "the code and what it gives"}

log = logging.getLogger(__name__)


class NumberFigures(SphinxTransform):
    """Make figures of a page's outputs, before Sphinx gathers the names of the page."""

    default_priority = 800

    def apply(self, **_kwargs) -> None:
        """Replace each output that is a figure."""
        for raw in list(self.document.findall(nodes.raw)):
            if raw.get("format") == "html" and (found := FIGURE.fullmatch(raw.astext().strip())):
                # Not replace_self, which would hand on the look of an output to the caption.
                raw.parent.replace(raw, self.figure(raw, *found.groups()))
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code" and "prompt_show" in cell:
                say_what_opens(cell)

    def figure(self, raw: nodes.raw, name: str, content: str, caption: str) -> nodes.figure:
        """Return a figure of docutils: its content as it is, its caption as text."""
        figure = nodes.figure("", classes=[CLASS])
        figure.source, figure.line = raw.source, raw.line
        figure += nodes.raw("", content, format="html", classes=raw["classes"])
        figure += nodes.caption("", "", *words_of(caption))
        if name in self.document.ids:
            log.warning(
                "expected a figure's name to be its own in its page, got %r, which a heading or "
                "another figure has",
                name,
                location=raw,
            )
        else:
            figure["names"], figure["ids"] = [name], [name]
            self.document.note_explicit_target(figure)
        return figure


def words_of(caption: str) -> Iterator[nodes.Node]:
    """Yield a caption written in HTML as text and code."""
    for place, part in enumerate(CODE.split(caption)):
        if part:
            text = html.unescape(part)
            yield nodes.literal("", text) if place % 2 else nodes.Text(text)


def say_what_opens(cell: nodes.container) -> None:
    """Name what the folded part of a cell holds, where a reader unfolds it."""
    words = PROMPTS.get(cell.get("hide_mode"), "more")
    drawn = any(CLASS in figure["classes"] for figure in cell.findall(nodes.figure))
    if drawn and cell.get("hide_mode") == "input":
        words = "the code of this figure"
    cell["prompt_show"], cell["prompt_hide"] = f"Show {words}", f"Hide {words}"


# --- the list of all figures ----------------------------------------------------------------------


class FigureList(nodes.General, nodes.Element):
    """Where the list will stand once every page is read."""


class ListFigures(SphinxDirective):
    """Mark the place of the list."""

    def run(self) -> list[nodes.Node]:
        """Depend on every page that may hold a figure."""
        self.env.note_dependency(__file__)
        for docname in self.env.found_docs - {self.env.docname}:
            self.env.note_dependency(self.env.doc2path(docname))
        return [FigureList()]


def pages_in_order(env) -> Iterator[str]:
    """Yield the names of all pages, in the order of the table of contents."""
    waiting, seen = [env.config.root_doc], set()
    while waiting:
        docname = waiting.pop(0)
        if docname not in seen:
            seen.add(docname)
            yield docname
            waiting[:0] = env.toctree_includes.get(docname, [])


def figures_in(doctree: nodes.document) -> Iterator[nodes.figure]:
    """Yield the named figures of a page."""
    for figure in doctree.findall(nodes.figure):
        if CLASS in figure["classes"]:
            yield figure


def card(figure: nodes.figure, number: str, docname: str, link: str) -> nodes.list_item:
    """Return one figure of the list. The ids in its drawing are made the list's own."""
    (name,), caption = figure["ids"], figure.next_node(nodes.caption)
    picture = PICTURE.search(figure.next_node(nodes.raw).astext())[1]
    picture = picture.replace(f"{name}--", f"{Path(docname).name}--{name}--")
    title = nodes.reference("", number, internal=True, refuri=f"{link}#{name}")
    words = nodes.paragraph("", "", title, nodes.Text(" "), *(n.deepcopy() for n in caption))
    return nodes.list_item(
        "", nodes.raw("", picture, format="html"), words, classes=["figure-card"]
    )


def number_of(env, docname: str, name: str) -> str:
    """Write the number of a figure as its caption does."""
    numbers = env.toc_fignumbers[docname]["figure"][name]
    return env.config.numfig_format["figure"] % ".".join(map(str, numbers))


def write_lists(app, doctree, docname):
    """Fill in the list, after every page has been read."""
    env = app.env
    for place in list(doctree.findall(FigureList)):
        content: list[nodes.Node] = []
        for page in pages_in_order(env):
            found = list(figures_in(env.get_doctree(page)))
            if not found:
                continue
            link = app.builder.get_relative_uri(docname, page)
            number = ".".join(map(str, env.toc_secnumbers.get(page, {}).get("", ())))
            title = f"{number}{app.config.html_secnumber_suffix if number else ''}"
            title += env.titles[page].astext()
            section = nodes.section(ids=[nodes.make_id(env.titles[page].astext())])
            section += nodes.title("", title)
            cards = (card(f, number_of(env, page, f["ids"][0]), page, link) for f in found)
            section += nodes.bullet_list("", *cards, classes=["figure-list"])
            content.append(section)
        place.replace_self(content)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.add_transform(NumberFigures)
    app.add_node(FigureList)
    app.add_directive("figure-list", ListFigures)
    app.connect("doctree-resolved", write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
