"""Near copies among espeak-ng's voices are found by their files and by their sound, whatever they are called."""

import numpy as np
import pytest

from gru_ref import families_of_voices, speak, voices
from gru_ref import voice_families as near
from gru_ref.espeak import Request, variants

ONE = "language variant\nname One\ngender male 70\n\npitch 85 117 // high\nformant 0 100 80 110\nvoicing   70\n"


@pytest.fixture(scope="module")
def names():
    return voices()


@pytest.fixture(scope="module")
def distances(names):
    return near.sound_distances(names)


@pytest.fixture(scope="module")
def lines(names):
    files = variants()
    return np.array([[near.shared_lines(files.get(a, ""), files.get(b, "")) for b in names] for a in names])


@pytest.fixture(scope="module")
def families(names, distances):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near, "sound_distances", lambda _: distances)
        return dict(zip(names, families_of_voices(names), strict=True))


def test_no_near_copy_belongs_to_another_family(names, distances, lines, families):
    assert len(set(families.values())) == 70
    alike = (lines >= near.SAME_LINES) | (distances < near.SAME_SOUND)
    assert all(families[names[i]] == families[names[j]] for i, j in np.argwhere(alike))


def test_names_neither_make_a_family_nor_part_one(families):
    assert families["en+Tweaky"] == families["en+Mr serious"] == families["en+pablo"]  # by their files, in three steps
    assert families["en+adam"] == families["en+klatt6"]  # by their sound
    assert families["en"] == families["en+fast"] == "en"
    assert families["en+f1"] != families["en+f3"] and families["en+klatt3"] != families["en+klatt4"]


def test_the_limits_lie_where_no_pair_of_voices_does(distances, lines):
    pairs = np.triu_indices(len(lines), 1)
    assert not ((lines[pairs] > 0.667) & (lines[pairs] < 0.689)).any()
    assert not ((distances[pairs] > 0.93) & (distances[pairs] < 1.0)).any()


def test_half_of_the_voices_differ_as_much_from_themselves_at_another_pitch(names):
    few = names[::6]
    clips = [speak([Request(near.TEXT, name, near.SPEED, pitch) for name in few]) for pitch in (50, 60)]
    heard = [[near.heard(wave) for wave in some] for some in clips]
    moved = np.median([near.distances_to(x, [y])[0] for x, y in zip(*heard, strict=True)])
    assert 0.8 < moved < 1.2


def test_settings_are_compared_and_names_and_comments_are_not():
    other = (
        ONE.replace("One", "Two")
        .replace("male", "female")
        .replace(" // high", "")
        .replace("voicing   70", "voicing 70")
    )
    assert near.shared_lines(ONE, other) == 1.0
    assert near.shared_lines(ONE, other + "breath 3\n") == 0.75
    assert near.shared_lines(ONE, ONE + "voicing 70\n") == 0.75  # a line that stands there twice is two
    assert near.shared_lines(ONE, "") == near.shared_lines("", "name None\n") == 0.0


def test_a_distance_is_symmetric_and_zero_to_itself(distances):
    np.testing.assert_array_equal(distances, distances.T)
    assert (np.diag(distances) == 0).all() and (distances[~np.eye(len(distances), dtype=bool)] > 0).all()


def test_what_is_no_voice_is_refused():
    with pytest.raises(ValueError, match="voice is 'f3', but should be one of voices"):
        families_of_voices(["en", "f3"])
    with pytest.raises(ValueError, match="requests is empty"):
        families_of_voices([])
