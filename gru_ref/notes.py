"""Notes of several voices, and the keys of a piano. Introduced in lesson 17."""

import itertools

import numpy as np

TAUGHT_IN = {"*": None}  # checks arguments

LOWEST, KEYS = 21, 88  # MIDI number of a piano's lowest key, A0, and how many keys it has


def checked_notes(parts):
    """All notes of all voices.

    Parameters
    ----------
    parts : list of voices, each a list of notes (start, length, pitch): start and length in sixteenths, pitch a MIDI number

    Returns
    -------
    notes : list of all notes (start, length, pitch), voice by voice

    Raises
    ------
    ValueError
        If something is no note, a note starts before 0 or has a length of 0 or less, its pitch is not an integer from 21 to
        108, or there is no note at all.
    """
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, (list, tuple)) for part in parts):
        raise ValueError(f"parts is {parts!r:.60}, but should be a list of voices, each a list of notes")
    notes = list(itertools.chain.from_iterable(parts))
    if not notes:
        raise ValueError("parts holds no note, but should hold at least one")
    for note in notes:
        if not isinstance(note, (list, tuple)) or len(note) != 3:
            raise ValueError(f"parts holds {note!r:.60}, but a note should be (start, length, pitch)")
        start, length, pitch = note
        if not all(isinstance(number, (int, float, np.number)) for number in note):
            raise ValueError(f"parts holds {note!r:.60}, but start, length and pitch should be numbers")
        if not (0 <= start < np.inf and 0 < length < np.inf):
            raise ValueError(f"parts holds {note!r}, but a note should start at 0 or later, and last longer than 0")
        if not LOWEST <= pitch < LOWEST + KEYS or pitch != int(pitch):
            raise ValueError(
                f"parts holds {note!r}, but its pitch should be an integer from {LOWEST} to {LOWEST + KEYS - 1}, the keys of a piano"
            )
    return [(start, length, int(pitch)) for start, length, pitch in notes]
