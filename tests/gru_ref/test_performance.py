"""Music is heard and saved as it is in the roll: by numbers, and as another library reads the MIDI file."""

import numpy as np
import pretty_midi
import pytest

from gru_ref import notes_of, piano_roll, save_midi, synthesize
from gru_ref.performance import RELEASE

RATE, SIXTEENTH = 8000, 0.1
PARTS = [[(0, 4, 72), (4, 2, 72), (6, 6, 74)], [(0, 8, 60), (9, 3, 60.0)], [(2, 6, 60)]]  # struck again, and a unison


def strength(wave, pitch, at):
    """How strong the fundamental of a pitch is in the 0.1 s from a time on."""
    piece = wave[round(at * RATE) : round((at + 0.1) * RATE)]
    t = np.arange(len(piece)) / RATE
    return abs(np.mean(piece * np.exp(-2j * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t)))


def test_the_wave_has_the_right_length_and_is_not_cut_off():
    for parts in (PARTS, [[(k, 12, 40 + k) for k in range(40)]]):
        wave = synthesize(parts, SIXTEENTH, RATE)
        end = max(start + length for part in parts for start, length, _ in part)
        assert len(wave) == round((end * SIXTEENTH + RELEASE) * RATE)
        assert np.abs(wave).max() == pytest.approx(0.9) and np.isfinite(wave).all()
        assert np.abs(wave[-20:]).max() < 0.02 and abs(wave[0]) < 0.02  # no click


def test_notes_sound_from_their_onset_to_their_end():
    wave = synthesize([[(4, 4, 64)], [(12, 4, 69)]], SIXTEENTH, RATE)
    heard = [strength(wave, 64, at) for at in (0.3, 0.42, 0.7, 0.9, 1.3)]
    assert min(heard[1:3]) > 50 * max(heard[0], heard[3], heard[4], 1e-6)
    assert np.abs(wave[: int(0.4 * RATE)]).max() == 0 and strength(wave, 69, 1.25) > 0.05


def test_no_overtone_is_above_half_the_sampling_rate():
    spectrum = np.abs(np.fft.rfft(synthesize([[(0, 16, 108)]], SIXTEENTH, 10_000)))
    assert spectrum.argmax() / len(spectrum) * 5000 == pytest.approx(4186, abs=5)


def reread(tmp_path, parts, seconds=SIXTEENTH):
    save_midi(tmp_path / "music.mid", parts, seconds)
    return pretty_midi.PrettyMIDI(str(tmp_path / "music.mid"))


def test_another_library_reads_the_same_notes(tmp_path):
    midi = reread(tmp_path, PARTS)
    assert [i.program for i in midi.instruments] == [19, 19, 19]
    for instrument, part in zip(midi.instruments, PARTS, strict=True):
        theirs = sorted((n.start / SIXTEENTH, (n.end - n.start) / SIXTEENTH, n.pitch) for n in instrument.notes)
        np.testing.assert_allclose(theirs, sorted(part), atol=1e-3)


def test_every_note_that_begins_ends_and_ends_come_first(tmp_path):
    import mido

    reread(tmp_path, PARTS)
    for track in mido.MidiFile(tmp_path / "music.mid").tracks[1:]:
        sounding = set()
        for message in track:
            if message.type == "note_on":
                assert message.note not in sounding
                sounding.add(message.note)
            elif message.type == "note_off":
                sounding.remove(message.note)
        assert not sounding and {m.channel for m in track if not m.is_meta} == {track[0].channel}
    assert [t[0].channel for t in mido.MidiFile(tmp_path / "music.mid").tracks[1:]] == [0, 1, 2]


def test_a_roll_survives_the_way_through_midi(tmp_path):
    rng = np.random.default_rng(0)
    roll = (rng.random((20, 88)) < 0.05).astype(float)
    roll[-1, 40] = 1
    notes = notes_of(roll, 4)
    np.testing.assert_array_equal(piano_roll(notes, 4), roll)
    (instrument,) = reread(tmp_path, notes).instruments
    again = [[(round(n.start / SIXTEENTH), round((n.end - n.start) / SIXTEENTH), n.pitch) for n in instrument.notes]]
    np.testing.assert_array_equal(piano_roll(again, 4), roll)


def test_no_voice_is_on_the_channel_of_the_drums(tmp_path):
    midi = reread(tmp_path, [[(0, 4, 40 + k)] for k in range(15)])
    assert len(midi.instruments) == 15 and not any(i.is_drum for i in midi.instruments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda path: save_midi(path, [[(0, 4, 60)]] * 16, 0.1), "parts holds 16 voices, but should hold at most 15"),
        (lambda path: save_midi(path, [[(0, 4, 60), (2, 4, 60)]], 0.1), "where the voice still holds another one"),
        (lambda path: save_midi(path, [[]], 0.1), "parts holds no note"),
        (lambda path: save_midi(path, [[(0, 4, 60)]], 0), "seconds is 0, but should"),
        (
            lambda path: save_midi(path, [[(0, 4, 60)]], 1000.0),
            "seconds is 1000.0, but a MIDI file can say at most 4.19",
        ),
        (lambda path: synthesize([[(0, 4, 60)]], float("nan"), RATE), "seconds is nan, but should"),
        (lambda path: synthesize([[(0, 4, 60)]], 0.1, 0), "rate is 0, but should"),
        (lambda path: synthesize([[(0, 4, 200)]], 0.1, RATE), "pitch should be an integer from 21 to 108"),
        (lambda path: notes_of(np.zeros((3, 5)), 4), "but should have 88 columns"),
        (lambda path: notes_of(np.zeros((3, 88)), 0), "step is 0, but should"),
    ],
)
def test_bad_input_is_named(tmp_path, call, message):
    with pytest.raises(ValueError, match=message):
        call(tmp_path / "a.mid")
