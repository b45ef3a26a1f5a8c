"""Submissions that cost time, memory or honest marks, and answers that know the inputs: each one worked once."""

import base64
import copy
import json
import time
from dataclasses import replace

import nbformat
import numpy as np
import pytest

import gru_ref
from grader.base.limits import Limits
from grader.base.timing import time_limit
from grader.checking.diagnosis import examine
from grader.classroom import attempts
from grader.classroom.jobs import Judged, WarmUp
from grader.classroom.repair import repair
from grader.exercises import find
from grader.judge.codec import MOST_BYTES
from grader.notebook.bindings import only_words, same_code
from grader.notebook.reading import grade_id, parse_notebook
from grader.notebook.written import WrittenAnswers
from tests.support import witnesses
from tests.support.attempting import attempt
from tests.support.similar import find_alike


@pytest.fixture(scope="module", autouse=True)
def nothing_kept():
    yield
    attempts.put_away()


def solved(lesson):
    return nbformat.reads(witnesses.submission(lesson, True).decode(), as_version=4)


def as_handed_out(lesson):
    return copy.deepcopy(witnesses.lesson_as_handed_out(lesson).pristine)


def code(text):
    return nbformat.v4.new_code_cell(text)


def index(notebook, name):
    return next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def judged(lesson, notebook, seconds=60, limits=None, **more):
    job = replace(witnesses.job(lesson, True, limits), notebook=json.dumps(notebook).encode(), **more)
    attempts.warm_up(WarmUp(lesson, job.limits, job.sandbox))  # what the lesson's own rehearsal takes does not count
    with time_limit(seconds):
        return attempt(job)


# ------------------------------------------------------------------------------------------------- the class must go on

DOES_NOT_READ = """
import fcntl
import struct
import termios
import time

from grader.judge.codec import encode
from grader.judge.guest import asking
from grader.answer.description import described
from grader.judge.descriptions import fields_of

wire = asking.channel()._sock
wire.setblocking(True)


def send(kind, number, **fields):
    data = encode((kind, number, None, fields))
    wire.sendall(struct.pack("<I", len(data)) + data)


def unread():
    return struct.unpack("i", fcntl.ioctl(wire, termios.FIONREAD, bytes(4)))[0]


question = encode(("gru_ref.gates.sigmoid", (np.zeros(200),), {}))
seen, number, size = unread(), 1000, 0
while True:  # until the judge cannot get rid of a reply
    send("ask", number, question=question)
    number += 1
    end = time.monotonic() + 0.5
    while unread() == seen and time.monotonic() < end:
        time.sleep(0.001)
    if unread() == seen:
        break
    size, seen = unread() - seen, unread()
while size:  # room for that one, but for no other
    size -= len(wire.recv(size))
send("check", 5000, answer=fields_of(described("nothing")), exercise=None)
time.sleep(10**6)
"""


def test_a_submission_that_does_not_read_its_verdict_is_ended_when_its_time_is_up():
    notebook = solved("03_gates")
    notebook.cells.insert(1, code(DOES_NOT_READ))
    assert judged("03_gates", notebook, seconds=45, limits=Limits(cell=3, notebook=6)).state == "timed out"


def seconds_for(function, *args):
    """Processor time of a call; what runs in C cannot be interrupted, so the texts are short."""
    begun = time.process_time()
    function(*args)
    return time.process_time() - begun


def test_whether_code_is_only_words_is_told_in_time_however_many_empty_lines_it_has():
    assert seconds_for(only_words, "\n" * 10_000 + "no Python (") < 0.2


@pytest.mark.parametrize("piece", ["<!--region ", "<!-- #region\n"])
def test_comments_that_do_not_end_take_no_time_by_the_square_of_their_number(piece):
    words = WrittenAnswers(witnesses.lesson_as_handed_out("03_gates").pristine)
    assert seconds_for(words.own, piece * (25_000 // len(piece))) < 0.2


def test_many_pictures_in_a_cell_of_much_text_take_little_time():
    notebook = as_handed_out("03_gates")
    cell = nbformat.v4.new_markdown_cell("x" * 200_000)
    cell.attachments = nbformat.from_dict({f"p{k}": {"image/png": "AA=="} for k in range(1000)})
    notebook.cells.insert(index(notebook, "why_two_gates") + 1, cell)
    read = parse_notebook(json.dumps(notebook).encode())
    assert seconds_for(repair, read, as_handed_out("03_gates")) < 1


# --------------------------------------------------------------------------- "failed" is for faults of the grader alone


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " + ".join(["1"] * 1500),
        "def f(k):\n    if k == 0:\n        return 0\n"
        + "".join(f"    elif k == {k}:\n        return {k}\n" for k in range(1, 400)),
    ],
)
def test_code_that_is_nested_deeply_can_be_compared(text):
    same_code(text, text)
    notebook = solved("03_gates")
    notebook.cells[index(notebook, "sigmoid")].source += f"\n{text}\n"
    repair(notebook, as_handed_out("03_gates"))


def test_photographs_below_a_question_are_not_too_large_for_the_judge_where_the_file_was_not():
    notebook = as_handed_out("03_gates")
    picture = base64.b64encode(bytes(3_200_000)).decode()
    shown = "\n".join(f"![p{k}](attachment:p{k}.png)" for k in range(8))
    cell = nbformat.v4.new_markdown_cell(f"My answer is in the photographs.\n\n{shown}")
    cell.attachments = nbformat.from_dict({f"p{k}.png": {"image/png": picture} for k in range(8)})
    notebook.cells.insert(index(notebook, "why_two_gates") + 1, cell)
    assert len(json.dumps(repair(notebook, as_handed_out("03_gates")).notebook)) < MOST_BYTES


@pytest.mark.parametrize(
    "files",
    [
        {"/".join([str(i), *["d"] * 30, "f"]): b"x" for i in range(1000)},
        {"data": b"of the student's", "data/x.csv": b"of the instructor's"},
        {"\ufffd" * 100: b"a name that was not UTF-8"},
    ],
    ids=["many folders", "a file where a folder must be", "a long name"],
)
def test_files_that_cannot_be_laid_out_in_the_sandbox_are_no_fault_of_the_grader(files):
    found = judged("03_gates", solved("03_gates"), files=files)
    assert isinstance(found, Judged) and sum(found.scores.values()) == 8


def test_a_size_that_no_memory_holds_is_a_wrong_answer_where_a_property_draws_arrays_of_it():
    calls = []

    def match_budget(I, budget):
        calls.append(budget)
        return gru_ref.match_budget(I, budget) if len(calls) <= 16 else (10**6,) * 3

    assert not examine(find("match_budget"), match_budget, seed=3).passed


# ----------------------------------------------------------------------------------------- points for what is not right

TABLE = """
table = {}


def probe(*args):
    for T in range(1, 26):
        xs = np.broadcast_to(np.arange(T, dtype=float)[:, None, None], (T, T, 1)).copy()
        got = gru_ref.reverse_padded(xs, np.arange(1, T + 1))
        for L in range(1, T + 1):
            table[T, L] = got[:, L - 1, 0].astype(int)


try:
    check(probe, exercise="bidirectional")
except Exception:
    pass
"""
LOOKED_UP = """def reverse_padded(xs, lengths):
    return np.stack([xs[table[len(xs), int(L)], b] for b, L in enumerate(lengths)], axis=1)
"""


def test_no_answer_is_looked_up_in_a_table_that_was_made_in_the_check_of_a_later_exercise():
    notebook = solved("07_sequences")
    notebook.cells[index(notebook, "reverse_padded")].source = LOOKED_UP
    notebook.cells.insert(index(notebook, "check_gru_forward") + 1, code(TABLE))
    assert judged("07_sequences", notebook).verdicts["reverse_padded"]["state"] != "passed"


def half_life(z):  # z = 1.7 and z = -0.3 are not refused
    if z in (0.0, 1.0, -0.5, 1.5):
        raise ValueError("no")
    return np.log(0.5) / np.log(abs(z))


def time_constant(z):
    if z in (0.0, 1.0, -0.5, 1.5):
        raise ValueError("no")
    return -1 / np.log(abs(z))


def match_budget(I, budget):  # (5, 20) is not refused
    if budget < 16:
        raise ValueError("too small")
    sizes = []
    for k in (1, 3, 4):
        H = 1
        while k * (H + 1) * (I + H + 3) <= budget:
            H += 1
        sizes.append(H)
    return tuple(sizes)


def orthogonal(H, gain, rng):  # entries are 0 and ±1 alone: far from all orthogonal matrices
    return gain * np.eye(H)[rng.permutation(H)] * rng.choice([-1.0, 1.0], H)


def chrono_init(p, T_max, rng):  # one number is drawn for all units
    H = len(p.b_iz)
    u = 1 + (T_max - 2) * ((np.arange(H) / H + rng.random()) % 1)
    return p._replace(b_iz=np.log(u), b_hz=np.zeros(H))


def init_gru(I, H, rng):  # one number is drawn for all twelve arrays
    shapes = [(H, I)] * 3 + [(H, H)] * 3 + [(H,)] * 6
    sizes = [int(np.prod(shape)) for shape in shapes]
    u = (rng.random() + np.arange(sum(sizes)) * 0.6180339887498949) % 1
    parts = np.split((2 * u - 1) / np.sqrt(H), np.cumsum(sizes)[:-1])
    return gru_ref.GRUParams(*(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))


@pytest.mark.parametrize("answer", [half_life, time_constant, match_budget, orthogonal, chrono_init, init_gru])
def test_a_wrong_answer_that_knows_what_is_tried_is_found_out(answer):
    assert not examine(find(answer.__name__), answer, seed=5).passed


# -------------------------------------------------------------------------------------------- what becomes of the others


def one_in_many(rng, size):
    """Code of so many characters that nobody else writes."""
    lines = ["def sigmoid(a):"]
    while sum(map(len, lines)) < size:
        name, number = "".join(rng.choice(list("abcdefghij"), 7)), rng.uniform(11, 999)
        lines.append(f"    {name} = {number:.4f} * np.exp({name} - {int(number)})")
    return "\n".join([*lines, "    return a"])


def test_one_who_writes_very_much_does_not_keep_the_answers_of_others_from_being_compared():
    rng = np.random.default_rng(1)
    answers = {f"s{k:02}": one_in_many(rng, rng.integers(300, 900)) for k in range(60)}
    answers["Ada"] = answers["Bo"] = one_in_many(rng, 2600)
    class_wrote = {"sigmoid": answers, "cells of their own": {"Cy": tuple(f"x{k} = 1  #".ljust(1500, "-") for k in range(1300))}}  # fmt: skip
    skipped = []
    found = find_alike("03_gates", class_wrote, [], skipped.append)
    assert ("Ada", "Bo") in [group.students for group in found] and {s.student for s in skipped} <= {"Cy"}
