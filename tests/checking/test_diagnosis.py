"""Every kind of bad answer meets a message that says what was returned, what is expected and what to do."""

import dataclasses
import inspect
import time
import warnings

import numpy as np
import pytest

from grader.answer.calling import Deadline, call
from grader.base import timing
from grader.base.cards import verdict_html, verdict_text
from grader.checking.diagnosis import examine
from grader.exercises import find
from tests.support import answers

UPDATE_GATE = find("update_gate")


def text_of(answer, exercise=UPDATE_GATE):
    verdict = examine(exercise, answer)
    assert verdict.state == "failed", verdict
    return verdict_text(verdict)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (answers.returns_nothing, ["returns nothing, None", "Did you forget return?"]),
        (answers.returns_a_list, ["a list of 3", "np.array(the_list)"]),
        (answers.returns_a_number, ["the number", "expected  array (3, 4) float64"]),
        (answers.returns_one_row, ["array (1, 4) float64", "expected  array (3, 4) float64", "(B, H)"]),
        (answers.returns_a_row_without_its_axis, ["array (4,) float64", "The first axis is missing"]),
        (answers.returns_the_transpose, ["array (4, 3) float64", "transposed"]),
        (answers.returns_float32, ["float32", "expected  float64"]),
        (answers.returns_a_matrix_subclass, ["returns a matrix", "plain NumPy array"]),
        (answers.returns_nan, ["NaN or infinity in 12 of 12 entries", "NumPy warned: invalid value", "np.log(-1)"]),
        (answers.returns_complex, ["complex128", "expected  float64"]),
        (answers.returns_strings, ["array of <U", "expected  float64"]),
        (answers.returns_half_of_it, ["12 of 12 entries differ", "Every entry is 0.5 times the right one"]),
        (answers.returns_first_row_right, ["8 of 12 entries differ", "The first row of the batch is right"]),
        (answers.takes_too_few_arguments, ["yours     (x, h)", "expected  (x, h, p)", "def update_gate(x, h, p):"]),
        (answers.misspells_a_parameter, ["return x @ p.W_zi.T", "no attribute 'W_zi'", "parameter's name"]),
        (answers.misses_an_import, ["name 'sigmoyd' is not defined", "return sigmoyd(x)", "misspelt"]),
        (answers.adds_what_does_not_fit, ["return x + p.W_hz", "shapes here: x (3, 2), p.W_hz (4, 4)"]),
        (answers.changes_its_input, ["changes h, which belongs to the caller", "h += 1 does not"]),
        (answers.changes_its_parameters, ["changes p.b_iz, which belongs to the caller"]),
        (answers.leaves, ["SystemExit", "Use return instead"]),
        (answers.calls_itself, ["RecursionError", "calls itself forever"]),
        (answers.uses_the_batch, ["entries differ"]),
        (answers.returns_a_generator, ["returns a generator", "plain NumPy array"]),
        (answers.returns_a_liar, ["returns a AgreesWithAll", "plain NumPy array"]),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_a_bad_answer_is_told_what_is_wrong_with_it(answer, says):
    text = text_of(answer)
    for words in says:
        assert words in text, text


def test_an_error_shows_the_learners_own_line():
    verdict = examine(UPDATE_GATE, answers.misspells_a_parameter)
    _, start = inspect.getsourcelines(answers.misspells_a_parameter)
    assert verdict.code.startswith(f"line {start + 1}: return x @ p.W_zi.T")


@pytest.mark.parametrize("answer", [answers.loops_for_ever, answers.loops_and_swallows, answers.swallows_everything])
def test_an_endless_loop_ends_with_a_message(answer, monkeypatch):
    monkeypatch.setattr(timing, "AGAIN", 0.1)  # seconds until what was swallowed is raised again
    impatient = dataclasses.replace(UPDATE_GATE, seconds=0.3)
    text = text_of(answer, impatient)
    assert "did not finish within 0.3 seconds" in text
    assert any(words in text for words in ("while True", "pass", "except", "continue"))


def test_the_stub_is_told_apart_from_a_wrong_answer():
    verdict = examine(UPDATE_GATE, answers.still_a_stub)
    assert verdict.state == "todo"
    assert "hint(update_gate)" in verdict.next_step


@pytest.mark.parametrize("answer", [answers.right, answers.names_its_arguments_otherwise])
def test_a_right_answer_passes(answer):
    assert examine(UPDATE_GATE, answer).passed


def test_printing_a_megabyte_is_cut_and_costs_nothing():
    verdict = examine(UPDATE_GATE, answers.prints_a_megabyte)
    assert verdict.passed
    assert "of 7,000,007 characters" in verdict.notes[0]
    assert len(verdict.notes[0]) < 1000


def test_a_warning_costs_nothing_but_is_mentioned():
    verdict = examine(UPDATE_GATE, answers.warns)
    assert verdict.passed
    assert "beware" in verdict.notes[0]


def test_a_named_mistake_replaces_the_general_message():
    def without_state(x, h, p):
        return 1 / (1 + np.exp(-(x @ p.W_iz.T + p.b_iz + p.b_hz)))

    verdict = examine(UPDATE_GATE, without_state)
    assert verdict.mistake == "state_ignored"
    assert "state is not used" in verdict.headline


def test_a_known_mistake_is_named_although_it_does_something_else_where_a_size_is_1():
    known = UPDATE_GATE.mistakes["tanh_for_sigmoid"]

    def answer(x, h, p):
        return known.fn(x, h, p) + (1 in (*x.shape, *h.shape))

    assert examine(UPDATE_GATE, known.fn).mistake == examine(UPDATE_GATE, answer).mistake == known.key


def test_a_wrong_result_is_never_broadcast_into_a_right_one():
    """np.allclose would accept any of these; a strict comparison does not."""
    constant = dataclasses.replace(
        UPDATE_GATE,
        known="",
        reference=_half,
        inputs=lambda rng: (np.zeros((3, 2)), np.zeros((3, 4)), None),
        properties={},
    )
    for answer in (lambda x, h, p: np.full((1, 4), 0.5), lambda x, h, p: 0.5, lambda x, h, p: np.full((2, 3, 4), 0.5)):
        assert examine(constant, answer).stage == "kind and shape"


def _half(x, h, p):
    return np.full(h.shape, 0.5)


def test_where_nothing_is_defined_an_answer_must_refuse():
    exercise = dataclasses.replace(
        find("sigmoid"),
        known="",
        reference=_reciprocal,
        inputs=lambda rng: (rng.uniform(1, 2),),
        edges=(),
        refusals=((0.0,),),
        properties={},
    )
    assert examine(exercise, _reciprocal).passed
    verdict = examine(exercise, lambda a: 1 / a if a else 7.0)
    assert verdict.stage == "refuses what is not defined"
    assert "the number 7" in verdict_text(verdict)
    assert "a ValueError" in verdict_text(verdict)
    assert "ZeroDivisionError" in verdict_text(examine(exercise, lambda a: 1 / a))


def test_an_error_returned_in_place_of_raised_is_told_apart():
    verdict = examine(find("half_life"), lambda z: np.log(0.5) / np.log(z) if 0 < z < 1 else ValueError("no"))
    assert "write `raise`" in verdict.next_step


def test_a_refusal_that_numpy_makes_counts_but_is_mentioned():
    def leaves_it_to_numpy(series, n_in, horizon):
        rows = np.lib.stride_tricks.sliding_window_view(series, n_in + horizon)
        return rows[:, :n_in], rows[:, n_in:]

    def refuses(series, n_in, horizon):
        if len(series) < n_in + horizon:
            raise ValueError("too short")
        return leaves_it_to_numpy(series, n_in, horizon)

    verdict = examine(find("windows"), leaves_it_to_numpy)
    assert verdict.passed
    assert "n_in = 3" in verdict.notes[0] and "window shape cannot be larger" in verdict.notes[0]
    assert not examine(find("windows"), refuses).notes


def test_a_wrong_formula_is_named_whether_or_not_it_also_refuses():
    half_life = find("half_life")
    assert examine(half_life, lambda z: np.log(z) / np.log(0.5) if z > 0 else z).mistake == "reciprocal"
    assert examine(half_life, half_life.mistakes["reciprocal"].fn).mistake == "reciprocal"


def test_refusing_what_is_fine_points_at_the_answers_own_condition():
    def refuses_all(z):
        raise ValueError("no")

    assert "your own `raise`" in examine(find("half_life"), refuses_all).next_step


def test_small_arguments_are_written_out_to_be_worked_by_hand():
    assert "for          xs = [" in text_of(lambda xs, z: xs + z, find("ema"))


def _reciprocal(a):
    if a == 0:
        raise ValueError("a is 0, but should be another number")
    return 1 / a


def test_the_same_seed_gives_the_same_verdict():
    assert examine(UPDATE_GATE, answers.uses_the_batch, 3) == examine(UPDATE_GATE, answers.uses_the_batch, 3)


def test_a_card_escapes_what_the_learner_wrote():
    def update_gate(x, h, p):
        raise ValueError("<script>alert(1)</script>")

    html = verdict_html(examine(UPDATE_GATE, update_gate))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_an_error_inside_compiled_code_points_at_the_answers_own_line():
    verdict = examine(find("orthogonal"), lambda H, gain, rng: rng.standard_normal(H, "float8"))
    assert "rng.standard_normal(H" in verdict.code


def test_the_same_arguments_in_another_order_are_noticed():
    def update_gate(h, x, p):
        return answers.right(x, h, p)

    verdict = examine(UPDATE_GATE, update_gate)
    assert verdict.stage == "arguments"
    assert "in a different order" in verdict.headline
    assert "def update_gate(x, h, p):" in verdict.next_step


def test_a_call_of_another_answer_that_is_not_written_yet_says_which():
    def update_gate(x, h, p):
        raise NotImplementedError("gate is yours to write")

    verdict = examine(UPDATE_GATE, update_gate)
    assert verdict.state == "todo"
    assert "calls `gate`" in verdict.headline


def test_a_mistake_in_one_branch_is_named_whatever_the_others_do():
    def readout(hs, lengths, W, b, kind):
        if kind == "class":
            return np.zeros(3)
        return hs @ W.T + b + (kind == "value")

    exercise = find("readout")
    steps = dataclasses.replace(exercise, inputs=lambda rng: (*exercise.inputs(rng)[:4], "steps"))
    assert examine(steps, readout).mistake == "steps_not_masked"
    assert examine(dataclasses.replace(steps, branch=None), readout).mistake is None


def test_a_refusal_is_recognised_in_whatever_words():
    """A known mistake that refuses too much is named, though the learner's error says it otherwise."""

    def refuses_the_ends(z):
        if not 0.2 < z < 0.8:
            raise ValueError("my own words")
        return np.log(0.5) / np.log(z)

    known = """
### Too much is refused {#ends_refused}

```python
def half_life(z):
    if not 0.2 < z < 0.8:
        raise ValueError("z is not in the middle")
    return np.log(0.5) / np.log(z)
```
"""
    exercise = dataclasses.replace(find("half_life"), known=known)
    seed = next(s for s in range(50) if examine(exercise, refuses_the_ends, s).state == "failed")
    assert examine(exercise, refuses_the_ends, seed).mistake == "ends_refused"


def test_a_refusal_is_recognised_in_whatever_words_where_the_check_calls_the_answer_in_its_own_way():
    def counts_no_horizon(n, first, horizon, step):
        if first > n:
            raise ValueError("in my own words")
        return [(np.arange(o), np.arange(o, o + horizon)) for o in range(first, n - horizon + 1, step)]

    assert examine(find("rolling_origin"), counts_no_horizon).mistake == "horizon_not_counted"


def test_an_error_of_numpys_is_no_refusal():
    def of_numpys(z):
        return np.ones((2, 3)) @ np.ones((2, 3))

    arguments = ((0.5,), ("z",), Deadline(5))
    assert not call(of_numpys, *arguments).refused
    assert not call(lambda z: np.split(np.ones(3), 2), *arguments).refused
    assert call(find("half_life").reference, (2.0,), ("z",), Deadline(5)).refused is False, "gru_ref's own checks"


def test_in_a_quiet_exercise_only_what_leaves_the_floats_counts():
    def sigmoid(a):
        warnings.warn("mine", RuntimeWarning, stacklevel=1)
        return find("sigmoid").others[0](a)

    verdict = examine(find("sigmoid"), sigmoid)
    assert verdict.passed
    assert "mine" in verdict.notes[0]
    overflowing = examine(find("sigmoid"), lambda a: warnings.warn("mine", stacklevel=1) or 1 / (1 + np.exp(-a)))
    assert overflowing.mistake == "overflows_for_negative_numbers"


def test_an_answer_that_waits_is_told_so_and_one_that_works_is_told_to_look_for_a_loop():
    impatient = dataclasses.replace(UPDATE_GATE, seconds=0.1)
    waits = examine(impatient, lambda x, h, p: time.sleep(60))
    assert waits.headline == "`update_gate` did not finish within 0.8 seconds, and computed for less than 0.1 of them"
    assert "sleep" in waits.next_step
    works = examine(impatient, answers.loops_for_ever)
    assert works.headline == "`update_gate` did not finish within 0.1 seconds"
    assert "loop that never ends" in works.next_step


def test_who_is_stopped_in_an_import_is_told_to_restart_the_kernel(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "half_loaded.py").write_text("while True: pass")

    def update_gate(x, h, p):
        import half_loaded

        return half_loaded

    verdict = examine(dataclasses.replace(UPDATE_GATE, seconds=0.1), update_gate)
    assert "in the middle of an import" in verdict.headline
    assert "Restart the kernel" in verdict.next_step
    assert "your notebook is fine" not in " ".join(verdict.body)


def test_a_mistake_made_in_place_keeps_its_name():
    def update_gate(x, h, p):
        p.b_hz[:] = 0
        return answers.right(x, h, p)

    verdict = examine(UPDATE_GATE, update_gate)
    assert verdict.mistake == "state_bias_dropped"
    assert "`p.b_hz` is changed" in verdict.body[-1]
