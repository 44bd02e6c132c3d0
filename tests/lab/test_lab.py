"""JupyterLab shows the chapters live: every cell runs, and a control moves its figure."""

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


# What JupyterLab shows of a text cell: the kinds and words of its parts that are seen.
SEEN = f"""name => {{
    const {{ node }} = {PANEL}.content.widgets.find(cell => cell.model.id === name);
    return Array.from(node.querySelectorAll(".myst > *"))
        .filter(part => part.checkVisibility({{ visibilityProperty: true }}))
        .map(part => `${{part.tagName}} ${{part.textContent}}`.replace(/[¶#\u00b6]$/, ""));
}}"""


@pytest.mark.parametrize(
    ("asking", "cell", "text", "veiled", "heading"),
    [
        ("predict-padding", "padding", "padding-lesson", "Zeros are darkness", None),
        (
            "predict-remainder",
            "remainder",
            "padding-text",
            "A third window would need",
            "H2 Padding",
        ),
    ],
)
def test_a_prediction_veils_the_text_below_up_to_its_heading(
    chapter, asking, cell, text, veiled, heading
):
    page, _ = chapter
    page.evaluate(SHOW_CELL, asking)
    name = "convolution-" + asking.removeprefix("predict-")
    box = page.locator(f'[data-question="{name}"][data-state=open]')
    box.wait_for()
    page.evaluate(SHOW_CELL, text)
    page.wait_for_function(f"name => ({SEEN})(name)", arg=text)
    hidden = page.evaluate(SEEN, text)
    assert not any(veiled in part for part in hidden)
    assert (hidden[0] if hidden else None) == heading
    page.evaluate(RUN_CELL, cell)
    page.evaluate(RUN_CELL, text)  # draws it anew
    page.wait_for_timeout(500)
    assert page.evaluate(SEEN, text) == hidden
    page.evaluate(SHOW_CELL, asking)
    box.get_by_role("button", name="Show me without guessing").click()
    page.evaluate(SHOW_CELL, text)
    page.wait_for_function(
        f"([name, words]) => ({SEEN})(name)[0].includes(words)", arg=[text, veiled]
    )


def test_a_cell_that_guards_does_not_end_the_veil(lab, chromium):
    base, token = lab
    with new_page(chromium, viewport={"width": 1400, "height": 1000}) as (page, log):
        page.goto(f"{base}/doc/tree/chapters/03_pooling.ipynb?token={token}&reset")
        page.wait_for_function(KERNEL_IDLE, timeout=60_000)
        page.evaluate(RUN_CELL, "tools")
        page.evaluate(SHOW_CELL, "window-figure-text")
        page.wait_for_function(f"name => ({SEEN})(name).length", arg="window-figure-text")
        page.evaluate(RUN_CELL, "predict-remainder")
        page.locator('[data-question="pooling-remainder"][data-state=open]').wait_for()
        page.evaluate(SHOW_CELL, "window-figure-text")
        assert page.evaluate(SEEN, "window-figure-text") == []
        guard = page.locator(".jp-PlaceholderText", has_text="assert pool(x, np.max, 2, 2)")
        assert guard.count() == 1
        assert not guard.is_visible(), "its first line tells the output"
        assert log.left == []


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
    figure = figure_of(page, "learned-kernel", "[data-touch]")
    field, drawn = figure.get_by_role("slider").first, figure.locator(".explore-figure")
    before = field.input_value()
    shown = drawn.inner_html()
    field.focus()
    page.keyboard.press("ArrowRight")
    wait_for_another(page, figure, shown)
    assert field.input_value() != before
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "([figure, old]) => figure.querySelector('.explore-figure').innerHTML === old",
        arg=[figure.element_handle(), shown],
    )
    assert field.input_value() == before


def test_a_touch_sets_the_controls_and_moves_the_figure(chapter):
    page, _ = chapter
    figure = figure_of(page, "learned-kernel", "[data-touch]")
    drawn = figure.locator(".explore-figure")
    for place, steps in ((7, 50), (1, 1)):
        shown = drawn.inner_html()
        drawn.locator(f'[data-touch="1:{place}"]').click()
        assert figure.get_by_role("slider").first.input_value() == str(place)
        wait_for_another(page, figure, shown)
        alt = drawn.locator("svg").get_attribute("aria-label")
        assert f"after {steps} step" in alt


def test_arrow_keys_move_in_a_grid_of_a_figure_and_not_in_the_notebook(chapter):
    page, _ = chapter
    page.evaluate(SHOW_CELL, "sliding-window")
    figure = page.locator("#one-window")
    output = figure.locator("table").last
    output.locator("td").first.focus()
    said = figure.locator(".widget-say")
    assert said.inner_text().endswith("= 8")
    page.keyboard.press("ArrowRight")
    said.filter(has_text="= 11").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "11"


def test_lab_asks_no_other_host_and_raises_nothing(chapter):
    _, log = chapter
    assert log.left == []
    assert [error for error in log.errors if JUPYTERLAB_S_OWN not in error] == []
