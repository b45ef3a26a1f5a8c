"""Keep the function that an exercise asks for out of reach of the answer: calling it would be no answer."""

import functools


def without(reference, answer):
    """The function `answer`, in whose calls `reference` refuses to work, under whatever name it was imported.

    Parameters
    ----------
    reference : the `gru_ref` function that answers the exercise
    answer : the learner's function

    Returns
    -------
    guarded : a function with the name and signature of `answer`
    """

    @functools.wraps(answer)
    def guarded(*args):
        code = reference.__code__
        reference.__code__ = _refuse.__code__
        try:
            return answer(*args)
        finally:
            reference.__code__ = code

    return guarded


def _refuse(*args, **kwargs):
    # A builtin exception: in the reference's place, no name of this module is known.
    raise PermissionError("this function of gru_ref is the one that the exercise asks you to write")
