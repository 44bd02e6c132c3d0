"""Files in folders and archives: which are read, under which names, and how large."""

import io
import os
import queue
import socket
import struct
import tarfile
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

from lib.datasets import archives, load_image_folder
from lib.datasets.archive_names import UNICODE_PATH
from tests.datasets.small_pictures import (
    BLUE,
    FORMS,
    GREEN,
    PETS,
    each_form,
    folder,
    picture,
    saved,
    tar,
    zipped,
)


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


@pytest.mark.parametrize("form", ["tar.gz", "tar.xz", "zip"])
def test_a_damaged_archive_is_an_error_even_when_pictures_may_be_skipped(tmp_path, form):
    # So large that the damage lies behind what Python reads to tell the form: 128 KiB since 3.14.
    noise = np.random.default_rng(0).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    path = FORMS[form](tmp_path, {**PETS, "cat/z.png": saved(Image.fromarray(noise))})
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(9) + data[middle + 9 :])
    with pytest.raises(ValueError, match=rf"pets.{form}: truncated or damaged archive \("):
        load_image_folder(path, (8, 8), skip_unreadable=True)
    path.write_bytes(b"text")
    with pytest.raises(ValueError, match=rf"pets.{form}: neither a folder nor a tar nor a zip"):
        load_image_folder(path, (8, 8))


# Names in an encoding of their own ---------------------------------------------------------------

ANIMALS = {"猫/1.png": picture(), "犬/1.png": picture(), "表/1.png": picture()}


def old_zip(path, encoding, extra=lambda raw, name: b""):
    """Write a zip by hand, whose names are in an encoding of which nothing is said."""
    body, directory = b"", b""
    for name, data in ANIMALS.items():
        raw = name.encode(encoding)
        more = extra(raw, name)
        common = struct.pack(
            *("<HHHHHLLLHH", 20, 0, 0, 0, 0, zlib.crc32(data), len(data), len(data)),
            *(len(raw), len(more)),
        )
        place = struct.pack("<HHHLL", 0, 0, 0, 0, len(body))
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + place + raw + more
        body += b"PK\x03\x04" + common + raw + more + data
    counts = struct.pack("<HHHHLLH", 0, 0, len(ANIMALS), len(ANIMALS), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + counts)
    return path


def test_names_that_are_utf8_are_read_even_where_the_zip_does_not_say_so(tmp_path):
    path = old_zip(tmp_path / "mac.zip", "utf-8")
    assert load_image_folder(path, (8, 8)).classes == ("犬", "猫", "表")
    path = zipped(tmp_path / "told.zip", ANIMALS)
    assert load_image_folder(path, (8, 8)).classes == ("犬", "猫", "表")


def test_names_in_another_encoding_are_never_guessed(tmp_path):
    path = old_zip(tmp_path / "windows.zip", "cp932")
    with pytest.raises(ValueError) as caught:
        load_image_folder(path, (8, 8))
    assert str(caught.value).startswith(
        f"{path}: the folder's name b'\\x94L' is not UTF-8, and nothing says what it is; "
        "choose with encoding: \"cp932\" reads '猫', "
    )
    assert "\"cp850\" reads 'öL'" in str(caught.value)
    # The second byte of 表 is the separator of Windows.
    assert load_image_folder(path, (8, 8), encoding="cp932").classes == ("犬", "猫", "表")
    with pytest.raises(ValueError, match=r"the name .* is not in encoding 'utf-8'$"):
        load_image_folder(path, (8, 8), encoding="utf-8")


def test_a_name_that_a_zip_repeats_as_unicode_is_believed(tmp_path):
    def repeated(raw, name, checksum=zlib.crc32):
        field = struct.pack("<BL", 1, checksum(raw)) + name.encode()
        another = struct.pack("<HHH", 0xCAFE, 2, 0)  # a field of another kind comes first
        return another + struct.pack("<HH", UNICODE_PATH, len(field)) + field

    path = old_zip(tmp_path / "winrar.zip", "cp932", repeated)
    assert load_image_folder(path, (8, 8)).classes == ("犬", "猫", "表")
    renamed = old_zip(tmp_path / "renamed.zip", "cp932", lambda *a: repeated(*a, lambda raw: 5))
    with pytest.raises(ValueError, match="choose with encoding"):
        load_image_folder(renamed, (8, 8))


def test_a_tar_and_a_folder_with_such_names_ask_for_the_encoding_too(tmp_path):
    path = tmp_path / "old.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, encoding="cp932") as archive:
        for name, data in ANIMALS.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with pytest.raises(ValueError, match="\"cp932\" reads '猫'"):
        load_image_folder(path, (8, 8))
    assert load_image_folder(path, (8, 8), encoding="cp932").classes == ("犬", "猫", "表")
    here = tmp_path / "old"
    for name, data in ANIMALS.items():
        place = os.path.join(os.fsencode(here), name.encode("cp932"))
        try:
            os.makedirs(os.path.dirname(place))
        except OSError:
            pytest.skip("this system keeps names as text")
        with open(place, "wb") as file:
            file.write(data)
    with pytest.raises(ValueError, match='"cp932" reads'):
        load_image_folder(here, (8, 8))
    assert load_image_folder(here, (8, 8), encoding="cp932").classes == ("犬", "猫", "表")


def test_the_encoding_of_a_pictures_own_name_does_not_matter(tmp_path):
    files = {"cat/ねこ.png".encode("cp932").decode("cp437"): picture(), "dog/1.png": picture()}
    path = zipped(tmp_path / "pets.zip", files)
    assert load_image_folder(path, (8, 8)).classes == ("cat", "dog")


# What is no file, or too large -------------------------------------------------------------------


def in_seconds(call, *arguments):
    """Return what a call gives, but do not wait for one that waits for ever."""
    done = queue.Queue()

    def run():
        try:
            done.put(call(*arguments))
        except Exception as error:
            done.put(error)

    threading.Thread(target=run, daemon=True).start()
    return done.get(timeout=5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_socket_is_not_waited_for(tmp_path, monkeypatch):
    path = folder(tmp_path / "pets", PETS)
    os.mkfifo(path / "cat" / "pipe.png")
    monkeypatch.chdir(path / "cat")
    with socket.socket(socket.AF_UNIX) as there:
        there.bind("socket.png")
        assert len(in_seconds(load_image_folder, path, (8, 8))) == 6
    refused = in_seconds(load_image_folder, path / "cat" / "pipe.png", (8, 8))
    assert str(refused) == f"{path}/cat/pipe.png: neither a file nor a folder"


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    path = folder(tmp_path / "pets", PETS)
    (path / "cat" / "gone.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(FileNotFoundError, match=r"cat/gone\.png"):
        load_image_folder(path, (8, 8))


@each_form
def test_a_file_too_large_for_a_picture_is_refused_before_it_is_read(
    tmp_path, form, monkeypatch, capsys
):
    monkeypatch.setattr(archives, "MOST_BYTES", 100_000)
    path = FORMS[form](tmp_path, {**PETS, "cat/bomb.png": bytes(100_001)})
    with pytest.raises(ValueError) as caught:
        load_image_folder(path, (8, 8))
    assert str(caught.value) == (
        f"{path}: cat/bomb.png has 100,001 bytes unpacked, and of one file at most 100,000 are "
        "read; remove it, or leave out such files with skip_unreadable=True"
    )
    assert len(load_image_folder(path, (8, 8), skip_unreadable=True)) == 6
    assert "left out 1 files that are no pictures: cat/bomb.png" in capsys.readouterr().err


def test_a_tar_that_claims_more_than_there_is_is_damaged(tmp_path):
    path = tar(tmp_path / "pets.tar", PETS)
    with tarfile.open(path, "a", format=tarfile.GNU_FORMAT) as archive:
        header = tarfile.TarInfo("pax")
        header.type, header.size = tarfile.XHDTYPE, 1 << 60  # its content is read at once
        archive.addfile(header)
    with pytest.raises(ValueError, match=r"pets.tar: truncated or damaged archive \("):
        load_image_folder(path, (8, 8))


def test_a_zip_packed_in_a_way_that_python_does_not_know_is_said(tmp_path):
    path = zipped(tmp_path / "pets.zip", PETS)
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 10] = 9  # in the directory at the end, how dog/2.png is packed
    path.write_bytes(data)
    with pytest.raises(ValueError) as caught:
        load_image_folder(path, (8, 8))
    assert str(caught.value).startswith(
        f"{path}: dog/2.png is packed by deflate64 (method 9), which Python cannot unpack; unpack "
        "the archive with the program that made it, and give the folder"
    )
    assert len(load_image_folder(path, (8, 8), skip_unreadable=True)) == 5
