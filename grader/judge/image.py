"""The Python path of a sandbox: `grader` and `gru_ref` without anything that the lesson or a later one teaches.

Hidden code keeps its name and its signature. A function that may be called asks the judge; all others raise an error.
"""

import ast
import copy
import functools
import importlib.util
import shutil
from pathlib import Path

from grader.exercises import bank
from grader.judge.course_package import FIGURES, FOLDER, PACKAGE, defined_by, is_package, loaded_with, modules
from grader.judge.taught import allowed, code_cells, full_name, hidden, refusal
from gru_ref import sealing

GRADER = Path(__file__).resolve().parents[1]
GUEST = ("answer", "judge/guest")  # the packages of grader that run inside the sandbox
# The modules that it needs from other packages.
SHARED = (
    "base/__init__.py",
    "base/errors.py",
    "base/predictions.py",
    "base/quick.py",
    "base/settings.py",
    "base/tensors.py",
    "base/timing.py",
    "figures/__init__.py",
    "judge/__init__.py",
    "judge/channel.py",
    "judge/codec.py",
    "judge/descriptions.py",
)
DATA = ("results", "weights")  # folders of gru_ref: recorded runs, and a network trained beforehand
HEAD = "grader_package.py"  # in judge/guest: what a submission imports as `grader`
PEERS = f"{PACKAGE}.peers"
_PARTS = ("body", "orelse", "finalbody", "handlers", "cases")  # of a statement that holds others
ALWAYS_LOADED = ("numpy", "IPython.core.interactiveshell", "matplotlib.pyplot", "grader", PACKAGE, FIGURES)


def build_image(lesson, folder):
    """Write the image of a lesson, ``"03_gates"``, into a folder, to be put on the Python path."""
    folder = Path(folder)
    _write_grader(folder / "grader")
    package = folder / PACKAGE
    for module, tree in modules().items():
        _write(_place(folder, module), _redacted(module, tree, lesson))
    _write(package / "plotting.py", _figures())
    for data in DATA:
        shutil.copytree(FOLDER / data, package / data)


def preload(lesson):
    """Names of the modules that a warm process for the lesson imports before any submission."""
    of_cells = [name for tree in code_cells(lesson) for node in tree.body for name in imported_modules(node)]
    return tuple(dict.fromkeys([*ALWAYS_LOADED, *of_cells]))


@functools.cache
def asking(lesson):
    """Full names of the functions that ask the judge: those that may be called at some time, and those that answer an exercise.

    For the latter only the judge knows whether the exercise that they answer is being checked.
    """
    exercises = bank()[lesson]
    answers = {full_name(fn) for e in exercises.values() for fn in (e.reference, *e.hidden)}
    return allowed(lesson).union(*(allowed(lesson, name) for name in exercises), answers & hidden(lesson))


def imported_modules(node):
    """The modules that a statement imports. A module that a cell only tries to import is not part of the course."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        parts = [f"{node.module}.{alias.name}" for alias in node.names]
        return [node.module, *filter(_is_module, parts)]
    return []


def _is_module(name):
    """Whether a package has a module of that name, without importing the package."""
    package, *inner = name.split(".")
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return False
    path = Path(found.submodule_search_locations[0], *inner)
    return path.is_dir() or path.with_suffix(".py").is_file()


def _write_grader(folder):
    texts = (f"figures/{path.name}" for path in (GRADER / "figures").glob("*.md"))
    for name in (*SHARED, *texts, *(f"{room}/{path.name}" for room in GUEST for path in (GRADER / room).glob("*.py"))):
        target = folder / ("__init__.py" if name.endswith(HEAD) else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(GRADER / name, target)


def _place(folder, module):
    """The file of a module of the reference package."""
    place = folder.joinpath(*module.split("."))
    return place / "__init__.py" if is_package(module) else place.with_suffix(".py")


def _write(path, tree):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ast.unparse(tree) + "\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------ redaction


def _redacted(module, tree, lesson):
    """A module without hidden code, docstrings, and imports that are no longer needed."""
    body = []
    for node in tree.body:
        names = {f"{module}.{name}" for name in defined_by(node)}
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and names & hidden(lesson):
            body.append(_stub(node, *names, lesson))
        elif not names & hidden(lesson) and not isinstance(node, ast.Expr):  # an expression is the module's docstring
            body.append(_without_docstrings(node))
    if module == PACKAGE:
        return ast.Module([*body, *_submodules()], [])
    if is_package(module):  # a package exists for its imports
        return ast.Module(body, [])
    return ast.Module(_without_idle_imports(body), [])


def _submodules():
    """Imports of all modules that the package loads, so that ``gru_ref.layers`` exists even if nothing needs it."""
    names = (name.removeprefix(f"{PACKAGE}.") for name in sorted(loaded_with(PACKAGE) - {PACKAGE}))
    return ast.parse(f"from {PACKAGE} import {', '.join(n for n in names if '.' not in n)}").body


def _stub(node, name, lesson):
    """A function or class with the same signature that does nothing by itself."""
    if isinstance(node, ast.ClassDef):
        start = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
        return ast.ClassDef(node.name, [], [], [_function(start, _instead(start, name, lesson))], [])
    return _function(node, _instead(node, name, lesson))


def _instead(function, name, lesson):
    """The replacement body of a hidden function."""
    if name in asking(lesson):
        return _ask(name, function.args)
    if name.startswith(f"{PEERS}."):
        return _refuse("ImportError", "other libraries' GRUs are left out while a lesson is graded")
    return _refuse("PermissionError", refusal(name, lesson))


def _function(node, body):
    return ast.FunctionDef(node.name, node.args, body, [], node.returns, lineno=0)


def _refuse(kind, words):
    return ast.parse(f"raise {kind}({words!r})").body


def _ask(name, args):
    """The body of a function that passes its arguments on to the judge."""
    by_place = [a.arg for a in (*args.posonlyargs, *args.args) if a.arg != "self"]
    by_place += [f"*{args.vararg.arg}"] if args.vararg else []
    by_name = [f"{a.arg!r}: {a.arg}" for a in args.kwonlyargs] + ([f"**{args.kwarg.arg}"] if args.kwarg else [])
    handed_on = f"({''.join(f'{a}, ' for a in by_place)})"
    # Imported late: it looks through gru_ref's modules.
    return ast.parse(
        f"from grader.judge.guest.asking import ask\nreturn ask({name!r}, {handed_on}, {{{', '.join(by_name)}}})"
    ).body


def _without_docstrings(node):
    """A statement without the docstrings in it: a copy as far as it differs."""
    node = copy.copy(node)
    for part in _PARTS:
        inner = getattr(node, part, None)
        if isinstance(inner, list):
            setattr(node, part, [_without_docstrings(n) for n in inner])
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return node


def _without_idle_imports(body):
    used = {n.id for node in body for n in ast.walk(node) if isinstance(n, ast.Name)}
    kept = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            node.names = [a for a in node.names if (a.asname or a.name.partition(".")[0]) in used]
            if not node.names:
                continue
        kept.append(node)
    return kept


# -------------------------------------------------------------------------------------------------------------- figures


def _figures():
    """A replacement of `gru_ref.plotting` whose functions draw nothing: marks need no pictures, and drawing takes time."""
    functions = [
        node
        for path in sorted((FOLDER / "plotting").glob("*.py"))
        for node in ast.parse(sealing.read_text(path)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    return ast.parse("\n\n".join(f"def {f.name}(ax, *more, **options):\n    {_empty_legend(f)}" for f in functions))


def _empty_legend(function):
    """If a figure has a legend, a cell may access it: so there is an empty one."""
    legend = f"{function.args.args[0].arg}.legend"
    calls = (ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call))
    return "ax.legend(handles=[])" if legend in calls else "pass"
