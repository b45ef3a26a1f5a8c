"""Carry a learner's work from one version of a lesson's notebook into the next.

The learner's work is answers, cells of their own, and changes to the lesson's examples. An answer is identified by its
nbgrader mark, any other cell by its id or its text. The new notebook's order and text win; a remark names what is lost.
"""

import ast
import copy
import difflib
import json
import math
import re
import warnings
from dataclasses import dataclass

import nbformat

from grader.base.errors import CourseError
from grader.base.wording import PLACEHOLDER
from grader.notebook.bindings import defines, same_code, writes
from grader.notebook.reading import grade_id
from grader.notebook.written import WrittenAnswers

ALIKE = 0.4  # similarity of two texts from which one counts as an edited form of the other
_ONE_CELL = 2  # difference that one changed cell makes in how well a version fits: one cell more and one less
_LONGEST = 5_000  # characters of a text that are compared


class NoNotebook(CourseError):
    """A file cannot be read as a notebook."""


@dataclass(frozen=True)
class Carried:
    """A new version of a notebook, with a learner's work in it.

    `answers` names the answers that were carried, `own` counts the learner's own cells. `remarks` say in sentences what
    was not carried, or what needs a look.
    """

    notebook: nbformat.NotebookNode
    answers: tuple[str, ...]
    own: int
    remarks: tuple[str, ...]


def notebook_from(data):
    """A notebook from its file's bytes, outputs included.

    Raises
    ------
    NoNotebook
        If it is not a notebook; the message says why.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat warns about missing ids; cells get some here
            notebook = nbformat.reads(data.decode("utf-8-sig"), as_version=4)
        for cell in notebook.cells:
            cell.source, cell.metadata, cell.cell_type  # noqa: B018 (every cell must have them)
        bytes_of(notebook)  # a lone surrogate in a text cannot be written again
    except Exception as e:  # nbformat raises many kinds of errors for a damaged file
        raise NoNotebook(f"it cannot be read as a notebook ({type(e).__name__}: {str(e)[:100]})") from None
    return notebook


def bytes_of(notebook):
    """A notebook as its file's bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f"{nbformat.writes(notebook)}\n".encode()


def carry(mine, base, new):
    """Carry what a learner wrote into the next version of a lesson's notebook.

    Parameters
    ----------
    mine : NotebookNode, the learner's
    base : NotebookNode, the version that the learner began with
    new : NotebookNode, the next version

    Returns
    -------
    carried : Carried
    """
    return _Carrying(mine, base, new).run()


def best_base(mine, versions):
    """Which version of a lesson a learner started from: its index in `versions`.

    It is the newest one, unless another has more cells whose text is in the learner's notebook, or fewer whose text is
    not: by two cells in total, since the learner may have restored a single one.

    Parameters
    ----------
    mine : bytes of the learner's notebook
    versions : list of bytes of the lesson's notebooks, newest first; a file that is not a notebook fits nothing
    """
    texts = set(_texts(mine))
    if not texts:
        return 0
    fits = [sum(1 if t in texts else -1 for t in found) if (found := _texts(v)) else -math.inf for v in versions]
    return fits.index(max(fits)) if max(fits) > fits[0] + _ONE_CELL else 0


def _texts(data):
    """The texts of a notebook's cells, without nbformat, which is slow for many versions; none if it is no notebook."""
    try:
        return ["".join(cell["source"]).strip() for cell in json.loads(data)["cells"]]
    except (ValueError, TypeError, KeyError):
        return []


class _Carrying:
    def __init__(self, mine, base, new):
        self.mine, self.base, self.new = mine.cells, base.cells, new
        self.words = WrittenAnswers(base)
        self.origin = {}  # id(mine's cell) → the base's cell that it was
        self.dropped = set()  # untouched copies of a cell of the lesson, which would undo an answer
        self.cells = copy.deepcopy(new.cells)
        self.answers, self.remarks = [], []

    def run(self):
        self._find_origins()
        place = self._places()
        own, last = {}, -1
        for cell in self.mine:
            before = self.origin.get(id(cell))
            if before is not None:
                last = self._settle(cell, before, place.get(id(before)), own, last)
            elif cell.source.strip() and id(cell) not in self.dropped:
                own.setdefault(last, []).append(self._own(cell))
        cells = [*own.get(-1, [])]
        for number, cell in enumerate(self.cells):
            cells += [cell, *own.get(number, [])]
        self._give_ids(cells, {id(cell) for cell in self.cells})
        notebook = copy.deepcopy(self.new)
        notebook.cells = cells
        return Carried(notebook, tuple(self.answers), sum(map(len, own.values())), tuple(self.remarks))

    # ------------------------------------------------------------------------------------ which cell was which

    def _find_origins(self):
        for before in self.base:
            if grade_id(before):
                self._find_marked(before)
        self._find_by(lambda cell, before: cell.get("id") == before.get("id") and _alike(cell, before) >= ALIKE)
        self._find_by(lambda cell, before: _same(cell, before))
        for before in self._lost():
            name = grade_id(before)
            if name and before.cell_type == "code" and before.metadata.nbgrader.get("solution"):
                written = [cell for cell in self._unknown() if writes(cell, name)]
                if written:
                    self.origin[id(written[-1])] = before
        lost = {grade_id(before): before for before in self._lost() if _is_question(before)}
        for name, cell in self.words.recover([c for c in self._unknown() if c.cell_type == "markdown"], lost).items():
            self.origin[id(cell)] = lost[name]

    def _find_marked(self, before):
        """If several cells have one mark, the answer is the last one that is not empty, preferably with a definition."""
        name = grade_id(before)
        copies = [cell for cell in self.mine if grade_id(cell) == name]
        if not copies:
            return
        edited = [cell for cell in copies if self._is_edited(cell, before)]
        saying = [cell for cell in edited if self._says(cell, before)]
        chosen = ([cell for cell in saying if defines(cell, name)] or saying or edited or copies)[-1]
        self.origin[id(chosen)] = before
        for cell in copies:
            if cell is not chosen and cell not in saying:
                self.dropped.add(id(cell))
                if cell in edited and not (_is_question(before) and _is_blank(_answer(cell, before))):
                    self.remarks.append(
                        f"a second cell of `{name}` held no answer: your changes in it were not carried over"
                    )

    def _find_by(self, fits):
        """Pair each unmatched cell with the first unmatched cell of the lesson that fits."""
        for before in self._lost():
            for cell in self._unknown():
                if cell.cell_type == before.cell_type and fits(cell, before):
                    self.origin[id(cell)] = before
                    break

    def _lost(self):
        found = {id(before) for before in self.origin.values()}
        return [before for before in self.base if id(before) not in found]

    def _unknown(self):
        return [cell for cell in self.mine if id(cell) not in self.origin and id(cell) not in self.dropped]

    def _places(self):
        """The place of each cell of the base in the new version: ``{id(cell): number}``, without those that are gone."""
        place = {}
        marks = {grade_id(cell): n for n, cell in enumerate(self.new.cells) if grade_id(cell)}
        for before in self.base:
            n = marks.get(grade_id(before))
            if n is not None and self.new.cells[n].cell_type == before.cell_type:
                place[id(before)] = n
        old = [cell for cell in self.base if not grade_id(cell)]
        new = [(n, cell) for n, cell in enumerate(self.new.cells) if not grade_id(cell)]
        texts = [cell.source.strip() for cell in old], [cell.source.strip() for _, cell in new]
        for kind, i, end, j, until in difflib.SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
            if kind == "equal":
                place |= {id(old[i + k]): new[j + k][0] for k in range(end - i)}
            elif kind == "replace":
                for before in old[i:end]:
                    for k in range(j, until):
                        if _alike(before, new[k][1]) >= ALIKE:
                            place[id(before)], j = new[k][0], k + 1
                            break
        return place

    # ------------------------------------------------------------------------------------------ where each cell goes

    def _settle(self, cell, before, number, own, last):
        """Carry a cell of the lesson; returns the place after which the learner's next own cell goes."""
        name, edited = grade_id(before), self._is_edited(cell, before)
        is_answer = bool(name) and bool(before.metadata.nbgrader.get("solution"))
        if number is None:
            if edited:
                own.setdefault(last, []).append(self._own(cell))
                what = f"`{name}`" if is_answer else f"the cell {_beginning(before)}"
                self.remarks.append(f"the lesson no longer has {what}: yours is kept as a cell of your own")
            return last
        after = self.cells[number]
        if is_answer and edited and not _same(cell, after):
            self._fill(after, cell, before, name)
        elif edited and not _same(cell, after):
            if name:
                self.remarks.append(
                    f"you have changed the cell {_beginning(before)}, which is locked: it is now the lesson's again"
                )
            elif _same(before, after):
                _take(after, cell)
            else:
                self.remarks.append(
                    f"you and the lesson have both changed the cell {_beginning(before)}: it is now the lesson's"
                )
        elif _same(cell, after):
            _take_results(after, cell)
        return number

    def _fill(self, after, cell, before, name):
        if after.cell_type == "code":
            if _frame(before) != _frame(after):
                self.remarks.append(f"`{name}` now takes different arguments: see the lesson's text, and its check")
            _take(after, cell)
        elif _same(before, after):
            _take(after, cell)
        else:
            said = _answer(cell, before)
            if _is_blank(said):
                if not cell.get("attachments"):
                    return
            elif PLACEHOLDER in after.source:
                after.source = after.source.replace(PLACEHOLDER, said, 1)
            else:
                after.source = f"{after.source.rstrip()}\n\n{said}"
            _take_results(after, cell)
            self.remarks.append(f"the question `{name}` is now worded differently: see whether your answer still fits")
        self.answers.append(name)

    def _is_edited(self, cell, before):
        """Whether a cell differs from the lesson's; a marked cell that was emptied holds nothing to carry."""
        if _is_question(before) and cell.get("attachments", {}) != before.get("attachments", {}):
            return True
        if grade_id(before) and not cell.source.strip():
            return False
        if _is_question(before):
            return cell.source.split() != before.source.split()
        return not _same(cell, before)

    def _says(self, cell, before):
        """Whether a cell holds an answer, and not just a question or a stub, perhaps with other comments."""
        if _is_question(before):
            return bool(self.words.own(cell.source) or cell.get("attachments"))
        return not same_code(cell.source, before.source)

    def _own(self, cell):
        """A cell of the learner's, without the marks of the lesson's cell that it may be a copy of."""
        own = copy.deepcopy(cell)
        for key in ("nbgrader", "editable", "deletable"):
            own.metadata.pop(key, None)
        return own

    def _give_ids(self, cells, lessons):
        taken = {cell.id for cell in cells if id(cell) in lessons}
        for number, cell in enumerate(cells):
            if id(cell) in lessons:
                continue
            if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(cell.get("id", ""))) or cell.id in taken:
                cell["id"] = next(
                    i for i in (f"own-{n}" for n in range(number, number + len(cells) + 1)) if i not in taken
                )
            taken.add(cell.id)


def _is_question(cell):
    return bool(grade_id(cell)) and cell.cell_type == "markdown"


def _answer(cell, before):
    """The text that a learner wrote into a question's cell, as it was typed.

    That is everything between the question's text before and after its placeholder; if the question was rearranged,
    everything below those of its lines that still come first.
    """
    head, _, tail = before.source.partition(PLACEHOLDER)
    source = cell.source
    if len(source) >= len(head) + len(tail) and source.startswith(head) and source.endswith(tail):
        return source[len(head) : len(source) - len(tail)]
    asked = [line.strip() for line in before.source.splitlines() if line.strip()]
    lines = source.splitlines(keepends=True)
    while lines and (not lines[0].strip() or asked[:1] == [lines[0].strip()]):
        if lines.pop(0).strip():
            asked.pop(0)
    return "".join(lines)


def _is_blank(answer):
    return answer.strip() in ("", PLACEHOLDER)


def _same(cell, other):
    return cell.cell_type == other.cell_type and cell.source.strip() == other.source.strip()


def _frame(cell):
    """The names and arguments of the functions and classes that a cell asks for; a change in a docstring does not count."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return cell.source
    parts = (ast.FunctionDef, ast.ClassDef)
    return [(n.name, ast.dump(n.args) if hasattr(n, "args") else "") for n in ast.walk(tree) if isinstance(n, parts)]


def _alike(cell, other):
    """How similar two cells' texts are, 0 to 1; 0 for cells of different types."""
    if cell.cell_type != other.cell_type:
        return 0.0
    texts = cell.source.strip()[:_LONGEST], other.source.strip()[:_LONGEST]
    return difflib.SequenceMatcher(None, *texts, autojunk=False).ratio()


def _take(after, cell):
    after.source = cell.source
    _take_results(after, cell)


def _take_results(after, cell):
    for key in ("outputs", "execution_count", "attachments"):
        if key in cell:
            after[key] = copy.deepcopy(cell[key])


def _beginning(cell):
    line = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"“{line.strip()[:60]}”"
