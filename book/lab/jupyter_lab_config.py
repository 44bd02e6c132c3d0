"""Settings of JupyterLab for this book: ``jupyter lab --config book/lab/jupyter_lab_config.py``.

They hold for that one server: what readers have set for their own JupyterLab stays as it is, and
what they choose in its menus goes before the defaults set here.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from book_in_lab import write_extension  # noqa: E402 - it lies beside this file

c = get_config()  # noqa: F821 - Jupyter defines it

# The project is the root, so that a link leads from a chapter to any page of the book; its folder
# of chapters is what shows at first.
c.ServerApp.root_dir = str(ROOT)
c.FileContentsManager.preferred_dir = str(ROOT / "chapters")
c.LabApp.default_url = "/lab/tree/chapters"
# A container's user is root.
c.ServerApp.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0

# Nothing is asked of another host, and no window pops up to ask whether it may be.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

c.LabApp.app_settings_dir = str(HERE / "settings")
c.LabApp.extra_labextensions_path = [str(write_extension(ROOT))]
