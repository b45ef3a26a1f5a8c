"""The class report: its numbers agree with a count by hand, its extremes work, and no code in it runs."""

import csv
import io
import math
import re
import shutil
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import sync_playwright
from rich.console import Console
from typer.testing import CliRunner

from grader import cli
from grader.base import theme
from grader.base.errors import ClassError
from grader.base.paths import course_root
from grader.classroom import grades
from grader.classroom.class_report import LISTED, Findings, render, write_report
from grader.classroom.demo import DUE, make_class
from grader.classroom.exports import export
from grader.classroom.folder import ClassFolder
from grader.classroom.gradebook import Book, Mark
from grader.classroom.grading import NEED_A_PERSON, STATES, Row, gradings
from grader.classroom.intake.roll import Roll
from grader.classroom.items import FEWEST, STAGES, items
from grader.classroom.similarity import Alike
from grader.classroom.spreadsheets import spreadsheet_safe
from grader.classroom.submissions import Submissions
from grader.doctor import browser_path
from grader.exercises import bank
from grader.exercises.general import GENERAL

LESSON = "03_gates"
NOW = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)
AWKWARD = {
    "script": "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">",
    "quotes": "\" onmouseover=\"document.title='run'\" x='",
    "emoji": "👩🏽‍🏫 Zoë",
    "right to left": "‮שרה كريم",
    "escape": "\x1b]0;run\x07\x1b[31mred\x00",
    "half": "half \ud83d",
    "long": "Wolfeschlegelsteinhausenbergerdorff" * 20,
    "template": "{{ 7 * 7 }}{% raw %}",
}


def verdict(state, mistake=None, stage="values"):
    return {"state": state, "mistake": mistake, "stage": stage, "headline": "`x` is wrong"}


P, T, F = verdict("passed"), verdict("todo"), verdict("failed")


def mistake(*keys):
    return verdict("failed", "+".join(keys))


def row(student="Ada", verdicts=None, lesson=LESSON, state="graded", score=5.0, late=0, waiting=False, **more):
    mark = Mark(score, 10.0, waiting, late, 0.0, "")
    submitted = DUE + timedelta(seconds=late or -3600)
    return Row(student, lesson, state, more.pop("reason", ""), more.pop("mark", mark), submitted, "timestamp.txt",
               verdicts or {}, True, **more)  # fmt: skip


def item(rows, name, written=None):
    return next(found for found in items(rows, written) if found.name == name)


class Page(HTMLParser):
    """What a browser would find in a page: its tags, its text, the rows of its tables."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.rows, self.in_row = [], "", [], False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
            self.in_row = True
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in ("div", "span", "p", "h2", "h3", "li", "td", "th"):
            self.handle_data(" ")

    def handle_endtag(self, tag):
        self.in_row = self.in_row and tag != "tr"

    def handle_data(self, data):
        self.text += data
        if self.in_row and self.rows[-1]:
            self.rows[-1][-1] += data

    def close(self):
        super().close()
        self.text = " ".join(self.text.split())
        self.rows = [[" ".join(cell.split()) for cell in line] for line in self.rows]


# ----------------------------------------------------------------------------------------------- numbers, by hand


def test_passed_tried_and_not_written_are_counted():
    rows = [row(f"s{i}", {"sigmoid": v, "gate": P}) for i, v in enumerate([P, P, P, F, T, T])]
    found = item(rows, "sigmoid")
    assert (found.n, found.passed, found.tried, found.todo, found.share) == (6, 3, 4, 2, 0.5)


def test_submissions_that_did_not_run_or_are_blank_do_not_count():
    rows = [row("a", {"sigmoid": P}), row("b", {"sigmoid": T}, state="blank"), row("c", {}, state="unreadable")]
    found = item(rows, "sigmoid")
    assert (found.n, found.passed, found.todo) == (1, 1, 0)


def test_an_exercise_that_the_submission_did_not_come_to_counts_as_not_written():
    found = item([row("a", {"sigmoid": P, "gate": P}), row("b", {"sigmoid": P}, state="crashed")], "gate")
    assert (found.n, found.passed, found.todo) == (2, 1, 1)


def test_mistakes_are_counted_in_words_and_two_at_once_count_for_both():
    known = bank()[LESSON]["gate"].mistakes
    first, second, third = list(known)[:3]
    made = [mistake(first)] * 3 + [mistake(first, second)] * 2 + [mistake(third)] + [P] * 4
    found = item([row(f"s{i}", {"gate": v}) for i, v in enumerate(made)], "gate")
    assert [(s.count, s.name, s.advice) for s in found.slips] == [
        (5, known[first].name, known[first].advice),
        (2, known[second].name, known[second].advice),
        (1, known[third].name, known[third].advice),
    ]


def test_a_mistake_of_no_single_exercise_is_told_by_its_name():
    made = [verdict("failed", key, "values") for key in (*GENERAL, *GENERAL)]
    found = item([row(f"s{i}", {"gate": v}) for i, v in enumerate(made)], "gate")
    assert {(s.count, s.name, s.advice) for s in found.slips} == {(2, m.name, m.advice) for m in GENERAL.values()}


def test_unnamed_mistakes_are_told_by_their_stage():
    made = [verdict("failed", None, stage) for stage in ("runs", "runs", "kind and shape", "error", "values")]
    found = item([row(f"s{i}", {"gate": v}) for i, v in enumerate([*made, mistake("no_such_key")])], "gate")
    counts = {slip.name: slip.count for slip in found.slips}
    assert counts == {STAGES["runs"]: 2, STAGES["kind and shape"]: 1, STAGES["error"]: 1, STAGES["values"]: 2}
    assert not any(slip.advice for slip in found.slips)


def test_every_stage_of_a_check_has_words():
    source = "".join(
        (course_root() / "grader" / "checking" / name).read_text() for name in ("diagnosis.py", "results.py")
    )
    stages = set(re.findall(r'(?:_fail|Fault)\(\s*"([^"]+)"', source)) | set(re.findall(r'= "([^"]+)", "laws"', source))
    assert len(stages) > 5
    assert stages <= set(STAGES)


def test_discrimination_is_the_point_biserial_correlation_with_the_rest():
    table = [
        (1, 1, 1),
        (1, 1, 0),
        (1, 0, 1),
        (1, 1, 1),
        (0, 0, 0),
        (0, 1, 0),
        (0, 0, 0),
        (0, 0, 1),
        (1, 0, 0),
        (1, 1, 1),
    ]
    names = ("sigmoid", "gate", "reset_gate")
    rows = [
        row(f"s{i}", {n: P if right else F for n, right in zip(names, line, strict=True)})
        for i, line in enumerate(table)
    ]
    for k, name in enumerate(names):
        rest = [sum(line) - line[k] for line in table]
        mean_passed = statistics.mean(r for r, line in zip(rest, table, strict=True) if line[k])
        mean_failed = statistics.mean(r for r, line in zip(rest, table, strict=True) if not line[k])
        share = statistics.mean(line[k] for line in table)
        textbook = (mean_passed - mean_failed) / statistics.pstdev(rest) * math.sqrt(share * (1 - share))
        found = item(rows, name)
        assert found.share == pytest.approx(share)
        assert found.discrimination == pytest.approx(textbook)
        centre = (math.atanh(found.interval[0]) + math.atanh(found.interval[1])) / 2
        assert math.tanh(centre) == pytest.approx(textbook)
        assert math.atanh(found.interval[1]) - centre == pytest.approx(1.96 / math.sqrt(7))


def test_an_exercise_that_surely_tells_nobody_apart_is_doubtful():
    strong = [row(f"a{i}", {"sigmoid": P, "gate": F}) for i in range(10)]
    weak = [row(f"b{i}", {"sigmoid": F, "gate": P}) for i in range(10)]
    assert item(strong + weak, "gate").doubtful
    assert item(strong + weak, "gate").discrimination == pytest.approx(-1)
    same = [row(f"a{i}", {"sigmoid": v, "gate": v}) for i, v in enumerate([P, F] * 10)]
    assert not item(same, "gate").doubtful
    unrelated = [row(f"a{i}", {"sigmoid": (P, F)[i % 2], "gate": (P, F)[i // 2 % 2]}) for i in range(200)]
    assert item(unrelated, "gate").discrimination == pytest.approx(0)
    assert item(unrelated, "gate").doubtful
    assert not item(unrelated[:12], "gate").doubtful
    assert "hardly tells apart" in render("x", strong + weak)
    assert "hardly tells apart" not in render("x", same)


@pytest.mark.parametrize(
    "made, why",
    [
        ([(P, P), (F, F)] * (FEWEST // 2 - 1), "too few"),
        ([(P, P), (P, F)] * 10, "everyone passed"),
        ([(F, P), (F, F)] * 10, "nobody passed"),
        ([(P, P), (F, P)] * 10, "scored the same"),
        ([(P,), (F,)] * 10, "no other exercise"),
        ([(T, P), (T, F)] * 10, "nobody passed"),
    ],
)
def test_where_there_is_no_discrimination_the_report_says_why(made, why):
    names = ("sigmoid", "gate")
    rows = [row(f"s{i}", dict(zip(names, line, strict=False))) for i, line in enumerate(made)]
    found = item(rows, "sigmoid")
    assert (found.discrimination, found.interval, found.doubtful) == (None, None, False)
    assert why in found.why_not
    assert found.why_not in Page(render("x", rows)).text


def test_answers_in_words_are_items_once_a_person_has_marked_them():
    rows = [row(f"s{i:02}", {"sigmoid": P if i % 2 else F, "gate": P if i % 3 else F}) for i in range(12)]
    shares = [i / 11 for i in range(12)]
    written = {(r.student, LESSON): {"why": share} for r, share in zip(rows, shares, strict=True)}
    found = item(rows, "why", written)
    passed = [(i % 2 > 0) + (i % 3 > 0) for i in range(12)]
    assert found.discrimination == pytest.approx(statistics.correlation(shares, passed))
    assert (found.n, found.share, found.passed) == (12, pytest.approx(0.5), 1)
    assert [
        line[1:4] for line in Page(render("x", rows, Findings(written=written))).rows if "why in words" in line
    ] == [["why in words", "12", "0.50"]]


def test_the_marks_plot_says_what_a_count_says():
    rows = [row(f"s{i}", {"sigmoid": P}, score=float(s)) for i, s in enumerate([0, 3, 3, 7, 10, 10, 10])]
    alts = [a["aria-label"] for tag, a in Page(render("x", rows)).tags if tag == "svg"]
    assert f"Marks in {LESSON}: 1 with 0, 2 with 3, 1 with 7, 3 with 10" in alts
    assert "median 7, n = 7" in render("x", rows)


def test_late_and_in_time_are_counted():
    rows = [row(f"s{i}", {"sigmoid": P}, late=late) for i, late in enumerate([0, 0, 60, 86_400, 10**9])]
    rows.append(Row(**{**vars(row("on the dot", {"sigmoid": P})), "submitted": DUE}))
    page = Page(render("x", rows, Findings(due={LESSON: DUE})))
    assert f"When {LESSON} was submitted: 3 in time, 3 late" in [a.get("aria-label") for tag, a in page.tags]
    assert "3 late." in page.text


def test_time_spent_is_summed_and_the_slowest_are_named():
    rows = [row(f"s{i}", {"sigmoid": P}, cpu_seconds=float(c), seconds=50.0) for i, c in enumerate([1, 2, 3, 594])]
    page = Page(render("x", rows))
    assert "They took 10 min of CPU time in all, 2.5 s in the median." in page.text
    assert [line[:4] for line in page.rows if line[0] in ("s3", "s2")] == [
        ["s3", LESSON, "594.0", "50.0"],
        ["s2", LESSON, "3.0", "50.0"],
    ]


# --------------------------------------------------------------------------------------------- a class with a truth


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A pretend class, its truth, and the rows that grading it would give."""
    folder = tmp_path_factory.mktemp("class") / "demo"
    truth = make_class(course_root(), folder, students=25, lessons=["03", "05"])["students"]
    return folder, truth, [row_of(s, lesson, t) for s, lessons in truth.items() for lesson, t in lessons.items()]


def row_of(student, lesson, truth):
    def told(found):
        if found["mistake"]:
            return mistake(found["mistake"])
        return P if found["score"] else T

    verdicts = {name: told(found) for name, found in truth["exercises"].items()}
    score, late, waiting = truth["score"], truth["late_seconds"], truth["needs_manual_grade"]
    return row(student, verdicts, lesson, truth["state"], score, late, waiting, seconds=1.0, cpu_seconds=0.5)


def test_the_page_counts_what_the_class_was_made_with(demo):
    _, truth, rows = demo
    page = Page(render("demo", rows, Findings(due={LESSON: DUE}), NOW))
    text = page.text
    for lesson in ("03_gates", "05_gru_cell"):
        for name, exercise in bank()[lesson].items():
            made = [lessons[lesson]["exercises"][name] for lessons in truth.values()]
            passed = sum(found["score"] > 0 for found in made)
            wrong = Counter(found["mistake"] for found in made if found["mistake"])
            todo = len(made) - passed - wrong.total()
            assert f"{name} · {passed} of {len(made)} passed" in text
            labels = [a.get("aria-label") for tag, a in page.tags]
            assert f"{passed} passed, {wrong.total()} tried and failed, {todo} not written" in labels
            for key, count in wrong.items():
                assert f"{count} of {len(made)} {exercise.mistakes[key].name.replace('`', '')}" in text
    waiting = {
        lesson: sum(t[lesson]["needs_manual_grade"] for t in truth.values()) for lesson in (LESSON, "05_gru_cell")
    }
    assert f"Answers in words to mark: 03_gates: {waiting[LESSON]}, 05_gru_cell: {waiting['05_gru_cell']}." in text
    assert "Monday, 7 December 2026" in text


def test_what_many_got_wrong_is_put_forward_for_the_next_lecture_most_common_first():
    known = bank()[LESSON]["gate"].mistakes
    rare, common, once = list(known)[:3]
    made = [mistake(common)] * 17 + [mistake(rare)] * 3 + [mistake(once)] + [F] * 19
    text = Page(render("x", [row(f"s{i}", {"gate": v}) for i, v in enumerate(made)])).text
    lecture = text[text.index("For the next lecture") : text.index(f"{LESSON} 40 submitted")]

    def told(key):
        name, advice = (" ".join(re.sub("[`*]", "", t).split()) for t in (known[key].name, known[key].advice))
        return f"in gate (03_gates): {name}. {advice}"

    assert lecture == f"For the next lecture 17 of 40 {told(common)} 3 of 40 {told(rare)} "


def test_the_folder_gives_due_times_and_similar_code(demo, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(demo[0], folder)
    shutil.copytree(folder / "submitted", folder / "autograded")
    unusual = "def sigmoid(a):\n    rows = [list(line) for line in np.atleast_2d(a)]\n" + "".join(
        f"    rows = [[value * {k} - {k + 1} for value in line[::-1]] for line in rows if len(line) != {k + 2}]\n"
        for k in range(30, 38)
    )
    for student in ("=1+2", "Ng, Mei"):
        path = folder / "autograded" / student / LESSON / f"{LESSON}.ipynb"
        notebook = nbformat.read(path, 4)
        next(c for c in notebook.cells if c.id == "sigmoid").source = unusual
        nbformat.write(notebook, path)
    rows = [r if r.lesson != LESSON else Row(**{**vars(r), "verdicts": {**r.verdicts, "sigmoid": F}}) for r in demo[2]]
    written = write_report(folder, rows, NOW)
    assert written == folder / "report.html"
    page = Page(written.read_text(encoding="utf-8"))
    assert f"{LESSON}: =1+2, Ng, Mei In sigmoid;" in page.text
    assert "rows = [[value * 30" in page.text
    late = sum(r.mark.seconds_late > 0 for r in rows if r.lesson == LESSON)
    assert f"When {LESSON} was submitted: {25 - late} in time, {late} late" in [
        a.get("aria-label") for _, a in page.tags
    ]


def test_a_report_is_made_of_a_folder_where_nothing_was_executed(demo, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(demo[0], folder)
    assert "Nothing stands out" in write_report(folder, demo[2], NOW).read_text(encoding="utf-8")


@pytest.fixture
def marked(demo, tmp_path):
    """A class of three that was graded, as journal and gradebook have it: its folder."""
    path = tmp_path / "class"
    shutil.copytree(demo[0], path)
    folder, (ada, bo, cy) = ClassFolder(path), sorted(demo[1])[:3]
    with Book(folder) as book:
        for student, verdicts in ((ada, {"sigmoid": P, "gate": F}), (bo, {"sigmoid": F, "gate": F})):
            notebook = nbformat.read(folder.submitted(student, LESSON) / f"{LESSON}.ipynb", 4)
            scores = {f"check_{name}": 2 * (verdicts.get(name) is P) for name in bank()[LESSON]}
            book.record(student, LESSON, DUE + timedelta(hours=1), notebook, scores)
            entry = {
                "state": "graded",
                "reason": "",
                "verdicts": verdicts,
                "cpu_seconds": 0.5,
                "digest": "",
                "build": "",
            }
            for done in (False, True):
                receipt = {"sandbox": student == ada, "versions": {"course": f"0.1.0+{student}"}}
                folder.journal.append("marked", student=student, lesson=LESSON, done=done, receipt=receipt, **entry)
    folder.journal.append("failed", student=cy, lesson=LESSON, reason="the grader failed: OSError")
    folder.journal.append("marked", student=cy, lesson=LESSON, done=False)
    return folder


def test_the_command_writes_the_report_from_journal_and_gradebook(marked, demo):
    done = CliRunner().invoke(cli.app, ["report", str(marked.root)])
    assert done.exit_code == 0, done.output
    page = Page((marked.root / "report.html").read_text(encoding="utf-8"))
    ada, bo, cy = sorted(demo[1])[:3]
    assert "sigmoid · 1 of 2 passed" in page.text
    assert "gate · 0 of 2 passed" in page.text
    assert "median 1, n = 2" in page.text  # 2 and 0 points, cy has none
    assert "0 in time, 2 late" in str(page.tags)
    assert "Judged without a sandbox: 03_gates: 1." in page.text
    assert f"By version 0.1.0+{ada}, 0.1.0+{bo} of the course." in page.text
    assert [cy, LESSON, "the grader failed: OSError", "feedback, submission"] in page.rows


def test_a_submission_that_failed_once_and_was_graded_then_needs_nobody(marked, demo):
    cy = sorted(demo[1])[2]
    entry = {
        "state": "graded",
        "reason": "",
        "verdicts": {"sigmoid": P},
        "receipt": {"sandbox": True, "versions": {"course": ""}},
    }
    lines = marked.journal.path.read_text().replace('"event": "failed", "time": "2', '"event": "failed", "time": "1')
    marked.journal.path.write_text(lines)
    marked.journal.append("marked", student=cy, lesson=LESSON, done=True, **entry)
    text = Page(write_report(marked.root).read_text(encoding="utf-8")).text
    assert "OSError" not in text
    assert "sigmoid · 2 of 3 passed" in text


def test_marks_given_by_hand_since_are_in_the_next_report(marked, demo):
    with Gradebook(marked.db_url) as gb:
        for student, points in zip(sorted(demo[1])[:2], (0, 2), strict=True):
            grades = gb.find_submission_notebook(LESSON, LESSON, student).grades
            grade = next(g for g in grades if not g.name.startswith("check_"))
            grade.manual_score, grade.needs_manual_grade, top = points, False, grade.max_score
        gb.db.commit()
        name = grade.name
    write_report(marked.root)
    page = Page((marked.root / "report.html").read_text(encoding="utf-8"))
    (line,) = [line for line in page.rows if f"{name} in words" in line]
    assert line[2:4] == ["2", f"{2 / top / 2:.2f}"]


def test_where_nothing_was_graded_the_command_says_what_to_do(tmp_path):
    with pytest.raises(ClassError, match="gru-course grade"):
        write_report(tmp_path)


@pytest.fixture
def handed_in(demo, tmp_path):
    """A class whose autograded notebooks can be changed by ``change(student, function of the cells by grade_id)``."""
    folder = tmp_path / "class"
    shutil.copytree(demo[0], folder)
    shutil.copytree(folder / "submitted", folder / "autograded")

    def change(student, how):
        path = folder / "autograded" / student / LESSON / f"{LESSON}.ipynb"
        notebook = nbformat.read(path, 4)
        how(notebook, {cell.id: cell for cell in notebook.cells})
        nbformat.write(notebook, path)

    rows = [r if r.lesson != LESSON else Row(**{**vars(r), "verdicts": {**r.verdicts, "sigmoid": F}}) for r in demo[2]]
    return folder, rows, change


UNUSUAL = "def {name}(a):\n    rows = [list(line) for line in np.atleast_2d(a)]\n" + "".join(
    f"    rows = [[value * {k} - {k + 1} for value in line[::-1]] for line in rows if len(line) != {k + 2}]\n"
    for k in range(30, 38)
)
ESSAY = (
    "One gate is a pair of glasses through which yesterday's page is read before a new one is drafted, the other decides "
    "whether the draft replaces the page at all. With a single gate nobody could ignore the past while drafting and still "
    "keep the old page when the draft turns out worthless, so calm nights would slowly wash the whole diary out."
)


def test_code_moved_into_a_cell_of_ones_own_and_equal_essays_are_compared(handed_in):
    folder, rows, change = handed_in

    def moved(notebook, cells):
        cells["sigmoid"].source = "sigmoid = helper"
        notebook.cells.insert(3, nbformat.v4.new_code_cell(UNUSUAL.format(name="helper")))

    def written(notebook, cells):
        cells["why_two_gates"].source += f"\n\n{ESSAY}"

    change("=1+2", moved)
    change("Ng, Mei", lambda notebook, cells: cells["sigmoid"].update(source=UNUSUAL.format(name="sigmoid")))
    for student in ("Ng, Mei", "-Dash"):
        change(student, written)
    text = Page(write_report(folder, rows, NOW).read_text(encoding="utf-8")).text
    assert f"{LESSON}: =1+2, Ng, Mei In sigmoid, cells of their own;" in text
    assert f"{LESSON}: -Dash, Ng, Mei In why_two_gates;" in text
    assert "Not compared" not in text


def test_what_was_not_compared_is_listed_with_its_reason(handed_in):
    folder, rows, change = handed_in
    change("=1+2", lambda notebook, cells: cells["sigmoid"].update(source=f"x = 0x{'f' * 6000}"))
    change("-Dash", lambda notebook, cells: cells["why_two_gates"].update(source="long words " * 5000))
    (folder / "autograded" / "Ng, Mei" / LESSON / f"{LESSON}.ipynb").write_text('{"cells": [{}]}')
    page = Page(write_report(folder, rows, NOW).read_text(encoding="utf-8"))
    assert "Not compared: 3." in page.text
    told = {line[0]: line[2] for line in page.rows if len(line) == 4 and line[1] == LESSON}
    assert told["=1+2"].startswith("sigmoid: its code could not be parsed")
    assert told["-Dash"].startswith("why_two_gates: it is too long: 55,000 characters")
    assert told["Ng, Mei"].startswith(f"{LESSON}.ipynb in autograded/ cannot be read: KeyError")


FOREIGN = """
{"event": "marked", "time": "2026-01-01T00:00:00+00:00"}
{"event": "marked", "student": ["Ada"], "lesson": "03_gates", "done": true}
{"event": "marked", "student": "Ada", "lesson": "03_gates", "done": true, "state": "graded"}
{"event": "marked", "time": "2", "student": "Ada", "lesson": "03_gates", "done": true, "state": "new", "reason": "", "verdicts": {}}
{"event": "marked", "time": "2", "student": "Ada", "lesson": "03_gates", "done": true, "state": "late", "reason": "", "verdicts": {"x": 1}}
{"event": "failed", "student": "Ada", "lesson": "03_gates"}
{"event": "received", "student": null}
{"event": "received", "student": "Ada", "lesson": "03_gates"}
{"event": "received", "student": "Ada", "lesson": "03_gates", "submitted": null, "time_from": "", "number": 3, "lms": "moodle"}
{"event": "unidentified", "download": "x", "entry": "y", "lesson": "03_gates"}
{"event": "seen", "student": "Ada", "lesson": "03_gates"}
{"event": "marked", ÿ}
not JSON at all
{"event": "marked", "time": "2026-01-01T00:00:00+00:00", "student": "Ada", "les"""  # ends as a kill leaves it


def test_lines_of_the_journal_that_are_half_written_or_foreign_cost_only_themselves(marked):
    def read():
        grades = Page(write_report(marked.root, now=NOW).read_text(encoding="utf-8")).text
        exported = export(marked, "canvas", marked.root / "canvas.csv")
        return (
            grades,
            exported.path.read_text(encoding="utf-8"),
            exported.sentences(),
            gradings(marked.journal),
            list(Submissions(marked)),
            vars(Roll(marked)),
        )

    before = read()
    with marked.journal.path.open("a", encoding="latin-1") as f:
        f.write(FOREIGN)
    assert read() == before


def test_five_thousand_submissions_with_odd_names_and_no_lesson_make_a_page():
    odd = [row(f"<{i}>\udcff", {}, lesson=f"<i>{i}</i>\udcff", mark=None, state="wrong lesson") for i in range(2000)]
    gone = [row(f"s{i}", {"no_longer_there": F, "sigmoid": P}, mark=None) for i in range(3000)]
    html = render("x", [*odd, *gone])
    html.encode()
    page = Page(html)
    assert "5000 submissions" in page.text and "<i>0</i>" not in html and len(html) < 300_000
    assert ["wrong lesson", "2000", STATES["wrong lesson"]] in page.rows
    assert "submitted/%3C0%3E%FF/%3Ci%3E0%3C/i%3E%FF/" in [a.get("href") for _, a in page.tags]


# ---------------------------------------------------------------------------------------------------------- extremes


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("only", {"sigmoid": P})],
        [row("only", {}, state="unreadable", score=0.0)],
        [row("no mark", {}, mark=None, state="failed", reason="the grader failed")],
        [row(f"s{i}", {"sigmoid": F, "gate": F}, score=0.0) for i in range(30)],
        [row(f"s{i}", {"sigmoid": P, "gate": P}, score=10.0) for i in range(30)],
        [row(f"s{i}", {"sigmoid": T, "gate": T}, score=0.0) for i in range(30)],
        [row("a", {"sigmoid": P}), row("b", {"gate": P})],
        [row("a", {"sigmoid": P}), row("a", {"gru_step": P}, lesson="05_gru_cell")],
        [row("a", {"my_own_test": P, "sigmoid": F}), row("b", {}, lesson="99_none", mark=None, state="wrong lesson")],
        [row("a", {"sigmoid": P}, mark=Mark(0.0, 0.0, False, 0, 0.0, ""))],
        [row("extra credit", {"sigmoid": P}, score=13.0), row("penalty", {"sigmoid": P}, score=2.5)],
        [row("a", {"sigmoid": P}, mark=Mark(250.0, 1000.0, False, 0, 0.0, ""))],
        [Row(**{**vars(row("no time", {"sigmoid": P})), "submitted": None})],
    ],
    ids=lambda rows: f"{len(rows)}-{rows[0].student if rows else 'nobody'}",
)
def test_any_class_can_be_reported(rows, tmp_path):
    text = Page(render("class", rows, Findings(due={LESSON: DUE}))).text
    assert re.search(rf" {len(rows)} submissions?\b", text)
    assert not re.search(r"\bnan\b|\binf\b|None", text.replace("None late", ""))
    grades.write_grades(tmp_path / "grades.csv", rows)
    console = Console(file=io.StringIO())
    for table in grades.summary(rows):
        console.print(table)


def test_whatever_needs_a_person_is_listed_with_its_reason_and_where_to_look():
    rows = [row(f"{state} student", {}, state=state, reason=f"since `{state}` it is") for state in STATES]
    rows.append(
        row("again", {"sigmoid": P}, state="crashed", changed="3 points before, 5 points now (why: another submission)")
    )
    page = Page(render("x", rows))
    told = {line[0]: line[2] for line in page.rows if len(line) == 4}
    for state in NEED_A_PERSON:
        assert told[f"{state} student"] == f"since {state} it is"
    assert "graded student" not in told and "late student" not in told
    assert told["again"] == "3 points before, 5 points now (why: another submission)"
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    assert f"feedback/timed%20out%20student/{LESSON}/{LESSON}.html" in links
    assert f"submitted/timed%20out%20student/{LESSON}/" in links
    assert f"{len(NEED_A_PERSON) + 1} to look at" in page.text


def test_no_sandbox_is_told_loudly_and_own_tests_with_their_trust():
    rows = [row("a", {"sigmoid": P}, sandbox=False), row("b", {"sigmoid": P}, own_tests=("my_test",))]
    text = Page(render("x", rows)).text
    assert text.count("ithout a sandbox: 03_gates: 1.") == 2
    assert "my_test (03_gates)" in text
    assert "nbgrader's own level of trust" in text
    text = Page(render("x", [row("b", {"sigmoid": P})])).text
    assert "Each submission in a sandbox of its own" in text
    assert "ithout a sandbox" not in text
    assert "Test cells of your own" not in text


def test_a_large_class_makes_no_large_page():
    rows = [row(f"s{i}", {"sigmoid": P, "gate": F}, state="crashed", reason="x" * 2000) for i in range(3000)]
    html = render(
        "x", rows, Findings(alike=(Alike(LESSON, tuple(f"s{i}" for i in range(99)), ("gate",), 50.0, 0.5, ()),))
    )
    assert len(html) < 200_000
    assert f"and {3000 - LISTED} more, in grades.csv" in html
    assert "and 87 more" in html
    console = Console(file=io.StringIO(), width=120, record=True)
    lessons = [name for name in bank() if bank()[name]]
    large = [row(f"s{i}", dict.fromkeys(bank()[name], F), name) for i in range(50) for name in lessons]
    for table in grades.summary(large):
        console.print(table)
    assert console.export_text().count("\n") < 60


# ------------------------------------------------------------------------------------------------------------ safety


def awkward_rows():
    rows = [
        row(name, {"sigmoid": verdict("failed", name, name), name[:90]: P}, state="crashed", reason=f"it said {name}",
            changed=name, own_tests=(name[:90],), seconds=1.0)
        for name in AWKWARD.values()
    ]  # fmt: skip
    rows += [row("a", {"sigmoid": P}, lesson=name) for name in (AWKWARD["script"], AWKWARD["quotes"])]
    alike = [Alike(LESSON, tuple(AWKWARD.values()), ("sigmoid",), 50.0, 0.5, tuple(AWKWARD.values()))]
    return rows, Findings(due={LESSON: DUE}, alike=tuple(alike))


def test_nothing_that_was_handed_in_becomes_markup():
    html = render(AWKWARD["script"], *awkward_rows())
    page = Page(html)
    html.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", html)
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "link", "form", "base"} == set()
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        if tag == "a":
            assert re.match(r"#|feedback/|submitted/", attributes["href"])
    assert AWKWARD["script"] in page.text
    assert AWKWARD["emoji"] in page.text
    assert AWKWARD["template"] in page.text
    assert AWKWARD["long"] not in page.text
    policy = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_every_plot_is_told_in_words_and_every_id_is_its_own(demo):
    page = Page(render("x", demo[2], Findings(due={LESSON: DUE, "05_gru_cell": DUE})))
    plots = [a for tag, a in page.tags if tag == "svg"]
    assert len(plots) == 7
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in plots)
    ids = Counter(a["id"] for _, a in page.tags if "id" in a)
    assert [name for name, count in ids.items() if count > 1] == []
    targets = [a.get("href", a.get("xlink:href", "")) for _, a in page.tags]
    assert [t for t in targets if t.startswith("#") and t[1:] not in ids] == []


def test_its_look_is_the_themes():
    page = render("x", [row("a", {"sigmoid": P, "gate": F}), row("b", {"sigmoid": T, "gate": P})])
    assert theme.page_style() in page
    used = set(re.findall(r"var\(--(\w+)\)", page))
    assert used <= set(theme.COLOURS)
    assert {"passed", "failed", "todo", "bar", "mark"} <= used
    shares = re.findall(r'role="img" aria-label="([^"]*)">\s*((?:<span class="\w+"[^>]*></span>\s*)+)</div>', page)
    assert ("1 passed, 0 tried and failed, 1 not written", ["passed", "todo"]) in [
        (said, re.findall(r'class="(\w+)"', spans)) for said, spans in shares
    ]


@pytest.mark.system
@pytest.mark.skipif(browser_path() is None, reason="no Chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_and_nothing_runs(tmp_path, scheme):
    path = tmp_path / "report.html"
    path.write_text(render("class", *awkward_rows()), encoding="utf-8")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme).new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.title() == "Class report: class"
        assert (said, asked) == ([], [path.as_uri()])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        colours = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]
        assert (brightness[0] < brightness[1]) == (scheme == "light")
        chromium.close()


def test_grades_csv_says_how_it_was_judged_and_holds_no_control_characters(tmp_path):
    rows = [*awkward_rows()[0], row("plain", {}, sandbox=False, cpu_seconds=1.25, seconds=2.5, own_tests=("a", "b"))]
    grades.write_grades(tmp_path / "grades.csv", rows)
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    lines = {line["student"]: line for line in csv.DictReader(io.StringIO(text))}
    found = lines["plain"]
    assert (found["sandbox"], found["cpu_seconds"], found["seconds"], found["own_tests"]) == (
        "NO",
        "1.25",
        "2.5",
        "a b",
    )
    assert lines[AWKWARD["script"]]["sandbox"] == "yes"
    assert lines[AWKWARD["emoji"]]["changed"] == AWKWARD["emoji"]


@pytest.mark.parametrize(
    "name", [*AWKWARD.values(), "=1+2", "a;=1+2", "a\t=1", "\udcff", "[/red][bold", "a\r\n=1", '","=1']
)
def test_no_column_of_grades_csv_and_no_table_is_broken_by_a_text_of_a_submission(tmp_path, name):
    rows = [row(name, {name: P}, lesson=name, state="crashed", reason=name, changed=name, own_tests=(name,))]
    rows[0] = Row(**{**vars(rows[0]), "time_from": name})
    grades.write_grades(tmp_path / "grades.csv", rows)
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8")
    (line,) = csv.DictReader(io.StringIO(text))
    for column in ("student", "lesson", "time_from", "reason", "own_tests", "changed"):
        assert line[column] == spreadsheet_safe(name)
        assert not re.search(r"(?:^|[;\t])[^\w;']*[=+@-]", line[column])
    for written in text.splitlines():
        assert re.fullmatch(r'"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*', written), "every field is quoted"
    console = Console(file=io.StringIO(), width=120)
    for table in grades.summary(rows):
        console.print(table)
    console.file.getvalue().encode()
