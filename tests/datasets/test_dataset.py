"""Pictures and labels held together, and the format they come in."""

import numpy as np
import pytest

from lib.datasets import Dataset, Splits
from lib.datasets.idx import parse_idx
from tests.datasets.small_mnist import idx


@pytest.fixture
def ten():
    images = np.random.default_rng(0).random((10, 3, 4, 5), dtype=np.float32)
    return Dataset(images, np.arange(10) % 4, "ten", list("abcd"), "here")


def test_a_dataset_unpacks_into_images_and_labels(ten):
    images, labels = ten
    assert images is ten.images
    assert labels is ten.labels
    assert (len(ten), images.shape, images.dtype) == (10, (10, 3, 4, 5), np.float32)
    assert (labels.shape, labels.dtype) == ((10,), np.int64)


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        (slice(2, 5), [2, 3, 4]),
        (slice(None, None, -4), [9, 5, 1]),
        (slice(10, 10), []),
        ([3, 1, 3], [3, 1, 3]),
        (np.array([9, -1]), [9, 9]),
        ([], []),
        (np.arange(10) % 3 == 0, [0, 3, 6, 9]),
    ],
)
def test_a_part_of_a_dataset_is_a_dataset(ten, index, rows):
    part = ten[index]
    rows = np.array(rows, int)
    assert isinstance(part, Dataset)
    np.testing.assert_array_equal(part.images, ten.images[rows])
    np.testing.assert_array_equal(part.labels, ten.labels[rows])
    assert (part.name, part.classes, part.source) == ("ten", ("a", "b", "c", "d"), "here")


def test_a_slice_copies_no_pixels(ten):
    assert np.shares_memory(ten[2:5].images, ten.images)


@pytest.mark.parametrize(
    "index", [3, np.int64(3), (1, 2, slice(3)), "2", [[1, 2]], [0.5], None, [[1], [2, 3]], Dataset]
)
def test_other_indices_are_refused(ten, index):
    with pytest.raises((TypeError, ValueError)) as caught:
        ten[index]
    if index == 3:
        assert str(caught.value) == (
            "a Dataset is indexed by a slice, an index array or a mask, got 3; "
            "dataset.images[3] is one picture"
        )


def test_a_dataset_cannot_lose_its_labels(ten):
    with pytest.raises(AttributeError):
        ten.images = ten.images[:5]


def test_float64_images_and_small_labels_are_converted():
    dataset = Dataset(np.ones((2, 1, 1, 1)), np.array([0, 255], np.uint8))
    assert (dataset.images.dtype, dataset.labels.dtype) == (np.float32, np.int64)
    assert dataset.labels[1] == 255


def test_an_empty_dataset_is_one():
    assert len(Dataset(np.zeros((0, 1, 28, 28)), [])) == 0


X, T = np.zeros((2, 1, 4, 4)), [0, 1]


@pytest.mark.parametrize(
    ("images", "labels", "classes", "error", "message"),
    [
        (X[0], T, (), ValueError, r"images of shape \(N, C, H, W\), got \(1, 4, 4\)$"),
        (X.astype(np.uint8), T, (), TypeError, r"floats in \[0, 1\], got uint8; divide by 255$"),
        (X.astype(int), T, (), TypeError, r"floats in \[0, 1\], got int64$"),
        (X + 255, T, (), ValueError, r"pixels in \[0, 1\], got 255.0 to 255.0$"),
        (X - 0.5, T, (), ValueError, r"pixels in \[0, 1\], got -0.5 to -0.5$"),
        (X + 1.0000001, T, (), ValueError, r"in \[0, 1\], got 1.0000001 to 1.0000001$"),
        (X - 1e-9, T, (), ValueError, r"in \[0, 1\], got -1e-09 to -1e-09$"),
        (X + np.nan, T, (), ValueError, r"pixels in \[0, 1\], got nan to nan$"),
        (X, [0, 1, 2], (), ValueError, "one label for each image, got 2 images and 3 labels$"),
        (X, [[0], [1]], (), ValueError, r"shape \(N,\), got \(2, 1\); .* not one-hot rows$"),
        (X, 0, (), ValueError, r"shape \(N,\), got \(\)$"),
        (X, [0.0, 1.0], (), TypeError, "integer labels, got float64$"),
        (X, ["cat", "dog"], (), TypeError, "got <U3; number the classes, and name .* classes=$"),
        (X, [True, False], (), TypeError, "integer labels, got bool$"),
        (X, None, (), TypeError, "integer labels, got object$"),
        (X, [[0], [0, 1]], (), ValueError, "an array as labels, got rows that differ$"),
        (None, T, (), TypeError, r"floats in \[0, 1\], got object$"),
        ([[0.0], [0.0, 1.0]], T, (), ValueError, "an array as images, got rows that differ$"),
        (Dataset(X, T), T, (), TypeError, "an array as images, got a Dataset$"),
        (T, X, (), TypeError, r"floats in \[0, 1\], got int64$"),
        (X, T, "ab", TypeError, "classes to be a sequence of names, got 'ab'$"),
        (X, T, 2, TypeError, "classes to be a sequence of names, got 2$"),
        (X, T, None, TypeError, "classes to be a sequence of names, got None$"),
        (X, T, [0, 1], TypeError, "the name of a class to be a text, got 0$"),
        (X, [0, -1], (), ValueError, "labels from 0, got -1$"),
        (X, [0, 2], ("cat", "dog"), ValueError, "2 classes, got the label 2$"),
    ],
)
def test_what_is_no_dataset_is_refused(images, labels, classes, error, message):
    with pytest.raises(error, match=message):
        Dataset(images, labels, classes=classes)


@pytest.mark.parametrize("name", ["name", "source"])
@pytest.mark.parametrize("value", [None, 3, ["digits"], np.zeros(2)])
def test_a_name_is_a_text(name, value):
    with pytest.raises(TypeError, match=f"^Dataset expects its {name} to be a text, got "):
        Dataset(X, T, **{name: value})


def test_the_names_of_classes_may_be_numpys_texts():
    assert repr(Dataset(X, T, classes=np.array(["cat", "dog"])).classes) == "('cat', 'dog')"


def test_the_parts_of_a_split_are_data_sets():
    one = Dataset(X, T)
    assert Splits(one, one, one).source == ""
    with pytest.raises(TypeError, match=r"^Splits expects a Dataset for validation, got ndarray$"):
        Splits(one, X, one)
    with pytest.raises(TypeError, match=r"^Splits expects a Dataset for train, got type$"):
        Splits(Dataset, one, one)


# IDX -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5,), (2, 3), (4, 28, 28), (0, 28, 28), (300,)])
def test_idx_gives_the_array_back(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(parse_idx(idx(array)), array)


GOOD = idx(np.arange(6, dtype=np.uint8).reshape(2, 3))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an IDX file; it begins with nothing, not 00 00$"),
        (b"PK\x03\x04....", "not an IDX file; it begins with 50 4b 03 04, not 00 00$"),
        (b"\0\0\x08", "not an IDX file"),
        (b"\0\1" + GOOD[2:], "not an IDX file; it begins with 00 01 08 02"),
        (
            idx(np.zeros(4, np.uint8), kind=0x0D),
            r"expected unsigned bytes \(type 0x08\), got type 0x0d$",
        ),
        (GOOD[:9], "truncated; the header needs 12 bytes, the file has 9$"),
        (GOOD[:-1], "truncated; 2 × 3 bytes and a header make 18, the file has 17$"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "truncated; 4294967295 × 4294967295 bytes and a header"),
        (b"\0\0\x08\x03" + bytes(4) + b"\xff" * 8, r"not an array; its header says \(0, 42"),
        (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"x", "expected at most 3 dimensions, got 255$"),
        (GOOD + b"\0", "too long; 2 × 3 bytes and a header make 18, the file has 19$"),
    ],
)
def test_what_is_no_idx_file_is_named_and_refused(data, message):
    with pytest.raises(ValueError, match=f"^digits: {message}"):
        parse_idx(data, "digits")
