"""A small GRU on one sequence, forward and backward: the equations of `gru_ref.kernels` in few calls of NumPy.

The arrays of a step are so small here that a call costs more than its arithmetic. So all parameters stand in one matrix, and
its product with (h, 1, x) gives the four sums of a step, side by side in one row:

    past = W_hn h + b_hn | a_r | a_z | W_in x + b_in

Then r, z and n overwrite their sums. Backward, one product gives the gradients of all inputs, and one those of all parameters.
"""

import numpy as np

from gru_ref.params import GRUParams

TAUGHT_IN = {
    "*": 7,  # runs whole sequences
    "backprop": 8,  # the way back through a sequence
    "_parameters": 8,  # the parameters' gradients
}

THREADED = 9216  # entries of a matrix: from here on OpenBLAS uses several threads for its product with a vector


def is_small(H, I):
    """Whether every matrix here stays below the size at which threads, or the arithmetic, cost more than the calls."""
    return max(4 * H * (H + 1 + I), 6 * H * H) < THREADED


def run(xs, h0, p):
    """Forward, from xs (T, I) and h0 (H,).

    Returns reads (T + 1, H + 1 + I), of which a row is (h, 1, x) before a step, rows (T, 4H) of past, r, z and n, and the
    matrix of the parameters.
    """
    (T, I), H, dtype = xs.shape, len(h0), h0.dtype
    matrix = _matrix(p)
    signed = np.array(matrix, order="F")  # faster in this order
    signed[H : 3 * H] *= -1  # the exponents of σ(a) = 1 / (1 + exp(−a))
    reads, rows = np.empty((T + 1, H + 1 + I), dtype), np.empty((T, 4 * H), dtype)
    reads[0, :H] = h = h0
    reads[:, H] = 1
    reads[:T, H + 1 :] = xs
    row, scratch, one = np.empty(4 * H, dtype), np.empty(H, dtype), np.array(1, dtype)
    past, r, z, n = row.reshape(4, H)
    rz = row[H : 3 * H]
    with np.errstate(over="ignore"):  # where exp(−a) is infinite, the gate is 0
        for read, h_new, kept in zip(reads[:T], reads[1:, :H], rows, strict=True):
            signed.dot(read, row)
            np.exp(rz, rz)
            rz += one  # now r and z are the inverses of the gates
            np.divide(past, r, scratch)
            n += scratch
            np.tanh(n, n)
            np.subtract(h, n, scratch)
            scratch /= z
            np.add(n, scratch, h_new)
            kept[:] = row
            h = h_new
    gates = rows[:, H : 3 * H]
    np.reciprocal(gates, out=gates)
    return reads, rows, matrix


def backprop(dhs, reads, rows, matrix, dh):
    """Backward: dxs (T, I), dh0 (H,) and the gradients of the parameters."""
    H = len(dh)
    past, r, z, n = rows.reshape(-1, 4, H).swapaxes(0, 1).copy()
    write, before = 1 - z, np.zeros(z.shape, z.dtype)
    a_n = write * (1 - n * n)
    a_past = a_n * r
    a_r = a_past * past * (1 - r)
    a_z = z * write * (reads[:-1, :H] - n)
    before[1:] = dhs[:-1]
    # h's gradient comes through four sums, through what z keeps, and from the loss itself: one product adds all of them.
    das = np.concatenate((a_past, a_r, a_z, a_n, z, before), axis=1)
    identity = np.eye(H, dtype=dh.dtype)
    to_h = np.concatenate((matrix[:, :H], identity, identity))
    dh += dhs[-1]
    for row, factors in zip(das[::-1], das.reshape(-1, 6, H)[::-1, :5], strict=True):
        factors *= dh
        row.dot(to_h, dh)
    das = das[:, : 4 * H]
    return das.dot(matrix[:, H + 1 :]), dh, _parameters(das.T.dot(reads[:-1]), H)


def _matrix(p):
    """The parameters as one matrix (4H, H + 1 + I). Past reads no input, and n's sum no state."""
    H, I = p.W_in.shape
    matrix = np.zeros((4 * H, H + 1 + I), p.W_in.dtype)
    matrix[: 3 * H, :H] = np.concatenate((p.W_hn, p.W_hr, p.W_hz))
    matrix[:, H] = np.concatenate((p.b_hn, p.b_ir + p.b_hr, p.b_iz + p.b_hz, p.b_in))
    matrix[H:, H + 1 :] = np.concatenate((p.W_ir, p.W_iz, p.W_in))
    return matrix


def _parameters(dmatrix, H):
    """The gradients of the parameters, from that of their matrix."""
    W_hn, W_hr, W_hz = dmatrix[: 3 * H, :H].copy().reshape(3, H, H)
    W_ir, W_iz, W_in = dmatrix[H:, H + 1 :].copy().reshape(3, H, -1)
    b_hn, b_r, b_z, b_in = dmatrix[:, H].copy().reshape(4, H)
    return GRUParams(W_ir, W_iz, W_in, W_hr, W_hz, W_hn, b_r, b_z, b_in, b_r.copy(), b_z.copy(), b_hn)
