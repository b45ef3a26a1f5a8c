"""The instructor's guide names only what exists: commands, options, states, messages, files."""

import importlib
import inspect
import re
import shlex
import tomllib

import pytest
import typer
from jupyter_server.extension.manager import ExtensionPackage
from nbgrader.apps.nbgraderapp import NbGraderApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import Exchange
from nbgrader.plugins import LateSubmissionPlugin
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from grader import cli
from grader.base.paths import course_root
from grader.classroom import cluster, folder, preparation
from grader.classroom.formgrader import EXTENSIONS
from grader.classroom.grading import STATES
from grader.judge import sandbox

GUIDE = (course_root() / "docs" / "instructors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(?:sh|text|dockerfile)\n(.*?)^```", GUIDE, re.M | re.S)
INLINE = re.findall(r"`(gru-course [^`]+)`", " ".join(re.sub(r"^```.*?^```", "", GUIDE, flags=re.M | re.S).split()))
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
COMMANDS = [line[found.start() :] for line in LINES for found in re.finditer(r"gru-course (?=[a-z]+ )", line)]
UsageError = typer.BadParameter.__base__  # typer has its own copy of Click's
PROGRAM = typer.main.get_command(cli.app)


def command(words):
    """The command that words call, with the words left for it."""
    found = PROGRAM
    while words and words[0] in getattr(found, "commands", {}):
        found, words = found.commands[words[0]], words[1:]
    return found, words


def test_the_guide_has_commands():
    assert len(COMMANDS) > 10
    assert len(INLINE) > 3
    assert len(TYPED) > 25


@pytest.mark.parametrize("line", sorted({*COMMANDS, *INLINE}))
def test_each_command_and_option_exists(line):
    found, words = command(shlex.split(line)[1:])
    assert not hasattr(found, "commands"), f"{line!r} is no command"
    options = {option for p in found.params for option in (*p.opts, *p.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


# ------------------------------------------------------------------------- every line that a reader can copy into a shell


def of_course(words):
    found, rest = command(words)
    found.make_context(words[-1], list(rest)).close()  # parses and converts, and runs nothing


def of_nbgrader(words):
    apps = NbGraderApp().subcommands
    while words and words[0] in apps:
        app, words = (
            import_item(apps[words[0]][0]) if isinstance(apps[words[0]][0], str) else apps[words[0]][0],
            words[1:],
        )
        apps = app().subcommands
    assert not apps, f"no command of nbgrader's: {words}"
    assert {word.removeprefix("--") for word in words if word.startswith("--")} <= set(app().flags)


def of_pip(words):
    assert words[0] == "install"
    known = tomllib.loads((course_root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    what = [word for word in words[1:] if not word.startswith("-")]
    assert what and "-e" in words, "the course is in no package index: it is installed from its folder"
    for path, extras in (re.fullmatch(r"([^\[]+)(?:\[(.*)\])?", word).groups() for word in what):
        assert path in (".", "/opt/gru-course")
        assert set((extras or "").split(",")) - {""} <= set(known["optional-dependencies"])


def of_dask(words):
    distributed = pytest.importorskip("distributed.cli")
    program = importlib.import_module(f"{distributed.__name__}.dask_{words[0]}").main
    program.make_context(words[0], list(words[1:])).close()


def of_apt(words):
    assert [word for word in words if not word.startswith("-") and word not in ("apt", "dnf", "install")] == [
        "bubblewrap"
    ]


PROGRAMS = {
    "gru-course": of_course, "nbgrader": of_nbgrader, "pip": of_pip, "dask": of_dask, "sudo": of_apt,
    "export": lambda words: all(re.fullmatch(r"JUPYTER_CONFIG_(DIR|PATH)=/\S+", word) for word in words) or pytest.fail(),
}  # fmt: skip
SHELLS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
TYPED = [line for block in SHELLS for line in block.replace("\\\n", " ").splitlines() if line.strip()]
TYPED += re.findall(
    r"`((?:sudo|pip|dask|nbgrader) [^`]+)`", " ".join(re.sub(r"^```.*?^```", "", GUIDE, flags=re.M | re.S).split())
)
TYPED += re.findall(r"\b(pip install .*?) &&", GUIDE)


@pytest.mark.parametrize("line", sorted(set(TYPED)))
def test_each_line_that_can_be_copied_is_understood_by_its_program(line):
    """A line of a program that nobody here knows how to check fails: say above how it is checked."""
    program, *words = shlex.split(line, comments=True)
    assert program in PROGRAMS, f"nothing checks {line!r}"
    PROGRAMS[program](words)


def test_what_could_not_be_checked_fails():
    for line in ("jupyter server extension enable x", "nbgrader no_such", "nbgrader collect --no-such", "sudo apt install x",
                 'pip install "gru-course[cluster]"', "pip install -e .[no_such]", "gru-course grade", "gru-course grade x --due"):  # fmt: skip
        program, *words = shlex.split(line)
        with pytest.raises((AssertionError, KeyError, UsageError)):
            PROGRAMS[program](words)


@pytest.mark.parametrize("block", re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S))
def test_each_setting_is_one_of_nbgraders(block):
    config = Config()
    exec(compile(block, "the guide", "exec"), {"c": config})
    classes = {found.__name__: found for found in (CourseDirectory, Exchange, LateSubmissionPlugin)}
    settings = [(name, trait) for name, section in config.items() for trait in section]
    assert settings
    for name, trait in settings:
        assert trait in classes[name].class_traits(config=True)


def test_each_module_that_is_switched_on_is_an_extension():
    for module in EXTENSIONS:
        assert ExtensionPackage(name=module, enabled=True).validate()


def test_each_option_that_is_named_alone_exists():
    everywhere = {
        option
        for c in (
            *(PROGRAM.commands[c] for c in ("grade", "export")),
            *(c for g in ("class", "solutions") for c in PROGRAM.commands[g].commands.values()),
        )
        for p in c.params
        for option in (*p.opts, *p.secondary_opts)
    }
    named = re.findall(r"`(--[a-z-]+)", GUIDE)
    assert named
    assert {name for name in named if name != "--privileged"} <= everywhere


def test_each_state_has_a_line():
    table = GUIDE.partition("| state |")[2].partition("\n\n")[0]
    told = {state.strip().lower() for row in re.findall(r"^\| ([a-z ,]+) \|", table, re.M) for state in row.split(",")}
    assert told == set(STATES)


def test_each_message_is_one():
    said = "".join(map(inspect.getsource, (sandbox, cluster, folder, preparation)))
    said = re.sub(r'"\s+f?"', "", said)
    table = GUIDE.partition("| message |")[2].partition("\n\n")[0]
    messages = [m.strip("… ") for m in re.findall(r"^\| ([^|]+) \|", table, re.M) if "---" not in m]
    assert len(messages) > 8
    for message in messages:
        for part in message.split(" … "):
            assert part.removesuffix(" …").split("…")[0].strip(", ") in said, message


def test_each_test_that_shows_what_holds_exists():
    named = re.findall(r"`((?:\w+/)?test_\w+\.py)::(test_\w+)`", GUIDE)
    assert len(named) > 10
    for module, test in named:
        assert f"\ndef {test}(" in (course_root() / "tests" / module).read_text(encoding="utf-8"), f"{module}::{test}"


def test_links_lead_somewhere():
    titles = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in re.findall(r"^#+ (.+)$", GUIDE, re.M)}
    assert {" ".join(link.split()) for link in re.findall(r"\]\(#([^)]+)\)", GUIDE)} <= titles
    assert "(docs/instructors.md" in (course_root() / "README.md").read_text(encoding="utf-8")
