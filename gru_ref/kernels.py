"""Whole sequences forward and backward, fast: the arithmetic behind `gru_ref.layers`, which checks the arguments.

Forward, all input products are one matrix product, and gates are computed where that product lies. Gates are
σ(a) = ½ + ½ tanh(a/2), so with the halved weights one call of tanh makes them, without overflow.

Backward, every gradient of a step is the state's gradient times a factor that does not depend on it. So a block of
steps at a time, the factors are computed where the gates lay; then each step is a product with the factors and one with
the weights. A GRU's tape holds three sequences' worth of gates, r, z and n, and no pass needs a fourth.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gru_ref.params import GRUParams, LSTMParams, RNNParams

BLOCK = 2**15  # entries of a block's states: what one block needs stays in the processor's cache


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
    return kind(*(part.copy() for whole in stacked for part in np.split(whole, len(kind._fields) // 4)))


# ---------------------------------------------------------------------------------------------------------- tanh RNN


def run_rnn(xs, h0, p, ended):
    """Forward: hs (T + 1, B, H), no gates."""
    W_i, W_h, b_i, b_h = joined(p)
    hs = _states(xs, h0)
    _project(xs, W_i, b_i + b_h, out=hs[1:])
    recurrent, W_hT = np.empty_like(h0), W_h.T
    for t, (h, h_new) in enumerate(pairwise(hs)):
        h_new += np.matmul(h, W_hT, out=recurrent)
        np.tanh(h_new, out=h_new)
        _stand_still(ended, t, h, h_new)
    return Tape("rnn", xs, p, hs, None, None, ended)


def backprop_rnn(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, *_ = joined(tape.p)
    sums = _Gradients(tape.xs, W_i, W_h)
    carry = np.empty_like(dh)
    for block in _blocks(dhs):
        das = 1 - tape.hs[1:][block] ** 2
        _shut(das, tape.ended, block)
        for t in reversed(range(len(das))):
            dh += dhs[block][t]
            das[t] *= dh
            _keep_only_ended(dh, tape.ended, block, t)
            dh += np.matmul(das[t], W_h, out=carry)
        sums.add(block, das, das, tape.hs[block])
    return sums.dxs, dh, split(RNNParams, *sums.parameters())


# --------------------------------------------------------------------------------------------------------------- GRU


def run_gru(xs, h0, p, ended):
    """Forward, reset after the matrix product: hs (T + 1, B, H), gates r, z, n (T, B, 3H)."""
    W_i, W_h, b_i, b_h = _halved(*joined(p), gates=(0, 1))
    B, H = h0.shape
    hs = _states(xs, h0)
    b_i[: 2 * H] += b_h[: 2 * H]
    gates = _project(xs, W_i, b_i)
    recurrent, W_hT, b_hn = np.empty((B, 3 * H), h0.dtype), W_h.T, b_h[2 * H :]
    gated, past, difference = recurrent[:, : 2 * H], recurrent[:, 2 * H :], np.empty_like(h0)
    for t, (h, h_new, rz, r, z, n) in enumerate(zip(hs, hs[1:], gates[:, :, : 2 * H], *_parts(gates, 3), strict=False)):
        np.matmul(h, W_hT, out=recurrent)
        rz += gated
        _open(rz)
        past += b_hn
        past *= r
        n += past
        np.tanh(n, out=n)
        _blend(z, n, h, h_new, difference)
        _stand_still(ended, t, h, h_new)
    if ended is not None:
        gates[ended, H : 2 * H] = 1  # the mask is one more gate: in the padding z keeps all
    return Tape("gru", xs, p, hs, gates, None, ended)


def backprop_gru(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, _, b_h = joined(tape.p)
    B, H = dh.shape
    sums = _Gradients(tape.xs, W_i, W_h, b_h_differs=True)
    carry, das_i = np.empty_like(dh), np.empty((min(len(dhs), _steps(dhs)), B, 3 * H), dh.dtype)
    for block in _blocks(dhs):
        hs, gates = tape.hs[block], tape.gates[block]
        das_i = das_i[: len(gates)]
        a_n = das_i[:, :, 2 * H :]
        r, z, n = _parts(gates, 3)
        q = _project(hs, W_h[2 * H :], b_h[2 * H :])
        kept, write = z.copy(), 1 - z
        np.multiply(write, 1 - n * n, out=a_n)
        z *= write
        z *= hs - n
        np.multiply(a_n, r, out=n)
        q *= 1 - r
        np.multiply(n, q, out=r)
        for t in reversed(range(len(gates))):
            dh += dhs[block][t]
            gates[t].reshape(B, 3, H)[...] *= dh[:, None]  # a_r, a_z and a_n ⊙ r
            a_n[t] *= dh
            dh *= kept[t]
            dh += np.matmul(gates[t], W_h, out=carry)
        das_i[:, :, : 2 * H] = gates[:, :, : 2 * H]
        sums.add(block, das_i, gates, hs)
    return sums.dxs, dh, split(GRUParams, *sums.parameters())


def run_gru_reset_before(xs, h0, p, ended):
    """Forward, reset before the matrix product: hs (T + 1, B, H), gates r, z, n (T, B, 3H)."""
    W_i, W_h, b_i, b_h = _halved(*joined(p), gates=(0, 1))
    B, H = h0.shape
    hs = _states(xs, h0)
    gates = _project(xs, W_i, b_i + b_h)
    gated, seen, past = np.empty((B, 2 * H), h0.dtype), np.empty_like(h0), np.empty_like(h0)
    W_gT, W_hnT = W_h[: 2 * H].T, W_h[2 * H :].T
    for t, (h, h_new, rz, r, z, n) in enumerate(zip(hs, hs[1:], gates[:, :, : 2 * H], *_parts(gates, 3), strict=False)):
        rz += np.matmul(h, W_gT, out=gated)
        _open(rz)
        np.multiply(r, h, out=seen)
        n += np.matmul(seen, W_hnT, out=past)
        np.tanh(n, out=n)
        _blend(z, n, h, h_new, past)
        _stand_still(ended, t, h, h_new)
    if ended is not None:
        gates[ended, H : 2 * H] = 1
    return Tape("gru_reset_before", xs, p, hs, gates, None, ended)


def backprop_gru_reset_before(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, *_ = joined(tape.p)
    H = dh.shape[1]
    W_g, W_hn = W_h[: 2 * H], W_h[2 * H :]
    sums = _Gradients(tape.xs, W_i, W_h)
    carry, through = np.empty_like(dh), np.empty_like(dh)
    for block in _blocks(dhs):
        hs, gates = tape.hs[block], tape.gates[block]
        r, z, n = _parts(gates, 3)
        kept, reset, write = z.copy(), r.copy(), 1 - z
        seen = reset * hs
        z *= write
        z *= hs - n
        np.multiply(write, 1 - n * n, out=n)
        np.multiply(seen, 1 - reset, out=r)
        for t in reversed(range(len(gates))):
            dh += dhs[block][t]
            z[t] *= dh
            n[t] *= dh
            np.matmul(n[t], W_hn, out=through)
            r[t] *= through
            through *= reset[t]
            dh *= kept[t]
            dh += through
            dh += np.matmul(gates[t, :, : 2 * H], W_g, out=carry)
        sums.add(block, gates, gates, hs, seen)
    return sums.dxs, dh, split(GRUParams, *sums.parameters())


# -------------------------------------------------------------------------------------------------------------- LSTM


def run_lstm(xs, state, p, ended):
    """Forward: hs and cs (T + 1, B, H), gates i, f, g, o (T, B, 4H)."""
    h0, c0 = state
    W_i, W_h, b_i, b_h = _halved(*joined(p), gates=(0, 1, 3))
    H = h0.shape[1]
    hs, cs = _states(xs, h0), _states(xs, c0)
    gates = _project(xs, W_i, b_i + b_h)
    recurrent, W_hT = np.empty(gates.shape[1:], h0.dtype), W_h.T
    parts = (gates, gates[:, :, : 2 * H], *_parts(gates, 4))
    for t, (h, h_new, c, c_new, a, i_f, i, f, g, o) in enumerate(zip(hs, hs[1:], cs, cs[1:], *parts, strict=False)):
        a += np.matmul(h, W_hT, out=recurrent)
        np.tanh(a, out=a)
        _scale(i_f)
        _scale(o)
        np.multiply(f, c, out=c_new)
        c_new += np.multiply(i, g, out=h_new)
        np.tanh(c_new, out=h_new)
        h_new *= o
        _stand_still(ended, t, h, h_new)
        _stand_still(ended, t, c, c_new)
    return Tape("lstm", xs, p, hs, gates, cs, ended)


def backprop_lstm(dhs, tape, dstate):
    """Backward: dxs, (dh0, dc0) and the gradients of the parameters."""
    dh, dc = dstate
    B, H = dh.shape
    W_i, W_h, *_ = joined(tape.p)
    sums = _Gradients(tape.xs, W_i, W_h)
    carry = np.empty_like(dh)
    for block in _blocks(dhs):
        gates = tape.gates[block]
        i, f, g, o = _parts(gates, 4)
        s = np.tanh(tape.cs[1:][block])
        kept, to_cell = f.copy(), o * (1 - s * s)
        f *= (1 - f) * tape.cs[block]
        o *= (1 - o) * s
        write = i * (1 - g * g)
        i *= (1 - i) * g
        g[...] = write
        _shut(gates, tape.ended, block)
        _shut(to_cell, tape.ended, block)
        if tape.ended is not None:
            kept[tape.ended[block]] = 1
        for t in reversed(range(len(gates))):
            dh += dhs[block][t]
            dc += np.multiply(dh, to_cell[t], out=carry)
            gates[t, :, : 3 * H].reshape(B, 3, H)[...] *= dc[:, None]
            o[t] *= dh
            dc *= kept[t]
            _keep_only_ended(dh, tape.ended, block, t)
            dh += np.matmul(gates[t], W_h, out=carry)
        sums.add(block, gates, gates, tape.hs[block])
    return sums.dxs, (dh, dc), split(LSTMParams, *sums.parameters())


# ------------------------------------------------------------------------------------------------------ parts, forward


def _states(xs, h0):
    hs = np.empty((len(xs) + 1, *h0.shape), h0.dtype)
    hs[0] = h0
    return hs


def _project(xs, W, b, out=None):
    """W x + b for every step at once: one matrix product."""
    products = np.matmul(_flat(xs), W.T, out=None if out is None else _flat(out))
    products += b
    return products.reshape(*xs.shape[:2], -1)


def _halved(*stacked, gates):
    """Halve the parameters of some gates, by their place. The arguments are copies of the caller's, free to be changed."""
    H = stacked[1].shape[1]
    for whole in stacked:
        for k in gates:
            whole[k * H : (k + 1) * H] *= 0.5
    return stacked


def _open(a):
    """Turn half a gate's sum into its opening."""
    np.tanh(a, out=a)
    _scale(a)


def _scale(a):
    """From (−1, 1) to (0, 1)."""
    a *= 0.5
    a += 0.5


def _blend(z, n, h, h_new, scratch):
    """h_new = n + z ⊙ (h − n), which is (1 − z) ⊙ n + z ⊙ h."""
    np.subtract(h, n, out=scratch)
    scratch *= z
    np.add(n, scratch, out=h_new)


def _stand_still(ended, t, h, h_new):
    """Where a sequence has ended, its state stays what it was."""
    if ended is not None:
        np.copyto(h_new, h, where=ended[t][:, None])


def _parts(gates, K):
    """The gates one by one, as views: each (T, B, H)."""
    H = gates.shape[2] // K
    return tuple(gates[:, :, k * H : (k + 1) * H] for k in range(K))


def _flat(a):
    return a.reshape(-1, a.shape[-1])


# ----------------------------------------------------------------------------------------------------- parts, backward


def _steps(dhs):
    """Steps in a block."""
    return max(1, BLOCK // dhs[0].size)


def _blocks(dhs):
    """The steps of a sequence in blocks, the last first: yields slices."""
    for end in range(len(dhs), 0, -_steps(dhs)):
        yield slice(max(0, end - _steps(dhs)), end)


def _shut(factors, ended, block):
    """In the padding nothing is computed, so nothing has a gradient."""
    if ended is not None:
        factors[ended[block]] = 0


def _keep_only_ended(dh, ended, block, t):
    """Where a sequence has ended, the state's gradient passes the step by; elsewhere it goes through it."""
    if ended is None:
        dh[...] = 0
    else:
        dh *= ended[block][t][:, None]


class _Gradients:
    """Sums the parameters' gradients over blocks of steps, and fills in those of the inputs."""

    def __init__(self, xs, W_i, W_h, b_h_differs=False):
        self.xs, self.W_i, self.b_h_differs = xs, W_i, b_h_differs
        self.dxs = np.empty(xs.shape, xs.dtype)  # not empty_like, which would copy an unusual memory order
        self.dW_i, self.dW_h = np.zeros_like(W_i), np.zeros_like(W_h)
        self.db_i, self.db_h = np.zeros_like(W_h[:, 0]), np.zeros_like(W_h[:, 0])

    def add(self, block, das_i, das_h, hs, seen=None):
        """Add a block: das_i and das_h (C, B, K·H) are the gradients of the input's and of the state's sums.

        hs (C, B, H) is what the state's weights are multiplied by; `seen`, where given, takes its place for the last gate.
        """
        H = hs.shape[2]
        das_i, das_h, hs = _flat(das_i), _flat(das_h), _flat(hs)
        _flat(self.dxs[block])[...] = das_i @ self.W_i
        self.dW_i += das_i.T @ _flat(self.xs[block])
        self.db_i += das_i.sum(axis=0)
        if seen is None:
            self.dW_h += das_h.T @ hs
        else:
            self.dW_h[:-H] += das_h[:, :-H].T @ hs
            self.dW_h[-H:] += das_h[:, -H:].T @ _flat(seen)
        if self.b_h_differs:
            self.db_h += das_h.sum(axis=0)

    def parameters(self):
        return self.dW_i, self.dW_h, self.db_i, self.db_h if self.b_h_differs else self.db_i
