"""Choose which of a student's several notebooks to grade, at a bounded cost."""

import contextlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from grader.authoring.lessons import lesson_named, lesson_of
from grader.base.files import IGNORED
from grader.base.paths import course_root
from grader.classroom.forms import MOST_IN_A_ZIP, is_zip, notebook_stem
from grader.classroom.lms.versions import version
from grader.notebook.reading import Unreadable, grade_id, parse_notebook

MOST_LOOKED_INTO = 20  # notebooks
MOST_TRIED = 5  # tried one after the other, if each turns out to be damaged
LARGEST_LOOKED_INTO = 10_000_000  # bytes of one of them
MOST_BYTES = 60_000_000  # of all
_GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"(\w{1,100})"')
LARGEST_ZIP = 100_000_000  # bytes, packed and unpacked


@dataclass(frozen=True)
class Candidate:
    """A notebook that may be the one to grade: its path in the submission, how many bytes of it to read, what orders the
    attempts, and whether it came in a zip.

    `read` may raise any exception if the file is damaged. `order` is larger for a later attempt.
    """

    path: str
    read: Callable[[int], bytes]
    size: int
    order: tuple = ()
    is_packed: bool = False

    @property
    def name(self):
        return PurePosixPath(self.path).name


def choose(candidates, lesson):
    """The Candidate that fits a lesson best, and a note on what was unusual about it.

    That is the one with the most answered cells of the lesson, then with the most cells of it; then the last attempt, the
    one with the lesson's name, the last version. If there is only one, it is not read.

    Parameters
    ----------
    candidates : list of Candidate, not empty
    lesson : str

    Returns
    -------
    chosen : Candidate
    note : str
    """
    ranked, left = [], MOST_BYTES
    later = sorted(candidates, key=lambda c: _last(c, lesson), reverse=True)
    for number, candidate in enumerate(later):
        fit = (-1, -1)
        if len(later) > 1 and number < MOST_LOOKED_INTO and candidate.size <= min(LARGEST_LOOKED_INTO, left):
            left -= candidate.size
            fit = _fit(candidate, lesson)
        ranked.append(((fit, *_last(candidate, lesson)), candidate))
    chosen = max(ranked, key=lambda pair: pair[0])[1]
    notes = [] if chosen.name == f"{lesson}.ipynb" and not chosen.is_packed else [f"the file was called {chosen.path}"]
    if len(candidates) > 1:
        others = [c.path for c in candidates if c is not chosen]
        shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        notes.append(f"of {len(candidates)} notebooks, {chosen.path} was graded and not {shown}")
    return chosen, "; ".join(notes)


def of_zip(path, read, size):
    """The notebooks in a zip within a submission, and its other files: two lists of Candidate. Nested zips are not opened.

    Raises
    ------
    ValueError
        If it is damaged, or larger than any reasonable submission.
    """
    if size > LARGEST_ZIP:
        raise ValueError(f"{path} is larger than {LARGEST_ZIP // 10**6} MB")
    data = read(LARGEST_ZIP + 1)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as e:
        raise ValueError(f"{path} is damaged: {e}") from None
    members = [m for m in archive.infolist() if not m.is_dir() and not IGNORED & set(PurePosixPath(m.filename).parts)]
    if len(members) > MOST_IN_A_ZIP:
        raise ValueError(f"{path} holds {len(members)} files, but at most {MOST_IN_A_ZIP} are allowed")
    notebooks, others, left = [], [], LARGEST_ZIP
    for member in members:
        name = decoded(member)
        found = Candidate(f"{path}/{name}", _reader(archive, member), member.file_size, is_packed=True)
        if notebook_stem(found.name) is not None:
            notebooks.append(found)
        elif member.file_size <= left and not is_zip(found.name):
            left -= member.file_size
            others.append(found)
    return notebooks, others


def decoded(member):
    """The name of a zip's member: names that are not marked as UTF-8 often are UTF-8 anyway."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _reader(archive, member):
    def read(most):
        with archive.open(member) as f:
            return f.read(most)

    return read


def lesson_inside(candidate, known):
    """The lesson to which a notebook's cells belong, or None. Only the cells' names are searched for."""
    return lesson_of(_names(_beginning(candidate)), known)


def _beginning(candidate):
    try:
        return candidate.read(LARGEST_LOOKED_INTO)
    except Exception:  # a damaged file: the actual reading will report it
        return b""


def _names(data):
    return {name.decode() for name in _GRADE_ID.findall(data)}


def _fit(candidate, lesson):
    """How many of the lesson's cells are answered, and how many exist; (-1, -1) if the notebook is not the lesson's."""
    data, given = _beginning(candidate), _given(lesson)
    if not _names(data) & given.keys():
        return -1, -1
    try:
        notebook = parse_notebook(data)
    except Unreadable:
        return -1, -1
    there = {grade_id(cell): cell.source.strip() for cell in notebook.cells if grade_id(cell) in given}
    answers = {name: text for name, text in there.items() if not name.startswith("check_")}
    return sum(text not in ("", given[name]) for name, text in answers.items()), len(there)


@cache
def _given(lesson):
    """The original text of a lesson's cells, by grade_id; empty for a lesson that the course does not have."""
    path = course_root() / "notebooks" / lesson / f"{lesson}.ipynb"
    if not path.exists():
        return {}
    notebook = parse_notebook(path.read_bytes())
    return {grade_id(cell): cell.source.strip() for cell in notebook.cells if grade_id(cell)}


def _last(candidate, lesson):
    """The key that orders several notebooks: the attempt, the lesson's name, the version."""
    stem = notebook_stem(candidate.name) or ""
    return candidate.order, lesson_named(stem, [lesson]) is not None, version(f"{stem}.ipynb")[1]
