"""A classifier of texts in PyTorch: an embedding, a GRU, pooled states, a linear layer. Introduced in lesson 14.

Importing this module imports torch, which takes a second or two; `gru_ref` itself does not.
"""

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from gru_ref.checks import check_lengths, check_size

TAUGHT_IN = {"*": 12}  # lesson 14 uses them, and asks nothing of them

HOW = ("last", "mean", "max")


class TextClassifier(nn.Module):
    """An embedding turns word numbers into vectors, a GRU reads them, and a linear layer scores its pooled states.

    The pooling is done on packed sequences, as PyTorch unpacks them: zeros behind a text's end do not count in a sum, nor
    does −∞ in a maximum.

    Parameters
    ----------
    V : int, how many word numbers there are, with the padding's 0 and the unknown word's 1
    E, H : int, sizes of a word's vector and of the state
    classes : int
    how : "last", "mean" or "max"

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1, or there is no such `how`.
    """

    def __init__(self, V, E, H, classes, how="last"):
        super().__init__()
        for name, size in (("V", V), ("E", E), ("H", H), ("classes", classes)):
            check_size(name, size)
        if how not in HOW:
            raise ValueError(f"how is {how!r}, but should be one of {', '.join(map(repr, HOW))}")
        self.how = how
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.gru = nn.GRU(E, H)
        self.out = nn.Linear(H, classes)

    def forward(self, ids, lengths):
        """Score a padded batch.

        Parameters
        ----------
        ids : (T, B) tensor of int64, word numbers, time first
        lengths : (B,) tensor of int64 between 1 and T

        Returns
        -------
        logits : (B, classes) tensor, before any softmax
        """
        packed, h_n = self.gru(pack_padded_sequence(self.embed(ids), lengths.cpu(), enforce_sorted=False))
        if self.how == "last":
            return self.out(h_n[-1])
        if self.how == "mean":
            total = pad_packed_sequence(packed)[0].sum(dim=0)
            return self.out(total / lengths.to(total.device)[:, None])
        return self.out(pad_packed_sequence(packed, padding_value=-torch.inf)[0].amax(dim=0))


class TextBatches:
    """Batches of texts for `fit` and `accuracy`: whoever goes through them gets all texts once, in a new order each time.

    Parameters
    ----------
    batch, lengths : (T, N) and (N,) arrays of int64, as `encode_batch` returns them
    labels : (N,) array of integers
    size : int, texts in a batch; the last may be smaller
    rng : numpy.random.Generator that shuffles; None keeps the order

    Each item is (ids, lengths, labels), tensors of shape (T, B), (B,) and (B,), with T the longest length in the batch.

    Raises
    ------
    ValueError
        If shapes or lengths do not fit, or size is not an integer of at least 1.
    """

    def __init__(self, batch, lengths, labels, size, rng=None):
        check_size("size", size)
        if batch.ndim != 2 or labels.shape != batch.shape[1:]:
            raise ValueError(
                f"batch has shape {batch.shape} and labels {labels.shape}, but they should be (T, N) and (N,)"
            )
        check_lengths(lengths, *batch.shape)
        self.parts = [torch.from_numpy(np.array(a, np.int64)) for a in (batch, lengths, labels)]
        self.size, self.rng = size, rng

    def __len__(self):
        return -(-len(self.parts[1]) // self.size)

    def __iter__(self):
        batch, lengths, labels = self.parts
        order = torch.arange(len(lengths))
        if self.rng is not None:
            order = torch.from_numpy(self.rng.permutation(len(lengths)))
        for chosen in order.split(self.size):
            some = lengths[chosen]
            yield batch[: int(some.max()), chosen], some, labels[chosen]


def probabilities(model, batch, lengths):
    """What a classifier makes of some texts.

    Parameters
    ----------
    model : TextClassifier; left in the mode, training or evaluation, it was in
    batch, lengths : (T, N) and (N,) arrays of int64, as `encode_batch` returns them

    Returns
    -------
    probabilities : (N, classes) array of float64, whose rows add up to 1
    """
    training = model.training
    model.eval()
    with torch.inference_mode():
        logits = model(torch.from_numpy(batch), torch.from_numpy(lengths))
    model.train(training)
    return torch.softmax(logits.double(), dim=1).numpy()
