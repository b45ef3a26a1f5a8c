"""Lesson 09: the Jacobian of a GRU step, its product over time, and a start with long memories."""

import numpy as np

import gru_ref
from grader.drawing import draw_params, draw_step
from grader.exercise import THIN_RUNS, THIN_STEPS, Exercise, thin

LESSON = "09_memory"


def draw_run(rng, sizes=None):
    """Arguments (xs, h0, p): what a GRU runs over, T, B, I and H all different, or these `sizes`."""
    T, B, I, H = sizes or (None, *rng.permutation([2, 3, 4]))
    return rng.normal(0, 1, (T or rng.integers(5, 7), B, I)), rng.uniform(-0.9, 0.9, (B, H)), draw_params(rng, I, H)


def draw_start(rng, I=2):
    """Arguments (p, T_max, rng) of one start; so many units that their distribution shows."""
    H = int(rng.integers(200, 250))
    return draw_params(rng, I, H), int(rng.integers(12, 18)), fresh(rng)


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


# ----------------------------------------------------------------------------------------------------------- Jacobian

gru_jacobian = Exercise(
    reference=gru_ref.gru_jacobian,
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H H",
    hints=(
        "Compute r, z, q and n first, each (B, H). Then each path is one line: a factor of shape (B, H), and a matrix.",
        "Every factor belongs to a *row* of its matrix: give it a last axis of length 1, `[:, :, None]`. The path of what is kept has no matrix: its z stand on a diagonal, `z[:, :, None] * np.eye(H)`.",
        "Three matrices, three factors. W_hz: `(h - n) * z * (1 - z)`. The other two share `(1 - z) * (1 - n**2)`; W_hn then has r, and W_hr has q and the slope of r.",
    ),
)


@gru_jacobian.mistake
def kept_path_missing(x, h, p):
    """The path of what is kept is missing

    Your three matrices are right, but the old state also enters by itself, as z ⊙ h. Unit i answers to its own old value
    with slope z: z on the diagonal.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return by_update + by_candidate + by_reset


@gru_jacobian.mistake
def update_path_missing(x, h, p):
    """The path through the update gate is missing

    z depends on h as well. Where it moves, the blend moves between n and h: the slope of (1 − z) n + z h against z is h − n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_candidate + by_reset


@gru_jacobian.mistake
def reset_path_missing(x, h, p):
    """The path through the reset gate is missing

    r depends on h as well. It stands before q, inside tanh.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    return kept + by_update + by_candidate


@gru_jacobian.mistake
def candidate_path_missing(x, h, p):
    """The path straight into the candidate is missing

    Beside the gates, h itself stands inside tanh: r ⊙ (W_hn h + b_hn).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_reset


@gru_jacobian.mistake
def gates_taken_as_constants(x, h, p):
    """Both gates are taken as constants

    What is kept and what goes straight into the candidate are right. But z and r are functions of h, too: each adds a path.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    return kept + by_candidate


@gru_jacobian.mistake
def kept_path_alone(x, h, p):
    """This is the path of what is kept, alone

    ∂(z ⊙ h)/∂h has z on the diagonal, if z stood still. The candidate, and both gates, depend on h as well: three more paths.
    """
    z = gru_ref.update_gate(x, h, p)
    return z[:, :, None] * np.eye(h.shape[1])


@gru_jacobian.mistake
def gates_alone(x, h, p):
    """Only the paths through the two gates are there

    h also enters by itself, kept by z, and inside the candidate, beside r.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return by_update + by_reset


@gru_jacobian.mistake
def factors_on_the_columns(x, h, p):
    """All factors scale the columns of their matrices instead of the rows

    A factor belongs to the unit that *answers*, i, and so to row i. With `[:, None, :]`, NumPy lines it up with j.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, None, :] * p.W_hz
    by_candidate = (slope * r)[:, None, :] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, None, :] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def jacobian_transposed(x, h, p):
    """This is the Jacobian transposed

    Rows and columns are exchanged: yours holds ∂h_new[j] / ∂h[i]. The first index after b is the unit that answers.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, None, :] * p.W_hz.T
    by_candidate = (slope * r)[:, None, :] * p.W_hn.T
    by_reset = (slope * q * r * (1 - r))[:, None, :] * p.W_hr.T
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def weights_transposed(x, h, p):
    """All three matrices are transposed

    In the forward step a transpose is needed, because the batch stands on the left. Here the entry from j to i is W[i, j]
    as it stands.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz.T
    by_candidate = (slope * r)[:, :, None] * p.W_hn.T
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr.T
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidate_minus_state(x, h, p):
    """n − h stands where h − n should

    The update gate multiplies h, and 1 − z multiplies n. So where z rises, there is more of h and less of n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((n - h) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def state_alone_before_the_update_gate(x, h, p):
    """In the update gate's path stands h instead of h − n

    z appears twice in the blend: before h, and in 1 − z before n. The second gives −n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = (h * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def difference_missing(x, h, p):
    """In the update gate's path h − n is missing

    z's own slope is there. It must still be multiplied with what the blend makes of it: how far h and n are apart.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = (z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def update_gates_slope_missing(x, h, p):
    """In the update gate's path the slope of σ is missing

    The sum inside z changes by W_hz; z itself answers with slope z (1 − z).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = (h - n)[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def reset_gates_slope_missing(x, h, p):
    """In the reset gate's path the slope of σ is missing

    The sum inside r changes by W_hr; r itself answers with slope r (1 − r).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q)[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def tanh_slope_missing(x, h, p):
    """The slope of tanh is missing

    Both paths through the candidate go through its tanh. Its slope is 1 − n².
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = 1 - z
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def squashed_twice(x, h, p):
    """tanh is applied to the candidate once more

    This is what 1 − tanh²(n) gives. n is already a tanh: the slope is 1 minus its square.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - np.tanh(n) ** 2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def slope_at_the_new_state(x, h, p):
    """The slope of tanh is taken at the new state

    This is 1 − h_new². In a tanh RNN the new state *is* the tanh; in a GRU the candidate is: 1 − n².
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - gru_ref.gru_step(x, h, p) ** 2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def square_missing(x, h, p):
    """The square is missing in 1 − n²

    tanh' = 1 − tanh². With 1 − n the slope could exceed 1.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def logistic_slope_for_tanh(x, h, p):
    """The candidate has the slope of σ instead of that of tanh

    n (1 − n) belongs to a gate. For tanh it is 1 − n².
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * n * (1 - n)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def tanh_slope_for_the_update_gate(x, h, p):
    """The update gate has the slope of tanh instead of that of σ

    1 − z² belongs to a tanh. For σ it is z (1 − z).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * (1 - z**2))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def tanh_slope_for_the_reset_gate(x, h, p):
    """The reset gate has the slope of tanh instead of that of σ

    1 − r² belongs to a tanh. For σ it is r (1 − r).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * (1 - r**2))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def written_part_missing(x, h, p):
    """The factor 1 − z before the candidate is missing

    The candidate changes, but only the fraction 1 − z of it is written.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = 1 - n**2
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def update_gate_exchanged(x, h, p):
    """z and 1 − z are exchanged

    This is the Jacobian where z is the part that is *written*. Here, as in PyTorch, z keeps: z stands before h, 1 − z
    before the candidate.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = z * (1 - n**2)
    kept = (1 - z)[:, :, None] * np.eye(h.shape[1])
    by_update = ((n - h) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def kept_by_one_minus_z(x, h, p):
    """1 − z stands on the diagonal

    The part that is kept is z; 1 − z is written.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = (1 - z)[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def reset_missing_before_W_hn(x, h, p):
    """In the candidate's path r is missing

    h goes through W_hn, and r takes its share of the product, row by row.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = slope[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def q_missing(x, h, p):
    """In the reset gate's path q is missing

    r stands before q = W_hn h + b_hn. Where r changes, the sum inside tanh changes by q times as much.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def state_for_q(x, h, p):
    """In the reset gate's path stands h instead of q

    In our GRU the reset acts after the product: what r multiplies is q = W_hn h + b_hn, not h.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * h * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def q_without_its_bias(x, h, p):
    """In the reset gate's path q lacks its bias

    r gates the whole of W_hn h + b_hn, so b_hn belongs to what it multiplies.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * (q - p.b_hn) * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidate_for_q(x, h, p):
    """In the reset gate's path stands n instead of q

    n is what tanh makes of the whole sum. What r multiplies is q = W_hn h + b_hn.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * n * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def bracket_closed_too_early(x, h, p):
    """The bracket closes too early: the reset gate's path lacks (1 − z)(1 − n²)

    r acts inside tanh, and its result is written by 1 − z, like everything in the candidate.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def reset_before_the_product(x, h, p):
    """This is the Jacobian of the other GRU, whose reset acts before the matrix product

    There the candidate is tanh(W_in x + b_in + W_hn (r ⊙ h) + b_hn). In ours r stands outside: r ⊙ (W_hn h + b_hn).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    kept = z[:, :, None] * np.eye(h.shape[1])
    seen = r[:, :, None] * np.eye(h.shape[1]) + (h * r * (1 - r))[:, :, None] * p.W_hr
    return kept + ((h - n) * z * (1 - z))[:, :, None] * p.W_hz + ((1 - z) * (1 - n**2))[:, :, None] * (p.W_hn @ seen)


@gru_jacobian.mistake
def reset_scales_the_columns(x, h, p):
    """r scales the columns of W_hn

    This is W_hn[i, j] · r[j]: the reset before the product. Ours stands after it, so row i is scaled by r[i].
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = slope[:, :, None] * p.W_hn * r[:, None, :]
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def gates_weights_exchanged(x, h, p):
    """W_hz and W_hr are exchanged

    The path through z needs the matrix that z reads the state with, and so does r.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hr
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hz
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def kept_part_in_every_column(x, h, p):
    """z is added to whole rows, not to the diagonal

    By being kept, unit i answers to *its own* old value alone. Multiply by `np.eye(H)`, so that only the diagonal is left.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None]
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def identity_for_the_kept_part(x, h, p):
    """The identity stands where z should be on the diagonal

    That would keep all of h. What is kept is the fraction z of each unit.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def diagonal_of_the_batch(x, h, p):
    """`np.diag(z)` of a (B, H) array is the diagonal that z has, not the one that it should become

    Of an array with two axes `np.diag` takes out the diagonal. A stack of diagonal matrices is `z[:, :, None] * np.eye(H)`.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = np.diag(z)
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def factors_without_an_axis(x, h, p):
    """Factors (B, H) meet matrices (H, H) without a new axis

    NumPy lines B up with H, and cannot. There is one matrix for each row of the batch: the factors need a third axis,
    `[:, :, None]`, and so does z before the identity.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z)) * p.W_hz
    by_candidate = (slope * r) * p.W_hn
    by_reset = (slope * q * r * (1 - r)) * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def summed_by_a_matrix_product(x, h, p):
    """The factors are multiplied into their matrices with @, which sums over i

    The result is (B, H): a matrix product adds up what should stay apart. Multiply entry by entry, with `*`, after giving
    the factors a third axis.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    return z + ((h - n) * z * (1 - z)) @ p.W_hz + (slope * r) @ p.W_hn + (slope * q * r * (1 - r)) @ p.W_hr


@gru_jacobian.mistake
def first_row_only(x, h, p):
    """Only the first row of the batch is used

    This is the right (H, H) matrix of row 0. Every row of the batch has its own: the result is (B, H, H).
    """
    x, h = x[0], h[0]
    r = gru_ref.sigmoid(p.W_ir @ x + p.b_ir + p.W_hr @ h + p.b_hr)
    z = gru_ref.sigmoid(p.W_iz @ x + p.b_iz + p.W_hz @ h + p.b_hz)
    q = p.W_hn @ h + p.b_hn
    n = np.tanh(p.W_in @ x + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    by_gates = np.diag((h - n) * z * (1 - z)) @ p.W_hz + np.diag(slope * q * r * (1 - r)) @ p.W_hr
    return np.diag(z) + by_gates + np.diag(slope * r) @ p.W_hn


@gru_jacobian.mistake
def input_weights(x, h, p):
    """These are the weights of the input, W_i*

    The question is how h_new answers to the old *state*, which enters by W_h*. With W_i* one gets ∂h_new / ∂x.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_iz
    by_candidate = slope[:, :, None] * p.W_in
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_ir
    return by_update + by_candidate + by_reset


@gru_jacobian.mistake
def a_tanh_rnns(x, h, p):
    """This is the Jacobian of a tanh RNN with the candidate's weights

    Without gates, h_new would be n. Here n is blended with h, and two gates stand on the way.
    """
    n = gru_ref.candidate(x, h, gru_ref.reset_gate(x, h, p), p)
    return (1 - n**2)[:, :, None] * p.W_hn


@gru_jacobian.mistake
def plus_for_minus(x, h, p):
    """h + n stands where h − n should

    z stands before h, and 1 − z before n: where z rises, there is more of h and *less* of n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h + n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def new_state_for_the_candidate(x, h, p):
    """The new state stands where the candidate should

    n is what tanh gives, before the blend: `gru_ref.candidate(x, h, r, p)`. You use h_new in its place.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = gru_ref.gru_step(x, h, p)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def diagonals_of_the_batch(x, h, p):
    """`np.diag` of a (B, H) array takes a diagonal out, where it should make matrices

    It makes a diagonal matrix of *one* vector. For a whole batch give the factor a third axis and use `*`: `factor[:, :,
    None] * W`. Or loop over the rows of the batch.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    return np.diag(z) + np.diag((h - n) * z * (1 - z)) @ p.W_hz + np.diag(slope * r) @ p.W_hn


@gru_jacobian.mistake
def lesson_02s_jacobian(x, h, p):
    """This is the tanh RNN's Jacobian of lesson 02, at the new state

    In a GRU the new state is no tanh but a blend, and two gates depend on h as well: four paths, not one.
    """
    h_new = gru_ref.gru_step(x, h, p)
    return (1 - h_new**2)[:, :, None] * p.W_hn


@gru_jacobian.mistake
def brackets_around_the_difference_missing(x, h, p):
    """The brackets around h − n are missing

    `h - n * z * (1 - z)` takes the product first. The whole difference is multiplied by z (1 − z).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = (h - n * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def brackets_around_the_written_part_missing(x, h, p):
    """The brackets around 1 − z are missing

    `1 - z * (1 - n**2)` takes the product first. Write `(1 - z) * (1 - n**2)`.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = 1 - z * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def whole_sum_for_q(x, h, p):
    """In the reset gate's path stands the whole sum inside tanh instead of q

    r multiplies only what comes from the past, q = W_hn h + b_hn; not the part from the input.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * (x @ p.W_in.T + p.b_in + q) * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidates_weights_in_the_reset_path(x, h, p):
    """In the reset gate's path stands W_hn instead of W_hr

    r reads the state through W_hr. That is the matrix through which a nudge of h gets into r.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hn
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidates_weights_in_the_update_path(x, h, p):
    """In the update gate's path stands W_hn instead of W_hz

    z reads the state through W_hz. That is the matrix through which a nudge of h gets into z.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hn
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def reset_counted_twice(x, h, p):
    """In the reset gate's path r stands once too often

    The slope of σ is r (1 − r), and what r multiplies is q. That is all: r itself belongs to the candidate's path.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * r * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def kept_part_in_every_row(x, h, p):
    """z is added to whole columns, not to the diagonal

    By being kept, unit i answers to *its own* old value alone. Multiply by `np.eye(H)`, so that only the diagonal is left.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, None, :]
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def identity_added_to_the_kept_part(x, h, p):
    """The identity is added to z, where z should be multiplied with it

    `z[:, :, None] + np.eye(H)` adds z to whole rows, and 1 to the diagonal. Multiplied, `*`, only z on the diagonal is left.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] + np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def first_rows_diagonal_for_all(x, h, p):
    """On the diagonal stand the z of the batch's first row, for all rows

    Every row of the batch has its own gate. A stack of diagonal matrices is `z[:, :, None] * np.eye(H)`.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = np.diag(z[0])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def one_minus_r_missing(x, h, p):
    """In the reset gate's path 1 − r is missing

    The slope of σ has two factors, r (1 − r).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r)[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def one_factor_r_missing(x, h, p):
    """In the reset gate's path r is missing

    The slope of σ has two factors, r (1 − r).
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def one_factor_z_missing(x, h, p):
    """In the update gate's path z is missing

    The slope of σ has two factors, z (1 − z), and both stand beside h − n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def one_minus_z_missing_in_the_update_path(x, h, p):
    """In the update gate's path 1 − z is missing

    The slope of σ has two factors, z (1 − z), and both stand beside h − n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z)[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def bias_missing_in_q_and_n(x, h, p):
    """q lacks its bias, and so does the candidate made from it

    q is the whole of W_hn h + b_hn.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def q_from_the_matrix_as_it_stands(x, h, p):
    """q is made with W_hn instead of its transpose

    The batch stands on the left of a forward product, so q is `h @ p.W_hn.T + p.b_hn`, as in every gate.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn + p.b_hn
    n = gru_ref.candidate(x, h, r, p)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def z_before_the_candidates_slope(x, h, p):
    """z stands before the slope of tanh, where 1 − z should

    z is the part that is kept. The candidate is written with 1 − z.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = z * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def slope_missing_in_the_candidates_path(x, h, p):
    """In the candidate's path (1 − z)(1 − n²) is missing

    h goes through W_hn, then r, then tanh, and 1 − z of the result is written: four factors in a row.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = r[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def resets_slope_in_the_candidates_path(x, h, p):
    """In the candidate's path stands the slope of r, where r itself should

    This path asks what happens while r stands still: what comes out of W_hn is multiplied by r.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r * (1 - r))[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def state_minus_new_state(x, h, p):
    """In the update gate's path stands h − h_new instead of h − n

    z blends h with the candidate n. The new state is what comes out.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - gru_ref.gru_step(x, h, p)) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def new_state_minus_candidate(x, h, p):
    """In the update gate's path stands h_new − n instead of h − n

    What z multiplies is the *old* state. The new one is what comes out of the blend.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((gru_ref.gru_step(x, h, p) - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def gates_exchanged(x, h, p):
    """r and z are exchanged

    The first of your gates has the other's name: r is `gru_ref.reset_gate(x, h, p)`, z is `gru_ref.update_gate(x, h, p)`.
    """
    z, r = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidate_with_the_update_gate(x, h, p):
    """The candidate is made with z in the place of r

    It is `gru_ref.candidate(x, h, r, p)`: the gate inside tanh is the reset gate.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = gru_ref.candidate(x, h, z, p)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidate_of_another_formula(x, h, p):
    """The candidate is made without its reset gate

    n is tanh(W_in x + b_in + r ⊙ q). `gru_ref.candidate(x, h, r, p)` gives it.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def paths_through_the_candidate_missing(x, h, p):
    """Both paths through the candidate are missing

    What is kept, and what the update gate moves, are right. But n depends on h as well: by q, and by r.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    n = gru_ref.candidate(x, h, r, p)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    return kept + by_update


@gru_jacobian.mistake
def slope_at_the_old_state(x, h, p):
    """The slope of tanh is taken at the old state

    This is 1 − h². The tanh is in the candidate, and its slope is 1 − n².
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - h**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def slope_at_q(x, h, p):
    """The slope of tanh is taken at q

    This is 1 − q². q stands inside the tanh; the slope is 1 minus the square of what comes out, n.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - q**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def square_around_the_bracket(x, h, p):
    """(1 − n)² stands where 1 − n² should

    Only n is squared: `1 - n**2`.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n) ** 2
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def candidate_alone_in_the_update_path(x, h, p):
    """In the update gate's path stands −n instead of h − n

    z appears twice in the blend: in 1 − z before n, and before h. The second gives h.
    """
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = (-n * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.mistake
def all_at_the_new_state(x, h, p):
    """Everything is computed at the new state

    `h` is the state before the step, and the gates read it. In lesson 02 the new state was enough; here the step's own
    start is needed.
    """
    h = gru_ref.gru_step(x, h, p)
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    slope = (1 - z) * (1 - n**2)
    kept = z[:, :, None] * np.eye(h.shape[1])
    by_update = ((h - n) * z * (1 - z))[:, :, None] * p.W_hz
    by_candidate = (slope * r)[:, :, None] * p.W_hn
    by_reset = (slope * q * r * (1 - r))[:, :, None] * p.W_hr
    return kept + by_update + by_candidate + by_reset


@gru_jacobian.slips(
    ("kept_path_missing", "kept_by_one_minus_z", "identity_for_the_kept_part"),
    ("update_path_missing", "candidate_minus_state", "difference_missing", "update_gates_slope_missing"),
    ("q_missing", "reset_gates_slope_missing", "state_for_q"),
    ("tanh_slope_missing", "squashed_twice", "written_part_missing"),
)
def several_slips_in_a_jacobian(slip, x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    kept = 0 * z if slip("kept_path_missing") else 1 - z if slip("kept_by_one_minus_z") else z
    if slip("identity_for_the_kept_part"):
        kept = np.ones_like(z)
    apart = n - h if slip("candidate_minus_state") else np.ones_like(h) if slip("difference_missing") else h - n
    by_update = apart * (1 if slip("update_gates_slope_missing") else z * (1 - z)) * (not slip("update_path_missing"))
    slope = 1 if slip("tanh_slope_missing") else 1 - np.tanh(n) ** 2 if slip("squashed_twice") else 1 - n**2
    slope = slope * (1 if slip("written_part_missing") else 1 - z)
    by_reset = (1 if slip("q_missing") else h if slip("state_for_q") else q) * (
        1 if slip("reset_gates_slope_missing") else r * (1 - r)
    )
    past = (slope * r)[:, :, None] * p.W_hn + (slope * by_reset)[:, :, None] * p.W_hr
    return kept[:, :, None] * np.eye(h.shape[1]) + by_update[:, :, None] * p.W_hz + past


@gru_jacobian.law
def identity_where_all_is_kept(f, rng):
    """where z = 1, every Jacobian is the identity

    The step then copies the state: each unit answers to its own old value with slope 1, and to nothing else. That is exact:
    differences of two steps come near it and no further.
    """
    x, h, p = draw_step(rng)
    J = f(x, h, p._replace(b_iz=p.b_iz + 1000))
    return np.allclose(J, np.eye(h.shape[1]), rtol=0, atol=1e-14)


@gru_jacobian.mistake(when=lambda args, J: 1e-13 < np.abs(J - gru_ref.gru_jacobian(*args)).max() < 1e-4)
def by_differences(x, h, p):
    """These are differences of two steps, not the derivative

    A nudge of h, and the quotient, come near the Jacobian, in some ten digits. Here the formula is wanted: differentiate
    h_new = (1 − z) ⊙ n + z ⊙ h by hand. Use differences to check it.
    """
    J = np.empty((*h.shape, h.shape[1]))
    for j in range(h.shape[1]):
        nudge = np.zeros_like(h)
        nudge[:, j] = 1e-6
        J[:, :, j] = (gru_ref.gru_step(x, h + nudge, p) - gru_ref.gru_step(x, h - nudge, p)) / 2e-6
    return J


@gru_jacobian.law
def a_tanh_rnns_where_all_is_written(f, rng):
    """where z = 0 and r = 1, it is the Jacobian of a tanh RNN

    All is written, and nothing reset: what is left is the candidate's own path, (1 − n²) W_hn.
    """
    x, h, p = draw_step(rng)
    p = p._replace(b_iz=p.b_iz - 1000, b_ir=p.b_ir + 1000)
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    return np.allclose(f(x, h, p), gru_ref.rnn_jacobian(gru_ref.rnn_step(x, h, rnn), rnn))


@gru_jacobian.law
def predicts_a_nudge(f, rng):
    """a small nudge of h changes h_new by J times the nudge

    That is what a Jacobian is. The nudge has length one millionth here.
    """
    x, h, p = draw_step(rng)
    nudge = rng.normal(0, 1, h.shape)
    nudge *= 1e-6 / np.linalg.norm(nudge)
    measured = (gru_ref.gru_step(x, h + nudge, p) - gru_ref.gru_step(x, h - nudge, p)) / 2
    return np.allclose(np.einsum("bij,bj->bi", f(x, h, p), nudge), measured, rtol=1e-4, atol=1e-11)


@gru_jacobian.law
def independent_of_the_other_rows(f, rng):
    """a row of the batch does not influence the others

    Another first row leaves all other matrices as they were.
    """
    x, h, p = draw_step(rng)
    other = h.copy()
    other[0] = -h[0]
    return np.allclose(f(x, h, p)[1:], f(x, other, p)[1:]) and not np.allclose(f(x, h, p)[0], f(x, other, p)[0])


@gru_jacobian.also_right
def by_einsum(x, h, p):
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    q = h @ p.W_hn.T + p.b_hn
    n = np.tanh(x @ p.W_in.T + p.b_in + r * q)
    inside = np.einsum("bi,ij->bij", r, p.W_hn) + np.einsum("bi,ij->bij", q * r * (1 - r), p.W_hr)
    J = np.einsum("bi,bij->bij", (1 - z) * (1 - n) * (1 + n), inside) + np.einsum(
        "bi,ij->bij", (h - n) * z * (1 - z), p.W_hz
    )
    J[:, range(h.shape[1]), range(h.shape[1])] += z
    return J


@gru_jacobian.also_right
def row_by_row_with_diagonal_matrices(x, h, p):
    matrices = []
    for x_b, h_b in zip(x, h, strict=True):
        r = gru_ref.sigmoid(p.W_ir @ x_b + p.b_ir + p.W_hr @ h_b + p.b_hr)
        z = gru_ref.sigmoid(p.W_iz @ x_b + p.b_iz + p.W_hz @ h_b + p.b_hz)
        q = p.W_hn @ h_b + p.b_hn
        n = np.tanh(p.W_in @ x_b + p.b_in + r * q)
        dr, dz = np.diag(r * (1 - r)) @ p.W_hr, np.diag(z * (1 - z)) @ p.W_hz
        dn = np.diag(1 - n * n) @ (np.diag(q) @ dr + np.diag(r) @ p.W_hn)
        matrices.append(np.diag(1 - z) @ dn - np.diag(n) @ dz + np.diag(z) + np.diag(h_b) @ dz)
    return np.array(matrices)


# ---------------------------------------------------------------------------------------------- the product over time

gradient_profile = Exercise(
    reference=gru_ref.gradient_profile,
    inputs=draw_run,
    edges=(
        *thin(draw_run, THIN_RUNS),
        (np.array([[[0.5, -0.3]]]), np.array([[0.2, -0.6, 0.4]]), draw_params(np.random.default_rng(9), 2, 3)),
    ),
    axes="lag B",
    hints=(
        "First run forward and keep the T + 1 states, h0 among them. Then walk back from the end, and let a product grow.",
        "The step that leads over lag k reads `xs[T - k]`, and starts from the state that stands in the list at `T - k`.",
        "`product = product @ J`, older factors on the right, from `np.eye(H)`; then `np.linalg.norm(product, ord=2, axis=(1, 2))`.",
    ),
)


@gradient_profile.mistake
def newest_on_the_right(xs, h0, p):
    """The factors are multiplied in the wrong order

    The chain rule puts the newest Jacobian on the left. Walking back in time each new factor is older, and joins on the
    right. (Or is each Jacobian transposed? That has the same effect.)
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p) @ product
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def jacobian_at_the_new_state(xs, h0, p):
    """Each Jacobian is taken at the state after its step

    In lesson 02 that was right: the tanh RNN's Jacobian is made from h_new. `gru_jacobian(x, h, p)` takes the state that
    the step *starts* from.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag + 1], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def inputs_one_step_off(xs, h0, p):
    """Input and state of each Jacobian don't belong to the same step

    The state h_k has read k inputs, and the next it reads is `xs[k]`. Your Jacobians pair it with `xs[k - 1]`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag - 1], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def one_step_too_early(xs, h0, p):
    """The newest step is left out

    Your walk begins one step too early, so that lag 1 leads over the step before the last.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[max(T - lag - 1, 0)], states[max(T - lag - 1, 0)], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def frobenius_norm(xs, h0, p):
    """This is the Frobenius norm, not the spectral norm

    Without `ord=2`, `np.linalg.norm` takes the root of the sum of all squares: the identity gets √H, not 1. The task asks for the
    largest stretch of any one direction.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.sqrt(np.full((T + 1, B), float(H))), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, axis=(1, 2))
    return norms


@gradient_profile.mistake
def frobenius_norm_after_a_row_of_ones(xs, h0, p):
    """All rows but the first are Frobenius norms

    Without `ord=2`, `np.linalg.norm` takes the root of the sum of all squares. The task asks for the spectral norm.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, axis=(1, 2))
    return norms


@gradient_profile.mistake
def axes_of_the_norm_missing(xs, h0, p):
    """The norm is taken of a whole stack of matrices

    The product is (B, H, H), three axes, and `np.linalg.norm` with `ord=2` wants to know which two make the matrix:
    `axis=(1, 2)`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2)
    return norms


@gradient_profile.mistake
def spectral_radius(xs, h0, p):
    """This is the spectral radius, not the spectral norm

    The largest |eigenvalue| speaks of directions that do not turn. The largest stretch is the largest *singular value*.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.abs(np.linalg.eigvals(product)).max(axis=-1)
    return norms


@gradient_profile.mistake
def smallest_stretch(xs, h0, p):
    """This is the smallest stretch, not the largest

    `np.linalg.svd` gives the singular values from large to small, and `ord=-2` is the smallest. The task asks for the largest.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=-2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def largest_column_sum(xs, h0, p):
    """This is the largest sum of a column, not the spectral norm

    `ord=1` adds up the sizes in each column. The largest stretch of any direction is `ord=2`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=1, axis=(1, 2))
    return norms


@gradient_profile.mistake
def squares_of_the_norms(xs, h0, p):
    """These are the squares of the norms

    The largest eigenvalue of M Mᵀ is the *square* of the largest singular value of M.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2)) ** 2
    return norms


@gradient_profile.mistake
def product_of_norms(xs, h0, p):
    """The norms are multiplied, not the matrices

    This is the upper bound ∏ ‖J‖. It would be right only if each factor stretched most where the one before it did.
    Multiply the matrices, and take the norm of the product.
    """
    T, B = xs.shape[:2]
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms = np.ones((T + 1, B))
    for lag in range(1, T + 1):
        J = gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = norms[lag - 1] * np.linalg.norm(J, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def no_product(xs, h0, p):
    """Each row holds the norm of one Jacobian alone

    Nothing is carried from one turn of the loop to the next. The derivative over a lag is the product of all the Jacobians
    in between.
    """
    T, B = xs.shape[:2]
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms = np.ones((T + 1, B))
    for lag in range(1, T + 1):
        J = gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(J, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def sum_of_jacobians(xs, h0, p):
    """The Jacobians are added up

    Dependences along a chain multiply: a nudge is stretched by one step, and what comes out by the next.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product + gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def off_diagonal_lost(xs, h0, p):
    """The Jacobians are multiplied entry by entry, starting from the identity

    After the first `*` with the identity only the diagonal is left. A chain of dependences is a matrix product, `@`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product * gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def multiplied_entry_by_entry(xs, h0, p):
    """The Jacobians are multiplied entry by entry

    `*` multiplies entries that stand at the same place. A chain of dependences is a matrix product, `@`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.ones((H, H))
    for lag in range(1, T + 1):
        product = product * gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def from_the_first_state(xs, h0, p):
    """These are the derivatives ∂h_k / ∂h_0 of every state

    You walk forward from the start. The task asks how the *last* state depends on the earlier ones, so the walk begins at the
    end.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = gru_ref.gru_jacobian(xs[lag - 1], states[lag - 1], p) @ product
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def forward_with_the_new_on_the_right(xs, h0, p):
    """The loop runs forward in time, and so each row holds the product of the wrong steps

    Lag 1 is the last step, `xs[T - 1]` from the state before it. Yours begins with the first step.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[lag - 1], states[lag - 1], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def in_order_of_time(xs, h0, p):
    """The rows are in order of time, the oldest first

    All norms are right, but row 0 belongs to the largest lag. Lag 0 comes first here: turn them round, or write to
    `norms[lag]`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms[::-1].copy()


@gradient_profile.mistake
def lag_zero_missing(xs, h0, p):
    """The row of lag 0 is missing

    You return T rows, one for each step. Lag 0 has a row too: h_T depends on itself with slope 1.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms[1:].copy()


@gradient_profile.mistake
def largest_lag_missing(xs, h0, p):
    """The row of the largest lag is missing

    You return T rows. The walk leads all the way to h_0, the state before the first input: T + 1 lags, from 0 to T.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms[:-1].copy()


@gradient_profile.mistake
def lag_zero_left_at_zero(xs, h0, p):
    """The row of lag 0 is 0 instead of 1

    The loop never writes it, and it was made with zeros. h_T depends on itself with slope 1.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.zeros((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def last_row_never_written(xs, h0, p):
    """The loop stops one step too early: the largest lag is never written

    `range(1, T)` ends at T − 1, because a range leaves out its end.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def kept_paths_alone(xs, h0, p):
    """This is the product of the update gates alone

    ∏ z is what one of the four paths leaves. The others are in the Jacobian as well: multiply whole Jacobians.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        z = gru_ref.update_gate(xs[T - lag], states[T - lag], p)
        product = product * z[:, :, None]
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def states_not_advanced(xs, h0, p):
    """Every Jacobian is taken at h0

    The state moves from step to step. Run the GRU first, and keep all its states.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], h0, p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def started_from_zeros(xs, h0, p):
    """The run starts from zeros, not from h0

    `h0` is the state before the first input. Your states begin with zeros in its place.
    """
    T, B, H = len(xs), *h0.shape
    states = [np.zeros_like(h0)]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def the_same_jacobian_throughout(xs, h0, p):
    """Every factor is the Jacobian of the last step

    Nothing in the factor changes from one turn of the loop to the next.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[-1], states[T - 1], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def averaged_over_the_batch(xs, h0, p):
    """The norms are averaged over the batch

    Every row of the batch has a profile of its own: the result is (T + 1, B).
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms.mean(axis=1)


@gradient_profile.mistake
def batch_first(xs, h0, p):
    """Batch and lag are exchanged

    The result is (T + 1, B): lag first, as time comes first in the course.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms.T.copy()


@gradient_profile.mistake
def the_rnns_jacobian(xs, h0, p):
    """These are the Jacobians of a tanh RNN with the candidate's weights

    Without the gates h_new would be n. `gru_ref.gru_jacobian(x, h, p)` has all four paths.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
        product = product @ gru_ref.rnn_jacobian(states[T - lag + 1], rnn)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def start_forgotten(xs, h0, p):
    """At the largest lag the last state stands in for h0

    The states that `gru_forward` returns begin after the first input. The first step starts from h0, which is not among
    them: index −1 takes the last one. Put h0 in front.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[1:][T - lag - 1], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def lesson_02s_function(xs, h0, p):
    """`gru_ref.gradient_norms` is for the tanh RNN

    It takes RNNParams, and lesson 02's Jacobian. A GRU needs `gru_ref.gru_jacobian`, step by step.
    """
    return gru_ref.gradient_norms(gru_ref.gru_forward(xs, h0, p), p)[::-1]


@gradient_profile.mistake
def largest_entry(xs, h0, p):
    """This is the largest entry of the product, not the spectral norm

    A direction that mixes units may be stretched more than any single one. The task asks for the largest singular value.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.abs(product).max(axis=(1, 2))
    return norms


@gradient_profile.mistake
def rows_one_too_early(xs, h0, p):
    """Every norm stands one row too early

    The product of one factor belongs to lag 1, and so to row 1. Row 0 is lag 0, where there is no factor.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag - 1] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def rows_one_too_early_from_zeros(xs, h0, p):
    """Every norm stands one row too early, and the last row is 0

    The product of one factor belongs to lag 1, and so to row 1. Row 0 is lag 0, where there is no factor: 1.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.zeros((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag - 1] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def product_of_norms_from_the_start(xs, h0, p):
    """The norms are multiplied, not the matrices, and from the first step on

    Two things: a product of norms is only an upper bound, so multiply the matrices and take the norm of the product.
    And lag 1 is the *last* step: walk backward in time.
    """
    norms, h = [np.ones(len(h0))], h0
    for x in xs:
        norms.append(np.linalg.norm(gru_ref.gru_jacobian(x, h, p), ord=2, axis=(1, 2)))
        h = gru_ref.gru_step(x, h, p)
    return np.cumprod(norms, axis=0)


@gradient_profile.mistake
def run_over_reversed_inputs(xs, h0, p):
    """The GRU itself runs backward, from the last input to the first

    Two walks are needed. The states arise forward in time, from h0 on; keep them. Then the product grows backward, from the
    end.
    """
    norms, product, h = [np.ones(len(h0))], np.eye(h0.shape[1]), h0
    for x in xs[::-1]:
        product = product @ gru_ref.gru_jacobian(x, h, p)
        norms.append(np.linalg.norm(product, ord=2, axis=(1, 2)))
        h = gru_ref.gru_step(x, h, p)
    return np.array(norms)


@gradient_profile.mistake
def last_state_for_all(xs, h0, p):
    """Every Jacobian is taken at the last state

    After the walk forward one state is left, the last. Each step needs the state that *it* started from: keep them all in a
    list.
    """
    norms, product, h = [np.ones(len(h0))], np.eye(h0.shape[1]), h0
    for x in xs:
        h = gru_ref.gru_step(x, h, p)
    for x in xs[::-1]:
        product = product @ gru_ref.gru_jacobian(x, h, p)
        norms.append(np.linalg.norm(product, ord=2, axis=(1, 2)))
    return np.array(norms)


@gradient_profile.mistake
def state_never_moved(xs, h0, p):
    """The state never moves, and the steps are taken from the first on

    Two things: `h` must become `gru_ref.gru_step(x, h, p)` after each input. And lag 1 is the *last* step: keep the states,
    and walk back from the end.
    """
    norms, product = [np.ones(len(h0))], np.eye(h0.shape[1])
    for x in xs:
        product = product @ gru_ref.gru_jacobian(x, h0, p)
        norms.append(np.linalg.norm(product, ord=2, axis=(1, 2)))
    return np.array(norms)


@gradient_profile.mistake
def rows_by_step(xs, h0, p):
    """Row 0 is right, and the other rows are in order of time

    The norm of a product of k factors belongs to row k. You write it to the row of the step that joined last.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for k in range(T - 1, -1, -1):
        product = product @ gru_ref.gru_jacobian(xs[k], states[k], p)
        norms[k + 1] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def product_from_zeros(xs, h0, p):
    """The product starts from zeros, and so it stays zero

    What changes nothing in a matrix product is the identity: start from `np.eye(H)`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.zeros((H, H))
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def matrices_for_their_norms(xs, h0, p):
    """The products come back, not their norms

    Each is a stack of matrices, (B, H, H). Of each matrix one number is wanted: `np.linalg.norm(product, ord=2, axis=(1, 2))`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    products = [np.broadcast_to(np.eye(H), (B, H, H))]
    for lag in range(1, T + 1):
        products.append(products[-1] @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p))
    return np.array(products)


@gradient_profile.mistake
def largest_lag_alone(xs, h0, p):
    """The norm of the whole product comes back alone

    That is the last row. The task asks for the norms at *every* lag on the way, (T + 1, B): take one after each factor.
    """
    T, H = len(xs), h0.shape[1]
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    product = np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
    return np.linalg.norm(product, ord=2, axis=(1, 2))


@gradient_profile.mistake
def product_of_norms_without_lag_zero(xs, h0, p):
    """The norms are multiplied, not the matrices, and the row of lag 0 is missing

    Two things: a product of norms is only an upper bound, so multiply the matrices and take the norm of the product. And lag
    0, where the norm is 1, has a row too.
    """
    T = len(xs)
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms = [np.linalg.norm(gru_ref.gru_jacobian(xs[k], states[k], p), ord=2, axis=(1, 2)) for k in range(T)]
    return np.cumprod(norms[::-1], axis=0)


@gradient_profile.mistake
def largest_row_sum(xs, h0, p):
    """This is the largest sum of a row, not the spectral norm

    `ord=np.inf` adds up the sizes in each row. The largest stretch of any direction is `ord=2`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=np.inf, axis=(1, 2))
    return norms


@gradient_profile.mistake
def each_step_from_h0(xs, h0, p):
    """Every step starts from h0

    In your loop each state is made from h0, not from the one before: `gru_ref.gru_step(x, states[-1], p)`.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, h0, p))
    norms, product = np.ones((T + 1, B)), np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        norms[lag] = np.linalg.norm(product, ord=2, axis=(1, 2))
    return norms


@gradient_profile.mistake
def all_singular_values(xs, h0, p):
    """All singular values come back, not only the largest

    The spectral norm is the largest of them. `np.linalg.svd` gives them from large to small, along the last axis.
    """
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    rows, product = [np.ones((B, H))], np.eye(H)
    for lag in range(1, T + 1):
        product = product @ gru_ref.gru_jacobian(xs[T - lag], states[T - lag], p)
        rows.append(np.linalg.svd(product, compute_uv=False))
    return np.array(rows)


@gradient_profile.slips(
    ("newest_on_the_right", "from_the_first_state"),
    ("jacobian_at_the_new_state", "states_not_advanced"),
    ("frobenius_norm_after_a_row_of_ones", "spectral_radius", "squares_of_the_norms"),
    ("in_order_of_time", "lag_zero_missing", "lag_zero_left_at_zero"),
)
def several_slips_in_a_profile(slip, xs, h0, p):
    T, B, H = len(xs), *h0.shape
    states = [h0]
    for x in xs:
        states.append(gru_ref.gru_step(x, states[-1], p))
    norms, product = np.ones((T + 1, B)), np.broadcast_to(np.eye(H), (B, H, H))
    if slip("lag_zero_left_at_zero"):
        norms[0] = 0
    for lag in range(1, T + 1):
        k = lag - 1 if slip("from_the_first_state") else T - lag
        state = h0 if slip("states_not_advanced") else states[k + slip("jacobian_at_the_new_state")]
        J = gru_ref.gru_jacobian(xs[k], state, p)
        product = J @ product if slip("newest_on_the_right") or slip("from_the_first_state") else product @ J
        norms[lag] = (
            np.linalg.norm(product, axis=(1, 2)) if slip("frobenius_norm_after_a_row_of_ones")
            else np.abs(np.linalg.eigvals(product)).max(axis=-1) if slip("spectral_radius")
            else np.linalg.norm(product, ord=2, axis=(1, 2)) ** (2 if slip("squares_of_the_norms") else 1)
        )  # fmt: skip
    return norms[::-1].copy() if slip("in_order_of_time") else norms[1:].copy() if slip("lag_zero_missing") else norms


@gradient_profile.law
def one_at_lag_zero(f, rng):
    """lag 0 comes first, and is 1

    h_T depends on itself with slope 1.
    """
    xs, h0, p = draw_run(rng)
    return f(xs, h0, p).shape == (len(xs) + 1, len(h0)) and np.allclose(f(xs, h0, p)[0], 1)


@gradient_profile.law
def one_everywhere_where_all_is_kept(f, rng):
    """where z = 1 the norm is 1 at every lag

    The state is copied from step to step, and so is every nudge.
    """
    xs, h0, p = draw_run(rng)
    return np.allclose(f(xs, h0, p._replace(b_iz=p.b_iz + 1000)), 1)


@gradient_profile.law
def a_shorter_run_gives_the_first_lags(f, rng):
    """the run's first input matters for the largest lag alone

    Leave the first step out, and start from the state after it: all smaller lags stay as they were.
    """
    xs, h0, p = draw_run(rng)
    return np.allclose(f(xs, h0, p)[:-1], f(xs[1:], gru_ref.gru_step(xs[0], h0, p), p))


@gradient_profile.law
def never_above_the_product_of_the_norms(f, rng):
    """no norm exceeds the one at the lag before, times the norm of the step that joins

    A product stretches no more than its factors do, one after the other.
    """
    xs, h0, p = draw_run(rng)
    steps, h = [], h0
    for x in xs:
        steps.append(np.linalg.norm(gru_ref.gru_jacobian(x, h, p), ord=2, axis=(1, 2)))
        h = gru_ref.gru_step(x, h, p)
    norms = f(xs, h0, p)
    return np.all(norms[1:] <= norms[:-1] * np.array(steps[::-1]) * (1 + 1e-9))


@gradient_profile.law(
    broken_by=lambda xs, h0, p: np.repeat(gru_ref.gradient_profile(xs, h0, p)[:, :1], len(h0), axis=1)
)
def rows_of_the_batch_are_independent(f, rng):
    """a row of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    xs, h0, p = draw_run(rng)
    return np.allclose(f(xs, h0, p)[:, 1:], f(xs[:, 1:], h0[1:], p))


@gradient_profile.also_right
def each_product_from_scratch(xs, h0, p):
    hs = np.concatenate([h0[None], gru_ref.gru_forward(xs, h0, p)])
    rows = []
    for lag in range(len(xs) + 1):
        product = np.stack([np.eye(h0.shape[1])] * len(h0))
        for k in range(len(xs) - lag, len(xs)):
            product = gru_ref.gru_jacobian(xs[k], hs[k], p) @ product
        rows.append(np.linalg.svd(product, compute_uv=False)[:, 0])
    return np.array(rows)


@gradient_profile.also_right
def with_all_jacobians_first(xs, h0, p):
    h, jacobians = h0, []
    for x in xs:
        jacobians.append(gru_ref.gru_jacobian(x, h, p))
        h = gru_ref.gru_step(x, h, p)
    norms, product = [np.ones(len(h0))], 1
    for J in reversed(jacobians):
        product = J if isinstance(product, int) else np.einsum("bij,bjk->bik", product, J)
        norms.append(np.sqrt(np.linalg.eigvalsh(product @ product.transpose(0, 2, 1))[:, -1]))
    return np.stack(norms)


# ------------------------------------------------------------------------------------------------ a start with memory

chrono_init = Exercise(
    reference=gru_ref.chrono_init,
    inputs=draw_start,
    edges=thin(draw_start, (1,)),
    by_value=False,
    hints=(
        "Draw one u for each unit with `rng.uniform(low, high, H)`. H is the length of any bias: `len(p.b_iz)`.",
        "What σ makes of ln u is u / (1 + u), near 1 for large u. So b_iz is the logarithm of the draws, and b_hz is an array of zeros.",
        "A NamedTuple is never changed: `p._replace(b_iz=…, b_hz=…)` makes a new one, with all other fields as they were.",
    ),
)

UPDATE = ("b_iz", "b_hz")


def others_stay(p, q):
    """Whether all fields but the update gate's biases are the same in both."""
    return all(np.array_equal(a, b) for name, a, b in zip(p._fields, p, q, strict=True) if name not in UPDATE)


def from_draws(args, q):
    """The numbers u that b_iz was made from, if all else is as it should be; else none."""
    p, _, _ = args
    fits = q.b_iz.shape == p.b_iz.shape and others_stay(p, q) and not np.any(q.b_hz)
    with np.errstate(over="ignore"):
        return np.exp(q.b_iz) if fits and np.ptp(q.b_iz) > 0 else np.full(1, np.nan)


@chrono_init.mistake
def field_assigned(p, T_max, rng):
    """A field of a NamedTuple cannot be assigned

    `p.b_iz = …` is refused: a NamedTuple never changes. Make a new one: `p._replace(b_iz=…, b_hz=…)`.
    """
    p.b_iz = np.log(rng.uniform(1, T_max - 1, len(p.b_iz)))
    p.b_hz = np.zeros_like(p.b_hz)
    return p


@chrono_init.mistake
def arrays_overwritten(p, T_max, rng):
    """The caller's arrays are overwritten

    `p.b_iz[:] = …` changes the array that the caller still holds. Make new arrays, and a new tuple around them:
    `p._replace(b_iz=…, b_hz=…)`.
    """
    p.b_iz[:] = np.log(rng.uniform(1, T_max - 1, len(p.b_iz)))
    p.b_hz[:] = 0
    return p


@chrono_init.mistake(when=lambda args, q: all(np.array_equal(a, b) for a, b in zip(args[0], q, strict=True)))
def nothing_changed(p, T_max, rng):
    """The parameters come back as they were

    `p._replace(…)` does not change p, it makes a new one. Return that.
    """
    p._replace(b_iz=np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))
    return p


@chrono_init.mistake(when=lambda args, q: isinstance(q, np.ndarray) and q.shape == args[0].b_iz.shape)
def bias_alone(p, T_max, rng):
    """The bias comes back alone

    The task asks for all parameters, a GRUParams, with this bias in its place: `p._replace(b_iz=…, b_hz=…)`.
    """
    return np.log(rng.uniform(1, T_max - 1, len(p.b_iz)))


@chrono_init.mistake
def zero_as_a_number(p, T_max, rng):
    """b_hz is the number 0, not an array of zeros

    Training will want to move it, unit by unit: `np.zeros_like(p.b_hz)`.
    """
    return p._replace(b_iz=np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=0.0)


@chrono_init.mistake(
    when=lambda args, q: (
        np.array_equal(q.b_iz, args[0].b_iz)
        and np.array_equal(q.b_hz, args[0].b_hz)
        and not np.array_equal(q.b_ir, args[0].b_ir)
    )
)
def reset_gates_bias(p, T_max, rng):
    """This is the reset gate's bias

    The memory's length is a matter of the update gate: its biases end in z.
    """
    return p._replace(b_ir=np.log(rng.uniform(1, T_max - 1, len(p.b_ir))), b_hr=np.zeros_like(p.b_hr))


@chrono_init.mistake(when=lambda args, q: isinstance(q, tuple) and len(q) == 2)
def biases_alone(p, T_max, rng):
    """The two biases come back alone

    The task asks for all parameters, a GRUParams, with these two in their places: `p._replace(b_iz=…, b_hz=…)`.
    """
    return np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), np.zeros_like(p.b_hz)


@chrono_init.mistake(
    when=lambda args, q: (
        not np.any(q.W_hz) and np.any(args[0].W_hz) and others_stay(args[0], q._replace(W_hz=args[0].W_hz))
    )
)
def matrix_zeroed(p, T_max, rng):
    """W_hz is 0

    It is the *bias* b_hz that should be 0. The matrix stays what it was: through it the gate sees the state.
    """
    return p._replace(b_iz=np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), W_hz=np.zeros_like(p.W_hz))


@chrono_init.mistake(when=lambda args, q: isinstance(q, gru_ref.GRUParams) and not others_stay(args[0], q))
def other_fields_changed(p, T_max, rng):
    """Something else than the update gate's biases has changed

    All weights, and the biases of r and n, should stay what they were. `p._replace(b_iz=…, b_hz=…)` sees to that.
    """
    zeros = gru_ref.GRUParams(*map(np.zeros_like, p))
    return zeros._replace(b_iz=np.log(rng.uniform(1, T_max - 1, len(p.b_iz))))


@chrono_init.mistake(when=lambda args, q: not np.any(q.b_iz) and np.any(q.b_hz))
def biases_exchanged(p, T_max, rng):
    """b_hz carries the memory, and b_iz is 0

    Only their sum counts, so this would work. But it is agreed that b_iz has it, so that everyone knows where to look.
    """
    return p._replace(b_hz=np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), b_iz=np.zeros_like(p.b_iz))


@chrono_init.mistake(when=lambda args, q: np.array_equal(q.b_hz, args[0].b_hz) and np.any(q.b_iz != args[0].b_iz))
def old_state_bias_kept(p, T_max, rng):
    """b_hz keeps its old value

    The gate adds b_iz and b_hz. Set b_hz to 0, so that b_iz has the memory alone.
    """
    return p._replace(b_iz=np.log(rng.uniform(1, T_max - 1, len(p.b_iz))))


@chrono_init.mistake(when=lambda args, q: np.any(q.b_hz) and np.any(q.b_iz))
def both_biases_set(p, T_max, rng):
    """b_iz is set, but b_hz is not 0

    The gate adds the two. (With ln u in both, the memory would be about u² steps long.) b_iz is ln u by itself, and b_hz
    is 0.
    """
    bias = np.log(rng.uniform(1, T_max - 1, len(p.b_iz)))
    return p._replace(b_iz=bias, b_hz=bias.copy())


@chrono_init.mistake(when=lambda args, q: np.ptp(q.b_iz) == 0)
def one_value_for_all_units(p, T_max, rng):
    """All units have the same bias

    Then all memories are equally long. Draw one number for each unit: give `rng.uniform` a size.
    """
    return p._replace(b_iz=np.full(len(p.b_iz), np.log(rng.uniform(1, T_max - 1))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: np.all(from_draws(args, q) <= 1) and np.mean(q.b_iz) < -1)
def sign_wrong(p, T_max, rng):
    """The sign of b_iz is wrong

    With −ln u the gate keeps 1 / (1 + u) at each step: the larger u, the *shorter* the memory. That is right where z is
    the part that is written, as in some articles. Here z keeps.
    """
    return p._replace(b_iz=-np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(
    when=lambda args, q: np.all((q.b_iz >= 1) & (q.b_iz <= args[1] + 1)) and np.max(q.b_iz) > 0.8 * args[1]
)
def logarithm_missing(p, T_max, rng):
    """The logarithm is missing: b_iz is u itself

    σ(5) keeps 0.993 already, and σ(20) would never forget anything. It is ln u that makes a memory of about u steps.
    """
    return p._replace(b_iz=rng.uniform(1, T_max - 1, len(p.b_iz)), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: np.all((q.b_iz > 0.49) & (q.b_iz < 1)) and np.all(from_draws(args, q) > 1))
def gate_for_its_bias(p, T_max, rng):
    """b_iz holds the gate's value, not the sum inside it

    All your biases lie between ½ and 1, like u / (1 + u), which is z itself. σ is still to come: the bias is what σ turns
    into z.
    """
    u = rng.uniform(1, T_max - 1, len(p.b_iz))
    return p._replace(b_iz=u / (1 + u), b_hz=np.zeros_like(p.b_hz))


def share_below_the_middle(args, q):
    """The share of the biases that lie below half of ln(T_max − 1): about 0.2 as it should be, 0.5 if b_iz is uniform."""
    return np.mean(np.log(from_draws(args, q)) < np.log(args[1] - 1) / 2)


def spread(args, q, low, high):
    """Whether the draws fill the range from `low` to `high`, and don't leave it."""
    u = from_draws(args, q)
    near = 0.1 * (high - low)
    return low - 1e-9 <= u.min() < low + near and high - near < u.max() <= high + 1e-9


@chrono_init.mistake(when=lambda args, q: spread(args, q._replace(b_iz=q.b_iz - args[0].b_iz), 1, args[1] - 1))
def added_to_the_old_bias(p, T_max, rng):
    """ln u is added to the old b_iz

    The old bias spoils it: the memory would be longer or shorter by a factor of e to that bias. Put ln u in its place.
    """
    return p._replace(b_iz=p.b_iz + np.log(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(
    when=lambda args, q: spread(args, q, 1, args[1] - 1) and np.ptp(np.diff(np.sort(from_draws(args, q)))) < 1e-9
)
def nothing_drawn(p, T_max, rng):
    """The memories are evenly spaced, but nothing is drawn

    Every start would be the same, and u would rise from unit to unit. Draw u for each unit from `rng`.
    """
    return p._replace(b_iz=np.log(np.linspace(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: spread(args, q, 1, (args[1] - 1) ** np.log2(np.e)))
def binary_logarithm(p, T_max, rng):
    """This is the logarithm to base 2

    σ is built from e, so its inverse is, too: the natural logarithm, `np.log`.
    """
    return p._replace(b_iz=np.log2(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: spread(args, q, 2, args[1] - 1))
def from_2(p, T_max, rng):
    """u begins at 2

    2 steps is the shortest *memory*, 1 + u. u itself begins at 1.
    """
    return p._replace(b_iz=np.log(rng.uniform(2, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(
    when=lambda args, q: (
        spread(args, q, 1, args[1] - 1) and np.allclose(from_draws(args, q), np.round(from_draws(args, q)))
    )
)
def whole_numbers(p, T_max, rng):
    """u takes whole numbers only

    So many units get exactly the same memory. Draw from all numbers of the interval: `rng.uniform`.
    """
    return p._replace(b_iz=np.log(rng.integers(1, T_max, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(
    when=lambda args, q: spread(args, q, 1, args[1] - 1) and 0.35 < share_below_the_middle(args, q) < 0.65
)
def uniform_in_the_logarithm(p, T_max, rng):
    """b_iz is uniform, where u should be

    This is ln u drawn evenly between 0 and ln(T_max − 1), which favours short memories. Draw u first, evenly; then take
    its logarithm.
    """
    return p._replace(b_iz=rng.uniform(0, np.log(T_max - 1), len(p.b_iz)), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: spread(args, q, 1, np.log(args[1] - 1)) and np.max(q.b_iz) < 1.5)
def logarithm_taken_twice(p, T_max, rng):
    """u is drawn up to ln(T_max − 1), and then its logarithm is taken

    The logarithm is taken twice. u itself runs from 1 to T_max − 1.
    """
    return p._replace(b_iz=np.log(rng.uniform(1, np.log(T_max - 1), len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: spread(args, q, 1, (args[1] - 1) ** np.log10(np.e)))
def common_logarithm(p, T_max, rng):
    """This is the logarithm to base 10

    σ is built from e, so its inverse is, too: the natural logarithm, `np.log`.
    """
    return p._replace(b_iz=np.log10(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: spread(args, q, 2, args[1]))
def time_constant_for_u(p, T_max, rng):
    """u runs from 2 to T_max

    So long is the *memory*, 1 / (1 − z) = 1 + u. u itself is 1 less: from 1 to T_max − 1.
    """
    return p._replace(b_iz=np.log(rng.uniform(2, T_max, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


def beyond(args, q):
    """Whether some draws are below 1, and whether some are above T_max − 1."""
    u = from_draws(args, q)
    return (u.min() < 1 - 1e-9, u.max() > args[1] - 1 + 1e-9) if u.max() <= args[1] + 1e-9 else None


@chrono_init.mistake(when=lambda args, q: beyond(args, q) == (False, True))
def up_to_T_max(p, T_max, rng):
    """u runs up to T_max

    The memory is 1 + u steps long, so its longest would be T_max + 1. u ends at T_max − 1.
    """
    return p._replace(b_iz=np.log(rng.uniform(1, T_max, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


def from_time_constants(args, q):
    """b_iz as it would be if every exact time constant of b_iz, −1 / ln z, had been meant for u."""
    with np.errstate(divide="ignore"):
        return q._replace(b_iz=-np.log(-np.log(gru_ref.sigmoid(q.b_iz))))


@chrono_init.mistake(
    when=lambda args, q: np.min(q.b_iz) < -0.05 and spread(args, from_time_constants(args, q), 1, args[1] - 1)
)
def exact_time_constants(p, T_max, rng):
    """u is taken for the time constant −1 / ln z

    So the memories are a little shorter than agreed. It is the rule of thumb 1 / (1 − z) that should be 1 + u; then b_iz
    is simply ln u.
    """
    z = np.exp(-1 / rng.uniform(1, T_max - 1, len(p.b_iz)))
    return p._replace(b_iz=np.log(z / (1 - z)), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: np.max(q.b_iz) > args[1] + 1 and np.all(q.b_iz > 2))
def exponential_for_logarithm(p, T_max, rng):
    """b_iz is far too large, as if it were exp(u)

    What σ turns into u / (1 + u) is the logarithm of u, `np.log(u)`.
    """
    return p._replace(b_iz=np.exp(rng.uniform(1, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: beyond(args, q) == (True, False) and np.mean(q.b_iz) > 0)
def from_0(p, T_max, rng):
    """u begins at 0

    Below 1 the logarithm is negative, and near 0 it goes to −∞: a gate that forgets at once. u begins at 1.
    """
    return p._replace(b_iz=np.log(rng.uniform(0, T_max - 1, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


@chrono_init.mistake(when=lambda args, q: beyond(args, q) == (True, True))
def from_0_to_T_max(p, T_max, rng):
    """u runs from 0 to T_max

    At both ends that is 1 too far: u is drawn from [1, T_max − 1], so that the memory, 1 + u, lies between 2 and T_max.
    """
    return p._replace(b_iz=np.log(rng.uniform(0, T_max, len(p.b_iz))), b_hz=np.zeros_like(p.b_hz))


def small_start(rng, H=5):
    """Arguments p and T_max of a small start."""
    return draw_params(rng, 2, H), float(rng.uniform(20, 200))


@chrono_init.law
def all_else_stays(f, rng):
    """all weights, and the biases of r and n, stay what they were

    Only b_iz and b_hz belong to the update gate's bias.
    """
    p, T_max = small_start(rng)
    return others_stay(p, f(p, T_max, fresh(rng)))


@chrono_init.law
def one_bias_alone(f, rng):
    """b_hz is 0

    Of the two biases one has the memory, the other nothing.
    """
    p, T_max = small_start(rng)
    return not np.any(f(p, T_max, fresh(rng)).b_hz)


@chrono_init.law
def memories_from_2_to_T_max(f, rng):
    """at rest, 1 / (1 − z) lies between 2 and T_max steps for every unit

    u lies in [1, T_max − 1], and 1 / (1 − z) = 1 + u.
    """
    p, _ = small_start(rng, H=300)
    for T_max in (3, 20.5, 50):
        q = f(p, T_max, fresh(rng))
        steps = 1 / (1 - gru_ref.sigmoid(q.b_iz + q.b_hz))
        if not np.all((steps > 2 - 1e-9) & (steps < T_max + 1e-6)):
            return False
    return True


@chrono_init.law
def reaches_both_ends(f, rng):
    """of 300 units, some have memories near 2 steps, and some near T_max

    u lies in [1, T_max − 1], both ends included. Tried with T_max = 3, where u lies between 1 and 2.
    """
    p, _ = small_start(rng, H=300)
    u = np.exp(f(p, 3, fresh(rng)).b_iz)
    return u.min() < 1.1 and u.max() > 1.9


def one_draw_for_all_units(p, T_max, rng):
    H = len(p.b_iz)
    u = 1 + (T_max - 2) * ((np.arange(H) / H + rng.random()) % 1)
    return p._replace(b_iz=np.log(u), b_hz=np.zeros(H))


@chrono_init.law(broken_by=one_draw_for_all_units)
def no_step_appears_twice(f, rng):
    """from one unit to the next, no difference in u appears twice

    Each unit's u is a draw of its own, and not a point of a ruler.
    """
    p, _ = small_start(rng, H=300)
    steps = np.diff(np.sort(np.exp(f(p, 30, fresh(rng)).b_iz)))
    return len(np.unique(steps.round(9))) > 0.9 * len(steps)


@chrono_init.law
def spread_evenly(f, rng):
    """the lengths of the memories are spread evenly over their range

    Of 2000 units about a third should have a u in each third of [1, T_max − 1].
    """
    p, _ = small_start(rng, H=100)
    u = np.sort(np.exp([f(p, 101.0, fresh(rng)).b_iz for _ in range(20)]), axis=None)
    # Kolmogorov and Smirnov: a fair draw is farther off in fewer than one of 10⁹ checks.
    return np.abs((u - 1) / 99 - np.linspace(0, 1, 2000)).max() < 0.08


def sorted_memories(p, T_max, rng):
    u = np.sort(rng.uniform(1, T_max - 1, len(p.b_iz)))
    return p._replace(b_iz=np.log(u), b_hz=np.zeros(len(u)))


@chrono_init.law(broken_by=sorted_memories)
def no_order_among_the_units(f, rng):
    """from one unit to the next, the memories grow about as often as they shrink

    Where a unit stands says nothing about its memory. Is something sorted, or laid out in order?
    """
    p, T_max = small_start(rng, H=100)
    rises = [np.diff(f(p, T_max, fresh(rng)).b_iz) > 0 for _ in range(10)]
    # A fair share scatters by 0.009: the limits are eleven times as far away.
    return 0.4 < np.mean(rises) < 0.6


@chrono_init.law
def each_unit_has_its_own(f, rng):
    """no two units have the same memory

    u is any number of the interval, not one of a few.
    """
    p, T_max = small_start(rng, H=50)
    return len(np.unique(f(p, T_max, fresh(rng)).b_iz)) == 50


@chrono_init.law(broken_by=lambda p, T_max, rng: gru_ref.chrono_init(p, T_max, np.random.default_rng()))
def obeys_the_generator(f, rng):
    """the same generator gives the same start

    Every random number should come from `rng`, none from `np.random` or from a generator of your own.
    """
    (p, T_max), seed = small_start(rng), rng.integers(2**32)
    first, again = (f(p, T_max, np.random.default_rng(seed)) for _ in range(2))
    return np.allclose(first.b_iz, again.b_iz)


@chrono_init.law(broken_by=lambda p, T_max, rng: gru_ref.chrono_init(p, T_max, np.random.default_rng(0)))
def draws_anew(f, rng):
    """two generators with different seeds give different starts

    With a generator of your own and a fixed seed, all draws are the same.
    """
    p, T_max = small_start(rng)
    return not np.allclose(f(p, T_max, fresh(rng)).b_iz, f(p, T_max, fresh(rng)).b_iz)


@chrono_init.also_right
def from_the_memory_wanted(p, T_max, rng):
    steps = 2 + (T_max - 2) * rng.random(p.b_iz.shape)
    z = 1 - 1 / steps
    return p._replace(b_hz=np.zeros(len(steps)), b_iz=np.log(z / (1 - z)))


@chrono_init.also_right
def field_by_field(p, T_max, rng):
    fields = p._asdict()
    fields["b_iz"] = np.array([np.log(rng.uniform(1, T_max - 1)) for _ in fields["b_iz"]])
    fields["b_hz"] = 0 * fields["b_hz"]
    return gru_ref.GRUParams(**fields)
