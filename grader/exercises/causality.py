"""A property of many right answers: no value from the future is used. Change the future, and nothing earlier may move."""

import numpy as np

CUTS = 3  # places after which the future is changed
RTOL, ATOL = 1e-5, 1e-8  # float32 may differ in its last digits


def sees_no_future(call, series, rng, seen):
    """Whether each entry of a result depends only on values that had come by then.

    Everything after some place is replaced, by values that are larger, smaller, and in another order. What was computed from
    values before that place must not move.

    Parameters
    ----------
    call : function of one array, the series, to an array whose first axis counts moments: forecasts, states or features
    series : (N, …) array of floats, time first
    rng : numpy.random.Generator, draws the places and the new values
    seen : ``seen(k)`` is how many values of the series, from its beginning, entry k may depend on: k + 1 for the states of a
        network, k · hop + size for frames, k for a forecast of value k

    Returns
    -------
    holds : bool

    Raises
    ------
    ValueError
        If no entry of the result belongs to values before any place: then nothing was tried.
    """
    N, before = len(series), np.asarray(call(series.copy()))
    last_seen = np.array([seen(k) for k in range(len(before))])
    inner = np.unique(last_seen[last_seen < N])
    if inner.size == 0:
        raise ValueError(
            f"each of the {len(before)} entries may depend on all {N} values, but some should have seen fewer: take a longer series"
        )
    for place in rng.permutation(inner)[:CUTS]:
        changed = series.copy()
        changed[place:] = -5 * changed[place:][::-1] + rng.normal(
            0, 20 * (1 + np.abs(series).max()), changed[place:].shape
        )
        after = np.asarray(call(changed))
        kept = last_seen <= place
        if len(after) != len(before) or not np.allclose(after[kept], before[kept], RTOL, ATOL, equal_nan=True):
            return False
    return True
