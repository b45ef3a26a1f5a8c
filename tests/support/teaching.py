"""Read a lesson's teaching notes, and tell what in them does not fit the lesson or the bank. Their form: docs/teaching/README.md."""

import re
from dataclasses import dataclass
from itertools import pairwise

from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from grader.exercises import bank

FOLDER = course_root() / "docs" / "teaching"
WARNING = "**For instructors. This page gives answers away**, as `solutions/` does: point your students to the lesson, not here."
SECTIONS = (
    "In class",
    "Predictions to stop at",
    "Where students get stuck",
    "Discussion questions",
    "Written question",  # or Written questions
    "Common questions from the floor",
)
MISTAKE = re.compile(r"^- `(\w+)`, `(\w+)`: \*\*(.+)\*\*$", re.M)
QUOTED_HEADING = re.compile(r"§ \*([^*]+)\*")
CREDIT = re.compile(r"^\*\*(Full|Half|No) credit\*\* · ([\d.]+(?: \+ [\d.]+)*) of (\d+)$", re.M)


@dataclass
class Taught:
    """What a lesson's notes may speak of."""

    name: str
    title: str
    headings: set
    exercises: dict
    predictions: set
    questions: dict  # a written question's name: (points, rubric)

    @classmethod
    def of(cls, path):
        lesson = read_lesson(path)
        texts = [cell.text for cell in lesson.cells]
        return cls(
            lesson.name,
            lesson.title,
            {found.replace("*", "") for text in texts for found in re.findall(r"^#{1,3} (.+)$", text, re.M)},
            bank()[lesson.name],
            {found for text in texts for found in re.findall(r'^predict\(\s*"([^"]+)"', text, re.M)},
            {c.markers["written"]: (c.markers["points"], c.rubric) for c in lesson.cells if "written" in c.markers},
        )


def taught(number):
    """The lesson whose notes are ``docs/teaching/<number>.md``."""
    (path,) = find_sources(course_root(), [number])
    return Taught.of(path)


def faults(text, lesson):
    """What is wrong in the notes of a lesson: a list of sentences, empty if nothing is."""
    parts = dict(_split(text, "## "))
    return list(_of_the_whole(text, parts, lesson)) or [
        *_of_the_timetable(parts["In class"]),
        *_of_the_predictions(parts["Predictions to stop at"], lesson),
        *_of_the_mistakes(parts["Where students get stuck"], lesson),
        *_of_a_list("Discussion questions", parts["Discussion questions"], r"^\d\. \*\*.+"),
        *_of_the_questions(parts.get("Written question") or parts["Written questions"], lesson),
        *_of_a_list("Common questions from the floor", parts["Common questions from the floor"], r"^- \*\*.+"),
    ]


def _split(text, mark):
    """(title, text) of the parts of a text, each of which begins with a heading."""
    for part in re.split(rf"^{mark}", text, flags=re.M)[1:]:
        title, _, rest = part.partition("\n")
        yield title.strip(), rest


def _of_the_whole(text, parts, lesson):
    if text.splitlines()[0] != f"# {lesson.title}: notes for teaching":
        yield f"the first line should be '# {lesson.title}: notes for teaching'"
    if _one_line(WARNING) not in _one_line(text.partition("\n## ")[0]):
        yield f"above the first section should stand: {WARNING}"
    found = [title.replace("Written questions", "Written question") for title in parts]
    if found != list(SECTIONS):
        yield f"the sections should be {SECTIONS}, but are {tuple(parts)}"
    for heading in QUOTED_HEADING.findall(text):
        if _one_line(heading) not in lesson.headings:
            yield f"{lesson.name} has no heading {_one_line(heading)!r}"


def _of_the_timetable(text):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.+\|$", text, re.M)]
    if not rows or rows[0] != ["Minutes", "What", "In the lesson", "Who talks"]:
        yield "the timetable should have the columns Minutes, What, In the lesson, Who talks"
        return
    times = []
    for minutes, _what, where, *_who in rows[2:]:
        times += [tuple(map(int, found)) for found in re.findall(r"^(\d+)–(\d+)$", minutes)]
        if where != "–" and not re.fullmatch(r"§ \*[^*]+\*(, § \*[^*]+\*)*", where):
            yield f"in the timetable {where!r} should be one or more of § *heading*, or –"
    if len(times) < len(rows) - 2 or not times:
        yield f"each row should begin with minutes such as 0–10: {[row[0] for row in rows[2:]]}"
        return
    if times[0][0] != 0 or times[-1][1] != 90 or any(a[1] != b[0] for a, b in pairwise(times)):
        yield f"the timetable should go from minute 0 to 90 without a gap: {times}"
    for wanted in ("**For home.**", "**Prepare.**"):
        if wanted not in text:
            yield f"'In class' should have a paragraph {wanted}"


def _of_the_predictions(text, lesson):
    items = re.findall(r"^- (`[^`]+`(?:, `[^`]+`)*): ", text, re.M)
    if not items or len(items) != len(re.findall(r"^- ", text, re.M)):
        yield "each prediction is an item that begins with its name in backticks"
    for name in re.findall(r"`([^`]+)`", " ".join(items)):
        if name not in lesson.predictions:
            yield f"{lesson.name} has no prediction {name!r}; there are {sorted(lesson.predictions)}"


def _of_the_mistakes(text, lesson):
    parts = dict(_split(text, "### "))
    if list(parts) != [f"`{name}`" for name in lesson.exercises]:
        yield f"there should be a heading ### for each of {list(lesson.exercises)}, in this order, but not {list(parts)}"
    for title, part in parts.items():
        items = re.split(r"^(?=- )", part, flags=re.M)[1:]
        if not 2 <= len(items) <= 4:
            yield f"{title} should have 2 to 4 mistakes, but has {len(items)}"
        for item in items:
            yield from _of_a_mistake(item, title.strip("`"), lesson)


def _of_a_mistake(item, name, lesson):
    found = MISTAKE.match(item)
    if not found:
        yield f"a mistake begins with a line - `exercise`, `key`: **title**, but this one with {item.splitlines()[0]!r}"
        return
    exercise, key, title = found.groups()
    if exercise != name or name not in lesson.exercises:
        yield f"`{exercise}`, `{key}` stands below `{name}`"
    elif key not in (known := lesson.exercises[name].mistakes):
        yield f"{name} has no mistake {key!r}; there are {list(known)}"
    elif title != known[key].name:
        yield f"the title of `{name}`, `{key}` is {known[key].name!r}, not {title!r}"
    if "*Ask:*" not in item:
        yield f"`{exercise}`, `{key}` should end with a question to the student, after *Ask:*"


def _of_a_list(section, text, item):
    count = len(re.findall(item, text, re.M))
    if not 3 <= count <= 5:
        yield f"'{section}' should have 3 to 5 items like {item}, but has {count}"


def _of_the_questions(text, lesson):
    parts = dict(_split(text, "### "))
    wanted = [f"`{name}` · {_points(points)}" for name, (points, _) in lesson.questions.items()]
    if list(parts) != wanted:
        yield f"there should be the headings ### {wanted}, but there are {list(parts)}"
        return
    for title, (points, rubric) in zip(wanted, lesson.questions.values(), strict=True):
        part = parts[title]
        if _one_line(rubric) not in _one_line(part):
            yield f"{title} should quote the lesson's rubric as it stands: {rubric!r}"
        if "**Model answer.**" not in part:
            yield f"{title} should have a model answer, after **Model answer.**"
        yield from (f"{title}: {what}" for what in _of_the_credit(part, points, _points_by_line(rubric)))


def _points(points):
    return f"{points} point{'s' * (points != 1)}"


def _points_by_line(rubric):
    return [int(points) for points in re.findall(r"^- (\d+) points?:", rubric, re.M)]


def _of_the_credit(text, points, lines):
    examples = CREDIT.findall(text)
    if {kind for kind, *_ in examples} != {"Full", "Half", "No"}:
        yield "there should be marked answers **Full credit**, **Half credit** and **No credit** · points by line of the rubric"
    for kind, given, of in examples:
        given = [float(number) for number in given.split(" + ")]
        if int(of) != points or len(given) != len(lines) or any(g > l for g, l in zip(given, lines, strict=False)):
            yield f"{kind} credit gives {given} of {of}, but the rubric has lines of {lines}"
        right = {"Full": sum(given) == points, "Half": 0 < sum(given) < points, "No": sum(given) == 0}
        if not right[kind]:
            yield f"{kind} credit is no {sum(given):g} of {points}"
    parts = re.split(CREDIT.pattern, text, flags=re.M)
    for kind, after in zip(parts[1::4], parts[4::4], strict=True):
        if not re.match(r"\s*(?:^> .*\n)+\s*\*Why:\* \S", after, re.M):
            yield f"{kind} credit should be followed by the answer in lines > and by *Why:* with a sentence"


def _one_line(text):
    return " ".join(text.split())
