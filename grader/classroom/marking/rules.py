"""When several marks of one answer make its points, and when a person has to decide."""

import math
import statistics
from dataclasses import dataclass

from grader.base.errors import ClassError
from grader.base.wording import counted

_CLOSE = 1e-9  # what floating-point numbers lose


@dataclass(frozen=True)
class Rules:
    """How marks are settled: marks that differ by at most `tolerance` points count, and a mean is a multiple of `step`.

    Raises
    ------
    ClassError
        If the tolerance is negative, or the step not positive.
    """

    tolerance: float = 0.5
    step: float = 0.5

    def __post_init__(self):
        if not (math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise ClassError(f"the tolerance is {counted(self.tolerance, 'point')}, but should be 0 or more")
        if not (math.isfinite(self.step) and self.step > 0):
            raise ClassError(f"the step is {counted(self.step, 'point')}, but should be more than 0")

    def settled(self, marks, top):
        """The points that an answer's marks make.

        Equal marks count as they are. Of two marks within the tolerance, the mean counts, rounded to the step; exactly
        between two steps, up. Of three or more, the middle one (the median) counts, if the tolerance holds for most of them:
        that is, if more than half, the middle one included, lie within the tolerance of it.

        Parameters
        ----------
        marks : list of float, points
        top : the question's points, which rounding does not exceed

        Returns
        -------
        points : float, or None if a person has to decide, or if there are fewer than two marks
        how : "equal", "mean" or "middle", or why not: "one", "differ"
        """
        if len(marks) < 2:
            return None, "one"
        if max(marks) - min(marks) <= _CLOSE:
            return marks[0], "equal"
        middle = statistics.median(marks)
        if len(marks) == 2:
            return (self._rounded(middle, top), "mean") if self.agree(*marks) else (None, "differ")
        near = sum(self.agree(mark, middle) for mark in marks)
        return (self._rounded(middle, top), "middle") if 2 * near > len(marks) else (None, "differ")

    def agree(self, one, other):
        """Whether two marks lie within the tolerance of each other."""
        return abs(one - other) <= self.tolerance + _CLOSE

    def _rounded(self, points, top):
        return min(top, round(math.floor(points / self.step + 0.5 + _CLOSE) * self.step, 6))
