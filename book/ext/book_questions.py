"""Sphinx extension: questions veil the output of the next cell and what is said of it.

Jupyter Book loads it through ``local_extensions`` in ``_config.yml``. Here cell and text are only
marked; the style veils them, on screens where scripts run, and the script lifts the veil.
"""

from __future__ import annotations

import re
from pathlib import Path

from book_widgets import copy_to_pages
from docutils import nodes

from lib.exercises.asking import HERE

PREDICTION = re.compile(r'data-question="([\w-]+)" data-kind="prediction"')
PLACE = "_static/questions"
SCRIPTS = ("question.js", "page.js")
STYLE = "question.css"


def mark_cells(app, doctree, docname):
    """Mark the cell of code after each prediction, and the text below it, with its name."""
    waiting = None
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code":
            continue
        if waiting:
            veil = f"veiled-by-{waiting}"
            cell["classes"] += ["veiled", veil]
            if text := text_below(cell):
                place = cell.parent.index(text[0])
                for part in text:
                    cell.parent.remove(part)
                cell.parent.insert(place, nodes.container("", *text, classes=["veiled-text", veil]))
        outputs = "".join(raw.astext() for raw in cell.findall(nodes.raw))
        asked = PREDICTION.findall(outputs)
        waiting = asked[-1] if asked else None


def text_below(cell):
    """Return what follows a cell of code in its section, before the next cell or heading."""
    following = cell.parent[cell.parent.index(cell) + 1 :]
    ends = (
        isinstance(node, nodes.section) or node.get("nb_element") == "cell_code"
        for node in following
    )
    return following[: next((place for place, ends_here in enumerate(ends) if ends_here), None)]


def add_scripts(app, pagename, templatename, context, doctree):
    """Name in a page the script and the style of its questions."""
    if re.search(r'class="(?:question|answers-kept)"', context.get("body", "")):
        app.add_css_file(f"questions/{STYLE}")
        for file in SCRIPTS:
            app.add_js_file(f"questions/{file}", loading_method="defer")


def copy_scripts(app, exception):
    """Give the pages the script and the style of questions."""
    if exception is None:
        copy_to_pages((HERE / file for file in (STYLE, *SCRIPTS)), Path(app.outdir) / PLACE)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.connect("doctree-resolved", mark_cells)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", copy_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
