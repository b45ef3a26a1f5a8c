"""Which names of a notebook the code of a cell may read and write, from its text alone."""

import ast
import functools
import symtable
import warnings
from dataclasses import dataclass


def _words(text):
    return frozenset(text.split())


# Modules that say nothing about the notebook that imports them. Any other, such as sys, may.
QUIET = _words(
    """
    collections copy dataclasses functools grader gru_ref itertools math matplotlib numpy operator random scipy statistics
    string time torch typing
    """
)
# Names by which code can get at names that its text does not show,
BEHIND = _words("__import__ builtins f_globals f_locals get_ipython modules sys user_ns")
LOOKING = BEHIND | _words("In Out breakpoint compile delattr dir eval exec globals locals setattr vars")
# and attributes by which it may change what other cells do or show.
CHANGING = _words(
    """
    basicConfig chdir environ filterwarnings manual_seed rc rc_context rcParams rcdefaults register reload reset_options
    resetwarnings seed simplefilter style use
    """
)
_HARMLESS = _words(
    """
    __add__ __annotations__ __call__ __contains__ __doc__ __enter__ __eq__ __exit__ __getitem__ __init__ __iter__ __len__
    __lt__ __mul__ __name__ __neg__ __next__ __post_init__ __repr__ __setitem__ __str__ __sub__ __version__
    """
)
NUMPY, PYTHON, TORCH = GENERATORS = ("numpy's generator", "Python's generator", "PyTorch's generator")
_OF_TORCH = ("F", "functional", "init", "nn", "torch")
_NOT_SHARED = ("default_rng", "Generator")
_OWN = ("self", "cls")
_KEPT = ("set", "setdefault")
_LARGEST = 50_000  # characters
# The parts of a cell that the functions below look at.
_TELLING = (
    ast.Import, ast.ImportFrom, ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.AugAssign,
    ast.Await, ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef,
)  # fmt: skip


@dataclass(frozen=True)
class Names:
    """The names of the notebook that a cell's text shows.

    `reads` are the names that it may read, at once or when a function of it is called, `writes` those that it gives a value
    or deletes. Among them are, as "?half_life", predictions, and the names of random generators that all code shares, see
    GENERATORS. `looks` is whether it may read others, too, and `unclear` whether it may do more than read and write names:
    then nothing should be concluded from its text. `own` are the names that it reads only as in ``own(name)``.
    """

    reads: frozenset
    writes: frozenset
    looks: bool = False
    unclear: bool = False
    own: frozenset = frozenset()


@functools.lru_cache(maxsize=2000)
def names_of(source):
    """The Names of a cell.

    Parameters
    ----------
    source : str, the cell's text

    Returns
    -------
    names : Names; `unclear` if the text is not plain Python, or looks for names or settings by other means
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if len(source) > _LARGEST:
                raise ValueError("too long")
            tree = ast.parse(source)
            table = symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(frozenset(), frozenset(), True, True)
    nodes = [node for node in ast.walk(tree) if isinstance(node, _TELLING)]
    own = _only_own(nodes)
    reads, writes = frozenset(_reads(table)) - own, frozenset(_writes(table))
    changed = {n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    reads |= changed & writes  # += reads a name, too
    drawn = frozenset(_draws_from(reads, nodes))
    reads, writes = reads | drawn | _asked(nodes, "outcome"), writes | drawn | _asked(nodes, "predict")
    looks = any(map(_looks, nodes)) or any(
        n.startswith("_") and n not in writes for n in reads
    )  # IPython's earlier outputs
    return Names(reads, writes, looks, looks or any(map(_changes, nodes)), own)


def predictions_of(source):
    """What a cell predicts, if it does nothing else and says so in plain values.

    Parameters
    ----------
    source : str, the cell's text

    Returns
    -------
    predictions : ``{"half_life": 7, …}``, or None if the cell does anything else
    """
    if len(source) > _LARGEST:
        return None
    found = {}
    try:
        for node in ast.parse(source).body:
            match node:
                case ast.Expr(ast.Call(ast.Name("predict"), [ast.Constant(str(name)), guess], [])):
                    found[name] = ast.literal_eval(guess)
                case _:
                    return None
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
    return found or None


def questions_of(source):
    """The predictions that a cell compares with what came, each with the unit that it adds: ``{"half_life": " steps", …}``.

    None if its text does not tell, or if one of them may be compared several times.
    """
    found = {}
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(ast.Name("outcome"), [ast.Constant(str(name)), _, *unit], []) if name not in found:
                found[name] = unit[0].value if unit and isinstance(unit[0], ast.Constant) else None if unit else ""
            case ast.Call(ast.Name("outcome")):
                return None
    return None if None in found.values() else found


def _tables(table):
    yield table
    for inner in table.get_children():
        yield from _tables(inner)


def _reads(table):
    for scope in _tables(table):
        for symbol in scope.get_symbols():
            # In the body of a class a name may be the notebook's until the body gives it a value.
            of_notebook = scope is table or scope.get_type() == "class" or symbol.is_global()
            if of_notebook and symbol.is_referenced():
                yield symbol.get_name()


def _writes(table):
    for scope in _tables(table):
        for symbol in scope.get_symbols():
            if (scope is table or symbol.is_declared_global()) and (symbol.is_assigned() or symbol.is_imported()):
                yield symbol.get_name()


def _only_own(nodes):
    """The names that occur only as the argument of `own`, which gives the course's function whatever they stand for."""
    called = {
        id(node.args[0])
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "own" and len(node.args) == 1
    }
    found = [node for node in nodes if isinstance(node, ast.Name)]
    return frozenset(n.id for n in found if id(n) in called) - {n.id for n in found if id(n) not in called}


def _draws_from(reads, nodes):
    """Which of the shared random generators a cell may draw from."""
    parts = {node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    parts |= {alias.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    if "torch" in parts or not reads.isdisjoint(_OF_TORCH):
        yield TORCH
    if "random" in parts or "random" in reads:
        yield PYTHON
    chains = (node for node in nodes if isinstance(node, ast.Attribute) and node.attr not in _NOT_SHARED)
    if any("random" in (getattr(node.value, "attr", ""), getattr(node.value, "id", "")) for node in chains) or any(
        isinstance(node, ast.ImportFrom) and node.module == "numpy.random" for node in nodes
    ):
        yield NUMPY


def _asked(nodes, function):
    """The predictions that a cell notes, or compares with what came."""
    calls = (node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function)
    named = (node.args[0] for node in calls if node.args and isinstance(node.args[0], ast.Constant))
    return frozenset(f"?{node.value}" for node in named)


def _looks(node):
    """Whether a part of a cell may read names that are not in it."""
    match node:
        case ast.ImportFrom(module=module, names=names):
            return module == "__main__" or any(alias.name == "*" or alias.name in LOOKING for alias in names)
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] in LOOKING | {"__main__"} for alias in names)
        case ast.Name(id=name):
            return name in LOOKING or _is_special(name)
        case ast.Attribute(attr=name):
            return name in BEHIND or _is_special(name)
        case ast.Call(func=ast.Name(id="predict" | "outcome"), args=args):
            return not args or not isinstance(args[0], ast.Constant)  # which prediction is it?
        case ast.Constant(value=str(text)):
            return "__main__" in text or "__globals__" in text
    return False


def _is_special(name):
    return name.startswith("__") and name not in _HARMLESS


def _changes(node):
    """Whether a part of a cell may change more than the notebook's names, or what they stand for."""
    match node:
        case ast.ImportFrom(module=module):
            return not module or module.partition(".")[0] not in QUIET
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] not in QUIET for alias in names)
        case ast.Attribute(value=value, attr=name, ctx=context):
            stored = not isinstance(context, ast.Load) and getattr(value, "id", "") not in _OWN
            return stored or name in CHANGING or (name.startswith("set") and name not in _KEPT)
        case ast.Constant(value=str(text)):
            return "__" in text and text not in _HARMLESS
        case ast.Await() | ast.AsyncFor() | ast.AsyncWith() | ast.AsyncFunctionDef():
            return True
    return False
