"""The tiles whose speed a study measures compute what they say, and the library's own fits."""

import re

import numpy as np
import pytest

from lib.figures import faster
from lib.studies import load_study, tiles
from tests.requirements_present import skip_or_fail

pytestmark = pytest.mark.parity


@pytest.fixture(scope="module", autouse=True)
def vectors():
    try:
        from lib.compiled import vectors
    except ImportError:
        skip_or_fail("Numba is not installed; `pip install numba` runs the tests of tiles")
    return vectors


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 3), (8, 3), (12, 4)])
def test_a_tile_adds_up_its_products(vectors, rng, rows, columns):
    left = rng.random((5, rows), dtype=np.float32)
    right = rng.random((5, columns, vectors.LENGTH), dtype=np.float32)
    out = np.full((rows, columns, vectors.LENGTH), np.nan, np.float32)
    tiles.tile(rows, columns)(left, right, 2, out)
    assert out == pytest.approx(2 * np.einsum("ki,kjl->ijl", left, right), rel=1e-5)


def test_every_tile_is_timed_and_what_is_recorded_was():
    again = tiles.run((1, 2), (1, 3), products=1000, rounds=1)
    recorded = load_study("tiles")
    for record in (again, recorded):
        assert record.keys() == {"settings", "flops"}
        assert min(min(each.values()) for each in record["flops"].values()) > 0
    assert [*again["flops"]] == ["1", "2"]
    assert [[*each] for each in again["flops"].values()] == [["1", "3"]] * 2
    sizes = recorded["flops"]
    assert [[*map(int, each)] for each in sizes.values()] == [list(tiles.COLUMNS)] * len(sizes)
    assert [*map(int, sizes)] == list(tiles.ROWS)


def test_the_library_s_tile_is_one_that_fits_and_hides_its_latency(vectors):
    from lib.compiled import kernels

    registers = 32 if vectors.AVX512 else 16
    assert faster.tile_registers(kernels.FILTERS, kernels.PIXELS) <= registers
    assert faster.tile_registers(2 * kernels.FILTERS, kernels.PIXELS) > registers
    floors = faster.tile_cycles(kernels.FILTERS, kernels.PIXELS)
    assert floors["multiply-adds"] == max(floors.values())


def test_the_compiler_keeps_the_sums_in_registers_as_long_as_they_fit(vectors):
    """What the figure computes, the machine code has: a loop without the stack, and one with it."""
    if not vectors.AVX512:
        pytest.skip("the figure's processor has AVX-512, and this one has not")
    rng = np.random.default_rng(0)
    for rows, columns in ((8, 3), (12, 4)):
        left = rng.random((4, rows), dtype=np.float32)
        right = rng.random((4, columns, vectors.LENGTH), dtype=np.float32)
        add = tiles.tile(rows, columns)
        add(left, right, 1, np.empty((rows, columns, vectors.LENGTH), np.float32))
        (code,) = add.inspect_asm().values()
        blocks = re.split(r"\n(?=\.LBB)", code)
        loop = max(blocks, key=lambda block: block.count("vfmadd"))
        lines = [line for line in loop.splitlines() if "zmm" in line]
        adds = sum("vfmadd" in line for line in lines)
        assert adds % (rows * columns) == 0
        stored = [line for line in lines if re.search(r"vmov\w+\s+%zmm\d+, .*\(%r[sb]p", line)]
        spilled = faster.tile_registers(rows, columns) - faster.PROCESSOR["registers"]
        assert (len(stored) > 0) == (spilled > 0)
