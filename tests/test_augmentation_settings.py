"""Settings of the transforms: what makes no sense is refused where it enters."""

import numpy as np
import pytest

from lib.augmentation import (
    Compose,
    GaussianNoise,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResize,
    RandomRotation,
    RandomShift,
    affine_matrices,
    affine_resample,
)

WRONG = [
    (RandomShift, {"max_pixels": -1}, "max_pixels must be at least 0, got -1"),
    (RandomShift, {"max_pixels": 1.5}, "max_pixels must be an integer, got 1.5"),
    (RandomShift, {"max_pixels": True}, "max_pixels must be an integer, got True"),
    (RandomRotation, {"degrees": -5}, "degrees must be at least 0, got -5.0"),
    (RandomRotation, {"degrees": "15"}, "degrees must be a number, got '15'"),
    (RandomAffine, {"degrees": -5}, "degrees must be at least 0, got -5.0"),
    (RandomAffine, {"shift": -1}, "shift must be at least 0, got -1.0"),
    (RandomAffine, {"shift": np.inf}, "shift must be finite, got inf"),
    (RandomAffine, {"fill": "black"}, "fill must be a number, got 'black'"),
    (
        RandomAffine,
        {"scale": (0, 1)},
        "scale must be a pair (low, high) with 0 < low <= high, got (0, 1)",
    ),
    (RandomResize, {"scale": (1.2, 0.8)}, "scale must be a pair (low, high) with 0 < low <= high"),
    (RandomResize, {"scale": 1.2}, "scale must be a pair (low, high) with 0 < low <= high, got 1"),
    (RandomResize, {"scale": ("a", "b")}, "scale must be a number, got 'a'"),
    (RandomCrop, {"padding": -1}, "padding must be at least 0, got -1"),
    (RandomCrop, {"padding": None}, "padding must be an integer, got None"),
    (RandomCrop, {"size": 0}, "size must be at least 1, got 0"),
    (RandomCrop, {"size": (3, 4, 5)}, "size must be an int or a pair of ints, got (3, 4, 5)"),
    (RandomCrop, {"size": 2.5}, "size must be an int or a pair of ints, got 2.5"),
    (RandomHorizontalFlip, {"p": 1.5}, "p must be at least 0 and at most 1, got 1.5"),
    (RandomHorizontalFlip, {"p": np.nan}, "p must be finite, got nan"),
    (RandomHorizontalFlip, {"p": None}, "p must be a number, got None"),
    (GaussianNoise, {"std": -0.1}, "std must be at least 0, got -0.1"),
    (GaussianNoise, {"clip": "no"}, "clip must be True or False, got 'no'"),
    (RandomErasing, {"p": -1}, "p must be at least 0 and at most 1, got -1.0"),
    (
        RandomErasing,
        {"scale": (0.1, 1.1)},
        "scale must be a pair (low, high) with 0 < low <= high <= 1, got (0.1, 1.1)",
    ),
    (RandomErasing, {"ratio": (0, 1)}, "ratio must be a pair (low, high) with 0 < low <= high"),
    (RandomErasing, {"value": "black"}, "value, if not \"random\", must be a number, got 'black'"),
    (RandomErasing, {"value": [0, 1, 0]}, 'value, if not "random", must be a number, got [0, 1'),
]


@pytest.mark.parametrize(("transform", "settings", "message"), WRONG)
def test_wrong_settings_are_refused(transform, settings, message):
    with pytest.raises((TypeError, ValueError)) as error:
        transform(**settings)
    assert str(error.value).startswith(f"{transform.__name__}: {message}")


@pytest.mark.parametrize(
    ("plain", "numpys"),
    [
        (RandomShift(2), RandomShift(np.int64(2))),
        (RandomCrop((5, 6), 1), RandomCrop([np.int32(5), np.int32(6)], np.int8(1))),
        (
            RandomAffine(9, 1, (0.5, 2)),
            RandomAffine(np.int64(9), np.int8(1), [0.5, np.int8(2)]),
        ),
        (GaussianNoise(0.5), GaussianNoise(np.float64(0.5), np.True_)),
        (RandomErasing(value=0.5), RandomErasing(value=np.float32(0.5))),
        (RandomHorizontalFlip(0.5), RandomHorizontalFlip(np.float64(0.5))),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_numbers_are_settings_like_any_other(plain, numpys, dtype, rng):
    assert numpys == plain
    assert repr(numpys) == repr(plain)
    images = rng.random((3, 2, 7, 8)).astype(dtype)
    out = numpys(images, 0)
    assert out.dtype == images.dtype
    assert np.array_equal(out, plain(images, 0))


def test_compose_refuses_what_is_no_transform():
    for wrong in ([RandomShift(1), 3], [RandomHorizontalFlip], ["flip"]):
        with pytest.raises(TypeError, match=r"^Compose expects transforms, got "):
            Compose(wrong)
    with pytest.raises(TypeError, match=r"^Compose expects a list of transforms, got RandomShift"):
        Compose(RandomShift(1))


one = np.zeros((1, 1, 4, 4))
still = affine_matrices(*np.array([[0.0], [1.0], [0.0], [0.0]]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, still), "affine_resample expects images as an array, got NoneType"),
        ((one, still.tolist()), "expected an array of NumPy, CuPy or PyTorch, got list"),
        ((one, still.astype(int)), "affine_resample expects matrices of floats, got int64"),
        ((one, still, 0), "size must be at least 1, got 0"),
        ((one, still, "large"), "size must be an int or a pair of ints, got 'large'"),
        ((one, still, None, None), "fill must be a number, got None"),
    ],
)
def test_resampling_refuses_what_it_cannot_use(arguments, message):
    with pytest.raises((TypeError, ValueError)) as error:
        affine_resample(*arguments)
    assert str(error.value) == message


def test_matrices_are_refused_where_a_scale_or_a_shape_is_wrong():
    with pytest.raises(ValueError, match=r"^affine_matrices expects scales above 0, got 0.0$"):
        affine_matrices([0.0], [0.0], [0.0], [0.0])
    with pytest.raises(ValueError, match=r"^affine_matrices expects four arrays of shape \(N,\), "):
        affine_matrices([0.0], [1.0, 2.0], [0.0], [0.0])
