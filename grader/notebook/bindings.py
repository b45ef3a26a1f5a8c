"""Which names the code of a cell defines."""

import ast
import re
import symtable
import warnings

SHOWING = ("print", "display", "Markdown", "HTML", "Latex", "Math")  # functions with which a code cell shows a text


def defines(cell, name):
    """Whether a code cell gives the name a value at its top level, by def, class or =."""
    if cell.cell_type != "code":
        return False
    body = _statements(cell.source)
    if body is None:
        return bool(re.search(rf"^(?:def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*=", cell.source, re.M))
    for node in body:
        if getattr(node, "name", None) == name and isinstance(node, ast.FunctionDef | ast.ClassDef):
            return True
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(n, ast.Name) and n.id == name for t in targets if t is not None for n in ast.walk(t)):
            return isinstance(node, ast.Assign | ast.AnnAssign)
    return False


def writes(cell, name):
    """Whether a cell of any type defines a function or class of that name, as an answer does."""
    return bool(
        re.search(rf"^(?:def|class)\s+{re.escape(name)}\b|^{re.escape(name)}\s*=\s*lambda\b", cell.source, re.M)
    )


def bound(cell):
    """All names that a code cell binds or deletes at its top level, in any way: a set, empty if it is not Python."""
    if cell.cell_type != "code":
        return set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = symtable.symtable(cell.source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def same_code(source, other):
    """Whether two pieces of code differ at most in comments and spaces."""
    body, of_other = _statements(source), _statements(other)
    if body is None or of_other is None or len(body) != len(of_other):
        return False
    try:
        return all(ast.dump(a) == ast.dump(b) for a, b in zip(body, of_other, strict=True))
    except RecursionError:  # nested too deeply to come from the lesson
        return False


def only_imports(cell):
    """Whether a code cell imports and does nothing else."""
    body = _statements(cell.source) if cell.cell_type == "code" else None
    return bool(body) and all(map(_is_import, body))


def only_words(source):
    """Whether a code cell only says something: comments, texts and calls that show texts, or no Python at all."""
    body = _statements(source)
    if body is None:
        return bool(re.match(r"\s*%%(markdown|html|latex)\b", source)) or not re.search(
            r"^[ \t]*[%!]|\?[ \t]*$", source, re.M
        )
    return all(_says(node) for node in body) and not all(map(_is_import, body or [None]))


def _says(node):
    said = isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) and _is_text(node.value)
    return said or _is_import(node)


def _is_text(value):
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") in SHOWING:
        return bool(value.args) and all(map(_is_text, value.args))
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))


def _is_import(node):
    return isinstance(node, ast.Import | ast.ImportFrom)


def _statements(source):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
