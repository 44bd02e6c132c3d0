"""Fashion-MNIST: read and checked as MNIST is."""

import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pytest

from lib.datasets import catalog, fashion_mnist, load_fashion_mnist, load_mnist
from lib.datasets.__main__ import main
from lib.datasets.fetch import fetch
from tests.datasets.small_mnist import CONTENTS, FILES, alter, packed_copy, put, truncate


@pytest.fixture
def small(monkeypatch, bare_machine):
    """A catalog whose Fashion-MNIST has the pictures of the small MNIST."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENTS.items()}
    entry = replace(catalog.CATALOG["fashion-mnist"], files=digests)
    monkeypatch.setitem(catalog.CATALOG, "fashion-mnist", entry)
    monkeypatch.setattr(fashion_mnist, "FASHION_MNIST", entry)
    return entry


@pytest.mark.parametrize("inside", ["", "fashion-mnist"])
def test_the_files_are_split_as_those_of_mnist(small, entry, tmp_path, inside):
    folder = put(tmp_path / "clothes" / inside, packed=True)
    splits = load_fashion_mnist(tmp_path / "clothes")
    assert splits.source == str(folder)
    assert [len(part) for part in splits] == [4, 6_000, 40]
    for part, other in zip(splits, load_mnist(folder), strict=True):
        np.testing.assert_array_equal(part.images, other.images)
        np.testing.assert_array_equal(part.labels, other.labels)
    assert [part.name for part in splits] == [
        "Fashion-MNIST, training",
        "Fashion-MNIST, validation",
        "Fashion-MNIST, test",
    ]
    assert splits.train.classes[0] == "T-shirt/top"
    assert splits.test.classes[9] == "ankle boot"
    assert len(splits.test.classes) == 10


def test_only_folders_of_its_name_are_searched_because_mnist_has_the_same_files(
    small, tmp_path, monkeypatch
):
    put(tmp_path / "named", packed=True)
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "named"))
    folder = put(tmp_path / "cache" / "fashion-mnist", packed=True)
    assert load_fashion_mnist().source == str(folder)


def test_without_the_files_the_error_says_how_to_get_them(small, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load_fashion_mnist()
    assert str(caught.value) == (
        "Fashion-MNIST, 70,000 pictures of clothes: not found in "
        f"{tmp_path}/project/data/fashion-mnist, {tmp_path}/cache/fashion-mnist. To get it, run "
        "`python -m lib.datasets fetch fashion-mnist`, or let the environment variable CNN_DATA "
        "name a folder that holds fashion-mnist/."
    )


def test_missing_files_are_named(small, tmp_path):
    folder = put(tmp_path / "fashion-mnist", FILES[0], packed=True)
    with pytest.raises(FileNotFoundError) as caught:
        load_fashion_mnist(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{folder}: expected the files of Fashion-MNIST, 70,000 pictures")
    assert f", each plain or with .gz; found {FILES[0]}; missing {FILES[1]}," in message


def test_it_is_the_content_that_counts_not_how_it_was_packed(small, tmp_path):
    """Debian packs the published files anew: other times and names in the headers of gzip."""
    folder = put(tmp_path / "fashion-mnist", *FILES[1:], packed=True)
    for name in FILES:
        (folder / f"{name}.gz").write_bytes(gzip.compress(CONTENTS[name], 9, mtime=1_500_000_000))
    assert [len(part) for part in load_fashion_mnist(tmp_path)] == [4, 6_000, 40]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, "truncated or damaged gzip data"),
        (alter, "truncated or damaged gzip data"),
        (lambda data: gzip.compress(alter(gzip.decompress(data)), 1), "altered, or not the file"),
    ],
)
def test_a_damaged_file_is_named(small, tmp_path, name, damage, message):
    folder = put(tmp_path / "fashion-mnist", packed=True)
    path = folder / f"{name}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"fashion-mnist/{name}.gz: {message}"):
        load_fashion_mnist(tmp_path)


def test_it_is_fetched_as_mnist_is(small, monkeypatch, web, tmp_path, capsys):
    changed = replace(small, mirrors=(f"{web.url}/",))
    monkeypatch.setitem(catalog.CATALOG, "fashion-mnist", changed)
    for name in FILES:
        web.pages[f"/{name}.gz"] = packed_copy(name)
    folder = fetch("fashion-mnist", progress=False)
    assert folder == tmp_path / "project" / "data" / "fashion-mnist"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert [len(part) for part in load_fashion_mnist()] == [4, 6_000, 40]
    assert main([]) == 0
    assert f"fashion-mnist: {small.title}: whole in {folder}\n" in capsys.readouterr().out
