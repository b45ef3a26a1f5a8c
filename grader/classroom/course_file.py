"""The course file of a class, ``course.toml``: which lessons there are, in which order, what is optional, and the points::

    drop = ["00", "17"]                     # lessons that this class does not have
    order = ["01", "03", "02"]              # these first, the others after them by their numbers

    [lessons.03]
    drop = ["update_gate"]                  # optional here, without points
    points = { sigmoid = 3, why_two_gates = 1 }

It is read from the class's folder alone, where no submission is ever put, so an update of the course leaves it as it is. An
exercise that is dropped keeps its cells, with no points: nbgrader lets points change when there are marks, but no cells go.
"""

import copy
import math
import re
import tomllib
from dataclasses import dataclass, field

from grader.authoring.lessons import in_order, known_lessons
from grader.base.errors import ClassError
from grader.base.wording import counted, describe
from grader.classroom.by_hand import did_you_mean, the_lesson
from grader.notebook.reading import grade_id

TOP, OF_A_LESSON = ("drop", "order", "lessons"), ("drop", "points")
MOST_POINTS = 1000
_IN_WORDS = re.compile(r"\A\*\*(?:For [\d.]+ points?|Without points)\b")  # how the course's questions in words begin


@dataclass(frozen=True)
class Changes:
    """What a course file says about one lesson: exercises without points, and the points of others.

    `place` is how messages about it begin.
    """

    place: str
    dropped: tuple[str, ...] = ()
    points: dict = field(default_factory=dict)

    def apply(self, notebook):
        """Make the changes in a lesson's solved notebook.

        Parameters
        ----------
        notebook : NotebookNode; it is not changed

        Returns
        -------
        changed : NotebookNode, the same one if there is nothing to change
        told : tuple of str, each change in words

        Raises
        ------
        ClassError
            If the lesson has no such exercise, or none with points would be left.
        """
        graded = {exercise_of(cell): cell for cell in notebook.cells if _points(cell) is not None}
        for key, names in (("drop", self.dropped), ("points", self.points)):
            for name in names:
                if name not in graded:
                    raise ClassError(
                        f"{self.place}{key}: the lesson has no exercise {name!r}{did_you_mean(name, graded)} "
                        f"It has {', '.join(graded)}"
                    )
        if not {*self.dropped, *self.points}:
            return notebook, ()
        wanted = {**dict.fromkeys(self.dropped, 0), **self.points}
        if not any(wanted.get(name, _points(cell)) for name, cell in graded.items()):
            raise ClassError(
                f"{self.place}drop leaves no exercise with points: drop the whole lesson, in drop at the top"
            )
        changed, told = copy.deepcopy(notebook), []
        for cell in changed.cells:
            name = exercise_of(cell)
            before = _points(cell)
            if before is None or name not in wanted or wanted[name] == before:
                continue
            cell.metadata.nbgrader.points = wanted[name]
            if cell.cell_type == "markdown":
                cell.source = _IN_WORDS.sub(f"**{_in_words(wanted[name])}", cell.source)
            else:
                _announce(changed, name, wanted[name])
            says = (
                f"gives {counted(wanted[name], 'point')}, not {before:g}"
                if wanted[name]
                else "is optional, without points"
            )
            told.append(f"{name} {says}")
        return changed, tuple(told)


class CourseFile:
    """What a class's course file says; without a file, nothing.

    Attributes
    ----------
    dropped : names of lessons that the class does not have
    order : names of the lessons that come first, in order
    """

    def __init__(self, path, dropped=(), order=(), changes=None):
        self.path, self.dropped, self.order, self._changes = path, tuple(dropped), tuple(order), changes or {}

    @classmethod
    def read(cls, path, root):
        """Read a course file.

        Parameters
        ----------
        path : the file; it need not exist
        root : the course's folder

        Raises
        ------
        ClassError
            If it is wrong; the message names the file, the key, what was got and what is expected.
        """
        if not path.exists():
            return cls(path)
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError:
            raise ClassError(f"{path} is not in UTF-8: save it so") from None
        except (OSError, tomllib.TOMLDecodeError) as e:
            raise ClassError(f"{path} is not a TOML file: {e}") from None
        known = list(known_lessons(root))
        _demand_keys(f"{path}", content, TOP)
        dropped = _lesson_list(path, "drop", content.get("drop", []), known)
        order = _lesson_list(path, "order", content.get("order", []), known)
        for name in order:
            if name in dropped:
                raise ClassError(f"{path}: order names {name}, which drop leaves out: keep it in one of them")
        if set(dropped) == set(known):
            raise ClassError(f"{path}: drop leaves no lesson")
        changes, keys = {}, {}
        for key, table in _table(f"{path}: lessons", content.get("lessons", {})).items():
            name = the_lesson(key, known, f"{path}: lessons")
            if name in keys:
                raise ClassError(
                    f"{path}: lessons.{keys[name]} and lessons.{key} are the same lesson: make one of them"
                )
            keys[name] = key
            changes[name] = _changes(path, key, table)
        return cls(path, dropped, order, changes)

    def of(self, lesson):
        """The Changes of a lesson."""
        return self._changes.get(lesson) or Changes("")

    def kept(self, lessons):
        """The lessons that the class has, in its order."""
        return in_order((name for name in lessons if name not in self.dropped), self.order)

    def demand(self, lessons):
        """Raise a ClassError if one of these lessons is left out."""
        for name in lessons:
            if name in self.dropped:
                raise ClassError(f"{self.path}: drop leaves out lesson {name}: remove it there to have it back")


def exercise_of(cell):
    """The name by which a course file calls a cell with points: its grade_id, without the word check."""
    return (grade_id(cell) or "").removeprefix("check_")


def as_handed_out_now(notebook, pristine):
    """A submitted notebook in which the questions in words state the points that they have now.

    The course file may have changed since the notebook was handed out; that is no answer.
    """
    now = {grade_id(c): _IN_WORDS.match(c.source) for c in pristine.cells if c.cell_type == "markdown" and grade_id(c)}
    for cell in notebook.cells:
        wanted, found = now.get(grade_id(cell)), _IN_WORDS.match(cell.source)
        if wanted and found and found[0] != wanted[0]:
            cell.source = wanted[0] + cell.source[found.end() :]
    return notebook


def _points(cell):
    """The points of a graded cell, or None for another."""
    mark = cell.metadata.get("nbgrader") or {}
    return mark.get("points", 0) if mark.get("grade") or mark.get("task") else None


def _in_words(points):
    return f"For {counted(points, 'point')}" if points else "Without points"


def _announce(notebook, name, points):
    """Say in the text in front of an exercise's answer what it gives here."""
    place = next((n for n, cell in enumerate(notebook.cells) if grade_id(cell) == name), len(notebook.cells))
    says = f"gives {counted(points, 'point')}" if points else "is optional: it gives no points"
    for cell in reversed(notebook.cells[:place]):
        if cell.cell_type == "markdown" and not grade_id(cell):
            cell.source = f"{cell.source.rstrip()}\n\n*In this class, `{name}` {says}.*"
            return


def _changes(path, key, table):
    place = f"{path}: lessons.{key}"
    _demand_keys(place, _table(place, table), OF_A_LESSON)
    dropped = table.get("drop", [])
    if not isinstance(dropped, list) or not all(isinstance(name, str) for name in dropped):
        raise ClassError(f"{place}.drop is {_got(dropped)}, but should be a list of exercises, such as {_EXERCISES}")
    points = _table(f"{place}.points", table.get("points", {}))
    for name, value in points.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ClassError(f"{place}.points.{name} is {_got(value)}, but should be a number of points, such as 3")
        if not 0 < value <= MOST_POINTS:
            raise ClassError(
                f"{place}.points.{name} is {value:g}, but should be more than 0 and at most {MOST_POINTS}. To give none for it, name it "
                f"in lessons.{key}.drop"
            )
        if name in dropped:
            raise ClassError(f"{place}: {name} is in drop and in points: keep it in one of them")
    return Changes(f"{place}.", tuple(dict.fromkeys(dropped)), points)


_LESSONS, _EXERCISES = '["00", "17"]', '["sigmoid", "gate"]'


def _lesson_list(path, key, value, known):
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ClassError(f"{path}: {key} is {_got(value)}, but should be a list of lessons, such as {_LESSONS}")
    names = [the_lesson(name, known, f"{path}: {key}") for name in value]
    for name in names:
        if names.count(name) > 1:
            raise ClassError(f"{path}: {key} names {name} twice")
    return names


def _table(place, value):
    if not isinstance(value, dict):
        raise ClassError(f"{place} is {_got(value)}, but should be a table: see Your own course file in the guide")
    return value


def _demand_keys(place, table, known):
    for key in table:
        if key not in known:
            raise ClassError(
                f"{place}: there is no key {key!r}{did_you_mean(key, known)} The keys are {', '.join(known)}"
            )


def _got(value):
    if isinstance(value, list):
        odd = next((one for one in value if not isinstance(one, str)), None)
        return f"a list with {describe(odd)}" if odd is not None else f"a list of {len(value)}"
    return describe(value)
