"""Similar code: a disguised copy is reported, what everyone writes is not, and no text in a submission does harm."""

import functools
import random
import re
import warnings

import nbformat
import pytest

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from grader.classroom import compared_texts, fingerprints
from grader.classroom.demo import make_class
from grader.classroom.fingerprints import LONGEST, read_code
from grader.classroom.rare_features import MANY
from grader.classroom.similarity import known_texts
from grader.exercises import bank
from grader.exercises.exercise import source_of
from tests.support.similar import find_alike

LESSON = "03_gates"
EXERCISES = bank()[LESSON]


@functools.cache
def known():
    """What the lesson and its exercises say themselves."""
    lesson = read_lesson(find_sources(course_root(), ["03"])[0])
    return known_texts(EXERCISES.values(), [cell.text for cell in lesson.cells if cell.kind == "code"])


UNUSUAL = """\
def sigmoid(a):
    # split by sign, so that exp never sees a big number
    flat = np.asarray(a, dtype=float).reshape(-1)
    out = np.full(flat.shape, 0.5)
    for index, value in enumerate(flat):
        if value > 0:
            shrink = np.exp(-value)
            out[index] = 1 / (1 + shrink)
        elif value < 0:
            shrink = np.exp(value)
            out[index] = shrink / (shrink + 1)
    return out.reshape(np.shape(a))
"""
# The same with other names, imports in front, other comments, a docstring, another layout.
DISGUISED = '''\
import os, math
import numpy


def sigmoid(a):
    """All my own work."""
    v = numpy.asarray(
        a,
        dtype=float,
    ).reshape(-1)
    res = numpy.full(v.shape, .5)
    for k, number in enumerate(v):
        if number > 0:
            t = numpy.exp(-number)  # is small here
            res[k] = 1/(1+t)
        elif number < 0:
            t = numpy.exp(number)
            res[k] = t/(t+1)
    return res.reshape(numpy.shape(a))
'''


def others(count, exercise="sigmoid"):
    """`count` students with right answers that the course knows."""
    known = EXERCISES[exercise].others
    return {f"student {i:03}": source_of(known[i % len(known)], exercise) for i in range(count)}


def alike(sources, exercise="sigmoid"):
    return find_alike(LESSON, {exercise: sources}, known())


# ------------------------------------------------------------------------------------------------------------- found


@pytest.mark.parametrize("count", [10, 40, 200])
def test_a_copy_in_disguise_is_found(count):
    (group,) = alike({**others(count), "Ada": UNUSUAL, "Bo": DISGUISED})
    assert (group.lesson, group.students, group.exercises) == (LESSON, ("Ada", "Bo"), ("sigmoid",))
    assert group.share > 0.8
    lines = [line.strip() for line in UNUSUAL.splitlines()]
    assert len(group.shared) > 1
    assert [lines.index(text) for text in group.shared] == sorted(lines.index(text) for text in group.shared)


def test_imports_given_to_other_names_make_no_difference():
    renamed = DISGUISED.replace("import numpy\n", "import numpy as math_library\n").replace("numpy.", "math_library.")
    assert alike({**others(40), "Ada": UNUSUAL, "Bo": renamed})


def test_three_who_share_are_one_group():
    third = UNUSUAL.replace("flat", "line").replace("split by sign", "by sign")
    (group,) = alike({**others(40), "Ada": UNUSUAL, "Bo": DISGUISED, "Cy": third})
    assert group.students == ("Ada", "Bo", "Cy")


def test_comments_alone_can_be_enough():
    """The code is what many write, the words beside it are not."""
    comment = (
        "    # Uncle Theo says the trapdoor of the old lighthouse opens only when the tide is low and the fox is asleep,\n"
        "    # so take the long way round behind the bakery, count to seventeen twice, whistle, and never look at the crow\n"
    )
    plain = others(1).popitem()[1]
    commented = plain.replace("\n", "\n" + comment, 1)
    (group,) = alike({**others(40), "Ada": commented, "Bo": commented})
    assert group.students == ("Ada", "Bo")
    assert "lighthouse" in group.shared[0]


def test_little_in_each_of_several_exercises_adds_up():
    ada = {"sigmoid": UNUSUAL.split("    for")[0] + "    return out\n"}
    ada["gate"] = UNUSUAL.replace("def sigmoid(a):", "def gate(x, h, W, U, b_i, b_h):").split("        elif")[0]
    answers = {name: {**others(40, name), "Ada": ada[name], "Bo": ada[name]} for name in ada}
    alone = {name: find_alike(LESSON, {name: answers[name]}, known()) for name in ada}
    (together,) = find_alike(LESSON, answers, known())
    assert together.bits > max([group[0].bits for group in alone.values() if group], default=0)
    assert together.exercises == ("sigmoid", "gate")


# --------------------------------------------------------------------------------------------------------- not found


def test_answers_that_the_course_knows_are_no_sign():
    right = [source_of(fn, "gate") for fn in EXERCISES["gate"].others]
    wrong = [m.source for m in EXERCISES["gate"].mistakes.values()]
    answers = {f"{n}, {k}": text for n, text in enumerate(right + wrong) for k in (1, 2)}
    assert alike(answers, "gate") == []


def test_what_was_shown_to_everyone_is_no_sign():
    sources = {**others(40), "Ada": UNUSUAL, "Bo": DISGUISED}
    assert find_alike(LESSON, {"sigmoid": sources}, [*known(), UNUSUAL]) == []


def test_a_pretend_class_pasted_from_the_bank_is_above_suspicion(tmp_path):
    make_class(course_root(), tmp_path / "class", students=200, lessons=["03"])
    answers = {name: {} for name in EXERCISES}
    for path in (tmp_path / "class" / "submitted").glob("*/*/*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in answers and "raise NotImplementedError" not in cell.source:
                answers[name][path.parents[1].name] = cell.source
    assert sum(map(len, answers.values())) > 600
    assert find_alike(LESSON, answers, known()) == []


def test_the_same_mistake_by_many_is_no_sign():
    wrong = UNUSUAL.replace("shrink + 1", "shrink - 1")
    many = {f"wrong {i}": wrong for i in range(MANY + 1)}
    assert alike({**others(250), **many}) == []
    assert alike({**others(40), **{f"wrong {i}": wrong for i in range(8)}}) == []


def test_a_short_answer_shared_by_two_is_no_sign():
    short = "def sigmoid(a):\n    return (1 + np.tanh(a / 2)) * 0.5\n"
    assert alike({**others(200), "Ada": short, "Bo": short}) == []


def writer(rng, name):
    """An answer as one of many thousands of styles would have it, chosen at random; no two lines belong together."""
    pick = rng.choice

    def variable():
        return pick(
            ["s", "res", "result", "out", "y", "tmp", "val", "e", "ex", "pos", "neg", "pre", "lin", "acc", "total"]
        ) + pick(["", "1", "_", "_all"])

    def comment():
        words = ["sum", "of", "both", "parts", "apply", "stable", "gate", "input", "hidden", "then", "return", "here"]
        return f"    # {' '.join(rng.sample(words, rng.randint(2, 6)))}\n" if rng.random() < 0.4 else ""

    v, w, u = variable(), variable() + "_x", variable() + "_h"
    if name == "sigmoid":
        body = pick(
            [
                f"    {v} = np.exp(-np.abs(a))\n{comment()}    return np.where(a >= 0, 1 / (1 + {v}), {v} / (1 + {v}))\n",
                f"    {v} = np.zeros_like(a)\n{comment()}    {w} = a >= 0\n    {v}[{w}] = 1 / (1 + np.exp(-a[{w}]))\n"
                f"    {u} = np.exp(a[~{w}])\n    {v}[~{w}] = {u} / (1 + {u})\n    return {v}\n",
                f"    {v} = np.clip(a, -{pick([500, 700, 50])}, {pick([500, 700])})\n    return 1 / (1 + np.exp(-{v}))\n",
                f"    {v} = []\n    for {w} in a.ravel():\n        if {w} >= 0:\n            {v}.append(1 / (1 + np.exp(-{w})))\n"
                f"        else:\n            {v}.append(np.exp({w}) / (1 + np.exp({w})))\n"
                f"    return np.array({v}).reshape(a.shape)\n",
                "    return 1 / (1 + np.exp(-a))\n",
            ]
        )
        return f"def sigmoid(a):\n{comment()}{body}"
    i = pick(["x @ {}.T", "np.dot(x, {}.T)", "np.matmul(x, {}.T)", "x.dot({}.T)", "({} @ x.T).T"])
    h = pick(["h @ {}.T", "np.dot(h, {}.T)", "np.matmul(h, {}.T)", "h.dot({}.T)", "({} @ h.T).T"])
    s = pick(["gru_ref.sigmoid({})", "sigmoid({})", "1 / (1 + np.exp(-({})))", "1.0 / (1.0 + np.exp(-({})))"])
    i, h = i.format("W"), h.format("U")
    body = pick(
        [
            f"    return {s.format(f'{i} + b_i + {h} + b_h')}\n",
            f"    {v} = {i} + {h} + b_i + b_h\n{comment()}    return {s.format(v)}\n",
            f"    {w} = {i} + b_i\n{comment()}    {u} = {h} + b_h\n    {v} = {w} + {u}\n    return {s.format(v)}\n",
            f"    {v} = {i}\n    {v} += b_i\n{comment()}    {v} += {h}\n    {v} += b_h\n    return {s.format(v)}\n",
        ]
    )
    return f"def gate(x, h, W, U, b_i, b_h):\n{comment()}{body}"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [12, 40, 200])
def test_independent_writers_are_not_put_together(count, seed):
    rng = random.Random(f"{count} {seed}")
    answers = {name: {f"student {i}": writer(rng, name) for i in range(count)} for name in ("sigmoid", "gate")}
    assert find_alike(LESSON, answers, known()) == []


def test_among_independent_writers_a_copy_is_found():
    rng = random.Random(0)
    answers = {name: {f"student {i}": writer(rng, name) for i in range(200)} for name in ("sigmoid", "gate")}
    answers["sigmoid"] |= {"Ada": UNUSUAL, "Bo": DISGUISED}
    assert [group.students for group in find_alike(LESSON, answers, known())] == [("Ada", "Bo")]


# ---------------------------------------------------------------------------------------------------------- robust


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def f(:",
        "def f():\n\treturn 1\n        return 2",
        "x = '\ud800'",
        "\x00",
        "(" * 5000,
        "-" * 15_000 + "1",
        "x" + ".x" * 5000,
        "# " + "word " * (LONGEST // 4),
        "9" * 5000,
        "x = 1e999 + 1j\ny = b'\\xff'\nz = ...",
        "%matplotlib inline\n!rm -rf /\ndef f(): return 1",
        "match a:\n    case {'k': [*_, x]}: pass",
        "async def f(*, a: int = 3, **k) -> 'x':\n    return [y async for y in a if (z := y)]",
    ],
)
def test_whatever_was_written_can_be_compared(text):
    read_code(text)
    alike({**others(5), "Ada": text, "Bo": text})


# What cannot be compared as a whole, and what is said of it.
UNREADABLE = {
    f"x = 0x{'f' * 6000}": "Exceeds the limit",
    "x = " + "9" * 6000: "Exceeds the limit",
    "x = " + "(" * 5000 + ")" * 5000: "too many nested parentheses",
    "x = " + "-" * 15_000 + "1": "MemoryError|RecursionError",
    "x = 1\x00": "null bytes",
    "x = '\ud800'": "UnicodeEncodeError",
    "def f(:": "SyntaxError: invalid syntax (line 1)",
    "def f():\n\treturn 1\n        return 2": "TabError",
    'x = """never closed': "SyntaxError: unterminated",
    "x = 1\n" * LONGEST: "too long",
}


@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_is_said_to_be_not_compared_and_stops_nobody(text):
    skipped = []
    sources = {**others(40), "Ada": UNUSUAL, "Bo": DISGUISED, "Cy": text, "Di": text}
    (group,) = find_alike(LESSON, {"sigmoid": sources}, known(), skipped.append)
    assert group.students == ("Ada", "Bo")
    assert [(s.student, s.lesson, s.exercise) for s in skipped] == [(name, LESSON, "sigmoid") for name in ("Cy", "Di")]
    assert any(part in skipped[0].why for part in UNREADABLE[text].split("|")), skipped[0].why


@pytest.mark.parametrize(
    "text", ["\f", "x = 1\n\f\ny = 2", "'\\d'", "x is 1", "x = '\u2028' # x", "", "# only a comment"]
)
def test_odd_text_that_python_reads_is_compared_without_a_word(text):
    skipped = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_alike(LESSON, {"sigmoid": {**others(5), "Ada": text}}, known(), skipped.append)
    assert skipped == []


def test_a_cell_that_cannot_be_read_takes_nothing_from_the_students_others():
    skipped = []
    own = ("%time sigmoid(1)", UNUSUAL, "x = (")
    answers = {"sigmoid": {**others(40), "Bo": DISGUISED}, "own": {"Ada": own}}
    (group,) = find_alike(LESSON, answers, known(), skipped.append)
    assert (group.students, group.exercises) == (("Ada", "Bo"), ("sigmoid", "own"))
    assert [(s.student, s.exercise) for s in skipped] == [("Ada", "own")]


def test_a_class_that_wrote_too_much_is_compared_without_its_longest_answers(monkeypatch):
    monkeypatch.setattr(compared_texts, "LEAST_ROOM", 1)
    monkeypatch.setattr(compared_texts, "ROOM_EACH", 3000)
    read, skipped, original = [], [], fingerprints._structure
    monkeypatch.setattr(
        fingerprints, "_structure", lambda source, below: read.append(source) or original(source, below)
    )
    huge = {f"huge {i:02}": f"n{i} = 1\n" * 1500 for i in range(20)}
    sources = {**others(20), "Ada": UNUSUAL, "Bo": DISGUISED, **huge}
    (group,) = find_alike(LESSON, {"sigmoid": sources}, [], skipped.append)
    assert group.students == ("Ada", "Bo")
    assert sum(map(len, read)) <= 3000 * len(sources)
    assert {s.student for s in skipped} < set(huge) and skipped[0].why.startswith("the class wrote more")


# ------------------------------------------------------------------------------------------------------ answers in words

QUESTION = "Why does a GRU have two gates, and what would be lost with only one of them? Answer in a few sentences."
ESSAY = (
    "Think of a lighthouse keeper who writes a diary. One gate is the pair of glasses through which he reads yesterday's "
    "page before he drafts a new one, and the other decides whether the draft replaces the page at all. With a single gate "
    "he could not ignore the past while drafting and still keep the old page if the draft turned out worthless, so long "
    "calm nights would slowly wash the diary out. That is why the two must be learned separately by the network."
)


def essays(count):
    rng = random.Random(count)
    words = [
        "gate",
        "state",
        "old",
        "new",
        "reset",
        "update",
        "keeps",
        "forgets",
        "long",
        "memory",
        "the",
        "a",
        "of",
        "and",
        "network",
        "it",
        "blend",
        "candidate",
    ]
    return {f"student {i:03}": " ".join(rng.choices(words, k=80)) for i in range(count)}


@pytest.mark.parametrize("count", [4, 40])
def test_two_identical_essays_are_found(count):
    texts = {**essays(count), "Ada": f"{QUESTION}\n\n{ESSAY}", "Bo": ESSAY.replace(". ", ".\n")}
    (group,) = find_alike(LESSON, {"why": texts}, [QUESTION], words=True)
    assert (group.students, group.exercises) == (("Ada", "Bo"), ("why",))
    assert "lighthouse keeper" in " ".join(group.shared)


def test_the_questions_own_words_and_what_many_quote_are_no_sign():
    own = essays(40)
    quoting = {name: f"{QUESTION} {text}" for name, text in own.items()}
    assert find_alike(LESSON, {"why": quoting}, [QUESTION], words=True) == []
    lecture = {name: f"{ESSAY} {text}" if n % 2 else text for n, (name, text) in enumerate(own.items())}
    assert find_alike(LESSON, {"why": lecture}, [QUESTION], words=True) == []


def test_a_short_sentence_shared_by_two_is_no_sign():
    short = "The reset gate looks back into the old state, the update gate mixes old and new."
    assert find_alike(LESSON, {"why": {**essays(40), "Ada": short, "Bo": short}}, [QUESTION], words=True) == []


def test_the_order_of_students_and_the_run_make_no_difference():
    sources = {**others(30), "Ada": UNUSUAL, "Bo": DISGUISED}
    assert alike(sources) == alike(dict(reversed(sources.items())))


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("x = 1  # one gate\n# two # three\n", {"one gate", "two three"}),
        ("x = '# no gate'  # one gate\n", {"one gate"}),
        ("x = b'#'  # one gate\n", {"one gate"}),
        ('"""a text\n# no gate\n"""\nx = 1  # one gate', {"one gate"}),
        ("x = f'{y:#x}'  # one gate\n", {"one gate"}),
        ("x = 1  # one gate\r\ny = 2  # two\r\n", {"one gate", "two"}),
        ("x = (  # one gate\n    1)\n", {"one gate"}),
        ("x = (  # one gate\n    1\n", {"one gate"}),  # cannot be parsed, and its comments are read all the same
        (f"{'9' * 5000}  # one gate\n", {"one gate"}),
    ],
)
def test_comments_are_told_from_texts(text, comments):
    found = {
        feature[1:] for feature, shown in read_code(text)[0].items() if feature[0] == "w" and shown.startswith("#")
    }
    assert found == comments


def test_names_of_variables_are_no_part_of_the_code_compared():
    def code(text):
        return {feature for feature in read_code(text)[0] if feature[0] == "c"}

    def renamed(text):
        return re.sub(r"\b(flat|out|index|value|shrink)\b", lambda m: m[0][::-1] + "_", text)

    assert code(UNUSUAL) == code(renamed(UNUSUAL)) != set()
    assert code(UNUSUAL) != code(UNUSUAL.replace("elif value < 0", "elif value <= 0"))


def test_nobody_is_accused():
    import grader.classroom.class_report as report

    words = report.render("class", []).lower()
    assert "worth a look by a person" in words
    assert not re.search(r"cheat|plagiar|copied|fraud|guilt", words)
