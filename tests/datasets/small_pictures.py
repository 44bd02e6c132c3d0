"""Pictures of one color, in folders and in archives of each kind."""

import io
import tarfile
import zipfile

import pytest
from PIL import Image

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
