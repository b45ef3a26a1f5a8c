"""A class's folder: nbgrader's layout, with our journal beside it."""

import contextlib
import os
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.classroom.files import write_atomically
from grader.classroom.journal import Journal
from grader.errors import CourseError

CONFIG = """\
# Lets nbgrader and its formgrader work on this folder, whatever the working folder is.
from pathlib import Path

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
"""


class ClassError(CourseError):
    """A class cannot be graded; the message says what to do."""


class ClassFolder:
    """Paths and settings of one class. Settings in its ``nbgrader_config.py`` are obeyed.

    Parameters
    ----------
    root : the folder; it must exist
    """

    def __init__(self, root):
        self.root = Path(root).resolve()
        if not os.access(self.root, os.W_OK):
            raise ClassError(f"{self.root} cannot be written to: grade a copy of it")
        if not (self.root / "nbgrader_config.py").exists():
            write_atomically(self.root / "nbgrader_config.py", CONFIG)
        self.config = self._load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.course = CourseDirectory(config=self.config)
        self.journal = Journal(self.root / "journal.jsonl")
        self.log = self.root / "failures.log"
        self.grades = self.root / "grades.csv"

    @property
    def db_url(self):
        return self.course.db_url

    def submitted(self, student=None, lesson=None):
        return self._path(self.course.submitted_directory, student, lesson)

    def autograded(self, student, lesson):
        return self._path(self.course.autograded_directory, student, lesson)

    def feedback(self, student, lesson):
        return self._path(self.course.feedback_directory, student, lesson)

    @property
    def source(self):
        return self.root / self.course.source_directory

    @property
    def release(self):
        return self.root / self.course.release_directory

    def _path(self, step, student, lesson):
        return self.root.joinpath(step, *filter(None, (student, lesson)))

    def _load_config(self):
        try:
            return Config(PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config())
        except Exception as e:  # it is the instructor's own Python
            raise ClassError(f"{self.root / 'nbgrader_config.py'} cannot be used: {type(e).__name__}: {e}") from e

    @contextlib.contextmanager
    def locked(self):
        """Let no second run grade this folder at the same time. The lock ends with the process, however it ends."""
        with (self.root / ".grading.lock").open("w") as f:
            try:
                import fcntl

                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:  # Windows
                pass
            except OSError:
                raise ClassError(f"another run is grading {self.root}: wait until it is done") from None
            yield


def existing_folder(path):
    """The folder at `path`.

    Raises
    ------
    ClassError
        If it does not exist, is a file, or is empty.
    """
    path = Path(path)
    if not path.exists():
        raise ClassError(f"{path} does not exist")
    if not path.is_dir():
        raise ClassError(f"{path} is a file, not a folder")
    if not os.listdir(path):
        raise ClassError(
            f"{path} is empty: it should hold hand-ins, such as submitted/<student>/03_gates/03_gates.ipynb"
        )
    return path
