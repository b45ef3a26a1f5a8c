"""How far two markers agree on a question."""

import statistics
from dataclasses import dataclass

FEWEST = 20  # answers; with fewer, kappa says little
# J. R. Landis and G. G. Koch, The measurement of observer agreement for categorical data, Biometrics 33 (1977) 159-174,
# table on page 165. They call the borders arbitrary.
_WORDS = (
    (0.0, "no better than chance"), (0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"),
    (1.0, "almost perfect"),
)  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """The agreement of two markers on one question.

    `count` answers were marked by both, `equal` of them with equal points; `difference` is the mean absolute difference, in
    points; `kappa` is quadratic weighted kappa or None, and `words` says what it means, or why there is none.
    """

    lesson: str
    question: str
    markers: tuple[str, str]
    max_points: float
    count: int
    equal: int
    difference: float
    kappa: float | None
    words: str


def agreement(lesson, question, markers, max_points, pairs):
    """Compare the marks of two markers.

    Parameters
    ----------
    lesson, question : str
    markers : the two names
    max_points : the question's points
    pairs : list of (points of the first, points of the second), at least one

    Returns
    -------
    agreement : Agreement
    """
    differences = [abs(a - b) for a, b in pairs]
    kappa, words = _kappa(pairs)
    return Agreement(
        lesson, question, markers, max_points, len(pairs), sum(d < 1e-9 for d in differences),
        statistics.fmean(differences), kappa, words,
    )  # fmt: skip


def weighted_kappa(pairs):
    """Quadratic weighted kappa of pairs of points; None if it is not defined.

    1 - Σ (a - b)² / Σ of what is expected if each of the two gave their marks in any order. Points weigh by their distance:
    0 and 2 differ four times as much as 0 and 1, whether or not anybody gave 1.

    Source: J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968) 213-220. The expected square is written as in J. L.
    Fleiss and J. Cohen, Educational and Psychological Measurement 33 (1973) 613-619: variances plus squared difference of means.
    """
    first, second = zip(*pairs, strict=True)
    observed = statistics.fmean((a - b) ** 2 for a, b in pairs)
    between = (statistics.fmean(first) - statistics.fmean(second)) ** 2
    expected = statistics.pvariance(first) + statistics.pvariance(second) + between
    return None if expected < 1e-12 else 1 - observed / expected


def _kappa(pairs):
    if len(pairs) < 2:
        return None, "not defined: it takes two answers that both have marked"
    kappa = weighted_kappa(pairs)
    if kappa is None:
        return None, "not defined: both gave every answer the same points"
    if any(len(set(points)) == 1 for points in zip(*pairs, strict=True)):
        return kappa, "says nothing: one of the two gave every answer the same points"
    words = next((word for most, word in _WORDS if kappa <= most), _WORDS[-1][1])
    return kappa, words if len(pairs) >= FEWEST else f"{words}, but from fewer than {FEWEST} answers"
