"""Whole sequences forward and backward, fast: the arithmetic behind `gru_ref.layers`, which checks the arguments.

All input products are one matrix product. Gates are computed where that product lies, and in the backward pass their
gradients again in the same place: a GRU's tape holds three sequences' worth of gates, r, z and n, and no more. What the
backward pass needs besides is computed anew.
A gate is σ(a) = ½ + ½ tanh(a/2), so the halved weights make one call of tanh of it, without overflow.
"""

from typing import NamedTuple

import numpy as np

from gru_ref.params import GRUParams, LSTMParams, RNNParams


class Tape(NamedTuple):
    """What a forward pass keeps for its backward pass. It serves one backward pass, which overwrites it.

    xs (T, B, I), hs (T + 1, B, H) with the state before the first step first, gates (T, B, K·H) in the order of the
    parameters' fields, cs like hs for the LSTM, ended (T, B) true in the padding, or None without lengths.
    """

    kind: str
    xs: np.ndarray
    p: tuple
    hs: np.ndarray
    gates: np.ndarray | None
    cs: np.ndarray | None
    ended: np.ndarray | None


def joined(p):
    """Stack a cell's parameters gate by gate: W_i (K·H, I), W_h (K·H, H), b_i and b_h (K·H,)."""
    K = len(p) // 4
    return tuple(np.concatenate(p[k * K : (k + 1) * K]) for k in range(4))


def split(kind, *stacked):
    """Undo `joined`: parameters of type `kind` from W_i, W_h, b_i and b_h."""
    return kind(*(part for whole in stacked for part in np.split(whole, len(kind._fields) // 4)))


# ---------------------------------------------------------------------------------------------------------- tanh RNN


def run_rnn(xs, h0, p, ended):
    """Forward: hs (T + 1, B, H), no gates."""
    W_i, W_h, b_i, b_h = joined(p)
    hs = _states(xs, h0)
    _project(xs, W_i, b_i + b_h, out=hs[1:])
    recurrent = np.empty_like(h0)
    W_hT = W_h.T
    for t in range(len(xs)):
        h = hs[t + 1]
        h += np.matmul(hs[t], W_hT, out=recurrent)
        np.tanh(h, out=h)
        _stand_still(ended, t, (hs,))
    return Tape("rnn", xs, p, hs, None, None, ended)


def backprop_rnn(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, *_ = joined(tape.p)
    das = np.square(tape.hs[1:])
    np.subtract(1, das, out=das)  # tanh′ where the gradient of the sum will stand
    if tape.ended is not None:
        das[tape.ended] = 0
    carry = np.empty_like(dh)
    for t in reversed(range(len(dhs))):
        dh += dhs[t]
        da = np.multiply(das[t], dh, out=das[t])
        np.matmul(da, W_h, out=carry)
        dh = _carried(tape.ended, t, carry, dh)
    dW_i, db, dxs = _input_gradients(tape.xs, das, W_i)
    dW_h = _flat(das).T @ _flat(tape.hs[:-1])
    return dxs, dh, split(RNNParams, dW_i, dW_h, db, db.copy())


# --------------------------------------------------------------------------------------------------------------- GRU


def run_gru(xs, h0, p, ended):
    """Forward, reset after the matrix product: hs (T + 1, B, H), gates r, z, n (T, B, 3H)."""
    W_i, W_h, b_i, b_h = _halved(*joined(p), gates=2)
    B, H = h0.shape
    hs = _states(xs, h0)
    b_i[: 2 * H] += b_h[: 2 * H]
    gates = _project(xs, W_i, b_i)
    recurrent, kept = np.empty((B, 3 * H), h0.dtype), np.empty_like(h0)
    past, W_hT, b_hn = recurrent[:, 2 * H :], W_h.T, b_h[2 * H :]
    for t in range(len(xs)):
        h, h_new, g = hs[t], hs[t + 1], gates[t]
        rz, r, z, n = g[:, : 2 * H], g[:, :H], g[:, H : 2 * H], g[:, 2 * H :]
        np.matmul(h, W_hT, out=recurrent)
        rz += recurrent[:, : 2 * H]
        _gate_in_place(rz)
        past += b_hn
        past *= r
        n += past
        np.tanh(n, out=n)
        _blend(z, n, h, h_new, kept)
        _stand_still(ended, t, (hs,))
    if ended is not None:
        gates[ended, H : 2 * H] = 1  # the mask is one more gate: in the padding z keeps all
    return Tape("gru", xs, p, hs, gates, None, ended)


def backprop_gru(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, _, b_h = joined(tape.p)
    B, H = dh.shape
    hs, gates = tape.hs, tape.gates
    pasts = _project(hs[:-1], W_h[2 * H :], b_h[2 * H :])  # q = W_hn h + b_hn, then a_n ⊙ r
    das = np.empty((B, 3 * H), dh.dtype)  # a_r, a_z and a_n ⊙ r of one step
    carry, scratch = np.empty_like(dh), np.empty_like(dh)
    for t in reversed(range(len(dhs))):
        r, z, n, q = gates[t, :, :H], gates[t, :, H : 2 * H], gates[t, :, 2 * H :], pasts[t]
        a_r, a_z, a_nr = das[:, :H], das[:, H : 2 * H], das[:, 2 * H :]
        dh += dhs[t]
        _update_gate_gradient(dh, hs[t], z, n, a_z, scratch)
        _candidate_gradient(dh, z, n, scratch)  # n becomes a_n
        np.multiply(n, r, out=a_nr)
        np.multiply(a_nr, q, out=a_r)
        a_r *= np.subtract(1, r, out=scratch)
        dh *= z
        dh += np.matmul(das, W_h, out=carry)
        r[:], z[:], q[:] = a_r, a_z, a_nr
    dW_i, db_i, dxs = _input_gradients(tape.xs, gates, W_i)
    h_flat, pasts = _flat(hs[:-1]), _flat(pasts)
    dW_h = np.concatenate([_flat(gates)[:, : 2 * H].T @ h_flat, pasts.T @ h_flat])
    db_h = np.concatenate([db_i[: 2 * H], pasts.sum(axis=0)])
    return dxs, dh, split(GRUParams, dW_i, dW_h, db_i, db_h)


def run_gru_reset_before(xs, h0, p, ended):
    """Forward, reset before the matrix product: hs (T + 1, B, H), gates r, z, n (T, B, 3H)."""
    W_i, W_h, b_i, b_h = _halved(*joined(p), gates=2)
    B, H = h0.shape
    hs = _states(xs, h0)
    gates = _project(xs, W_i, b_i + b_h)
    recurrent, past, kept = np.empty((B, 2 * H), h0.dtype), np.empty_like(h0), np.empty_like(h0)
    W_gT, W_hnT = W_h[: 2 * H].T, W_h[2 * H :].T
    for t in range(len(xs)):
        h, h_new, g = hs[t], hs[t + 1], gates[t]
        rz, r, z, n = g[:, : 2 * H], g[:, :H], g[:, H : 2 * H], g[:, 2 * H :]
        rz += np.matmul(h, W_gT, out=recurrent)
        _gate_in_place(rz)
        np.multiply(r, h, out=kept)
        n += np.matmul(kept, W_hnT, out=past)
        np.tanh(n, out=n)
        _blend(z, n, h, h_new, kept)
        _stand_still(ended, t, (hs,))
    if ended is not None:
        gates[ended, H : 2 * H] = 1
    return Tape("gru_reset_before", xs, p, hs, gates, None, ended)


def backprop_gru_reset_before(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, *_ = joined(tape.p)
    B, H = dh.shape
    hs, gates = tape.hs, tape.gates
    W_g, W_hn = W_h[: 2 * H], W_h[2 * H :]
    seen = gates[:, :, :H] * hs[:-1]  # r ⊙ h
    das = np.empty((B, 2 * H), dh.dtype)
    carry, scratch = np.empty_like(dh), np.empty_like(dh)
    for t in reversed(range(len(dhs))):
        r, z, n = gates[t, :, :H], gates[t, :, H : 2 * H], gates[t, :, 2 * H :]
        a_r, a_z = das[:, :H], das[:, H : 2 * H]
        dh += dhs[t]
        _update_gate_gradient(dh, hs[t], z, n, a_z, scratch)
        _candidate_gradient(dh, z, n, scratch)  # n becomes a_n
        through = np.matmul(n, W_hn, out=carry)  # u = W_hnᵀ a_n
        through *= r
        np.multiply(through, hs[t], out=a_r)
        a_r *= np.subtract(1, r, out=scratch)
        dh *= z
        dh += through
        dh += np.matmul(das, W_g, out=carry)
        r[:], z[:] = a_r, a_z
    dW_i, db, dxs = _input_gradients(tape.xs, gates, W_i)
    das = _flat(gates)
    dW_h = np.concatenate([das[:, : 2 * H].T @ _flat(hs[:-1]), das[:, 2 * H :].T @ _flat(seen)])
    return dxs, dh, split(GRUParams, dW_i, dW_h, db, db.copy())


# -------------------------------------------------------------------------------------------------------------- LSTM


def run_lstm(xs, state, p, ended):
    """Forward: hs and cs (T + 1, B, H), gates i, f, g, o (T, B, 4H)."""
    h0, c0 = state
    H = h0.shape[1]
    W_i, W_h, b_i, b_h = _halved(*joined(p), gates=(0, 1, 3))
    hs, cs = _states(xs, h0), _states(xs, c0)
    gates = _project(xs, W_i, b_i + b_h)
    recurrent, W_hT = np.empty(gates.shape[1:], h0.dtype), W_h.T
    for t in range(len(xs)):
        a, c = gates[t], cs[t + 1]
        a += np.matmul(hs[t], W_hT, out=recurrent)
        np.tanh(a, out=a)
        for gate in (a[:, : 2 * H], a[:, 3 * H :]):
            gate *= 0.5
            gate += 0.5
        i, f, g, o = (a[:, k * H : (k + 1) * H] for k in range(4))
        np.multiply(f, cs[t], out=c)
        c += np.multiply(i, g, out=hs[t + 1])
        np.tanh(c, out=hs[t + 1])
        hs[t + 1] *= o
        _stand_still(ended, t, (hs, cs))
    return Tape("lstm", xs, p, hs, gates, cs, ended)


def backprop_lstm(dhs, tape, dstate):
    """Backward: dxs, (dh0, dc0) and the gradients of the parameters."""
    dh, dc = dstate
    H = dh.shape[1]
    W_i, W_h, *_ = joined(tape.p)
    hs, cs, gates = tape.hs, tape.cs, tape.gates
    carry, scratch = np.empty_like(dh), np.empty_like(dh)
    for t in reversed(range(len(dhs))):
        das = gates[t]
        i, f, g, o = (das[:, k * H : (k + 1) * H] for k in range(4))
        dh += dhs[t]
        s = np.tanh(cs[t + 1])
        dc_new = dc + dh * o * (1 - s * s)
        carried = dc_new * f
        f *= (1 - f) * cs[t] * dc_new
        o *= (1 - o) * s * dh
        np.multiply(i, dc_new, out=scratch)
        i *= (1 - i) * g * dc_new
        np.subtract(1, g * g, out=g)
        g *= scratch
        if tape.ended is not None:
            das[tape.ended[t]] = 0
        np.matmul(das, W_h, out=carry)
        dh, dc = _carried(tape.ended, t, carry, dh), _carried(tape.ended, t, carried, dc)
    dW_i, db, dxs = _input_gradients(tape.xs, gates, W_i)
    dW_h = _flat(gates).T @ _flat(hs[:-1])
    return dxs, (dh, dc), split(LSTMParams, dW_i, dW_h, db, db.copy())


# ------------------------------------------------------------------------------------------------------------- parts


def _states(xs, h0):
    hs = np.empty((len(xs) + 1, *h0.shape), h0.dtype)
    hs[0] = h0
    return hs


def _project(xs, W, b, out=None):
    """W x + b for every step at once: one matrix product."""
    products = np.matmul(_flat(xs), W.T, out=None if out is None else _flat(out))
    products += b
    return products.reshape(*xs.shape[:2], -1)


def _halved(W_i, W_h, b_i, b_h, gates):
    """Halve the parameters of the gates: the first few, or those listed. The arguments are copies, free to be changed."""
    for a in (W_i, W_h, b_i, b_h):
        parts = np.split(a, len(a) // W_h.shape[1])
        for k in range(gates) if isinstance(gates, int) else gates:
            parts[k] *= 0.5
    return W_i, W_h, b_i, b_h


def _gate_in_place(a):
    """Turn half a gate's sum into its opening."""
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5


def _blend(z, n, h, out, scratch):
    """out = n + z ⊙ (h − n), which is (1 − z) ⊙ n + z ⊙ h."""
    np.subtract(h, n, out=scratch)
    scratch *= z
    np.add(n, scratch, out=out)


def _update_gate_gradient(dh, h, z, n, out, scratch):
    """out = dh ⊙ (h − n) ⊙ z ⊙ (1 − z)"""
    np.subtract(h, n, out=out)
    out *= dh
    out *= z
    out *= np.subtract(1, z, out=scratch)


def _candidate_gradient(dh, z, n, scratch):
    """n ← dh ⊙ (1 − z) ⊙ (1 − n²)"""
    np.subtract(1, z, out=scratch)
    scratch *= dh
    np.multiply(n, n, out=n)
    np.subtract(1, n, out=n)
    n *= scratch


def _stand_still(ended, t, states):
    """Where a sequence has ended, its states stay what they were."""
    if ended is not None:
        for s in states:
            np.copyto(s[t + 1], s[t], where=ended[t][:, None])


def _carried(ended, t, carry, dh):
    """The gradient of the state before: through the step, or past it where the state stood still."""
    return carry.copy() if ended is None else np.where(ended[t][:, None], dh, carry)


def _input_gradients(xs, das, W_i):
    """dW_i, db and dxs from the gradients of all steps' sums."""
    flat = _flat(das)
    return flat.T @ _flat(xs), flat.sum(axis=0), (flat @ W_i).reshape(xs.shape)


def _flat(a):
    return a.reshape(-1, a.shape[-1])
