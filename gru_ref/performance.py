"""Music to hear and to keep: notes from a piano roll, a sound wave from notes, and MIDI files. Introduced in lesson 17."""

from pathlib import Path

import numpy as np

from gru_ref.checks import check_arrays, check_size
from gru_ref.notes import KEYS, LOWEST, checked_notes

TAUGHT_IN = {"*": None}  # plays and saves, and asks nothing of a learner

TICKS = 480  # of MIDI in a quarter note: a thirty-second has 60
SLOWEST = (2**24 - 1) / 4e6  # seconds a sixteenth: the tempo of MIDI has three bytes, in microseconds a quarter note
DRUMS, CHANNELS = 9, 16  # the MIDI channel of the drums, which no voice gets, and how many there are
ORGAN = 19  # program of General MIDI: church organ
PEAK = 0.9  # of a wave, ±1 being full scale
HARMONICS, ATTACK, RELEASE = 6, 0.02, 0.08  # how many sines a note has; seconds to fade in, and out
FADING = 1.2  # seconds in which a held note falls to 1 / e


def notes_of(roll, step):
    """The notes of a piano roll, as one voice: a key that is down in successive frames is one note.

    A roll does not say whether a key was held or struck again, nor which voice a note belongs to, nor whether two voices were
    on one key.

    Parameters
    ----------
    roll : (T, 88) array of 0.0 and 1.0
    step : int, sixteenths of a frame

    Returns
    -------
    parts : list of one voice, a list of notes (start, length, pitch) as `piano_roll` takes them, by start and pitch. If no
        note begins within a frame, and none is repeated, ``piano_roll(notes_of(roll, step), step)`` is the roll again

    Raises
    ------
    ValueError
        If roll is no (T, 88) array of finite floats, or step is not an integer of at least 1.
    """
    check_arrays(roll=(roll, "T keys"))
    check_size("step", step)
    if roll.shape[1] != KEYS:
        raise ValueError(f"roll has shape {roll.shape}, but should have {KEYS} columns, one for each key of a piano")
    edges = np.diff(np.pad((roll > 0.5).astype(int), ((1, 1), (0, 0))), axis=0).T  # (88, T + 1)
    notes = [
        (int(begin) * step, int(end - begin) * step, LOWEST + key)
        for key, changes in enumerate(edges)
        for begin, end in zip(np.flatnonzero(changes == 1), np.flatnonzero(changes == -1), strict=True)
    ]
    return [sorted(notes)]


def synthesize(parts, seconds, rate):
    """Play notes: each is a sum of six sines, a fundamental and its harmonics, that fades like a plucked string.

    Parameters
    ----------
    parts : list of voices, as for `piano_roll`
    seconds : float above 0, how long a sixteenth lasts
    rate : int, samples per second of the wave, in Hz; 22,050 is enough

    Returns
    -------
    wave : (N,) array of float64; its loudest sample is ±0.9, so that nothing is cut off. N is the number of samples until
        the last note ends, and 0.08 seconds for it to fade out

    Raises
    ------
    ValueError
        If there is no note, or a note, `seconds` or rate is out of range.
    """
    notes = checked_notes(parts)
    _check_seconds(seconds)
    check_size("rate", rate)
    ends = [start + length for start, length, _ in notes]
    wave = np.zeros(round((float(max(ends)) * seconds + RELEASE) * rate))
    for start, length, pitch in notes:
        begin, sound = round(float(start) * seconds * rate), _sound(pitch, float(length) * seconds, rate)
        wave[begin : begin + len(sound)] += sound[: len(wave) - begin]
    return wave * (PEAK / max(np.abs(wave).max(), 1e-12))


def save_midi(path, parts, seconds):
    """Save notes as a MIDI file with one track and one channel for each voice.

    With voices in a channel each, a unison is two notes that end one by one. Where a note ends when another one begins on
    its key, the end comes first.

    Parameters
    ----------
    path : str or Path of the file to write
    parts : list of at most 15 voices, as for `piano_roll`; no two notes of a voice may be on one key at a time
    seconds : float above 0, how long a sixteenth lasts

    Raises
    ------
    ValueError
        If there is no note or there are too many voices, two notes of a voice overlap on a key, or a number is out of range.
    OSError
        If the file cannot be written.

    Source: the package mido 1.3.3 writes the file; General MIDI for channel and program numbers.
    """
    from mido import Message, MetaMessage, MidiFile, MidiTrack, bpm2tempo  # late: only needed here

    checked_notes(parts)
    _check_seconds(seconds)
    if seconds > SLOWEST:
        raise ValueError(f"seconds is {seconds!r}, but a MIDI file can say at most {SLOWEST:.2f} for a sixteenth")
    channels = [channel for channel in range(CHANNELS) if channel != DRUMS]
    if len(parts) > len(channels):
        raise ValueError(
            f"parts holds {len(parts)} voices, but should hold at most {len(channels)}, a MIDI channel each"
        )
    file = MidiFile(type=1, ticks_per_beat=TICKS)
    tempo = MidiTrack([MetaMessage("set_tempo", tempo=bpm2tempo(60 / (4 * seconds)))])
    file.tracks.append(tempo)
    for part, channel in zip(parts, channels, strict=False):
        track, now = MidiTrack([Message("program_change", program=ORGAN, channel=channel)]), 0
        for tick, on, pitch in _events(part):
            kind = "note_on" if on else "note_off"
            track.append(Message(kind, note=pitch, velocity=80 if on else 0, channel=channel, time=tick - now))
            now = tick
        file.tracks.append(track)
    file.save(Path(path))


def _events(part):
    """(tick, whether a note begins, pitch) of a voice, in order; what ends at a tick comes before what begins there."""
    events, ends = [], {}
    for start, length, pitch in sorted(checked_notes([part])) if part else ():
        begin, end = (round(float(place) * TICKS / 4) for place in (start, start + length))
        if begin < ends.get(pitch, 0):
            raise ValueError(
                f"parts holds a note at {start} on pitch {pitch}, where the voice still holds another one, but should hold one at "
                "a time on each key: write the second into a voice of its own"
            )
        ends[pitch] = end
        events += [(begin, True, pitch), (end, False, pitch)]
    return sorted(events)


def _sound(pitch, seconds, rate):
    """One note, (N,): it fades in, falls slowly while it is held, and fades out after its end."""
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    t = np.arange(round((seconds + RELEASE) * rate)) / rate
    harmonics = [k for k in range(1, HARMONICS + 1) if k * frequency < rate / 2]
    tone = sum(np.sin(2 * np.pi * k * frequency * t) / k**1.5 for k in harmonics)
    shape = np.minimum(t / ATTACK, 1) * np.exp(-t / FADING) * np.clip((seconds + RELEASE - t) / RELEASE, 0, 1)
    return tone * shape


def _check_seconds(seconds):
    number = isinstance(seconds, (int, float, np.number)) and not isinstance(seconds, bool)
    if not number or not np.isfinite(seconds) or seconds <= 0:
        raise ValueError(f"seconds is {seconds!r}, but should be a finite number above 0: how long a sixteenth lasts")
