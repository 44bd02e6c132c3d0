"""Figures of the chapter *Faster, and on more than one machine*: sums that stay in registers.

The processor of the figure is one with AVX-512: 32 registers for vectors, and in every cycle two
loads and two multiply-adds can begin. A multiply-add is done four cycles later.
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_integer

__all__ = ["PROCESSOR", "describe_tile", "draw_tile", "tile_cycles", "tile_registers"]

PROCESSOR = {"registers": 32, "loads": 2, "multiply-adds": 2, "latency": 4}
_SUM, _PIXELS, _WEIGHT, _SPILLED = OKABE_ITO[5], OKABE_ITO[2], OKABE_ITO[4], ACCENT


def tile_registers(rows: int, columns: int) -> int:
    """Return how many registers a tile of sums needs: its own, and those for what is multiplied.

    The vectors along its shorter side wait in registers, while those along the other come one by
    one, each into the same.

    Examples
    --------
    >>> tile_registers(8, 3)
    28
    """
    rows, columns = _sides(rows, columns)
    return rows * columns + min(rows, columns) + 1


def tile_cycles(rows: int, columns: int) -> dict[str, float]:
    """Return the floors under the cycles in which each sum of a tile gets one product more.

    Sums without a register lie in memory, from where each is loaded, and to where it is stored.

    Examples
    --------
    >>> tile_cycles(8, 3)
    {'multiply-adds': 12.0, 'loads': 5.5, 'waiting': 4}
    """
    rows, columns = _sides(rows, columns)
    loads = rows + columns + _spilled(rows, columns)
    return {
        "multiply-adds": rows * columns / PROCESSOR["multiply-adds"],
        "loads": loads / PROCESSOR["loads"],
        "waiting": PROCESSOR["latency"],
    }


def _sides(rows, columns):
    return (
        as_integer(rows, "rows", at_least=1),
        as_integer(columns, "columns", at_least=1),
    )


def _spilled(rows: int, columns: int) -> int:
    return max(0, tile_registers(rows, columns) - PROCESSOR["registers"])


def _shares(flops, rows, columns):
    """Return the share of the peak that the floors allow, and the one that was measured."""
    by_columns = flops[as_choice(str(rows), "rows", flops)]
    as_choice(str(columns), "columns", by_columns)
    floors = tile_cycles(rows, columns)
    most = max(max(each.values()) for each in flops.values())
    measured = by_columns[str(columns)] / most
    return floors["multiply-adds"] / max(floors.values()), measured


def draw_tile(flops: Mapping[str, Mapping[str, float]], rows: int, columns: int) -> Figure:
    """Show a tile of sums, the registers that it fills, and how near the peak it comes.

    A touch of a cell makes it the last one of the tile.

    Parameters
    ----------
    flops : mapping of str to mapping of str to float
        FLOPs a second by rows and columns, as in the study ``tiles``.
    rows, columns : int
        Weights, and vectors of pixels: each is multiplied by each.
    """
    allowed, measured = _shares(flops, rows, columns)
    figure, (left, right) = new_figure(6.3, 3.6, cols=2, width_ratios=[1, 1.35])
    all_rows, all_columns = ([int(size) for size in sizes] for sizes in (flops, flops["1"]))
    _draw_sums(left, rows, columns, all_rows, all_columns)
    _draw_registers(right, rows, columns)
    loads, products = rows + columns, rows * columns
    sums = "1 vector of sums" if products == 1 else f"{products} vectors of sums"
    left.set_title(f"{sums}\n{loads / products:.2f} loads a product", fontsize=10.5)
    told = f"at most {allowed:.0%} of the peak\nmeasured: {measured:.0%}"
    right.set_title(told, fontsize=10.5)
    return figure


def _draw_sums(ax, rows, columns, all_rows, all_columns):
    """Draw the sums, with what is multiplied for them at their side and above."""
    spilled = _spilled(rows, columns)
    for i in range(1, max(all_rows) + 1):
        for j in range(1, max(all_columns) + 1):
            inside = i <= rows and j <= columns
            lost = inside and (i - 1) * columns + j > rows * columns - spilled
            cell = _cell(ax, 1.6 * j, i, 1.5, _SPILLED if lost else _SUM if inside else "none")
            cell.set(hatch="///" if lost else "", ls="-" if inside else (0, (2, 2)))
            # Rows between two that were measured lead to the next one.
            row = min(r for r in all_rows if r >= i)
            touchable(cell, rows=row, columns=j)
    for i in range(1, rows + 1):
        _cell(ax, 0.55, i, 0.45, _WEIGHT)
    for j in range(1, columns + 1):
        _cell(ax, 1.6 * j, -0.4, 1.5, _PIXELS)
    ax.text(1.6, -0.6, "pixels", fontsize=9.5)
    ax.text(0.45, 1, "weights", fontsize=9.5, rotation=90, ha="right", va="top")
    ax.set(xlim=(-0.4, 1.6 * max(all_columns) + 1.6), ylim=(max(all_rows) + 1.1, -1.5))
    ax.axis("off")


def _draw_registers(ax, rows, columns):
    """Draw the registers in four lines of eight, filled as far as the tile goes."""
    count, needed = PROCESSOR["registers"], tile_registers(rows, columns)
    short, spilled = min(rows, columns), _spilled(rows, columns)
    waiting, passing = (_PIXELS, _WEIGHT) if columns <= rows else (_WEIGHT, _PIXELS)
    colors = [waiting] * short + [passing] + [_SUM] * (rows * columns - spilled)
    for k in range(count):
        _cell(ax, k % 8, k // 8, 0.9, colors[k] if k < len(colors) else "none")
    for k in range(spilled):
        _cell(ax, k % 8, 5 + k // 8, 0.9, _SPILLED).set_hatch("///")
    told = f"{needed} of {count} registers" if not spilled else f"{count} registers are too few"
    ax.text(0, -0.25, told, fontsize=10)
    if spilled:
        ax.text(0, 4.8, f"{spilled} sums lie in memory", fontsize=10)
    floors = tile_cycles(rows, columns)
    for place, (name, cycles) in enumerate(floors.items()):
        y, width = 9 + 0.85 * place, cycles / 4
        color = OKABE_ITO[0] if cycles == max(floors.values()) else MUTED
        ax.add_patch(Rectangle((0, y), width, 0.6, fc=color, ec="none"))
        ax.text(width + 0.15, y + 0.3, f"{name}: {cycles:g}", va="center", fontsize=9.5)
    ax.text(0, 8.8, "cycles until each sum has one product more", fontsize=10)
    ax.set(xlim=(-0.1, 9.5), ylim=(11.6, -1))
    ax.axis("off")


def _cell(ax, x, y, width, color):
    cell = Rectangle((x, y), width, 0.86, fc=color, ec=MUTED, lw=0.8)
    ax.add_patch(cell)
    return cell


def describe_tile(flops: Mapping[str, Mapping[str, float]], rows: int, columns: int) -> str:
    """Say in words what :func:`draw_tile` shows."""
    allowed, measured = _shares(flops, rows, columns)
    floors, spilled = tile_cycles(rows, columns), _spilled(rows, columns)
    each = ", ".join(f"{name} {cycles:g}" for name, cycles in floors.items())
    fits = f"{spilled} sums lie in memory" if spilled else "all sums have one"
    return (
        f"A tile of {rows} × {columns} vectors of sums. It takes {rows + columns} loads for "
        f"{rows * columns} products, {(rows + columns) / (rows * columns):.2f} each, and needs "
        f"{tile_registers(rows, columns)} of {PROCESSOR['registers']} registers: {fits}. A product "
        f"more in each sum takes at least so many cycles: {each}. So the tile reaches at most "
        f"{allowed:.0%} of the peak; measured were {measured:.0%}."
    )
