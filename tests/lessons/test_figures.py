"""Every figure of every lesson is described in words, which stand in no cell: there they would answer its question."""

import ast
import re

import matplotlib.pyplot as plt
import pytest

import grader
from grader import figures
from grader.authoring.lessons import find_sources
from grader.authoring.source import read_lesson
from grader.base.paths import course_root
from grader.judge.guest import client

SOURCES = {path.stem: path for path in find_sources(course_root())}
each_lesson = pytest.mark.parametrize("lesson", SOURCES)


def calls_of_show(lesson):
    """The calls of `show` in a lesson's cells, as syntax trees."""
    trees = [ast.parse(cell.text) for cell in read_lesson(SOURCES[lesson]).cells if cell.kind == "code"]
    found = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if isinstance(call.func, ast.Name) and call.func.id == "show"]


def described(lesson):
    return figures.read(figures.FOLDER / f"{lesson}.md")


@each_lesson
def test_every_figure_has_its_text_in_the_lessons_file_and_no_text_is_left_over(lesson):
    named = [call.args[1].value for call in calls_of_show(lesson)]
    assert named == list(described(lesson)), "in the order of the lesson, each once"


@each_lesson
def test_no_cell_says_what_its_figure_shows(lesson):
    for call in calls_of_show(lesson):
        assert len(call.args) == 2 and not call.keywords, ast.unparse(call)
        assert re.fullmatch(r"[a-z0-9_]{3,30}", call.args[1].value), "a name, and no sentence"


@each_lesson
def test_a_text_says_enough_and_is_plain_text(lesson):
    for name, text in described(lesson).items():
        assert 40 <= len(text) <= 600, f"{name} has {len(text)} characters"
        assert not re.search(r"[$`*]", text), f"{name}: a screen reader would read out the signs of Markdown"


def test_a_name_stands_in_one_file_only():
    names = [name for lesson in SOURCES for name in described(lesson)]
    assert sorted(names) == sorted(set(names))
    assert set(names) == set(figures.texts())


def test_every_file_belongs_to_a_lesson():
    assert sorted(path.stem for path in figures.FOLDER.glob("*.md")) == list(SOURCES)


def test_a_name_twice_in_one_file_is_an_error(tmp_path):
    path = tmp_path / "03_gates.md"
    path.write_text("# Gates\n\n## one\n\nA line\nthat goes on.\n\n## two\n\nB.\n")
    assert figures.read(path) == {"one": "A line that goes on.", "two": "B."}
    path.write_text("# Gates\n\n## one\n\nA.\n\n## one\n\nB.\n")
    with pytest.raises(ValueError, match=r"03_gates\.md describes 'one' twice"):
        figures.read(path)


def test_show_closes_the_figure_and_says_what_it_shows(capsys):
    fig, _ = plt.subplots()
    grader.show(fig, "tanh_slope")
    assert capsys.readouterr().out == figures.texts()["tanh_slope"] + "\n"
    assert not plt.fignum_exists(fig.number)
    grader.show(plt.figure(), alt="An empty square.")
    assert capsys.readouterr().out == "An empty square.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"name": "tanh_slop"}, r"no lesson has a figure called 'tanh_slop'. Similar names: tanh_slope. For a figure of your own: show\(fig, alt="),
        ({"name": "An empty square."}, r"no lesson has a figure called 'An empty square.'. For a figure of your own"),
        ({"name": 3}, r"no lesson has a figure called 3\. For"),
        ({}, r'show takes a name or alt="…", but got neither'),
        ({"name": "tanh_slope", "alt": "A curve."}, r'show takes a name or alt="…", but got both'),
        ({"alt": " "}, r"alt is ' ', but should say"),
        ({"alt": 3}, r"alt is 3, but should say"),
    ],
)  # fmt: skip
def test_a_figure_without_words_is_refused_and_told_how_to_get_some(arguments, says):
    for show in (grader.show, client.show):
        with pytest.raises(ValueError, match=says):
            show(plt.figure(), **arguments)
    plt.close("all")
