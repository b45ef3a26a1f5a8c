"""Which of a lesson's own cells need not be run again in a submission, because nothing in it can make a difference to them.

A rehearsal runs the whole lesson, and notes what each of its own cells shows, and which names it reads and changes. In a
submission, a cell of the lesson that was not changed is run only

- if it reads something that the submission's cells may change, or
- if one of the submission's cells, or of the checks, may read something that it changes,

directly or through other cells. For every other cell the notebook gets what the rehearsal showed. If the text of one of the
submission's cells does not say what it reads and changes, all cells are run. This decides about time and about what is
displayed, never about marks: whoever submits a notebook could have deleted these cells.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.judge.guest.observing import SETTINGS
from grader.notebook.names import GENERATORS, names_of
from grader.notebook.reading import grade_id

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
    """

    outputs: list
    used: int
    count: int | None
    reads: frozenset
    writes: frozenset


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
                found[cell.source] = _Given(how.outputs, how.used, count, reads, writes)
        self._writers = list(found.values())
        self._reach = self._all_reaches()
        self._cells = {
            source: _Given(cell.outputs, cell.used, cell.count, self._through(cell.reads), cell.writes)
            for source, cell in found.items()
        }
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
        given = [self._cells.get(cell.source) if grade_id(cell) is None else None for cell in cells]
        places = [self._order[cell.source] for cell, known in zip(cells, given, strict=True) if known]
        if places != sorted(set(places)):  # moved, or there twice
            return {}
        own = [names_of(cell.source) for cell, known in zip(cells, given, strict=True) if not known]
        if any(names.unclear for names in own):
            return {}
        run = self._affected(cells, given)
        run |= {place for place, known in enumerate(given) if known and known.count not in (None, counts[place])}
        needed = self._through(frozenset([SETTINGS]).union(*(names.reads for names in own)))
        needed = needed.union(*(given[place].reads for place in run))
        last = max((place for place, known in enumerate(given) if not known or place in run), default=-1)
        waiting = [place for place, known in enumerate(given) if known and place not in run and place < last]
        while more := [place for place in waiting if not given[place].writes.isdisjoint(needed)]:
            needed = needed.union(*(given[place].reads for place in more))
            waiting = [place for place in waiting if place not in more]
            run |= set(more)
        return {place: (known.outputs, known.used) for place, known in enumerate(given) if known and place not in run}

    def _affected(self, cells, given):
        """The places of the lesson's cells that read what the submission's cells may change."""
        there = {id(known) for known in given if known}
        changed = frozenset().union(*(known.writes for known in self._cells.values() if id(known) not in there))
        affected = set()
        for place, (cell, known) in enumerate(zip(cells, given, strict=True)):
            if known:
                if known.reads.isdisjoint(changed):
                    continue
                affected.add(place)
                changed |= known.writes
            else:
                names = names_of(cell.source)
                # Whatever can be changed in place may be, also by a function that is called.
                changed |= names.writes | (self._through(names.reads) & self._mutable)
        return affected

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
