"""Recognise which learning management system (LMS) a download comes from, and find the owner of each file in it."""

import collections
from dataclasses import replace

from grader.base.errors import ClassError
from grader.classroom.forms import is_zip, notebook_stem
from grader.classroom.lms import people, plain
from grader.classroom.lms.common import Sorted, Unidentified
from grader.classroom.lms.systems import LAYOUTS, RECOGNISED


def sort(files, known, layout=None, said=None):
    """Find the owner of each file of a download.

    The layout is decided once, from the first level below the folders that all files share.

    Parameters
    ----------
    files : list of Exported
    known : grade_ids of the lessons, by name
    layout : one of LAYOUTS; found out by default
    said : what `people.read_people` read, which overrides everything

    Returns
    -------
    sorted : Sorted

    Raises
    ------
    ClassError
        If the owners of a whole download cannot be found; the message lists the files and says what to do.
    """
    if layout is not None and layout not in LAYOUTS:
        raise ClassError(f"--layout {layout} is not known: there are {', '.join(LAYOUTS)}")
    into = Sorted(layout or "")
    outside = [file for file in files if file.outside]
    rest = people.sort([file for file in files if not file.outside], said or {}, into)
    for file in outside:
        _leave(file, file.problem, into)
    if any(_may_hold_work(file) for file in rest) or (rest and not into.owned):
        chosen = layout or _recognise(rest)
        if chosen in RECOGNISED:
            system = RECOGNISED[chosen]
            into.layout = chosen
            for file in system.sort(_at_the_level_of(system, rest), known, into):
                _leave(file, f"its name is not of {system.NAME}'s form, as the others' are", into)
        else:
            plain.sort(rest, known, into, chosen)
    else:
        into.notes += [f"left out {file.path!r}: --people does not name it" for file in rest]
    return into


def _may_hold_work(file):
    return notebook_stem(file.parts[-1]) is not None or is_zip(file.parts[-1])


def _leave(file, why, into):
    if notebook_stem(file.parts[-1]) is not None:
        into.unidentified.append(Unidentified((file,), why))
    else:
        into.notes.append(f"left out {file.path!r}: {why}")


def _recognise(files):
    """The name of the system that made the first level below the folders that all files share; None if none did.

    Raises
    ------
    ClassError
        If that level is a mix, or holds several downloads.
    """
    level = files
    while True:
        top = {(file.parts[0], len(file.parts) > 1) for file in level}
        fits = {name: [part for part in top if system.fits(*part)] for name, system in RECOGNISED.items()}
        best = max(fits, key=lambda name: len(fits[name]))
        title = RECOGNISED[best].NAME
        # What counts are the entries that could be a student's: folders, and files that may hold work.
        entries = top & {(f.parts[0], len(f.parts) > 1) for f in level if len(f.parts) > 1 or _may_hold_work(f)}
        entries |= set(fits[best])
        if 2 * len(fits[best]) > len(entries):
            if level is not files and len(fits[best]) == 1:
                raise ClassError(
                    f"it cannot be told whose {level[0].path} is: its name is as {title} makes them, but the "
                    f"folder above it could be a student's. Say --layout {best} or --layout folders"
                )
            return best
        if 4 * len(fits[best]) > len(entries):
            others = [file for file in level if (file.parts[0], len(file.parts) > 1) not in fits[best]]
            raise ClassError(
                f"this is a mix: {len(fits[best])} entries as {title} names them, {len(entries) - len(fits[best])} "
                f"others: {plain.listed(others)}. Grade them one after the other, or {plain.WAYS[0].lower()}{plain.WAYS[1:]}"
            )
        deeper = _below(level)
        if deeper is None:
            _refuse_several(level)
            return None
        level = deeper


def _refuse_several(files):
    """Raise a ClassError if these are several downloads side by side, packed or not."""
    work = [file for file in files if _may_hold_work(file)]
    if work and all(len(file.parts) == 1 and is_zip(file.parts[0]) for file in work):
        raise ClassError(
            f"there are zips, and no notebook beside them: {plain.listed(work)}. If each is a download, grade one after the "
            f"other into the same class: gru-course grade {work[0].parts[0]} --out class. If each is a student's submission, "
            "unpack it into a folder that is named after the student"
        )
    tops = collections.defaultdict(set)
    for file in files:
        if len(file.parts) > 1:
            tops[file.parts[0]].add((file.parts[1], len(file.parts) > 2))
    for system in RECOGNISED.values():
        own = sorted(top for top, entries in tops.items() if _is_of(system, entries))
        if len(own) > 1 and 2 * len(own) > len(tops):
            raise ClassError(
                f"these are several downloads of {system.NAME}'s side by side: {', '.join(own[: plain.SHOWN])}. Grade one "
                f"after the other into the same class: gru-course grade {own[0]} --out class. If each is a student's folder, "
                "say --layout folders"
            )


def _is_of(system, entries):
    """Whether a folder with these entries is a download of a system: it would name most of them so, and not just one file."""
    fits = [entry for entry in entries if system.fits(*entry)]
    return 2 * len(fits) > len(entries) and (len(fits) > 1 or fits[0][1])


def _below(files):
    """The files without the folder that contains all of them; None if there is no such folder."""
    folders = {file.parts[0] for file in files if len(file.parts) > 1}
    if len(folders) != 1 or any(len(file.parts) == 1 and _may_hold_work(file) for file in files):
        return None
    return [replace(file, parts=file.parts[1:]) for file in files if len(file.parts) > 1]


def _at_the_level_of(system, files):
    level = files
    while level is not None and not any(system.fits(f.parts[0], len(f.parts) > 1) for f in level):
        level = _below(level)
    return files if level is None else level
