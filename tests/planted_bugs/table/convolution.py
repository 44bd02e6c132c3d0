"""Mistakes in the arithmetic of windows, in its fast forms, and in the choice of array library."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/convolution/sizes.py",
        "tests/test_windows.py",
        output_size_ignores_dilation=(
            "    span = dilation * (kernel_size - 1) + 1\n    padded = size",
            "    span = kernel_size\n    padded = size",
        ),
        output_size_pads_one_side=("padded = size + 2 * padding\n", "padded = size + padding\n"),
        output_size_forgets_the_first_window=(
            "return (padded - span) // stride + 1",
            "return (padded - span) // stride",
        ),
        output_size_rounds_up=(
            "return (padded - span) // stride + 1",
            "return -((span - padded) // stride) + 1",
        ),
    ),
    *in_file(
        "lib/convolution/windows.py",
        "tests/test_windows.py",
        pad2d_forgets_the_value=("value, like=x)", "0.0, like=x)"),
        pad2d_swaps_vertical_and_horizontal=(
            "padded[:, :, ph : ph + h, pw : pw + w] = x",
            "padded[:, :, pw : pw + h, ph : ph + w] = x",
        ),
        window_slices_swaps_strides=(
            "axis_slice(j * dw, sw, out_w))",
            "axis_slice(j * dw, sh, out_w))",
        ),
        window_slices_ignores_dilation=("axis_slice(i * dh, sh", "axis_slice(i, sh"),
        im2col_puts_rows_after_columns=(
            "(padded[pixels], (1, 0, 2, 3))",
            "(padded[pixels], (1, 0, 3, 2)).reshape(c, n, out_h, out_w)",
        ),
        im2col_turns_the_window=("col[:, i, j, ...] =", "col[:, -1 - i, -1 - j, ...] ="),
        col2im_keeps_the_last_overlap=(
            "padded[pixels] += wide[:, i, j, ...]",
            "padded[pixels] = wide[:, i, j, ...]",
        ),
        col2im_keeps_the_padding=(
            "cast(unpad2d(xp.permute_dims(padded, (1, 0, 2, 3)), padding), like=col)",
            "cast(xp.permute_dims(padded, (1, 0, 2, 3)), like=col)",
        ),
        convolve_mixes_groups=(
            "xp.reshape(col.T, (groups, columns // groups, rows)).mT",
            "xp.permute_dims(xp.reshape(col.T, (columns // groups, groups, rows)), (1, 2, 0))",
        ),
    ),
    *in_file(
        "lib/convolution/windows.py",
        "tests/test_layers_convolution.py",
        convolve_backward_swaps_images_and_windows=(
            "xp.reshape(dcol, (groups * dcol.shape[1], pixels)).T",
            "xp.reshape(dcol, (pixels, groups * dcol.shape[1]))",
        ),
    ),
    *in_file(
        "lib/convolution/row_windows.py",
        "tests/test_row_windows.py",
        row_windows_crowd_in_the_cache=("gap = GAP if", "gap = 0 if"),
        row_windows_read_the_gap=("buffer.strides[-2]", "out_w * n * buffer.itemsize"),
        row_windows_may_be_written=("made.flags.writeable = False", "pass"),
        row_windows_leaves_the_top_frame=("        shifts[: above - top] = 0\n", ""),
        row_windows_leaves_the_bottom_frame=("        shifts[below - top :] = 0\n", ""),
        row_windows_forgets_where_its_part_begins=(
            "start * stride - padding, (stop",
            "-padding, (stop",
        ),
        row_windows_gives_every_group_the_first_biases=(
            "bias=b) for x, w, b",
            "bias=biases[0]) for x, w, b",
        ),
        row_windows_leaves_out_the_last_columns=(
            "range(0, columns, block)",
            "range(0, columns - columns % block, block)",
        ),
        row_windows_takes_the_image_for_every_narrow_window=("kw == sw == 1", "kw == 1"),
        row_windows_takes_the_image_without_its_frame=(" and pw == 0 and", " and"),
        row_windows_takes_the_image_without_its_upper_frame=(
            " and (above, below) == (top, bottom)",
            " and below == bottom",
        ),
        row_windows_starts_one_late=("-(start // step)), count)", "1 - start // step), count)"),
        row_windows_stops_one_early=("// step + 1))\n", "// step))\n"),
        row_windows_ignores_vertical_stride=("(sh * buffer.strides[0],", "(buffer.strides[0],"),
        row_windows_dilates_in_vain=(" and dilation == ONE", ""),
        row_windows_orders_filters_as_stored=(
            "weight.transpose(0, 2, 3, 1).reshape(f, -1)",
            "weight.reshape(f, -1)",
        ),
        flipped_convolution_does_not_flip=(
            "weight[:, :, ::-1, ::-1].transpose(1, 2, 3, 0)",
            "weight.transpose(1, 2, 3, 0)",
        ),
        flipped_convolution_flips_rows_alone=(
            "(kh, kw, f, c)[::-1, ::-1]",
            "(kh, kw, f, c)[::-1]",
        ),
        flipped_convolution_keeps_the_padding=(
            "frame = kh - 1 - padding[0], kw - 1 - padding[1]",
            "frame = padding",
        ),
        row_windows_backward_keeps_the_last_overlap=(
            "padded[i_rows, :, j_columns] += ",
            "padded[i_rows, :, j_columns] = ",
        ),
        row_windows_cuts_the_frame_crosswise=(
            "padded[ph : ph + h, :, pw : pw + w]",
            "padded[pw : pw + h, :, ph : ph + w]",
        ),
        row_windows_joins_gradients_of_groups_crosswise=(
            "np.concatenate(dweight, axis=0)",
            "np.concatenate(dweight, axis=1)",
        ),
    ),
    *in_file(
        "lib/convolution/depthwise.py",
        "tests/test_row_windows.py",
        depthwise_forgets_the_bias=("out[:, few] += biases[few]", "pass"),
        depthwise_keeps_the_last_share=(
            "padded[i_rows, few, j_columns] += share",
            "padded[i_rows, few, j_columns] = share",
        ),
        depthwise_forgets_filters_of_one_channel=(
            "dpixels[:, few] += turned[few, k] @ windows",
            "pass",
        ),
        depthwise_does_not_turn_the_filters=("weight[:, :, ::-1, ::-1]", "weight"),
        depthwise_swaps_the_frame=(
            "frame = kh - 1 - padding[0], kw - 1 - padding[1]",
            "frame = kw - 1 - padding[1], kh - 1 - padding[0]",
        ),
        depthwise_swaps_channels_and_filters=(
            "weight.reshape(groups, -1, kernel_size[0] * kernel_size[1])",
            "weight.reshape(-1, groups, kernel_size[0] * kernel_size[1]).swapaxes(0, 1)",
        ),
        depthwise_takes_the_windows_of_the_next_channel=(
            "strides=(row, shift, count * shift, number)",
            "strides=(row, count * shift, shift, number)",
        ),
        depthwise_dilates_in_vain=(" and dilation == ONE", ""),
        depthwise_takes_any_group=(" and weight.shape[1] == 1", ""),
        depthwise_swaps_the_gradients_of_one_channel=(
            "total(dweights, axis=0).mT.reshape",
            "total(dweights, axis=0).reshape",
        ),
    ),
    *in_file(
        "lib/convolution/threads.py",
        "tests/test_threads.py",
        rows_miss_the_last_part=("for job in jobs:", "for job in jobs[:-1]:"),
        rows_are_taken_one_too_many_at_a_time=(
            "min(first + (at_a_time or stop), stop)",
            "min(first + (at_a_time or stop) + 1, stop)",
        ),
        small_work_is_shared_too=("if multiply_adds >= WORTH_SHARING else 1", ""),
        blas_keeps_its_threads=(
            '    ThreadpoolController().limit(limits=1, user_api="blas")\n',
            "",
        ),
        a_forked_process_waits_for_threads_it_has_not=(
            "after_in_child=_forget",
            "after_in_child=thread_count",
        ),
    ),
    *in_file(
        "lib/convolution/row_layout.py",
        "tests/test_layers_convolution.py tests/test_layers_normalization.py",
        channel_sums_leave_out_rows=("rows.dtype)).sum(axis=0)", "rows.dtype))[0]"),
        channel_products_leave_out_rows=(
            "_pixel_rows(widened(b))).sum(axis=0)",
            "_pixel_rows(widened(b)))[0]",
        ),
    ),
    *in_file(
        "lib/backend/arrays.py",
        "tests/test_layers_numbers.py",
        sums_stay_in_float16=("sum(widened(x), axis=axis)", "sum(x, axis=axis)"),
        float16_of_numpy_counts_as_wide=("x.dtype.itemsize < 4", "x.dtype.itemsize < 2"),
    ),
    *in_file(
        "lib/convolution/row_windows.py",
        "tests/test_layers_numbers.py",
        row_windows_takes_an_empty_batch=(" and x.size > 0", ""),
    ),
    *in_file(
        "lib/convolution/windows.py",
        "tests/test_layers_numbers.py",
        im2col_does_not_know_the_width_of_nothing=("(c * math.prod(kernel_size), n", "(-1, n"),
        col2im_adds_in_float16=(
            "widened(xp.reshape(col.T, (c, kh, kw, n, out_h, out_w)))",
            "xp.reshape(col.T, (c, kh, kw, n, out_h, out_w))",
        ),
    ),
    *in_file(
        "lib/convolution/windows.py",
        "tests/test_launches.py",
        stacks_of_one_matrix_are_copied=("if a.shape[0] == 1 else", "if False else"),
    ),
    *in_file(
        "lib/backend/kernels.py",
        "tests/test_layers_convolution.py",
        kernel_gathers_without_dilation=("row = p * sh - ph + u * dh,", "row = p * sh - ph + u,"),
        kernel_scatters_between_the_strides=("y < 0 || y % sh ||", "y < 0 ||"),
        kernel_scatters_the_first_image=("* images + image;", "* images;"),
    ),
    *in_file(
        "lib/backend/kernels.py",
        "tests/test_optimizers.py",
        kernel_of_adam_adds_the_whole_gradient=("+ rest1 * grad", "+ grad"),
        kernels_take_any_library=("return is_cupy(x) and", "return"),
    ),
    *in_file(
        "lib/backend/arrays.py",
        "tests/test_backend.py",
        full_forgets_the_device=(
            "dtype=dtype or like.dtype, device=like.device)",
            "dtype=dtype or like.dtype)",
        ),
        full_forgets_the_memory_order=(
            "return np.full_like(like, value, dtype=dtype, shape=shape, subok=False)",
            "return np.full(shape, value, dtype or like.dtype)",
        ),
        float16_counts_as_wide=(".bits < 32", ".bits < 16"),
        cast_always_copies=("x.astype(like.dtype, copy=False)", "x.astype(like.dtype)"),
        complex_numbers_of_numpy_count_as_floating=('x.dtype.kind == "f"', 'x.dtype.kind in "fc"'),
        cast_takes_any_library=(
            "if array_namespace(x) is not array_namespace(like):",
            "if False:",
        ),
        complex_numbers_count_as_floats=(
            'isdtype(x.dtype, "real floating")',
            'isdtype(x.dtype, ("real floating", "complex floating"))',
        ),
    ),
    *in_file(
        "lib/backend/devices.py",
        "tests/test_backend.py",
        to_device_always_copies=("x.device == device.device:", "x.device != device.device:"),
        cupy_alone_counts_as_a_gpu=("if not cupy.cuda.is_available():", "if False:"),
    ),
    *in_file(
        "lib/backend/devices.py",
        "tests/test_without_float64.py",
        numbers_travel_before_they_are_converted=(
            "to_device(to_numpy(x).astype(dtype, copy=False), like)",
            "cast(to_device(x, like), like=like)",
        ),
    ),
    *in_file(
        "lib/backend/arrays.py",
        "tests/test_backend.py",
        parity=True,
        what_records_itself_counts_as_an_array=("if x.requires_grad:", "if False:"),
    ),
    *in_file(
        "lib/backend/devices.py",
        "tests/test_backend.py",
        parity=True,
        pytorch_alone_counts_as_a_card=("if not module.is_available():", "if False:"),
        tensors_share_the_memory_of_the_host=(
            'np.array(to_numpy(x), order="C")',
            'np.asarray(to_numpy(x), order="C")',
        ),
        float64_goes_to_apple_unasked=('== "mps" and', '== "MPS" and'),
    ),
]
