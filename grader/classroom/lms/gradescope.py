"""Gradescope, "Export Submissions": folders ``submission_123/``, and ``submission_metadata.yml``, which says whose they are.

A group's submission belongs to each of its members. The e-mail address, with which students log in, identifies them; they
may type their ID themselves, so it counts only where there is no address. Times are Gradescope's own, with a time zone.

Source: the metadata as instructors' scripts on GitHub read it; Gradescope itself is closed.
"""

import collections
import re
from datetime import datetime

from grader.base.errors import ClassError
from grader.classroom.lms.common import UNKNOWN, Owned, Person, Unidentified, in_utc

NAME = "Gradescope"
METADATA = "submission_metadata.yml"
LARGEST_METADATA = 20_000_000  # bytes
_ENTRY = re.compile(r"submission_(\d+)")
_HELP = "export the submissions again, or say whose each folder is with --people"


def fits(part, is_folder):
    """Whether something at the top level of a download comes from Gradescope."""
    return is_folder and bool(_ENTRY.fullmatch(part))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified.

    Raises
    ------
    ClassError
        If the metadata are missing or damaged: the folders' numbers alone tell nothing.
    """
    metadata = _metadata(files)
    tops = {file.parts[0] for file in files} & metadata.keys()
    named = collections.Counter(person for top in tops for person in _people(metadata[top]))
    for file in files:
        top, *rest = file.parts
        match = _ENTRY.fullmatch(top) if rest else None
        if not match:
            if file.parts != (METADATA,):
                yield file
            continue
        entry = metadata.get(top)
        people = _people(entry)
        if not people:
            into.unidentified.append(Unidentified((file,), f"{METADATA} does not say whose {top} is"))
        alike = [person for person in people if not person.number and named[person] > 1]
        if alike:
            why = f"{METADATA} tells neither ID nor address of {alike[0].name}, who could be two people"
            into.unidentified.append(Unidentified((file,), why))
            people = [person for person in people if person not in alike]
        time = _time(entry)
        note = f"submitted by a group of {len(people)}: {', '.join(p.name for p in people)}" if len(people) > 1 else ""
        told = f"Gradescope's {METADATA}" if time else UNKNOWN
        for person in people:
            into.owned.append(Owned(file, person, tuple(rest), (int(match[1]),), False, time, told, note))


def _metadata(files):
    import yaml  # here: only a download of Gradescope's needs it

    found = next((file for file in files if file.parts == (METADATA,)), None)
    if not found:
        raise ClassError(
            f"this is a download of Gradescope's without {METADATA}, and its folders have numbers for names: {_HELP}"
        )
    try:
        data = found.read(LARGEST_METADATA + 1)
        if len(data) > LARGEST_METADATA:
            raise ValueError(f"it is larger than {LARGEST_METADATA // 10**6} MB")
        content = yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if not isinstance(content, dict):
            raise ValueError("it is no table of submissions")
    except Exception as e:
        problem = str(e).splitlines()[0]
        raise ClassError(f"Gradescope's {METADATA} cannot be read ({problem}): {_HELP}") from None
    return content


def _people(entry):
    people = []
    submitters = entry.get(":submitters") if isinstance(entry, dict) else None
    for one in submitters if isinstance(submitters, list) else ():
        if isinstance(one, dict):
            name, sid, email = (str(one.get(key) or "").strip() for key in (":name", ":sid", ":email"))
            number = email.casefold() or sid
            if name or number:
                person = Person("gradescope", name or number, number, bool(number), name or number)
                people += [person] if person not in people else []
    return people


def _time(entry):
    time = entry.get(":created_at") if isinstance(entry, dict) else None
    try:
        if isinstance(time, str):
            time = datetime.fromisoformat(time.strip())
        if not isinstance(time, datetime):
            return None
        return in_utc(time) if time.tzinfo else time  # YAML's own times are UTC
    except (ValueError, OverflowError):
        return None
