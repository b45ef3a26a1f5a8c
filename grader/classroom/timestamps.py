"""The time of a submission in nbgrader's timestamp.txt."""

import re
from datetime import UTC, datetime, timedelta, timezone

TIMESTAMP = "timestamp.txt"
NBGRADERS = (TIMESTAMP, "submission_secret.txt")  # files that nbgrader itself puts next to a notebook
_TIME = re.compile(r"(\d{4}-\d\d?-\d\d?[ T]\d\d?:\d\d(?::\d\d(?:\.\d+)?)?)\s*(.*)")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?(?::?\d\d)?")
_FORMS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


class UnknownZone(ValueError):
    """A time in an unknown time zone, whose name is the message."""


def stamp(time):
    """A time as nbgrader's timestamp.txt holds it; `time` is UTC."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC\n"


def parse_stamp(text):
    """The time in a timestamp.txt: UTC without a time zone.

    nbgrader writes the zone as the exchange is configured: ``UTC``, ``+0100``, ``-03`` (three hours), or a name like
    ``JST``, which is ambiguous: several zones share such names.

    Raises
    ------
    UnknownZone
        If the zone has such a name.
    ValueError
        If it is not a time.
    """
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text[:40]!r} is not a time")
    time, zone = _number(match[1].replace("T", " ")), match[2].strip()
    offset = _OFFSET.fullmatch(zone)
    if offset:
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        try:
            there = timezone(size if offset[1] == "+" else -size)
            return time.replace(tzinfo=there).astimezone(UTC).replace(tzinfo=None)
        except OverflowError as e:
            raise ValueError(str(e)) from None
    if zone.upper() in ("", "Z", "UTC", "GMT"):
        return time
    raise UnknownZone(zone[:40])


def read_stamp(text):
    """The content of a timestamp.txt: (time or None, its source, what was unusual).

    Raises
    ------
    ValueError
        If it is not a time.
    """
    try:
        return parse_stamp(text), TIMESTAMP, ""
    except UnknownZone as e:
        zone = f"called {str(e)!r}"
        odd = f"its {TIMESTAMP} names the time zone {zone}, which is ambiguous"
        return None, f"unknown, so it counts as on time: {TIMESTAMP} names the ambiguous time zone {zone}", odd
    except OverflowError as e:
        raise ValueError(str(e)) from None


def _number(text):
    whole, dot, part = text.partition(".")
    text = whole + dot + part[:6]
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a time")
