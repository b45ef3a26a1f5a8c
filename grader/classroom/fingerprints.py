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
LONGEST_NAME = 200  # characters of what is imported; under a short name it may be in thousands of runs
PIECE = 12  # words of a text that are quoted together; half of them are quoted twice
PLAIN_NUMBERS = {*range(-10, 11), 0.5, 0.1, 100}
SILENT = {ast.Module, ast.Import, ast.ImportFrom, ast.arguments, ast.arg}  # nodes that are no part of a run
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
    comments, structure, why, below = {}, {}, "", None
    try:
        below = _below(ast.parse(source))
        structure = _structure(source, below)
    except Exception as e:  # Python's versions raise different errors for such a text: none may stop the others
        why = f"its code could not be parsed, so at most its comments were compared: {_said(e)}"
    try:
        for comment in _comments(source, below):
            comments |= _wordings(comment, comment)
    except Exception as e:
        why = why or f"its comments could not be read: {_said(e)}"
    return comments | structure, why


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


def _structure(source, below):
    """The runs, names, texts and numbers of a piece of code, with its nodes as `_below` gives them."""
    found = {}
    lines, own = [line.strip() for line in source.split("\n")], _own_names(below)
    nodes = list(_nodes(below, own, _imported(below)))
    for start in range(len(nodes) - RUN + 1):
        run = nodes[start : start + RUN]
        found[_numbered(run)] = _line(lines, run[RUN // 2][1])
    found |= {f"n{name}": f"the name {name}" for name in own if len(name) > 2}
    for node in below:
        if type(node) is not ast.Constant:
            continue
        if isinstance(node.value, str):
            found |= _wordings(node.value, _line(lines, node.lineno))
        elif type(node.value) in (int, float) and node.value not in PLAIN_NUMBERS:
            found[_number(node.value)] = _line(lines, node.lineno)
    return found


def _comments(source, below):
    """The comments of a piece of code; `below` is None if it cannot be parsed."""
    if "#" not in source:
        return []
    texts = (node.value for node in below or () if type(node) is ast.Constant and type(node.value) in (str, bytes))
    if below and not any("#" in repr(text) for text in texts):
        return re.findall("#[^\r\n]*", source)  # then each # begins a comment, unless it is within one
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return (token.string for token in tokens if token.type == tokenize.COMMENT)


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
        if name != "ctx":
            value = getattr(node, name, None)
            if type(value) is list:
                found += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def _own_names(nodes):
    """Names that the answer itself gives to something: a dict, whose keys are in the order of `nodes`."""
    names = {}
    for node in nodes:
        kind = type(node)
        if kind is ast.Name:
            if not isinstance(node.ctx, ast.Load):
                names[node.id] = None
        elif kind is ast.arg:
            names[node.arg] = None
        elif kind in (ast.FunctionDef, ast.ClassDef):
            names[node.name] = None
    return names


def _imported(nodes):
    """The full names behind imported names: ``{"np": "numpy", "e": "numpy.exp"}``."""
    names = dict(LIBRARIES)
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name[:LONGEST_NAME] for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}"[:LONGEST_NAME] for a in node.names}
    return names


def _nodes(below, own, imported):
    """The syntax tree in the order of its text: yields (symbol, line, whether it is a name of the answer's own)."""
    stack, line = [next(iter(below))], 1
    while stack:
        node = stack.pop()
        kind = type(node)
        line = getattr(node, "lineno", line)
        if kind is ast.Expr and isinstance(node.value, ast.Constant):  # a docstring
            continue
        if kind in (ast.Name, ast.Attribute):
            dotted = _dotted(node, own, imported)
            if dotted:
                yield dotted, line, False
                continue
        if kind is ast.Name:
            yield node.id, line, True
        elif kind not in SILENT:
            yield _label(node), line, False
        stack += reversed(_children(node, below))


def _children(node, below):
    kind = type(node)
    if kind in (ast.Import, ast.ImportFrom, ast.arg):
        return []
    if kind is ast.FunctionDef:
        return [node.args, *node.body]
    if kind is ast.AnnAssign:
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
    kind = type(node)
    if kind is ast.Constant:
        value = node.value
        return f"{value:g}" if type(value) in (int, float) and abs(value) < 1e15 else repr(value)[:40]
    if kind is ast.Attribute:
        return f"Attribute {node.attr}"
    if kind is ast.keyword:
        return f"keyword {node.arg}"
    return "Assign" if kind is ast.AnnAssign else kind.__name__


def _numbered(run):
    """The feature of a run of code, in which variables are numbers, in the order of their appearance."""
    numbers = {}
    symbols = [f"\1{numbers.setdefault(text, len(numbers))}" if variable else text for text, _, variable in run]
    return "c" + "\0".join(symbols)  # no symbol contains a zero


def _line(lines, number):
    return lines[number - 1] if number <= len(lines) else ""
