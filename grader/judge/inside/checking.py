"""What both kinds of `check`, a learner's and a judge's, have in common: the answer's description, and the failure."""

import inspect
from dataclasses import dataclass

from grader.judge.codec import Malformed, cut, printable

KINDS = ("text", "value", "object", "function", "class")
MOST_PARAMETERS = 50
MOST_RESULT = 8_000_000  # bytes that one call may hand back: a judge keeps those of a whole check


class CheckFailed(AssertionError):
    """An answer was judged wrong. The message is the card's headline: the card has told the rest."""

    def _render_traceback_(self):  # IPython calls this in place of printing a traceback
        return [f"\x1b[31m{self}\x1b[0m"]


@dataclass(frozen=True)
class Description:
    """What there is to say about an answer without calling it.

    `kind` is "text" for a str, "value" for what cannot be called, "object" for what can but has no name, "function", or
    "class". `name` is its own, or of a text the text itself, or empty; `type` is its class's. `signature` is an
    inspect.Signature, or None if it has none.
    """

    kind: str
    name: str
    module: str
    type: str
    signature: inspect.Signature | None = None

    @property
    def called(self):
        """The name that says which exercise it answers."""
        return self.name if self.kind in ("function", "class") else self.type

    def as_fields(self):
        """The description as a dict of what can be sent."""
        parameters = self.signature and [
            (cut(p.name), int(p.kind), None if p.default is p.empty else cut(repr(p.default)))
            for p in list(self.signature.parameters.values())[:MOST_PARAMETERS]
        ]
        texts = {key: cut(getattr(self, key)) for key in ("kind", "name", "module", "type")}
        return {**texts, "signature": parameters}


def described(answer):
    """The Description of whatever `check` was called with."""
    if isinstance(answer, str):
        kind, name = "text", answer
    elif not callable(answer):
        kind, name = "value", ""
    elif not hasattr(answer, "__name__"):
        kind, name = "object", ""
    else:
        kind, name = "class" if isinstance(answer, type) else "function", str(answer.__name__)
    module = str(getattr(answer, "__module__", ""))
    return Description(kind, name, module, type(answer).__name__, signature_of(answer))


def signature_of(answer):
    """Its inspect.Signature, or None if it has none: it cannot be called, or is built in."""
    try:
        return inspect.signature(answer)
    except (TypeError, ValueError):
        return None


def description_from(fields):
    """The Description of which `as_fields` made these; Malformed if of none."""
    if not isinstance(fields, dict) or set(fields) != {"kind", "name", "module", "type", "signature"}:
        raise Malformed("no description of an answer")
    kind, name, module, of_type = (printable(fields[key]) for key in ("kind", "name", "module", "type"))
    if kind not in KINDS:
        raise Malformed("an answer of no kind")
    return Description(kind, name, module, of_type, _signature_from(fields["signature"]))


class _Default:
    """The default of a parameter elsewhere, of which only the text is known."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def _signature_from(parameters):
    if parameters is None:
        return None
    if not isinstance(parameters, list) or len(parameters) > MOST_PARAMETERS:
        raise Malformed("no signature")
    try:
        return inspect.Signature([_parameter_from(*parts) for parts in parameters])
    except (TypeError, ValueError) as error:
        raise Malformed("no signature") from error


def _parameter_from(name, kind, default):
    default = inspect.Parameter.empty if default is None else _Default(printable(default))
    return inspect.Parameter(printable(name), inspect._ParameterKind(kind), default=default)
