"""How a notebook's file may be called, and zips that hold one."""

import re

_NOTEBOOK = re.compile(r"(?is)(.*)\.ipynb(?: ?\(\d{1,3}\))?(?:\.(?:json|txt))?")
MOST_IN_A_ZIP = 1000  # files


def notebook_stem(name):
    """A notebook's name without its ending, ``"03_gates"`` of ``"03_gates.ipynb.json"``; None if it is no notebook's name."""
    match = _NOTEBOOK.fullmatch(name)
    return match[1] if match and not name.startswith("._") else None


def is_zip(name):
    """Whether it is the name of a zip."""
    return name.casefold().endswith(".zip")
