"""The search for similar code in a class that is given as a whole."""

from grader.classroom.similarity import Search


def find_alike(lesson, answers, known, on_skipped=lambda skipped: None, words=False):
    """The groups of a class: `answers` is ``{exercise: {student: source}}``, where a source may be several, a tuple."""
    return searched(lesson, answers, known, words).groups(on_skipped)


def searched(lesson, answers, known, words=False):
    """The search with all of a class's answers, before its groups are asked for."""
    search = Search(lesson, answers, known, len(set().union(*answers.values())), words)
    for exercise, by_student in answers.items():
        for student, given in by_student.items():
            search.add(student, exercise, [given] if isinstance(given, str) else given)
    return search
