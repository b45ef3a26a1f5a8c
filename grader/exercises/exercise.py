"""An exercise: its reference, inputs, properties, mistakes and hints. Everything about it except its prose."""

import functools
import importlib
import inspect
import re
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from grader.answer.uses import used
from grader.exercises.mistakes import MistakesError, read_mistakes
from gru_ref import sealing


@dataclass(frozen=True)
class Property:
    """Something that must hold for all values. `holds(f, rng)` is True if the answer `f` satisfies it.

    `broken_by` is an answer that breaks it, if none of the mistakes does: a property that nothing breaks tests nothing.
    """

    key: str
    name: str
    advice: str
    holds: Callable
    broken_by: Callable | None = None


class Broken:
    """What a property returns in place of False, to show in the message what broke it. It counts as False.

    `facts` are pairs of a key, such as "yours" or "expected", and a text; they stand in place of the last call's result.
    """

    def __init__(self, *facts):
        self.facts = facts

    def __bool__(self):
        return False


# Sizes (B, I, H) of a step, and (T, B, I, H) of a run, for edges: each size is 1 once, and all of them are.
THIN_STEPS = ((1, 3, 4), (4, 1, 3), (5, 3, 1), (1, 1, 1))
THIN_RUNS = ((5, 1, 3, 4), (1, 4, 3, 5), (6, 4, 1, 3), (4, 3, 5, 1), (1, 1, 1, 1))


def thin(draw, sizes):
    """Edges for sizes of 1, where an axis is easily lost: the result of ``draw(rng, sizes)`` for each of `sizes`."""
    return tuple(draw(np.random.default_rng(seed), some) for seed, some in enumerate(sizes))


class Late:
    """A function or class that is looked up when it is needed, since it imports torch, which takes time.

    ``Late("GRUCell")`` is gru_ref's; ``Late("GRUCell", "torch.nn")`` would be PyTorch's.
    """

    def __init__(self, name, module="gru_ref"):
        self.__name__, self._module = name, module

    @property
    def __wrapped__(self):  # so that `inspect` finds its signature
        return getattr(importlib.import_module(self._module), self.__name__)

    def __call__(self, *args):
        return self.__wrapped__(*args)


@dataclass(eq=False)
class Exercise:
    """One exercise, declared once in ``grader/exercises/<lesson>.py``.

    Parameters
    ----------
    reference : the `gru_ref` function that answers it; its name is the exercise's name
    inputs : ``inputs(rng)`` draws the arguments of one call; sizes all different, no zeros where a mistake could hide
    hints : three sentences, each a bit more specific, never the whole answer
    axes : names of the result's axes, such as ``"T B H"``, for messages
    parts : for a tuple as result, each part's name and axes: ``{"dx": "B I", "dh_prev": "B H", "grads": ""}``;
        a part that is itself a tuple gets its own dict, and a NamedTuple ``""``, since its fields have names
    edges : further fixed argument tuples
    refusals : argument tuples for which there is no answer, or functions of a generator that draw such tuples: the
        reference raises ValueError, and so must the answer
    by_value : False if the answer draws at random, so that only its properties can be checked
    chance : ``chance(*args)`` says whether a case's result is left to chance: the check then looks at its form only, and
        recognises mistakes by ``when=``; it compares all other cases with the reference
    quiet : True if a NumPy warning is a failure
    rtol, atol : tolerance of the comparison with the reference
    any_float : whether float32 is as right as float64
    seconds : time that all calls of one check may take together
    branch : ``branch(*args)`` says which branch of the answer a case takes, such as its ``kind``; if no mistake explains
        all cases, the check names one that explains those of the first branch that went wrong
    use : ``use(answer, *args)`` calls the answer if it does not itself take the drawn arguments, or return arrays;
        its result is checked
    seen : ``seen(*args)`` gives the arguments that a message shows, a dict by name, if `use` calls the answer with others
        than those that are drawn
    hidden : further functions and classes that would answer it; like the reference, they refuse to be called
    known : Path of the Markdown with its known mistakes, or its text: see `grader.exercises.mistakes`
    calls : another exercise, and a call's arguments such as ``"x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz"``: the answer makes this
        call, so that each wrong answer to the other exercise, called like this, is a wrong answer to this one
    limits : a sentence that a verdict adds to a right answer: what the check did not look at

    An answer that is a class, or takes tensors, is checked by the result of `use`, in which tensors become arrays. So that
    nobody waits for torch before lesson 11, declare the reference as `Late`, and import torch within functions::

        def step(GRUCell, I, H, weights, x, h):
            import torch

            cell = GRUCell(I, H)
            cell.load_state_dict({name: torch.tensor(w) for name, w in weights.items()})
            return cell(torch.tensor(x), torch.tensor(h))

        GRUCell = Exercise(reference=Late("GRUCell"), use=step, inputs=draw_cell, …)

    Its mistakes, answers in other styles, and `broken_by` are functions with the arguments of the class, which define a
    class inside and return an object of it. Properties get the function ``f(I, H, weights, x, h)``.
    """

    reference: Callable
    inputs: Callable
    hints: tuple[str, ...]
    axes: str = ""
    parts: dict | None = None
    edges: tuple[tuple, ...] = ()
    refusals: tuple[tuple | Callable, ...] = ()
    by_value: bool = True
    chance: Callable | None = None
    quiet: bool = False
    rtol: float = 1e-7
    atol: float = 1e-10
    any_float: bool = False
    seconds: float = 5.0
    branch: Callable | None = None
    use: Callable | None = None
    seen: Callable | None = None
    hidden: tuple[Callable, ...] = ()
    known: Path | str = ""
    calls: tuple["Exercise", str] | None = None
    limits: str = ""
    properties: dict[str, Property] = field(default_factory=dict)
    others: list[Callable] = field(default_factory=list)
    recognisers: dict[str, Callable] = field(default_factory=dict)
    remarks: list[Callable] = field(default_factory=list)

    @property
    def name(self):
        return self.reference.__name__

    @property
    def hidden_elsewhere(self):
        """The entries of `hidden` from other packages, as pairs: ``[("torch.nn", "GRU")]``."""
        late = [fn for fn in self.hidden if isinstance(fn, Late)]
        return [(fn._module, fn.__name__) for fn in late if fn._module != "gru_ref"]

    @property
    def declared(self):
        """The declaration of the result: its parts, or else its axes."""
        return self.parts or self.axes

    @property
    def default_seed(self):
        """Fixed for each exercise, so that a message stays the same while the learner looks for the mistake."""
        return zlib.crc32(self.name.encode())

    @functools.cached_property  # the signature is out of reach whenever the reference is
    def signature(self):
        """The signature for calls of the answer: the reference's, without keyword-only options."""
        whole = inspect.signature(self.reference)
        return whole.replace(parameters=[p for p in whole.parameters.values() if p.kind is not p.KEYWORD_ONLY])

    @property
    def parameters(self):
        """Names of the drawn arguments, in order."""
        if self.use:
            return tuple(inspect.signature(self.use).parameters)[1:]
        return tuple(self.signature.parameters)

    def shown(self, args):
        """The arguments that a message shows for a case: pairs of a name and a value."""
        return tuple(self.seen(*args).items()) if self.seen else tuple(zip(self.parameters, args, strict=False))

    def used(self, answer):
        """`answer` as a function of the drawn arguments."""
        return used(self.use, answer)

    def compares(self, args):
        """Whether the result of a case is compared with the reference's."""
        return self.by_value and not (self.chance and self.chance(*args))

    @functools.cached_property
    def _read(self):
        return read_mistakes(self.known, self.name, self.recognisers)

    @functools.cached_property
    def _handed_on(self):
        called, arguments = self.calls
        return called._read.handed_on(self.name, self.parameters, called, arguments)

    @functools.cached_property
    def mistakes(self):
        """The known mistakes by key: a dict of `grader.exercises.mistakes.Mistake`. Read when they are first needed."""
        inherited = self._handed_on.mistakes if self.calls else {}
        if both := inherited.keys() & self._read.mistakes.keys():
            raise MistakesError(f"{self.name} already has the key {min(both)} from {self.calls[0].name}")
        return {**inherited, **self._read.mistakes}

    @property
    def answers(self):
        """The right answers whose edits are the mistakes, by style: a dict of sources."""
        return self._read.answers

    @property
    def sources(self):
        """All known answers, right and wrong, as a learner would have written them: a list of sources."""
        right = [source_of(fn, self.name) for fn in self.others]
        return [*right, *self.answers.values(), *(mistake.source for mistake in self.mistakes.values())]

    @functools.cached_property
    def pairs(self):
        """Two known mistakes made at once: a tuple of (first, second, both), each a `grader.exercises.mistakes.Mistake`."""
        return (*(self._handed_on.pairs if self.calls else ()), *self._read.pairs)

    def recognises(self, fn):
        """Decorator: declare a function ``when(args, result)`` that recognises a mistake; its text names it by ``when=``."""
        self.recognisers[fn.__name__] = fn
        return fn

    def remark(self, fn):
        """Decorator: declare a function ``remark(args, result, right)`` that says in a sentence what stands out in wrong values.

        It returns None if nothing does, and may raise an ArithmeticError. A message has this sentence if no known mistake is
        recognised.
        """
        self.remarks.append(fn)
        return fn

    def also_right(self, fn):
        """Decorator: a right answer in another style, which must pass."""
        self.others.append(fn)
        return fn

    # Declared last: above, `property` is Python's own.
    def property(self, fn=None, *, broken_by=None):
        """Decorator: declare a property ``fn(f, rng) -> bool``. The docstring's first line states it, the rest gives advice."""

        def declare(fn):
            name, advice = split_docstring(fn)
            _add(self.properties, Property(fn.__name__, name, advice, fn, broken_by))
            return fn

        return declare(fn) if fn else declare


def source_of(fn, name):
    """Source of `fn` as a learner would have written it under the name `name`: no decorator, no docstring."""
    source = textwrap.dedent(_text_of(fn))
    source = source[re.search(r"^def ", source, re.M).start() :]
    source = re.sub(r"^def \w+", f"def {name}", source, count=1)
    return re.sub(r'\n\s*"""(?:.|\n)*?"""', "", source, count=1).rstrip() + "\n"


def _text_of(fn):
    """What `inspect.getsource` returns, also for a function of a module that is sealed."""
    path = Path(inspect.getfile(fn))
    if not sealing.sealed_path(path).exists():
        return inspect.getsource(fn)
    lines = sealing.read_text(path).splitlines(keepends=True)
    return "".join(inspect.getblock(lines[fn.__code__.co_firstlineno - 1 :]))


def split_docstring(fn):
    """Return a docstring's first line and the rest, joined to one paragraph."""
    name, _, advice = inspect.getdoc(fn).partition("\n")
    return name.rstrip("."), " ".join(advice.split())


def _add(table, item):
    if item.key in table:
        raise ValueError(f"{item.key} is declared twice")
    table[item.key] = item
