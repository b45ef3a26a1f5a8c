"""How to call answers that are classes, or that take tensors: each use returns values that can be compared.

This runs in the answer's process. So nothing here knows the right answer, and torch is imported within functions, so
that nobody waits for it before lesson 11.
"""

import functools
import inspect
import json

import numpy as np

from grader.answer.outer_names import data_from_outside
from grader.base.settings import torch_settings
from grader.base.tensors import to_arrays

FEWEST_WEIGHTS = 24  # fewer drawn weights tell nothing about their spread


def used(use, answer):
    """`answer` as a function of the arguments drawn for `use`, which is None if `answer` takes them itself.

    A use makes tensors and computes gradients, so PyTorch has the course's settings meanwhile.
    """
    if not use:
        return answer
    if "torch" not in use.__code__.co_names:  # it makes no tensors, and nobody should wait for PyTorch
        return functools.partial(use, answer)
    _import_what_is_imported_late(use is train_a_small_model)

    def use_it(*args):
        with torch_settings():
            return to_arrays(use(answer, *args))

    return use_it


@functools.cache
def _import_what_is_imported_late(optimiser):
    """PyTorch imports parts of itself at the first gradient and the first optimiser: do that before the time runs."""
    import torch

    with torch_settings():
        parameter = torch.zeros(1, requires_grad=True)
        parameter.backward(torch.ones(1))
        if optimiser:
            torch.optim.Adam([parameter]).step()


def step_and_gradients(GRUCell, I, H, weights, x, h, dh_new):
    """The result of a cell with these weights for h and then −h, the gradients, and how its weights were first drawn."""
    import torch

    torch.default_generator.manual_seed(0)
    cell = GRUCell(I, H)
    start = {name: value.clone() for name, value in cell.state_dict().items()}
    load(cell, weights)
    check_forward(cell, "x", "h")
    x, h = (torch.tensor(a, requires_grad=True) for a in (x, h))
    h_new = cell(x, h)
    if getattr(h_new, "requires_grad", False) and h_new.shape == dh_new.shape:
        h_new.backward(torch.tensor(dh_new))
    with torch.no_grad():
        again = cell(x, -h)
    return {
        "h_new": h_new,
        "h_new, from −h afterwards": again,
        "weights at the start": _first_weights(start, H),
        **{f"{name}.grad": getattr(cell, name).grad for name in weights},
        "x.grad": x.grad,
        "h.grad": h.grad,
    }


def put_together(collate, sequences, targets):
    """The result of `collate` for sequences (T, I) and their classes, if it is three tensors of the right kinds."""
    import torch

    batch = [(torch.tensor(s), int(t)) for s, t in zip(sequences, targets, strict=True)]
    result = collate(batch)
    if isinstance(result, (tuple, list)) and len(result) == 3:
        for name, part in zip(("xs", "lengths", "targets"), result, strict=True):
            if not isinstance(part, torch.Tensor):
                raise TypeError(f"{name} should be a tensor, but is of type {type(part).__name__}")
            if name != "xs" and not part.is_floating_point() and part.dtype != torch.int64:
                raise TypeError(f"{name} holds {part.dtype}, but should hold torch.int64")
        result = tuple(result)
    return result


def score_twice(SequenceClassifier, I, H, classes, weights, xs, lengths, dlogits):
    """The classifier's logits (B, classes) for xs (T, B, I) in training, twice, and one gradient for `dlogits`."""
    import torch

    torch.default_generator.manual_seed(0)
    model = load(SequenceClassifier(I, H, classes), weights)
    check_forward(model, "xs", "lengths")
    xs, lengths = torch.tensor(xs), torch.tensor(lengths)
    logits = model(xs, lengths)
    if getattr(logits, "requires_grad", False) and logits.shape == dlogits.shape:
        logits.backward(torch.tensor(dlogits))
    with torch.no_grad():
        again = model(xs, lengths)
    gradient = dict(model.named_parameters())["gru.weight_hh_l0"].grad
    return {"logits": logits, "logits, asked again": again, "gru.weight_hh_l0.grad": gradient}


def train_a_small_model(fit, xs, lengths, targets, weights, batch_size, epochs, lr):
    """What `fit` returns for a linear layer's training, what it did to the weights, and in which mode the layer ran.

    xs (T, N, I) holds N sequences of these lengths, padded with zeros.
    """
    import torch
    from torch.utils.data import DataLoader

    xs, lengths, targets = map(torch.tensor, (xs, lengths, targets))

    class LastReading(torch.nn.Module):
        """A linear layer on each sequence's last real step: fast, and as good as any for watching `fit`."""

        def __init__(self):
            super().__init__()
            self.out = torch.nn.Linear(*weights["out.weight"].shape[::-1])
            self.modes = set()

        def forward(self, xs, lengths):
            self.modes.add("training mode" if self.training else "evaluation mode")
            self.logits = self.out(xs[lengths - 1, torch.arange(len(lengths))])
            return self.logits

    def batch_of(chosen):
        return elsewhere(xs[: lengths[chosen].max(), chosen]), lengths[chosen], elsewhere(targets[chosen])

    model = load(LastReading(), weights).eval()
    losses = fit(model, DataLoader(range(len(targets)), batch_size, collate_fn=batch_of), epochs, lr)
    kind = "float"
    if isinstance(losses, torch.nn.Module):
        losses = "the model"
    if isinstance(losses, torch.Tensor):
        kind, losses = "not a list of floats, but one tensor", losses.detach().double()
    if isinstance(losses, (list, tuple)) and losses:
        kind = "tensor" if isinstance(losses[0], torch.Tensor) else type(losses[0]).__name__
        if all(np.ndim(loss.detach() if kind == "tensor" else loss) == 0 for loss in losses):
            losses = np.array([float(loss) for loss in losses])
    return {
        "losses": losses,
        "kind of a loss": "float" if kind in ("float64", "float32") else kind,
        "the model ran in": ", ".join(sorted(model.modes)) or "no mode: it was never called",
        "weights after training": model.out.weight,
        "the last batch's graph": _graph(model),
    }


def elsewhere(tensor):
    """The tensor as if it were on another device: it must be moved by `to` before anything is computed with it."""
    import torch

    class Elsewhere(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            name = getattr(function, "__name__", "")
            if name not in _WHEREVER_IT_IS:
                raise RuntimeError("Expected all tensors to be on the same device, but found at least two devices")
            with torch._C.DisableTorchFunctionSubclass():
                result = function(*args, **(kwargs or {}))
            return result.as_subclass(torch.Tensor) if isinstance(result, torch.Tensor) else result

    return tensor.as_subclass(Elsewhere)


_WHEREVER_IT_IS = {
    "to",
    "cpu",
    "__get__",
    "size",
    "dim",
    "numel",
    "__len__",
}  # "__get__" serves shape, dtype and the like


def _graph(model):
    """Whether the graph that led to a model's last logits is still there after training."""
    import torch

    try:
        torch.autograd.grad(model.logits.sum(), model.out.weight)
    except (AttributeError, RuntimeError):  # no logits; or their graph was freed by `backward`
        return "freed"
    return "kept"


def gates_of_ablated(ablate, p, gate, value, x, h):
    """What the gates of the returned parameters are for x and h, and the candidate that they make with r = 1/2."""
    q = ablate(p, gate, value)
    if type(q) is not type(p):
        raise TypeError(f"the result should be a GRUParams, but is of type {type(q).__name__}: try p._replace(…)")
    for name, array, original in zip(p._fields, q, p, strict=True):
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{name} should be a NumPy array, but is of type {type(array).__name__}")
        if array.shape != original.shape:
            raise ValueError(f"{name} has shape {array.shape}, but should keep its shape {original.shape}")
        if not np.isfinite(array).all():
            raise ArithmeticError(f"{name} holds NaN or infinity, where a bias of ±1000 would do")

    def opening(name):
        a = x @ q[f"W_i{name}"].T + q[f"b_i{name}"] + h @ q[f"W_h{name}"].T + q[f"b_h{name}"]
        return 0.5 + 0.5 * np.tanh(a / 2)

    q = q._asdict()
    n = np.tanh(x @ q["W_in"].T + q["b_in"] + 0.5 * (h @ q["W_hn"].T + q["b_hn"]))
    return {"r": opening("r"), "z": opening("z"), "n": n}


def load(module, weights):
    """Put named arrays into a module, or say how its parameters differ from them."""
    import torch

    found = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    wanted = {name: value.shape for name, value in weights.items()}
    differences = {
        "missing": _listed({n: shape for n, shape in wanted.items() if n not in found}),
        "too many": _listed({n: shape for n, shape in found.items() if n not in wanted}),
        "of another shape": ", ".join(
            f"{n} {found[n]} for {wanted[n]}" for n in wanted if n in found and found[n] != wanted[n]
        ),
    }
    if any(differences.values()):
        told = "; ".join(f"{what}: {which}" for what, which in differences.items() if which)
        raise ValueError(f"the parameters don't fit. {told[0].upper()}{told[1:]}")
    module.double().load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    return module


def check_forward(module, *names):
    """Raise TypeError unless the module's `forward` takes these arguments, in this order."""
    signature = inspect.signature(module.forward)
    try:
        signature.bind(*names)
        if set(signature.parameters) == set(names) and tuple(signature.parameters) != names:
            raise TypeError
    except TypeError:
        got = ", ".join(inspect.signature(type(module).forward).parameters)
        raise TypeError(f"forward takes ({got}), but should take (self, {', '.join(names)})") from None


def _first_weights(start, H):
    """How parameters were drawn, in words, if there are enough of them to tell."""
    bound = H**-0.5
    matrices = np.concatenate([value.numpy().ravel() for name, value in start.items() if name.startswith("weight")])
    biases = np.concatenate([value.numpy().ravel() for name, value in start.items() if name.startswith("bias")])
    both = np.concatenate([matrices, biases])
    if not matrices.any():
        return "zero"
    if not np.abs(both).max() <= 1.001 * bound:
        return "beyond ±1/√H"
    if matrices.size >= FEWEST_WEIGHTS and matrices.min() >= 0:
        return "never negative"
    if matrices.size >= FEWEST_WEIGHTS and np.abs(matrices).max() < 0.8 * bound:
        return "not as far as ±1/√H"
    return "the biases zero" if not biases.any() else "within ±1/√H"


def _listed(shapes):
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


def write_by_table(sample, table, first, n, temperature, rng):
    """What `sample` draws where the logits (V,) stand in a table (M, V, V).

    After the k-th character, c, they are ``table[k % M, c]``: the state counts, so an answer must hand it on. Several
    characters at once are refused: the logits would get one more axis at each step, and soon fill the memory.
    """

    def step(character, h):
        if np.size(character) != 1:
            raise TypeError(f"step takes one character, an integer, but was given {np.size(character)} numbers")
        return table[h[0] % len(table), character].copy(), h + 1

    return sample(step, np.array([0]), first, n, temperature, rng)


def cut_into_streams(streams, ids, T, B):
    """The two arrays, those of integers as int64: any integers are right."""
    return _with_wide_integers(streams(ids, T, B))


def encode_texts(encode_batch, texts, ids):
    """The batch and the lengths, those of integers as int64: any integers are right."""
    return _with_wide_integers(encode_batch(texts, ids))


def _with_wide_integers(parts):
    """What an answer returned; if it is a tuple, its arrays of integers hold int64."""
    if type(parts) is not tuple:
        return parts
    return tuple(
        part.astype(np.int64) if isinstance(part, np.ndarray) and part.dtype.kind in "iu" else part for part in parts
    )


def lay_out_folds(rolling_origin, n, first, horizon, step):
    """The folds, from a list or generator of pairs, with an array for each list or range of places in them."""
    folds = rolling_origin(n, first, horizon, step)
    if inspect.isgenerator(folds) or isinstance(folds, zip):
        folds = list(folds)
    return [_as_places(fold) for fold in folds] if isinstance(folds, list) else folds


def _as_places(fold):
    """A pair of training and test, each as an array of int64 if it holds integers, whatever their kind."""
    if not isinstance(fold, (list, tuple)):
        return fold
    if any(isinstance(part, slice) for part in fold):
        raise TypeError("a part is a slice, but should be an array of places: np.arange(start, stop)")
    return tuple(np.array(part, int) if _holds_integers(part) else part for part in fold)


def _holds_integers(part):
    if isinstance(part, np.ndarray):
        return np.issubdtype(part.dtype, np.integer)
    return isinstance(part, (list, tuple, range)) and all(isinstance(place, (int, np.integer)) for place in part)


def decode_by_table(greedy_decode, table, start, end, max_length):
    """What `greedy_decode` answers with a decoder whose logits (V,) stand in a table (M, V).

    More than `max_length` calls of it are refused.
    """
    step, calls = _reader(table), 0

    def counted(token, h):
        nonlocal calls
        calls += 1
        return step(token, h)

    tokens = greedy_decode(counted, np.array([0]), start, end, max_length)
    if calls > max_length:
        raise RuntimeError(f"step was called {calls} times, but at most {max_length} calls are allowed")
    return tokens


def search_by_table(beam_search, table, start, end, width, max_length):
    """What `beam_search` answers with a decoder whose logits (V,) stand in a table (M, V)."""
    return beam_search(_reader(table), np.array([0]), start, end, width, max_length)


def move_into_a_new_array(transpose, roll, semitones):
    """What `transpose` answers, if that is not the caller's own array, nor a part of it."""
    before = roll.copy()
    moved = transpose(roll, semitones)
    if isinstance(moved, np.ndarray) and np.shares_memory(moved, roll) and np.array_equal(roll, before):
        raise RuntimeError("the result shares its memory with roll: it should be a new array")
    return moved


def _reader(table):
    """A decoder's ``step``: its state is the number of a row, and depends on every token that was read, and their order."""

    def step(token, h):
        row = (3 * int(h[0]) + int(token) + 1) % len(table)
        return table[row].copy(), np.array([row])

    return step


def as_text(report):
    """What a function without arguments returns, as a text: JSON, ``{"outside": [name, …], "returned": value}``.

    So what is judged is plain text: nothing of what the answer returned can do anything while it is judged. "outside" holds
    the names of data that the function takes from the notebook. A dict is ``{"pairs": [[key, value], …]}``. A value that is
    no number, text, boolean or None, and no dict, list, tuple or array of these, is ``{"other": name of its class}``.
    """
    return json.dumps({"outside": data_from_outside(report), "returned": _plain(report(), _MOST_LEVELS)})


_MOST_LEVELS = 4


def _plain(value, levels):
    value = value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if levels and isinstance(value, dict):
        return {"pairs": [[_plain(part, levels - 1) for part in pair] for pair in value.items()]}
    if levels and isinstance(value, (list, tuple)):
        return [_plain(part, levels - 1) for part in value]
    return {"other": type(value).__name__}
