"""A reader may run a lesson's cells again in any order: no cell overwrites another cell's name."""

import ast
import builtins
import copy
import random
import symtable

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from grader.authoring.source import read_lesson
from tests.lessons.test_lessons import SOURCES, code_cells, execute, failing_cells

# Whichever generator of random numbers stands in `rng`, a cell that draws from it works.
ANY_WILL_DO = {"rng"}


@pytest.mark.parametrize("name", SOURCES)
def test_a_name_that_other_cells_read_is_given_in_one_cell(name):
    """So a cell finds what it needs, whatever was run after it."""
    cells = code_cells(read_lesson(SOURCES[name]).notebook().cells)
    given = {}
    for cell in cells:
        for bound in names_bound(cell.source):
            given.setdefault(bound, []).append(cell.id)
    several = {bound for bound, ids in given.items() if len(ids) > 1} - ANY_WILL_DO
    needed = {c.id: names_needed(c.source) | names_read_in_functions(c.source) for c in cells}
    assert {id: found for id, names in needed.items() if (found := names & several)} == {}


# The short lessons in one order; `make exhaustive` tries all, in three.
ORDERS = [
    pytest.param(name, seed, marks=[] if name < "06" and seed == 0 else [pytest.mark.exhaustive])
    for name in SOURCES
    for seed in range(3)
]


@pytest.mark.system
@pytest.mark.parametrize(("name", "seed"), ORDERS)
def test_after_a_whole_lesson_every_cell_runs_again_in_any_order(name, seed, tmp_path):
    notebook = read_lesson(SOURCES[name]).notebook()
    again = code_cells(copy.deepcopy(notebook.cells))
    random.Random(seed).shuffle(again)
    for cell in again:
        cell.id = f"again-{cell.id}"
    notebook.cells += again
    run = execute(notebook, tmp_path)
    assert run.state == "finished", run.reason
    assert failing_cells(code_cells(run.notebook.cells)) == []


# ------------------------------------------------------------------------------------------------- names in a cell's code


def names_bound(source):
    """The names that a cell's own statements give a value to, outside of its functions, classes and comprehensions."""
    return {
        s.get_name() for s in _table(source).get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }


def names_needed(source):
    """The names that a cell needs from others: read before the cell itself gives them a value, or in its functions."""
    return _read_first(ast.parse(_python(source)).body, set()) - set(dir(builtins))


def names_read_in_functions(source):
    """The names around them that a cell's functions read: when they are called, another cell may have set these again."""
    found, waiting = set(), _table(source).get_children()
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        if table.get_type() == "function" and not table.get_name().endswith(("comp", "genexpr")):
            found |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return found


def _python(source):
    return TransformerManager().transform_cell(source)


def _table(source):
    return symtable.symtable(_python(source), "cell", "exec")


def _read_first(statements, known):
    """Names read by statements in their order, of which none is among the `known`, to which their own are added."""
    found = set()
    for statement in statements:
        for part in _steps(statement):
            if isinstance(part, list):
                found |= _read_first(part, known)
                continue
            table = symtable.symtable(ast.unparse(part), "part", "exec")
            found |= _reads(table) - known
            known |= {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return found


def _steps(statement):
    """A statement in the order in which it runs: of a loop its head, then its body, a list of statements."""
    if isinstance(statement, ast.For):
        head = ast.Assign([statement.target], statement.iter)
        return [ast.fix_missing_locations(head), statement.body, statement.orelse]
    if isinstance(statement, ast.With):
        pairs = [(item.context_expr, item.optional_vars) for item in statement.items]
        heads = [ast.Assign([target], value) if target else ast.Expr(value) for value, target in pairs]
        return [*map(ast.fix_missing_locations, heads), statement.body]
    if isinstance(statement, ast.AugAssign):
        before = ast.parse(ast.unparse(statement.target), mode="eval").body
        return [ast.Expr(before), statement]
    if isinstance(statement, ast.Try):
        caught = [part for handler in statement.handlers for part in _of_handler(handler)]
        return [statement.body, *caught, statement.orelse, statement.finalbody]
    if isinstance(statement, ast.If | ast.While):
        return [ast.Expr(statement.test), statement.body, statement.orelse]
    return [statement]


def _of_handler(handler):
    if handler.name:
        yield ast.fix_missing_locations(ast.Assign([ast.Name(handler.name, ast.Store())], handler.type))
    yield handler.body


def _reads(table):
    """Global names that a symbol table and those inside it read."""
    top = table.get_type() == "module"
    own = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return own.union(*map(_reads, table.get_children()))


@pytest.mark.parametrize(
    ("source", "bound", "needed"),
    [
        ("x = a + 1\nprint(x)", {"x"}, {"a"}),
        ("x = x + 1", {"x"}, {"x"}),
        ("n += 1", {"n"}, {"n"}),
        ("for i in range(n):\n    s = i * k\nprint(s)", {"i", "s"}, {"n", "k"}),
        ("def f(a, b=c):\n    d = a * g\n    return d", {"f"}, {"c", "g"}),
        ("rows = [r + q for r in rs]", {"rows"}, {"q", "rs"}),
        ("import numpy as np\nfrom m import a\nnp.ones(a)", {"np", "a"}, set()),
        ("with torch.no_grad() as g:\n    y = g(y)", {"g", "y"}, {"torch", "y"}),
        ("if ok:\n    u = 1\nelse:\n    u = v", {"u"}, {"ok", "v"}),
        ("w = lambda t: t + s\nw(1)", {"w"}, {"s"}),
        ("a, (b, *c) = d", {"a", "b", "c"}, {"d"}),
        ("try:\n    f(a)\nexcept E as e:\n    print(e)", {"e"}, {"f", "a", "E"}),
        ("%matplotlib inline\nx = 1", {"x"}, {"get_ipython"}),
    ],
)
def test_the_search_finds_the_names(source, bound, needed):
    assert (names_bound(source), names_needed(source)) == (bound, needed)
