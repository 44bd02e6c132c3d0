"""What CONTRIBUTING.md shows, runs."""

import re
from pathlib import Path

import numpy as np
import yaml

from lib.widgets import Widget
from lib.widgets.base import FOLDER

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_examples_run_one_after_another():
    blocks = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    names = {"np": np}
    for block in blocks:
        exec(compile(block, "CONTRIBUTING.md", "exec"), names)
    doubling = names["Doubling"](name="twice", label="Twice", caption="Twice of it.")
    assert names["describe_power"](2).endswith("0.25 halfway.")
    assert issubclass(names["Doubling"], Widget)
    assert 'aria-label="Twice 3 is 6."' in doubling.still().picture


def test_what_it_names_is_there():
    for path in re.findall(r"`((?:lib|tests|data|\.github)/[\w./]*)`", TEXT):
        if "doubling" not in path and "NAME" not in path:
            assert (ROOT / path).exists(), path
    controls = (ROOT / "lib" / "explore" / "controls.js").read_text(encoding="utf-8")
    for name in set(re.findall(r"Controls\.(\w+)", TEXT)):
        assert re.search(rf"function {name}\b", controls), name
    assert (FOLDER / "shared.js").exists()


def test_the_citation_and_the_workflow_are_read():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["title"] == "Convolutional Networks from Scratch"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{cited["version"]}"' in project
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text(encoding="utf-8"))
    assert {"run": ".ci/run"} in workflow["jobs"]["test"]["steps"]
    assert (ROOT / ".ci" / "run").exists()
