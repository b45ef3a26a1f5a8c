"""The sliders of lesson 03: fast, described in words, and a picture where they cannot run."""

import base64
import re
import subprocess
import sys

import nbformat
import pytest

from grader import gate_explorer
from grader.learner import widgets
from grader.notebook.execution import run_notebook


def image_of(html):
    """The bytes and the alternative text of an HTML image."""
    found = re.fullmatch(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)" [^>]*>', html)
    return base64.b64decode(found[2]), found[1]


def test_a_checking_notebook_pays_nothing_for_the_sliders():
    code = "import sys; from grader import check, gate_explorer; print({'ipywidgets', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_in_plain_python_the_gate_is_told_in_words(capsys):
    gate_explorer()
    assert "At input 1.0 it is 0.73 open." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("weight", "bias", "x", "words"),
    [
        (2.0, -4.0, 3.0, "rises with the input, half open at input 2.0. At input 3.0 it is 0.88 open."),
        (-1.0, 0.0, 6.0, "falls with the input, half open at input 0.0. At input 6.0 it is 0.00 open."),
        (0.0, 1.0, -6.0, "stays where it is. At input -6.0 it is 0.73 open."),
    ],
)
def test_words_and_picture_fit_the_gate(weight, bias, x, words):
    image, alt = image_of(widgets._gate_picture(weight, bias, x))
    assert image.startswith(b"\x89PNG")
    assert words in alt


def test_moving_a_slider_redraws_the_picture_and_its_words():
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(bundle)

    sliders = widgets._sliders()
    widgets._follow(sliders, Handle())
    assert shown == []
    for value, (slider, name) in enumerate(zip(sliders.children[:3], ("input", "weight", "bias"), strict=True), 2):
        assert slider.description.startswith(name)
        slider.value = float(value)
    words = (
        "A gate with weight 3.0 and bias 4.0: it rises with the input, half open at input -1.3. At input 2.0 it is 1.00"
    )
    assert shown[-1]["text/plain"].startswith(words)
    (first, _), (last, alt) = image_of(shown[0]["text/html"]), image_of(shown[-1]["text/html"])
    assert first != last
    assert alt.startswith(words)


SHOWN = {
    "learner": "gate_explorer()",
    "GRU_COURSE_GRADING": "os.environ['GRU_COURSE_GRADING'] = '1'\ngate_explorer()",
    "NBGRADER_EXECUTION": "os.environ['NBGRADER_EXECUTION'] = os.environ.pop('GRU_COURSE_GRADING')\ngate_explorer()",
}


@pytest.fixture(scope="module")
def outputs():
    """What `gate_explorer` shows in a kernel, by whose run it is."""
    first = "import os\nfrom grader import gate_explorer"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (first, *SHOWN.values())])
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("GRU_COURSE_GRADING", "NBGRADER_EXECUTION"):
            patch.delenv(variable, raising=False)
        cells = run_notebook(nb, ".").notebook.cells[1:]
    return {name: cell.outputs for name, cell in zip(SHOWN, cells, strict=True)}


@pytest.mark.parametrize("variable", ["GRU_COURSE_GRADING", "NBGRADER_EXECUTION"])
def test_a_grading_run_gets_the_picture_alone(outputs, variable):
    (output,) = outputs[variable]
    assert set(output.data) == {"text/html", "text/plain"}
    assert "0.73 open" in image_of(output.data["text/html"])[1]


def test_a_learner_gets_sliders_and_a_picture_that_stays_without_them(outputs):
    sliders, picture = outputs["learner"]
    assert sliders.data[widgets.WIDGET_MIME]["model_id"]
    assert set(picture.data) == {"text/html", "text/plain"}
    assert "0.73 open" in image_of(picture.data["text/html"])[1]
