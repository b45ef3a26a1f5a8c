"""Find the submissions, and their times, in nbgrader's layout."""

import hashlib
import os
import stat
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from grader.authoring.lessons import known_lessons, lesson_named
from grader.base.files import BEGUN, CHECKPOINTS, IGNORED, write_atomically
from grader.base.paths import course_root
from grader.base.wording import visible
from grader.classroom.choosing import MOST_TRIED, Candidate, choose, of_zip
from grader.classroom.forms import is_zip, notebook_stem
from grader.classroom.names import is_plain
from grader.classroom.timestamps import NBGRADERS, TIMESTAMP, read_stamp, stamp
from grader.notebook.reading import LARGEST

LARGEST_FILES = 100_000_000  # bytes, of all files besides the notebook
MOST_FILES = 1000
UNIDENTIFIED = ("download", "entry", "lesson")  # fields that identify the journal's unidentified files
MOST_LISTED = 10_000  # files of a submission that are read
_TIMESTAMP = Path(TIMESTAMP)


@dataclass(frozen=True)
class Content:
    """The content of a submission: the notebook's bytes or None, and the other files' bytes by relative path.

    `name` is the notebook's name. `digest` is a hash of everything, including names but not the time. `note` says what
    was unusual; `problem` says why there is no notebook, if something could not be read.
    """

    notebook: bytes | None
    files: dict[str, bytes]
    digest: str
    note: str = ""
    name: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Unidentified:
    """A file without a clear owner: its name for people to read, the lesson, the reason, and what to do."""

    name: str
    lesson: str
    reason: str


@dataclass(frozen=True)
class Submission:
    """One student's submission of one lesson.

    `files` holds all its files, by their path in the folder; `read` finds the notebook among them. `fingerprint` tells
    without reading whether they are still the same. `submitted` is UTC without a time zone, as nbgrader needs it, or None
    if unknown; `time_from` names its source. `note` says what was unusual, `problem` why the import found no notebook.
    """

    student: str
    lesson: str
    folder: Path
    files: dict
    fingerprint: str
    submitted: datetime | None
    time_from: str
    note: str = ""
    problem: str = ""

    def read(self):
        """Read the files: a Content. Only the beginning of a notebook that is too large is read."""
        notebook, name, files, notes, problem = None, "", dict(self.files), [self.note], self.problem
        candidates, problems = _candidates(files)
        for _ in range(min(MOST_TRIED, len(candidates))):
            chosen, note = choose(list(candidates), self.lesson)
            files.pop(candidates.pop(chosen), None)  # a zip may hold several
            try:
                notebook, name = chosen.read(LARGEST + 1), chosen.name
                notes.append(note)
                break
            except Exception as e:  # a zip is damaged in many ways
                problems.append(f"{chosen.path} is damaged ({e})")
        if notebook is None and problems:
            problem = problem or f"it could not be read: {'; '.join(problems)}"
        size = sum(path.stat().st_size for path in files.values())
        if size > LARGEST_FILES or len(files) > MOST_FILES:
            notes.append(
                f"the {len(files)} files besides the notebook, {size // 10**6} MB, were left out: they are too many"
            )
            files = {}
        side = {_name(relative): path.read_bytes() for relative, path in files.items()}
        named = side if notebook is None else {**side, f"{self.lesson}.ipynb": notebook}
        problem = problem if notebook is None else ""
        note = "; ".join(dict.fromkeys(filter(None, notes)))
        return Content(notebook, side, _digest(named, problem), note, name, problem)


class Submissions:
    """All submissions of a class, sorted by lesson and student; each is examined when its turn comes.

    A submission without ``timestamp.txt`` gets one, with its file's time: so nbgrader sees the same time, and copying the
    folder no longer changes it. One from an LMS that gives no times gets none: without a time, nobody is late.

    Parameters
    ----------
    folder : ClassFolder
    lessons : names of lessons, all by default
    without : names of lessons to leave out

    Attributes
    ----------
    unidentified : list of Unidentified, the files without a clear owner
    left_out : Counter of the submissions of lessons that are left out, by lesson
    """

    def __init__(self, folder, lessons=(), without=()):
        self.folder = folder
        students, closed = [], []
        for entry in _listed(folder.submitted()):
            try:
                students.append((entry, _listed(entry.path)))
            except PermissionError:
                closed.append(_closed(entry.name))
        found = sorted(
            (entry.name, student.name)
            for student, held in students
            for entry in held
            if not student.name.startswith(".")
            and not entry.name.startswith(".")
            and (not lessons or entry.name in lessons)
            and entry.is_dir()
        )
        self.left_out = Counter(lesson for lesson, _ in found if lesson in without)
        found = [(lesson, student) for lesson, student in found if lesson not in without]
        self.places = [place for place in found if all(map(is_plain, place))]
        self.unidentified = [
            _unnameable(student, lesson) for lesson, student in found if not is_plain(student + lesson)
        ]
        self.unidentified += closed
        self.unidentified += [one for one in _loose(students) if not lessons or one.lesson in lessons]
        for (_, entry, lesson), event in folder.journal.latest("unidentified", *UNIDENTIFIED).items():
            if event["is_open"] and (not lessons or lesson in lessons):
                self.unidentified.append(Unidentified(visible(entry), lesson, event["reason"]))
        self.lessons = sorted({lesson for lesson, _ in self.places})
        self._received = folder.journal.latest("received", "student", "lesson")

    def __len__(self):
        return len(self.places) + len(self.unidentified)

    def __iter__(self):
        """Yields (student, lesson); `at` then finds the Submission."""
        return ((student, lesson) for lesson, student in self.places)

    def at(self, student, lesson):
        """The Submission of one student for one lesson."""
        place = self.folder.submitted(student, lesson)
        return _submission(self.folder, place, student, lesson, self._received.get((student, lesson), {}))


def _listed(place):
    """The entries of a folder, sorted; none if it is not one."""
    try:
        with os.scandir(place) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _closed(student):
    name = visible(_name(Path(student))).replace("\n", "�")
    reason = f"the folder {name} is closed to you, so nothing in it was graded: open it with `chmod -R u+rX`, or ask its owner to"
    return Unidentified(name, "unknown", reason)


def _loose(students):
    """Notebooks and zips below submitted/ that are in no lesson's folder, and Jupyter's copies of them, as Unidentified.

    `students` are the entries of submitted/, each with those below it.
    """
    known = known_lessons(course_root())
    within = [
        (student, held) for student, held in students if not (student.name.startswith(".") or student.is_symlink())
    ]
    for student, held in within:
        has_copies = any(entry.name == CHECKPOINTS for entry in held)
        if has_copies and not any(_is_work(e) or (e.is_dir() and not e.name.startswith(".")) for e in held):
            name = visible(_name(Path(student.name))).replace("\n", "�")
            reason = f"the folder {name} holds no lesson's folder and no notebook, only copies that Jupyter made: put the submission into submitted/<student>/<lesson>/"
            yield Unidentified(name, "unknown", reason)
    beside = [((), student) for student, _ in students]
    below = [((student.name,), entry) for student, held in within for entry in held]
    for folders, entry in sorted((*beside, *below), key=lambda found: (*found[0], found[1].name)):
        if _is_work(entry) and not entry.name.startswith("."):
            name = visible(_name(Path(*folders, entry.name))).replace("\n", "�")
            lesson = lesson_named(entry.name, known) or "unknown"
            reason = f"{name} is in no lesson's folder: move it to submitted/<student>/<lesson>/<lesson>.ipynb"
            yield Unidentified(name, lesson, reason)


def _is_work(entry):
    return (notebook_stem(entry.name) is not None or is_zip(entry.name)) and not entry.is_dir()


def _unnameable(student, lesson):
    name, lesson = (visible(_name(Path(part))).replace("\n", "�") for part in (student, lesson))
    reason = f"the folder {name}/{lesson} has invalid characters in its name: rename it after the student"
    return Unidentified(name, lesson, reason)


def _name(relative):
    """A path as Unicode text, even if its bytes are not Unicode."""
    return os.fsencode(relative.as_posix()).decode("utf-8", "replace")


def _digest(named, problem):
    total = hashlib.sha256()
    for name, data in sorted(named.items()):
        total.update(f"{name}\0".encode() + hashlib.sha256(data).digest())
    total.update(problem.encode())
    return total.hexdigest()[:32]


def _submission(folder, place, student, lesson, received):
    for link in filter(Path.is_symlink, (place, place.parent)):  # it could lead to other people's files, or outside
        note = "its folder is a symbolic link, which is not followed: put the files themselves there"
        time = datetime.fromtimestamp(link.lstat().st_mtime, UTC).replace(tzinfo=None)
        return Submission(student, lesson, place, {}, "", time, "the link's own time", note)
    files, fingerprint, notes = _files(place)
    recorded = files.pop(_TIMESTAMP, None)
    time, time_from, odd = _time(folder, place, student, lesson, recorded, files, received)
    problem = received.get("problem", "")
    note = "; ".join(filter(None, (received.get("note", ""), *notes, odd)))
    fingerprint = hashlib.sha256(f"{fingerprint}{note}{problem}".encode()).hexdigest()[:32]
    return Submission(student, lesson, place, files, fingerprint, time, time_from, note, problem)


def _files(place):
    """The ordinary files of a folder, without links and litter; a fingerprint of them; what was unusual."""
    found, seen, notes, left = {}, hashlib.sha256(), [], MOST_LISTED
    for directory, folders, names in os.walk(place, followlinks=False):
        within = Path(directory).relative_to(place)
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        names = [name for name in names if name not in IGNORED and not name.startswith(("._", BEGUN))]
        # Notebooks and nbgrader's own files first, in case not all are read.
        names.sort(key=lambda name: (notebook_stem(name) is None and name not in NBGRADERS, name))
        for name in names[:left]:
            relative = within / name
            status = os.lstat(place / relative)
            if stat.S_ISREG(status.st_mode):
                found[relative] = place / relative
                told = status.st_size, status.st_mtime_ns, status.st_ctime_ns
                if relative != _TIMESTAMP:  # the time is not part of the submission
                    seen.update(os.fsencode(relative) + f"\0{told}\n".encode())
            elif notebook_stem(name) is not None:
                notes.append(f"{_name(relative)} is a link, or not an ordinary file: it was not read")
        left -= len(names)
        if left < 0:
            notes.append(f"its folder holds more than {MOST_LISTED} files: the others were not read")
            break
    return found, seen.hexdigest(), notes


def _candidates(files):
    """The notebooks of a submission: ``{Candidate: the path of its file}``, and what could not be opened.

    Zips are opened if there is no other notebook.
    """
    candidates, problems = {}, []
    for relative, path in files.items():
        if notebook_stem(relative.name) is not None:
            candidates[Candidate(_name(relative), partial(_read, path), path.stat().st_size)] = relative
    for relative, path in files.items() if not candidates else ():
        if is_zip(relative.name):
            try:
                notebooks, _ = of_zip(_name(relative), partial(_read, path), path.stat().st_size)
                candidates |= dict.fromkeys(notebooks, relative)
            except ValueError as e:
                problems.append(str(e))
    return candidates, problems


def _read(path, most):
    with path.open("rb") as f:
        return f.read(most)


def _file_time(path):
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _time(folder, place, student, lesson, recorded, files, received):
    """(time or None, its source, what was unusual)."""
    odd = ""
    if recorded:
        try:
            with recorded.open(encoding="utf-8") as f:
                time, told, odd = read_stamp(f.read(200))
            known = time and received and received["submitted"] == time.isoformat()
            return time, received["time_from"] if known else told, odd
        except ValueError:  # nbgrader's formgrader would fail for the whole class
            odd = f"its {TIMESTAMP} was not a time"
    if received and received["submitted"] is None and not recorded:
        return None, received["time_from"], ""
    if "lms" in received and received["submitted"]:  # its timestamp.txt was lost, but the journal still has the time
        time = datetime.fromisoformat(received["submitted"])
        write_atomically(place / TIMESTAMP, stamp(time))
        return time, received["time_from"], odd
    notebooks = [path for relative, path in files.items() if notebook_stem(relative.name) is not None]
    exact = [path for path in notebooks if path == place / f"{lesson}.ipynb"]
    time = max(map(_file_time, exact or notebooks or [place]))
    folder.journal.append(
        "received", student=student, lesson=lesson, submitted=time.isoformat(), time_from="the file's own time"
    )
    write_atomically(place / TIMESTAMP, stamp(time))
    return time, "the file's own time", odd
