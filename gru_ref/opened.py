"""The course's trained networks, opened: the GRU in each, what it reads, and its loss if the GRU is changed. Lesson 19.

Importing this module imports torch, which takes a second or two; `gru_ref` itself does not.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from scipy.special import log_softmax

from gru_ref.checks import check_index
from gru_ref.chorales import bach_folder, read_score
from gru_ref.conventions import from_state_dict
from gru_ref.corpus import load_corpus
from gru_ref.ctc import ctc_log_likelihoods
from gru_ref.encoder_decoder import EncoderDecoder
from gru_ref.grammar import draw_sentences
from gru_ref.init import init_gru
from gru_ref.language_model import LanguageModel, init_language_model
from gru_ref.layers import network_forward
from gru_ref.music import piano_roll
from gru_ref.music_models import QUARTER, ChoraleRNN, pad_rolls, trained_chorale_model
from gru_ref.padding import length_mask, reverse_padded
from gru_ref.params import GRUParams
from gru_ref.pronouncer import pronunciation_answers, trained_pronouncer
from gru_ref.speech_models import SpeechGRU, trained_speech_model
from gru_ref.spoken import BLANK, batch_of, draw_spoken
from gru_ref.text import trained_writer
from gru_ref.text_models import TextBatches, TextClassifier
from gru_ref.tokens import PAD, START
from gru_ref.torch_models import fit
from gru_ref.traces import Traces, gate_traces, text_windows
from gru_ref.trained import trained_language_model
from gru_ref.trees import astype
from gru_ref.words import encode_batch, vocabulary

TAUGHT_IN = {"*": 18}  # lesson 19 uses them, and asks nothing of them

WINDOWS, LENGTH = 48, 120  # of text: how many, and how many characters in each
SENTENCES, WORDS, CLIPS, CHORALES = 400, 200, 48, 40
EPOCHS = 38


class Cell(NamedTuple):
    """One GRU and what it reads: p GRUParams, xs (T, B, I), h0 (B, H), lengths (B,).

    All in float64: in float32 a gate below 3e-8 is 0, and its logarithm is −∞.
    """

    p: GRUParams
    xs: ndarray
    h0: ndarray
    lengths: ndarray


class Opened(NamedTuple):
    """A network that is opened.

    name: str; cells: tuple of Cell, one for each direction; losses: function of as many GRUParams, put in the place of the
    cells', that returns a (B,) array, the loss of each example; unit: of the loss.
    """

    name: str
    cells: tuple
    losses: Callable
    unit: str


def opened(name, seed=None):
    """Open one of the course's networks, or an untrained one of the same size.

    Parameters
    ----------
    name : one of `NAMES`: "writer" (lesson 05; it reads text that it was trained on), "language" (13), "sentiment" (14), "pronouncer"
        (15, its decoder), "speech" (16, both directions) or "chorales" (17); all but the first read what they were not trained on
    seed : None for the trained network, or an integer, from which an untrained one is drawn as PyTorch draws it; what it reads
        is the same. The sentiment network is not stored: `train_sentiment` trains it, and that of seed 0 is opened here

    Returns
    -------
    opened : Opened

    Raises
    ------
    ValueError
        If there is no such network, or seed is not an integer of at least 0; or as its loader.
    """
    if name not in NAMES:
        raise ValueError(f"name is {name!r}, but should be one of {', '.join(map(repr, NAMES))}")
    if seed is not None:
        check_index("seed", seed)
    return _OPENERS[name](seed)


def traces_of(network):
    """What the gates of an opened network do on all real steps: Traces of (N, H) arrays, the directions' units side by side.

    Raises ValueError unless network is an Opened, as `opened` returns it.
    """
    if not isinstance(network, Opened):
        raise ValueError(f"network is a {type(network).__name__}, but should be an Opened: opened(name) gives one")
    runs = [gate_traces(cell.xs, cell.p, cell.h0, cell.lengths) for cell in network.cells]
    real = length_mask(len(runs[0].hs), network.cells[0].lengths)
    return Traces(*(np.concatenate([part[real] for part in parts], axis=1) for parts in zip(*runs, strict=True)))


def train_sentiment(seed, epochs=EPOCHS):
    """Train the classifier of lesson 14 on 250 pairs of sentences of its grammar.

    Parameters
    ----------
    seed : int, of the network's start and the order of its batches; the sentences are the same for all
    epochs : int

    Returns
    -------
    model : TextClassifier with 32 units, in evaluation mode

    Raises
    ------
    ValueError
        If seed is not an integer of at least 0, or epochs not one of at least 1.
    """
    check_index("seed", seed)
    training, _, ids = _sentences()
    torch.manual_seed(seed)
    model = TextClassifier(len(ids) + 2, 16, 32, 2, "last")
    batches = TextBatches(*encode_batch(training.texts, ids), training.labels, 32, np.random.default_rng([seed, 1]))
    fit(model, batches, epochs, 5e-3)
    return model.eval()


@functools.lru_cache(maxsize=1)
def test_text():
    """The test part of lesson 13's text, a str."""
    return load_corpus()[0].test


# -------------------------------------------------------------------------------------------------------- openers


def _open_writer(seed):
    writer = trained_writer()
    V, (H, _) = len(writer.characters), writer.p.W_hr.shape
    p, W, b = writer.p, writer.W, writer.b
    if seed is not None:
        rng = np.random.default_rng(seed)
        p, (W, b) = init_gru(V, H, rng), _readout(V, H, rng)
    text = test_text().translate(_PLAIN_QUOTES)
    ids = np.array([writer.characters.index(c) for c in text if c in writer.characters])
    return _text_reader("writer", np.eye(V), p, W, b, ids)


def _open_language(seed):
    p, characters, _ = trained_language_model()
    if seed is not None:
        (V, E), H = p.embedding.shape, p.W.shape[1]
        p = init_language_model("gru", V, E, H, np.random.default_rng(seed), dtype=np.float32)
    return open_language_model(p, characters.ids(test_text()))


def open_language_model(p, ids):
    """Open a LanguageModel of one GRU, which reads windows of a text, ids (M,); ValueError if p is another thing."""
    if not isinstance(p, LanguageModel) or [len(layer) for layer in p.network] != [1]:
        raise ValueError(f"p is a {type(p).__name__}, but should be a LanguageModel of one layer, in one direction")
    ((cell,),) = p.network
    return _text_reader("language", p.embedding, cell, p.W, p.b, ids)


def _text_reader(name, embedding, p, W, b, ids):
    """A GRU that scores the next character, opened on windows of a text."""
    windows = text_windows(ids, WINDOWS, LENGTH + 1, np.random.default_rng(0))
    xs, targets = embedding[windows[:-1]].astype(np.float64), windows[1:]

    def losses(changed):
        scores = log_softmax(gate_traces(xs, changed).hs @ W.T + b, axis=2)
        return -np.take_along_axis(scores, targets[:, :, None], axis=2)[:, :, 0].mean(axis=0) / np.log(2)

    return Opened(name, (_cell(p, xs),), losses, "bits per character")


@functools.lru_cache(maxsize=1)
def _sentences():
    """Training and test sentences of lesson 14's grammar, and the vocabulary."""
    everything = draw_sentences(250 + SENTENCES // 2, np.random.default_rng(0))
    split = 500
    training = everything._replace(texts=everything.texts[:split], labels=everything.labels[:split])
    test = everything._replace(texts=everything.texts[split:], labels=everything.labels[split:])
    return training, test, vocabulary(training.texts, 1)


_trained_sentiment = functools.lru_cache(maxsize=1)(train_sentiment)


def _open_sentiment(seed):
    if seed is None:
        return open_sentiment(_trained_sentiment(0))
    torch.manual_seed(seed)
    return open_sentiment(TextClassifier(len(_sentences()[2]) + 2, 16, 32, 2, "last").eval())


def open_sentiment(model):
    """Open a TextClassifier that reads sentences of lesson 14's grammar."""
    _, test, ids = _sentences()
    batch, lengths = encode_batch(test.texts, ids)
    ((p,),) = from_state_dict("gru", model.state_dict(), "gru.")
    xs = model.embed.weight.detach().double().numpy()[batch]
    W, b = (part.detach().double().numpy() for part in (model.out.weight, model.out.bias))

    def losses(changed):
        final = gate_traces(xs, changed, None, lengths).hs[-1]
        return -log_softmax(final @ W.T + b, axis=1)[np.arange(len(final)), test.labels] / np.log(2)

    return Opened("sentiment", (_cell(p, xs, lengths=lengths),), losses, "bits per sentence")


@functools.lru_cache(maxsize=1)
def _words_to_say():
    """Random test words of lesson 15 and their first listed pronunciation, as numbers: (sources, lengths, targets, lengths)."""
    speaker, answers = trained_pronouncer(), pronunciation_answers()
    some = np.random.default_rng(0).choice(len(answers.words), WORDS, replace=False)
    sources = speaker.letters.encode([list(answers.words[k]) for k in some])
    return *sources, *speaker.phones.encode([answers.said[k][0].split() for k in some])


def _open_pronouncer(seed):
    model, letters, phones, _ = trained_pronouncer()
    if seed is not None:
        torch.manual_seed(seed)
        E, H = model.embed_source.embedding_dim, model.decoder.hidden_size
        model = EncoderDecoder(len(letters), len(phones), E, H, attention=True, bidirectional=True).eval()
    *sources, targets, lengths = _words_to_say()
    sources, source_lengths, targets = map(torch.from_numpy, (*sources, targets))
    inputs = torch.cat([torch.full_like(targets[:1], START), targets[:-1]])
    with torch.inference_mode():
        (keys, mask), h = model.encode(sources, source_lengths)
        xs = model.embed_target(inputs).double().numpy()
    ((p,),) = from_state_dict("gru", model.state_dict(), "decoder.")
    h0 = h[0].double().numpy()

    def losses(changed):
        with torch.inference_mode():
            states = torch.from_numpy(gate_traces(xs, changed, h0).hs).float()
            scores = torch.einsum("ubh,tbh->utb", states, keys).masked_fill(~mask, -torch.inf)
            contexts = torch.einsum("utb,tbh->ubh", scores.softmax(dim=1), keys)
            logits = model.out(torch.tanh(model.mix(torch.cat([states, contexts], dim=2))))
            chosen = logits.log_softmax(dim=2).gather(2, targets[:, :, None])[:, :, 0]
            nats = -(chosen * (targets != PAD)).sum(dim=0).double().numpy()
        return nats / lengths / np.log(2)

    return Opened("pronouncer", (_cell(p, xs, h0, lengths),), losses, "bits per phone")


@functools.lru_cache(maxsize=1)
def _clips():
    """Features of clips by voices that the network of lesson 16 has never heard."""
    clips = draw_spoken(CLIPS, trained_speech_model()[1]["test_voices"], np.random.default_rng(0))
    return batch_of(clips.waves, clips.digits)


def _open_speech(seed):
    model, _ = trained_speech_model()
    if seed is not None:
        torch.manual_seed(seed)
        model = SpeechGRU(model.gru.hidden_size).eval()
    (cells,) = from_state_dict("gru", model.state_dict(), "gru.")
    clips = _clips()
    xs = clips.xs.astype(np.float64)
    W, b = (part.detach().double().numpy() for part in (model.out.weight, model.out.bias))
    backwards = reverse_padded(xs, clips.lengths)

    def losses(*changed):
        hs = network_forward("gru", xs, [changed], clips.lengths)[0]
        said = log_softmax(hs @ W.T + b, axis=2)
        likely = ctc_log_likelihoods(said, clips.targets, clips.lengths, clips.target_lengths, BLANK)
        return -likely / clips.target_lengths / np.log(2)

    both = zip(cells, (xs, backwards), strict=True)
    return Opened("speech", tuple(_cell(p, read, lengths=clips.lengths) for p, read in both), losses, "bits per digit")


@functools.lru_cache(maxsize=1)
def _rolls():
    """Chorales of tunes that the network of lesson 17 has never met, a Rolls."""
    names, folder = trained_chorale_model()[1]["test_names"], bach_folder()
    pieces = [read_score(folder / f"{name}.mxl") for name in names[:CHORALES]]  # all 364 would take seconds
    return pad_rolls([piano_roll(parts, QUARTER) for parts in pieces])


def _open_chorales(seed):
    model, _ = trained_chorale_model()
    if seed is not None:
        torch.manual_seed(seed)
        model = ChoraleRNN("gru", model.layer.hidden_size).eval()
    ((p,),) = from_state_dict("gru", model.state_dict(), "layer.")
    W, b = (part.detach().double().numpy() for part in (model.out.weight, model.out.bias))
    rolls, mask = (part.astype(np.float64) for part in _rolls())
    lengths = mask.sum(axis=0).astype(int)
    xs = np.concatenate([np.zeros_like(rolls[:1]), rolls[:-1]])  # a piece begins with silence

    def losses(changed):
        logits = gate_traces(xs, changed, None, lengths).hs @ W.T + b
        nats = (np.logaddexp(0, logits) - rolls * logits).sum(axis=2)
        return (nats * mask).sum(axis=0) / lengths / np.log(2)

    return Opened("chorales", (_cell(p, xs, lengths=lengths),), losses, "bits per frame")


_PLAIN_QUOTES = str.maketrans('‘’“”"–—', "'''''--")
_OPENERS = {
    "writer": _open_writer,
    "language": _open_language,
    "sentiment": _open_sentiment,
    "pronouncer": _open_pronouncer,
    "speech": _open_speech,
    "chorales": _open_chorales,
}
NAMES = tuple(_OPENERS)


def _cell(p, xs, h0=None, lengths=None):
    T, B, _ = xs.shape
    h0 = np.zeros((B, len(p.W_hr))) if h0 is None else h0
    return Cell(astype(p, np.float64), xs, h0, np.full(B, T) if lengths is None else lengths)


def _readout(V, H, rng):
    bound = 1 / np.sqrt(H)
    return rng.uniform(-bound, bound, (V, H)), rng.uniform(-bound, bound, V)
