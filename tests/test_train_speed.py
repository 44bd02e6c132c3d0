"""The tables of speed say what the record says."""

from lib.train.speed import growth_table, load_benchmark, peak_table, speed_table

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
            "seconds": {"library": 0.001, "eager": 0.004, "channels_last": 0.002},
        },
    ],
    "peak_bytes": {"library": 3 * 2**20, "eager": 12 * 2**20},
}


def test_each_row_has_our_time_and_the_ratios_that_were_measured():
    *_, row = speed_table(RECORD).splitlines()
    assert row == "| a step | 10.00 | 0.50 | 1.25 |  | 2.00 |"
    *_, row = growth_table(RECORD).splitlines()
    assert row == "| batch 4 | 1.00 | 0.25 | 0.50 |"


def test_peaks_are_told_in_mebibytes():
    *_, ours, theirs = peak_table(RECORD).splitlines()
    assert ours == "| this library | 3 | 1.00 |"
    assert theirs == "| PyTorch eager | 12 | 0.25 |"


def test_the_record_that_is_kept_has_every_case():
    from benchmarks.cases import CASES

    record = load_benchmark()
    assert [row["name"] for row in record["rows"]] == [case.name for case in CASES]
    for row, case in zip(record["rows"], CASES, strict=True):
        assert set(row["seconds"]) == {"library", *case.contenders}
    for table in (speed_table, growth_table, peak_table):
        assert "this library" in table(record) or "ours" in table(record)
