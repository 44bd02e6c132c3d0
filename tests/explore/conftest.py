"""Figures of ``explore()`` in a page of their own, read from disk as a reader may."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

import lib.explore
from lib.explore import Explore, Still
from tests.figure_pages import GROUND, opener

OWN = Path(lib.explore.__file__).parent
STATIC = Path(__file__).resolve().parents[2] / "book" / "static"


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


def wait_until_ready(page: Page) -> None:
    """Wait until every figure has unpacked its states."""
    page.wait_for_function(
        """() => Array.from(document.querySelectorAll(".explore"))
            .every(figure => figure.dataset.ready === "true")"""
    )


@pytest.fixture
def shown(chromium, sheet, tmp_path):
    """A function that opens a page with some figures, offline, and checks its log at the end."""
    with opener(chromium, sheet, tmp_path, page_of, wait_until_ready) as show:
        yield show
