"""Earlier questions are recognised, and no other question is mistaken for one."""

import tracemalloc

import pytest

from grader.judge import memory
from grader.judge.memory import Memory


@pytest.fixture
def remembered():
    return Memory()


def test_what_was_kept_is_known_by_the_question_alone(remembered):
    assert remembered.recall(b"question") is None
    remembered.keep(b"question", "f", b"answer")
    assert remembered.recall(b"question") == ("f", b"answer")
    assert remembered.recall(b"question ") is None


def test_what_was_used_least_lately_is_forgotten(remembered, monkeypatch):
    monkeypatch.setattr(memory, "MOST_BYTES", 2 * memory.BESIDE + 20)
    for name in ("a", "b"):
        remembered.keep(name.encode(), name, bytes(8))
    remembered.recall(b"a")
    remembered.keep(b"c", "c", bytes(8))
    assert [bool(remembered.recall(question)) for question in (b"a", b"b", b"c")] == [True, False, True]


def test_keeping_twice_takes_room_once(remembered, monkeypatch):
    monkeypatch.setattr(memory, "MOST_BYTES", 2 * memory.BESIDE + 20)
    for _ in range(5):
        remembered.keep(b"a", "a", bytes(8))
    remembered.keep(b"b", "b", bytes(8))
    assert remembered.recall(b"a") and remembered.recall(b"b")


def test_an_answer_larger_than_all_room_is_not_kept(remembered, monkeypatch):
    monkeypatch.setattr(memory, "MOST_BYTES", 2 * memory.BESIDE + 20)
    remembered.keep(b"a", "a", bytes(memory.BESIDE + 21))
    assert remembered.recall(b"a") is None


def test_many_small_answers_do_not_add_up(remembered, monkeypatch):
    monkeypatch.setattr(memory, "MOST_BYTES", 100_000)
    tracemalloc.start()
    for number in range(5_000):
        remembered.keep(str(number).encode(), "gru_ref.gates.gate", b"%070d" % number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 30_000 < kept < 120_000
