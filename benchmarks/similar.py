"""Measure the report's search for similar code: a part of ``make bench``.

``similar``: classes of 1,000, 3,000 and 10,000 who submit one lesson. Each starts from the answers of a demo class (the
lesson's solution, other right answers, known mistakes), and then writes them in their own hand: with other names, comments
and additional lines. Some have copied from another and disguised it. For each class a process of its own is measured:
processor time, and memory at its peak.
"""

import ast
import collections
import functools
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from measuring import console
from rich.table import Table

from grader.classroom.similarity import Search, known_texts
from grader.exercises import bank
from grader.exercises.exercise import source_of

LESSON = "15_translation"  # six exercises, the most of any lesson
SIZES = (1_000, 3_000, 10_000)
COPIED = 0.01  # of the class
WAYS = {"right": 5, "other": 2, "mistake": 3, "nothing": 1}  # as in a demo class
CONTINUED = ("elif", "else", "except", "finally")
SYLLABLES = ("ka", "lo", "mi", "ner", "tu", "vis", "o", "ran", "dal", "su", "ef", "pri")
WORDS = ("the", "gate", "keeps", "old", "state", "new", "input", "then", "we", "weights", "before", "bias", "so", "shape",
         "stays", "same", "first", "check", "last", "step", "loop", "back", "over", "time", "mean", "careful", "sign", "why")  # fmt: skip


def lesson_class(lesson, students, seed=0):
    """A class's answers to the exercises of a lesson: ``{exercise: {student: source}}``."""
    rng, answers = random.Random(f"{lesson} {students} {seed}"), {}
    names = [f"student {n:06}" for n in range(students)]
    copies = {name: rng.choice(names) for name in rng.sample(names, round(COPIED * students))}
    for exercise in bank()[lesson].values():
        by_student = {name: text for name in names if (text := _written(exercise, rng))}
        for name, source in copies.items():
            if source in by_student:
                by_student[name] = _in_own_hand(by_student[source], rng, lines=0)
        answers[exercise.name] = by_student
    return answers


def _written(exercise, rng):
    """What a student wrote, or "" for nothing."""
    way = rng.choices(list(WAYS), list(WAYS.values()))[0]
    if way == "nothing":
        return ""
    known = _known(exercise)
    return _in_own_hand(rng.choice(known[way] or known["right"]), rng, lines=rng.choice((0, 1, 2, 4, 8)))


@functools.cache
def _known(exercise):
    return {
        "right": [source_of(exercise.reference, exercise.name)],
        "other": [source_of(fn, exercise.name) for fn in exercise.others],
        "mistake": [m.source for m in exercise.mistakes.values()],
    }


def _in_own_hand(source, rng, lines):
    """A source with other names for its variables, with additional lines and comments."""
    names = collections.defaultdict(lambda: _name(rng))
    text = re.sub(r"\bown_\d+_\b", lambda own: names[own[0]], _nameless(source)).split("\n")
    places = [n for n, line in enumerate(text) if line[:4].isspace() and not line.lstrip().startswith(CONTINUED)]
    for _ in range(lines):
        at = rng.choice(places) if places else len(text)
        indent = text[at][: len(text[at]) - len(text[at].lstrip())] if places else ""
        text.insert(at, indent + _line(rng))
        places = [p + (p >= at) for p in places]
    return "\n".join(text) + "\n"


@functools.lru_cache(10_000)
def _nameless(source):
    """A source whose variables are called ``own_0_``, ``own_1_`` and so on."""
    tree = ast.parse(source)
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = {name: f"own_{n}_" for n, name in enumerate(sorted(own))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.unparse(tree)


def _name(rng):
    return "".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) + rng.choice(("", "", "_", "2", "_new"))


def _line(rng):
    one, other, third = (_name(rng) for _ in range(3))
    comment = f"# {' '.join(rng.choices(WORDS, k=rng.randint(2, 9)))}"
    return rng.choice(
        [
            comment,
            comment,
            comment,
            f"print({one!r}, {rng.randint(0, 50)})",
            f"{one} = {rng.randint(11, 99)} * {rng.random():.2f}",
            f"{one}, {other} = {rng.choice('123')}, [{third} for {third} in range({rng.randint(2, 40)})]",
            f"{one} = lambda {other}: {other} {rng.choice('+-*/')} {rng.randint(2, 30)}",
        ]
    )


def similar():
    """The search in classes of several sizes: time and memory as the class grows."""
    table = Table("students", "answers", "CPU, s", "ms each", "sums each", "MB, peak", "before", "groups")
    table.title = f"similar code in {LESSON}, where {COPIED:.0%} copied from another"
    took = [_in_own_process(students) for students in SIZES]
    for students, one in zip(SIZES, took, strict=True):
        cells = one["cpu"], 1000 * one["cpu"] / students, one["additions"] / students
        table.add_row(
            f"{students:,}", f"{one['answers']:,}", *(f"{cell:.3g}" for cell in cells),
            f"{one['peak']:.0f}", f"{one['before']:.0f}", str(one["groups"]),
        )  # fmt: skip
    console.print(table)
    console.print(
        f"{SIZES[-1] / SIZES[0]:.0f} times the students: {took[-1]['cpu'] / took[0]['cpu']:.1f} times the time, "
        f"{took[-1]['peak'] / took[0]['peak']:.1f} times the memory.\n"
        "Each: of the students; sums: how often what a feature is worth was added to what a pair shares; before: the search\n"
    )


def _in_own_process(students):
    command = [sys.executable, "-c", f"import similar; similar.measured({LESSON!r}, {students})"]
    ended = subprocess.run(command, cwd=Path(__file__).parent, check=True, capture_output=True, text=True)
    return json.loads(ended.stdout)


def measured(lesson, students):
    """Search one class, and print what it took as JSON. Run it in a process of its own: its peak is that process's."""
    answers = lesson_class(lesson, students)
    before, start = _peak(), time.process_time()
    search = Search(lesson, list(answers), known_texts(bank()[lesson].values(), []), students)
    for exercise, by_student in answers.items():
        for student, source in by_student.items():
            search.add(student, exercise, (source,))
    found = search.groups()
    took = {"cpu": time.process_time() - start, "peak": _peak(), "before": before}
    took |= {"groups": len(found), "additions": search.additions}
    took["answers"] = sum(map(len, answers.values()))
    print(json.dumps(took))


def _peak():
    """The most memory this process has had so far, in MB; Linux counts it from the program's start."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1e3


PARTS = {"similar": similar}
