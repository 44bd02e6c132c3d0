"""What reads and leads on a page of the book reads and leads in JupyterLab."""

from __future__ import annotations

import re
import urllib.parse

import pytest

from tests.browser import new_page
from tests.chapters import CHAPTERS, ROOT, Chapter, glossary

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "book").glob("**/*.md"))
PAGES = [path for path in PAGES if "/." not in path]
NAMES = [path.relative_to(ROOT).as_posix() for path in CHAPTERS]

# Widgets ask for the kernel of each notebook, and here none is started.
WIDGETS_OWN = "jupyterlab-manager"
STARTED = "() => window.jupyterapp?.shell.currentWidget && document.querySelector('#filebrowser')"
OPEN = """async path => {
    document.querySelector("#drawn")?.remove();
    const widget = await window.jupyterapp.commands.execute("docmanager:open",
        {path, kernelPreference: {shouldStart: false, canStart: false}});
    await widget.context.ready;
    await widget.revealed;
}"""
# Draw all text of a file at once: JupyterLab draws a cell when it comes into view, which takes it
# minutes for all chapters.
DRAW = """async path => {
    const {content, context} = window.jupyterapp.shell.currentWidget;
    const markdown = path.endsWith(".md") ? context.model.toString()
        : Array.from(content.model.cells).filter(cell => cell.type === "markdown")
            .map(cell => cell.sharedModel.source).join("\\n\\n");
    const drawn = document.createElement("div");
    drawn.id = "drawn";
    document.body.append(drawn);
    const renderer = content.rendermime?.createRenderer("text/markdown");
    if (renderer) {
        await renderer.renderModel({data: {"text/markdown": markdown}, metadata: {}});
        drawn.append(renderer.node);
    }
    const text = () => (renderer ?? content).node.querySelector("h1");
    for (let tries = 0; !text() && tries < 500; tries++) {
        await new Promise(done => setTimeout(done, 20));
    }
    await new Promise(done => setTimeout(done, 100));  // each link is resolved after it is drawn
}"""
READ = """() => {
    const panel = document.querySelector("#drawn .myst")
        ?? window.jupyterapp.shell.currentWidget.content.renderer.node;
    const texts = [panel];
    const proseOf = text => {
        const copy = text.cloneNode(true);
        copy.querySelectorAll("pre, code, .katex").forEach(element => element.remove());
        return copy.textContent;
    };
    const all = selector => texts.flatMap(text => Array.from(text.querySelectorAll(selector)));
    return {
        // jupyterlab-myst's marks for what it does not know, and what is left of the source.
        warnings: all(".text-yellow-600, .myst-admonition-danger, .myst-unknown, cite")
            .map(element => element.outerHTML.slice(0, 200)),
        source: texts.flatMap(text =>
            proseOf(text).match(/\\{[\\w:-]+\\}`.*|.*Unknown Directive.*/g) ?? []),
        ids: Array.from(panel.querySelectorAll("[id]"), element => element.id),
        links: all("a").map(anchor => ({
            kind: anchor.closest(".book-term, .book-cite")?.className ?? "",
            text: anchor.textContent.trim().replace(/\\s+/g, " "),
            label: anchor.getAttribute("aria-label") ?? "",
            href: anchor.getAttribute("href") ?? "",
            ours: anchor.host === location.host,
            path: decodeURIComponent(anchor.pathname),
            id: decodeURIComponent(anchor.hash.slice(1)),
        })),
    };
}"""
# Focus shows a tooltip; the text of each, by its link's place.
TOOLTIPS = """async () => {
    const found = [];
    for (const anchor of document.querySelectorAll("#drawn :is(.book-term, .book-cite) a")) {
        anchor.dispatchEvent(new FocusEvent("focusin", {bubbles: true}));
        const box = document.getElementById(anchor.getAttribute("aria-describedby"));
        for (let tries = 0; box?.hidden && tries < 2000; tries++) {
            await new Promise(done => setTimeout(done, 5));
        }
        found.push(box && !box.hidden ? box.innerText.trim() : "");
        document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}));
    }
    return found;
}"""


@pytest.fixture(scope="module")
def opened(lab, chromium):
    """JupyterLab as it opens, and what its page did."""
    base, token = lab
    with new_page(chromium, viewport={"width": 1400, "height": 1000}) as (page, log):
        page.goto(f"{base}/?token={token}")
        page.wait_for_function(STARTED)
        yield page, log


@pytest.fixture(scope="module")
def read(opened):
    """Open a file and return what is in it; each is opened once."""
    page, _ = opened
    known = {}

    def once(path):
        if path not in known:
            page.evaluate(OPEN, path)
            page.evaluate(DRAW, path)
            known[path] = page.evaluate(READ)
        return known[path]

    return once


def test_the_folder_of_chapters_shows_and_nothing_pops_up(lab, chromium):
    base, token = lab
    # A page and a workspace of its own: others open files and, at 400 px, close the sidebar, and
    # JupyterLab opens as it was left.
    with new_page(chromium, viewport={"width": 1400, "height": 1000}) as (page, _):
        page.goto(f"{base}/lab/workspaces/new?token={token}")
        page.wait_for_function(STARTED)
        listed = page.locator(".jp-DirListing-item")
        listed.first.wait_for()
        assert sorted(listed.all_inner_texts())[0].startswith(CHAPTERS[0].name)
        page.wait_for_timeout(1000)  # JupyterLab asks a moment after it started
        assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0


def target_of(link, path):
    """Return the file that a link leads to, from the root."""
    place = link["path"].removeprefix("/files/").removeprefix("/lab/tree/")
    return path if link["href"].startswith("#") else place


@pytest.mark.parametrize("path", [*NAMES, *PAGES])
def test_everything_reads_and_leads(read, path):
    found = read(path)
    assert found["warnings"] == []
    assert found["source"] == []
    for link in found["links"]:
        assert link["text"] or link["label"], link
        assert link["href"] not in ("", "#"), link
        if not link["ours"]:
            continue
        target = target_of(link, path)
        assert (ROOT / target).is_file(), link
        if link["id"] and target.endswith((".md", ".ipynb")):
            assert link["id"] in read(target)["ids"], link


@pytest.mark.parametrize("path", NAMES)
def test_each_citation_and_term_has_text_target_and_tooltip(read, opened, path):
    links = [link for link in read(path)["links"] if link["kind"]]
    markdown = Chapter(ROOT / path).markdown
    keys = [k for keys in re.findall(r"\{cite\}`([^`]+)`", markdown) for k in keys.split(",")]
    terms = re.findall(r"\{term\}`([^`<]+?)\s*(?:<[^>`]*>)?`", markdown)
    cited = [link for link in links if link["kind"] == "book-cite"]
    linked = [link for link in links if link["kind"] == "book-term"]
    assert [link["id"] for link in cited] == [f"work-{key.strip()}" for key in keys]
    assert [link["text"] for link in linked] == [" ".join(term.split()) for term in terms]
    for link in cited:
        assert re.fullmatch(r"\D+, \d{4}", link["text"])
    page, _ = opened
    page.evaluate(OPEN, path)
    page.evaluate(DRAW, path)
    shown = page.evaluate(TOOLTIPS)
    assert len(shown) == len(links)
    for link, text in zip(links, shown, strict=True):
        if link["kind"] == "book-cite":
            # The surname and the year stand in the full reference.
            assert link["text"][-4:] in text
            assert re.split(r",| and | et al", link["text"])[0] in text
        else:
            name = link["id"].removeprefix("term-")
            [names] = [n for n in glossary() if name in map(slug, n)]
            assert text.replace("’", "'").startswith(names[0])
            assert len(text) > len(", ".join(names)) + 20


def slug(name):
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")


def test_a_link_opens_a_page_as_text_and_a_term_scrolls_to_its_entry(read, opened):
    page, _ = opened
    page.evaluate(OPEN, NAMES[1])
    current = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    current.get_by_role("link", name="notation", exact=True).click()
    heading = page.locator(".jp-MarkdownViewer:not(.lm-mod-hidden) h1")
    heading.get_by_text("Notation").wait_for()
    page.evaluate(OPEN, NAMES[1])
    term = current.locator(".book-term a").nth(1)
    name = urllib.parse.urlsplit(term.get_attribute("href")).fragment
    term.click()
    page.wait_for_function(
        "id => { const top = document.getElementById(id)?.getBoundingClientRect().top;"
        " return 0 < top && top < innerHeight; }",
        arg=name,
    )


def test_the_tooltip_comes_with_the_pointer_and_goes_with_escape(read, opened):
    page, _ = opened
    page.evaluate(OPEN, NAMES[1])
    term = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .book-term a").first
    term.hover()
    box = page.get_by_role("tooltip")
    box.wait_for()
    assert term.get_attribute("aria-describedby") == box.get_attribute("id")
    page.keyboard.press("Escape")
    box.wait_for(state="hidden")
    assert term.get_attribute("aria-describedby") is None


def test_no_other_host_is_asked_and_nothing_is_raised(opened):
    _, log = opened
    assert log.left == []
    assert [error for error in log.errors if WIDGETS_OWN not in error] == []
