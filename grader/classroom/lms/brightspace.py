"""Brightspace, "Download" in Assignments: ``12345-678 - Ada Lovelace - Nov 20, 2026 1030 AM - 03_gates.ipynb``, or a folder
of such a name without the last part.

The first number is the user's, the second the assignment's. Number and name together identify a student, so that a site
with other numbers cannot make two people one. The time is the site's, without a time zone.

Source: names as instructors' scripts on GitHub read them; Brightspace itself is closed.
"""

import re
from datetime import datetime

from grader.classroom.lms.common import UNKNOWN, ZONE, Owned, Person, in_utc

NAME = "Brightspace"
_DATE = r"(?:[^\W\d]+\.? \d{1,2},? \d{4}|\d{1,2} [^\W\d]+\.?,? \d{4}),? \d{1,2}:?\d{2}(?: ?[AP]M)?"
_ENTRY = re.compile(rf"(?s)(?P<number>\d+)-\d+ - (?P<name>.+?) - (?P<time>{_DATE})(?: - (?P<rest>.+))?", re.I)
_EXTRAS = {"index.html"}
_MONTHS = dict(
    zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13), strict=True)
)


def fits(part, is_folder):
    """Whether something at the top level of a download comes from Brightspace."""
    match = _ENTRY.fullmatch(part)
    return bool(match) and is_folder == (match["rest"] is None)


def sort(files, known, into):
    """Find the owners of the files: into.owned."""
    for file in files:
        top, *rest = file.parts
        match = _ENTRY.fullmatch(top) if fits(top, bool(rest)) else None
        if match:
            person = Person("brightspace", match["name"], match["number"], True, match["name"])
            # A student can bring in further dates, by a display name or a file's name: the latest one counts.
            times = [_time(found) for found in re.findall(rf" - ({_DATE})(?= - |$)", top, re.I)]
            time = max(filter(None, times)) if all(times[:1]) and any(times) else None
            told = f"Brightspace's name of the file, {ZONE}" if time else UNKNOWN
            order = (time.isoformat() if time else "",)
            into.owned.append(Owned(file, person, tuple(rest) or (match["rest"],), order, False, time, told))
        elif top not in _EXTRAS:
            yield file


def _time(text):
    """The time in UTC, or None in a language that is not English."""
    match = re.fullmatch(r"(.+?),? (\d{1,2}):?(\d{2})(?: ?([AP]M))?", text, re.I)
    day, hour, minute, half = match.groups()
    word = re.search(r"[^\W\d]+", day)[0].casefold()
    numbers = [int(n) for n in re.findall(r"\d+", day)]
    hour = int(hour) % 12 + 12 * (half.upper() == "PM") if half else int(hour)
    try:
        return in_utc(datetime(numbers[1], _MONTHS[word[:3]], numbers[0], hour, int(minute)))
    except (KeyError, ValueError, OverflowError):
        return None
