import ast
import importlib
import json
import os
import socket
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import grader
import gru_ref
from grader.answer import calling
from grader.checking.cases import prepare
from grader.exercises import bank
from grader.judge import course_package, image, taught
from grader.judge.channel import Channel
from grader.judge.codec import decode, encode
from grader.judge.guest import asking, client
from tests.support.honest import WITHOUT_THE_CLASSES
from tests.support.recogniser import given_away

LESSONS = list(bank())
EXERCISES = [(lesson, name) for lesson, exercises in bank().items() for name in exercises]
each_lesson = pytest.mark.parametrize("lesson", LESSONS)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """``images(lesson)`` is the folder of a lesson's image."""

    @cache
    def build(lesson):
        folder = tmp_path_factory.mktemp(lesson)
        image.build_image(lesson, folder)
        return folder

    return build


@cache
def parsed(text):
    """The tree of a module. Most modules are the same in the images of all lessons."""
    return ast.parse(text)


@cache
def documented(text):
    """The names of what has a docstring in a module."""
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    nodes = (node for node in ast.walk(parsed(text)) if isinstance(node, kinds))
    return [getattr(node, "name", "the module") for node in nodes if ast.get_docstring(node)]


# ------------------------------------------------------------------------------------------------- nothing is given away


@each_lesson
def test_nothing_of_a_right_answer_is_anywhere_in_the_image(images, lesson):
    assert not list(given_away(images(lesson), lesson))


def test_the_search_for_right_answers_finds_them(tmp_path):
    (tmp_path / "copy.py").write_text(Path(gru_ref.gates.__file__).read_text())
    (tmp_path / "renamed.py").write_text("def mix(a, b, c):\n    return (1 - a) * b + a * c\n")
    found = list(given_away(tmp_path, "04_candidate_and_blend"))
    assert "copy.py: return np.tanh(x @ p.W_in.T + p.b_in + r * (h @ p.W_hn.T + p.b_hn))" in found
    assert "renamed.py: (1 - v1) * v0 + v1 * v2" in found
    assert not [line for line in found if "np.abs" in line], "lesson 03 is over"


@each_lesson
def test_the_image_holds_python_recorded_runs_weights_the_figures_texts_and_nothing_else(images, lesson):
    found = {p.relative_to(images(lesson)) for p in images(lesson).rglob("*") if p.is_file()}
    folders = {
        ".csv": "gru_ref/results",
        ".json": "gru_ref/results",
        ".npz": "gru_ref/weights",
        ".md": "grader/figures",
    }
    assert {p.suffix for p in found} == {".py", *folders}
    assert {(p.suffix, p.parent.as_posix()) for p in found if p.suffix != ".py"} == set(folders.items())
    assert not {"exercises", "classroom"} & {p.parts[1] for p in found}


@each_lesson
def test_of_what_is_hidden_the_signature_is_left_and_nothing_more(images, lesson):
    for name in taught.hidden(lesson):
        module, _, last = name.rpartition(".")
        path = images(lesson).joinpath(*module.split(".")).with_suffix(".py")
        found = {n: node for node in parsed(path.read_text()).body for n in course_package.defined_by(node)}
        original = course_package.definitions()[name]
        if isinstance(original, ast.FunctionDef):
            assert ast.unparse(found[last].args) == ast.unparse(original.args)
            assert len(found[last].body) <= 2
        elif isinstance(original, ast.ClassDef):
            assert len(found[last].body) == 1
        else:
            assert last not in found


@each_lesson
def test_no_docstring_is_left_in_the_reference_package(images, lesson):
    for path in (images(lesson) / "gru_ref").rglob("*.py"):
        assert not documented(path.read_text()), path


def test_the_code_that_runs_inside_needs_nothing_that_is_not_there(images):
    folder = images("03_gates")
    for path in folder.rglob("*.py"):
        for node in ast.walk(parsed(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] in ("grader", "gru_ref"):
                place = folder.joinpath(*node.module.split("."))
                assert place.is_dir() or place.with_suffix(".py").is_file(), f"{path.name} imports {node.module}"


def test_a_submission_finds_every_name_that_a_learner_finds():
    tree = ast.parse((image.GRADER / "judge" / "guest" / image.HEAD).read_text(encoding="utf-8"))
    names = next(n.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "__all__")
    assert ast.literal_eval(names) == grader.__all__


def test_a_submission_is_shown_no_solution(capsys):
    client.solution("update_gate")
    assert capsys.readouterr().out == "Solutions are for learning: grading shows none.\n"


# ---------------------------------------------------------------------------------------------------------- it is loaded

INSIDE = """
import contextlib, importlib, io, socket, sys
import numpy as np
from grader.answer import calling
from grader.judge.guest import asking, client

channel = asking.connect(socket.socket(fileno=int(sys.argv[1])))


def cells(fields):
    "Run cells as a notebook does in a warm process, and tell what ended in an error."
    for name in fields["preload"]:
        importlib.import_module(name)
    import grader
    for name in ("check", "hint", "progress", "gate_explorer"):
        setattr(grader, name, lambda *args, **kwargs: None)
    grader.show = lambda fig, alt: __import__("matplotlib.pyplot").pyplot.close(fig)
    namespace, errors = {}, []
    for number, source in enumerate(fields["sources"]):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                exec(compile(source, f"cell {number}", "exec"), namespace)
            except Exception as error:
                errors.append([number, type(error).__name__, str(error)])
    return {"errors": errors}


def answer(fields):
    "Call a function that was written out."
    namespace = {}
    exec(fields["imports"], namespace)
    exec(compile(fields["source"], "answer", "exec"), namespace)
    outcome = calling.call(namespace[fields["name"]], fields["args"], fields["parameters"], calling.Deadline(20))
    return {"value": outcome.value, "error": outcome.error, "refused": outcome.refused, "changed": outcome.changed}


channel.serve |= {"cells": cells, "answer": answer}
channel.receive()
"""


def environment_of(folder):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GRU_COURSE_QUICK": "1",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }


def run(folder, program):
    """What a program prints that has an image as its Python path."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment_of(folder), cwd=folder, stdout=-1, text=True, check=True).stdout


class Inside:
    """A process that has an image as its Python path, and this process to ask."""

    def __init__(self, folder, lesson):
        ours, theirs = socket.socketpair()
        self.lesson, self.allowed = lesson, taught.allowed(lesson)
        command = [sys.executable, "-c", INSIDE, str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment_of(folder), cwd=folder)
        theirs.close()
        self.channel = Channel(ours)
        self.channel.serve["ask"] = self.evaluate

    def evaluate(self, fields):
        name, args, kwargs = decode(fields["question"], self.channel.borrow)
        if name not in self.allowed:
            raise PermissionError(taught.refusal(name, self.lesson))
        module, _, function = name.rpartition(".")
        value = getattr(importlib.import_module(module), function)(*args, **kwargs)
        states = [g.bit_generator.state for g in asking.generators((args, kwargs))]
        return {"answer": encode({"value": value, "generators": states, "printed": ""}, self.channel.lend)}

    def close(self):
        self.channel.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def running():
    """The process that was asked last, in a list: tests of one lesson stand together, and take it over."""
    processes = []
    yield processes
    for process in processes:
        process.close()


@pytest.fixture
def inside(images, running):
    """``inside(lesson)`` is an Inside."""

    def of(lesson):
        if not running or running[0].lesson != lesson:
            while running:
                running.pop().close()
            running.append(Inside(images(lesson), lesson))
        return running[0]

    return of


def solved_cells(lesson):
    """Sources of a lesson's code cells, and the numbers of those that are meant to end in an error."""
    cells = [cell for cell in taught.source(lesson).cells if cell.kind == "code"]
    return [cell.text for cell in cells], {k for k, cell in enumerate(cells) if cell.markers.get("raises")}


@pytest.mark.system
@each_lesson
def test_a_solved_lessons_cells_run_as_they_do_elsewhere(inside, lesson):
    sources, meant_to_fail = solved_cells(lesson)
    errors = inside(lesson).channel.request("cells", preload=image.preload(lesson), sources=sources)["errors"]
    unexpected = [e for e in errors if e[0] not in meant_to_fail]
    if lesson.startswith("11"):
        failed = {line for e in unexpected for line in WITHOUT_THE_CLASSES if line in sources[e[0]]}
        assert failed == WITHOUT_THE_CLASSES
        assert len(unexpected) == len(WITHOUT_THE_CLASSES)
    else:
        assert not unexpected


@each_lesson
def test_a_function_is_not_taken_for_a_package_of_the_graders(lesson):
    """What a notebook imports from `grader` are functions: a package of the same name would be looked for in a sandbox."""
    assert not [module for module in image.preload(lesson) if module.startswith("grader.")]


@pytest.mark.system
@each_lesson
def test_known_answers_give_in_the_image_what_they_give_elsewhere(inside, lesson):
    process = inside(lesson)
    imports = "\n".join(imports_of_the_course(lesson))
    for name, exercise in bank()[lesson].items():
        process.allowed = taught.allowed(lesson, name)
        known = exercise.sources
        for source in [ast.unparse(taught.solution(lesson, name)), *known]:
            if "gru_ref." in source:  # else it runs as anywhere
                compare(process, exercise, imports, source)


def compare(process, exercise, imports, source):
    namespace = {}
    exec(f"{imports}\n{source}", namespace)
    for args in prepare(exercise, 7).arguments[:3]:
        wanted = calling.call(namespace[exercise.name], args, exercise.parameters, calling.Deadline(20))
        got = process.channel.request(
            "answer", imports=imports, source=source, name=exercise.name, args=args, parameters=exercise.parameters
        )
        assert type(got["error"]).__name__ == type(wanted.error).__name__, (source, got["error"])
        assert str(got["error"]) == str(wanted.error), source
        assert got["refused"] == wanted.refused, source
        assert got["changed"] == wanted.changed, source
        if wanted.error is None:
            np.testing.assert_equal(got["value"], wanted.value, source)


def imports_of_the_course(lesson):
    """The lesson's imports of NumPy and of the reference package."""
    for tree in taught.code_cells(lesson):
        for node in tree.body:
            if "numpy" in image.imported_modules(node) or "gru_ref" in image.imported_modules(node):
                yield ast.unparse(node)


@pytest.mark.parametrize(
    "lesson", [pytest.param(name, marks=[] if k % 4 == 0 else [pytest.mark.system]) for k, name in enumerate(LESSONS)]
)
def test_the_image_is_loaded_without_what_takes_long(images, lesson):
    files = sorted((images(lesson) / "gru_ref").rglob("*.py"))
    modules = [".".join(p.relative_to(images(lesson)).with_suffix("").parts).removesuffix(".__init__") for p in files]
    # There it is PyTorch that the lesson is about.
    for module, first in (
        ("gru_ref.torch_models", "11"),
        ("gru_ref.text_models", "13"),
        ("gru_ref.encoder_decoder", "13"),
        ("gru_ref.speech_models", "13"),
        ("gru_ref.forecasters", "13"),
        ("gru_ref.music_models", "13"),
        ("gru_ref.opened", "19"),
        ("gru_ref.exploring", "20"),
    ):
        if lesson >= first:
            modules.remove(module)
    program = f"import sys, json, importlib\nfor m in {modules}: importlib.import_module(m)\nprint(json.dumps(list(sys.modules)))"
    loaded = json.loads(run(images(lesson), program))
    assert not {"torch", "scipy", "matplotlib", "IPython", "nbformat", "jupytext"} & set(loaded)


def test_a_warm_process_loads_what_the_cells_import_and_takes_long():
    assert {"torch", "scipy.stats", "gru_ref.minimal"} <= set(image.preload("12_gru_vs_lstm"))
    assert {"torch.utils.data", "torch.nn.functional", "gru_ref.torch_models"} <= set(image.preload("11_pytorch"))
    assert not {"torch", "scipy.stats", "keras"} & set(image.preload("06_conventions"))


# -------------------------------------------------------------------------------------------------------- what is refused


def outcome_of(process, source):
    return process.channel.request(
        "answer",
        imports="import numpy as np\nimport gru_ref",
        source=textwrap.dedent(source),
        name="f",
        args=(),
        parameters=(),
    )


@pytest.mark.parametrize(
    ("lesson", "call", "named"),
    [
        ("03_gates", "gru_ref.gru_step(1, 2, 3)", "gru_ref.gru_step"),
        ("03_gates", "gru_ref.gates._sigmoid(1.0)", "gru_ref.gates._sigmoid"),
        ("07_sequences", "gru_ref.layers.layer_forward('gru', 1, 2)", "gru_ref.layers.layer_forward"),
        ("10_training", "gru_ref.train_step(1, 2, 3, 4, 5, 6)", "gru_ref.train_step"),
        ("11_pytorch", "gru_ref.GRUCell(2, 3)", "gru_ref.GRUCell"),
        ("11_pytorch", "gru_ref.collate([])", "gru_ref.collate"),
    ],
)
def test_what_is_hidden_and_not_to_be_asked_says_so(inside, lesson, call, named):
    error = outcome_of(inside(lesson), f"def f():\n    return {call}")["error"]
    assert type(error) is PermissionError
    assert str(error).startswith(f"{named} is not available while lesson {lesson[:2]} is graded")


@pytest.mark.parametrize("name", ["gru_ref.readout", "gru_ref.collate", "gru_ref.torch_models.GRUCell"])
def test_an_answer_asks_so_that_the_judge_can_say_that_it_is_the_one_to_be_written(images, name):
    lesson = "07_sequences" if name == "gru_ref.readout" else "11_pytorch"
    module = "sequences" if name == "gru_ref.readout" else "torch_models"
    text = (images(lesson) / "gru_ref" / f"{module}.py").read_text()
    assert f"ask('gru_ref.{module}.{name.rpartition('.')[2]}', (" in text


def test_what_was_asked_for_is_refused_by_the_library_and_not_by_the_answer(inside):
    """An answer has to refuse by itself; that it handed bad arguments on to `sigmoid` does not count."""
    got = outcome_of(inside("03_gates"), "def f():\n    return gru_ref.sigmoid('no array')")
    assert type(got["error"]) is ValueError
    assert str(got["error"]) == "a is a str, but should be a NumPy array"
    assert not got["refused"]


def test_a_generator_goes_on_where_the_asked_function_left_it(inside):
    source = """
    def f():
        rng = np.random.default_rng(0)
        return gru_ref.init_gru(2, 3, rng).W_ir, rng.random()
    """
    rng = np.random.default_rng(0)
    first, then = outcome_of(inside("03_gates"), source)["value"]
    np.testing.assert_equal(first, gru_ref.init_gru(2, 3, rng).W_ir)
    assert then == rng.random()


def test_signatures_and_keywords_work_as_elsewhere(inside):
    source = """
    def f():
        import inspect
        z = gru_ref.update_gate(p=gru_ref.init_gru(rng=np.random.default_rng(0), I=2, H=3), h=np.ones((1, 3)), x=np.ones((1, 2)))
        return z, str(inspect.signature(gru_ref.update_gate)), str(inspect.signature(gru_ref.gru_forward))
    """
    z, one, other = outcome_of(inside("03_gates"), source)["value"]
    assert (one, other) == ("(x, h, p)", "(xs, h0, p, lengths=None)")
    p = gru_ref.init_gru(2, 3, np.random.default_rng(0))
    np.testing.assert_equal(z, gru_ref.update_gate(np.ones((1, 2)), np.ones((1, 3)), p))


def test_figures_are_not_drawn_and_a_learners_own_are(inside):
    source = """
    def f():
        import matplotlib.pyplot as plt
        from gru_ref import plotting
        fig, ax = plt.subplots()
        plotting.plot_logistic(ax)
        nothing = len(ax.lines)
        plotting.plot_norm_against_lag(ax, {})
        ax.get_legend().remove()
        ax.plot([1, 2])
        return nothing, len(ax.lines)
    """
    assert outcome_of(inside("03_gates"), source)["value"] == (0, 1)


def test_recorded_runs_and_progress_are_there(inside):
    source = """
    def f():
        from gru_ref.progress import Progress
        Progress(3).close(3, 0.5)
        return sorted(gru_ref.recorded("copying"))
    """
    assert outcome_of(inside("12_gru_vs_lstm"), source)["value"] == sorted(gru_ref.recorded("copying"))


def test_other_peoples_grus_are_left_out_as_where_they_are_not_installed(inside):
    source = "def f():\n    from gru_ref import peers\n    return peers.run_keras(1, 2, 3)"
    assert type(outcome_of(inside("06_conventions"), source)["error"]) is ImportError
