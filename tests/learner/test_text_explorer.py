"""The explorer of lesson 19: fast, described in words, and bad input is said in words."""

import importlib
import re
import subprocess
import sys

import pytest

from grader import text_explorer

explorer = importlib.import_module("grader.learner.text_explorer")


def bundle(**changes):
    return explorer._bundle(**{**explorer.START, **changes})


def test_in_plain_python_the_reading_is_told_in_words(capsys):
    text_explorer()
    assert re.search(r"The network needs \d\.\d\d bits per character. Next it expects", capsys.readouterr().out)


def test_a_checking_notebook_pays_nothing_for_it():
    code = "import sys; from grader import check, text_explorer; print({'ipywidgets', 'matplotlib', 'scipy'} & set(sys.modules))"
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
    assert "in the units 42, 7" in bundle(gate="r", value=0.5, which="these units", units="42,7")["text/plain"]


def test_changing_a_control_redraws_the_picture():
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(bundle["text/plain"])

    _, controls = explorer._controls(explorer.START)
    explorer._follow(controls, Handle())
    controls["gate"].value = "z"
    controls["value"].value = 1.0
    controls["text"].value = ""
    assert "With z at 0.00" in shown[0]
    assert "With z at 1.00" in shown[1]
    assert shown[2].startswith("There is no text yet")


def test_a_setting_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="no setting called 'texts': the settings are text, units"):
        text_explorer(texts="a")
