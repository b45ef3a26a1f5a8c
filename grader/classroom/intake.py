"""Take in what a learning management system (LMS) exports: a zip or a folder, into nbgrader's layout.

Known are Moodle's folders, ``Ada Lovelace_12345_assignsubmission_file_/03_gates.ipynb``, the same flattened into file
names, and Canvas's file names, ``lovelaceada_LATE_12345_67890_03_gates-1.ipynb``. Otherwise a folder is a student, and
of a lone file the part before the lesson's name is: ``ada_03_gates.ipynb``.
"""

import collections
import contextlib
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from grader.classroom.files import IGNORED, plain_files, write_atomically
from grader.classroom.folder import ClassFolder, existing_folder
from grader.classroom.handins import TIMESTAMP, file_time, stamp, version
from grader.classroom.lesson import known_lessons, lesson_named, lesson_of
from grader.classroom.notebooks import Unreadable, grade_ids, parse_notebook
from grader.errors import ClassError

LARGEST_FILE = 100_000_000  # bytes, unpacked
LARGEST_EXPORT = 4_000_000_000
MOST_FILES = 100_000

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file_?(?P<file>.*)")
_CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)")


@dataclass(frozen=True)
class Exported:
    """One file of an export: its path there, how to read it, and when it was handed in (UTC without a time zone)."""

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    time: datetime
    time_from: str


@dataclass(frozen=True)
class Owned:
    """An exported file with its owner: `number` is the LMS's for this student, `path` the file's in the hand-in."""

    file: Exported
    student: str
    number: str
    path: tuple[str, ...]
    late: bool = False


def course_folder(root, path, out=None):
    """The course folder for `path`: itself if it has nbgrader's layout, else a new one with the hand-ins copied there.

    Parameters
    ----------
    root : the course's folder
    path : a course folder, a folder or a zip
    out : where an export is copied to; beside it by default

    Returns
    -------
    folder : Path
    notes : list of str, what the user should know about what was taken in

    Raises
    ------
    ClassError
        If `path` does not exist, is empty, is a broken zip or holds no notebook.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        files, notes = _unzip(path)
        target = out or path.with_name(f"{path.stem}-graded")
    else:
        path = existing_folder(path)
        if (path / "submitted").is_dir():
            if out:
                raise ClassError(f"{path} is a course folder already: it is graded where it is, without --out")
            return path, []
        files = [
            Exported(r.parts, p.read_bytes, file_time(p), "the file's own time") for r, p in plain_files(path).items()
        ]
        notes, target = [], out or path.resolve().with_name(f"{path.resolve().name}-graded")
    if not any(f.parts[-1].endswith(".ipynb") for f in files):
        raise ClassError(
            f"there is no notebook in {path}: it should hold submitted/<student>/<lesson>/<lesson>.ipynb, or be the "
            f"folder or zip that an LMS exports"
        )
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    known = known_lessons(root)
    count = _take_in(ClassFolder(target), known, _owners(files, known))
    return target, [f"{count} hand-ins from {path} are in {target}", *notes]


def _unzip(path):
    """The files in a zip. Nothing is unpacked to a path that the zip names; links and oversized files are left out."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as e:
        raise ClassError(f"{path} is neither a folder nor a zip that can be opened ({e})") from None
    members, notes = archive.infolist(), []
    if len(members) > MOST_FILES or sum(m.file_size for m in members) > LARGEST_EXPORT:
        raise ClassError(
            f"{path} holds more than {MOST_FILES} files or {LARGEST_EXPORT // 10**9} GB: it was not opened"
        )
    files = []
    for member in members:
        parts = tuple(p for p in PurePosixPath(member.filename.replace("\\", "/")).parts if p != "/")
        problem = (
            "it points outside of the zip" if ".." in parts or re.match(r"/|\\|[A-Za-z]:", member.filename)
            else "it is a link" if stat.S_ISLNK(member.external_attr >> 16)
            else "it has a password" if member.flag_bits & 1
            else f"it is larger than {LARGEST_FILE // 10**6} MB" if member.file_size > LARGEST_FILE
            else ""
        )  # fmt: skip
        if problem:
            notes.append(f"left out {member.filename!r}: {problem}")
        elif parts and not member.is_dir() and not IGNORED & set(parts) and not parts[-1].startswith("._"):
            files.append(Exported(parts, _reader(archive, member), _zip_time(member), "the zip's entry"))
    return files, notes


def _reader(archive, member):
    def read():
        try:
            with archive.open(member) as f:
                data = f.read(LARGEST_FILE + 1)  # whatever size the zip claims
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as e:
            raise ClassError(f"{member.filename!r} in the zip is damaged ({e}): export it again") from None
        if len(data) > LARGEST_FILE:
            raise ClassError(f"{member.filename!r} in the zip is larger than {LARGEST_FILE // 10**6} MB")
        return data

    return read


def _zip_time(member):
    """A zip has local times without a zone: this machine's is assumed."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime(*member.date_time).astimezone(UTC).replace(tzinfo=None)
    return datetime(1980, 1, 1)


# ----------------------------------------------------------------------------------------------------- whose is what


def _owners(files, known):
    """The owner of each file: a list of Owned."""
    owned, others = [], []
    for file in files:
        found = _by_lms(file)
        (owned if found else others).append(found or file)
    return owned + _by_folders(others, known)


def _by_lms(file):
    for depth, part in enumerate(file.parts):
        match = _MOODLE.fullmatch(part)
        if match:
            rest = (match["file"], *file.parts[depth + 1 :]) if match["file"] else file.parts[depth + 1 :]
            return Owned(file, match["name"], match["number"], rest or (part,))
    match = _CANVAS.fullmatch(file.parts[-1])
    if match:
        name = f"{match['name']}_{match['number']}"
        return Owned(file, name, match["number"], (match["file"],), bool(match["late"]))
    return None


def _by_folders(files, known):
    """Below folders that all share, a folder is a student; a lone file begins with the student's name."""
    paths = [f.parts[f.parts.index("submitted") + 1 :] if "submitted" in f.parts[:-1] else f.parts for f in files]
    while (
        paths
        and len({p[0] for p in paths}) == 1
        and all(len(p) > 2 and not lesson_named(p[1], known) for p in paths)  # not <student>/<lesson>/<file>
    ):
        paths = [p[1:] for p in paths]
    return [Owned(f, p[0] if len(p) > 1 else "", "", p[1:] or p) for f, p in zip(files, paths, strict=True)]


# ------------------------------------------------------------------------------------------------------ what goes where


def _take_in(folder, known, owned):
    """Copy the hand-ins into the course folder; their number."""
    groups, loose = collections.defaultdict(dict), collections.defaultdict(list)
    usual = _usual_lesson(owned, known)
    for item in owned:
        if not item.path[-1].endswith(".ipynb"):
            loose[item.student, item.number].append(item)
            continue
        lesson = lesson_named("/".join(item.path), known) or _lesson_inside(item, known) or usual
        student = item.student or _student_in_name(item.path[-1], lesson)
        groups[student, lesson].setdefault(item.number, []).append(item)
    for (student, number), items in loose.items():
        if student and not any(s == student and number in numbers for (s, _), numbers in groups.items()):
            groups[student, usual].setdefault(number, []).extend(items)  # a hand-in without a notebook
    for (student, lesson), numbers in groups.items():
        for number, items in numbers.items():
            # Two numbers for one name and one lesson are two people of the same name.
            name = f"{student} ({number})" if len(numbers) > 1 else student
            _write_hand_in(folder, _safe(name), lesson, items, loose[student, number])
    return sum(len(numbers) for numbers in groups.values())


def _write_hand_in(folder, student, lesson, items, side_files):
    notebooks = [i for i in items if i.path[-1].endswith(".ipynb")]
    latest = max(notebooks or items, key=lambda i: (version(i.path[-1])[1], i.file.time))
    place = folder.submitted(student, lesson)
    with contextlib.suppress(OSError, ValueError):
        if parse_utc((place / TIMESTAMP).read_text(encoding="utf-8").strip()) > latest.file.time:
            return  # a later one was taken in before
    if notebooks:
        write_atomically(place / f"{lesson}.ipynb", latest.file.read())
    for item in side_files:
        relative = Path(*(_safe(p) for p in item.path if p not in ("..", ".")))
        if relative.name not in (TIMESTAMP, f"{lesson}.ipynb"):
            write_atomically(place / relative, item.file.read())
    time_from = latest.file.time_from + (", marked LATE by the LMS" if latest.late else "")
    folder.journal.append(
        "received", student=student, lesson=lesson, submitted=latest.file.time.isoformat(), time_from=time_from,
        number=latest.number,
    )  # fmt: skip
    write_atomically(place / TIMESTAMP, stamp(latest.file.time))


def _usual_lesson(owned, known):
    """The lesson that most files speak of, for those that do not."""
    votes = collections.Counter(
        lesson_named("/".join(i.file.parts), known) for i in owned if i.path[-1].endswith(".ipynb")
    )
    del votes[None]
    if not votes:
        votes = collections.Counter(_lesson_inside(i, known) for i in owned if i.path[-1].endswith(".ipynb"))
        del votes[None]
    if not votes:
        raise ClassError(f"no notebook here belongs to a lesson of this course: there are {', '.join(known)}")
    return votes.most_common(1)[0][0]


def _lesson_inside(item, known):
    try:
        return lesson_of(grade_ids(parse_notebook(item.file.read())), known)
    except Unreadable:
        return None


def _student_in_name(name, lesson):
    """``"ada_03_gates (1).ipynb"`` is Ada's; a name that says nothing but the lesson stands for itself."""
    stem = version(name)[0]
    rest = re.sub(rf"[\W_]*{re.escape(lesson)}[\W_]*", " ", stem, flags=re.I).strip()
    return rest or stem


def _safe(name):
    """A name that can be a folder: no separators, control characters or leading dots, and not too long."""
    name = unicodedata.normalize("NFC", name)
    name = "".join("_" if c in "/\\:*?<>|" or unicodedata.category(c).startswith("C") else c for c in name)
    return name.strip().lstrip(".")[:100].strip() or "_"
