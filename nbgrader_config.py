"""nbgrader in this checkout: the solved notebooks, built from solutions/, and the learner's ones."""

from pathlib import Path

from grader.authoring import PREPROCESSORS

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "gru-course"
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "notebooks"
c.GenerateAssignment.preprocessors = PREPROCESSORS
