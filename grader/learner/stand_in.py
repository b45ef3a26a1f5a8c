"""Use the learner's answer in a later cell of the lesson: their own if it is right, otherwise the course's."""

from grader.answer.description import described
from grader.checking.answers import misuse
from grader.checking.diagnosis import examine
from grader.exercises import find


def own(answer):
    """The learner's answer to an exercise, if it is right, and otherwise the course's, with a printed note.

    So a cell that uses an answer always runs: ``step = own(gru_step)``. Nothing is noted in the progress.

    Parameters
    ----------
    answer : function; its name says which exercise it answers

    Returns
    -------
    answer : the same function, or the reference of its exercise

    Raises
    ------
    ValueError
        If this is not a function that answers an exercise.
    GraderFault
        If the course itself failed.
    """
    description = described(answer)
    problem = misuse(description, description.called)
    if problem:
        raise ValueError(f"{problem.headline}. {problem.next_step}".replace("`check", "`own").replace("`", ""))
    exercise = find(answer.__name__)
    state = examine(exercise, answer, alone=True, naming=False).state
    if state == "passed":
        print(f"This cell uses your own {exercise.name}.")
        return answer
    how = "is not written yet" if state == "todo" else "is not right yet"
    then = "Solve yours" if state == "todo" else "See what its check says, mend yours"
    print(f"Your {exercise.name} {how}, so this cell uses the course's.\n{then}, and run this cell again.")
    return exercise.reference
