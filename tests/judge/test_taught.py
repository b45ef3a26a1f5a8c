import ast
from dataclasses import replace
from functools import cache

import pytest

import gru_ref
from grader.authoring.withheld import solved, withhold
from grader.base.limits import Limits
from grader.exercises import bank
from grader.judge import course_package, image, selfcheck, taught
from grader.judge.sandbox import Warm

LESSONS = list(bank())
NUMBERS = range(100)  # a lesson's has two digits; what a lesson will teach may be there before it
EXERCISES = [(lesson, name) for lesson, exercises in bank().items() for name in exercises]


def test_of_everything_in_gru_ref_it_is_declared_which_lesson_teaches_it():
    undeclared = [name for name in course_package.definitions() if taught.hidden_up_to(name) == taught.ALWAYS]
    assert undeclared == [], (
        "say in their modules' TAUGHT_IN which lesson teaches these: until then every lesson hides them"
    )


@pytest.mark.parametrize("module", sorted(course_package.modules().keys() - {"gru_ref"}))
def test_each_declaration_speaks_of_something_that_exists_and_of_a_lesson(module):
    declared = taught.declarations(module)
    assert {f"{module}.{name}" for name in declared.keys() - {"*"}} <= course_package.definitions().keys()
    assert set(declared.values()) <= {None, *NUMBERS}


def test_what_no_module_declares_is_hidden_in_every_lesson(monkeypatch):
    monkeypatch.setattr(taught, "declarations", lambda module: {})
    taught.hidden_up_to.cache_clear(), taught.hidden.cache_clear()
    try:
        assert all("gru_ref.tasks.adding" in taught.hidden(lesson) for lesson in LESSONS)
        assert not any("gru_ref.params.GRUParams" in taught.hidden(lesson) for lesson in LESSONS)
    finally:
        taught.hidden_up_to.cache_clear(), taught.hidden.cache_clear()


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_a_reference_is_hidden_in_its_own_lesson_and_all_before_it_and_in_none_after_it(lesson, name):
    reference = taught.full_name(bank()[lesson][name].reference)
    assert [L for L in LESSONS if reference in taught.hidden(L)] == [L for L in LESSONS if lesson >= L]


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_what_embeds_an_answer_is_hidden_as_long_as_the_answer(lesson, name):
    """All that a reference is made of is hidden with it, but for what earlier lessons built, data, and checks."""
    reference = taught.full_name(bank()[lesson][name].reference)
    earlier = {taught.full_name(e.reference) for L in LESSONS if lesson > L for e in bank()[L].values()}
    for part in course_package.reached({reference}, unless=earlier) - taught.hidden(lesson):
        lasts = taught.hidden_up_to(part)
        assert lasts == taught.NEVER or lasts < taught.number(lesson), part


def test_data_is_never_hidden():
    data = {n for n, node in course_package.definitions().items() if isinstance(node, ast.ClassDef)}
    data = {n for n in data if course_package.is_data(course_package.definitions()[n])}
    assert {"gru_ref.params.GRUParams", "gru_ref.training.History", "gru_ref.kernels.Tape"} <= data
    assert not data & taught.hidden("00_start_here")


def test_what_is_not_hidden_has_its_helpers():
    """A hidden helper would be asked of the judge, to whom not all can be sent that a helper may get: such as a set."""
    known = {"gru_ref.training._step"}  # which gets arrays, and is the answer of lesson 10
    for lesson in LESSONS:
        hidden = taught.hidden(lesson)
        for name, node in course_package.definitions().items():
            if isinstance(node, ast.FunctionDef) and name not in hidden:
                helpers = {part for part in course_package.reached({name}, unless=()) & hidden if "._" in part}
                of_its_own = {part for part in helpers if part.rpartition(".")[0] == name.rpartition(".")[0]}
                assert of_its_own <= known, f"{name}, which lesson {lesson} does not hide: declare in TAUGHT_IN"


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_cells_may_ask_for_hidden_functions_alone(lesson):
    assert taught.allowed(lesson) <= taught.hidden(lesson)


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_within_a_check_nothing_may_be_asked_that_answers_it(lesson, name):
    exercise = bank()[lesson][name]
    assert not taught.allowed(lesson, name) & {taught.full_name(fn) for fn in (exercise.reference, *exercise.hidden)}
    assert taught.allowed(lesson, name) <= taught.hidden(lesson)


def test_what_an_answer_may_ask_for():
    """A list to look at: each of these would be no answer by itself."""
    found = {name: sorted(n.rpartition(".")[2] for n in taught.allowed(lesson, name)) for lesson, name in EXERCISES}
    assert {name: names for name, names in found.items() if names} == {
        "half_life": ["ema"],
        "rnn_step": ["sigmoid"],
        "rnn_forward": ["rnn_step"],
        "count_rnn_parameters": ["init_rnn", "rnn_forward", "rnn_step"],
        "gradient_norms": ["rnn_jacobian"],
        "orthogonal": ["gradient_norms", "rnn_jacobian"],
        "gate": ["sigmoid"],
        "reset_gate": ["gate", "sigmoid"],
        "update_gate": ["gate", "reset_gate", "sigmoid"],
        "candidate": ["blend"],
        "blend": ["candidate"],
        "time_constant": ["blend", "candidate"],
        "init_gru": ["gru_step"],
        "count_gru_parameters": ["gru_step", "init_gru"],
        "split_concatenated": ["flip_update_gate"],
        "gru_step_reset_before": ["flip_update_gate", "split_concatenated"],
        "are_equivalent": ["flip_update_gate", "gru_step_reset_before", "split_concatenated"],
        "torch_to_keras": ["are_equivalent", "flip_update_gate", "gru_step_reset_before", "split_concatenated"],
        "reverse_padded": ["gru_forward"],
        "bidirectional": ["gru_forward", "reverse_padded"],
        "readout": ["bidirectional", "gru_forward", "reverse_padded"],
        "gru_step_backward": ["numerical_gradient"],
        "gru_backward": ["gru_step_backward", "numerical_gradient"],
        "gradient_profile": ["gru_jacobian"],
        "chrono_init": ["gradient_profile", "gru_jacobian"],
        "clip_by_global_norm": ["softmax_cross_entropy"],
        "adam_step": ["clip_by_global_norm", "softmax_cross_entropy"],
        "train_step": ["adam_step", "clip_by_global_norm", "softmax_cross_entropy"],
        "match_budget": ["lstm_step"],
        "compare": ["lstm_step", "match_budget"],
        "witten_bell": ["bits_per_character"],
        "streams": ["bits_per_character", "witten_bell"],
        "sample": ["bits_per_character", "streams", "witten_bell"],
        "encode_batch": ["vocabulary"],
        "pool": ["encode_batch", "vocabulary"],
        "accuracy_interval": ["encode_batch", "pool", "vocabulary"],
        "split_by_group": ["accuracy_interval", "encode_batch", "pool", "vocabulary"],
        "sequence_loss": ["shift_right"],
        "greedy_decode": ["sequence_loss", "shift_right"],
        "edit_distance": ["greedy_decode", "sequence_loss", "shift_right"],
        "attend": ["edit_distance", "greedy_decode", "sequence_loss", "shift_right"],
        "beam_search": ["attend", "edit_distance", "greedy_decode", "sequence_loss", "shift_right"],
        "log_mel": ["frames"],
        "ctc_collapse": ["frames", "log_mel"],
        "ctc_log_likelihood": ["ctc_collapse", "frames", "log_mel"],
        "error_rate": ["ctc_collapse", "ctc_log_likelihood", "frames", "log_mel"],
        "transpose": ["piano_roll"],
        "frame_nll": ["piano_roll", "transpose"],
        "sample_frame": ["frame_nll", "piano_roll", "transpose"],
        "ablate": ["saturation"],
        "gate_lags": ["ablate", "saturation"],
        "linear_probe": ["ablate", "gate_lags", "saturation"],
        "rolling_origin": ["windows"],
        "standardise": ["rolling_origin", "windows"],
        "skill": ["rolling_origin", "standardise", "windows"],
        "quantile_loss": ["rolling_origin", "skill", "standardise", "windows"],
        "coverage": ["quantile_loss", "rolling_origin", "skill", "standardise", "windows"],
    }, "enter here what is new, unless it would be an answer by itself: then the exercise's `hidden` should name it"


@pytest.mark.parametrize("lesson", LESSONS)
def test_exercises_are_declared_in_the_order_of_their_cells(lesson):
    """An answer may ask for what came before it."""
    cells = taught.source(lesson).cells
    assert [c.markers["solution"] for c in cells if "solution" in c.markers] == list(bank()[lesson])


def test_names_of_what_pytorch_defines_are_pytorchs_own():
    hidden = bank()["11_pytorch"]["GRUCell"].hidden
    assert [taught.full_name(fn) for fn in hidden] == [
        "torch.nn.GRUCell",
        "torch.nn.GRU",
        "gru_ref.torch_models.GRULayer",
    ]


def test_a_refusal_says_what_is_not_here_and_what_to_do():
    words = taught.refusal("gru_ref.gru.gru_step", "03_gates")
    assert words.startswith("gru_ref.gru_step is not available while lesson 03 is graded: ")
    assert "Use your own functions" in words


def test_names_are_found_however_they_are_spelt():
    source = """
import gru_ref
import gru_ref as course
from gru_ref import layers, sigmoid as squash, torch_models
from gru_ref.minimal import min_gru_step
course.gates.gate, layers.layer_forward, squash, torch_models.fit, gru_ref.GRUCell, gru_ref.trees.astype
gru_ref.plotting.plot_gate, gru_ref.nothing, gru_ref.gru_step.__name__
"""
    tree = ast.parse(source)
    assert course_package.used(tree, course_package.imported(tree)) == {
        "gru_ref.gates.sigmoid",
        "gru_ref.gates.gate",
        "gru_ref.layers.layer_forward",
        "gru_ref.torch_models.fit",
        "gru_ref.torch_models.GRUCell",
        "gru_ref.trees.astype",
        "gru_ref.minimal.min_gru_step",
        "gru_ref.gru.gru_step",
    }


def test_what_a_function_reaches_includes_what_a_table_holds():
    reached = course_package.reached({"gru_ref.layers.layer_backward"}, unless=())
    assert {"gru_ref.layers.LAYERS", "gru_ref.kernels.backprop_gru", "gru_ref.kernels._Gradients"} <= reached


def test_everything_public_is_known_by_where_it_is_defined():
    for name in gru_ref.__all__:
        full = course_package.look_up("gru_ref", name)
        assert full in course_package.definitions()
        assert course_package.spelled(full) == f"gru_ref.{name}"


# ------------------------------------------------------------------------------------------ in an install without solutions


def without_solutions(lesson):
    """A lesson as an install without solutions judges it: the exercises' right answers are in the solutions' places."""
    whole = taught.source(lesson)
    return solved(replace(whole, cells=tuple(replace(cell, text=withhold(cell.text)) for cell in whole.cells)))


def everything_allowed(lesson):
    """What a submission may ask for at any time, and what its process imports before."""
    found = {name: (taught.uses(lesson, name), taught.allowed(lesson, name)) for name in bank()[lesson]}
    return found, taught.allowed(lesson), image.preload(lesson)


@pytest.mark.parametrize("lesson", LESSONS)
def test_without_solutions_the_same_is_allowed_as_with_them(lesson, monkeypatch):
    before, bare = everything_allowed(lesson), without_solutions(lesson)
    assert bare.cells != taught.source(lesson).cells
    monkeypatch.setattr(taught, "source", lambda lesson: bare)
    for name in ("uses", "allowed"):  # without what they remember of the other one
        monkeypatch.setattr(taught, name, cache(getattr(taught, name).__wrapped__))
    assert everything_allowed(lesson) == before


@pytest.mark.system
@pytest.mark.parametrize("lesson", ["05_gru_cell", "11_pytorch"])
def test_without_solutions_the_judge_is_tried_on_the_right_answers(lesson, tmp_path, monkeypatch):
    bare = without_solutions(lesson)
    monkeypatch.setattr(selfcheck, "source", lambda lesson: bare)
    image.build_image(lesson, tmp_path)
    with Warm(tmp_path, image.preload(lesson), Limits()) as warm:
        selfcheck.rehearse(lesson, warm, Limits())
