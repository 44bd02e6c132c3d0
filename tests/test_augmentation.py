"""Augmentation: what each transform does to a batch, and what it leaves alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from lib.backend import to_numpy
from tests.kinds import assert_same_kind
from tests.tiny_training import dataset, figures, make_trainer, same_weights

TRANSFORMS = [
    RandomAffine(degrees=20, shift=1.5, scale=(0.7, 1.3), fill=0.5),
    RandomShift(2),
    RandomRotation(30),
    RandomResize((0.5, 1.5)),
    RandomCrop(padding=2),
    RandomHorizontalFlip(),
    GaussianNoise(0.2),
    RandomErasing(p=0.8),
    RandomErasing(p=0.8, value="random"),
    Compose([RandomRotation(10), RandomShift(1), RandomErasing()]),
]
each_transform = pytest.mark.parametrize("transform", TRANSFORMS, ids=str)


def batch(n=6, c=2, h=7, w=9, seed=0):
    return np.random.default_rng(seed).random((n, c, h, w), np.float32)


def generator(seed=0):
    return np.random.default_rng(seed)


def matrices(n=6, *, degrees=0.0, scale=1.0, x=0.0, y=0.0):
    one = np.ones(n)
    return affine_matrices(one * np.deg2rad(degrees), one * scale, one * x, one * y)


# What holds for all ------------------------------------------------------------------------------


@each_transform
def test_a_transform_keeps_kind_shape_and_range_and_changes_something(transform, kind):
    images = kind(batch())
    changed = transform(images, generator())
    assert_same_kind(changed, images)
    assert changed.shape == images.shape
    values = to_numpy(changed)
    assert values.min() >= 0
    assert values.max() <= 1 + 1e-6
    assert not np.array_equal(values, batch())
    np.testing.assert_array_equal(to_numpy(images), batch())
    # The host draws, so every kind of array gets the same pictures.
    np.testing.assert_allclose(values, transform(batch(), generator()), atol=1e-6)


@each_transform
def test_the_seed_decides_and_each_picture_gets_its_own(transform):
    same = np.repeat(batch(1), 20, axis=0)
    first = transform(same, generator(3))
    np.testing.assert_array_equal(first, transform(same, generator(3)))
    assert not np.array_equal(first, transform(same, generator(4)))
    assert any(not np.array_equal(first[0], other) for other in first[1:])


@each_transform
def test_float64_stays_float64(transform):
    assert transform(batch().astype(np.float64), generator()).dtype == np.float64


@each_transform
def test_no_picture_is_no_error(transform):
    assert transform(batch(0), generator()).shape == (0, 2, 7, 9)


@each_transform
def test_what_is_no_batch_or_no_generator_is_refused(transform):
    name = type(transform).__name__
    with pytest.raises(ValueError, match=rf"^{name} expects .* \(N, C, H, W\), got \(2, 7, 9\)$"):
        transform(batch()[0], generator())
    with pytest.raises(TypeError, match=rf"^{name} expects images of floats, got uint8$"):
        transform(np.zeros((1, 1, 4, 4), np.uint8), generator())
    with pytest.raises(TypeError, match=rf"^{name} expects images as an array, got list$"):
        transform(batch().tolist(), generator())
    with pytest.raises(TypeError, match=r"^rng must be a numpy.random.Generator, .* got 'seed'$"):
        transform(batch(), "seed")


@each_transform
def test_a_seed_draws_what_its_generator_draws(transform):
    drawn = transform(batch(), np.random.default_rng(0))
    assert np.array_equal(transform(batch(), 0), drawn)


def test_compose_applies_in_order_with_one_generator():
    shift, noise = RandomShift(2), GaussianNoise(0.1)
    rng = generator()
    expected = noise(shift(batch(), rng), rng)
    np.testing.assert_array_equal(Compose([shift, noise])(batch(), generator()), expected)


# Resampling --------------------------------------------------------------------------------------


@given(st.integers(-8, 8), st.integers(-10, 10))
def test_a_shift_by_whole_pixels_is_slicing(x, y):
    images = batch()
    expected = np.full_like(images, 0.25)
    h, w = images.shape[2:]
    if abs(x) < w and abs(y) < h:
        expected[:, :, max(y, 0) : h + min(y, 0), max(x, 0) : w + min(x, 0)] = images[
            :, :, max(-y, 0) : h + min(-y, 0), max(-x, 0) : w + min(-x, 0)
        ]
    shifted = affine_resample(images, matrices(x=x, y=y), fill=0.25)
    np.testing.assert_array_equal(shifted, expected)


def test_a_shift_by_half_a_pixel_is_the_mean_of_two():
    images = batch()
    shifted = affine_resample(images, matrices(x=0.5, y=-1))
    expected = (images[:, :, 1:, :-1] + images[:, :, 1:, 1:]) / 2
    np.testing.assert_allclose(shifted[:, :, :-1, 1:], expected, rtol=1e-6)


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("side", [7, 8])
def test_a_quarter_turn_is_rot90(turns, side):
    images = batch(h=side, w=side)
    turned = affine_resample(images, matrices(degrees=90 * turns))
    np.testing.assert_allclose(turned, np.rot90(images, turns, axes=(2, 3)), atol=1e-6)
    if turns == 0:
        np.testing.assert_array_equal(turned, images)


def test_a_turn_is_about_the_middle_and_keeps_distances():
    # A plane's value at a point is its position, so the picture of a plane says whence it came.
    h, w = 15, 21
    y, x = np.mgrid[:h, :w].astype(np.float64)
    x, y = x - (w - 1) / 2, y - (h - 1) / 2
    planes = np.stack([x, y])[None]
    turned = affine_resample(planes, matrices(1, degrees=30, scale=2, x=1, y=-0.5))[0]
    cos, sin = np.cos(np.pi / 6) / 2, np.sin(np.pi / 6) / 2
    inner = (slice(None), slice(3, -3), slice(3, -3))
    expected = np.stack([cos * (x - 1) - sin * (y + 0.5), sin * (x - 1) + cos * (y + 0.5)])
    np.testing.assert_allclose(turned[inner], expected[inner], atol=1e-12)


def test_each_picture_has_its_own_matrix():
    images = batch(2)
    both = np.concatenate([matrices(1, x=1), matrices(1, degrees=40)])
    expected = [affine_resample(images[i : i + 1], both[i : i + 1])[0] for i in (0, 1)]
    np.testing.assert_allclose(affine_resample(images, both), expected, atol=1e-7)


def test_far_outside_there_is_only_the_filling():
    assert (affine_resample(batch(), matrices(x=1e6, y=-1e6), fill=0.75) == 0.75).all()


def test_another_size_is_cut_from_the_middle():
    images = batch()
    cut = affine_resample(images, matrices(), size=(3, 5))
    np.testing.assert_array_equal(cut, images[:, :, 2:5, 2:7])


def test_matrices_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expects matrices of \(6, 2, 3\), got \(5, 2, 3\)$"):
        affine_resample(batch(), matrices(5))


# What each draws ---------------------------------------------------------------------------------


def places_of_a_dot(images):
    """Where the one bright pixel of each picture of 9 × 11 has gone, from the middle."""
    flat = images.reshape(len(images), -1)
    assert (flat.sum(axis=1) == 1).all()
    return np.stack(np.unravel_index(flat.argmax(axis=1), (9, 11))) - np.array([[4], [5]])


def dots(n):
    images = np.zeros((n, 1, 9, 11), np.float32)
    images[:, :, 4, 5] = 1
    return images


@pytest.mark.parametrize("transform", [RandomShift(3), RandomCrop(padding=3)], ids=str)
def test_shift_and_crop_reach_every_place_alike(transform):
    moved = places_of_a_dot(transform(dots(4_900), generator()))
    _, counts = np.unique(moved, axis=1, return_counts=True)
    assert len(counts) == 49
    assert np.abs(moved).max() == 3
    # 100 expected at each place, with a standard deviation of 10.
    assert counts.min() > 50
    assert counts.max() < 150


def test_a_crop_is_a_window():
    images = batch(200, c=1, h=6, w=8)
    cropped = RandomCrop(size=(4, 5))(images, generator())
    assert cropped.shape == (200, 1, 4, 5)
    windows = np.lib.stride_tricks.sliding_window_view(images, (4, 5), axis=(2, 3))
    is_it = (windows == cropped[:, :, None, None]).all(axis=(1, 4, 5))
    assert (is_it.sum(axis=(1, 2)) == 1).all()
    assert is_it.any(axis=0).all(), "every window is drawn"


def test_a_crop_that_does_not_fit_is_refused():
    message = r"^RandomCrop: a window of 8 × 8 does not fit into 7 × 9 pixels with padding 0$"
    with pytest.raises(ValueError, match=message):
        RandomCrop(size=8)(batch(), generator())
    assert RandomCrop(size=8, padding=1)(batch(), generator()).shape == (6, 2, 8, 8)


def test_rotation_turns_either_way_up_to_its_degrees():
    n = 2_000
    # The heavy end of a bar, 8 pixels right of the middle, tells the angle.
    images = np.zeros((n, 1, 21, 21), np.float64)
    images[:, :, 10, 18] = 1
    turned = RandomRotation(25)(images, generator())[:, 0]
    y, x = np.mgrid[:21, :21] - 10
    angle = np.rad2deg(np.arctan2(-(turned * y).sum((1, 2)), (turned * x).sum((1, 2))))
    assert -26 < angle.min() < -23
    assert 23 < angle.max() < 26
    assert abs(angle.mean()) < 1


def test_resizing_goes_from_low_to_high():
    images = np.zeros((2_000, 1, 41, 41))
    images[:, :, 15:26, 15:26] = 1
    areas = RandomResize((0.5, 2.0))(images, generator()).sum((1, 2, 3)) / 121
    assert areas.min() == pytest.approx(0.25, rel=0.2)  # a square of 5.5 pixels has 5 or 6
    assert areas.max() == pytest.approx(4.0, rel=0.1)


def test_an_affine_transform_draws_each_of_its_parts():
    n = 2_000
    images = np.zeros((n, 1, 21, 21))
    images[:, :, 10, 10] = 1
    shifted = RandomAffine(shift=3)(images, generator())[:, 0]
    y, x = np.mgrid[:21, :21] - 10
    places = (shifted * x).sum((1, 2)), (shifted * y).sum((1, 2))
    assert abs(np.corrcoef(*places)[0, 1]) < 0.1, "in each direction by itself"
    for place in places:
        assert -3 <= place.min() < -2.9
        assert 2.9 < place.max() <= 3
        assert abs(place.mean()) < 0.2
        assert (np.abs(place - np.rint(place)) > 0.1).mean() > 0.7, "fractions of pixels too"
    alone = RandomRotation(20), RandomResize((0.7, 1.3))
    together = RandomAffine(degrees=20), RandomAffine(scale=(0.7, 1.3))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one(batch(), generator()), other(batch(), generator()))


def test_nothing_to_draw_changes_nothing():
    for transform in (RandomAffine(), RandomRotation(0), RandomShift(0), RandomResize((1, 1))):
        np.testing.assert_array_equal(transform(batch(), generator()), batch())


def test_flipping_twice_gives_the_picture_and_p_is_its_share():
    flip = RandomHorizontalFlip(p=1)
    once = flip(batch(), generator())
    np.testing.assert_array_equal(once, batch()[:, :, :, ::-1])
    np.testing.assert_array_equal(flip(once, generator()), batch())
    images = batch(4_000, c=1, h=2, w=3)
    changed = (RandomHorizontalFlip(p=0.3)(images, generator()) != images).any(axis=(1, 2, 3))
    assert changed.mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(RandomHorizontalFlip(p=0)(images, generator()), images)


def test_noise_has_its_mean_and_deviation_and_is_clipped_on_demand():
    images = np.full((50, 1, 40, 40), 0.5, np.float32)
    noise = GaussianNoise(0.1, clip=False)(images, generator()) - images
    assert abs(noise.mean()) < 0.002
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert noise.max() > 0.3  # normally distributed: some are far out
    loud = GaussianNoise(1.0)(images, generator())
    assert (loud.min(), loud.max()) == (0, 1)
    assert GaussianNoise(1.0, clip=False)(images, generator()).max() > 1


def test_erasing_paints_one_rectangle_of_the_area_asked_for():
    images = np.full((500, 2, 30, 40), 0.5, np.float32)
    erased = RandomErasing(p=1, scale=(0.1, 0.2), ratio=(0.5, 2), value=0.9)(images, generator())
    hit = erased[:, 0] == np.float32(0.9)
    np.testing.assert_array_equal(hit, erased[:, 1] == np.float32(0.9))
    assert (erased[:, 0][~hit] == 0.5).all()
    rows, columns = hit.any(axis=2).sum(axis=1), hit.any(axis=1).sum(axis=1)
    np.testing.assert_array_equal(hit.sum(axis=(1, 2)), rows * columns)  # a rectangle
    share = hit.mean(axis=(1, 2))
    assert 0.09 < share.min() < 0.11
    assert 0.19 < share.max() < 0.215
    assert share.mean() == pytest.approx(0.15, abs=0.005)
    assert (rows / columns).min() == pytest.approx(0.5, abs=0.1)
    assert (rows / columns).max() == pytest.approx(2, abs=0.25)
    assert (rows > columns).mean() == pytest.approx(0.5, abs=0.07)
    for edge in (hit[:, 0], hit[:, -1], hit[:, :, 0], hit[:, :, -1]):
        assert edge.any(), "it reaches every edge"


def test_erasing_leaves_the_others_alone():
    images = batch(4_000, c=1, h=4, w=4)
    changed = (RandomErasing(p=0.25)(images, generator()) != images).any(axis=(1, 2, 3))
    assert changed.mean() == pytest.approx(0.25, abs=0.03)


def test_erasing_with_random_values_draws_each_pixel():
    images = np.zeros((100, 1, 20, 20), np.float32)
    erased = RandomErasing(p=1, scale=(0.3, 0.3), value="random")(images, generator())
    painted = erased[erased > 0]
    assert len(np.unique(painted)) > 0.99 * len(painted)
    assert painted.mean() == pytest.approx(0.5, abs=0.01)


def test_a_rectangle_too_long_is_cut_at_the_border():
    images = np.zeros((50, 1, 4, 30), np.float32)
    erased = RandomErasing(p=1, scale=(0.5, 0.5), ratio=(1, 1), value=1)(images, generator())
    # 60 pixels make a square of nearly 8 × 8, but there are 4 rows.
    np.testing.assert_array_equal(erased.sum(axis=(1, 2, 3)), 4 * 8)


# In a training -----------------------------------------------------------------------------------

AUGMENT = Compose([RandomShift(1), RandomErasing(p=0.3), GaussianNoise(0.05)])


def test_training_sees_changed_pictures_and_validation_the_true_ones():
    seen = []

    def spy(images, rng):
        seen.append(images.copy())
        return np.zeros_like(images)

    trainer = make_trainer()
    data = dataset(25)
    before = data.images.copy()
    history = trainer.fit(data, data, epochs=1, batch_size=10, augment=spy)
    assert [len(images) for images in seen] == [10, 10, 5]
    np.testing.assert_array_equal(data.images, before)
    rows = {image.tobytes() for image in np.concatenate(seen)}
    assert rows == {image.tobytes() for image in data.images}, "it is given the true ones"
    # The network learned on black pictures alone, so the training figures cannot be these.
    assert history["validation_loss"] == [trainer.evaluate(data)["loss"]]
    assert history["loss"] != history["validation_loss"]


def test_augmentation_changes_the_training_and_a_seed_repeats_it():
    def fit(seed, augment):
        trainer = make_trainer(seed=seed)
        trainer.fit(dataset(), epochs=2, batch_size=10, augment=augment)
        return trainer

    assert same_weights(fit(0, AUGMENT), fit(0, AUGMENT))
    assert not same_weights(fit(0, AUGMENT), fit(0, None))
    assert not same_weights(fit(0, AUGMENT), fit(1, AUGMENT))


def test_every_step_draws_its_own_numbers_and_not_those_of_the_order():
    drawn = []

    def spy(images, rng):
        drawn.append(rng.random())
        return images

    make_trainer(seed=5).fit(dataset(25), epochs=3, batch_size=10, augment=spy)
    orders = [np.random.default_rng([5, epoch]).random() for epoch in (1, 2, 3)]
    assert len({*drawn, *orders}) == 9 + 3


def test_a_continued_training_with_augmentation_is_the_same_to_the_last_bit(tmp_path):
    settings = {"batch_size": 10, "augment": AUGMENT}
    whole = make_trainer(epochs=4)
    whole.fit(dataset(), dataset(9, seed=1), epochs=4, **settings)
    first = make_trainer(epochs=4)
    first.fit(dataset(), dataset(9, seed=1), epochs=2, **settings)
    first.save_checkpoint(tmp_path / "checkpoint.npz")
    second = make_trainer(epochs=4)
    second.load_checkpoint(tmp_path / "checkpoint.npz")
    second.fit(dataset(), dataset(9, seed=1), epochs=4, **settings)
    assert same_weights(second, whole)
    assert figures(second.history) == figures(whole.history)
