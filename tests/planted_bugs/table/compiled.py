"""Mistakes in the compiled convolutions and passes, and in the choice of them."""

from tests.planted_bugs.planting import in_file

TESTS = "tests/parity/test_compiled.py"

BUGS = [
    *in_file(
        "lib/compiled/vectors.py",
        TESTS,
        parity=True,
        load_of_some_reads_one_more=('"<", counted,', '"<=", counted,'),
        products_take_the_wrong_partner=(
            "builder.fmul(left[i], right[j]",
            "builder.fmul(left[i], right[-1 - j]",
        ),
        store_leaves_a_row_out=(
            'builder.icmp_signed("<", rows.type(i), rows)',
            'builder.icmp_signed("<", rows.type(i + 1), rows)',
        ),
        totals_swap_rows_and_columns=(
            "_totals(builder, values[j::columns])",
            "_totals(builder, values[j * len(values) // columns :][: len(values) // columns])",
        ),
    ),
    *in_file(
        "lib/compiled/kernels.py",
        TESTS,
        parity=True,
        correlate_skips_what_is_left_of_a_row=(
            "p = min(tile, length - (LENGTH if narrow else WIDE))",
            "p = tile if tile + WIDE <= length else 0",
        ),
        correlate_ignores_the_stride=(
            "row * step * channels * room + p",
            "row * channels * room + p",
        ),
        narrow_tile_stands_at_the_wide_ones_place=("(LENGTH if narrow else WIDE)", "WIDE"),
        dots_forget_the_rest=("            if rest:\n", "            if rest < 0:\n"),
        dots_stay_in_the_first_row=("            j += right_steps[0]\n", ""),
        weigh_takes_whole_groups_alone=("min(together, rows - row)", "together * 0 + 1"),
        weigh_forgets_the_last_channels=(
            "a = min(tile, left_count - at_a_time)",
            "a = max(0, min(tile, left_count - at_a_time - 1))",
        ),
    ),
    *in_file(
        "lib/compiled/layout.py",
        TESTS,
        parity=True,
        padding_above_is_not_cleared=("    padded[: above - top] = 0\n", ""),
        columns_are_not_sorted_by_remainder=(
            "column % sw * columns + column // sw",
            "column // sw * sw + column % sw",
        ),
        image_is_taken_where_rows_are_missing=(
            "(above, below) == (top, bottom) and out_w <= w",
            "(above, below) == (top, bottom)",
        ),
        gradient_leaves_what_is_stepped_over=("np.zeros if skips else np.empty", "np.empty"),
        gradient_does_not_turn_the_filters=(
            "slice(r + (count - 1) * stride, None if r == 0 else r - 1, -stride)",
            "slice(r, None, stride)",
        ),
        gradient_begins_at_the_wrong_window=("count - 1 - window)", "count - 1)"),
    ),
    *in_file(
        "lib/compiled/convolution.py",
        TESTS,
        parity=True,
        compiled_convolution_forgets_the_bias=("0 if bias is None else bias", "0"),
        compiled_convolution_supports_groups=("        and groups == 1\n", ""),
    ),
    *in_file(
        "lib/compiled/depthwise.py",
        TESTS,
        parity=True,
        compiled_depthwise_forgets_the_bias=(
            "        out += bias[:, None, None]\n",
            "        pass\n",
        ),
        compiled_depthwise_sees_the_next_channel=(
            "f // (filters // channels)",
            "f % channels",
        ),
    ),
    *in_file(
        "lib/compiled/passes.py",
        TESTS,
        parity=True,
        clip_loses_nan=("low if x[i] < low else x[i]", "x[i] if x[i] > low else low"),
        variance_of_each_row_alone=(
            "    squares += np.float32(rows.shape[2]) * off * off\n",
            "",
        ),
        gradient_of_normalizing_forgets_the_mean=(
            "gradients[p] - tilt * (pixels[p] - center) - off",
            "gradients[p] - tilt * pixels[p] - off",
        ),
        pooling_loses_nan=(" or pixels[n] != pixels[n]", ""),
        pooling_takes_the_last_maximum=("if pixels[n] > best[n]", "if pixels[n] >= best[n]"),
    ),
    *in_file(
        "lib/compiled/compiling.py",
        TESTS,
        parity=True,
        machine_code_of_one_file=('.glob("*.py")', '.glob("one.py")'),
    ),
    *in_file(
        "lib/compiled/__init__.py",
        TESTS,
        parity=True,
        takes_every_float=("        and x.dtype == np.float32\n", ""),
        turned_off_stays_on=("    _on = False\n", "    _on = bool(_on)\n"),
    ),
    *in_file(
        "lib/layers/normalization.py",
        TESTS,
        parity=True,
        compiled_normalizing_takes_the_batch_in_evaluation=(
            "np.float32(self.used_batch / (dout.size",
            "np.float32(1 / (dout.size",
        ),
    ),
]
