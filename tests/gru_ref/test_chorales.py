"""Bach's chorales: read as music21 reads them, tunes found in every key, and bad files named with a way out."""

import importlib.util
import zipfile

import numpy as np
import pytest

import gru_ref
from gru_ref import Chorale, chorales, read_score, tunes
from gru_ref.notes import checked_notes

CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'
INSIDE = "music/score.xml"
C4, E4 = "<pitch><step>C</step><octave>4</octave></pitch>", "<pitch><step>E</step><octave>4</octave></pitch>"


def note(inside, duration, *ties, tag="note"):
    marks = "".join(f'<tie type="{kind}"/>' for kind in ties)
    return f"<{tag}>{inside}<duration>{duration}</duration>{marks}</{tag}>"


def write(folder, *parts, container=None, name="score.mxl", divisions=4):
    """A score, whose archive has another file before it."""
    measures = (
        f'<part id="P{k}"><measure number="1"><attributes><divisions>{divisions}</divisions></attributes>{part}</measure></part>'
        for k, part in enumerate(parts)
    )
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("other.xml", "<score-partwise/>")
        archive.writestr("META-INF/container.xml", container or CONTAINER.format(INSIDE))
        archive.writestr(INSIDE, f"<score-partwise>{''.join(measures)}</score-partwise>")
    return folder / name


def test_ties_rests_grace_notes_and_what_forward_skips(tmp_path):
    path = write(
        tmp_path,
        note(C4, 4, "start") + note(C4, 2, "stop", "start") + note(C4, 2, "stop") + note(C4, 4),
        note("<rest/>", 4) + note("<grace/>" + E4, 1) + note(E4, 4) + note("", 2, tag="forward") + note(E4, 2),
        note(C4, 2, "start") + note(E4, 2),  # a tie to another pitch joins nothing
    )
    assert read_score(path) == [
        [(0, 8, 60), (8, 4, 60)],
        [(4, 4, 64), (10, 2, 64)],
        [(0, 2, 60), (2, 2, 64)],
    ]


def test_alterations_and_thirty_seconds(tmp_path):
    flat = "<pitch><step>B</step><alter>-1</alter><octave>3</octave></pitch>"
    assert read_score(write(tmp_path, note(flat, 1) + note(C4, 3), divisions=8)) == [[(0, 0.5, 58), (0.5, 1.5, 60)]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.mxl", "is missing, but should be a score"),
        (
            lambda folder: write(folder, note("<chord/>" + C4, 4)),
            "several notes at a time, but a voice should have one",
        ),
        (
            lambda folder: write(folder, note(C4, 4) + note("", 4, tag="backup")),
            "write each voice as a part of its own",
        ),
        (lambda folder: write(folder), "holds no voice, but should"),
        (lambda folder: write(folder, container="<container/>"), "is no score in compressed MusicXML"),
        (lambda folder: write(folder, container=CONTAINER.format("missing.xml")), "is no score in compressed MusicXML"),
        (lambda folder: write(folder, container="<"), "is no score in compressed MusicXML"),
    ],
)
def test_bad_scores_are_named(tmp_path, make, message):
    with pytest.raises(ValueError, match=message):
        read_score(make(tmp_path))


def test_a_file_that_is_no_archive_is_named(tmp_path):
    (tmp_path / "a.mxl").write_bytes(b"<score-partwise/>")
    with pytest.raises(ValueError, match=r"a\.mxl is no score in compressed MusicXML"):
        read_score(tmp_path / "a.mxl")


def test_a_folder_that_has_changed_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(ValueError, match=r"holds no files \*\.mxl.* pip install music21==10\.5\.1"):
        chorales.read_chorales(tmp_path)
    write(tmp_path, note(C4, 4))
    with pytest.raises(ValueError, match=r"holds 1 files and the SHA-256 .*tested_only=False"):
        chorales.read_chorales(tmp_path)
    with pytest.raises(ValueError, match="holds no score in 4 voices"):
        chorales.read_chorales(tmp_path, tested_only=False)
    write(tmp_path, *4 * [note(C4, 4)], name="four.mxl")
    assert chorales.read_chorales(tmp_path, tested_only=False) == [Chorale("four", [[(0, 4, 60)]] * 4)]


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install music21==10\.5\.1"):
        gru_ref.bach_chorales()


@pytest.fixture(scope="module")
def bach():
    return gru_ref.bach_chorales()


def test_the_chorales_are_those_that_were_counted(bach):
    ranges = [(min(pitches), max(pitches)) for pitches in ([n[2] for c in bach for n in c.parts[v]] for v in range(4))]
    ends = [max(start + length for part in c.parts for start, length, _ in part) for c in bach]
    assert len(bach) == 364 and ranges == [(57, 81), (53, 74), (48, 69), (36, 64)]
    assert (min(ends), np.median(ends), max(ends)) == (96, 192, 772)
    assert [c.name for c in bach if any(n[0] % 1 or n[1] % 1 for n in checked_notes(c.parts))] == [
        "bwv248.64-s",
        "bwv36.4-2",
        "bwv432",
    ]


def test_tunes_are_found_in_every_key_and_with_another_upbeat(bach):
    first = next(c for c in bach if c.name == "bwv66.6")
    higher = Chorale("higher", [[(s, n, p + 3) for s, n, p in part] for part in first.parts])
    later = Chorale("later", [[(0, 4, 60), *((s + 4, n, p) for s, n, p in part)] for part in first.parts])
    other = next(c for c in bach if c.name == "bwv253")
    assert tunes([other, first, higher, later]) == ["bwv253", "bwv66.6", "bwv66.6", "bwv66.6"]


def test_what_is_the_same_music_is_one_tune(bach):
    groups = dict(zip((c.name for c in bach), tunes(bach), strict=True))
    assert len(set(groups.values())) == 256
    pairs = [
        "62.6",
        "274",
        "398",
        "197.7-a",
        "18.5-w",
        "18.5-lz",
        "279",
        "158.4",
        "414",
        "253",
        "177.4",
        "117.4",
        "327",
        "326",
    ]
    for a, b in zip(pairs[::2], pairs[1::2], strict=True):
        assert groups[f"bwv{a}"] == groups[f"bwv{b}"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "chorales is empty"),
        ([[(0, 1, 60)]], r"chorales\[0\] is a list, but should be a Chorale"),
        ([Chorale("silent", [[], []])], "silent has no note in its soprano"),
    ],
)
def test_tunes_refuses_what_is_no_chorale(given, message):
    with pytest.raises(ValueError, match=message):
        tunes(given)


@pytest.mark.system
def test_every_note_is_music21s(bach):
    """The slow way: music21's own parser, ties joined and grace notes left out."""
    from music21 import converter

    for chorale in bach[::6]:
        score = converter.parse(chorales.bach_folder() / f"{chorale.name}.mxl", forceSource=True)
        for part, ours in zip(score.parts, chorale.parts, strict=True):
            theirs = [
                (float(4 * n.getOffsetInHierarchy(score)), float(4 * n.quarterLength), n.pitch.midi)
                for n in part.stripTies().recurse().notes
                if n.quarterLength
            ]
            assert theirs == ours, chorale.name
