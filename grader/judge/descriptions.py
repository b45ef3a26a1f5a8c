"""Descriptions of answers on their way from a sandbox to its judge, which trusts none of their parts."""

import inspect

from grader.answer.description import KINDS, Description
from grader.judge.codec import Malformed, cut, printable

MOST_PARAMETERS = 50


def fields_of(description):
    """A Description as a dict that can be sent."""
    parameters = description.signature and [
        (cut(p.name), int(p.kind), None if p.default is p.empty else cut(repr(p.default)))
        for p in list(description.signature.parameters.values())[:MOST_PARAMETERS]
    ]
    texts = {key: cut(getattr(description, key)) for key in ("kind", "name", "module", "type")}
    return {**texts, "signature": parameters}


def description_from(fields):
    """The Description from which `fields_of` made these fields; raises Malformed if there is none."""
    if not isinstance(fields, dict) or set(fields) != {"kind", "name", "module", "type", "signature"}:
        raise Malformed("not a description of an answer")
    kind, name, module, of_type = (printable(fields[key]) for key in ("kind", "name", "module", "type"))
    if kind not in KINDS:
        raise Malformed("an answer of no kind")
    return Description(kind, name, module, of_type, _signature_from(fields["signature"]))


class _Default:
    """The default of a parameter in another process, of which only the text is known."""

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
