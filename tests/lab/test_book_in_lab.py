"""What the extension of JupyterLab knows is what the book says."""

import json
import re
import sys

from tests.chapters import CHAPTERS, ROOT, Chapter, glossary

sys.path.append(str(ROOT / "book" / "lab"))

import book_in_lab


def test_it_knows_every_term_and_its_text():
    known = book_in_lab.pages_know(ROOT)["terms"]
    assert [entry["names"] for entry in known] == glossary()
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    for entry in known:
        assert all(f"\n  {line}\n" in text for line in entry["text"].splitlines() if line)
    assert sum(len(entry["text"]) for entry in known) > 0.6 * len(text)


def test_a_definition_of_two_paragraphs_stays_one():
    text = "```{glossary}\n:sorted:\n\na\nb\n  One.\n\n  Two.\n\nc\n  Three.\n```\n"
    assert book_in_lab.terms(text) == [
        {"names": ["a", "b"], "text": "One.\n\nTwo."},
        {"names": ["c"], "text": "Three."},
    ]


def test_it_knows_every_work_with_its_entry():
    works = book_in_lab.pages_know(ROOT)["works"]
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    assert sorted(works) == sorted(re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE))
    for key, work in works.items():
        assert re.fullmatch(r"\D+, \d{4}", work["name"]), key
        assert work["name"][-4:] in work["text"]
    assert works["zhang2019making"]["name"] == "Zhang, 2019"
    assert works["azulay2019why"]["name"] == "Azulay and Weiss, 2019"
    assert works["lecun1998gradient"]["name"] == "LeCun et al., 1998"
    assert list(works) != sorted(works)  # by surname, as the page has them


def test_it_knows_the_title_of_every_chapter_and_what_the_lists_list():
    known = book_in_lab.pages_know(ROOT)
    for path in CHAPTERS:
        title = known["titles"][path.relative_to(ROOT).as_posix()]
        assert Chapter(path).markdown.startswith(f"# {title}\n")
    lists = dict(known["lists"])
    modules = lists.pop("reference")
    files = [file for found in (*modules.values(), *lists.values()) for file in found]
    assert all(modules.values()) and all(lists.values())
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_the_extension_is_written_whole_under_a_name_that_changes_with_it(tmp_path):
    for part in ("book", "chapters", "lib"):
        (tmp_path / part).symlink_to(ROOT / part)
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    (tmp_path / "_toc.yml").write_text(toc)

    def load():
        folder = book_in_lab.write_extension(tmp_path) / book_in_lab.NAME
        package = json.loads((folder / "package.json").read_text())
        return folder / package["jupyterlab"]["_build"]["load"]

    first = load()
    assert "LeCun et al., 1998" in first.read_text(encoding="utf-8")
    assert load() == first
    (tmp_path / "_toc.yml").write_text(toc.replace("      - file: chapters/03_pooling\n", ""))
    assert load() != first
