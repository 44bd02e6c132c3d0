"""Mistakes in the training loop, its callbacks, and in what is saved."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/schedulers/progress.py",
        "tests/test_schedulers.py tests/test_callbacks.py",
        accuracy_should_shrink=('return name.endswith("accuracy")', 'return name == "accuracy"'),
        nan_is_an_improvement=("return value == value", "return True"),
        threshold_makes_an_improvement_easier=(
            "value < best * (1 - share)",
            "value < best * (1 + share)",
        ),
    ),
    *in_file(
        "lib/training/progress.py",
        "tests/test_training.py",
        averages_count_batches_alike=(
            "self.sums += weight * np.array",
            "self.sums += np.array",
        ),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_training.py tests/test_checkpoints.py",
        training_goes_past_a_pause=(" + 1, plan.until + 1)", " + 1, plan.epochs + 1)"),
        training_ends_at_a_pause=(
            "if plan.until == plan.epochs or self.stopped_because:",
            "if True:",
        ),
        training_stopped_before_a_pause_never_ends=(" or self.stopped_because:", ":"),
        training_stays_in_evaluation_mode=("        self.network.train()\n", ""),
        training_ends_in_training_mode=(
            "                self.network.eval()\n        return self.history",
            "        return self.history",
        ),
        training_leaves_no_way_back_to_the_pictures=(
            "                self.network.set_needs_dx(True)\n",
            "                pass\n",
        ),
        evaluation_drops_out=("        self.network.eval()\n        running", "        running"),
        training_begins_at_epoch_one_again=(
            "range(len(self.history.epochs) + 1, plan.until + 1)",
            "range(1, plan.until + 1)",
        ),
        training_goes_on_with_nan=("if not math.isfinite(value):", "if math.isinf(value):"),
        training_goes_on_with_infinity=("if not math.isfinite(value):", "if math.isnan(value):"),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_callbacks.py",
        training_does_not_stop=("                break\n", "                pass\n"),
        training_steps_before_it_looks_at_the_loss=(
            "        if not math.isfinite(value):\n"
            "            step = self.steps_done + 1\n"
            "            raise FloatingPointError(explain_loss(self.network, value, x, step))\n"
            "        self.network.backward(dprediction)\n",
            "        self.network.backward(dprediction)\n"
            "        self.optimizer.step()\n"
            "        if not math.isfinite(value):\n"
            "            step = self.steps_done + 1\n"
            "            raise FloatingPointError(explain_loss(self.network, value, x, step))\n",
        ),
        error_names_the_step_before=("step = self.steps_done + 1\n", "step = self.steps_done\n"),
    ),
    *in_file(
        "lib/training/plan.py",
        "tests/test_augmentation.py",
        augmentation_repeats_each_epoch=(
            "default_rng([seed, epoch, step])",
            "default_rng([seed, 1, step])",
        ),
        augmentation_repeats_each_step=(
            "default_rng([seed, epoch, step])",
            "default_rng([seed, epoch, 1])",
        ),
    ),
    *in_file(
        "lib/training/plan.py",
        "tests/test_training.py",
        training_sees_the_same_order_each_epoch=(
            "default_rng([seed, epoch]).permutation",
            "default_rng(seed).permutation",
        ),
        training_drops_the_last_short_batch=(
            "enumerate(range(0, self.pictures, self.batch_size), start=1)",
            "enumerate(range(0, self.pictures - self.batch_size + 1, self.batch_size), start=1)",
        ),
    ),
    *in_file(
        "lib/training/plan.py",
        "tests/test_training_start.py",
        empty_validation_is_found_late=(
            'len(as_instance(validation, "validation", Dataset)) == 0',
            'as_instance(validation, "validation", Dataset) is None',
        ),
        labels_beyond_the_outputs_are_found_late=(
            "        self._check_labels(outputs)\n",
            "        pass\n",
        ),
        labels_of_validation_are_found_late=('("validation", self.validation)):', "):"),
        looking_ahead_draws=("with undisturbed(network):", "if True:"),
        batch_of_one_is_found_late=("last < 2 * trainer.parallel.size", "self.batch_size == 1"),
        drop_last_drops_nothing=("self.pictures -= len(train) % self.batch_size", "pass"),
        callbacks_are_not_looked_at=("callback.check(trainer, figures + added)", "pass"),
        added_figures_are_not_known=("figures + added)", "figures)"),
        scheduler_is_not_looked_at=("trainer.scheduler.check(trainer, figures)", "pass"),
    ),
    *in_file(
        "lib/training/parts.py",
        "tests/test_training_start.py",
        scheduler_of_another_optimizer=(".check_optimizer(optimizer)", ""),
        two_callbacks_write_one_file=("if paths.count(path) > 1:", "if False:"),
    ),
    *in_file(
        "lib/training/history.py",
        "tests/test_training_start.py",
        loss_that_is_no_number_cannot_be_saved=(
            "[_with_words(figures) for figures in self.epochs]",
            "self.epochs",
        ),
        loss_that_is_no_number_comes_back_as_a_word=(
            "[_with_numbers(figures) for figures in history.epochs]",
            "history.epochs",
        ),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_checkpoints.py",
        nothing_left_to_do_is_done_without_a_word=("if until is None and", "if False and"),
    ),
    *in_file(
        "lib/trained/stored.py",
        "tests/test_trained.py",
        installed_copy_says_that_nothing_is_there=("if not DATA.is_dir():", "if False:"),
    ),
    *in_file(
        "lib/training/checkpoints.py",
        "tests/test_checkpoints.py tests/test_checkpoints_refused.py",
        checkpoint_forgets_the_generators=("generator.bit_generator.state = state", "pass"),
        checkpoint_forgets_the_steps=('    trainer.steps_done = rest["steps_done"]\n', ""),
        checkpoint_takes_any_seed=('if rest["seed"] != trainer.seed:', "if False:"),
        failed_checkpoint_leaves_half_a_training=(
            "        restore(trainer, before[0], json.loads(before[1]))\n",
            "",
        ),
        checkpoint_forgets_the_optimizer=(
            '    trainer.optimizer.load_state({**parts["optimizer"], **rest["optimizer"]})\n',
            "",
        ),
        checkpoint_takes_other_layers=('_check_layers(network, rest["layers"])', "pass"),
        checkpoint_takes_another_precision=("if ours != theirs:", "if False:"),
        checkpoint_takes_other_frozen_layers=(
            'if rest["trainable"] != _trainable(network):',
            "if False:",
        ),
        checkpoint_takes_other_generators=("if kinds != ours:", "if False:"),
        checkpoint_takes_other_callbacks=(
            'if other["kind"] == type(callback).__name__:',
            "if False:",
        ),
    ),
    *in_file(
        "lib/training/checkpoints.py",
        "tests/test_schedulers.py tests/test_callbacks.py",
        checkpoint_forgets_the_schedule=('trainer.scheduler.load_state(rest["scheduler"])', "pass"),
        checkpoint_gives_two_callbacks_one_state=("            left.remove(found)\n", ""),
        checkpoint_mixes_the_arrays_of_callbacks=(
            'parts.get(f"callback {place}", {})',
            'parts.get("callback 0", {})',
        ),
    ),
    *in_file(
        "lib/training/callbacks.py",
        "tests/test_callbacks.py",
        early_stopping_waits_an_epoch_longer=(
            "        super().on_epoch_end(trainer)\n        if self.waited >= self.patience:",
            "        super().on_epoch_end(trainer)\n        if self.waited > self.patience:",
        ),
        early_stopping_keeps_the_last_weights=(
            "trainer.network.load_state(self.best_state)",
            "pass",
        ),
        early_stopping_counts_all_epochs=(
            "        self.waited = 0\n        self.best_state = {n:",
            "        self.best_state = {n:",
        ),
        early_stopping_keeps_no_copy=("to_numpy(a).copy()", "to_numpy(a)"),
        early_stopping_forgets_how_long_it_waited=('        self.waited = state["waited"]\n', ""),
        threshold_must_be_passed=("return measured >= self.value", "return measured > self.value"),
        threshold_takes_losses_for_accuracies=(
            "return measured <= self.value",
            "return measured >= self.value",
        ),
        best_epoch_is_counted_from_0=('value, figures["epoch"]\n', 'value, figures["epoch"] - 1\n'),
        checkpoint_is_written_before_all_have_seen_the_epoch=(
            '    def on_epoch_over(self, trainer):\n        """Write',
            '    def on_epoch_end(self, trainer):\n        """Write',
        ),
    ),
    *in_file(
        "lib/serialization/files.py",
        "tests/test_writing.py",
        file_is_written_in_place=(
            "os.replace(temporary, path)",
            "path.write_bytes(Path(temporary).read_bytes())",
        ),
        content_is_not_on_disk=("            os.fsync(file.fileno())\n", ""),
        temporary_file_stays=("                os.unlink(temporary)\n", "                pass\n"),
        link_is_replaced=(
            "    path = Path(os.path.realpath(as_path(path)))\n"
            "    path.parent.mkdir(parents=True, exist_ok=True)\n    _remove",
            "    path = as_path(path)\n"
            "    path.parent.mkdir(parents=True, exist_ok=True)\n    _remove",
        ),
        file_is_private=("            os.chmod(temporary, _mode_for(path))\n", ""),
        json_holds_nan=("allow_nan=False", "allow_nan=True"),
        json_refuses_numbers_of_numpy=("        return value.item()\n", "        pass\n"),
        killed_writers_leave_their_files=("            left.unlink()\n", "            pass\n"),
        files_that_are_written_are_removed=("fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_UN"),
        file_that_cannot_be_written_is_found_late=(
            "    with _temporary_file(path) as file:\n        os.unlink(file.name)\n",
            "",
        ),
    ),
    *in_file(
        "lib/serialization/npz.py",
        "tests/test_writing.py",
        ctrl_c_ends_in_the_error_of_an_archive=(
            "            archive.fp = None\n",
            "            archive.close()\n",
        ),
    ),
    *in_file(
        "lib/serialization/npz.py",
        "tests/test_damaged_files.py tests/test_serialization.py",
        pickle_is_run=("if dtype.hasobject:", "if False:"),
        header_is_believed=("if size != member.file_size or", "if"),
        headers_of_any_size_are_read=("file.read(MOST_HEADER)", "file.read()"),
        arrays_of_any_size_are_read=("if needed > most_bytes:", "if False:"),
        packed_damage_is_a_raw_error=("            zlib.error,\n", ""),
    ),
    *in_file(
        "lib/serialization/weights.py",
        "tests/test_damaged_files.py tests/test_serialization.py",
        misshapen_arrays_are_read_first=("    check_fit(network, headers, path)\n", ""),
        half_precision_overflows=(
            "if not np.array_equal(np.isfinite(narrow), np.isfinite(array)):",
            "if False:",
        ),
        integers_are_narrowed_too=('if array.dtype.kind != "f":', "if False:"),
        weights_are_saved_in_any_type=("    if name not in FLOATS:", "    if False:"),
    ),
    *in_file(
        "lib/serialization/published.py",
        "tests/test_damaged_files.py",
        published_files_are_read_first=("    check_fit(network, headers, path)\n", ""),
    ),
    *in_file(
        "lib/serialization/safetensors_files.py",
        "tests/test_damaged_files.py",
        published_header_of_any_size_is_read=(
            "if size > min(MOST_HEADER, path.stat().st_size - 8):",
            "if False:",
        ),
    ),
    *in_file(
        "lib/serialization/files.py",
        "tests/test_faults.py",
        old_file_goes_before_the_new_one_is_there=(
            "    _remove_unfinished(path.parent)\n",
            "    path.unlink(missing_ok=True)\n",
        ),
        full_disk_leaves_litter=("except BaseException:  # Ctrl-C too", "except ValueError:"),
    ),
    *in_file(
        "lib/training/plan.py",
        "tests/test_faults.py",
        augmentation_draws_by_chance=(
            "np.random.default_rng([seed, epoch, step])",
            "np.random.default_rng()",
        ),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_faults.py",
        checkpoint_is_written_before_the_schedule_steps=(
            "            if self.scheduler is not None:\n"
            "                self.scheduler.step(self.history.epochs[-1])\n"
            '            self._call("on_epoch_end")\n'
            '            self._call("on_epoch_over")\n',
            '            self._call("on_epoch_end")\n'
            '            self._call("on_epoch_over")\n'
            "            if self.scheduler is not None:\n"
            "                self.scheduler.step(self.history.epochs[-1])\n",
        ),
    ),
    *in_file(
        "lib/training/parallel.py",
        "tests/test_data_parallel.py",
        processes_count_alike=(
            "share = (own.stop - own.start) / len(labels)",
            "share = float(own.stop > own.start) / self.size",
        ),
        idle_process_counts=("if share == 0:", "if False:"),
        running_averages_are_their_own=(
            "buffer.data = cast(old + change, like=buffer.data)",
            "pass",
        ),
        dropout_draws_for_a_part=("(self.count, *size[1:]), dtype)[self.own]", "size, dtype)"),
        processes_begin_as_they_like=("checkpoints.restore(trainer, *state)", "pass"),
    ),
    *in_file(
        "lib/training/processes.py",
        "tests/test_data_parallel.py",
        parts_overlap=("slice(count * self.rank //", "slice(0 * self.rank //"),
        ctrl_c_is_not_told=("if to_numpy(message[-1:]).any():", "if False:"),
        error_of_one_ends_one=("if not shared and self.size > 1:", "if False:"),
        error_is_said_by_all=("if self.leads or not shared:", "if True:"),
        nccl_takes_a_card_twice=(" and len(set(found)) == self.size:", ":"),
        nccl_comes_up_for_every_fit=("if found == self.known_cards:", "if False:"),
        cards_speak_through_the_host=("if self.nccl and not isinstance", "if False and isinstance"),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_data_parallel.py",
        processes_share_a_card=("self.parallel.take_card(device)", "pass"),
    ),
    *in_file(
        "lib/backend/cards.py",
        "tests/test_data_parallel.py",
        nccl_takes_all_for_float32=(
            '"float64": nccl.NCCL_FLOAT64',
            '"float64": nccl.NCCL_FLOAT32',
        ),
        nccl_forgets_the_last_number=("message.size, kind", "message.size - 1, kind"),
        nccl_does_not_wait_for_its_turn=("stream = get_current_stream().ptr", "stream = 0"),
    ),
    *in_file(
        "lib/backend/cards.py",
        "tests/test_cards.py",
        first_card_is_everybodys=("place % cupy.cuda.runtime.getDeviceCount()", "0"),
        nccl_is_taken_for_granted=(
            "x.device.pci_bus_id if nccl.available else None",
            "x.device.pci_bus_id",
        ),
    ),
    *in_file(
        "lib/backend/cards.py",
        "tests/test_cards.py",
        parity=True,
        first_card_is_everybodys_in_pytorch=("place % torch.cuda.device_count()", "0"),
    ),
    *in_file(
        "lib/backend/devices.py",
        "tests/test_cards.py",
        arrays_stay_on_another_card=(
            "cupy.asarray(x if is_cupy(x) else to_numpy(x))",
            "x if is_cupy(x) else cupy.asarray(to_numpy(x))",
        ),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_networks_small.py",
        training_leaves_the_network_where_it_was=("network.to_device(device)", "network"),
        pictures_stay_on_the_cpu=(
            "x = backend.to_device(images, self.device)",
            "x = images",
        ),
    ),
    *in_file(
        "lib/training/trainer.py",
        "tests/test_launches.py",
        the_labels_go_to_the_card=(
            "value, dprediction = self.loss(prediction, labels)",
            "value, dprediction = self.loss(prediction, backend.to_device(labels, self.device))",
        ),
    ),
]
