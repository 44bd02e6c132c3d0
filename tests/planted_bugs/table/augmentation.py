"""Mistakes in what changes pictures."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/augmentation/base.py",
        "tests/test_augmentation.py",
        compose_applies_the_first_picture_to_all=(
            "images = transform(images, rng)",
            "out = transform(images, rng)",
        ),
        compose_applies_in_reverse=(
            "for transform in self.transforms:\n            images",
            "for transform in reversed(self.transforms):\n            images",
        ),
    ),
    *in_file(
        "lib/augmentation/resampling.py",
        "tests/test_augmentation.py",
        resampling_takes_the_nearest_pixel=(
            "left, top = xp.floor(x), xp.floor(y)",
            "x, y = xp.round(x), xp.round(y)\n    left, top = x, y",
        ),
        resampling_is_off_by_half_a_pixel=("(out_w - 1) / 2)", "out_w / 2)"),
        resampling_turns_about_a_corner=(
            "a[:, 0, 2, :, :] + (w - 1) / 2",
            "a[:, 0, 2, :, :] + (out_w - 1) / 2",
        ),
        resampling_swaps_x_and_y=("row * (w + 2) + column", "column * (w + 2) + row"),
        resampling_repeats_the_border=("xp.clip(left + dx, -1, w)", "xp.clip(left + dx, 0, w - 1)"),
        resampling_fills_with_zeros=("(n, c, h + 2, w + 2), fill,", "(n, c, h + 2, w + 2), 0,"),
        resampling_gives_all_the_first_picture=("* ((h + 2) * (w + 2))", "* 0"),
        turn_is_clockwise=(
            "np.stack([cos, -sin]), np.stack([sin, cos])",
            "np.stack([cos, sin]), np.stack([-sin, cos])",
        ),
        scale_shrinks=(
            "np.cos(angle) / scale, np.sin(angle) / scale",
            "np.cos(angle) * scale, np.sin(angle) * scale",
        ),
        shift_goes_the_other_way=('offset = -np.einsum("ijn', 'offset = np.einsum("ijn'),
        shift_is_not_turned=(
            'np.einsum("ijn,jn->in", back, np.stack([shift_x, shift_y]))',
            "np.stack([shift_x, shift_y])",
        ),
    ),
    *in_file(
        "lib/augmentation/geometric.py",
        "tests/test_augmentation.py",
        degrees_are_taken_for_radians=(
            "np.deg2rad(rng.uniform(-self.degrees, self.degrees, n))",
            "rng.uniform(-self.degrees, self.degrees, n)",
        ),
        turns_go_one_way=(
            "rng.uniform(-self.degrees, self.degrees, n)",
            "rng.uniform(0, self.degrees, n)",
        ),
        whole_batch_turns_alike=(
            "rng.uniform(-self.degrees, self.degrees, n)",
            "np.full(n, rng.uniform(-self.degrees, self.degrees))",
        ),
        shift_is_diagonal=(
            "rng.uniform(-self.shift, self.shift, (2, n))",
            "rng.uniform(-self.shift, self.shift, n)[None].repeat(2, axis=0)",
        ),
        crop_never_reaches_the_end=(
            "rng.integers(0, room_x + 1, n)",
            "rng.integers(0, room_x, n) if room_x else 0",
        ),
        crop_moves_down_alone=(
            "x = room_x / 2 - rng.integers(0, room_x + 1, n)",
            "x = room_x / 2 - np.zeros(n)",
        ),
        flip_turns_upside_down=("xp.flip(images, axis=3)", "xp.flip(images, axis=2)"),
        flip_takes_the_others=(
            "rng.random(images.shape[0]) < self.p",
            "rng.random(images.shape[0]) >= self.p",
        ),
        flip_takes_the_batch=(
            "rng.random(images.shape[0]) < self.p",
            "np.full(images.shape[0], rng.random() < self.p)",
        ),
    ),
    *in_file(
        "lib/augmentation/pixelwise.py",
        "tests/test_augmentation.py",
        noise_is_uniform=(
            "rng.standard_normal(images.shape, np.float32)",
            "(rng.random(images.shape, np.float32) - 0.5)",
        ),
        noise_has_the_square_of_its_deviation=("noise = self.std *", "noise = self.std**2 *"),
        noise_is_always_clipped=("if self.clip else noisy", "if True else noisy"),
        erasing_swaps_height_and_width=(
            "np.sqrt(area * ratio)), 1, h)",
            "np.sqrt(area / ratio)), 1, h)",
        ),
        erasing_draws_ratios_evenly=(
            "np.exp(rng.uniform(*np.log(self.ratio), n))",
            "rng.uniform(*self.ratio, n)",
        ),
        erasing_stays_off_the_end=("(size - lengths + 1))[:, None]", "(size - lengths))[:, None]"),
        erasing_is_certain=("rng.random(n) < self.p", "rng.random(n) < 1"),
    ),
]
