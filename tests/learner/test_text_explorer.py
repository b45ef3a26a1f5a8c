"""The explorer of lesson 19: fast, described in words, and bad input is said in words."""

import importlib
import re
import subprocess
import sys

import pytest

from grader import text_explorer
from grader.learner import gate_explorers

explorer = importlib.import_module("grader.learner.text_explorer")


def bundle(**changes):
    return gate_explorers.bundle(explorer.TEXTS, {**explorer.TEXTS.start, **changes})


def test_in_plain_python_the_reading_is_told_in_words(capsys):
    text_explorer()
    assert re.search(r"The network needs \d\.\d\d bits per character. Next it expects", capsys.readouterr().out)


def test_a_checking_notebook_pays_nothing_for_it():
    code = "import sys; from grader import check, chorale_explorer, text_explorer; print({'ipywidgets', 'matplotlib', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": ""}, "There is no text yet: type at least two characters."),
        ({"text": "x" * 500}, "The text has 500 characters, and at most 200 fit into the picture: shorten it."),
        ({"units": "one"}, "'one' is no list of units"),
        ({"units": "999"}, "999 names no units"),
    ],
)
def test_bad_input_is_said_in_words_and_shows_no_picture(changes, says):
    shown = bundle(**changes)
    assert says in shown["text/plain"]
    assert "<img" not in shown["text/html"]


def test_what_was_never_seen_in_training_is_named_and_drawn_as_a_box(recwarn):
    shown = bundle(text="<日> & so on")
    assert "It never saw 日 in training, and reads □ there." in shown["text/plain"]
    assert "<img alt=" in shown["text/html"]
    assert "&lt;日&gt;" not in shown["text/html"].partition("<p>")[0]
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_a_fixed_gate_changes_bits_and_prediction():
    words = bundle(gate="z", value=1.0)["text/plain"]
    assert "With z at 1.00 in all units it needs" in words
    assert "Then it expects" in words
    assert "in units 42, 7 it" in bundle(gate="r", value=0.5, which="these units", units="42,7")["text/plain"]


def test_changing_a_control_redraws_the_picture():
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(bundle["text/plain"])

    _, controls = gate_explorers.controls(explorer.TEXTS, explorer.TEXTS.start)
    gate_explorers.follow(explorer.TEXTS, controls, Handle())
    controls["gate"].value = "z"
    controls["value"].value = 1.0
    controls["text"].value = ""
    assert "With z at 0.00" in shown[0]
    assert "With z at 1.00" in shown[1]
    assert shown[2].startswith("There is no text yet")


def test_a_setting_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="no setting called 'texts': the settings are text, units"):
        text_explorer(texts="a")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"gate": "n"}, "gate is 'n', but should be 'none' or 'r' or 'z'"),
        ({"which": "some"}, "which is 'some', but should be 'all units' or 'these units'"),
        ({"value": 1.5}, "value is 1.5, but should be a number from 0 to 1"),
        ({"value": "high"}, "value is 'high', but should be a number from 0 to 1"),
        ({"units": 42}, "units is 42, but should be '42, 7, 18, 64' or the like"),
        ({"text": None}, "text is None, but should be 'The "),
    ],
)
def test_a_setting_with_a_value_that_cannot_be_is_refused(change, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        text_explorer(**change)


def test_what_cannot_be_printed_is_named_by_its_escape():
    assert "It never saw '\\t' in training" in bundle(text="a\tb")["text/plain"]


def test_one_unit_is_one():
    assert "in unit 42 it" in bundle(gate="r", which="these units", units="42")["text/plain"]
