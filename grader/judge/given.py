"""Which of a lesson's own cells need not be run again in a submission, because nothing in it can make a difference to them.

A rehearsal runs the whole lesson, and notes what each of its own cells shows, and which names it reads and changes. In a
submission, a cell of the lesson that was not changed is run only

- if it reads something that the submission's cells may change, or
- if one of the submission's cells, or of the checks, may read something that it changes,

directly or through other cells. For every other cell the notebook gets what the rehearsal showed. A prediction is put into
the line that compares it with what came, so that no cell needs to be run for it. If the text of one of the
submission's cells does not say what it reads and changes, all cells are run. This decides about time and about what is
displayed, never about marks: whoever submits a notebook could have deleted these cells.
"""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader.base.predictions import in_words, told
from grader.judge.guest.observing import SETTINGS
from grader.judge.outputs import harmless
from grader.notebook.names import GENERATORS, names_of, predictions_of, questions_of
from grader.notebook.reading import grade_id

LARGEST = 200_000  # characters of a submission's own cells: to look through more would take long
LONGEST_GUESS = 2_000  # characters of a prediction in words
_DRAWN = frozenset(GENERATORS)
MODULES = (".py", ".pyc", ".pyd", ".so", ".pth", ".ipy")  # of files that a cell may import


@dataclass(frozen=True)
class Seen:
    """What a rehearsal saw of one code cell: its outputs as a notebook holds them, their size in bytes, how it ended, and
    what it changed, as grader.judge.guest.observing reports it; None if it had to be stopped.
    """

    outputs: list
    used: int
    status: str
    changes: dict | None


@dataclass(frozen=True)
class _Given:
    """A cell of the lesson's own. `reads` are the names that make a difference to it, also through the functions it calls.

    `count` is how many cells had been run, including it, if its outputs show that number, as an error does; otherwise None.
    `questions` are the predictions that it compares with what came, see questions_of; None if that is not clear.
    `predictions` are those that it makes, if it does nothing else; then it may be the submission's own. `own` are the names
    that it reads only as in ``own(name)``: there the course's function counts, as long as the name stands for anything.
    """

    outputs: list
    used: int
    count: int | None
    reads: frozenset
    writes: frozenset
    questions: dict | None
    predictions: dict | None = None
    own: frozenset = frozenset()


class Given:
    """The lesson's own cells, as a rehearsal saw them.

    Parameters
    ----------
    seen : iterable of (cell, Seen), all code cells of the rehearsed notebook in order
    """

    def __init__(self, seen=()):
        seen = list(seen)
        for cell, _ in seen:
            names_of(cell.source)  # which is then known, also of a check
        seen = [(cell, how) for cell, how in seen if grade_id(cell) is None]
        self._mutable = frozenset().union(*(how.changes["mutable"] for _, how in seen if how.changes))
        found, sources = {}, [cell.source for cell, _ in seen]
        for cell, how in seen:
            names = names_of(cell.source)
            # A check is the judge's, with inputs of its own for each submission.
            if how.changes and not names.looks and "check" not in names.reads and sources.count(cell.source) == 1:
                reads = names.reads - _DRAWN
                writes = names.writes - _DRAWN | {*how.changes["changed"]} | (reads & {*how.changes["unsure"]})
                # Which random numbers it draws depends on those that were drawn before.
                reads |= writes & _DRAWN
                count = cell.execution_count if how.status == "error" else None
                asked, made = questions_of(cell.source), predictions_of(cell.source)
                found[cell.source] = _Given(how.outputs, how.used, count, reads, writes, asked, made, names.own)
        self._writers = list(found.values())
        self._reach = self._all_reaches()
        self._cells = {source: replace(cell, reads=self._through(cell.reads)) for source, cell in found.items()}
        self._order = {source: number for number, source in enumerate(self._cells)}

    def idle(self, cells, counts, files=()):
        """The cells of a submission that need not be run.

        Parameters
        ----------
        cells : list of code cells, in order: the submission's after repair
        counts : list of int, the number that each has when it is run
        files : paths of the files next to the notebook

        Returns
        -------
        idle : dict from a cell's place in the list to (outputs, their size in bytes)
        """
        if any(PurePosixPath(path).suffix.lower() in MODULES for path in files):
            return {}
        if sum(len(cell.source) for cell in cells if cell.source not in self._cells) > LARGEST:
            return {}
        given = [self._known(cell) for cell in cells]
        places = [self._order[cell.source] for cell in cells if grade_id(cell) is None and cell.source in self._order]
        if places != sorted(set(places)):  # moved, or there twice
            return {}
        own = [names_of(cell.source) for cell, known in zip(cells, given, strict=True) if not known]
        if any(names.unclear for names in own):
            return {}
        shown = self._unaffected(cells, given, counts)
        run = {place for place, known in enumerate(given) if known and place not in shown}
        needed = self._through(frozenset([SETTINGS]).union(*(names.reads for names in own)))
        needed = needed.union(*(given[place].reads for place in run))
        last = max((place for place, known in enumerate(given) if not known or place in run), default=-1)
        while more := [n for n in shown if n < last and not given[n].writes.isdisjoint(needed)]:
            needed = needed.union(*(given[place].reads for place in more))
            for place in more:
                del shown[place]
        return shown

    def _known(self, cell):
        """A cell as one of the lesson's own, or as one that only predicts; otherwise None."""
        if grade_id(cell) is not None:
            return None
        if cell.source in self._cells:
            return self._cells[cell.source]
        made = predictions_of(cell.source)
        if made is None:
            return None
        names = names_of(cell.source)
        return _Given([], 0, None, self._through(names.reads), names.writes, {}, made)

    def _unaffected(self, cells, given, counts):
        """The cells that read nothing which the submission's cells may change: a dict from their places to outputs and size."""
        there = {cell.source for cell in cells}
        gone = (known.writes for source, known in self._cells.items() if source not in there)
        changed = frozenset(name for writes in gone for name in writes if not name.startswith("?"))
        shown, guesses, bound = {}, {}, set()
        for place, (cell, known) in enumerate(zip(cells, given, strict=True)):
            if known is None:
                names = names_of(cell.source)
                # Whatever can be changed in place may be, also by a function that is called.
                changed |= names.writes | (self._through(names.reads) & self._mutable)
                bound |= names.writes
                continue
            outputs = None
            same = known.reads.isdisjoint(changed) and known.own <= bound
            if same and known.count in (None, counts[place]):
                outputs = _with_guesses(known, guesses)
            if outputs is None:
                changed |= known.writes
            else:
                shown[place] = outputs, known.used
            for name, guess in (known.predictions or {}).items():
                guesses[name] = guess
        return shown

    def _through(self, names):
        """Names, and all that the cells read that make them."""
        return names.union(*(self._reach.get(name, frozenset()) for name in names))

    def _all_reaches(self):
        """For each name all names that the cells read that make it, directly or through others."""
        reach = {}
        for cell in self._writers:
            for name in cell.writes:
                reach[name] = reach.get(name, frozenset()) | cell.reads
        grown = True
        while grown:
            grown = False
            for name, found in reach.items():
                further = found.union(*(reach.get(other, frozenset()) for other in found))
                if further != found:
                    reach[name], grown = further, True
        return reach


def _with_guesses(known, guesses):
    """The outputs of a cell, with what was predicted; None if the cell has to be run for that."""
    if known.questions is None:
        return None
    outputs = known.outputs
    for name, unit in known.questions.items():
        try:
            guess = in_words(guesses.get(name, ...))
        except ValueError:  # a number with thousands of digits
            return None
        if guess is not None:
            outputs = _with_guess(outputs, name, unit, guess)
        if outputs is None:
            return None
    return outputs


def _with_guess(outputs, name, unit, guess):
    """Outputs in which one line compares a result with a prediction; None if there is not exactly one such line."""
    begin, end = told(name, "\n", unit, None).split("\n")
    found = [
        (number, line)
        for number, output in enumerate(outputs)
        if output.output_type == "stream"
        for line in output.text.split("\n")
        if line.startswith(begin) and line.endswith(end)
    ]
    if len(found) != 1 or len(guess) > LONGEST_GUESS:
        return None
    number, line = found[0]
    compared = harmless(told(name, line[len(begin) : -len(end)], unit, guess))
    changed = list(outputs)
    changed[number] = type(outputs[number])({**outputs[number], "text": outputs[number].text.replace(line, compared)})
    return changed
