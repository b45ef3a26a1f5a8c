"""The object that `check` was called with, before that is called itself: its name, kind and signature."""

import inspect
from dataclasses import dataclass

KINDS = ("text", "value", "object", "function", "class")


@dataclass(frozen=True)
class Description:
    """What is known about an answer without calling it.

    `kind` is "text" for a str, "value" if it cannot be called, "object" if it can but has no name, "function", or
    "class". `name` is its own name, the text itself for a text, or empty; `type` is its class's name. `signature` is an
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


def described(answer):
    """The Description of the object that `check` was called with."""
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
