"""The built book, and a browser to read it in: from a server, and from the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page

from tests.book.built import HTML, WIDE, chapters, check_built, pages, wait_until_ready
from tests.browser import Log, new_page, serve

MODES = ("http", "file")


class Reading(NamedTuple):
    """A page of the book, open in the browser."""

    name: str
    page: Page
    log: Log


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
def reading(request, chromium, addresses) -> Iterator[Reading]:
    """One page after the other, in both ways; the tests of a page share it as it is."""
    mode, name = request.param
    with new_page(chromium, viewport=WIDE, color_scheme="light") as (page, log):
        page.goto(f"{addresses[mode]}/{name}")
        wait_until_ready(page)
        yield Reading(name, page, log)


@pytest.fixture
def visit(chromium):
    """A function that opens an address in a new page and gives (page, log)."""
    with ExitStack() as stack:

        def open_page(address, **options):
            page, log = stack.enter_context(new_page(chromium, **options))
            page.goto(address)
            return page, log

        yield open_page


def pytest_generate_tests(metafunc):
    """Run a test once for each page it asks for."""
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", pages())
    if "reading" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        kept = only.args if only else ()
        names = chapters() if "chapters" in kept else pages()
        modes = ("http",) if "http" in kept else MODES
        every = [(mode, name) for mode in modes for name in names]
        ids = [f"{mode}:{name.removesuffix('.html')}" for mode, name in every]
        metafunc.parametrize("reading", every, ids=ids, indirect=True)
