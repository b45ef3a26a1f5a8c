"""Parts have names, and the check says what several wrong parts have in common."""

import numpy as np
import pytest

import gru_ref
from grader.checking.parts import Part, brief, condensed, kinship, misfit, pairs_of

FIELDS = [f"grads.{name}" for name in gru_ref.GRUParams._fields]
GRU = gru_ref.init_gru(2, 3, np.random.default_rng(0))


def names(value, declared=""):
    part = Part("", value, declared)
    return [wanted.name for _, wanted in pairs_of(part, part)]


def test_every_part_has_a_name():
    assert names(1.0) == [""]
    assert names((1.0, 2.0)) == ["part 1", "part 2"]
    assert names((1.0, (2.0, 3.0)), {"mean": "", "interval": {"low": "", "high": ""}}) == [
        "mean",
        "interval.low",
        "interval.high",
    ]
    assert names((GRU, [(1.0, 2.0)]), {"grads": "", "rest": ""}) == [*FIELDS, "rest[0][0]", "rest[0][1]"]
    assert names({"weight": 1.0, "bias": 2.0}) == ["weight", "bias"]


def test_parameters_know_their_axes():
    part = Part("", GRU, "")
    axes = {wanted.name: wanted.axes for _, wanted in pairs_of(part, part)}
    assert (axes["W_ir"], axes["W_hn"], axes["b_hz"]) == ("H I", "H H", "H")


@pytest.mark.parametrize("got", [None, 1.0, (1.0,), [1.0, GRU], (1.0, tuple(GRU)), (1.0, None)])
def test_another_form_is_found(got):
    assert misfit(Part("", got, ""), Part("", (1.0, GRU), "")) is not None


def test_a_name_stands_for_all_of_its_parts():
    of = ["p.net[0].W", "p.net[0].b", "p.net[1].W", "p.b", "t"]
    assert condensed(of, of) == ["p", "t"]
    assert condensed(of[:3], of) == ["p.net"]
    assert condensed(of[:2], of) == ["p.net[0]"]
    assert condensed([of[0], of[3]], of) == ["p.net[0].W", "p.b"]
    assert brief([of[0], of[3], of[4]], of) == "p.net[0].W; p.b; t"
    assert brief(of[:3] + of[4:], of) == "all of p.net; t"
    assert brief(of[:4], of) == "all of p"
    assert brief(FIELDS[:2], FIELDS) == "grads: W_ir, W_iz"
    assert brief(["s.t", "s.m.a", "s.m.b"], ["s.t", "s.m.a", "s.m.b", "s.v"]) == "s: t, all of m"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["r"], "the weights and biases of the reset gate r"),
        (["r", "n"], "The error reaches r through n, so begin with n"),
        (["W_h"], "the weights on the state's side are"),
        (["b_"], "the biases are"),
        (["W_iz", "b_iz"], "the weights and biases on the input's side of the update gate z"),
    ],
)
def test_what_wrong_gradients_have_in_common_is_said(wrong, says):
    matching = [f for f in FIELDS if any(f.endswith(w) or f".{w}" in f for w in wrong)]
    assert says in kinship(["dx", *matching], ["dx", *FIELDS])


def test_parameters_that_are_no_gradients_get_no_advice_about_errors():
    names = [name.removeprefix("grads.") for name in FIELDS]
    told = "Exactly the weights and biases of the update gate z are wrong, and no other parameters."
    assert kinship([name for name in names if name.endswith("z")], names) == told


@pytest.mark.parametrize("wrong", [[], ["grads.W_hn"], FIELDS, ["grads.W_hn", "grads.b_ir"], ["dx", "dh"]])
def test_nothing_in_common_is_invented(wrong):
    assert kinship(wrong, ["dx", "dh", *FIELDS]) is None
