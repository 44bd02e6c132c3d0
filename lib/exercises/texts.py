"""Markdown with formulas as HTML that reads the same in the book and in JupyterLab."""

from __future__ import annotations

import html
from functools import cache

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

__all__ = ["as_html", "as_mathml"]

_NAMES = ("&#x0221E;", "&#x022A4;")  # infinity, transposed


def as_html(text: str, *, inline: bool = False) -> str:
    """Write Markdown as HTML, its formulas as MathML.

    Parameters
    ----------
    text : str
        Paragraphs with ``code``, emphasis, links, lists, ``$formulas$`` and ``$$formulas$$``.
    inline : bool
        Expect one paragraph, and give what stands in it without the paragraph itself.

    Raises
    ------
    ValueError
        If a formula has no end or cannot be read, or there is more than one paragraph.

    Examples
    --------
    >>> as_html("*One* `x`", inline=True)
    '<em>One</em> <code>x</code>'
    """
    markdown = _markdown()
    tokens = markdown.parse(text.strip())
    for token in _flat(tokens):
        if token.type == "text" and "$" in token.content:
            raise ValueError(f"expected formulas between two $, got {token.content!r}")
    if not inline:
        return markdown.renderer.render(tokens, markdown.options, {}).strip()
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        raise ValueError(f"expected one paragraph, got {text!r}")
    return markdown.renderer.render([tokens[1]], markdown.options, {})


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": True})
    markdown.enable("smartquotes")
    markdown.use(dollarmath_plugin, allow_labels=False, allow_digits=False, double_inline=True)
    for kind in ("math_inline", "math_inline_double", "math_block"):
        markdown.add_render_rule(kind, _render_formula)
    return markdown


def _flat(tokens: list[Token]):
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _render_formula(renderer, tokens, index, options, env) -> str:
    token = tokens[index]
    return as_mathml(token.content.strip(), token.type != "math_inline")


def as_mathml(formula: str, is_display: bool) -> str:
    """Write a formula of LaTeX as MathML, with its source for what cannot show it.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    depth = 0
    for before, character in zip(" " + formula, formula, strict=False):
        depth += {"{": 1, "}": -1}.get(character, 0) if before != "\\" else 0
        if depth < 0:
            break
    try:
        if depth:
            raise ValueError("its braces do not match")
        written = convert(formula, display="block" if is_display else "inline")
    except Exception as error:
        raise ValueError(f"cannot read the formula ${formula}$: {error}") from error
    if "\\" in written:
        unknown = written.partition("\\")[2].partition("<")[0]
        raise ValueError(f"cannot read the formula ${formula}$: it knows no \\{unknown}")
    for name in _NAMES:  # it takes them for operators, and sets them apart
        written = written.replace(f"<mo>{name}</mo>", f"<mi>{name}</mi>")
    return written.replace("<math ", f'<math alttext="{html.escape(formula)}" ', 1)
