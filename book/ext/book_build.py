"""Sphinx extension of this book: figures that work without a kernel, and pages that work offline.

Jupyter Book loads it through ``local_extensions`` in ``_config.yml``.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

# A chapter's outputs depend on its own cells, which the execution cache knows, and on these,
# which it does not.
COMPUTED_FROM = (
    "lib/**/*.py",
    "lib/**/*.js",
    "lib/**/*.css",
    "data/weights/*",
    "data/histories/*",
    "requirements.txt",
)


def hash_of_sources(root: Path) -> str:
    """Return a short hash of every file, besides the chapters, that chapters compute with."""
    digest = hashlib.sha256()
    files = {path for pattern in COMPUTED_FROM for path in root.glob(pattern) if path.is_file()}
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def use_fresh_outputs(app, config):
    """Give each state of the library an execution cache of its own."""
    cache = Path(app.outdir).parent / ".jupyter_cache" / hash_of_sources(Path(app.srcdir))
    config.nb_execution_cache_path = str(cache)


def drop_thebe(app, pagename, templatename, context, doctree):
    """Take out sphinx_thebe, which Jupyter Book always loads.

    Without a launch button it does nothing but name a script on another host and raise an error
    on each page.
    """

    def belongs_to_thebe(script):
        body = getattr(script, "attributes", {}).get("body") or ""
        name = str(getattr(script, "filename", None) or script)
        return "THEBE_JS_URL" in body or name.endswith("sphinx-thebe.js")

    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if not belongs_to_thebe(script)]


def setup(app):
    """Connect the extension; Sphinx calls this."""
    # The kernels that run the chapters inherit this: explore() then stores every frame.
    os.environ["BOOK_STATIC"] = "1"
    app.connect("config-inited", use_fresh_outputs)
    app.connect("html-page-context", drop_thebe, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
