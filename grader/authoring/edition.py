"""Which course an install without solutions was made from: a file that it carries, ``edition.json``."""

import hashlib
import json
from pathlib import Path

from grader.base.paths import EDITION, SOLUTIONS, course_root


def edition(folder):
    """What the course without solutions in `folder` says about itself, a dict; empty if there is no such file.

    Its keys: ``solutions``, the digest of the solutions that were left out, and ``released``, the folder in which an
    instructor publishes them later, or None.
    """
    path = Path(folder, EDITION)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def solutions_digest():
    """A digest of the course's solutions, by which two installs can be told to be of the same course."""
    root = course_root()
    return edition(root).get("solutions") or digest_of(root / SOLUTIONS)


def digest_of(folder):
    """A digest of all Python files in a folder, whatever the ends of their lines are."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{path.read_text(encoding='utf-8')}\0".encode())
    return digest.hexdigest()
