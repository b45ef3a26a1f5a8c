"""Times of submission given by the instructor: Moodle's grading worksheet, or a CSV file with student and time."""

import collections
import re
import unicodedata
from dataclasses import replace

from dateutil import parser

from grader.base.errors import ClassError
from grader.classroom.lms.common import ZONE, in_utc
from grader.classroom.lms.people import parse_time, read_table

_MOODLE = "Last modified (submission)"
_NEVER = ("", "-")


def with_times(owned, path):
    """The Owned of a download with the times in a file; and sentences about the lines that could not be used.

    A line of Moodle's worksheet has a participant's number and name; a line of another file names a student, by name or number.

    Raises
    ------
    ClassError
        If the file cannot be read, or has neither form.
    """
    rows = read_table(path, "--times")
    titles = {title.casefold(): title for title in rows[0]}
    if _MOODLE.casefold() in titles:
        told, odd = _of_worksheet(rows, titles[_MOODLE.casefold()])
        told_from = f"Moodle's worksheet, {ZONE}"
    elif {"student", "time"} <= set(titles):
        told = {}
        for row in rows:
            if row.get(titles["time"]):
                told[row[titles["student"]], ""] = parse_time(row[titles["time"]], f"--times {path}")
        odd, told_from = [], "given with --times"
    else:
        raise ClassError(
            f"--times {path} has the columns {', '.join(rows[0])}: it should be Moodle's grading worksheet with "
            f"{_MOODLE!r}, or have the columns student and time"
        )
    keys = {person: _key(person, told) for person in {item.person for item in owned}}
    used = collections.Counter(keys.values())
    found = []
    for item in owned:
        key = keys[item.person]
        is_sure = key and used[key] == 1
        found.append(replace(item, time=told[key], time_from=told_from) if is_sure else item)
    shared = sorted(name for key, count in used.items() if key and count > 1 for name in key[:1])
    odd += [f"--times: several people are called {name!r}: write {name} (66), with the LMS's number" for name in shared]
    unused = [f"{name} {number}".strip() for name, number in told if (name, number) not in used]
    return found, odd + ([f"--times names people who have no submission here: {', '.join(unused)}"] if unused else [])


def _key(person, told):
    """The key by which `told` names a person; None if it does not."""
    numbered = (f"{person.name} ({person.number})", "")
    keys = [
        (_letters(person.name), person.number),
        numbered,
        (person.name, ""),
        (person.shown, ""),
        (person.number, ""),
    ]
    return next((key for key in keys if key[0] and key in told), None)


def _of_worksheet(rows, column):
    """``{(name, number): time}``, and the times that could not be read."""
    told, odd = {}, []
    first, second = list(rows[0])[:2]
    for row in rows:
        number, text = re.search(r"\d+$", row.get(first, "")), row.get(column, "")
        if number and text not in _NEVER:
            try:
                told[_letters(row.get(second, "")), number[0]] = in_utc(parser.parse(text))
            except (ValueError, OverflowError):
                odd.append(f"--times: {text!r} of {row.get(second)} is not a time in English: it counts as unknown")
    return told, odd


def _letters(name):
    """A name's letters and digits: Moodle leaves other characters out of a file's name."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))
