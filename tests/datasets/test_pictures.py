"""Pictures of every kind and mode, and files that only look like pictures."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from lib.datasets.pictures import decode, is_picture_name
from tests.datasets.small_pictures import BLUE, RED, WHITE, picture, saved


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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [b"garbage!", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\1\1", b"Exif\0\0II*\0\xff\xff\xff\xff"],
)
def test_damaged_exif_data_do_not_damage_the_picture(kind, exif):
    assert values(saved(halves(), kind, exif=exif), "gray")[:, 25:].min() > 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_the_one_that_pillow_would_turn(kind, orientation):
    image = halves(6, 4)
    image.putpixel((0, 0), 200)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(image, kind, exif=exif)
    if kind != "JPEG":
        image.getexif()[0x0112] = orientation
        expected = np.asarray(ImageOps.exif_transpose(image))
        np.testing.assert_array_equal(values(data, "gray")[:, :, 0], expected)
    assert values(data).shape == ((6, 4, 3) if orientation > 4 else (4, 6, 3))


def png_with_a_clear_color(depth, color, numbers, clear):
    """Return a PNG of one row; Pillow writes none of these depths with a clear color."""

    def chunk(name, data):
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    bits = "".join(f"{number:0{depth}b}" for number in np.ravel(numbers))
    row = int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack(">IIBBBBB", len(numbers), 1, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", header),
            chunk(b"tRNS", struct.pack(f">{np.size(clear)}H", *np.ravel(clear))),
            chunk(b"IDAT", zlib.compress(b"\0" + row)),
            chunk(b"IEND", b""),
        ]
    )


@pytest.mark.parametrize(
    ("depth", "numbers", "clear", "expected"),
    [
        (1, [0, 1, 0, 1, 1, 1, 1, 1], 0, [255, 255, 255, 255, 255, 255, 255, 255]),
        (2, [0, 1, 2, 3], 1, [0, 255, 170, 255]),
        (4, [0, 5, 10, 15], 5, [0, 255, 170, 255]),
        (8, [0, 5, 10, 255], 5, [0, 255, 10, 255]),
        (16, [0, 5 * 257, 10 * 257, 65_535], 5 * 257, [0, 255, 10, 255]),
        (16, [5 * 257 + 1, 5 * 257, 10 * 257, 65_535], 5 * 257, [5, 255, 10, 255]),
    ],
)
def test_the_gray_that_a_png_calls_clear_becomes_white(depth, numbers, clear, expected):
    data = png_with_a_clear_color(depth, 0, numbers, clear)
    assert values(data, "gray").ravel().tolist() == expected


@pytest.mark.parametrize("depth", [8, 16])
def test_the_color_that_a_png_calls_clear_becomes_white(depth):
    numbers = np.array([[1, 2, 3], [200, 100, 50]])
    if depth == 16:
        numbers = numbers * 256 + 7
    data = png_with_a_clear_color(depth, 2, numbers, numbers[1])
    assert values(data)[0].tolist() == [[1, 2, 3], list(WHITE)]


# Errors ------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("most", [250, 350, 599])
def test_a_picture_too_large_to_be_true_is_refused(monkeypatch, most):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
    with pytest.raises(ValueError, match=rf"^x: more than {most} pixels; make it smaller, or"):
        decode(picture(size=(30, 20)), "x")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600)
    assert values(picture(size=(30, 20))).shape == (20, 30, 3)


def test_whole_numbers_of_an_unknown_range_are_refused():
    """A TIFF of 32 bits that holds 0 to 255 would otherwise be all but black."""
    ramp = np.arange(256, dtype=np.int32).reshape(16, 16)
    with pytest.raises(ValueError, match=r"^x: its pixels are 32-bit integers, whose range is"):
        decode(saved(Image.fromarray(ramp), "TIFF"), "x")


def test_postscript_is_no_picture_whatever_it_is_called(monkeypatch):
    """To show it, Pillow would start Ghostscript."""
    started = []
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *given: started.append(given))
    with pytest.raises(ValueError, match=r"^cat/1.png: not a picture that Pillow can read$"):
        decode(picture(kind="EPS"), "cat/1.png")
    assert started == []
    assert not is_picture_name("drawing.eps")
    assert is_picture_name("photo.JPG")
