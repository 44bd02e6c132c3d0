"""The built book, and a browser to read it in: from the disk, and from a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.book.built import (
    HTML,
    NARROW,
    WIDE,
    chapters,
    check_built,
    pages,
    pages_to_read,
    wait_until_ready,
)
from tests.browser import Log, new_context, new_page, serve

MODES = ("http", "file")
# The window, the reader's colors and the medium; a page is printed by who reads it in the dark.
LOOKS = {
    "wide": (WIDE, "light", "screen"),
    "narrow": (NARROW, "light", "screen"),
    "dark": (WIDE, "dark", "screen"),
    "paper": (WIDE, "dark", "print"),
}


@dataclass
class Reading:
    """A page of the book, open in the browser."""

    name: str
    page: Page
    log: Log
    look: str = "wide"

    def seen(self, look: str) -> Reading:
        """Look at the page in one of the ways of :data:`LOOKS`, and wait until it has that look."""
        if look != self.look:
            size, colors, medium = LOOKS[look]
            self.page.emulate_media(media="screen")  # from paper back to the theme, and then on
            self.page.emulate_media(color_scheme=colors)
            self._wait_for(theme=colors)
            self.page.set_viewport_size(size)
            self.page.emulate_media(media=medium)
            theme = "light" if medium == "print" else colors
            self._wait_for(theme=theme, width=size["width"])
            self.look = look
        return self

    def _wait_for(self, theme: str, width: int | None = None) -> None:
        self.page.wait_for_function(
            """([theme, width]) => document.documentElement.dataset.theme === theme
                && [null, innerWidth].includes(width)""",
            arg=[theme, width],
        )
        # A button takes a moment to change its color, and half-way nobody can read it.
        self.page.evaluate(
            """() => Promise.race([
                Promise.allSettled(document.getAnimations()
                    .filter(one => one.playState === "running").map(one => one.finished)),
                new Promise(done => setTimeout(done, 1000)),
            ])"""
        )


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built book."""
    try:
        check_built()
    except FileNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    return HTML


@pytest.fixture(scope="session")
def addresses(book) -> Iterator[dict[str, str]]:
    """Where the book is: on a server of this machine, and on the disk."""
    with serve(book) as address:
        yield dict(zip(MODES, (address, book.as_uri()), strict=True))


@pytest.fixture(params=MODES)
def site(request, addresses) -> str:
    """Where the book is, one way and the other."""
    return addresses[request.param]


@pytest.fixture(scope="session")
def reader(chromium) -> Iterator[tuple[BrowserContext, Log]]:
    """A browser that keeps the compiled scripts: half of the work of opening a page."""
    with new_context(chromium, viewport=WIDE, color_scheme="light") as context_and_log:
        yield context_and_log


@pytest.fixture(scope="session")
def opened(request, reader, addresses) -> Iterator[Reading]:
    """One page after the other; the tests of a page share it."""
    mode, name = request.param
    context, log = reader
    log.clear()
    page = context.new_page()
    page.goto(f"{addresses[mode]}/{name}")
    wait_until_ready(page)
    yield Reading(name, page, log)
    page.evaluate("localStorage.clear()")  # the next page is to be read as if it were the first
    page.close()


@pytest.fixture
def reading(opened) -> Reading:
    """A page as most read it; a test leaves it as it was."""
    return opened.seen("wide")


@pytest.fixture
def narrow(opened) -> Page:
    """The same page on a phone."""
    return opened.seen("narrow").page


@pytest.fixture
def printed(opened) -> Page:
    """The same page on paper."""
    return opened.seen("paper").page


@pytest.fixture
def visit(chromium):
    """A function that opens an address in a new page and gives (page, log)."""
    with ExitStack() as stack:

        def open_page(address, **options):
            page, log = stack.enter_context(new_page(chromium, **options))
            page.goto(address)
            return page, log

        yield open_page


@pytest.fixture(scope="session")
def page_name(request) -> str:
    """One page after the other, as a file: the tests of a page share what was parsed."""
    return request.param


def pytest_generate_tests(metafunc):
    """Run a test once for each page it asks for.

    The browser reads from the disk, which forbids more. Tests of what a page loads read a page of
    each kind from a server, too.
    """
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", pages(), indirect=True)
    if "opened" in metafunc.fixturenames:
        only_chapters = metafunc.definition.get_closest_marker("chapters")
        wanted = chapters() if only_chapters else pages_to_read()
        served = [pages()[0], chapters()[1], "book/reference/layers.html", "search.html"]
        if not metafunc.definition.get_closest_marker("served"):
            served = []
        every = [("file", name) for name in wanted]
        every += [("http", name) for name in served if name in wanted]
        ids = [f"{mode}:{name.removesuffix('.html')}" for mode, name in every]
        metafunc.parametrize("opened", every, ids=ids, indirect=True)
