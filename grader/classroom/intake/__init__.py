"""Import a download, a zip or a folder that a learning management system (LMS) exports, into nbgrader's layout.

`archive` reads the files, `lms` finds their owners, `roll` finds each owner's folder, and `placing` puts them there.
Each submission is imported separately, so that a problem with one does not affect the others.
"""

import collections
import contextlib
import hashlib
import unicodedata
from functools import cache, partial
from pathlib import Path

from grader.authoring.lessons import known_lessons, lesson_named
from grader.base.errors import ClassError
from grader.base.wording import counted
from grader.classroom import lms
from grader.classroom.choosing import Candidate, lesson_inside
from grader.classroom.folder import ClassFolder, existing_folder
from grader.classroom.forms import is_zip, notebook_stem
from grader.classroom.intake.archive import exported_files
from grader.classroom.intake.placing import put
from grader.classroom.intake.roll import Roll
from grader.classroom.intake.times import with_times
from grader.classroom.lms.people import read_people
from grader.classroom.lms.plain import listed
from grader.classroom.submissions import UNIDENTIFIED
from grader.notebook.reading import LARGEST


def course_folder(root, path, out=None, layout=None, people=None, times=None):
    """The course folder for `path`: itself if it has nbgrader's layout, else a new one with the submissions copied there.

    Parameters
    ----------
    root : the course's folder
    path : a course folder, a folder or a zip
    out : where a download is copied to; next to it by default
    layout : one of `lms.LAYOUTS`, the download's layout; recognised by default
    people : a CSV file that says who owns each file or folder; it overrides everything else
    times : a CSV file that says when each student submitted, such as Moodle's grading worksheet

    Returns
    -------
    folder : Path
    notes : list of str, what the user should know about the import

    Raises
    ------
    ClassError
        If `path` does not exist, is empty, is a broken zip or holds no notebook; if the owners are not clear.
    """
    path = Path(path)
    is_zip_file = path.exists() and not path.is_dir()
    if not is_zip_file:
        path = existing_folder(path)
        if (path / "submitted").is_dir():
            for given, option in ((out, "--out"), (layout, "--layout"), (people, "--people"), (times, "--times")):
                if given:
                    raise ClassError(
                        f"{path} is already a course folder, and is graded where it is: leave out {option}"
                    )
            return path, []
    files = exported_files(path)
    if not any(notebook_stem(f.parts[-1]) is not None or is_zip(f.parts[-1]) for f in files):
        raise ClassError(
            f"there is no notebook in {path}: it should hold submitted/<student>/<lesson>/<lesson>.ipynb, or be the "
            f"folder or zip that an LMS exports"
        )
    known = known_lessons(root)
    found = lms.sort(files, known, layout, read_people(people) if people else None)
    if times:
        found.owned, told = with_times(found.owned, times)
        found.notes += told
    usual = _usual_lesson([(item.person, item.file) for item in found.owned] or [(None, file) for file in files], known)
    target = Path(out or _beside(path, is_zip_file))
    target.mkdir(parents=True, exist_ok=True)
    folder = ClassFolder(target)
    submissions = _submissions(found.owned, known, usual)
    roll, before = Roll(folder), folder.journal.latest("received", "student", "lesson")
    names = collections.Counter(_name(person, lesson) for person, lesson in submissions)
    places = {}
    # People whom the instructor names come last, since the LMS often knows them, too.
    for person, lesson in sorted(submissions, key=lambda place: place[0].lms == "people"):
        student = roll.folder_of(person, lesson, names[_name(person, lesson)] > 1)
        places.setdefault((student, lesson), (person, []))[1].extend(submissions[person, lesson])
    for (student, lesson), (person, items) in places.items():
        found.notes += put(folder, student, person, lesson, items, before.get((student, lesson), {}))
    _remember_unidentified(folder, path.name, files, found, known, usual)
    return target, [*_told(path, target, found, len(submissions)), *found.notes]


def _name(person, lesson):
    """The key that is equal for people with the same name in a download."""
    return person.lms, unicodedata.normalize("NFC", person.name), lesson


def _beside(path, is_zip_file):
    whole = path.resolve()
    return whole.with_name(f"{whole.stem if is_zip_file else whole.name}-graded")


def _told(path, target, found, count):
    what = found.layout or "--people"
    told = [
        f"{counted(count, 'submission')} from {path} {'is' if count == 1 else 'are'} in {target} (recognised as {what})"
    ]
    told += [
        f"unidentified: {listed(unidentified.files)}: {unidentified.reason}" for unidentified in found.unidentified
    ]
    return told


def _usual_lesson(files, known):
    """The lesson that most people's notebooks mention, for files that mention none.

    `files` are pairs of a Person, or None, and a file. Each person has one vote for a lesson, however many files they have.
    """
    notebooks = [(person, file) for person, file in files if notebook_stem(file.parts[-1]) is not None]
    ways = [
        (notebooks, lambda file: lesson_named(file.path, known)),
        (notebooks, lambda file: _lesson_inside(file, known)),
        ([] if notebooks else files, lambda file: lesson_named(file.path, known)),
    ]
    for voters, lesson_of in ways:
        votes = collections.Counter(lesson for _, lesson in {(who, lesson_of(file)) for who, file in voters} if lesson)
        if votes:
            return votes.most_common(1)[0][0]
    what = "no notebook here belongs to" if notebooks else "nothing here is named after"
    raise ClassError(f"{what} a lesson of this course; its lessons are {', '.join(known)}")


def _lesson_inside(file, known):
    return None if file.problem else lesson_inside(Candidate(file.path, file.read, file.size), known)


def _submissions(owned, known, usual):
    """``{(person, lesson): files}``: other files go with each notebook, or, without one, to the usual lesson."""
    groups, loose, named = {}, {}, cache(partial(lesson_named, known=known))
    for item in owned:
        name = item.path[-1]
        if notebook_stem(name) is None:
            loose.setdefault(item.person, []).append(item)
            continue
        lesson = (
            lesson_named(name, known) or lesson_named("/".join(item.path), known) or lesson_named(item.file.path, known)
        )
        lesson = lesson or _lesson_inside(item.file, known) or usual
        groups.setdefault((item.person, lesson), []).append(item)
    lessons = collections.defaultdict(list)
    for person, lesson in groups:
        lessons[person].append(lesson)
    for person, items in loose.items():
        for item in items:
            own = named(item.path[0]) if len(item.path) > 1 else None
            for lesson in [own] if own in lessons[person] else lessons[person] or [usual]:
                groups.setdefault((person, lesson), []).append(item)
    return groups


def _remember_unidentified(folder, download, files, found, known, usual):
    """Note in the journal which files have no clear owner, and which of the earlier ones are settled.

    An earlier file is settled if this download holds it, under any name, and its owner is clear now; or if it belongs to
    the usual lesson and a download of this name no longer holds it: next week's download may have the same name.
    """
    latest = folder.journal.latest("unidentified", *UNIDENTIFIED)
    before, now = {place: event for place, event in latest.items() if event["is_open"]}, {}
    for unidentified in found.unidentified:
        with_others = f" (with {listed(unidentified.files)})" if len(unidentified.files) > 1 else ""
        for file in unidentified.files:
            now[download, file.path, lesson_named(file.path, known) or usual] = (
                file,
                (
                    f"it is not clear whose {file.path} is{with_others}: {unidentified.reason}. Grade the download again and name "
                    f"the owner with --people FILE.csv, with the columns file,student, or use --layout"
                ),
            )
    still, digest = {file for file, _ in now.values()}, cache(_digest)
    for place, event in before.items():
        is_gone = event["download"] == download and event["lesson"] == usual
        clear = (file for file in files if file not in still and event.get("size", file.size) == file.size)
        if place not in now and (is_gone or any(event.get("content") == digest(file) for file in clear)):
            folder.journal.append(
                "unidentified", **dict(zip(UNIDENTIFIED, place, strict=True)), is_open=False, reason=""
            )
    for place, (file, reason) in now.items():
        if before.get(place, {}).get("reason") != reason:
            more = {"is_open": True, "reason": reason, "size": file.size, "content": digest(file)}
            folder.journal.append("unidentified", **dict(zip(UNIDENTIFIED, place, strict=True)), **more)


def _digest(file):
    """A hash of a file's content; of its path, if the file cannot be read."""
    with contextlib.suppress(Exception):  # a zip can be damaged in many ways
        if not file.problem:
            return hashlib.sha256(file.read(LARGEST + 1)).hexdigest()
    return hashlib.sha256(file.path.encode("utf-8", "replace")).hexdigest()
