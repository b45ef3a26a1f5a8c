"""Only safe output of a submission's process gets into a notebook."""

import base64
import io
import struct
import sys
from pathlib import Path

import matplotlib.figure
import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from grader.checking.verdict import VERDICT_MIME, Verdict
from grader.judge import outputs
from grader.judge.guest.bounds import CUT, LONGEST_TRACEBACK, MOST_ERRORS, MOST_OUTPUTS
from grader.judge.outputs import CellOutputs, Flood, harmless


def taken(*sent, room=1_000, picture_room=1_000_000):
    """What stands below a cell whose process sent these outputs."""
    cell = CellOutputs(room, picture_room)
    for output in sent:
        cell.take(output)
    return cell.finished(7)


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def displayed(kind="display_data", **data):
    return {"output_type": kind, "data": {key.replace("_", "/"): value for key, value in data.items()}}


def png(width=4, height=3):
    buffer = io.BytesIO()
    matplotlib.figure.Figure(figsize=(width, height), dpi=20).savefig(buffer, format="png")
    return buffer.getvalue()


def text_of(data):
    return base64.b64encode(data).decode()


# ------------------------------------------------------------------------------------------------------------- text


def test_what_is_printed_in_one_go_is_one_output_with_warnings_last():
    (output,) = taken(printed("a"), printed("w", "stderr"), printed("b"))
    assert (output.name, output.text) == ("stdout", "abw")


def test_a_value_between_keeps_its_place():
    found = taken(printed("a"), displayed("execute_result", text_plain="2"), printed("b"))
    assert [o.get("text") or o.data for o in found] == ["a", {"text/plain": "2"}, "b"]
    assert found[1].execution_count == 7


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;28mgreen\x1b[m", "\x1b[31mred\x1b[0m \x1b[1;38;5;28mgreen\x1b[m"),
        ("\x1b[8mhidden\x1b[5mblinking\x1b[0;8m", "hiddenblinking"),
        ("\x1b[2J\x1b[H\x1b[1;1Hgone", "gone"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("\x1bP+q544e\x1b\\b", "b"),
        ("\x1b\x1b[2J[2Jc", "[2Jc"),
        ("\x9b2Jd\x85", "d"),
        ("bell\a and back\b\b\0", "bell and back"),
        ("\u202egnp.exe\u2066a\u2069\ufeff", "gnp.exea"),
        ("1%\r50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("\ud800 alone", "? alone"),
        ("<f at 0x7f3a5c2d1e50>", "<f at 0x…>"),
        ("σ × ≠ 日本 🎉\ttab", "σ × ≠ 日本 🎉\ttab"),
    ],
)
def test_text_only_stands_there(text, wanted):
    assert harmless(text) == wanted


def test_an_escape_sequence_sent_in_two_pieces_goes_too():
    (output,) = taken(printed("a\x1b"), printed("]0;title\x07b"))
    assert output.text == "ab"


def test_folders_of_this_machine_are_taken_out():
    root = Path(outputs.__file__).parents[2]
    text = f"/hand-in/a.csv {root}/grader/x.py \x1b[32m{sys.prefix}/lib\x1b[0m '{Path.home()}' /tmp/x/2.py a/tmp/b 1/2"
    assert harmless(text) == "./a.csv course/grader/x.py \x1b[32mpython/lib\x1b[0m '~' tmp/x/2.py a/tmp/b 1/2"
    assert harmless("/course/gru_ref/gates.py /python/lib/x.py") == "course/gru_ref/gates.py python/lib/x.py"


def test_endless_text_is_cut():
    (output,) = taken(printed("x" * 600), printed("é" * 600), printed("z"))
    assert output.text == "x" * 600 + "é" * 200 + f"\n{CUT}\n"


def test_of_endless_outputs_the_first_are_kept():
    found = taken(*[displayed(text_plain=str(i)) for i in range(MOST_OUTPUTS + 5)], room=10_000)
    assert [o.get("text") for o in found[MOST_OUTPUTS:]] == [CUT]


def test_a_flood_is_reported():
    with pytest.raises(Flood):
        taken(*[printed("x" * 1_000_000)] * 100)
    with pytest.raises(Flood):
        taken(*[{}] * 100_000)


def test_clearing_removes_what_was_before_but_not_a_verdict():
    cell = CellOutputs(1_000)
    cell.card(Verdict("gate", "passed", "all stages", "right"))
    for output in (
        printed("1"),
        {"output_type": "clear_output", "wait": False},
        printed("2"),
        {"output_type": "clear_output", "wait": True},
    ):
        cell.take(output)
    assert [o.get("text", "card") for o in cell.finished(1)] == ["card", "2"]
    cell.take(printed("3"))
    assert [o.get("text", "card") for o in cell.finished(1)] == ["card", "3"]


def test_what_was_cleared_does_not_count():
    frames = [
        (displayed(text_plain=str(i)), {"output_type": "clear_output", "wait": True}) for i in range(3 * MOST_OUTPUTS)
    ]
    found = taken(*[part for frame in frames for part in frame], displayed(text_plain="last"), room=10_000)
    assert [o.data for o in found] == [{"text/plain": "last"}]


# ------------------------------------------------------------------------------------------------- pictures and HTML


def test_a_picture_is_kept():
    (output,) = taken(displayed(image_png=text_of(png()), text_plain="<Figure>"))
    assert base64.b64decode(output.data["image/png"]) == png()


@pytest.mark.parametrize(
    "data",
    [
        lambda: b"<svg onload='alert(1)'>",
        lambda: png()[:-20],
        lambda: png() + b"<script>",
        lambda: png()[:16] + struct.pack(">I", 60_000) + png()[20:],
        lambda: b"\x89PNG\r\n\x1a\n",
        lambda: b"",
    ],
)
def test_what_is_no_picture_is_not(data):
    assert taken(displayed(image_png=text_of(data()))) == []
    assert taken(displayed(image_jpeg=text_of(data()))) == []


def test_pictures_have_their_room():
    picture = displayed(image_png=text_of(png()))
    assert len(taken(*[picture] * 3, picture_room=2.5 * len(text_of(png())))) == 2


@pytest.mark.parametrize(
    "mime",
    ["text/html", "text/markdown", "text/latex", "image/svg+xml", "application/javascript", "application/json", VERDICT_MIME,
     "application/vnd.jupyter.widget-view+json"],
)  # fmt: skip
def test_only_text_and_pictures_stay_of_a_display(mime):
    (output,) = taken({"output_type": "display_data", "data": {mime: "<script>alert(1)</script>", "text/plain": "x"}})
    assert output.data == {"text/plain": "x"}
    assert taken({"output_type": "display_data", "data": {mime: {"state": "passed"}}}) == []


# ------------------------------------------------------------------------------------------------------------ errors


def failed(name="ValueError", message="no", traceback=("ValueError: no",)):
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": list(traceback)}


def test_an_error_is_kept_without_what_is_no_text():
    (output,) = taken(failed("Vé\x1b[31m", "\x1b[2Jno", ["\x1b[31mwhere\x1b[0m\a", 5]))
    assert (output.ename, output.evalue, output.traceback) == ("Vé", "no", ["\x1b[31mwhere\x1b[0m"])


def test_of_an_endless_traceback_both_ends_are_kept():
    (output,) = taken(failed(traceback=["first", *["x" * 100] * 1_000, "last"]), room=100_000)
    assert (output.traceback[0], output.traceback[-1]) == ("first", "last")
    assert CUT in output.traceback
    assert len("\n".join(output.traceback)) < 1.1 * LONGEST_TRACEBACK


def test_many_errors_take_little_room():
    cell = CellOutputs(1_000)
    for _ in range(40):
        cell.take(failed(message="é" * 10_000, traceback=["x" * 10_000] * 2))
    assert len(cell.finished(1)) == MOST_ERRORS
    assert len(str(cell.finished(1))) < MOST_ERRORS * 4_000
    assert cell.used > 0


def test_where_a_cell_was_interrupted_is_not_said():
    cell = CellOutputs(1_000)
    cell.take(printed("before"))
    cell.interrupted()
    cell.take(failed("KeyboardInterrupt"))
    cell.take(printed(" after"))
    assert [o.text for o in cell.finished(1)] == ["before after"]


# ------------------------------------------------------------------------------------------------------------- cards


def test_a_card_holds_the_verdict_and_no_escape_sequences():
    verdict = Verdict(
        "gate", "failed", "runs", "`gate` \x1b[31mstopped\u202e", ("in <b>/hand-in/x.py</b>",), picture="<svg></svg>"
    )
    data = outputs.card(verdict).data
    assert data[VERDICT_MIME]["headline"] == "`gate` stopped"
    assert "&lt;b&gt;./x.py" in data["text/html"]
    assert "<svg>" in data["text/html"]
    assert all("\x1b" not in str(part) for part in data.values())


def test_a_card_that_there_is_no_room_for_keeps_its_headline():
    cell = CellOutputs(1_000, picture_room=10_000)
    for _ in range(3):
        cell.card(Verdict("gate", "failed", "runs", "`gate` stopped", ("x" * 6_000,)))
    sizes = [len(o.data["text/html"]) for o in cell.finished(1)]
    assert sizes[0] > 6_000 > sizes[1] == sizes[2]
    assert "stopped" in cell.finished(1)[2].data["text/html"]


def test_cleaning_takes_no_time_however_a_text_is_made():
    for text in (
        "\a" + "x" * 10**5,
        "\r" * 10**5,
        "\x1b[" * 10**5,
        "\x1b[" + "1;" * 10**5,
        "\x1b]" * 10**5,
        "/tmp" * 10**5,
    ):
        harmless(text)


# --------------------------------------------------------------------------------------------------------- malformed

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)
KEYS = ["name", "text", "data", "ename", "evalue", "traceback", "wait", "metadata", "execution_count"]
MIMES = ["text/plain", "text/html", "image/png", "image/jpeg", VERDICT_MIME]
sent = st.builds(
    lambda kind, fields, name: {"output_type": kind, "name": name, **fields},
    st.sampled_from(["stream", "display_data", "execute_result", "error", "clear_output", "update_display_data"]) | anything,
    st.dictionaries(
        st.sampled_from(KEYS), anything | st.text() | st.lists(st.text()) | st.dictionaries(st.sampled_from(MIMES), anything | st.text())
    ),
    st.sampled_from(["stdout", "stderr"]) | anything,
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(sent | anything, max_size=5))
def test_whatever_is_sent_the_notebook_is_a_valid_one(messages):
    found = taken(*messages, room=50)
    cell = new_code_cell("x", id="one", execution_count=7, outputs=found)
    nbformat.validate(new_notebook(cells=[cell]))
    nbformat.writes(new_notebook(cells=[cell])).encode()
    assert all(not set(o.get("data", {})) - {"text/plain", "image/png", "image/jpeg"} for o in found)
