"""Sphinx extension: the reference of ``lib/``, written from its docstrings, and links to it.

The directive ``reference`` names modules and lists all that is public in them::

    ```{reference} lib.losses lib.initializers
    ```

A name in code style, such as ```Conv2d```, leads to its entry wherever it stands in the book, once a
section. Authors write nothing for that; in JupyterLab the same name is code, as it always was.
"""

from __future__ import annotations

import importlib
import inspect
from collections import Counter
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
    own = [name for name, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    return [name for name in own if not name.startswith("_")]


def is_documented(value: object) -> bool:
    """Tell whether a value is a class or a function: settings have no docstring."""
    return inspect.isclass(value) or inspect.isfunction(inspect.unwrap(value))


def by_file(module: ModuleType) -> dict[ModuleType, list[str]]:
    """Group the public classes and functions of a module by the file that defines them."""
    groups: dict[ModuleType, list[str]] = {}
    for name in public_names(module):
        value = getattr(module, name)
        if is_documented(value):
            home = importlib.import_module(inspect.unwrap(value).__module__)
            groups.setdefault(home, []).append(name)
    # What the others build on comes first.
    return dict(sorted(groups.items(), key=lambda g: (g[0].__name__[-5:] != ".base", g[0].__name__)))


def path_of(module: ModuleType) -> str:
    """Return the path of a module's file, as the project has it."""
    path = module.__name__.replace(".", "/")
    return f"{path}/__init__.py" if hasattr(module, "__path__") else f"{path}.py"


class Reference(SphinxDirective):
    """List what modules offer: for each file its purpose, a table, and an entry for each name."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"brief": lambda argument: True}  # the table alone

    def run(self) -> list[nodes.Node]:
        """Write Markdown and let MyST read it, so that the page's contents list its headings."""
        lines: list[str] = []
        names = self.arguments[0].split()
        for name in names:
            module = importlib.import_module(name)
            for home, members in by_file(module).items():
                lines += self.section(module, home, members)
            self.env.note_dependency(module.__file__)
        node = nodes.Element()
        node.document = self.state.document
        text = StringList(lines, self.get_source_info()[0])
        self.state.nested_parse(text, self.content_offset, node, match_titles=True)
        return node.children

    def section(self, module: ModuleType, home: ModuleType, members: list[str]) -> list[str]:
        """Write the section of one file."""
        text = inspect.getdoc(home).partition("\n\n")
        # A package's own file has no section, so its docstring opens the page's first.
        names = [name for name in (module.__name__, home.__name__) if self.is_new(name, module)]
        body = [f".. py:module:: {name}" for name in names] + [""]
        body += [text[0], "", *text[2].splitlines(), ""]
        body += [f"Source: ``{path_of(home)}``", "", ".. py:currentmodule:: None", ""]
        body += [".. autosummary::", "   :nosignatures:", ""]
        body += [f"   ~{module.__name__}.{name}" for name in members] + [""]
        if "brief" not in self.options:
            for name in members:
                body += [*entry_of(getattr(module, name), f"{module.__name__}.{name}"), ""]
        return [f"## {title_of(home)}", "", "````{eval-rst}", *body, "````", ""]

    def is_new(self, name: str, module: ModuleType) -> bool:
        """Tell whether a module is of this page, and nothing of it stands here yet."""
        seen = self.env.temp_data.setdefault("reference_modules", set())
        new = name.startswith(module.__name__) and name not in seen
        seen.add(name)
        return new


def entry_of(value: object, name: str) -> list[str]:
    """Write the directive that gives a class or a function its entry."""
    if not inspect.isclass(value):
        return [f".. autofunction:: {name}"]
    based = [] if value.__bases__ in [(object,), (tuple,)] else ["   :show-inheritance:"]
    return [f".. autoclass:: {name}", *based]


def title_of(module: ModuleType) -> str:
    """Return a short name of a file's subject: ``AlexNet: the network that …`` is AlexNet."""
    subject, colon, _ = inspect.getdoc(module).partition("\n")[0].partition(":")
    stem = module.__name__.rpartition(".")[2]
    return subject if colon and len(subject) < 30 else stem.replace("_", " ").capitalize()


# --- links -----------------------------------------------------------------------------------


def short_names(env) -> dict[str, tuple]:
    """Map each name that stands for one thing only, as it may be written, to its entry."""
    entries = env.get_domain("py").objects
    uses = Counter(full.rpartition(".")[2] for full, entry in entries.items() if not entry.aliased)
    names = {}
    for full, entry in entries.items():
        short = full.rpartition(".")[2]
        names[full] = entry
        if entry.objtype in KINDS and uses[short] == 1:
            names[short] = names[f"{short}()"] = entry
        elif entry.objtype in ("method", "property"):
            owner = full.rpartition(".")[0].rpartition(".")[2]
            names[f"{owner}.{short}"] = names[f"{owner}.{short}()"] = entry
    return names


def resolve(app, env, node, contnode):
    """Find what a docstring calls by another of its names: where it is defined, or its last part."""
    if node.get("refdomain") != "py":
        return None
    names = short_names(env)
    target = node["reftarget"]
    entry = names.get(target) or names.get(target.rpartition(".")[2])
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


def name_attributes(app, doctree):
    """Head the list of a class's attributes as numpydoc does; Sphinx says "Variables"."""
    for name in doctree.findall(nodes.field_name):
        if name.astext() == "Variables":
            name.children = [nodes.Text("Attributes")]


def setup(app):
    """Connect the extension; Sphinx calls this."""
    app.add_directive("reference", Reference)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("doctree-read", name_attributes)
    app.connect("missing-reference", resolve)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
