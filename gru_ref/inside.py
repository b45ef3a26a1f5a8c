"""What the gates of a trained GRU do: switch one off, how long units remember, what states tell, saturation. Lesson 19."""

import numbers

import numpy as np

from gru_ref.checks import check_arrays, check_integers
from gru_ref.padding import length_mask
from gru_ref.params import GRUParams, axes_of

TAUGHT_IN = {"*": 19}  # the exercises of lesson 19

MOST_LABELS = 10_000
FAR = 1000.0  # σ(±1000) is 0 and 1 to the last digit, in float32 too


def ablate(p, gate, value, *, units=None):
    """Fix a gate: the same parameters, but for those of one gate, which then has this value whatever x and h are.

    All weights of the gate become 0, and b_i* becomes ln(value / (1 − value)), so that σ gives the value back.

    Parameters
    ----------
    p : GRUParams
    gate : "r" or "z"
    value : number from 0 to 1, or an (H,) array with one for each unit. z = 1 keeps the old state, z = 0 writes the candidate;
        r = 1 lets the candidate see all of the old state's product, r = 0 nothing of it
    units : sequence of integers from 0 to H − 1, the units whose gate is fixed; all if None

    Returns
    -------
    p : GRUParams of the same dtype; arrays of the other gate and of the candidate are those of p

    Raises
    ------
    ValueError
        If p is no GRUParams, there is no such gate, a value is not a number from 0 to 1, or a unit does not exist.

    Source: the equations of ``torch.nn.GRUCell``.
    """
    H = check_arrays(**axes_of(p, GRUParams))["H"]
    if gate not in ("r", "z"):
        raise ValueError(f"gate is {gate!r}, but should be 'r', the reset gate, or 'z', the update gate")
    chosen = _units(units, H)
    bias = np.array(_bias_of(value, H), p.b_ir.dtype)
    fixed = {name: getattr(p, name).copy() for name in (f"W_i{gate}", f"W_h{gate}", f"b_i{gate}", f"b_h{gate}")}
    for array in fixed.values():
        array[chosen] = 0
    fixed[f"b_i{gate}"][chosen] = bias[chosen]
    return p._replace(**fixed)


def gate_lags(zs, lengths):
    """Half-life of each unit on the direct path through its update gate: how many steps until half of a state is left.

    After steps with z₁, …, z_N the product of all z is left of a state. The same product with one z for all steps is their
    geometric mean, so the half-life is ln ½ / mean(ln z). The mean z would give a longer one: z = 1, 0, 1, 0 … loses everything
    at the first 0, and its mean is ½. What the candidate and the gates take from the old state is not on this path.

    Parameters
    ----------
    zs : (T, B, H) array from 0 to 1, update gates (z keeps)
    lengths : (B,) array of integers between 1 and T; steps behind a sequence's end do not count, all others count equally

    Returns
    -------
    lags : (H,) array, in steps; 0 for a unit whose z is 0 at some step, ∞ for one whose z is always 1

    Raises
    ------
    ValueError
        If zs is no such array, or a length is not from 1 to T.
    """
    T, B = (check_arrays(zs=(zs, "T B H"))[axis] for axis in "TB")
    _check_gates("zs", zs)
    real = length_mask(T, _lengths_of(lengths, B))
    with np.errstate(divide="ignore"):  # ln 0 is −∞, and a half-life of 0; a mean of 0 is a half-life of ∞
        forgotten = np.abs(np.log(zs[real].astype(np.float64)).mean(axis=0))
        return np.log(2) / forgotten


def linear_probe(hs, labels):
    """What can be read off states by a linear map: least squares to one-hot labels, with an intercept.

    The first half of the rows trains, N // 2 of them, and the second half tests. Rows are in their order in time: neighbours
    are nearly alike, so a random split would test on what was trained.

    Parameters
    ----------
    hs : (N, H) array, states; N is at least 2
    labels : (N,) array of integers from 0 to K − 1, what each of them should tell

    Returns
    -------
    accuracy : float, the share of the second half for which the largest output belongs to the label
    baseline : float, the same for a probe that always says the most frequent label of the first half; the smallest, if several are

    Raises
    ------
    ValueError
        If hs is not such an array, labels do not fit or are above 10,000, or there are fewer than 2 rows.
    """
    N = check_arrays(hs=(hs, "N H"))["N"]
    check_integers("labels", labels, "N")
    if len(labels) != N:
        raise ValueError(f"labels has shape {labels.shape}, but should be ({N},), one for each row of hs")
    if N < 2:
        raise ValueError("hs has 1 row, but should have at least 2, one to train on and one to test with")
    if labels.max() > MOST_LABELS:
        raise ValueError(f"labels holds {labels.max()}, but should number the classes from 0 on, up to {MOST_LABELS}")
    half = N // 2
    rows = np.concatenate([hs, np.ones((N, 1), hs.dtype)], axis=1)
    wanted = np.eye(int(labels.max()) + 1)[labels[:half]]
    weights = np.linalg.lstsq(rows[:half], wanted)[0]
    said = np.argmax(rows[half:] @ weights, axis=1)
    most = np.argmax(np.bincount(labels[:half]))
    return float(np.mean(said == labels[half:])), float(np.mean(most == labels[half:]))


def saturation(gates, low, high):
    """How often each unit's gate is nearly closed, and nearly open.

    Parameters
    ----------
    gates : (N, H) array from 0 to 1, a gate at N steps
    low, high : numbers with 0 ≤ low < high ≤ 1

    Returns
    -------
    below, above : (H,) arrays, the shares of steps with a gate below low, and above high; neither limit counts itself

    Raises
    ------
    ValueError
        If gates is no such array, or the limits are not in order.

    Source: our own measure; lesson 19 takes 0.1 and 0.9 as limits, by choice.
    """
    check_arrays(gates=(gates, "N H"))
    _check_gates("gates", gates)
    if not (_is_share(low) and _is_share(high) and low < high):
        raise ValueError(f"low is {low!r} and high {high!r}, but they should be numbers with 0 ≤ low < high ≤ 1")
    return (gates < low).mean(axis=0), (gates > high).mean(axis=0)


def _bias_of(value, H):
    """(H,) array, the biases with which σ gives the value or values."""
    try:
        values = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"value is {value!r:.60}, but should be a number from 0 to 1, or an array ({H},) of them"
        ) from error
    if values.shape not in ((), (H,)) or values.dtype.kind not in "iuf" or not ((values >= 0) & (values <= 1)).all():
        shown = repr(value) if values.size < 2 else f"an array of shape {values.shape} and dtype {values.dtype}"
        raise ValueError(f"value is {shown}, but should be a number from 0 to 1, or an array ({H},) of them")
    v = np.broadcast_to(values.astype(np.float64), (H,))
    with np.errstate(divide="ignore"):
        return np.clip(np.log(v) - np.log1p(-v), -FAR, FAR)


def _units(units, H):
    """The chosen units as an array of indices."""
    if units is None:
        return np.arange(H)
    chosen = np.asarray(units)
    if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
        raise ValueError(f"units is {units!r}, but should be a sequence of integers from 0 to {H - 1}")
    check_integers("units", chosen.astype(np.intp), "K", 0, H - 1)
    return chosen.astype(np.intp)


def _lengths_of(lengths, B):
    """The lengths, if there is one for each of B sequences."""
    if np.shape(lengths) != (B,):
        raise ValueError(f"lengths has shape {np.shape(lengths)}, but should be ({B},), one length for each sequence")
    return lengths


def _check_gates(name, gates):
    if gates.min() < 0 or gates.max() > 1:
        outside = gates.min() if gates.min() < 0 else gates.max()
        raise ValueError(f"{name} holds {outside:.3g}, but gates lie between 0 and 1: were they taken before the σ?")


def _is_share(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and 0 <= value <= 1
