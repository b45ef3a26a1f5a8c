"""What a learner expects before a result is shown, and what the result was. None of it is marked or kept."""

from numbers import Integral, Real

import numpy as np

LONGEST = 60  # characters of one value
_guesses = {}


def note(name, guess):
    """Note a prediction. While a part of it is still ``...``, there is none, and an earlier one is forgotten.

    Parameters
    ----------
    name : str, the question
    guess : number, text, boolean, or a list or tuple of these

    Returns
    -------
    text : str, or None if there is no prediction yet
    """
    text = in_words(guess)
    if text is None:
        _guesses.pop(name, None)
    else:
        _guesses[name] = text
    return text


def in_words(guess):
    """A prediction in words, or None while a part of it is still ``...``."""
    return None if _has_dots(guess) else _in_words(guess)


def compare(name, came, unit=""):
    """The result, and what was predicted: ``"Half life: 6.6 steps. You predicted 7."``

    Parameters
    ----------
    name : str, the question
    came : the result, of the same kind as a prediction
    unit : str, put after the result, such as ``" steps"`` or ``"%"``

    Returns
    -------
    text : str
    """
    return told(name, _in_words(came), unit, _guesses.get(name))


def told(name, came, unit, guess):
    """The same, from the result and the prediction in words; a `guess` of None is none."""
    told = f"{title(name)}: {came}{unit}"
    if guess is None:
        return f"{told}. You made no prediction."
    if guess.casefold() == came.casefold():
        return f"{told}, as you predicted."
    return f"{told}. You predicted {guess}."


def title(name):
    """A question's name as it is shown: ``"Half life"`` for ``"half_life"``."""
    text = str(name).replace("_", " ")
    return text[:1].upper() + text[1:]


def _has_dots(guess):
    return guess is ... or (_is_list(guess) and any(map(_has_dots, guess)))


def _is_list(value):
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _in_words(value):
    if _is_list(value):
        return ", ".join(map(_in_words, value))
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{value:,}"
    if isinstance(value, Real):
        return f"{value:,.0f}" if 999.5 <= abs(value) < 1e15 else f"{value:.3g}"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
