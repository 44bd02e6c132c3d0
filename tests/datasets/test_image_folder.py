"""People's own pictures: of any size and kind, in folders and archives."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from lib.datasets import load_image_folder
from lib.datasets.pictures import decode, interleaved

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def picture(color=RED, size=(30, 20), kind="PNG", mode="RGB", **settings):
    """Return the bytes of a picture of one color; `size` is width and height, as Pillow has it."""
    return saved(Image.new(mode, size, color), kind, **settings)


def saved(image, kind="PNG", **settings):
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


PETS = {
    "dog/2.png": picture(GREEN),
    "dog/1.jpg": picture(GREEN, (50, 70), "JPEG"),
    "cat/c.gif": picture(RED, (5, 5), "GIF"),
    "cat/a.png": picture(RED, (300, 200)),
    "cat/b.bmp": picture(RED, (20, 30), "BMP"),
    "cat/indoors/d.webp": picture(RED, (16, 16), "WEBP", lossless=True),
}


def folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


FORMS = {
    "folder": lambda path, files: folder(path / "pets", files),
    "tar": lambda path, files: tar(path / "pets.tar", files),
    "tar.gz": lambda path, files: tar(path / "pets.tar.gz", files, "w:gz"),
    "tar.xz": lambda path, files: tar(path / "pets.tar.xz", files, "w:xz"),
    "zip": lambda path, files: zipped(path / "pets.zip", files),
}
each_form = pytest.mark.parametrize("form", FORMS)


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


# How a picture is read ---------------------------------------------------------------------------


def values(data, *arguments, **settings):
    return decode(data, "x", *arguments, **settings)[0]


def halves(width=40, height=20):
    """Left black, right white."""
    image = Image.new("L", (width, height))
    image.paste(255, (width // 2, 0, width, height))
    return image


def test_the_fit_crops_pads_or_stretches(tmp_path):
    # Black and white stripes of 10 pixels at the ends of a wide gray picture.
    wide = Image.new("L", (60, 20), 128)
    wide.paste(0, (0, 0, 10, 20))
    wide.paste(255, (50, 0, 60, 20))
    data = saved(wide)
    assert (values(data, "gray", (20, 20), "crop") == 128).all()
    padded = values(data, "gray", (60, 60), "pad")[:, :, 0]
    assert (padded[:20] == 0).all()
    assert (padded[40:] == 0).all()
    np.testing.assert_array_equal(padded[20:40], np.asarray(wide))
    stretched = values(data, "gray", (20, 30), "stretch")[:, :, 0]
    assert (stretched[:, :4] == 0).all()
    assert (stretched[:, 26:] == 255).all()


def test_a_smaller_picture_has_the_mean_of_the_pixels_it_stands_for():
    checkerboard = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = values(saved(Image.fromarray(checkerboard)), "gray", (8, 8))
    assert np.abs(small[1:-1, 1:-1].astype(int) - 127).max() <= 1


def test_exif_turns_a_picture_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: turn clockwise
    turned = values(saved(halves(), "JPEG", exif=exif, quality=95), "gray")[:, :, 0]
    assert turned.shape == (40, 20)
    assert turned[:18].max() < 20
    assert turned[22:].min() > 235


def test_transparent_becomes_white():
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.putpixel((1, 2), (0, 0, 255, 255))
    expected = np.full((4, 4, 3), 255)
    expected[2, 1] = BLUE
    np.testing.assert_array_equal(values(saved(clear)), expected)
    palette = clear.quantize(4)
    np.testing.assert_array_equal(values(saved(palette, "GIF", transparency=0))[0, 0], WHITE)


@pytest.mark.parametrize("off", [-128, 0, 128])
def test_sixteen_bits_become_the_nearest_eight(off):
    ramp = (np.arange(256) * 257 + off).clip(0, 65_535).astype(np.uint16).reshape(16, 16)
    read = values(saved(Image.fromarray(ramp)), "gray")[:, :, 0]
    np.testing.assert_array_equal(read, np.arange(256).reshape(16, 16))


def test_other_modes_are_read(tmp_path):
    assert values(picture((0, 255, 255, 0), mode="CMYK", kind="JPEG"))[0, 0, 0] > 250
    assert values(picture(1, mode="1"), "gray").max() == 255
    assert values(picture(77, mode="L")).tolist()[0][0] == [77, 77, 77]
    assert values(picture(RED), "gray")[0, 0, 0] == 76  # 0.299 · 255
    first = saved(Image.new("RGB", (4, 4), RED), "GIF", save_all=True,
                  append_images=[Image.new("RGB", (4, 4), BLUE)])  # fmt: skip
    np.testing.assert_array_equal(values(first)[0, 0], RED)


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
    ("data", "message"),
    [
        (b"", "x: not a picture that Pillow can read$"),
        (b"<html>404</html>", "x: not a picture that Pillow can read$"),
        (picture(size=(300, 200), kind="JPEG")[:-200], r"x: damaged, or .* \(.*truncated"),
        (picture(size=(300, 200))[:-200], r"x: damaged, or not a picture \("),
        (picture(0.5, mode="F", kind="TIFF"), "its pixels are floats, whose range is unknown"),
    ],
    ids=["empty", "web page", "truncated jpeg", "truncated png", "floats"],
)
def test_what_is_wrong_with_a_file_is_said(data, message):
    with pytest.raises(ValueError, match=message):
        decode(data, "x")


def test_a_picture_too_large_to_be_true_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 250)
    with pytest.raises(ValueError, match=r"x: damaged, or not a picture \(Image size \(600"):
        decode(picture(size=(30, 20)), "x")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 350)  # Pillow warns, but reads it
    assert values(picture(size=(30, 20))).shape == (20, 30, 3)


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


@pytest.mark.parametrize("form", ["tar.gz", "tar.xz", "zip"])
def test_a_damaged_archive_is_an_error_even_when_pictures_may_be_skipped(tmp_path, form):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    path = FORMS[form](tmp_path, {**PETS, "cat/z.png": saved(Image.fromarray(noise))})
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(9) + data[middle + 9 :])
    with pytest.raises(ValueError, match=rf"pets.{form}: truncated or damaged archive \("):
        load_image_folder(path, (8, 8), skip_unreadable=True)
    path.write_bytes(b"text")
    with pytest.raises(ValueError, match=rf"pets.{form}: neither a folder nor a tar nor a zip"):
        load_image_folder(path, (8, 8))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 28}, r"^size must be \(height, width\), two whole numbers .* got 28$"),
        ({"size": (28, 0)}, r"got \(28, 0\)$"),
        ({"size": (28.0, 28)}, r"got \(28.0, 28\)$"),
        ({"color": "green"}, '^color must be "gray" or "rgb", got \'green\'$'),
        ({"fit": "fill"}, '^fit must be "crop" or "pad" or "stretch", got \'fill\'$'),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        load_image_folder(tmp_path, **{"size": (28, 28), **settings})


# Names that would lead elsewhere -----------------------------------------------------------------


def test_names_in_an_archive_lead_nowhere(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.png").write_bytes(picture(BLUE))
    files = {**PETS, "../bird/up.png": picture(BLUE), "/dog/from_root.png": picture(GREEN)}
    path = tar(tmp_path / "inside" / "pets.tar", files)
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("cat/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret.png")
        archive.addfile(link)
    before = sorted(tmp_path.rglob("*"))
    pets = load_image_folder(path, (8, 8))
    assert (len(pets), pets.classes) == (7, ("cat", "dog"))
    assert not (pets.images[:, 2] > 0.5).any(), "nothing blue was read"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_with_the_separators_of_windows_is_read(tmp_path):
    path = zipped(tmp_path / "pets.zip", {"cat/1.png": picture(), "dog/1.png": picture()})
    path.write_bytes(path.read_bytes().replace(b"cat/", b"cat\\").replace(b"dog/", b"dog\\"))
    assert load_image_folder(path, (8, 8)).classes == ("cat", "dog")


def test_an_encrypted_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "pets.zip", PETS)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag, in the directory at the end
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"pets.zip: dog/2.png is encrypted$"):
        load_image_folder(path, (8, 8))


def test_links_in_a_folder_are_followed_but_not_in_a_circle(tmp_path):
    path = folder(tmp_path / "pets", PETS)
    folder(tmp_path / "elsewhere", {"1.png": picture(BLUE)})
    (path / "fish").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (path / "cat" / "up").symlink_to(path, target_is_directory=True)
    pets = load_image_folder(path, (8, 8))
    assert (len(pets), pets.classes) == (7, ("cat", "dog", "fish"))


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
