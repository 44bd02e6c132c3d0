"""People's own pictures: of any size and kind, in folders and archives."""

import tarfile

import numpy as np
import pytest

from lib.datasets import load_image_folder
from lib.datasets.pictures import interleaved
from tests.datasets.small_pictures import FORMS, GREEN, PETS, RED, each_form, folder, picture, tar


@each_form
def test_pictures_of_any_kind_and_size_become_one_data_set(tmp_path, form):
    path = FORMS[form](tmp_path, PETS)
    pets = load_image_folder(str(path), size=(12, 10))
    assert pets.images.shape == (6, 3, 12, 10)
    assert pets.images.dtype == np.float32
    assert pets.classes == ("cat", "dog")
    assert pets.source == str(path)
    assert pets.name == path.name
    for image, label in zip(*pets, strict=True):
        expected = np.array(RED if label == 0 else GREEN) / 255
        np.testing.assert_allclose(image.mean((1, 2)), expected, atol=0.01)


@each_form
def test_hidden_files_and_those_beside_the_classes_are_ignored(tmp_path, form):
    litter = {
        ".DS_Store": b"x",
        "cat/.DS_Store": b"x",
        "cat/._a.png": b"x",
        "cat/Thumbs.db": b"x",
        "cat/thumbs.db": b"x",
        "cat/Desktop.ini": b"x",
        "cat/ehthumbs_vista.db": b"x",
        "cat/@eaDir/a.png/SYNOPHOTO_THUMB_XL.jpg": b"x",
        "@eaDir/a.png/SYNOPHOTO_THUMB_XL.jpg": b"x",
        "#recycle/cat/a.png": b"x",
        "__MACOSX/cat/a.png": b"x",
        ".git/config/x.png": b"x",
        "LICENSE.txt": b"free",
    }
    path = FORMS[form](tmp_path, {**PETS, **litter})
    assert len(load_image_folder(path, (8, 8))) == 6


@pytest.mark.parametrize("form", list(FORMS)[1:])
@pytest.mark.parametrize("root", ["./", "photos/", "photos/2024/"])
def test_folders_around_the_classes_of_an_archive_are_passed_over(tmp_path, form, root):
    files = {root + name: data for name, data in {**PETS, "LICENSE.txt": b"free"}.items()}
    assert load_image_folder(FORMS[form](tmp_path, files), (8, 8)).classes == ("cat", "dog")


@each_form
def test_the_same_files_give_the_same_order_with_the_classes_spread(tmp_path, form):
    shades = {
        **{f"a/{i:02}.png": picture((i, 0, 0), (4, 4)) for i in range(12)},
        **{f"b/{i:02}.png": picture((i, 0, 0), (4, 4)) for i in range(4)},
    }
    (tmp_path / "other").mkdir()
    pictures = load_image_folder(FORMS[form](tmp_path, shades), (4, 4))
    turned = dict(reversed(shades.items()))
    again = load_image_folder(FORMS[form](tmp_path / "other", turned), (4, 4))
    np.testing.assert_array_equal(pictures.images, again.images)
    np.testing.assert_array_equal(pictures.labels, again.labels)
    assert [(pictures[i : i + 4].labels == 1).sum() for i in range(0, 16, 4)] == [1, 1, 1, 1]
    numbers = np.rint(pictures.images[:, 0, 0, 0] * 255)
    assert numbers[pictures.labels == 0].tolist() == list(range(12))


def test_within_chooses_a_part(tmp_path):
    files = {f"set/train/{name}": data for name, data in PETS.items()}
    files |= {"set/test/cat/x.png": picture(), "set/test/dog/x.png": picture()}
    path = tar(tmp_path / "pets.tar", files)
    with pytest.raises(ValueError, match=r"folders test, train are parts .* within='test'$"):
        load_image_folder(path, (8, 8))
    assert len(load_image_folder(path, (8, 8), within="train")) == 6
    test = load_image_folder(path, (8, 8), within="test", name="my test")
    assert (len(test), test.name, test.source) == (2, "my test", f"{path}, test")
    with pytest.raises(ValueError, match=r"pets.tar: there is no folder 'tests' in it$"):
        load_image_folder(path, (8, 8), within="tests")
    assert len(load_image_folder(folder(tmp_path / "f", files), (8, 8), within="set/train")) == 6


def test_gray_pictures_have_one_channel(tmp_path):
    pets = load_image_folder(folder(tmp_path, PETS), (8, 9), "gray")
    assert pets.images.shape == (6, 1, 8, 9)


# Errors ------------------------------------------------------------------------------------------


@each_form
def test_a_file_that_is_no_picture_is_named(tmp_path, form, capsys):
    files = {**PETS, "cat/notes.txt": b"a cat", "dog/broken.png": picture()[:60]}
    path = FORMS[form](tmp_path, files)
    with pytest.raises(ValueError) as caught:
        load_image_folder(path, (8, 8))
    message = str(caught.value)
    assert message.startswith(f"{path}: cat/notes.txt: not a picture that Pillow can read")
    assert message.endswith("remove it, or leave out such files with skip_unreadable=True")
    pets = load_image_folder(path, (8, 8), skip_unreadable=True)
    assert len(pets) == 6
    assert capsys.readouterr().err == (
        f"{path}: left out 2 files that are no pictures: cat/notes.txt, dog/broken.png\n"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no class folders in it; expected <class>/<picture>, for example cat/1.jpg"),
        ({"README.txt": b""}, "no class folders in it; expected"),
        ({"1.png": picture()}, "1.png lies in no class folder; expected <class>/<picture>"),
        ({**PETS, "loose.JPG": b""}, "loose.JPG lies in no class folder"),
        ({"cat/1.png": picture()}, "only one class folder, 'cat'; a classifier needs at least two"),
    ],
    ids=["nothing", "no folder", "loose alone", "loose", "one class"],
)
@each_form
def test_a_folder_of_another_shape_is_refused(tmp_path, form, files, message):
    path = FORMS[form](tmp_path, files)
    path.exists() or path.mkdir()
    with pytest.raises(ValueError, match=rf"pets[\w.]*: {message}"):
        load_image_folder(path, (8, 8))


def test_an_empty_class_folder_is_named(tmp_path):
    path = folder(tmp_path / "pets", PETS)
    (path / "bird").mkdir()
    with pytest.raises(ValueError, match=r"pets: the class folder 'bird' holds no picture$"):
        load_image_folder(path, (8, 8))
    (path / "bird" / "song.txt").write_text("tweet")
    with pytest.raises(ValueError, match=r"the class folder 'bird' holds no picture$"):
        load_image_folder(path, (8, 8), skip_unreadable=True)
    with tarfile.open(tmp_path / "pets.tar", "w") as archive:
        (path / "bird" / "song.txt").unlink()
        archive.add(path, "pets")
    with pytest.raises(ValueError, match=r"pets.tar: the class folder 'bird' holds no picture$"):
        load_image_folder(tmp_path / "pets.tar", (8, 8))


def test_nothing_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent: there is no such file or folder$"):
        load_image_folder(tmp_path / "absent", (8, 8))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 28}, r"^size must be \(height, width\) in pixels, got 28$"),
        ({"size": (28, 28, 3)}, r"^size must be \(height, width\) in pixels, got \(28, 28, 3\)$"),
        ({"size": None}, r"^size must be .*, got None$"),
        ({"size": (28, 0)}, "^the width of size must be at least 1 and at most 10000, got 0$"),
        ({"size": (-28, 28)}, "^the height of size must be at least 1 and .*, got -28$"),
        ({"size": (100_000, 28)}, "^the height of size must be .* at most 10000, got 100000$"),
        ({"size": (28.0, 28)}, "^the height of size must be an integer, got 28.0$"),
        ({"size": "28"}, "^the height of size must be an integer, got '2'$"),
        ({"color": "green"}, "^color must be 'gray' or 'rgb', got 'green'$"),
        ({"color": ["gray"]}, r"^color must be 'gray' or 'rgb', got \['gray'\]$"),
        ({"fit": "fill"}, r"^fit must be one of \['crop', 'pad', 'stretch'\], got 'fill'$"),
        ({"within": 3}, "^within must be the name of a folder, got 3$"),
        ({"skip_unreadable": "no"}, "^skip_unreadable must be True or False, got 'no'$"),
        ({"name": 3}, "^Dataset expects its name to be a text, got 3$"),
        ({"encoding": "cp9999"}, "^encoding must be one that Python knows, got 'cp9999'$"),
        ({"encoding": "base64"}, "^encoding must be one that Python knows, got 'base64'$"),
        ({"encoding": 932}, "^encoding must be the name of an encoding, got 932$"),
        ({"path": None}, "^path must be a path, got None$"),
        ({"path": ["pets"]}, r"^path must be a path, got \['pets'\]$"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, settings, message):
    folder(tmp_path, PETS)
    with pytest.raises((ValueError, TypeError), match=message):
        load_image_folder(**{"path": tmp_path, "size": (28, 28), **settings})


def test_a_picture_in_place_of_a_folder_is_refused(tmp_path):
    folder(tmp_path, PETS)
    with pytest.raises(ValueError, match=r"2.png: neither a folder nor a tar nor a zip"):
        load_image_folder(tmp_path / "dog" / "2.png", (8, 8))


def test_numpys_integers_are_a_size(tmp_path):
    pets = load_image_folder(folder(tmp_path, PETS), np.array([8, 9]))
    assert pets.images.shape == (6, 3, 8, 9)


def test_the_home_of_the_reader_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder(tmp_path / "pets", PETS)
    assert len(load_image_folder("~/pets", (8, 8))) == 6


# The order ---------------------------------------------------------------------------------------


def test_every_slice_has_the_classes_in_their_shares():
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [300, 90, 30]))
    order = interleaved(labels)
    assert sorted(order) == list(range(420))
    for start in range(0, 420, 42):
        counts = np.bincount(labels[order[start : start + 42]], minlength=3)
        assert np.abs(counts - [30, 9, 3]).max() <= 1
    for label in range(3):
        own = order[labels[order] == label]
        assert (np.diff(own) > 0).all(), "within a class the order stays"
    assert interleaved(np.zeros(0, np.int64)).shape == (0,)
