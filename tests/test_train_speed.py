"""The tables of speed say what the record says."""

from lib.trained.speed import growth_table, load_benchmark, speed_table, step_table

RECORD = {
    "rows": [
        {
            "name": "a step",
            "scaling": "",
            "seconds": {"library": 0.01, "eager": 0.02, "channels_last": 0.008, "floor": 0.005},
        },
        {
            "name": "batch 4",
            "scaling": "batch",
            "seconds": {"library": 0.001, "eager": 0.004},
        },
    ],
    "peak_bytes": {"library": 3 * 2**20, "eager": 12 * 2**20},
}


COMPILED = {
    "rows": [
        {**row, "seconds": {**row["seconds"], "compiled": row["seconds"]["library"] / 4}}
        for row in RECORD["rows"]
    ],
    "peak_bytes": {**RECORD["peak_bytes"], "compiled": 6 * 2**20},
}


def test_each_row_has_the_milliseconds_that_were_measured():
    head, _, row = speed_table(RECORD).splitlines()
    assert head == "| measured | NumPy | PyTorch | PyTorch, channels last |"
    assert row == "| a step | 10.00 | 20.00 | 8.00 |"
    head, _, row = growth_table(RECORD).splitlines()
    assert head == "| both passes of one layer | NumPy | PyTorch |"
    assert row == "| batch 4 | 1.00 | 4.00 |"


def test_each_row_has_the_compiled_time_where_it_was_measured():
    *_, row = speed_table(COMPILED).splitlines()
    assert row == "| a step | 10.00 | 2.50 | 20.00 | 8.00 |"
    head, line, row = growth_table(COMPILED).splitlines()
    assert head == "| both passes of one layer | NumPy | compiled | PyTorch |"
    assert row == "| batch 4 | 1.00 | 0.25 | 4.00 |"
    assert line == "| :-- | --: | --: | --: |"


def test_a_step_is_shown_beside_all_that_took_part():
    head, _, *rows = step_table(RECORD).splitlines()
    assert head == "| beside | NumPy, time | NumPy, memory |"
    assert rows == [
        "| PyTorch eager | 0.50 | 0.25 |",
        "| PyTorch, channels last | 1.25 |  |",
        "| the bare matrix products | 2.00 |  |",
    ]


def test_a_compiled_step_is_shown_beside_ours_with_numpy_too():
    head, _, *rows = step_table(COMPILED).splitlines()
    assert head == "| beside | NumPy, time | NumPy, memory | compiled, time | compiled, memory |"
    assert rows == [
        "| ours with NumPy | 1.00 | 1.00 | 0.25 | 2.00 |",
        "| PyTorch eager | 0.50 | 0.25 | 0.12 | 0.50 |",
        "| PyTorch, channels last | 1.25 |  | 0.31 |  |",
        "| the bare matrix products | 2.00 |  | 0.50 |  |",
    ]


def test_the_record_that_is_kept_has_every_case():
    from benchmarks.cases import CASES, OURS

    record = load_benchmark()
    assert [row["name"] for row in record["rows"]] == [case.name for case in CASES]
    for row, case in zip(record["rows"], CASES, strict=True):
        assert set(row["seconds"]) == {*OURS, *case.contenders}
    assert len(step_table(record).splitlines()) == 2 + 5
