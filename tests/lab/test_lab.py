"""JupyterLab shows the chapters live: every cell runs, and a control moves its figure."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.browser import new_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "chapters/02_convolution.ipynb"

# JupyterLab 4.6 measures the toolbar of a text cell that it has not drawn yet, and stumbles.
JUPYTERLAB_S_OWN = "_markdownOverlapsToolbar"
NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'

# What JupyterLab tells about the notebook it shows.
PANEL = "window.jupyterapp?.shell.currentWidget"
KERNEL_IDLE = f"() => {PANEL}?.sessionContext?.session?.kernel?.status === 'idle'"
CODE = f"Array.from({PANEL}.content.model.cells).filter(cell => cell.type === 'code')"
ERRORS = f"""() => {CODE}.flatMap(cell => cell.outputs.toJSON()
    .filter(output => output.output_type === "error")
    .map(output => `${{cell.id}}: ${{output.ename}}: ${{output.evalue}}`))"""
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
ALL_RAN = f"""() => {CODE}.some(cell => cell.outputs.toJSON().some(o => o.output_type === "error"))
    || {CODE}.every(cell => cell.executionCount !== null || !cell.sharedModel.source.trim())
        && {PANEL}.sessionContext.session.kernel.status === "idle" """


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until_up(server: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)  # a server that is not up cannot be asked to say when it is
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on this project that knows nothing of its user's settings."""
    home = tmp_path_factory.mktemp("jupyter")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(NO_NEWS)
    port, token, log = free_port(), secrets.token_hex(16), home / "lab.log"
    env = {
        **os.environ,
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    env.pop("BOOK_STATIC", None)
    options = (
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={ROOT}",
        f"--IdentityProvider.token={token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=",
    )
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=env, stdout=out, stderr=out
        )
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_up(server, f"{base}/api/status?token={token}", log)
        yield base, token
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def chapter(lab, chromium):
    """A chapter open in JupyterLab, all its cells run."""
    base, token = lab
    with new_page(chromium, viewport={"width": 1400, "height": 1000}) as (page, log):
        page.goto(f"{base}/doc/tree/{CHAPTER}?token={token}&reset")
        page.wait_for_function(KERNEL_IDLE, timeout=60_000)
        page.evaluate(RUN_ALL)
        page.wait_for_function(ALL_RAN, timeout=180_000)
        yield page, log


def test_every_cell_runs(chapter):
    page, _ = chapter
    assert page.evaluate(ERRORS) == []


def figure_of(page, cell, having):
    """Return the figure that a cell shows; JupyterLab draws a cell when it comes into view.

    ``having`` is a selector that tells the figure from its neighbors.
    """
    page.evaluate(
        f"""id => {PANEL}.content.scrollToItem(
            Array.from({PANEL}.content.model.cells).findIndex(cell => cell.id === id))""",
        cell,
    )
    figure = page.locator(f".explore:has({having})").first
    figure.wait_for()
    return figure


def wait_for_another(page, figure, shown):
    page.wait_for_function(
        "([figure, old]) => figure.querySelector('.explore-figure').innerHTML !== old",
        arg=[figure.element_handle(), shown],
    )


def test_arrow_key_moves_a_control_and_its_figure(chapter):
    page, _ = chapter
    figure = figure_of(page, "sliding-window", "input")
    field, drawn = figure.get_by_role("spinbutton").first, figure.locator(".explore-figure")
    before = field.input_value()
    shown = drawn.inner_html()
    field.focus()
    page.keyboard.press("ArrowUp")
    wait_for_another(page, figure, shown)
    assert field.input_value() != before
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "([figure, old]) => figure.querySelector('.explore-figure').innerHTML === old",
        arg=[figure.element_handle(), shown],
    )
    assert field.input_value() == before


def test_a_touch_sets_the_controls_and_moves_the_figure(chapter):
    page, _ = chapter
    figure = figure_of(page, "one-pixel", "[data-touch]")
    drawn = figure.locator(".explore-figure")
    for row, column in ((0, 5), (4, 1)):
        shown = drawn.inner_html()
        drawn.locator(f'[data-touch="0:{row} 1:{column}"]').click()
        fields = figure.get_by_role("spinbutton")
        assert [field.input_value() for field in fields.all()[:2]] == [str(row), str(column)]
        wait_for_another(page, figure, shown)
        alt = drawn.locator("svg").get_attribute("aria-label")
        assert f"row {row}, column {column}" in alt


def test_lab_asks_no_other_host_and_raises_nothing(chapter):
    _, log = chapter
    assert log.left == []
    assert [error for error in log.errors if JUPYTERLAB_S_OWN not in error] == []
