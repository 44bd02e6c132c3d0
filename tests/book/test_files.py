"""What the built files hold: no word of another host, no dead link, no silent image."""

import functools
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup

# Attributes whose value a browser fetches by itself.
FETCHED = (
    ("script[src], img[src], iframe[src], source[src], video[src], audio[src], embed[src]", "src"),
    ("link[href]:not([rel=canonical])", "href"),
    ("object[data]", "data"),
)


@functools.cache
def parse(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text(), "html.parser")


class Ids(HTMLParser):
    """Collect the ids of a page, without a tree of all that is in it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name == "id"]


@functools.cache
def ids(file: Path) -> list[str]:
    parser = Ids()
    parser.feed(file.read_text())
    return parser.found


def test_page_fetches_from_no_other_host(book, page_name):
    """The browser shows what a page loads; this shows what it might load later, or in print."""
    soup = parse(book / page_name)
    urls = [element[name] for selector, name in FETCHED for element in soup.select(selector)]
    assert urls
    assert [url for url in urls if urlsplit(url).scheme != "data" and urlsplit(url).netloc] == []


def test_page_holds_no_widget_that_needs_a_kernel(book, page_name):
    assert "application/vnd.jupyter.widget-view+json" not in (book / page_name).read_text()


def test_style_sheets_fetch_from_no_other_host(book):
    sheets = list(book.glob("_static/**/*.css"))
    assert sheets
    far = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")]+)")
    assert {
        sheet.name: found for sheet in sheets if (found := far.findall(sheet.read_text()))
    } == {}


def test_internal_links_lead_somewhere(book, page_name):
    dead = []
    for link in parse(book / page_name).select("a[href]"):
        target, anchor = urldefrag(urljoin(page_name, link["href"]))
        if urlsplit(target).scheme:
            continue
        file = book / unquote(target)
        if not file.is_file() or (
            anchor and file.suffix == ".html" and unquote(anchor) not in ids(file)
        ):
            dead.append(link["href"])
    assert dead == []


def test_ids_are_unique(book, page_name):
    twice = [name for name, count in Counter(ids(book / page_name)).items() if count > 1]
    assert twice == []


def test_every_image_says_what_it_shows(book, page_name):
    pictures = parse(book / page_name).select("article img, article svg[role=img]")
    silent = [
        str(picture)[:200]
        for picture in pictures
        if not (picture.get("alt") or picture.get("aria-label") or "").strip()
    ]
    assert silent == []
