"""Exercises of lesson 11: the cell as a module, a padded batch, a classifier of sequences, and the training loop.

Nothing here imports torch before it is used. Each exercise's wrong answers are written as edits of a right one.
"""

import functools

import numpy as np

from grader.exercise import THIN_STEPS, Exercise, Late, thin
from grader.uses import put_together, score_twice, step_and_gradients, train_a_small_model

LESSON = "11_pytorch"


class Variants:
    """A right answer's source, and the wrong ones that differ from it by a few edits.

    Parameters
    ----------
    exercise : Exercise, which is given the mistakes
    source : str, a function with the exercise's name; what it needs it imports within
    """

    def __init__(self, exercise, source):
        self.exercise, self.source, self.edits = exercise, source.strip() + "\n", {}
        exercise.slips(*exercise.slip_groups)(lambda slip, *args: self.made(frozenset(filter(slip, self.edits)))(*args))

    def broken(self, *edits):
        """A wrong answer that is no mistake with a name: it shows that a law can be broken."""
        self.edits["broken"] = edits
        return self.made(frozenset(["broken"]))

    def wrong(self, key, name, advice, *edits, when=None):
        """Declare a mistake: its key, what it is called, what is advised, and pairs of texts (right, wrong).

        Where many answers make it, ``when(args, result)`` recognises it, as in `Exercise.mistake`.
        """
        self.edits[key] = edits
        fn = self.made(frozenset([key]))
        fn.__name__, fn.__doc__ = key, f"{name}\n\n{advice}"
        self.exercise.mistake(fn, when=when)

    @functools.cache  # noqa: B019 (there are four of these, and they live as long as the program)
    def made(self, keys):
        """The function with the mistakes `keys` made in it."""
        source = self.source
        for key in sorted(keys):
            for right, wrong in self.edits[key]:
                if source.count(right) < 1:
                    raise ValueError(f"{self.exercise.name}, {key}: {right!r} is not in the source")
                source = source.replace(right, wrong)
        namespace = {"np": np}
        exec(source, namespace)
        fn = namespace[self.exercise.name]
        fn.__source__ = source
        return fn


# ---------------------------------------------------------------------------------------------------------- GRUCell


def draw_cell(rng, sizes=None):
    B, I, H = sizes or (int(size) for size in rng.permutation([3, 4, 5]))
    shapes = {"weight_ih": (3 * H, I), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}
    weights = {name: rng.uniform(0.2, 0.9, shape) * rng.choice([-1, 1], shape) for name, shape in shapes.items()}
    x, dh_new = rng.normal(0, 1, (B, I)), rng.normal(0, 1, (B, H))
    return I, H, weights, x, rng.uniform(0.2, 0.9, (B, H)) * rng.choice([-1, 1], (B, H)), dh_new


GRUCell = Exercise(
    reference=Late("GRUCell"),
    use=step_and_gradients,
    hidden=(Late("GRUCell", "torch.nn"), Late("GRU", "torch.nn"), Late("GRULayer")),
    inputs=draw_cell,
    edges=thin(draw_cell, THIN_STEPS),
    axes={"h_new": "B H", "h_new, from −h afterwards": "B H"},
    seconds=20,
    hints=(
        "Begin `__init__` with `super().__init__()`. Then four lines `self.… = nn.Parameter(…)`, one for each name in the "
        "table, with its shape.",
        "In `forward`, make the input's share `x @ self.weight_ih.T + self.bias_ih`, which is (B, 3H), and the state's in "
        "the same way. Cut each into three with `.chunk(3, dim=1)`; they come in the order r, z, n.",
        "r and z are the σ of the sum of their two shares. In n the state's share is multiplied by r before tanh. What "
        "remains is the blend of lesson 04.",
    ),
    slip_groups=(
        ("order_z_r_n", "update_gate_turned_round"),
        ("input_bias_dropped", "state_bias_dropped"),
        ("reset_ignored", "reset_on_all"),
        ("candidate_by_sigma", "candidate_not_squashed"),
    ),
)

cells = Variants(
    GRUCell,
    """
def GRUCell(I, H):
    import torch
    from torch import nn

    class GRUCell(nn.Module):
        def __init__(self, I, H):
            super().__init__()
            k = H**-0.5
            self.weight_ih = nn.Parameter(torch.empty(3 * H, I).uniform_(-k, k))
            self.weight_hh = nn.Parameter(torch.empty(3 * H, H).uniform_(-k, k))
            self.bias_ih = nn.Parameter(torch.empty(3 * H).uniform_(-k, k))
            self.bias_hh = nn.Parameter(torch.empty(3 * H).uniform_(-k, k))

        def forward(self, x, h):
            i = x @ self.weight_ih.T + self.bias_ih
            s = h @ self.weight_hh.T + self.bias_hh
            i_r, i_z, i_n = i.chunk(3, dim=1)
            s_r, s_z, s_n = s.chunk(3, dim=1)
            r = torch.sigmoid(i_r + s_r)
            z = torch.sigmoid(i_z + s_z)
            n = torch.tanh(i_n + r * s_n)
            return (1 - z) * n + z * h

    return GRUCell(I, H)
""",
)
cells.wrong(
    "state_of_the_first_call_kept",
    "The cell keeps the state of its first call",
    "It was called a second time, with another state, and went on from the first one. A cell remembers nothing by itself: "
    "whoever calls it hands over the state each time, so do not store it in `self`.",
    ("forward(self, x, h):\n", "forward(self, x, h):\n            h = self.kept = getattr(self, 'kept', h)\n"),
)
cells.wrong(
    "state_of_the_last_call_kept",
    "The cell goes on from its own last result",
    "It was called a second time, with another state, and did not use it. A cell remembers nothing by itself: whoever calls "
    "it hands over the state each time, so do not store it in `self`.",
    ("forward(self, x, h):\n", "forward(self, x, h):\n            h = getattr(self, 'last', h)\n"),
    (
        "            return (1 - z) * n + z * h\n",
        "            self.last = (1 - z) * n + z * h\n            return self.last\n",
    ),
)
cells.wrong(
    "super_forgotten",
    "`super().__init__()` is missing",
    "A module keeps its parameters in a book, and `super().__init__()` opens it. It has to be the first line of "
    "`__init__`: nothing can be registered before.",
    ("            super().__init__()\n", ""),
)
cells.wrong(
    "super_without_brackets",
    "`super` is not called",
    "There are two pairs of brackets: `super().__init__()`.",
    ("super().__init__()", "super.__init__()"),
)
cells.wrong(
    "init_misspelt",
    "There is no `__init__`",
    "The method that makes the parameters is called `__init__`, with two underscores before and two behind.",
    ("def __init__", "def _init_"),
)
cells.wrong(
    "root_of_a_plain_number",
    "`torch.sqrt` is given a plain number",
    "It takes tensors. H is a whole number of Python, and its root is `H**0.5`.",
    ("k = H**-0.5", "k = 1 / torch.sqrt(H)"),
)
cells.wrong(
    "plain_tensors",
    "The weights are plain tensors: they are not registered",
    "`state_dict()` is empty, so no optimiser would find them, and no file would hold them. What is to be learned has to "
    "be wrapped: `self.name = nn.Parameter(tensor)`.",
    ("nn.Parameter(torch", "(torch"),
)
cells.wrong(
    "not_learned",
    "The weights are there, but no gradient reaches them",
    "They are buffers, or parameters with `requires_grad=False`: saved and moved with the module, but never learned. "
    "`nn.Parameter(tensor)` alone makes a parameter that learns.",
    (".uniform_(-k, k))", ".uniform_(-k, k), requires_grad=False)"),
)
cells.wrong(
    "forward_missing",
    "There is no `forward`",
    "`cell(x, h)` calls the method named `forward`, letter by letter, and finds none. Is it called otherwise, or indented "
    "too far, into `__init__`?",
    ("def forward", "def step"),
)
cells.wrong(
    "self_missing_in_forward",
    "`forward` lacks its first argument, `self`",
    "Every method's first argument is the object itself. Without it, Python puts the module where `x` should be.",
    ("forward(self, x, h)", "forward(x, h)"),
)
cells.wrong(
    "argument_missing_in_forward",
    "`forward` takes one argument only",
    "`cell(x, h)` hands over two: write `def forward(self, x, h)`.",
    ("forward(self, x, h)", "forward(self, x)"),
)
cells.wrong(
    "not_a_module",
    "The class is not a module",
    "Behind its name, in brackets, stands what it is made from: `class GRUCell(nn.Module):`. Only a module registers "
    "parameters.",
    ("class GRUCell(nn.Module)", "class GRUCell"),
)
cells.wrong(
    "return_forgotten",
    "`forward` returns nothing",
    "Everything is computed, and then dropped: `return` is missing.",
    ("return (1 - z) * n + z * h", "h_new = (1 - z) * n + z * h"),
)
cells.wrong(
    "no_notes_taken",
    "The step is computed without notes: no gradient gets through",
    "Something cuts the tensors off from where they came from: `torch.no_grad()`, `.detach()`, `.data`, or a way through "
    "NumPy. In `forward` keep to PyTorch's own operations.",
    ("return (1 - z) * n + z * h", "return ((1 - z) * n + z * h).detach()"),
)
cells.wrong(
    "state_detached",
    "The state is detached within the step",
    "The values are right, but no gradient goes back to the state before, so nothing could be learned through time. "
    "Detaching belongs between two chunks of a long sequence, not into the cell.",
    ("        def forward(self, x, h):\n", "        def forward(self, x, h):\n            h = h.detach()\n"),
)
cells.wrong(
    "state_overwritten",
    "A tensor that takes a gradient is written over",
    "`h *= z` writes into `h` itself, and so does whatever ends in an underscore, such as `.uniform_(…)`. PyTorch refuses: it "
    "may still need the old values for the gradient. `z * h` makes a new tensor; and numbers are drawn first, and then wrapped "
    "by `nn.Parameter`.",
    ("return (1 - z) * n + z * h", "h *= z\n            return (1 - z) * n + h"),
)
cells.wrong(
    "weights_not_transposed",
    "The weights are not transposed",
    "The examples are rows, and weights are stored as (3H, I): in the product they enter as `self.weight_ih.T`.",
    ("self.weight_ih.T", "self.weight_ih"),
    ("self.weight_hh.T", "self.weight_hh"),
)
cells.wrong(
    "stored_transposed",
    "The weights are stored the other way round",
    "PyTorch's `weight_ih` is (3H, I) and its `weight_hh` (3H, H): a row for each unit of each gate. So they are "
    "transposed in the product, and not when they are made.",
    ("torch.empty(3 * H, I)", "torch.empty(I, 3 * H)"),
    ("torch.empty(3 * H, H)", "torch.empty(H, 3 * H)"),
    ("self.weight_ih.T", "self.weight_ih"),
    ("self.weight_hh.T", "self.weight_hh"),
)
cells.wrong(
    "cut_along_the_batch",
    "The products are cut along the batch",
    "The three gates lie side by side, along the last axis: `.chunk(3, dim=1)`. Axis 0 holds the examples, which is what "
    "`chunk(3)` cuts unless it is told.",
    (".chunk(3, dim=1)", ".chunk(3, dim=0)"),
)
cells.wrong(
    "order_z_r_n",
    "The gates are taken in the order z, r, n",
    "That is Keras's order. PyTorch's is r, z, n: the reset gate comes first. The shapes are the same, so nothing but the "
    "numbers tells.",
    ("i_r, i_z, i_n = ", "i_z, i_r, i_n = "),
    ("s_r, s_z, s_n = ", "s_z, s_r, s_n = "),
)
cells.wrong(
    "order_r_n_z",
    "The gates are taken in another order than r, z, n",
    "Here the candidate comes second. In PyTorch's blocks it is the last: rows 2H to 3H − 1.",
    ("i_r, i_z, i_n = ", "i_r, i_n, i_z = "),
    ("s_r, s_z, s_n = ", "s_r, s_n, s_z = "),
)
cells.wrong(
    "two_orders",
    "Input and state are cut in two different orders",
    "The reset gate's share of one is added to the update gate's of the other. Both are cut into r, z, n.",
    ("i_r, i_z, i_n = ", "i_z, i_r, i_n = "),
)
cells.wrong(
    "update_gate_turned_round",
    "z and 1 − z are exchanged",
    "In PyTorch z is the part that is *kept*: it multiplies h, and 1 − z the candidate.",
    ("(1 - z) * n + z * h", "z * n + (1 - z) * h"),
)
cells.wrong(
    "reset_before_the_product",
    "The reset gate acts before the product",
    "This is W_hn (r ⊙ h), as in some papers. In PyTorch r multiplies the finished product, bias included: r ⊙ (W_hn h + "
    "b_hn).",
    (
        "n = torch.tanh(i_n + r * s_n)",
        "n = torch.tanh(i_n + (r * h) @ self.weight_hh.chunk(3)[2].T + self.bias_hh.chunk(3)[2])",
    ),
)
cells.wrong(
    "bias_outside_the_reset",
    "The candidate's state bias is outside the reset gate",
    "r multiplies W_hn h and b_hn together: r ⊙ (W_hn h + b_hn).",
    ("r * s_n)", "r * (s_n - self.bias_hh.chunk(3)[2]) + self.bias_hh.chunk(3)[2])"),
)
cells.wrong(
    "reset_ignored",
    "The reset gate is not used",
    "This is tanh of the plain sum. In the candidate the state's share is multiplied by r.",
    ("i_n + r * s_n", "i_n + s_n"),
)
cells.wrong(
    "reset_on_all",
    "The reset gate acts on the input, too",
    "This is tanh(r ⊙ (all of it)). r decides how much of the *past* is looked at: it multiplies the state's share alone.",
    ("i_n + r * s_n", "r * (i_n + s_n)"),
)
cells.wrong(
    "input_bias_dropped",
    "`bias_ih` is not used",
    "It is there, but in no sum, and so its gradient is None. The input's share is W x + b_i.",
    (" + self.bias_ih", ""),
)
cells.wrong(
    "state_bias_dropped",
    "`bias_hh` is not used",
    "It is there, but in no sum, and so its gradient is None. The state's share is U h + b_h.",
    (" + self.bias_hh", ""),
)
cells.wrong(
    "reset_on_the_input",
    "The reset gate multiplies the input's share",
    "It decides how much of the *past* is looked at: r multiplies the state's share, W_hn h + b_hn.",
    ("i_n + r * s_n", "r * i_n + s_n"),
)
cells.wrong(
    "state_without_its_weights",
    "In the candidate r multiplies the state itself",
    "What it multiplies is the state's share, W_hn h + b_hn, the last third of the product with `weight_hh`.",
    ("i_n + r * s_n", "i_n + r * h"),
)
cells.wrong(
    "update_gate_in_the_candidate",
    "z stands where r belongs",
    "In the candidate the state's share is multiplied by the *reset* gate. z comes in at the end, in the blend.",
    ("i_n + r * s_n", "i_n + z * s_n"),
)
cells.wrong(
    "reset_gate_in_the_blend",
    "r stands where z belongs",
    "The blend of n and h is the *update* gate's: (1 − z) ⊙ n + z ⊙ h. r acts within the candidate alone.",
    ("(1 - z) * n + z * h", "(1 - r) * n + r * h"),
)
cells.wrong(
    "state_kept_whole",
    "The old state is kept whole in the blend",
    "(1 − z) ⊙ n is added to all of h, so the state can grow beyond 1. The two shares belong together: 1 − z of the candidate, z "
    "of the state.",
    ("+ z * h", "+ h"),
)
cells.wrong(
    "candidate_rectified",
    "The candidate is made by a ReLU",
    "It would never be negative, and has no upper bound. The candidate is a tanh.",
    ("torch.tanh(i_n", "torch.relu(i_n"),
)
cells.wrong(
    "share_kept_for_the_state",
    "The blend keeps the state's share in n, not the state",
    "What z keeps is `h`, the argument of `forward`, as it came in.",
    ("z * h", "z * s_n"),
)
cells.wrong(
    "tanh_closed_too_early",
    "tanh is taken of the input's share alone",
    "Look at the brackets: both shares are added first, and the sum is squashed.",
    ("torch.tanh(i_n + r * s_n)", "torch.tanh(i_n) + r * s_n"),
)
cells.wrong(
    "gates_of_two_sigmas",
    "Each gate is the sum of two σ",
    "Such a sum goes from 0 to 2. Add the two shares first, and take σ of the sum.",
    ("torch.sigmoid(i_r + s_r)", "torch.sigmoid(i_r) + torch.sigmoid(s_r)"),
    ("torch.sigmoid(i_z + s_z)", "torch.sigmoid(i_z) + torch.sigmoid(s_z)"),
)
cells.wrong(
    "sigmoid_of_numpy",
    "The course's own `sigmoid` takes NumPy arrays",
    "Here tensors are computed with, and their operations have to be noted for the gradient: `torch.sigmoid`.",
    ("import torch\n", "import torch\n    import gru_ref\n"),
    ("torch.sigmoid", "gru_ref.sigmoid"),
)
cells.wrong(
    "gates_by_tanh",
    "The gates are squashed by tanh",
    "Gates are fractions from 0 to 1: that is what σ is for. tanh goes from −1 to 1, and belongs to the candidate.",
    ("torch.sigmoid", "torch.tanh"),
)
cells.wrong(
    "candidate_by_sigma",
    "The candidate is squashed by σ",
    "With σ nothing negative could ever be written. The candidate takes tanh.",
    ("torch.tanh", "torch.sigmoid"),
)
cells.wrong(
    "candidate_not_squashed",
    "The candidate is not squashed",
    "Without tanh the state can grow beyond all bounds.",
    ("n = torch.tanh(i_n + r * s_n)", "n = i_n + r * s_n"),
)
cells.wrong(
    "starts_at_zero",
    "The weights start at zero",
    "Then all units do the same and get the same gradient, so they stay alike for ever. Draw them: `torch.empty(shape)"
    ".uniform_(low, high)`.",
    ("torch.empty", "torch.zeros"),
    (".uniform_(-k, k)", ""),
)
cells.wrong(
    "starts_positive",
    "The weights start between 0 and a bound, never below",
    "`torch.rand` draws from 0 to 1. Wanted is from −1/√H to 1/√H: both signs.",
    (".uniform_(-k, k)", ".uniform_(0, k)"),
)
cells.wrong(
    "starts_too_large",
    "Some weights start beyond ±1/√H",
    "The formula is right; the first values are drawn too widely, as `torch.randn` does. Gates that start shut or wide "
    "open learn slowly. Uniform between −1/√H and 1/√H is PyTorch's way.",
    (".uniform_(-k, k)", ".normal_()"),
)
cells.wrong(
    "starts_too_small",
    "The weights start too near to 0",
    "The formula is right; the first values are drawn too narrowly. Is the root missing? The bound is 1/√H, and not 1/H.",
    ("k = H**-0.5", "k = 1 / H"),
)
cells.wrong(
    "biases_start_at_zero",
    "The biases start at zero",
    "That is a usual choice elsewhere. PyTorch draws the GRU's biases like its weights, and so do we.",
    ("torch.empty(3 * H).uniform_(-k, k)", "torch.zeros(3 * H)"),
)


@GRUCell.law
def keeps_with_the_update_gate_open(f, rng):
    """with z at 1 the state stays as it is

    A large positive bias in the update gate, rows H to 2H − 1, opens it wide.
    """
    I, H, weights, x, h, dh_new = draw_cell(rng)
    bias = weights["bias_ih"].copy()
    bias[H : 2 * H] += 50
    return np.allclose(f(I, H, {**weights, "bias_ih": bias}, x, h, dh_new)["h_new"], h)


@GRUCell.law(broken_by=cells.broken(("z * h", "z * h.mean(dim=0)")))
def rows_do_not_mix(f, rng):
    """rows of the batch do not influence each other

    One example read alone gives the same state as in the batch.
    """
    I, H, weights, x, h, dh_new = draw_cell(rng)
    together = f(I, H, weights, x, h, dh_new)["h_new"]
    alone = [f(I, H, weights, x[b : b + 1], h[b : b + 1], dh_new[b : b + 1])["h_new"] for b in range(len(x))]
    return np.allclose(together, np.concatenate(alone))


@GRUCell.law
def only_sums_of_gate_biases_count(f, rng):
    """for r and z only the sum of the two biases counts

    So both get the same gradient there, and what is moved from one to the other changes nothing.
    """
    I, H, weights, x, h, dh_new = draw_cell(rng)
    moved = np.concatenate([rng.normal(0, 1, 2 * H), np.zeros(H)])
    shifted = {**weights, "bias_ih": weights["bias_ih"] + moved, "bias_hh": weights["bias_hh"] - moved}
    a, b = f(I, H, weights, x, h, dh_new), f(I, H, shifted, x, h, dh_new)
    return np.allclose(a["h_new"], b["h_new"])


@GRUCell.also_right
def by_linear_functions(I, H):
    import torch
    from torch import nn
    from torch.nn import functional as F

    class GRUCell(nn.Module):
        def __init__(self, input_size, hidden_size):
            super().__init__()
            self.bias_hh = nn.Parameter(torch.empty(3 * hidden_size))
            self.bias_ih = nn.Parameter(torch.empty(3 * hidden_size))
            self.register_parameter("weight_hh", nn.Parameter(torch.empty(3 * hidden_size, hidden_size)))
            self.register_parameter("weight_ih", nn.Parameter(torch.empty(3 * hidden_size, input_size)))
            for parameter in self.parameters():
                nn.init.uniform_(parameter, -1 / hidden_size**0.5, 1 / hidden_size**0.5)

        def forward(self, x, h):
            new = F.linear(x, self.weight_ih, self.bias_ih).split(h.shape[1], dim=-1)
            old = F.linear(h, self.weight_hh, self.bias_hh).split(h.shape[1], dim=-1)
            r, z = (F.sigmoid(a + b) for a, b in zip(new[:2], old[:2], strict=True))
            return torch.lerp(torch.tanh(torch.addcmul(new[2], r, old[2])), h, z)

    return GRUCell(I, H)


@GRUCell.also_right
def gate_by_gate(I, H):
    import torch

    class GRUCell(torch.nn.Module):
        def __init__(self, I, H):
            super(GRUCell, self).__init__()  # noqa: UP008 (as older code has it)
            self.H = H

            def drawn(*shape):
                return torch.nn.Parameter((2 * torch.rand(*shape) - 1) / H**0.5)

            self.weight_ih, self.weight_hh = drawn(3 * H, I), drawn(3 * H, H)
            self.bias_ih, self.bias_hh = drawn(3 * H), drawn(3 * H)

        def share(self, v, W, b, gate):
            rows = slice(gate * self.H, (gate + 1) * self.H)
            return v.matmul(W[rows].t()) + b[rows]

        def forward(self, x, h):
            new = [self.share(x, self.weight_ih, self.bias_ih, gate) for gate in range(3)]
            old = [self.share(h, self.weight_hh, self.bias_hh, gate) for gate in range(3)]
            r, z = (new[0] + old[0]).sigmoid(), (new[1] + old[1]).sigmoid()
            n = (new[2] + r * old[2]).tanh()
            return n + z * (h - n)

    return GRUCell(I, H)


# ---------------------------------------------------------------------------------------------------------- collate


def draw_batch(rng):
    lengths = rng.permutation([2, 3, 5, 7])
    sequences = [rng.uniform(0.2, 1, (T, 3)) * rng.choice([-1, 1], (T, 3)) for T in lengths]
    return sequences, rng.permutation([0, 2, 4, 6])


ONE = ([np.array([[1.0]]), np.array([[2.0], [3.0], [4.0]])], np.array([1, 0]))
SINGLES = ([np.array([[1.0, 2.0]], np.float32), np.array([[3.0, 4.0], [5.0, 6.0]], np.float32)], np.array([1, 0]))

collate = Exercise(
    reference=Late("collate"),
    use=put_together,
    inputs=draw_batch,
    edges=(SINGLES, ONE, *((sequences[:1], targets[:1]) for sequences, targets in (SINGLES, ONE))),
    axes={"xs": "T B I", "lengths": "B", "targets": "B"},
    seconds=20,
    hints=(
        "Take the batch apart first: one list of sequences, one of targets.",
        "The lengths have to be measured before anything is padded, by `len` of each sequence. `torch.tensor` of a list of "
        "whole numbers is int64 by itself.",
        "`nn.utils.rnn.pad_sequence(a_list_of_sequences)` pads at the end with zeros and puts time first. Return three "
        "tensors, in the order xs, lengths, targets.",
    ),
    slip_groups=(
        ("batch_first", "padded_in_front", "padded_with_ones"),
        ("lengths_after_padding", "lengths_of_the_features"),
        ("targets_as_floats", "targets_as_a_column"),
    ),
)


def padded_with_something(args, result):
    """Whether all is right but the padding, which is not zero."""
    (sequences, targets), (xs, lengths, classes) = args, result
    if classes.dtype != np.int64 or lengths.dtype != np.int64:
        return False
    lasts = [len(s) for s in sequences]
    if xs.shape[0] != max(lasts) or lengths.tolist() != lasts or classes.tolist() != targets.tolist():
        return False
    whole = all(np.array_equal(xs[:T, b], s) for b, (T, s) in enumerate(zip(lasts, sequences, strict=True)))
    return whole and all(xs[T:, b].all() for b, T in enumerate(lasts))


batches = Variants(
    collate,
    """
def collate(batch):
    import torch
    from torch import nn

    sequences = [sequence for sequence, _ in batch]
    targets = torch.tensor([target for _, target in batch])
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    xs = nn.utils.rnn.pad_sequence(sequences)
    return xs, lengths, targets
""",
)
batches.wrong(
    "batch_first",
    "The batch comes first in `xs`: (B, T, I)",
    "In this course, and in `nn.GRU` unless it is told otherwise, time comes first: (T, B, I). Is `batch_first=True` "
    "somewhere, or `torch.stack` along axis 0?",
    ("pad_sequence(sequences)", "pad_sequence(sequences, batch_first=True)"),
)
batches.wrong(
    "padded_in_front",
    "The padding comes before the sequences",
    "With zeros in front every sequence *ends* at the last step, but it starts late, and `lengths` would say where it ends "
    "wrongly. Pad at the end.",
    ("pad_sequence(sequences)", "pad_sequence(sequences, padding_side='left')"),
)
batches.wrong(
    "padded_with_the_last_value",
    "Sequences are continued by their last value",
    "A sequence that seems to go on is no padding that can be recognised. Fill up with zeros.",
    (
        "nn.utils.rnn.pad_sequence(sequences)",
        "torch.stack([s[[min(t, len(s) - 1) for t in range(max(lengths))]] for s in sequences], 1)",
    ),
)
batches.wrong(
    "padded_with_ones",
    "The padding is not zero",
    "It should not matter to a right model. It does to whoever looks at the batch, and to a sum: pad with zeros.",
    ("pad_sequence(sequences)", "pad_sequence(sequences, padding_value=1.0)"),
    when=padded_with_something,
)
batches.wrong(
    "reshaped_not_transposed",
    "Batch and time are exchanged by a reshape, and the sequences are torn apart",
    "`reshape` and `view` cut the same row of numbers at other places. To exchange two axes is `transpose(0, 1)`; or leave "
    "`batch_first=True` away, and nothing has to be exchanged.",
    (
        "pad_sequence(sequences)",
        "pad_sequence(sequences, batch_first=True).view(max(lengths), -1, sequences[0].shape[1])",
    ),
)
batches.wrong(
    "filled_batch_first",
    "The sequences are filled in with the batch first",
    "`xs` is (T, B, I): the first index is the step, the second the sequence. Sequence b goes to `xs[:its_length, b]`.",
    (
        "nn.utils.rnn.pad_sequence(sequences)\n",
        "sequences[0].new_zeros(max(lengths), len(batch), sequences[0].shape[1])\n"
        "    for b, s in enumerate(sequences):\n        xs[b, : len(s)] = s\n",
    ),
)
batches.wrong(
    "tensor_of_tensors",
    "`torch.tensor` is given a list of tensors",
    "It makes a tensor of plain numbers. Tensors are put together by `torch.stack` where their lengths are equal, and by "
    "`nn.utils.rnn.pad_sequence` where they are not.",
    ("nn.utils.rnn.pad_sequence(sequences)", "torch.tensor(sequences)"),
)
batches.wrong(
    "cut_to_the_shortest",
    "All sequences are cut to the shortest one's length",
    "Then nothing has to be padded, and the ends are lost. Pad to the length of the *longest*.",
    ("nn.utils.rnn.pad_sequence(sequences)", "torch.stack([s[: min(lengths)] for s in sequences], 1)"),
)
batches.wrong(
    "in_default_precision",
    "`xs` is float32, whatever the sequences are",
    "`torch.zeros(T, B, I)` makes float32 unless it is told `dtype=`. Here the sequences are float64, and digits are lost. "
    "`pad_sequence` keeps their type; and `sequence.new_zeros(…)` does.",
    ("pad_sequence(sequences)", "pad_sequence(sequences).float()"),
)
batches.wrong(
    "packed",
    "The sequences come packed, not padded",
    "Packing is the model's business: it needs the lengths for it. Hand on a padded tensor (T, B, I).",
    ("nn.utils.rnn.pad_sequence(sequences)", "nn.utils.rnn.pack_sequence(sequences, enforce_sorted=False)"),
)
batches.wrong(
    "stacked_without_padding",
    "Sequences of different lengths are stacked",
    "`torch.stack` wants equal shapes. Pad them first; `nn.utils.rnn.pad_sequence` does both.",
    ("nn.utils.rnn.pad_sequence(sequences)", "torch.stack(sequences)"),
)
batches.wrong(
    "pairs_padded",
    "The pairs are padded, not the sequences in them",
    "`batch` is a list of pairs (sequence, target). Take the sequences out first.",
    ("pad_sequence(sequences)", "pad_sequence(batch)"),
)
batches.wrong(
    "numpy_arrays",
    "The batch is handed on in NumPy arrays",
    "A model of PyTorch wants tensors, all three of them.",
    ("return xs, lengths, targets", "return xs.numpy(), lengths.numpy(), targets.numpy()"),
)
batches.wrong(
    "return_forgotten",
    "`return` is missing",
    "Everything is put together, and then dropped.",
    ("    return xs, lengths, targets\n", ""),
)
batches.wrong(
    "not_put_together",
    "`xs` is still a list of sequences",
    "One tensor (T, B, I) is wanted: `nn.utils.rnn.pad_sequence` makes it of a list.",
    ("nn.utils.rnn.pad_sequence(sequences)", "sequences"),
)
batches.wrong(
    "lengths_after_padding",
    "All lengths are the same: they are measured after padding",
    "Padded, all are as long as the longest, and nobody can tell where each one ended. Measure the sequences as they come.",
    ("[len(sequence) for sequence in sequences]", "[max(map(len, sequences)) for _ in sequences]"),
)
batches.wrong(
    "lengths_of_the_features",
    "The lengths count the features, not the steps",
    "A sequence is (T_i, I): its length is `len(sequence)`, or `sequence.shape[0]`.",
    ("len(sequence) for", "sequence.shape[1] for"),
)
batches.wrong(
    "lengths_as_last_index",
    "The lengths are too small by one",
    "They are the indices of the last steps. Wanted is how *many* steps there are.",
    ("len(sequence) for", "len(sequence) - 1 for"),
)
batches.wrong(
    "lengths_counted_by_nonzero_values",
    "The lengths count entries, not steps",
    "This is T_i times I: how many numbers a sequence holds. Count its rows.",
    ("len(sequence) for", "sequence.numel() for"),
)
batches.wrong(
    "lengths_as_a_list",
    "`lengths` is a list",
    "Everything else is a tensor, and is moved and indexed like one: `torch.tensor(the_list)`.",
    ("torch.tensor([len(sequence) for sequence in sequences])", "[len(sequence) for sequence in sequences]"),
)
batches.wrong(
    "longest_length_alone",
    "`lengths` is one number, the longest one's",
    "Each sequence has its own: a tensor of B numbers is wanted.",
    ("torch.tensor([len(sequence) for sequence in sequences])", "max(len(sequence) for sequence in sequences)"),
)
batches.wrong(
    "lengths_as_floats",
    "The lengths are floats",
    "Lengths are counted, and packing refuses anything but int64. `torch.tensor` of whole numbers is int64 by itself; "
    "`torch.Tensor`, with a capital, makes floats.",
    ("torch.tensor([len(sequence)", "torch.Tensor([len(sequence)"),
)
batches.wrong(
    "lengths_as_int32",
    "The lengths are int32",
    "Packing refuses anything but int64, PyTorch's own type for whole numbers. Leave the `dtype=` away.",
    ("for sequence in sequences])", "for sequence in sequences], dtype=torch.int32)"),
)
batches.wrong(
    "targets_as_floats",
    "The targets are floats",
    "A class is a number that is *counted*, int64. With floats `cross_entropy` takes the targets for probabilities. "
    "(`torch.Tensor`, with a capital, makes floats of anything.)",
    ("torch.tensor([target for", "torch.Tensor([target for"),
)
batches.wrong(
    "targets_as_booleans",
    "The targets are truth values",
    "A comparison such as `target > 0` makes True and False of them, and the class is lost. Hand on the number itself, int64.",
    ("torch.tensor([target for _, target in batch])", "torch.tensor([target for _, target in batch]) > 0"),
)
batches.wrong(
    "lengths_sorted",
    "The lengths are sorted, and the sequences are not",
    "Now most sequences have somebody else's length. Measure them in the order in which they come.",
    (
        "torch.tensor([len(sequence) for sequence in sequences])",
        "torch.tensor(sorted([len(sequence) for sequence in sequences], reverse=True))",
    ),
)
batches.wrong(
    "targets_as_a_list",
    "`targets` is a list",
    "The loss wants a tensor: `torch.tensor(the_list)`.",
    ("torch.tensor([target for _, target in batch])", "[target for _, target in batch]"),
)
batches.wrong(
    "targets_as_int32",
    "The targets are int32",
    "`cross_entropy` wants int64, PyTorch's own type for whole numbers. Leave the `dtype=` away.",
    ("for _, target in batch])", "for _, target in batch], dtype=torch.int32)"),
)
batches.wrong(
    "targets_stacked",
    "`torch.stack` is given plain numbers",
    "It puts tensors together. The targets are whole numbers, and `torch.tensor(the_list)` makes one tensor of them.",
    ("torch.tensor([target for", "torch.stack([target for"),
)
batches.wrong(
    "targets_as_a_column",
    "The targets have an axis too many: (B, 1)",
    "`cross_entropy` wants one number for each example, (B,).",
    ("[target for _, target in batch]", "[[target] for _, target in batch]"),
)
batches.wrong(
    "targets_one_hot",
    "The targets are one-hot vectors",
    "`cross_entropy` takes the number of the class. Hand it on as it comes.",
    (
        "torch.tensor([target for _, target in batch])",
        "nn.functional.one_hot(torch.tensor([target for _, target in batch]))",
    ),
)
batches.wrong(
    "targets_before_lengths",
    "Lengths and targets are exchanged",
    "The order is xs, lengths, targets.",
    ("return xs, lengths, targets", "return xs, targets, lengths"),
)
batches.wrong(
    "sorted_by_length",
    "The batch is sorted by length",
    "Old versions of PyTorch wanted that. Now `enforce_sorted=False` does it inside, and the order of the batch can stay as "
    "it is, which whoever reads the answers will expect.",
    (
        "    sequences = [",
        "    batch = sorted(batch, key=lambda pair: len(pair[0]), reverse=True)\n    sequences = [",
    ),
)
batches.wrong(
    "sorted_without_the_targets",
    "The sequences are sorted, and the targets are not",
    "Now each sequence has somebody else's target, and nothing will complain. Leave the order as it is.",
    (
        "    targets = torch",
        "    sequences = sorted(sequences, key=len, reverse=True)\n    targets = torch",
    ),
)
batches.wrong(
    "targets_forgotten",
    "The targets are missing",
    "Three things are wanted: xs, lengths, targets.",
    ("return xs, lengths, targets", "return xs, lengths"),
)
batches.wrong(
    "lengths_forgotten",
    "The lengths are missing",
    "Three things are wanted: xs, lengths, targets. Without the lengths nobody can tell the padding from the data.",
    ("return xs, lengths, targets", "return xs, targets"),
)


@collate.law
def sequences_come_first(f, rng):
    """each sequence stands whole at the beginning of its own column

    `xs[:length, b]` is sequence b.
    """
    sequences, targets = draw_batch(rng)
    xs, lengths, _ = f(sequences, targets)
    return all(np.allclose(xs[:T, b], s) for b, (T, s) in enumerate(zip(lengths, sequences, strict=True)))


@collate.law
def only_zeros_follow(f, rng):
    """behind each sequence's end there are zeros alone

    `xs[length:, b]` is 0.
    """
    sequences, targets = draw_batch(rng)
    xs, lengths, _ = f(sequences, targets)
    return not any(xs[T:, b].any() for b, T in enumerate(lengths))


@collate.law
def one_sequence_needs_no_padding(f, rng):
    """a batch of one sequence is that sequence

    As long as it is, with nothing added.
    """
    sequences, targets = draw_batch(rng)
    xs, lengths, _ = f(sequences[:1], targets[:1])
    return xs.shape == (len(sequences[0]), 1, 3) and lengths.tolist() == [len(sequences[0])]


@collate.also_right
def by_filling_in(batch):
    import torch

    lengths = torch.zeros(len(batch), dtype=torch.long)
    targets = torch.zeros(len(batch), dtype=torch.long)
    T, I = max(sequence.shape[0] for sequence, _ in batch), batch[0][0].shape[1]
    xs = batch[0][0].new_zeros(T, len(batch), I)
    for b, (sequence, target) in enumerate(batch):
        xs[: len(sequence), b] = sequence
        lengths[b], targets[b] = sequence.size(0), target
    return xs, lengths, targets


@collate.also_right
def by_unzipping(batch):
    import torch
    from torch.nn.utils.rnn import pad_sequence

    sequences, targets = zip(*batch, strict=True)
    xs = pad_sequence(list(sequences), batch_first=True).transpose(0, 1).contiguous()
    return [xs, torch.LongTensor([s.shape[0] for s in sequences]), torch.as_tensor(targets)]


# ----------------------------------------------------------------------------------------------- SequenceClassifier


def draw_classifier(rng, sizes=None):
    I, H, classes = sizes or (int(size) for size in rng.permutation([2, 4, 6]))
    shapes = {
        "gru.weight_ih_l0": (3 * H, I),
        "gru.weight_hh_l0": (3 * H, H),
        "gru.bias_ih_l0": (3 * H,),
        "gru.bias_hh_l0": (3 * H,),
        "out.weight": (classes, H),
        "out.bias": (classes,),
    }
    weights = {name: rng.uniform(0.2, 0.8, shape) * rng.choice([-1, 1], shape) for name, shape in shapes.items()}
    lengths = rng.permutation([2, 3, 5])
    while (
        np.argsort(-lengths)[np.argsort(-lengths)] == range(3)
    ).all():  # sorted, or sorted by sorting twice: it would
        lengths = rng.permutation([2, 3, 5])  # hide who asks for that, and who undoes it wrongly
    xs = rng.normal(0, 1, (5, 3, I)) * (np.arange(5)[:, None] < lengths)[:, :, None]
    xs[lengths[0] - 1, 0] = 0  # a zero that was measured: it would be taken for padding
    return I, H, classes, weights, xs, lengths, rng.normal(0, 1, (3, classes))


def classifier_edges():
    """Sizes of 1: among others a batch of one sequence, and sequences of one step."""
    drawn = thin(draw_classifier, ((1, 3, 4), (3, 1, 2), (2, 4, 1), (3, 4, 2), (3, 2, 4), (1, 1, 1)))
    rows, steps = [3, 3, 3, 1, 3, 1], [5, 5, 5, 5, 1, 1]
    return tuple(
        (I, H, classes, weights, xs[:T, :B], np.minimum(lengths[:B], T), dlogits[:B])
        for B, T, (I, H, classes, weights, xs, lengths, dlogits) in zip(rows, steps, drawn, strict=True)
    )


SequenceClassifier = Exercise(
    reference=Late("SequenceClassifier"),
    use=score_twice,
    inputs=draw_classifier,
    edges=classifier_edges(),
    axes={"logits": "B classes", "logits, asked again": "B classes"},
    seconds=20,
    hints=(
        "Begin `__init__` with `super().__init__()`, then make `self.gru` and `self.out`. In `forward` three things happen: "
        "pack, run the GRU, apply the linear layer.",
        "`pack_padded_sequence(xs, lengths.cpu(), enforce_sorted=False)` packs. Given that, `self.gru` stops each sequence "
        "at its own end.",
        "`self.gru(packed)` returns two things. The second, `h_n`, is (layers, B, H): take its last layer's, and apply "
        "`self.out` to it. No softmax.",
    ),
    slip_groups=(
        ("last_step", "mean_over_all_steps", "mean_over_real_steps", "first_step", "one_step_too_early"),
        ("softmax_at_the_end", "squashed_logits"),
    ),
)

models = Variants(
    SequenceClassifier,
    """
def SequenceClassifier(I, H, classes):
    import torch
    from torch import nn
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    class SequenceClassifier(nn.Module):
        def __init__(self, I, H, classes):
            super().__init__()
            self.gru = nn.GRU(I, H)
            self.out = nn.Linear(H, classes)

        def forward(self, xs, lengths):
            packed = pack_padded_sequence(xs, lengths.cpu(), enforce_sorted=False)
            _, h_n = self.gru(packed)
            last = h_n[-1]
            return self.out(last)

    return SequenceClassifier(I, H, classes)
""",
)
LAST = "last = h_n[-1]"
models.wrong(
    "super_forgotten",
    "`super().__init__()` is missing",
    "It has to be the first line of `__init__`: before it no part can be registered.",
    ("            super().__init__()\n", ""),
)
models.wrong(
    "super_without_brackets",
    "`super` is not called",
    "There are two pairs of brackets: `super().__init__()`.",
    ("super().__init__()", "super.__init__()"),
)
models.wrong(
    "init_misspelt",
    "There is no `__init__`",
    "The method that makes the parts is called `__init__`, with two underscores before and two behind.",
    ("def __init__", "def _init_"),
)
models.wrong(
    "forward_missing",
    "There is no `forward`",
    "`model(xs, lengths)` calls the method named `forward`, letter by letter, and finds none. Is it called otherwise, or "
    "indented too far, into `__init__`?",
    ("def forward", "def predict"),
)
models.wrong(
    "self_missing_in_forward",
    "`forward` lacks its first argument, `self`",
    "Every method's first argument is the object itself. Without it, Python puts the module where `xs` should be.",
    ("forward(self, xs, lengths)", "forward(xs, lengths)"),
)
models.wrong(
    "argument_missing_in_forward",
    "`forward` takes one argument only",
    "`model(xs, lengths)` hands over two: write `def forward(self, xs, lengths)`.",
    ("forward(self, xs, lengths)", "forward(self, xs)"),
)
models.wrong(
    "not_a_module",
    "The class is not a module",
    "Behind its name, in brackets, stands what it is made from: `class SequenceClassifier(nn.Module):`. Only a module registers "
    "parameters.",
    ("class SequenceClassifier(nn.Module)", "class SequenceClassifier"),
)
models.wrong(
    "return_forgotten",
    "`forward` returns nothing",
    "Everything is computed, and then dropped: `return` is missing.",
    ("return self.out(last)", "logits = self.out(last)"),
)
models.wrong(
    "both_results_scored",
    "Both of the GRU's results are handed on together",
    "`self.gru(…)` returns two things, all states and the last ones: `_, h_n = self.gru(packed)` takes them apart.",
    (LAST, "last = self.gru(packed)"),
)
models.wrong(
    "packed_output_scored",
    "The packed states of all steps are handed on",
    "The GRU's first result is packed like its input. The last real states are its second result, `h_n`.",
    (LAST, "last = self.gru(packed)[0]"),
)
models.wrong(
    "pack_indexed",
    "An index picks something else than a state",
    "What is packed, and what `pad_packed_sequence` returns, is several things together: `[-1]` takes the last of *them*, "
    "which is whole numbers. The last real states are in `h_n`, the GRU's second result.",
    (LAST, "last = self.gru(packed)[0][-1]"),
)
models.wrong(
    "lengths_as_state",
    "The GRU is given the lengths for its state",
    "Its second argument is the state to start from. The lengths are for packing: `pack_padded_sequence(xs, lengths.cpu(), "
    "enforce_sorted=False)`.",
    ("self.gru(packed)", "self.gru(xs, lengths)"),
)
models.wrong(
    "lengths_counted_anew",
    "The lengths are counted from the zeros in `xs`",
    "A reading may be zero, too, and then a real step is taken for padding. That is why `lengths` is handed over.",
    ("lengths.cpu()", "(xs != 0).any(dim=2).sum(dim=0)"),
)
models.wrong(
    "last_step",
    "The padding is read: this is the state after the batch's last step",
    "For a short sequence that is long after its end, so its scores depend on how long its neighbours are. Pack with the "
    "lengths, or pick the state at `lengths - 1`.",
    (LAST, "last = self.gru(xs)[0][-1]"),
)
models.wrong(
    "last_of_the_unpacked",
    "This is the last step of the unpacked output, which is zero for all but the longest",
    "`pad_packed_sequence` fills up with zeros, and `[-1]` picks from there. The last *real* state of each sequence is in "
    "`h_n`.",
    (LAST, "last = pad_packed_sequence(self.gru(packed)[0])[0][-1]"),
)
models.wrong(
    "last_example",
    "This picks the last sequence of the batch, not the last step",
    "`[:, -1]` is the last step where the batch comes first. Here time is the first axis.",
    (LAST, "last = self.gru(xs)[0][:, -1]"),
)
models.wrong(
    "layer_axis_kept",
    "The scores have an axis too many in front",
    "`h_n` is (layers, B, H), even for one layer. Take the last layer's: `h_n[-1]`.",
    (LAST, "last = h_n"),
)
models.wrong(
    "squeezed",
    "`squeeze()` takes away every axis of length 1",
    "`h_n` is (layers, B, H). With several sequences only the layers' axis is lost, as was meant; with a batch of one, such as "
    "a data set's last batch may be, B goes as well. `h_n[-1]` takes the last layer, whatever the sizes.",
    (LAST, "last = h_n.squeeze()"),
)
models.wrong(
    "lstm_for_gru",
    "The network is an LSTM",
    "It has four blocks of H rows where a GRU has three, and returns a pair, (h_n, c_n), in place of h_n. `self.gru` should be an "
    "`nn.GRU(I, H)`.",
    ("nn.GRU(I, H)", "nn.LSTM(I, H)"),
    ("_, h_n = self.gru", "_, (h_n, c_n) = self.gru"),
)
models.wrong(
    "rnn_for_gru",
    "The network is a plain RNN",
    "It has one block of H rows where a GRU has three: no gates. `self.gru` should be an `nn.GRU(I, H)`.",
    ("nn.GRU(I, H)", "nn.RNN(I, H)"),
)
models.wrong(
    "two_directions",
    "The GRU reads in both directions",
    "Its parameters come twice, those ending in `_reverse` for the way back, and `h_n[-1]` would be the backward one's alone. One "
    "direction was asked for: `nn.GRU(I, H)`.",
    ("nn.GRU(I, H)", "nn.GRU(I, H, bidirectional=True)"),
)
models.wrong(
    "two_layers",
    "The GRU has two layers",
    "Those of the second end in `_l1`. One layer was asked for: `nn.GRU(I, H)`.",
    ("nn.GRU(I, H)", "nn.GRU(I, H, num_layers=2)"),
)
models.wrong(
    "every_step",
    "There are scores for every step",
    "The linear layer is applied to all states. One answer for each sequence is wanted, from its last real state.",
    (LAST, "last = pad_packed_sequence(self.gru(packed)[0])[0]"),
)
models.wrong(
    "first_step",
    "This is the state after the *first* step",
    "It has seen one input only. Wanted is each sequence's last real state.",
    (LAST, "last = self.gru(xs)[0][0]"),
)
models.wrong(
    "one_step_too_early",
    "The state is taken one step before the end",
    "The last of n steps has the index n − 1. `h_n` spares the counting.",
    (LAST, "last = self.gru(xs)[0][lengths - 2, torch.arange(len(lengths))]"),
)
models.wrong(
    "index_past_the_end",
    "The lengths are used as indices, and one of them runs past the end",
    "Steps are counted from 0: the last of n real steps has the index n − 1. `h_n` spares the counting.",
    (LAST, "last = self.gru(xs)[0][lengths, torch.arange(len(lengths))]"),
)
models.wrong(
    "indices_exchanged",
    "The two indices are exchanged",
    "That is right where the batch comes first. Here the states are (T, B, H): first the step, then the sequence.",
    (LAST, "last = self.gru(xs)[0][torch.arange(len(lengths)), lengths - 1]"),
)
models.wrong(
    "whole_batch_at_each_length",
    "For each length the whole batch is picked",
    "`hs[lengths - 1]` picks steps, with all sequences in each. A second index says which sequence; or take `h_n`.",
    (LAST, "last = self.gru(xs)[0][lengths - 1]"),
)
models.wrong(
    "mean_over_all_steps",
    "The states are averaged, those in the padding included",
    "So the scores depend on how long the neighbours are; and an average was not asked for. Take each one's last real state.",
    (LAST, "last = self.gru(xs)[0].mean(dim=0)"),
)
models.wrong(
    "mean_of_the_unpacked",
    "The unpacked states are averaged, with the zeros in the padding",
    "So the scores depend on how long the neighbours are; and an average was not asked for. Take each one's last real state.",
    (LAST, "last = pad_packed_sequence(self.gru(packed)[0])[0].mean(dim=0)"),
)
models.wrong(
    "mean_over_real_steps",
    "The states are averaged over the real steps",
    "A fair way to read a sequence, but not what is asked: take the *last* real state.",
    (LAST, "last = pad_packed_sequence(self.gru(packed)[0])[0].sum(dim=0) / lengths[:, None]"),
)
models.wrong(
    "sum_over_steps",
    "The states of all steps are added up",
    "So the longest sequence gets the largest scores, and the padding is read with it. Take each one's last real state.",
    (LAST, "last = self.gru(xs)[0].sum(dim=0)"),
)
models.wrong(
    "largest_over_steps",
    "Each unit's largest value over the steps is taken",
    "A fair way to read a sequence, but not what is asked: take the *last* real state.",
    (LAST, "last = self.gru(xs)[0].amax(dim=0)"),
)
models.wrong(
    "softmax_at_the_end",
    "The model ends in a softmax",
    "`cross_entropy` contains one already. With two, the loss cannot come near 0, and it learns slowly. Return the scores "
    "as they are.",
    ("return self.out(last)", "return self.out(last).softmax(dim=1)"),
)
models.wrong(
    "softmax_over_the_batch",
    "The model ends in a softmax, and it runs over the batch",
    "With `dim=0` the examples would compete, and not the classes. And `cross_entropy` contains a softmax already: return the "
    "scores as they are.",
    ("return self.out(last)", "return self.out(last).softmax(dim=0)"),
)
models.wrong(
    "sigmoid_at_the_end",
    "The model ends in a σ",
    "Between 0 and 1 no score can ever be sure. `cross_entropy` takes scores of any size and sign: return them as they are.",
    ("return self.out(last)", "return self.out(last).sigmoid()"),
)
models.wrong(
    "log_softmax_at_the_end",
    "The model ends in a log-softmax",
    "It is right for `nll_loss`. `cross_entropy`, which we use, contains it already. Return the scores as they are.",
    ("return self.out(last)", "return self.out(last).log_softmax(dim=1)"),
)
models.wrong(
    "squashed_logits",
    "The scores are squashed",
    "Between −1 and 1 no score can ever be sure. Logits are of any size.",
    ("return self.out(last)", "return torch.tanh(self.out(last))"),
)
models.wrong(
    "rectified_logits",
    "Scores below 0 are cut off",
    "A ReLU belongs between layers. Logits are of any sign.",
    ("return self.out(last)", "return torch.relu(self.out(last))"),
)
models.wrong(
    "state_squashed_again",
    "The state goes through a tanh once more",
    "It is a blend of tanhs already, between −1 and 1. The linear layer reads the state as it is.",
    ("return self.out(last)", "return self.out(torch.tanh(last))"),
)
models.wrong(
    "last_bias_dropped",
    "The linear layer's bias is not used",
    "Its weights are multiplied by hand, and its bias is left out. `self.out(last)` does both.",
    ("return self.out(last)", "return last @ self.out.weight.T"),
)
models.wrong(
    "state_rectified",
    "The state goes through a ReLU first",
    "All that it holds below 0 is lost. The linear layer reads the state as it is.",
    ("return self.out(last)", "return self.out(torch.relu(last))"),
)
models.wrong(
    "class_in_place_of_scores",
    "The number of the best class is returned",
    "An argmax has no gradient, so nothing could be learned. Return the scores; whoever wants the class picks the largest.",
    ("return self.out(last)", "return self.out(last).argmax(dim=1)"),
)
models.wrong(
    "sorted_batches_only",
    "Packing refuses the batch, because it is not sorted by length",
    "`enforce_sorted=False` lets the batch be in any order, and puts the results back into it.",
    (", enforce_sorted=False", ""),
)
models.wrong(
    "order_not_restored",
    "The batch is sorted by length, and the answers stay in that order",
    "Each sequence gets somebody else's scores. Undo the sorting, or let `enforce_sorted=False` do both.",
    (
        "            packed = ",
        "            order = lengths.argsort(descending=True)\n"
        "            xs, lengths = xs[:, order], lengths[order]\n            packed = ",
    ),
)
models.wrong(
    "order_sorted_twice",
    "The sorting is not undone, but done once more",
    "Whoever sorts by `xs[:, order]` gets back by `[order.argsort()]`; `[order]` sorts again. Or let `enforce_sorted=False` do "
    "both.",
    (
        "            packed = ",
        "            order = lengths.argsort(descending=True)\n"
        "            xs, lengths = xs[:, order], lengths[order]\n            packed = ",
    ),
    ("return self.out(last)", "return self.out(last)[order]"),
)
models.wrong(
    "packed_batch_first",
    "Packing takes the first axis for the batch",
    "`xs` is (T, B, I), and that is what packing expects. Does `batch_first=True` stand there, or is `xs` transposed before?",
    ("enforce_sorted=False", "enforce_sorted=False, batch_first=True"),
)
models.wrong(
    "read_across_the_batch",
    "The GRU reads across the batch, not along time",
    "With `batch_first=True` it takes the first axis for the batch and the second for time, and says nothing, because any "
    "two sizes will do. `xs` is (T, B, I).",
    ("nn.GRU(I, H)", "nn.GRU(I, H, batch_first=True)"),
    (LAST, "last = self.gru(xs)[0][lengths - 1, torch.arange(len(lengths))]"),
)
models.wrong(
    "sizes_exchanged",
    "Input and state size are exchanged",
    "It is `nn.GRU(I, H)`: what comes in first, then the state.",
    ("nn.GRU(I, H)", "nn.GRU(H, I)"),
)
models.wrong(
    "state_leaks",
    "The state is carried over from one call to the next",
    "Asked twice, the model gives two answers, because it starts where another batch has ended. Each batch starts from "
    "zeros: do not hand a state in.",
    ("            self.out =", "            self.h = None\n            self.out ="),
    ("_, h_n = self.gru(packed)", "_, h_n = self.gru(packed, self.h)\n            self.h = h_n.detach()"),
)
models.wrong(
    "random_start",
    "The state starts from random numbers",
    "Asked twice, the model gives two answers. Without a state handed in `nn.GRU` starts from zeros.",
    ("self.gru(packed)", "self.gru(packed, torch.randn(1, len(lengths), self.gru.hidden_size, dtype=xs.dtype))"),
)
models.wrong(
    "not_the_same_twice",
    "Asked twice, the model gives two answers",
    "Something in it is drawn at random at each call, as by dropout, or carried over from the last one. Neither is asked for.",
    ("self.out(last)", "self.out(nn.functional.dropout(last, 0.5))"),
    # Where there are few numbers, the same ones may be dropped twice.
    when=lambda args, result: 1 in args[4].shape or not np.allclose(result["logits"], result["logits, asked again"]),
)
models.wrong(
    "state_of_another_kind",
    "The state handed in is float32",
    "`torch.zeros(…)` makes float32 unless it is told, and the check computes in float64. Hand no state in: `nn.GRU` then "
    "starts from zeros by itself, of the right kind.",
    ("self.gru(packed)", "self.gru(packed, torch.zeros(1, len(lengths), self.gru.hidden_size))"),
)
models.wrong(
    "state_detached",
    "The state is detached from the GRU",
    "The scores are right, but no gradient reaches the GRU: only the linear layer would learn.",
    (LAST, "last = h_n[-1].detach()"),
)


@SequenceClassifier.law
def padding_changes_nothing(f, rng):
    """more padding changes nothing

    Zeros appended, with the same lengths: the scores stay.
    """
    *sizes, weights, xs, lengths, dlogits = draw_classifier(rng)
    longer = np.concatenate([xs, np.zeros((3, *xs.shape[1:]))])
    return np.allclose(
        f(*sizes, weights, xs, lengths, dlogits)["logits"], f(*sizes, weights, longer, lengths, dlogits)["logits"]
    )


@SequenceClassifier.law
def neighbours_do_not_matter(f, rng):
    """a sequence alone gets the same scores as in a batch

    Neither its neighbours nor their lengths matter.
    """
    *sizes, weights, xs, lengths, dlogits = draw_classifier(rng)
    together = f(*sizes, weights, xs, lengths, dlogits)["logits"]
    for b, T in enumerate(lengths):
        alone = f(*sizes, weights, xs[:T, b : b + 1], lengths[b : b + 1], dlogits[b : b + 1])["logits"]
        if not np.allclose(alone, together[b : b + 1]):
            return False
    return True


@SequenceClassifier.law
def the_last_bias_moves_its_class(f, rng):
    """the last layer's bias is added to the scores, as it is

    Nothing comes after the linear layer.
    """
    *sizes, weights, xs, lengths, dlogits = draw_classifier(rng)
    moved = {**weights, "out.bias": weights["out.bias"] + 3}
    before, after = (f(*sizes, w, xs, lengths, dlogits)["logits"] for w in (weights, moved))
    return np.allclose(after - before, 3)


@SequenceClassifier.also_right
def by_index(I, H, classes):
    import torch
    from torch import nn

    class SequenceClassifier(nn.Module):
        def __init__(self, I, H, classes):
            super().__init__()
            self.out = nn.Linear(H, classes)
            self.gru = nn.GRU(input_size=I, hidden_size=H, num_layers=1)

        def forward(self, xs, lengths):
            hs, _ = self.gru(xs)
            scores = self.out(hs)
            return scores[lengths - 1, torch.arange(xs.shape[1])]

    return SequenceClassifier(I, H, classes)


@SequenceClassifier.also_right
def batch_first_throughout(I, H, classes):
    from torch import nn

    class SequenceClassifier(nn.Module):
        def __init__(self, I, H, classes):
            super().__init__()
            self.gru = nn.GRU(I, H, batch_first=True)
            self.out = nn.Linear(H, classes)

        def forward(self, xs, lengths):
            rows = nn.utils.rnn.pack_padded_sequence(
                xs.transpose(0, 1), lengths.tolist(), batch_first=True, enforce_sorted=False
            )
            return self.out(self.gru(rows)[1].squeeze(0))

    return SequenceClassifier(I, H, classes)


# -------------------------------------------------------------------------------------------------------------- fit


def draw_training(rng):
    I, classes, epochs = (int(size) for size in rng.permutation([2, 3, 4]))
    batch_size = int(rng.choice([2, 4]))
    N = 2 * batch_size + 1  # a last batch of one; and three batches, another number than the batch's size
    sequences = [rng.normal(0, 2, (int(T), I)) for T in rng.integers(1, 4, N)]
    targets = rng.permutation(np.arange(N) % classes)
    weights = {"out.weight": rng.normal(0, 1, (classes, I)), "out.bias": rng.normal(0, 1, classes)}
    return *padded(sequences), targets, weights, batch_size, epochs, float(rng.uniform(0.05, 0.1))


def padded(sequences):
    """xs (T, N, I), with zeros behind each of N sequences, and their lengths (N,)."""
    lengths = np.array([len(s) for s in sequences])
    xs = np.zeros((lengths.max(), len(sequences), sequences[0].shape[1]))
    for i, s in enumerate(sequences):
        xs[: len(s), i] = s
    return xs, lengths


fit = Exercise(
    reference=Late("fit"),
    use=train_a_small_model,
    inputs=draw_training,
    axes={"losses": "epochs", "weights after training": "classes I"},
    seconds=20,
    hints=(
        "Two loops, one in the other: over epochs, and over the loader's batches. Before them: the optimiser, "
        "`model.train()`, and an empty list.",
        "For each batch: `loss = functional.cross_entropy(model(xs, lengths), targets)`, then the four lines above, in their "
        "order. (Move `xs` and `targets` to the model's device.)",
        "For each epoch keep two sums that start at 0: of `loss.item() * len(targets)`, and of `len(targets)`. Their "
        "quotient is the mean per example.",
    ),
    slip_groups=(
        ("gradients_add_up", "not_clipped"),
        ("mean_of_batch_means", "never_divided"),
        ("two_softmaxes",),
        ("training_mode_forgotten",),
    ),
)

loops = Variants(
    fit,
    """
def fit(model, loader, epochs, lr):
    import torch
    from torch import nn
    from torch.nn import functional

    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    where = next(model.parameters()).device
    model.train()
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for xs, lengths, targets in loader:
            logits = model(xs.to(where), lengths)
            loss = functional.cross_entropy(logits, targets.to(where))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            total += loss.item() * len(targets)
            count += len(targets)
        losses.append(total / count)
    return losses
""",
)
CLIP = "            nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n"
STEP = "            optimiser.step()\n"
ZERO = "            optimiser.zero_grad()\n"
BACK = "            loss.backward()\n"
loops.wrong(
    "nothing_learned",
    "The weights never change",
    "Each batch has the same loss in every epoch. A step needs gradients, and gradients need `backward`: is one of the two "
    "missing, or does `zero_grad` stand *between* them and throw the gradients away?",
    (STEP, ""),
)
loops.wrong(
    "gradients_add_up",
    "Old gradients are never thrown away",
    "`backward` adds to what it finds, so each step uses the sum of all gradients since the start. `optimiser.zero_grad()` "
    "belongs before it, for every batch.",
    (ZERO, ""),
)
loops.wrong(
    "data_left_elsewhere",
    "The batch is not moved to the model's device",
    "The check's batches are on another device than the parameters, as on a machine with a GPU. Move both parts of each batch: "
    "`xs.to(where)` and `targets.to(where)`, with `where = next(model.parameters()).device`.",
    ("xs.to(where)", "xs"),
    ("targets.to(where)", "targets"),
)
loops.wrong(
    "graph_kept",
    "Every batch's graph is kept",
    "`retain_graph=True` keeps what `backward` needs after it was used: memory grows, and a state that is carried on without "
    "`.detach()` is walked back to the first batch. One `backward` for each graph needs no such option.",
    ("loss.backward()", "loss.backward(retain_graph=True)"),
)
loops.wrong(
    "gradients_add_up_in_an_epoch",
    "Old gradients are thrown away once an epoch only",
    "Within an epoch they add up from batch to batch. `optimiser.zero_grad()` belongs into the inner loop.",
    (ZERO, ""),
    ("        total, count", "        optimiser.zero_grad()\n        total, count"),
)
loops.wrong(
    "step_before_backward",
    "The step comes before its own gradients",
    "It uses those of the batch before, and does nothing at first. The order is: `zero_grad`, `backward`, clip, `step`.",
    (ZERO + BACK + CLIP + STEP, STEP + ZERO + BACK + CLIP),
)
loops.wrong(
    "not_clipped",
    "The gradients are not clipped when the step is taken",
    "`nn.utils.clip_grad_norm_(model.parameters(), 1.0)` belongs between `backward` and `step`. Before `backward` there is "
    "nothing to clip.",
    (CLIP, ""),
)
loops.wrong(
    "clipped_too_late",
    "The gradients are clipped after the step, and then used again",
    "Clipping changes the gradients that the step uses: it belongs between `backward` and `step`. And `zero_grad` is missing.",
    (ZERO, ""),
    (CLIP + STEP, STEP + CLIP),
)
loops.wrong(
    "clipped_by_value",
    "Each entry of the gradients is clipped by itself",
    "That changes their direction. Their common *norm* is clipped, by `clip_grad_norm_`, which makes all of them shorter by "
    "one factor.",
    ("clip_grad_norm_", "clip_grad_value_"),
)
loops.wrong(
    "clipped_one_by_one",
    "Each parameter's gradient is clipped by itself",
    "The norm of *all* gradients together is to be at most 1: hand over `model.parameters()` as a whole.",
    (CLIP, "            for p in model.parameters():\n                nn.utils.clip_grad_norm_(p, 1.0)\n"),
)
loops.wrong(
    "model_for_its_parameters",
    "The model is handed over in place of its parameters",
    "Optimiser and clipping want what is to be learned: `model.parameters()`.",
    ("Adam(model.parameters()", "Adam(model"),
)
loops.wrong(
    "lengths_not_handed_over",
    "The model is called without the lengths",
    "`model(xs, lengths)` takes both.",
    ("model(xs.to(where), lengths)", "model(xs.to(where))"),
)
loops.wrong(
    "first_batch_only",
    "It trains on the first batch alone",
    "`iter(loader)` starts from the beginning each time. `for xs, lengths, targets in loader:` goes through all batches.",
    (
        "for xs, lengths, targets in loader:\n",
        "for _ in range(len(loader)):\n            xs, lengths, targets = next(iter(loader))\n",
    ),
)
loops.wrong(
    "sgd_for_adam",
    "The optimiser is plain gradient descent",
    "Adam was asked for: `torch.optim.Adam`.",
    ("optim.Adam", "optim.SGD"),
)
loops.wrong(
    "adamw_for_adam",
    "The optimiser is AdamW",
    "It also shrinks the weights a little at each step (`weight_decay=0.01` unless told otherwise). Plain `torch.optim.Adam` "
    "was asked for.",
    ("optim.Adam", "optim.AdamW"),
)
loops.wrong(
    "weight_decay_added",
    "The optimiser also pulls the weights towards 0",
    "`weight_decay` adds a multiple of each weight to its gradient. Plain Adam was asked for: leave it away.",
    (", lr=lr", ", lr=lr, weight_decay=0.01"),
)
loops.wrong(
    "learning_rate_ignored",
    "`lr` is not used",
    "Adam takes 0.001 unless it is told: `torch.optim.Adam(model.parameters(), lr=lr)`.",
    (", lr=lr", ""),
)
loops.wrong(
    "arguments_of_the_loss_exchanged",
    "The arguments of the loss are exchanged",
    "`cross_entropy` takes the scores first, and then the targets.",
    ("cross_entropy(logits, targets.to(where))", "cross_entropy(targets.to(where), logits)"),
)
loops.wrong(
    "loss_made_and_not_called",
    "`nn.CrossEntropyLoss` is given scores and targets when it is made",
    "It is a module: make it first, then call it, `nn.CrossEntropyLoss()(logits, targets)`. Or take the function, "
    "`functional.cross_entropy(logits, targets)`.",
    ("functional.cross_entropy(", "nn.CrossEntropyLoss("),
)
loops.wrong(
    "loss_of_each_example",
    "The loss is one number for each example",
    "`backward` starts from a single number. `cross_entropy` takes the mean over the batch unless it is told otherwise.",
    ("targets.to(where))", "targets.to(where), reduction='none')"),
)
loops.wrong(
    "nll_of_logits",
    "The loss is `nll_loss`, which wants logarithms of probabilities",
    "The model gives plain scores. `cross_entropy` is `log_softmax` and `nll_loss` in one.",
    ("cross_entropy", "nll_loss"),
)
loops.wrong(
    "squared_error",
    "The loss is a squared error",
    "Scores are no probabilities, and need not come near 0 or 1. Cross-entropy was asked for.",
    (
        "functional.cross_entropy(logits, targets.to(where))",
        "functional.mse_loss(logits, functional.one_hot(targets.to(where), logits.shape[1]).to(logits.dtype))",
    ),
)
loops.wrong(
    "one_step_an_epoch",
    "There is one step an epoch, not one for each batch",
    "It uses the last batch's gradient alone. `optimiser.step()` belongs into the inner loop: look at its indentation.",
    (STEP, ""),
    ("        losses.append", "        optimiser.step()\n        losses.append"),
)
loops.wrong(
    "optimiser_made_anew",
    "The optimiser is made anew in each epoch",
    "Adam's running means are lost with it. Make it once, before the loops.",
    ("        total, count", "        optimiser = torch.optim.Adam(model.parameters(), lr=lr)\n        total, count"),
)
loops.wrong(
    "optimiser_made_for_each_batch",
    "The optimiser is made anew for each batch",
    "Adam's running means are lost with it, and each step has the size of a first one. Make it once, before the loops.",
    (ZERO, "            optimiser = torch.optim.Adam(model.parameters(), lr=lr)\n" + ZERO),
)
loops.wrong(
    "labels_smoothed",
    "The targets are smoothed",
    "`label_smoothing` mixes each target with the other classes, so the loss is another one. Plain cross-entropy was asked for.",
    ("targets.to(where))", "targets.to(where), label_smoothing=0.1)"),
)
loops.wrong(
    "two_softmaxes",
    "A softmax is applied before the cross-entropy",
    "`cross_entropy` contains one. With two, the loss cannot come near 0. Hand it the logits as they are.",
    ("cross_entropy(logits,", "cross_entropy(logits.softmax(dim=1),"),
)
loops.wrong(
    "loss_summed",
    "The loss of a batch is the sum over its examples",
    "Then a large batch makes larger gradients. `cross_entropy` takes the mean unless it is told otherwise, and that is what "
    "is wanted.",
    ("targets.to(where))", "targets.to(where), reduction='sum')"),
    ("loss.item() * len(targets)", "loss.item()"),
)
loops.wrong(
    "mean_of_batch_means",
    "The batches' means are averaged, however small a batch is",
    "The last batch is smaller, so its examples would count more than others. Weigh each mean by `len(targets)`.",
    ("loss.item() * len(targets)", "loss.item()"),
    ("count += len(targets)", "count += 1"),
)
loops.wrong(
    "means_divided_by_examples",
    "The batches' means are summed, and divided by the number of examples",
    "`loss.item()` is a mean already. To get back the sum over a batch, multiply it by `len(targets)`.",
    ("loss.item() * len(targets)", "loss.item()"),
)
loops.wrong(
    "divided_by_batches",
    "The sum over examples is divided by the number of batches",
    "Wanted is the mean per *example*. `len(loader)` counts batches; add up `len(targets)`.",
    ("count += len(targets)", "count += 1"),
)
loops.wrong(
    "divided_by_the_batch_size",
    "The sum over examples is divided by the size of a batch",
    "Wanted is the mean per *example* of all batches. Add up `len(targets)`.",
    ("total / count", "total / loader.batch_size"),
)
loops.wrong(
    "weighed_by_steps",
    "A batch's loss is weighed by its number of steps",
    "`len(xs)` is T, because time comes first. The number of examples is `len(targets)`.",
    ("len(targets)", "len(xs)"),
)
loops.wrong(
    "never_divided",
    "The losses are summed, and never divided",
    "Wanted is the mean per example: divide the sum by the number of examples.",
    ("total / count", "total"),
)
loops.wrong(
    "batch_means_summed",
    "The batches' mean losses are added up",
    "The more batches, the larger the number. Weigh each mean by `len(targets)`, and divide by the number of examples.",
    ("loss.item() * len(targets)", "loss.item()"),
    ("total / count", "total"),
)
loops.wrong(
    "sums_carried_over",
    "The sums are not started afresh in each epoch",
    "So each epoch's mean contains all epochs before it. Set both to 0 inside the outer loop.",
    ("        total, count = 0.0, 0\n", ""),
    ("    losses = []\n", "    losses = []\n    total, count = 0.0, 0\n"),
)
loops.wrong(
    "last_batch_only",
    "An epoch's loss is that of its last batch",
    "Wanted is the mean over all examples of the epoch.",
    ("losses.append(total / count)", "losses.append(loss.item())"),
)
loops.wrong(
    "one_loss_a_batch",
    "There is one loss for each batch, not for each epoch",
    "Append after the inner loop has ended: look at the indentation.",
    ("        losses.append(total / count)\n", ""),
    ("            count += len(targets)\n", "            losses.append(loss.item())\n"),
)
loops.wrong(
    "losses_as_tensors",
    "The losses are tensors",
    "Each keeps its batch's notes for `backward`, and with them the memory. `loss.item()` is the plain number.",
    ("loss.item()", "loss"),
)
loops.wrong(
    "measured_afterwards",
    "The loss is measured after the step",
    "That is another number: the same batch, seen by the changed model. Wanted are the losses that were computed while "
    "training.",
    (
        STEP,
        STEP + "            loss = functional.cross_entropy(model(xs.to(where), lengths), targets.to(where))\n",
    ),
)
loops.wrong(
    "measured_after_the_epoch",
    "The loss is measured once more after each epoch",
    "That is another number: all batches, seen by the model as it is at the epoch's end. Wanted are the losses that were "
    "computed while training.",
    (
        "        losses.append",
        "        total = sum(functional.cross_entropy(model(x.to(where), n), y.to(where)).item() * len(y) for x, n, y in loader)\n"
        "        losses.append",
    ),
)
loops.wrong(
    "evaluation_mode_within",
    "The model does not stay in training mode",
    "After a `model.eval()` within the loop it stays in evaluation mode. `model.train()` then belongs to the start of each "
    "epoch; and nothing is to be measured here.",
    ("        losses.append", "        model.eval()\n        losses.append"),
)
loops.wrong(
    "training_mode_forgotten",
    "The model is not in training mode",
    "It came in evaluation mode, as after a measurement, and so it has been trained without its dropout. Call "
    "`model.train()` before the loops.",
    ("    model.train()\n", ""),
)
loops.wrong(
    "one_epoch_only",
    "It goes through the data only once",
    "`epochs` says how often. Does a `return` stand too far to the right, inside a loop?",
    ("range(epochs)", "range(1)"),
)
loops.wrong(
    "one_epoch_too_many",
    "It goes through the data once too often",
    "`range(epochs)` counts from 0 to epochs − 1, which is `epochs` times.",
    ("range(epochs)", "range(epochs + 1)"),
)
loops.wrong(
    "losses_in_reversed_order",
    "The losses come back in reversed order",
    "The first epoch's loss comes first. `append` puts a new one behind the others, `insert(0, …)` before them.",
    ("return losses", "return losses[::-1]"),
)
loops.wrong(
    "loss_counted_twice",
    "Each loss is counted twice",
    "Twice the mean per example comes back. Is it added in two places, or is the sum divided by half the examples?",
    ("total += loss.item()", "total += 2 * loss.item()"),
)
loops.wrong(
    "one_batch_only",
    "It ends within the first epoch's first batch",
    "A `return` ends the whole function, loops included. It belongs behind both: look at its indentation.",
    ("        losses.append(total / count)\n", "            return [total / count]\n"),
)
loops.wrong(
    "last_loss_alone",
    "Only the last epoch's loss comes back",
    "A list is wanted, with one loss for each epoch.",
    ("return losses", "return losses[-1]"),
)
loops.wrong(
    "nothing_returned",
    "`return` is missing",
    "It trains, and hands nothing back. The list of losses is wanted.",
    ("    return losses\n", ""),
)
loops.wrong(
    "model_returned",
    "The model comes back, not the losses",
    "The caller has the model already: it was trained in place. Return the list of losses.",
    ("return losses", "return model"),
)


@fit.law
def batch_size_does_not_matter_to_the_mean(f, rng):
    """a model that stands still has the same loss whatever the batch size

    With a learning rate near 0, examples in batches of 2, 3 or 7: their mean stays.
    """
    xs, lengths, targets, weights, _, _, _ = draw_training(rng)
    losses = [f(xs, lengths, targets, weights, size, 1, 1e-13)["losses"] for size in (2, 3, 7)]
    return np.allclose(losses, losses[0])


@fit.law
def a_model_that_stands_still_has_one_loss(f, rng):
    """a model that stands still has the same loss in every epoch

    With a learning rate near 0: each epoch's mean is its own.
    """
    xs, lengths, targets, weights, batch_size, _, _ = draw_training(rng)
    losses = f(xs, lengths, targets, weights, batch_size, 3, 1e-13)["losses"]
    return len(losses) == 3 and np.allclose(losses, losses[0])


@fit.law
def it_learns(f, rng):
    """what can be learned is learned

    Two classes far apart: after twelve epochs the loss is a small part of what it was.
    """
    targets = rng.permutation(np.arange(8) % 2)
    sequences = [rng.normal(4 * t - 2, 0.3, (2, 3)) for t in targets]
    weights = {"out.weight": rng.normal(0, 0.1, (2, 3)), "out.bias": np.zeros(2)}
    losses = f(*padded(sequences), targets, weights, 3, 12, 0.1)["losses"]
    return losses[-1] < 0.3 * losses[0]


@fit.also_right
def by_the_data_set(model, loader, epochs, lr):
    import torch
    from torch import nn

    device = next(iter(model.parameters())).device
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr)
    history = []
    model.train(True)
    for _epoch in range(epochs):
        running = 0
        for xs, lengths, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(xs.to(device), lengths), targets.to(device))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1)
            optimizer.step()
            running += loss.detach().item() * xs.shape[1]
        history.append(running / len(loader.dataset))
    return history


@fit.also_right
def by_example(model, loader, epochs, lr):
    import torch
    from torch.nn import functional

    model.train()
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    means = np.zeros(epochs)
    for epoch in range(epochs):
        each = []
        for xs, lengths, targets in loader:
            xs, targets = xs.cpu(), targets.cpu()
            losses = functional.cross_entropy(model(xs, lengths), targets, reduction="none")
            model.zero_grad()
            losses.mean().backward()
            norm = torch.sqrt(sum((p.grad**2).sum() for p in model.parameters()))
            for p in model.parameters():
                p.grad *= min(1, 1 / (norm + 1e-6))
            optimiser.step()
            each += losses.tolist()
        means[epoch] = np.mean(each)
    return list(means)
