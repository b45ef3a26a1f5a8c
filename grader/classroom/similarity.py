"""Answers that share more unusual features than chance explains: worth a look by a person, and nothing more.

Short answers are similar by nature, so similarity alone proves nothing. Only *rare* features count: runs of code (without
names of variables, comments, docstrings, imports and formatting), wordings of comments and texts, names, numbers. What
occurs in the lesson or in one of the course's known answers, right or wrong, is left out, and so is what many in the
class wrote. The fewer others have a shared feature, the more it counts: −log₂ of their share, in bits. The runs are those
of Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003; answers are so
short that all runs are kept.
"""

import ast
import io
import itertools
import math
import re
import tokenize
import warnings
from collections import defaultdict
from dataclasses import dataclass

RUN = 6  # nodes of the syntax tree in one run of code
WORDS = 3  # words in one run of a comment or text
# Runs overlap, so each unusual item is in as many runs as a run is long. Names and numbers easily agree by chance.
WEIGHTS = {"code": 1 / RUN, "words": 1 / WORDS, "name": 1 / 2, "number": 1 / 2}
MANY, MANY_OF = 20, 10  # what more than 20, or one in 10, wrote probably came from a lecture, a book or an assistant
MARGIN = 25  # bits beyond what the number of pairs in the class explains
LEAST_SHARE = 0.25  # of all unusual features in the plainer of two students' answers
LONGEST = 20_000  # characters; nobody writes such an answer by hand
LEAST_ROOM, ROOM_EACH = 500_000, 1_000  # characters compared in a class: at least, and for each answer
QUOTES = 4
PIECE = 12  # words of a text that are quoted together; half of them are quoted twice
PLAIN_NUMBERS = {*range(-10, 11), 0.5, 0.1, 100}
LIBRARIES = {"np": "numpy", "plt": "matplotlib.pyplot"}


@dataclass(frozen=True)
class Alike:
    """Students whose answers in one lesson share unusual features.

    `bits` says how unusual; `share` is the shared part of all unusual features in the plainer of the two closest answers;
    `exercises` says where, and `shared` quotes some of them.
    """

    lesson: str
    students: tuple[str, ...]
    exercises: tuple[str, ...]
    bits: float
    share: float
    shared: tuple[str, ...]


@dataclass(frozen=True)
class NotCompared:
    """An answer that was not compared, or only partly, and why."""

    student: str
    lesson: str
    exercise: str
    why: str


def find_alike(lesson, answers, known, on_skipped=lambda skipped: None, words=False):
    """Groups of students whose answers are worth comparing by eye.

    Two students are grouped if their shared rare features are worth at least ``2 log₂ n + MARGIN`` bits, for n students:
    the first term allows for the number of pairs, some of which are always similar by chance. A feature that a student
    uses in every exercise counts once: it is one habit.

    Parameters
    ----------
    lesson : its name
    answers : ``{exercise: {student: source}}``; a source may be several, a tuple
    known : code that everyone could see, and the answers that the course knows
    on_skipped : called with a NotCompared for each source that cannot be compared as a whole
    words : whether the answers are not code but texts, written in words

    Returns
    -------
    groups : list of Alike, the strongest first
    """
    read = _read_words if words else _read_code
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's warnings about a learner's text
        common = set().union(*(read(text)[0] for text in known))
        unusual = _unusual(
            answers,
            common,
            read,
            lambda student, exercise, why: on_skipped(NotCompared(student, lesson, exercise, why)),
        )
    rare = _Rare(unusual)
    pairs = rare.pairs()
    groups = []
    for students in _connected(pairs):
        first, second = max((p for p in pairs if p[0] in students), key=lambda p: (pairs[p], p))
        share = pairs[first, second] / min(rare.own[first], rare.own[second])
        shared, exercises = rare.shared(first, second)
        in_order = tuple(e for e in answers if e in exercises)
        groups.append(Alike(lesson, tuple(students), in_order, pairs[first, second], share, shared))
    return sorted(groups, key=lambda g: (-g.bits, g.students))


def known_texts(exercises, taught):
    """Texts that do not count as similarity: a lesson's own code, and every known answer to its exercises.

    Parameters
    ----------
    exercises : iterable of Exercise
    taught : list of str, the code cells of the solved lesson
    """
    known = [source for e in exercises for source in e.sources]
    return [*taught, *known]


def fingerprints(source):
    """The features of an answer: a dict from each feature to the text that shows it."""
    return _read_code(source)[0]


# ---------------------------------------------------------------------------------------------------------- one answer


def _read_code(source):
    """The fingerprints of a piece of code, and why some or all are missing; "" if none are."""
    if len(source) > LONGEST:
        return {}, _too_long(source)
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


def _read_words(text):
    """The same for a text in words."""
    if len(text) > LONGEST:
        return {}, _too_long(text)
    words = re.findall(r"\S+", text)
    pieces = (" ".join(words[i : i + 2 * PIECE]) for i in range(0, len(words), PIECE))
    return {feature: piece for piece in pieces for feature in _wordings(piece, piece)}, ""


def _too_long(text):
    return f"it is too long: {len(text):,} characters, at most {LONGEST:,} are compared"


def _said(error):
    """An error of Python's parser in a few words."""
    text = f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) else str(error)
    return ": ".join(filter(None, (type(error).__name__, text[:100])))


def _structure(source):
    """The runs, names, texts and numbers of a piece of code."""
    found = {}
    tree = ast.parse(source)
    lines, own = source.split("\n"), _own_names(tree)
    nodes = list(_nodes(tree, own, _imported(tree)))
    for start in range(len(nodes) - RUN + 1):
        run = nodes[start : start + RUN]
        found["code", *_numbered(run)] = _line(lines, run[RUN // 2][1])
    found |= {("name", name): f"the name {name}" for name in own if len(name) > 2}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= _wordings(node.value, _line(lines, node.lineno))
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value not in PLAIN_NUMBERS:
            found["number", node.value] = _line(lines, node.lineno)
    return found


def _comments(source):
    return (t.string for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT)


def _wordings(text, shown):
    words = re.findall(r"\w+", text.lower())
    runs = [tuple(words[i : i + WORDS]) for i in range(max(1, len(words) - WORDS + 1))] if words else ()
    return {("words", *run): shown for run in runs}


def _own_names(tree):
    """Names that the answer itself gives to something."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
    return names


def _imported(tree):
    """The full names behind imported names: ``{"np": "numpy", "e": "numpy.exp"}``."""
    names = dict(LIBRARIES)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def _nodes(tree, own, imported):
    """The syntax tree in the order of its text: yields (symbol, line, whether it is a name of the answer's own)."""
    stack, line = [tree], 1
    while stack:
        node = stack.pop()
        line = getattr(node, "lineno", line)
        if isinstance(node, (ast.Module, ast.expr_context, ast.Import, ast.ImportFrom, ast.arguments)):
            stack += reversed(_children(node))
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
        stack += reversed(_children(node))


def _children(node):
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.arg)):
        return []
    if isinstance(node, ast.FunctionDef):
        return [node.args, *node.body]
    if isinstance(node, ast.AnnAssign):
        return [node.target, *filter(None, [node.value])]
    return list(ast.iter_child_nodes(node))


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
    """A run of code with its variables replaced by numbers, in the order of their appearance."""
    numbers = {}
    return tuple(numbers.setdefault(text, len(numbers)) if variable else text for text, _, variable in run)


def _line(lines, number):
    return lines[number - 1].strip() if number <= len(lines) else ""


# ------------------------------------------------------------------------------------------------------------ the class


def _unusual(answers, common, read, skip):
    """Each student's fingerprints except those in `common`: ``{student: {feature: (exercise, text)}}``.

    The shortest sources are read first: if a class wrote too much to compare, the longest are left out.
    """
    sources = sorted(
        ((len(source), number, student, exercise, source)
        for number, (exercise, by_student) in enumerate(answers.items())
        for student, given in by_student.items()
        for source in ((given,) if isinstance(given, str) else given)),
    )  # fmt: skip
    room = max(LEAST_ROOM, ROOM_EACH * len({student for _, _, student, _, _ in sources}) * len(answers))
    unusual, made, told, written = defaultdict(dict), {}, defaultdict(list), defaultdict(int)
    for length, number, student, exercise, source in sources:
        written[student, number] += length
        if written[student, number] > LONGEST >= length:  # so that nobody uses up the others' room
            told[student, number, exercise].append(f"there is too much: at most {LONGEST:,} characters are compared")
            continue
        if (number, source) not in made:  # many may have written the same
            room -= length
            features, why = (
                read(source)
                if room >= 0
                else ({}, "the class wrote more than can be compared, so the longest answers are left out")
            )
            made[number, source] = {f: (exercise, text) for f, text in features.items() if f not in common}, why
        features, why = made[number, source]
        unusual[student] |= features
        if why:
            told[student, number, exercise].append(why)
    for (student, _, exercise), reasons in sorted(told.items()):
        skip(student, exercise, reasons[0])
    return unusual


class _Rare:
    """The rare features in a class: `having` says who has each, `own` their total value in bits for each student."""

    def __init__(self, unusual):
        self.unusual = unusual
        everyone = defaultdict(list)
        for student in sorted(unusual):
            for feature in unusual[student]:
                everyone[feature].append(student)
        most = min(MANY, max(4, len(unusual) // MANY_OF))
        self.having = {feature: students for feature, students in everyone.items() if len(students) <= most}
        self.own = defaultdict(float)
        for feature, students in self.having.items():
            for student in students:
                self.own[student] += self.bits(feature)

    def bits(self, feature):
        """−log₂ of the share of the others who have it, where one of those is assumed to have it by chance."""
        others = max(len(self.having[feature]) - 1, 1) / max(len(self.unusual) - 1, 1)
        return -WEIGHTS[feature[0]] * math.log2(others)

    def pairs(self):
        """Pairs of students that share enough: ``{(student, student): bits}``."""
        bits = defaultdict(float)
        for feature, students in self.having.items():
            worth = self.bits(feature)
            for pair in itertools.combinations(students, 2):
                bits[pair] += worth
        least = 2 * math.log2(max(len(self.unusual), 2)) + MARGIN
        return {
            (a, b): shared
            for (a, b), shared in bits.items()
            if shared >= least and shared >= LEAST_SHARE * min(self.own[a], self.own[b])
        }

    def shared(self, first, second):
        """The lines of the first that hold most of the shared features, in order; and the exercises where either has them."""
        worth, exercises = defaultdict(float), set()
        for feature, (exercise, text) in self.unusual[first].items():
            if feature in self.unusual[second] and feature in self.having:
                worth[text] += self.bits(feature)
                exercises |= {exercise, self.unusual[second][feature][0]}
        most = sorted(filter(None, worth), key=worth.get, reverse=True)[:QUOTES]
        return tuple(text for text in worth if text in most), exercises


def _connected(pairs):
    """Groups of students, each connected by pairs, as sorted lists."""
    groups = {}
    for a, b in pairs:
        together = groups.get(a, {a}) | groups.get(b, {b})
        groups |= dict.fromkeys(together, together)
    return [sorted(g) for g in {id(g): g for g in groups.values()}.values()]
