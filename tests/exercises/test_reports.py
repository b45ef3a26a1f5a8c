"""Reports of experiments: what people hand to `check(report)`, right and wrong, beyond the bank of mistakes."""

import json

import numpy as np
import pytest

import gru_ref
from grader.answer.uses import as_text
from grader.base.cards import verdict_text
from grader.checking.diagnosis import examine
from grader.exercises import find, reports
from grader.exercises.capstone import EXAMPLE

LSTM, GRU = (dict(enumerate(steps)) for steps in ([420.0, 390, 450, 405, 430], [210.0, 250, 190, 240, 215]))
DIFFERENCES = np.array([*GRU.values()]) - np.array([*LSTM.values()])


def about(factor, ddof=1):
    return tuple(DIFFERENCES.mean() + sign * factor * DIFFERENCES.std(ddof=ddof) for sign in (-1, 1))


RIGHT = {
    "claim": "A GRU learns adding faster than an LSTM.",
    "measure": "steps of training until the error is below 0.01",
    "better": "lower",
    "baseline": LSTM,
    "gru": GRU,
    "interval": (-256.0, -140.0),
    "verdict": "gru",
}


def checked(report):
    def answer():
        return report

    return examine(find("report"), answer, alone=True)


def test_a_report_passes_and_is_told_that_only_its_form_was_checked():
    verdict = checked(RIGHT)
    assert verdict.passed
    assert "a person decides" in verdict_text(verdict)
    assert "on 3 inputs" not in verdict_text(verdict)


@pytest.mark.parametrize(
    "changes",
    [
        {"interval": [-256, -140]},
        {"interval": np.array([-256.007, -139.993])},
        {"gru": {np.int64(seed): np.float32(steps) for seed, steps in GRU.items()}},
        {"baseline": dict.fromkeys(GRU, 420), "interval": (-229, -169)},  # nothing random in it
        {"baseline": {s: 1.0 for s in GRU}, "gru": {s: 1.0 for s in GRU}, "interval": (0, 0), "verdict": "tie"},
        {"note": "six seeds were planned; the machine broke down"},
    ],
)
def test_reports_in_other_forms_pass(changes):
    verdict = checked(RIGHT | changes)
    assert verdict.passed, verdict_text(verdict)


def test_a_report_that_takes_its_runs_from_the_notebook_is_told_which_name():
    notebook = {"RUNS": GRU, "report": None, "number": lambda run: run}
    exec(
        f"def report():\n    return {RIGHT | {'gru': {}}} | {{'gru': {{s: number(run) for s, run in RUNS.items()}}}}",
        notebook,
    )
    verdict = examine(find("report"), notebook["report"], alone=True)
    assert (verdict.state, dict(verdict.facts)) == ("failed", {"taken from the notebook": "RUNS"})
    assert "takes none from the notebook" in verdict.headline


def test_losses_that_differ_a_hundredfold_are_no_mixture_of_percent_and_fractions():
    solved, never = [0.021, 0.018, 0.025, 0.03, 0.02], [2.05, 2.06, 2.04, 2.07, 2.05]
    runs = {"baseline": dict(enumerate(never)), "gru": dict(enumerate(solved)), "interval": (-2.0446, -2.0178)}
    assert checked(RIGHT | runs).passed


def test_runs_may_all_be_the_chance_to_guess():
    runs = {
        "better": "higher",
        "baseline": dict(enumerate([0.6, 0.61, 0.62, 0.59, 0.63])),
        "gru": dict.fromkeys(GRU, 0.5),
    }
    assert checked(RIGHT | runs | {"interval": (-0.1296, -0.0904), "verdict": "baseline"}).passed


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"gru": GRU | {3: object()}}, "the run of seed 3 is of type object, not a number"),
        ({"gru": dict.fromkeys(GRU, True)}, "the run of seed 0 is True, not a number"),
        ({"gru": {(0, seed): run for seed, run in GRU.items()}}, "the seed (0, 0) is not an integer"),
        ({"gru": {seed + 0.5: run for seed, run in GRU.items()}}, "the seed 0.5 is not an integer"),
        ({"gru": {np.inf: 1.0}}, "the seed inf is not an integer"),
        ({"gru": {210.0, 250.0}}, "it is a set, not a dict"),
        ({"gru": GRU | {3: 10**400}}, "the run of seed 3 is inf"),
    ],
)
def test_what_is_wrong_with_a_side_is_told(changes, told):
    assert dict(checked(RIGHT | changes).facts)["wrong in gru"] == told


@pytest.mark.parametrize(("unit", "first"), [(1, 0), (1, 20), (100, 0)])
def test_the_worked_example_is_recognised_under_other_seeds_and_in_percent(unit, first):
    runs = {side: {first + seed: unit * run for seed, run in side_runs.items()} for side, side_runs in EXAMPLE.items()}
    changes = {"better": "higher", "interval": (unit * -0.0083, unit * 0.006), "verdict": "tie"}
    assert checked(RIGHT | runs | changes).mistake == "example_handed_in"


FEW = {seed: GRU[seed] for seed in (0, 1, 2, 3)}
WRONG = [
    ({"verdict": "GRU"}, "verdict_in_other_words"),
    ({"verdict": True}, "verdict_in_other_words"),
    ({"verdict": "a"}, "verdict_in_other_words"),
    ({"verdict": "baseline"}, "higher_for_lower"),
    ({"better": "higher"}, "higher_for_lower"),
    ({"better": "lower is better"}, "better_in_other_words"),
    ({"interval": "140 to 256"}, "interval_is_no_pair"),
    ({"interval": {"low": -256, "high": -140}}, "interval_is_no_pair"),
    ({"interval": (-256, -198, -140)}, "interval_is_no_pair"),
    ({"interval": (140, 256)}, "baseline_minus_gru"),
    ({"interval": (-198, -198)}, "interval_of_one_run"),
    ({"interval": about(1)}, "deviation_for_interval"),
    ({"interval": about(2.132 / 5**0.5)}, "another_level"),
    ({"interval": about(4.604 / 5**0.5)}, "another_level"),
    ({"interval": about(1.96 / 5**0.5)}, "two_standard_errors"),
    ({"interval": about(2.776 / 5**0.5, ddof=0)}, "divided_by_n"),
    ({"interval": (196.9, 245.1)}, "interval_of_one_side"),
    ({"baseline": [*LSTM.values()]}, "runs_without_seeds"),
    ({"baseline": np.array([*LSTM.values()])}, "runs_without_seeds"),
    ({"baseline": 419.0}, "one_number_for_all_runs"),
    ({"baseline": {}}, "baseline_missing"),
    ({"baseline": None}, "baseline_missing"),
    ({"baseline": FEW, "gru": FEW}, "fewer_than_five_seeds"),
    ({"gru": FEW}, "one_side_has_fewer_seeds"),
    ({"gru": {seed + 5: steps for seed, steps in GRU.items()}}, "not_paired"),
    ({"gru": {0: 210.0}, "baseline": {0: 420.0}}, "one_seed"),
    ({"gru": [(0, 210.0)] * 5}, "same_seed_again"),
    ({"gru": dict.fromkeys(GRU, 210.5)}, "same_result_for_each_seed"),
    ({"gru": {seed: str(steps) for seed, steps in GRU.items()}}, "numbers_in_quotes"),
    ({"gru": GRU | {1: None}}, "a_run_is_not_finite"),
    ({"baseline": LSTM | {2: np.inf}}, "a_run_is_not_finite"),
    ({"baseline": {"lstm": LSTM, "rnn": GRU}}, "several_models_on_a_side"),
    ({"gru": LSTM}, "sides_are_the_same"),
    ({"gru": {"mean": 221.0, "std": 24.1}}, "one_number_for_all_runs"),
    (
        {"gru": dict.fromkeys(GRU, 0.98), "baseline": dict.fromkeys(GRU, 97.0), "better": "higher"},
        "same_result_for_each_seed",
    ),
    ({"interval": (-2.56, -1.40)}, "interval_in_another_unit"),
    ({"interval": (-300, -100)}, "interval_rounded_too_far"),
    ({"claim": "…"}, "claim_missing"),
    ({"claim": "TODO"}, "claim_missing"),
    ({"claim": "????"}, "claim_missing"),
    ({"measure": ""}, "measure_missing"),
]


@pytest.mark.parametrize(("changes", "key"), WRONG, ids=[f"{key}-{k}" for k, (_, key) in enumerate(WRONG)])
def test_a_wrong_report_is_told_what_is_wrong(changes, key):
    verdict = checked(RIGHT | changes)
    assert (verdict.state, verdict.mistake) == ("failed", key), verdict_text(verdict)


def test_a_missing_key_is_named_and_so_is_the_one_in_its_place():
    report = {"baselines" if name == "baseline" else name: value for name, value in RIGHT.items()}
    verdict = checked(report)
    assert verdict.mistake == "key_misspelt"
    assert dict(verdict.facts)["missing"] == "baseline" and dict(verdict.facts)["not known"] == "baselines"


@pytest.mark.parametrize(
    "report", [3, "…", [1, 2], gru_ref, object(), {}, {"gru": object()}, {1: {2: {3: {4: {5: 6}}}}}]
)
def test_whatever_is_returned_is_told_to_be_no_report(report):
    verdict = checked(report)
    assert verdict.state == "failed" and verdict_text(verdict)


def test_a_value_that_contains_itself_is_cut_off():
    endless = []
    endless.append(endless)
    assert reports.Foreign("list") in json.dumps(reports.read(as_text(lambda: endless)))


def test_what_follows_from_a_report_depends_on_what_is_better():
    assert reports.ahead(RIGHT) == "gru"
    assert reports.ahead(RIGHT | {"better": "higher"}) == "baseline"
    assert reports.ahead(RIGHT | {"better": "?"}) is None
    assert reports.ahead(RIGHT | {"gru": LSTM}) == "tie"
