"""The syllabus names what exists: exercises, questions, lessons and their minutes; its plans and sums are right."""

import re
from functools import cache

import pytest

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root

SYLLABUS = (course_root() / "docs" / "syllabus.md").read_text(encoding="utf-8")
OUTCOMES = SYLLABUS.partition("## Learning outcomes\n")[2].partition("\n## ")[0]
PLANS = {
    title: text
    for title, _, text in (
        part.partition("\n") for part in SYLLABUS.partition("## Plans\n")[2].partition("\n## ")[0].split("\n### ")[1:]
    )
}
CAPSTONE = "20"

each_plan = pytest.mark.parametrize("plan", PLANS)


@cache
def lessons():
    """All lessons by their number."""
    return {path.stem[:2]: read_lesson(path) for path in find_sources(course_root())}


def marked(lesson, marker):
    return {cell.markers[marker] for cell in lesson.cells if marker in cell.markers}


def first_line(lesson, begins):
    """A bullet of a lesson's first cell, up to the next one."""
    return re.search(rf"^- \*\*{begins}\*\*: (.+?)(?=^- |\n\n|\Z)", lesson.cells[0].text, re.M | re.S)[1]


def minutes_of(lesson):
    return int(re.match(r"(\d+) minutes", first_line(lesson, "Time"))[1])


def needs(lesson):
    """The lessons that a lesson wants its reader to know."""
    lists = re.findall(r"lessons? ((?:\d\d)(?:(?:, | and )\d\d)*)", first_line(lesson, "Before you start"))
    return {number for found in lists for number in re.findall(r"\d\d", found)}


def rows(table):
    """The cells of each row of a Markdown table, without its two first lines."""
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in re.findall(r"^\|.+\|$", table, re.M)][
        2:
    ]


def named(column):
    """The (lesson, name) pairs of a column of the table of outcomes: the lesson stands in brackets behind the names."""
    found = {
        (number, name)
        for row in rows(OUTCOMES)
        for names, number in re.findall(r"((?:`\w+`,? )+)\((\d\d)\)", row[column])
        for name in re.findall(r"`(\w+)`", names)
    }
    assert {name for _, name in found} == set(re.findall(r"`(\w+)`", " ".join(row[column] for row in rows(OUTCOMES))))
    return found


def weeks(plan):
    """(lessons with minutes, class minutes, capstone hours, hours) of each row of a plan."""
    for _, texts, class_minutes, _, capstone, hours in rows(PLANS[plan]):
        yield (
            [(n, int(m)) for n, m in re.findall(r"(\d\d) \((\d+)\)", texts)],
            int(class_minutes),
            float(capstone),
            float(hours),
        )


@pytest.mark.parametrize(("column", "marker"), [(2, "check"), (3, "written")])
def test_every_exercise_and_every_question_belongs_to_an_outcome_and_all_that_are_named_exist(column, marker):
    assert named(column) == {(number, name) for number, lesson in lessons().items() for name in marked(lesson, marker)}


def test_every_outcome_is_a_thing_to_do_and_names_what_shows_it():
    for number, (found, says, *evidence) in enumerate(rows(OUTCOMES), 1):
        assert found == str(number)
        assert re.match(r"\*\*[a-z]+\*\* ", says), "it begins with a verb"
        assert "`" in "".join(evidence)


def test_there_are_plans_for_a_week_six_weeks_and_thirteen():
    assert [title.split(",")[0] for title in PLANS] == ["13 weeks", "6 weeks", "1 week"]
    for plan, length in (("13 weeks", 13), ("6 weeks", 6)):
        assert len([row for row in rows(PLANS[plan]) if row[0].isdigit()]) == length


@each_plan
def test_a_plan_states_the_lessons_minutes(plan):
    for planned, *_ in weeks(plan):
        assert planned == [(number, minutes_of(lessons()[number])) for number, _ in planned]


@each_plan
def test_a_plan_holds_the_lessons_that_it_says_and_ends_with_the_capstone(plan):
    held = [number for planned, *_ in weeks(plan) for number, _ in planned]
    assert len(held) == len(set(held)), "no lesson twice"
    assert CAPSTONE in held
    left_out = re.search(r"Left out: ([^.;]+)", " ".join(PLANS[plan].split()))
    if left_out is None:
        assert "All 21 lessons" in PLANS[plan]
        assert set(held) == set(lessons())
        return
    said = set()
    for part in re.split(r", and |, | and ", left_out[1]):
        first, _, last = part.partition(" to ")
        said |= {f"{n:02}" for n in range(int(first), int(last or first) + 1)}
    assert said == set(lessons()) - set(held)


@each_plan
def test_a_plan_keeps_the_order_in_which_lessons_need_each_other(plan):
    known = set()
    for planned, *_ in weeks(plan):
        for number, _ in planned:
            assert needs(lessons()[number]) <= known, f"lesson {number} comes too early"
            known.add(number)


@each_plan
def test_the_hours_follow_from_the_rule(plan):
    total = 0
    for planned, class_minutes, capstone, hours in weeks(plan):
        exact = class_minutes / 60 + 1.5 * sum(minutes for _, minutes in planned) / 60 + capstone
        assert hours == pytest.approx(exact, abs=0.051), f"{planned}: {exact:.2f}"
        total += exact
    said, low, high = map(
        float,
        re.search(
            r"Together ([\d.]+) hours, .+?: ([\d.]+) to ([\d.]+) credits", " ".join(PLANS[plan].split())
        ).groups(),
    )
    assert said == pytest.approx(total, abs=0.051)
    assert (low, high) == (pytest.approx(total / 30, abs=0.051), pytest.approx(total / 25, abs=0.051))


@each_plan
def test_the_hours_a_week_are_within_what_is_said(plan):
    regular = [
        hours for (row, (_, _, _, hours)) in zip(rows(PLANS[plan]), weeks(plan), strict=True) if row[0].isdigit()
    ]
    low, high = map(int, re.search(r"hours, (\d+) to (\d+) a (?:week|day)", PLANS[plan]).groups())
    assert (low, high) == (round(min(regular)), round(max(regular)))


@each_plan
def test_the_capstone_counts_the_eight_hours_of_the_rule(plan):
    assert sum(capstone for *_, capstone, _ in weeks(plan)) == 8


def test_the_weights_add_up_and_the_points_are_the_lessons():
    scheme = SYLLABUS.partition("## Marking scheme\n")[2].partition("\n## ")[0]
    assert sum(int(n) for n in re.findall(r"\| (\d+)% \|", scheme.partition("| mark |")[0])) == 100
    for number, lesson in lessons().items():
        by_grader, by_person = (
            sum(cell.markers["points"] for cell in lesson.cells if marker in cell.markers)
            for marker in ("check", "written")
        )
        assert (by_grader, by_person) == ((2, 8) if number == CAPSTONE else (8, 2)), "as the marking scheme says"
    assert (
        "8 for exercises" in scheme
        and "2 for an answer in\nwords" in scheme
        and "8 for its four\nwritten parts" in scheme
    )


def test_links_lead_somewhere():
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", SYLLABUS):
        path = course_root() / "docs" / target if target else course_root() / "docs" / "syllabus.md"
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, anchor


def test_the_instructors_guide_leads_here():
    assert "](syllabus.md)" in (course_root() / "docs" / "instructors.md").read_text(encoding="utf-8")
