"""An encoder–decoder in PyTorch: one GRU reads a sentence, another writes one. Introduced in lesson 15.

Importing this module imports torch, which takes a second or two; `gru_ref` itself does not.
"""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from gru_ref.checks import check_ids, check_lengths, check_size
from gru_ref.tokens import END, PAD, START

TAUGHT_IN = {"*": 12}  # lesson 15 uses them, and asks nothing of them

WARM_UP = 50  # steps until the learning rate is reached


class EncoderDecoder(nn.Module):
    """One GRU reads a sentence; from its last state another one writes the answer, token by token.

    Without attention the last state is all that the decoder knows of the sentence. With it, the decoder's state is
    compared with all states of the encoder after each token (`gru_ref.attend`), and both together score what comes next.

    Parameters
    ----------
    S, V : int, how many numbers the tokens of the two languages have, see `Tokens`
    E, H : int, sizes of a token's vector and of the state
    attention : bool
    bidirectional : bool, whether the encoder also reads from the end; each direction then has H hidden units, and a linear
        layer makes H of 2H
    dropout : float from 0 to 1, of what goes into the GRUs and into the scores

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1, or dropout is not from 0 to 1.

    Source: Cho et al. (2014), arXiv:1406.1078, whose decoder also reads the encoder's last state at each step; here it
    only starts from it, as in Sutskever et al. (2014), arXiv:1409.3215. Global attention with the score "dot" as in Luong
    et al. (2015), arXiv:1508.04025.
    """

    def __init__(self, S, V, E, H, attention=False, bidirectional=False, dropout=0.0):
        super().__init__()
        for name, size in (("S", S), ("V", V), ("E", E), ("H", H)):
            check_size(name, size)
        self.embed_source, self.embed_target = (nn.Embedding(size, E, padding_idx=PAD) for size in (S, V))
        self.encoder = nn.GRU(E, H, bidirectional=bidirectional)
        self.bridge = nn.Linear(2 * H, H) if bidirectional else nn.Identity()
        self.decoder = nn.GRU(E, H)
        self.mix = nn.Linear(2 * H, H) if attention else None
        self.out = nn.Linear(H, V)
        self.dropout = nn.Dropout(dropout)

    def encode(self, sources, lengths):
        """Read sentences.

        Parameters
        ----------
        sources : (T, B) tensor of int64, time first
        lengths : (B,) tensor of int64 from 1 to T

        Returns
        -------
        memory : (keys (T, B, H), mask (T, B)): all states of the encoder, and where they are real
        h : (1, B, H) tensor, the state from which the decoder starts
        """
        embedded = self.dropout(self.embed_source(sources))
        packed, h = self.encoder(pack_padded_sequence(embedded, lengths.cpu(), enforce_sorted=False))
        keys, _ = pad_packed_sequence(packed)
        mask = torch.arange(len(keys), device=keys.device)[:, None] < lengths.to(keys.device)
        return (self.bridge(keys), mask), self.bridge(h.transpose(0, 1).flatten(1))[None]

    def decode(self, memory, inputs, h):
        """Read the tokens of an answer, and score what comes after each.

        Parameters
        ----------
        memory, h : as `encode` returns them; later on h is the state that `decode` returned
        inputs : (U, B) tensor of int64

        Returns
        -------
        logits : (U, B, V) tensor
        h : (1, B, H) tensor
        weights : (U, T, B) tensor, what each token's score looked at; None without attention
        """
        states, h = self.decoder(self.dropout(self.embed_target(inputs)), h)
        weights = None
        if self.mix is not None:
            keys, mask = memory
            scores = torch.einsum("ubh,tbh->utb", states, keys).masked_fill(~mask, -torch.inf)
            weights = scores.softmax(dim=1)
            contexts = torch.einsum("utb,tbh->ubh", weights, keys)
            states = torch.tanh(self.mix(torch.cat([states, contexts], dim=2)))
        return self.out(self.dropout(states)), h, weights

    def forward(self, sources, lengths, inputs):
        """Logits (U, B, V) of answers whose tokens are given: teacher forcing."""
        memory, h = self.encode(sources, lengths)
        return self.decode(memory, inputs, h)[0]


def pair_loss(model, sources, lengths, targets):
    """Mean cross-entropy per token of the answers, in nats, with teacher forcing: what training makes small.

    sources (T, B), lengths (B,) and targets (U, B) are tensors of int64; targets end with the end mark.
    """
    inputs = torch.cat([torch.full_like(targets[:1], START), targets[:-1]])
    logits = model(sources, lengths, inputs)
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)


class PairBatches:
    """Batches of pairs of sentences: a loop over them meets every pair once, in a new order each time.

    Pairs whose sources are about as long come into one batch, so that there is little padding.

    Parameters
    ----------
    sources, source_lengths, targets, target_lengths : (T, N), (N,), (U, N) and (N,) arrays of int64, as `Tokens.encode`
        returns them
    size : int, pairs in a batch; some may be smaller
    rng : numpy.random.Generator that shuffles

    Each item is (sources, lengths, targets), tensors of shape (T, B), (B,) and (U, B), cut to the longest of the batch.

    Raises
    ------
    ValueError
        If shapes or lengths do not fit, or size is not an integer of at least 1.
    """

    POOL = 20  # batches whose pairs are sorted by length together

    def __init__(self, sources, source_lengths, targets, target_lengths, size, rng):
        check_size("size", size)
        check_lengths(source_lengths, *sources.shape)
        check_lengths(target_lengths, *targets.shape)
        if sources.shape[1] != targets.shape[1]:
            raise ValueError(
                f"there are {sources.shape[1]} sources and {targets.shape[1]} targets, but they should be pairs"
            )
        self.parts = [torch.from_numpy(a) for a in (sources, source_lengths, targets, target_lengths)]
        self.size, self.rng = size, rng

    def __len__(self):
        N, pool = len(self.parts[1]), self.size * self.POOL
        return N // pool * self.POOL + -(-(N % pool) // self.size)

    def __iter__(self):
        sources, source_lengths, targets, target_lengths = self.parts
        order = torch.from_numpy(self.rng.permutation(len(source_lengths)))
        batches = []
        for pool in order.split(self.size * self.POOL):
            batches += pool[torch.argsort(source_lengths[pool], stable=True)].split(self.size)
        for k in self.rng.permutation(len(batches)):
            some = batches[k]
            T, U = int(source_lengths[some].max()), int(target_lengths[some].max())
            yield sources[:T, some], source_lengths[some], targets[:U, some]


def fit_pairs(model, batches, epochs, lr):
    """Train on pairs of sentences, with Adam, gradients clipped to a norm of 1, and a rate that rises and then falls to 0.

    Parameters
    ----------
    model : EncoderDecoder; left in training mode
    batches : PairBatches, or another iterable of such batches that has a length and can be gone through again
    epochs : int
    lr : float, the largest learning rate, after 50 steps

    Returns
    -------
    losses : list of floats, the mean loss of each epoch's batches, in nats per token

    Raises
    ------
    ValueError
        If epochs is not an integer of at least 1, batches holds none, or lr is negative.
    """
    check_size("epochs", epochs)
    if not len(batches):
        raise ValueError("batches is empty, but should hold at least one batch")
    optimiser = torch.optim.Adam(model.parameters(), lr)
    steps, done, losses = epochs * len(batches), 0, []
    model.train()
    for _ in range(epochs):
        total = 0.0
        for batch in batches:
            for group in optimiser.param_groups:
                group["lr"] = lr * min(1, (done + 1) / WARM_UP) * (1 - done / steps)
            optimiser.zero_grad()
            loss = pair_loss(model, *batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            total, done = total + loss.item(), done + 1
        losses.append(total / len(batches))
    return losses


def answer_all(model, sources, lengths, max_length):
    """The greedy answers to many sentences at once.

    Parameters
    ----------
    model : EncoderDecoder; left in the mode, training or evaluation, it was in
    sources, lengths : (T, N) and (N,) arrays of int64, as `Tokens.encode` returns them
    max_length : int, the most tokens of an answer

    Returns
    -------
    answers : list of N lists of int, without the end mark
    """
    check_size("max_length", max_length)
    training, answers = model.training, []
    model.eval()
    with torch.inference_mode():
        for some in torch.from_numpy(lengths).argsort(stable=True).split(256):
            T = int(lengths[some.numpy()].max())
            memory, h = model.encode(torch.from_numpy(sources)[:T, some], torch.from_numpy(lengths)[some])
            token, written = torch.full((1, len(some)), START), []
            for _ in range(max_length):
                logits, h, _ = model.decode(memory, token, h)
                token = logits.argmax(dim=2)
                written.append(token)
                if (torch.cat(written) == END).any(dim=0).all():
                    break
            for which, row in zip(some.tolist(), torch.cat(written).T.tolist(), strict=True):
                answers.append((which, row[: row.index(END)] if END in row else row))
    model.train(training)
    return [answer for _, answer in sorted(answers)]


def decoder_of(model, source):
    """The decoder as `greedy_decode` and `beam_search` expect it, for one sentence.

    Parameters
    ----------
    model : EncoderDecoder, in evaluation mode from here on
    source : (T,) array of int64, with its end mark

    Returns
    -------
    step : function ``step(token, h)`` → (logits (V,) array, h)
    h : (1, 1, H) array, the state to start from

    Raises
    ------
    ValueError
        If source is not a (T,) array of at least one integer, or holds one that is no token's number for the model.
    """
    check_ids("source", source, "T", model.embed_source.num_embeddings)
    model.eval()
    with torch.inference_mode():
        memory, h = model.encode(torch.from_numpy(source)[:, None], torch.tensor([len(source)]))

    def step(token, h):
        with torch.inference_mode():
            logits, h, _ = model.decode(memory, torch.tensor([[token]]), torch.from_numpy(h))
        return logits[0, 0].numpy(), h.numpy()

    return step, h.numpy()
