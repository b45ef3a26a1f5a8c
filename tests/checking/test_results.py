"""Results of several parts are checked part by part, and a message names the part."""

import numpy as np
import pytest

import gru_ref
from grader.base.cards import verdict_text
from grader.checking.diagnosis import examine
from grader.exercises import find
from grader.exercises.exercise import Exercise
from gru_ref import GRUParams, RNNParams


def weigh(x, h, p, scale=1.0):
    """Something with a result of many parts: two arrays, and gradients as parameters."""
    grads = GRUParams(*(scale * np.tanh(w + x.sum()) for w in p))
    return scale * x @ p.W_ir.T @ p.W_ir, scale * h @ p.W_hr, grads


def draw(rng):
    B, I, H = rng.permutation([2, 3, 4])
    p = gru_ref.init_gru(I, H, rng)
    return rng.normal(size=(B, I)), rng.normal(size=(B, H)), p


WEIGH = Exercise(reference=weigh, inputs=draw, hints=("", "", ""), parts={"dx": "B I", "dh_prev": "B H", "grads": ""})
EACH_IN_ONE = RNNParams(*np.arange(4.0))


def say(answer, exercise=WEIGH):
    verdict = examine(exercise, answer)
    assert verdict.state == "failed", verdict
    return verdict_text(verdict)


def changed(change):
    """An answer whose three parts go through `change`."""
    return lambda x, h, p, scale=1.0: change(*weigh(x, h, p, scale))


def with_fields(change, *fields):
    return changed(lambda dx, dh, g: (dx, dh, g._replace(**{f: change(getattr(g, f)) for f in fields})))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (changed(lambda dx, dh, g: None), ["returns nothing, None", "Did you forget return?"]),
        (changed(lambda dx, dh, g: dx), ["dx is there, and right. Missing: dh_prev and grads", "(dx, dh_prev, grads)"]),
        (changed(lambda dx, dh, g: (dx, g)), ["a tuple of 2", "dx and grads are there", "Missing: dh_prev"]),
        (changed(lambda dx, dh, g: (dx, (dx, dh), g)), ["a tuple of 2", "dh_prev should be one array, but you returned several in brackets"]),
        (changed(lambda dx, dh, g: (dx, dh, g, 0)), ["a tuple of 4", "right, but in a different form"]),
        (changed(lambda dx, dh, g: ((dx, dh), g)), ["right, but in a different form", "return dx, dh_prev, grads"]),
        (changed(lambda dx, dh, g: [dx, dh, g]), ["a list of 3", "Leave out the square brackets"]),
        (changed(lambda dx, dh, g: {"dx": dx}), ["a dict with 'dx'", "return dx, dh_prev, grads"]),
        (changed(lambda dx, dh, g: (dh, dx, g)), ["parts in a different order", "yours     (dh_prev, dx, grads)"]),
        (changed(lambda dx, dh, g: (g, dh, dx)), ["parts in a different order", "yours     (grads, dh_prev, dx)"]),
        (changed(lambda dx, dh, g: (2 * dh, dx, g)), ["parts in a different order", "Their shapes are the right ones"]),
        (changed(lambda dx, dh, g: (dx, dh, None)), ["returns nothing, None as grads", "Collect them in a GRUParams"]),
        (changed(lambda dx, dh, g: (dx, None, g)), ["None as dh_prev", "list.append"]),
        (changed(lambda dx, dh, g: (dx, dh, tuple(g))), ["a tuple of 12 as grads", "GRUParams(W_ir=…, W_iz=…, …)"]),
        (changed(lambda dx, dh, g: (dx, dh, g._asdict())), ["a dict of 12 as grads", "GRUParams(**the_dict)"]),
        (changed(lambda dx, dh, g: (dx, dh, EACH_IN_ONE)), ["RNNParams as grads", "RNNParams(W_ih, W_hh, b_ih, b_hh)"]),
        (changed(lambda dx, dh, g: (dx[0], dh, g)), ["as dx", "should be (B, I)"]),
        (changed(lambda dx, dh, g: (dx.T, dh.T, g)), ["as dx", "transposed", "dh_prev has the wrong kind or shape, too"]),
        (changed(lambda dx, dh, g: (dx, 1.0, g)), ["the number 1 (a float) as dh_prev", "summed or indexed away"]),
        (with_fields(lambda w: w.T, "W_in"), ["as grads.W_in", "should be (H, I)"]),
        (with_fields(lambda w: w[None], "b_hn"), ["as grads.b_hn", "(H,)", "Is a sum over the batch missing?"]),
        (with_fields(np.float32, "b_hn"), ["an array of float32 as grads.b_hn", "expected  float64"]),
        (with_fields(lambda w: w * np.nan, "b_hn"), ["NaN or infinity in", "of grads.b_hn"]),
        (changed(lambda dx, dh, g: (dx, -dh, g)), ["dh_prev is wrong, all other parts are right", "opposite sign"]),
        (changed(lambda dx, dh, g: (-dx, dh, g)), ["right          dh_prev, all of grads", "wrong          dx\n"]),
        (with_fields(lambda w: 2 * w, *GRUParams._fields), ["grads is wrong", "2 times the right one. The same holds in each"]),
        (with_fields(np.square, "W_ir", "W_hr", "b_ir", "b_hr"), ["weights and biases of the reset gate r are wrong"]),
        (with_fields(np.square, "W_hz"), ["grads.W_hz is wrong", "your grads.W_hz[0, 0]"]),
        (with_fields(np.square, *GRUParams._fields[:6]), ["Exactly the weights are wrong", "what is it multiplied by"]),
        (with_fields(np.square, *GRUParams._fields[6:]), ["Exactly the biases are wrong", "over which axis"]),
        (with_fields(np.square, "W_hr", "W_hz", "W_hn"), ["Exactly the weights on the state's side are wrong"]),
        (with_fields(np.square, "W_hr", "b_ir"), ["grads.W_hr and grads.b_ir are wrong"]),
        (with_fields(np.square, "W_hr", "b_ir", "b_iz", "b_in"), ["4 of its 14 parts are wrong"]),
        (changed(lambda dx, dh, g: (dx, dh, g._replace(W_hr=g.W_hz, W_hz=g.W_hr))), ["Your grads.W_hr is what grads.W_hz"]),
        (lambda x, h, p: weigh(x, h, p, 3.0), ["wrong values in all of its 14 parts", "3 times the right one. The same holds in each"]),
    ],
)  # fmt: skip
def test_the_part_that_is_wrong_is_named(answer, says):
    exercise = WEIGH if answer.__code__.co_argcount == 4 else _without_scale()
    text = say(answer, exercise)
    for words in says:
        assert words in text, text


def _without_scale():
    return Exercise(reference=_weigh, inputs=draw, hints=("", "", ""), parts=WEIGH.parts)


def _weigh(x, h, p):
    return weigh(x, h, p)


def test_a_nested_answer_that_is_right_passes():
    assert examine(WEIGH, changed(lambda *parts: parts)).passed


def test_another_namedtuple_of_the_same_name_is_told_apart():
    from collections import namedtuple

    again = namedtuple("GRUParams", GRUParams._fields)
    assert "don't define it again" in say(changed(lambda dx, dh, g: (dx, dh, again(*g))))


# ----------------------------------------------------------------------------------- booleans, texts, lists, dicts


def _is_long(xs):
    return len(xs) > 3


def _summary(xs):
    return float(np.mean(xs)), (float(min(xs)), float(max(xs))), "long" if len(xs) > 3 else "short"


def _running(xs):
    return [(x, np.array([x, x])) for x in xs]


def _table(xs):
    return {"first": xs[:2] + 0, "size": len(xs)}


def _count(texts):
    return {word: len(word) for text in texts for word in text.split()}


COUNT = Exercise(
    reference=_count,
    inputs=lambda rng: ([str(word) for word in rng.permutation(["one", "three", "seven"])],),
    edges=((["a bc"],),),
    hints=("", "", ""),
)


def _gradient(xs):
    return {"x.grad": xs + 1}


def simple(reference, **more):
    return Exercise(
        reference=reference,
        inputs=lambda rng: (rng.normal(size=rng.integers(2, 4)),),
        edges=((np.arange(5.0),),),
        hints=("", "", ""),
        **more,
    )


SUMMARY = simple(_summary, parts={"mean": "", "interval": {"low": "", "high": ""}, "verdict": ""})


@pytest.mark.parametrize(
    ("exercise", "answer", "says"),
    [
        (
            simple(_is_long),
            lambda xs: 0,
            ["the integer 0", "expected  False, a boolean", "Return True or False"],
        ),
        (simple(_is_long), lambda xs: xs > 3, ["array (", "np.all(…)"]),
        (simple(_is_long), lambda xs: False, ["the wrong value", "_is_long  False", "should be      True"]),
        (SUMMARY, lambda xs: (*_summary(xs)[:2], "long"), ["verdict is wrong", "long", "should be     short"]),
        (SUMMARY, lambda xs: (*_summary(xs)[:2], True), ["True, a boolean as verdict", "the text 'short'"]),
        (SUMMARY, lambda xs: (_summary(xs)[0], (0.0, max(xs)), "x"), ["interval.low and verdict are wrong"]),
        (SUMMARY, lambda xs: (_summary(xs)[0], *_summary(xs)[1], "x"), ["a tuple of 4", "mean is there", "interval"]),
        (SUMMARY, lambda xs: (_summary(xs)[0], list(_summary(xs)[1]), "x"), ["a list of 2 as interval", "(low, high)"]),
        (SUMMARY, lambda xs: (_summary(xs)[0], _summary(xs)[1], None), ["None as verdict"]),
        (simple(_running), lambda xs: _running(xs)[1:], ["a list of", "the wrong length"]),
        (simple(_running), lambda xs: tuple(_running(xs)), ["a tuple of", "Return a list"]),
        (
            simple(_running),
            lambda xs: [(x, np.array([x, 0])) for x in xs],
            ["[0][1] and [1][1] are wrong", "your [0][1][1]"],
        ),
        (simple(_gradient), lambda xs: {"x.grad": None}, ["None as x.grad", "No gradient reaches"]),
        (simple(_table), lambda xs: {"first": xs[:2]}, ["a dict with the wrong keys", "Missing: size."]),
        (simple(_table), lambda xs: {"x": 1, **_table(xs)}, ["Too many: x."]),
        (COUNT, lambda texts: {}, ["a dict with the wrong keys", "texts = [", "a dict without a key", "Missing: "]),
        (
            COUNT,
            lambda texts: {word: 0 for word in _count(texts)},
            [
                "none of ",
                "texts = ['",
                "your _count(…)['",
                "with these few words by hand",
            ],
        ),
        (simple(_table), lambda xs: {"size": 0, "first": xs[:2]}, ["size is wrong", "the other part is right"]),
        (simple(_table), lambda xs: {"size": float(len(xs)), "first": xs[:2]}, ["as size", "A count is an int"]),
    ],
)
def test_every_kind_of_part_is_judged(exercise, answer, says):
    text = say(answer, exercise)
    for words in says:
        assert words in text, text


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (simple(_is_long), lambda xs: np.bool_(len(xs) > 3)),
        (simple(_is_long), lambda xs: np.array(len(xs) > 3)),
        (simple(_table), lambda xs: {"size": len(xs), "first": xs[:2]}),
        (SUMMARY, lambda xs: (xs.mean(), (np.array(xs.min()), xs.max()), "long" if len(xs) > 3 else "short")),
    ],
)
def test_the_same_said_otherwise_passes(exercise, answer):
    assert examine(exercise, answer).passed


# ------------------------------------------------------------------------------------------- results drawn at random


def _draw_parameters(I, H, rng):
    return gru_ref.init_gru(I, H, rng)


DRAWN = Exercise(reference=_draw_parameters, inputs=lambda rng: (2, 3, rng), hints=("", "", ""), by_value=False)


def test_what_is_drawn_at_random_is_judged_by_its_form():
    assert examine(DRAWN, lambda I, H, rng: gru_ref.init_gru(I, H, np.random.default_rng(1))).passed
    assert "a tuple of 12" in say(lambda I, H, rng: tuple(gru_ref.init_gru(I, H, rng)), DRAWN)
    text = say(lambda I, H, rng: GRUParams(*(w.T for w in gru_ref.init_gru(I, H, rng))), DRAWN)
    assert "as W_ir" in text
    assert "transposed: the axes should be (H, I)" in text
    assert "of W_iz" in say(lambda I, H, rng: gru_ref.init_gru(I, H, rng)._replace(W_iz=np.full((3, 2), np.inf)), DRAWN)


# ------------------------------------------------------------------------------------------------- optional arguments


def _forward(xs, h0, lengths=None):
    return xs[: None if lengths is None else lengths[0]] + h0


FORWARD = Exercise(
    reference=_forward,
    inputs=lambda rng: (rng.normal(size=4), 1.0),
    edges=((np.arange(4.0), 2.0, np.array([2])), (np.arange(4.0), 2.0, None)),
    hints=("", "", ""),
    axes="T",
)


def test_an_optional_argument_may_be_left_out_of_a_call():
    assert examine(FORWARD, _forward).passed
    text = say(lambda xs, h0, lengths=None: xs + h0, FORWARD)
    assert "lengths = [2]" in text
    assert "lengths = None" in say(lambda xs, h0, lengths=0: xs + h0 if lengths == 0 else xs[:2] + h0, FORWARD)


@pytest.mark.parametrize("answer", [lambda xs, h0: xs, lambda xs, h0, lengths: xs])
def test_an_optional_argument_must_be_accepted_and_optional(answer):
    text = say(answer, FORWARD)
    assert "expected  (xs, h0, lengths=None)" in text
    assert "def _forward(xs, h0, lengths=None):" in text


def test_a_part_that_is_itself_a_tuple_is_found():
    def array_and_pair(x):
        return x, (x.sum(), x.mean())

    def with_one_more(x):
        return *array_and_pair(x), 0

    exercise = Exercise(reference=array_and_pair, inputs=lambda rng: (rng.normal(size=3),), hints=("", "", ""))
    assert "Everything is there, and right" in verdict_text(examine(exercise, with_one_more))


@pytest.mark.parametrize("exercise", ["accuracy_interval", "log_mel", "update_gate"])
def test_a_list_that_contains_itself_is_the_wrong_kind(exercise):
    """As after `the_list.append(the_list)`."""
    the_list = [0.5]
    the_list += [the_list, the_list]

    def answer(*args):
        return the_list

    answer.__signature__ = find(exercise).signature
    assert examine(find(exercise), answer).stage == "kind and shape"


def test_infinity_passes_where_it_is_right_and_only_there():
    """The logarithm of what is impossible is −∞."""
    exercise = find("ctc_log_likelihood")

    def answered(change):
        def ctc_log_likelihood(log_probs, target, blank):
            return change(gru_ref.ctc_log_likelihood(log_probs, target, blank))

        return examine(exercise, ctc_log_likelihood)

    assert answered(lambda value: value).passed
    assert answered(lambda value: -value if np.isinf(value) else value).stage == "finite"
    assert answered(lambda value: np.nan if np.isinf(value) else value).stage == "finite"
    assert answered(lambda value: value if np.isinf(value) else -np.inf).stage == "finite"


def test_lists_of_tokens_are_written_out_as_one_would_type_them():
    exercise = find("error_rate")

    def error_rate(references, hypotheses):
        return gru_ref.error_rate(references, hypotheses) + (len(references) == 1 and hypotheses[0] == [])

    facts = dict(examine(exercise, error_rate).facts)
    assert facts["for"] == "references = [[0, 1, 2]], hypotheses = [[]]"


def test_a_part_that_is_right_where_it_is_was_not_moved():
    """An accuracy may happen to be what the baseline should be, while the baseline is right."""
    probe = find("linear_probe")

    def linear_probe(hs, labels):
        baseline = probe.reference(hs, labels)[1]
        return baseline, baseline

    assert "different order" not in verdict_text(examine(probe, linear_probe))
