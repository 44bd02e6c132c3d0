"""Mistakes in what networks are built from."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/networks/base.py",
        "tests/test_networks.py",
        predict_stays_in_training_mode=("        self.eval()\n        try:", "        try:"),
        predict_ends_in_evaluation_mode=("layer.training = mode", "pass"),
        predict_forgets_the_last_short_batch=(
            "range(0, images.shape[0], batch_size)",
            "range(0, images.shape[0] - batch_size + 1, batch_size)",
        ),
    ),
    *in_file(
        "lib/networks/sizes.py",
        "tests/test_networks_small.py tests/test_networks_vgg.py",
        scaled_rounds_down=("round(c * width)", "int(c * width)"),
        shape_after_swaps_height_and_width=(
            "return channels, *size",
            "return channels, *reversed(size)",
        ),
    ),
    *in_file(
        "lib/networks/residual.py",
        "tests/test_networks_resnet.py",
        every_block_of_a_stage_halves=("stride if i == 0 else 1", "stride"),
        shortcut_only_where_the_image_halves=(
            "block_stride > 1 or in_channels != out_channels",
            "block_stride > 1",
        ),
        relu_before_the_skip_is_added=(
            "Sequential(Residual(body, downsample) if skips else body, relu)",
            "Residual(Sequential(body, relu), downsample) if skips else Sequential(body, relu)",
        ),
        bottleneck_halves_in_the_other_convolution=(
            "(stride, 1) if stride_in_1x1 else (1, stride)",
            "(1, stride) if stride_in_1x1 else (stride, 1)",
        ),
        projection_is_not_normalized=(
            ", 1, stride, rng), BatchNorm2d(out_channels))",
            ", 1, stride, rng))",
        ),
        subsample_forgets_where_it_took_pixels=(
            "dx[self.step] = dout[:, : self.input_shape[1], ...]",
            "dx[..., : dout.shape[2], : dout.shape[3]] = dout[:, : self.input_shape[1], ...]",
        ),
    ),
    *in_file(
        "lib/networks/lenet_parts.py",
        "tests/test_networks_lenet.py",
        scaled_tanh_forgets_the_inner_slope=("(1.7159 * 2 / 3)", "1.7159"),
        subsampling_is_a_mean=("self.sums = 4 * self.pool(x)", "self.sums = self.pool(x)"),
        radial_basis_loses_a_factor_2=("return 2 * (dout @", "return (dout @"),
    ),
]
