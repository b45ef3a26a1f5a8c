"""A quick look whether a class has anything new to grade, so that workers start before anything else, or not at all."""

from pathlib import Path


def anything_new(folder):
    """Whether something was put among the submissions of a class since it was graded to the end.

    This is a guess from the times of folders, which no copy can preserve: a file that was overwritten in place, and a new
    version of the course, are found only when each submission is looked at.

    Parameters
    ----------
    folder : Path, the class's, or of a download
    """
    submitted = Path(folder, "submitted")
    try:
        graded = Path(folder, "grades.csv").stat().st_ctime
        places = [submitted, *submitted.glob("*/"), *submitted.glob("*/*/")]
        return any(place.stat().st_ctime > graded for place in places)
    except OSError:
        return True
