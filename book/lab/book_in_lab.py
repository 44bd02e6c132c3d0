"""Write the extension that makes citations and terms read and lead in JupyterLab.

A page of the built book gets them from Sphinx; JupyterLab renders the same text alone. The
extension is ``extension.js``, preceded by what the pages know: the bibliography, the glossary, the
titles of pages. All of it is read from the book at each start of JupyterLab, so no copy can be old.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import yaml
from pybtex.database import Entry, parse_file
from pybtex.plugin import find_plugin
from pybtex.richtext import BaseText, HRef, String, Symbol, Tag

HERE = Path(__file__).resolve().parent
NAME = "convnets-from-scratch"
GLOSSARY = re.compile(r"^```\{glossary\}\n:sorted:\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def write_extension(root: Path) -> Path:
    """Write the extension below ``_build`` and return the folder that JupyterLab looks in."""
    folder = root / "_build" / "lab"
    script = _script(root)
    # A browser keeps what has the same name.
    load = f"static/remoteEntry.{hashlib.sha256(script.encode()).hexdigest()[:16]}.js"
    package = {
        "name": NAME,
        "version": "0.1.0",
        "description": "Citations and terms of the book, in JupyterLab",
        "jupyterlab": {"_build": {"load": load, "extension": "./extension"}},
    }
    _write(folder / NAME / load, script)
    _write(folder / NAME / "package.json", json.dumps(package, indent=2))
    return folder


def pages_know(root: Path) -> dict:
    """Return what the pages of the book know: works, terms, titles and files."""
    return {
        "works": works(root / "book" / "references.bib"),
        "terms": terms((root / "book" / "glossary.md").read_text(encoding="utf-8")),
        "titles": titles(root),
        "lists": lists(root),
    }


def works(bibliography: Path) -> dict[str, dict]:
    """Return of each work its short name, as a citation has it, and its full entry as a tree."""
    style = find_plugin("pybtex.style.formatting", "unsrt")()
    entries = sorted(parse_file(bibliography).entries.values(), key=_order)
    return {
        entry.key: {
            "name": _short_name(entry),
            "entry": _tree(formatted.text),
            "text": formatted.text.render_as("text"),
        }
        for entry, formatted in zip(entries, style.format_entries(entries), strict=True)
    }


def terms(glossary: str) -> list[dict]:
    """Return the entries of the glossary: all names of each, and its text in MyST Markdown."""
    found = []
    for block in GLOSSARY.findall(glossary):
        names: list[str] = []
        lines: list[str] = []
        for line in [*block.splitlines(), "end"]:
            if line.startswith("  ") or not line:
                lines.append(line.strip())
                continue
            if any(lines):
                found.append({"names": names, "text": "\n".join(lines).strip()})
                names, lines = [], []
            names.append(line)
    return found


def titles(root: Path) -> dict[str, str]:
    """Return the title of each page, by its path from the root."""
    found = {}
    for page in (*root.glob("book/**/*.md"), *root.glob("chapters/*.ipynb")):
        if any(part.startswith(".") for part in page.relative_to(root).parts):
            continue  # JupyterLab's own copies
        text = page.read_text(encoding="utf-8")
        if page.suffix == ".ipynb":
            text = "".join(json.loads(text)["cells"][0]["source"])
        if heading := re.search(r"^# (.+)$", text, re.MULTILINE):
            found[page.relative_to(root).as_posix()] = heading[1]
    return found


def lists(root: Path) -> dict:
    """Return the files behind each list that Sphinx makes, by the name of its directive.

    Behind the reference stand the modules that it names, behind the others pages.
    """
    modules = {}
    for page in root.glob("book/reference/*.md"):
        for names in re.findall(r"^```\{reference\} (.*)$", page.read_text("utf-8"), re.MULTILINE):
            for name in names.split():
                place = name.replace(".", "/")
                files = [*root.glob(f"{place}.py"), *root.glob(f"{place}/__init__.py")]
                modules[name] = sorted(file.relative_to(root).as_posix() for file in files)
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    pages = [page for part in toc["parts"] for page in part["chapters"]]
    inner = [section["file"] for page in pages for section in page.get("sections", [])]
    chapters = [page["file"] for page in pages if page["file"].startswith("chapters/")]
    return {
        "reference": modules,
        "tableofcontents": [f"{file}.md" for file in inner],
        "figure-list": [f"{file}.ipynb" for file in chapters],
    }


def _script(root: Path) -> str:
    know = json.dumps(pages_know(root), ensure_ascii=False)
    style = json.dumps((HERE / "extension.css").read_text(encoding="utf-8"))
    code = (HERE / "extension.js").read_text(encoding="utf-8")
    known = f"const KNOWN = {know};\nconst STYLE = {style};\n"
    return f'"use strict";\n(() => {{\n{known}{code}}})();\n'


def _write(path: Path, text: str) -> None:
    """Write a file whole: another server may read it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _order(entry: Entry) -> tuple[list[str], str]:
    """Sort as the bibliography does: by surnames, then by year."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    return [" ".join(person.last_names).lower() for person in people], entry.fields.get("year", "")


def _short_name(entry: Entry) -> str:
    """Return the authors and the year, as a citation on the page has them."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [" ".join([*p.prelast_names, *p.last_names]).strip("{}") for p in people]
    if len(names) > 2:
        names = [f"{names[0]} et al."]
    return f"{' and '.join(names)}, {entry.fields['year']}"


def _tree(text: BaseText) -> list[dict]:
    """Turn Pybtex's text into nodes of MyST's."""
    if isinstance(text, String | Symbol):
        return [{"type": "text", "value": text.render_as("text")}]
    children = [node for part in text.parts for node in _tree(part)]
    if isinstance(text, HRef):
        return [{"type": "link", "url": text.url, "children": children}]
    if isinstance(text, Tag):
        return [{"type": "emphasis", "children": children}]
    return children
