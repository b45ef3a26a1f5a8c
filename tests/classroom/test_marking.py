"""Marking without names, and by two markers: what is kept, compared, settled and left to a person."""

import itertools
import json
import random
import re

import pytest
from nbgrader.api import Gradebook
from sklearn import metrics
from typer.testing import CliRunner

from grader import cli
from grader.base.errors import ClassError
from grader.classroom import forgetting
from grader.classroom.class_report import write_report
from grader.classroom.folder import ClassFolder
from grader.classroom.marking import agreeing
from grader.classroom.marking.agreement import agreement, weighted_kappa
from grader.classroom.marking.answers import Answers
from grader.classroom.marking.codes import ALPHABET, Codes, read_code
from grader.classroom.marking.hiding import COVER, Hiding
from grader.classroom.marking.marks import Markers
from grader.classroom.marking.naming import whose
from grader.classroom.marking.rules import Rules
from grader.classroom.marking.settled import Settled
from grader.classroom.marking.sheets import Sheets
from tests.support import marked
from tests.support.marked import LESSON, QUESTION, STUDENTS, TOP, copied, in_gradebook, make_class, mark, states

ADA, BOB, CHLOE, DARIO, EVE, FATIMA = STUDENTS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_class(tmp_path_factory.mktemp("marking") / "class", blank=(FATIMA,))


@pytest.fixture
def folder(made, tmp_path):
    return copied(made, tmp_path / "class")


@pytest.fixture
def two(folder):
    """Two have marked: equally, nearly so, and not; Eve's answer by one of them only."""
    mark(folder, "alice", {ADA: (2, "Well said."), BOB: (1, "Half of it."), CHLOE: 0, DARIO: 1, EVE: 1})
    mark(folder, "bob", {ADA: (2, "Well said."), BOB: (1.5, "The second half is missing."), CHLOE: 2, DARIO: 1})
    return folder


# ------------------------------------------------------------------------------------------------------- agreement


@pytest.mark.parametrize("seed", range(8))
def test_kappa_is_scikit_learns_if_that_is_told_every_possible_mark(seed):
    rng = random.Random(seed)
    pairs = [(rng.randrange(9), rng.randrange(9)) for _ in range(rng.randrange(3, 40))]
    first, second = zip(*pairs, strict=True)
    expected = metrics.cohen_kappa_score(first, second, labels=range(9), weights="quadratic")
    assert weighted_kappa([(a / 4, b / 4) for a, b in pairs]) == pytest.approx(expected, abs=1e-12)


def test_kappa_weighs_marks_by_points_even_where_nobody_gave_those_between():
    pairs = [(0, 0), (1, 4), (4, 4), (4, 1)]
    assert weighted_kappa(pairs) == pytest.approx(1 - 4.5 / (3.1875 + 3.1875))
    by_rank = metrics.cohen_kappa_score(*zip(*pairs, strict=True), weights="quadratic")
    assert by_rank == pytest.approx(7 / 11)


@pytest.mark.parametrize(
    "pairs, kappa, words",
    [
        ([(1, 1)], None, "not defined: it takes two answers"),
        ([(1, 1), (1, 1)], None, "not defined: both gave every answer the same points"),
        ([(1, 0), (1, 2)], 0, "says nothing: one of the two gave every answer the same points"),
        ([(1, 2), (1, 2)], 0, "says nothing"),
        ([(0, 2), (2, 0)], -1, "no better than chance, but from fewer than 20 answers"),
        ([(0, 0), (2, 2)] * 10, 1, "almost perfect"),
        ([(0, 0), (2, 2), (0, 2), (2, 0)] * 5, 0, "no better than chance"),
    ],
)
def test_what_kappa_means_is_said_also_where_there_is_none(pairs, kappa, words):
    found = agreement(LESSON, QUESTION, ("a", "b"), 2, pairs)
    assert found.kappa == (kappa if kappa is None else pytest.approx(kappa))
    assert found.words.startswith(words)
    assert found.count == len(pairs)


def test_equal_marks_and_the_mean_difference_are_counted():
    found = agreement(LESSON, QUESTION, ("a", "b"), 2, [(0, 0), (1, 1.5), (2, 0.5)])
    assert (found.equal, found.difference) == (1, pytest.approx(2 / 3))


# ----------------------------------------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    "marks, points, how",
    [
        ([], None, "one"),
        ([1], None, "one"),
        ([0.3, 0.3], 0.3, "equal"),
        ([0.1 + 0.2, 0.3], 0.1 + 0.2, "equal"),
        ([1, 1.5], 1.5, "mean"),
        ([1.5, 1], 1.5, "mean"),
        ([0.7, 1], 1, "mean"),
        ([0.7, 0.75], 0.5, "mean"),
        ([1.3, 0.8], 1, "mean"),
        ([1, 1.51], None, "differ"),
        ([0, 2], None, "differ"),
        ([0, 2, 2], 2, "middle"),
        ([0, 2, 1.5], 1.5, "middle"),
        ([0, 1, 2], None, "differ"),
        ([1, 1, 1], 1, "equal"),
        ([0, 0, 2, 2], None, "differ"),
        ([0, 2, 2, 2], 2, "middle"),
        ([1.75, 2.25], 2, "mean"),
    ],
)
def test_marks_make_points_by_these_rules_and_no_others(marks, points, how):
    assert Rules().settled(marks, TOP) == (points, how)


def test_a_tolerance_of_zero_settles_equal_marks_alone():
    assert Rules(0).settled([1, 1.1], TOP) == (None, "differ")


def test_another_step_rounds_to_it_and_never_above_the_points_of_the_question():
    assert Rules(1, 0.25).settled([1, 1.25], TOP) == (1.25, "mean")
    assert Rules(1, 1).settled([1, 2], TOP) == (2, "mean")
    assert Rules(1, 2).settled([1, 1.2], 1.2) == (1.2, "mean")


@pytest.mark.parametrize("wrong", [(-1, 0.5), (0.5, 0), (0.5, -1), (float("nan"), 1), (1, float("inf"))])
def test_rules_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ClassError, match="should be"):
        Rules(*wrong)


# ----------------------------------------------------------------------------------------------------------- codes


def test_codes_stay_and_tell_nothing(made, tmp_path):
    first, second = Codes(made), Codes(copied(made, tmp_path / "copy"))
    codes = [first.code(student, LESSON) for student in STUDENTS]
    assert codes == [second.code(student, LESSON) for student in STUDENTS]
    assert len({*codes, *(first.code(student, "20_capstone") for student in STUDENTS)}) == 2 * len(STUDENTS)
    assert all(re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", code) for code in codes)


def test_the_order_is_meaningless_and_another_one_for_each_lesson_and_marker(made):
    codes, people = Codes(made), [f"student {n:03}" for n in range(50)]

    def order(lesson, marker):
        return tuple(sorted(people, key=lambda student: codes.place(student, lesson, marker)))

    orders = {order(lesson, marker) for lesson in ("03_gates", "04_gru") for marker in ("alice", "bob")}
    assert len(orders | {tuple(people)}) == 5


@pytest.mark.parametrize("typed", ["K7WX-3QHM", "k7wx3qhm", " K7WX 3QHM ", "K7WX–3QHM"])
def test_a_code_is_understood_however_it_is_typed(typed):
    assert read_code(typed) == "K7WX-3QHM"


@pytest.mark.parametrize("typed", ["", "K7WX", "K7WX-3QHA", "K7WX-3QHMM", "Ada Lovelace", "../x"])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(ClassError, match="eight letters and digits"):
        read_code(typed)


def test_from_a_code_back_to_the_name(made):
    codes = Codes(made)
    assert whose(made.root, [codes.code(BOB, LESSON).lower()]) == [(codes.code(BOB, LESSON), LESSON, BOB)]
    assert {student for *_, student in whose(made.root)} == {*STUDENTS}
    with pytest.raises(ClassError, match="no submission with the code KKKK-KKKK"):
        whose(made.root, ["KKKK-KKKK"])


def test_without_a_key_nothing_was_graded(tmp_path):
    with pytest.raises(ClassError, match="run gru-course grade"):
        Codes(ClassFolder(tmp_path))


# ----------------------------------------------------------------------------------------------------------- marks


@pytest.mark.parametrize(
    "name", ["alice", "Alice B", "alice@uni.example", "José", "李", "O'Brien", "a", "x" * 40, "TA-2"]
)
def test_names_that_a_marker_may_have(folder, name):
    assert Markers(folder).named(name) == name
    mark(folder, name, {ADA: 1})
    assert Markers(folder).names() == [name]


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "a/b", "a\\b", "-x", ".x", "a\nb", "a\x00b", "x" * 41, "con", "a*", "=1+2", "a‮b", "a ", "a.", "<b>"],
)  # fmt: skip
def test_names_that_cannot_be_a_file_or_deceive_are_refused(folder, name):
    with pytest.raises(ClassError, match="cannot be a marker's name"):
        Sheets(folder, name)
    assert Markers(folder).names() == []


def test_a_name_that_differs_only_in_capitals_is_not_another_marker(folder):
    mark(folder, "alice", {ADA: 1})
    with pytest.raises(ClassError, match="has a marker 'alice'"):
        Markers(folder).named("Alice")


def test_of_an_answer_that_is_marked_twice_the_last_mark_counts(folder):
    mark(folder, "alice", {ADA: (1, "first")})
    mark(folder, "alice", {ADA: 2})
    (given,) = Markers(folder).of("alice").values()
    assert (given.points, given.comment) == (2, "first")
    mark(folder, "alice", {ADA: None})
    (given,) = Markers(folder).of("alice").values()
    assert given.points is None


def test_files_of_two_copies_are_joined_by_the_time_of_their_lines(folder):
    mark(folder, "alice", {ADA: 1})
    path = Markers(folder).files()[0]
    line = json.loads(path.read_text())
    later, earlier = (
        {**line, "time": f"{year}-01-01T00:00:00+00:00", "points": p} for year, p in ((2030, 2), (2020, 0))
    )
    path.write_text("".join(json.dumps(one) + "\n" for one in (later, earlier, line)))
    (given,) = Markers(folder).of("alice").values()
    assert given.points == 2


def test_lines_that_no_marker_wrote_are_skipped(folder):
    mark(folder, "alice", {ADA: 1})
    (path,) = Markers(folder).files()
    line = json.loads(path.read_text())
    strange = [{**line, "points": p} for p in (-1, "2", True, [], float("nan"))]
    strange += [{**line, "seen": None}, {**line, "submission": 1}, {"event": "points"}, {**line, "time": None}]
    path.write_text("not json\n" + "".join(json.dumps(one) + "\n" for one in [line, *strange]) + '{"event": "points", ')
    (given,) = Markers(folder).of("alice").values()
    assert given.points == 1


@pytest.mark.parametrize("wrong", [-0.5, 2.5, "3", "x", float("nan"), float("inf"), True, [1]])
def test_points_out_of_range_are_refused_and_nothing_is_kept(folder, wrong):
    for marker in ("alice", None):
        with pytest.raises(ClassError, match="worth 2 points"):
            mark(folder, marker, {ADA: wrong})
    assert Markers(folder).names() == []
    assert in_gradebook(folder)[ADA] == (None, True, "")


def test_a_marker_sees_their_own_marks_and_nobody_elses(two):
    def seen(marker):
        sheets = Sheets(two, marker)
        found = {sheet.student: sheet.answers[0] for sheet in sheets.of()}
        sheets.answers.close()
        return found

    alice, bob, carol = seen("alice"), seen("bob"), seen("carol")
    assert (alice[BOB].points, alice[BOB].comment, alice[BOB].state) == (1, "Half of it.", "marked")
    assert (bob[BOB].points, bob[EVE].points, bob[EVE].state) == (1.5, None, "open")
    assert {shown.state for shown in carol.values()} == {"open", "blank"}
    assert carol[FATIMA].state == "blank"
    agreeing.agree(two.root)
    assert seen("carol") == {
        student: type(shown)(**{**vars(shown), "answer": seen("carol")[student].answer})
        for student, shown in carol.items()
    }
    told = json.dumps([shown.as_grade() | shown.as_comment() for shown in alice.values()])
    assert not any(part in told for student in STUDENTS for part in student.split())


# ------------------------------------------------------------------------------------------------------- settling


def test_equal_and_near_marks_are_settled_and_others_wait(two):
    found, outcome = states(two)
    assert {student: result.state for student, result in found.items()} == {
        ADA: "equal", BOB: "mean", CHLOE: "differ", DARIO: "equal", EVE: "one",
    }  # fmt: skip
    assert in_gradebook(two) == {
        ADA: (2, False, "Well said."),
        BOB: (1.5, False, "Half of it.\n\n---\n\nThe second half is missing."),
        CHLOE: (None, True, ""), DARIO: (1, False, ""), EVE: (None, True, ""), FATIMA: (None, False, ""),
    }  # fmt: skip
    (row,) = outcome.agreements
    assert (row.markers, row.count, row.equal) == (("alice", "bob"), 4, 2)
    again, _ = states(two)
    assert not any(result.fresh for result in again.values())


def test_a_dry_run_writes_nothing(two):
    before = in_gradebook(two)
    found, _ = states(two, write=False)
    assert found[ADA].fresh
    assert in_gradebook(two) == before
    assert not Settled(two).journal.path.exists()


def test_the_tolerance_is_kept_until_another_is_given(two):
    found, _ = states(two, tolerance=2, step=0.25)
    assert (found[BOB].points, found[CHLOE].points) == (1.25, 1)
    found, _ = states(two)
    assert found[CHLOE].state == "mean"
    found, _ = states(two, tolerance=0.5)
    assert found[CHLOE].state == "differ"
    assert in_gradebook(two)[CHLOE][:2] == (1, True)  # opened again


def test_a_third_mark_settles_what_it_is_near_to(two):
    mark(two, "carol", {CHLOE: 1.5})
    found, outcome = states(two)
    assert (found[CHLOE].state, found[CHLOE].points) == ("middle", 1.5)
    assert {row.markers for row in outcome.agreements} == {("alice", "bob"), ("alice", "carol"), ("bob", "carol")}


def test_a_persons_decision_counts_whatever_the_marks_are(two):
    code = Codes(two).code(CHLOE, LESSON)
    result, before = agreeing.decide(two.root, code, 0.5, comment="We met.", by="Prof. X")
    assert (result.marks, before) == ({"alice": 0, "bob": 2}, None)
    mark(two, "alice", {CHLOE: 2})
    found, _ = states(two)
    assert (found[CHLOE].state, found[CHLOE].points, found[CHLOE].fresh) == ("decided", 0.5, False)
    assert in_gradebook(two)[CHLOE] == (0.5, False, "We met.")


@pytest.mark.parametrize(
    "points, question, message",
    [(3, None, "worth 2 points"), (-1, None, "worth 2 points"), (float("nan"), None, "worth 2"), (1, "x", "no question 'x'")],
)  # fmt: skip
def test_a_decision_that_cannot_be_is_refused(two, points, question, message):
    with pytest.raises(ClassError, match=message):
        agreeing.decide(two.root, Codes(two).code(CHLOE, LESSON), points, question)
    with pytest.raises(ClassError, match="no submission with the code"):
        agreeing.decide(two.root, "KKKK-KKKK", 1)


def test_points_given_without_a_marker_are_never_overwritten(two):
    mark(two, None, {ADA: (1, "Mine."), CHLOE: 1})
    found, _ = states(two)
    assert (found[ADA].state, found[CHLOE].state) == ("by hand", "by hand")
    assert in_gradebook(two)[ADA] == (1, False, "Mine.")
    states(two)
    mark(two, None, {BOB: 0})  # after it was settled
    found, _ = states(two)
    assert found[BOB].state == "by hand"
    assert in_gradebook(two)[BOB][:2] == (0, False)
    mark(two, None, {BOB: None})  # taken back: the markers' count again
    states(two)
    assert in_gradebook(two)[BOB][:2] == (1.5, False)


def test_a_comment_written_without_a_marker_stays(two):
    states(two)
    mark(two, None, {BOB: (1.5, "Mine.")})
    mark(two, "bob", {BOB: (1, "Another.")})
    found, _ = states(two)
    assert found[BOB].state == "equal"
    assert in_gradebook(two)[BOB] == (1, False, "Mine.")


def test_what_was_settled_is_opened_again_if_the_marks_no_longer_agree(two):
    states(two)
    mark(two, "bob", {ADA: 0})
    found, _ = states(two)
    assert found[ADA].state == "differ"
    assert in_gradebook(two)[ADA][:2] == (2, True)
    mark(two, "bob", {ADA: 2})
    states(two)
    assert in_gradebook(two)[ADA][:2] == (2, False)


def test_whoever_takes_another_look_without_a_marker_is_not_asked_again(two):
    states(two)
    mark(two, "bob", {ADA: 0})
    states(two)  # opened again
    marked.submit_again(two, DARIO, "Another answer.")
    mark(two, None, {ADA: 2, DARIO: 1})  # the same points: "Resolve"
    for _ in range(2):
        found, _ = states(two)
        assert (found[ADA].state, found[DARIO].state) == ("by hand", "by hand")
        assert (in_gradebook(two)[ADA][:2], in_gradebook(two)[DARIO][:2]) == ((2, False), (1, False))


def test_agreement_is_that_of_the_marks_before_the_markers_met(two):
    _, before = states(two)
    mark(two, "bob", {CHLOE: 0})
    found, after = states(two)
    assert found[CHLOE].state == "equal"
    assert after.agreements == before.agreements


def test_after_another_submission_both_have_to_look_again(two):
    states(two)
    marked.submit_again(two, ADA, "Another answer.")
    assert in_gradebook(two)[ADA][:2] == (2, True)
    found, _ = states(two)
    assert (found[ADA].state, found[ADA].marks, found[ADA].earlier) == ("one", {}, ("alice", "bob"))
    sheets = Sheets(two, "alice")
    assert next(s for s in sheets.of() if s.student == ADA).answers[0].state == "again"
    sheets.answers.close()
    mark(two, "alice", {ADA: 1})
    found, _ = states(two)
    assert (found[ADA].state, found[ADA].marks, found[ADA].earlier) == ("one", {"alice": 1}, ("bob",))
    mark(two, "bob", {ADA: 1})
    states(two)
    assert in_gradebook(two)[ADA][:2] == (1, False)


def test_points_by_hand_for_an_earlier_submission_are_kept_for_a_person_to_see(two):
    mark(two, None, {ADA: 0.5})
    marked.submit_again(two, ADA, "Another answer.")
    mark(two, "alice", {ADA: 2})
    mark(two, "bob", {ADA: 2})
    found, _ = states(two)
    assert found[ADA].state == "by hand, before"
    assert in_gradebook(two)[ADA][:2] == (0.5, True)


def test_marks_that_are_more_than_the_question_is_worth_now_do_not_count(two):
    with Gradebook(two.db_url) as book:
        book.find_grade_cell(QUESTION, LESSON, LESSON).max_score = 1
        book.db.commit()
    found, _ = states(two)
    assert (found[ADA].state, found[ADA].earlier) == ("one", ("alice", "bob"))
    assert (found[BOB].state, found[BOB].marks, found[DARIO].points) == ("one", {"alice": 1}, 1)


def test_a_mark_for_a_page_that_was_open_while_the_student_submitted_again_is_for_the_old_one(two):
    sheets = Sheets(two, "bob")
    (shown,) = next(sheet for sheet in sheets.of() if sheet.student == ADA).answers
    marked.submit_again(two, ADA, "Another answer.")
    assert sheets.give_points(shown.answer.grade, "1.5", shown.answer.digest).state == "again"
    sheets.answers.close()


@pytest.mark.parametrize("where", ["before the gradebook is written", "after"])
def test_a_run_that_is_killed_is_finished_by_the_next(two, monkeypatch, where):
    states(two)
    mark(two, "bob", {ADA: 1.5})
    write = Answers.write

    def killed(self, changes):
        if where == "after":
            write(self, changes)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Answers, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            agreeing.agree(two.root, step=0.25)
    found, _ = states(two)
    assert (found[ADA].state, found[ADA].points) == ("mean", 1.75)
    assert in_gradebook(two)[ADA][:2] == (1.75, False)


def test_marks_of_another_class_are_left_out_and_counted(two, tmp_path):
    other = make_class(tmp_path / "other", STUDENTS[:2])
    mark(other, "alice", {ADA: 0})
    path, foreign = (f.root / "marking" / "marks" / "alice.jsonl" for f in (two, other))
    path.write_bytes(path.read_bytes() + foreign.read_bytes())
    found, outcome = states(two)
    assert outcome.foreign == {"alice": 1}
    assert found[ADA].state == "equal"


def test_no_file_of_the_markers_names_a_student(two):
    states(two)
    text = "".join(path.read_text() for path in (two.root / "marking").rglob("*.jsonl"))
    assert text.count("\n") > 10
    assert not any(json.dumps(student)[1:-1] in text or student in text for student in STUDENTS)


def test_two_gradebook_sessions_see_what_was_settled(two):
    states(two)
    with Gradebook(two.db_url) as book:
        (grade,) = [g for g in book.find_submission_notebook(LESSON, LESSON, ADA).grades if g.name == QUESTION]
        assert (grade.manual_score, grade.needs_manual_grade, grade.score) == (2, False, 2)


# ---------------------------------------------------------------------------------------- the rest of a class's folder


def test_forgetting_a_student_removes_what_markers_gave_and_nothing_else(two):
    states(two)
    codes = Codes(two)
    traces = forgetting.find_traces(two.root, ADA)
    assert traces.marking == 7  # points and a comment by each of two, compared, entry twice
    assert "7 lines of marking/, what markers gave" in traces.told()
    forgetting.forget(two.root, ADA)
    text = "".join(path.read_text() for path in (two.root / "marking").rglob("*.jsonl"))
    assert codes.submission(ADA, LESSON) not in text
    assert codes.submission(BOB, LESSON) in text
    found, outcome = states(two)
    assert {*found} == {BOB, CHLOE, DARIO, EVE}
    assert outcome.foreign == {}


def test_the_report_shows_agreement_and_what_waits(two):
    for path in (two.root / "submitted").iterdir():
        assert path.is_dir()
    page = write_report(two.root).read_text()
    assert '<h2 id="markers">Two markers</h2>' in page
    assert "alice and bob" in page
    assert "3 settled. 1 differ by more than" in page
    assert "1 wait for another mark" in page


def test_the_report_of_a_class_without_markers_does_not_speak_of_them(made):
    assert "Two markers" not in write_report(made.root).read_text()


# ---------------------------------------------------------------------------------------------------------- hiding


def covered(text, *names):
    hiding = Hiding(names)
    return hiding._text(text, True), hiding.covered, hiding.left


@pytest.mark.parametrize(
    "text",
    ["Ada Lovelace", "by ADA LOVELACE.", "ada_lovelace = 1", "Lovelace, Ada", "adalovelace", "ada.lovelace@uni.example", "# Ada  Lovelace"],
)  # fmt: skip
def test_a_whole_name_is_covered_however_it_is_written(text):
    shown, count, left = covered(text, "Ada Lovelace", "Lovelace Ada", "ada.lovelace@uni.example")
    assert COVER in shown
    assert "ovelace" not in shown.lower()
    assert (count, left) == (1, 0)


@pytest.mark.parametrize(
    "text, names, left",
    [
        ("np.max(gates)", ["Max Gates"], 0),
        ("Dear reader, Ada wrote this", ["Ada Lovelace"], 1),
        ("Jose says", ["José Müller"], 1),
        ("canada adapts", ["Ada Lovelace"], 0),
        ("x = 12", ["12"], 0),
        ("=1+2", ["=1+2"], 0),
        ("one two", ["kim"], 0),
    ],
)
def test_a_single_word_stays_and_is_counted(text, names, left):
    assert covered(text, *names) == (text, 0, left)


def test_numbers_and_namesakes_are_covered():
    assert covered("4711881 handed in", "4711881")[0] == f"{COVER} handed in"
    assert covered("I am Bob Honest", "Bob Honest (66)")[0] == f"I am {COVER}"


# -------------------------------------------------------------------------------------------------------- commands


def run(*arguments):
    result = CliRunner().invoke(cli.app, list(map(str, arguments)), env={"COLUMNS": "200"})
    return result.exit_code, result.output if result.exit_code == 0 else f"{result.output}{result.exception}"


def test_the_commands_tell_what_they_did(two):
    code, told = run("class", "agree", two.root)
    assert code == 0
    assert "alice and bob have both marked 4 answers." in told
    assert "Settled: 2 with equal marks, 1 by the mean of two." in told
    assert "3 answers were written to the gradebook now." in told
    chloe = Codes(two).code(CHLOE, LESSON)
    assert re.search(rf"{chloe}.*alice 0, bob 2", told)
    code, told = run("class", "decide", two.root, chloe, "--points", "1")
    assert told == f"{chloe}, {QUESTION}: 1 of 2 points (alice 0, bob 2).\n"
    code, told = run("class", "who", two.root, chloe)
    assert CHLOE in told
    assert BOB not in told


def test_with_one_marker_alone_everything_waits(folder):
    mark(folder, "alice", {ADA: 1})
    code, told = run("class", "agree", folder.root)
    assert code == 0
    assert "Settled: nothing yet." in told
    assert "These wait for another mark" in told
    assert "Nobody has marked 4 answers yet." in told


@pytest.mark.parametrize("command", [("agree",), ("decide", "KKKK-KKKK", "--points=1"), ("who", "KKKK-KKKK")])
def test_a_folder_without_a_class_is_refused(tmp_path, command):
    name, *rest = command
    (tmp_path / "x").write_text("")
    for place, message in ((tmp_path / "none", "does not exist"), (tmp_path, "nothing has been graded")):
        code, told = run("class", name, place, *rest)
        assert code == 1
        assert message in told


def test_a_class_that_nobody_marks_twice_says_how_to(folder):
    code, told = run("class", "agree", folder.root)
    assert code == 1
    assert "nobody has marked in this class with --marker yet" in told


def test_the_formgrader_refuses_what_it_cannot_do_before_it_starts(folder):
    for arguments, message in (
        (["--marker", "../x"], "cannot be a marker's name"),
        (["--marker", ""], "cannot be a marker's name"),
        (["--marker", "alice", "--differences"], "exclude each other"),
    ):
        code, told = run("formgrader", folder.root, "--no-browser", *arguments)
        assert code == 1
        assert message in told


def test_no_two_questions_share_an_answer(two):
    """Each written answer stands once, with its own points and comment."""
    with Answers(two) as answers:
        found = answers.of()
    assert len(found) == len(STUDENTS)
    assert all(a.grade != b.grade and a.note != b.note for a, b in itertools.combinations(found, 2))
