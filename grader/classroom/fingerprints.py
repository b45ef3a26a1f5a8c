"""The features of one answer by which answers are compared, and fingerprints of them.

The features of code are runs of nodes of its syntax tree (without names of variables, comments, docstrings, imports and
formatting), the wordings of its comments and texts, its names and its numbers; those of a text in words are its wordings.
The runs are those of Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003;
answers are so short that all runs are kept. A fingerprint is a feature's 64-bit BLAKE2 hash.
"""

import ast
import io
import re
import tokenize
from hashlib import blake2b

RUN = 6  # nodes of the syntax tree in one run of code
WORDS = 3  # words in one run of a comment or text
KINDS = "cwn#"  # a feature is a text; its first character says whether it is code, words, a name or a number
SIZE = 8  # bytes of a fingerprint
LONGEST = 20_000  # characters; nobody writes such an answer by hand
PIECE = 12  # words of a text that are quoted together; half of them are quoted twice
PLAIN_NUMBERS = {*range(-10, 11), 0.5, 0.1, 100}
LIBRARIES = {"np": "numpy", "plt": "matplotlib.pyplot"}


def fingerprint(feature):
    """A feature's fingerprint: SIZE bytes."""
    return blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()


def read_code(source):
    """The features of a piece of code, and why some or all are missing.

    Returns
    -------
    features : dict from each feature to the text that shows it
    why : str, "" if none are missing
    """
    if len(source) > LONGEST:
        return {}, too_long(source)
    found, why = {}, ""
    try:
        for comment in _comments(source):
            found |= _wordings(comment, comment)
    except Exception as e:  # Python's versions raise different errors for such a text: none may stop the others
        why = f"its comments could not be read: {_said(e)}"
    try:
        found |= _structure(source)
    except Exception as e:
        why = f"its code could not be parsed, so at most its comments were compared: {_said(e)}"
    return found, why


def read_words(text):
    """The same for a text in words."""
    if len(text) > LONGEST:
        return {}, too_long(text)
    words = re.findall(r"\S+", text)
    pieces = (" ".join(words[i : i + 2 * PIECE]) for i in range(0, len(words), PIECE))
    return {feature: piece for piece in pieces for feature in _wordings(piece, piece)}, ""


def too_long(text):
    """Why a text of more than LONGEST characters is not compared."""
    return f"it is too long: {len(text):,} characters, at most {LONGEST:,} are compared"


def _said(error):
    """An error of Python's parser in a few words."""
    text = f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) else str(error)
    return ": ".join(filter(None, (type(error).__name__, text[:100])))


def _structure(source):
    """The runs, names, texts and numbers of a piece of code."""
    found = {}
    tree = ast.parse(source)
    lines, below = [line.strip() for line in source.split("\n")], _below(tree)
    own = _own_names(below)
    nodes = list(_nodes(tree, below, own, _imported(below)))
    for start in range(len(nodes) - RUN + 1):
        run = nodes[start : start + RUN]
        found[_numbered(run)] = _line(lines, run[RUN // 2][1])
    found |= {f"n{name}": f"the name {name}" for name in own if len(name) > 2}
    for node in below:
        if not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str):
            found |= _wordings(node.value, _line(lines, node.lineno))
        elif type(node.value) in (int, float) and node.value not in PLAIN_NUMBERS:
            found[_number(node.value)] = _line(lines, node.lineno)
    return found


def _comments(source):
    if "#" not in source:
        return ()
    return (t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT)


def _wordings(text, shown):
    words = re.findall(r"\w+", text.lower())
    runs = [words[i : i + WORDS] for i in range(max(1, len(words) - WORDS + 1))] if words else ()
    return {"w" + " ".join(run): shown for run in runs}


def _number(value):
    """The feature of a number; 37 and 37.0 are the same one."""
    whole = isinstance(value, int) or value.is_integer()
    return f"#{int(value):x}" if whole else f"#{value!r}"  # in base 16, an integer of any length has a text


def _below(tree):
    """All nodes of a syntax tree, those nearer to its root first, each with the list of those directly below it: a dict.

    The nodes that say whether a name is read or set are left out.
    """
    found, nodes = {}, [tree]
    for node in nodes:  # which grows meanwhile
        found[node] = _child_nodes(node)
        nodes += found[node]
    return found


def _child_nodes(node):
    found = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [part for part in value if isinstance(part, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            found.append(value)
    return found


def _own_names(nodes):
    """Names that the answer itself gives to something: a dict, whose keys are in the order of `nodes`."""
    names = {}
    for node in nodes:
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                names[node.id] = None
        elif isinstance(node, ast.arg):
            names[node.arg] = None
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names[node.name] = None
    return names


def _imported(nodes):
    """The full names behind imported names: ``{"np": "numpy", "e": "numpy.exp"}``."""
    names = dict(LIBRARIES)
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def _nodes(tree, below, own, imported):
    """The syntax tree in the order of its text: yields (symbol, line, whether it is a name of the answer's own)."""
    stack, line = [tree], 1
    while stack:
        node = stack.pop()
        line = getattr(node, "lineno", line)
        if isinstance(node, (ast.Module, ast.Import, ast.ImportFrom, ast.arguments)):
            stack += reversed(_children(node, below))
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
            continue
        dotted = _dotted(node, own, imported)
        if dotted:
            yield dotted, line, False
            continue
        if isinstance(node, ast.Name):
            yield node.id, line, True
        elif not isinstance(node, ast.arg):
            yield _label(node), line, False
        stack += reversed(_children(node, below))


def _children(node, below):
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.arg)):
        return []
    if isinstance(node, ast.FunctionDef):
        return [node.args, *node.body]
    if isinstance(node, ast.AnnAssign):
        return [node.target, *filter(None, [node.value])]
    return below[node]


def _dotted(node, own, imported):
    """``numpy.exp`` for `np.exp`; None for a name that is not a library's."""
    parts = []
    while isinstance(node, ast.Attribute) and len(parts) < 5:  # nobody's library goes deeper
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id in own:
        return None
    return ".".join([imported.get(node.id, node.id), *reversed(parts)])


def _label(node):
    kind = type(node).__name__
    match node:
        case ast.AnnAssign():
            return "Assign"
        case ast.Constant(value=value):
            return f"{value:g}" if type(value) in (int, float) and abs(value) < 1e15 else repr(value)[:40]
        case ast.Attribute(attr=name) | ast.keyword(arg=name):
            return f"{kind} {name}"
        case _:
            return kind


def _numbered(run):
    """The feature of a run of code, in which variables are numbers, in the order of their appearance."""
    numbers = {}
    symbols = [f"\1{numbers.setdefault(text, len(numbers))}" if variable else text for text, _, variable in run]
    return "c" + "\0".join(symbols)  # no symbol contains a zero


def _line(lines, number):
    return lines[number - 1] if number <= len(lines) else ""
