"""Moodle, "Download all submissions": ``Ada Lovelace_12345_assignsubmission_file_/03_gates.ipynb``, or all that in one name.

The number is that of a participant in this assignment, or of a team: in the next assignment it is another one. Online
texts are folders of their own, ``…_assignsubmission_onlinetext_/onlinetext.html``. Moodle writes an underscore in a name
as a blank, so in a file's name the pattern can stand once only, unless a file's own name brings it along.

Source: https://github.com/moodle/moodle/blob/main/mod/assign/classes/downloader.php
"""

import re

from grader.classroom.lms.common import Owned, Person, Unidentified

_IN_A_NAME = re.compile(r"_(\d+)_assignsubmission_[a-z]+_")


def fits(part, is_folder):
    """Whether something on the top level of a download is Moodle's."""
    return bool(_folder(part) if is_folder else _IN_A_NAME.search(part, 1))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified."""
    for file in files:
        top, *rest = file.parts
        if rest:
            person, path = _folder(top), tuple(rest)
        else:
            found = list(_IN_A_NAME.finditer(top, 1))
            if len(found) > 1:
                into.unidentified.append(
                    Unidentified((file,), "its name has Moodle's pattern twice, so it could be two people's")
                )
                continue
            person, path = None, ()
            if found:
                person, path = _person(top[: found[0].start()], found[0][1]), (top[found[0].end() :] or top,)
        if person:
            into.owned.append(Owned(file, person, path))
        else:
            yield file


def _folder(part):
    """The Person of a folder; what stands last in its name counts, as a person's name may hold anything."""
    match = re.fullmatch(r"(?s)(.+)_(\d+)_assignsubmission_[a-z]+_?", part)
    if match:
        return _person(match[1], match[2])
    match = re.fullmatch(r"(?s)(.+)_assignsubmission_[a-z]+_?", part)  # a team without a number
    return _person(match[1], "") if match else None


def _person(name, number):
    return Person("moodle", name, number, shown=name)
