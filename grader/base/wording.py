"""Values, names and places in a few words, for messages."""

import inspect
import re

import numpy as np

from grader.base.compare import comparable

SMALL = 6
FEW = 100  # numbers of an array that NumPy would not abridge
PLACEHOLDER = "*Double-click here and write your answer in place of this line.*"  # of a question to answer in words
# Terminal escapes; control characters except tab and line feed; marks that change the writing direction; surrogates.
_UNSEEN = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class InWords(str):
    """What a message writes, as it is, in place of an argument's value."""


def describe(value):
    """A value in a few words: ``array (4, 5) float64``, ``the number 0.5``, ``a list of 3``."""
    if isinstance(value, np.ndarray):
        kind = "array" if type(value) is np.ndarray else f"a {type(value).__name__}"
        return f"{kind} {value.shape} {value.dtype}" if value.ndim else f"a 0-dimensional {kind}, {value}"
    if value is None:
        return "None"
    if isinstance(value, InWords):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return f"{value}, a boolean"
    if isinstance(value, (int, np.integer)):
        return f"the integer {value}"
    if isinstance(value, (float, np.floating)):
        return f"the number {value:.6g}" + " (a float)" * float(value).is_integer()
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if hasattr(value, "_fields"):
        return type(value).__name__
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if inspect.isroutine(value):
        return "a function"
    return f"a {type(value).__name__}"


LONGEST_WORDS = 160  # characters of a list of texts, or of a dict of words, that a message writes out


def short(value):
    """An argument's value if it is small enough to work with by hand, else its kind and shape."""
    if isinstance(value, InWords):
        return str(value)
    if is_of_words(value) and len(repr(value)) <= LONGEST_WORDS:
        return repr(value)
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ") if value.size <= SMALL else f"array {value.shape}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (np.number, np.bool_)):
        return str(value)
    return repr(value) if isinstance(value, (int, str, type(None))) else describe(value)


def numbers_in(value):
    """How many numbers an argument consists of; infinitely many if it holds anything but numbers and texts."""
    if isinstance(value, (tuple, list)):
        return sum(map(numbers_in, value))
    if isinstance(value, dict):
        return numbers_in(list(value.items()))
    if isinstance(value, np.ndarray):
        return value.size
    return 1 if isinstance(value, (int, float, str, np.number, np.bool_, type(None))) else float("inf")


def in_full(name, value):
    """An argument with all its numbers, to four digits: ``x = [[0.3104]], p.W_ih = [[-1.2]]``."""
    if hasattr(value, "_fields"):
        return ", ".join(in_full(f"{name}.{field}", v) for field, v in zip(value._fields, value, strict=True))
    if is_of_words(value) or _is_of_tokens(value):
        return f"{name} = {value!r}"
    if isinstance(value, (tuple, list)):
        return ", ".join(in_full(f"{name}[{i}]", v) for i, v in enumerate(value))
    if isinstance(value, np.ndarray):
        return f"{name} = {_in_a_line(value)}"
    if isinstance(value, dict) and all(isinstance(array, np.ndarray) for array in value.values()):
        return f"{name} = {{{', '.join(f'{key!r}: {_in_a_line(array)}' for key, array in value.items())}}}"
    return f"{name} = {short(value)}"


def _in_a_line(array):
    if array.dtype.kind == "f" and 0 < array.size <= FEW:
        return _nested(array)
    with np.printoptions(formatter={"float_kind": "{:.4g}".format}):
        return " ".join(np.array2string(array, separator=", ").split())


def _nested(values):
    """What `np.array2string` writes, which takes ten times as long."""
    return f"[{', '.join(map(_nested, values))}]" if values.ndim else f"{values:.4g}"


def _is_of_tokens(value):
    """Whether it is a list of integers, texts, or such lists: written out, as one would type it."""
    return isinstance(value, list) and all(type(v) in (int, str) or _is_of_tokens(v) for v in value)


def worth_writing(args):
    """Whether a message should show the arguments: all are small enough to work with by hand, or one is a choice, or words."""
    return all(map(_is_small, args)) or any(_is_choice(a) or is_of_words(a) for a in args)


def two_numbers(got, wanted):
    """Both as texts, with as many digits as it takes to see that they differ."""
    got, wanted = comparable(got), comparable(wanted)
    if any(isinstance(value, (float, np.floating)) for value in (got, wanted)):
        for digits in (6, 9, 12, 17):
            texts = f"{got:.{digits}g}", f"{wanted:.{digits}g}"
            if texts[0] != texts[1]:
                break
        return texts
    return str(got), str(wanted)


def listed(names, most=3, joined=" and "):
    """Names in code marks: ```dx`, `dh_prev` and `grads.W_hn```; beyond `most`, how many more there are."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > most + 1:
        quoted[most:] = [f"{len(quoted) - most} more"]
    return joined.join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def counted(number, noun):
    """How many of a thing: ``"1 point"``, ``"2.5 points"``, ``"0 answers"``. Its plural must end in s."""
    return f"{number:.10g} {noun}{'' if number == 1 else 's'}"


def header(signature):
    """A function's arguments as one writes them: ``(xs, h0, p, lengths=None)``."""
    return f"({', '.join(map(_parameter, signature.parameters.values()))})"


def duration(seconds):
    """A duration in words: ``"2 d 3 h"``, ``"45 min"``, ``"20 s"``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        f"{days} d" if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes and not days else "",
    ]
    return " ".join(filter(None, parts))


def visible(text):
    """A text from outside, made safe to show, also in a terminal: hidden characters become �."""
    if text.isascii() and text.isprintable():  # most are, and a page has hundreds
        return text
    return _UNSEEN.sub("�", re.sub(r"\r\n?", "\n", text))


def quote(place):
    """The learner's line at a Place, with the shapes of the arrays that it mentions."""
    if place is None or not place.text:
        return ""
    mentioned = [f"{name} {shape}" for name, shape in place.shapes if re.search(rf"\b{re.escape(name)}\b", place.text)]
    shapes = f"\nshapes here: {', '.join(mentioned)}" if mentioned else ""
    return f"line {place.line}: {place.text}{shapes}"


def _parameter(parameter):
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
    return f"{stars}{parameter.name}{default}"


def is_of_words(value):
    """Whether it is a list of texts, or a dict from texts to numbers or texts."""
    if isinstance(value, dict):
        return bool(value) and all(isinstance(k, str) and isinstance(v, (int, float, str)) for k, v in value.items())
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def _is_small(value):
    return value is None or (isinstance(value, (np.ndarray, int, float, str, np.number)) and np.size(value) <= SMALL)


def _is_choice(value):
    return isinstance(value, (int, str, type(None))) or getattr(value, "dtype", np.dtype(float)).kind in "biu"
