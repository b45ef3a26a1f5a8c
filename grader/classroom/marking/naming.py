"""From a code back to a name."""

import collections

from grader.base.errors import ClassError
from grader.classroom.folder import ClassFolder, existing_folder
from grader.classroom.marking.answers import Answers
from grader.classroom.marking.codes import Codes, read_code


def whose(path, codes=(), lessons=()):
    """Whose submissions codes stand for.

    Parameters
    ----------
    path : the class's folder
    codes : as people type them, all by default
    lessons : names of lessons, all by default

    Returns
    -------
    found : list of (code, lesson, student), in the order of `codes`; two, if a code ever stands for two

    Raises
    ------
    ClassError
        If a code stands for nothing in this class.
    """
    folder = ClassFolder(existing_folder(path))
    made = Codes(folder)
    with Answers(folder) as answers:
        places = sorted({(answer.lesson, answer.student) for answer in answers.of(lessons)})
    known = collections.defaultdict(list)
    for lesson, student in places:
        known[made.code(student, lesson)].append((lesson, student))
    wanted = [read_code(code) for code in codes] or list(known)
    for code in wanted:
        if code not in known:
            raise ClassError(
                f"this class has no submission with the code {code}: is it another class's, or was the student forgotten?"
            )
    return [(code, lesson, student) for code in wanted for lesson, student in known[code]]
