"""Repair what a learner broke by accident: cells of the lesson that are missing, doubled, edited or have lost their marks.

The learner's notebook stays as it is, in the learner's order; only the cells that carry marks are repaired. If nothing
is broken, nothing changes, so that honest work is graded exactly as nbgrader alone would grade it. If more than one
reading is possible, a doubt says what a person should look at.
"""

import copy
import re
from dataclasses import dataclass, field

import nbformat

from grader.base.wording import counted
from grader.judge.marking import is_test
from grader.notebook.bindings import bound, defines, only_imports, same_code, writes
from grader.notebook.names import names_of
from grader.notebook.reading import grade_id, new_notebook
from grader.notebook.written import WrittenAnswers


@dataclass(frozen=True)
class Repaired:
    """A notebook ready to be graded. `changes` says in words what was repaired; `blank` is true if no answer was given.

    `doubts` says what a person should look at if an exercise does not pass, since the repair may be why:
    ``{"sigmoid": "there are 2 different answers to sigmoid …", …}``.
    """

    notebook: nbformat.NotebookNode
    changes: tuple[str, ...]
    blank: bool
    doubts: dict[str, str] = field(default_factory=dict)


def repair(notebook, pristine):
    """Return the notebook with every marked cell of `pristine`, the learner's notebook as it was handed out, exactly once.

    If an answer occurs several times, the one counts that its check judged when the learner ran the notebook from top to
    bottom, or if there is none, the last one that was edited. If an answer's cell is gone or untouched, the cell that
    defines the function takes its place. A check comes after the answer that it judges. An answer in words is identified
    by its question; a text near an unanswered question is shown below that, for a person to mark.

    Parameters
    ----------
    notebook : NotebookNode, as `read_notebook` returns it
    pristine : NotebookNode

    Returns
    -------
    repaired : Repaired
    """
    if _is_whole(notebook, pristine):
        return _as_it_is(notebook, pristine)
    return _Repair(notebook, pristine).run()


def _is_whole(notebook, pristine):
    """Whether each cell is the lesson's, in its place, and only answers and predictions are written: as most notebooks are.

    Then there is nothing to repair, which takes long to find out by looking for everything that could be wrong.
    """
    if len(notebook.cells) != len(pristine.cells) or not _is_in_order(pristine):
        return False
    answered = set()  # of the questions to answer in words, whether there is an answer: it may hold another one's, too
    for cell, original in zip(notebook.cells, pristine.cells, strict=True):
        name = grade_id(original)
        if (cell.id, cell.cell_type, grade_id(cell)) != (
            original.id,
            original.cell_type,
            name,
        ) or "attachments" in cell:
            return False
        if name and _is_written(original):
            answered.add(cell.source != original.source)
            fits = cell.source == original.source or WrittenAnswers(pristine).own(cell.source)
        elif cell.source == original.source:
            continue
        elif name is None:
            fits = cell.cell_type == "code" and _only_predicts(cell.source)
        else:
            fits = original.metadata.nbgrader.solution
        if not fits:
            return False
    return len(answered) < 2


def _is_in_order(pristine):
    """Whether in the lesson itself each cell has its own id, and comes after the answer that it judges."""
    places = {cell.id: n for n, cell in enumerate(pristine.cells)}
    marked = {grade_id(cell): cell for cell in pristine.cells if grade_id(cell)}
    pairs = ((marked.get(judged), marked[test]) for test, judged in _judges(marked).items())
    return len(places) == len(pristine.cells) and all(a is None or places[a.id] < places[t.id] for a, t in pairs)


def _only_predicts(source):
    names = names_of(source)
    return not names.unclear and names.reads == {"predict"} and all(name.startswith("?") for name in names.writes)


def _as_it_is(notebook, pristine):
    """The Repaired of a notebook that is whole. It shares with the two notebooks what it has in common with them."""
    cells, blank = [], True
    for cell, original in zip(notebook.cells, pristine.cells, strict=True):
        if not grade_id(original):
            metadata = nbformat.NotebookNode({k: v for k, v in cell.metadata.items() if k != "nbgrader"})
            cells.append(nbformat.NotebookNode({**cell, "metadata": metadata}))
        elif original.metadata.nbgrader.solution:
            source = _without_fences(cell.source) if original.cell_type == "code" else cell.source
            cells.append(nbformat.NotebookNode({**original, "source": source}))
            blank = blank and _same(cell, original)
        else:
            cells.append(original)
    return Repaired(new_notebook(cells, pristine.metadata), (), blank)


class _Repair:
    def __init__(self, notebook, pristine):
        self.pristine = pristine
        self.marked = {grade_id(c): c for c in pristine.cells if grade_id(c)}
        self.plain = [c for c in pristine.cells if not grade_id(c)]
        self.cells = [copy.deepcopy(c) for c in notebook.cells]
        self.changes, self.doubts = [], {}
        self.moved = set()  # answers that were chosen or found, so that their checks may have to move
        self.absent = set()  # questions whose cell was put back
        self.tags = {id(c): grade_id(c) for c in self.cells if grade_id(c) in self.marked}
        self.judges = _judges(self.marked)
        self.written = WrittenAnswers(pristine)

    def run(self):
        self._drop_wrong_tags()
        self._recover_tags()
        for name, original in self.marked.items():
            if _is_written(original):
                self._settle_question(name, original)
            elif original.metadata.nbgrader.solution:
                self._settle_answer(name, original)
        for name, original in self.marked.items():
            if not original.metadata.nbgrader.solution:
                self._settle_locked(name, original)
                self._look_between(self.judges.get(name), name)
        self._find_written()
        self._restore_marks()
        self._restore_deleted_code()
        blank = not any(self._answered(name) for name, c in self.marked.items() if c.metadata.nbgrader.solution)
        self._give_ids()
        metadata = copy.deepcopy(self.pristine.metadata)
        return Repaired(new_notebook(self.cells, metadata), tuple(self.changes), blank, self._all_doubts())

    def _copies(self, name):
        return [c for c in self.cells if self.tags.get(id(c)) == name]

    def _index(self, cell):
        return next(i for i, c in enumerate(self.cells) if c is cell)

    def _remove(self, cell):
        self.cells = [c for c in self.cells if c is not cell]

    # ---------------------------------------------------------------------------------------------------- marks

    def _drop_wrong_tags(self):
        """If several cells have the mark of one locked cell, it belongs to those with that cell's text."""
        for name, original in self.marked.items():
            copies = [] if original.metadata.nbgrader.solution else self._copies(name)
            if any(_same(c, original) for c in copies):
                for cell in copies:
                    if not _same(cell, original):
                        del self.tags[id(cell)]

    def _recover_tags(self):
        """A cell that lost its marks is identified by its id or by the lesson's text, a question also with an answer in it."""
        for name, original in self.marked.items():
            if self._copies(name):
                continue
            for cell in self.cells:
                same_id = cell.cell_type == original.cell_type and cell.get("id") == original.id
                if id(cell) not in self.tags and (same_id or _same(cell, original)):
                    self.tags[id(cell)] = name
                    self.changes.append(f"the marks of cell {name} were missing")
                    break
        lost = [name for name, c in self.marked.items() if _is_written(c) and not self._copies(name)]
        for name, cell in self.written.recover([c for c in self.cells if id(c) not in self.tags], lost).items():
            self.tags[id(cell)] = name
            self.changes.append(f"the marks of cell {name} were missing: it was found by the question's text")

    # -------------------------------------------------------------------------------------------------- answers

    def _settle_answer(self, name, original):
        for cell in self.cells:  # an untouched copy without a mark would also undo the answer
            if id(cell) not in self.tags and cell.source.strip() and _untouched(cell, original, name):
                self.tags[id(cell)] = name
        copies = self._copies(name)
        edited = [c for c in copies if c.source.strip() and not _untouched(c, original, name)]
        candidates = [c for c in edited if defines(c, name)] or edited
        if not candidates and not self._is_seen(name, copies):
            candidates = self._definitions(name, original, copies)
        if not candidates:
            self._settle_untouched(name, original, copies)
            return
        if len(copies) == 1 and candidates[0] is copies[0]:
            return
        chosen = self._before_its_check(name, candidates)
        for other in copies:
            if other is not chosen:
                del self.tags[id(other)]
                if _untouched(other, original, name):  # it would undo the answer
                    self._remove(other)
        self.tags.setdefault(id(chosen), name)
        self.moved.add(name)
        if len(copies) > 1:
            which = "the last edited one" + " before its check" * self._is_judged(name, chosen)
            self.changes.append(f"the answer {name} was there {len(copies)} times: {which} was used")
        else:
            state = "untouched" if copies else "missing"
            self.changes.append(f"the answer cell {name} was {state}: the cell that defines {name} was used")
        if any(not _same(c, chosen) for c in candidates):
            self.doubts[name] = f"there are {len(candidates)} different answers to {name}, and one had to be chosen"

    def _settle_untouched(self, name, original, copies):
        if not copies:
            self._insert(copy.deepcopy(original), name)
            self.changes.append(f"the answer cell {name} was missing")
        for other in copies[1:]:
            del self.tags[id(other)]
            self._remove(other)
        if len(copies) > 1:
            self.changes.append(f"the answer {name} was there {len(copies)} times, untouched")

    def _definitions(self, name, original, copies):
        """Cells that may be the answer if its own cell is gone or untouched; code is searched for in cells of any type."""
        if original.cell_type != "code":
            return []
        own = [c for c in self.cells if not self._is_lessons(c) and not self._is_locked(c)]
        if copies:  # another exercise's answer may define a helper of that name
            own = [c for c in own if self.tags.get(id(c)) in (None, name)]
        found = [c for c in own if writes(c, name)]
        return found or ([] if copies else [c for c in own if defines(c, name)])

    def _is_seen(self, name, copies):
        """Whether the check of an untouched answer judges another cell anyway, because that is between the two."""
        checks = self._checks(name)
        if not copies or not checks:
            return False
        between = self.cells[self._index(copies[-1]) : self._index(checks[-1])]
        return any(name in bound(c) for c in between if id(c) not in self.tags)

    def _checks(self, name):
        """The cells that judge an answer."""
        return [c for c in self.cells if self.judges.get(self.tags.get(id(c))) == name]

    def _before_its_check(self, name, candidates):
        return ([c for c in candidates if self._is_judged(name, c)] or candidates)[-1]

    def _is_judged(self, name, cell):
        checks = self._checks(name)
        return bool(checks) and self._index(cell) < self._index(checks[-1])

    def _definition(self, name):
        found = [c for c in self.cells if defines(c, name) and not self._is_lessons(c) and not self._is_locked(c)]
        return found[-1] if found else None

    def _is_lessons(self, cell):
        return any(_same(cell, original) for original in self.pristine.cells)

    def _is_locked(self, cell):
        name = self.tags.get(id(cell))
        return name is not None and not self.marked[name].metadata.nbgrader.solution

    def _answer_cell(self, exercise):
        copies = self._copies(exercise)
        return copies[0] if copies else self._definition(exercise)

    # ------------------------------------------------------------------------------------------- answers in words

    def _settle_question(self, name, original):
        copies = self._copies(name)
        if not copies:
            self._insert(copy.deepcopy(original), name)
            self.absent.add(name)
            self.changes.append(f"the answer cell {name} was missing")
        elif len(copies) > 1:
            answered = [c for c in copies if self._says_something(c)]
            kept = (answered or copies)[-1]
            for other in copies:
                if other is not kept:
                    del self.tags[id(other)]
                    if _same(other, original) or _same(other, kept):
                        self._remove(other)
            others = [c for c in answered if c is not kept and not _same(c, kept)]
            for other in others:
                _add(kept, "in another copy of this cell", self.written.own(other.source), other.get("attachments", {}))
            what = "all texts are shown in the last one" if others else "the last edited one was used"
            self.changes.append(f"the answer {name} was there {len(copies)} times: {what}")

    def _says_something(self, cell):
        return bool(self.written.own(self.written.with_pictures(cell)))

    def _find_written(self):
        """Show the marker what may be an answer in words, below its question: so that cell waits for a person."""
        cells = {name: self._copies(name)[0] for name, original in self.marked.items() if _is_written(original)}
        for name, cell in cells.items():
            if _spaced_alike(cell, self.marked[name]):
                cell.source = self.written.with_pictures(cell) if cell.get("attachments") else self.marked[name].source
        unanswered = [name for name, cell in cells.items() if not self._says_something(cell)]
        if not unanswered:
            return
        for name, texts in self.written.find(self.cells, self.tags, unanswered, self.absent).items():
            for found in texts:
                _add(cells[name], found.where, found.text, found.attachments)
                if found.attachments:  # they are shown once: pictures may be large
                    found.cell.pop("attachments", None)
            places = " and ".join(dict.fromkeys(found.where for found in texts))
            self.changes.append(
                f"{name} is not answered in its own cell, but there is text {places}: a person should read it"
            )

    # ------------------------------------------------------------------------------------------------------ checks

    def _settle_locked(self, name, original):
        copies = self._copies(name)
        exercise = self.judges.get(name)
        answer = self._answer_cell(exercise) if exercise else None
        if not copies:
            self._insert(copy.deepcopy(original), name, after=answer if name == f"check_{exercise}" else None)
            self.changes.append(f"the locked cell {name} was missing")
            return
        following = [c for c in copies if answer is not None and self._index(c) > self._index(answer)]
        kept = (following or copies)[-1]
        if following and not self._is_lessons(answer):
            kept = following[0]
        if any(exercise in bound(c) for c in self._between(following[:1], following[-1:])):
            self.doubts.setdefault(exercise, f"{name} was there several times, with another {exercise} in between")
        for other in copies:
            if other is not kept:
                del self.tags[id(other)]
                if _same(other, original):
                    self._remove(other)
        if len(copies) > 1:
            self.changes.append(f"the locked cell {name} was there {len(copies)} times")
        if (
            answer is not None
            and not following
            and (exercise in self.moved or not self._is_bound_before(kept, exercise))
        ):
            self._remove(kept)
            self.cells.insert(self._index(answer) + 1, kept)
            self.changes.append(f"the locked cell {name} came before its answer")

    def _is_bound_before(self, cell, exercise):
        return any(exercise in bound(c) for c in self.cells[: self._index(cell)])

    def _between(self, first, last):
        """The learner's own cells between two, each given as a list that may be empty."""
        if not first or not last:
            return []
        between = self.cells[self._index(first[0]) + 1 : self._index(last[0])]
        return [c for c in between if id(c) not in self.tags and not any(_same(c, p) for p in self.plain)]

    def _look_between(self, exercise, check):
        """If an exercise's name is used for something else before its check, its points are lost, as in plain nbgrader."""
        if exercise:
            between = self._between(self._copies(exercise), self._copies(check))
            if any(exercise in bound(c) for c in between):
                self.doubts.setdefault(
                    exercise, f"a cell between the answer {exercise} and its check defines {exercise} again"
                )

    def _all_doubts(self):
        """Each doubt, also for the exercises whose answers use the one in doubt."""
        doubts = dict(self.doubts)
        for other, original in self.marked.items():
            answer = self._answer_cell(other) if original.metadata.nbgrader.solution else None
            for name in self.doubts if answer is not None else ():
                if other != name and re.search(rf"\b{re.escape(name)}\b", answer.source):
                    doubts.setdefault(other, self.doubts[name])
        return doubts

    # --------------------------------------------------------------------------------------------------- the cells

    def _restore_marks(self):
        for cell in list(self.cells):
            name = self.tags.get(id(cell))
            cell.metadata.pop("nbgrader", None)
            if name is None:
                continue
            original = self.marked[name]
            locked = not original.metadata.nbgrader.solution
            if cell.cell_type != original.cell_type:
                self.changes.append(f"cell {name} was no longer a {original.cell_type} cell")
            if locked and not _same(cell, original):
                self.changes.append(f"the locked cell {name} was edited")
                self._keep_code_of(cell, name)
            fresh = copy.deepcopy(original)
            if not locked:
                fresh.source = _without_fences(cell.source) if original.cell_type == "code" else cell.source
            if "attachments" in cell and original.cell_type == "markdown":
                fresh.attachments = cell.attachments
            cell.clear()
            cell.update(fresh)

    def _keep_code_of(self, cell, name):
        """A learner's code from a locked cell runs before it: it may be the answer, or a part of it."""
        names = bound(cell)
        if names:
            self.cells.insert(self._index(cell), nbformat.v4.new_code_cell(cell.source, id=f"in-{name}"[:64]))
            self.doubts.setdefault(self.judges.get(name, name), f"the locked cell {name} held code of the student")

    def _restore_deleted_code(self):
        """Ordinary code cells that were deleted, such as the imports. If an editor gave all cells new ids, only the imports."""
        ids = {c.get("id") for c in self.cells}
        known_by_id = sum(c.id in ids for c in self.pristine.cells) >= len(self.pristine.cells) / 2
        restored = 0
        for original in self.plain:
            gone = original.id not in ids if known_by_id else only_imports(original)
            if original.cell_type == "code" and gone and not any(_same(c, original) for c in self.cells):
                self._insert(copy.deepcopy(original))
                restored += 1
        if restored:
            self.changes.append(f"{counted(restored, 'code cell')} of the lesson had been deleted")

    def _insert(self, cell, name=None, after=None):
        """Put a cell of the lesson back: after the cell `after`, or else at its original place."""
        if after is None:
            number = next(i for i, c in enumerate(self.pristine.cells) if c.id == cell.id)
            for earlier in reversed(self.pristine.cells[:number]):
                after = self._counterpart(earlier)
                if after is not None:
                    break
        self.cells.insert(0 if after is None else self._index(after) + 1, cell)
        if name:
            self.tags[id(cell)] = name

    def _counterpart(self, original):
        name = grade_id(original)
        if name:
            return next(iter(self._copies(name)), None)
        return next((c for c in self.cells if c.get("id") == original.id or _same(c, original)), None)

    def _answered(self, name):
        original = self.marked[name]
        if any(not _same(c, original) for c in self._copies(name)):
            return True
        return original.cell_type == "code" and self._definition(name) is not None

    def _give_ids(self):
        """Give every cell an id of its own; a marked cell has one already."""
        taken = {self.marked[name].id for name in (self.tags.get(id(c)) for c in self.cells) if name}
        for number, cell in enumerate(self.cells):
            if id(cell) in self.tags:
                continue
            if cell.id in taken:
                cell.id = f"again-{number}"
            taken.add(cell.id)


def _is_written(cell):
    return cell.cell_type == "markdown" and cell.metadata.nbgrader.solution


def _judges(marked):
    """The answer that each test cell judges: a check of the course judges its own exercise, a test of the instructor's the answer above it."""
    judges, above = {}, None
    for name, cell in marked.items():
        if cell.cell_type == "code" and cell.metadata.nbgrader.solution:
            above = name
        elif is_test(cell):
            exercise = name.removeprefix("check_")
            judges[name] = exercise if exercise in marked and exercise != name else above
    return judges


def _untouched(cell, original, name):
    """Whether an answer's cell is unchanged, except perhaps for comments and spaces."""
    may = cell.cell_type == original.cell_type == "code" and writes(cell, name)
    return _same(cell, original) or (may and same_code(cell.source, original.source))


def _add(cell, where, text, attachments):
    """Show a text below what a cell says."""
    cell.source = f"{cell.source.rstrip()}\n\n---\n\n**Found {where}:**\n\n{text}"
    if attachments:
        cell.attachments = nbformat.from_dict({**cell.get("attachments", {}), **attachments})


def _without_fences(source):
    """Code without the marks that Markdown puts around it, if there are any."""
    fenced = re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", source, re.S)
    return fenced[1] if fenced else source


def _same(cell, other):
    return cell.cell_type == other.cell_type and cell.source.strip() == other.source.strip()


def _spaced_alike(cell, other):
    return cell.source.split() == other.source.split()
