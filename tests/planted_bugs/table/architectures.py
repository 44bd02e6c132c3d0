"""Mistakes in what the chapter on architectures took to the library: WordNet, its study."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/datasets/wordnet.py",
        "tests/datasets/test_wordnet.py",
        the_first_hypernym_alone=(
            "for above in synsets[each].hypernyms:",
            "for above in synsets[each].hypernyms[:1]:",
        ),
        the_longest_way_up=("        if above not in steps", "        if above or not steps"),
        the_first_common_set=(
            "turn = min(common, key=lambda name: up[name] + down[name])",
            "turn = common[0]",
        ),
        similarity_counts_steps_alone=(
            "return 1 / len(path_between(synsets, first, second))",
            "return 1 / max(1, len(path_between(synsets, first, second)) - 1)",
        ),
    ),
    *in_file(
        "lib/datasets/make_wordnet.py",
        "tests/datasets/test_wordnet.py",
        words_are_counted_in_decimal=("count = int(fields[3], 16)", "count = int(fields[3])"),
        instances_are_kinds=('(symbol, kind) == ("@", "n")', 'symbol[0] == "@" and kind == "n"'),
    ),
    *in_file(
        "lib/studies/architectures.py",
        "tests/test_studies_architectures.py",
        normalization_is_forgotten=("parameters + row.parameters", "parameters"),
        depthwise_passes_for_usual=("if layer.groups > 1:", "if layer.groups > 100_000:"),
    ),
]
