"""Figures in a page of their own, read from disk as a reader may."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import Log, new_page

COLUMN = {"width": 800, "height": 900}  # about as wide as the text of a page
# The theme's colors, which the book's pages bring along.
GROUND = (
    "body { font: 17px sans-serif; margin: 1em auto; max-width: 44rem; padding: 0 8px }"
    "html[data-theme=dark] body { background: #121212; color: #ced6dd }"
)


FORGET = "() => { try { localStorage.clear() } catch { /* a test took it away */ } }"


@contextmanager
def opener(
    chromium: Browser,
    sheet: tuple[Page, Log],
    folder: Path,
    page_of: Callable[..., str],
    wait_until_ready: Callable[[Page], None],
) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page with some figures, offline; check its log at the end.

    The page takes the place of the last on ``sheet``, which all tests share: a new browser for
    each costs three times as much. Who needs another kind of browser, says so in ``options``.
    """
    page, log = sheet
    log.clear()
    with ExitStack() as stack:
        logs, files = [log], itertools.count()

        def show(*figures, theme="light", viewport=COLUMN, **options) -> Page:
            file = folder / f"page{next(files)}.html"
            file.write_text(page_of(*figures, theme=theme), encoding="utf-8")
            if options:
                context = new_page(chromium, viewport=viewport, offline=True, **options)
                shown, own = stack.enter_context(context)
                logs.append(own)
            else:
                shown = page
                page.mouse.move(0, 0)  # away from what the last test pointed at
                page.emulate_media(media="screen")
                page.set_viewport_size(viewport)
            shown.goto(file.as_uri())
            wait_until_ready(shown)
            return shown

        try:
            yield show
        finally:
            page.evaluate(FORGET)
        assert [problem for log in logs for problem in log.problems()] == []
