"""Mistakes in optimizers and in schedules of the learning rate."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/optimizers/base.py",
        "tests/test_optimizers.py tests/test_optimizers_mistakes.py",
        large_parameters_are_updated_in_a_copy=("array.flags.c_contiguous", "array.flags.forc"),
        large_updates_read_the_gradient_as_it_lies=(
            "(array.reshape(-1) for array in",
            '(array.reshape(-1, order="A") for array in',
        ),
        optimizer_updates_what_is_frozen=(
            "self.parameters = {n: p for n, p in network.named_parameters() if p.trainable}",
            "self.parameters = {n: p for n, p in network.named_parameters()}",
        ),
        optimizer_counts_steps_from_0=(
            "        self.step_count += 1\n        whole = self.lr\n",
            "        whole = self.lr\n",
        ),
        l1_ignores_the_sign=(
            "array_namespace(grad).sign(parameter.data)",
            "array_namespace(grad).abs(parameter.data)",
        ),
        weight_decay_pushes_away=(
            "grad = grad + self.weight_decay * parameter.data",
            "grad = grad - self.weight_decay * parameter.data",
        ),
        decoupled_decay_ignores_the_learning_rate=(
            "1 - self.lr * self.weight_decay",
            "1 - self.weight_decay",
        ),
        optimizer_state_forgets_its_steps=(
            'float(state["lr"]), int(state["step_count"])',
            'float(state["lr"]), 0',
        ),
        optimizer_takes_any_settings=(
            'if "made" in state and str(state["made"]) != own["made"]:',
            "if False:",
        ),
        gradient_is_stretched_to_its_parameter=(
            "if given != shape:",
            "if False:",
        ),
        optimizer_takes_any_rate_between_steps=(
            'self._lr = as_number(lr, "lr", at_least=0)',
            "self._lr = lr",
        ),
        optimizer_state_is_not_copied=(
            'array[...] = moved(to_numpy(state[f"{slot}.{name}"]), like=array)',
            'arrays[name] = state[f"{slot}.{name}"]',
        ),
    ),
    *in_file(
        "lib/optimizers/gradient_descent.py",
        "tests/test_optimizers.py",
        sgd_climbs=("parameter.data -= self.lr * grad\n", "parameter.data += self.lr * grad\n"),
        momentum_averages=(
            "        velocity += grad\n        parameter.data -= self.lr * velocity\n",
            "        velocity += (1 - self.momentum) * grad\n"
            "        parameter.data -= self.lr * velocity\n",
        ),
        nesterov_does_not_look_ahead=("(grad + self.momentum * velocity)", "velocity"),
        nesterov_looks_ahead_with_the_old_velocity=(
            "        velocity += grad\n        parameter.data -= self.lr * (grad",
            "        parameter.data -= self.lr * (grad",
        ),
    ),
    *in_file(
        "lib/optimizers/adaptive.py",
        "tests/test_optimizers.py",
        adagrad_forgets_the_square=("square_sum += grad * grad", "square_sum += abs(grad)"),
        running_mean_swaps_its_shares=(
            "    mean *= share\n    mean += (1 - share) * new\n",
            "    mean *= 1 - share\n    mean += share * new\n",
        ),
        small_gradient_is_lost_to_rounding=(
            "    mean *= share\n    mean += (1 - share) * new\n",
            "    mean += (1 - share) * (new - mean)\n",
        ),
        amsgrad_forgets_the_largest=("            square = largest\n", ""),
        amsgrad_keeps_the_smallest=(".maximum(largest, square)", ".minimum(largest, square)"),
        adam_swaps_betas=("beta1, beta2 = self.betas", "beta2, beta1 = self.betas"),
        adam_does_not_correct_the_mean=("self.lr / (1 - beta1**self.step_count)", "self.lr"),
        adam_does_not_correct_the_square=(
            "1 / math.sqrt(1 - beta2**self.step_count)",
            "1.0",
        ),
        adam_corrects_by_the_first_step_alone=("beta1**self.step_count", "beta1"),
        adam_adds_eps_inside_the_root=(
            "(root * correction + self.eps)",
            "array_namespace(square).sqrt(square * correction**2 + self.eps)",
        ),
        adamw_decays_in_the_gradient=("    decoupled = True\n", ""),
    ),
    *in_file(
        "lib/schedulers/base.py",
        "tests/test_schedulers.py tests/test_training_start.py",
        schedule_takes_other_settings=(
            "if made != described(self):",
            "if False:",
        ),
        schedule_of_another_optimizer_is_followed=(
            "if self.optimizer is not optimizer:",
            "if False:",
        ),
        schedule_forgets_its_start=(
            'self.epoch, self.lr_start = state["epoch"], state["lr_start"]',
            'self.epoch = state["epoch"]',
        ),
    ),
    *in_file(
        "lib/schedulers/decay.py",
        "tests/test_schedulers.py",
        step_lr_steps_early=("(epoch // self.step_size)", "((epoch + 1) // self.step_size)"),
        milestones_come_an_epoch_late=("sum(epoch >= place", "sum(epoch > place"),
        cosine_climbs_again=(
            "min(epoch, self.epochs) / self.epochs)) / 2",
            "epoch / self.epochs)) / 2",
        ),
        cosine_ends_at_zero=(
            "self.lr_min + (self.lr_start - self.lr_min) * share",
            "self.lr_start * share",
        ),
    ),
    *in_file(
        "lib/schedulers/plateau.py",
        "tests/test_schedulers.py tests/test_training_start.py",
        plateau_of_a_figure_that_is_not_measured=(
            "        check_figure(figures, self.figure)\n",
            "",
        ),
        plateau_waits_an_epoch_less=("self.waited > self.patience", "self.waited >= self.patience"),
        plateau_never_starts_anew=("self.best, self.waited = value, 0", "self.best = value"),
        plateau_goes_below_its_minimum=("max(lr * self.factor, self.lr_min)", "lr * self.factor"),
        plateau_raises_a_low_rate=(
            "min(lr, max(lr * self.factor, self.lr_min))",
            "max(lr * self.factor, self.lr_min)",
        ),
        plateau_forgets_the_best=(
            'self.best, self.waited = state["best"], state["waited"]',
            'self.waited = state["waited"]',
        ),
    ),
    *in_file(
        "lib/schedulers/warm_up.py",
        "tests/test_schedulers.py tests/test_training_start.py",
        warm_up_goes_beyond_its_end=(
            "way * min(epoch, self.epochs) / self.epochs",
            "way * epoch / self.epochs",
        ),
        warm_up_lasts_an_epoch_longer=(
            "if self.epoch < self.epochs:",
            "if self.epoch <= self.epochs:",
        ),
        warm_up_does_not_look_at_the_schedule_after_it=(
            "        self.schedule.check(trainer, figures)\n",
            "",
        ),
        warm_up_forgets_the_schedule_after_it=(
            '        self.schedule.load_state(state["schedule"])\n',
            "",
        ),
    ),
]
