"""Photographs of other packages: as those packages give them, with the library's shapes."""

import numpy as np
import pytest
import skimage.data
from sklearn.datasets import load_sample_image

from lib.datasets import load_faces, load_photograph
from lib.datasets.photographs import PHOTOGRAPHS


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("cat", skimage.data.chelsea),
        ("coffee", skimage.data.coffee),
        ("flower", lambda: load_sample_image("flower.jpg")),
    ],
)
def test_photographs_are_those_of_the_package(name, given):
    x = load_photograph(name)
    assert x.dtype == np.float32
    assert np.array_equal((x * 255).round().astype(np.uint8), given().transpose(2, 0, 1))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_opens_in_gray_and_to_size(name):
    x = load_photograph(name, color="gray", size=(24, 32))
    assert x.shape == (1, 24, 32)
    assert 0 <= x.min() < x.max() <= 1
    assert all(PHOTOGRAPHS[name])


def test_an_unknown_photograph_is_named():
    with pytest.raises(ValueError, match=r"name must be .*'cat'.*got 'dog'"):
        load_photograph("dog")


def test_faces_and_others_take_turns():
    faces = load_faces()
    assert faces.images.shape == (200, 1, 25, 25)
    assert faces.images.dtype == np.float32
    assert np.array_equal(np.bincount(faces.labels[:20]), [10, 10])
    kept = skimage.data.lfw_subset().astype(np.float32)
    assert np.array_equal(faces.images[faces.labels == 1, 0], kept[:100])
    assert np.array_equal(faces.images[faces.labels == 0, 0], kept[100:])
