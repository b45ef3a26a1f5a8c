"""What was compared and settled: ``marking/settled.jsonl``, to which lines are only added. It names no student: see `codes`."""

import collections

from grader.base.errors import ClassError
from grader.classroom.journal import Journal
from grader.classroom.marking.agreement import agreement
from grader.classroom.marking.marks import FOLDER
from grader.classroom.marking.rules import Rules


class Settled:
    """The file of what was compared and settled.

    Parameters
    ----------
    folder : ClassFolder
    """

    def __init__(self, folder):
        self.journal = Journal(settled_path(folder))
        self._compared = None

    def write(self, event, lines):
        lines = list(lines)
        if lines:
            self.journal.path.parent.mkdir(parents=True, exist_ok=True)
            self.journal.append_all(event, lines)
            self._compared = None

    def last(self):
        """The last line about what was entered in the gradebook for each answer: ``{(submission, question): line}``.

        A line is written before the gradebook is, with the points that it had (`before`), and once more afterwards.
        """
        lines = filter(_is_entry, self.journal.entries("entry"))
        return {(line["submission"], line["question"]): line for line in lines}

    def compared(self):
        if self._compared is None:
            self._compared = [line for line in self.journal.entries("compared") if _is_compared(line)]
        return self._compared

    def rules(self):
        """The Rules of the last `agree`; the usual ones if there was none."""
        *_, last = [{}, *self.journal.entries("agreed")]
        try:
            return Rules(float(last["tolerance"]), float(last["step"]))
        except (KeyError, TypeError, ValueError, ClassError):
            return Rules()

    def agreements(self, lines=None):
        """Agreements by lesson, question and markers, from the pairs that were compared, or from `lines` about pairs."""
        groups, tops = collections.defaultdict(dict), {}
        for line in self.compared() if lines is None else lines:
            group = line["lesson"], line["question"], tuple(line["markers"])
            tops[group] = line["top"]
            groups[group][line["submission"]] = tuple(line["points"])  # of several submissions, the last
        return tuple(
            agreement(lesson, question, markers, tops[lesson, question, markers], list(pairs.values()))
            for (lesson, question, markers), pairs in sorted(groups.items())
        )


def settled_path(folder):
    """The file of what was compared and settled in a class."""
    return folder.root / FOLDER / "settled.jsonl"


def _is_entry(line):
    texts = ("time", "submission", "lesson", "question", "seen", "comment", "how", "by")
    return (
        all(isinstance(line.get(name), str) for name in texts)
        and isinstance(line.get("points"), (int, float))
        and isinstance(line.get("before"), (int, float, type(None)))
    )


def _is_compared(line):
    texts = all(isinstance(line.get(name), str) for name in ("submission", "lesson", "question", "seen"))
    pairs = all(isinstance(line.get(name), list) and len(line[name]) == 2 for name in ("markers", "points"))
    return texts and pairs and all(isinstance(p, (int, float)) for p in (*line["points"], line.get("top")))
