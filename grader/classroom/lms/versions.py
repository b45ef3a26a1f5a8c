"""The number that a second download or a resubmission adds to a file's name."""

import re
from pathlib import PurePosixPath


def version(name):
    """A file's name without the number that a resubmission or a second download adds, and that number: ``("p", 1)``."""
    stem = PurePosixPath(name).stem
    match = re.fullmatch(r"(?s)(.+?)(?:-(\d{1,3})| ?\((\d{1,3})\))", stem)
    return (match[1], int(match[2] or match[3])) if match else (stem, 0)
