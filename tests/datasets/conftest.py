"""A machine without data, and mirrors on this machine."""

import functools
import hashlib
import http.server
import threading
from dataclasses import replace

import pytest

from lib.datasets import catalog, mnist
from tests.datasets.small_mnist import CONTENTS


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A machine where no data lies, its folders within `tmp_path`."""
    monkeypatch.setattr(catalog, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(catalog, "user_cache", lambda: tmp_path / "cache")
    monkeypatch.delenv("CNN_DATA", raising=False)
    (tmp_path / "project" / "data").mkdir(parents=True)


@pytest.fixture
def entry(monkeypatch, bare_machine):
    """A catalog whose MNIST is small, on a machine where no data lies."""
    small = replace(
        catalog.CATALOG["mnist"],
        files={name: hashlib.sha256(data).hexdigest() for name, data in CONTENTS.items()},
        mirrors=(),
    )
    monkeypatch.setitem(catalog.CATALOG, "mnist", small)
    monkeypatch.setattr(mnist, "MNIST", small)
    mnist._say_once.cache_clear()
    yield small
    mnist._say_once.cache_clear()


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers from a table of paths: bytes, or a function that is given the handler."""

    def __init__(self, pages, asked, *arguments):
        self.pages, self.asked = pages, asked
        super().__init__(*arguments)

    def do_GET(self):
        self.asked.append(self.path)
        page = self.pages.get(self.path)
        if page is None:
            self.send_error(404)
        elif callable(page):
            page(self)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def web():
    """A server on this machine: `web.pages` is what it has, `web.asked` what it was asked."""
    pages, asked = {}, []
    handler = functools.partial(Mirror, pages, asked)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.pages, server.asked = pages, asked
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def use_mirrors(entry, monkeypatch, web):
    def use(*names):
        mirrors = tuple(f"{web.url}/{name}/" for name in names)
        changed = replace(entry, mirrors=mirrors)
        monkeypatch.setitem(catalog.CATALOG, "mnist", changed)
        monkeypatch.setattr(mnist, "MNIST", changed)
        return changed

    return use
