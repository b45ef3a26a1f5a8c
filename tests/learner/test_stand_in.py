"""A cell that uses an answer gets the learner's own if it is right, and the course's otherwise."""

import numpy as np
import pytest

import gru_ref
from grader import own
from grader.judge.guest import client
from grader.learner import progress_log


def blend(z, n, h):
    return (1 - z) * n + z * h


def test_a_right_answer_is_used(capsys):
    assert own(blend) is blend
    assert capsys.readouterr().out == "This cell uses your own blend.\n"


def exchanged(z, n, h):
    return z * n + (1 - z) * h


def open_still(z, n, h):
    raise NotImplementedError("write blend here")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (exchanged, "Your blend is not right yet, so this cell uses the course's.\nSee what its check says"),
        (open_still, "Your blend is not written yet, so"),
    ],
)
def test_otherwise_the_courses_is_used_and_that_is_said(answer, says, capsys, monkeypatch):
    monkeypatch.setattr(answer, "__name__", "blend")
    assert own(answer) is gru_ref.blend
    said = capsys.readouterr().out
    assert said.startswith(says) and "run this cell again" in said


def test_nothing_of_it_is_noted():
    own(blend)
    assert progress_log.records() == {}


@pytest.mark.parametrize(
    ("answer", "says"),
    [("blend", "own takes the function itself"), (exchanged, "exchanged is not an exercise"), (3, "but got int")],
)
def test_what_is_no_answer_is_refused(answer, says):
    with pytest.raises(ValueError, match=says):
        own(answer)


@pytest.mark.parametrize("answer", ["blend", exchanged, 3, lambda z, n, h: z, np.tanh, gru_ref.blend])
def test_a_refusal_speaks_of_own_alone(answer):
    with pytest.raises(ValueError) as caught:
        own(answer)
    assert "check" not in str(caught.value)


def test_a_name_in_quotes_is_told_what_to_write():
    with pytest.raises(ValueError, match=r"Write own\(blend\)\.$"):
        own("blend")


def test_while_a_lesson_is_graded_it_is_the_courses():
    assert client.own(exchanged_named_blend()) is gru_ref.blend
    with pytest.raises(ValueError, match="exchanged is not the name of an exercise"):
        client.own(exchanged)


def exchanged_named_blend():
    def blend(z, n, h):
        return exchanged(z, n, h)

    return blend
