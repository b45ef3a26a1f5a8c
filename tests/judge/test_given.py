"""A lesson's own cell is left out only where that makes no difference to anything else in the notebook."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from grader.judge.given import Given, Seen
from grader.judge.guest.observing import SETTINGS, Observer
from grader.notebook.names import GENERATORS, NUMPY

LESSON = (
    "import numpy as np",
    "rng = np.random.default_rng(0)",
    "readings = rng.normal(size=9)",
    "total = readings.sum()",
    "def distance(a):\n    return a - total",
    "far = distance(2)",
    "log = []",
    "log.append(1)",
    "noise = np.random.normal(size=3)",
    "predict('far', ...)",
    "outcome('far', far)",
)
IMPORT, RNG, READINGS, TOTAL, DISTANCE, FAR, LOG, APPEND, NOISE, PREDICT, OUTCOME = range(len(LESSON))


def observed(*sources):
    """Each cell, and what an Observer saw of it."""
    namespace = {"predict": lambda *_: None, "outcome": lambda *_: None, "own": lambda f: f}
    observer = Observer(namespace, GENERATORS)
    for source in sources:
        exec(source, namespace)
        yield new_code_cell(source), Seen([], 0, "ok", observer.look())


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def given():
    return Given(observed(*LESSON))


def run(given, *sources, files=()):
    """The numbers of the lesson's cells that are run in a notebook of these cells."""
    cells = [new_code_cell(source) for source in sources]
    idle = given.idle(cells, range(1, len(cells) + 1), files)
    return {LESSON.index(s) for n, s in enumerate(sources) if n not in idle and s in LESSON}


def with_own(source, place):
    return (*LESSON[:place], source, *LESSON[place:])


EVERYTHING = set(range(len(LESSON)))


def test_in_an_unchanged_lesson_nothing_is_run(given):
    assert run(given, *LESSON) == set()


@pytest.mark.parametrize(
    ("source", "place", "wanted"),
    {
        "reads nothing": ("z = 1", 6, set()),
        "reads a module": ("def f(a):\n    return np.exp(a)", 6, {IMPORT}),
        "reads a value, and so all that it was made of": (
            "print(total)", 6, {IMPORT, RNG, READINGS, TOTAL},
        ),
        "a function reads a value later": ("def f(a):\n    return a + total", 6, {IMPORT, RNG, READINGS, TOTAL}),
        "calls a function that reads one": ("print(distance(3))", 6, {IMPORT, RNG, READINGS, TOTAL, DISTANCE}),
        "its local names are its own": ("def f(total, far):\n    readings = far\n    return readings", 6, set()),
        "writes a name that is read later": ("total = 5", 4, {FAR, OUTCOME}),
        "deletes a name": ("del far", 6, {OUTCOME}),
        "changes a value in place": ("readings[0] = 9", 3, {IMPORT, RNG, READINGS, TOTAL, FAR, OUTCOME}),
        "changes it by a method": ("readings.sort()", 3, {IMPORT, RNG, READINGS, TOTAL, FAR, OUTCOME}),
        "reads what a later cell changes in place": ("print(log)", 8, {LOG, APPEND}),
        "predicts something that is computed": ("predict('far', 3 + 1)", 10, {OUTCOME}),
        "draws from NumPy's own generator": ("np.random.normal()", 0, {IMPORT, NOISE}),
    }.values(),
)  # fmt: skip
def test_which_cells_a_cell_of_the_submission_makes_run(given, source, place, wanted):
    found = run(given, *with_own(source, place))
    assert wanted <= found < EVERYTHING
    assert wanted or not found


@pytest.mark.parametrize("source", ["globals()", "import sys", "np.exp = abs", "%who", "x =", "exec('far = 1')", "_"])
def test_where_a_cell_may_do_anything_all_are_run(given, source):
    assert run(given, *with_own(source, 5)) == EVERYTHING


def test_a_submission_with_a_great_many_cells_is_not_looked_through(given):
    assert run(given, *LESSON, *(f"x = {'1' * 1000}" for _ in range(250))) == EVERYTHING


def test_a_changed_cell_is_the_submissions_own(given):
    changed = [*LESSON]
    changed[TOTAL] = "total = readings.mean()"
    assert {FAR, OUTCOME, IMPORT, RNG, READINGS} <= run(given, *changed)


def test_what_a_deleted_cell_made_is_missing_later(given):
    assert {FAR, OUTCOME} <= run(given, *LESSON[:TOTAL], *LESSON[TOTAL + 1 :])


@pytest.mark.parametrize("order", [[1, 0, *range(2, 11)], [*range(11), 3], [0, 0, *range(1, 11)]])
def test_if_a_cell_was_moved_or_is_there_twice_all_are_run(given, order):
    assert run(given, *(LESSON[n] for n in order)) == EVERYTHING


@pytest.mark.parametrize("name", ["numpy.py", "helper/__init__.py", "x.SO"])
def test_with_a_module_next_to_the_notebook_all_are_run(given, name):
    assert run(given, *LESSON, files=[name]) == EVERYTHING
    assert run(given, *LESSON, files=["readings.csv"]) == set()


def seen_as(source, status="ok", changed=(), count=None):
    changes = {"changed": list(changed), "unsure": [], "mutable": []}
    return new_code_cell(source, execution_count=count), Seen([], 0, status, changes)


def test_a_cell_that_was_stopped_whose_text_tells_little_or_that_checks_is_always_run():
    stopped = new_code_cell("b = 2"), Seen([], 0, "error", None)
    odd = Given([seen_as("a = 1"), stopped, seen_as("globals()"), seen_as("check(gate)")])
    cells = [new_code_cell(source) for source in ("a = 1", "b = 2", "globals()", "check(gate)")]
    assert set(odd.idle(cells[:2], [1, 2])) == {0}
    assert set(odd.idle(cells[::3], [1, 2])) == {0}
    assert set(odd.idle(cells[::2], [1, 2])) == set()


def test_an_error_is_shown_only_with_the_number_that_stands_in_it():
    given = Given([seen_as("a = 1"), seen_as("1 / 0", "error", count=2)])
    cells = [new_code_cell("a = 1"), new_code_cell("1 / 0")]
    assert set(given.idle(cells, [1, 2])) == {0, 1}
    assert set(given.idle(cells, [1, 3])) == {0}


def test_what_sets_something_for_all_is_run_before_any_cell_of_the_submission():
    lesson = Given(observed("import numpy as np", "np.seterr(all='ignore')", "x = np.ones(3)"))
    cells = [new_code_cell(s) for s in ("import numpy as np", "np.seterr(all='ignore')", "x = np.ones(3)", "print(1)")]
    assert set(lesson.idle(cells, [1, 2, 3, 4])) == {2}


def test_the_observer_sees_changes_in_place_settings_and_draws():
    import numpy as np

    namespace = {"ours": 1}
    observer = Observer(namespace, GENERATORS)

    def changed(source):
        exec(source, namespace)
        namespace.pop("__builtins__", None)
        return observer.look()["changed"]

    assert changed("xs = [1]; ys = xs") == ["xs", "ys"]
    assert changed("ys.append(2)") == ["xs", "ys"]  # by whatever name
    assert changed("print(end='')") == []
    assert changed("del ys") == ["ys"]
    assert changed("ours = 2") == []
    assert changed("import numpy as np") == ["np"]
    assert changed("np.random.normal()") == [NUMPY]
    before = np.geterr()
    try:
        assert changed("np.seterr(over='raise')") == [SETTINGS]
    finally:
        np.seterr(**before)


def test_an_outputs_owner_cannot_change_what_others_are_shown():
    shown = [nbformat.from_dict({"output_type": "stream", "name": "stdout", "text": "9"})]
    given = Given([(new_code_cell("a = 1"), Seen(shown, 1, "ok", {"changed": ["a"], "unsure": [], "mutable": []}))])
    assert given.idle([new_code_cell("a = 1")], [1])[0] == (shown, 1)


SHOWN = "Far: 3.1 m. You made no prediction.\n"


@pytest.mark.parametrize(
    ("guess", "text"),
    [
        ("...", SHOWN),
        ("2", "Far: 3.1 m. You predicted 2.\n"),
        ("3.1", "Far: 3.1 m, as you predicted.\n"),
        ("[1, ...]", SHOWN),
        ("['a', True]", "Far: 3.1 m. You predicted a, yes.\n"),
        ("'\\x1b[2Jx'", "Far: 3.1 m. You predicted x.\n"),
    ],
)
def test_a_prediction_is_put_into_the_line_that_compares_it(guess, text):
    compares = "outcome('far', 3.1, ' m')"
    shown = [nbformat.from_dict({"output_type": "stream", "name": "stdout", "text": f"9\n{SHOWN}"})]
    changes = {"changed": [], "unsure": [], "mutable": []}
    given = Given([seen_as("predict('far', ...)"), (new_code_cell(compares), Seen(shown, 1, "ok", changes))])
    idle = given.idle([new_code_cell(f"predict('far', {guess})"), new_code_cell(compares)], [1, 2])
    assert idle[0] == ([], 0)
    assert idle[1][0][0].text == f"9\n{text}"
    assert shown[0].text == f"9\n{SHOWN}"  # the next submission's


@pytest.mark.parametrize("lines", ["", SHOWN + SHOWN, "Far: 3.1 km. You made no prediction.\n"])
def test_without_exactly_one_such_line_the_cell_is_run(lines):
    compares = "outcome('far', 3.1, ' m')"
    shown = [nbformat.from_dict({"output_type": "stream", "name": "stdout", "text": lines})]
    changes = {"changed": [], "unsure": [], "mutable": []}
    given = Given([seen_as("predict('far', ...)"), (new_code_cell(compares), Seen(shown, 1, "ok", changes))])
    idle = given.idle([new_code_cell("predict('far', 2)"), new_code_cell(compares)], [1, 2])
    assert set(idle) == set()


def test_where_the_course_stands_in_for_an_answer_the_answer_only_has_to_be_there():
    uses = "use = own(gate)"
    given = Given([seen_as(uses, changed=["use"])])
    answer = new_code_cell("def gate(x):\n    return wrong(x)")
    assert set(given.idle([answer, new_code_cell(uses)], [1, 2])) == {1}
    assert set(given.idle([new_code_cell(uses), answer], [1, 2])) == set()
    assert set(given.idle([new_code_cell(uses)], [1])) == set()
