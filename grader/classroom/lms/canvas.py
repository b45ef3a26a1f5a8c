"""Canvas, "Download Submissions": ``lovelaceada_LATE_12345_67890_03_gates-1.ipynb``: name, user's number, file's number.

A text or a link that was entered is ``lovelaceada_12345_text.html``; in anonymous assignments the name is
``anon_Qr3xZ``, with LATE before it. A user's number is the same in all assignments. Name and file name are free text: a
name that can be read in more than one way is nobody's.

Source: https://github.com/instructure/canvas-lms/blob/master/lib/content_zipper.rb, `get_filename` and what it calls.
"""

import itertools
import re

from grader.classroom.lms.common import Owned, Person, Unidentified
from grader.classroom.lms.versions import version

_NUMBERS = re.compile(r"(?=_(?P<number>0|[1-9]\d*)_(?P<file>0|[1-9]\d*)_(?P<rest>.+))", re.S)  # at each place
_TEXT = re.compile(r"(?s)(?P<name>.+)_(?P<number>0|[1-9]\d*)_(?P<rest>(?:text|link)\.html)")
_ANONYMOUS = re.compile(
    r"(?s)(?P<early>LATE_)?anon_(?P<number>[A-Za-z0-9]+)(?P<late>_LATE)?_(?:(?P<file>\d+)_(?P<rest>.+)|(?P<text>(?:text|link)\.html))"
)
_LATE = "_LATE"
MOST_READINGS = 3  # that are looked for, and told


def fits(part, is_folder):
    """Whether something on the top level of a download is Canvas's."""
    return not is_folder and bool(_ANONYMOUS.fullmatch(part) or next(_readings(part, ()), None))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified."""
    own = [fits(file.parts[0], len(file.parts) > 1) for file in files]
    all_anonymous = all(_ANONYMOUS.fullmatch(file.parts[0]) for file, is_own in zip(files, own, strict=True) if is_own)
    for file, is_own in zip(files, own, strict=True):
        if not is_own:
            yield file
            continue
        match = _ANONYMOUS.fullmatch(file.parts[0])
        found = list(itertools.islice(_readings(file.parts[0], known), MOST_READINGS))
        if match and (all_anonymous or not found):
            who, late = f"anon_{match['number']}", match["early"] or match["late"]
            person = Person("canvas", who, match["number"], shown=who)
            into.owned.append(_owned(file, person, match["rest"] or match["text"], match["file"], late))
        elif match or len(found) != 1:
            ways = [f"{who!r} with the number {number}" for who, _, number, _, _ in found]
            ways += [f"the anonymous {match['number']}"] if match else []
            into.unidentified.append(
                Unidentified((file,), f"its name can be read as that of {' or '.join(ways) or 'nobody'}")
            )
        else:
            ((who, late, number, number_of_file, rest),) = found
            person = Person("canvas", who, number, True, f"{who}_{number}")
            into.owned.append(_owned(file, person, rest, number_of_file, late))


def _owned(file, person, rest, number, late):
    return Owned(file, person, (rest,), (version(rest)[1], int(number or 0)), bool(late))


def _readings(name, known):
    """Yields all (name, LATE or not, number, file's number or None, file's name) that a file's name can mean.

    Canvas writes no number with a zero before it, and the number that a lesson's own name begins with is none of Canvas's.
    """
    for match in _NUMBERS.finditer(name, 1):
        of_lesson = name[match.start("file") :].casefold()
        if not any(of_lesson.startswith(lesson.casefold()) for lesson in known):
            who, late = _without_late(name[: match.start()])
            yield who, late, match["number"], match["file"], match["rest"]
    match = _TEXT.fullmatch(name)
    if match:
        who, late = _without_late(match["name"])
        yield who, late, match["number"], None, match["rest"]


def _without_late(name):
    return (name.removesuffix(_LATE), True) if name.endswith(_LATE) and name != _LATE else (name, False)
