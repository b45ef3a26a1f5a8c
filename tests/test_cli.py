"""The command line: help for everything, one sentence for an expected failure, and exit codes for scripts."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from grader import cli
from grader.doctor import Finding
from grader.learner import progress_log
from grader.learner.lesson_check import Report, Row

COMMANDS = (
    "lab",
    "check",
    "solution",
    "progress",
    "doctor",
    "build",
    "grade",
    "report",
    "repeat",
    "export",
    "formgrader",
    "class",
    "slides",
)


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-c", "from grader.cli import main; main()", *arguments],
        capture_output=True, text=True, encoding="utf-8", cwd=cwd, timeout=60,
    )  # fmt: skip


@pytest.fixture
def report(monkeypatch):
    """Lets `gru-course check` find a given report."""

    def give(*rows, trouble=""):
        found = Report("03_gates", "03_gates.ipynb", rows, trouble)
        monkeypatch.setattr("grader.learner.lesson_check.check_lesson", lambda *a, **k: found)

    return give


def test_help_lists_every_command():
    text = CliRunner().invoke(cli.app, ["--help"]).output
    assert all(f" {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output and len(result.output) > 100


def test_the_version_is_the_packages():
    done = run("--version")
    assert done.stdout == "gru-course 0.1.0\n"


@pytest.mark.parametrize(
    "arguments",
    [("check", "99"), ("build", "99"), ("lab", "--lesson", "99"), ("check", "no.ipynb"), ("solution", "update_gat")],
)
def test_an_expected_failure_is_one_sentence_and_exit_code_1(arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gru-course", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert_one_sentence(capsys.readouterr().err)


def assert_one_sentence(told):
    assert told.startswith("gru-course: ") and told.count("\n") == 1
    assert "Traceback" not in told


def test_the_process_ends_so_too_and_square_brackets_in_a_message_are_printed_as_they_are():
    done = run("check", "[red]x.ipynb")
    assert done.returncode == 1
    assert_one_sentence(done.stderr)
    assert "[red]x.ipynb" in done.stderr


def test_check_lists_the_exercises_and_succeeds_if_all_are_right(report):
    report(Row("gate", 2, "passed"), Row("why", 2, "unwritten"))
    result = CliRunner().invoke(cli.app, ["check", "03"])
    assert result.exit_code == 0
    assert "2 of 2 points" in result.output and "not answered yet" in result.output


def test_check_names_the_mistake_and_fails(report):
    report(Row("gate", 2, "passed"), Row("update_gate", 2, "failed", "This is the reset gate"))
    result = CliRunner().invoke(cli.app, ["check", "03"])
    assert result.exit_code == 1
    assert "2 of 4 points" in result.output and "This is the reset gate" in result.output


def test_check_says_why_a_run_ended_early(report):
    report(Row("gate", 2, "passed"), trouble="the kernel died in code cell 3")
    result = CliRunner().invoke(cli.app, ["check", "03"])
    assert result.exit_code == 1
    assert "the kernel died in code cell 3" in result.output


def test_a_solution_is_printed():
    result = CliRunner().invoke(cli.app, ["solution", "update_gate"])
    assert result.exit_code == 0
    assert "def update_gate(x, h, p):" in result.output
    assert progress_log.records()["update_gate"].solution


def test_an_interrupted_update_is_ended_before_a_lesson_is_opened(monkeypatch):
    done = []
    monkeypatch.setattr("grader.learner.update.end_interrupted", lambda root: done.append("ended") or ("03_gates",))
    monkeypatch.setattr("grader.learner.lab.launch", lambda *a, **k: done.append("opened"))
    result = CliRunner().invoke(cli.app, ["lab"])
    assert done == ["ended", "opened"] and "03_gates has your work again" in result.output


def test_progress_prints_the_map():
    result = run("progress")
    assert result.returncode == 0
    assert "exercises solved" in result.stdout and "I · From memory to gates" in result.stdout


@pytest.mark.parametrize(
    ("finding", "code", "words"),
    [
        (Finding("torch", "2.13.0"), 0, "All is well"),
        (Finding("torch", "not installed", "pip install -e ."), 1, "1 to fix"),
        (Finding("Chromium", "not found", "install it", needed=False), 0, "install it"),
    ],
)
def test_the_doctors_exit_code_is_about_what_is_needed(monkeypatch, finding, code, words):
    monkeypatch.setattr("grader.doctor.examine", lambda root: iter([finding]))
    result = CliRunner().invoke(cli.app, ["doctor"])
    assert result.exit_code == code
    assert words in result.output
