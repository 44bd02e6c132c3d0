"""WordNet: the file is read as its manual says, and similarities are those that others give."""

import json
from itertools import pairwise

import pytest

from lib.datasets import (
    load_wordnet,
    make_wordnet,
    path_between,
    path_similarity,
    steps_up,
    wordnet,
)
from lib.datasets.make_wordnet import license_of, read_nouns, with_hypernyms, written
from lib.datasets.wordnet import Synset

LINES = [
    "  1 This software and database is provided, by  ",
    "  2   ",
    "  3 Princeton University.  ",
    "00000001 03 n 01 entity 0 000 | all there is",
    "00000002 05 n 02 beast 0 wild_animal 1 002 @ 00000001 n 0000 + 00000001 v 0101 | a; b",
    "00000003 05 n 01 cat 0 002 @ 00000002 n 0000 @i 00000001 n 0000 | purrs @ night",
    "00000004 06 n 0b a 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 cat 0 001 @ 00000001 n 0000 | 11",
]


@pytest.fixture(scope="module")
def synsets():
    return load_wordnet()


def by_all_ways(synsets, first, second):
    """Count the steps by trying every way up from both, however long."""

    def ways(name):
        above = synsets[name].hypernyms
        yield (name,)
        yield from ((name, *way) for other in above for way in ways(other))

    return min(
        len(up) + len(down) - 2 for up in ways(first) for down in ways(second) if up[-1] == down[-1]
    )


# Of WordNet 3.0, as the documentation and the book of NLTK print them.
PUBLISHED = [
    ("cat", "dog", 1 / 5),
    ("right whale", "lesser rorqual", 1 / 4),  # the minke whale
    ("right whale", "killer whale", 1 / 6),
    ("right whale", "tortoise", 1 / 13),
]


@pytest.mark.parametrize(("first", "second", "similarity"), PUBLISHED)
def test_similarities_are_those_that_others_publish(synsets, first, second, similarity):
    assert path_similarity(synsets, first, second) == pytest.approx(similarity)
    assert path_similarity(synsets, second, first) == pytest.approx(similarity)


def test_the_way_is_the_shortest(synsets):
    names = json.loads(wordnet.FILE.read_text(encoding="utf-8"))
    names = [*names["cifar10"], *names["imagenet"][::7], "dog", "domestic cat"]
    for first in names:
        for second in names:
            path = path_between(synsets, first, second)
            assert (path[0], path[-1]) == (first, second)
            assert len(path) - 1 == by_all_ways(synsets, first, second)
            for one, other in pairwise(path):
                assert other in synsets[one].hypernyms or one in synsets[other].hypernyms


def test_a_short_way_up_is_found_behind_a_long_one():
    diamond = {
        "top": Synset("n1", ("top",), ()),
        "left": Synset("n2", ("left",), ("top",)),
        "low": Synset("n3", ("low",), ("left",)),
        "cat": Synset("n4", ("cat",), ("low", "top")),
        "dog": Synset("n5", ("dog",), ("top", "low")),
        "lone": Synset("n6", ("lone",), ()),
    }
    assert steps_up(diamond, "cat") == {"cat": 0, "low": 1, "top": 1, "left": 2}
    assert path_between(diamond, "cat", "dog") == ["cat", "low", "dog"]
    assert path_between(diamond, "cat", "top") == ["cat", "top"]
    assert path_between(diamond, "cat", "cat") == ["cat"]
    assert path_similarity(diamond, "cat", "cat") == 1
    with pytest.raises(ValueError, match="'cat' and 'lone' are kinds of nothing in common"):
        path_similarity(diamond, "cat", "lone")


def test_the_file_is_whole_and_says_whose_it_is(synsets):
    stored = json.loads(wordnet.FILE.read_text(encoding="utf-8"))
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in stored["license"]
    assert "Permission to use, copy, modify and distribute" in stored["license"]
    assert "WordNet 3.0" in stored["source"]
    assert (len(stored["imagenet"]), len(stored["cifar10"])) == (52, 10)
    assert {*stored["cifar10"], *stored["imagenet"]} <= set(synsets)
    roots = [name for name, synset in synsets.items() if not synset.hypernyms]
    assert roots == ["entity"]
    assert all(above in synsets for synset in synsets.values() for above in synset.hypernyms)
    numbers = [synset.number for synset in synsets.values()]
    assert len(set(numbers)) == len(numbers) == len(synsets)
    assert wordnet.FILE.stat().st_size < 40_000


def test_lines_are_read_as_the_manual_says():
    assert license_of(LINES) == "This software and database is provided, by Princeton University."
    nouns = read_nouns(LINES)
    assert nouns["n00000001"] == (("entity",), ())
    assert nouns["n00000002"] == (("beast", "wild animal"), ("n00000001",))
    assert nouns["n00000003"] == (("cat",), ("n00000002",))  # an instance is no kind
    assert len(nouns["n00000004"][0]) == 11


@pytest.mark.parametrize(
    "line",
    [
        "",
        "00000001 03 n 01 entity 0",
        "00000001 03 n 01 entity 0 002 @ 00000002 n 0000 | one pointer for two",
        "00000001 03 n zz entity 0 000 | no number",
    ],
)
def test_other_lines_are_refused(line):
    with pytest.raises(ValueError, match=r"^not a line of WordNet's nouns: "):
        read_nouns([line])


def test_sets_come_with_all_above_and_one_name_each():
    nouns = read_nouns(LINES)
    kept = with_hypernyms(nouns, ["n00000004", "n00000003"])
    assert kept == {
        "a": ["n00000004", [*"abcdefghij", "cat"], ["entity"]],
        "beast": ["n00000002", ["beast", "wild animal"], ["entity"]],
        "cat": ["n00000003", ["cat"], ["beast"]],
        "entity": ["n00000001", ["entity"], []],
    }
    twice = nouns | {"n00000009": (("cat",), ("n00000001",))}
    assert "cat (n00000009)" in with_hypernyms(twice, ["n00000003", "n00000009"])
    with pytest.raises(ValueError, match="there is no set n5"):
        with_hypernyms(nouns, ["n5"])
    assert json.loads(written({"source": "here", "synsets": kept}))["synsets"] == kept


def test_the_command_says_what_it_did(tmp_path, monkeypatch, capsys):
    for name, numbers in (("CIFAR10", ["n00000003"]), ("IMAGENET", []), ("OTHERS", [])):
        monkeypatch.setattr(make_wordnet, name, numbers)
    monkeypatch.setattr(make_wordnet, "FILE", tmp_path / "made.json")
    (tmp_path / "data.noun").write_text("\n".join(LINES), encoding="utf-8")
    assert make_wordnet.main([str(tmp_path / "data.noun")]) == 0
    assert capsys.readouterr().out.startswith("3 sets of words in ")
    monkeypatch.setattr(wordnet, "FILE", tmp_path / "made.json")
    assert list(load_wordnet()) == ["beast", "cat", "entity"]
    assert make_wordnet.main([str(tmp_path / "none")]) == 1
    assert "error: " in capsys.readouterr().err
    monkeypatch.setattr(wordnet, "FILE", tmp_path / "missing.json")
    with pytest.raises(FileNotFoundError, match="it comes with the book's project"):
        load_wordnet()
