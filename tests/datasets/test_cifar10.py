"""CIFAR-10: the official files and the pictures give the same three parts."""

import hashlib
import io
import os
import pickle
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.datasets import catalog, cifar10, load_cifar10, load_fashion_mnist, load_mnist
from lib.datasets.__main__ import main
from lib.datasets.archives import walk
from lib.datasets.cifar10 import BATCHES, CLASSES, find_cifar10
from lib.datasets.fetch import fetch
from lib.datasets.pictures import decode


def small_cifar10():
    """Return the bytes of the official files, made of random pictures in random order."""
    rng = np.random.default_rng(0)
    contents, labels = {}, np.repeat(np.arange(10), 20)
    orders = [*np.split(rng.permutation(labels), 5), np.repeat(np.arange(10), 3)[::-1]]
    for name, order in zip(BATCHES, orders, strict=True):
        # Smooth, so that JPEG changes little.
        pixels = rng.integers(0, 256, (len(order), 3, 1, 1)) * np.linspace(0.5, 1, 32)
        pixels = np.broadcast_to(pixels, (len(order), 3, 32, 32)).astype(np.uint8)
        rows = np.concatenate([order[:, None].astype(np.uint8), pixels.reshape(-1, 3072)], axis=1)
        contents[name] = rows.tobytes()
    return contents


CONTENTS = small_cifar10()


def rows_of(*names):
    rows = np.frombuffer(b"".join(CONTENTS[name] for name in names), np.uint8).reshape(-1, 3073)
    return rows[:, 0], rows[:, 1:].reshape(-1, 3, 32, 32)


TRAIN, TEST = rows_of(*list(BATCHES)[:5]), rows_of("test_batch.bin")


def picture_files(kind="png"):
    """Return name and bytes of each picture, numbered within its class."""
    files = {}
    for part, (labels, pixels) in (("train", TRAIN), ("test", TEST)):
        counts = [0] * 10
        for label, picture in zip(labels, pixels, strict=True):
            buffer = io.BytesIO()
            Image.fromarray(picture.transpose(1, 2, 0)).save(buffer, kind.upper())
            name = f"{part}/{CLASSES[label]}/{counts[label]:04}.{kind[:3]}"
            files[name] = buffer.getvalue()
            counts[label] += 1
    return files


def official_files():
    return {f"cifar-10-batches-bin/{name}": data for name, data in CONTENTS.items()}


def as_folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def as_tar(path, files, mode="w:gz"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        for name, data in sorted(files.items(), reverse=True):  # order must not matter
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def as_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def small(monkeypatch, bare_machine):
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENTS.items()}
    monkeypatch.setattr(cifar10, "BATCHES", digests)


def assert_the_parts(splits):
    """Check every picture against the rule, computed in another way: class by class."""
    assert [len(part) for part in splits] == [180, 20, 30]
    for part, (labels, pixels), chosen in zip(
        splits, (TRAIN, TRAIN, TEST), (slice(18), slice(18, 20), slice(3)), strict=True
    ):
        assert part.images.dtype == np.float32
        np.testing.assert_array_equal(part.labels, list(range(10)) * (len(part) // 10))
        for label in range(10):
            own = np.rint(part.images[part.labels == label] * 255)
            np.testing.assert_array_equal(own, pixels[labels == label][chosen])
        assert part.classes == CLASSES
    names = ["CIFAR-10, training", "CIFAR-10, validation", "CIFAR-10, test"]
    assert [part.name for part in splits] == names


@pytest.mark.parametrize("place", ["cifar10", "."])
@pytest.mark.parametrize("form", ["packed", "unpacked", "beside"])
def test_the_official_files_are_split(small, tmp_path, place, form):
    folder = tmp_path / "named" / place
    if form == "packed":
        expected = as_tar(folder / "cifar-10-binary.tar.gz", official_files())
    elif form == "unpacked":
        as_folder(folder, {**official_files(), "cifar-10-batches-bin/readme.html": b"read me"})
        expected = folder / "cifar-10-batches-bin"
    else:
        expected = as_folder(folder, CONTENTS)
    splits = load_cifar10(tmp_path / "named")
    assert_the_parts(splits)
    assert splits.source == str(expected)


@pytest.mark.parametrize("form", ["folder", "tar", "tar.gz", "zip"])
@pytest.mark.parametrize("root", ["", "CIFAR/images/"])
def test_pictures_give_the_same_parts_as_the_official_files(small, tmp_path, form, root):
    files = {root + name: data for name, data in picture_files().items()}
    path = tmp_path / f"any-name.{form}"
    if form == "folder":
        as_folder(path, picture_files())
    elif form == "zip":
        as_zip(path, files)
    else:
        as_tar(path, files, "w:gz" if form == "tar.gz" else "w")
    splits = load_cifar10(str(path))
    assert_the_parts(splits)
    assert splits.source == str(path)


def test_pictures_that_went_through_jpeg_are_said_to(small, tmp_path):
    path = as_tar(tmp_path / "named" / "cifar10" / "cifar10-images.tar.gz", picture_files("jpeg"))
    splits = load_cifar10(tmp_path / "named")
    assert splits.source == f"{path} (pictures that went through JPEG)"
    exact = load_cifar10(as_folder(tmp_path / "exact", CONTENTS))
    difference = np.abs(splits.train.images - exact.train.images)
    assert 0 < difference.mean() < 0.02
    np.testing.assert_array_equal(splits.test.labels, exact.test.labels)


def test_the_official_files_go_before_pictures_wherever_they_are(small, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(tmp_path / "named"))
    pictures = as_folder(tmp_path / "named" / "cifar10", picture_files())
    assert load_cifar10().source == str(pictures)
    path = as_tar(tmp_path / "cache" / "cifar10" / "cifar-10-binary.tar.gz", official_files())
    assert load_cifar10().source == str(path)
    assert load_cifar10(tmp_path / "named").source == str(pictures)


def test_a_folder_train_in_a_folder_of_data_is_not_taken_for_it(small, tmp_path):
    as_folder(tmp_path / "project" / "data", picture_files())
    assert find_cifar10() is None
    assert find_cifar10(tmp_path / "project" / "data") == tmp_path / "project" / "data"


def test_without_the_files_the_error_says_how_to_get_them(small, tmp_path):
    title = "CIFAR-10, 60,000 color pictures in ten classes"
    with pytest.raises(FileNotFoundError) as caught:
        load_cifar10()
    assert str(caught.value) == (
        f"{title}: not found in {tmp_path}/project/data, {tmp_path}/cache. To get it, run "
        "`python -m lib.datasets fetch cifar10`, or let the environment variable CNN_DATA name a "
        "folder that holds cifar10/."
    )
    with pytest.raises(FileNotFoundError, match=f"^{title}: not found in {tmp_path}/absent. To "):
        load_cifar10(tmp_path / "absent")


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data[:100] + b"\0" + data[101:]]
)
def test_an_altered_official_file_is_named(small, tmp_path, change):
    files = official_files()
    name = "cifar-10-batches-bin/data_batch_4.bin"
    path = as_tar(tmp_path / "x.tar.gz", {**files, name: change(files[name])})
    message = r"x.tar.gz: data_batch_4.bin is truncated or altered; its content has SHA-256 \w+, "
    with pytest.raises(ValueError, match=message):
        load_cifar10(path)


def test_a_missing_official_file_is_named(small, tmp_path):
    files = official_files()
    del files["cifar-10-batches-bin/test_batch.bin"]
    path = as_tar(tmp_path / "x.tar.gz", files)
    with pytest.raises(ValueError, match=r"x.tar.gz: of the files .*, test_batch.bin are missing"):
        load_cifar10(path)


def test_a_truncated_archive_is_an_error(small, tmp_path):
    path = as_tar(tmp_path / "x.tar.gz", picture_files())
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(ValueError, match=r"x.tar.gz: truncated or damaged archive"):
        load_cifar10(path)
    path.write_bytes(b"<html>404</html>")
    with pytest.raises(ValueError, match=r"x.tar.gz: neither a folder nor a tar nor a zip"):
        load_cifar10(path)


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ({"train/cat/x.png": b"text"}, "train/cat/x.png: not a picture that Pillow can read"),
        ({"train/unicorn/1.png": b""}, r"with the classes airplane, .*, got train/unicorn/1.png"),
        ({"validation/cat/1.png": b""}, "expected train/<class>/<file> and .*, got validation/cat"),
    ],
)
def test_a_file_that_does_not_belong_is_named(small, tmp_path, added, message):
    path = as_tar(tmp_path / "x.tar", {**picture_files(), **added}, "w")
    with pytest.raises(ValueError, match=message):
        load_cifar10(path)


def test_a_picture_of_another_size_is_named(small, tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (32, 28)).save(buffer, "PNG")
    path = as_tar(tmp_path / "x.tar", {**picture_files(), "test/cat/x.png": buffer.getvalue()}, "w")
    with pytest.raises(ValueError, match=r"test/cat/x.png has 28 × 32 pixels, expected 32 × 32$"):
        load_cifar10(path)


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-py"])
def test_the_pickled_version_is_refused_and_never_unpickled(small, tmp_path, monkeypatch, inside):
    class Trap:
        def __reduce__(self):
            return (print, ("unpickled",))

    monkeypatch.setattr("pickle.Unpickler", None)
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"]
    files = {name: pickle.dumps(Trap()) for name in names}
    folder = as_folder(tmp_path / "named" / inside, files)
    message = "is the Python version of CIFAR-10, .*; the binary version is read. To get it, run"
    for path in (folder, tmp_path / "named"):
        with pytest.raises(ValueError, match=message):
            load_cifar10(path)
    packed = {f"cifar-10-batches-py/{name}": data for name, data in files.items()}
    archive = as_tar(tmp_path / "named" / "cifar-10-python.tar.gz", packed)
    for path in (archive, tmp_path / "named"):
        with pytest.raises(ValueError, match=message):
            load_cifar10(path)


@pytest.mark.parametrize("path", [3, ["cifar10"], b"cifar10"])
def test_what_is_no_path_is_refused(path):
    for load in (load_cifar10, load_fashion_mnist, load_mnist):
        with pytest.raises(TypeError, match=r"^path must be a path, got "):
            load(path)


def test_a_missing_class_or_part_is_named(small, tmp_path):
    files = {n: d for n, d in picture_files().items() if not n.startswith("test/s")}
    path = as_tar(tmp_path / "x.tar", files, "w")
    with pytest.raises(ValueError, match=r"x.tar: no pictures test/<class>/<file> of ship$"):
        load_cifar10(path)
    with pytest.raises(ValueError, match=r"no pictures train/<class>/<file> of airplane, auto"):
        load_cifar10(as_tar(tmp_path / "x.tar", {"readme.txt": b"read me"}, "w"))


def test_fetch_puts_the_archive_in_place(small, monkeypatch, web, tmp_path, capsys):
    archive = as_tar(tmp_path / "made.tar.gz", official_files()).read_bytes()
    name = "cifar-10-binary.tar.gz"
    entry = replace(
        catalog.CATALOG["cifar10"],
        files={name: hashlib.sha256(archive).hexdigest()},
        mirrors=(f"{web.url}/",),
    )
    monkeypatch.setitem(catalog.CATALOG, "cifar10", entry)
    web.pages[f"/{name}"] = archive
    target = tmp_path / "project" / "data" / "cifar10"
    assert fetch("cifar10", progress=False) == target
    assert [path.name for path in target.iterdir()] == [name]
    assert_the_parts(load_cifar10())
    assert main([]) == 0
    assert f"cifar10: {entry.title}: whole in {target}\n" in capsys.readouterr().out


def test_the_command_tells_of_pictures(small, tmp_path, capsys):
    path = as_folder(tmp_path / "cache" / "cifar10", picture_files())
    assert main([]) == 0
    assert f"ten classes: in another form in {path}\n" in capsys.readouterr().out


# The real pictures -------------------------------------------------------------------------------

ARCHIVE = Path(os.environ.get("CNN_DATA", "none"), "cifar10", "cifar10-images.tar.gz")
needs_pictures = pytest.mark.skipif(
    not ARCHIVE.is_file(),
    reason="needs the pictures of CIFAR-10: set CNN_DATA to the folder that holds cifar10/",
)


@needs_pictures
def test_the_real_archive_has_all_pictures_in_the_official_order():
    counts, first_frog = {}, None
    for name, read in walk(ARCHIVE):
        if read is not None:
            counts[name.parts[:2]] = counts.get(name.parts[:2], 0) + 1
            if str(name) == "train/frog/0000.jpg":
                first_frog, kind = decode(read(), name)
    assert kind == "JPEG"
    expected = {("train", name): 5_000 for name in CLASSES}
    assert counts == expected | {("test", name): 1_000 for name in CLASSES}
    # The first picture of the official files is a frog. Its first row begins, in red, with these
    # (https://hexdocs.pm/scidata/Scidata.CIFAR10.html); JPEG has changed them a little.
    official = [59, 43, 50, 68, 98, 119, 139, 145, 149, 149, 131, 125, 142, 144, 137, 129]
    assert np.abs(first_frog[0, :16, 0] - np.array(official)).max() < 20


@needs_pictures
@pytest.mark.slow
def test_the_real_pictures_load(cifar10):
    splits = cifar10
    assert [len(part) for part in splits] == [45_000, 5_000, 10_000]
    for part in splits:
        assert (np.bincount(part.labels) == len(part) / 10).all()
    assert splits.source == f"{ARCHIVE} (pictures that went through JPEG)"
    # The means that are in public use for the 50,000 training pictures.
    every = (
        9 * splits.train.images.mean((0, 2, 3)) + splits.validation.images.mean((0, 2, 3))
    ) / 10
    np.testing.assert_allclose(every, [0.4914, 0.4822, 0.4465], atol=1e-3)
