"""The map of the book says what the chapters say."""

import re

import pytest
from matplotlib.patches import FancyBboxPatch

from lib.figures.book import CHAPTERS, describe_map, draw_map, read_before
from tests import chapters


@pytest.mark.parametrize("path", chapters.CHAPTERS, ids=lambda path: path.stem)
def test_what_a_chapter_builds_on_is_what_it_asks_to_read_first(path):
    goals = chapters.Chapter(path).box("What you will be able to do").body
    # What follows a semicolon is for an exercise or a section that may be left out.
    asked = re.search(r"\*\*Read first:\*\*([^;]*)", goals)[1]
    named = {int(number) for number in re.findall(r"\]\((\d\d)_\w+\.ipynb\)", asked)}
    number = int(path.name[:2])
    assert named <= set(read_before(number))
    assert set(CHAPTERS[number].needs) <= named


def test_every_chapter_is_on_the_map():
    assert [int(path.name[:2]) for path in chapters.CHAPTERS] == list(CHAPTERS)
    places = [(place.row, place.column) for place in CHAPTERS.values()]
    assert len(set(places)) == len(places)


def test_what_comes_before_stands_above():
    for number, place in CHAPTERS.items():
        assert all(CHAPTERS[need].row < place.row for need in read_before(number))


def test_what_comes_before_comes_through_others_too():
    assert read_before(5) == (1, 2, 3, 4)
    assert read_before(2) == ()
    assert "chapters 1, 2, 3, 4." in describe_map(5)
    assert "Nothing" in describe_map(1)


def test_the_way_to_a_chapter_is_drawn_in_blue():
    boxes = [p for p in draw_map(3).axes[0].patches if isinstance(p, FancyBboxPatch)]
    blue = [number for number, box in zip(CHAPTERS, boxes, strict=True) if box.get_fc()[0] < 0.5]
    assert blue == [1, 2]


def test_a_chapter_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="chapter must be"):
        draw_map(14)
