"""Put right what a learner broke by accident: cells of the lesson that are missing, doubled, edited or stripped of their marks.

The learner's notebook stays as it is, in the learner's order; only the cells that carry marks are put right. Where
nothing is broken nothing changes, so that honest work is graded exactly as nbgrader alone would grade it.
"""

import ast
import copy
import re
from dataclasses import dataclass

import nbformat

from grader.classroom.notebooks import grade_id, new_notebook


@dataclass(frozen=True)
class Repaired:
    """A notebook ready to be graded. `changes` says in words what was put right; `blank` if no answer was given."""

    notebook: nbformat.NotebookNode
    changes: tuple[str, ...]
    blank: bool


def repair(notebook, pristine):
    """Return the notebook with every marked cell of `pristine`, the learner's notebook as it was handed out, exactly once.

    An answer that stands there several times: the last one that was edited counts. An answer whose cell is gone: the
    cell that defines the function takes its place. A check comes after the answer that it judges.

    Parameters
    ----------
    notebook : NotebookNode, as `read_notebook` returns it
    pristine : NotebookNode

    Returns
    -------
    repaired : Repaired
    """
    return _Repair(notebook, pristine).run()


def defines(cell, name):
    """Whether a code cell gives the name a value at its top level, by def, class or =."""
    if cell.cell_type != "code":
        return False
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return bool(re.search(rf"^(?:def|class)\s+{name}\b|^{name}\s*=", cell.source, re.M))
    for node in body:
        if getattr(node, "name", None) == name and isinstance(node, ast.FunctionDef | ast.ClassDef):
            return True
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(n, ast.Name) and n.id == name for t in targets if t is not None for n in ast.walk(t)):
            return isinstance(node, ast.Assign | ast.AnnAssign)
    return False


class _Repair:
    def __init__(self, notebook, pristine):
        self.pristine = pristine
        self.marked = {grade_id(c): c for c in pristine.cells if grade_id(c)}
        self.cells = [copy.deepcopy(c) for c in notebook.cells]
        self.changes = []
        self.moved = set()  # answers that were chosen or found, so that their checks may have to follow
        self.tags = {id(c): grade_id(c) for c in self.cells if grade_id(c) in self.marked}

    def run(self):
        self._recover_tags()
        for name, original in self.marked.items():
            if original.metadata.nbgrader.solution:
                self._settle_answer(name, original)
        for name, original in self.marked.items():
            if not original.metadata.nbgrader.solution:
                self._settle_locked(name, original)
        self._restore_marks()
        self._restore_deleted_code()
        blank = not any(self._answered(name) for name, c in self.marked.items() if c.metadata.nbgrader.solution)
        self._give_ids()
        metadata = copy.deepcopy(self.pristine.metadata)
        return Repaired(new_notebook(self.cells, metadata), tuple(self.changes), blank)

    def _copies(self, name):
        return [c for c in self.cells if self.tags.get(id(c)) == name]

    def _index(self, cell):
        return next(i for i, c in enumerate(self.cells) if c is cell)

    def _remove(self, cell):
        self.cells = [c for c in self.cells if c is not cell]

    def _recover_tags(self):
        """A cell whose metadata were stripped is known by its id, and a check by its text too."""
        for name, original in self.marked.items():
            if self._copies(name):
                continue
            for cell in self.cells:
                same_text = not original.metadata.nbgrader.solution and _same(cell, original)
                if (
                    id(cell) not in self.tags
                    and cell.cell_type == original.cell_type
                    and (cell.get("id") == original.id or same_text)
                ):
                    self.tags[id(cell)] = name
                    self.changes.append(f"the marks of cell {name} were missing")
                    break

    def _settle_answer(self, name, original):
        copies = self._copies(name)
        if len(copies) > 1:
            edited = [c for c in copies if c.source.strip() and not _same(c, original)]
            chosen = ([c for c in edited if defines(c, name)] or edited or copies)[-1]
            for other in copies:
                if other is not chosen:
                    del self.tags[id(other)]
                    if _same(other, original) or _same(other, chosen):
                        self._remove(other)
            self.moved.add(name)
            self.changes.append(f"the answer {name} stood there {len(copies)} times: the last edited one was taken")
        elif not copies:
            found = self._definition(name) if original.cell_type == "code" else None
            if found is None:
                self._insert(copy.deepcopy(original), name)
                self.changes.append(f"the answer cell {name} was missing")
                return
            self.moved.add(name)
            self.changes.append(f"the answer cell {name} was missing: the cell that defines {name} was taken")
            if id(found) not in self.tags:
                self.tags[id(found)] = name

    def _settle_locked(self, name, original):
        copies = self._copies(name)
        exercise = name.removeprefix("check_")
        answer = self._answer_cell(exercise)
        if not copies:
            self._insert(copy.deepcopy(original), name, after=answer)
            self.changes.append(f"the locked cell {name} was missing")
            return
        following = [c for c in copies if answer is not None and self._index(c) > self._index(answer)]
        kept = (following or copies)[-1]
        for other in copies:
            if other is not kept:
                del self.tags[id(other)]
                if _same(other, original):
                    self._remove(other)
        if len(copies) > 1:
            self.changes.append(f"the locked cell {name} stood there {len(copies)} times")
        if exercise in self.moved and answer is not None and not following:
            self._remove(kept)
            self.cells.insert(self._index(answer) + 1, kept)
            self.changes.append(f"the locked cell {name} came before its answer")

    def _definition(self, name):
        found = [c for c in self.cells if defines(c, name) and not self._is_stub(c)]
        return found[-1] if found else None

    def _is_stub(self, cell):
        return any(_same(cell, original) for original in self.marked.values())

    def _answer_cell(self, exercise):
        copies = self._copies(exercise)
        return copies[0] if copies else self._definition(exercise)

    def _restore_marks(self):
        for cell in self.cells:
            name = self.tags.get(id(cell))
            cell.metadata.pop("nbgrader", None)
            if name is None:
                continue
            original = self.marked[name]
            if cell.cell_type != original.cell_type:
                self.changes.append(f"cell {name} was no {original.cell_type} cell any more")
            if not original.metadata.nbgrader.solution and not _same(cell, original):
                self.changes.append(f"the locked cell {name} was edited")
            if not original.metadata.nbgrader.solution:
                cell.source = original.source
            fresh = copy.deepcopy(original)
            fresh.source = cell.source
            if "attachments" in cell and original.cell_type == "markdown":
                fresh.attachments = cell.attachments
            cell.clear()
            cell.update(fresh)

    def _restore_deleted_code(self):
        """Ordinary code cells that were deleted, such as the imports. Not where an editor gave all cells new ids."""
        ids = {c.get("id") for c in self.cells}
        if sum(c.id in ids for c in self.pristine.cells) < len(self.pristine.cells) / 2:
            return
        restored = 0
        for original in self.pristine.cells:
            if original.cell_type != "code" or grade_id(original) or original.id in ids:
                continue
            if not any(_same(c, original) for c in self.cells):
                self._insert(copy.deepcopy(original))
                restored += 1
        if restored:
            self.changes.append(f"{restored} code cell{'s' * (restored > 1)} of the lesson had been deleted")

    def _insert(self, cell, name=None, after=None):
        """Put a cell of the lesson back: after the cell `after`, or else where it stood."""
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
        """Every cell an id of its own; a marked cell has its own already."""
        taken = {self.marked[name].id for name in (self.tags.get(id(c)) for c in self.cells) if name}
        for number, cell in enumerate(self.cells):
            if id(cell) in self.tags:
                continue
            if cell.id in taken:
                cell.id = f"again-{number}"
            taken.add(cell.id)


def _same(cell, other):
    return cell.cell_type == other.cell_type and cell.source.strip() == other.source.strip()
