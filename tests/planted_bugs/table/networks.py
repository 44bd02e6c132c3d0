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
        "lib/networks/base.py",
        "tests/test_networks.py",
        accuracy_of_labels_that_are_text=(
            'if not array_namespace(labels).isdtype(labels.dtype, "integral"):',
            "if False:",
        ),
        accuracy_of_labels_that_are_no_class=("if low < 0 or high >= classes:", "if low < 0:"),
        accuracy_of_logits_that_are_no_number=("    if undecided:\n", "    if False:\n"),
    ),
    *in_file(
        "lib/networks/sizes.py",
        "tests/test_networks_settings.py",
        counts_may_be_0=(
            "as_integer(value, name, at_least=1)",
            "as_integer(value, name, at_least=0)",
        ),
        images_may_lack_their_channel=("how_many=3, at_least=1", "at_least=1"),
    ),
    *in_file(
        "lib/networks/simple_convnet.py",
        "tests/test_networks_settings.py",
        simple_convnet_ignores_the_seed_0=("as_generator(rng)", "as_generator(rng or None)"),
    ),
    *in_file(
        "lib/analysis/receptive_fields.py",
        "tests/test_analysis_receptive_fields.py",
        sums_in_a_block_see_what_the_block_takes=(
            "_covering(fields) if fields else before",
            "before",
        ),
        chains_see_what_their_parts_see_together=(
            "by_array.get(id(call.out)) or _covering(fields)",
            "_covering(fields)",
        ),
    ),
    *in_file(
        "lib/analysis/summaries.py",
        "tests/test_analysis_summary.py",
        sums_take_no_memory=(
            "(*(inner.x for inner in call.calls), call.out)",
            "(call.out,)",
        ),
    ),
    *in_file(
        "lib/analysis/gradient_check.py",
        "tests/test_analysis_wrong_calls.py",
        gradients_that_are_no_numbers_are_right=("        return 1.0\n", "        return 0.0\n"),
    ),
    *in_file(
        "lib/analysis/backward.py",
        "tests/test_analysis_wrong_calls.py",
        classes_of_numpy_are_none=("else to_numpy(target)", "else target.shape"),
    ),
    *in_file(
        "lib/serialization/safetensors_files.py",
        "tests/test_pretrained.py",
        bfloat16_is_read_as_float16=('"BF16": "<u2"', '"BF16": "<f2"'),
        bfloat16_goes_to_the_lower_half=(
            "(array.astype(np.uint32) << 16)",
            "array.astype(np.uint32)",
        ),
    ),
    *in_file(
        "lib/serialization/published.py",
        "tests/test_pretrained.py",
        counts_of_batches_are_unexpected=(
            'name.rpartition(".")[2] != COUNTER and name',
            "name",
        ),
        optional_parts_are_always_passed_over=(
            "for part in optional if part not in network.children()",
            "for part in optional",
        ),
    ),
    *in_file(
        "lib/serialization/formats.py",
        "tests/test_pretrained.py",
        safetensors_are_told_by_their_name=(
            'if start[8:9] == b"{":',
            'if str(path).endswith("safetensors"):',
        ),
    ),
    *in_file(
        "lib/serialization/formats.py",
        "tests/test_pretrained.py",
        parity=True,
        pickles_are_called_damaged=('b"/data.pkl" in start', "False"),
    ),
    *in_file(
        "lib/serialization/safetensors_files.py",
        "tests/test_pretrained.py",
        parity=True,
        safetensors_forget_whose_they_are=('metadata={"format": "pt"}', "metadata=None"),
    ),
    *in_file(
        "lib/networks/onnx/layers.py",
        "tests/parity/test_onnx.py",
        parity=True,
        onnx_has_another_eps=("epsilon=layer.eps", "epsilon=1e-3"),
        onnx_averages_count_what_hangs_over=("every / layer.divisor", "1.0"),
        onnx_forgets_the_skip=(
            'return graph.add("Add", write(layer.body, graph, x), skip)',
            "return skip",
        ),
        onnx_shifts_the_adaptive_windows=("= 1 / (in_rows.stop - in_rows.start)", "= 1"),
    ),
    *in_file(
        "lib/networks/onnx/graph.py",
        "tests/parity/test_onnx.py",
        parity=True,
        onnx_forgets_what_hangs_over=(
            "[p + more for p, more in zip(layer.padding, overhang, strict=True)]",
            "list(layer.padding)",
        ),
    ),
    *in_file(
        "lib/networks/googlenet.py",
        "tests/test_pretrained.py",
        googlenet_has_no_optional_parts=(
            'optional_parts = ("aux1", "aux2")',
            "optional_parts = ()",
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
        every_block_of_a_stage_halves=(
            "block.expansion * channels, channels, 1,",
            "block.expansion * channels, channels, stride,",
        ),
        projection_only_where_the_image_halves=(
            "        return None\n    return Sequential(",
            "        return None\n    if stride == 1:\n        return None\n    return Sequential(",
        ),
        relu_before_the_skip_is_added=(
            "self.bn2(self.conv2(out))\n        return self.relu(self.add_skip(out, x))",
            "self.bn2(self.conv2(out))\n        return self.add_skip(self.relu(out), x)",
        ),
        bottleneck_halves_in_the_other_convolution=(
            "(stride, 1) if stride_in_1x1 else (1, stride)",
            "(1, stride) if stride_in_1x1 else (stride, 1)",
        ),
        projection_is_not_normalized=(
            ", 1, stride, rng), BatchNorm2d(out_channels))",
            ", 1, stride, rng))",
        ),
        skip_is_forgotten_on_the_way_back=(
            "return dx + (dout if self.downsample is None else self.downsample.backward(dout))",
            "return dx",
        ),
        skip_goes_past_the_projection_on_the_way_back=(
            "(dout if self.downsample is None else self.downsample.backward(dout))",
            "dout",
        ),
        plain_blocks_have_skips=(
            "        if not self.skips:\n            return out\n",
            "",
        ),
    ),
    *in_file(
        "lib/layers/subsample.py",
        "tests/test_networks_resnet.py",
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
    *in_file(
        "lib/networks/vgg.py",
        "tests/test_networks_vgg.py",
        vgg_16_has_the_blocks_of_13=("16: (2, 2, 3, 3, 3)", "16: (2, 2, 2, 2, 2)"),
        vgg_does_not_pad=(
            "Conv2d(channels, filters, 3, padding=1, rng=rng)",
            "Conv2d(channels, filters, 3, rng=rng)",
        ),
        vgg_normalizes_after_relu=(
            "[BatchNorm2d(filters), ReLU()]",
            "[ReLU(), BatchNorm2d(filters)]",
        ),
        vgg_leaves_no_block_out=(
            "zip(filters_of_blocks, CONVOLUTIONS[depth][:blocks], strict=True)",
            "zip(scaled(FILTERS, width), CONVOLUTIONS[depth], strict=True)",
        ),
    ),
    *in_file(
        "lib/networks/alexnet.py",
        "tests/test_networks_alexnet.py",
        alexnet_normalizes_before_relu=(
            "            features[str(number + 1)] = ReLU()\n            number += 2\n",
            "            number += 2\n",
        ),
    ),
    *in_file(
        "lib/networks/alexnet.py",
        "tests/test_networks_alexnet.py",
        parity=True,
        alexnet_divides_its_alpha_by_the_size=("alpha=5e-4", "alpha=1e-4"),
        alexnet_pools_side_by_side=("MaxPool2d(3, 2)", "MaxPool2d(2, 2)"),
    ),
    *in_file(
        "lib/networks/googlenet.py",
        "tests/test_networks_googlenet.py",
        auxiliary_loss_forgets_its_weight=(
            "value += self.weight * head_value",
            "value += head_value",
        ),
        auxiliary_gradient_is_used_twice=(
            "dlogits, self.dlogits = self.dlogits, None",
            "dlogits = self.dlogits",
        ),
        auxiliary_heads_count_in_evaluation=(
            "super().forward(x) if self.training else None",
            "super().forward(x)",
        ),
    ),
    *in_file(
        "lib/networks/googlenet.py",
        "tests/test_networks_googlenet.py",
        parity=True,
        auxiliary_head_takes_the_place_of_what_comes_after=(
            "return dout + dx if self.needs_dx",
            "return dx if self.needs_dx",
        ),
        auxiliary_gradient_forgets_its_weight=(
            "head.dlogits = self.weight * head_dlogits",
            "head.dlogits = head_dlogits",
        ),
        googlenet_normalizes_with_the_usual_eps=(", eps=1e-3)", ")"),
        googlenet_rounds_down_after_the_first_convolution=(
            '"maxpool1": MaxPool2d(3, 2, ceil_mode=True)',
            '"maxpool1": MaxPool2d(3, 2)',
        ),
    ),
    *in_file(
        "lib/networks/mobilenet_v2.py",
        "tests/test_networks_mobilenet.py",
        mobilenet_v2_has_no_skips=(
            "has_skip = stride == 1 and in_channels == out_channels",
            "has_skip = False",
        ),
        mobilenet_v2_forgets_the_skip_on_the_way_back=(
            "return dx + dout if self.has_skip else dx",
            "return dx",
        ),
        mobilenet_v2_rounds_down_too_far=(
            "return rounded if rounded >= 0.9 * channels else rounded + 8",
            "return rounded",
        ),
    ),
    *in_file(
        "lib/networks/mobilenet_v1.py",
        "tests/test_networks_mobilenet.py",
        pad_end_cuts_the_start=(
            "return unpad2d(dout, self.padding, self.overhang)",
            "return dout[..., 1:, 1:]",
        ),
        pad_end_frames_even_images=("(h % 2, w % 2)", "(1 - h % 2, 1 - w % 2)"),
    ),
    *in_file(
        "lib/networks/mobilenet_v2.py",
        "tests/test_networks_mobilenet.py",
        parity=True,
        mobilenet_v2_narrows_with_relu6=(
            "            make.norm(out_channels),\n        )\n",
            "            make.norm(out_channels),\n            ReLU6(),\n        )\n",
        ),
        mobilenet_v2_pads_odd_images_at_their_end_alone=(
            '{"pad": PadEnd(frame_odd=True)}',
            '{"pad": PadEnd()}',
        ),
        mobilenet_v2_halves_in_every_block=("first_stride if i == 0 else 1", "first_stride"),
    ),
    *in_file(
        "lib/networks/xception.py",
        "tests/test_networks_xception.py",
        same_pooling_pads_with_zeros=("w + w % 2), -math.inf, like=x)", "w + w % 2), 0.0, like=x)"),
        same_pooling_pads_the_end_of_odd_images=("slice(h % 2, h + h % 2)", "slice(0, h)"),
    ),
    *in_file(
        "lib/networks/xception.py",
        "tests/test_networks_xception.py",
        parity=True,
        xception_begins_each_row_with_relu=("if i > 1 or relu_first:", "if True:"),
        xception_ends_its_rows_without_relu=(", relu_last=ReLU()\n", "\n"),
    ),
    *in_file(
        "lib/networks/lenet_parts.py",
        "tests/test_networks_lenet.py",
        weights_of_1998_reach_as_far_as_those_of_today=(
            "np.float32(2.4 / fan_in)",
            "np.float32((6 / fan_in) ** 0.5)",
        ),
        partial_convolution_adds_its_bias_along_columns=(
            "cast(self.bias.data, like=x)[:, None, None]\n\n",
            "cast(self.bias.data, like=x)[None, None, :]\n\n",
        ),
        partial_convolution_connects_in_another_order=(
            "                yield f, c, ...",
            "                yield f, -1 - c, ...",
        ),
    ),
    *in_file(
        "lib/networks/lenet.py",
        "tests/test_networks_lenet.py",
        codes_are_0_and_1=(
            "np.full((10, 12, 7), -1, np.float32)",
            "np.full((10, 12, 7), 0, np.float32)",
        ),
    ),
]
