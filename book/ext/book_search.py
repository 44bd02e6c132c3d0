"""Sphinx extension: search by sections, in place of Sphinx's own, which finds whole pages.

What can be found is a section of a page, a term of the glossary, an entry of the reference or a
work of the bibliography. They are written, with their words, into one script: a page that is read
from disk may load a script, and may fetch nothing. ``book/static/search.js`` looks in it, through
MiniSearch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from book_figures import pages_in_order
from docutils import nodes
from sphinx import addnodes

FILE = "_static/search-sections.js"
# Answers stay folded until the reader asks; outputs and hidden code are not what a page says.
UNREAD_CLASSES = {"dropdown", "solution", "cell_output", "tag_hide-input", "tag_hide-cell"}
UNREAD = (
    nodes.raw,
    nodes.comment,
    nodes.target,
    nodes.title,
    nodes.label,
    nodes.image,
    nodes.math_block,
    addnodes.toctree,
    addnodes.desc_signature,
    addnodes.index,
)
# What is found by itself is no part of the section around it.
FOUND_APART = (nodes.section, addnodes.glossary, addnodes.desc, nodes.citation)


def is_read(node: nodes.Node) -> bool:
    """Tell whether a node holds words that its page shows."""
    if isinstance(node, UNREAD):
        return False
    if isinstance(node, addnodes.pending_xref) and node.get("refdomain") == "cite":
        return False  # a key as yet
    classes = node.get("classes", ()) if isinstance(node, nodes.Element) else ()
    return UNREAD_CLASSES.isdisjoint(classes)


def words_of(env, node: nodes.Node) -> tuple[str, str]:
    """Return what a node says, apart from what is found by itself: its prose, and its code."""
    prose: list[str] = []
    code: list[str] = []

    def read(node):
        for child in node.children:
            if isinstance(child, FOUND_APART) or not is_read(child):
                continue
            if isinstance(child, nodes.Text):
                prose.append(str(child))
            elif isinstance(child, nodes.literal_block):
                code.append(child.astext())
            elif isinstance(child, nodes.math):
                formula = child.astext()
                prose.append(formula if formula.isalnum() else "…")
            elif isinstance(child, addnodes.pending_xref) and not child.astext():
                # A link without words of its own says the title of its page.
                if title := env.titles.get(str(child.get("reftarget")).removesuffix(".md")):
                    prose.append(title.astext())
            else:
                read(child)
                if not isinstance(child, nodes.Inline):
                    prose.append(" ")

    read(node)
    text = " ".join("".join(prose).split())
    return re.sub(r" (?=[.,;:)])|(?<=\() ", "", text), "\n".join(code)


def sections_of(env, doctree: nodes.document) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield kind, anchor, heading, prose and code of all that can be found in a page."""
    for section in doctree.findall(nodes.section):
        above = section.parent
        kind, headings = "page", []
        while isinstance(above, nodes.section):
            headings.insert(0, above.next_node(nodes.title).astext())
            above, kind = above.parent, "section"
        headings.append(section.next_node(nodes.title).astext())
        # The first heading is the page's title, which stands beside.
        heading = " › ".join(headings[1:])
        anchor = section["ids"][0] if headings[1:] else ""
        yield kind, anchor, heading, *words_of(env, section)
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            terms = [child for child in item.children if isinstance(child, nodes.term)]
            heading = ", ".join(term.astext() for term in terms)
            yield "term", terms[0]["ids"][0], heading, *words_of(env, item.children[-1])
    for entry in doctree.findall(addnodes.desc):
        for signature in entry.findall(addnodes.desc_signature):
            if signature.parent is entry and signature["ids"]:
                content = entry.next_node(addnodes.desc_content)
                yield "entry", signature["ids"][0], signature["fullname"], *words_of(env, content)
    for work in doctree.findall(nodes.citation):
        prose, _ = words_of(env, work)
        author, years = prose.partition(",")[0], re.findall(r"\b(?:19|20)\d\d\b", prose)
        yield "work", work["ids"][0], ", ".join([author, *years[-1:]]), prose, ""


def write_sections(app) -> list:
    """Write the script of all sections, and have the page of the search written."""
    env, found = app.env, []
    for page in pages_in_order(env):
        doctree = env.get_doctree(page)
        if any(map(is_bibliography, doctree.findall())):
            doctree = env.get_and_resolve_doctree(page, app.builder)
        address, title = app.builder.get_target_uri(page), env.titles[page].astext()
        for kind, anchor, *words in sections_of(env, doctree):
            link = f"{address}#{anchor}" if anchor else address
            found.append([kind, link, title, *words])
    file = Path(app.outdir) / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    sections = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    file.write_text(f"var BOOK_SECTIONS = [\n{sections}\n];\n", encoding="utf-8")
    return [("search", {}, "search.html")]


def is_bibliography(node: nodes.Node) -> bool:
    """Tell whether a list of works, which is made late, will stand here."""
    return type(node).__name__ == "bibliography"


def leave_out_sphinx_search(app):
    """Make no index of pages; the page of the search is written with the sections."""
    app.builder.search = False


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.connect("builder-inited", leave_out_sphinx_search)
    app.connect("html-collect-pages", write_sections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
