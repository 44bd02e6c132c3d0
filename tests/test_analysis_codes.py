"""Codes are the outputs of a layer, and what is said of them is so."""

import re

import numpy as np
import pytest

from lib.analysis import activations, codes, nearest_neighbors, principal_components
from lib.backend import to_numpy
from lib.layers import BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential
from tests.kinds import KINDS, assert_close, assert_same_kind

# The stand-in for CuPy has no linear algebra; CuPy has.
WITH_SVD = {name: kind for name, kind in KINDS.items() if name != "cupy-stand-in"}


@pytest.fixture
def network(rng):
    return Sequential(
        conv=Conv2d(1, 3, 2, rng=rng), norm=BatchNorm2d(3), relu=ReLU(), flat=Flatten(),
        head=Linear(36, 2, rng=rng),
    )  # fmt: skip


@pytest.mark.parametrize("batch_size", [1, 4, 7, 50])
def test_a_row_for_each_picture_whatever_the_batches(network, kind, batch_size, rng):
    values = rng.standard_normal((7, 1, 4, 5)).astype("float32")
    network.eval()
    maps = network.relu(network.norm(network.conv(values)))
    images = kind(values)
    network.to_device(images)
    network.train()
    found = codes(network, images, "relu", batch_size=batch_size)
    assert_close(found, maps.reshape(7, -1), like=images)
    found = codes(network, images, "relu", average=True, batch_size=batch_size)
    assert_close(found, maps.mean(axis=(2, 3)), like=images)
    assert network.training
    assert to_numpy(network.norm.running_mean.data).tolist() == [0, 0, 0]


def test_rows_stay_rows(network, rng):
    images = rng.standard_normal((3, 1, 4, 5)).astype("float32")
    expected = activations(network, images, "head")["head"]
    np.testing.assert_allclose(codes(network, images, "head"), expected, rtol=1e-6)
    with pytest.raises(ValueError, match=r'layer "head" gives \(2,\), which has no places to aver'):
        codes(network, images, "head", average=True)
    with pytest.raises(ValueError, match=r"^codes expects at least one image, got shape \(0, 1, 4"):
        codes(network, images[:0], "head")
    with pytest.raises(ValueError, match='there is no layer "fc"'):
        codes(network, images, "fc")


# Principal components ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(30, 6), (5, 12)], ids=str)
@pytest.mark.parametrize("kind", WITH_SVD.values(), ids=WITH_SVD)
def test_components_are_eigenvectors_of_the_covariance(shape, kind, rng):
    values = rng.standard_normal(shape) * np.linspace(3, 1, shape[1]) + 7
    rows = kind(values)
    found = principal_components(rows, 3)
    variances, vectors = np.linalg.eigh(np.cov(values.T))
    for k in range(3):
        vector = vectors[:, -1 - k] * np.sign(vectors[np.abs(vectors[:, -1 - k]).argmax(), -1 - k])
        assert np.allclose(to_numpy(found.directions)[k], vector, atol=1e-9)
        assert np.isclose(to_numpy(found.shares)[k], variances[-1 - k] / variances.sum())
    scores = (values - values.mean(axis=0)) @ to_numpy(found.directions).T
    assert_close(found.scores, scores, like=rows)
    assert_same_kind(found.project(rows), rows)
    assert np.allclose(to_numpy(found.project(rows)), scores, atol=1e-9)


def test_components_are_those_of_scikit_learn(rng):
    from sklearn.decomposition import PCA

    rows, others = rng.standard_normal((40, 5)), rng.standard_normal((6, 5))
    found, theirs = principal_components(rows, 4), PCA(4, svd_solver="full").fit(rows)
    assert np.allclose(found.shares, theirs.explained_variance_ratio_)
    sign = np.sign((found.directions * theirs.components_).sum(axis=1))
    assert np.allclose(found.project(others), theirs.transform(others) * sign)


def test_all_directions_hold_everything(rng):
    rows = rng.standard_normal((9, 4))
    found = principal_components(rows, 4)
    assert found.shares.sum() == pytest.approx(1)
    assert np.allclose(found.scores @ found.directions + found.mean, rows)


def test_the_sign_is_fixed_by_the_largest_number(rng):
    rows = rng.standard_normal((20, 5))
    for values in (rows, -rows, rows[::-1]):
        directions = principal_components(values, 5).directions
        largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
        assert (largest > 0).all()


@pytest.mark.parametrize(
    ("rows", "count", "error", "message"),
    [
        (np.ones((3, 2), int), 1, TypeError, "rows must be floats, got int64"),
        (np.ones(3), 1, ValueError, "rows must have shape (N, D), got (3,)"),
        (np.eye(3)[:, :2], 3, ValueError, "rows of shape (3, 2) have 2 directions, not 3"),
        (np.ones((3, 2)), 1, ValueError, "all rows are the same: they differ in no direction"),
        (np.eye(3), 0, ValueError, "count must be at least 1, got 0"),
    ],
)
def test_rows_without_directions_are_refused(rows, count, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        principal_components(rows, count)


# Neighbors ---------------------------------------------------------------------------------------


def test_neighbors_are_those_found_one_by_one(kind, rng):
    values = rng.standard_normal((25, 4)) * rng.uniform(0.2, 4, (25, 1)) + 100
    asked = rng.standard_normal((6, 4)) * 2 + 100
    found = to_numpy(nearest_neighbors(kind(values), kind(asked), count=5))
    for query, nearest in zip(asked, found, strict=True):
        distances = [((row - query) ** 2).sum() for row in values]
        assert nearest.tolist() == np.argsort(distances)[:5].tolist()


def test_of_rows_at_the_same_distance_the_first_comes_first():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    assert nearest_neighbors(rows, np.zeros((1, 2)), 4).tolist() == [[0, 1, 2, 3]]


def test_all_rows_may_be_asked_for_and_no_more():
    rows = np.eye(3)
    assert nearest_neighbors(rows, rows, 3)[:, 0].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"^there are 3 rows, so no 4 nearest ones$"):
        nearest_neighbors(rows, rows, 4)
    with pytest.raises(ValueError, match=r"^rows have 3 numbers each, queries 2: both must be co"):
        nearest_neighbors(rows, rows[:, :2])
