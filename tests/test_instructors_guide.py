"""The instructor's guide names only what there is: commands, options, states, messages, files."""

import inspect
import re
import shlex

import pytest
import typer

from grader import cli
from grader.classroom import cluster, folder, lessons
from grader.classroom.grading import STATES
from grader.judge import sandbox
from grader.paths import course_root

GUIDE = (course_root() / "docs" / "instructors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(?:sh|text|dockerfile)\n(.*?)^```", GUIDE, re.M | re.S)
INLINE = re.findall(r"`(gru-course [^`]+)`", " ".join(re.sub(r"^```.*?^```", "", GUIDE, flags=re.M | re.S).split()))
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
COMMANDS = [line[found.start() :] for line in LINES for found in re.finditer(r"gru-course (?=[a-z]+ )", line)]
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


@pytest.mark.parametrize("line", sorted({*COMMANDS, *INLINE}))
def test_each_command_and_option_exists(line):
    found, words = command(shlex.split(line)[1:])
    assert not hasattr(found, "commands"), f"{line!r} is no command"
    options = {option for p in found.params for option in (*p.opts, *p.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


def test_each_option_that_is_named_alone_exists():
    everywhere = {
        option
        for c in (PROGRAM.commands["grade"], PROGRAM.commands["export"], *PROGRAM.commands["class"].commands.values())
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
    said = "".join(map(inspect.getsource, (sandbox, cluster, folder, lessons)))
    said = re.sub(r'"\s+f?"', "", said)
    table = GUIDE.partition("| message |")[2].partition("\n\n")[0]
    messages = [m.strip("… ") for m in re.findall(r"^\| ([^|]+) \|", table, re.M) if "---" not in m]
    assert len(messages) > 8
    for message in messages:
        for part in message.split(" … "):
            assert part.removesuffix(" …").split("…")[0].strip(", ") in said, message


def test_each_test_that_shows_what_holds_exists():
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", GUIDE)
    assert len(named) > 10
    for module, test in named:
        assert f"\ndef {test}(" in (course_root() / "tests" / module).read_text(encoding="utf-8"), f"{module}::{test}"


def test_links_lead_somewhere():
    titles = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in re.findall(r"^#+ (.+)$", GUIDE, re.M)}
    assert {" ".join(link.split()) for link in re.findall(r"\]\(#([^)]+)\)", GUIDE)} <= titles
    assert "(docs/instructors.md" in (course_root() / "README.md").read_text(encoding="utf-8")
