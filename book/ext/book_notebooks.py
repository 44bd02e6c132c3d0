"""Sphinx extension: each chapter's notebook to take along, and the archive that it runs with.

A notebook alone lacks the library and its data. Its first cell gets them from an archive that lies
beside the pages; the address is known only where the pages are read, so a script fills it in.
"""

from __future__ import annotations

import base64
import zipfile
from pathlib import Path

ARCHIVE = "convnets-from-scratch.zip"
# What a chapter runs with. The last file is the sign that all of the archive was unpacked.
ARCHIVED = (
    "README.md",
    "LICENSE",
    "data/README.md",
    "data/*.json",
    "data/weights/*",
    "data/histories/*",
    "data/studies/*",
    "lib/**/*.*",
    "pyproject.toml",
)
SCRIPT = "download.js"


def offer_notebook(app, pagename, templatename, context, doctree):
    """Put a chapter's notebook into its page, for the download button.

    A link to the file would do on a server; from disk a browser shows it as text.
    """
    if doctree is None:
        return
    source = Path(app.env.doc2path(pagename))
    if source.suffix == ".ipynb":
        content = base64.b64encode(source.read_bytes()).decode()
        context["notebook"] = {
            "name": source.name,
            "url": f"data:application/x-ipynb+json;base64,{content}",
            "archive": "../" * pagename.count("/") + ARCHIVE,
        }
        app.add_js_file(SCRIPT, loading_method="defer")


def pack(app, exception):
    """Lay the archive beside the pages."""
    if exception is not None or app.builder.name != "html":
        return
    root = Path(app.srcdir)
    with zipfile.ZipFile(Path(app.outdir) / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for pattern in ARCHIVED:
            for file in sorted(root.glob(pattern)):
                if file.is_file() and "__pycache__" not in file.parts:
                    name = file.relative_to(root).as_posix()
                    archive.write(file, f"{Path(ARCHIVE).stem}/{name}")


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.connect("html-page-context", offer_notebook)
    app.connect("build-finished", pack)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
