"""What a Python or NumPy error means for a learner, and what to try next."""

import difflib
import re

import numpy as np

import gru_ref


def advise_on_error(error, place):
    """Return (what happened, what to try) for an exception that arose in the learner's code.

    Parameters
    ----------
    error : the exception
    place : Place of the learner's line, or None
    """
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, AttributeError) and error.name:
        names = getattr(error.obj, "_fields", dir(error.obj))
        close = [n for n in names if sorted(n) == sorted(error.name)]  # W_ri for W_ir
        close = close or difflib.get_close_matches(error.name, names, n=1, cutoff=0.7)
        message += f". Did you mean {close[0]}?" if close else ""
    if place and re.search(r"\braise\b", place.text):
        return message, "This is your own `raise`: its condition holds here, for arguments that are fine."
    if isinstance(error, NameError) and error.name:
        for module, prefix in ((gru_ref, "gru_ref"), (np, "np")):
            if hasattr(module, error.name):
                return message, f"`{prefix}.{error.name}` exists: is the `{prefix}.` missing, or a cell not run yet?"
    for kind, words, next_step in _ADVICE:
        if isinstance(error, kind) and re.search(words, str(error)):
            return message, next_step
    return message, "Read the line above aloud: which of its parts is not what you think it is? Print it."


_MATMUL = (
    "A matrix product needs equal inner sizes: (B, I) @ (I, H). Weights are stored as (H, I), so they enter as `W.T`."
)
_ADVICE = [
    (
        PermissionError,
        r"the exercise asks",
        "You may call the other functions of gru_ref, but not this one: write its formula yourself.",
    ),
    (TypeError, r"bitwise_xor", "In Python `^` is not a power: write `**`, as in `h**2`."),
    (ValueError, r"^matmul", _MATMUL),
    (ValueError, r"shapes .* not aligned", _MATMUL),
    (
        ValueError,
        r"could not be broadcast",
        "Two arrays meet whose shapes don't fit. Is one transposed, or one product missing?",
    ),
    (
        ValueError,
        r"could not broadcast input",
        "The array being filled has other sizes than what is put in: how was it made?",
    ),
    (
        ValueError,
        r"truth value of an array",
        "An `if` needs one True or False; for an array use `np.where(condition, a, b)`.",
    ),
    (
        ValueError,
        r"has shape .* but (should|its)",
        "The message speaks of the arguments as the called function names them: are they handed over in its order?",
    ),
    (NameError, r"name '[Wb]_", "The parameters travel together in `p`: write `p.` before the name."),
    (
        UnboundLocalError,
        r"",
        "A variable is used before it has a value: give it its first one above the line shown, before the loop if any.",
    ),
    (NameError, r"", "A name is used before it exists here: is it misspelt, or in a cell that you have not run yet?"),
    (
        AttributeError,
        r"Params' object has no attribute",
        "Look at the parameter's name: W or b, then i or h, then the gate.",
    ),
    (AttributeError, r"attribute 'ln'", "NumPy calls the natural logarithm `np.log`."),
    (AttributeError, r"", "The object on the left of the dot has no such part. Print its type."),
    (TypeError, r"positional argument", "A function is called with too many or too few arguments."),
    (TypeError, r"'int' object is not iterable", "`for` goes through an array or a list; to count, use `range(…)`."),
    (TypeError, r"not callable", "Something that is not a function is called with (…): is a `*` missing?"),
    (
        TypeError,
        r"0-dimensional arrays",
        "The functions of `math` take one number; for arrays NumPy has its own: `np.exp`.",
    ),
    (TypeError, r"NoneType", "Something is None: does a function you call forget its `return`?"),
    (IndexError, r"", "An index runs past the end. Arrays of size T are counted from 0 to T − 1."),
    (ZeroDivisionError, r"", "A division by zero: which case did you not think of?"),
    (RecursionError, r"", "The function calls itself for ever. Did you mean to call another one?"),
    (SystemExit, r"", "The function tries to end the whole program. Use `return` instead of `exit`."),
    (np.linalg.LinAlgError, r"", "A linear-algebra routine refused its matrix: print its shape and values."),
]
