"""The rooms of ``lib/``: few, told in one line each, and leaning on one another one way."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import lib

ROOT = Path(lib.__file__).parent
# From the ground up: a room may use what stands before it, and nothing behind it.
ROOMS = (
    "settings",
    "paths",
    "backend",
    "augmentation",
    "datasets",
    "convolution",
    "compiled",
    "serialization",
    "layers",
    "schedulers",
    "optimizers",
    "losses",
    "analysis",
    "training",
    "networks",
    "trained",
    "explore",
    "figures",
    "widgets",
    "exercises",
    "studies",
)
# Rooms whose parts have an order of their own.
WITHIN = {
    "explore": (
        "sliders",
        "kinds",
        "touch",
        "rendering",
        "paper",
        "state",
        "static",
        "live",
        "still",
        "interactive",
    ),
    "convolution": ("sizes", "memory", "threads", "row_layout", "windows", "row_windows"),
    "compiled": ("vectors", "compiling", "kernels", "layout", "passes", "convolution", "depthwise"),
}
MOST_LINES = 300


def files():
    return sorted(ROOT.rglob("*.py"))


def imports_of(path):
    """Yield the modules of ``lib`` that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "lib":
            yield from (f"lib.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lib."):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("lib."))


def room_of(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def test_every_room_has_its_place():
    found = {module.name for module in pkgutil.iter_modules(lib.__path__)} - {"__main__"}
    assert sorted(ROOMS) == sorted(found)
    assert len(ROOMS) + 1 <= 22  # with __init__.py


@pytest.mark.parametrize("room", ROOMS)
def test_imports_between_rooms_run_one_way(room):
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files()
        if room_of(path) == room
        for module in imports_of(path)
        if ROOMS.index(module.split(".")[1]) > ROOMS.index(room)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", WITHIN)
def test_imports_within_a_room_run_one_way(room):
    order = WITHIN[room]
    for path in files():
        if room_of(path) != room or path.stem not in order:
            continue
        for module in imports_of(path):
            part = module.removeprefix(f"lib.{room}.")
            if part in order:
                assert order.index(part) < order.index(path.stem), f"{path.stem} imports {part}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_in_one_line_what_it_is_for(room):
    doc = importlib.import_module(f"lib.{room}").__doc__
    assert doc.splitlines()[0].endswith(".")
    assert f"lib/{room}" in (ROOT.parent / "README.md").read_text(encoding="utf-8")


def test_files_fit_in_the_head():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in files()}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}
