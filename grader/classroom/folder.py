"""A class's folder: nbgrader's layout, plus our journal."""

import contextlib
import os
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grader.base.errors import ClassError
from grader.base.files import write_atomically
from grader.classroom import database, gradebook
from grader.classroom.journal import Journal

CONFIG_FILE = "nbgrader_config.py"
# What `keep_gradebook_at` writes goes to the end, after these lines.
REMEMBERED = """\
# Where the gradebook is. Everything from here on is written by gru-course grade --db.
"""
CONFIG = """\
# Lets nbgrader and its formgrader work on this folder, from any working folder.
from pathlib import Path

from grader.authoring import PREPROCESSORS

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).resolve().parent)

# Notebooks to hand out have the course's own stubs.
c.GenerateAssignment.preprocessors = PREPROCESSORS

# No code of a submission may run in the marker's browser.
c.HTMLExporter.preprocessors = ["grader.classroom.harmless.Harmless"]
c.HTMLExporter.filters = {
    "markdown2html": "grader.classroom.harmless.markdown",
    "highlight_code": "grader.classroom.harmless.code",
    "strip_files_prefix": "grader.classroom.harmless.unchanged",
}
"""


class ClassFolder:
    """Paths and settings of one class, with the settings in its ``nbgrader_config.py``.

    Parameters
    ----------
    root : the folder; it must exist
    db_url : where its gradebook is from now on, also for nbgrader and the formgrader: see `keep_gradebook_at`
    """

    def __init__(self, root, db_url=None):
        self.root = Path(root).resolve()
        if not os.access(self.root, os.W_OK):
            raise ClassError(f"{self.root} cannot be written to: grade a copy of it")
        if not (self.root / CONFIG_FILE).exists():
            write_atomically(self.root / CONFIG_FILE, CONFIG)
        self._obey_config()
        self.journal = Journal(self.root / "journal.jsonl")
        self.key = self.root / "course.key"
        self.log = self.root / "failures.log"
        self.grades = self.root / "grades.csv"
        # What only the instructor writes: no submission is ever put beside these.
        self.extensions = self.root / "extensions.csv"
        self.teams = self.root / "teams.csv"
        self.course_file = self.root / "course.toml"
        if db_url is not None:
            self.keep_gradebook_at(db_url)

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

    def keep_gradebook_at(self, db_url):
        """Keep the gradebook in this database from now on; an empty one gets what the gradebook holds so far.

        ``nbgrader_config.py`` remembers it, so that nbgrader's own programs use it too. A password is not written there.

        Raises
        ------
        DatabaseError
            If that database cannot be reached; then nothing has changed.
        """
        url, path = database.normal(db_url), self.root / CONFIG_FILE
        with self.locked():
            gradebook.copy(self.db_url, db_url)
            own, _, _ = path.read_text(encoding="utf-8").partition(REMEMBERED)
            write_atomically(path, f"{own.rstrip()}\n\n{REMEMBERED}{database.setting(url, self.root)}")
        self._obey_config()

    def _obey_config(self):
        try:
            self.config = Config(PyFileConfigLoader(CONFIG_FILE, path=str(self.root)).load_config())
        except Exception as e:  # the file is the instructor's own Python
            raise ClassError(f"{self.root / CONFIG_FILE} cannot be used: {type(e).__name__}: {e}") from e
        self.config.CourseDirectory.root = str(self.root)
        self.course = CourseDirectory(config=self.config)

    @contextlib.contextmanager
    def locked(self):
        """Let no second run grade this folder at the same time. The lock ends with the process, however that ends."""
        with (self.root / ".grading.lock").open("w") as f:
            try:
                import fcntl

                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:  # Windows
                pass
            except OSError:
                raise ClassError(f"another run is grading {self.root}: wait until it is done") from None
            yield


OF_A_CLASS = ("submitted", "source", "release", "gradebook.db", "journal.jsonl")


def class_folder(path):
    """The ClassFolder at `path`, for what would otherwise make a class of any folder.

    Raises
    ------
    ClassError
        If it does not exist, is a file, is empty, or has nothing of a class in it.
    """
    path = existing_folder(path)
    if not any((path / name).exists() for name in OF_A_CLASS):
        raise ClassError(
            f"{path.resolve()} is not a class's folder: it holds none of {', '.join(OF_A_CLASS)}. Name the folder that you "
            "give to gru-course grade"
        )
    return ClassFolder(path)


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
            f"{path} is empty: it should hold submissions, such as submitted/<student>/03_gates/03_gates.ipynb"
        )
    return path
