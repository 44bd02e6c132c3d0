"""Sphinx extension: the list of all figures with controls, gathered from the chapters themselves.

The directive ``figure-list`` shows, for each chapter, the section of each figure, its controls, and
the figure as the reader finds it, and leads there.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

# As lib/explore/static.py writes them.
FIGURE = re.compile(r'<div class="explore" id="([^"]+)"')
CONTROLS = re.compile(r'data-controls="([^"]*)"')
PICTURE = re.compile(r'<div class="explore-figure">(.*?)</div>', re.DOTALL)


class Found(NamedTuple):
    """A figure with controls in a page."""

    id: str
    section: str
    controls: list[str]
    picture: str


class FigureList(nodes.General, nodes.Element):
    """Where the list will stand once every page is read."""


class ListFigures(SphinxDirective):
    """Mark the place of the list."""

    def run(self) -> list[nodes.Node]:
        """Depend on every page that may hold a figure."""
        self.env.note_dependency(__file__)
        for docname in pages_in_order(self.env):
            self.env.note_dependency(self.env.doc2path(docname))
        return [FigureList()]


def pages_in_order(env) -> list[str]:
    """Return the names of the chapters, in their order."""
    return sorted(name for name in env.found_docs if name.startswith("chapters/"))


def figures_in(doctree: nodes.document) -> Iterator[Found]:
    """Find the figures with controls of a page."""
    for raw in doctree.findall(nodes.raw):
        markup = raw.astext()
        if found := FIGURE.search(markup):
            place = raw
            while not isinstance(place, nodes.section):
                place = place.parent
            title = place.next_node(nodes.title).astext()
            controls = json.loads(html.unescape(CONTROLS.search(markup)[1]))
            labels = [control["label"] for control in controls]
            yield Found(found[1], title, labels, PICTURE.search(markup)[1])


def card(found: Found, docname: str, link: str) -> str:
    """Write one figure of the list. The ids in its drawing are made the list's own."""
    picture = found.picture.replace(f"{found.id}-", f"{Path(docname).name}-{found.id}-")
    controls = ", ".join(map(html.escape, found.controls))
    return (
        f'<li class="figure-card"><a href="{link}#{found.id}">{html.escape(found.section)}</a>'
        f"<p>{'control' if len(found.controls) == 1 else 'controls'}: {controls}</p>{picture}</li>"
    )


def write_lists(app, doctree, docname):
    """Fill in the list, after every page has been read."""
    for place in list(doctree.findall(FigureList)):
        content: list[nodes.Node] = []
        for chapter in pages_in_order(app.env):
            found = list(figures_in(app.env.get_doctree(chapter)))
            if not found:
                continue
            link = app.builder.get_relative_uri(docname, chapter)
            title = app.env.titles[chapter].astext()
            cards = "".join(card(figure, chapter, link) for figure in found)
            section = nodes.section(ids=[nodes.make_id(title)])
            section += nodes.title("", title)
            section += nodes.raw("", f'<ul class="figure-list">{cards}</ul>', format="html")
            content.append(section)
        place.replace_self(content)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.add_node(FigureList)
    app.add_directive("figure-list", ListFigures)
    app.connect("doctree-resolved", write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
