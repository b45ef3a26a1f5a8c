"""The GRU in PyTorch: cell and layer as modules, a classifier of sequences, and what its training needs. Lesson 11.

Importing this module imports torch, which takes a second or two; `gru_ref` itself does not.

Cell and layer can be compiled (``torch.compile``, in one graph) and exported (``torch.export``, ``torch.onnx.export``):
shapes and dtypes are checked then, too, but no values, which are not known yet. tests/peers/test_deployment.py runs all of it.
"""

import math

import numpy as np
import torch
from torch import nn
from torch._C._functorch import is_functorch_wrapped_tensor
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from gru_ref import conventions
from gru_ref.checks import check_size
from gru_ref.params import GRUParams

TAUGHT_IN = {
    "*": 11,  # the GRU in PyTorch
    "accuracy": 10,  # lesson 11 uses it, and asks nothing of it
    "device": 10,  # lesson 11 uses it, and asks nothing of it
    "seeded": 10,  # lesson 11 uses it, and asks nothing of it
}


class GRUCell(nn.Module):
    """One step of a GRU. Its parameters have the names, shapes and order of ``torch.nn.GRUCell``: r, z, n.

    r = σ(W_ir x + b_ir + W_hr h + b_hr)           reset
    z = σ(W_iz x + b_iz + W_hz h + b_hz)           update
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))  candidate
    h_new = (1 - z) * n + z * h

    It compiles and exports to one graph, for any B if that is declared dynamic. A loop over an exported cell reads
    sequences of any length.

    Parameters
    ----------
    I, H : int, sizes of input and state

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1.

    Source: ``torch.nn.GRUCell`` documentation.
    """

    def __init__(self, I, H):
        super().__init__()
        check_size("I", I)
        check_size("H", H)
        bound = 1 / math.sqrt(H)
        for name, shape in _shapes(I, H).items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, x, h=None):
        """Advance by one step.

        Parameters
        ----------
        x : (B, I) tensor, input at this step
        h : (B, H) tensor, previous state; zeros by default

        Returns
        -------
        h_new : (B, H) tensor, unitless

        Raises
        ------
        ValueError
            If a shape does not fit, or a tensor does not hold finite floats.
        """
        H, I = self.weight_hh.shape[1], self.weight_ih.shape[1]
        _check_tensor("x", x, ("B", "I"), B=None, I=I)
        B = x.shape[0]
        h = x.new_zeros(B, H) if h is None else h
        _check_tensor("h", h, ("B", "H"), B=B, H=H)
        return _step(x, h, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


class GRULayer(nn.Module):
    """A GRU over whole sequences, of one or several layers, in one or both directions, written with the step above.

    Its parameters have the names and shapes of ``torch.nn.GRU``, and it returns the same, more slowly.

    It compiles and exports to one graph with all T steps unrolled: B may be dynamic, T is fixed, and a different T is
    compiled again or refused. For any T export the cell, or ``torch.nn.GRU`` with ``torch.onnx.export(…, dynamo=False)``.

    Parameters
    ----------
    I, H : int, sizes of input and state
    layers : int
    bidirectional : bool

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1.

    Source: ``torch.nn.GRU`` documentation.
    """

    def __init__(self, I, H, layers=1, bidirectional=False):
        super().__init__()
        for name, size in (("I", I), ("H", H), ("layers", layers)):
            check_size(name, size)
        self.I, self.H, self.layers = I, H, layers
        self.directions = ("", "_reverse") if bidirectional else ("",)
        bound = 1 / math.sqrt(H)
        for layer in range(layers):
            for direction in self.directions:
                for name, shape in _shapes(I if layer == 0 else H * len(self.directions), H).items():
                    values = torch.empty(shape).uniform_(-bound, bound)
                    self.register_parameter(f"{name}_l{layer}{direction}", nn.Parameter(values))

    def forward(self, xs, h0=None, lengths=None):
        """Run over a batch of sequences.

        Parameters
        ----------
        xs : (T, B, I) tensor, time first
        h0 : (L, B, H) tensor, L layers times directions, in PyTorch's order; zeros by default
        lengths : (B,) tensor of integers from 1 to T; all T by default

        Returns
        -------
        hs : (T, B, H or 2H) tensor, zero in the padding
        h_n : (L, B, H) tensor, the state of each layer and direction after the last real step

        Raises
        ------
        ValueError
            If a shape or length does not fit, or a tensor does not hold finite floats.
        """
        _check_tensor("xs", xs, ("T", "B", "I"), T=None, B=None, I=self.I)
        T, B, _ = xs.shape
        L = self.layers * len(self.directions)
        h0 = xs.new_zeros(L, B, self.H) if h0 is None else h0
        _check_tensor("h0", h0, ("L", "B", "H"), L=L, B=B, H=self.H)
        lengths = torch.full((B,), T, dtype=torch.int64) if lengths is None else lengths
        _check_lengths(lengths, T, B)
        real = (torch.arange(T)[:, None] < lengths.cpu()).to(xs.device)[:, :, None]  # (T, B, 1)
        last, starts = [], iter(h0)
        for layer in range(self.layers):
            outputs = []
            for direction in self.directions:
                names = [f"{name}_l{layer}{direction}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
                weights = [getattr(self, name) for name in names]
                hs, h = self._run(xs, next(starts), real, weights, backward=bool(direction))
                outputs.append(hs)
                last.append(h)
            xs = torch.cat(outputs, dim=2)
        return xs, torch.stack(last)

    def _run(self, xs, h, real, weights, backward):
        hs = [None] * len(xs)
        for t in reversed(range(len(xs))) if backward else range(len(xs)):
            h = torch.where(real[t], _step(xs[t], h, *weights), h)  # in the padding the state stands still
            hs[t] = torch.where(real[t], h, 0.0)
        return torch.stack(hs), h


class SequenceClassifier(nn.Module):
    """A GRU reads a sequence; a linear layer turns its last real state into one score for each class.

    It packs its input, and packed sequences cannot be exported or compiled into a graph (``torch.compile`` runs them
    uncompiled). A subclass whose ``forward`` reads the same states without packing can be, with the same weights and scores::

        hs, _ = self.gru(xs)
        return self.out(hs[lengths - 1, torch.arange(lengths.shape[0])])

    Parameters
    ----------
    I, H : int, sizes of input and state
    classes : int, how many classes

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1.
    """

    def __init__(self, I, H, classes):
        super().__init__()
        for name, size in (("I", I), ("H", H), ("classes", classes)):
            check_size(name, size)
        self.gru = nn.GRU(I, H)
        self.out = nn.Linear(H, classes)

    def forward(self, xs, lengths):
        """Score a padded batch.

        Parameters
        ----------
        xs : (T, B, I) tensor, time first, padded at the end
        lengths : (B,) tensor of integers from 1 to T

        Returns
        -------
        logits : (B, classes) tensor, before any softmax

        Raises
        ------
        ValueError
            If a shape or length does not fit, or `xs` does not hold finite floats.
        """
        _check_tensor("xs", xs, ("T", "B", "I"), T=None, B=None, I=self.gru.input_size)
        _check_lengths(lengths, *xs.shape[:2])
        packed = pack_padded_sequence(xs, lengths.cpu(), enforce_sorted=False)
        _, h_n = self.gru(packed)
        return self.out(h_n[-1])


def collate(batch):
    """Put sequences of different lengths into one batch, for a DataLoader's ``collate_fn``.

    Parameters
    ----------
    batch : list of pairs (sequence, target): a (T_i, I) tensor of floats, and the number of its class

    Returns
    -------
    xs : (T, B, I) tensor, time first, T the longest length, zero after each sequence's end
    lengths : (B,) tensor of int64
    targets : (B,) tensor of int64

    Raises
    ------
    ValueError
        If the batch or a sequence is empty, a sequence does not hold finite floats, sizes differ, or a target is not an
        integer of at least 0.
    """
    if not isinstance(batch, (list, tuple)) or not batch:
        raise ValueError(f"batch is {_named(batch)}, but should be a list of at least one pair (sequence, target)")
    sequences, targets = [], []
    for i, pair in enumerate(batch):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ValueError(f"batch[{i}] is {_named(pair)}, but should be a pair (sequence, target)")
        I = sequences[0].shape[1] if sequences else None
        _check_tensor(f"batch[{i}][0]", pair[0], ("T", "I"), T=None, I=I)
        target = pair[1].item() if isinstance(pair[1], (torch.Tensor, np.generic)) and pair[1].ndim == 0 else pair[1]
        if isinstance(target, bool) or not isinstance(target, int) or target < 0:
            raise ValueError(f"batch[{i}][1] is {pair[1]!r}, but should be a class, an integer of at least 0")
        sequences.append(pair[0])
        targets.append(target)
    lengths = torch.tensor([len(s) for s in sequences])
    return pad_sequence(sequences), lengths, torch.tensor(targets)


def fit(model, loader, epochs, lr):
    """Train a classifier with Adam, cross-entropy and gradients clipped to a norm of 1.

    Parameters
    ----------
    model : module called as ``model(xs, lengths)`` → logits
    loader : DataLoader, or list, of batches (xs, lengths, targets)
    epochs : int, how often to go through all batches
    lr : float above 0, Adam's learning rate

    Returns
    -------
    losses : list of floats, the mean loss per *example* of each epoch, in nats, measured while it trains

    Raises
    ------
    ValueError
        If epochs is not an integer of at least 1, lr is not a finite number above 0, or the loader is empty.
    """
    check_size("epochs", epochs)
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr is {lr!r}, but should be a finite number above 0")
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    where = next(model.parameters()).device
    model.train()
    losses = []
    for _ in range(epochs):
        total = count = 0
        for xs, lengths, targets in loader:
            loss = functional.cross_entropy(model(xs.to(where), lengths), targets.to(where))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            total += loss.item() * len(targets)
            count += len(targets)
        if not count:
            raise ValueError("loader is empty, but should hold at least one batch")
        losses.append(total / count)
    return losses


def accuracy(model, loader):
    """Share of the examples whose highest score is that of their class.

    Parameters
    ----------
    model : module called as ``model(xs, lengths)`` → logits; its mode, training or evaluation, is unchanged
    loader : DataLoader, or list, of batches (xs, lengths, targets)

    Returns
    -------
    share : float from 0 to 1

    Raises
    ------
    ValueError
        If the loader is empty.
    """
    where, training = next(model.parameters()).device, model.training
    model.eval()
    right = count = 0
    with torch.inference_mode():
        for xs, lengths, targets in loader:
            guesses = model(xs.to(where), lengths).argmax(dim=1)
            right += (guesses == targets.to(where)).sum().item()
            count += len(targets)
    model.train(training)
    if not count:
        raise ValueError("loader is empty, but should hold at least one batch")
    return right / count


def device():
    """The device to compute on: CUDA if there is one, else Apple's mps, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def seeded(seed):
    """Seed PyTorch's global generator, which draws a new module's weights, and return a second generator.

    Parameters
    ----------
    seed : int

    Returns
    -------
    generator : torch.Generator, for a DataLoader's shuffling, which then does not depend on other random draws
    """
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def save(model, path):
    """Save a module's weights, and nothing else, to a file."""
    torch.save(model.state_dict(), path)


def load(model, path):
    """Load weights saved by `save` into a module made with the same sizes, and return it.

    ``weights_only=True``: a file from elsewhere can hold numbers, but no code to run.

    Raises
    ------
    ValueError
        If the file's parameters have other names or shapes than the module's.
    """
    state = torch.load(path, map_location=next(model.parameters()).device, weights_only=True)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"the weights in {path} do not fit this module: {error}") from error
    return model


def to_module(p):
    """A ``GRUCell`` with the parameters `p`, in their dtype.

    Parameters
    ----------
    p : GRUParams

    Returns
    -------
    cell : GRUCell; its ``state_dict()`` also fits ``torch.nn.GRUCell(I, H)``

    Raises
    ------
    ValueError
        If p is not GRUParams, or its arrays do not fit one another.
    """
    if not isinstance(p, GRUParams):
        raise ValueError(f"p is a {type(p).__name__}, but should be GRUParams")
    packed = conventions.to_torch(p)
    H, I = p.W_ir.shape
    cell = GRUCell(I, H).to(torch.from_numpy(p.W_ir).dtype)
    cell.load_state_dict({name: torch.from_numpy(array) for name, array in packed._asdict().items()})
    return cell


def to_params(module):
    """The parameters of a cell, or of a layer of GRUs with one layer and one direction, as NumPy arrays.

    Parameters
    ----------
    module : GRUCell, torch.nn.GRUCell, or a one-layer GRULayer or torch.nn.GRU; for several layers or both directions
        use `conventions.from_state_dict`

    Returns
    -------
    p : GRUParams, copies; all biases are 0 where the module has ``bias=False``

    Raises
    ------
    ValueError
        If the module has other parameters, several layers, or two directions.
    """
    network = conventions.from_state_dict("gru", module.state_dict())
    if len(network) > 1 or len(network[0]) > 1:
        raise ValueError(
            f"module has {len(network)} layers of {len(network[0])} directions, but should have one of one: "
            'gru_ref.from_state_dict("gru", module.state_dict()) reads them all'
        )
    return network[0][0]


def _shapes(I, H):
    return {"weight_ih": (3 * H, I), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}


def _step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    i_r, i_z, i_n = functional.linear(x, weight_ih, bias_ih).chunk(3, dim=1)
    h_r, h_z, h_n = functional.linear(h, weight_hh, bias_hh).chunk(3, dim=1)
    r = torch.sigmoid(i_r + h_r)
    z = torch.sigmoid(i_z + h_z)
    n = torch.tanh(i_n + r * h_n)
    return (1 - z) * n + z * h


def _check_tensor(name, tensor, axes, **sizes):
    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"{name} is a {type(tensor).__name__}, but should be a tensor")
    if not tensor.is_floating_point():
        raise ValueError(f"{name} holds {tensor.dtype}, but should hold floats: try {name}.float()")
    shape = tuple(tensor.shape)
    if len(shape) != len(axes):
        raise ValueError(f"{name} has shape {shape}, but should have {len(axes)} axes, ({', '.join(axes)})")
    for axis, got in zip(axes, shape, strict=True):
        if got == 0:
            raise ValueError(f"{name} has shape {shape}: axis {axis} is empty, but should hold at least one")
        if sizes[axis] is not None and got != sizes[axis]:
            raise ValueError(f"{name} has shape {shape}, but its {axis} should be {sizes[axis]}")
    if _has_values(tensor) and not torch.isfinite(tensor).all():
        raise ValueError(f"{name} holds NaN or infinity, but should hold finite numbers")


def _check_lengths(lengths, T, B):
    if not isinstance(lengths, torch.Tensor):
        raise ValueError(f"lengths is a {type(lengths).__name__}, but should be a tensor")
    if lengths.is_floating_point() or lengths.is_complex() or lengths.dtype == torch.bool:
        raise ValueError(f"lengths holds {lengths.dtype}, but should hold integers: try lengths.long()")
    if tuple(lengths.shape) != (B,):
        raise ValueError(f"lengths has shape {tuple(lengths.shape)}, but should be ({B},), one for each sequence")
    if _has_values(lengths) and len(outside := lengths[(lengths < 1) | (lengths > T)]):
        raise ValueError(f"lengths holds {outside[0]}, but should lie between 1 and {T}, the number of steps")


def _has_values(tensor):
    """Whether a branch may depend on the numbers in a tensor.

    A compiler, an exporter and vmap record the operations for other numbers than these; on the device meta there are none.
    """
    recorded = torch.compiler.is_compiling() or torch.jit.is_tracing() or is_functorch_wrapped_tensor(tensor)
    return not (recorded or tensor.is_meta)


def _named(value):
    return f"{'an empty' if isinstance(value, (list, tuple)) and not value else 'a'} {type(value).__name__}"
