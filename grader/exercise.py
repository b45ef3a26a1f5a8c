"""What an exercise is: a reference, inputs, laws, mistakes and hints. Everything about it except its prose."""

import functools
import importlib
import inspect
import itertools
import re
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from grader.uses import used


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really write.

    `name` is its short title and `advice` says what happened and where to look; both come from the docstring of `fn`.
    `when(args, result)` recognises the mistake where outputs cannot be compared, because the answer draws at random.
    """

    key: str
    name: str
    advice: str
    fn: Callable
    when: Callable | None = None


@dataclass(frozen=True)
class Law:
    """Something that must hold whatever the values. `holds(f, rng)` is True if the answer `f` obeys it.

    `broken_by` is an answer that breaks it, where none of the mistakes does: a law that nothing breaks tests nothing.
    """

    key: str
    name: str
    advice: str
    holds: Callable
    broken_by: Callable | None = None


# Sizes (B, I, H) of a step, and (T, B, I, H) of a run, for edges: each size is 1 once, and all of them are.
THIN_STEPS = ((1, 3, 4), (4, 1, 3), (5, 3, 1), (1, 1, 1))
THIN_RUNS = ((5, 1, 3, 4), (1, 4, 3, 5), (6, 4, 1, 3), (4, 3, 5, 1), (1, 1, 1, 1))


def thin(draw, sizes):
    """Edges for sizes of 1, where an axis gets lost easily: what ``draw(rng, sizes)`` gives for each of `sizes`."""
    return tuple(draw(np.random.default_rng(seed), some) for seed, some in enumerate(sizes))


class Late:
    """A function or class that is looked up when it is needed, since importing it takes torch, and torch takes time.

    ``Late("GRUCell")`` is gru_ref's; ``Late("GRUCell", "torch.nn")`` would be PyTorch's.
    """

    def __init__(self, name, module="gru_ref"):
        self.__name__, self._module = name, module

    @property
    def __wrapped__(self):  # so that `inspect` finds its signature
        return getattr(importlib.import_module(self._module), self.__name__)

    def __call__(self, *args):
        return self.__wrapped__(*args)


@dataclass
class Exercise:
    """One exercise, declared once in ``grader/exercises/<lesson>.py``.

    Parameters
    ----------
    reference : the `gru_ref` function that answers it; its name is the exercise's name
    inputs : ``inputs(rng)`` draws the arguments of one call; sizes all different, no zeros where a mistake could hide
    hints : three sentences, each a nudge further, never the whole answer
    axes : names of the result's axes, such as ``"T B H"``, for messages
    parts : of a result that is a tuple, each part's name and axes: ``{"dx": "B I", "dh_prev": "B H", "grads": ""}``;
        what is itself a tuple gets a dict of its own, and a NamedTuple ``""``, since its fields name themselves
    edges : further fixed argument tuples
    refusals : argument tuples for which there is no answer, or functions of a generator that draw such: the reference
        raises ValueError, and so must the answer
    by_value : False where the answer draws at random, so that only its laws can be judged
    quiet : True where a NumPy warning is a failure
    rtol, atol : tolerance of the comparison with the reference
    seconds : time that all calls of one check may take together
    branch : ``branch(*args)`` says which branch of the answer a case goes through, such as its ``kind``; where no mistake
        explains all cases, one is named that explains those of the branch that went wrong first
    use : ``use(answer, *args)`` calls the answer where it does not take the drawn arguments, or return arrays, itself;
        what it returns is judged
    hidden : further functions and classes that would answer it; like the reference, they refuse to be called

    An answer that is a class, or takes tensors, is judged by what `use` returns. Tensors in it become arrays. So that
    nobody waits for torch before lesson 11, the reference is declared as `Late`, and torch imported within functions::

        def step(GRUCell, I, H, weights, x, h):
            import torch

            cell = GRUCell(I, H)
            cell.load_state_dict({name: torch.tensor(w) for name, w in weights.items()})
            return cell(torch.tensor(x), torch.tensor(h))

        GRUCell = Exercise(reference=Late("GRUCell"), use=step, inputs=draw_cell, …)

    Its mistakes, answers in other styles, and `broken_by` are functions with the arguments of the class, which define a
    wrong class inside and return an object of it. Laws get the function ``f(I, H, weights, x, h)``.
    """

    reference: Callable
    inputs: Callable
    hints: tuple[str, ...]
    axes: str = ""
    parts: dict | None = None
    edges: tuple[tuple, ...] = ()
    refusals: tuple[tuple | Callable, ...] = ()
    by_value: bool = True
    quiet: bool = False
    rtol: float = 1e-7
    atol: float = 1e-10
    seconds: float = 5.0
    branch: Callable | None = None
    use: Callable | None = None
    hidden: tuple[Callable, ...] = ()
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    laws: dict[str, Law] = field(default_factory=dict)
    others: list[Callable] = field(default_factory=list)
    slip_groups: tuple[tuple[str, ...], ...] = ()
    slip_exceptions: tuple[tuple[str, str], ...] = ()
    with_slips: Callable | None = None

    @property
    def name(self):
        return self.reference.__name__

    @property
    def hidden_elsewhere(self):
        """What of `hidden` is another package's, as pairs: ``[("torch.nn", "GRU")]``."""
        late = [fn for fn in self.hidden if isinstance(fn, Late)]
        return [(fn._module, fn.__name__) for fn in late if fn._module != "gru_ref"]

    @property
    def declared(self):
        """What is declared about the result: its parts, or else its axes."""
        return self.parts or self.axes

    @property
    def default_seed(self):
        """Fixed for each exercise, so that a message stays the same while one looks for the mistake."""
        return zlib.crc32(self.name.encode())

    @functools.cached_property  # while the reference is out of reach, so is its signature
    def signature(self):
        """What the answer is called with: the reference's signature, without options that go by keyword alone."""
        whole = inspect.signature(self.reference)
        return whole.replace(parameters=[p for p in whole.parameters.values() if p.kind is not p.KEYWORD_ONLY])

    @property
    def parameters(self):
        """Names of the drawn arguments, in order."""
        if self.use:
            return tuple(inspect.signature(self.use).parameters)[1:]
        return tuple(self.signature.parameters)

    def used(self, answer):
        """`answer` as a function of the drawn arguments."""
        return used(self.use, answer)

    def mistake(self, fn=None, *, when=None):
        """Decorator: declare a known mistake. The docstring's first line names it, the rest advises."""

        def declare(fn):
            name, advice = split_docstring(fn)
            _add(self.mistakes, Mistake(fn.__name__, name, advice, fn, when))
            return fn

        return declare(fn) if fn else declare

    def law(self, fn=None, *, broken_by=None):
        """Decorator: declare a law ``fn(f, rng) -> bool``. The docstring's first line states it, the rest advises."""

        def declare(fn):
            name, advice = split_docstring(fn)
            _add(self.laws, Law(fn.__name__, name, advice, fn, broken_by))
            return fn

        return declare(fn) if fn else declare

    def also_right(self, fn):
        """Decorator: a right answer in another style, which must pass."""
        self.others.append(fn)
        return fn

    def slips(self, *groups, but=()):
        """Decorator: declare one function that can make several known mistakes at once.

        Parameters
        ----------
        *groups : tuples of keys of mistakes that exclude one another; two mistakes at once come from two groups
        but : pairs of keys, in the groups' order, which together are another known mistake

        The function is ``fn(slip, *args)``, and ``slip(key)`` says whether to make the mistake `key`.
        """

        def declare(fn):
            self.slip_groups, self.slip_exceptions, self.with_slips = groups, tuple(but), fn
            return fn

        return declare

    def pairs(self):
        """Two known mistakes made at once: yields (first, second, function) for each pair that can be made."""
        for one, other in itertools.combinations(self.slip_groups, 2):
            for a, b in itertools.product(one, other):
                if (a, b) not in self.slip_exceptions:
                    yield self.mistakes[a], self.mistakes[b], functools.partial(self.with_slips, {a, b}.__contains__)

    def inherit(self, other, arguments):
        """Take over the mistakes of a more general exercise.

        ``arguments`` is the text of a call's arguments, such as ``"x, h, p.W_iz, p.W_hz, p.b_iz, p.b_hz"``: a wrong
        `other`, called so, is a wrong answer here. The advice then speaks of these arguments.
        """
        renamed = dict(zip(other.parameters, arguments.split(", "), strict=True))

        def adapted(text):
            return re.sub(r"\b[A-Za-z]\w*\b", lambda m: renamed.get(m.group(), m.group()), text)

        for mistake in other.mistakes.values():
            source = (
                f"{source_of(mistake.fn, other.name)}\n\n\n"
                f"def {self.name}({', '.join(self.parameters)}):\n    return {other.name}({arguments})\n"
            )
            namespace = dict(mistake.fn.__globals__)
            exec(source, namespace)
            lifted = namespace[self.name]
            lifted.__source__ = source
            _add(
                self.mistakes,
                Mistake(mistake.key, adapted(mistake.name), adapted(mistake.advice), lifted, mistake.when),
            )
        if other.with_slips:
            adapt = eval(f"lambda {', '.join(self.parameters)}: ({arguments})")
            self.slips(*other.slip_groups, but=other.slip_exceptions)(
                lambda slip, *args: other.with_slips(slip, *adapt(*args))
            )


def source_of(fn, name):
    """Source of `fn` as a learner would have written it under the name `name`: no decorator, no docstring."""
    if hasattr(fn, "__source__"):
        return fn.__source__
    source = textwrap.dedent(inspect.getsource(fn))
    source = source[re.search(r"^def ", source, re.M).start() :]
    source = re.sub(r"^def \w+", f"def {name}", source, count=1)
    return re.sub(r'\n\s*"""(?:.|\n)*?"""', "", source, count=1).rstrip() + "\n"


def split_docstring(fn):
    """Return a docstring's first line and the rest, joined to one paragraph."""
    name, _, advice = inspect.getdoc(fn).partition("\n")
    return name.rstrip("."), " ".join(advice.split())


def _add(table, item):
    if item.key in table:
        raise ValueError(f"{item.key} is declared twice")
    table[item.key] = item
