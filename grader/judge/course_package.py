"""What the modules of `gru_ref` define and use, read from their source without importing them."""

import ast
from functools import cache
from pathlib import Path

from gru_ref import sealing

PACKAGE = "gru_ref"
FOLDER = Path(__file__).resolve().parents[2] / PACKAGE
FIGURES = f"{PACKAGE}.plotting"  # its functions only draw and give nothing away, so it is not read here


@cache
def modules():
    """The modules as syntax trees, by name: ``{"gru_ref": …, "gru_ref.gates": …}``. Not to be changed."""
    trees = {}
    for path in sorted(FOLDER.rglob("*.py")):
        parts = path.relative_to(FOLDER).with_suffix("").parts
        name = ".".join((PACKAGE, *parts)).removesuffix(".__init__")
        if name != FIGURES and not name.startswith(f"{FIGURES}."):
            trees[name] = ast.parse(sealing.read_text(path))
    return trees


def is_package(module):
    """Whether a module is a package, whose ``__init__.py`` takes its names from the modules within."""
    return any(name.startswith(f"{module}.") for name in modules())


@cache
def definitions():
    """The top-level definitions of the modules: each syntax node by its full name, ``"gru_ref.gates.gate"``."""
    return {
        f"{module}.{name}": node
        for module, tree in modules().items()
        if module != PACKAGE
        for node in tree.body
        for name in defined_by(node)
    }


def loaded_with(module):
    """The modules that are loaded once a module is imported, and this one."""
    found, waiting = set(), {module}
    while waiting:
        name = waiting.pop()
        found.add(name)
        imports = (node for node in modules()[name].body if isinstance(node, ast.ImportFrom))
        near = {full for node in imports for full in (node.module, *(f"{node.module}.{a.name}" for a in node.names))}
        waiting |= (near & modules().keys()) - found
    return found


def defined_by(node):
    """The names that a top-level statement defines: of a function, a class, or assigned variables."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return []


def is_data(node):
    """Whether a class only holds data: a NamedTuple or a dataclass."""
    marks = [*node.bases, *node.decorator_list]
    return any(isinstance(mark, ast.Name) and mark.id in ("NamedTuple", "dataclass") for mark in marks)


def spelled(name):
    """A full name as a learner writes it: if possible ``"gru_ref.gate"`` for ``"gru_ref.gates.gate"``."""
    short = f"{PACKAGE}.{name.rpartition('.')[2]}"
    return short if look_up(PACKAGE, short.rpartition(".")[2]) == name else name


@cache
def look_up(module, name):
    """The full name of a module's attribute `name`, a module or a definition; None if it is not one of ours."""
    full = f"{module}.{name}"
    if full in modules() or full in definitions() or full == FIGURES:
        return full
    if module not in modules():
        return None
    if module == PACKAGE and name in _loaded_late():
        return f"{PACKAGE}.torch_models.{name}"
    return _imported_by(module).get(name)


def imported(tree):
    """The names that a tree's import statements bind to parts of the package, with the full names of those."""
    bound = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == PACKAGE:
                    bound[alias.asname or PACKAGE] = alias.name if alias.asname else PACKAGE
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == PACKAGE:
            for alias in node.names:
                full = look_up(node.module, alias.name)
                if full:
                    bound[alias.asname or alias.name] = full
    return bound


def used(tree, scope):
    """Full names of the package's definitions that a tree uses.

    Parameters
    ----------
    tree : syntax tree
    scope : dict from names to full names, as `imported` returns it
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.update(imported(node).values())
        elif isinstance(node, (ast.Name, ast.Attribute)):
            found.add(_meant(node, scope))
    return frozenset(found & definitions().keys())


def reached(names, unless):
    """All definitions that run when `names` are used: these, and what they use in turn, except through those in `unless`."""
    found, waiting = set(), set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name not in unless:
            waiting |= _used_by(name) - found
    return frozenset(found)


@cache
def _imported_by(module):
    return imported(modules()[module])


@cache
def _loaded_late():
    """The names that `gru_ref` takes from its PyTorch module at their first use."""
    for node in modules()[PACKAGE].body:
        if defined_by(node) == ["_BY_TORCH"]:
            return ast.literal_eval(node.value)
    return set()


@cache
def _used_by(name):
    module = name.rpartition(".")[0]
    own = {n: f"{module}.{n}" for node in modules()[module].body for n in defined_by(node)}
    return used(definitions()[name], _imported_by(module) | own)


def _meant(node, scope):
    """The full name that a name or a chain of attributes stands for, or None."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _meant(node.value, scope)
        return look_up(owner, node.attr) if owner else None
    return None
