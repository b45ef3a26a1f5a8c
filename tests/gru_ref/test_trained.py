"""The language model that the course brings along is the recorded one, rounded, and a damaged file is refused."""

import numpy as np
import pytest

from gru_ref import trained
from gru_ref.corpus import characters_of, documentation, load_corpus
from gru_ref.language import sample
from gru_ref.language_model import init_language_model, language_bits, language_step
from gru_ref.text import read_checked
from gru_ref.trained import pack_language_model, trained_language_model, unpack_language_model
from gru_ref.trees import leaves


def test_it_knows_the_characters_of_the_training_text_and_its_note_says_what_it_needs():
    p, characters, note = trained_language_model()
    assert len(characters) == len(p.embedding) == len(p.b) and note["text"].endswith("PSF licence")
    if not documentation().as_tested:
        pytest.skip("another text than the one that it has read")
    corpus = load_corpus()[0]
    assert characters == characters_of(corpus.training)
    bits = language_bits(p, characters.ids(corpus.test))
    assert bits == pytest.approx(note["bits_per_character"], abs=2e-3)


def test_it_writes_words_of_its_text():
    p, characters, _ = trained_language_model()
    written = characters.text(
        sample(language_step(p), None, characters.ids("T")[0], 400, 0.5, np.random.default_rng(0))
    )
    words = {word.strip('.,"():;') for word in load_corpus()[0].training.split()}
    spelled = [word.strip('.,"():;') for word in written.split()]
    assert np.mean([word in words for word in spelled]) > 0.7


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_a_model_survives_being_packed(kind):
    p = init_language_model(kind, 7, 3, 5, np.random.default_rng(0), dtype=np.float32)
    again = unpack_language_model(pack_language_model(p), kind)
    assert type(again.network[0][0]) is type(p.network[0][0])
    assert all(np.array_equal(a, b) for a, b in zip(leaves(p), leaves(again), strict=True))


def test_a_damaged_file_is_refused(tmp_path):
    damaged = tmp_path / "language_model.npz"
    damaged.write_bytes(trained.STORED.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"has the SHA-256 \w{12}…, but should have 24ebae4c92e7…: it is damaged"):
        read_checked(damaged, trained._SHA256)
    assert trained.STORED.stat().st_size < 200_000
