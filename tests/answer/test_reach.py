"""An answer cannot call its own reference, but everything else of gru_ref. (The bank's answers: exercises/test_bank.py.)"""

import numpy as np
import pytest

import gru_ref
from grader.answer.reach import out_of_reach
from grader.checking.diagnosis import examine
from grader.exercises import find
from gru_ref import reset_gate as under_another_name


def calls_it(x, h, p):
    return gru_ref.reset_gate(x, h, p)


def calls_it_by_another_name(x, h, p):
    return under_another_name(x, h, p)


def calls_what_it_may(x, h, p):
    return gru_ref.gate(x, h, p.W_ir, p.W_hr, p.b_ir, p.b_hr)


@pytest.mark.parametrize("answer", [calls_it, calls_it_by_another_name])
def test_calling_the_reference_is_no_answer(answer):
    exercise = find("reset_gate")
    verdict = examine(exercise, answer, alone=True)
    assert verdict.state == "failed"
    assert "the one that the exercise asks you to write" in verdict.body[0]
    assert "reset_gate(x, h, p)" in verdict.code or "under_another_name" in verdict.code
    assert "other functions of gru_ref" in verdict.next_step


def test_other_functions_may_be_called():
    exercise = find("reset_gate")
    assert examine(exercise, calls_what_it_may, alone=True).passed


def test_a_step_back_is_not_answered_by_a_sequence_of_one_nor_a_sequence_by_the_fast_engine():
    def one_step(dh, cache, p):
        dxs, dh0, grads = gru_ref.gru_backward(dh[None], [cache], p)
        return dxs[0], dh0, grads

    def engine(dhs, caches, p):
        _, _, tape = gru_ref.layers.layer_forward("gru", np.stack([cache.x for cache in caches]), p, caches[0].h)
        return gru_ref.layers.layer_backward(dhs, tape)

    assert examine(find("gru_step_backward"), one_step).passed
    assert examine(find("gru_step_backward"), one_step, alone=True).state == "failed"
    assert examine(find("gru_backward"), engine, alone=True).state == "failed"


def test_the_reference_works_again_afterwards():
    def fails(x, h, p):
        raise KeyError

    for answer in (calls_it, fails):
        with pytest.raises((PermissionError, KeyError)), out_of_reach(gru_ref.reset_gate):
            answer(1, 2, 3)
    assert find("reset_gate").reference is gru_ref.reset_gate
    with pytest.raises(ValueError, match="p is a int"):
        gru_ref.reset_gate(1, 2, 3)
