"""From one form of the GRU's equations to another: what z multiplies, where the reset acts, how many biases. Lesson 06."""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import check_gru, copied
from gru_ref.gates import _sigmoid
from gru_ref.params import GRUParams, axes_of


def flip_update_gate(p):
    """From an update gate that keeps to one that writes, or back: σ(−a) = 1 − σ(a).

    Parameters
    ----------
    p : GRUParams

    Returns
    -------
    flipped : GRUParams; its update gate is 1 − z where that of `p` is z, and nothing else differs

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, or a shape does not fit the others.
    """
    check_gru(p)
    return copied(p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=-p.b_iz, b_hz=-p.b_hz))


def are_equivalent(p, r):
    """Whether reset before and reset after give the same candidate for *every* state h, under the reset gate r.

    This holds exactly when b_hn ⊙ (1 − r) = 0 and W_hn[i, j] (r_i − r_j) = 0 for all i and j.

    Parameters
    ----------
    p : GRUParams, for both cells
    r : (H,) array, one reset gate, between 0 and 1

    Returns
    -------
    equivalent : bool

    Raises
    ------
    ValueError
        If a shape does not fit the others.
    """
    check_arrays(**axes_of(p, GRUParams), r=(r, "H"))
    same_bias = p.b_hn * (1 - r) == 0
    same_product = p.W_hn * (r[:, None] - r) == 0
    return bool(same_bias.all() and same_product.all())


def move_reset(p, to):
    """From reset after to reset before, or back, if one cell can be written as the other with the same gates.

    Parameters
    ----------
    p : GRUParams: of `gru_step` if `to` is "before", of `gru_step_reset_before` if it is "after"
    to : "before" or "after"

    Returns
    -------
    moved : GRUParams of the other cell, which takes the same steps for all x and h

    Raises
    ------
    ValueError
        If there is none. One exists exactly if W_hn[i, j] links only units whose reset gates are always equal, or both
        constant (and neither 0); and, from after to before, if b_hn is 0 except for units whose reset gate is constant.
        (Always equal: the same row in W_ir and W_hr, the same sum of biases. Constant: rows of zeros.) So a diagonal
        W_hn with b_hn = 0 is enough, and so is H = 1 with b_hn = 0.
    """
    if to not in ("before", "after"):
        raise ValueError(f'to is {to!r}, but should be "before" or "after"')
    check_gru(p)
    rows = np.concatenate([p.W_ir, p.W_hr], axis=1)
    bias = p.b_ir + p.b_hr
    equal = (rows[:, None] == rows).all(axis=-1) & (bias[:, None] == bias)
    constant = ~rows.any(axis=1)
    for i, j in np.argwhere((p.W_hn != 0) & ~equal & ~(constant[:, None] & constant)):
        raise ValueError(
            f"no exact conversion: W_hn[{i}, {j}] links units {i} and {j}, whose reset gates differ. "
            "Before and after agree only where W_hn links units with one common reset gate, as a diagonal W_hn does"
        )
    for i in np.flatnonzero((p.b_hn != 0) & ~constant) if to == "before" else ():
        raise ValueError(
            f"no exact conversion: b_hn[{i}] is {p.b_hn[i]:.6g}, and the reset after acts on it, but reset before "
            "does not. It would have to be 0"
        )
    r = np.where(constant, _sigmoid(bias), 1).astype(bias.dtype)  # where gates are equal, they cancel
    W_hn = p.W_hn.copy()
    for i, j in np.argwhere((p.W_hn != 0) & constant[:, None] & constant & ~equal):
        with np.errstate(all="ignore"):
            W_hn[i, j] *= r[i] / r[j] if to == "before" else r[j] / r[i]
        if not np.isfinite(W_hn[i, j]):
            raise ValueError(
                f"no exact conversion: W_hn[{i}, {j}] links units {i} and {j}, whose reset gates are always {r[i]:.3g} "
                f"and {r[j]:.3g}. No finite weight makes up for that"
            )
    if to == "before":
        return copied(p._replace(W_hn=W_hn, b_hn=r * p.b_hn))
    return copied(p._replace(W_hn=W_hn, b_in=p.b_in + p.b_hn, b_hn=np.zeros_like(p.b_hn)))


def merge_biases(p, reset="after"):
    """Keep one bias vector for each gate, b_i*, and make b_h* zero.

    Parameters
    ----------
    p : GRUParams
    reset : "after" or "before", where the cell resets

    Returns
    -------
    merged : GRUParams, which takes the same steps: only the sum of two biases matters, if no gate acts between them

    Raises
    ------
    ValueError
        If the reset acts after the product and b_hn is not 0: it acts on b_hn then, but not on b_in.
    """
    if reset not in ("before", "after"):
        raise ValueError(f'reset is {reset!r}, but should be "before" or "after"')
    check_gru(p)
    if reset == "after":
        for i in np.flatnonzero(p.b_hn):
            raise ValueError(
                f"no exact conversion: b_hn[{i}] is {p.b_hn[i]:.6g}, but should be 0. The reset after the product acts "
                "on b_hn and not on b_in, so one bias cannot stand for both"
            )
    zero = np.zeros_like(p.b_hn)
    merged = p._replace(
        b_ir=p.b_ir + p.b_hr, b_iz=p.b_iz + p.b_hz, b_in=p.b_in + p.b_hn, b_hr=zero, b_hz=zero, b_hn=zero
    )
    return copied(merged)
