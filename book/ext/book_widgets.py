"""Sphinx extension: the scripts of figures that can be moved, on the pages that have some.

Jupyter Book loads it through ``local_extensions`` in ``_config.yml``. The scripts are those of
``lib/widgets`` and ``lib/explore``; they are classic scripts, because a page read from disk can
load no module.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import lib.explore
from lib.widgets.base import FOLDER, once, scripts_of, slim, styles_of

WIDGET = re.compile(r'<div class="widget" data-widget="(\w+)"')
FIGURE = 'class="explore-figure"'
PLACE = "_static/widgets"
EXPLORE = Path(lib.explore.__file__).parent


def add_scripts(app, pagename, templatename, context, doctree):
    """Name in a page the scripts and styles of its figures, each once; what they share, too."""
    body = context.get("body", "")
    names = list(dict.fromkeys(WIDGET.findall(body)))
    explored = FIGURE in body
    scripts = [file for name in names for file in scripts_of(name)]
    styles = [file for name in names for file in styles_of(name)]
    if explored:
        scripts += ["controls.js", "figure.js"]
        styles += ["controls.css", "figure.css"]
    if names:
        context["body"] = once(body)
        scripts.append("page.js")
    for file in dict.fromkeys(Path(file).name for file in styles):
        app.add_css_file(f"widgets/{file}")
    for file in dict.fromkeys(Path(file).name for file in scripts):
        app.add_js_file(f"widgets/{file}", loading_method="defer")


def copy_to_pages(files: Iterable[Path], folder: Path) -> None:
    """Copy styles as they are, and scripts slimmed, to where the pages look for them."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.suffix == ".js":
            script = slim(file.read_text(encoding="utf-8"))
            (folder / file.name).write_text(script, encoding="utf-8")
        else:
            shutil.copy2(file, folder)


def copy_scripts(app, exception):
    """Give the pages the scripts and styles of all figures."""
    if exception is None:
        files = (f for home in (FOLDER, EXPLORE) for f in home.iterdir())
        files = [file for file in files if file.suffix in (".css", ".js")]
        copy_to_pages(files, Path(app.outdir) / PLACE)


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", copy_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
