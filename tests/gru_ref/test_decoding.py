"""Decoders: width 1 is greedy, full width is exhaustive, states move with their hypotheses; the loss is PyTorch's."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from gru_ref.decoding import beam_search, greedy_decode, sequence_loss, shift_right

START, END, V = 9, 0, 3
seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=100, deadline=None)


def decoder(seed, V=V, scale=2.0):
    """A step whose scores depend on all that was read, and its first state: what was read so far, and in which order."""

    def step(token, h):
        h = (*h, token)
        return np.random.default_rng([seed, *h]).normal(0, scale, V), h

    return step, ()


def log_prob(step, h, tokens):
    """Nats of a sequence of tokens, one by one."""
    total, token = 0.0, START
    for following in tokens:
        logits, h = step(token, h)
        total += torch.log_softmax(torch.from_numpy(logits), 0)[following].item()
        token = following
    return total


def all_answers(max_length, V=V):
    """Everything that can be written in `max_length` calls: to its end mark, or without one to the limit."""
    for length in range(1, max_length + 1):
        for tokens in itertools.product(range(V), repeat=length):
            if END not in tokens[:-1] and (tokens[-1] == END or length == max_length):
                yield tokens


@many
@given(seed, st.integers(1, 5))
def test_full_width_is_exhaustive_search(seed, max_length):
    step, h = decoder(seed)
    best = max(all_answers(max_length), key=lambda tokens: log_prob(step, h, tokens) / len(tokens))
    found = beam_search(step, h, START, END, V**max_length, max_length)
    assert found == [token for token in best if token != END]


@many
@given(seed, st.integers(1, 12), st.sampled_from([0.5, 3.0]))
def test_a_width_of_one_is_greedy(seed, max_length, scale):
    step, h = decoder(seed, scale=scale)
    assert beam_search(step, h, START, END, 1, max_length) == greedy_decode(step, h, START, END, max_length)


def in_plain_words(step, h, width, max_length):
    """The contract of beam search once more, with a list of all continuations and no arrays."""
    unfinished, finished = [((), 0.0)], []
    for _ in range(max_length):
        grown = [((*tokens, v), log_prob(step, h, (*tokens, v))) for tokens, _ in unfinished for v in range(V)]
        kept = sorted(grown, key=lambda pair: -pair[1])[:width]
        finished += [pair for pair in kept if pair[0][-1] == END]
        unfinished = [pair for pair in kept if pair[0][-1] != END]
    best = max(finished + unfinished, key=lambda pair: pair[1] / len(pair[0]))
    return [token for token in best[0] if token != END]


@many
@given(seed, st.integers(1, 6), st.integers(1, 7))
def test_any_width_is_what_the_contract_says(seed, width, max_length):
    step, h = decoder(seed)
    assert beam_search(step, h, START, END, width, max_length) == in_plain_words(step, h, width, max_length)


@many
@given(seed, st.integers(1, 12))
def test_greedy_takes_the_most_probable_token_until_the_end_mark(seed, max_length):
    step, h = decoder(seed)
    tokens = greedy_decode(step, h, START, END, max_length)
    written = tokens if len(tokens) == max_length else [*tokens, END]
    for k, token in enumerate(written):
        logits, _ = step(written[k - 1] if k else START, (START, *written[: k - 1]) if k else ())
        assert token == logits.argmax()
    assert END not in tokens


def test_max_length_counts_the_calls_of_step():
    calls = []

    def endless(token, h):
        calls.append(token)
        return np.array([0.0, 1.0, 0.5]), h

    assert greedy_decode(endless, None, START, END, 4) == [1, 1, 1, 1]
    assert calls == [START, 1, 1, 1]
    assert beam_search(endless, None, START, END, 1, 4) == [1, 1, 1, 1]
    assert len(calls) == 8


def test_the_end_mark_counts_in_the_length():
    """ln ½ + ln 0.9 over two tokens beats ln 0.45 over one; without the end mark it would be over one and over none."""
    table = {(START,): [0.45, 0.5, 0.05], (START, 1): [0.9, 0.05, 0.05]}

    def step(token, h):
        h = (*h, token)
        return np.log(table.get(h, [1 / 3] * 3)), h

    assert beam_search(step, (), START, END, 2, 2) == [1]
    assert np.log(0.5 * 0.9) / 2 > np.log(0.45) / 1
    assert beam_search(step, (), START, END, 2, 1) == [1]


def test_a_wider_beam_may_find_a_less_probable_answer():
    """Width 1 follows the 1, and comes to a sure end. Width 2 keeps both that follow the 2, and drops the better one."""
    table = {(): [0.1, 0.5, 0.4], (1,): [0.32, 0.35, 0.33], (2,): [0.02, 0.49, 0.49], (1, 1): [0.98, 0.01, 0.01]}

    def step(token, h):
        h = () if token == START else (*h, token)
        return np.log(table.get(h, [0.3, 0.4, 0.3])), h

    def probability(tokens):
        tokens = tokens if len(tokens) == 3 else [*tokens, END]
        return np.exp(log_prob(step, (), tokens))

    narrow, wide = (beam_search(step, (), START, END, width, 3) for width in (1, 2))
    assert (narrow, wide) == ([1, 1], [2, 1, 1])
    assert probability(narrow) == pytest.approx(0.5 * 0.35 * 0.98)
    assert probability(wide) == pytest.approx(0.4 * 0.49 * 0.4)


def test_a_state_of_several_arrays_and_float32_scores_are_taken():
    def step(token, h):
        state, cell = h
        return np.array([0.1, 0.3, 0.2], np.float32) * (1 + len(state)), (state + 1, cell)

    h = np.zeros(2), np.zeros(3)
    assert greedy_decode(step, h, START, END, 2) == beam_search(step, h, START, END, 1, 2) == [1, 1]
    assert not h[0].any()


@pytest.mark.parametrize("decode", [greedy_decode, lambda *a: beam_search(*a[:-1], 2, a[-1])])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": None}, "step is a NoneType, but should be a function of a token and a state"),
        ({"step": lambda token, h: np.zeros(3)}, "step returned a ndarray, but should return a pair, (logits, h)"),
        ({"step": lambda token, h: ([0.0, 1.0], h)}, "logits is a list, but should be a NumPy array"),
        ({"step": lambda token, h: (np.zeros((1, 3)), h)}, "logits has shape (1, 3), but should have 1 axis, (V)"),
        ({"step": lambda token, h: (np.array([0, np.nan]), h)}, "logits holds NaN or infinity"),
        ({"end": 3}, "end is 3, but should be an integer from 0 to 2"),
        ({"end": -1}, "end is -1, but should be an integer of at least 0"),
        ({"start": 1.5}, "start is 1.5, but should be an integer of at least 0"),
        ({"max_length": 0}, "max_length is 0, but should be"),
    ],
)
def test_what_is_no_decoder_is_refused(decode, changes, message):
    call = {"step": decoder(0)[0], "h": (), "start": START, "end": END, "max_length": 4, **changes}
    with pytest.raises(ValueError) as raised:
        decode(*call.values())
    assert message in str(raised.value)


@pytest.mark.parametrize("width", [0, 1.0, True])
def test_a_width_that_keeps_nothing_is_refused(width):
    with pytest.raises(ValueError, match=r"width is .*, but should be"):
        beam_search(*decoder(0), START, END, width, 3)


def test_the_decoder_reads_what_it_should_have_written_one_step_before():
    targets = np.array([[4, 5], [6, 1], [1, 1]])
    inputs = shift_right(targets, 2)
    np.testing.assert_array_equal(inputs, [[2, 2], [4, 5], [6, 1]])
    assert inputs.dtype == targets.dtype and targets[0, 0] == 4


def test_a_start_mark_that_the_dtype_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="start is 200, but should be an integer from 0 to 127"):
        shift_right(np.ones((3, 2), np.int8), 200)


@many
@given(seed, st.integers(1, 6), st.integers(1, 5), st.integers(2, 6))
def test_the_loss_is_torchs_mean_over_all_tokens(seed, T, B, C):
    rng = np.random.default_rng(seed)
    logits, targets, lengths = rng.normal(0, 3, (T, B, C)), rng.integers(0, C, (T, B)), rng.integers(1, T + 1, B)
    padding = np.arange(T)[:, None] >= lengths
    targets[padding] = -100
    expected = torch.nn.functional.cross_entropy(torch.tensor(logits).flatten(0, 1), torch.tensor(targets).flatten())
    assert sequence_loss(logits, targets, lengths) == pytest.approx(expected.item(), abs=1e-12)


def test_the_loss_is_pooled_over_tokens_and_not_a_mean_of_sequences():
    logits = np.log([[[0.5, 0.5], [0.2, 0.8]], [[0.5, 0.5], [0.2, 0.8]], [[0.5, 0.5], [0.2, 0.8]]])
    loss = sequence_loss(logits, np.zeros((3, 2), int), np.array([3, 1]))
    assert loss == pytest.approx(-(3 * np.log(0.5) + np.log(0.2)) / 4)
