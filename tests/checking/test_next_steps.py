"""A learner can do the suggested next step: with inputs small enough for paper, or with what the function compares."""

import re

import numpy as np
import pytest
import torch

import gru_ref
from grader.base.cards import verdict_text
from grader.base.wording import in_full, numbers_in
from grader.checking.cases import prepare
from grader.checking.diagnosis import examine
from grader.exercises import bank, find

NO_NAMES = [e for lesson in bank().values() for e in lesson.values() if e.by_value and not e.use]


def halved(value):
    """A result whose numbers are all wrong, each in another way."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return 0.4 * value + 0.3 * np.sin(np.arange(value.size) + 1).reshape(value.shape)
    if hasattr(value, "_fields"):
        return type(value)(*map(halved, value))
    if isinstance(value, (tuple, list)):
        return type(value)(map(halved, value))
    if isinstance(value, dict):
        return {key: halved(v) for key, v in value.items()}
    if isinstance(value, float):
        return 0.4 * value + 0.3
    return value


@pytest.mark.parametrize("exercise", NO_NAMES, ids=lambda e: e.name)
def test_a_wrong_value_is_followed_by_something_to_do_with_its_own_numbers(exercise):
    reference = exercise.reference

    def answer(*args):
        return halved(reference(*args))

    answer.__signature__ = exercise.signature
    verdict = examine(exercise, answer, naming=False)
    if verdict.stage != "values":  # integers, texts and the like are left as they are
        pytest.skip("its result holds no floats")
    facts = dict(verdict.facts)
    yours, right = list(facts.values())[-2:]
    assert yours in verdict.next_step and right in verdict.next_step
    assert "Work one entry" not in verdict.next_step
    if "few numbers" in verdict.next_step:
        for name in exercise.parameters:
            assert re.search(rf"\b{name}(\.\w+|\[\d+\])* = ", facts["for"]), facts["for"]
        assert "array (" not in facts["for"]


def test_inputs_for_paper_give_the_number_that_is_right():
    """To the digits that they are written with."""
    verdict = examine(find("rnn_step"), lambda x, h, p: gru_ref.rnn_step(x, h, p) * h)
    assert "smallest of the tried inputs where it differs" in verdict.body[-1]
    facts = dict(verdict.facts)
    x, h, W_ih, W_hh, b_ih, b_hh = (float(n) for n in re.findall(r"= \[+([^\]]*)\]", facts["for"]))
    assert np.tanh(W_ih * x + b_ih + W_hh * h + b_hh) == pytest.approx(float(facts["should be"]), abs=2e-3)


def test_the_first_wrong_inputs_are_kept_if_they_are_small():
    verdict = examine(find("ema"), lambda xs, z: gru_ref.ema(xs**2, z))
    assert dict(verdict.facts)["for"] == in_full("xs", prepare(find("ema")).arguments[0][0]) + ", z = 0.8"
    assert "smallest" not in " ".join(verdict.body)


def test_who_is_wrong_in_the_padding_alone_is_told_so():
    def gru_forward(xs, h0, p, lengths=None):
        hs = gru_ref.gru_forward(xs, h0, p, lengths)
        if lengths is not None:
            hs[~gru_ref.length_mask(len(xs), lengths)] = 0.3
        return hs

    told = verdict_text(examine(find("gru_forward"), gru_forward))
    assert "All real steps are right" in told
    assert "carried from one step to the next" not in told


def test_a_wrong_choice_is_asked_what_it_compares():
    def compare(a, b):
        difference, (low, high), verdict = gru_ref.compare(a, b)
        return difference, (low, high), "b" if verdict == "tie" and difference > 0 else verdict

    next_step = examine(find("compare"), compare).next_step
    assert "both sides of each condition in your function" in next_step
    assert "leads to b, where tie is right" in next_step


def test_differences_that_are_all_0_are_told_in_all_their_causes():
    def numerical_gradient(f, a):
        return np.zeros_like(a)

    told = verdict_text(examine(find("numerical_gradient"), numerical_gradient))
    assert "All differences are 0" in told
    assert "never filled in" in told and "so small that it is lost" in told


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        (lambda xs, n, targets: (xs.numpy(), n, targets), "returns another type"),
        (lambda xs, n, targets: (xs, n.int(), targets), "returns another type"),
        (lambda xs, n, targets: (xs, n.no_such_thing, targets), "stopped with an error"),
    ],
)
def test_what_the_check_refuses_is_not_told_as_an_error_of_the_answer(change, headline):
    def collate(batch):
        return change(*gru_ref.torch_models.collate(batch))

    verdict = examine(find("collate"), collate)
    assert verdict.state == "failed"
    assert verdict.mistake or headline in verdict.headline
    assert headline == "stopped with an error" or "stopped with an error" not in verdict.headline


def test_parameters_that_do_not_fit_are_no_error_of_the_answer_either():
    class GRUCell(torch.nn.Module):
        def __init__(self, input_size, hidden_size):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(hidden_size))

    verdict = examine(find("GRUCell"), GRUCell)
    assert verdict.mistake or "has the wrong parameters" in verdict.headline


def test_a_broken_property_shows_a_call_to_repeat():
    def only_turns(H, gain, rng):
        W = gru_ref.orthogonal(H, gain, rng)
        return W * np.where(np.arange(H) == 0, np.sign(np.linalg.det(W)), 1)

    verdict = examine(find("orthogonal"), only_turns)
    assert (verdict.stage, verdict.mistake) == ("laws", None)
    assert dict(verdict.facts)["the last call"].startswith("H = 3, gain = 1")
    assert "many such calls" in verdict.next_step


def test_numbers_are_counted_and_written_in_full():
    p = gru_ref.init_gru(1, 1, np.random.default_rng(0))
    assert numbers_in((p, np.zeros((2, 3)), "class", None)) == 12 + 6 + 2
    assert numbers_in(np.random.default_rng(0)) == float("inf")
    assert in_full("a", np.array([[0.123456, 2.0]])) == "a = [[0.1235, 2]]"
    assert in_full("p", p).count("p.") == 12
