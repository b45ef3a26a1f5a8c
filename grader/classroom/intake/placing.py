"""Put one submission in its folder, even a damaged one."""

import collections
import contextlib
import errno
from dataclasses import replace
from datetime import datetime

from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.classroom.choosing import MOST_TRIED, Candidate, choose, of_zip
from grader.classroom.forms import is_zip, notebook_stem
from grader.classroom.intake.archive import LARGEST_FILE
from grader.classroom.names import folded, safe_name, unique
from grader.classroom.timestamps import NBGRADERS, TIMESTAMP, parse_stamp, read_stamp, stamp
from grader.notebook.reading import LARGEST

MOST_FILES = 1000  # besides the notebook
LARGEST_FILES = 100_000_000  # bytes in total
DEEPEST, LONGEST = 20, 800  # folders in a file's path, and the path's length in bytes
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # errors of a disk to which no submission can be written
OF_FILE, OF_STAMP, OF_LMS, GIVEN = 1, 2, 3, 4  # how reliable a time is: the file's, a timestamp.txt's, …; 0 is unknown
BY_HAND = ("folder", "section", "people")  # owners that no LMS names: a folder, or a line of --people


def put(folder, student, person, lesson, items, before):
    """Copy a submission into the course folder, and note the result in the journal.

    Parameters
    ----------
    folder : ClassFolder
    student : the name of the student's folder
    person : Person
    lesson : str
    items : list of Owned, of one or more attempts
    before : the journal's last "received" of this student and lesson, or an empty dict

    Returns
    -------
    notes : list of str, why nothing was copied

    Raises
    ------
    ClassError
        If nothing can be written.
    """
    place = folder.submitted(student, lesson)
    try:
        return _put(folder, place, student, person, lesson, items, before)
    except OSError as e:
        if e.errno in FULL:
            raise ClassError(f"the submission of {student} cannot be written to {place}: {e.strerror}") from e
        way_out = "Move away what is there, and grade the download again"
        return [f"{student}: the submission of {lesson} could not be written to {place}: {e.strerror}. {way_out}"]


def _put(folder, place, student, person, lesson, items, before):
    if place.is_symlink() or place.parent.is_symlink():
        return [f"{student}: nothing was copied, because the folder {place} is a link, which could lead anywhere"]
    found = _Found(items, lesson)
    there = place / f"{lesson}.ipynb"
    is_same = found.data is not None and _holds(there, found.data)
    before = before or _by_hand(place)
    if not is_same and _is_older(found.item, before):
        return [f"{student}: {lesson} stays as it is, because a later submission was imported before"]
    if there.exists() and found.data is None:
        why = found.problem or "the latest one has no notebook"
        found.notes.append(f"the notebook of an earlier submission was graded: {why}")
        found.problem = ""
    time, rank, time_from = _time(found.item, before, is_same)
    if found.item.late:
        time_from += ", marked LATE by the LMS"
        found.notes += (
            [] if time else ["the LMS marks it LATE, but its time of submission is unknown: give it with --times"]
        )
    files = _side_files(found, lesson)
    entry = {
        "student": student, "lesson": lesson, "submitted": time.isoformat() if time else None, "time_from": time_from,
        "rank": rank, "lms": person.lms, "name": person.name, "number": person.number, "lasting": person.lasting,
        "order": list(found.item.order), "problem": found.problem, "note": "; ".join(dict.fromkeys(filter(None, found.notes))),
    }  # fmt: skip
    place.mkdir(parents=True, exist_ok=True)
    if any(before.get(name) != value for name, value in entry.items()):
        folder.journal.append("received", **entry)
    if found.data is not None and not is_same:
        write_atomically(there, found.data)
    linked = [relative for relative, data in files if not _write_beside(place, relative, data)]
    if time:
        write_atomically(place / TIMESTAMP, stamp(time))
    else:
        (place / TIMESTAMP).unlink(missing_ok=True)
    told = f"{student}: not copied, because a link in {place} could lead anywhere: {', '.join(linked[:5])}"
    return [told] if linked else []


class _Found:
    """The content of a submission: the notebook's bytes or None, the other files, and what was unusual.

    `item` is the Owned that the notebook came with, or else the last one. `problem` says why there is no notebook, if
    something could not be read.
    """

    def __init__(self, items, lesson):
        self.notes, self.problem, self.data = [item.note for item in items[:1]], "", None
        self.item = max(items, key=lambda item: item.order)
        self.beside, self._problems, self._owners, zips, stamped = [], [], {}, [], None
        for item in items:
            path, file = "/".join(item.path), item.file
            if _is_stamp(item, lesson):
                stamped = file
            elif file.problem:
                self._problems.append(f"{path}: {file.problem}")
            elif notebook_stem(item.path[-1]) is not None:
                self._owners[Candidate(path, file.read, file.size, item.order)] = item
            elif is_zip(path):
                zips.append(item)
            else:
                self.beside.append((item.path, file.read, file.size))
        for item in zips:
            if self._owners:
                self.beside.append((item.path, item.file.read, item.file.size))
            else:
                self._open(item)
        self._choose(lesson)
        if stamped and self.item.person.lms in BY_HAND and _rank(self.item) < GIVEN:
            self._obey(stamped)
        if self.data is not None:
            self.notes += [f"left out {problem}" for problem in self._problems[:5]]
        elif self._problems:
            self.problem = f"it could not be read: {'; '.join(self._problems[:5])}"

    def _obey(self, stamped):
        """Take the time from nbgrader's timestamp.txt: the file's own time says when it was packed, or copied."""
        try:
            time, told, odd = read_stamp(stamped.read(200).decode("utf-8", "replace"))
        except Exception as e:  # not a time, or one of the many errors of zips and disks
            self.notes.append(
                f"its {TIMESTAMP} was not a time" if isinstance(e, ValueError) else f"its {TIMESTAMP}: {e}"
            )
            return
        self.item = replace(self.item, time=time, time_from=told)
        self.notes.append(odd)

    def _open(self, item):
        """Look for notebooks in a zip that was submitted."""
        path = "/".join(item.path)
        try:
            notebooks, others = of_zip(path, item.file.read, item.file.size)
        except ValueError as e:
            self._problems.append(str(e))
            return
        if not notebooks:
            self.beside.append((item.path, item.file.read, item.file.size))
            return
        self._owners |= {replace(c, order=item.order): item for c in notebooks}
        self.beside += [(tuple(c.path.removeprefix(f"{path}/").split("/")), c.read, c.size) for c in others]

    def _choose(self, lesson):
        """Read the notebook that fits best; if it is damaged, the next one, up to a limit."""
        for _ in range(min(MOST_TRIED, len(self._owners))):
            chosen, note = choose(list(self._owners), lesson)
            item = self._owners.pop(chosen)
            try:
                self.data = chosen.read(LARGEST + 1)
                self.item = item
                self.notes.append(note)
                return
            except Exception as e:  # zips and disks fail in many ways
                self._problems.append(f"{chosen.path} is damaged ({e})")


def _is_stamp(item, lesson):
    """Whether a file is nbgrader's timestamp.txt, packed by the instructor: in an LMS's download it is the student's."""
    return item.person.lms in BY_HAND and item.path in ((TIMESTAMP,), (lesson, TIMESTAMP))


def _side_files(found, lesson):
    """The other files, read, with the paths where they go: a list of pairs. found.notes names those left out."""
    size = sum(size for _, _, size in found.beside)
    if len(found.beside) > MOST_FILES or size > LARGEST_FILES:
        found.notes.append(
            f"the {len(found.beside)} files besides the notebook, {size // 10**6} MB, were left out: they are too many"
        )
        return []
    names, files = _Names(lesson), []
    for parts, read, _ in found.beside:
        shown = "/".join(parts)
        try:
            relative = names.free(parts)
            data = read(LARGEST_FILE)
        except Exception as e:
            found.notes.append(f"left out {shown[:200]}: {e}")
            continue
        files.append((relative, data))
    return files


class _Names:
    """Distinct paths for files in a submission's folder, none of which is a folder of another one."""

    def __init__(self, lesson):
        self._lesson = lesson
        self._taken = collections.defaultdict(set)  # folder: names of files
        self._folders = collections.defaultdict(dict)  # folder: its folders, by their folded name

    def free(self, parts):
        """A path for a file.

        Raises
        ------
        ValueError
            If there is none for it.
        """
        parts = [part for part in parts if part not in ("", ".", "..")] or ["_"]
        if len(parts) > 1 and parts[0] == self._lesson:
            parts = parts[1:]
        if len(parts) > DEEPEST or sum(len(safe_name(part).encode()) + 1 for part in parts) > LONGEST:
            raise ValueError("it is nested too deeply")
        if folded(safe_name(parts[0])) in map(folded, (*NBGRADERS, f"{self._lesson}.ipynb")):  # a folder's name too
            raise ValueError("the grader needs this name for a file of its own")
        at = ()
        for part in parts[:-1]:
            name, held = safe_name(part), self._folders[at]
            if folded(name) not in held:
                held[folded(name)] = unique(name, self._taken[at])
            at = (*at, held[folded(name)])
        name = unique(safe_name(parts[-1]), self._taken[at] | {folded(n) for n in self._folders[at].values()})
        self._taken[at].add(folded(name))
        return "/".join((*at, name))


def _write_beside(place, relative, data):
    """Write a file next to the notebook, unless the same content is there; False if its folder is a link."""
    path = place / relative
    if any(above.is_symlink() for above in path.parents if above.is_relative_to(place)):
        return False
    # An earlier submission may have a file where this one has a folder, or vice versa: the earlier one stays.
    with contextlib.suppress(NotADirectoryError, FileExistsError, IsADirectoryError):
        if not _holds(path, data):
            write_atomically(path, data)
    return True


def _holds(path, data):
    return path.is_file() and not path.is_symlink() and path.stat().st_size == len(data) and path.read_bytes() == data


# --------------------------------------------------------------------------------------------------------------- times


def _by_hand(place):
    """What the journal would say about a submission that was put there by hand, from its timestamp.txt."""
    try:
        with (place / TIMESTAMP).open(encoding="utf-8") as f:
            time = parse_stamp(f.read(200))
    except (OSError, ValueError):
        return {}
    return {"submitted": time.isoformat(), "time_from": TIMESTAMP, "rank": OF_STAMP}


def _is_older(item, before):
    """Whether the earlier import is certainly later than this one."""
    time, rank = _known(before)
    if time and item.time and rank == _rank(item):
        return item.time < time
    order, there = list(item.order), before.get("order", [])
    return bool(order and there and before.get("lms") == item.person.lms and order[-1] < there[-1])


def _time(item, before, is_same):
    """(time, its rank, its source): a known time is never replaced by a less reliable one."""
    time, rank = _known(before)
    if item.time and _rank(item) >= rank:
        return item.time, _rank(item), item.time_from
    if time:
        told = before["time_from"].removesuffix(", marked LATE by the LMS")
        of_another = " of an earlier submission, since this one's is unknown"
        return time, rank, told if is_same or told.endswith(of_another) else told + of_another
    return None, 0, item.time_from


def _known(before):
    """The time of an earlier journal entry and its rank; (None, 0) if it was that of the download."""
    submitted, rank = before.get("submitted"), before.get("rank")
    if rank is None:
        packed = before.get("number") and before.get("time_from", "").startswith(("the zip's", "the file's"))
        rank = 0 if packed else OF_FILE
    return (datetime.fromisoformat(submitted), rank) if submitted and rank else (None, 0)


def _rank(item):
    if item.time is None:
        return 0
    if item.time_from.startswith(("given", "Moodle's worksheet")):
        return GIVEN
    if item.time_from == TIMESTAMP:
        return OF_STAMP
    return OF_FILE if item.person.lms in BY_HAND else OF_LMS
