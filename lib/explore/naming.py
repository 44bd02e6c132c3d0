"""What every figure of the book has: a name that links lead to, and a caption."""

from __future__ import annotations

import html
import re

__all__ = ["caption_html", "check_caption", "check_name", "figure_html"]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CODE = re.compile(r"`([^`]+)`")
_CODE_OR_APOSTROPHE = re.compile(_CODE.pattern + r"|(?<=\w)'(?=\w)")


def check_name(name: object) -> str:
    """Return the name of a figure; refuse what cannot stand in an address for long."""
    expected = "name must be lower-case words with hyphens between them, such as 'one-window'"
    if not isinstance(name, str):
        raise TypeError(f"{expected}; got {name!r}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{expected}; got {name!r}")
    return name


def check_caption(caption: object) -> str:
    """Return the caption of a figure; refuse one that says nothing, or leaves its code open."""
    expected = "caption must be a sentence or two saying what the figure shows"
    if not isinstance(caption, str) or not caption.strip():
        raise TypeError(f"{expected}; got {caption!r}")
    if "`" in _CODE.sub("", caption):
        raise ValueError(f"{expected}, its code between two backticks; got {caption!r}")
    return caption


def caption_html(caption: str) -> str:
    """Write a caption as a part of a page: its code as code, its apostrophes as in print."""
    return _CODE_OR_APOSTROPHE.sub(
        lambda found: f"<code>{found[1]}</code>" if found[1] else "\N{RIGHT SINGLE QUOTATION MARK}",
        html.escape(caption, quote=False),
    )


def figure_html(name: str, caption: str, content: str) -> str:
    """Write a figure as a part of a page: its name is its id, its caption stands below.

    The book's ``book/ext/book_figures.py`` reads this form, and adds the number.
    """
    words = caption_html(caption)
    return (
        f'<figure class="book-figure" id="{name}" style="margin:0">{content}'
        f'<figcaption style="font-size:.9em;margin:.5em 0 0">{words}</figcaption></figure>'
    )
