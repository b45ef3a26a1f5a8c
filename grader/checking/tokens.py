"""Judge a result that is a list of tokens (integers or words), or a text: where does it leave the right one, and how?"""

from itertools import takewhile

import numpy as np

from grader.checking.verdict import Fault

WINDOW = 6  # tokens on either side of the first difference that a message shows
_ONE = {"characters": "character", "entries": "entry"}
SHORTEST_TEXT = 20  # characters; a shorter text is a word out of a few, such as a verdict


def judge_tokens(exercise, args, got, wanted, written):
    """Judge a list of tokens, or a text, beside the right one.

    Parameters
    ----------
    exercise : Exercise
    args : the call's arguments
    got, wanted : the result and the reference's
    written : str, the arguments in words, or "" where they are too large

    Returns
    -------
    fault : Fault; None if they are equal, or no two lists of tokens or texts
    """
    if not (is_tokens(got) and is_tokens(wanted) and type(got) is type(wanted)) or got == wanted:
        return None
    what = "text" if isinstance(wanted, str) else "list"
    first = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(got, wanted, strict=False)))
    lengths = ""
    if len(got) != len(wanted):
        lengths = f" Yours has {_count(len(got), _unit(wanted))}, and should have {len(wanted)}."
    said = _relation(list(got), list(wanted), _unit(wanted)) or _until(first, _unit(wanted))
    return Fault(
        "values",
        f"`{exercise.name}` returns the wrong {what}",
        body=(said + lengths,),
        facts=(
            *((("for", written),) if written else ()),
            ("yours", _around(got, first)),
            ("should be", _around(wanted, first)),
        ),
        next_step=f"Print what your loop has at each turn, and stop at number {first}, counted from 0: what has it read there, and "
        f"what does it choose? Or ask for a nudge: `hint({exercise.name})`.",
    )


def is_tokens(value):
    """Whether a result is a list of integers or texts, of at least one, or a text that is more than a word."""
    if isinstance(value, str):
        return len(value) >= SHORTEST_TEXT
    return isinstance(value, list) and value != [] and all(map(_is_token, value))


def _is_token(value):
    return isinstance(value, (int, np.integer, str)) and not isinstance(value, bool)


def _unit(value):
    return "characters" if isinstance(value, str) else "entries"


def _relation(got, wanted, unit):
    """A sentence about how the whole of a wrong list relates to the right one, or None."""
    more = len(got) - len(wanted)
    if more > 0 and got[more:] == wanted:
        return f"All that is right is there, behind {_count(more, unit)} too many at the beginning."
    if more > 0 and got[:-more] == wanted:
        return f"All that is right is there, and {_count(more, unit)} too many at the end."
    if more < 0 and wanted[: len(got)] == got:
        return f"What is there is right, but the end is missing: {_count(-more, unit)}."
    if more < 0 and wanted[-more:] == got:
        return f"What is there is right, but the beginning is missing: {_count(-more, unit)}."
    if len(set(got)) == 1 and len(set(wanted)) > 1:
        return f"All {len(got)} {unit} are the same." if len(got) > 1 else None
    if len(got) > 2 and got[1:] == wanted[:-1]:
        return "Everything comes one place too late."
    if len(got) > 2 and got[:-1] == wanted[1:]:
        return "Everything comes one place too early."
    if got == wanted[::-1]:
        return f"The {unit} are right, but in reversed order."
    if sorted(map(str, got)) == sorted(map(str, wanted)):
        return f"The {unit} are right, but in another order."
    return None


def _until(first, unit):
    if first == 0:
        return "It differs from the first one on."
    those = f"first {_ONE[unit]} is" if first == 1 else f"first {first} {unit} are"
    return f"The {those} right, then it goes wrong: look at what is handed on from one to the next."


def _count(number, unit):
    return f"1 {_ONE[unit]}" if number == 1 else f"{number} {unit}"


def _around(value, first):
    """The part of a list or text around the first difference, as one would write it."""
    start, end = max(0, first - WINDOW), first + WINDOW + 1
    if isinstance(value, str):
        start, end = max(0, first - 3 * WINDOW), first + 3 * WINDOW
        return "…" * (start > 0) + repr(value[start:end]) + "…" * (end < len(value))
    shown = ", ".join(str(v) if not isinstance(v, str) else repr(v) for v in value[start:end])
    return f"[{'…, ' * (start > 0)}{shown}{', …' * (end < len(value))}]"
