"""nbgrader, for instructors: /srv/jupyter/instructors/nbgrader_config.py. Only their servers read this folder.

A server starts in the home folder, which is no class: without CourseDirectory.root the formgrader's lists are empty.
"""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader defines it)

CLASS = Path.home() / "gru101"
c.CourseDirectory.root = str(CLASS)

if (CLASS / "nbgrader_config.py").exists():  # the class's own settings, such as a gradebook on a server
    load_subconfig("nbgrader_config.py", path=str(CLASS))  # noqa: F821 (traitlets defines it)
