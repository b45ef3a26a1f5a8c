"""The search in large and in hostile classes: exact, with time and memory in proportion to what the class wrote."""

import itertools
import math
import random
from collections import defaultdict

import numpy as np
import pytest

from grader.classroom import compared_texts, rare_features, similarity
from grader.classroom.compared_texts import CLASS_TOO_MUCH, LEAST_EACH, SLACK, TOO_MUCH, Texts
from grader.classroom.fingerprints import KINDS, LONGEST, LONGEST_NAME, RUN, fingerprint, read_code
from grader.classroom.rare_features import BIT, MANY, MANY_OF, WEIGHTS, RareFeatures
from grader.classroom.similarity import LEAST_SHARE, MARGIN, QUOTED
from tests.support.similar import find_alike, searched

# ----------------------------------------------------------------------------------------------- the same as done plainly


def plainly(answers, read):
    """The groups by the definition alone: every pair of students, all features kept. ``{students: bits}``."""
    has = defaultdict(set)
    for by_student in answers.values():
        for student, source in by_student.items():
            has[student] |= set(read(source)[0])
    having = defaultdict(set)
    for student, features in has.items():
        for feature in features:
            having[feature].add(student)
    most = min(MANY, max(4, len(has) // MANY_OF))
    rare = {
        feature: -WEIGHTS[feature[0]] * math.log2(max(len(students) - 1, 1) / (len(has) - 1))
        for feature, students in having.items()
        if len(students) <= most
    }
    own = {student: math.fsum(rare.get(feature, 0) for feature in features) for student, features in has.items()}
    groups = {student: {student} for student in has}
    strongest = {}
    for a, b in itertools.combinations(sorted(has), 2):
        bits = math.fsum(rare.get(feature, 0) for feature in has[a] & has[b])
        if bits >= 2 * math.log2(len(has)) + MARGIN and bits >= LEAST_SHARE * min(own[a], own[b]):
            together = groups[a] | groups[b]
            groups |= dict.fromkeys(together, together)
            strongest[a, b] = bits
    found = {tuple(sorted(group)) for group in groups.values() if len(group) > 1}
    return {group: max(bits for (a, _), bits in strongest.items() if a in group) for group in found}


def sketch(rng, lines):
    """A function of some of `lines`, so that any two share a few; `rng` says which."""
    body = "".join(f"    {line}\n" for line in rng.sample(lines, rng.randint(3, 9)))
    return f"def gate(x):\n{body}    return x\n"


def line(rng):
    a, b = rng.choice(["x", "np.exp(x)", "x.sum(axis=0)", "[x, 3]"]), rng.choice(["x", "np.tanh(x)", "x.T", "x[0]"])
    return (
        f"x = {a} {rng.choice('+-*/@')} ({b} {rng.choice(['<', '>', '==', 'is not'])} {rng.randint(11, 60)})"
        + rng.choice(["", "", f"  # {' '.join(rng.choices(['see', 'the', 'page', 'of', 'gate', 'why', 'sum'], k=5))}"])
    )


@pytest.mark.parametrize("students", [2, 3, 30, 90])
@pytest.mark.parametrize("seed", range(3))
def test_the_groups_are_those_of_the_definition(students, seed, monkeypatch):
    monkeypatch.setattr(rare_features, "BLOCK", 50)  # so that there are many blocks
    rng = random.Random(f"{students} {seed}")
    lines = [line(rng) for _ in range(students * 5)]
    answers = {
        exercise: {f"s{n:02}": sketch(rng, lines) for n in range(students) if rng.random() < 0.9}
        for exercise in ("gate", "step")
    }
    for by_student in answers.values():
        for size in (2, 2, 3, 6):
            chosen = rng.sample(sorted(by_student), min(size, len(by_student)))
            by_student |= dict.fromkeys(chosen, "".join(sketch(rng, lines) for _ in range(2)))
    expected = plainly(answers, read_code)
    found = {group.students: group.bits for group in find_alike("03_gates", answers, [])}
    assert found == pytest.approx(expected, abs=1e-6)
    assert expected or students < 30


# ---------------------------------------------------------------------------------------------------------- how much work


def shared_by(size, students, features):
    """The rare features of a class in which each student has `features`, and each is had by `size` students at random."""
    rng = np.random.default_rng(students)
    having = rng.permuted(np.tile(np.arange(students), (features, 1)), axis=1).reshape(-1, size)
    each = [[] for _ in range(students)]
    for number, group in enumerate(having.tolist()):
        for student in group:
            each[student].append(fingerprint(f"c{number}"))
    rare = RareFeatures(students)
    for student, found in enumerate(each):
        rare.add([student], [found] + [[]] * (len(KINDS) - 1))
    rare.close()
    return rare


@pytest.mark.parametrize("size", [2, MANY])
def test_comparisons_grow_as_the_class_even_where_every_feature_is_shared_by_as_many_as_counts(size):
    counted = {}
    for students in (200, 400, 1600):
        rare = shared_by(size, students, features=10)
        assert list(rare.pairs(10**15, 0)) == []
        counted[students] = rare.additions
        assert rare.additions == rare.held * (size - 1) / 2
    assert counted == {students: students * 10 * (size - 1) / 2 for students in counted}


def test_what_one_more_has_is_compared_with_nobody():
    rare = shared_by(MANY + 5, students=500, features=10)
    list(rare.pairs(0, 0))
    assert (rare.held, rare.additions, rare.own.max()) == (5000, 0, 0)


def test_what_many_wrote_word_for_word_is_no_longer_rare_elsewhere():
    rare, made = RareFeatures(100), [fingerprint("nlighthouse")]
    rare.add(list(range(MANY)), [[], [], made, []])
    rare.add([40], [[], [], [*made, fingerprint("nkeeper")], []])
    rare.add([41], [[], [], [*made, fingerprint("nkeeper")], []])
    rare.close()
    assert rare.held == 1 + 2 + 2  # the text of many is there once
    assert [pair[:2] for pair in rare.pairs(1, 0)] == [(40, 41)] and rare.additions == 1


def test_no_more_is_in_memory_at_once_than_a_block(monkeypatch):
    monkeypatch.setattr(rare_features, "BLOCK", 400)
    rare = shared_by(10, students=300, features=8)
    made, original = [], rare_features._changes
    monkeypatch.setattr(rare_features, "_changes", lambda values: made.append(len(values)) or original(values))
    pairs = list(rare.pairs(1, 0))
    assert sum(made) == rare.additions == 300 * 8 * 9 / 2
    assert max(made) <= 400
    assert [first for first, *_ in pairs] == sorted(first for first, *_ in pairs) and len(pairs) > 5000


def test_what_students_share_is_the_sum_of_what_the_features_are_worth():
    rare = RareFeatures(100)
    for student in range(100):
        rare.add([student], [[], [], [], []])
    rare.add([3, 7], [[fingerprint(f"c{n}") for n in range(12)], [], [fingerprint("nlighthouse")], []])
    rare.close()
    worth = (12 / 6 + 1 / 2) * math.log2(99)
    ((first, second, value),) = rare.pairs(1, 0)
    assert (first, second, value / BIT) == (3, 7, pytest.approx(worth))
    assert rare.own[[3, 7]].tolist() == [value, value] and rare.own.sum() == 2 * value
    assert rare.values(0, [fingerprint("c3"), fingerprint("c99")]).tolist() == [round(math.log2(99) / 6 * BIT), 0]


# --------------------------------------------------------------------------------------------------------- hostile classes


@pytest.fixture
def read(monkeypatch):
    """The texts that are read, in order."""
    texts = []
    monkeypatch.setattr(similarity, "read_code", lambda text: texts.append(text) or read_code(text))
    return texts


def odd_code(rng, lines):
    """Code that nobody else writes."""
    return "".join(
        f"name{rng.randint(0, 10**9)} = {rng.uniform(11, 99):.6f} - {rng.uniform(11, 99):.6f}\n" for _ in range(lines)
    )


def test_what_everybody_writes_is_read_once_and_compared_with_nobody(read):
    text = odd_code(random.Random(0), 100)
    search = searched("03_gates", {name: {f"s{n:05}": text for n in range(3000)} for name in ("gate", "step")}, [])
    assert (search.groups(), search.additions, read) == ([], 0, [text, text])


def test_one_large_group_is_found_as_one_and_a_chain_too():
    rng = random.Random(1)
    text = odd_code(rng, 30)
    (group,) = find_alike(
        "03_gates", {"gate": {f"s{n:02}": text for n in range(MANY)} | {f"t{n}": "" for n in range(180)}}, []
    )
    assert len(group.students) == MANY
    parts = [odd_code(rng, 10) for _ in range(401)]
    (group,) = find_alike("03_gates", {"gate": {f"s{n:03}": parts[n] + parts[n + 1] for n in range(400)}}, [])
    assert len(group.students) == 400


def test_all_of_a_class_in_pairs_are_found():
    rng = random.Random(2)
    texts = [odd_code(rng, 20) for _ in range(200)]
    groups = find_alike("03_gates", {"gate": {f"s{n:03}": texts[n // 2] for n in range(400)}}, [])
    assert sorted(group.students for group in groups) == [(f"s{n:03}", f"s{n + 1:03}") for n in range(0, 400, 2)]


def test_a_submission_full_of_tiny_cells_is_read_in_part_and_the_others_are_compared(read):
    rng = random.Random(3)
    tiny = tuple(f"f{n} = lambda: {n}" for n in range(2000))
    copied = odd_code(rng, 20)
    answers = {
        "gate": {"Ada": copied, "Bo": copied, **{f"s{n}": odd_code(rng, 3) for n in range(30)}},
        "own": {"Cy": tiny},
    }
    skipped = []
    (group,) = find_alike("03_gates", answers, [], skipped.append)
    assert group.students == ("Ada", "Bo")
    assert [(one.student, one.exercise, one.why) for one in skipped] == [("Cy", "own", TOO_MUCH)]
    assert len(set(read) & set(tiny)) == LONGEST // LEAST_EACH


def test_a_class_that_conspires_to_share_very_many_features_is_bounded_and_what_is_left_out_is_said(monkeypatch, read):
    monkeypatch.setattr(compared_texts, "LEAST_ROOM", 1)
    monkeypatch.setattr(similarity, "CHARACTERS_EACH", 100)  # a class of 60 may have 600 features
    rng = random.Random(4)
    short = odd_code(rng, 8)
    answers = {f"s{n:02}": odd_code(rng, 20) for n in range(58)} | {"Ada": short, "Bo": short}
    skipped = []
    search = searched("03_gates", {"gate": answers}, [])
    (group,) = search.groups(skipped.append)
    assert group.students == ("Ada", "Bo")
    assert {one.why for one in skipped} == {CLASS_TOO_MUCH}
    assert len(skipped) == len(answers) - 2 - (len(read) - 3)  # the copy is read once, and again twice to be quoted
    assert 2 < len(read) < 15


@pytest.mark.parametrize("backwards", [False, True])
def test_texts_are_bounded_whatever_comes_and_in_whatever_order(monkeypatch, backwards):
    monkeypatch.setattr(compared_texts, "LEAST_ROOM", 20_000)
    rng = random.Random(5)
    given = [(f"s{n:03}", (f"# {n} ".ljust(rng.randint(100, 3000), "-"),)) for n in range(200)]
    texts = Texts(["gate"], 1)
    for student, sources in reversed(given) if backwards else given:
        texts.add(student, "gate", sources)
        assert sum(map(len, (key[2] for key in texts._held))) <= SLACK * 20_000 + 3000
    names, kept = texts.close()
    assert names == [student for student, _ in given]
    by_size = sorted((text for _, (text,) in given), key=lambda text: (len(text), text))
    assert [text for _, text, _ in kept] == by_size[: len(kept)]
    assert sum(map(len, by_size[: len(kept)])) <= 20_000 < sum(map(len, by_size[: len(kept) + 1]))
    left_out = [names[student] for student, _, why in texts.reasons if why == CLASS_TOO_MUCH]
    assert left_out == sorted(student for student, (text,) in given if text not in by_size[: len(kept)])


def test_a_long_line_is_in_memory_once_and_quoted_in_part():
    rng = random.Random(6)
    long = "def gate(x):\n    " + ";".join(f"n{n} = {rng.randint(11, 10**6)}" for n in range(1200)) + "\n"
    assert len(read_code(long)[0]) > 3000
    assert len({id(text) for text in read_code(long)[0].values() if len(text) > 100}) == 1
    (group,) = find_alike("03_gates", {"gate": {"Ada": long, "Bo": long, **{f"s{n}": "x = 1" for n in range(30)}}}, [])
    assert max(map(len, group.shared)) == QUOTED


def test_a_long_name_that_is_imported_under_a_short_one_is_not_repeated_in_full():
    text = f"from a import {'b' * 9000} as e\nx = [{', '.join(f'e, {n}' for n in range(11, 1000))}]\n"
    features = read_code(text)[0]
    assert len(features) > 2000
    assert max(map(len, features)) <= RUN * LONGEST_NAME


@pytest.mark.parametrize(
    "text",
    [
        "-" * 90 + "1",
        "x" + "[0]" * 80,
        "+".join(map(str, range(11, 2000))),
        "lambda: " * 60 + "0",
        "f(" * 90 + ")" * 90,
        ";".join(f"def_{n}=1" for n in range(1500)),
        "# " + " ".join(map(str, range(4000))),
        "\n".join(f"def f{n}(): return {n}" for n in range(700)),
    ],
    ids=range(8),
)
def test_features_are_at_most_as_many_as_characters(text):
    assert 1 <= len(read_code(text)[0]) <= len(text) <= LONGEST
