"""Codes that stand for submissions while they are marked. Nobody can tell from a code whose submission it is.

A code follows from the class's key, the student and the lesson. So it stays when a student submits again or the class's
folder is copied, and one student's codes in two lessons have nothing in common.
"""

import re

from grader.base.errors import ClassError
from grader.classroom.seeds import course_key

ALPHABET = "BCDFGHJKMNPQRSTVWXZ23456789"  # no vowels, so no words; nothing that looks like another
LENGTH = 8  # 2.8e11 codes: among 10,000 submissions of a lesson, two are equal once in 5,600 classes


class Codes:
    """The codes of a class.

    Parameters
    ----------
    folder : ClassFolder

    Raises
    ------
    ClassError
        If the class has no key yet, or `course_key` refuses the one it has.
    """

    def __init__(self, folder):
        if not folder.key.exists():
            raise ClassError(f"nothing has been graded in {folder.root} yet: run gru-course grade {folder.root} first")
        self._key = course_key(folder)

    def submission(self, student, lesson):
        """What stands for a submission in files: 32 hexadecimal digits."""
        return self._key.pseudonym("submission", student, lesson)

    def code(self, student, lesson):
        """What stands for a submission on pages and in commands, such as ``K7WX-3QHM``."""
        return code_of(self.submission(student, lesson))

    def place(self, student, lesson, marker):
        """Sorts a lesson's submissions for a marker: a meaningless order, another one for each lesson and marker."""
        return self._key.pseudonym("order", student, lesson, marker)


def code_of(submission):
    """The code of a submission, from what stands for it in files."""
    number, letters = int(submission, 16), []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def read_code(text):
    """A code as a person has typed it, in its usual form.

    Raises
    ------
    ClassError
        If no code looks like that.
    """
    letters = re.sub(r"[\s_\-\u2010-\u2015]", "", text).upper()
    if len(letters) != LENGTH or set(letters) - set(ALPHABET):
        raise ClassError(f"{text!r} is not a code: a code has eight letters and digits, such as K7WX-3QHM")
    return f"{letters[:4]}-{letters[4:]}"
