"""Downloads that no LMS has packed: folders of students, files named after students, or folders of sections with either.

What a student is, is decided once, by what most of the top level looks like. Nothing that lies deeper in one student's
folder changes it, and nobody is told by it.
"""

import collections
import re
from dataclasses import replace

from grader.authoring.lessons import lesson_named
from grader.base.errors import ClassError
from grader.classroom.forms import is_zip, notebook_stem
from grader.classroom.lms.common import Owned, Person, Unidentified
from grader.classroom.lms.versions import version

SHOWN = 12  # files in a message
WAYS = (
    "Say what a student is with --layout: folders (a folder is a student), files (a file is), sections (folders of "
    "sections, with those of students in them); or give --people FILE.csv with the columns file,student"
)


def sort(files, known, into, layout=None):
    """Find the owners of the files: into.owned, into.unidentified, into.layout.

    Parameters
    ----------
    files : list of Exported, of which no path leads outside
    known : grade_ids of the lessons, by name
    into : Sorted
    layout : "folders", "files" or "sections"; found out by default

    Raises
    ------
    ClassError
        If it cannot be told what a student is.
    """
    files = _below_lessons(_below_shared_folders(files, known, into, layout), known)
    into.layout = layout or _decide(files, known)
    if into.layout == "files":
        files = _out_of_a_folder(files)
    {"folders": _folders, "files": _files, "sections": _sections}[into.layout](files, known, into)


def listed(files):
    """Paths of files, the first ones."""
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return ", ".join(file.path for file in files[:SHOWN]) + more


def _notebooks(files):
    return [file for file in files if notebook_stem(file.parts[-1]) is not None]


def _below_shared_folders(files, known, into, layout):
    """The files below folders that all notebooks share, and of nbgrader's submitted/, if there is one."""
    notebooks = _notebooks(files)
    if layout is None and notebooks and all("submitted" in file.parts[:-1] for file in notebooks):
        below = [
            replace(f, parts=f.parts[f.parts.index("submitted") + 1 :]) for f in files if "submitted" in f.parts[:-1]
        ]
        if len({f.parts[0] for f in _notebooks(below)}) == 1 and files[0].parts[0] != "submitted":
            raise _cannot_tell(
                notebooks, f"{files[0].parts[0]} could be a student's folder, or one that holds submitted/"
            )
        return below
    least = 3 if layout == "sections" else 2
    while len({file.parts[0] for file in notebooks}) == 1 and all(
        len(f.parts) > least and not lesson_named(f.parts[1], known)  # not <student>/<lesson>/<file>
        for f in notebooks
    ):
        top = notebooks[0].parts[0]
        into.notes += [f"left out {f.path!r}: it lies beside {top}" for f in files if f.parts[0] != top]
        files = [replace(f, parts=f.parts[1:]) for f in files if f.parts[0] == top and len(f.parts) > 1]
        notebooks = _notebooks(files)
    return files


def _below_lessons(files, known):
    """The files below folders of lessons, ``03_gates/ada/…``, if all notebooks lie in such."""
    notebooks = _notebooks(files)
    if not notebooks or not all(len(f.parts) > 1 and lesson_named(f.parts[0], known) == f.parts[0] for f in notebooks):
        return files
    return [replace(f, parts=f.parts[1:]) for f in files if len(f.parts) > 1 and f.parts[0] in known]


def _out_of_a_folder(files):
    """The files without the folder in which all notebooks lie, where each of them is a student's."""
    tops = {file.parts[0] if len(file.parts) > 1 else "" for file in _notebooks(files)}
    if len(tops) != 1 or "" in tops:
        return files
    return [replace(file, parts=file.parts[1:]) for file in files if file.parts[0] in tops and len(file.parts) > 1]


def _decide(files, known):
    """ "folders", "files" or "sections"."""
    notebooks = _notebooks(files)
    loose = [file for file in notebooks if len(file.parts) == 1]
    tops = collections.defaultdict(list)
    for file in notebooks:
        if len(file.parts) > 1:
            tops[file.parts[0]].append(file)
    if not tops:
        pure = [file for file in loose if not _student(file.parts[-1], known)]
        if len(loose) > 1 and 2 * len(pure) > len(loose):
            raise _cannot_tell(pure, "these files have the lesson's name, and no student's")
        return "files"
    if len(tops) == 1 and not loose:
        return _decide_one(next(iter(tops.values())), known)
    if loose and 3 * min(len(loose), len(tops)) > len(loose) + len(tops):
        raise _cannot_tell(loose, "there are students' folders, and notebooks beside them")
    if len(loose) > len(tops):
        return "files"
    direct = {top for top, held in tops.items() if any(_belongs_to_top(file, known) for file in held)}
    if 2 * len(direct) >= len(tops):
        several = [top for top in direct if _could_be_several(tops[top], known)]
        if 2 * len(several) >= len(tops):
            raise _cannot_tell(
                [file for top in several for file in tops[top]],
                "these could be the files of several students or of one, as none is named after a lesson",
            )
        return "folders"
    below = {top: {file.parts[1] for file in held if len(file.parts) > 2} for top, held in tops.items()}
    names = collections.Counter(name.casefold() for held in below.values() for name in held)
    are_many = 2 * sum(len(held) > 1 for held in below.values()) >= len(tops)
    if are_many and max(names.values()) == 1:
        return "sections"
    if not are_many and len(tops) > 1 and 2 * max(names.values()) > len(tops):
        return "folders"  # most have one folder, of the same name
    raise _cannot_tell(notebooks, "the upper folders could be those of students or of sections")


def _decide_one(held, known):
    """One folder alone, as deep as it goes: a student's, or that which holds students' files."""
    if len({file.parts[2] for file in held if len(file.parts) > 3 and lesson_named(file.parts[1], known)}) > 1:
        raise _cannot_tell(held, "the upper folder could be a student's, or hold lessons and in them students")
    flat = [file for file in held if len(file.parts) == 2]
    pure = [file for file in flat if not _student(file.parts[-1], known)]
    if len(flat) < 2 or len(pure) == len(flat):
        return "folders"
    if pure:
        raise _cannot_tell(flat, "some of these files are named after a lesson, others are not")
    return "files"


def _belongs_to_top(file, known):
    """Whether a notebook lies directly in a folder of the top level, or in a lesson's folder there."""
    return len(file.parts) == 2 or bool(lesson_named(file.parts[1], known))


def _could_be_several(held, known):
    """Whether a folder's notebooks, all of one lesson, have names of their own."""
    flat = [file for file in held if len(file.parts) == 2]
    names = [_student(file.parts[-1], known) for file in flat]
    return all(names) and len(set(names)) > 1 and len({lesson_named(file.path, known) for file in flat}) == 1


def _cannot_tell(files, why):
    return ClassError(f"it cannot be told whose submission is whose: {why}: {listed(files)}. {WAYS}")


# --------------------------------------------------------------------------------------------------- the three layouts


def _folders(files, known, into):
    for file in files:
        if len(file.parts) > 1:
            into.owned.append(_owned(file, file.parts[0], file.parts[1:]))
        else:
            _leave(file, "it lies beside the students' folders", into)


def _leave(file, why, into):
    """Leave out a file that is nobody's: what may hold work gets a row, so that it is not overlooked."""
    if is_zip(file.parts[-1]):
        way_out = (
            "If it is a download, grade it by itself into the same class; if a student's, unpack it into their folder"
        )
        into.unidentified.append(Unidentified((file,), f"{why}. {way_out}"))
    elif notebook_stem(file.parts[-1]) is not None:
        into.unidentified.append(Unidentified((file,), why))
    else:
        into.notes.append(f"left out {file.path!r}: {why}")


def _sections(files, known, into):
    kept = [file for file in files if len(file.parts) > 1]
    for file in files:
        if len(file.parts) == 1:
            _leave(file, "it lies beside the sections' folders", into)
    names = {}
    for file in kept:
        if len(file.parts) > 2:
            names[file] = file.parts[1]
        elif notebook_stem(file.parts[-1]) is not None:
            names[file] = _student(file.parts[-1], known) or notebook_stem(file.parts[-1])
        else:
            _leave(file, "it lies beside the students' folders", into)
    sections = collections.defaultdict(set)
    for file, name in names.items():
        sections[name].add(file.parts[0])
    for file, name in names.items():
        section = file.parts[0]
        shown = name if len(sections[name]) == 1 else f"{name} ({section})"
        # Within a lesson another section is another person; next week's sections may have other names.
        person = Person("section", name, section, False, shown)
        into.owned.append(replace(_owned(file, name, file.parts[2:] or file.parts[1:]), person=person))


def _files(files, known, into):
    told = collections.defaultdict(list)
    for file in files:
        if notebook_stem(file.parts[-1]) is None:
            _leave(file, "it is no notebook, and lies in no student's folder", into)
        elif len(file.parts) > 1:
            into.unidentified.append(Unidentified((file,), "it lies in a folder, but here each file is a student's"))
        else:
            stem = notebook_stem(file.parts[-1])
            name = _student(file.parts[-1], known)
            if not name and len(_notebooks(files)) > 1:
                into.unidentified.append(Unidentified((file,), "it has the lesson's name, and no student's"))
            else:
                told[name or stem, lesson_named(stem, known) or lesson_named(file.path, known)].append(file)
    for (name, _), held in told.items():
        if len(held) > 1:
            into.unidentified.append(
                Unidentified(tuple(held), f"these could be two people called {name!r}, or one person's")
            )
        else:
            into.owned.append(_owned(held[0], name, held[0].parts))


def _owned(file, student, path):
    person = Person("folder", student, "", True, student)
    return Owned(file, person, path, (), False, file.time, file.time_from)


def _student(name, known):
    """What a file's name says beside a lesson, without a download's number: ``"ada_03_gates (1).ipynb"`` is Ada's."""
    stem = version(f"{notebook_stem(name)}.ipynb")[0]
    lesson = lesson_named(stem, known)
    return re.sub(rf"[\W_]*{re.escape(lesson)}[\W_]*", " ", stem, flags=re.I).strip() if lesson else stem
