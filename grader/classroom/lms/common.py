"""What all modules about learning management systems (LMS) share: files of a download, persons, whose is what."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.base.errors import ClassError

UNKNOWN = "unknown, so it counts as on time"
ZONE = "without a time zone: this machine's is assumed"


@dataclass(frozen=True)
class Exported:
    """One file of a download.

    `parts` is its path below the folders that all share, `whole` its path in the download. `read` gives its bytes, at most
    as many as asked for. `problem` says why it cannot be read, empty if it can; `outside` if its path leads out of the download. `time` (UTC without a time zone) is that of
    the file, which is a submission's only where no LMS packed it; `time_from` says where it was found.
    """

    parts: tuple[str, ...]
    read: Callable[[int], bytes]
    size: int
    time: datetime
    time_from: str
    problem: str = ""
    outside: bool = False
    whole: tuple[str, ...] = ()

    @property
    def path(self):
        return "/".join(self.whole or self.parts)


@dataclass(frozen=True)
class Person:
    """Who submitted: as `lms` calls them, and their number there, if it tells one.

    `lasting` says whether the number is the same in all assignments. `shown` is what their folder should be called.
    """

    lms: str
    name: str
    number: str = ""
    lasting: bool = False
    shown: str = ""


@dataclass(frozen=True)
class Owned:
    """A file with its owner. `path` is the file's in the submission; the attempt with the largest `order` is the last one."""

    file: Exported
    person: Person
    path: tuple[str, ...]
    order: tuple = ()
    late: bool = False
    time: datetime | None = None
    time_from: str = UNKNOWN
    note: str = ""


@dataclass(frozen=True)
class Unidentified:
    """Files of which it cannot be told whose they are, and why."""

    files: tuple[Exported, ...]
    reason: str


@dataclass
class Sorted:
    """A download sorted: what is whose, what is unidentified, and what was left out, in sentences."""

    layout: str
    owned: list[Owned] = field(default_factory=list)
    unidentified: list[Unidentified] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def in_utc(time):
    """A time in UTC without a time zone; one without a zone is taken for this machine's."""
    return time.astimezone(UTC).replace(tzinfo=None)


def text_of_table(path, advice, what=""):
    """The text of a CSV file in UTF-8, or in UTF-16 with its mark; and whether UTF-8 has its mark, as Excel wants it.

    Parameters
    ----------
    path : of the file
    advice : what to do if it is in neither
    what : how messages introduce the file

    Raises
    ------
    ClassError
        If it cannot be read.
    """
    named = f"{what} {path}".lstrip()
    try:
        data = Path(path).read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except OSError as e:
        raise ClassError(f"{named} cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise ClassError(f"{named} is not in UTF-8: {advice}") from None
    return text, data.startswith(b"\xef\xbb\xbf")
