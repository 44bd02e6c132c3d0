"""The reference of ``lib/`` is whole, and names lead to it."""

import importlib
import inspect
import pkgutil
import posixpath

import pytest
from sphinx.util.inventory import InventoryFile

import lib
from tests.book.built import pages
from tests.book.test_files import parse

PARTS = [
    importlib.import_module(module.name)
    for module in pkgutil.iter_modules(lib.__path__, "lib.")
    # Functions that draw have a page of their own, and a command has none.
    if module.name not in ("lib.figures", "lib.__main__")
]


def public(module):
    """Return the names of the classes and functions that a module offers."""
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    names = getattr(module, "__all__", own)
    values = ((name, inspect.unwrap(getattr(module, name))) for name in names if name[0] != "_")
    return [name for name, v in values if inspect.isclass(v) or inspect.isfunction(v)]


@pytest.fixture(scope="module")
def entries(book):
    """Map each documented name to its address."""
    with (book / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", posixpath.join)
    kinds = ("py:class", "py:function", "py:exception", "py:method", "py:property")
    return {name: entry[2] for kind in kinds for name, entry in inventory.get(kind, {}).items()}


@pytest.mark.parametrize("module", PARTS, ids=lambda module: module.__name__)
def test_every_public_name_has_an_entry(entries, module):
    names = public(module)
    assert names
    # lib.losses offers the softmax of lib.layers again: one entry is enough.
    homes = {name: {module.__name__, getattr(module, name).__module__} for name in names}
    known = {name.rpartition(".")[2] for name in entries}
    missing = [n for n in names if not {f"{home}.{n}" for home in homes[n]} & set(entries)]
    assert [name for name in missing if name not in known] == []


@pytest.mark.parametrize(
    "page", [page for page in pages() if "/reference/" in page and "index" not in page]
)
def test_every_entry_says_what_it_is(book, page):
    entries = parse(book / page).select("dl.py.class, dl.py.function")
    assert entries or page.endswith("book_tools.html")
    silent = [e.dt["id"] for e in entries if not e.find("dd", recursive=False).find("p")]
    assert silent == []


def test_names_in_docstrings_lead_somewhere(book, page_name):
    roles = ("class", "func", "meth", "mod", "exc")
    references = parse(book / page_name).select(", ".join(f"code.py-{role}" for role in roles))
    assert [str(code) for code in references if code.find_parent("a") is None] == []


@pytest.mark.parametrize(
    ("page", "name", "entry"),
    [
        ("chapters/02_convolution.html", "Conv2d", "layers.html#lib.layers.Conv2d"),
        ("book/glossary.html", "im2col", "arithmetic.html#lib.convolution.im2col"),
        ("book/intro.html", "SimpleConvNet", "networks.html#lib.networks.SimpleConvNet"),
        ("book/how_to_run.html", "lib.datasets.load_image_folder", "data.html#"),
    ],
)
def test_a_name_in_code_style_leads_to_its_entry(book, page, name, entry):
    links = parse(book / page).select("article a.reference.internal")
    targets = {a["href"] for a in links if a.code is not None and a.get_text() == name}
    assert targets
    assert all(f"reference/{entry}" in target for target in targets)


def test_a_name_that_means_two_things_leads_nowhere(book, entries):
    ends = [name.rpartition(".")[2] for name in entries]
    assert ends.count("backward") > 1
    for page_name in pages():
        links = parse(book / page_name).select("article a.reference.internal > code.literal")
        assert all(code.get_text() not in ("backward", "forward", "step") for code in links)


@pytest.mark.browser
def test_entries_unfold_by_a_link_a_button_and_for_paper(visit, addresses):
    address = f"{addresses['file']}/book/reference/layers.html"
    page, log = visit(f"{address}#lib.layers.Conv2d.backward")
    entries = page.locator("details.entry-rest")
    assert page.locator("[id='lib.layers.Conv2d.backward']").is_visible()
    assert entries.filter(visible=True).count() == entries.count() > 20
    assert page.locator("details.entry-rest[open]").count() == 1
    page.goto(f"{address}#lib.layers.Linear")
    page.wait_for_function("document.querySelectorAll('details.entry-rest[open]').length === 2")
    page.get_by_role("button", name="Unfold all entries").click()
    assert page.locator("details.entry-rest[open]").count() == entries.count()
    page.get_by_role("button", name="Fold all entries").click()
    assert page.locator("details.entry-rest[open]").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.entry-rest[open]").count() == entries.count()
    assert log.errors == []
