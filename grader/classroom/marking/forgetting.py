"""What markers gave for one student's submissions: find it, so that it can be removed."""

import json

from grader.classroom.marking.codes import Codes
from grader.classroom.marking.marks import Markers
from grader.classroom.marking.settled import Settled


def files(folder):
    """The files in which there may be lines about a student."""
    return [path for path in (*Markers(folder).files(), Settled(folder).journal.path) if path.exists()]


def submissions(folder, student):
    """What stands for a student's submissions in these files, bytes each.

    Raises
    ------
    ClassError
        If there are such files, but not the key by which they were written: nobody can tell whose the lines are.
    """
    lessons = {lesson for path in files(folder) for lesson in _lessons(path)}
    codes = Codes(folder) if lessons else None
    return [codes.submission(student, lesson).encode() for lesson in sorted(lessons)]


def lines_without(content, about):
    """A file's content without the lines about these submissions."""
    return b"".join(line for line in content.splitlines(keepends=True) if not any(one in line for one in about))


def _lessons(path):
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and isinstance(entry.get("lesson"), str):
            yield entry["lesson"]
