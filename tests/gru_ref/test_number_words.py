"""Number words are those that were tested, and no number is in two of the three sets."""

import sys

import numpy as np
import pytest

from gru_ref import draw_numbers, number_pairs, number_task
from gru_ref import number_words as words


def test_numbers_are_written_as_both_languages_do():
    numbers = np.array([0, 71, 80, 81, 99, 200, 201, 1000, 21_000, 80_080])
    french, english = number_pairs(numbers)
    assert [" ".join(s) for s in french] == [
        "zéro", "soixante et onze", "quatre vingts", "quatre vingt un", "quatre vingt dix neuf", "deux cents", "deux cent un",
        "mille", "vingt et un mille", "quatre vingt mille quatre vingts",
    ]  # fmt: skip
    assert [" ".join(s) for s in english] == [
        "zero", "seventy one", "eighty", "eighty one", "ninety nine", "two hundred", "two hundred and one", "one thousand",
        "twenty one thousand", "eighty thousand and eighty",
    ]  # fmt: skip


def test_the_sets_have_no_number_in_common_and_only_one_is_longer():
    task = number_task(np.random.default_rng(0), 60, 20, 20)
    assert [len(pairs.sources) for pairs in task] == [len(pairs.targets) for pairs in task] == [60, 20, 20]
    every = [tuple(source) for pairs in task for source in pairs.sources]
    assert len(set(every)) == 100
    assert max(map(len, task.training.sources + task.held_out.sources)) <= words.MOST_WORDS
    assert min(map(len, task.longer.sources)) > words.MOST_WORDS
    assert number_task(np.random.default_rng(0), 60, 20, 20) == task


def test_numbers_of_all_lengths_are_drawn_and_none_twice():
    numbers = draw_numbers(5000, np.random.default_rng(1))
    assert len(set(numbers.tolist())) == 5000 and numbers.min() >= 0 and numbers.max() <= words.LARGEST
    digits = np.bincount([len(str(n)) for n in numbers], minlength=7)
    assert digits[1] == 10 and digits[2] > 85 and (digits[3:] > 600).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: number_pairs(np.array([1_000_000])),
            "numbers holds 1000000, but should hold integers from 0 to 999,999",
        ),
        (lambda: number_pairs(np.array([-1])), "numbers holds -1, but should hold integers from 0 to 999,999"),
        (lambda: number_pairs([5]), "numbers is a list"),
        (lambda: number_pairs(np.array([1.5])), "numbers holds 1.5, but should hold integers from 0"),
        (lambda: number_pairs(np.array(["twelve"])), "numbers holds 'twelve', but should hold integers from 0"),
        (lambda: number_pairs(np.array([10**30])), f"numbers holds {10**30}, but should hold integers from 0"),
        (lambda: number_pairs(np.array([[1]])), "numbers has shape"),
        (lambda: draw_numbers(0, np.random.default_rng(0)), "count is 0"),
        (lambda: draw_numbers(100_001, np.random.default_rng(0)), "count is 100001, but should be at most 100,000"),
        (lambda: number_task(np.random.default_rng(0), longer=0), "longer is 0"),
        (
            lambda: number_task(np.random.default_rng(0), longer=20_000),
            "are 3,000, 600 and 20,000: 120,200 numbers would",
        ),
    ],
)
def test_what_has_no_words_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_sets_that_the_draw_cannot_fill_are_refused(monkeypatch):
    monkeypatch.setattr(words, "draw_numbers", lambda count, rng: np.arange(100))
    for sizes, needed in (((90, 11, 1), "need 101, and longer 1"), ((9, 1, 1), "need 10, and longer 1")):
        with pytest.raises(
            ValueError, match=f"100 have up to 8 French words and 0 have more, but .*{needed}. Take fewer"
        ):
            number_task(np.random.default_rng(0), *sizes)


def test_a_package_that_writes_otherwise_is_named_and_accepted_on_request(monkeypatch):
    monkeypatch.setattr(words, "_SHA256", "0" * 64)
    with pytest.raises(
        ValueError, match=r"writes some numbers otherwise than version 0\.5\.14.*pip install num2words==0\.5\.14"
    ):
        number_pairs(np.array([7]))
    assert number_pairs(np.array([7]), tested_only=False) == ([["sept"]], [["seven"]])


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "num2words", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install num2words==0\.5\.14"):
        number_pairs(np.array([7]))
