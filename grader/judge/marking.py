"""Make a test cell's output agree with the judge's verdict, so that plain nbgrader reads the same mark there."""

import math
import re

from grader.judge import outputs

NO_VERDICT = "NoVerdict"  # the error shown for a check that never reached the judge


def is_test(cell):
    """Whether a cell's points are given by running it."""
    mark = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and mark.get("grade", False) and not mark.get("solution", False)


def settle_check(cell, verdict):
    """Replace the output of a check of the course by its verdict's, whatever the submission's process has sent.

    Parameters
    ----------
    cell : NotebookNode, executed
    verdict : Verdict, the one that counts, or None if the judge was never asked for one

    Returns
    -------
    found : dict of "state", "mistake", "stage" and "headline"
    """
    errors = [o for o in cell.outputs if o.output_type == "error"]
    cell.outputs = [o for o in cell.outputs if o.output_type not in ("error", "execute_result")]
    if verdict is None:
        message = (
            "this cell checked no answer to this exercise: does the answer have another name, or was the cell changed?"
        )
        cell.outputs += errors or [outputs.error(NO_VERDICT, message)]
        headline = f"{errors[0].ename}: {errors[0].evalue}"[:200] if errors else "no verdict"
        return {"state": "failed", "mistake": None, "stage": "error", "headline": headline}
    if not verdict.passed:
        cell.outputs.append(outputs.check_failed(verdict.headline))
    return {key: getattr(verdict, key) for key in ("state", "mistake", "stage", "headline")}


def settle_own_test(cell, failed):
    """Prepare a test cell of the instructor's own for nbgrader's rules: an error, a number of points, or neither.

    The author of the code under test could have put any output there: this is nbgrader's own level of trust.

    Parameters
    ----------
    cell : NotebookNode, executed
    failed : whether the cell ended in an error

    Returns
    -------
    points : float, nbgrader's points for the cell
    """
    values = [o for o in cell.outputs if o.output_type == "execute_result"]
    cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
    if failed and not any(o.output_type == "error" for o in cell.outputs):
        cell.outputs.append(outputs.error("Failed", "the cell ended in an error"))
    elif not failed and values:
        points = _points(values[-1].data.get("text/plain", ""), cell.metadata.nbgrader.points)
        if points is not None:  # nbgrader reads only Python's own numbers, and gives all points for any other
            values[-1].data = {"text/plain": repr(points)}
            cell.outputs.append(values[-1])
    from nbgrader.utils import (
        determine_grade,  # late: it takes most of a second, and few lessons have tests of the instructor's own
    )

    return determine_grade(cell)[0]


def _points(text, most):
    """The points that a cell's value stands for, or None if it is not a number."""
    number = re.sub(r"(?:np\.\w+|tensor|array)\(([^(),]+)(?:,[^()]*)?\)", r"\1", text.strip())
    word = number.removeprefix("np.").removesuffix("_")
    if word in ("True", "False"):
        return float(most) if word == "True" else 0.0
    try:
        value = float(word)
    except ValueError:
        return None
    return min(max(value, 0.0), float(most)) if math.isfinite(value) else 0.0
