"""The parts of a result, named by a tuple's declaration, a NamedTuple's fields or a dict's keys."""

import re
from typing import NamedTuple

from grader.base.compare import alike


class Part(NamedTuple):
    """A result, or a part of it.

    `name` is such as ``grads.W_hn``, and empty for the whole result. `axes` are the axes declared for it, such as
    ``"H H"``, or a dict with the name and the axes of each part.
    """

    name: str
    value: object
    axes: str | dict


def branches(part):
    """The parts of which this part is made, one level down; None if it is a single array, number, text or None."""
    name, value, declared = part
    if isinstance(value, dict):
        return [Part(_join(name, key), value[key], _declared(declared, key)) for key in value]
    if isinstance(value, list):
        return [Part(f"{name}[{i}]", v, declared) for i, v in enumerate(value)]
    if isinstance(value, tuple):
        if name and not hasattr(value, "_fields") and not isinstance(declared, dict):
            return branches(Part(name, list(value), ""))
        names = names_of(value, declared)
        return [Part(_join(name, n), v, _declared(declared, n)) for n, v in zip(names, value, strict=True)]
    return None


def names_of(value, declared):
    """Names of a tuple's items: its fields, or those declared, or their numbers."""
    if hasattr(value, "_fields"):
        return list(value._fields)
    if isinstance(declared, dict) and len(declared) == len(value):
        return list(declared)
    return [f"part {number}" for number in range(1, len(value) + 1)]


def misfit(got, wanted):
    """The first place where two results differ in form, as a pair of Parts; None if they have the same form."""
    if branches(wanted) is None:
        return None
    if isinstance(wanted.value, dict):
        fits = isinstance(got.value, dict) and got.value.keys() == wanted.value.keys()
    else:
        fits = type(got.value) is type(wanted.value) and len(got.value) == len(wanted.value)
    if not fits:
        return got, wanted
    return next(filter(None, (misfit(*pair) for pair in _matched(got, wanted))), None)


def pairs_of(got, wanted):
    """All parts of two results of the same form, in order, as a list of pairs of Parts.

    Each is an array, number, boolean, text or None where `wanted` has one; what `got` has there is still to be judged.
    """
    if branches(wanted) is None:
        axes = wanted.axes if isinstance(wanted.axes, str) else ""
        parameter = _PARAMETER.search(wanted.name)
        axes = axes or (_AXES[parameter.groups()[:2]] if parameter else "")
        return [(got, Part(wanted.name, wanted.value, axes))]
    return [pair for matched in _matched(got, wanted) for pair in pairs_of(*matched)]


def stands_for(part, wanted, rtol, atol):
    """The name of the expected part whose values this part has, if it is a different one and not so by chance."""
    if getattr(part.value, "size", 1) < 2 or not part.value.any():
        return None
    same = [w.name for w in wanted if alike(part.value, w.value, rtol, atol)]
    return same[0] if len(same) == 1 and same[0] != part.name else None


def brief(names, of):
    """Names, those with the same prefix written together: ``dx; grads: W_ir, W_hr``, or ``all of grads``."""
    groups = {}
    for name in condensed(names, of):
        groups.setdefault(name.rpartition(".")[0], []).append(name)
    return "; ".join(_group(prefix, inside, of) for prefix, inside in groups.items())


def _group(prefix, names, of):
    texts = [name if name in of else f"all of {name}" for name in names]
    if not prefix or len(names) == 1:
        return ", ".join(texts)
    return f"{prefix}: {', '.join(text.replace(f'{prefix}.', '') for text in texts)}"


def condensed(names, of):
    """The list `names`, where the name of a tuple, list or dict stands for all of its parts."""
    wanted = set(names)

    def whole(prefix):
        inside = {name for name in of if name.startswith((f"{prefix}.", f"{prefix}["))}
        return len(inside) > 1 and inside <= wanted

    def widest(name):
        prefixes = (name[: found.start()] for found in re.finditer(r"(?!^)[.\[]", name))
        return next(filter(whole, prefixes), name)

    return list(dict.fromkeys(map(widest, names)))


def kinship(names, of):
    """What the parameters `names`, and no others in `of`, have in common, in words and with advice, or None.

    If the wrong fields of a gradient are exactly those of the reset gate, for example, that shows where the mistake is. The
    advice is only for gradients.
    """
    fields = {name: _PARAMETER.search(name).groups() for name in of if _PARAMETER.search(name)}
    wrong = [fields[name] for name in names if name in fields]
    if len(wrong) in (0, 1, len(fields)):
        return None
    kinds, sides, gates = (set(column) for column in zip(*wrong, strict=True))
    if len(wrong) != sum(k in kinds and s in sides and g in gates for k, s, g in fields.values()):
        return None
    all_kinds, all_sides, all_gates = (set(column) for column in zip(*fields.values(), strict=True))
    what = "weights" if kinds == {"W"} else "biases" if kinds == {"b"} else "weights and biases"
    whose = "" if sides == all_sides else " on the input's side" if sides == {"i"} else " on the state's side"
    where = "" if gates == all_gates else " of " + " and ".join(GATES.get(g, g) for g in sorted(gates))
    told = f"Exactly the {what}{whose}{where} are wrong, and no other parameters."
    if not any("grad" in name for name in names):  # these are parameters, not gradients: no error travels back to them
        return told
    if gates != all_gates:
        advice = "Follow the error back to that place, one factor at a time: which factor is missing or wrong?"
        if {"n", "r"} <= gates:
            advice = f"The error reaches r through n, so begin with n. {advice}"
    elif kinds != all_kinds and kinds == {"W"}:
        advice = "The biases are right, so the error reaches the gate: what is it multiplied by?"
    elif kinds != all_kinds:
        advice = "The weights are right, so the error reaches the gate: over which axis must it be summed?"
    else:
        advice = "The other side is right: what is different here?"
    return f"{told} {advice}"


_PARAMETER = re.compile(r"\b([Wb])_([ih])(\w)$")
GATES = {"r": "the reset gate r", "z": "the update gate z", "n": "the candidate n"}
GATES |= {"i": "the input gate i", "f": "the forget gate f", "g": "the candidate g", "o": "the output gate o"}
_AXES = {("W", "i"): "H I", ("W", "h"): "H H", ("b", "i"): "H", ("b", "h"): "H"}


def _matched(got, wanted):
    if isinstance(wanted.value, dict):  # whose order does not matter
        got = got._replace(value={key: got.value[key] for key in wanted.value})
    return zip(branches(got), branches(wanted), strict=True)


def _join(name, last):
    return f"{name}.{last}" if name else str(last)


def _declared(declared, name):
    return declared.get(name, "") if isinstance(declared, dict) else ""
