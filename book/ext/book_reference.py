"""Sphinx extension: the reference of ``lib/``, written from its docstrings, and links to it.

The directive ``reference`` names modules and lists all that is public in them::

    ```{reference} lib.losses lib.layers.initializers
    ```

A name in code style, such as ```Conv2d```, leads to its entry wherever it stands in the book, once
a section. Authors write nothing for that; in JupyterLab the same name is code, as it always was.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

KINDS = {"class", "exception", "function", "data"}  # what a name alone may stand for


def public_names(module: ModuleType) -> list[str]:
    """Return what a module offers: its ``__all__``, or else what it defines itself."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    here = module.__name__
    own = [name for name, v in vars(module).items() if getattr(v, "__module__", "") == here]
    return [name for name in own if not name.startswith("_")]


def is_documented(value: object) -> bool:
    """Tell whether a value is a class or a function: settings have no docstring."""
    return inspect.isclass(value) or inspect.isfunction(inspect.unwrap(value))


def by_file(module: ModuleType) -> dict[ModuleType, list[str]]:
    """Group the public classes and functions of a module by the file that defines them."""
    groups: dict[ModuleType, list[str]] = {}
    for name in public_names(module):
        value = inspect.unwrap(getattr(module, name))
        if not is_documented(value):
            continue
        home = importlib.import_module(value.__module__)
        shared = [base for base in getattr(value, "__bases__", ()) if is_part(base, home)]
        pairs = [(base.__name__, importlib.import_module(base.__module__)) for base in shared]
        for member, file in (*pairs, (name, home)):
            members = groups.setdefault(file, [])
            if member not in members:
                members.append(member)
    # What the module itself defines comes first, then what the others build on.
    own, base = module.__name__, f"{module.__name__}.base"
    order = sorted(groups, key=lambda home: (home.__name__ not in (own, base), home.__name__))
    return {home: groups[home] for home in order}


def is_part(base: type, home: ModuleType) -> bool:
    """Tell whether a base class is of the file or its room, and its docstring for the reader."""
    room, _, _ = home.__name__.rpartition(".")
    same_room = room != "lib" and base.__module__.startswith(f"{room}.")
    near = same_room or base.__module__ == home.__name__
    return near and base.__name__[0] != "_" and bool(base.__doc__)


def path_of(module: ModuleType) -> str:
    """Return the path of a module's file, as the project has it."""
    path = module.__name__.replace(".", "/")
    return f"{path}/__init__.py" if hasattr(module, "__path__") else f"{path}.py"


class Reference(SphinxDirective):
    """List what modules offer: for each file its purpose, a table, and an entry for each name.

    ``lib.figures.*`` stands for all modules of the package.
    """

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Write Markdown and let MyST read it, so that the page's contents list its headings."""
        lines: list[str] = []
        self.env.note_dependency(__file__)
        for name in self.modules():
            module = importlib.import_module(name)
            self.env.note_dependency(module.__file__)
            files = by_file(module)
            if module not in files:
                lines += [*eval_rst(declared(module)), ""]
            for home, members in files.items():
                lines += self.section(module, home, members)
        node = nodes.Element()
        node.document = self.state.document
        text = StringList(lines, self.get_source_info()[0])
        self.state.nested_parse(text, self.content_offset, node, match_titles=True)
        return node.children

    def modules(self) -> Iterator[str]:
        """Yield the names of the modules that the directive lists."""
        for name in self.arguments[0].split():
            package, star, _ = name.partition(".*")
            if not star:
                yield name
                continue
            path = importlib.import_module(package).__path__
            yield from (part.name for part in pkgutil.iter_modules(path, f"{package}."))

    def section(self, module: ModuleType, home: ModuleType, members: list[str]) -> list[str]:
        """Write the section of one file."""
        here = home.__name__.startswith(module.__name__)
        body = declared(home) if here else summary_of(home)
        body += ["", f"Source: ``{path_of(home)}``", "", f".. py:currentmodule:: {module.__name__}"]
        # The table is to name its entries without the module that is current.
        paths = [name if hasattr(module, name) else f"{home.__name__}.{name}" for name in members]
        short = [path.removeprefix(f"{module.__name__}.") for path in paths]
        body += [
            "",
            ".. autosummary::",
            "   :nosignatures:",
            "",
            *(f"   ~{path}" for path in short),
        ]
        for name, path in zip(members, short, strict=True):
            body += ["", *entry_of(getattr(home, name), f"{module.__name__}.{path}")]
        return ["", f"## {title_of(home)}", "", *eval_rst(body), ""]


def eval_rst(lines: list[str]) -> list[str]:
    """Let Markdown hold what docstrings are written in."""
    return ["````{eval-rst}", *lines, "````"]


def declared(module: ModuleType) -> list[str]:
    """Write the directive that makes a module known, and its docstring."""
    return [f".. py:module:: {module.__name__}", "", *inspect.getdoc(module).splitlines()]


def summary_of(module: ModuleType) -> list[str]:
    """Return the first paragraph of a module's docstring."""
    return inspect.getdoc(module).partition("\n\n")[0].splitlines()


def entry_of(value: object, name: str) -> list[str]:
    """Write the directive that gives a class or a function its entry."""
    if not inspect.isclass(value):
        return [f".. autofunction:: {name}"]
    based = ["   :show-inheritance:"] if public_bases(value.__bases__) else []
    return [f".. autoclass:: {name}", *based]


def public_bases(bases: Iterable[type]) -> list[type]:
    """Return the nearest base classes that have an entry: parts of a file are its own business."""
    shown: list[type] = []
    queue = list(bases)
    while queue:
        base = queue.pop(0)
        if base.__module__ == "builtins":
            continue
        package = sys.modules[base.__module__.rpartition(".")[0] or base.__module__]
        home = sys.modules[base.__module__]
        if base.__name__ in getattr(package, "__all__", vars(package)) or is_part(base, home):
            shown.append(base)
        else:
            queue = [*base.__bases__, *queue]
    return list(dict.fromkeys(shown))


def title_of(module: ModuleType) -> str:
    """Return a short name of a file's subject: ``AlexNet: the network that …`` is AlexNet."""
    subject, colon, _ = inspect.getdoc(module).partition("\n")[0].partition(":")
    stem = module.__name__.rpartition(".")[2]
    return subject if colon and len(subject) < 30 else stem.replace("_", " ").capitalize()


# --- links -----------------------------------------------------------------------------------


def short_names(env) -> dict[str, tuple]:
    """Map each name that stands for one thing only, as it may be written, to its entry."""
    entries = env.get_domain("py").objects
    own = [full for full, e in entries.items() if not e.aliased and e.objtype != "module"]
    uses = Counter(full.rpartition(".")[2] for full in own)
    names = {}
    for full, entry in entries.items():
        short = full.rpartition(".")[2]
        names[full] = entry
        if entry.aliased:
            continue
        if entry.objtype in KINDS and uses[short] == 1:
            names[short] = names[f"{short}()"] = entry
        elif entry.objtype in ("method", "property"):
            owner = full.rpartition(".")[0].rpartition(".")[2]
            names[f"{owner}.{short}"] = names[f"{owner}.{short}()"] = entry
    return names


def resolve(app, env, node, contnode):
    """Find what a docstring calls by another name: where it is defined, or its last part."""
    if node.get("refdomain") != "py":
        return None
    names = short_names(env)
    target = node["reftarget"]
    parts = target.split(".")
    # A room offers what its files hold: lib.training.trainer.Trainer is lib.training.Trainer.
    offered = (".".join(parts[:i] + parts[i + 1 :]) for i in range(2, len(parts) - 1))
    known = (names.get(name) for name in (target, *offered, parts[-1]))
    entry = next(filter(None, known), None)
    if entry is None:
        return None
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode)


def link_names(app, doctree, docname):
    """Make the first use of each name in a section a link to its entry."""
    names, linked = None, set()
    for literal in list(doctree.findall(nodes.literal)):
        place = literal.parent
        while place is not None and not isinstance(place, STAYS_PLAIN):
            place = place.parent
        if place is not None:
            continue
        names = names or short_names(app.env)
        entry = names.get(literal.astext())
        key = (section_of(literal), entry)
        if entry is None or key in linked or entry.docname == docname:
            continue
        linked.add(key)
        literal.replace_self(
            make_refnode(app.builder, docname, entry.docname, entry.node_id, literal.deepcopy())
        )


# A heading, a link and a signature are no place for another link.
STAYS_PLAIN = (nodes.title, nodes.reference, nodes.rubric, addnodes.desc_signature, nodes.term)


def section_of(node: nodes.Node) -> int:
    """Tell sections, and entries of a glossary, apart."""
    while not isinstance(node, nodes.section | nodes.definition_list_item | nodes.document):
        node = node.parent
    return id(node)


def skip_fields(app, what, name, obj, skip, options):
    """Leave out the fields of a named tuple: the class says what they are."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def forget_sources(app):
    """Have every page of source code written anew: old ones lack the places of new entries."""
    shutil.rmtree(Path(app.outdir) / "_modules", ignore_errors=True)


def show_public_bases(app, name, obj, options, bases):
    """Name the base classes that have an entry."""
    bases[:] = public_bases(bases)


def name_attributes(app, doctree):
    """Head the list of a class's attributes as numpydoc does; Sphinx says "Variables"."""
    for name in doctree.findall(nodes.field_name):
        if name.astext() == "Variables":
            name.children = [nodes.Text("Attributes")]


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.add_directive("reference", Reference)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("builder-inited", forget_sources)
    app.connect("autodoc-process-bases", show_public_bases)
    app.connect("doctree-read", name_attributes)
    app.connect("missing-reference", resolve)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
