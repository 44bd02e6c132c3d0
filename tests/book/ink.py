"""How far down a sheet of a PDF is filled, as its drawing commands say."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pikepdf
from pikepdf import Matrix

PAINTS = {"f", "F", "f*", "S", "s", "B", "B*", "b", "b*"}
POINTS_OF = {"m": [0], "l": [0], "c": [0, 2, 4], "v": [0, 2], "y": [0, 2]}  # of their numbers


def lowest_ink(sheet: pikepdf.Page) -> float:
    """Return how far above the sheet's lower edge its lowest letter, line or picture is, in mm."""
    whole = float(sheet.mediabox[3])
    return min(heights(sheet, sheet.resources, Matrix()), default=whole) / 72 * 25.4


def heights(stream, resources, placed: Matrix) -> Iterator[float]:
    """Yield the heights of what a stream of drawing commands paints, in points."""
    for found, window in inked(stream, resources, placed):
        yield max(found, window)


def inked(stream, resources, placed: Matrix) -> Iterator[tuple[float, float]]:
    """Yield the heights of what is painted, and the lower edge of the window it shows through."""
    before, text, path, window, cuts = [], Matrix(), [], -math.inf, False
    for operands, operator in pikepdf.parse_content_stream(stream):
        command = str(operator)
        numbers = [float(o) for o in operands] if command in ("cm", "re", "Tm", "Td") else ()
        if command == "q":
            before.append((placed, window))
        elif command == "Q":
            placed, window = before.pop()
        elif command == "cm":
            placed = Matrix(*numbers) @ placed
        elif command == "BT":
            text = Matrix()
        elif command == "Tm":
            text = Matrix(*numbers)
        elif command == "Td":
            text = Matrix(1, 0, 0, 1, *numbers) @ text
        elif command in ("Tj", "TJ"):
            yield height(text @ placed, 0, 0), window
        elif command == "re":
            x, y, across, up = numbers
            path += [height(placed, x + across * i, y + up * j) for i in (0, 1) for j in (0, 1)]
        elif command in POINTS_OF:
            xy = [float(o) for o in operands]
            path += [height(placed, xy[n], xy[n + 1]) for n in POINTS_OF[command]]
        elif command in ("W", "W*"):
            cuts = True
        elif command in PAINTS or command == "n":
            yield from ((found, window) for found in path if command in PAINTS)
            if cuts:
                window = max([window, *([min(path)] if path else [])])
            path, cuts = [], False
        elif command == "Do":
            drawn = resources.XObject[operands[0]]
            if drawn.Subtype == "/Image":
                yield from ((height(placed, i, j), window) for i in (0, 1) for j in (0, 1))
            else:
                inner = Matrix(*map(float, drawn.get("/Matrix", (1, 0, 0, 1, 0, 0))))
                own = drawn.get("/Resources", resources)
                yield from ((found, window) for found in heights(drawn, own, inner @ placed))


def height(placed: Matrix, x: float, y: float) -> float:
    """Return how high a point is on the sheet."""
    return placed.b * x + placed.d * y + placed.f
