"""Whole sequences forward and backward, fast: the arithmetic behind `gru_ref.layers`, which checks the arguments.

Forward, all input products are one matrix product, and the gates overwrite that product in place. Gates are
σ(a) = ½ + ½ tanh(a/2), so with halved weights one call of tanh computes them, without overflow.

Backward, every gradient of a step is the state's gradient times a factor that does not depend on it. So for a block of
steps at a time, the factors overwrite the gates; then each step is a product with the factors and one with the weights.
A GRU's tape holds three sequences' worth of gates, r, z and n, and no pass needs a fourth.

One sequence through a small GRU goes to `gru_ref.one_sequence`.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gru_ref import one_sequence
from gru_ref.params import GRUParams, LSTMParams, RNNParams

TAUGHT_IN = {
    "*": 7,  # runs whole sequences
    "backprop_rnn": 8,  # the way back through a sequence
    "backprop_gru": 8,  # the way back through a sequence
    "backprop_gru_reset_before": 8,  # the way back through a sequence
    "_Gradients": 8,  # the parameters' gradients
    "run_lstm": 12,  # an LSTM's step
    "backprop_lstm": 12,  # the way back through an LSTM's step
}

BLOCK = 2**17  # entries of a block of states: large enough for efficient products, small compared with a long sequence


class Tape(NamedTuple):
    """The values that a forward pass keeps for its one backward pass, which overwrites them.

    xs (T, B, I), hs (T + 1, B, H) with the state before the first step first, gates (K, T, B, H) in the order of the
    parameters' fields, cs like hs for the LSTM, ended (T, B) true in the padding, or None without lengths, and one what
    `gru_ref.one_sequence` keeps of one sequence.
    """

    kind: str
    xs: np.ndarray
    p: tuple
    hs: np.ndarray
    gates: np.ndarray | None
    cs: np.ndarray | None
    ended: np.ndarray | None
    one: tuple | None = None


# ---------------------------------------------------------------------------------------------------------- tanh RNN


def run_rnn(xs, h0, p, ended):
    """Forward: hs (T + 1, B, H), no gates."""
    W_i, W_h, b_i, b_h = _stacked(p)
    hs = _states(xs, h0)
    hs[1:] = _project(xs, W_i, b_i + b_h)[0]
    recurrent, W_hT = np.empty_like(h0), _transposed(W_h)[0]
    for t, (h, h_new) in enumerate(pairwise(hs)):
        h_new += np.matmul(h, W_hT, out=recurrent)
        np.tanh(h_new, out=h_new)
        if ended is not None:
            _stand_still(ended[t], h, h_new)
    return Tape("rnn", xs, p, hs, None, None, ended)


def backprop_rnn(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, *_ = _stacked(tape.p)
    sums = _Gradients(tape.xs, W_i, W_h)
    carry = np.empty_like(dh)
    for block in _blocks(dhs):
        das = 1 - tape.hs[1:][block] ** 2
        _shut(das[None], tape.ended, block)
        for t in reversed(range(len(das))):
            dh += dhs[block][t]
            das[t] *= dh
            _keep_only_ended(dh, tape.ended, block, t)
            dh += np.matmul(das[t], W_h[0], out=carry)
        sums.add(block, das[None], tape.hs[block])
    return sums.dxs, dh, RNNParams(*sums.parameters())


# --------------------------------------------------------------------------------------------------------------- GRU


def run_gru(xs, h0, p, ended):
    """Forward, reset after the matrix product: hs (T + 1, B, H), gates r, z, n (3, T, B, H)."""
    if ended is None and _is_one(xs, h0):
        return _run_one(xs, h0, p)
    W_i, W_h, b_i, b_h = _halved(_stacked(p), slice(0, 2))
    hs = _states(xs, h0)
    b_i[:2] += b_h[:2]
    gates = _project(xs, W_i, b_i)
    W_hT, b_hn = _transposed(W_h), b_h[2]
    recurrent, difference = np.empty((3, *h0.shape), h0.dtype), np.empty_like(h0)
    gated, past = recurrent[:2], recurrent[2]
    half = np.array(0.5, h0.dtype)
    for t, (h, h_new, rz, r, z, n) in enumerate(_steps(hs, gates)):
        np.matmul(h, W_hT, out=recurrent)
        rz += gated
        _open(rz, half)
        past += b_hn
        past *= r
        n += past
        np.tanh(n, out=n)
        _blend(z, n, h, h_new, difference)
        if ended is not None:
            _stand_still(ended[t], h, h_new)
    if ended is not None:
        gates[1, ended] = 1  # the mask acts like a gate: in the padding z keeps everything
    return Tape("gru", xs, p, hs, gates, None, ended)


def _is_one(xs, h0):
    """Whether this is one sequence that fits in a block, through a GRU so small that calls cost more than products."""
    (T, B, I), (_, H) = xs.shape, h0.shape
    return B == 1 and T * H <= BLOCK and one_sequence.is_small(H, I)


def _run_one(xs, h0, p):
    """`run_gru` for one sequence."""
    T, H = len(xs), h0.size
    reads, rows, matrix = one_sequence.run(xs[:, 0], h0[0], p)
    gates = rows.reshape(T, 4, 1, H)[:, 1:].swapaxes(0, 1)
    return Tape("gru", xs, p, reads[:, None, :H].copy(), gates, None, None, (reads, rows, matrix))


def backprop_gru(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    if tape.one is not None:
        dxs, dh0, grads = one_sequence.backprop(dhs[:, 0], *tape.one, dh[0])
        return dxs[:, None], dh0[None], grads
    W_i, W_h, _, b_h = _stacked(tape.p)
    sums = _Gradients(tape.xs, W_i, W_h)
    carries = np.empty((3, *dh.shape), dh.dtype)
    for block in _blocks(dhs):
        hs, gates = tape.hs[block], tape.gates[:, block]
        r, z, n = gates
        (q,) = _project(hs, W_h[2:], b_h[2:])
        kept, write = z.copy(), 1 - z
        a_n = write * (1 - n * n)
        z *= write
        z *= hs - n
        np.multiply(a_n, r, out=n)
        q *= 1 - r
        np.multiply(n, q, out=r)
        totals = np.empty_like(hs)  # the state's gradient at each step, from the loss and from later steps
        steps = zip(totals[::-1], dhs[block][::-1], gates.swapaxes(0, 1)[::-1], kept[::-1], strict=True)
        for total, dh_t, das, keep in steps:
            np.add(dh, dh_t, out=total)
            das *= total  # a_r, a_z and a_n ⊙ r
            np.multiply(total, keep, out=dh)
            np.matmul(das, W_h, out=carries)
            for carry in carries:
                dh += carry
        a_n *= totals
        sums.add(block, gates, hs, last_i=a_n)
    return sums.dxs, dh, GRUParams(*sums.parameters())


def run_gru_reset_before(xs, h0, p, ended):
    """Forward, reset before the matrix product: hs (T + 1, B, H), gates r, z, n (3, T, B, H)."""
    W_i, W_h, b_i, b_h = _halved(_stacked(p), slice(0, 2))
    hs = _states(xs, h0)
    gates = _project(xs, W_i, b_i + b_h)
    W_gT, W_hnT = np.split(_transposed(W_h), [2])
    gated, seen, past = np.empty((2, *h0.shape), h0.dtype), np.empty_like(h0), np.empty_like(h0)
    half = np.array(0.5, h0.dtype)
    for t, (h, h_new, rz, r, z, n) in enumerate(_steps(hs, gates)):
        rz += np.matmul(h, W_gT, out=gated)
        _open(rz, half)
        np.multiply(r, h, out=seen)
        n += np.matmul(seen, W_hnT[0], out=past)
        np.tanh(n, out=n)
        _blend(z, n, h, h_new, past)
        if ended is not None:
            _stand_still(ended[t], h, h_new)
    if ended is not None:
        gates[1, ended] = 1
    return Tape("gru_reset_before", xs, p, hs, gates, None, ended)


def backprop_gru_reset_before(dhs, tape, dh):
    """Backward: dxs, dh0 and the gradients of the parameters."""
    W_i, W_h, *_ = _stacked(tape.p)
    sums = _Gradients(tape.xs, W_i, W_h)
    carries, through = np.empty((2, *dh.shape), dh.dtype), np.empty_like(dh)
    for block in _blocks(dhs):
        hs, gates = tape.hs[block], tape.gates[:, block]
        r, z, n = gates
        kept, reset, write = z.copy(), r.copy(), 1 - z
        seen = reset * hs
        z *= write
        z *= hs - n
        np.multiply(write, 1 - n * n, out=n)
        np.multiply(seen, 1 - reset, out=r)
        for t in reversed(range(len(hs))):
            dh += dhs[block][t]
            gates[1:, t] *= dh
            np.matmul(n[t], W_h[2], out=through)
            r[t] *= through
            through *= reset[t]
            dh *= kept[t]
            dh += through
            dh += np.matmul(gates[:2, t], W_h[:2], out=carries).sum(axis=0)
        sums.add(block, gates, hs, last_read=seen)
    return sums.dxs, dh, GRUParams(*sums.parameters())


# -------------------------------------------------------------------------------------------------------------- LSTM


def run_lstm(xs, state, p, ended):
    """Forward: hs and cs (T + 1, B, H), gates i, f, g, o (4, T, B, H)."""
    h0, c0 = state
    squashed = (0, 1, 3)
    W_i, W_h, b_i, b_h = _halved(_stacked(p), squashed)
    hs, cs = _states(xs, h0), _states(xs, c0)
    gates = _project(xs, W_i, b_i + b_h)
    recurrent, W_hT, half = np.empty((4, *h0.shape), h0.dtype), _transposed(W_h), np.array(0.5, h0.dtype)
    for t, (h, h_new) in enumerate(pairwise(hs)):
        c, c_new, (i, f, g, o) = cs[t], cs[t + 1], gates[:, t]
        gates[:, t] += np.matmul(h, W_hT, out=recurrent)
        np.tanh(gates[:, t], out=gates[:, t])
        for gate in (i, f, o):
            _scale(gate, half)
        np.multiply(f, c, out=c_new)
        c_new += np.multiply(i, g, out=h_new)
        np.tanh(c_new, out=h_new)
        h_new *= o
        if ended is not None:
            _stand_still(ended[t], h, h_new)
            _stand_still(ended[t], c, c_new)
    return Tape("lstm", xs, p, hs, gates, cs, ended)


def backprop_lstm(dhs, tape, dstate):
    """Backward: dxs, (dh0, dc0) and the gradients of the parameters."""
    dh, dc = dstate
    W_i, W_h, *_ = _stacked(tape.p)
    sums = _Gradients(tape.xs, W_i, W_h)
    carries, to_cell_now = np.empty((4, *dh.shape), dh.dtype), np.empty_like(dh)
    for block in _blocks(dhs):
        gates = tape.gates[:, block]
        i, f, g, o = gates
        s = np.tanh(tape.cs[1:][block])
        kept, to_cell = f.copy(), o * (1 - s * s)
        f *= (1 - f) * tape.cs[block]
        o *= (1 - o) * s
        write = i * (1 - g * g)
        i *= (1 - i) * g
        g[...] = write
        _shut(gates, tape.ended, block)
        _shut(to_cell[None], tape.ended, block)
        if tape.ended is not None:
            kept[tape.ended[block]] = 1
        for t in reversed(range(len(kept))):
            dh += dhs[block][t]
            dc += np.multiply(dh, to_cell[t], out=to_cell_now)
            gates[:3, t] *= dc
            o[t] *= dh
            dc *= kept[t]
            _keep_only_ended(dh, tape.ended, block, t)
            dh += np.matmul(gates[:, t], W_h, out=carries).sum(axis=0)
        sums.add(block, gates, tape.hs[block])
    return sums.dxs, (dh, dc), LSTMParams(*sums.parameters())


# ------------------------------------------------------------------------------------------------------ parts, forward


def _stacked(p):
    """A cell's parameters, gate by gate: copies W_i (K, H, I), W_h (K, H, H), b_i and b_h (K, H)."""
    K = len(p) // 4
    return tuple(np.stack(p[k * K : (k + 1) * K]) for k in range(4))


def _halved(stacked, gates):
    """Halve the parameters of some gates, in place."""
    for whole in stacked:
        whole[gates if isinstance(gates, slice) else list(gates)] *= 0.5
    return stacked


def _transposed(W):
    """Each gate's matrix transposed and copied: the product with a mere view takes half as long again."""
    return np.ascontiguousarray(W.transpose(0, 2, 1))


def _states(xs, h0):
    hs = np.empty((len(xs) + 1, *h0.shape), h0.dtype)
    hs[0] = h0
    return hs


def _project(xs, W, b):
    """W x + b for every gate and step at once: (K, T, B, H)."""
    products = np.matmul(_flat(xs), _transposed(W))
    products += b[:, None]
    return products.reshape(len(W), *xs.shape[:2], -1)


def _steps(hs, gates):
    """A GRU step by step: yields state, new state, and r with z, r, z and n, as views."""
    rz = gates[:2].swapaxes(0, 1)
    return zip(hs, hs[1:], rz, *gates, strict=False)


def _open(a, half):
    """Turn half of a gate's sum into its opening. (NumPy adds an array with one number faster than a number.)"""
    np.tanh(a, out=a)
    _scale(a, half)


def _scale(a, half):
    """From (−1, 1) to (0, 1)."""
    a *= half
    a += half


def _blend(z, n, h, h_new, scratch):
    """h_new = n + z ⊙ (h − n), which is (1 − z) ⊙ n + z ⊙ h."""
    np.subtract(h, n, out=scratch)
    scratch *= z
    np.add(n, scratch, out=h_new)


def _stand_still(ended, h, h_new):
    """After a sequence's end, keep its state unchanged."""
    np.copyto(h_new, h, where=ended[:, None])


def _sum_of_rows(a):
    """a.sum(axis=1) of a (K, N, H) array, as a product: several times as fast."""
    return (np.ones((1, a.shape[1]), a.dtype) @ a)[:, 0]


def _flat(a):
    """(C, B, H) as (C·B, H), and (K, C, B, H) as (K, C·B, H)."""
    return a.reshape(*a.shape[:-3], -1, a.shape[-1])


# ----------------------------------------------------------------------------------------------------- parts, backward


def _blocks(dhs):
    """The steps of a sequence in blocks, the last first: yields slices."""
    steps = max(1, BLOCK // dhs[0].size)
    for end in range(len(dhs), 0, -steps):
        yield slice(max(0, end - steps), end)


def _shut(factors, ended, block):
    """Zero the gradients in the padding, where nothing is computed."""
    if ended is not None:
        factors[:, ended[block]] = 0


def _keep_only_ended(dh, ended, block, t):
    """After a sequence's end, the state's gradient bypasses the step; elsewhere it goes through it."""
    if ended is None:
        dh[...] = 0
    else:
        dh *= ended[block][t][:, None]


class _Gradients:
    """Sums the parameters' gradients over blocks of steps, and fills in those of the inputs."""

    def __init__(self, xs, W_i, W_h):
        self.xs, self.W_i = xs, W_i
        self.dxs = np.empty(xs.shape, xs.dtype)  # not empty_like, which would copy an unusual memory order
        self.dW_i, self.dW_h = np.zeros_like(W_i), np.zeros_like(W_h)
        self.db_i, self.db_h = np.zeros_like(W_h[:, 0]), np.zeros_like(W_h[:, 0])

    def add(self, block, das, hs, last_i=None, last_read=None):
        """Add a block of steps.

        das (K, C, B, H) are the gradients of the gates' sums, hs (C, B, H) the states before each step. For the last
        gate, `last_i` is the gradient of its input's part, if that differs from its state's part, and `last_read` is the
        factor of its state's weights, if that is not the state.
        """
        das, hs, xs = _flat(das), _flat(hs), _flat(self.xs[block])
        self.dW_h += das.transpose(0, 2, 1) @ hs
        self.db_h += _sum_of_rows(das)
        if last_read is not None:
            self.dW_h[-1] += das[-1].T @ (_flat(last_read) - hs)
        if last_i is not None:
            das[-1] = _flat(last_i)
        self.dW_i += das.transpose(0, 2, 1) @ xs
        self.db_i += _sum_of_rows(das)
        _flat(self.dxs[block])[...] = (das @ self.W_i).sum(axis=0)

    def parameters(self):
        """The gradients in the order of the parameters' fields."""
        return (*self.dW_i, *self.dW_h, *self.db_i, *self.db_h)
