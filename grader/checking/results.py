"""Compare an answer's result with the reference's: its form, then each part's kind, shape and values."""

import contextlib
import itertools
import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from grader.base.compare import alike, kind_of, pattern, plain, wrong_entries
from grader.base.wording import describe, in_full, is_of_words, listed, numbers_in, short, two_numbers, worth_writing
from grader.checking import pictures
from grader.checking.parts import Part, brief, condensed, kinship, misfit, names_of, pairs_of, stands_for
from grader.checking.tokens import is_tokens, judge_tokens
from grader.checking.verdict import Fault
from grader.exercises.general import AXIS_LOST

MOST_IN_ANOTHER_ORDER = 4


class Pair(NamedTuple):
    """One part of a result, as returned and as expected. The name is empty if it is the only part."""

    name: str
    got: object
    wanted: object
    axes: str


def judge_result(exercise, args, outcome, wanted):
    """Check a call's result: its form, and its values if those are compared. Otherwise like `judge_form`."""
    if exercise.compares(args) and is_tokens(wanted):
        fault = judge_tokens(exercise, args, outcome.value, wanted, _written_small(exercise, args))
        if fault:
            return fault
    fault, pairs = _form_and_pairs(exercise, args, outcome, wanted)
    if fault or not exercise.compares(args):
        return fault
    fault = _values(exercise, pairs, args, keyed=isinstance(wanted, dict) and not exercise.use)
    if fault is None or not exercise.remarks:
        return fault
    return replace(fault, body=(*fault.body, *filter(None, _remarks(exercise, args, outcome.value, wanted))))


def _remarks(exercise, args, value, wanted):
    for remark in exercise.remarks:
        with contextlib.suppress(ArithmeticError):  # the answer's numbers may be too large to compute with
            yield remark(args, value, wanted)


def judge_form(exercise, args, outcome, wanted):
    """Check everything about a call's result except its values: its parts, their kinds and shapes, and that they are finite where they should be.

    Parameters
    ----------
    exercise : Exercise
    args : the call's arguments
    outcome : Outcome of the learner's function, without an error
    wanted : the reference's result

    Returns
    -------
    fault : Fault, or None if nothing is wrong
    """
    return _form_and_pairs(exercise, args, outcome, wanted)[0]


def _form_and_pairs(exercise, args, outcome, wanted):
    """The Fault in a result's form, or None, and the Pairs of its parts, of which there are none if it has other parts."""
    got, wanted = Part("", outcome.value, exercise.declared), Part("", wanted, exercise.declared)
    different = misfit(got, wanted)
    pairs = [] if different else _pairs(got, wanted)
    fault = (
        _lost_axis(exercise, pairs)
        or _another_order(exercise, got, wanted)
        or (_form(exercise, *different, args) if different else None)
        or _kinds(exercise, pairs, args)
        or _finite(exercise, pairs, args, outcome)
    )
    return fault, pairs


def written(exercise, args):
    """Arguments in words: ``z = 0.5, xs = [1., 2.]``."""
    return ", ".join(f"{n} = {short(a)}" for n, a in exercise.shown(args))


def first_wrong_number(exercise, values, references):
    """The first part that is one number and wrong somewhere: its numbers in all cases, as returned and as expected; or None.

    Parameters
    ----------
    exercise : Exercise
    values, references : lists of results, one of each case
    """
    cases = []
    for value, reference in zip(values, references, strict=True):
        got, wanted = Part("", value, exercise.declared), Part("", reference, exercise.declared)
        if misfit(got, wanted):
            return None
        cases.append({pair.name: pair for pair in _pairs(got, wanted) if kind_of(pair.wanted) in ("number", "integer")})
        if not cases[0]:
            return None
    for name in cases[0]:
        pairs = [case[name] for case in cases if name in case]
        if any(_kind_fault(pair) for pair in pairs):
            return None
        got, wanted = [pair.got for pair in pairs], [pair.wanted for pair in pairs]
        if any(wrong_entries(g, w, exercise.rtol, exercise.atol) for g, w in zip(got, wanted, strict=True)):
            return got, wanted
    return None


def _pairs(got, wanted):
    return [Pair(w.name, plain(g.value), plain(w.value), w.axes) for g, w in pairs_of(got, wanted)]


def _for(exercise, args):
    return (("for", said),) if (said := _written_small(exercise, args)) else ()


def _written_small(exercise, args):
    return written(exercise, args) if worth_writing([value for _, value in exercise.shown(args)]) else ""


# ------------------------------------------------------------------------------------------------------------- form


def _lost_axis(exercise, pairs):
    """A result that is right except that axes of length 1 are missing."""
    lost = [pair for pair in pairs if _has_lost_ones(exercise, pair)]
    if not lost:
        return None
    name, value, right, _ = lost[0]
    also = [pair.name for pair in lost[1:]]
    return Fault(
        "kind and shape",
        f"`{exercise.name}` loses an axis of length 1{_of(name)}",
        body=(
            f"{'The numbers are right, but one' if exercise.by_value else 'One'} row is still a batch, and one step is still a "
            f"sequence: shape {right.shape} is not {np.shape(value)}.",
            *([f"The same goes for {listed(also)}."] if also else []),
        ),
        facts=(("yours", str(np.shape(value))), ("expected", str(right.shape))),
        next_step=AXIS_LOST.next_step,
        mistake=AXIS_LOST.key,
    )


def _has_lost_ones(exercise, pair):
    """Whether a part is the expected array without some axes of length 1: the same numbers."""
    _, got, wanted, _ = pair
    if not isinstance(wanted, np.ndarray) or not isinstance(got, (np.ndarray, int, float, np.number)):
        return False
    fewer = np.ndim(got) < wanted.ndim and [n for n in np.shape(got) if n != 1] == [n for n in wanted.shape if n != 1]
    if not fewer or not exercise.by_value:
        return fewer
    return not wrong_entries(np.reshape(got, wanted.shape), wanted, exercise.rtol, exercise.atol).any()


def _another_order(exercise, got, wanted):
    """A tuple whose parts are returned in a different order: recognised by their values, or else by their shapes."""
    count = len(wanted.value) if type(wanted.value) is tuple else 0
    if not 1 < count <= MOST_IN_ANOTHER_ORDER or type(got.value) is not tuple or len(got.value) != count:
        return None
    orders = list(itertools.permutations(range(count)))

    def fitting(same):
        table = [[same(g, w) for w in wanted.value] for g in got.value]
        return [o for o in orders if all(table[i][o[i]] for i in range(count))]

    def equal(g, w):
        return alike(g, w, exercise.rtol, exercise.atol)

    def is_seen(order):
        # Shapes alone are no proof: many wrong formulas exchange them, and a part may be right where it is.
        moved = [(i, j) for i, j in enumerate(order) if i != j]
        stays = any(equal(got.value[i], wanted.value[i]) for i, _ in moved)
        return not stays and any(equal(got.value[i], wanted.value[j]) for i, j in moved)

    by_value = fitting(equal) if exercise.by_value else []
    fits = by_value or [o for o in fitting(_same_shapes) if not exercise.by_value or is_seen(o)]
    if len(fits) != 1 or fits[0] == orders[0]:
        return None
    names = names_of(wanted.value, wanted.axes)
    right = f"`return {', '.join(names)}`"
    return Fault(
        "kind and shape",
        f"`{exercise.name}` {'returns' if by_value else 'seems to return'} its parts in a different order",
        body=()
        if by_value
        else ("Their shapes are the right ones in a different order. Their values are not compared yet.",),
        facts=(("yours", f"({', '.join(names[i] for i in fits[0])})"), ("expected", f"({', '.join(names)})")),
        next_step=f"Code that calls `{exercise.name}` relies on the order: {right}.",
    )


def _same_shapes(a, b):
    a, b = Part("", a, ""), Part("", b, "")
    return not misfit(a, b) and not any(_kind_fault(pair) for pair in _pairs(a, b))


def _form(exercise, got, wanted, args):
    """A wrong number or kind of parts: `got` and `wanted` are the first place where they differ."""
    what = "nothing, `None`" if got.value is None else describe(got.value)
    if isinstance(got.value, dict) and isinstance(wanted.value, dict):
        what = "a dict with the wrong keys"
    return Fault(
        "kind and shape",
        f"`{exercise.name}` returns {what}{_as(got.name)}",
        body=_recognised_parts(exercise, got, wanted),
        facts=(*_for(exercise, args), ("yours", _form_of(got)), ("expected", _form_of(wanted))),
        next_step=_form_advice(got.value, wanted),
    )


def _of(name):
    return f" of `{name}`" if name else ""


def _as(name):
    return f" as `{name}`" if name else ""


def _form_of(part):
    if hasattr(part.value, "_fields"):
        return f"{type(part.value).__name__}({', '.join(part.value._fields)})"
    if isinstance(part.value, dict):
        return f"a dict with {', '.join(map(repr, part.value))}" if part.value else "a dict without a key"
    if isinstance(part.value, tuple) and isinstance(part.axes, dict) and len(part.axes) == len(part.value):
        return f"a tuple of {len(part.value)}: ({', '.join(part.axes)})"
    return describe(part.value)


def _recognised_parts(exercise, got, wanted):
    """Which of a tuple's parts are present, if some are missing."""
    if type(wanted.value) is not tuple or not exercise.by_value:
        return ()
    names, values = names_of(wanted.value, wanted.axes), list(_within(got.value))
    there = [
        n
        for n, w in zip(names, wanted.value, strict=True)
        if any(alike(v, w, exercise.rtol, exercise.atol) for v in values)
    ]
    missing = [n for n in names if n not in there]
    if not there:
        return ()
    if not missing:
        return ("Everything is there, and right, but in a different form.",)
    verb = "is" if len(there) == 1 else "are"
    return (f"{listed(there)} {verb} there, and right. Missing: {listed(missing)}.",)


def _within(value):
    """The value, and everything in it, once: in tuples, lists and dicts, at any depth. A list may even contain itself."""
    found, known = [value], {id(value)}
    for item in found:
        if isinstance(item, (tuple, list, dict)) and not hasattr(item, "_fields"):
            parts = [part for part in (item.values() if isinstance(item, dict) else item) if id(part) not in known]
            found += parts
            known.update(map(id, parts))
    return found


def _form_advice(value, wanted):
    if value is None and not wanted.name:
        return "Did you forget `return`?"
    names = names_of(wanted.value, wanted.axes) if isinstance(wanted.value, tuple) else []
    if hasattr(wanted.value, "_fields"):
        kind = type(wanted.value).__name__
        if type(value).__name__ == kind:
            return f"This is not the course's {kind}: use `gru_ref.{kind}`, and don't define it again."
        if isinstance(value, dict) and sorted(map(str, value)) == sorted(names):
            return f"The names are right: `{kind}(**the_dict)` turns the dict into a {kind}."
        if type(value) in (tuple, list) and len(value) == len(names):
            return f"Name its parts: `{kind}({names[0]}=…, {names[1]}=…, …)`."
        return f"Collect them in a {kind}, one value for each of its {len(names)} names: `{kind}({names[0]}=…, …)`."
    if isinstance(wanted.value, tuple):
        together = f"`return {', '.join(names)}`"
        if isinstance(value, list) and len(value) == len(names):
            return f"Leave out the square brackets: {together} makes a tuple."
        return f"Return {len(names)} values together, in this order and without further brackets: {together}."
    if isinstance(wanted.value, dict):
        if not isinstance(value, dict):
            return "Return a dict: each key with its value."
        lacking = [key for key in wanted.value if key not in value]
        extra = [key for key in value if key not in wanted.value]
        said = [f"Missing: {listed(lacking)}."] * bool(lacking) + [f"Too many: {listed(extra)}."] * bool(extra)
        return " ".join(
            [*said, "Take one of these, and follow it through your function by hand: where does it go wrong?"]
        )
    if isinstance(value, list):
        return "The list has the wrong length: is something appended once too often, or left out?"
    if isinstance(value, np.ndarray):
        return "The numbers may be right, but the task asks for a list: `the_array.tolist()` makes one."
    if isinstance(value, tuple) and len(value) == len(wanted.value):
        return "Return a list, not a tuple: `list(the_tuple)` makes one."
    if isinstance(value, tuple):
        return "A comma after `return` makes a tuple of several things. Return the list alone."
    return "Return a list, one entry for each."


# --------------------------------------------------------------------------------------------------- kinds and shapes


def _kinds(exercise, pairs, args):
    faults = [(pair, fault) for pair in pairs if (fault := _kind_fault(pair))]
    if not faults:
        return None
    (pair, (got, wanted, next_step)), *more = faults
    body = ()
    if more:
        others = listed([other.name for other, _ in more])
        body = (f"{others} {'has' if len(more) == 1 else 'have'} the wrong kind or shape, too.",)
    return Fault(
        "kind and shape",
        f"`{exercise.name}` returns {'nothing, `None`' if pair.got is None else got}{_as(pair.name)}",
        body=body,
        facts=(*_for(exercise, args), ("yours", got.removeprefix("an array of ")), ("expected", wanted)),
        next_step=next_step,
    )


def _kind_fault(pair):
    """What is wrong with a part's kind, shape or dtype: (what was returned, what is expected, advice), or None."""
    name, got, wanted, _ = pair
    kind = kind_of(wanted)
    if got is None and kind != "None":
        return "None", describe(wanted), _none_advice(name)
    if kind == "array":
        if type(got) is not np.ndarray:
            return describe(got), describe(wanted), _array_advice(name, got)
        if got.shape != wanted.shape:
            return describe(got), describe(wanted), _shape_advice(pair)
        if got.dtype != wanted.dtype:
            advice = "Something along the way changed the dtype: an `astype`, or an array made with a different dtype."
            return f"an array of {got.dtype}", str(wanted.dtype), advice
        return None
    if kind == "boolean":
        fits = isinstance(got, (bool, np.bool_))
        advice = (
            "Return True or False: the comparison itself, or `bool(…)` of it. For all entries at once: `np.all(…)`."
        )
    elif kind in ("text", "None"):
        fits = type(got) is type(wanted)
        advice = f"Return `{wanted!r}`, or another value that the task names, exactly as it is written there."
    else:
        fits = isinstance(got, (int, float, np.integer, np.floating)) and not isinstance(got, bool)
        advice = "Return one plain number."
        if fits and kind == "integer" and not isinstance(got, (int, np.integer)):
            fits, advice = False, "A count is an `int`: leave out `float(…)`, and `/`."
    return None if fits else (describe(got), describe(wanted), advice)


def _none_advice(name):
    if not name:
        return "Did you forget `return`?"
    if name.endswith("grad"):
        return f"No gradient reaches `{name}`: is it cut off along the way, for example by `.detach()`, or never used?"
    return f"`{name}` is `None`: was it never computed, or does it come from a call that returns nothing, such as `list.append`?"


def _shape_advice(pair):
    got, wanted, names = pair.got.shape, pair.wanted.shape, pair.axes.split()
    axes = f"({', '.join(names)}{',' * (len(names) == 1)})" if names else str(wanted)
    if got == wanted[::-1]:
        return f"It is transposed: the axes should be {axes}."
    if got and got == wanted[1:]:
        return f"The first axis is missing: the result should be {axes}, one entry for each."
    if wanted and got[1:] == wanted:
        missing = (
            "a sum over the batch" if pair.axes == "H" else "a sum along the first axis, or a choice of one entry,"
        )
        return f"There is one axis too many: the result should be {axes}. Is {missing} missing?"
    if [n for n in got if n != 1] == [n for n in wanted if n != 1] and len(got) > len(wanted):
        return f"There is an axis of length 1 too many: the result should be {axes}. `a[:, 0]` takes such an axis away."
    if len(got) == len(wanted) and sorted(got) == sorted(wanted):
        return f"The sizes are right, but in a different order: the axes should be {axes}. `transpose` moves axes, `reshape` does not."
    wrong = [f"{n} should be {w}, not {g}" for n, g, w in zip(names, got, wanted, strict=False) if g != w]
    if len(got) == len(wanted) == len(names) and len(wrong) == 1:
        return f"The axes should be {axes}, and {wrong[0]}. Print the shape of each part of your formula."
    return f"The axes should be {axes}. Print the shape of each part of your formula."


def _array_advice(name, value):
    if isinstance(value, tuple) and name:
        return f"`{name}` should be one array, but you returned several in brackets: which one belongs there?"
    if isinstance(value, tuple):
        return "A comma after `return` makes a tuple of several things. Return one array only."
    if isinstance(value, list):
        return "Collect in a list if you like, but return an array: `np.stack(the_list)` or `np.array(the_list)`."
    if isinstance(value, (int, float, np.number)):
        return "You returned one number, but the result should be a whole array: is something summed or indexed away?"
    if type(value).__module__.startswith("torch"):
        return "This lesson is in NumPy: use `np.` functions instead of `torch.` ones."
    return "Return a plain NumPy array."


# ------------------------------------------------------------------------------------------------------------ values


def _finite(exercise, pairs, args, outcome):
    for pair in pairs:
        value = np.asarray(pair.got)
        if value.dtype.kind not in "fc":
            continue
        # Infinity may be right: the logarithm of what is impossible.
        count = int((~np.isfinite(value) & ~(np.isinf(value) & (value == pair.wanted))).sum())
        if not count:
            continue
        return Fault(
            "finite",
            f"`{exercise.name}` returns NaN or infinity in {count} of {value.size} entries"
            + (f" of `{pair.name}`" if pair.name else ""),
            body=tuple(f"NumPy warned: {message}." for message, _ in outcome.warned[:1]),
            facts=(("for", written(exercise, args)),),
            place=outcome.warned[0][1] if outcome.warned else None,
            next_step="Find the operation whose result is no longer a number: a division by 0, a logarithm of 0, a root of something negative, an `exp` that is too large.",
        )
    return None


def _values(exercise, pairs, args, keyed=False):
    """Judge the values of all parts. `keyed` says that the result is a dict of the learner's, whose keys name its parts."""
    rtol, atol = exercise.rtol, exercise.atol
    masks = {pair.name: wrong_entries(pair.got, pair.wanted, rtol, atol) for pair in pairs}
    wrong = [pair for pair in pairs if masks[pair.name].any()]
    if not wrong:
        return None
    pair, mask = wrong[0], masks[wrong[0].name]
    name = f"{exercise.name}(…)[{pair.name!r}]" if keyed else pair.name or exercise.name
    first = tuple(int(i) for i in np.argwhere(mask)[0])
    entry = f"{name}[{', '.join(map(str, first))}]" if first else name
    yours, right = two_numbers(np.asarray(pair.got)[first], np.asarray(pair.wanted)[first])
    facts = ((f"your {entry}", yours), ("should be", right))
    if pair.name:
        facts = (*_right_and_wrong(wrong, pairs), *facts)
    facts = (*_for(exercise, args), *facts)
    body = [f"{int(mask.sum())} of {mask.size} entries {f'of `{name}` ' * bool(pair.name)}differ."] * (mask.size > 1)
    return Fault(
        "values",
        _values_headline(exercise, wrong, pairs),
        body=(
            *_across_parts(exercise, wrong, pairs),
            *body,
            *(_in_padding(exercise, args, pair, mask) or _pattern(wrong, rtol, atol)),
        ),
        facts=facts,
        next_step=f"{_to_do(pair, entry, yours, right)} Or ask for a nudge: `hint({exercise.name})`.",
        picture=pictures.comparison(pair.got, pair.wanted, mask, pair.axes) if mask.ndim else "",
    )


MOST_ON_PAPER = 24  # numbers that a learner can work with by hand


def on_paper(exercise, arguments, outcomes, references, judge):
    """The wrong values of a case that is small enough to work with by hand: the first wrong one, or else the smallest.

    Parameters
    ----------
    exercise : Exercise
    arguments, outcomes, references : for each case the arguments, the answer's Outcome and the reference's
    judge : function of these three of a case, which returns its Fault, or None

    Returns
    -------
    fault : Fault whose facts hold all the numbers, and whose advice uses them; None if every wrong case is too large
    is_first : whether it is the first wrong one
    """
    cases = [
        case for case in zip(arguments, outcomes, references, strict=False) if case[1].error is None is case[2].error
    ]
    first, fault = next(((n, fault) for n, case in enumerate(cases) if (fault := _wrong(judge(*case)))), (0, None))
    sizes, number = [sum(numbers_in(value) for _, value in exercise.shown(args)) for args, *_ in cases], first
    if fault and sizes[first] > MOST_ON_PAPER:  # judging takes time: no more cases than it needs, the smallest first
        small = (n for n in range(first + 1, len(cases)) if sizes[n] <= MOST_ON_PAPER)
        faults = ((n, _wrong(judge(*cases[n]))) for n in sorted(small, key=sizes.__getitem__))
        number, fault = next(((n, fault) for n, fault in faults if fault), (0, None))
    if fault is None:
        return None, False
    args, is_first = cases[number][0], number == first
    given = ", ".join(in_full(name, value) for name, value in exercise.shown(args))
    facts = [(key, value) for key, value in fault.facts if key != "for"]
    if is_tokens(references[0].value):  # these numbers are what a loop chose, and do not come out of a formula
        return replace(fault, facts=(("for", given), *facts)), is_first
    yours, right = (value for _, value in facts[-2:])
    advice = (
        f"Work through the task's formula and your own lines with these few numbers, side by side: the formula gives {right}, "
        f"your code {yours}. At which line do they first differ?"
    )
    if any(map(is_of_words, args)):
        advice = (
            f"Work through what the task says with these few words by hand, and through your own lines beside it: {right} should "
            f"come out, and yours is {yours}. At which line do they first differ?"
        )
    if not re.search(r"\d", right):  # a text, or True or False
        advice = _of_conditions(yours, right)
    return (
        replace(
            fault, facts=(("for", given), *facts), next_step=f"{advice} Or ask for a nudge: `hint({exercise.name})`."
        ),
        is_first,
    )


def _wrong(fault):
    return fault if fault and fault.stage == "values" else None


def _to_do(pair, entry, yours, right):
    kind = kind_of(pair.wanted)
    if kind in ("text", "boolean"):
        return _of_conditions(yours, right)
    what = (
        f" what its entry `[{entry.partition('[')[2]}` should be"
        if kind == "array" and "[" in entry
        else " what it should be"
    )
    return (
        f"Print each intermediate result in your function, with its shape. Before you look, say{what}: the first surprise "
        f"shows you the place. (The result should be {right}, not {yours}.)"
    )


def _of_conditions(yours, right):
    return (
        f"Print both sides of each condition in your function for these arguments: which one leads to {yours}, "
        f"where {right} is right?"
    )


def _values_headline(exercise, wrong, pairs):
    if not wrong[0].name:
        several = np.ndim(wrong[0].wanted) > 0
        return f"`{exercise.name}` has {'the right shape, but not the right values' if several else 'the wrong value'}"
    if len(wrong) == len(pairs) and not any(isinstance(pair.wanted, np.ndarray) for pair in pairs):
        names = [pair.name for pair in pairs]
        neither = f"neither `{names[0]}` nor `{names[1]}`" if len(names) == 2 else f"none of {listed(names)}"
        return f"`{exercise.name}`: {neither} is right"
    if len(wrong) == len(pairs):
        return f"`{exercise.name}` has the right shapes, but the wrong values in all of its {len(pairs)} parts"
    names = condensed([pair.name for pair in wrong], [pair.name for pair in pairs])
    if len(names) > 3:
        return f"`{exercise.name}`: {len(wrong)} of its {len(pairs)} parts are wrong"
    rest = "the other part is" if len(pairs) - len(wrong) == 1 else "all other parts are"
    return f"`{exercise.name}`: {listed(names)} {'is' if len(names) == 1 else 'are'} wrong, {rest} right"


def _right_and_wrong(wrong, pairs):
    everything = [pair.name for pair in pairs]
    faulty = [pair.name for pair in wrong]
    right = [name for name in everything if name not in faulty]
    rows = [("right", brief(right, everything))] if right else []
    return [*rows, ("wrong", brief(faulty, everything))]


def _across_parts(exercise, wrong, pairs):
    """What several parts show together: one is in another's place, or all parts of one gate are wrong."""
    wanted = [Part(pair.name, pair.wanted, pair.axes) for pair in pairs]
    for pair in wrong if len(pairs) > 1 else ():
        other = stands_for(Part(pair.name, pair.got, pair.axes), wanted, exercise.rtol, exercise.atol)
        if other:
            yield f"Your `{pair.name}` is what `{other}` should be."
            return
    in_common = kinship([pair.name for pair in wrong], [pair.name for pair in pairs])
    if in_common:
        yield in_common


def _in_padding(exercise, args, pair, mask):
    """A sentence if exactly the steps after the sequences' ends are wrong, as a tuple, else an empty one."""
    lengths = dict(zip(exercise.parameters, args, strict=False)).get("lengths")
    if lengths is None or pair.axes.split()[:2] != ["T", "B"]:
        return ()
    after = np.arange(len(mask))[:, None] >= np.asarray(lengths)
    if mask[~after].any() or not after.any():
        return ()
    b = int(np.argwhere(mask)[0][1])
    return (
        "All real steps are right. The difference is in the padding, after a sequence's end: row "
        f"{b} of the batch ends after {lengths[b]} of {len(mask)} steps. What does the task ask for there?",
    )


def _pattern(wrong, rtol, atol):
    """How the first wrong part relates to the right one, and whether the others do, too."""
    found = (pattern(p.got, p.wanted, p.axes, rtol, atol) if np.ndim(p.got) else None for p in wrong)
    first = next(found)
    if first:
        everywhere = len(wrong) > 1 and all(other == first for other in found)
        yield first + " The same holds in each wrong part." * everywhere
