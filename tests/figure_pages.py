"""Figures in a page of their own, read from disk as a reader may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import new_page

COLUMN = {"width": 800, "height": 900}  # about as wide as the text of a page
# The theme's colors, which the book's pages bring along.
GROUND = (
    "body { font: 17px sans-serif; margin: 1em auto; max-width: 44rem; padding: 0 8px }"
    "html[data-theme=dark] body { background: #121212; color: #ced6dd }"
)


@contextmanager
def opener(
    chromium: Browser,
    folder: Path,
    page_of: Callable[..., str],
    wait_until_ready: Callable[[Page], None],
) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page with some figures, offline; check its log at the end."""
    with ExitStack() as stack:
        logs = []

        def show(*figures, theme="light", viewport=COLUMN, **options) -> Page:
            file = folder / f"page{len(logs)}.html"
            file.write_text(page_of(*figures, theme=theme), encoding="utf-8")
            context = new_page(chromium, viewport=viewport, offline=True, **options)
            page, log = stack.enter_context(context)
            logs.append(log)
            page.goto(file.as_uri())
            wait_until_ready(page)
            return page

        yield show
        assert [problem for log in logs for problem in log.problems()] == []
