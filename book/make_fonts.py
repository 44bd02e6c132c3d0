"""Make the book's fonts: cut to the letters that it uses, and to the weights.

Kept to be repeated when a page needs a letter that the fonts lack; no build runs it. It reads two
packages from npm, source-serif 4.5.1 and source-code-pro 2.42.0, unpacked into one folder, and the
DejaVu Sans that comes with Matplotlib::

    python book/make_fonts.py FOLDER

The license of the sources reserves their name, so the cut fonts have names of their own. Writing
woff2 takes brotli beside fontTools: ``pip install 'fonttools[woff]'``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

OUT = Path(__file__).parent / "static" / "fonts"
PAPER = Path(__file__).parent / "pdf" / "fonts"
# Western Europe's letters, then those of the authors named, Greek, and what formulas in text take.
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100)] + [
    ord(letter)
    for letter in "ıŒœŠšŞşŽžŁłąćčğę–—‘’“”•…′″‴€™⁄\u2009\u202f"
    "αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΠΣΦΨΩ"
    "⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉→←↑↓−∞≈≠≤≥∂∑∏√"
]
BOXES = [ord(letter) for letter in "─│└├┐┌┘┬┴┼●○■□▶"]
SIGNS = [ord(sign) for sign in "★☆‴⁺⁻⁼₊₋₌ᵀ⌘⌈⌉⌊⌋∈⊙⇒↔✓✗●○□▶"]

SERIF = "source-serif-4.5.1/package/VAR/SourceSerif4Variable-{}.ttf"
CODE = "source-code-pro-2.42.0/package/VF/SourceCodeVF-Upright.ttf"


def cut(source: Path, file: str, name: str, axes: dict, letters: list[int], features: str):
    """Write a font that has these letters, axes and features alone, under its own name."""
    font = TTFont(source)
    if axes:
        font = instancer.instantiateVariableFont(font, axes)
        font.save(OUT / "whole.ttf")  # the subsetter wants what was read from a file
        font = TTFont(OUT / "whole.ttf")
        (OUT / "whole.ttf").unlink()
    options = subset.Options(layout_features=features.split(), hinting=False)
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = name.replace(" ", "") if record.nameID == 6 else name
    font.flavor = "woff2"
    font.save(OUT / file)
    print(f"{file}: {(OUT / file).stat().st_size:,} bytes, {len(font.getBestCmap())} letters")


def fix(file: str, name: str, weights: dict[str, int]):
    """Write a font of one weight each, for paper: of others Chromium embeds drawings of letters."""
    PAPER.mkdir(exist_ok=True)
    for style, weight in weights.items():
        font = TTFont(OUT / file)
        if "fvar" in font:
            font = instancer.instantiateVariableFont(font, {"wght": weight})
        for record in font["name"].names:
            if record.nameID in (1, 4, 6):
                record.string = f"{name} {style}".replace(" ", "" if record.nameID == 6 else " ")
        font.flavor = "woff2"
        font.save(PAPER / f"{Path(file).stem}-{weight}.woff2")


def main(sources: Path) -> None:
    """Make all four, and those of them that paper takes in other forms."""
    upright, italic = (sources / SERIF.format(style) for style in ("Roman", "Italic"))
    weights = (400, 700)
    text = "kern liga mark ccmp locl tnum lnum"
    cut(upright, "text.woff2", "Textbook Serif", {"opsz": 14, "wght": weights}, LETTERS, text)
    cut(
        italic,
        "text-italic.woff2",
        "Textbook Serif Italic",
        {"opsz": 14, "wght": 400},
        LETTERS,
        text,
    )
    cut(
        sources / CODE,
        "code.woff2",
        "Textbook Code",
        {"wght": weights},
        LETTERS + BOXES,
        "mark ccmp",
    )
    dejavu = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    cut(dejavu, "signs.woff2", "Textbook Signs", {}, SIGNS, "")
    fix("text.woff2", "Textbook Serif", {"Regular": 400, "Bold": 600})
    fix("text-italic.woff2", "Textbook Serif", {"Italic": 400})
    fix("code.woff2", "Textbook Code", {"Regular": 400, "Bold": 600})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
