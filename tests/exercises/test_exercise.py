"""Declaring exercises: what is known about one, what is passed on, and how it is found."""

import importlib
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

from grader import exercises
from grader.exercises import bank, find, lesson_of
from grader.exercises.exercise import Exercise


def double(a):
    return 2 * a


@pytest.fixture
def exercise():
    return Exercise(reference=double, inputs=lambda rng: (rng.normal(size=3),), hints=("a", "b", "c"))


def test_name_and_parameters_come_from_the_reference(exercise):
    assert (exercise.name, exercise.parameters) == ("double", ("a",))


def test_inherited_mistakes_speak_of_the_arguments_at_hand():
    mistake = find("update_gate").mistakes["state_weights_not_transposed"]
    assert mistake.name == "p.W_hz is not transposed"
    assert "`h @ p.W_hz.T`" in mistake.advice
    assert "def update_gate(x, h, p):\n    return gate(x, h, p.W_iz" in mistake.source


def test_pairs_come_from_different_groups():
    pairs = {(a.key, b.key) for a, b, _ in find("gate").pairs}
    assert ("tanh_for_sigmoid", "state_ignored") in pairs
    assert not any({a, b} == {"tanh_for_sigmoid", "not_squashed"} for a, b in pairs)


def test_inputs_hide_nothing():
    """Sizes all different, no zeros: with equal sizes a missing transpose goes unseen, with h = 0 half of the rest."""
    for seed in range(20):
        x, h, W, U, b_i, b_h = find("gate").inputs(np.random.default_rng(seed))
        assert len({*x.shape, *h.shape}) == 3
        assert all(np.abs(a).min() > 0 for a in (x, h, W, U, b_i, b_h))


def test_the_bank_finds_by_name_and_suggests():
    assert lesson_of("sigmoid") == "03_gates"
    assert list(bank()) == sorted(bank())
    with pytest.raises(LookupError, match="did you mean 'sigmoid'"):
        find("sigmiod")
    with pytest.raises(LookupError, match=r"there is no exercise called 'zzz'$"):
        find("zzz")


def test_the_bank_holds_what_the_modules_declare():
    modules = [importlib.import_module(f"grader.exercises.{m.name}") for m in pkgutil.iter_modules(exercises.__path__)]
    lessons = [module for module in modules if hasattr(module, "LESSON")]
    declared = {m.LESSON: [v for v in vars(m).values() if isinstance(v, Exercise)] for m in lessons}
    assert list(bank()) == sorted(declared)
    for lesson, found in bank().items():
        assert list(found) == [e.name for e in declared[lesson]] and list(found.values()) == declared[lesson]


def test_looking_up_an_exercise_imports_the_module_of_its_lesson_alone():
    tried = """
import sys
from grader.exercises import bank, find, lesson_of

loaded = lambda: {module.LESSON for name, module in sys.modules.items() if name.startswith("grader.exercises.") and hasattr(module, "LESSON")}
[list(exercises) for exercises in bank().values()], lesson_of("adam_step"), "gate" in bank()["03_gates"]
print(loaded())
find("gate"), bank()["03_gates"]["update_gate"]
print(loaded())
"""
    run = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["set()", "{'03_gates'}"]


def test_the_files_of_a_lesson_are_its_module_and_its_exercises_mistakes():
    for lesson, declared in bank().items():
        module, *mistakes = exercises.files_of(lesson)
        assert f'LESSON = "{lesson}"' in module.read_text(encoding="utf-8")
        assert {path.stem for path in mistakes} == set(declared)
