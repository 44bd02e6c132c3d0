"""Sphinx extension: what a typesetter minds and HTML does not.

A full stop stays with the formula before it, and a size such as 3 × 3 in one line; marks for right
and wrong are drawn, alike on every machine, and the bibliography names surnames first, as it is
sorted.
"""

from __future__ import annotations

import re

from docutils import nodes
from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style as AlphaStyle

# What follows a formula without a space, up to where a line may end.
BEHIND = re.compile(r"[^\s—–]{1,12}(?=\s|$)")
# A line ends neither inside a size, as in 3 × 3, nor before the sign of a percentage.
UNBROKEN = re.compile(r"(?<=[\w)]) (?=[×%])|(?<=\w ×) (?=[\w(])")
UNSPACED = (nodes.literal, nodes.FixedTextElement, nodes.raw, nodes.math)
MARKS = {"✅": "right", "❌": "wrong"}
# Tags are passed over, and the whole of what is no text of the page.
TAG_OR_MARK = re.compile(
    r"<(script|style|textarea)\b.*?</\1>|<[^>]+>|([✅❌])\ufe0f?", re.DOTALL | re.IGNORECASE
)


class SurnameFirst(AlphaStyle):
    """The style of the bibliography: ``LeCun, Y.``."""

    default_name_style = "lastfirst"

    def __init__(self, **options):
        super().__init__(**options | {"abbreviate_names": True})


def keep_together(app, doctree, docname):
    """Let no line end between a formula and the punctuation behind it."""
    for formula in list(doctree.findall(nodes.math)):
        parent = formula.parent
        place = parent.index(formula)
        following = parent[place + 1] if place + 1 < len(parent) else None
        if not isinstance(following, nodes.Text) or not (found := BEHIND.match(following)):
            continue
        parent[place + 1] = nodes.Text(following[found.end() :])
        parent[place] = nodes.inline("", "", formula, nodes.Text(found[0]), classes=["together"])


def keep_sizes(app, doctree, docname):
    """Let no line end inside a size or a percentage."""
    for text in list(doctree.findall(nodes.Text)):
        if UNBROKEN.search(text) and not isinstance(text.parent, UNSPACED):
            text.parent.replace(text, nodes.Text(UNBROKEN.sub("\u00a0", text)))


def draw_marks(app, pagename, templatename, context, doctree):
    """Have the marks for right and wrong drawn; who copies the text still gets them."""

    def drawn(found):
        name = MARKS.get(found[2])
        return (
            f'<span class="mark-{name}" role="img" aria-label="{name}">{found[2]}</span>'
            if name
            else found[0]
        )

    if doctree is not None and any(mark in context["body"] for mark in MARKS):
        context["body"] = TAG_OR_MARK.sub(drawn, context["body"])


def setup(app):
    """Connect the extension; Sphinx calls this."""
    register_plugin("pybtex.style.formatting", "surname_first", SurnameFirst)
    app.connect("doctree-resolved", keep_together)
    app.connect("doctree-resolved", keep_sizes)
    app.connect("html-page-context", draw_marks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
