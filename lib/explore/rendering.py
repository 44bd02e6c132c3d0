"""Turn a matplotlib figure into a few kilobytes of markup that a page can hold.

Matplotlib writes SVG for a file of its own. Inside a page, next to other figures and in dark
mode, it has to be tidied first: see :func:`render`.
"""

from __future__ import annotations

import base64
import html
import io
import re
import sys
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from PIL import Image

from lib.explore.touch import TARGET, parts_of
from lib.settings import as_choice

__all__ = ["FORMATS", "render", "with_alt"]

FORMATS = ("svg", "png")

# A figure 6 inches wide fills the 700-pixel text column, and its 10-point text is then as large
# as the text around it.
_PIXELS_PER_INCH = 700 / 6
_PNG_DOTS_PER_INCH = 150
# A phone of 360 pixels shows it whole. Below, 10-point text has less than 8 pixels and is too small
# to read: the figure scrolls.
_NARROWEST = 356
_LARGE_PHOTOGRAPH = 20_000  # characters of base64

# DejaVu Sans is the font matplotlib measured with; Verdana is as wide.
_FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
_RC = {"svg.fonttype": "none", "svg.hashsalt": "book", "svg.image_inline": True}

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_COORDINATES = {"d", "x", "y", "width", "height", "points", "transform", "x1", "x2", "y1", "y2"}
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def render(figure: Figure, format: str = "svg", *, prefix: str = "figure") -> str:
    """Draw a figure as one HTML element, ``<svg>`` or ``<img>``.

    The SVG keeps its text as text, so that it can be selected; its black becomes
    ``currentColor``, so that it turns white in dark mode; numbers are rounded, and ids start with
    ``prefix`` or are left out. Equal figures give equal markup.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw. Its background becomes transparent.
    format : {"svg", "png"}
        "svg" also holds photographs (large ones as JPEG). "png" suits a figure of very many
        marks; it has 256 colors, and its text cannot turn white in dark mode, so it stands
        on a white ground there.
    prefix : str
        Start of every id in the SVG.

    Raises
    ------
    TypeError
        If ``figure`` is no matplotlib figure.
    ValueError
        If ``format`` is another.
    """
    if not isinstance(figure, Figure):
        raise TypeError(f"expected a matplotlib Figure, got {type(figure).__name__}")
    check_format(format)
    for part in parts_of(figure):
        if isinstance(part, Legend):
            part.get_frame().set(facecolor="none")  # a white box would hide white text
    file = io.BytesIO()
    with matplotlib.rc_context(_RC):
        options = {"dpi": _PNG_DOTS_PER_INCH} if format == "png" else {"metadata": {"Date": None}}
        figure.savefig(file, format=format, transparent=True, **options)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(figure)  # else the notebook shows it once more
    width = round(figure.get_figwidth() * _PIXELS_PER_INCH)
    style = f"width:100%;min-width:{min(width, _NARROWEST)}px;max-width:{width}px;height:auto"
    if format == "png":
        image = Image.open(file).quantize(256, method=Image.Quantize.FASTOCTREE)
        # Its text is black on any page, so a dark one has to lend it a white ground.
        return f'<img style="{style};background:#fff" src="{_data_uri(image, "png")}">'
    return _tidy(file.getvalue(), prefix, style)


def with_alt(markup: str, alt: str) -> str:
    """Give rendered markup its text alternative."""
    name, text = markup[1:4], html.escape(alt)
    attributes = f'alt="{text}"' if name == "img" else f'role="img" aria-label="{text}"'
    return f"<{name} {attributes}{markup[4:]}"


def check_format(format: str) -> None:
    """Refuse a format that :func:`render` does not know."""
    as_choice(format, "format", FORMATS)


def _tidy(svg: bytes, prefix: str, style: str) -> str:
    root = ElementTree.fromstring(svg)
    view_box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update(
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": view_box,
            "style": style,
            "font-family": _FONTS,
            "fill": "currentColor",  # for black text, which matplotlib leaves without a fill
            "stroke-linejoin": "round",
        }
    )
    # The style sheet in the first <defs> would apply to the whole page.
    for child in list(root):
        if child.tag == f"{_SVG}metadata" or child.find(f"{_SVG}style") is not None:
            root.remove(child)
    names = _short_names(root, prefix)
    for element in root.iter():
        _tidy_element(element, names)
    _drop_invisible(root)
    return ElementTree.tostring(root, encoding="unicode")


def _short_names(root: ElementTree.Element, prefix: str) -> dict[str, str]:
    """Map each id that something refers to, in order of first use, to a short one."""
    used: dict[str, str] = {}
    for element in root.iter():
        for key, value in element.attrib.items():
            found = [value[1:]] if key == _HREF and value[0] == "#" else _REFERENCE.findall(value)
            for name in found:
                used.setdefault(name, f"{prefix}-{len(used)}")
    return used


def _tidy_element(element: ElementTree.Element, names: dict[str, str]) -> None:
    element.tag = element.tag.replace(_SVG, "")
    element.tail = None
    if element.tag not in ("text", "tspan") or len(element):
        element.text = None  # the indentation of the file
    attributes = dict(element.attrib)
    element.attrib.clear()
    for key, value in attributes.items():
        if key == "id":
            if target := TARGET.fullmatch(value):
                element.set("data-touch", target[2])
                if target[1]:
                    element.set("data-along", "true")
            if value not in names:
                continue
            value = names[value]
        elif key == _HREF:
            key = "href"
            value = f"#{names[value[1:]]}" if value[0] == "#" else _smaller_image(value)
        elif key == "style":
            value = _tidy_style(value)
        elif key in _COORDINATES:
            value = _NUMBER.sub(_round, " ".join(value.split()))
            value = re.sub(r"^rotate\(-?0 [^)]*\)$", "", value) if key == "transform" else value
        if value:
            element.set(key, _REFERENCE.sub(lambda match: f"url(#{names[match[1]]})", value))


def _tidy_style(style: str) -> str:
    kept = []
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key and key != "font-family":
            # An explicit near-black, such as "#010101" on a colored cell, stays as it is.
            kept.append(f"{key}:{'currentColor' if value == '#000000' else value}")
    return ";".join(kept)


def _round(match: re.Match) -> str:
    number = float(match[0])
    # Scales and cosines are small and need their digits; a coordinate does not.
    text = f"{number:.2f}" if abs(number) >= 1 else f"{number:.4f}"
    return text.rstrip("0").rstrip(".") if float(text) else "0"


def _drop_invisible(parent: ElementTree.Element) -> None:
    for child in list(parent):
        _drop_invisible(child)
        outline = child.tag == "path" and child.get("style") == "fill:none"
        target = "data-touch" in parent.attrib  # what cannot be seen can be touched
        if (outline and not target) or (child.tag in ("g", "defs") and not len(child)):
            parent.remove(child)
        elif child.tag == "g" and not child.attrib:
            place = list(parent).index(child)
            parent.remove(child)
            for offset, grandchild in enumerate(child):
                parent.insert(place + offset, grandchild)


def _smaller_image(uri: str) -> str:
    """Store an embedded picture as gray or with a palette where that loses nothing.

    What has more than 256 colors is a photograph; a large one is stored as JPEG.
    """
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGBA")
    if image.getextrema()[3] == (255, 255):
        image = image.convert("RGB")
        red, green, blue = image.split()
        if red.tobytes() == green.tobytes() == blue.tobytes():
            image = red
        elif (colors := image.getcolors(256)) is not None:
            image = image.quantize(max(len(colors), 2), dither=Image.Dither.NONE)
    smaller = _data_uri(image, "png")
    if image.mode == "RGB" and len(smaller) > _LARGE_PHOTOGRAPH:
        return _data_uri(image, "jpeg", quality=90)
    return smaller


def _data_uri(image: Image.Image, format: str, **options) -> str:
    file = io.BytesIO()
    image.save(file, format=format, optimize=True, **options)
    return f"data:image/{format};base64,{base64.b64encode(file.getvalue()).decode()}"
