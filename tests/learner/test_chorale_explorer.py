"""The explorer of chorales: it says what it reads, and bad input is said in words."""

import importlib
import re

import pytest

from grader import chorale_explorer
from grader.learner import gate_explorers

explorer = importlib.import_module("grader.learner.chorale_explorer").CHORALES


def bundle(**changes):
    return gate_explorers.bundle(explorer, {**explorer.start, **changes})


def test_in_plain_python_the_reading_is_told_in_words(capsys):
    chorale_explorer(number=3)
    said = capsys.readouterr().out
    assert re.search(
        r"This is bwv\S+, its first \d+ quarter notes. The network needs \d+\.\d bits per quarter note", said
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"number": 74}, "There is no chorale 74: choose a number from 0 to 73."),
        ({"number": -1}, "There is no chorale -1"),
        ({"units": "100"}, "100 names no units: they are numbered from 0 to 99"),
        ({"units": "all"}, "'all' is no list of units"),
    ],
)
def test_bad_input_is_said_in_words_and_shows_no_picture(changes, says):
    shown = bundle(**changes)
    assert says in shown["text/plain"]
    assert "<img" not in shown["text/html"]


def test_a_fixed_gate_costs_bits_and_the_picture_is_told_in_words():
    shown = bundle(gate="z", value=1.0)
    intact, changed = map(float, re.findall(r"needs (\d+\.\d) bits", shown["text/plain"]))
    assert changed > intact + 5
    assert "With z at 1.00 in all units" in shown["text/plain"]
    assert '<img alt="Keys that the network expects' in shown["text/html"]


@pytest.mark.parametrize("number", ["7", 1.0, True])
def test_a_number_that_is_no_integer_is_refused(number):
    with pytest.raises(ValueError, match=r"number is .*, but should be 0 or the like"):
        chorale_explorer(number=number)


def test_choosing_another_chorale_redraws_the_picture():
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(bundle["text/plain"])

    _, controls = gate_explorers.controls(explorer, explorer.start)
    gate_explorers.follow(explorer, controls, Handle())
    controls["number"].value = 1
    controls["number"].value = 999
    assert shown[0].startswith("This is bwv")
    assert shown[1].startswith("There is no chorale 999")
