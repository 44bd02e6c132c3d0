"""Figures that can be touched, each in a page of its own, read from disk as a reader may."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from lib.widgets.base import FOLDER, Widget, once, scripts_of, slim, styles_of
from tests.figure_pages import GROUND, opener

NAMED = {"name": "a-figure", "caption": "What it shows."}


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


def check_readiness(page: Page) -> None:
    """Hold every figure to being ready once the page is loaded."""
    for figure in page.locator(".widget").all():
        assert figure.get_attribute("data-ready") == "true"


def compute(page: Page, function: str, cases) -> list:
    """Call a function in the page with many cases, which travel faster as a text."""
    text = page.evaluate(
        f"cases => JSON.stringify(({function})(JSON.parse(cases)))", json.dumps(cases)
    )
    return json.loads(text)


@pytest.fixture
def shown(chromium, sheet, tmp_path):
    """A function that opens a page with some figures, offline, and checks its log at the end."""
    with opener(chromium, sheet, tmp_path, page_of, check_readiness) as show:
        yield show
