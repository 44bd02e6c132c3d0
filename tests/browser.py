"""Chromium for the tests: found or installed, driven by Playwright, and kept off the network.

``python -m tests.browser`` makes sure that there is one; `make test` runs it first.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # tests often run as root, in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "file:", "data:", "blob:", "about:")


def find_chromium(playwright: Playwright) -> str | None:
    """Return the path of a Chromium on this machine, ``None`` where there is none."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_chromium() -> None:
    """Install Chromium: with apt as root, otherwise Playwright's own build."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        commands = [["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for command in commands:
        print("No Chromium here; running:", *command, flush=True)
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            print(f"FAILED: {' '.join(command)}", file=sys.stderr)
            return


@dataclass
class Log:
    """What a page did that a reader, or a reader without a network, would mind."""

    left: list[str] = field(default_factory=list)  # requests for another host
    failed: list[str] = field(default_factory=list)  # requests without an answer, or with 4xx, 5xx
    console: list[str] = field(default_factory=list)  # errors and warnings
    errors: list[str] = field(default_factory=list)  # exceptions that no script caught

    def problems(self) -> list[str]:
        """Return everything in the log, each entry named by its kind."""
        return [f"{kind}: {entry}" for kind, entries in vars(self).items() for entry in entries]

    def clear(self) -> None:
        """Forget everything, as for another page."""
        for entries in vars(self).values():
            entries.clear()


def _watch(context: BrowserContext) -> Log:
    log = Log()

    def route(route):
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            log.left.append(route.request.url)
            route.abort("internetdisconnected")

    def failed(request):
        # A page that is left, or a download that starts, ends its requests itself.
        if request.failure != "net::ERR_ABORTED":
            log.failed.append(f"{request.url} ({request.failure})")

    def answered(response):
        if response.status >= 400:
            log.failed.append(f"{response.url} ({response.status})")

    def said(message):
        if message.type in ("error", "warning"):
            log.console.append(message.text)

    context.route("**/*", route)
    context.on("requestfailed", failed)
    context.on("response", answered)
    context.on("console", said)
    context.on("weberror", lambda e: log.errors.append(e.error.stack or e.error.message))
    return log


@contextlib.contextmanager
def new_context(browser: Browser, **options) -> Iterator[tuple[BrowserContext, Log]]:
    """Make a browser that knows nothing yet; ``options`` are Playwright's for a context."""
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    log = _watch(context)
    try:
        yield context, log
    finally:
        context.close()


@contextlib.contextmanager
def new_page(browser: Browser, **options) -> Iterator[tuple[Page, Log]]:
    """Open a page in a fresh context; ``options`` are Playwright's for a context."""
    with new_context(browser, **options) as (context, log):
        yield context.new_page(), log


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Print nothing."""


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on this machine, and give its address."""
    handler = functools.partial(_QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def launch() -> Iterator[Browser | None]:
    """Start Chromium; give ``None`` where there is none."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    with sync_playwright() as playwright:
        if not find_chromium(playwright):
            install_chromium()
        found = find_chromium(playwright)
    print(f"Chromium: {found}" if found else "NO CHROMIUM: the browser tests will be skipped")
