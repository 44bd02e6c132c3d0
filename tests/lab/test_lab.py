"""JupyterLab shows the chapters live: every cell runs, and a slider moves its figure."""

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
HAS_WIDGET = """cell => cell.type === "code" && cell.outputs.toJSON()
    .some(output => "application/vnd.jupyter.widget-view+json" in (output.data ?? {}))"""
SHOW_FIRST_WIDGET = f"""() => {PANEL}.content.scrollToItem(
    Array.from({PANEL}.content.model.cells).findIndex({HAS_WIDGET}))"""


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


# --- predictions ---------------------------------------------------------------------------------

ASKED = '[data-question="convolution-stride"]'
PLACE = f"Array.from({PANEL}.content.model.cells).findIndex(cell => cell.id === name)"
SHOW_CELL = f"name => {PANEL}.content.scrollToItem({PLACE})"
RUN_CELL = f"""async name => {{
    const notebook = {PANEL}.content;
    notebook.deselectAll();
    notebook.activeCellIndex = {PLACE};
    await window.jupyterapp.commands.execute("notebook:run-cell");
}}"""


def test_a_prediction_veils_the_next_cell_s_output_until_it_is_made(chapter):
    page, _ = chapter
    page.evaluate(SHOW_CELL, "predict-stride")
    box = page.locator(ASKED)
    box.wait_for()
    asking = page.locator(".jp-Cell", has=box)
    cell = asking.locator("xpath=following-sibling::*[contains(@class, 'jp-CodeCell')][1]")
    output = cell.locator(".jp-OutputArea-output").first
    output.wait_for(state="attached")
    assert not output.is_visible()
    assert cell.locator(".cm-content").is_visible(), "one predicts by reading the code"
    box.get_by_label("The first half").check()
    box.get_by_role("button", name="Check").click()
    assert "Answer: Every second one" in box.locator(".question-answer").inner_text()
    assert output.is_visible()

    page.evaluate(RUN_CELL, "predict-stride")
    output.wait_for(timeout=3_000)  # sooner than what veils it until the box comes would end
    assert box.get_by_label("The first half").is_checked(), "what was said is kept"
    box.get_by_role("button", name="Ask me again").click()
    assert not output.is_visible()
    page.evaluate(RUN_CELL, "predict-stride")
    page.locator(f"{ASKED}[data-state=open]").wait_for()
    page.evaluate(RUN_CELL, "stride")
    page.wait_for_timeout(3_000)  # longer than the veil of the box that was replaced waits
    assert not output.is_visible()


def test_keys_in_a_question_are_no_commands_of_the_notebook(chapter):
    page, _ = chapter
    page.evaluate(SHOW_CELL, "predict-stride")
    page.locator(f"{ASKED}[data-state]").wait_for()
    cells = page.evaluate(f"() => {PANEL}.content.model.cells.length")
    page.locator(f"{ASKED} input").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")  # would insert a cell above
    assert page.evaluate("document.activeElement.value").startswith("Every second")
    assert page.evaluate(f"() => {PANEL}.content.model.cells.length") == cells


def test_a_solution_shows_nothing_before_it_is_opened(chapter):
    page, _ = chapter
    page.evaluate(SHOW_CELL, "exercise-1-solution")
    folded = page.locator("details.solution").first
    folded.wait_for()
    code = folded.locator("pre")
    assert not code.is_visible()
    folded.locator("summary").click()
    assert "dilation * (kernel_size - 1) // 2" in code.inner_text()
    colors = code.locator("span").evaluate_all("all => all.map(s => getComputedStyle(s).color)")
    assert len(set(colors)) > 2


def test_arrow_key_moves_a_slider_and_its_figure(chapter):
    page, _ = chapter
    page.evaluate(SHOW_FIRST_WIDGET)  # JupyterLab draws a cell when it comes into view
    # The first slider stands below a prediction.
    page.locator(".question-waive").evaluate_all("all => all.forEach(button => button.click())")
    box = page.locator(".explore-box").first
    figure = box.locator(".explore-figure")
    figure.wait_for()
    readout, shown = box.locator(".widget-readout").first, figure.inner_html()
    text = readout.inner_text()
    slider = box.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([box, old]) => box.querySelector('.explore-figure').innerHTML !== old",
        arg=[box.element_handle(), shown],
    )
    assert readout.inner_text() != text
    assert slider.get_attribute("aria-valuetext") == readout.inner_text()


def test_lab_asks_no_other_host_and_raises_nothing(chapter):
    _, log = chapter
    assert log.left == []
    assert [error for error in log.errors if JUPYTERLAB_S_OWN not in error] == []
