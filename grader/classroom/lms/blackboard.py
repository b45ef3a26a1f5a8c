"""Blackboard, "Assignment File Download": ``Homework_adal_attempt_2026-11-20-10-30-00_03_gates.ipynb``, and beside the files
of each attempt a text file with what the student wrote, ``Homework_adal_attempt_2026-11-20-10-30-00.txt``.

The first line of the text is ``Name: Ada Lovelace (adal)``. It shows where the assignment's title ends and the user name
begins, because both may contain underscores; one text shows it for all files. Without any text, the user name is what
follows the last underscore; if two students would then be one, their files belong to nobody. A user name is the same in
all assignments. The time is the site's, without a time zone.

Source: https://github.com/kwurst/bb-file-cleanup, and others' scripts on GitHub; Blackboard itself is closed.
"""

import collections
import re
from datetime import datetime

from grader.classroom.lms.common import UNKNOWN, ZONE, Owned, Person, Unidentified, in_utc

NAME = "Blackboard"
_ENTRY = re.compile(r"(?s)(?P<who>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<rest>.+)|(?P<text>\.txt))")
_NAME = re.compile(rb"\s*Name:[^\n]*\(([^()\n]+)\)\s*\n")


def fits(part, is_folder):
    """Whether something at the top level of a download comes from Blackboard."""
    return not is_folder and bool(_ENTRY.fullmatch(part))


def sort(files, known, into):
    """Find the owners of the files: into.owned, into.unidentified."""
    own = {file: _ENTRY.fullmatch(file.parts[0]) for file in files if fits(file.parts[0], len(file.parts) > 1)}
    users = {}
    for file, match in own.items():
        if match["text"] and not file.problem:
            user = _user(file)
            if user and match["who"].endswith(f"_{user}"):
                users[match["who"]] = user
    titles = {who.removesuffix(user) for who, user in users.items()}
    for who in {match["who"] for match in own.values()} - users.keys():
        title = max((title for title in titles if who.startswith(title)), key=len, default="")
        users[who] = (who.removeprefix(title) if title else who.rpartition("_")[2]) or who
    guessed = collections.Counter(users.values()) if not titles else {}
    for file in files:
        match = own.get(file)
        if not match:
            yield file
            continue
        user = users[match["who"]]
        if guessed.get(user, 0) > 1:
            why = (
                "no text of Blackboard's is there that tells its user name, and what stands last in it is another's too"
            )
            into.unidentified.append(Unidentified((file,), why))
            continue
        person, time = Person("blackboard", user, user, True, user), _time(match["time"])
        told = f"Blackboard's name of the file, {ZONE}" if time else UNKNOWN
        path = (match["rest"] or "submission.txt",)
        into.owned.append(Owned(file, person, path, (match["time"],), False, time, told))


def _user(file):
    try:
        found = _NAME.match(file.read(2000))
    except Exception:  # whatever is wrong with a text, the name of the file is enough
        return ""
    return found[1].decode("utf-8", "replace").strip() if found else ""


def _time(text):
    try:
        return in_utc(datetime(*map(int, text.split("-"))))
    except (ValueError, OverflowError):
        return None
