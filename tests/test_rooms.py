"""The grader's packages and the imports between them: each imports only from those below it; anything else fails.

``python tests/test_rooms.py`` prints the graph as it is.
"""

import ast
from collections import Counter
from pathlib import Path

import pytest

import grader

GRADER = Path(__file__).resolve().parents[1] / "grader"
# Each package, from the bottom up, and the others that it may import from.
ROOMS = {
    "base": set(),
    "figures": set(),
    "explorer": {"base"},
    "notebook": {"base"},
    "answer": {"base"},
    "exercises": {"base", "answer"},
    "checking": {"base", "answer", "exercises"},
    "authoring": {"base", "exercises"},
    "learner": {"base", "figures", "notebook", "answer", "exercises", "checking", "authoring"},
    "judge": {"base", "figures", "notebook", "answer", "exercises", "checking", "authoring"},
    "publishing": {"base", "notebook", "exercises", "authoring", "learner"},
    "classroom": {"base", "notebook", "exercises", "authoring", "judge"},
    "exam": {"base", "notebook", "classroom"},
}
FRONT = {"grader", "grader.cli", "grader.doctor"}  # what notebooks and the terminal call; may import from every package
LIGHT = ("base", "answer")  # what the sandbox has a copy of


def modules():
    """The grader's modules by their full names."""
    paths = {".".join(path.relative_to(GRADER.parent).with_suffix("").parts): path for path in GRADER.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def imports(path, known):
    """The grader's modules that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"{path} line {node.lineno}: imports are absolute")
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "grader":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "grader")


def room(module):
    """The package that a module belongs to; None for the front."""
    return None if module in FRONT else module.split(".")[1]


def arrows():
    """(module, imported module) for every import across packages."""
    known = modules()
    pairs = ((module, other) for module, path in known.items() for other in imports(path, known))
    return [(module, other) for module, other in pairs if room(module) != room(other)]


def test_every_module_belongs_to_a_package_that_is_listed():
    assert {room(module) for module in modules()} - {None} == set(ROOMS)


def test_no_package_takes_the_name_of_a_tool():
    """Which `from grader import check` would then give in one process and not in another."""
    assert not {name.split(".")[1] for name in modules() if "." in name} & set(grader.__all__)


def test_no_arrow_runs_back():
    places = list(ROOMS)
    assert all(places.index(below) < places.index(above) for above, allowed in ROOMS.items() for below in allowed)
    wrong = [f"{a} imports {b}" for a, b in arrows() if room(a) and (room(b) is None or room(b) not in ROOMS[room(a)])]
    assert not wrong, wrong


def test_every_arrow_is_there():
    drawn = {(room(a), room(b)) for a, b in arrows() if room(a)}
    assert drawn == {(above, below) for above, allowed in ROOMS.items() for below in allowed}


@pytest.mark.parametrize("package", LIGHT)
def test_what_the_sandbox_shares_loads_nothing_above_it(package):
    known = modules()
    waiting = [name for name in known if name.split(".")[1:2] == [package]]
    reached = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports(known[name], known)
    assert {room(name) for name in reached} <= set(LIGHT)


if __name__ == "__main__":
    for (above, below), count in sorted(Counter((room(a), room(b)) for a, b in arrows()).items(), key=str):
        print(f"{above or 'front':10} -> {below or 'front':10} {count}")
