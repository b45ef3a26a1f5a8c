"""Find what was handed in, and when, in nbgrader's layout."""

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from grader.classroom.files import plain_files, write_atomically
from grader.classroom.notebooks import LARGEST, Unreadable, grade_ids, read_notebook

TIMESTAMP = "timestamp.txt"
LARGEST_FILES = 100_000_000  # bytes, of all files beside the notebook
MOST_FILES = 1000
MOST_NOTEBOOKS = 20  # that are looked into, where none has the right name


@dataclass(frozen=True)
class Content:
    """What was handed in, read: the notebook's bytes or None, those of the files beside it by relative path.

    `digest` is a hash of all of it, names included; the time is no part of it. `note` is what was odd about it.
    """

    notebook: bytes | None
    files: dict[str, bytes]
    digest: str
    note: str = ""


@dataclass(frozen=True)
class HandIn:
    """One student's hand-in of one lesson.

    `notebook` is the file to grade, or None; `files` are the others, by their path in the folder. `submitted` is UTC
    without a time zone, as nbgrader wants it; `time_from` says where it was found. `note` is what was odd about the files.
    """

    student: str
    lesson: str
    folder: Path
    notebook: Path | None
    files: dict
    submitted: datetime
    time_from: str
    note: str = ""

    def read(self):
        """Read the files: a Content. Of a notebook that is too large only the beginning is read."""
        total, note = hashlib.sha256(), self.note
        chosen, size = self.files, sum(path.stat().st_size for path in self.files.values())
        if size > LARGEST_FILES or len(chosen) > MOST_FILES:
            told = f"the {len(chosen)} files beside the notebook, {size // 10**6} MB, were left out: they are too many"
            chosen, note = {}, "; ".join(filter(None, (note, told)))
        files = {_name(relative): path.read_bytes() for relative, path in chosen.items()}
        named, notebook = dict(files), None
        if self.notebook:
            with self.notebook.open("rb") as f:
                notebook = named[f"{self.lesson}.ipynb"] = f.read(LARGEST + 1)
        for name, data in sorted(named.items()):
            total.update(f"{name}\0".encode() + hashlib.sha256(data).digest())
        return Content(notebook, files, total.hexdigest()[:32], note)


class HandIns:
    """All hand-ins of a class, sorted by lesson and student; each is looked at when its turn comes.

    A hand-in without ``timestamp.txt`` gets one, with its file's time: so nbgrader sees the same time, and copying the
    folder no longer changes it.

    Parameters
    ----------
    folder : ClassFolder
    lessons : names of lessons, all by default
    """

    def __init__(self, folder, lessons=()):
        self.folder = folder
        self.places = sorted(
            (place.name, place.parent.name)
            for place in folder.submitted().glob("*/*/")
            if not place.parent.name.startswith(".")
            and not place.name.startswith(".")
            and (not lessons or place.name in lessons)
        )
        self.lessons = sorted({lesson for lesson, _ in self.places})
        self._received = folder.journal.latest("received", "student", "lesson")

    def __len__(self):
        return len(self.places)

    def __iter__(self):
        """Yields (student, lesson): `at` finds what is there."""
        return ((student, lesson) for lesson, student in self.places)

    def at(self, student, lesson):
        """The HandIn of one student for one lesson."""
        place = self.folder.submitted(student, lesson)
        return _hand_in(self.folder, place, student, lesson, self._received.get((student, lesson)))


def version(name):
    """A file's name without the number that a resubmission or a second download adds, and that number: ``("p", 1)``."""
    stem = Path(name).stem
    match = re.fullmatch(r"(.+?)(?:-(\d{1,3})| ?\((\d{1,3})\))", stem)
    return (match[1], int(match[2] or match[3])) if match else (stem, 0)


def stamp(time):
    """A time as nbgrader's timestamp.txt holds it; `time` is UTC."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC\n"


def file_time(path):
    """When a file was last changed, UTC without a time zone."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _name(relative):
    """A path as text, in Unicode whatever its bytes are."""
    return os.fsencode(relative.as_posix()).decode("utf-8", "replace")


def _hand_in(folder, place, student, lesson, received):
    for link in filter(Path.is_symlink, (place, place.parent)):  # it could lead to anybody's files, and outside
        note = "its folder is a symbolic link, which is not followed: put the files themselves there"
        time = datetime.fromtimestamp(link.lstat().st_mtime, UTC).replace(tzinfo=None)
        return HandIn(student, lesson, place, None, {}, time, "the link's own time", note)
    files = plain_files(place)
    recorded = files.pop(Path(TIMESTAMP), None)
    notebook, note = _choose_notebook(files, lesson)
    time, time_from, odd = _time(folder, place, student, lesson, recorded, notebook, received)
    side_files = {r: p for r, p in files.items() if p != notebook}
    return HandIn(student, lesson, place, notebook, side_files, time, time_from, "; ".join(filter(None, (note, odd))))


def _choose_notebook(files, lesson):
    """The notebook to grade: the one with the lesson's name, or the one with most of its cells, the latest version first."""
    notebooks = [p for r, p in files.items() if p.suffix == ".ipynb"]
    if not notebooks:
        return None, ""
    exact = [p for p in notebooks if p.name == f"{lesson}.ipynb"]
    if exact and len(exact[0].relative_to(exact[0].parent).parts) == 1:
        return exact[0], ""
    if len(notebooks) > MOST_NOTEBOOKS:
        notebooks = sorted(notebooks, key=file_time)[-MOST_NOTEBOOKS:]
    chosen = max(notebooks, key=lambda p: (version(p.name)[0] == lesson, _marks(p), version(p.name)[1], file_time(p)))
    return chosen, f"the file was called {chosen.name}"


def _marks(path):
    try:
        return len(grade_ids(read_notebook(path)))
    except (Unreadable, OSError):
        return -1


def _time(folder, place, student, lesson, recorded, notebook, received):
    odd = ""
    if recorded:
        try:
            with recorded.open(encoding="utf-8") as f:
                time = parse_utc(f.read(200).strip())
            known = received and received["submitted"] == time.isoformat()
            return time, received["time_from"] if known else TIMESTAMP, ""
        except (ValueError, OverflowError):  # nbgrader's formgrader would fail for the whole class
            odd = f"its {TIMESTAMP} was no time"
    time = file_time(notebook or place)
    folder.journal.append(
        "received", student=student, lesson=lesson, submitted=time.isoformat(), time_from="the file's own time"
    )
    write_atomically(place / TIMESTAMP, stamp(time))
    return time, "the file's own time", odd
