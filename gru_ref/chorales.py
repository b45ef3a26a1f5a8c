"""Bach's four-part chorales, read from the scores in the package music21. Introduced in lesson 17."""

import io
import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from gru_ref.checks import check_listed
from gru_ref.packaged import Packaged

TAUGHT_IN = {"*": None}  # reads data

MUSIC21 = Packaged("music21", "10.5.1", "Bach's chorales", "bach_chorales")
_FILES, _SHA256 = 408, "7af09fc0d44723d07c438031936d74da8003e65f814163f41f4fb8ecf23a4db7"
VOICES = ("soprano", "alto", "tenor", "bass")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SIXTEENTHS = 4  # in a quarter note
SAME_TUNE, BAR, LONGEST_COMPARED = 0.7, 4, 64  # a share of equal steps; quarter notes


class Chorale(NamedTuple):
    """A chorale in four voices.

    name: str, such as "bwv66.6"; parts: a list of four voices, soprano first, each a list of notes (start, length, pitch):
    start and length in sixteenths, integers in all but three chorales, which have halves, pitch the MIDI number, 60 for
    middle C. Rests are the time between notes.
    """

    name: str
    parts: list


def bach_chorales(tested_only=True):
    """Read the chorales in exactly four voices among the scores by Bach that music21 brings, without importing music21.

    Notes that are tied are one note; grace notes, which take no time, are left out; repeats are not played.

    Parameters
    ----------
    tested_only : bool; False accepts other files than those that the course was tested with

    Returns
    -------
    chorales : list of Chorale, 364 in the version that was tested, by name. Many share a tune: see `tunes`.

    Raises
    ------
    ModuleNotFoundError
        If the package music21 is not installed.
    ValueError
        If its scores are missing or have changed, or one cannot be read; the message says what to do.

    Source: the folder ``corpus/bach`` of music21 10.5.1; the chorales were encoded by Margaret Greentree. music21 is free
    software (BSD), and its licence for the corpus says that some encodings may not be used commercially.
    """
    return read_chorales(bach_folder(), tested_only)


def bach_folder():
    """The folder of Bach's scores in music21, which is not imported; ModuleNotFoundError if it is not installed."""
    return MUSIC21.folder() / "corpus" / "bach"


def read_chorales(folder, tested_only=True):
    """Read every score of four voices in a folder of .mxl files; parameters and errors are those of `bach_chorales`."""
    files = MUSIC21.read_all(folder, "*.mxl", _FILES, _SHA256, tested_only, text=False)
    chorales = [
        Chorale(Path(name).stem, [_notes(name, part) for part in parts])
        for name, data in files.items()
        if len(parts := _voices(name, data)) == len(VOICES)
    ]
    if not chorales:
        raise ValueError(f"{folder} holds no score in {len(VOICES)} voices: {MUSIC21.way_out}")
    return chorales


def read_score(path):
    """Read the voices of a score in compressed MusicXML (.mxl), such as MuseScore and others export.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    parts : list of voices, from the top of the score, each a list of notes (start, length, pitch) as in `Chorale`

    Raises
    ------
    ValueError
        If the file is missing, is no such score, or a voice has more than one note at a time.

    Source: MusicXML 4.0, W3C Music Notation Community Group.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path} is missing, but should be a score in compressed MusicXML (.mxl)")
    return [_notes(path, part) for part in _voices(path, path.read_bytes())]


def tunes(chorales):
    """Which chorales are settings of the same tune: Bach set some melodies up to nine times, in several keys.

    Two chorales share a tune if at least 70% of the soprano's steps from one quarter note to the next are equal, where one
    may begin up to a bar later than the other. (Between 0.65 and 0.85 there is hardly any pair.) So do two that share it with
    a third.

    Parameters
    ----------
    chorales : list of Chorale

    Returns
    -------
    groups : list of str, one for each chorale: the name of the first one in the list with the same tune. Of the 364 chorales
        that were tested, 159 share their tune with another, among them seven pairs that are the same music

    Raises
    ------
    ValueError
        If chorales is not a list of at least one Chorale whose soprano has notes.
    """
    steps = [_steps(chorale) for chorale in _checked(chorales)]
    likeness = np.zeros((len(steps), len(steps)))
    for shift in range(BAR + 1):
        late, early = _padded([s[shift:] for s in steps], 98), _padded(steps, 99)
        compared = np.minimum.outer((late != 98).sum(axis=1), (early != 99).sum(axis=1))
        equal = (late[:, None] == early).sum(axis=2)
        likeness = np.maximum(likeness, equal / np.maximum(compared, 1))
    from scipy.sparse.csgraph import connected_components  # late: it is slow to import

    _, labels = connected_components(likeness >= SAME_TUNE, directed=False)
    first = {}
    return [first.setdefault(label, chorale.name) for label, chorale in zip(labels, chorales, strict=True)]


def _steps(chorale):
    """The soprano's steps in semitones from one quarter note to the next; a rest counts as the note before it."""
    notes = chorale.parts[0]
    if not notes:
        raise ValueError(f"{chorale.name} has no note in its soprano, but should have a tune there")
    starts = np.array([float(start) for start, _, _ in notes])
    pitches = np.array([pitch for _, _, pitch in notes])
    end = float(notes[-1][0] + notes[-1][1])
    at = np.searchsorted(starts, np.arange(0, end, SIXTEENTHS), side="right") - 1
    return np.diff(pitches[np.maximum(at, 0)])


def _padded(rows, by):
    padded = np.full((len(rows), LONGEST_COMPARED), by, np.int8)
    for row, steps in zip(padded, rows, strict=True):
        row[: len(steps)] = steps[:LONGEST_COMPARED]
    return padded


def _checked(chorales):
    check_listed("chorales", chorales, "Chorale")
    for k, chorale in enumerate(chorales):
        if not isinstance(chorale, Chorale):
            raise ValueError(f"chorales[{k}] is a {type(chorale).__name__}, but should be a Chorale(name, parts)")
    return chorales


def _voices(path, data):
    """The voices of a score as elements of XML; the archive's container says which member is the score."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
            names = [e.get("full-path") for e in container.iter() if e.tag.rpartition("}")[2] == "rootfile"]
            parts = ElementTree.fromstring(archive.read(names[0])).findall("part")
    except (zipfile.BadZipFile, LookupError, ElementTree.ParseError) as error:
        raise ValueError(f"{path} is no score in compressed MusicXML (.mxl), but should be one: {error}") from error
    if not parts:
        raise ValueError(f"{path} holds no voice, but should be a score with at least one, written part by part")
    return parts


def _notes(path, part):
    """The notes of one voice. Lengths in the file are multiples of a quarter note / divisions."""
    notes, now, divisions, tied = [], 0, 1, False
    for measure in part.iter("measure"):
        for element in measure:
            if element.tag == "attributes":
                divisions = int(element.findtext("divisions", divisions))
            elif element.tag == "backup" or element.find("chord") is not None:
                raise ValueError(
                    f"{path}: part {part.get('id')}, measure {measure.get('number')}, has several notes at a time, but a voice "
                    "should have one: write each voice as a part of its own"
                )
            elif element.tag == "forward" or (element.tag == "note" and element.find("grace") is None):
                length, pitch = _sixteenths(int(element.findtext("duration")), divisions), element.find("pitch")
                if pitch is not None:
                    midi = _midi(pitch)
                    if tied and notes and notes[-1][2] == midi:
                        notes[-1] = (notes[-1][0], _plain(notes[-1][1] + length), midi)
                    else:
                        notes.append((now, length, midi))
                tied = any(tie.get("type") == "start" for tie in element.findall("tie"))
                now = _plain(now + length)
    return notes


def _midi(pitch):
    return (
        12 * (int(pitch.findtext("octave")) + 1)
        + _SEMITONES[pitch.findtext("step")]
        + int(pitch.findtext("alter", "0"))
    )


def _sixteenths(units, divisions):
    return _plain(SIXTEENTHS * units / divisions)


def _plain(length):
    """A length as an integer wherever it is one."""
    return int(length) if length == int(length) else length
