"""The files of a download, a zip or a folder. Nothing is unpacked to a path that it names, and no link is followed."""

import os
import re
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from grader.base.errors import ClassError
from grader.base.files import IGNORED
from grader.classroom.choosing import decoded
from grader.classroom.lms.common import Exported, in_utc

LARGEST_FILE = 100_000_000  # bytes, unpacked
MOST_FILES = 1_000_000
LINK = "it is a link"


def exported_files(path):
    """The files of a zip or a folder: a list of Exported.

    Litter, such as Jupyter's own copies in .ipynb_checkpoints, is left out. A folder that holds nothing else still
    belongs to somebody: one unreadable file represents it.

    Raises
    ------
    ClassError
        If `path` is neither.
    """
    found, litter = _folder(path) if path.is_dir() else _zip(path)
    full = {file.parts[:depth] for file in found for depth in range(len(file.parts))}
    return found + [file for place, file in sorted(litter.items()) if place not in full]


def _note_litter(litter, parts, time, time_from):
    """Add a path that is no student's work to `litter`, ``{folder: Exported}``, if it is in a folder."""
    depth = next(n for n, part in enumerate(parts) if part in IGNORED)
    if depth and parts[depth] != "__MACOSX":
        parts = parts[: depth + 1]
        litter.setdefault(parts[:-1], Exported(parts, _refuse, 0, time, time_from, whole=parts))


def _refuse(most):
    raise ValueError("a program made it, and it was not submitted")


def _folder(path):
    found, litter = [], {}
    for directory, folders, names in os.walk(path, followlinks=False):
        for name in IGNORED.intersection((*folders, *names)):
            file = _of_folder(
                Path(directory, name), tuple(map(_readable, Path(directory, name).relative_to(path).parts))
            )
            _note_litter(litter, file.parts, file.time, file.time_from)
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        links = [name for name in folders if Path(directory, name).is_symlink()]
        for name in sorted([*names, *links]):
            if name not in IGNORED and not name.startswith("._"):
                file = Path(directory, name)
                found.append(_of_folder(file, tuple(map(_readable, file.relative_to(path).parts))))
            if len(found) > MOST_FILES:
                raise _too_many(path)
    return found, litter


def _of_folder(file, parts):
    problem, size, time = "", 0, datetime(1980, 1, 1)
    try:
        seen = file.lstat()
        size, time = seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC).replace(tzinfo=None)
        problem = _problem(stat.S_ISLNK(seen.st_mode), stat.S_ISREG(seen.st_mode), size)
    except (OSError, ValueError, OverflowError) as e:
        problem = f"it cannot be read: {e}"

    def read(most):
        with file.open("rb") as f:
            return f.read(most)

    return Exported(parts, read, size, time, "the file's own time", problem, whole=parts)


def _readable(name):
    """A file's name in Unicode; bytes that are not Unicode are written as numbers, so that names stay distinct."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _zip(path):
    try:
        archive = zipfile.ZipFile(path)
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as e:
        raise ClassError(f"{path} is neither a folder nor a zip that can be opened ({e})") from None
    if len(members) > MOST_FILES:
        raise _too_many(path)
    found, litter = [], {}
    for member in members:
        name = decoded(member)
        parts = tuple(part for part in PurePosixPath(name).parts if part != "/")
        if IGNORED & set(parts):
            _note_litter(litter, parts, _time(member), "the zip's entry")
            continue
        if not parts or member.is_dir() or name.endswith("/") or parts[-1].startswith("._"):
            continue
        outside = ".." in parts or bool(re.match(r"/|[A-Za-z]:", name))
        problem = "it points outside the zip" if outside else _of_member(member)
        read, time = _reader(archive, member), _time(member)
        found.append(Exported(parts, read, member.file_size, time, "the zip's entry", problem, outside, parts))
    return found, litter


def _of_member(member):
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.flag_bits & 1:
        return "it has a password"
    return _problem(kind == stat.S_IFLNK, kind in (0, stat.S_IFREG), member.file_size)


def _problem(is_link, is_file, size):
    if is_link:
        return LINK
    if not is_file:
        return "it is not an ordinary file"
    return f"it is larger than {LARGEST_FILE // 10**6} MB" if size > LARGEST_FILE else ""


def _reader(archive, member):
    def read(most):
        with archive.open(member) as f:
            return f.read(most)

    return read


def _time(member):
    """A zip has local times without a zone: this machine's is assumed."""
    try:
        return in_utc(datetime(*member.date_time))
    except (ValueError, OverflowError, OSError):
        return datetime(1980, 1, 1)


def _too_many(path):
    return ClassError(f"{path} holds more than {MOST_FILES} files: give the submissions in several parts")
