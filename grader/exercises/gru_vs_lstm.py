"""Lesson 12: the LSTM's step, sizes of equal budget, and a fair comparison of two models."""

import numpy as np

import gru_ref
from grader.exercise import THIN_STEPS, Exercise, thin
from grader.rewritten import Rewritten
from gru_ref import LSTMParams

LESSON = "12_gru_vs_lstm"


def draw_lstm_step(rng, sizes=None):
    """Arguments (x, h, c, p) of one step; B, I and H all different, and a cell state that reaches beyond ±1."""
    B, I, H = sizes or rng.permutation([2, 3, 4, 5])[:3]
    p = LSTMParams(*(rng.normal(0, 0.8, np.shape(a)) for a in gru_ref.init_lstm(I, H, rng)))
    return rng.normal(0, 1, (B, I)), rng.uniform(-0.9, 0.9, (B, H)), rng.normal(0, 1.5, (B, H)), p


# -------------------------------------------------------------------------------------------------------- LSTM step

lstm_step = Exercise(
    reference=gru_ref.lstm_step,
    inputs=draw_lstm_step,
    edges=thin(draw_lstm_step, THIN_STEPS),
    parts={"h_new": "B H", "c_new": "B H"},
    hidden=(gru_ref.lstm_forward,),
    hints=(
        "Write the six lines one below the other, in the order of the equations. The first four are gates and a candidate: you know how to build those.",
        "Only i, f and o are gates, with `gru_ref.sigmoid`; g is a candidate, with `np.tanh`. The old c appears in one line alone, the fifth.",
        "In the last line stands the *new* cell state, through `np.tanh`, and the output gate before it. Then `return h_new, c_new`, in this order.",
    ),
)

lstm_wrong = Rewritten(
    lstm_step,
    """\
def lstm_step(x, h, c, p):
    i = gru_ref.sigmoid(x @ p.W_ii.T + p.b_ii + h @ p.W_hi.T + p.b_hi)
    f = gru_ref.sigmoid(x @ p.W_if.T + p.b_if + h @ p.W_hf.T + p.b_hf)
    g = np.tanh(x @ p.W_ig.T + p.b_ig + h @ p.W_hg.T + p.b_hg)
    o = gru_ref.sigmoid(x @ p.W_io.T + p.b_io + h @ p.W_ho.T + p.b_ho)
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    return h_new, c_new
""",
)


@lstm_wrong
def results_exchanged():
    """h_new and c_new are returned in the wrong order

    The state that others see comes first, the cell behind it: `return h_new, c_new`. Whoever calls the step feeds both
    back, and would mix them up from the second step on.
    """
    return [("return h_new, c_new", "return c_new, h_new")]


@lstm_wrong
def forget_gate_missing():
    """The forget gate is missing

    This is c + i ⊙ g. The LSTM of 1997 was like that: it could only add, and its cell grew and grew. The forget gate, of
    2000, takes its share of the old c.
    """
    return [("f * c", "c")]


@lstm_wrong
def input_gate_missing():
    """The input gate is missing

    All of the candidate is written: f ⊙ c + g. The input gate i decides how much of g gets in.
    """
    return [("i * g", "g")]


@lstm_wrong
def output_gate_missing():
    """The output gate is missing

    This is tanh(c_new). The output gate decides how much of it is shown.
    """
    return [("h_new = o * ", "h_new = ")]


@lstm_wrong
def coupled_by_the_forget_gate():
    """1 − f stands where i should

    Then one gate both keeps and writes, as z does in a GRU. That is a variant of the LSTM, with coupled gates; here the
    input gate has parameters of its own.
    """
    return [("i * g", "(1 - f) * g")]


@lstm_wrong
def coupled_by_the_input_gate():
    """1 − i stands where f should

    Then one gate both keeps and writes, as in a GRU. That is a variant of the LSTM, with coupled gates; here the forget
    gate has parameters of its own.
    """
    return [("f * c", "(1 - i) * c")]


@lstm_wrong
def forget_gate_forgets():
    """1 − f stands where f should

    The name misleads: f is the fraction of c that is *kept*. With f = 1 nothing is forgotten.
    """
    return [("f * c", "(1 - f) * c")]


@lstm_wrong
def one_minus_input_gate():
    """1 − i stands where i should

    i is the fraction of the candidate that is written. With i = 0 nothing is.
    """
    return [("i * g", "(1 - i) * g")]


@lstm_wrong
def one_minus_output_gate():
    """1 − o stands where o should

    o is the fraction that is shown. With o = 0 the state is 0.
    """
    return [("h_new = o *", "h_new = (1 - o) *")]


@lstm_wrong
def cell_not_squashed():
    """tanh is missing in the last line

    This is o ⊙ c_new. The cell may grow far beyond 1; what is shown goes through tanh first.
    """
    return [("np.tanh(c_new)", "c_new")]


@lstm_wrong
def cell_through_sigma():
    """σ stands in the last line, where tanh should

    The state could never be negative. The cell is shown through tanh; σ is for gates.
    """
    return [("np.tanh(c_new)", "gru_ref.sigmoid(c_new)")]


@lstm_wrong
def output_gate_inside_tanh():
    """The output gate stands inside tanh

    This is tanh(o ⊙ c_new). First tanh, and of that the part that is shown.
    """
    return [("o * np.tanh(c_new)", "np.tanh(o * c_new)")]


@lstm_wrong
def old_cell_shown():
    """The old cell is shown, in place of the new one

    In the last line stands c. What comes in at this step would be seen only at the next.
    """
    return [("np.tanh(c_new)", "np.tanh(c)")]


@lstm_wrong
def old_state_shown():
    """The old state is shown, in place of the new cell

    This is o ⊙ tanh(h). In the last line stands the memory that was just made, c_new.
    """
    return [("np.tanh(c_new)", "np.tanh(h)")]


@lstm_wrong
def candidate_shown():
    """The candidate is shown, in place of the new cell

    This is o ⊙ g. So the state would know nothing of what the cell has kept. In the last line stands tanh of c_new.
    """
    return [("np.tanh(c_new)", "g")]


@lstm_wrong
def output_gate_on_the_cell():
    """The output gate acts on the cell itself

    What is not shown would be lost for good. c_new has the forget gate and the input gate alone; o acts on what is
    *shown* of it, in the last line.
    """
    return [("f * c + i * g", "o * (f * c + i * g)"), ("o * np.tanh(c_new)", "np.tanh(c_new)")]


@lstm_wrong
def output_gate_twice():
    """The output gate acts twice, on the cell and in the last line

    c_new has the forget gate and the input gate alone. o acts once, on what is shown.
    """
    return [("f * c + i * g", "o * (f * c + i * g)")]


@lstm_wrong
def state_returned_for_the_cell():
    """The state is returned twice

    The second result should be the cell, as it is: without tanh, and before the output gate. Is `c_new` overwritten?
    """
    return [("return h_new, c_new", "return h_new, h_new")]


@lstm_wrong
def cell_returned_for_the_state():
    """The cell is returned twice

    The first result should be the state: the part of tanh(c_new) that the output gate shows.
    """
    return [("return h_new, c_new", "return c_new, c_new")]


@lstm_wrong
def old_cell_returned():
    """The old cell is returned

    The state is right. But the second result is c as it came in: it would never change.
    """
    return [("return h_new, c_new", "return h_new, c")]


@lstm_wrong
def squashed_cell_returned():
    """The cell is returned after tanh

    The state is right, but what goes on to the next step should be c_new itself. Its tanh is for the state alone: a
    squashed cell could not grow beyond 1, and so not count. Does tanh stand where c_new is made?
    """
    return [("return h_new, c_new", "return h_new, np.tanh(c_new)")]


@lstm_wrong
def cell_squashed_twice():
    """The cell is squashed when it is written, and again when it is shown

    c_new is f ⊙ c + i ⊙ g, as it is. tanh comes in the last line alone.
    """
    return [("f * c + i * g", "np.tanh(f * c + i * g)")]


@lstm_wrong
def candidate_through_sigma():
    """σ stands in the candidate, where tanh should

    g is no gate. Through σ it could never be negative, and the cell could only ever be raised.
    """
    return [("g = np.tanh(", "g = gru_ref.sigmoid(")]


@lstm_wrong
def candidate_not_squashed():
    """The candidate is not squashed

    g is tanh of the sum, so that one step writes at most 1.
    """
    return [("g = np.tanh(", "g = (")]


@lstm_wrong
def candidate_squashed_twice():
    """The candidate is squashed twice

    tanh stands in the line of g, and again where g is written. Once is right.
    """
    return [("i * g", "i * np.tanh(g)")]


@lstm_wrong
def gates_through_tanh():
    """tanh stands in all three gates, where σ should

    A gate is a fraction: σ lies between 0 and 1, tanh between −1 and 1. Only the candidate g goes through tanh.
    """
    return [(f"{gate} = gru_ref.sigmoid(", f"{gate} = np.tanh(") for gate in "ifo"]


@lstm_wrong
def gates_without_sigma():
    """σ is missing in all three gates

    i, f and o are sums as they come, of any size and either sign. A gate is a fraction, between 0 and 1: σ of the sum.
    """
    return [(f"{gate} = gru_ref.sigmoid(", f"{gate} = (") for gate in "ifo"]


@lstm_wrong
def gates_turned_round():
    """All three gates are σ of minus the sum

    1 / (1 + exp(a)) is σ(−a), which shuts where σ opens. In σ(a) stands exp(−a); `gru_ref.sigmoid` has it right.
    """
    return [
        (f"{gate} = gru_ref.sigmoid(x @ p.W_i{gate}.T + p.b_i{gate} + h @ p.W_h{gate}.T + p.b_h{gate})",
         f"{gate} = gru_ref.sigmoid(-(x @ p.W_i{gate}.T + p.b_i{gate} + h @ p.W_h{gate}.T + p.b_h{gate}))")
        for gate in "ifo"
    ]  # fmt: skip


@lstm_wrong
def brackets_closed_too_early():
    """σ and tanh are taken of the input's part alone

    What comes from the state is added behind the bracket, so a gate may be larger than 1. First the whole sum, then σ or
    tanh of it. Look at where the brackets close.
    """
    return [
        (f"p.b_i{letter} + h @ p.W_h{letter}.T + p.b_h{letter})", f"p.b_i{letter}) + h @ p.W_h{letter}.T + p.b_h{letter}")
        for letter in "ifgo"
    ]  # fmt: skip


@lstm_wrong
def input_gate_through_tanh():
    """tanh stands in the input gate, where σ should

    A gate is a fraction, between 0 and 1.
    """
    return [("i = gru_ref.sigmoid(", "i = np.tanh(")]


@lstm_wrong
def forget_gate_through_tanh():
    """tanh stands in the forget gate, where σ should

    A gate is a fraction, between 0 and 1. A negative one would turn the memory's sign round.
    """
    return [("f = gru_ref.sigmoid(", "f = np.tanh(")]


@lstm_wrong
def output_gate_through_tanh():
    """tanh stands in the output gate, where σ should

    A gate is a fraction, between 0 and 1. (It is the *cell* that goes through tanh, behind the gate.)
    """
    return [("o = gru_ref.sigmoid(", "o = np.tanh(")]


@lstm_wrong
def state_kept_for_the_cell():
    """The forget gate keeps h, not c

    This is f ⊙ h + i ⊙ g. The memory of an LSTM is its cell: what is kept is c.
    """
    return [("f * c", "f * h")]


@lstm_wrong
def gates_read_the_cell():
    """The gates and the candidate read c in place of h

    All four read the *state*: the products with W_h… take h. The cell appears in the fifth line alone.
    """
    return [(f"h @ p.W_h{letter}.T", f"c @ p.W_h{letter}.T") for letter in "ifgo"]


@lstm_wrong
def forget_gate_on_everything():
    """The forget gate acts on what is written, too

    This is f ⊙ (c + i ⊙ g). The forget gate takes its share of the old c; what is new has the input gate.
    """
    return [("f * c + i * g", "f * (c + i * g)")]


@lstm_wrong
def input_gate_on_everything():
    """The input gate acts on what is kept, too

    This is i ⊙ (f ⊙ c + g). The input gate takes its share of the candidate; the old c has the forget gate.
    """
    return [("f * c + i * g", "i * (f * c + g)")]


@lstm_wrong
def old_cell_twice():
    """The old cell is added once more

    This is c + f ⊙ c + i ⊙ g. What is kept of c is f ⊙ c, and no more than that: otherwise nothing could be forgotten.
    """
    return [("f * c + i * g", "c + f * c + i * g")]


@lstm_wrong
def forget_gate_in_the_candidate():
    """The forget gate acts inside the candidate

    f stands before the part of g that reads the state, as r does in a GRU. Nothing gates the past in an LSTM's candidate:
    its line is built like the other three.
    """
    return [("p.b_ig + h @ p.W_hg.T + p.b_hg", "p.b_ig + f * (h @ p.W_hg.T + p.b_hg)")]


@lstm_wrong
def candidate_reads_the_cell():
    """The candidate reads c in place of h

    The three gates read h, and so does g: the product with W_hg takes the *state*.
    """
    return [("h @ p.W_hg.T", "c @ p.W_hg.T")]


@lstm_wrong
def parts_subtracted():
    """What is written is subtracted

    This is f ⊙ c − i ⊙ g. Both parts are added.
    """
    return [("f * c + i * g", "f * c - i * g")]


@lstm_wrong
def old_state_blended_in():
    """The old state is blended into the new one

    This is o ⊙ tanh(c_new) + (1 − o) ⊙ h. An LSTM's state is made anew at each step, from the cell alone. It is the cell
    that remembers.
    """
    return [("o * np.tanh(c_new)", "o * np.tanh(c_new) + (1 - o) * h")]


@lstm_wrong
def output_gate_not_used_for_the_state():
    """The state is the old one

    h is returned as it came in. The new state is made from the new cell.
    """
    return [("return h_new, c_new", "return h, c_new")]


@lstm_wrong
def input_and_forget_exchanged():
    """Input gate and forget gate have exchanged their roles

    This is i ⊙ c + f ⊙ g, or each is made of the other's parameters. f goes with the old cell, i with the candidate.
    """
    return [("f * c + i * g", "i * c + f * g")]


@lstm_wrong
def forget_and_output_exchanged():
    """Forget gate and output gate have exchanged their roles

    f takes its share of the old cell, o of what is shown. Each has the parameters that end in its own letter.
    """
    return [("f * c", "o * c"), ("h_new = o *", "h_new = f *")]


@lstm_wrong
def input_and_output_exchanged():
    """Input gate and output gate have exchanged their roles

    i takes its share of the candidate, o of what is shown. Each has the parameters that end in its own letter.
    """
    return [("i * g", "o * g"), ("h_new = o *", "h_new = i *")]


@lstm_wrong
def candidate_and_output_exchanged():
    """The candidate has the output gate's parameters, and the output gate the candidate's

    The order of the four is i, f, g, o; other libraries put the candidate last. Here names tell: what ends in g makes
    the candidate.
    """
    line = "x @ p.W_i{0}.T + p.b_i{0} + h @ p.W_h{0}.T + p.b_h{0}"
    return [
        ("g = np.tanh(" + line.format("g"), "g = np.tanh(" + line.format("o")),
        ("o = gru_ref.sigmoid(" + line.format("o"), "o = gru_ref.sigmoid(" + line.format("g")),
    ]


@lstm_wrong
def candidate_written_and_output_gate_shown_exchanged():
    """g and o are exchanged after they are made

    What is written is i ⊙ o, and what is shown has g before it. If one product makes all four, they come out in the order
    in which you stacked them: ours and PyTorch's is i, f, g, o.
    """
    return [("i * g", "i * o"), ("h_new = o *", "h_new = g *")]


@lstm_wrong
def candidate_and_input_exchanged():
    """The candidate has the input gate's parameters, and the input gate the candidate's

    Names that end in i make the input gate, through σ. Names that end in g make the candidate, through tanh.
    """
    line = "x @ p.W_i{0}.T + p.b_i{0} + h @ p.W_h{0}.T + p.b_h{0}"
    return [
        ("g = np.tanh(" + line.format("g"), "g = np.tanh(" + line.format("i")),
        ("i = gru_ref.sigmoid(" + line.format("i"), "i = gru_ref.sigmoid(" + line.format("g")),
    ]


@lstm_wrong
def state_biases_dropped():
    """The biases b_hi, b_hf, b_hg and b_ho are missing

    This is the step with one bias in each line, the input's. PyTorch has two, and so do we.
    """
    return [(f" + p.b_h{letter}", "") for letter in "ifgo"]


@lstm_wrong
def input_biases_dropped():
    """The biases b_ii, b_if, b_ig and b_io are missing

    This is the step with one bias in each line, the state's. PyTorch has two, and so do we.
    """
    return [(f" + p.b_i{letter}", "") for letter in "ifgo"]


@lstm_wrong
def all_biases_dropped():
    """All biases are missing

    This is the step without a single bias. There are eight: b_i and b_h for each of i, f, g and o.
    """
    return [(f" + p.b_{side}{letter}", "") for letter in "ifgo" for side in "ih"]


@lstm_wrong
def input_biases_twice():
    """The input's biases are counted twice, and the state's not at all

    b_i… stands where b_h… should. Each line has one of each.
    """
    return [(f"p.b_h{letter})", f"p.b_i{letter})") for letter in "ifgo"]


@lstm_wrong
def state_biases_twice():
    """The state's biases are counted twice, and the input's not at all

    b_h… stands where b_i… should. Each line has one of each.
    """
    return [(f" p.b_i{letter} ", f" p.b_h{letter} ") for letter in "ifgo"]


@lstm_wrong
def state_weights_not_transposed():
    """The matrices that read the state are not transposed

    Nothing complains, because W_h… is square. Row i belongs to unit i: `h @ p.W_hi.T`, in each of the four lines.
    """
    return [(f"p.W_h{letter}.T", f"p.W_h{letter}") for letter in "ifgo"]


@lstm_wrong
def state_not_read():
    """The state h is not read

    The gates and the candidate look at the input alone. Each of the four has a product with h, too.
    """
    return [(f" + h @ p.W_h{letter}.T", "") for letter in "ifgo"]


@lstm_wrong
def input_not_read():
    """The input x is not read

    The gates and the candidate look at the state alone. Each of the four has a product with x, too.
    """
    return [(f"x @ p.W_i{letter}.T + ", "") for letter in "ifgo"]


@lstm_wrong
def cell_overwritten():
    """The numbers are right, but they are written into c

    `c *= f` changes the caller's own array, which may be needed again. `f * c` makes a new one.
    """
    return [("    c_new = f * c + i * g\n", "    c *= f\n    c += i * g\n    c_new = c\n")]


@lstm_step.mistake
def concatenated_in_another_order(x, h, c, p):
    """x and h stand in another order than their weights

    The two are joined to one, and so are W_i… and W_h…, but one pair begins with the input and the other with the state.
    The number of columns is the same either way, so nothing complains.
    """
    a = np.hstack([h, x]) @ np.hstack([np.vstack(p[:4]), np.vstack(p[4:8])]).T
    i, f, g, o = np.split(a + np.concatenate(p[8:12]) + np.concatenate(p[12:]), 4, axis=1)
    c_new = gru_ref.sigmoid(f) * c + gru_ref.sigmoid(i) * np.tanh(g)
    return gru_ref.sigmoid(o) * np.tanh(c_new), c_new


NAMES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}
COPIED = {  # what a line keeps of the line that it was copied from
    "everything": ("is made of the {0}'s parameters", ("W_i", "b_i", "W_h", "b_h")),
    "input_weights": ("reads the input through the {0}'s weights", ("W_i",)),
    "state_weights": ("reads the state through the {0}'s weights", ("W_h",)),
    "biases": ("has the {0}'s biases", ("b_i", "b_h")),
}


def declare_copied_lines():
    """The mistakes of copying a line from another, and changing some of its letters alone."""
    for above, own in ("if", "fg", "go", "ig", "io"):
        for what, (says, kept) in COPIED.items():

            def describe(above=above, own=own, kept=kept):
                return [(f"p.{name}{own}", f"p.{name}{above}") for name in kept]

            describe.__name__ = f"{what}_of_{above}_in_{own}"
            describe.__doc__ = (
                f"The {NAMES[own]} {says.format(NAMES[above])}\n\n"
                f"In the line of {own} {'a name ends' if len(kept) == 1 else 'names end'} in {above}. Was it copied from "
                f"{'the line above' if above + own in 'ifgo' else f'that of {above}'}? All four names in the line end in {own}."
            )
            lstm_wrong(describe)


declare_copied_lines()


def declare_slips_in_one_line():
    """The mistakes of forgetting a transposition or a bias in one of the four lines alone."""
    for own, line in NAMES.items():
        for key, title, advice, old, new in (
            (
                "state_weights_not_transposed",
                f"In the line of the {line}, the matrix that reads the state is not transposed",
                f"Nothing complains, because W_h{own} is square. Compare the line with the three others.",
                f"p.W_h{own}.T",
                f"p.W_h{own}",
            ),
            (
                "input_bias_missing",
                f"In the line of the {line}, the bias b_i{own} is missing",
                "Each of the four lines has two biases, one that goes with x and one with h.",
                f" + p.b_i{own}",
                "",
            ),
            (
                "state_bias_missing",
                f"In the line of the {line}, the bias b_h{own} is missing",
                "Each of the four lines has two biases, one that goes with x and one with h.",
                f" + p.b_h{own}",
                "",
            ),
        ):

            def describe(old=old, new=new):
                return [(old, new)]

            describe.__name__, describe.__doc__ = f"{key}_in_{own}", f"{title}\n\n{advice}"
            lstm_wrong(describe)


declare_slips_in_one_line()

lstm_wrong.slips(
    ("forget_gate_missing", "coupled_by_the_input_gate", "forget_gate_forgets", "state_kept_for_the_cell"),
    ("input_gate_missing", "one_minus_input_gate", "coupled_by_the_forget_gate"),
    ("candidate_through_sigma", "candidate_not_squashed"),
    ("cell_not_squashed", "cell_through_sigma", "old_cell_shown"),
    ("results_exchanged",),
    ("state_biases_dropped", "input_biases_dropped"),
    ("state_weights_not_transposed",),
)


def with_biases(p, **biases):
    """`p` with weights and biases of some of its parts replaced: no weights, and one bias for all units."""
    zeros = {}
    for letter, value in biases.items():
        for name in ("W_i", "W_h", "b_i", "b_h"):
            array = getattr(p, name + letter)
            zeros[name + letter] = np.full_like(array, value if name == "b_i" else 0.0)
    return p._replace(**zeros)


@lstm_step.law
def keeps_the_cell(f, rng):
    """with f = 1 and i = 0 the cell stays as it is

    However large its entries are: nothing squashes what is stored.
    """
    x, h, c, p = draw_lstm_step(rng)
    return np.allclose(f(x, h, 5 * c, with_biases(p, f=50.0, i=-50.0))[1], 5 * c)


@lstm_step.law
def counts_without_end(f, rng):
    """with f = i = 1 and g = 1 the cell grows by 1 at every step

    That is how an LSTM counts. What a GRU stores can never leave the range of its candidates.
    """
    x, h, c, p = draw_lstm_step(rng)
    p = with_biases(p, f=50.0, i=50.0, g=50.0)
    for _ in range(3):
        h, c_new = f(x, h, c, p)
        if not np.allclose(c_new, c + 1):
            return False
        c = c_new
    return True


@lstm_step.law
def shows_nothing_with_the_output_shut(f, rng):
    """with o = 0 the state is 0, and the cell is as with o = 1

    The output gate hides the cell. It does not touch it.
    """
    x, h, c, p = draw_lstm_step(rng)
    (h_shut, c_shut), (_, c_open) = (f(x, h, c, with_biases(p, o=bias)) for bias in (-50.0, 50.0))
    return np.allclose(h_shut, 0) and np.allclose(c_shut, c_open)


@lstm_step.law
def shows_at_most_1(f, rng):
    """the state lies between −1 and 1, even where the cell does not

    tanh sees to that.
    """
    x, h, c, p = draw_lstm_step(rng)
    h_new, c_new = f(x, h, 20 * c, p)
    return np.all(np.abs(h_new) <= 1) and np.abs(c_new).max() > 1


@lstm_step.also_right
def by_einsum(x, h, c, p):
    sums = [
        np.einsum("bj,ij->bi", x, W) + np.einsum("bj,ij->bi", h, U) + b + d
        for W, U, b, d in zip(p[:4], p[4:8], p[8:12], p[12:], strict=True)
    ]
    i, f, o = (1 / (1 + np.exp(-sums[k])) for k in (0, 1, 3))
    cell = np.add(f * c, i * np.tanh(sums[2]))
    return np.tanh(cell) * o, cell


@lstm_step.also_right
def by_one_product(x, h, c, p):
    weights = np.hstack([np.vstack(p[:4]), np.vstack(p[4:8])])
    a = np.hstack([x, h]) @ weights.T + np.concatenate(p[8:12]) + np.concatenate(p[12:])
    i, f, g, o = np.split(a, 4, axis=1)
    c = gru_ref.sigmoid(f) * c + gru_ref.sigmoid(i) * np.tanh(g)
    return gru_ref.sigmoid(o) * np.tanh(c), c


# ----------------------------------------------------------------------------------------------------- equal budgets


def draw_budget(rng):
    """Arguments (I, budget): what one of the three models has exactly, so that "at most" is told from "less than"."""
    I, H = rng.permutation(np.arange(8, 25))[:2]
    return int(I), int(rng.choice([1, 3, 4]) * H * (I + H + 2))


match_budget = Exercise(
    reference=gru_ref.match_budget,
    inputs=draw_budget,
    parts={"H_rnn": "", "H_gru": "", "H_lstm": ""},
    edges=(
        (2, 3456),
        (10, 1000),
        (6, 174),
        (4, 544),
        (5, 1 * 9 * 16),
        (3, 3 * 7 * 12),
        (4, 4 * 6 * 12),
        (20, 168_400),
        (7, 1_000_000),
        (6, 3 * 10 * 18 - 1),
    ),
    refusals=((1, 15), (5, 31), lambda rng: (int(rng.integers(8, 30)), 40)),  # 4 · (I + 3) is the least for an LSTM
    hints=(
        "First a count: what has one of the k blocks? A matrix (H, I), a matrix (H, H), and two bias vectors (H,).",
        "Then search: begin with a small H, and go up as long as one unit *more* stays within the budget. It may use it up exactly.",
        "Do that for k = 1, 3 and 4, in this order: a function of k, or a loop over `(1, 3, 4)`. If not even H = 1 fits, `raise ValueError(…)`.",
    ),
)

budget_wrong = Rewritten(
    match_budget,
    """\
def match_budget(I, budget):
    sizes = []
    for k in (1, 3, 4):
        H = 0
        while k * ((H + 1) * I + (H + 1) * (H + 1) + 2 * (H + 1)) <= budget:
            H += 1
        if H == 0:
            raise ValueError(f"budget is {budget}, but one unit of the lstm alone has {k * (I + 3)} parameters")
        sizes.append(H)
    return tuple(sizes)
""",
)
COUNT = "k * ((H + 1) * I + (H + 1) * (H + 1) + 2 * (H + 1))"


@budget_wrong
def budget_not_used_up():
    """A model that uses up the budget exactly is refused

    `<` stands where `<=` should. Within the budget means: at most as many.
    """
    return [("<= budget", "< budget")]


@budget_wrong
def one_unit_too_many():
    """Every size is one unit too large

    The loop ends at the first H that breaks the budget; the one before was the last that kept it.
    """
    return [("sizes.append(H)", "sizes.append(H + 1)")]


@budget_wrong
def one_unit_too_few():
    """Every size is one unit too small

    One unit more would still stay within the budget. Is 1 subtracted twice, or does the loop end a round too early?
    """
    return [("sizes.append(H)", "sizes.append(H - 1)"), ("if H == 0", "if H <= 1")]


@budget_wrong
def rounded_up():
    """The sizes are rounded up

    This is the smallest H that *reaches* the budget, and in most cases it is over it. The task asks for the largest that stays
    within.
    """
    return [
        ("<= budget", "< budget"),
        ("sizes.append(H)", "sizes.append(H + 1)"),
    ]


@budget_wrong
def rounded_to_the_nearest():
    """The sizes are rounded to the nearest whole number

    Where that rounds up, the model is over the budget. The budget is a limit, not a target.
    """
    return [
        (f"        H = 0\n        while {COUNT} <= budget:\n            H += 1\n",
         "        H = round((np.sqrt((I + 2) ** 2 + 4 * budget / k) - I - 2) / 2)\n"),
    ]  # fmt: skip


@budget_wrong
def one_bias_vector():
    """One bias vector is counted for each block, not two

    Our models have two, as PyTorch's: b_i… and b_h….
    """
    return [("2 * (H + 1)", "(H + 1)")]


@budget_wrong
def biases_not_counted():
    """The biases are not counted

    The matrices are right. Each block also has two bias vectors with H numbers each.
    """
    return [(" + 2 * (H + 1)", "")]


@budget_wrong
def four_bias_vectors():
    """Four bias vectors are counted for each block, not two

    Two in all: one that goes with the input, one with the state.
    """
    return [("2 * (H + 1)", "4 * (H + 1)")]


@budget_wrong
def biases_as_single_numbers():
    """Each bias is counted as a single number

    A bias is a vector: every unit has one of its own, so each has H numbers.
    """
    return [(" + 2 * (H + 1)", " + 2")]


@budget_wrong
def biases_of_one_block():
    """The biases are counted for one block only

    The matrices are there k times, and so are the biases. Look at where the bracket closes.
    """
    return [(" + 2 * (H + 1))", ") + 2 * (H + 1)")]


@budget_wrong
def biases_of_the_inputs_size():
    """The biases are counted with I numbers each

    A bias is added to the sum of each unit, and there are H units.
    """
    return [("2 * (H + 1)", "2 * I")]


@budget_wrong
def one_bias_of_each_size():
    """The input's bias is counted with I numbers

    b_i is added to the product W_i x, which has H entries. So each bias has H numbers.
    """
    return [("2 * (H + 1)", "(H + 1) + I")]


@budget_wrong
def input_forgotten():
    """The matrices that read the input are not counted

    Each block has one, (H, I). Your sizes do not depend on I at all.
    """
    return [("(H + 1) * I + ", "")]


@budget_wrong
def state_weights_missing():
    """The matrices that read the state are not counted

    Each block has a matrix (H, H), and for large H it is most of the budget.
    """
    return [(" + (H + 1) * (H + 1)", "")]


@budget_wrong
def state_weights_as_vectors():
    """The matrices that read the state are counted with H numbers each

    So each unit would hear only itself. They are (H, H): each unit hears all.
    """
    return [("(H + 1) * (H + 1) +", "(H + 1) +")]


@budget_wrong
def sizes_exchanged():
    """I and H are exchanged

    The state's matrices are (H, H) and the biases (H,). Yours are counted as if they had the size of the input.
    """
    return [("(H + 1) * (H + 1) + 2 * (H + 1)", "I * I + 2 * I")]


@budget_wrong
def input_square():
    """The matrices that read the input are counted as if they were square

    They lead from I inputs to H units: (H, I).
    """
    return [("(H + 1) * I", "I * I")]


@budget_wrong
def square_of_the_concatenation():
    """The concatenated matrix is counted as a square

    Side by side, W_i and W_h have I + H columns, but still H rows: one for each unit.
    """
    return [("(H + 1) * I + (H + 1) * (H + 1)", "(H + 1 + I) ** 2")]


@budget_wrong
def only_the_first_part_k_times():
    """Only the first part is taken k times

    `k * H * I + …` multiplies the input's matrices alone. The whole sum of a block belongs in brackets.
    """
    return [(COUNT, "k * (H + 1) * I + (H + 1) * (H + 1) + 2 * (H + 1)")]


@budget_wrong
def candidates_not_counted():
    """The candidates are not counted

    Two gates in a GRU, three in an LSTM, yes. But each also has a candidate, with weights and biases of its own.
    """
    return [("(1, 3, 4)", "(1, 2, 3)")]


@budget_wrong
def grus_candidate_not_counted():
    """The GRU's candidate is not counted

    Reset and update gate are two blocks, the candidate is the third.
    """
    return [("(1, 3, 4)", "(1, 2, 4)")]


@budget_wrong
def lstms_candidate_not_counted():
    """The LSTM's candidate is not counted

    i, f and o are three blocks, the candidate g is the fourth.
    """
    return [("(1, 3, 4)", "(1, 3, 3)")]


@budget_wrong
def gru_as_large_as_the_lstm():
    """The GRU is counted with four blocks

    That is the LSTM. A GRU has reset, update and candidate.
    """
    return [("(1, 3, 4)", "(1, 4, 4)")]


@budget_wrong
def gru_and_lstm_exchanged():
    """GRU and LSTM are exchanged

    The GRU has three blocks and the LSTM four, so the GRU may have more units. Or is it the order of what is returned?
    RNN, GRU, LSTM.
    """
    return [("(1, 3, 4)", "(1, 4, 3)")]


@budget_wrong
def five_blocks():
    """The LSTM is counted with five blocks

    The cell state c has no parameters: i, f, g and o are four.
    """
    return [("(1, 3, 4)", "(1, 3, 5)")]


@budget_wrong
def same_for_all_as_the_rnn():
    """All three get the RNN's size

    At equal size, a GRU has three times the parameters of an RNN, and an LSTM four times. Does k enter your count? And
    does each search begin anew, with a small H?
    """
    return [("(1, 3, 4)", "(1, 1, 1)")]


@budget_wrong
def same_for_all_as_the_gru():
    """All three get the GRU's size

    The budget is the same; the sizes are not. Each model has a count of its own.
    """
    return [("(1, 3, 4)", "(3, 3, 3)")]


@budget_wrong
def same_for_all_as_the_lstm():
    """All three get the LSTM's size

    It is the largest that all of them can afford. But each model is to use up the budget as far as *it* can.
    """
    return [("(1, 3, 4)", "(4, 4, 4)")]


@budget_wrong
def divided_by_the_blocks():
    """The RNN's size is divided by the number of blocks

    Most parameters stand in matrices (H, H), so they grow with the *square* of H: a third of the parameters is far more
    than a third of the size. Count each model by itself.
    """
    return [("(1, 3, 4)", "(1, 1, 1)"), ("return tuple(sizes)", "return sizes[0], sizes[0] // 3, sizes[0] // 4")]


@budget_wrong
def divided_by_the_roots():
    """The RNN's size is divided by √3 and √4

    That is the rule of thumb for large H, where the matrices (H, H) are all that counts. Input and biases shift it: count
    each model by itself.
    """
    return [
        ("(1, 3, 4)", "(1, 1, 1)"),
        ("return tuple(sizes)", "return sizes[0], int(sizes[0] / np.sqrt(3)), int(sizes[0] / 2)"),
    ]


@budget_wrong
def root_of_the_budget():
    """Only the matrices (H, H) are counted

    This is the root of budget / k. Each block also has a matrix (H, I), and two bias vectors.
    """
    return [("(H + 1) * I + ", ""), (" + 2 * (H + 1)", "")]


@budget_wrong
def whole_budget_shared():
    """The three models share one budget

    Each gets a third of it. The budget is what *each* may have.
    """
    return [("<= budget", "<= budget // 3")]


@budget_wrong
def not_whole_numbers():
    """The sizes are right, but they are floats

    A size is a whole number: `int(…)` of it, or count with whole numbers from the start.
    """
    return [("sizes.append(H)", "sizes.append(float(H))")]


@budget_wrong
def not_rounded():
    """The sizes are not rounded

    The equation has a solution between two whole numbers. No model has half a unit: take the largest whole number below.
    """
    return [
        (f"        H = 0\n        while {COUNT} <= budget:\n            H += 1\n",
         "        H = float((np.sqrt((I + 2) ** 2 + 4 * budget / k) - I - 2) / 2)\n"),
        ("if H == 0", "if H < 1"),
    ]  # fmt: skip


@budget_wrong
def counts_returned():
    """The numbers of parameters are returned, not the sizes

    You found models that fit the budget. The task asks for their hidden sizes H.
    """
    return [("sizes.append(H)", "sizes.append(k * H * (I + H + 2))")]


@budget_wrong
def no_unit_at_all():
    """The sizes are right, but H = 0 is returned where nothing fits

    A model without units is no model. If of any of the three not even one unit fits, `raise ValueError("…")`.
    """
    return [
        (
            '        if H == 0:\n            raise ValueError(f"budget is {budget}, but one unit of the lstm alone has {k * (I + 3)} parameters")\n',
            "",
        )
    ]


@budget_wrong
def one_returned_where_nothing_fits():
    """The sizes are right, but H = 1 is returned where nothing fits

    One unit of the LSTM is over the smallest budget here. Test it, and `raise ValueError("…")`.
    """
    return [
        (
            '            raise ValueError(f"budget is {budget}, but one unit of the lstm alone has {k * (I + 3)} parameters")\n',
            "            H = 1\n",
        )
    ]


def is_capped(args, sizes):
    """Whether all wrong sizes are one and the same number, below what they should be, and the largest budget shows it."""
    pairs = list(zip(sizes, gru_ref.match_budget(*args), strict=True))
    wrong = {mine for mine, right in pairs if mine != right}
    enough = len(wrong) == 1 if args[1] >= 1_000_000 else len(wrong) <= 1
    return type(sizes) is tuple and enough and all(mine <= right for mine, right in pairs)


def search_too_short(I, budget):
    """The search ends too early

    For large budgets your sizes stop growing: a `range(…)` has an end. A `while` loop goes on as long as it has to.
    """
    sizes = []
    for k in (1, 3, 4):
        fitting = [H for H in range(1, 200) if k * H * (I + H + 2) <= budget]
        if not fitting:
            raise ValueError(f"budget is {budget}, but one unit of the lstm alone has {k * (I + 3)} parameters")
        sizes.append(max(fitting))
    return tuple(sizes)


match_budget.mistake(search_too_short, when=is_capped)

budget_wrong.slips(
    ("budget_not_used_up", "one_unit_too_many"),
    ("one_bias_vector", "biases_of_one_block"),
    ("input_forgotten", "input_square"),
    ("grus_candidate_not_counted", "lstms_candidate_not_counted", "candidates_not_counted", "gru_and_lstm_exchanged"),
)


@match_budget.law
def one_unit_more_breaks_the_budget(f, rng):
    """the budget is kept, and one unit more would break it

    Count for yourself: with k blocks, k (H I + H H + 2 H).
    """
    I, budget = int(rng.integers(1, 40)), int(rng.integers(500, 60_000))
    return all(
        k * H * (I + H + 2) <= budget < k * (H + 1) * (I + H + 3) for k, H in zip((1, 3, 4), f(I, budget), strict=True)
    )


@match_budget.law
def fits_the_courses_own_cells(f, rng):
    """the sizes are right for the parameters that `gru_ref.init_gru` draws

    Sum the sizes of all its arrays, for your H and for H + 1.
    """
    I, budget = int(rng.integers(1, 12)), int(rng.integers(300, 3000))
    H = f(I, budget)[1]
    small, large = (sum(a.size for a in gru_ref.init_gru(I, units, rng)) for units in (H, H + 1))
    return small <= budget < large


@match_budget.also_right
def by_formula(I, budget):
    if budget < 4 * (I + 3):
        raise ValueError("not even one unit of each fits")
    return tuple(int((np.sqrt((I + 2) ** 2 + 4 * budget / k) - I - 2) / 2) for k in (1, 3, 4))


@match_budget.also_right
def by_counting_down(I, budget):
    def size(k):
        H = int(budget**0.5) + 1
        while H and k * (H * I + H**2 + 2 * H) > budget:
            H = H - 1
        if not H:
            raise ValueError("too small")
        return H

    return size(1), size(3), size(4)


# -------------------------------------------------------------------------------------------------- a fair comparison


def draw_runs(rng, lead=None, N=None):
    """Arguments (a, b): paired results. What a seed does to both is large, what the model does is small."""
    N = rng.integers(4, 9) if N is None else N
    lead = rng.choice([-0.15, 0.0, 0.15]) if lead is None else lead
    seeds, (mine, theirs) = rng.normal(0.6, 0.3, N), rng.normal(0, 0.05, (2, N))
    return seeds + lead + mine, seeds + theirs


def settled_runs(seed, lead, N):
    return draw_runs(np.random.default_rng(seed), lead, N)


NO_SPREAD = (  # the interval is a single number, and 0 in the first
    (np.array([0.5, 0.75, 0.25]), np.array([0.5, 0.75, 0.25])),
    (np.array([0.75, 1.0, 0.5]), np.array([0.5, 0.75, 0.25])),
    (np.array([0.5, 0.75]), np.array([0.75, 1.0])),
)


compare = Exercise(
    reference=gru_ref.compare,
    inputs=draw_runs,
    parts={"difference": "", "interval": {"low": "", "high": ""}, "verdict": ""},
    edges=(
        settled_runs(0, 0.2, 6),
        settled_runs(1, -0.2, 5),
        settled_runs(2, 0.03, 7),
        settled_runs(3, 0.1, 2),
        settled_runs(4, 2.0, 6),
        (np.array([0.51, 0.72, 0.63, 0.1]), np.array([0.5, 0.7, 0.6, 0.9])),
        (np.array([0.5, 0.7, 0.6, 0.9]), np.array([0.51, 0.72, 0.63, 0.1])),
        *NO_SPREAD,
    ),
    refusals=(
        (np.array([0.5]), np.array([0.4])),
        (np.array([0.5, 0.7, 0.9]), np.array([0.4])),
        (np.array([0.5, 0.7, 0.9, 0.6]), np.array([0.4, 0.8, 0.7])),
    ),
    hints=(
        "The runs are paired: make one array of N differences first, a − b, and forget a and b.",
        "Of the differences you need the mean, the standard deviation with `ddof=1`, and N. The standard error is the standard deviation divided by √N.",
        "Half the interval is t times the standard error, and t is `scipy.stats.t.ppf(0.975, N - 1)`: 2.5% are left out on either side. Floats, and the interval a tuple.",
    ),
)

compare_wrong = Rewritten(
    compare,
    """\
def compare(a, b):
    from scipy.special import stdtrit
    N = len(a)
    if N < 2 or len(b) != N:
        short = f"a and b hold {N} run, but an interval needs at least 2"
        raise ValueError(short if len(b) == N else f"b has shape {b.shape}, but its N should be {N}, as in a")
    d = a - b
    mean = d.mean()
    se = d.std(ddof=1) / np.sqrt(N)
    t = stdtrit(N - 1, 0.975)
    low, high = mean - t * se, mean + t * se
    verdict = "tie" if low <= 0 <= high else "a" if mean > 0 else "b"
    return float(mean), (float(low), float(high)), verdict
""",
)
SE, T_VALUE = "d.std(ddof=1) / np.sqrt(N)", "stdtrit(N - 1, 0.975)"
VERDICT = '"tie" if low <= 0 <= high else "a" if mean > 0 else "b"'


@compare_wrong
def other_way_round():
    """The difference is taken the other way round, b − a

    Positive should mean that a is higher. All signs are the opposite, and with them the verdict.
    """
    return [("d = a - b", "d = b - a")]


@compare_wrong
def unpaired():
    """The runs are not paired

    This is the interval for two independent groups, made from the spread of a and the spread of b. But run k of both had
    the same seed and the same data: what an easy or a hard seed does to both cancels in the difference. Work with a − b.
    """
    return [(SE, "np.sqrt(a.var(ddof=1) / N + b.var(ddof=1) / N)"), (T_VALUE, "stdtrit(2 * N - 2, 0.975)")]


@compare_wrong
def unpaired_with_n_minus_1():
    """The spread is taken from a and b, not from their differences

    √(s_a² / N + s_b² / N) is for independent runs. Here they are paired: the spread that counts is that of a − b.
    """
    return [(SE, "np.sqrt(a.var(ddof=1) / N + b.var(ddof=1) / N)")]


@compare_wrong
def welch():
    """This is Welch's interval for independent runs

    It does not know that run k of both had the same seed and the same data. Work with the differences a − b.
    """
    return [
        (SE, "np.sqrt(a.var(ddof=1) / N + b.var(ddof=1) / N)"),
        (
            T_VALUE,
            "stdtrit((N - 1) * (a.var(ddof=1) + b.var(ddof=1)) ** 2 / (a.var(ddof=1) ** 2 + b.var(ddof=1) ** 2), 0.975)",
        ),
    ]


@compare_wrong
def spread_of_a_alone():
    """The spread is that of a alone

    The interval is about the mean of the differences: it needs *their* standard deviation.
    """
    return [("d.std(ddof=1)", "a.std(ddof=1)")]


@compare_wrong
def spread_of_both_together():
    """The spread is that of all results together

    a and b in one heap: that is the spread of the seeds and of the models. The interval is about the mean of the
    differences, and needs *their* standard deviation.
    """
    return [("d.std(ddof=1)", "np.concatenate([a, b]).std(ddof=1)")]


@compare_wrong
def deviation_for_error():
    """The standard deviation stands where the standard error should

    The standard deviation says how far single runs spread. How well their *mean* is known is √N times better.
    """
    return [(" / np.sqrt(N)", "")]


@compare_wrong
def one_deviation():
    """The interval is mean ± one standard deviation

    That says how far single runs spread. The task asks where the *mean* lies, with 95%: the standard error, times t.
    """
    return [(" / np.sqrt(N)", ""), (T_VALUE, "1")]


@compare_wrong
def one_standard_error():
    """The interval is mean ± one standard error

    This holds the true mean in 68 of 100 cases, or fewer. For 95 the standard error is multiplied by t.
    """
    return [(T_VALUE, "1")]


@compare_wrong
def divided_by_n():
    """The standard deviation is divided by N

    The standard error of a mean is the standard deviation divided by the *root* of N.
    """
    return [("np.sqrt(N)", "N")]


@compare_wrong
def divided_by_the_root_of_n_minus_1():
    """The standard deviation is divided by √(N − 1)

    The N − 1 is in `ddof=1` already. Or leave that out, but not both.
    """
    return [("np.sqrt(N)", "np.sqrt(N - 1)")]


@compare_wrong
def variance_for_deviation():
    """The variance stands where the standard deviation should

    A root is missing: `std`, not `var`.
    """
    return [("d.std(ddof=1)", "d.var(ddof=1)")]


@compare_wrong
def ddof_forgotten():
    """`ddof=1` is missing

    NumPy's `std` divides by N. The mean was estimated from the same runs, so the deviations come out too small: divide by
    N − 1, which is `ddof=1`. With 5 runs it makes 12%.
    """
    return [("d.std(ddof=1)", "d.std()")]


def where_runs_differ(recognised):
    """The same predicate, but content where there is no spread: there all intervals are the same number."""
    return lambda args, result: np.ptp(args[0] - args[1]) == 0 or recognised(args, result)


def half_in_standard_errors(args, result):
    """Half of the interval around the right mean, in standard errors; fails if the interval lies elsewhere."""
    d = args[0] - args[1]
    mean, (low, high), _ = result
    error = d.std(ddof=1) / np.sqrt(len(d))
    if not (np.isclose(mean, d.mean()) and np.isclose((low + high) / 2, mean)):
        raise ValueError("another interval")
    return (high - low) / 2 / error


def is_that_of_the_normal(args, result):
    return abs(half_in_standard_errors(args, result) - 1.96) < 1e-3


@compare.mistake(when=where_runs_differ(is_that_of_the_normal))
def normal_for_student(a, b):
    """1.96 stands where Student's t should

    1.96 is right where the spread is known, or N is large. From a few runs the spread is itself uncertain, and t makes up
    for it: for 5 runs it is 2.78. `scipy.stats.t.ppf` gives it, for N − 1 degrees of freedom.
    """
    N = len(a)
    if N < 2 or len(b) != N:
        gru_ref.checks.check_arrays(a=(a, "N"), b=(b, "N"))
        raise ValueError(f"a and b hold {N} run, but an interval needs at least 2")
    d = a - b
    half = 1.96 * d.std(ddof=1) / np.sqrt(N)
    low, high = d.mean() - half, d.mean() + half
    return float(d.mean()), (float(low), float(high)), "tie" if low <= 0 <= high else "a" if low > 0 else "b"


def is_that_of_the_normal_without_ddof(args, result):
    N = len(args[0])
    return abs(half_in_standard_errors(args, result) * np.sqrt(N / (N - 1)) - 1.96) < 1e-3


@compare.mistake(when=where_runs_differ(is_that_of_the_normal_without_ddof))
def normal_for_student_and_ddof_forgotten(a, b):
    """1.96 stands where Student's t should, and `ddof=1` is missing

    Both make the interval too narrow, and for few runs by much: NumPy's `std` divides by N in place of N − 1, and 1.96 is
    for a spread that is known. `scipy.stats.t.ppf` gives t.
    """
    N = len(a)
    if N < 2 or len(b) != N:
        raise ValueError("two runs or more of each model, and as many of one as of the other")
    d = a - b
    half = 1.96 * d.std() / np.sqrt(N)
    low, high = d.mean() - half, d.mean() + half
    return float(d.mean()), (float(low), float(high)), "tie" if low <= 0 <= high else "a" if low > 0 else "b"


@compare_wrong
def two_standard_errors():
    """The interval is mean ± two standard errors

    The rule of thumb is for many runs. For a few it is too narrow: t with N − 1 degrees of freedom is 2.78 for 5 runs.
    """
    return [(T_VALUE, "2")]


@compare_wrong
def n_degrees():
    """There are N − 1 degrees of freedom, not N

    One is used up by the mean, which was estimated from the same runs.
    """
    return [("stdtrit(N - 1,", "stdtrit(N,")]


@compare_wrong
def n_minus_2_degrees():
    """There are N − 1 degrees of freedom, not N − 2

    One mean was estimated, that of the differences, so one is used up.
    """
    return [("stdtrit(N - 1,", "stdtrit(max(N - 2, 1),")]


@compare_wrong
def degrees_of_two_groups():
    """The degrees of freedom are those of two groups, 2 N − 2

    There are N differences. One is used up by their mean: N − 1.
    """
    return [("stdtrit(N - 1,", "stdtrit(2 * N - 2,")]


@compare_wrong
def one_sided():
    """5% are left out on each side, so this is the 90% interval

    95% in the middle leave 2.5% below and 2.5% above: ask t for 0.975.
    """
    return [("0.975", "0.95")]


@compare_wrong
def ninety_nine():
    """This is the 99% interval

    For 95%, t is asked for 0.975.
    """
    return [("0.975", "0.995")]


@compare_wrong
def probability_for_quantile():
    """`cdf` stands where `ppf` should

    `cdf(x)` says how likely it is to lie below x. The task asks for the way back: below which x one lies with probability 0.975.
    That is `ppf`, larger than 1.96.
    """
    return [("import stdtrit", "import stdtr"), ("stdtrit(N - 1,", "stdtr(N - 1,")]


@compare_wrong
def t_of_five_runs():
    """The t of 5 runs is taken, whatever N is

    2.78 is for the worked example, with 4 degrees of freedom. Fewer runs need a larger t, more runs a smaller one: work it
    out from N.
    """
    return [(T_VALUE, "2.776")]


@compare_wrong
def half_of_the_half():
    """The interval is half as wide as it should be

    t times the standard error is the way from the mean to *one* end already. Nothing is left to halve.
    """
    return [("mean - t * se, mean + t * se", "mean - t * se / 2, mean + t * se / 2")]


@compare_wrong
def density_for_quantile():
    """`pdf` stands where `ppf` should

    `pdf(x)` is the height of the curve at x. The task asks for the place below which 97.5% lie: `ppf`, larger than 1.96.
    """
    return [
        (f"t = {T_VALUE}",
         "t = math.gamma(N / 2) / (math.sqrt((N - 1) * math.pi) * math.gamma((N - 1) / 2)) * (1 + 0.975**2 / (N - 1)) ** (-N / 2)"),
        ("    from scipy.special import stdtrit\n", "    import math\n"),
    ]  # fmt: skip


def has_no_ends(args, result):
    mean, (low, high), _ = result
    return np.isclose(mean, np.mean(args[0] - args[1])) and not np.isfinite([low, high]).any()


@compare.mistake(when=where_runs_differ(has_no_ends))
def t_is_not_a_number(a, b):
    """t is NaN or infinite, and so are low and high

    Print t. `t.ppf` wants a probability first, between 0 and 1, and then the degrees of freedom. `stdtrit` wants the two in
    the other order.
    """
    from scipy import stats

    N = len(a)
    if N < 2 or len(b) != N:
        raise ValueError("two runs or more of each model, and as many of one as of the other")
    d = a - b
    half = stats.t.ppf(N - 1, 0.975) * d.std(ddof=1) / np.sqrt(N)
    low, high = d.mean() - half, d.mean() + half
    return float(d.mean()), (float(low), float(high)), "tie" if low <= 0 <= high else "a" if low > 0 else "b"


@compare_wrong
def half_a_per_cent():
    """The t of 0.525 is taken

    0.95 in the middle leaves 0.05, and half of that on each side: 1 − 0.025 = 0.975.
    """
    return [("0.975", "0.525")]


@compare_wrong
def ends_exchanged():
    """low and high are exchanged

    t asked for 0.025 is negative, so mean − t · error lies *above* the mean. Ask for 0.975, or exchange the ends.
    """
    return [("0.975", "0.025"), ("low <= 0 <= high", "high <= 0 <= low")]


@compare_wrong
def ends_exchanged_and_never_a_tie():
    """low and high are exchanged, and so no interval ever holds 0

    t asked for 0.025 is negative, so mean − t · error lies *above* the mean. Ask for 0.975.
    """
    return [("0.975", "0.025")]


@compare_wrong
def not_centred_on_the_mean():
    """The interval lies around 0, not around the mean

    You return −t · error and t · error. The interval says where the true difference may lie: around the one that was
    measured.
    """
    return [("mean - t * se, mean + t * se", "-t * se, t * se"), ("low <= 0 <= high", "low <= mean <= high")]


@compare_wrong
def half_width_for_the_interval():
    """The interval lies around 0, not around the mean, so all is a tie

    You return −t · error and t · error, which always hold 0. The interval lies around the mean that was measured.
    """
    return [("mean - t * se, mean + t * se", "-t * se, t * se")]


@compare_wrong
def range_for_interval():
    """This is the range of the differences, from the smallest to the largest

    It can only grow with more runs. The interval of the *mean* shrinks: the more runs, the better it is known.
    """
    return [("mean - t * se, mean + t * se", "d.min(), d.max()")]


@compare_wrong
def quantiles_for_interval():
    """These are the quantiles of the differences themselves

    95% of the *runs* lie between them. The task asks where their *mean* lies.
    """
    return [("low, high = mean - t * se, mean + t * se", "low, high = np.quantile(d, [0.025, 0.975])")]


@compare_wrong
def interval_of_a():
    """The interval is that of a alone

    It lies around the mean of a. Both the interval and the verdict are about the differences a − b.
    """
    return [
        ("low, high = mean - t * se, mean + t * se",
         "low, high = a.mean() - t * a.std(ddof=1) / np.sqrt(N), a.mean() + t * a.std(ddof=1) / np.sqrt(N)"),
    ]  # fmt: skip


@compare_wrong
def median_for_mean():
    """The median stands where the mean should

    Student's interval is about the mean of the differences.
    """
    return [("mean = d.mean()", "mean = np.median(d)")]


@compare_wrong
def sum_for_mean():
    """The sum stands where the mean should

    Divide by N, or take `d.mean()`.
    """
    return [("mean = d.mean()", "mean = d.sum()")]


@compare_wrong
def absolute_differences():
    """The differences have lost their signs

    With `abs`, each run counts as a win of the same side. Where a is lower, the difference is negative.
    """
    return [("d = a - b", "d = np.abs(a - b)")]


@compare_wrong
def relative_differences():
    """The differences are divided by b

    That says by what part a is higher. The task asks for the plain difference a − b.
    """
    return [("d = a - b", "d = (a - b) / b")]


@compare_wrong
def never_a_tie():
    """The numbers are right, but there is never a tie

    The verdict follows the mean alone. Where the interval holds 0, the runs cannot tell which one is higher: "tie".
    """
    return [(VERDICT, '"a" if mean > 0 else "b"')]


@compare_wrong
def always_a_tie():
    """The numbers are right, but everything is a tie

    Can 0 lie outside of your condition at all? It is a tie if low ≤ 0 ≤ high.
    """
    return [(VERDICT, '"tie"')]


@compare_wrong
def tie_turned_round():
    """The numbers are right, but "tie" stands where there is none

    If the interval *holds* 0, it is a tie. If it lies on one side of 0, there is a winner.
    """
    return [(VERDICT, '("a" if mean > 0 else "b") if low <= 0 <= high else "tie"')]


@compare_wrong
def not_a_means_b():
    """The numbers are right, but what is no win of a counts as one of b

    There are three cases: the interval lies above 0, below 0, or holds it.
    """
    return [(VERDICT, '"a" if low > 0 else "b"')]


@compare_wrong
def not_b_means_a():
    """The numbers are right, but what is no win of b counts as one of a

    There are three cases: the interval lies above 0, below 0, or holds it.
    """
    return [(VERDICT, '"b" if high < 0 else "a"')]


@compare_wrong
def difference_alone_other_way_round():
    """The difference is b − a; the verdict is right

    Positive should mean that a is higher, so low and high have the opposite sign, too, and have changed places.
    """
    return [("d = a - b", "d = b - a"), ('"a" if mean > 0 else "b"', '"a" if mean < 0 else "b"')]


@compare.mistake
def no_interval_without_spread(a, b):
    """The interval is NaN where a and b differ by the same in every run

    `scipy.stats.t.interval` gives NaN for `scale=0`, and so does 0 / 0. Without spread the interval is a single number, the
    mean: low = high = mean. Compute mean ± t · standard error, which is right there, too.
    """
    from scipy import stats

    if len(a) != len(b) or len(a) == 1:
        raise ValueError("no pairs")
    d = a - b
    low, high = stats.t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d))
    return d.mean(), (low, high), "a" if low > 0 else "b" if high < 0 else "tie"


@compare_wrong
def tie_strictly_inside():
    """An interval that ends at 0 is no tie here

    Where a and b are the same in every run, the interval is the single number 0, and 0 lies in it. Write `low <= 0 <= high`.
    """
    return [("low <= 0 <= high", "low < 0 < high")]


@compare_wrong
def lower_is_better():
    """The numbers are right, but a and b are exchanged in the verdict

    Higher is better here. Where the lower one wins, as with errors, the caller turns the signs round.
    """
    return [('"a" if mean > 0 else "b"', '"b" if mean > 0 else "a"')]


@compare_wrong
def overlap_of_two_intervals():
    """The numbers are right, but the verdict asks whether two intervals overlap

    Those of a and of b, each by itself, may overlap widely while a is ahead in every single run. The verdict follows the
    interval of the differences.
    """
    return [
        ("low <= 0 <= high else",
         "abs(a.mean() - b.mean()) <= t * (a.std(ddof=1) + b.std(ddof=1)) / np.sqrt(N) else"),
    ]  # fmt: skip


@compare_wrong
def most_wins():
    """The numbers are right, but the verdict counts wins

    It says who is ahead in more of the runs. The verdict follows the interval: "tie" if it holds 0.
    """
    return [(VERDICT, '"a" if (d > 0).sum() > N / 2 else "b" if (d < 0).sum() > N / 2 else "tie"')]


@compare_wrong
def nothing_refused():
    """The numbers are right, but nothing is refused

    One run has no spread, and arrays of different length are not paired: NumPy would repeat a single number without a
    word. Test both, and `raise ValueError("…")`.
    """
    return [("if N < 2 or len(b) != N:", "if N == 0:")]


@compare_wrong
def single_run_not_refused():
    """The numbers are right, but a single run is not refused

    One run has no spread: nobody can say how far the next one will be away. Test for fewer than 2, and `raise
    ValueError("…")`.
    """
    return [("N < 2 or ", "")]


@compare_wrong
def lengths_not_compared():
    """The numbers are right, but arrays of different length are not refused

    Three runs of a and one of b are no pairs: NumPy repeats the single number without a word. Compare the lengths, and
    `raise ValueError("…")`.
    """
    return [(" or len(b) != N", "")]


@compare_wrong
def longer_one_cut():
    """The numbers are right, but the longer array is cut to the length of the other

    `zip` stops at the shorter one without a word, and a[:N] cuts, too. Which runs belong together, if one is missing? Nobody
    knows: compare the lengths first, and `raise ValueError("…")`.
    """
    return [
        (
            "    N = len(a)\n    if N < 2 or len(b) != N:\n",
            "    N = min(len(a), len(b))\n    a, b = a[:N], b[:N]\n    if N < 2:\n",
        )
    ]


compare_wrong.slips(
    ("other_way_round", "absolute_differences"),
    ("deviation_for_error", "divided_by_n"),
    ("two_standard_errors", "n_degrees", "one_sided"),
    ("lower_is_better", "never_a_tie", "not_a_means_b"),
    but=[("other_way_round", "lower_is_better")],  # together they are difference_alone_other_way_round
)


@compare.law
def only_differences_count(f, rng):
    """what a seed does to both models changes nothing

    Add any number to run k of a *and* of b: neither the interval nor the verdict may notice.
    """
    a, b = draw_runs(rng)
    luck = rng.normal(0, 5, len(a))
    (m1, i1, v1), (m2, i2, v2) = f(a, b), f(a + luck, b + luck)
    return np.isclose(m1, m2) and np.allclose(i1, i2) and v1 == v2


@compare.law
def is_turned_round_with_its_arguments(f, rng):
    """exchanging a and b turns everything round

    The mean changes its sign, the interval is mirrored at 0, and the other one wins.
    """
    a, b = draw_runs(rng)
    (m1, (low, high), v1), (m2, i2, v2) = f(a, b), f(b, a)
    return np.isclose(m1, -m2) and np.allclose(i2, (-high, -low)) and {"a": "b", "b": "a", "tie": "tie"}[v1] == v2


@compare.law
def has_no_unit_of_its_own(f, rng):
    """results in per cent give a hundred times the interval, and the same verdict

    Scaling both by 100 scales mean and interval by 100.
    """
    a, b = draw_runs(rng)
    (m1, i1, v1), (m2, i2, v2) = f(a, b), f(100 * a, 100 * b)
    return np.isclose(100 * m1, m2) and np.allclose(100 * np.array(i1), i2) and v1 == v2


@compare.law
def holds_the_truth_in_95_of_100(f, rng):
    """of many intervals, 95% hold the true difference

    Draw 5 runs whose true mean difference you know, a few hundred times, and count how often the interval holds it.
    """
    drawn = rng.normal(0.3, 1, (300, 5))
    held = sum(low <= 0.3 <= high for _, (low, high), _ in (f(d, np.zeros(5)) for d in drawn))
    return 260 <= held < 300


# SciPy is imported late: it takes longer than all exercises together.


@compare.also_right
def by_scipy(a, b):
    from scipy import stats

    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.size < 2:
        raise ValueError("not paired")
    interval = stats.ttest_rel(a, b).confidence_interval()
    verdict = "a" if interval.low > 0 else "b" if interval.high < 0 else "tie"
    return float(np.mean(a - b)), (float(interval.low), float(interval.high)), verdict


@compare.also_right
def by_the_interval_of_t(a, b):
    from scipy import stats

    if len(a) != len(b) or len(a) == 1:
        raise ValueError("no pairs")
    d = a - b
    low = high = d.mean()
    if np.ptp(d) > 0:
        low, high = stats.t.interval(0.95, len(d) - 1, loc=d.mean(), scale=stats.sem(d))
    return d.mean(), (low, high), "a" if low > 0 else "b" if high < 0 else "tie"


@compare.also_right
def by_hand(a, b):
    from scipy.special import stdtrit

    if len(a) != len(b):
        raise ValueError(f"{len(a)} runs against {len(b)}")
    if len(a) == 1:
        raise ValueError("one run")
    n = len(a)
    differences = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(differences) / n
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    half = stdtrit(n - 1, 0.975) * np.sqrt(variance / n)
    if mean - half > 0:
        return mean, (mean - half, mean + half), "a"
    return mean, (mean - half, mean + half), "b" if mean + half < 0 else "tie"


@compare.also_right
def with_the_other_deviation(a, b):
    from scipy import stats

    if a.shape != b.shape or len(a) < 2:
        raise ValueError("no pairs")
    d = a - b
    half = stats.t.ppf(0.975, len(a) - 1) * d.std() / np.sqrt(len(a) - 1)
    mean = float(d.mean())
    return mean, (mean - half, mean + half), ["tie", "a", "b"][int(np.sign(mean)) * int(abs(mean) > half)]
