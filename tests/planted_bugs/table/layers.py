"""Mistakes in layers."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/layers/base.py",
        "tests/test_layers_base.py",
        train_stops_at_the_top=(
            "        for layer in self.modules():\n            layer.training = mode",
            "        for layer in [self]:\n            layer.training = mode",
        ),
        gradients_stay_on_the_old_device=("value.grad = convert(value.grad)", "pass"),
        parameters_that_are_frozen_need_a_way_back=(
            "any(p.trainable for p in self.parameters())",
            "any(True for p in self.parameters())",
        ),
    ),
    *in_file(
        "lib/layers/base.py",
        "tests/test_layers_base.py",
        loaded_state_is_shared=(
            "copy = np.array(backend.to_numpy(state[name]))",
            "copy = np.asarray(backend.to_numpy(state[name]))",
        ),
        loaded_state_keeps_its_own_dtype=(
            "backend.moved(copy, like=value.data)",
            "backend.to_device(copy, value.data)",
        ),
        buffers_are_not_saved=(
            "return {name: value.data for name, value in self._named(Parameter | Buffer)}",
            "return {name: value.data for name, value in self._named(Parameter)}",
        ),
    ),
    *in_file(
        "lib/layers/base.py",
        "tests/test_freezing.py",
        frozen_layers_train_again=("mode and not layer.frozen", "mode"),
        unfreezing_frees_what_was_never_trained=(
            "[parameter for parameter in own if parameter.trainable]",
            "own",
        ),
        freezing_keeps_the_old_gradient=(
            "parameter.trainable, parameter.grad = False, None",
            "parameter.trainable = False",
        ),
    ),
    *in_file(
        "lib/layers/containers.py",
        "tests/test_containers.py",
        sequential_goes_back_in_order=("in reversed(list(self)):", "in list(self):"),
        residual_forgets_the_skip_on_the_way_back=(
            "return _sum(dx, dskip) if self.needs_dx else None",
            "return dx if self.needs_dx else None",
        ),
        residual_skips_the_shortcut_on_the_way_back=(
            "dskip = self.shortcut.backward(dout)",
            "self.shortcut.backward(dout)",
        ),
        concat_gives_every_branch_the_first_channels=("            start += channels\n", ""),
        concat_keeps_the_last_branch=("part if dx is None else dx + part", "part"),
        concat_joins_along_rows=("concat(outs, axis=1)", "concat(outs, axis=2)"),
    ),
    *in_file(
        "lib/layers/tree.py",
        "tests/test_layers_tree.py",
        layers_in_a_list_are_passed_over=("        _refuse_hidden(layer)\n", ""),
        a_layer_may_be_at_two_places=("        _note(places, layer, place)\n", ""),
        a_parameter_may_be_at_two_places=(
            "_note(places, thing, _dotted(place, name))",
            "places[thing] = _dotted(place, name)",
        ),
    ),
    *in_file(
        "lib/layers/containers.py",
        "tests/test_layers_tree.py",
        containers_take_a_layer_twice=("    whole.state()\n", ""),
    ),
    *in_file(
        "lib/layers/base.py",
        "tests/test_containers.py",
        parts_of_a_layer_need_no_more_than_it=(
            "child.set_needs_dx(self.needs_backward)",
            "child.set_needs_dx(needs_dx)",
        ),
    ),
    *in_file(
        "lib/layers/containers.py",
        "tests/test_containers.py tests/test_freezing.py",
        sequential_goes_back_to_the_pictures=(
            "            if not layer.needs_backward:\n                return None\n",
            "",
        ),
        concat_enters_frozen_branches=(
            "            if branch.needs_backward:\n",
            "            if True:\n",
        ),
        residual_stops_above_a_trained_body=(
            "self.needs_backward = needs_dx or any(reached)",
            "self.needs_backward = needs_dx",
        ),
    ),
    *in_file(
        "lib/layers/convolution.py",
        "tests/test_freezing.py",
        frozen_convolution_multiplies_in_vain=(
            "needs_dweight=self.weight.trainable",
            "needs_dweight=True",
        ),
        frozen_bias_gets_a_gradient=(
            "if self.bias is not None and self.bias.trainable:",
            "if self.bias is not None:",
        ),
    ),
    *in_file(
        "lib/layers/convolution.py",
        "tests/test_layers_convolution.py",
        bias_gradient_is_a_mean=("sum_channels(dout)", "sum_channels(dout) / dout.shape[0]"),
        bias_is_forgotten=("*self._settings, bias)", "*self._settings)"),
        weight_gradient_accumulates=(
            "            self.weight.grad = dweight\n",
            "            old = self.weight.grad\n"
            "            self.weight.grad = dweight if old is None else old + dweight\n",
        ),
        same_padding_of_even_kernels_is_short=(
            "x if self.overhang == (0, 0) else pad2d(x, 0, overhang=self.overhang)",
            "x",
        ),
        same_padding_stays_on_the_way_back=("unpad2d(dx, 0, self.overhang)", "dx"),
        separable_convolution_is_not_depthwise=(
            "in_channels, in_channels, *window, in_channels, bias=False",
            "in_channels, in_channels, *window, 1, bias=False",
        ),
    ),
    *in_file(
        "lib/layers/transposed.py",
        "tests/test_layers_transposed.py",
        transposed_forgets_its_output_padding=("d * (k - 1) + more + 1", "d * (k - 1) + 1"),
        transposed_pads_one_side=("(pixels - 1) * s - 2 * p", "(pixels - 1) * s - p"),
        transposed_forgets_its_bias=(
            "return out if self.bias is None else",
            "return out if True else",
        ),
        transposed_swaps_image_and_gradient=(
            "cast(self.x, like=dout), dout, weight",
            "dout, cast(self.x, like=dout), weight",
        ),
    ),
    *in_file(
        "lib/layers/checks.py",
        "tests/test_layers_base.py",
        loaded_state_may_lack_names=(
            """[f'"{name}" is missing' for name in own if name not in state]""",
            "[]",
        ),
        loaded_state_may_have_other_shapes=(
            "if tuple(saved.shape) != shape:",
            "if saved.size != value.data.size:",
        ),
        loaded_state_may_hold_integers=(
            "if _kind(saved) != (kind := _kind(value.data)):",
            "if kind := None:",
        ),
    ),
    *in_file(
        "lib/layers/checks.py",
        "tests/test_layers_checks.py",
        any_gradient_goes_back=("if _shape(dout) != expected:", "if False:"),
        gradients_of_integers_go_back=(" and not is_floating(part):", " and False:"),
        passes_of_subclasses_are_compared=(
            "if type(self).backward is check_and_go_back:",
            "if True:",
        ),
        what_is_noted_stays_in_memory=(
            "self._noted = (_shape(out),)",
            "self._noted = (_shape(out),)\n        self._output = out",
        ),
        passes_of_other_classes_are_not_watched=(" or not issubclass(owner, base):", ":"),
    ),
    *in_file(
        "lib/layers/linear.py",
        "tests/test_layers_convolution.py tests/test_layers_pointwise.py",
        linear_bias_gradient_is_a_mean=("total(dout, axis=0)", "total(dout, axis=0) / len(dout)"),
        linear_accumulates=(
            "self.weight.grad = dout.T @ self.x",
            "old = 0 if self.weight.grad is None else self.weight.grad\n"
            "            self.weight.grad = dout.T @ self.x + old",
        ),
        flatten_reads_channels_last=(
            "return array_namespace(x).reshape(x, (x.shape[0], math.prod(x.shape[1:])))",
            "x = array_namespace(x).permute_dims(x, (0, 2, 3, 1))\n"
            "        return array_namespace(x).reshape(x, (x.shape[0], math.prod(x.shape[1:])))",
        ),
    ),
    *in_file(
        "lib/layers/activation.py",
        "tests/test_layers_pointwise.py tests/test_layers_numbers.py",
        relu_passes_at_zero=("astype(self.out > 0, dout", "astype(self.out >= 0, dout"),
        relu6_clips_numpy_arrays_alone=("xp.minimum(out, most)", "out"),
        relu_hides_what_is_no_number=(
            "np.clip(x, 0, most)",
            "np.fmin(np.fmax(x, 0), most)",
        ),
        relu_of_numpy_has_an_upper_end=("np.clip(x, 0, most)", "np.clip(x, 0, 6)"),
        relu6_passes_where_it_clips=("(self.out > 0) & (self.out < 6)", "self.out > 0"),
        leaky_relu_leaks_the_wrong_way=("(1 - positive)", "(positive - 1)"),
        sigmoid_forgets_the_output_in_its_slope=(
            "(self.out * sigmoid(-self.x))",
            "sigmoid(-self.x)",
        ),
        sigmoid_slope_vanishes_early=(
            "(self.out * sigmoid(-self.x))",
            "(self.out * (1 - self.out))",
        ),
        sigmoid_cancels_in_its_tail=(
            "return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x)))",
            "return 0.5 * (xp.tanh(0.5 * x) + 1)",
        ),
        tanh_forgets_half_of_its_slope=("4 * sigmoid(2 * self.x)", "2 * sigmoid(2 * self.x)"),
        tanh_slope_vanishes_early=(
            "(4 * sigmoid(2 * self.x) * sigmoid(-2 * self.x))",
            "(1 - array_namespace(dout).tanh(self.x) ** 2)",
        ),
        softmax_forgets_that_its_outputs_mix=("out * (wide - mean)", "out * wide"),
        softmax_sums_over_the_batch=("sum(wide * out, axis=1", "sum(wide * out, axis=0"),
        softmax_overflows=(" - xp.max(widened(logits), axis=1, keepdims=True)", ""),
    ),
    *in_file(
        "lib/layers/dropout.py",
        "tests/test_layers_pointwise.py",
        dropout_keeps_p=(">= self.p\n", "< self.p\n"),
        dropout_does_not_scale=(", x.dtype) / (1 - self.p)", ", x.dtype)"),
        dropout_scales_by_p=(", x.dtype) / (1 - self.p)", ", x.dtype) / self.p"),
        dropout_drops_in_evaluation=("if not self.training or self.p == 0:", "if self.p == 0:"),
        dropout_keeps_an_old_mask=(
            "        self.mask = None\n",
            '        self.mask = getattr(self, "mask", None)\n',
        ),
        dropout2d_drops_pixels=("(*x.shape[:2], 1, 1)", "x.shape"),
    ),
    *in_file(
        "lib/layers/normalization.py",
        "tests/test_layers_normalization.py tests/test_layers_numbers.py",
        batch_norm_uses_the_batch_in_evaluation=(
            "        if self.training:\n",
            "        if True:\n",
        ),
        batch_norm_normalizes_by_the_unbiased_variance=(
            "variance = self._dot(self.x, self.x) / count",
            "variance = self._dot(self.x, self.x) / (count - 1)",
        ),
        batch_norm_forgets_the_running_mean=("bias - self.mean * scale", "bias"),
        batch_norm_goes_back_without_the_running_mean=(
            "self.x if self.used_batch else self.x - self._along_features(self.mean)",
            "self.x",
        ),
        batch_norm_takes_the_mean_off_twice=(
            "self.x if self.used_batch else self.x - self._along_features(self.mean)",
            "self.x - self._along_features(cast(self.running_mean.data, like=self.x))",
        ),
        batch_norm_keeps_the_biased_variance=("variance * (count / (count - 1))", "variance"),
        batch_norm_swaps_momentum=(
            "(1 - self.momentum) * cast(running.data, like=new) + self.momentum * new",
            "self.momentum * cast(running.data, like=new) + (1 - self.momentum) * new",
        ),
        batch_norm_forgets_that_the_mean_depends_on_x=(
            "self._along_features(dbias / count)",
            "0",
        ),
        batch_norm_forgets_that_the_variance_depends_on_x=(
            "self._along_features(-dweight * self.inverse_std / count)",
            "0",
        ),
        batch_norm_counts_images_alone=(
            "count = math.prod((dout.shape[0], *dout.shape[2:]))",
            "count = dout.shape[0]",
        ),
        batch_norm_sums_in_float16=(
            "like, x = x, widened(x)\n        self.used",
            "like = x\n        self.used",
        ),
        running_averages_are_kept_in_the_dtype_of_the_layer=(
            "self.momentum * new\n",
            "self.momentum * cast(cast(new, like=self.weight.data), like=new)\n",
        ),
        lrn_squares_float16=("self.x = widened(x)", "self.x = x"),
        batch_norm_adds_eps_to_the_root=(
            "1 / array_namespace(x).sqrt(variance + self.eps)",
            "1 / (array_namespace(x).sqrt(variance) + self.eps)",
        ),
        batch_norm_goes_back_as_the_mode_is_now=(
            "if not self.used_batch:\n",
            "if not self.training:\n",
        ),
        lrn_does_not_mirror_the_neighbors=(
            "self.sums, after, before)",
            "self.sums, before, after)",
        ),
        lrn_forgets_to_divide_alpha=("self.k + self.alpha / self.size *", "self.k + self.alpha *"),
        lrn_loses_a_factor_2=("factor = 2 * self.alpha", "factor = self.alpha"),
    ),
    *in_file(
        "lib/layers/pooling.py",
        "tests/test_layers_pooling.py",
        max_pool_pads_with_zeros=(
            "pad2d(x, self.padding, -math.inf, self.overhang)",
            "pad2d(x, self.padding, 0.0, self.overhang)",
        ),
        max_pool_gives_nothing_to_infinity=(
            "if not to_scalar(xp.any(nothing != 0)):",
            "if True:",
        ),
        max_pool_steps_over_the_image=(
            "        for axis in axes:\n            self._check_dilation(*axis)\n",
            "",
        ),
        max_pool_gives_ties_to_all=("        dout = dout - share\n", ""),
        max_pool_keeps_the_last_of_overlapping_windows=(
            "dx[index] + share if overlap else share",
            "share",
        ),
        max_pool_overlaps_never_when_dilated=("(d * (k - 1) + 1 for d, k", "(k for d, k"),
        max_pool_ignores_dilation=("axis_slice(j * dw, sw, out_w)", "axis_slice(j, sw, out_w)"),
        max_pool_hangs_over_beyond_the_padding=(
            "if (count - 1) * stride >= size + padding:",
            "if (count - 1) * stride > size + padding:",
        ),
        pool_stride_is_one_if_not_told=(
            "self.kernel_size if stride is None",
            "(1, 1) if stride is None",
        ),
    ),
    *in_file(
        "lib/layers/average_pooling.py",
        "tests/test_layers_pooling.py tests/test_layers_numbers.py",
        avg_pool_divides_twice_on_the_way_back=(
            "share = widened(dout) / self.divisor",
            "share = widened(dout) / self.divisor**2",
        ),
        avg_pool_counts_the_padding_always=(
            "every = self.count_include_pad or self.padding == (0, 0)",
            "every = True",
        ),
        avg_pool_adds_up_float16=(
            "self.input_shape, wide = x.shape, widened(x)",
            "self.input_shape, wide = x.shape, x",
        ),
        avg_pool_counts_what_hangs_over=(" and self.overhang == (0, 0):", ":"),
        avg_pool_keeps_the_last_of_overlapping_windows=(
            "dpadded[pixels] += share",
            "dpadded[pixels] = share",
        ),
    ),
    *in_file(
        "lib/layers/global_pooling.py",
        "tests/test_layers_pooling.py",
        global_max_pool_gives_to_all=(
            "xp.reshape(first[:, :, None] == pixels, (n, c, h, w))",
            "self.x == self.out[:, :, None, None]",
        ),
        global_pool_does_not_share_out=("(dout / (h * w))", "(dout / 1)"),
        adaptive_pool_rounds_the_end_down=(
            "-(-(place + 1) * size // count)",
            "(place + 1) * size // count",
        ),
        adaptive_pool_keeps_the_last_of_overlapping_windows=("dx[pixels] += ", "dx[pixels] = "),
    ),
]
