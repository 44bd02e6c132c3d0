"""Fashion-MNIST: read as MNIST is, checked as it was published."""

import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pytest

from lib.datasets import catalog, fashion_mnist, load_fashion_mnist, load_mnist
from lib.datasets.__main__ import main
from lib.datasets.fetch import fetch
from tests.datasets.small_mnist import CONTENTS, alter, packed_copy, put, truncate

NAMES = tuple(f"{name}.gz" for name in CONTENTS)


@pytest.fixture
def small(monkeypatch, bare_machine):
    """A catalog whose Fashion-MNIST has the pictures of the small MNIST."""
    digests = {name: hashlib.sha256(packed_copy(name[:-3])).hexdigest() for name in NAMES}
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
    folder = put(tmp_path / "fashion-mnist", NAMES[0][:-3], packed=True)
    with pytest.raises(FileNotFoundError) as caught:
        load_fashion_mnist(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{folder}: expected the files of Fashion-MNIST, 70,000 pictures")
    assert f", packed as they were published; found {NAMES[0]}; missing {NAMES[1]}," in message


@pytest.mark.parametrize("name", NAMES)
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
    (folder / name).write_bytes(damage((folder / name).read_bytes()))
    with pytest.raises(ValueError, match=f"fashion-mnist/{name}: {message}"):
        load_fashion_mnist(tmp_path)


def test_fetch_keeps_the_files_as_published(small, monkeypatch, web, tmp_path, capsys):
    changed = replace(small, mirrors=(f"{web.url}/unpacked/", f"{web.url}/good/"))
    monkeypatch.setitem(catalog.CATALOG, "fashion-mnist", changed)
    for name in NAMES:
        web.pages[f"/unpacked/{name}"] = CONTENTS[name[:-3]]
        web.pages[f"/good/{name}"] = packed_copy(name[:-3])
    folder = fetch("fashion-mnist", progress=False)
    assert folder == tmp_path / "project" / "data" / "fashion-mnist"
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    assert (folder / NAMES[2]).read_bytes() == packed_copy(NAMES[2][:-3])
    assert [len(part) for part in load_fashion_mnist()] == [4, 6_000, 40]
    assert main([]) == 0
    assert f"fashion-mnist: {small.title}: whole in {folder}\n" in capsys.readouterr().out
