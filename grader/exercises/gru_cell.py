"""Lesson 05: the GRU whole: its starting parameters, its step, and how many numbers it learns."""

import functools
import math
from collections import Counter

import numpy as np

import gru_ref
from grader.drawing import draw_step
from grader.exercise import THIN_STEPS, Exercise, thin
from gru_ref import GRUParams

LESSON = "05_gru_cell"

# --------------------------------------------------------------------------------------------------------- one step

gru_step = Exercise(
    reference=gru_ref.gru_step,
    inputs=draw_step,
    edges=thin(draw_step, THIN_STEPS),
    axes="B H",
    hidden=(gru_ref.gru_forward,),
    hints=(
        "Write the four lines one below the other, in the order of the table: r, z, n, and the blend. Each needs only what stands above it.",
        "A gate is `gru_ref.sigmoid` of four terms: two products, two biases. In the candidate the two terms that belong to the past stand in a bracket, with r before it.",
        "A line's names all end in its letter: `p.W_ir`, `p.b_ir`, `p.W_hr`, `p.b_hr` for r. Products are `x @ ….T` and `h @ ….T`, gating is `*`, and h keeps its name and its numbers to the end.",
    ),
)


@gru_step.mistake
def gates_exchanged_in_the_blend(x, h, p):
    """z and 1 − z are exchanged in the last line

    This is exactly what you get when z multiplies the candidate. Some articles mean it so: their z is the part that
    is *written*. Here, as in PyTorch, z is the part of the old state that is *kept*.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return z * n + (1 - z) * h


@gru_step.mistake
def reset_before_the_product(x, h, p):
    """The reset acts before the matrix product

    This is exactly what you get with W_hn (r ⊙ h) + b_hn. Many articles do it so, and it is a different network.
    Here, as in PyTorch, the past is multiplied by W_hn first, and r takes its share of the product. (Python reads `r
    * h @ …` from left to right, so brackets may be all that is missing.)
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_before_the_product_and_on_the_bias(x, h, p):
    """The reset acts before the matrix product, and on the bias by itself

    This is W_hn (r ⊙ h) + r ⊙ b_hn. First the whole bracket, product and bias; then r, once. (Python reads `r * h @
    …` from left to right, so brackets may be all that is missing.)
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + r * p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def state_bias_outside_the_reset(x, h, p):
    """b_hn stands outside the reset

    The product is gated, but its bias is not. The bracket behind r holds both: look where it closes.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T) + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_on_everything(x, h, p):
    """The reset acts on the input's part of the candidate, too

    This is r times the whole sum. With r = 0 nothing would be left, not even the input. r gates the past alone.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(r * (x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_on_the_input(x, h, p):
    """The reset acts on the input instead of the past

    r decides how much of the *past* is looked at. Here it stands before the part that comes from x.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(r * (x @ p.W_in.T + p.b_in) + h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_outside_tanh(x, h, p):
    """The reset acts after tanh, on the whole candidate

    This is r ⊙ tanh(…). With r = 0 the candidate would be 0, and the input lost. r belongs inside, before the past.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = r * np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_ignored(x, h, p):
    """The reset gate is not used

    This is the step for r = 1 everywhere. You may well compute r, but it never meets the candidate: where does it
    belong?
    """
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def one_minus_reset(x, h, p):
    """1 − r stands where r should

    r is the fraction of the past that is *looked at*: r = 1 shows all of it. This is the result for the opposite
    gate.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + (1 - r) * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def gates_roles_exchanged(x, h, p):
    """Reset and update gate have exchanged their roles

    This is exactly what you get with r and z swapped: each gate's parameters in the other's line, each gate in the
    other's place, or two results unpacked in the wrong order. Names that end in r make the reset gate, which acts in
    the candidate; names that end in z make the update gate, which acts in the last line.
    """
    r = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    z = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gate_in_both_places(x, h, p):
    """The update gate stands in the candidate, too

    The candidate is gated by z here, and r is lost: either r is made of the update gate's parameters, or z stands
    before the past. Two gates, two places.
    """
    r = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gate_in_both_places(x, h, p):
    """The reset gate stands in the last line, too

    Old and new are blended by r here, and z is lost: either z is made of the reset gate's parameters, or r stands in
    the last line. Two gates, two places.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_input_weights_in_reset(x, h, p):
    """The reset gate reads the input through the update gate's weights

    In the line of r, the first matrix ends in z. All four names in a line end in the same letter.
    """
    r = gru_ref.sigmoid(x @ p.W_iz.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_state_weights_in_reset(x, h, p):
    """The reset gate reads the state through the update gate's weights

    In the line of r, the second matrix ends in z. All four names in a line end in the same letter.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hz.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_input_weights_in_update(x, h, p):
    """The update gate reads the input through the reset gate's weights

    In the line of z, the first matrix ends in r. Was the line copied from the one above? All four names in a line end
    in the same letter.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_ir.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_state_weights_in_update(x, h, p):
    """The update gate reads the state through the reset gate's weights

    In the line of z, the second matrix ends in r. Was the line copied from the one above? All four names in a line
    end in the same letter.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hr.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_biases_in_update(x, h, p):
    """The update gate has the reset gate's biases

    In the line of z both matrices are right, but the biases end in r. Was the line copied from the one above?
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_ir + h @ p.W_hz.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_state_weights_in_candidate(x, h, p):
    """The candidate reads the state through the reset gate's weights

    In the line of n the past meets W_hr. The reset gate stands before the bracket already; inside it all names end in
    n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hr.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_parameters_in_candidate(x, h, p):
    """The candidate is made of the update gate's parameters

    They end in z. The candidate's four names end in n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_iz.T + p.b_iz + r * (h @ p.W_hz.T + p.b_hz))
    return (1 - z) * n + z * h


@gru_step.mistake
def biases_of_the_candidate_exchanged(x, h, p):
    """The candidate's two biases are exchanged

    In a gate only their sum counts. In the candidate one of them is gated, and so it matters which: b_hn goes with h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_hn + r * (h @ p.W_hn.T + p.b_in))
    return (1 - z) * n + z * h


@gru_step.mistake
def both_biases_inside_the_reset(x, h, p):
    """b_in stands inside the reset

    Only what belongs to the past is gated: the product with h, and b_hn. b_in belongs to the input.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + r * (p.b_in + h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def all_biases_dropped(x, h, p):
    """All biases are missing

    This is the step without a single bias, as many articles print it. There are six: b_i and b_h for each of r, z and
    n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + h @ p.W_hr.T)
    z = gru_ref.sigmoid(x @ p.W_iz.T + h @ p.W_hz.T)
    n = np.tanh(x @ p.W_in.T + r * (h @ p.W_hn.T))
    return (1 - z) * n + z * h


@gru_step.mistake
def state_biases_dropped(x, h, p):
    """The biases b_hr, b_hz and b_hn are missing

    This is exactly the step with one bias in each line, the input's. PyTorch has two, and so do we.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T))
    return (1 - z) * n + z * h


@gru_step.mistake
def input_biases_dropped(x, h, p):
    """The biases b_ir, b_iz and b_in are missing

    This is exactly the step with one bias in each line, the state's. PyTorch has two, and so do we.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def candidates_state_bias_dropped(x, h, p):
    """The bias b_hn is missing

    This is exactly the result without b_hn. It belongs to the past's part of the candidate, inside the reset.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T))
    return (1 - z) * n + z * h


@gru_step.mistake
def candidates_input_bias_dropped(x, h, p):
    """The bias b_in is missing

    This is exactly the result without b_in. It belongs to the input's part of the candidate, outside the reset.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def input_biases_twice(x, h, p):
    """The gates count their input bias twice

    In the lines of r and z both biases are b_i…: b_hr and b_hz never appear.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_ir)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_iz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def state_weights_not_transposed(x, h, p):
    """The three matrices that read the state are not transposed

    This is exactly what `h @ p.W_hr`, `h @ p.W_hz` and `h @ p.W_hn` give. They are square, so no error warns you. Row
    i holds the weights of unit i, so each enters as `.T`.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_state_weights_not_transposed(x, h, p):
    """W_hr is not transposed

    The line of r holds `h @ p.W_hr`. The matrix is square, so no error warns you. Row i holds the weights of unit i:
    it enters as `.T`.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_state_weights_not_transposed(x, h, p):
    """W_hz is not transposed

    The line of z holds `h @ p.W_hz`. The matrix is square, so no error warns you. Row i holds the weights of unit i:
    it enters as `.T`.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def candidates_state_weights_not_transposed(x, h, p):
    """W_hn is not transposed

    The line of n holds `h @ p.W_hn`. The matrix is square, so no error warns you. Row i holds the weights of unit i:
    it enters as `.T`.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def input_weights_not_transposed(x, h, p):
    """A product with x does not fit

    x is (B, I), and the matrices that read it are (H, I): they enter as `.T`, or the inner sizes are I and H. (The square
    ones, W_h…, belong to h.)
    """
    r = gru_ref.sigmoid(x @ p.W_ir + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def weights_first(x, h, p):
    """The products are written as in the formula, W before x

    W x is for one input, a column. Here x holds a batch, one input in each *row*, (B, I): write `x @ p.W_ir.T`. The
    same for h, and for all six products.
    """
    r = gru_ref.sigmoid(p.W_ir @ x + p.b_ir + p.W_hr @ h + p.b_hr)
    z = gru_ref.sigmoid(p.W_iz @ x + p.b_iz + p.W_hz @ h + p.b_hz)
    n = np.tanh(p.W_in @ x + p.b_in + r * (p.W_hn @ h + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def elementwise_product(x, h, p):
    """`*` stands where `@` should

    Between an input and its weights `*` cannot work: a unit takes a weighted *sum*, the matrix product `@`. Only
    where a gate meets what it gates does `*` belong.
    """
    r = gru_ref.sigmoid(x * p.W_ir.T + p.b_ir + h * p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x * p.W_iz.T + p.b_iz + h * p.W_hz.T + p.b_hz)
    n = np.tanh(x * p.W_in.T + p.b_in + r * (h * p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def gating_by_a_matrix_product(x, h, p):
    """`@` stands where `*` should, or W stands before h

    A gate meets what it gates unit by unit, with `*`. A weight meets the state in `h @ p.W_hr.T`: h holds a batch, one
    state in each row, so W comes second, as `.T`.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r @ (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def tanh_on_the_gates(x, h, p):
    """tanh makes the gates, where σ should

    A gate is a fraction, from 0 to 1; tanh runs from −1 to 1. σ for r and z, tanh for n alone.
    """
    r = np.tanh(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = np.tanh(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def sigmoid_on_the_candidate(x, h, p):
    """σ makes the candidate, where tanh should

    A candidate is content, not a fraction: it must be able to be negative. σ for r and z, tanh for n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = gru_ref.sigmoid(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def candidate_not_squashed(x, h, p):
    """The candidate is not squashed

    tanh is missing in the line of n. Without it a state could grow from step to step without end.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def gates_not_squashed(x, h, p):
    """The gates are not squashed

    σ is missing in the lines of r and z: they are sums, not fractions.
    """
    r = x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr
    z = x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def brackets_forgotten(x, h, p):
    """The brackets around 1 − z are missing

    `1 - z * n` is 1 − (z·n): Python multiplies before it subtracts. Write `(1 - z)`.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return 1 - z * n + z * h


@gru_step.mistake
def candidate_not_weighted(x, h, p):
    """All of the candidate is written

    This is n + z ⊙ h. What is kept and what is written must add up to a whole: n has its share, too.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return n + z * h


@gru_step.mistake
def state_not_weighted(x, h, p):
    """All of the old state is kept

    This is (1 − z) ⊙ n + h: the new comes on top, and nothing is ever forgotten. What is kept is the fraction z of h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + h


@gru_step.mistake
def old_state_forgotten(x, h, p):
    """The old state is missing in the last line

    This is (1 − z) ⊙ n alone: nothing is remembered but by way of the candidate. The kept part of h has to be added.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n


@gru_step.mistake
def candidate_forgotten(x, h, p):
    """The candidate is missing in the last line

    This is z ⊙ h alone: the state could only ever shrink. The part that is written has to be added.
    """
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    return z * h


@gru_step.mistake
def candidate_returned(x, h, p):
    """This is the candidate, not the new state

    The candidate is only a proposal: the fourth line, the blend with the old state, is missing, or its result is not
    what you return. (Or both of its parts are the candidate: does the line of n store its result in h?)
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))


@gru_step.mistake
def old_state_returned(x, h, p):
    """The old state comes back as it was

    Your function returns h. If you compute the new state under another name, return that one.
    """
    return h.copy()


@gru_step.mistake
def part_subtracted(x, h, p):
    """One part of the blend is subtracted

    This is (1 − z) ⊙ n − z ⊙ h. The two parts are added: together they make up the new state.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n - z * h


@gru_step.mistake
def squashed_again(x, h, p):
    """The new state is squashed once more

    This is tanh of the right answer. With z = 1 the state would shrink at every step; it should stay as it is.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return np.tanh((1 - z) * n + z * h)


@gru_step.mistake
def reset_state_kept(x, h, p):
    """What is kept is the reset state, not the old state

    This is what you get when r ⊙ h takes the place of h for the rest of the step, as `h = r * h` does: the last line
    then keeps a part of r ⊙ h. z keeps the *old* state. And r acts on the product W_hn h + b_hn, not on h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + (r * h) @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * (r * h)


@gru_step.mistake
def reset_in_the_blend(x, h, p):
    """The reset gate takes its share of the kept state as well

    The candidate is right, but the last line keeps z ⊙ r ⊙ h. r acts in the candidate alone; what is kept is z ⊙ h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * r * h


@gru_step.mistake
def update_gate_reads_the_reset_state(x, h, p):
    """The update gate reads the reset state

    This is what you get when `h = r * h` comes before the line of z. Both gates read the old state h. And r acts on
    the product W_hn h + b_hn, not on h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    old, h = h, r * h
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * old


@gru_step.mistake
def reset_state_for_the_rest(x, h, p):
    """From the line of z on, h is the reset state

    `h = r * h` replaces the state for everything that follows: update gate, candidate and blend. All three need the
    old one. And r acts on the product W_hn h + b_hn, not on h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    h = r * h
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def shrunk_before_the_candidate(x, h, p):
    """The state is shrunk before the candidate reads it

    This is what you get when `h = z * h`, the kept part, is computed before the line of n. The candidate reads the
    old state. Compute all of r, z and n first, and change the state last.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    h = z * h
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + h


@gru_step.mistake
def update_gate_reads_the_candidate(x, h, p):
    """The update gate reads the candidate in place of the old state

    Both gates are computed from x and the *old* state h. If the line of n stores its result in h, the line of z below
    it reads that.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + n @ p.W_hz.T + p.b_hz)
    return (1 - z) * n + z * h


@gru_step.mistake
def gates_ignore_the_state(x, h, p):
    """The gates do not read the state

    r and z are made of the input alone. What is worth keeping depends on what is there already: each gate reads h,
    too.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def candidate_ignores_the_input(x, h, p):
    """The candidate does not read the input

    It is made of the past alone. What comes in has to be in the candidate, or nothing new could ever be written.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def unit_by_unit_in_place(x, h, p):
    """The units are overwritten one by one while the others still need them

    The first unit is right and the later ones are not: they read units that hold their new value already. Fill a new
    array, and leave h as it is until the step is done.
    """
    h = h.copy()
    for i in range(h.shape[1]):
        r = gru_ref.sigmoid(x @ p.W_ir[i] + p.b_ir[i] + h @ p.W_hr[i] + p.b_hr[i])
        z = gru_ref.sigmoid(x @ p.W_iz[i] + p.b_iz[i] + h @ p.W_hz[i] + p.b_hz[i])
        n = np.tanh(x @ p.W_in[i] + p.b_in[i] + r * (h @ p.W_hn[i] + p.b_hn[i]))
        h[:, i] = (1 - z) * n + z * h[:, i]
    return h


@gru_step.mistake
def unit_by_unit_in_the_callers_state(x, h, p):
    """The units are overwritten one by one, in the caller's own h

    The first unit is right; the later ones read units that hold their new value already. And the array belongs to the
    caller, who still needs it. Fill a new array.
    """
    for i in range(h.shape[1]):
        r = gru_ref.sigmoid(x @ p.W_ir[i] + p.b_ir[i] + h @ p.W_hr[i] + p.b_hr[i])
        z = gru_ref.sigmoid(x @ p.W_iz[i] + p.b_iz[i] + h @ p.W_hz[i] + p.b_hz[i])
        n = np.tanh(x @ p.W_in[i] + p.b_in[i] + r * (h @ p.W_hn[i] + p.b_hn[i]))
        h[:, i] = (1 - z) * n + z * h[:, i]
    return h


@gru_step.mistake
def state_overwritten(x, h, p):
    """The numbers are right, but they are written into h

    `h *= z` changes the caller's own array. `z * h` makes a new one.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    h *= z
    h += (1 - z) * n
    return h


@gru_step.mistake
def candidate_from_the_new_state(x, h, p):
    """The step is taken twice

    This is the state after *two* steps with the same input. Somewhere the new state goes through the four lines
    again: each line reads the old state, once.
    """
    for _ in range(2):
        r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
        z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
        n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
        h = (1 - z) * n + z * h
    return h


@gru_step.mistake
def only_the_first_row(x, h, p):
    """Only the first row of the batch is computed

    All rows of your result are the same: the step of `x[0]` and `h[0]`. Each row is an example of its own, and the
    products with `.T` treat them all at once.
    """
    x, h = x[:1].repeat(len(x), axis=0), h[:1].repeat(len(h), axis=0)
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def batch_averaged(x, h, p):
    """The rows of the batch are mixed

    Every row depends on all the others: somewhere an average or a sum runs over the first axis. Each row is an
    example of its own.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr).mean(axis=0)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz).mean(axis=0)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def the_gru_of_many_articles(x, h, p):
    """This is the GRU that many articles print

    It differs in three things from PyTorch's, which this course builds: its z is the part that is *written*, its
    reset acts before the matrix product, and it has no biases. Lesson 06 translates between the two; here follow the
    four lines above.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + h @ p.W_hr.T)
    z = gru_ref.sigmoid(x @ p.W_iz.T + h @ p.W_hz.T)
    n = np.tanh(x @ p.W_in.T + (r * h) @ p.W_hn.T)
    return (1 - z) * h + z * n


@gru_step.mistake
def reset_before_the_product_without_biases(x, h, p):
    """The reset acts before the matrix product, and all biases are missing

    So the first papers print it. Here, as in PyTorch, r takes its share of W_hn h + b_hn, and there are six biases:
    b_i and b_h for each of r, z and n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + h @ p.W_hr.T)
    z = gru_ref.sigmoid(x @ p.W_iz.T + h @ p.W_hz.T)
    n = np.tanh(x @ p.W_in.T + (r * h) @ p.W_hn.T)
    return (1 - z) * n + z * h


@gru_step.mistake
def candidate_squashed_twice(x, h, p):
    """The candidate is squashed twice

    tanh acts on what is a candidate already, perhaps once in the line of n and again in the blend. Once is enough:
    each further tanh makes it smaller.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * np.tanh(n) + z * h


@gru_step.mistake
def only_the_past_squashed(x, h, p):
    """tanh closes too early in the candidate

    Only a part of the sum goes through tanh. Look at your brackets: tanh goes around everything, the input's part and
    the gated past.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in) + r * (h @ p.W_hn.T + p.b_hn)
    return (1 - z) * n + z * h


@gru_step.mistake
def candidate_squashed_term_by_term(x, h, p):
    """Each part of the candidate is squashed by itself

    tanh(a) + tanh(b) is not tanh(a + b), and can leave (−1, 1). Add first, squash once.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in) + np.tanh(r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def written_by_the_reset_gate(x, h, p):
    """r decides how much is written, where 1 − z should

    This is r ⊙ n + z ⊙ h, with two gates that know nothing of each other, as in an LSTM. In a GRU one gate decides
    both: what z keeps is not written, and the rest is. r has done its work in the candidate.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return r * n + z * h


@gru_step.mistake
def one_minus_reset_in_the_blend(x, h, p):
    """1 − r stands in the last line, where 1 − z should

    The two parts of a blend add up to a whole, so both are made of the same gate. r has done its work in the
    candidate.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - r) * n + z * h


@gru_step.mistake
def both_added_whole(x, h, p):
    """Old state and candidate are added, both whole

    This is n + h: the update gate is not used, and the state could grow without end. z says how much of h is kept;
    the rest, 1 − z, is taken from n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return n + h


@gru_step.mistake
def averaged(x, h, p):
    """This is the average of old state and candidate

    It is what you would get for z = ½ everywhere. z may differ from unit to unit: weigh by it.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (n + h) / 2


@gru_step.mistake
def gates_mirrored(x, h, p):
    """Both gates are the opposite of what they should be

    Yours are 1 − r and 1 − z: if you write σ yourself, look at the sign in its exponent. σ(a) = 1 / (1 + e⁻ᵃ) is near
    1 for large a. (Or use `gru_ref.sigmoid`.)
    """
    r = gru_ref.sigmoid(-(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr))
    z = gru_ref.sigmoid(-(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz))
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gate_and_state_exchanged(x, h, p):
    """r and h are exchanged in the candidate

    Yours multiplies the reset gate by W_hn, and scales the product by h. It is h that goes through W_hn, and r that
    scales: `candidate` takes x, h, r, p in this order.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + h * (r @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gate_and_candidate_exchanged(x, h, p):
    """z and n are exchanged in the last line

    Yours is (1 − n) ⊙ z + n ⊙ h: the candidate does the weighing. z weighs, n and h are weighed: `blend` takes z, n,
    h in this order.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - n) * z + n * h


@gru_step.mistake
def b_ir_dropped(x, h, p):
    """The bias b_ir is missing

    This is exactly the result without b_ir. It belongs into the line of the reset gate: two products, two biases.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def b_iz_dropped(x, h, p):
    """The bias b_iz is missing

    This is exactly the result without b_iz. It belongs into the line of the update gate: two products, two biases.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def b_hr_dropped(x, h, p):
    """The bias b_hr is missing

    This is exactly the result without b_hr. It belongs into the line of the reset gate: two products, two biases.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def b_hz_dropped(x, h, p):
    """The bias b_hz is missing

    This is exactly the result without b_hz. It belongs into the line of the update gate: two products, two biases.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_state_biases_twice(x, h, p):
    """The update gate counts b_iz twice

    In the line of z both biases are b_iz: b_hz never appears.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_iz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_input_bias_twice(x, h, p):
    """The reset gate counts b_ir twice

    In the line of r both biases are b_ir: b_hr never appears.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_ir)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def candidates_input_bias_twice(x, h, p):
    """b_in stands where b_hn should

    In the line of n both biases are b_in: b_hn never appears. In the bracket behind r all names begin with W_h or b_h.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_in))
    return (1 - z) * n + z * h


@gru_step.mistake
def input_biases_twice_in_all_lines(x, h, p):
    """All three lines count their input bias twice

    Both biases of each line are b_i…: b_hr, b_hz and b_hn never appear.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_ir)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_iz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_in))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_state_bias_in_update(x, h, p):
    """The update gate has the reset gate's bias b_hr

    In the line of z the last name ends in r. Was the line copied from the one above?
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_input_bias_in_update(x, h, p):
    """The update gate has the reset gate's bias b_ir

    In the line of z the first bias ends in r. Was the line copied from the one above?
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_ir + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_state_half_in_update(x, h, p):
    """The update gate reads the state as the reset gate does

    In the line of z the half that belongs to h is W_hr and b_hr. Was the line copied from the one above? All four names in
    a line end in the same letter.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hr.T + p.b_hr)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def reset_gates_state_half_in_candidate(x, h, p):
    """The candidate's bracket is made of the reset gate's parameters

    Behind r stand W_hr and b_hr. Was the bracket copied from the line of r? Inside it all names end in n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hr.T + p.b_hr))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_state_half_in_candidate(x, h, p):
    """The candidate's bracket is made of the update gate's parameters

    Behind r stand W_hz and b_hz. Was the bracket copied from the line of z? Inside it all names end in n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hz.T + p.b_hz))
    return (1 - z) * n + z * h


@gru_step.mistake
def update_gates_input_half_in_candidate(x, h, p):
    """The candidate reads the input through the update gate's parameters

    In the line of n the half that belongs to x is W_iz and b_iz. Was it copied from the line above? The candidate's four
    names end in n.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_iz.T + p.b_iz + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def kept_by_the_reset_gate(x, h, p):
    """r decides how much is kept, where z should

    This is (1 − z) ⊙ n + r ⊙ h. The two parts of a blend add up to a whole, so both are made of the same gate. r has done
    its work in the candidate.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + r * h


@gru_step.mistake
def reset_twice(x, h, p):
    """The reset acts twice

    This is r ⊙ (W_hn (r ⊙ h) + b_hn): r ⊙ h goes into the product, and the product is gated again. `candidate` takes the old
    state as it is, and gates it inside.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * ((r * h) @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def gates_squashed_term_by_term(x, h, p):
    """Each half of a gate is squashed by itself

    σ(a) + σ(b) is not σ(a + b), and can exceed 1. Look at your brackets: add first, squash once.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir) + gru_ref.sigmoid(h @ p.W_hr.T + p.b_hr)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz) + gru_ref.sigmoid(h @ p.W_hz.T + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def gates_state_biases_dropped(x, h, p):
    """The biases b_hr and b_hz are missing

    Both gates have one bias only, the input's. In a gate the two could be one, since only their sum counts; but
    PyTorch keeps both, and so do we.
    """
    r = gru_ref.sigmoid(x @ p.W_ir.T + p.b_ir + h @ p.W_hr.T)
    z = gru_ref.sigmoid(x @ p.W_iz.T + p.b_iz + h @ p.W_hz.T)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.mistake
def concatenated_in_another_order(x, h, p):
    """Input and state stand in another order than their weights

    This is what you get in the gates when x and h are put side by side in one order, and W_i and W_h in the other:
    each state entry then meets an input's weight. Use the same order for both.
    """
    joined = np.concatenate([h, x], axis=1)
    r = gru_ref.sigmoid(joined @ np.concatenate([p.W_ir, p.W_hr], axis=1).T + p.b_ir + p.b_hr)
    z = gru_ref.sigmoid(joined @ np.concatenate([p.W_iz, p.W_hz], axis=1).T + p.b_iz + p.b_hz)
    n = np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))
    return (1 - z) * n + z * h


@gru_step.slips(
    ("gates_exchanged_in_the_blend", "candidate_not_weighted", "squashed_again"),
    (
        "reset_before_the_product",
        "state_bias_outside_the_reset",
        "reset_ignored",
        "all_biases_dropped",
        "state_biases_dropped",
        "candidates_state_bias_dropped",
    ),
    ("gates_roles_exchanged", "sigmoid_on_the_candidate", "tanh_on_the_gates"),
    (
        "state_weights_not_transposed",
        "update_gates_state_weights_not_transposed",
        "candidates_state_weights_not_transposed",
    ),
)
def several_slips_in_a_step(slip, x, h, p):
    flat = slip("state_weights_not_transposed")  # each is turned here, and turned back where it is used
    W_hr = p.W_hr.T if flat else p.W_hr
    W_hz = p.W_hz.T if flat or slip("update_gates_state_weights_not_transposed") else p.W_hz
    W_hn = p.W_hn.T if flat or slip("candidates_state_weights_not_transposed") else p.W_hn
    no_b_i = slip("all_biases_dropped")
    no_b_h = no_b_i or slip("state_biases_dropped")
    b_hn = 0 if no_b_h or slip("candidates_state_bias_dropped") else p.b_hn

    def gate(W, U, b_i, b_h):
        a = x @ W.T + (0 if no_b_i else b_i) + h @ U.T + (0 if no_b_h else b_h)
        return np.tanh(a) if slip("tanh_on_the_gates") else gru_ref.sigmoid(a)

    r, z = gate(p.W_ir, W_hr, p.b_ir, p.b_hr), gate(p.W_iz, W_hz, p.b_iz, p.b_hz)
    if slip("gates_roles_exchanged"):
        r, z = z, r
    if slip("reset_before_the_product"):
        past = (r * h) @ W_hn.T + b_hn
    elif slip("state_bias_outside_the_reset"):
        past = r * (h @ W_hn.T) + b_hn
    else:
        past = (1 if slip("reset_ignored") else r) * (h @ W_hn.T + b_hn)
    a = x @ p.W_in.T + (0 if no_b_i else p.b_in) + past
    n = gru_ref.sigmoid(a) if slip("sigmoid_on_the_candidate") else np.tanh(a)
    if slip("gates_exchanged_in_the_blend"):
        return z * n + (1 - z) * h
    if slip("candidate_not_weighted"):
        return n + z * h
    h_new = (1 - z) * n + z * h
    return np.tanh(h_new) if slip("squashed_again") else h_new


FAR = 60.0  # a bias that opens a gate, or shuts it with a minus, whatever else the sum holds


@gru_step.law
def keeps_all_where_the_update_gate_is_open(f, rng):
    """with z = 1 the state stays as it is

    A large bias b_iz opens the update gate. Then nothing is written, whatever r and n are.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p._replace(b_iz=p.b_iz + FAR)), h)


@gru_step.law
def forgets_all_where_both_gates_are_shut(f, rng):
    """with r = z = 0 the old state leaves no trace

    It is neither kept nor looked at then: another h gives the same result.
    """
    x, h, p = draw_step(rng)
    shut = p._replace(b_ir=p.b_ir - FAR, b_iz=p.b_iz - FAR)
    return np.allclose(f(x, h, shut), f(x, -h, shut))


@gru_step.law
def writes_the_candidate_where_the_update_gate_is_shut(f, rng):
    """with r = 1 and z = 0 it is a step of the tanh RNN

    The reset gate shows all of the past, and all of the candidate is written.
    """
    x, h, p = draw_step(rng)
    rnn = gru_ref.RNNParams(p.W_in, p.W_hn, p.b_in, p.b_hn)
    return np.allclose(f(x, h, p._replace(b_ir=p.b_ir + FAR, b_iz=p.b_iz - FAR)), gru_ref.rnn_step(x, h, rnn))


@gru_step.law
def the_state_stays_between_minus_1_and_1(f, rng):
    """a state between −1 and 1 stays there

    It is a blend of candidate and old state, and both lie there. Large weights change nothing about it.
    """
    x, h, p = draw_step(rng)
    return np.all(np.abs(f(x, h, GRUParams(*(5 * a for a in p)))) <= 1)


@gru_step.law
def rows_of_the_batch_are_independent(f, rng):
    """a row of the batch does not influence the others

    Leaving one out changes nothing for the rest.
    """
    x, h, p = draw_step(rng)
    return np.allclose(f(x, h, p)[1:], f(x[1:], h[1:], p))


@gru_step.law
def units_have_no_order(f, rng):
    """listing the units in another order gives the same states, in that order

    No unit comes before another: all of them read the same old state.
    """
    x, h, p = draw_step(rng)
    order = np.roll(np.arange(h.shape[1]), 1)
    listed = {name: getattr(p, name)[order] for name in p._fields}
    listed |= {name: listed[name][:, order] for name in ("W_hr", "W_hz", "W_hn")}
    return np.allclose(f(x, h, p)[:, order], f(x, h[:, order], GRUParams(**listed)))


@gru_step.also_right
def by_the_parts_of_lessons_03_and_04(x, h, p):
    n = gru_ref.candidate(x, h, gru_ref.reset_gate(x, h, p), p)
    return gru_ref.blend(gru_ref.update_gate(x, h, p), n, h)


@gru_step.also_right
def by_products_of_stacked_weights(x, h, p):
    H = h.shape[1]
    from_x = x @ np.concatenate([p.W_ir, p.W_iz, p.W_in]).T + np.concatenate([p.b_ir, p.b_iz, p.b_in])
    from_h = h @ np.concatenate([p.W_hr, p.W_hz, p.W_hn]).T + np.concatenate([p.b_hr, p.b_hz, p.b_hn])
    gates = 1 / (1 + np.exp(-from_x[:, : 2 * H] - from_h[:, : 2 * H]))
    r, z = np.split(gates, 2, axis=1)
    n = np.tanh(from_x[:, 2 * H :] + r * from_h[:, 2 * H :])
    return n + z * (h - n)


@gru_step.also_right
def row_by_row(x, h, p):
    rows = []
    for x_b, h_b in zip(x, h, strict=True):
        r = 1 / (1 + np.exp(-(p.W_ir @ x_b + p.b_ir + p.W_hr @ h_b + p.b_hr)))
        z = 1 / (1 + np.exp(-(p.W_iz @ x_b + p.b_iz + p.W_hz @ h_b + p.b_hz)))
        n = np.tanh(p.W_in @ x_b + p.b_in + r * (p.W_hn @ h_b + p.b_hn))
        rows.append((1 - z) * n + z * h_b)
    return np.array(rows)


# ------------------------------------------------------------------------------------------------ starting parameters


def draw_sizes_and_generator(rng):
    """Arguments (I, H, rng): I much smaller or much larger than H."""
    H = int(rng.integers(30, 40))
    I = int(rng.choice([rng.integers(4, 7), rng.integers(140, 180)]))
    return I, H, np.random.default_rng(rng.integers(2**32))


def all_entries(arrays):
    """The entries of all arrays, in one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


def matrices(p, reads=""):
    """The weights that read the input ("i") or the state ("h"), or both."""
    return [array for name, array in zip(p._fields, p, strict=True) if name.startswith(f"W_{reads}")]


def biases_of(p):
    """The six biases."""
    return [array for name, array in zip(p._fields, p, strict=True) if name.startswith("b_")]


def fills(arrays, bound):
    """Whether the entries of the arrays reach from −bound to bound, and no further."""
    entries = all_entries(arrays)
    return entries.min() < -0.9 * bound and 0.9 * bound < entries.max() and np.abs(entries).max() <= bound


def fitting_shapes(I, H):
    """The shapes of a GRU's twelve arrays, in their order."""
    return [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6


def shapes_of(p):
    """The shapes of what is in `p`."""
    return [np.shape(a) for a in p]


def is_fit(args, p):
    """Whether `p` is made of arrays of floats of the right shapes."""
    return (
        isinstance(p, GRUParams) and shapes_of(p) == fitting_shapes(*args[:2]) and all(a.dtype == np.float64 for a in p)
    )


def starts_with(args, p, seed):
    """Whether the first array is what a generator with this seed, made anew, draws first."""
    I, H, _ = args
    return np.allclose(p.W_ir * np.sqrt(H), np.random.default_rng(seed).uniform(-1, 1, (H, I)))


def repeated(arrays):
    """Whether two arrays hold the same numbers, up to a common sign."""
    return any(
        a.shape == b.shape and np.ptp(a) > 0 and (np.array_equal(a, b) or np.array_equal(a, -b))
        for i, a in enumerate(arrays)
        for b in arrays[:i]
    )


init_gru = Exercise(
    reference=gru_ref.init_gru,
    inputs=draw_sizes_and_generator,
    # No bound passes for another in the first two.
    edges=tuple((I, H, np.random.default_rng(seed)) for seed, (I, H) in enumerate(((5, 36), (160, 33), (1, 35)), 1)),
    by_value=False,
    hints=(
        "Draw one array first, W_ir: `rng.uniform(low, high, shape)` takes the two ends and the shape as one tuple. Which are the ends, and which is the shape?",
        "There are three shapes: (H, I) for the three that read the input, (H, H) for the three that read the state, (H,) for six biases. Draw anew for each of the twelve.",
        "`GRUParams(W_ir=…, W_iz=…, …)` takes them by name. Or put the shapes into a list, in the order of `GRUParams._fields`, and draw in a loop: `GRUParams(*arrays)`.",
    ),
)


@init_gru.mistake
def star_forgotten(I, H, rng):
    """GRUParams gets one list instead of twelve arrays

    It takes twelve arguments, one after the other. A star hands over the items of a list one by one: `GRUParams(*arrays)`.
    """
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    return gru_ref.GRUParams([rng.uniform(-1 / np.sqrt(H), 1 / np.sqrt(H), shape) for shape in shapes])


@init_gru.mistake
def shape_in_two_arguments(I, H, rng):
    """The shape is handed over as two arguments

    A generator takes a shape as one tuple, with brackets of its own: `rng.uniform(low, high, (H, I))`.
    """
    return gru_ref.GRUParams(*(rng.uniform(-1 / np.sqrt(H), 1 / np.sqrt(H), H, I) for _ in range(12)))


@init_gru.mistake
def root_of_a_negative_number(I, H, rng):
    """The minus sign stands under the root

    `np.sqrt(-H)` is no real number. The lower end is minus the bound: `-1 / np.sqrt(H)`.
    """
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    return gru_ref.GRUParams(*(rng.uniform(1 / np.sqrt(-H), 1 / np.sqrt(H), shape) for shape in shapes))


@init_gru.mistake(
    when=lambda args, p: (
        isinstance(p, GRUParams)
        and Counter(shapes_of(p)) == Counter(fitting_shapes(*args[:2]))
        and shapes_of(p) != fitting_shapes(*args[:2])
    )
)
def arrays_in_another_order(I, H, rng):
    """The twelve arrays have the right shapes, but stand in another order

    GRUParams begins with the three matrices that read the input, W_ir, W_iz and W_in; then come the three that read the
    state, then the biases, b_i… before b_h…. `GRUParams._fields` lists them. Or hand each over by its name: `W_ir=…`.
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for _ in range(3) for shape in [(H, I), (H, H), (H,), (H,)]))


@init_gru.mistake(
    when=lambda args, p: (
        isinstance(p, GRUParams) and all(np.shape(a) == (args[0], args[1]) for a in (p.W_ir, p.W_iz, p.W_in))
    )
)
def input_matrices_transposed(I, H, rng):
    """The matrices that read the input are (I, H), transposed

    Row i of a matrix holds the weights of unit i, and there are H units: (H, I). In the step each of them enters as `.T`.
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for shape in [(I, H)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(
    when=lambda args, p: isinstance(p, GRUParams) and all(sorted(np.shape(b)) == [1, args[1]] for b in biases_of(p))
)
def biases_with_two_axes(I, H, rng):
    """The biases have two axes

    A bias holds one number for each unit, (H,): neither a row (1, H) nor a column (H, 1). Its shape is `(H,)`, or just `H`.
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H, 1)] * 6))


@init_gru.mistake(
    when=lambda args, p: isinstance(p, GRUParams) and all(np.shape(b) == (args[0],) for b in (p.b_ir, p.b_iz, p.b_in))
)
def input_biases_of_the_inputs_size(I, H, rng):
    """The biases b_ir, b_iz and b_in have I numbers

    They are added to the product W_i x, which has one entry for each unit. So each bias has H numbers, whichever product
    it goes with.
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(
        *(rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(I,)] * 3 + [(H,)] * 3)
    )


@init_gru.mistake(when=lambda args, p: not any(np.any(a) for a in p))
def all_zero(I, H, rng):
    """Everything is zero

    Then all units compute the same at every step, and nothing in the layer tells them apart when it learns. Draw random
    numbers.
    """
    return gru_ref.GRUParams(*(np.zeros(shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and all(np.ptp(a) == 0 for a in p))
def one_number_for_each_array(I, H, rng):
    """Each array is one number, repeated

    Without a shape `rng.uniform` draws a single number, and something spreads it over the array. All units are alike
    then. Hand the shape to `rng.uniform`.
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(
        *(np.full(shape, rng.uniform(-b, b)) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6)
    )


@init_gru.mistake(
    when=lambda args, p: (
        is_fit(args, p) and all(np.ptp(a, axis=0).max() == 0 for a in matrices(p)) and np.ptp(p.W_hr) > 0
    )
)
def all_rows_alike(I, H, rng):
    """All rows of a matrix are the same

    One row was drawn and repeated for each unit. Units with the same weights do the same: draw all of (H, I), and of
    (H, H), at once.
    """
    b = 1 / np.sqrt(H)
    weights = [np.tile(rng.uniform(-b, b, size), (H, 1)) for size in [I] * 3 + [H] * 3]
    return gru_ref.GRUParams(*weights, *(rng.uniform(-b, b, H) for _ in range(6)))


@init_gru.mistake(
    when=lambda args, p: is_fit(args, p) and any(starts_with(args, p, s) for s in (0, 1, 2, 42, 123, 1234))
)
def generator_of_its_own(I, H, rng):
    """The given generator is not used

    Yours makes one of its own, with a fixed seed: every call returns the same numbers. Draw from `rng`, the argument; who
    calls you decides about the seed.
    """
    b, own = 1 / np.sqrt(H), np.random.default_rng(0)
    return gru_ref.GRUParams(*(own.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and repeated(p))
def drawn_once_for_several(I, H, rng):
    """Two of the arrays hold the same numbers

    A draw is stored and used again. Then two gates would begin as one and the same, or one bias as a copy of the other.
    Call `rng.uniform` anew for each of the twelve.
    """
    b = 1 / np.sqrt(H)
    W, U, b_i = rng.uniform(-b, b, (H, I)), rng.uniform(-b, b, (H, H)), rng.uniform(-b, b, H)
    return gru_ref.GRUParams(W, W, W, U, U, U, *[b_i] * 6)


@init_gru.mistake(
    when=lambda args, p: (
        is_fit(args, p) and not any(np.any(a) for a in biases_of(p)) and fills(matrices(p), 1 / np.sqrt(args[1]))
    )
)
def biases_zero(I, H, rng):
    """The matrices are right, but the biases are zero

    Many libraries do so, and it works. PyTorch draws the biases, too, within the same bound, and so do we.
    """
    b = 1 / np.sqrt(H)
    weights = [rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3]
    return gru_ref.GRUParams(*weights, *(np.zeros(H) for _ in range(6)))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and all_entries(p).min() >= 0.999 / np.sqrt(args[1]))
def bound_taken_for_the_lower_end(I, H, rng):
    """All numbers lie *above* 1/√H

    `rng.uniform(bound, size=…)` takes its first argument for the lower end, and ends at 1. Hand over both ends.
    """
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    return gru_ref.GRUParams(*(rng.uniform(1 / np.sqrt(H), size=shape) for shape in shapes))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and 0 <= all_entries(p).min() < 0.1 / np.sqrt(args[1]))
def none_is_negative(I, H, rng):
    """No number is negative

    `rng.random` draws from 0 to 1, and `rng.uniform(0, …)` from 0 on. The range reaches as far below 0 as above it.
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(*(b * rng.random(shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


def is_normal(arrays):
    """Whether the entries, a few thousand, are distributed like normal numbers around 0, in the middle and at the ends."""
    entries = np.sort(all_entries(arrays))
    entries /= np.sqrt(np.mean(entries**2))
    shares = (np.arange(len(entries)) + 0.5) / len(entries)
    normal = np.interp(entries, *normal_distribution())
    return np.abs(normal - shares).max() < 0.05 and np.mean(entries**4) > 2.6


@functools.cache
def normal_distribution():
    """Points, and the share of normal numbers below each of them."""
    points = np.linspace(-6, 6, 601)
    return points, np.array([(1 + math.erf(x / math.sqrt(2))) / 2 for x in points])


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and is_normal(matrices(p, "h")))
def normal_for_uniform(I, H, rng):
    """The numbers are normally distributed, not uniformly

    Normal numbers crowd around 0 and know no bound. Here every number between −1/√H and 1/√H should be as likely as any other.
    """
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    return gru_ref.GRUParams(*(rng.normal(0, 1 / np.sqrt(H), shape) for shape in shapes))


@init_gru.mistake(
    when=lambda args, p: (
        is_fit(args, p)
        and fills(matrices(p, "i"), 1 / np.sqrt(args[0]))
        and fills(matrices(p, "h"), 1 / np.sqrt(args[1]))
    )
)
def bound_by_the_number_of_columns(I, H, rng):
    """The matrices that read the input are drawn within ±1/√I

    That is a sensible rule: the bound follows the number of terms that are summed. PyTorch's GRU, and ours, takes 1/√H
    for all twelve.
    """
    a, b = 1 / np.sqrt(I), 1 / np.sqrt(H)
    weights = [rng.uniform(-a, a, (H, I)) for _ in range(3)] + [rng.uniform(-b, b, (H, H)) for _ in range(3)]
    return gru_ref.GRUParams(*weights, *(rng.uniform(-b, b, H) for _ in range(6)))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and fills(p, 1 / np.sqrt(args[0])))
def bound_of_the_input_size(I, H, rng):
    """The bound is 1/√I

    It belongs to the number of units, H, for all twelve arrays.
    """
    b = 1 / np.sqrt(I)
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and fills(p, 1 / args[1]))
def root_missing(I, H, rng):
    """The bound is 1/H: the root is missing

    A sum of H random terms grows like √H, not like H: with 1/H it would be almost nothing.
    """
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    return gru_ref.GRUParams(*(rng.uniform(-1 / H, 1 / H, shape) for shape in shapes))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and fills(p, np.sqrt(args[1])))
def bound_upside_down(I, H, rng):
    """The bound is √H: it is upside down

    The more units, the smaller each weight has to be, for the sums not to grow: 1/√H.
    """
    b = np.sqrt(H)
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and fills(p, 1.0))
def bound_of_one(I, H, rng):
    """The numbers reach from −1 to 1

    Some of them or all have not been scaled: the bound is 1/√H, for matrices and biases alike.
    """
    return gru_ref.GRUParams(*(rng.uniform(-1, 1, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and fills(p, 0.5 / np.sqrt(args[1])))
def half_the_bound(I, H, rng):
    """The numbers reach only half as far as they should

    From −½ to ½ there is a length of 1; from −1/√H to 1/√H one of 2/√H. Is a factor 2 missing?
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(*((rng.random(shape) - 0.5) * b for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(when=lambda args, p: is_fit(args, p) and any(fills(p, c / args[1]) for c in (0.5, 2.0)))
def root_by_a_power_without_brackets(I, H, rng):
    """The power 1/2 has lost its brackets

    Python takes powers before it divides: `H**1/2` is H, divided by 2. Write `H**0.5`, `H ** (1 / 2)` or `np.sqrt(H)`.
    """
    b = 1 / H**1 / 2
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


def has_bounds_of_both_sizes(args, p, c):
    """Whether the matrices fill ±√(c / (rows + columns)), or all of them that of the first."""
    I, H, _ = args
    of_input, of_state = matrices(p, "i"), matrices(p, "h")
    return fills(of_input, np.sqrt(c / (I + H))) and any(fills(of_state, np.sqrt(c / n)) for n in (I + H, 2 * H))


@init_gru.mistake(
    when=lambda args, p: is_fit(args, p) and any(has_bounds_of_both_sizes(args, p, c) for c in (1.0, 2.0, 3.0, 6.0))
)
def bound_of_both_sizes(I, H, rng):
    """The bound is made of both sizes, I and H

    There are such rules, Glorot's √(6 / (I + H)) for one. PyTorch's GRU, and ours, takes 1/√H for all twelve arrays.
    """
    b = np.sqrt(6 / (I + H))
    return gru_ref.GRUParams(*(rng.uniform(-b, b, shape) for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


@init_gru.mistake(
    when=lambda args, p: (
        is_fit(args, p) and abs(all_entries(p).mean()) > all_entries(p).std() / 2 and all_entries(p).min() < 0
    )
)
def not_centred(I, H, rng):
    """The numbers do not lie around 0

    The range reaches further to one side than to the other. `rng.uniform` wants both ends: the upper one is 1 unless it is
    given. If you shift and scale `rng.random`, look at the brackets: what is subtracted, before or after the scaling?
    """
    b = 1 / np.sqrt(H)
    return gru_ref.GRUParams(*(2 * rng.random(shape) - b for shape in [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6))


def fresh(rng):
    """A new generator, seeded by `rng`."""
    return np.random.default_rng(rng.integers(2**32))


@init_gru.law
def stays_within_the_bound(f, rng):
    """every number lies between −1/√H and 1/√H

    All twelve arrays have the same bound, whether the input is wider than the state or not.
    """
    return all(np.abs(all_entries(f(I, H, fresh(rng)))).max() <= 1 / np.sqrt(H) for I, H in [(3, 30), (30, 3)])


@init_gru.law
def spreads_evenly(f, rng):
    """all numbers between the bounds are equally likely

    Matrices and biases alike. Look at the smallest and the largest of your numbers, times √H: they should be close to −1
    and 1. And sorted, the numbers should rise along a straight line.
    """
    I, H = 50, 100
    draws = [f(I, H, fresh(rng)) for _ in range(4)]

    def is_even(some):
        entries = all_entries(array for p in draws for array in some(p))
        share = (1 + np.sort(entries) * np.sqrt(H)) / 2
        count = len(share)
        distance = np.abs(share - (np.arange(count) + 0.5) / count).max()
        return distance < np.sqrt(15 / count)  # passed over by chance less than once in 10¹² draws

    return is_even(lambda p: matrices(p, "i")) and is_even(lambda p: matrices(p, "h")) and is_even(biases_of)


@init_gru.law
def no_number_appears_twice(f, rng):
    """no number appears twice

    Units, gates and biases should all begin differently: each number is a draw of its own.
    """
    sizes = np.abs(all_entries(f(7, 11, fresh(rng))))
    return len(np.unique(sizes)) == len(sizes)


def one_draw_for_all(I, H, rng):
    shapes = fitting_shapes(I, H)
    sizes = [int(np.prod(shape)) for shape in shapes]
    u = (rng.random() + np.arange(sum(sizes)) * 0.6180339887498949) % 1
    parts = np.split((2 * u - 1) / np.sqrt(H), np.cumsum(sizes)[:-1])
    return GRUParams(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))


@init_gru.law(broken_by=one_draw_for_all)
def no_step_appears_twice(f, rng):
    """no difference between neighbours appears twice

    Each number is a draw of its own, and not the one before it, moved on by a fixed step.
    """
    steps = np.diff(all_entries(f(7, 11, fresh(rng))))
    return len(np.unique(steps.round(12))) > 0.9 * len(steps)


def sorted_draws(I, H, rng):
    b = 1 / np.sqrt(H)
    return GRUParams(*(np.sort(rng.uniform(-b, b, shape), axis=0) for shape in fitting_shapes(I, H)))


@init_gru.law(broken_by=sorted_draws)
def no_order_among_the_draws(f, rng):
    """from one entry to the next, the numbers rise about as often as they fall

    Along rows, columns and biases alike: where a number stands says nothing about its size. Is something sorted, or laid out
    in order?
    """
    p = f(40, 60, fresh(rng))
    groups = [(matrices(p), 0), (matrices(p), 1), (biases_of(p), 0)]
    shares = [np.mean(all_entries(np.diff(a, axis=axis) > 0 for a in arrays)) for arrays, axis in groups]
    # Of the 354 steps between biases a fair share scatters by 0.016, elsewhere by less: 0.4 and 0.6 are 6.2 times that away.
    return all(0.4 < share < 0.6 for share in shares)


def draws_of_the_global_generator(I, H, rng):
    b = 1 / np.sqrt(H)
    return GRUParams(*(np.random.uniform(-b, b, shape) for shape in fitting_shapes(I, H)))


@init_gru.law(broken_by=draws_of_the_global_generator)
def repeats_with_the_same_seed(f, rng):
    """generators with the same seed give the same parameters

    Draw from `rng` alone. Numbers from `np.random.uniform` or `np.random.rand`, or from a generator that you make
    yourself, come from elsewhere.
    """
    seed = rng.integers(2**32)
    first, second = (f(4, 5, np.random.default_rng(seed)) for _ in range(2))
    return np.allclose(all_entries(first), all_entries(second))


@init_gru.law
def follows_the_seed(f, rng):
    """generators with different seeds give different parameters

    If yours are the same each time, they don't come from `rng`.
    """
    return not np.isclose(all_entries(f(4, 5, fresh(rng))), all_entries(f(4, 5, fresh(rng)))).all()


@init_gru.also_right
def by_name(I, H, rng):
    b = H**-0.5

    def draw(*shape):
        return rng.uniform(low=-b, high=b, size=shape)

    return gru_ref.GRUParams(
        W_ir=draw(H, I), W_iz=draw(H, I), W_in=draw(H, I), W_hr=draw(H, H), W_hz=draw(H, H), W_hn=draw(H, H),
        b_ir=draw(H), b_iz=draw(H), b_in=draw(H), b_hr=draw(H), b_hz=draw(H), b_hn=draw(H),
    )  # fmt: skip


@init_gru.also_right
def by_parts_of_larger_draws(I, H, rng):
    def parts(*shape):
        return np.split((2 * rng.random((3 * shape[0], *shape[1:])) - 1) / np.sqrt(H), 3)

    return gru_ref.GRUParams(*parts(H, I), *parts(H, H), *parts(H), *parts(H))


# -------------------------------------------------------------------------------------------------- how many numbers


def draw_counts(rng):
    """Arguments (I, H, biases): sizes that differ, and 0, 1 or 2 bias vectors a gate."""
    I, H = rng.permutation(np.arange(3, 13))[:2]
    return int(I), int(H), int(rng.integers(0, 3))


count_gru_parameters = Exercise(
    reference=gru_ref.count_gru_parameters,
    inputs=draw_counts,
    edges=((1, 1, 2), (3, 5, 0), (5, 3, 1), (300, 512, 2)),
    hints=(
        "Count one gate first: it has a matrix for the input, a matrix for the state, and `biases` vectors.",
        "A matrix (H, I) holds H · I numbers, one (H, H) holds H · H, a vector (H,) holds H. How often does each occur in one gate?",
        "Reset, update and candidate have equally many: multiply the sum for one of them by their number, in brackets.",
    ),
)


@count_gru_parameters.mistake
def one_gate(I, H, biases):
    """This is the count of one gate alone

    It is right for a tanh RNN. A GRU has such a set for each of reset, update and candidate.
    """
    return H * I + H * H + biases * H


@count_gru_parameters.mistake
def candidate_not_counted(I, H, biases):
    """The candidate is not counted

    Two gates, yes; but the candidate has weights and biases of its own as well.
    """
    return 2 * (H * I + H * H + biases * H)


@count_gru_parameters.mistake
def four_times(I, H, biases):
    """This is the count of an LSTM

    An LSTM has three gates and a candidate: four sets. A GRU has two gates and a candidate.
    """
    return 4 * (H * I + H * H + biases * H)


@count_gru_parameters.mistake
def always_two_biases(I, H, biases):
    """Two biases are counted, whatever `biases` says

    `biases` is how many bias vectors each gate has in the library at hand: 0, 1 or 2.
    """
    return 3 * (H * I + H * H + 2 * H)


@count_gru_parameters.mistake
def biases_not_counted(I, H, biases):
    """The biases are not counted

    The matrices are right. Each gate also has `biases` vectors with H numbers each.
    """
    return 3 * (H * I + H * H)


@count_gru_parameters.mistake
def always_one_bias(I, H, biases):
    """One bias is counted, whatever `biases` says

    `biases` is how many bias vectors each gate has in the library at hand: 0, 1 or 2.
    """
    return 3 * (H * I + H * H + H)


@count_gru_parameters.mistake
def biases_on_both_sides(I, H, biases):
    """Twice as many biases are counted as there are

    `biases` counts all bias vectors of a gate: 2 means one for the input and one for the state.
    """
    return 3 * (H * I + H * H + 2 * biases * H)


@count_gru_parameters.mistake
def biases_as_single_numbers(I, H, biases):
    """Each bias is counted as a single number

    A bias is a vector: every unit has one of its own, so each has H numbers.
    """
    return 3 * (H * I + H * H + biases)


@count_gru_parameters.mistake
def biases_of_one_gate(I, H, biases):
    """The biases are counted for one gate only

    The matrices are there three times, and so are the biases: `biases` vectors in *each* of reset, update and candidate.
    Look at where the bracket closes.
    """
    return 3 * (H * I + H * H) + biases * H


@count_gru_parameters.mistake
def biases_of_the_inputs_size(I, H, biases):
    """The biases are counted with I numbers each

    A bias is added to the sum of each unit, and there are H units.
    """
    return 3 * (H * I + H * H + biases * I)


@count_gru_parameters.mistake
def one_bias_of_each_size(I, H, biases):
    """The input's bias is counted with I numbers

    b_i is added to the product W_i x, which has H entries. So each bias has H numbers, whichever product it goes with.
    """
    return 3 * (H * I + H * H + (biases > 0) * I + (biases > 1) * H)


@count_gru_parameters.mistake
def sizes_exchanged(I, H, biases):
    """I and H are exchanged

    The state has H units: a W_h is (H, H) and a bias is (H,). Yours counts as if they had the size of the input.
    """
    return 3 * (H * I + I * I + biases * I)


@count_gru_parameters.mistake
def only_the_first_part_threefold(I, H, biases):
    """Only the first part is taken three times

    `3 * H * I + …` multiplies the input's matrices alone. The whole sum of one gate belongs in brackets.
    """
    return 3 * H * I + H * H + biases * H


@count_gru_parameters.mistake
def state_weights_missing(I, H, biases):
    """The matrices that read the state are not counted

    W_hr, W_hz and W_hn have a number for each pair of units.
    """
    return 3 * (H * I + biases * H)


@count_gru_parameters.mistake
def input_weights_missing(I, H, biases):
    """The matrices that read the input are not counted

    W_ir, W_iz and W_in have H rows, one for each unit, and I columns.
    """
    return 3 * (H * H + biases * H)


@count_gru_parameters.mistake
def state_weights_as_vectors(I, H, biases):
    """The matrices that read the state are counted with H numbers each

    So each unit would hear only itself. W_hr, W_hz and W_hn are (H, H): each unit hears all.
    """
    return 3 * (H * I + H + biases * H)


@count_gru_parameters.mistake
def double_for_square(I, H, biases):
    """H² is counted as 2 · H

    A matrix (H, H) has H rows with H numbers each.
    """
    return 3 * (H * I + 2 * H + biases * H)


@count_gru_parameters.mistake
def candidates_biases_not_counted(I, H, biases):
    """The candidate's biases are not counted

    Its matrices are, but like each gate it also has `biases` vectors.
    """
    return 3 * (H * I + H * H) + 2 * biases * H


@count_gru_parameters.mistake
def square_of_the_concatenation(I, H, biases):
    """The concatenated matrix is counted as a square

    Side by side, W_i and W_h have I + H columns, but still H rows: one for each unit of the state.
    """
    return 3 * ((I + H) * (I + H) + biases * H)


@count_gru_parameters.mistake
def input_square(I, H, biases):
    """The matrices that read the input are counted as if they were square

    They lead from I inputs to H units: (H, I).
    """
    return 3 * (I * I + H * H + biases * H)


@count_gru_parameters.mistake
def all_sizes_multiplied(I, H, biases):
    """The sizes of the two matrices are multiplied with each other

    A matrix of shape (a, b) holds a · b numbers. Two matrices hold the sum of theirs.
    """
    return 3 * (H * I * H * H + biases * H)


@count_gru_parameters.mistake
def caret_for_power(I, H, biases):
    """In Python, ^ is not a power

    `H^2` combines the bits of two numbers, and Python does the sums on either side first. A square is `H**2` or `H * H`.
    """
    return 3 * (H * I + H ^ 2 + biases * H)


@count_gru_parameters.mistake
def state_counted(I, H, biases):
    """The state h is counted among the parameters

    This is H too many. The state is computed anew for each sequence; parameters are what is learned and stays.
    """
    return 3 * (H * I + H * H + biases * H) + H


@count_gru_parameters.mistake
def not_a_whole_number(I, H, biases):
    """The number is right, but it is a float

    A count is a whole number: leave out `/` and `float(…)`. (`np.sum` over an empty list is a float, too.)
    """
    return float(3 * (H * I + H * H + biases * H))


@count_gru_parameters.mistake
def biases_as_matrices(I, H, biases):
    """A bias is counted as if it were a matrix

    It is a vector: one number for each unit, H of them.
    """
    return 3 * (H * I + H * H + biases * H * H)


@count_gru_parameters.mistake
def bias_numbers_once(I, H, biases):
    """The biases are counted as `biases` numbers in all

    `biases` counts vectors, each with a number for every unit, and each of reset, update and candidate has so many.
    """
    return 3 * (H * I + H * H) + biases


@count_gru_parameters.mistake
def one_bias_at_most(I, H, biases):
    """Two bias vectors are counted like one

    Yours asks only whether there are any. `biases` says how many: 0, 1 or 2.
    """
    return 3 * (H * I + H * H + (H if biases else 0))


@count_gru_parameters.mistake
def caret_for_power_in_a_sum(I, H, biases):
    """In Python, ^ is not a power

    `3 * H^2` combines the bits of two numbers, and Python does the sums on either side first. A square is `H**2` or
    `H * H`.
    """
    return 3 * H * I + 3 * H ^ 2 + 3 * biases * H


@count_gru_parameters.mistake
def state_weights_twice(I, H, biases):
    """Both matrices of a gate are counted as (H, H)

    One of them reads the input, which has I numbers: its shape is (H, I).
    """
    return 3 * (2 * H * H + biases * H)


@count_gru_parameters.slips(
    ("one_gate", "candidate_not_counted", "four_times"),
    ("always_two_biases", "biases_not_counted", "biases_as_single_numbers", "biases_of_the_inputs_size"),
    ("state_weights_missing", "input_weights_missing", "input_square", "state_weights_as_vectors"),
)
def several_slips_in_a_count(slip, I, H, biases):
    gates = 1 if slip("one_gate") else 2 if slip("candidate_not_counted") else 4 if slip("four_times") else 3
    if slip("always_two_biases"):
        b = 2 * H
    elif slip("biases_not_counted"):
        b = 0
    else:
        b = biases * (1 if slip("biases_as_single_numbers") else I if slip("biases_of_the_inputs_size") else H)
    W = 0 if slip("input_weights_missing") else I * I if slip("input_square") else H * I
    U = 0 if slip("state_weights_missing") else H if slip("state_weights_as_vectors") else H * H
    return gates * (W + U + b)


@count_gru_parameters.law
def three_tanh_rnns(f, rng):
    """with two biases it is three times `gru_ref.count_rnn_parameters(I, H)`

    Reset, update and candidate have the shapes of an RNN each.
    """
    I, H, _ = draw_counts(rng)
    return f(I, H, 2) == 3 * gru_ref.count_rnn_parameters(I, H)


@count_gru_parameters.law
def a_bias_more_costs_one_number_a_unit_and_gate(f, rng):
    """each further bias vector costs 3 H numbers

    One for each unit, in each of reset, update and candidate.
    """
    I, H, _ = draw_counts(rng)
    return f(I, H, 1) - f(I, H, 0) == f(I, H, 2) - f(I, H, 1) == 3 * H


@count_gru_parameters.law
def counts_what_init_gru_draws(f, rng):
    """with two biases it is the number of entries in all arrays of `gru_ref.init_gru(I, H, rng)`

    Sum their sizes, and compare.
    """
    I, H, _ = draw_counts(rng)
    return f(I, H, 2) == sum(a.size for a in gru_ref.init_gru(I, H, rng))


@count_gru_parameters.also_right
def factored(I, H, biases):
    return 3 * H * (I + H + biases)


@count_gru_parameters.also_right
def gate_by_gate(I, H, biases):
    count = 0
    for _ in "rzn":
        count += np.zeros((H, I)).size + np.zeros((H, H)).size + sum(np.zeros(H).size for _ in range(biases))
    return count
