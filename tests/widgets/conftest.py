"""Figures that can be touched, each in a page of its own, read from disk as a reader may."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from playwright.sync_api import Page

from lib.widgets.base import FOLDER, Widget, once, scripts_of, slim, styles_of
from tests.browser import new_page

NAMED = {"name": "a-figure", "caption": "What it shows."}
COLUMN = {"width": 800, "height": 900}  # about as wide as the text of a page
# The theme's colors, which the book's pages bring along.
GROUND = (
    "body { font: 17px sans-serif; margin: 1em auto; max-width: 44rem; padding: 0 8px }"
    "html[data-theme=dark] body { background: #121212; color: #ced6dd }"
)


def text_of(files) -> str:
    """Return the contents of files of ``lib/widgets``, one after another."""
    return "\n".join((FOLDER / file).read_text(encoding="utf-8") for file in files)


def page_of(*widgets: Widget, theme="light") -> str:
    """Write a page with some figures, as the book writes them."""
    names = [widget.kind for widget in widgets]
    styles = text_of(dict.fromkeys(f for name in names for f in styles_of(name)))
    scripts = slim(text_of([*dict.fromkeys(f for n in names for f in scripts_of(n)), "page.js"]))
    figures = once("".join(widget.page() for widget in widgets))
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">'
        f"<title>Figures</title><style>{GROUND}{styles}</style>"
        f"<body><main><h1>Figures</h1>{figures}</main><script>{scripts}</script></body></html>"
    )


@pytest.fixture
def shown(chromium, tmp_path):
    """A function that opens a page with some figures, offline, and checks its log at the end."""
    with ExitStack() as stack:
        logs = []

        def show(*widgets, theme="light", viewport=COLUMN, **options) -> Page:
            file = tmp_path / f"page{len(logs)}.html"
            file.write_text(page_of(*widgets, theme=theme), encoding="utf-8")
            context = new_page(chromium, viewport=viewport, offline=True, **options)
            page, log = stack.enter_context(context)
            logs.append(log)
            page.goto(file.as_uri())
            for figure in page.locator(".widget").all():
                assert figure.get_attribute("data-ready") == "true"
            return page

        yield show
        assert [problem for log in logs for problem in log.problems()] == []
