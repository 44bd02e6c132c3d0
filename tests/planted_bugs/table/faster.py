"""Mistakes in what times a step, puts shards together, and draws the chapter on speed."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/analysis/profiling.py",
        "tests/test_analysis_profile.py",
        profile_counts_the_first_round=("seconds[1:]", "seconds"),
        profile_counts_waiting=("start = time.thread_time()", "start = time.perf_counter()"),
        profile_keeps_one_thread=("        set_thread_count(before)\n", "        pass\n"),
        profile_takes_backward_for_forward=(
            'Seconds(medians[name, "forward"], medians[name, "backward"])',
            'Seconds(medians[name, "backward"], medians[name, "forward"])',
        ),
    ),
    *in_file(
        "lib/training/shards.py",
        "tests/test_training_shards.py",
        shards_count_alike=("(count / sum(counts), g)", "(1 / len(counts), g)"),
        shards_without_pictures_count=("strict=True) if count]", "strict=True)]"),
        ring_adds_in_its_second_half=("if step < n - 1 else sent", "if step < n else sent"),
        ring_sends_its_first_chunk_only=("(worker - step) % n", "worker % n"),
        ring_drops_the_rest_of_a_message=("size * k // n", "size // n * k"),
    ),
    *in_file(
        "lib/figures/faster/scaling.py",
        "tests/test_figures_faster.py",
        ring_sends_whole_messages=("_BITS * values / workers / wire", "_BITS * values / wire"),
        batch_of_each_is_no_larger=("(1 if shared else n) * seconds", "seconds"),
    ),
    *in_file(
        "lib/studies/batch_size.py",
        "tests/test_studies_batch_size.py",
        best_rate_stops_at_the_first=(
            "while steps_at(best * factor)",
            "if steps_at(best * factor)",
        ),
        linear_rule_stands_still=("unit * batch_size, most_steps", "unit * 32, most_steps"),
    ),
]
