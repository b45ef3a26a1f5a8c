"""Check an answer, stage by stage, and name the mistake.

The stages, and the check stops at the first that fails: arguments → runs → leaves its inputs alone → kind and shape →
finite → values → properties; those about the result are in `grader.checking.results`. Whenever one fails, what the answer
did is compared with every known mistake.
"""

import re
from dataclasses import replace
from inspect import unwrap
from itertools import compress

import numpy as np

from grader.answer.calling import PATIENCE, Deadline, Outcome
from grader.base.compare import alike, numbers_pattern
from grader.base.errors import GraderFault
from grader.base.settings import CourseSettings
from grader.base.timing import IMPORTING, IN_ONE_CALL, SWALLOWED, WAITING, OutOfTime
from grader.base.wording import describe, header, is_of_words, listed, numbers_in, quote, short
from grader.checking.advice import advise_on_error, from_the_arguments
from grader.checking.answers import Answer, LocalAnswer, WidenedAnswer
from grader.checking.cases import own_outcome, prepare, reference_outcome
from grader.checking.copied_lines import copied_lines
from grader.checking.fingerprints import fingerprint, table
from grader.checking.results import first_wrong_number, judge_form, judge_result, on_paper, written
from grader.checking.verdict import Fault, Verdict
from grader.exercises.general import REMEMBERS, TAKEN_FROM_OUTSIDE

# What `grader.answer.uses` says about an answer that it cannot use.
_REFUSED = (
    (r"should be a tensor, but is|, but should hold torch", "returns the wrong type"),
    (r"^the parameters don't fit", "has the wrong parameters"),
    (r"^forward takes", "has a `forward` that takes the wrong arguments"),
)
REFUSAL, PROPERTIES = "refuses what is not defined", "laws"
# NumPy's warnings where a number leaves the range of floats. Other warnings do not fail a check.
_FLOATS = re.compile(r"(overflow|underflow|divide by zero|invalid value) encountered")


def examine(exercise, answer, seed=None, alone=False, cases=None, naming=True):
    """Check an answer to `exercise`.

    Parameters
    ----------
    exercise : Exercise
    answer : the learner's function or class, or an Answer
    seed : int, for the drawn inputs; the exercise's own by default
    alone : whether a function must work without the reference, which is then out of reach
    cases : Cases, if they were prepared before, in place of a seed
    naming : whether a wrong answer is compared with the known mistakes

    Returns
    -------
    verdict : Verdict

    Raises
    ------
    GraderFault
        If the course itself fails: its reference, inputs, properties or known mistakes, or this process. Then there is no
        verdict.
    """
    with CourseSettings() as settings:
        if not isinstance(answer, Answer):
            answer = LocalAnswer(answer, exercise, alone, around=settings.left)
        try:
            return _Examination(exercise, answer, cases or prepare(exercise, seed), naming).verdict()
        except (MemoryError, ImportError) as error:  # not from the answer: its own errors become an Outcome
            raise GraderFault(f"the check of `{exercise.name}` ended in {type(error).__name__}: {error}") from error


def look_alike(exercise, mine, theirs):
    """Whether two lists of outcomes look the same: same results or errors, and same warnings where those count.

    The words of a refusal of the answer's own do not matter; those of an error that `use` raises about the answer count.
    """
    return len(mine) == len(theirs) and all(_outcomes_alike(exercise, a, b) for a, b in zip(mine, theirs, strict=True))


def _outcomes_alike(exercise, a, b):
    if exercise.quiet and bool(_left_the_floats(a)) != bool(_left_the_floats(b)):
        return False
    if a.changed != b.changed:
        return False
    if a.error is not None or b.error is not None:
        same = type(a.error) is type(b.error) and str(a.error) == str(b.error)
        return same or (a.refused and b.refused)
    return alike(a.value, b.value, exercise.rtol, exercise.atol)


def _left_the_floats(outcome):
    """The warnings that a number left the range of floats: (message, place) of each."""
    return [warning for warning in outcome.warned if _FLOATS.match(warning[0])]


class _Examination:
    def __init__(self, exercise, answer, cases, naming):
        self.exercise = exercise
        self.answer = WidenedAnswer(answer) if exercise.any_float else answer
        self.cases = cases
        self.naming = naming
        self.deadline = Deadline(exercise.seconds)
        self.outcomes = []
        self.no_case_failed = self.in_place = False
        self.called = (), None  # the last call of a property: its arguments and its result
        self._faults = {}  # of cases that were judged, by their arguments
        self._known = {}  # what known mistakes do: Outcome by function and arguments
        self._thin = {}  # whether a size is 1 in a case, by its arguments
        self._order = {}  # of cases, by their arguments
        self._numbers = {id(args): number for number, args in enumerate(cases.arguments)}

    def verdict(self):
        return self._arguments() or self._run() or self._properties() or self._passed()

    # Each stage returns a Verdict if it fails, None if it passes.

    def _arguments(self):
        wanted, got = self.exercise.signature, self.answer.signature
        if got is None:  # a builtin has none
            return None
        if _can_be_called_as(wanted, got):
            names, theirs = list(wanted.parameters), list(got.parameters)
            if names == theirs or sorted(names) != sorted(theirs):
                return None
            problem = "its arguments in a different order"
        else:
            problem = "the wrong arguments"
        return self._fail(
            "arguments",
            f"`{self.exercise.name}` takes {problem}",
            facts=(("yours", header(got)), ("expected", header(wanted))),
            next_step=f"Change the first line to `{self._first_line(wanted)}:`",
        )

    def _first_line(self, signature):
        if isinstance(unwrap(self.exercise.reference), type):
            return f"def __init__{header(signature).replace('(', '(self, ', 1)}"
        return f"def {self.exercise.name}{header(signature)}"

    def _run(self):
        self.outcomes = self.answer.call_each(self.cases.arguments, self.deadline)
        for args, outcome, reference in zip(self.cases.arguments, self.outcomes, self.cases.references, strict=False):
            failure = self._judge(args, outcome, reference)
            if failure:
                return failure if failure.state == "todo" else self._remembers() or failure
        return self._remembers()

    def _remembers(self):
        """A Verdict if the first call, which was right, would now have another result."""
        args, first = self.cases.arguments[0], self.outcomes[0]
        if not self.exercise.by_value or not look_alike(self.exercise, [first], [self.cases.references[0]]):
            return None
        again = self.answer.call(args, self.deadline)
        if isinstance(again.error, OutOfTime) or _outcomes_alike(self.exercise, first, again):
            return None
        fault = again.error is None and judge_result(self.exercise, args, again, first.value)
        return self._fail(
            "values",
            f"`{self.exercise.name}` gives a different result when it is called again with the same arguments",
            body=(REMEMBERS.why,),
            facts=fault.facts if fault else (("the first call", "right"), ("called again", _ended(again))),
            next_step=REMEMBERS.next_step,
            mistake=REMEMBERS.key,
        )

    def _judge(self, args, outcome, reference):
        if isinstance(outcome.error, NotImplementedError) and not _is_torchs(outcome.error):
            return self._todo(str(outcome.error))
        if reference.error is not None:
            return self._must_refuse(args, outcome, reference)
        return (
            self._runs(args, outcome)
            or self._leaves_inputs_alone(args, outcome)
            or self._report(self._judged(args, outcome, reference))
            or self._quiet(args, outcome)
        )

    def _judged(self, args, outcome, reference):
        """The Fault of the result of a case, or None. A case is judged once, and then used for all of the verdict."""
        if id(args) not in self._faults:
            self._faults[id(args)] = judge_result(self.exercise, args, outcome, reference.value)
        return self._faults[id(args)]

    def _todo(self, stub):
        name = self.exercise.name
        called = re.match(r"(\w+) is yours to write", stub)
        if called and called[1] != name:
            return Verdict(
                name,
                "todo",
                "not written yet",
                f"`{name}` calls `{called[1]}`, which is still to be written",
                next_step=f"Write `{called[1]}` first, or call the course's own, `gru_ref.{called[1]}`.",
            )
        return Verdict(
            name,
            "todo",
            "not written yet",
            f"`{name}` is still to be written",
            body=("It stops at `raise NotImplementedError`, the placeholder.",),
            next_step=f"Replace that line with your own, run its cell, then run this one again. Stuck? `hint({name})`",
        )

    def _must_refuse(self, args, outcome, reference):
        if isinstance(outcome.error, ValueError):
            return None
        did = "did not finish" if isinstance(outcome.error, OutOfTime) else _ended(outcome)
        if isinstance(outcome.value, Exception):
            next_step = (
                "`return` gives the error back like any other result. To refuse the arguments, write `raise` instead."
            )
        else:
            next_step = "Test the arguments first, and `raise ValueError(...)` with a sentence that says why."
        return self._fail(
            REFUSAL,
            f"`{self.exercise.name}` should refuse {written(self.exercise, args)}",
            body=(f"There is no right answer here: {reference.error}.",),
            facts=(("yours", did), ("expected", "a ValueError, raised")),
            next_step=next_step,
        )

    def _runs(self, args, outcome):
        if outcome.error is None:
            return None
        if isinstance(outcome.error, OutOfTime):
            return self._out_of_time(outcome)
        message, next_step = advise_on_error(outcome.error, outcome.place)
        return self._fail(
            "runs",
            f"`{self.exercise.name}` {self._what_was_refused(outcome) or 'stopped with an error'}",
            body=(message, *self._where_a_size_is_1(args)),
            facts=tuple(
                (f"given {n}", short(a) if is_of_words(a) else describe(a)) for n, a in self.exercise.shown(args)
            ),
            place=outcome.place,
            next_step=next_step,
        )

    def _what_was_refused(self, outcome):
        """In words, why the check refused what the answer is or returns; None if the answer itself raised the error."""
        if not self.exercise.use or outcome.place:
            return None
        return next((told for words, told in _REFUSED if re.search(words, str(outcome.error))), None)

    def _out_of_time(self, outcome):
        name, seconds = self.exercise.name, self.exercise.seconds
        headline = f"`{name}` did not finish within {seconds:g} seconds"
        body = "It was stopped; your notebook is fine."
        next_step = "Look for a loop that never ends: does its condition change? Is the list it runs over growing?"
        if str(outcome.error) == IMPORTING:
            headline = f"`{name}` was stopped in the middle of an import, after {PATIENCE * seconds:g} seconds"
            body = "A library is now half loaded in your notebook, and may fail later on."
            next_step = "Restart the kernel before you go on. To import a library, use a cell of its own."
        elif str(outcome.error) == SWALLOWED:
            body = "The check stopped it several times, but it caught that and went on; your notebook is fine."
            next_step = (
                "`except:` and `except BaseException:` catch everything, even what ends a loop. Name the error that you mean, as in "
                "`except ValueError:`. Then look at the loop: does its condition change?"
            )
        elif str(outcome.error) == IN_ONE_CALL:
            headline = f"`{name}` took longer than {seconds:g} seconds, in a single call"
            body = "A call into compiled code cannot be stopped halfway: the check had to wait until it ended."
            next_step = (
                "Which call in this line does so much work? Print the sizes of its arguments. While such a call runs, only "
                "*Kernel* → *Restart* ends it."
            )
        elif str(outcome.error) == WAITING:
            headline = f"`{name}` did not finish within {PATIENCE * seconds:g} seconds, and computed for less than {seconds:g} of them"
            next_step = (
                "Does it wait for something, by `input` or `sleep`, or for a download? If it does not, this machine is busy: "
                "run the cell again."
            )
        return self._fail("runs", headline, body=(body,), place=outcome.place, next_step=next_step)

    def _where_a_size_is_1(self, args):
        """A sentence if all went well until some size was 1."""
        if not self._is_thin(args):
            return ()
        ones = [name for name, a in zip(self.exercise.parameters, args, strict=False) if _has_a_size_of_1(a)]
        return (f"Larger inputs worked. Here {listed(ones)} has an axis of length 1: is it lost along the way?",)

    def _is_thin(self, args):
        """Whether some size is 1 in these arguments, and none in those that are drawn."""
        if id(args) not in self._thin:
            self._thin[id(args)] = _has_a_size_of_1(args) and not _has_a_size_of_1(self.cases.arguments[0])
        return self._thin[id(args)]

    def _leaves_inputs_alone(self, args, outcome):
        if not outcome.changed:
            return None
        kinds = {type(a) for name, a in zip(self.exercise.parameters, args, strict=False) if name in outcome.changed}
        what, advice = next((_IN_PLACE[kind] for kind in (list, dict) if kind in kinds), _IN_PLACE[np.ndarray])
        return self._fail(
            "leaves its inputs alone",
            f"`{self.exercise.name}` changes {listed(outcome.changed)}, which "
            f"{'belongs' if len(outcome.changed) == 1 else 'belong'} to the caller",
            body=(f"{what} that is passed in is not copied: the caller still needs it as it was.",),
            next_step=advice,
        )

    def _quiet(self, args, outcome):
        warned = _left_the_floats(outcome)
        if not (self.exercise.quiet and warned):
            return None
        message, place = warned[0]
        return self._fail(
            "without a warning",
            f"`{self.exercise.name}` makes NumPy warn: {message}",
            body=("The values are right, but somewhere along the way a number left the range of floats.",),
            facts=(("for", written(self.exercise, args)),),
            place=place,
            next_step="A warning that is always there hides the one that matters. Which intermediate value is too large?",
        )

    def _properties(self):
        self.no_case_failed = True
        rng = np.random.default_rng(self.cases.seed + 1)
        for prop in self.exercise.properties.values():
            before = rng.bit_generator.state
            try:
                holds = prop.holds(self._trusting_call, rng)
            except _Stopped as stopped:
                return self._runs(stopped.args_given, stopped.outcome) or self._report(stopped.fault)
            except (GraderFault, ImportError):
                raise
            except Exception as error:  # the answer returned what the property cannot work with, or has no memory for
                self._demand_that_the_reference_obeys(prop, before, error)
                holds = False
            if not holds:
                return self._fail(
                    PROPERTIES,
                    f"`{self.exercise.name}` violates a property: {prop.name}",
                    body=(prop.advice,),
                    facts=self._last_call(holds),
                    next_step=self._after_a_property(),
                )
        return None

    def _last_call(self, holds):
        """Facts on the last call that a property has made: its own, if it tells some, or else the result."""
        args, value = self.called
        call = (("the last call", written(self.exercise, args)),) if args else ()
        return (*call, *getattr(holds, "facts", (("yours", short(value)),)))

    def _after_a_property(self):
        stuck = f"Stuck? `hint({self.exercise.name})`"
        if not self.exercise.parameters:
            return f"Change that, run its cell, and then this one again. {stuck}"
        calls = "this call" if self.exercise.by_value else "many such calls"
        return (
            f"Make {calls} in a new cell below, and look at what comes back: where does it break the property in the headline? "
            f"{stuck}"
        )

    def _trusting_call(self, *args):
        outcome = self.answer.call(args, self.deadline)
        self.called = args, outcome.value
        if outcome.error is not None:
            raise _Stopped(args, outcome)
        # A property may rely on the right form: a result without entries would break none.
        right = reference_outcome(self.exercise, args)
        if fault := judge_form(self.exercise, args, outcome, right.value):
            raise _Stopped(args, outcome, fault)
        return outcome.value

    def _demand_that_the_reference_obeys(self, prop, state, error):
        """Raise GraderFault if a property stopped with an error that the answer did not cause."""
        rng = np.random.default_rng(0)
        rng.bit_generator.state = state
        try:
            obeys = prop.holds(lambda *args: reference_outcome(self.exercise, args).value, rng)
        except Exception:
            obeys = False
        if not obeys:
            raise GraderFault(
                f"the property {prop.key!r} of `{self.exercise.name}` ended in {type(error).__name__}: {error}"
            ) from error

    def _passed(self):
        warned = self.outcomes[0].warned
        notes = (f"A warning came up: {warned[0][0]}{_in(warned[0][1])}.",) if warned else ()
        return Verdict(
            self.exercise.name,
            "passed",
            "all stages",
            f"`{self.exercise.name}` is right",
            body=tuple(filter(None, (self._what_was_tried(), self.exercise.limits))),
            notes=notes + self._refused_elsewhere() + self._printed(),
        )

    def _what_was_tried(self):
        count = len(self.cases.arguments)
        fixed = self.exercise.edges or self.exercise.refusals
        sizes = "random and extreme values" if fixed else "sizes and values drawn at random"
        if self.exercise.by_value:
            tried = f"It agrees with the reference on {count} inputs, {sizes}"
        elif self.exercise.parameters:
            tried = f"It has the right kind and shape on {count} inputs"
        else:
            tried = "It has the right form"
        properties = "; ".join(prop.name for prop in self.exercise.properties.values())
        return f"{tried}, and obeys: {properties}." if properties else f"{tried}."

    def _fail(self, stage, headline, **more):
        return self._report(Fault(stage, headline, **more))

    def _report(self, fault):
        """The Verdict on a fault, with the known mistake in its headline if there is one; None if there is no fault."""
        if fault is None:
            return None
        headline, body, next_step = fault.headline, fault.body, fault.next_step
        everywhere = self.no_case_failed or fault.stage == REFUSAL
        mistakes = () if fault.mistake else self._recognise(everywhere)
        if mistakes:
            several = "two mistakes at once. " if len(mistakes) > 1 else ""
            headline = f"`{self.exercise.name}`: {several}{'; and: '.join(m.name for m in mistakes)}"
            body, next_step = (*(m.advice for m in mistakes), *self._written_into()), ""
        elif not fault.mistake:
            fault = self._taken_from_outside(fault) or self._on_paper(
                replace(fault, body=(*body, *self._about_numbers(fault)))
            )
            headline, body, next_step = fault.headline, fault.body, fault.next_step
        return Verdict(
            self.exercise.name,
            "failed",
            fault.stage,
            headline,
            tuple(body),
            tuple(fault.facts),
            quote(fault.place),
            next_step,
            self._printed(),
            "+".join(m.key for m in mistakes) or fault.mistake,
            fault.picture,
        )

    def _on_paper(self, fault):
        """The fault, with its numbers replaced by those of a case that is small enough to work out by hand."""
        if fault.stage != "values" or self.no_case_failed:
            return fault
        small, is_first = on_paper(
            self.exercise, self.cases.arguments, self.outcomes, self.cases.references, self._judged
        )
        if not small:
            return fault
        body = fault.body if is_first else (*fault.body, "These are the smallest of the tried inputs where it differs:")
        return replace(
            fault, body=body, facts=small.facts, next_step=small.next_step, picture=small.picture or fault.picture
        )

    def _written_into(self):
        """A sentence about changed arguments, where a known mistake was made in place and its text does not say so."""
        if not self.in_place:
            return ()
        changed = sorted({name for outcome in self.outcomes for name in outcome.changed})
        return (
            f"Besides, {listed(changed)} {'is' if len(changed) == 1 else 'are'} changed, and the caller still needs "
            f"{'it: make a new one' if len(changed) == 1 else 'them: make new ones'}.",
        )

    def _about_numbers(self, fault):
        """What stands out in a number of the result, over all cases."""
        right = [(o, r) for o, r in zip(self.outcomes, self.cases.references, strict=False) if r.error is None]
        if fault.stage != "values" or any(o.error is not None for o, _ in right):
            return
        found = first_wrong_number(self.exercise, [o.value for o, _ in right], [r.value for _, r in right])
        if found:
            sentence = numbers_pattern(*found)
            ignored = list(self._ignored()) if sentence is None else []
            if sentence or ignored:
                yield sentence or f"It does not change with {listed(ignored)}."

    def _ignored(self):
        """The names of the arguments that are numbers, and on which the right result depends, but not the answer's."""
        first, second = self.cases.arguments[:2]
        for i, name in enumerate(self.exercise.parameters):
            if isinstance(first[i], (int, float)) and first[i] != second[i]:
                args = (*first[:i], second[i], *first[i + 1 :])
                right, got = (
                    own_outcome(self.exercise, self.exercise.reference, args),
                    self.answer.call(args, self.deadline),
                )
                if right.error is None and got.error is None:
                    was_right, was_got = self.cases.references[0], self.outcomes[0]
                    if look_alike(self.exercise, [got], [was_got]) and not look_alike(
                        self.exercise, [right], [was_right]
                    ):
                        yield name

    def _taken_from_outside(self, fault):
        """The Fault of an answer that is wrong, and reads names that another cell has set; None if it reads none."""
        names = self.outcomes[0].outside if self.outcomes else ()
        if not names or fault.stage in (REFUSAL, PROPERTIES):
            return None
        one = len(names) == 1
        return replace(
            fault,
            headline=f"`{self.exercise.name}` takes {listed(names)} from the notebook, not from its arguments",
            body=(
                f"{listed(names)} {'is' if one else 'are'} not set in your function, so {'it is' if one else 'they are'} what "
                "some other cell has left. The check calls your function with different inputs, of different sizes.",
                f"With these, {_lower(fault.headline)}.",
                *fault.body,
            ),
            next_step=from_the_arguments(names, self.exercise.parameters, self.cases.arguments[0]),
            mistake=TAKEN_FROM_OUTSIDE.key,
        )

    def _recognise(self, everywhere):
        """The known mistakes that, alone or two at once, give exactly the same results: a tuple, empty if none.

        Unless `everywhere`, cases that must raise an error do not count: a wrong formula is the same mistake, whether or not
        it also raises the error.
        """
        if not self.outcomes or not self.naming:
            return ()
        counts = [everywhere or reference.error is None for reference in self.cases.references]
        arguments = list(compress(self.cases.arguments, counts))
        seen = list(compress(self.outcomes, counts))
        if len(seen) < len(arguments) or isinstance(seen[-1].error, OutOfTime):
            return ()
        right = list(compress(self.cases.references, counts))
        found, branch = self._explain(arguments, seen, right), self.exercise.branch
        thick = [not self._is_thin(args) for args in arguments]
        if not found and not all(thick):  # where a size is 1, one mistake may do different things in different words
            seen, right, arguments = (list(compress(of_cases, thick)) for of_cases in (seen, right, arguments))
            if not look_alike(self.exercise, seen, right):
                found = self._explain(arguments, seen, right)
        # Of what is drawn at random nobody can tell whether it would be right for the arguments as they were.
        if not found and self.exercise.by_value and any(outcome.changed for outcome in seen):
            unchanged = [replace(outcome, changed=()) for outcome in seen]
            if not look_alike(self.exercise, unchanged, right):
                found = self._explain(arguments, unchanged, right)
                self.in_place = bool(found)
        if not found and not look_alike(self.exercise, seen, right):
            answerable = [r.error is None for r in right]
            found = self._copied(*(list(compress(of_cases, answerable)) for of_cases in (arguments, seen, right)))
        if found or not branch:
            return found
        wrong = [not look_alike(self.exercise, [s], [r]) for s, r in zip(seen, right, strict=True)]
        if not any(wrong):
            return ()
        went_wrong = branch(*arguments[wrong.index(True)])
        same = [branch(*args) == went_wrong for args in arguments]
        return self._explain(*(list(compress(of_cases, same)) for of_cases in (arguments, seen, right)))

    def _explain(self, arguments, seen, right):
        """The known mistakes that give the same results in these cases: a tuple of one or two, empty if none do.

        A mistake that a predicate recognises may do no harm where a size is 1, as in a sequence of a single step, and where
        there is no answer, which is refused.
        """

        by_chance = self._is_right_but_for_chance(arguments, seen, right)
        does = self._comparison(arguments, seen, right)
        for mistake in self.exercise.mistakes.values():
            if mistake.when:
                if self._is_recognised(mistake, arguments, seen, right):
                    return (mistake,)
            elif not by_chance and does(mistake):
                return (mistake,)
        pairs = () if by_chance else self.exercise.pairs
        return next(((a, b) for a, b, both in pairs if does(both)), ())

    def _is_recognised(self, mistake, arguments, seen, right):
        """Whether a mistake's predicate recognises it in one case at least, and in all those where it does harm."""
        shown = False
        for args, o, r in zip(arguments, seen, right, strict=True):
            if o.error is None and not o.changed and _holds(mistake.when, args, o.value):
                shown = True
            elif not self._is_harmless(args, o, r):
                return False
        return shown

    def _is_harmless(self, args, outcome, reference):
        if outcome.refused and reference.error is not None:
            return True
        is_thin = self.exercise.by_value and self._is_thin(args)
        return is_thin and look_alike(self.exercise, [outcome], [reference])

    def _copied(self, arguments, seen, right):
        """The mistake of a copied line that gives the same results in these cases, as a tuple, empty if none does."""
        if not arguments or not self.exercise.by_value or self.exercise.use or any(o.error is not None for o in seen):
            return ()
        does, easiest = self._comparison(arguments, seen, right), arguments[self._easiest_first(arguments)[0]]
        return next(((mistake,) for mistake in copied_lines(self.exercise, easiest) if does(mistake)), ())

    def _comparison(self, arguments, seen, right):
        """A function that tells whether a wrong answer, such as a Mistake, gives the same results as the learner's.

        Most differ in the easiest case, and there by a glance at their fingerprints. The others are compared case by case.
        """
        order = self._easiest_first(arguments)
        if not order or self._by_chance(arguments[order[0]]):
            return lambda wrong: self._does(wrong.fn, order, arguments, seen)
        args = arguments[order[0]]
        known = table(self.exercise, self.cases.seed, self._numbers[id(args)], right[order[0]])
        may_be = known.comparison(self.exercise, args, fingerprint(seen[order[0]]))
        return lambda wrong: may_be(wrong) and self._does(wrong.fn, order, arguments, seen)

    def _does(self, fn, order, arguments, seen):
        """Whether a function gives the same results as the answer, case by case in this order."""
        return all(self._same(arguments[i], seen[i], self._outcome_of(fn, arguments[i])) for i in order)

    def _outcome_of(self, fn, args):
        """What a known mistake does with the arguments of a case. It is called once, however often it is compared."""
        key = fn, id(args)
        if key not in self._known:
            self._known[key] = own_outcome(self.exercise, fn, args)
        return self._known[key]

    def _easiest_first(self, arguments):
        """Numbers of the cases, the smallest first, where a call is short; a size of 1, where many mistakes do the same, last."""
        key = tuple(map(id, arguments))
        if key not in self._order:
            ease = [(self._is_thin(args), numbers_in(args)) for args in arguments]
            self._order[key] = sorted(range(len(arguments)), key=ease.__getitem__)
        return self._order[key]

    def _same(self, args, one, other):
        """Whether two outcomes are the same; where a result is left to chance, whether both have the same error, or none."""
        if not self._by_chance(args) or one.error or other.error:
            return look_alike(self.exercise, [one], [other])
        return one.changed == other.changed

    def _by_chance(self, args):
        return self.exercise.chance is not None and self.exercise.chance(*args)

    def _is_right_but_for_chance(self, arguments, seen, right):
        """Whether all is right that is not left to chance: then no mistake is named by what it returns."""
        if self.exercise.chance is None:
            return False
        return all(map(self._same, arguments, seen, right))

    def _refused_elsewhere(self):
        """A note if arguments were refused only because a function that the answer calls could not work with them."""
        for args, outcome in zip(self.cases.arguments, self.outcomes, strict=True):
            if isinstance(outcome.error, ValueError) and not outcome.refused:
                told = str(outcome.error).partition("\n")[0][:120]
                return (
                    f"For {written(self.exercise, args)}, the ValueError comes from a function that yours calls"
                    f"{_in(outcome.place)}: {told}. That counts, but a `raise` of your own can say what is wrong with the arguments.",
                )
        return ()

    def _printed(self):
        total = sum(o.printed_characters for o in self.outcomes)
        text = next((o.printed for o in self.outcomes if o.printed), "")
        if not total:
            return ()
        cut = f" (the first {len(text)} of {total:,} characters)" if total > len(text) else ""
        return (f"Your function printed{cut}: {text.strip()}",)


def _lower(headline):
    return headline if headline.startswith("`") else headline[0].lower() + headline[1:]


def _ended(outcome):
    return f"ended in {type(outcome.error).__name__}" if outcome.error else f"returned {describe(outcome.value)}"


def _has_a_size_of_1(value):
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return any(map(_has_a_size_of_1, value))
    return isinstance(value, np.ndarray) and 1 in value.shape


def _can_be_called_as(wanted, got):
    """Whether a function of signature `got` takes what `wanted` takes, with and without the optional arguments."""
    needed = [name for name, p in wanted.parameters.items() if p.default is p.empty]
    try:
        got.bind(*needed)
        got.bind(*wanted.parameters)
    except TypeError:
        return False
    return True


class _Stopped(Exception):
    """An answer raised an error while a property was tried on it, or returned something of another form."""

    def __init__(self, args_given, outcome: Outcome, fault: Fault | None = None):
        self.args_given, self.outcome, self.fault = args_given, outcome, fault


_IN_PLACE = {  # what a call changes, by its type, and how to leave it alone
    np.ndarray: (
        "An array",
        "Avoid `+=`, `*=` and `a[...] = …` on an argument: `h = h + 1` makes a new array, `h += 1` does not.",
    ),
    dict: (
        "A dict",
        "`d[key] = …`, `d.setdefault(…)` and `d.pop(…)` change the dict itself. `d.get(key, …)` only reads; keep what you "
        "compute under a name of your own.",
    ),
    list: (
        "A list",
        "`append`, `sort`, `pop` and a generator's `shuffle` change the list itself. `sorted(…)`, `list(…)` and a generator's "
        "`permutation` make a new one.",
    ),
}


def _is_torchs(error):
    """Whether PyTorch raised this NotImplementedError: for a module without `forward`, or for a dtype."""
    return re.search(r"missing the required|not implemented for", str(error)) is not None


def _in(place):
    return f" (in `{place.text}`)" if place else ""


def _holds(predicate, *args):
    try:
        return bool(predicate(*args))
    except ImportError:
        raise
    except Exception:  # so what the answer returned is not this mistake; MemoryError too: NumPy may broadcast it
        return False
