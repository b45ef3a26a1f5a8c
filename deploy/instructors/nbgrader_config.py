"""nbgrader, for instructors: /srv/jupyter/instructors/nbgrader_config.py. Only their servers read this folder.

A server starts in the home folder, where no class is. Without these lines its formgrader is empty.
"""

from pathlib import Path

CLASS = Path.home() / "gru101"

if (CLASS / "nbgrader_config.py").exists():
    load_subconfig("nbgrader_config.py", path=str(CLASS))  # noqa: F821 (traitlets defines it)
