"""How long a lesson's training cells run: in full for a learner, shortened where a whole class is graded or tested."""

import os


def steps(full, quick):
    """Number of steps for a training cell: ``steps(600, quick=20)``.

    Parameters
    ----------
    full : int, what the lesson's text speaks of
    quick : int, in a shortened run, with ``GRU_COURSE_QUICK=1`` in the environment

    Returns
    -------
    count : int
    """
    return quick if os.environ.get("GRU_COURSE_QUICK") == "1" else full
