"""The modules agree with PyTorch's GRU to the last digits; the classifier, its batches and its training work as described."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gru_ref
from gru_ref import torch_models

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)


def draw(*shape, seed=0, dtype=None):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype or torch.float64)


def gradients(module, loss):
    module.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in module.named_parameters()}


def assert_same_gradients(mine, theirs):
    assert mine.keys() == theirs.keys()
    for name in mine:
        torch.testing.assert_close(mine[name], theirs[name], rtol=0, atol=1e-11)


# ------------------------------------------------------------------------------------------------------ cell and layer


@settings(max_examples=40, deadline=None)
@given(seeds, sizes, sizes, sizes)
def test_the_cell_is_torchs_cell_and_so_are_its_gradients(seed, B, I, H):
    torch.manual_seed(seed)
    mine, theirs = torch_models.GRUCell(I, H).double(), torch.nn.GRUCell(I, H).double()
    theirs.load_state_dict(mine.state_dict())
    mine.load_state_dict(theirs.state_dict())  # both ways
    x, h, weight = draw(B, I, seed=seed), draw(B, H, seed=seed + 1), draw(B, H, seed=seed + 2)
    torch.testing.assert_close(mine(x, h), theirs(x, h), rtol=0, atol=1e-12)
    torch.testing.assert_close(mine(x), theirs(x), rtol=0, atol=1e-12)
    assert_same_gradients(
        gradients(mine, (weight * mine(x, h)).sum()), gradients(theirs, (weight * theirs(x, h)).sum())
    )


@settings(max_examples=30, deadline=None)
@given(seeds, sizes, sizes, sizes, sizes, st.integers(1, 3), st.booleans(), st.data())
def test_the_layer_is_torchs_packed_layer_and_so_are_its_gradients(seed, T, B, I, H, layers, both, data):
    torch.manual_seed(seed)
    mine = torch_models.GRULayer(I, H, layers, both).double()
    theirs = torch.nn.GRU(I, H, layers, bidirectional=both).double()
    theirs.load_state_dict(mine.state_dict())
    mine.load_state_dict(theirs.state_dict())
    lengths = torch.tensor(data.draw(st.lists(st.integers(1, T), min_size=B, max_size=B)))
    xs, h0 = draw(T, B, I, seed=seed), draw(layers * (1 + both), B, H, seed=seed + 1)
    packed = torch.nn.utils.rnn.pack_padded_sequence(xs, lengths, enforce_sorted=False)
    output, wanted_last = theirs(packed, h0)
    wanted, _ = torch.nn.utils.rnn.pad_packed_sequence(output, total_length=T)
    hs, last = mine(xs, h0, lengths)
    torch.testing.assert_close(hs, wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(last, wanted_last, rtol=0, atol=1e-12)
    assert_same_gradients(gradients(mine, hs.sin().sum()), gradients(theirs, wanted.sin().sum()))


def test_the_layer_starts_from_zeros_and_reads_whole_sequences_by_default():
    mine, theirs = torch_models.GRULayer(3, 4), torch.nn.GRU(3, 4)
    theirs.load_state_dict(mine.state_dict())
    xs = draw(5, 2, 3, dtype=torch.float32)
    for a, b in zip(mine(xs), theirs(xs), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seeds, sizes, sizes, sizes, sizes)
def test_weights_go_to_torch_and_back(seed, T, B, I, H):
    rng = np.random.default_rng(seed)
    p = gru_ref.init_gru(I, H, rng)
    cell = torch_models.to_module(p)
    for module in (cell, torch.nn.GRUCell(I, H).double()):
        module.load_state_dict(cell.state_dict())
        assert all(np.array_equal(a, b) for a, b in zip(torch_models.to_params(module), p, strict=True))
    layer = torch.nn.GRU(I, H).double()
    layer.load_state_dict({f"{name}_l0": value for name, value in cell.state_dict().items()})
    assert all(np.array_equal(a, b) for a, b in zip(torch_models.to_params(layer), p, strict=True))
    x, h = rng.normal(size=(B, I)), rng.uniform(-1, 1, (B, H))
    r, z = gru_ref.reset_gate(x, h, p), gru_ref.update_gate(x, h, p)
    wanted = gru_ref.blend(z, gru_ref.candidate(x, h, r, p), h)
    np.testing.assert_allclose(cell(*map(torch.from_numpy, (x, h))).detach().numpy(), wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["GRUCell", "GRU"])
def test_a_module_without_biases_gives_biases_of_zero(kind):
    module = getattr(torch.nn, kind)(2, 3, bias=False).double()
    p = torch_models.to_params(module)
    assert not any(b.any() for b in (p.b_ir, p.b_iz, p.b_in, p.b_hr, p.b_hz, p.b_hn))
    x, h = draw(4, 2), draw(4, 3, seed=1).tanh()
    arguments = (x, h) if kind == "GRUCell" else (x[None], h[None])
    out = module(*arguments)
    wanted = (out if kind == "GRUCell" else out[0][0]).detach().numpy()
    np.testing.assert_allclose(gru_ref.gru_step(x.numpy(), h.numpy(), p), wanted, rtol=0, atol=1e-14)


def test_weights_given_back_are_copies():
    cell = torch_models.GRUCell(2, 3)
    p = torch_models.to_params(cell)
    p.W_ir[:] = 0
    assert cell.weight_ih.abs().min() > 0
    assert p.W_in.dtype == np.float32


# --------------------------------------------------------------------------------------------------------- classifier


def a_batch(lengths=(4, 2, 7), I=3, dtype=None):
    return [(draw(T, I, seed=i, dtype=dtype), i % 2) for i, T in enumerate(lengths)]


def test_padding_and_neighbours_change_nothing():
    model = torch_models.SequenceClassifier(3, 5, 4).double()
    batch = a_batch()
    xs, lengths, _ = torch_models.collate(batch)
    together = model(xs, lengths)
    alone = torch.cat([model(s[:, None], torch.tensor([len(s)])) for s, _ in batch])
    longer = model(torch.cat([xs, draw(3, *xs.shape[1:])]), lengths)
    assert together.shape == (3, 4)
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-12)
    torch.testing.assert_close(together, longer, rtol=0, atol=0)


def test_collate_pads_at_the_end_with_zeros():
    batch = a_batch(dtype=torch.float32)
    xs, lengths, targets = torch_models.collate(batch)
    assert xs.shape == (7, 3, 3) and xs.dtype == torch.float32
    assert lengths.tolist() == [4, 2, 7] and targets.tolist() == [0, 1, 0]
    assert lengths.dtype == targets.dtype == torch.int64
    for b, (sequence, _) in enumerate(batch):
        assert torch.equal(xs[: len(sequence), b], sequence)
        assert not xs[len(sequence) :, b].any()


def test_collate_takes_targets_that_are_numpy_or_torch_integers():
    batch = [(torch.ones(2, 1), np.int64(1)), (torch.ones(1, 1), torch.tensor(2))]
    assert torch_models.collate(batch)[2].tolist() == [1, 2]


def toy(count, seed):
    """Sequences of 3 to 8 steps whose first step tells the class."""
    rng = np.random.default_rng(seed)
    data = []
    for target in rng.integers(0, 2, count):
        sequence = rng.normal(0, 0.5, (rng.integers(3, 9), 2))
        sequence[0] += 2 * target - 1
        data.append((torch.tensor(sequence, dtype=torch.float32), int(target)))
    return data


def toy_loader(count=90, batch_size=32, seed=0):
    return torch.utils.data.DataLoader(
        toy(count, seed), batch_size, shuffle=True, collate_fn=torch_models.collate, generator=torch_models.seeded(seed)
    )


def test_fit_learns_and_two_runs_from_one_seed_are_equal():
    runs = []
    for _ in range(2):
        loader = toy_loader()
        model = torch_models.SequenceClassifier(2, 8, 2)
        runs.append(torch_models.fit(model, loader, epochs=12, lr=0.02))
    assert runs[0] == runs[1]
    assert len(runs[0]) == 12 and runs[0][-1] < 0.3 * runs[0][0]
    assert torch_models.accuracy(model, toy_loader(seed=1)) > 0.9


def test_the_loss_is_the_mean_over_examples_not_over_batches():
    model = torch_models.SequenceClassifier(2, 3, 2)
    batches = [torch_models.collate(toy(n, seed=n)) for n in (7, 2)]
    (got,) = torch_models.fit(model, batches, epochs=1, lr=1e-12)  # so small that the model stays as it is
    with torch.no_grad():
        each = torch.cat(
            [torch.nn.functional.cross_entropy(model(xs, ns), targets, reduction="none") for xs, ns, targets in batches]
        )
    assert got == pytest.approx(each.mean().item(), abs=1e-6)


def test_fit_trains_in_training_mode_and_accuracy_restores_the_mode():
    model = torch_models.SequenceClassifier(2, 3, 2).eval()
    torch_models.fit(model, toy_loader(4), epochs=1, lr=0.01)
    assert model.training
    torch_models.accuracy(model, toy_loader(4))
    assert model.training
    torch_models.accuracy(model.eval(), toy_loader(4))
    assert not model.training


def test_accuracy_counts_examples():
    class Always(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.p = torch.nn.Parameter(torch.zeros(1))

        def forward(self, xs, lengths):
            return torch.tensor([[0.0, 1.0]]).expand(len(lengths), 2)

    batches = [torch_models.collate([(torch.ones(1, 1), t) for t in targets]) for targets in ([1, 1, 0], [0])]
    assert torch_models.accuracy(Always(), batches) == 0.5


# --------------------------------------------------------------------------------------------------- files, device, seeds


def test_what_is_saved_can_be_loaded(tmp_path):
    one, other = (torch_models.SequenceClassifier(2, 3, 2) for _ in range(2))
    xs, lengths = draw(4, 2, 2, dtype=torch.float32), torch.tensor([4, 2])
    assert not torch.equal(one(xs, lengths), other(xs, lengths))
    torch_models.save(one, tmp_path / "model.pt")
    assert torch_models.load(other, tmp_path / "model.pt") is other
    assert torch.equal(one(xs, lengths), other(xs, lengths))
    with pytest.raises(ValueError, match=r"model\.pt do not fit this module"):
        torch_models.load(torch_models.SequenceClassifier(2, 4, 2), tmp_path / "model.pt")


def test_the_device_exists():
    assert torch.zeros(1, device=torch_models.device()).device.type in {"cuda", "mps", "cpu"}


def test_a_seed_sets_the_weights_and_gives_a_generator_of_its_own():
    first = torch_models.seeded(3)
    a, order = torch.rand(2), torch.randperm(9, generator=first)
    second = torch_models.seeded(3)
    torch.rand(100)
    assert torch.equal(order, torch.randperm(9, generator=second))
    torch_models.seeded(3)
    assert torch.equal(a, torch.rand(2))


# ------------------------------------------------------------------------------------------------------------ bad input


def pairs(*sequences):
    return [(s, 0) for s in sequences]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda m: m.GRUCell(0, 4), r"I is 0, but should be an integer"),
        (lambda m: m.GRUCell(3, 2.5), r"H is 2\.5, but should be an integer"),
        (lambda m: m.GRUCell(3, 4)(torch.ones(3)), r"x has shape \(3,\), but should have 2 axes, \(B, I\)"),
        (lambda m: m.GRUCell(3, 4)(torch.ones(2, 5)), r"x has shape \(2, 5\), but its I should be 3"),
        (lambda m: m.GRUCell(3, 4)(torch.ones(0, 3)), r"x has shape \(0, 3\): axis B is empty"),
        (lambda m: m.GRUCell(3, 4)(np.ones((2, 3))), r"x is a ndarray, but should be a tensor"),
        (lambda m: m.GRUCell(3, 4)(torch.ones(2, 3, dtype=int)), r"x holds torch\.int64, but should hold floats"),
        (lambda m: m.GRUCell(3, 4)(torch.full((2, 3), torch.nan)), r"x holds NaN or infinity"),
        (lambda m: m.GRUCell(3, 4)(torch.ones(2, 3), torch.ones(3, 4)), r"h has shape \(3, 4\), but its B should be 2"),
        (lambda m: m.GRULayer(3, 4, layers=0), r"layers is 0"),
        (lambda m: m.GRULayer(3, 4)(torch.ones(5, 2)), r"xs has shape \(5, 2\), but should have 3 axes, \(T, B, I\)"),
        (
            lambda m: m.GRULayer(3, 4)(torch.ones(5, 2, 3), torch.ones(2, 2, 4)),
            r"h0 has shape \(2, 2, 4\), but its L should be 1",
        ),
        (
            lambda m: m.GRULayer(3, 4)(torch.ones(5, 2, 3), lengths=torch.tensor([5, 6])),
            r"lengths holds 6, but should lie between 1 and 5",
        ),
        (lambda m: m.SequenceClassifier(3, 4, 0), r"classes is 0"),
        (lambda m: m.SequenceClassifier(3, 4, 2)(torch.ones(5, 2, 3), [5, 5]), r"lengths is a list"),
        (
            lambda m: m.SequenceClassifier(3, 4, 2)(torch.ones(5, 2, 3), torch.tensor([5.0, 5])),
            r"lengths holds torch\.float32, but should hold integers",
        ),
        (
            lambda m: m.SequenceClassifier(3, 4, 2)(torch.ones(5, 2, 3), torch.tensor([5])),
            r"lengths has shape \(1,\), but should be \(2,\)",
        ),
        (
            lambda m: m.SequenceClassifier(3, 4, 2)(torch.ones(5, 2, 3), torch.tensor([5, 0])),
            r"lengths holds 0, but should lie between 1 and 5",
        ),
        (lambda m: m.collate([]), r"batch is an empty list"),
        (lambda m: m.collate([torch.ones(2, 1)]), r"batch\[0\] is a Tensor, but should be a pair"),
        (lambda m: m.collate(pairs(torch.ones(2, 1), torch.ones(2, 2))), r"batch\[1\]\[0\] .* its I should be 1"),
        (lambda m: m.collate(pairs(torch.ones(0, 1))), r"batch\[0\]\[0\] .* axis T is empty"),
        (lambda m: m.collate(pairs(torch.full((2, 3), torch.nan))), r"batch\[0\]\[0\] holds NaN"),
        (lambda m: m.collate([(torch.ones(2, 1), 0.5)]), r"batch\[0\]\[1\] is 0\.5, but should be a class"),
        (lambda m: m.collate([(torch.ones(2, 1), -1)]), r"batch\[0\]\[1\] is -1, but should be a class"),
        (lambda m: m.fit(m.SequenceClassifier(1, 1, 1), [], 1, 0.1), r"loader is empty"),
        (lambda m: m.fit(m.SequenceClassifier(1, 1, 1), [], 0, 0.1), r"epochs is 0"),
        (lambda m: m.fit(m.SequenceClassifier(1, 1, 1), [], 1, -0.1), r"lr is -0\.1"),
        (lambda m: m.accuracy(m.SequenceClassifier(1, 1, 1), []), r"loader is empty"),
        (
            lambda m: m.to_params(torch.nn.Linear(2, 3)),
            r"state holds 'weight', but should hold only names such as 'weight_ih_l0'",
        ),
        (
            lambda m: m.to_params(torch.nn.GRU(2, 3, 2, bidirectional=True)),
            r"module has 2 layers of 2 directions, but should",
        ),
        (
            lambda m: m.to_params(torch.nn.LSTM(2, 3)),
            r"for the arrays '…_l0': weight_hh has shape \(12, 3\), but its 3H",
        ),
        (lambda m: m.to_module((1, 2)), r"p is a tuple, but should be GRUParams"),
    ],
)
def test_bad_input_is_refused_by_name(what, message):
    with pytest.raises(ValueError, match=message):
        what(torch_models)


# ----------------------------------------------------------------------------------------------------------- loaded late


def test_torch_is_loaded_only_when_it_is_used():
    code = (
        "import sys, gru_ref, grader\n"
        "from grader.exercises import bank\n"
        "bank()\n"
        "assert 'torch' not in sys.modules, 'too early'\n"
        "gru_ref.GRUCell(2, 3)\n"
        "assert 'torch' in sys.modules\n"
        "assert 'GRUCell' in dir(gru_ref)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_the_package_does_not_have_it_says():
    with pytest.raises(AttributeError, match="module 'gru_ref' has no attribute 'GRUCel'"):
        gru_ref.GRUCel  # noqa: B018
