"""A page of the book as a chapter on paper: answers at its end, and links that name their page.

``book/print_pdf.py`` fills in the numbers, which nobody knows before it is printed.
"""

from __future__ import annotations

import posixpath
import re

from book_still import docname_of
from bs4 import BeautifulSoup, Tag

# Links to these are many, and their order is the alphabet's: there a number helps nobody.
LOOKED_UP = ("book/glossary", "book/bibliography", "book/reference/")
NOTES = {"footnote-reference", "fn-backref"}
# Links to source code, lists of pages that follow, and what a checker says before anybody wrote.
SAYS_NOTHING = ".viewcode-link, .toctree-wrapper, .cell.tag_exercise > .cell_output"
NAMES_OF_ANOTHER = ("aria-labelledby", "aria-describedby", "for", "headers")


def slug_of(docname: str) -> str:
    """Return a page's name as a part of an id."""
    return re.sub(r"[^\w-]", "-", docname.removeprefix("chapters/").removeprefix("book/"))


def leave_out(page: BeautifulSoup) -> None:
    """Take away what says nothing on paper."""
    for part in page.select(SAYS_NOTHING):
        part.decompose()


def mark_ids(page: BeautifulSoup, docname: str) -> None:
    """Put a page's name before its ids, which no other page will have then."""
    slug = slug_of(docname)
    for part in page.find_all(id=True):
        part["id"] = f"{slug}--{part['id']}"
    for name in NAMES_OF_ANOTHER:
        for part in page.find_all(attrs={name: True}):
            part[name] = " ".join(f"{slug}--{one}" for one in part[name].split())


def bind_links(page: BeautifulSoup, builder, docname: str) -> None:
    """Lead links between pages to their places in the one, and say on which sheet that is."""
    for picture in page.select("img[src]"):
        if not re.match(r"\w+:", picture["src"]):
            path = posixpath.join(posixpath.dirname(docname), picture["src"])
            picture["src"] = posixpath.normpath(path)
    for number, link in enumerate(page.select("a[href]")):
        address = link["href"]
        if re.match(r"(?:https?|mailto):", address):
            continue
        target = docname if address.startswith("#") else docname_of(builder, docname, address)
        place = address.partition("#")[2]
        link["href"] = f"#{slug_of(target)}--{place}" if place else f"#{slug_of(target)}"
        looked_up = target.startswith(LOOKED_UP) or docname.startswith(LOOKED_UP)
        if not looked_up and not NOTES & set(link.get("class", [])):
            link["id"] = link.get("id") or f"{slug_of(docname)}--link-{number}"
            link.insert_after(page_reference(page, link["href"][1:], link["id"]))


def page_reference(page: BeautifulSoup, place: str, origin: str) -> Tag:
    """Return the number of a page in parentheses; it shows where the link itself is elsewhere."""
    reference = page.new_tag("span", attrs={"class": "page-reference", "data-from": origin})
    reference.append(" (p.\u00a0")
    reference.append(page_number(page, place))
    reference.append(")")
    return reference


def page_number(page: BeautifulSoup, place: str) -> Tag:
    """Return what becomes the number of the page that a place is on."""
    number = page.new_tag("span", attrs={"class": "page-of", "data-of": place})
    number.string = "000"
    return number


# --- answers --------------------------------------------------------------------------------------

KINDS = {
    "prediction": ("Predictions", "Answer"),
    "hint": ("Hints", "Hint"),
    "solution": ("Solutions", "Solution"),
    "quiz": ("Quiz", "Answer"),
}


def gather_answers(page: BeautifulSoup, slug: str) -> None:
    """Move what answers a question to the end of the page, each with links there and back."""
    moved: dict[str, list[Tag]] = {kind: [] for kind in KINDS}
    for folded in page.select("details"):
        kind = kind_of(folded)
        if kind is None:
            unfold(page, folded)
            continue
        count = len(moved[kind]) + 1
        if kind in ("prediction", "quiz"):
            asked = folded.parent
            lead, place = asked.find("strong"), asked["id"]
            lead.string = title = (
                f"Prediction {count}." if kind == "prediction" else f"Question {count}."
            )
        else:
            heading = folded.find_previous(["h2", "h3", "h4"])
            title, place = heading.get_text().strip(), heading.find_parent("section")["id"]
        answer = page.new_tag("section", attrs={"class": "answer", "id": f"{slug}--{kind}-{count}"})
        folded.insert_before(sign_to(page, KINDS[kind][1], answer["id"]))
        head = page.new_tag("p", attrs={"class": "answer-title"})
        back = page.new_tag("a", attrs={"href": f"#{place}"})
        back.string = title.rstrip(".")
        head.extend([back, ", page\u00a0", page_number(page, place)])
        folded.summary.decompose()
        answer.append(head)
        answer.extend(list(folded.contents))
        folded.decompose()
        moved[kind].append(answer)
    if any(moved.values()):
        page.find("section").append(chapter_of_answers(page, slug, moved))


def chapter_of_answers(page: BeautifulSoup, slug: str, moved: dict[str, list[Tag]]) -> Tag:
    """Return the section at the end."""
    end = page.new_tag("section", attrs={"class": "answers", "id": f"{slug}--answers"})
    heading = page.new_tag("h2")
    heading.string = "Answers"
    end.append(heading)
    for kind, (title, _) in KINDS.items():
        if moved[kind]:
            heading = page.new_tag("h3")
            heading.string = title
            end.append(heading)
            end.extend(moved[kind])
    return end


def kind_of(folded: Tag) -> str | None:
    """Tell what a folded part answers."""
    if folded.parent.name == "section" and "question" in folded.parent.get("class", []):
        return next(kind for kind in ("prediction", "quiz") if kind in folded.parent["class"])
    kinds = [kind for kind in ("hint", "solution") if kind in folded.get("class", [])]
    return kinds[0] if kinds and folded.summary.get_text().strip().lower() == kinds[0] else None


def sign_to(page: BeautifulSoup, word: str, place: str) -> Tag:
    """Return the line that says on which page the answer stands."""
    sign = page.new_tag("p", attrs={"class": "answer-sign"})
    link = page.new_tag("a", attrs={"href": f"#{place}"})
    link.extend([f"{word} on page\u00a0", page_number(page, place)])
    sign.append(link)
    return sign


def unfold(page: BeautifulSoup, folded: Tag) -> None:
    """Open what is folded for another reason; code that only draws a figure is left out."""
    cell = folded.find_parent(class_="cell")
    if cell and cell.select_one("figure") and not folded.select_one("figure"):
        folded.decompose()
        return
    summary = folded.summary
    folded.name = "div"
    if "hide" in folded.get("class", []):
        summary.decompose()  # "Show the code"
        del folded["class"]
    else:
        summary.name, summary["class"] = "p", "admonition-title"
        folded["class"] = "admonition"
