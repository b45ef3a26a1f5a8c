"""Exercises of lesson 11: the cell as a module, a padded batch, a classifier of sequences, and the training loop.

Nothing here imports torch before it is used. Each exercise's wrong answers are written as edits of a right one.
"""

from pathlib import Path

import numpy as np

from grader.answer.uses import put_together, score_twice, step_and_gradients, train_a_small_model
from grader.exercises.exercise import THIN_STEPS, Exercise, Late, thin

LESSON = "11_pytorch"
MISTAKES = Path(__file__).with_name(LESSON)


# ---------------------------------------------------------------------------------------------------------- GRUCell


def draw_cell(rng, sizes=None):
    B, I, H = sizes or (int(size) for size in rng.permutation([3, 4, 5]))
    shapes = {"weight_ih": (3 * H, I), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}
    weights = {name: rng.uniform(0.2, 0.9, shape) * rng.choice([-1, 1], shape) for name, shape in shapes.items()}
    x, dh_new = rng.normal(0, 1, (B, I)), rng.normal(0, 1, (B, H))
    return I, H, weights, x, rng.uniform(0.2, 0.9, (B, H)) * rng.choice([-1, 1], (B, H)), dh_new


GRUCell = Exercise(
    reference=Late("GRUCell"),
    known=MISTAKES / "GRUCell.md",
    use=step_and_gradients,
    hidden=(Late("GRUCell", "torch.nn"), Late("GRU", "torch.nn"), Late("GRULayer")),
    inputs=draw_cell,
    edges=thin(draw_cell, THIN_STEPS),
    axes={"h_new": "B H", "h_new, from −h afterwards": "B H"},
    seconds=20,
    hints=(
        "Begin `__init__` with `super().__init__()`. Then four lines `self.… = nn.Parameter(…)`, one for each name in the "
        "table, with its shape.",
        "In `forward`, compute the input's share `x @ self.weight_ih.T + self.bias_ih`, which is (B, 3H), and the state's in "
        "the same way. Split each into three with `.chunk(3, dim=1)`; they come in the order r, z, n.",
        "r and z are the σ of the sum of their two shares. In n the state's share is multiplied by r before tanh. What "
        "remains is the blend of lesson 04.",
    ),
)


@GRUCell.property
def keeps_with_the_update_gate_open(f, rng):
    """with z at 1 the state stays the same

    A large positive bias in the update gate, rows H to 2H − 1, opens it wide.
    """
    I, H, weights, x, h, dh_new = draw_cell(rng)
    bias = weights["bias_ih"].copy()
    bias[H : 2 * H] += 50
    return np.allclose(f(I, H, {**weights, "bias_ih": bias}, x, h, dh_new)["h_new"], h)


def mixing_rows(I, H):
    import gru_ref

    class Mixing(gru_ref.GRUCell):
        def forward(self, x, h):
            return super().forward(x, h.mean(dim=0).expand_as(h))

    return Mixing(I, H)


@GRUCell.property(broken_by=mixing_rows)
def rows_do_not_mix(f, rng):
    """rows of the batch do not influence each other

    One example read alone gives the same state as in the batch.
    """
    I, H, weights, x, h, dh_new = draw_cell(rng)
    together = f(I, H, weights, x, h, dh_new)["h_new"]
    alone = [f(I, H, weights, x[b : b + 1], h[b : b + 1], dh_new[b : b + 1])["h_new"] for b in range(len(x))]
    return np.allclose(together, np.concatenate(alone))


@GRUCell.property
def only_sums_of_gate_biases_count(f, rng):
    """for r and z only the sum of the two biases counts

    So both get the same gradient there, and moving an amount from one to the other changes nothing.
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
    known=MISTAKES / "collate.md",
    use=put_together,
    inputs=draw_batch,
    edges=(SINGLES, ONE, *((sequences[:1], targets[:1]) for sequences, targets in (SINGLES, ONE))),
    axes={"xs": "T B I", "lengths": "B", "targets": "B"},
    seconds=20,
    hints=(
        "Split the batch first into a list of sequences and a list of targets.",
        "Measure the lengths before you pad anything, with `len` of each sequence. `torch.tensor` of a list of "
        "integers is int64 by default.",
        "`nn.utils.rnn.pad_sequence(a_list_of_sequences)` pads at the end with zeros and puts time first. Return three "
        "tensors, in the order xs, lengths, targets.",
    ),
)


@collate.recognises
def padded_with_something(args, result):
    """Whether everything is right except the padding, which is not zero."""
    (sequences, targets), (xs, lengths, classes) = args, result
    if classes.dtype != np.int64 or lengths.dtype != np.int64:
        return False
    lasts = [len(s) for s in sequences]
    if xs.shape[0] != max(lasts) or lengths.tolist() != lasts or classes.tolist() != targets.tolist():
        return False
    whole = all(np.array_equal(xs[:T, b], s) for b, (T, s) in enumerate(zip(lasts, sequences, strict=True)))
    return whole and all(xs[T:, b].all() for b, T in enumerate(lasts))


@collate.property
def sequences_come_first(f, rng):
    """each sequence is complete, at the beginning of its own column

    `xs[:length, b]` is sequence b.
    """
    sequences, targets = draw_batch(rng)
    xs, lengths, _ = f(sequences, targets)
    return all(np.allclose(xs[:T, b], s) for b, (T, s) in enumerate(zip(lengths, sequences, strict=True)))


@collate.property
def only_zeros_follow(f, rng):
    """after each sequence's end there are only zeros

    `xs[length:, b]` is 0.
    """
    sequences, targets = draw_batch(rng)
    xs, lengths, _ = f(sequences, targets)
    return not any(xs[T:, b].any() for b, T in enumerate(lengths))


@collate.property
def one_sequence_needs_no_padding(f, rng):
    """a batch of one sequence is that sequence

    It keeps its length, with nothing added.
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
    ).all():  # sorted, or restored by sorting twice: that would
        lengths = rng.permutation([2, 3, 5])  # hide an answer that needs sorting, or undoes it wrongly
    xs = rng.normal(0, 1, (5, 3, I)) * (np.arange(5)[:, None] < lengths)[:, :, None]
    xs[lengths[0] - 1, 0] = 0  # a real value of zero, which could be mistaken for padding
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
    known=MISTAKES / "SequenceClassifier.md",
    use=score_twice,
    inputs=draw_classifier,
    edges=classifier_edges(),
    axes={"logits": "B classes", "logits, asked again": "B classes"},
    seconds=20,
    hints=(
        "Begin `__init__` with `super().__init__()`, then make `self.gru` and `self.out`. In `forward` three things happen: "
        "pack, run the GRU, apply the linear layer.",
        "`pack_padded_sequence(xs, lengths.cpu(), enforce_sorted=False)` packs. With that input, `self.gru` stops each sequence "
        "at its own end.",
        "`self.gru(packed)` returns two things. The second, `h_n`, is (layers, B, H): take its last layer's, and apply "
        "`self.out` to it. No softmax.",
    ),
)


@SequenceClassifier.recognises
def not_the_same_twice(args, result):
    return 1 in args[4].shape or not np.allclose(result["logits"], result["logits, asked again"])


@SequenceClassifier.property
def padding_changes_nothing(f, rng):
    """more padding changes nothing

    With appended zeros and the same lengths, the scores stay the same.
    """
    *sizes, weights, xs, lengths, dlogits = draw_classifier(rng)
    longer = np.concatenate([xs, np.zeros((3, *xs.shape[1:]))])
    return np.allclose(
        f(*sizes, weights, xs, lengths, dlogits)["logits"], f(*sizes, weights, longer, lengths, dlogits)["logits"]
    )


@SequenceClassifier.property
def neighbours_do_not_matter(f, rng):
    """a sequence alone gets the same scores as in a batch

    Other sequences and their lengths do not matter.
    """
    *sizes, weights, xs, lengths, dlogits = draw_classifier(rng)
    together = f(*sizes, weights, xs, lengths, dlogits)["logits"]
    for b, T in enumerate(lengths):
        alone = f(*sizes, weights, xs[:T, b : b + 1], lengths[b : b + 1], dlogits[b : b + 1])["logits"]
        if not np.allclose(alone, together[b : b + 1]):
            return False
    return True


@SequenceClassifier.property
def the_last_bias_moves_its_class(f, rng):
    """the last layer's bias is added to the scores unchanged

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
    N = 2 * batch_size + 1  # a last batch of one; and the number of batches, three, differs from the batch size
    sequences = [rng.normal(0, 2, (int(T), I)) for T in rng.integers(1, 4, N)]
    targets = rng.permutation(np.arange(N) % classes)
    weights = {"out.weight": rng.normal(0, 1, (classes, I)), "out.bias": rng.normal(0, 1, classes)}
    return *padded(sequences), targets, weights, batch_size, epochs, float(rng.uniform(0.05, 0.1))


def padded(sequences):
    """xs (T, N, I), with zeros after each of N sequences, and their lengths (N,)."""
    lengths = np.array([len(s) for s in sequences])
    xs = np.zeros((lengths.max(), len(sequences), sequences[0].shape[1]))
    for i, s in enumerate(sequences):
        xs[: len(s), i] = s
    return xs, lengths


fit = Exercise(
    reference=Late("fit"),
    known=MISTAKES / "fit.md",
    use=train_a_small_model,
    inputs=draw_training,
    axes={"losses": "epochs", "weights after training": "classes I"},
    seconds=20,
    hints=(
        "Two loops, one inside the other: over epochs, and over the loader's batches. Before them: the optimiser, "
        "`model.train()`, and an empty list.",
        "For each batch: `loss = functional.cross_entropy(model(xs, lengths), targets)`, then the lesson's four lines, in their "
        "order. (Move `xs` and `targets` to the model's device.)",
        "For each epoch keep two sums that start at 0: of `loss.item() * len(targets)`, and of `len(targets)`. Their "
        "quotient is the mean per example.",
    ),
)


@fit.property
def batch_size_does_not_matter_to_the_mean(f, rng):
    """a model that does not change has the same loss for every batch size

    With a learning rate near 0, the mean stays the same for examples in batches of 2, 3 or 7.
    """
    xs, lengths, targets, weights, _, _, _ = draw_training(rng)
    losses = [f(xs, lengths, targets, weights, size, 1, 1e-13)["losses"] for size in (2, 3, 7)]
    return np.allclose(losses, losses[0])


@fit.property
def a_model_that_stands_still_has_one_loss(f, rng):
    """a model that does not change has the same loss in every epoch

    With a learning rate near 0: each epoch has its own mean, not a running one.
    """
    xs, lengths, targets, weights, batch_size, _, _ = draw_training(rng)
    losses = f(xs, lengths, targets, weights, batch_size, 3, 1e-13)["losses"]
    return len(losses) == 3 and np.allclose(losses, losses[0])


@fit.property
def it_learns(f, rng):
    """an easy task is learned

    With two classes far apart, the loss after twelve epochs is a small fraction of the first one.
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
