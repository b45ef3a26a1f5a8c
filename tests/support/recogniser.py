"""Recognise a right answer to an exercise: by its formulas, whatever their variables are called, and by its longer lines."""

import ast
import base64
import bz2
import contextlib
import copy
import gzip
import importlib.util
import io
import json
import lzma
import marshal
import re
import tarfile
import zipfile
import zlib
from functools import cache

from grader.authoring.withheld import withhold
from grader.exercises import bank
from grader.exercises.exercise import source_of
from grader.judge import course_package, taught

LESSONS = list(bank())


def right_answers(lesson):
    """Syntax trees of all that answers a lesson's exercises: references, solutions, right answers in other styles."""
    for name, exercise in bank()[lesson].items():
        reference = taught.full_name(exercise.reference)
        for part in course_package.reached({reference}, unless=()) & taught.hidden(lesson):
            yield course_package.definitions()[part]
        yield taught.solution(lesson, name)
        yield from (ast.parse(source_of(other, name)) for other in exercise.others)


@cache
def formulas_of(lesson):
    return frozenset().union(*map(formulas, right_answers(lesson)))


@cache
def lines_of(lesson):
    return frozenset(line for tree in right_answers(lesson) for line in lines(tree))


# Most modules are the same in the images of all lessons.


@cache
def formulas_in(text):
    return formulas(ast.parse(text))


@cache
def lines_in(text):
    text = " ".join(text.split())
    return {line for line, flat in flat_lines().items() if flat in text}


@cache
def flat_lines():
    """The lines of all lessons' right answers, and what they look like with single spaces."""
    return {line: " ".join(line.split()) for line in frozenset().union(*map(lines_of, LESSONS))}


def formulas(tree):
    """Everything in a tree that computes something, whatever its variables are called."""
    kinds = (ast.BinOp, ast.Compare, ast.Subscript, ast.IfExp)
    return {shape(node) for node in ast.walk(tree) if isinstance(node, kinds) and parts(node) >= 3}


def parts(node):
    return sum(isinstance(n, (ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute)) for n in ast.walk(node))


def shape(node):
    node, names = copy.deepcopy(node), {}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id != "np":
            part.id = names.setdefault(part.id, f"v{len(names)}")
    return ast.unparse(node)


NO_SECRET = {
    "outside = lengths[(lengths < 1) | (lengths > T)]",  # checks an argument, for tensors as for arrays
    "n = np.tanh(x @ p.W_in.T + p.b_in + r * q)",  # lesson 08 keeps q, and gru_jacobian uses it so
}


def lines(tree):
    """The longer lines of a tree that compute something: no checks of arguments, no imports."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)):
            line = ast.unparse(node)
            if len(line) > 30 and not line.startswith("check_") and line not in NO_SECRET:
                yield line


def given_away(folder, lesson):
    """Formulas and lines of right answers to this lesson's and later exercises, which no earlier lesson taught."""

    def of_later_lessons_alone(found_in):
        later, earlier = ([L for L in LESSONS if (lesson <= L) is wanted] for wanted in (True, False))
        return frozenset().union(*map(found_in, later)) - frozenset().union(*map(found_in, earlier))

    secret, secret_lines = of_later_lessons_alone(formulas_of), of_later_lessons_alone(lines_of)
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield from (f"{path.name}: {found}" for found in (formulas_in(text) & secret) | (lines_in(text) & secret_lines))


# ---------------------------------------------------------------------------------- in files of any kind, of all lessons
#
# What the lessons themselves show outside their solutions is no secret. Everything else is, wherever it is.

SHORTEST = 30  # characters of a line, without its spaces, that gives something away
# What the grader's own code has in common with some answer, for purposes of its own.
BY_CHANCE = {"v0(v1) - v0(v2)", "np.arange(v0(v1))[:, None]", "where=next(model.parameters()).device"}
DEEPEST = 4  # of what is packed within something packed


@cache
def secrets():
    """(formulas, flat lines) of all right answers and of all model answers in words, except those that the lessons show."""
    trees = [tree for lesson in LESSONS for tree in right_answers(lesson)]
    trees += [ast.parse(text) for lesson in LESSONS for e in bank()[lesson].values() for text in e.answers.values()]
    trees = [without_docstrings(tree) for tree in trees]  # which tell what a function does, to whoever asks
    found = frozenset().union(*map(formulas, trees)), {flat(line) for tree in trees for line in lines(tree)}
    for lesson in LESSONS:
        found[1].update(flat(line) for line in _in_words(lesson))
    shown_formulas, shown = _shown()
    secret = {line for line in found[1] if len(line) >= SHORTEST and line not in shown}
    return found[0] - shown_formulas - BY_CHANCE, secret - BY_CHANCE


@cache
def _by_beginning():
    beginnings = {}
    for line in secrets()[1]:
        beginnings.setdefault(line[:SHORTEST], []).append(line)
    return beginnings


def without_docstrings(tree):
    tree = copy.deepcopy(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _in_words(lesson):
    for cell in taught.source(lesson).cells:
        if "written" in cell.markers:
            region = cell.text.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
            yield from region.replace("**Rubric**", "").splitlines()


@cache
def _shown():
    """(formulas, one flat text) of everything that learners are shown: the lessons without their solutions."""
    trees, texts = [], []
    for lesson in LESSONS:
        for cell in taught.source(lesson).cells:
            text = withhold(cell.text)
            texts.append(flat(text))
            if cell.kind == "code":
                trees.append(ast.parse(text))
            else:
                trees += _parsed(re.findall(r"```python\n(.*?)```", text, re.S))
    return frozenset().union(*map(formulas, trees)), "\n".join(texts)


def flat(text):
    """A text without what differs from one way of writing it to the next: spaces, the kind of quotes, escapes of JSON."""
    return re.sub(r"\\[n\"]|[\s\"'`\\]", "", text)


def found_in(text, where=""):
    """What of any right answer is in a text: Python, a notebook, Markdown or anything else. Yields a remark for each find."""
    secret, _ = secrets()
    if where.endswith(".py"):
        parts = [text]
    elif where.endswith(".ipynb"):
        parts = ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    else:
        parts = re.findall(r"```python\n(.*?)```", text, re.S)
    for tree in _parsed(parts):
        yield from (f"{where}: {formula}" for formula in formulas(tree) & secret)
    yield from (f"{where}: {line}" for line in lines_found(flat(text)))


def lines_found(text):
    """The secret lines in a flat text. There are a thousand, so their beginnings are looked up at each character."""
    beginnings = _by_beginning()
    places = (k for k in range(len(text) - SHORTEST + 1) if text[k : k + SHORTEST] in beginnings)
    return {line for k in places for line in beginnings[text[k : k + SHORTEST]] if text.startswith(line, k)}


def _parsed(texts):
    for text in texts:
        with contextlib.suppress(SyntaxError):
            yield ast.parse(text)


def found_in_bytes(data, where="", depth=0):
    """The same for the bytes of a file: of its text, and of whatever a usual program would unpack from it."""
    with contextlib.suppress(UnicodeDecodeError):
        yield from found_in(data.decode(), where)
    if depth < DEEPEST:
        for how, content in unpacked(data):
            yield from found_in_bytes(content, f"{where}/{how}", depth + 1)


def unpacked(data):
    """(how, bytes) of everything that is packed in the data by itself: archives and their members, compressed or encoded."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    with contextlib.suppress(tarfile.TarError, EOFError), tarfile.open(fileobj=io.BytesIO(data)) as archive:
        yield from ((m.name, archive.extractfile(m).read()) for m in archive if m.isfile())
    for start in {0, data.find(b"\n") + 1}:  # a head of one line may stand before it
        for name, unpack in UNPACK.items():
            with contextlib.suppress(Exception):
                yield name, unpack(data[start:])


UNPACK = {
    "zlib": zlib.decompress,
    "deflate": lambda data: zlib.decompress(data, -15),
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "lzma": lzma.decompress,
    "base64": lambda data: base64.b64decode(b"".join(data.split()), validate=True),
    "base85": lambda data: base64.b85decode(b"".join(data.split())),
    "compiled": lambda data: "\n".join(_texts_in(_compiled(data))).encode(),
}


def _compiled(data):
    """The code in a .pyc file of this Python; anything else would ask `marshal` for far too much memory."""
    if not data.startswith(importlib.util.MAGIC_NUMBER):
        raise ValueError
    return marshal.loads(data[16:])


def _texts_in(code):
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif hasattr(constant, "co_consts"):
            yield from _texts_in(constant)
