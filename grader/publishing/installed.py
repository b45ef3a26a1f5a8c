"""Whether the optional packages are here that the book and the slides need, named in pyproject.toml under ``book``."""

import importlib.util

from grader.base.errors import CourseError

PACKAGES = {  # by the name that they are imported by
    "brotli": "brotli", "bs4": "beautifulsoup4", "filelock": "filelock", "fontTools": "fonttools", "furo": "furo",
    "latex2mathml": "latex2mathml", "myst_parser": "myst-parser", "pypdf": "pypdf", "sphinx": "sphinx", "sphinx_revealjs": "sphinx-revealjs", "ziamath": "ziamath",
}  # fmt: skip


class NotInstalled(CourseError):
    """A package is missing that only the book or the slides need."""


def require():
    """Raise NotInstalled, with the command that installs them, unless all of them can be imported."""
    missing = [PACKAGES[name] for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise NotInstalled(
            f"this needs packages that are not installed: {', '.join(missing)}. In the course's folder, run: "
            'python -m pip install -e ".[book]"'
        )
