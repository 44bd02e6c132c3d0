"""Figures of ``explore()`` in a page of their own, read from disk as a reader may."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page

import lib.explore
from lib.explore import Explore, Still
from tests.browser import new_page

OWN = Path(lib.explore.__file__).parent
STATIC = Path(__file__).resolve().parents[2] / "book" / "static"
COLUMN = {"width": 800, "height": 900}  # about as wide as the text of a page
GROUND = (
    "body { font: 17px sans-serif; margin: 1em auto; max-width: 44rem; padding: 0 8px }"
    "html[data-theme=dark] body { background: #121212; color: #ced6dd }"
)


def page_of(*figures: Explore | Still, theme="light") -> str:
    """Write a page with some figures, as the book writes them."""
    styles = [*(OWN / f for f in ("controls.css", "figure.css")), STATIC / "explore.css"]
    scripts = [*(OWN / f for f in ("controls.js", "figure.js")), STATIC / "explore.js"]
    style, script = (
        "\n".join(f.read_text(encoding="utf-8") for f in fs) for fs in (styles, scripts)
    )
    shown = "".join(figure._repr_mimebundle_()["text/html"] for figure in figures)
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Figures</title><style>{GROUND}{style}</style>"
        f"<body><main><h1>Figures</h1>{shown}</main><script>{script}</script></body></html>"
    )


@pytest.fixture
def shown(chromium, tmp_path):
    """A function that opens a page with some figures, offline, and checks its log at the end."""
    with ExitStack() as stack:
        logs = []

        def show(*figures, theme="light", viewport=COLUMN, **options) -> Page:
            file = tmp_path / f"page{len(logs)}.html"
            file.write_text(page_of(*figures, theme=theme), encoding="utf-8")
            context = new_page(chromium, viewport=viewport, offline=True, **options)
            page, log = stack.enter_context(context)
            logs.append(log)
            page.goto(file.as_uri())
            page.wait_for_function(
                """() => Array.from(document.querySelectorAll(".explore"))
                    .every(figure => figure.dataset.ready === "true")"""
            )
            return page

        yield show
        assert [problem for log in logs for problem in log.problems()] == []
