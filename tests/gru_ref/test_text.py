"""The network that writes text: its weights are those of this version, are a GRU's, and can be made again."""

import hashlib
import json
import sys

import numpy as np
import pytest
import torch

import gru_ref
from grader.base.paths import course_root
from gru_ref import text

sys.path.insert(0, str(course_root() / "benchmarks"))
import writer as script


@pytest.fixture(scope="module")
def writer():
    return gru_ref.trained_writer()


def bits(writer, sentence):
    """Bits for each character after the first."""
    ids = [writer.characters.index(c) for c in sentence]
    xs = np.eye(len(writer.characters))[ids][:, None]
    hs = gru_ref.gru_forward(xs, np.zeros((1, len(writer.p.W_hr))), writer.p)[:, 0]
    scores = hs @ writer.W.T + writer.b
    log = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -np.mean(log[np.arange(len(ids) - 1), ids[1:]]) / np.log(2)


def test_it_has_learned_english(writer):
    sentence = "The second argument is a string that gives the name of the file, and the default is the empty string."
    assert bits(writer, sentence) < 2
    assert bits(writer, sentence[::-1]) > 2 * bits(writer, sentence)


def test_its_parts_fit_together(writer):
    V, H = len(writer.characters), len(writer.p.W_hr)
    assert [a.shape for a in writer.p] == [(H, V)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    assert writer.W.shape == (V, H) and writer.b.shape == (V,)
    assert all(a.dtype == np.float64 for a in (*writer.p, writer.W, writer.b))
    assert len(set(writer.characters)) == V
    assert "PSF licence" in writer.note["text"]


def test_a_character_is_a_one_at_its_place(writer):
    for k, character in enumerate(writer.characters):
        assert writer.one_hot(character).tolist() == [[float(j == k) for j in range(len(writer.characters))]]


@pytest.mark.parametrize("unknown", ["é", "", "ab"])
def test_an_unknown_character_is_refused(writer, unknown):
    with pytest.raises(ValueError, match=f"'{unknown}' is not one of the 76 characters that the network knows"):
        writer.one_hot(unknown)


def test_its_file_is_small():
    assert text._FILE.stat().st_size < 300_000


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "writer.npz"
    path.write_bytes(text._FILE.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"has the SHA-256 \w{12}…, but should have \w{12}…: it is damaged"):
        text.read_writer(path, text._SHA256)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.npz is missing, but should hold a trained network"):
        text.read_writer(tmp_path / "gone.npz", text._SHA256)


def test_the_script_writes_what_is_read(tmp_path):
    torch.manual_seed(0)
    model = script.Recurrent()
    script.store(model, tmp_path / "w.npz", text="a test")
    again = text.read_writer(tmp_path / "w.npz", hashlib.sha256((tmp_path / "w.npz").read_bytes()).hexdigest())
    assert again.note == {"text": "a test"} and again.characters == script.CHARACTERS
    sentence = "Read it again."
    wanted = script.bits_per_character(model, script.encode([sentence])[:-1])
    assert bits(again, sentence) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.system
def test_training_lowers_the_bits():
    ids = script.encode(["Return the name of the file."] * 2000)
    torch.manual_seed(0)
    before = script.bits_per_character(script.Recurrent(), ids[:100])
    assert script.bits_per_character(script.train(ids, 80), ids[:100]) < before - 1


def test_only_prose_is_read():
    assert script.is_prose("Return the name of the file, or the empty string where it has none at all.")
    assert not script.is_prose("x = f(a, b); y = g(x[3:5], **options); print(x, y); return x, y, (a, b)")
    assert not script.is_prose(script.tidy("Too short."))
    assert script.tidy("  The “name”\n   of *it*. ") == "The 'name' of it."


def test_the_text_is_the_one_that_was_read(writer):
    """The documentation differs from version to version of Python; with the version of the weights it must be the same."""
    if sys.version.split()[0] != writer.note["python"]:
        pytest.skip(f"the weights were made with Python {writer.note['python']}")
    read = "\n".join(script.paragraphs())
    assert hashlib.sha256(read.encode()).hexdigest() == writer.note["text_sha256"]


def test_the_note_is_plain_data(writer):
    assert json.loads(json.dumps(writer.note)) == writer.note


def test_the_explorers_network_is_another_one_of_the_same_text(writer):
    small = gru_ref.trained_explorer()
    assert len(small.p.b_ir) == 64 < len(writer.p.b_ir) and small.characters == writer.characters
    assert small.note["text_sha256"] == writer.note["text_sha256"]
    assert writer.note["bits_per_character"] < small.note["bits_per_character"] < 2
    assert text._EXPLORER_FILE.stat().st_size < 80_000


def test_units_are_renumbered_by_memory_and_nothing_else_changes():
    torch.manual_seed(0)
    model = script.Recurrent(12)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)  # so that the gates differ
    ids = script.encode(["Return the name of the file."] * 20)
    before, keeps = script.bits_per_character(model, ids), script.mean_keep(model, ids)
    script.by_memory(model, ids)
    assert script.bits_per_character(model, ids) == pytest.approx(before, abs=1e-5)
    again = script.mean_keep(model, ids)
    assert torch.allclose(again, keeps.sort(descending=True).values, atol=1e-6) and not torch.allclose(again, keeps)
