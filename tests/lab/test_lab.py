"""JupyterLab shows the chapters live: every cell runs, and a slider moves its figure."""

from __future__ import annotations

import pytest

from tests.browser import new_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHAPTER = "chapters/02_convolution.ipynb"

# JupyterLab 4.6 measures the toolbar of a text cell that it has not drawn yet, and stumbles.
JUPYTERLAB_S_OWN = "_markdownOverlapsToolbar"

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


def test_arrow_key_moves_a_slider_and_its_figure(chapter):
    page, _ = chapter
    page.evaluate(SHOW_FIRST_WIDGET)  # JupyterLab draws a cell when it comes into view
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
