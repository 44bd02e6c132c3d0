"""Formulas as MathML, for the forms of the book that are no pages in a browser."""

from __future__ import annotations

import html
import re

from docutils import nodes
from sphinx.util import logging

from lib.exercises.texts import as_mathml

MANY_LINES = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
# What makes MathML knows no sizes of braces, and MathML finds them by itself.
SIZED = re.compile(r"\\[bB]igg?[lr](?=\\[{}])")

log = logging.getLogger(__name__)


def write_inline(translator, node):
    """Write a formula in a line."""
    translator.body.append(formula(node, node.astext(), is_display=False))
    raise nodes.SkipNode


def write_block(translator, node):
    """Write a formula of its own; its lines are aligned where it has some."""
    text = node.astext()
    outside = MANY_LINES.sub("", text)
    if "&" in outside or r"\\" in outside:
        text = rf"\begin{{split}}{text}\end{{split}}"
    translator.body.append(f'<div class="math">{formula(node, text, is_display=True)}</div>')
    raise nodes.SkipNode


def formula(node, text: str, *, is_display: bool) -> str:
    """Return MathML; where there is none of a formula, its source."""
    try:
        text = SIZED.sub("", text).replace("{aligned}", "{split}")
        written = as_mathml(text, is_display)
    except ValueError as error:
        log.warning("expected a formula that MathML can hold: %s", error, location=node)
        return f"<code>{html.escape(text)}</code>"
    # It leaves an ampersand of \text as it is, and one that is no entity is no XML.
    return re.sub(r"&(?!#?\w+;)", "&amp;", written)


def write_as_pages_do(app, builder: str) -> None:
    """Let a builder write all that the builder of pages writes, and formulas as MathML."""
    handlers = app.registry.translation_handlers
    handlers[builder] = {**handlers.get("html", {}), **handlers.get(builder, {})}
    app.add_node(nodes.math, override=True, **{builder: (write_inline, None)})
    app.add_node(nodes.math_block, override=True, **{builder: (write_block, None)})
