"""The encoder–decoder: neighbours and padding change nothing, its attention is `attend`, and it learns."""

import numpy as np
import pytest
import torch

from gru_ref import attend, beam_search, encoder_decoder, greedy_decode, sequence_loss, shift_right
from gru_ref.tokens import END, START, Tokens

PAIRS = [list("abc"), list("b"), list("cabca"), list("ac")], [list("xyz"), list("y"), list("zx"), list("xzxy")]
READ, WRITTEN = Tokens(PAIRS[0]), Tokens(PAIRS[1])
SOURCES, LENGTHS = READ.encode(PAIRS[0])
TARGETS, TARGET_LENGTHS = WRITTEN.encode(PAIRS[1])


def model(**options):
    torch.manual_seed(0)
    return encoder_decoder.EncoderDecoder(len(READ), len(WRITTEN), 5, 6, **options)


KINDS = [{}, {"attention": True}, {"bidirectional": True}, {"attention": True, "bidirectional": True}]


@pytest.mark.parametrize("options", KINDS)
def test_a_sentence_alone_gets_the_same_logits_as_in_a_batch(options):
    translator = model(**options).double().eval()
    inputs = torch.from_numpy(shift_right(TARGETS, START))
    with torch.no_grad():
        together = translator(torch.from_numpy(SOURCES), torch.from_numpy(LENGTHS), inputs)
        for b, T in enumerate(LENGTHS):
            alone = translator(torch.from_numpy(SOURCES[:T, [b]]), torch.from_numpy(LENGTHS[[b]]), inputs[:, [b]])
            assert torch.allclose(alone[:, 0], together[:, b], rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", KINDS)
def test_step_by_step_it_answers_as_all_at_once(options):
    translator = model(**options)
    answers = encoder_decoder.answer_all(translator, SOURCES, LENGTHS, 7)
    assert translator.training
    for b, T in enumerate(LENGTHS):
        step, h = encoder_decoder.decoder_of(translator, SOURCES[:T, b])
        assert greedy_decode(step, h, START, END, 7) == answers[b]
        assert beam_search(step, h, START, END, 1, 7) == answers[b]


def test_its_loss_is_that_of_the_exercises():
    translator = model(attention=True).double()
    tensors = [torch.from_numpy(a) for a in (SOURCES, LENGTHS, TARGETS)]
    with torch.no_grad():
        logits = translator(*tensors[:2], torch.from_numpy(shift_right(TARGETS, START))).numpy()
        loss = encoder_decoder.pair_loss(translator, *tensors).item()
    assert loss == pytest.approx(sequence_loss(logits, TARGETS, TARGET_LENGTHS), abs=1e-12)


def test_its_attention_is_attend():
    translator = model(attention=True).double()
    with torch.no_grad():
        memory, h = translator.encode(torch.from_numpy(SOURCES), torch.from_numpy(LENGTHS))
        inputs = torch.from_numpy(shift_right(TARGETS, START))
        _, _, weights = translator.decode(memory, inputs, h)
        states = translator.decoder(translator.embed_target(inputs), h)[0]
    for query, looked in zip(states.numpy(), weights.numpy(), strict=True):
        assert np.allclose(looked, attend(query, memory[0].numpy(), LENGTHS)[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("attention", [False, True])
def test_it_learns_a_few_pairs_by_heart(attention):
    translator = model(attention=attention)
    batches = encoder_decoder.PairBatches(SOURCES, LENGTHS, TARGETS, TARGET_LENGTHS, 4, np.random.default_rng(0))
    losses = encoder_decoder.fit_pairs(translator, batches, 150, 0.03)
    assert losses[-1] < 0.1 * losses[0]
    answers = encoder_decoder.answer_all(translator, SOURCES, LENGTHS, 7)
    assert [WRITTEN.decode(answer) for answer in answers] == PAIRS[1]


def test_batches_hold_every_pair_once_in_a_new_order_and_without_needless_padding():
    rng = np.random.default_rng(0)
    sentences = [["abc"[k] for k in rng.integers(0, 3, n)] for n in rng.integers(1, 9, 90)]
    sources, lengths = Tokens(sentences).encode(sentences)
    batches = encoder_decoder.PairBatches(
        sources, lengths, np.arange(1, 91)[None], np.ones(90, np.int64), 8, np.random.default_rng(1)
    )
    orders = [torch.cat([targets[0] for *_, targets in batches]).tolist() for _ in range(2)]
    assert len(batches) == 12 == len(list(batches))
    assert orders[0] != orders[1] and all(sorted(order) == list(range(1, 91)) for order in orders)
    for some, some_lengths, targets in batches:
        assert len(some) == some_lengths.max() and np.array_equal(some_lengths, lengths[targets[0] - 1])


def test_sizes_and_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="E is 0, but should be"):
        encoder_decoder.EncoderDecoder(5, 5, 0, 3)
    with pytest.raises(ValueError, match="there are 4 sources and 3 targets"):
        encoder_decoder.PairBatches(SOURCES, LENGTHS, TARGETS[:, :3], TARGET_LENGTHS[:3], 8, None)
    with pytest.raises(ValueError, match="lengths holds 7"):
        encoder_decoder.PairBatches(SOURCES, LENGTHS + 3, TARGETS, TARGET_LENGTHS, 8, None)
    with pytest.raises(ValueError, match="size is 0"):
        encoder_decoder.PairBatches(SOURCES, LENGTHS, TARGETS, TARGET_LENGTHS, 0, None)
    with pytest.raises(ValueError, match="epochs is 0"):
        encoder_decoder.fit_pairs(model(), [], 0, 0.1)
    with pytest.raises(ValueError, match="max_length is 0"):
        encoder_decoder.answer_all(model(), SOURCES, LENGTHS, 0)
    with pytest.raises(ValueError, match="batches is empty"):
        encoder_decoder.fit_pairs(model(), [], 1, 0.1)
    with pytest.raises(ValueError, match="source holds 9, but its entries should be from 0 to 5"):
        encoder_decoder.decoder_of(model(), np.array([9, END]))
    with pytest.raises(ValueError, match="source has shape"):
        encoder_decoder.decoder_of(model(), SOURCES)
