"""Partial credit: the share of the points that a wrong answer gets for how far it got in its check."""

# The stages of `grader.checking.diagnosis`, in its order; an answer that stops with an error, or is not written, gets nothing.
SHARES = {
    "kind and shape": 0.2,
    "finite": 0.3,
    "values": 0.4,
    "without a warning": 0.8,
    "refuses what is not defined": 0.8,
    "laws": 0.8,
}


def share(verdict):
    """The share of the points, from 0 to 1, for a verdict: a dict with its "state" and "stage"."""
    if verdict["state"] == "failed":
        return SHARES.get(verdict["stage"], 0.0)
    return float(verdict["state"] == "passed")
