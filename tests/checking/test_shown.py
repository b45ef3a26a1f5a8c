"""What a message shows of a case: the arguments of the learner's own function, and what an exercise has to say about it."""

import numpy as np
import pytest

import gru_ref
from grader.base.wording import InWords, describe, in_full, numbers_in, short
from grader.checking.diagnosis import examine
from grader.exercises import find


def test_a_dict_of_arrays_is_written_in_full_and_words_as_they_are():
    assert in_full("counts", {"": np.array([4, 2]), "a": np.array([0, 3])}) == "counts = {'': [4, 2], 'a': [0, 3]}"
    words = InWords("a function that returns (table[h], h + 1)")
    assert short(words) == describe(words) == str(words)
    assert in_full("step", words) == f"step = {words}" and numbers_in(words) == 1


def sample_that(choose, every=1):
    def sample(step, h, first, n, temperature, rng):
        drawn, character = [], first
        for k in range(n):
            logits, new = step(character, h)
            h = h if k % every else new
            character = choose(logits, temperature, rng)
            drawn.append(character)
        return drawn

    return sample


def test_a_case_is_shown_with_the_arguments_that_the_learners_function_takes():
    """In words where the check's own arguments are others; and it can be repeated by hand."""
    verdict = examine(find("sample"), sample_that(lambda logits, temperature, rng: int(np.argmax(logits)), every=2))
    facts = dict(verdict.facts)
    assert facts["for"].startswith(
        "step = a function that returns (table[h % 2, character], h + 1), table = [[[0, 2, 1]"
    )
    assert "first = 0, n = 5, temperature = 0" in facts["for"] and "array (" not in facts["for"]
    assert facts["should be"] == "[1, 1, 0, 2, 2]"


def test_a_broken_property_shows_what_broke_it():
    def choose(logits, temperature, rng):
        if temperature == 0 or np.ptp(logits) > 30:
            return int(np.argmax(logits))
        return int(rng.integers(2)) + 2

    verdict = examine(find("sample"), sample_that(choose))
    facts = dict(verdict.facts)
    assert verdict.stage == "laws" and "always returns the logits [" in facts["the last call"]
    assert facts["yours"].startswith("character 0: 0, 1: 0, 2: ") and "expected, about" in facts


def test_a_split_of_the_wrong_size_shows_which_groups_are_in_the_test():
    def split_by_group(groups, share, rng):
        right = gru_ref.split_by_group(groups, share, rng)  # which refuses what it should
        chosen = sorted(set(groups))[1 : max(2, len(set(groups)) // 2 + 2)]
        return np.array([group in chosen for group in groups]) if len(groups) > 5 else right

    facts = dict(examine(find("split_by_group"), split_by_group, naming=False).facts)
    assert facts["yours"] == "3 of 4 groups in the test: b, c, d" and facts["expected"] == "2 of 4 groups"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda low, high: (low - 0.01, high + 0.01), "The middle of your interval is right, but its width is"),
        (lambda low, high: (low + 0.01, high + 0.01), "Its width is right, or nearly."),
        (lambda low, high: (low, high + 0.01), "times the right one"),
    ],
)
def test_a_remark_says_what_stands_out(change, says):
    def accuracy_interval(correct, n):
        return change(*gru_ref.accuracy_interval(correct, n))

    assert says in " ".join(examine(find("accuracy_interval"), accuracy_interval, naming=False).body)


@pytest.mark.parametrize("change", [lambda value: value + 7e-5, lambda value: 10**400])
def test_a_remark_is_left_out_where_all_is_nearly_right_and_where_it_cannot_be_computed(change):
    def accuracy_interval(correct, n):
        return tuple(map(change, gru_ref.accuracy_interval(correct, n)))

    verdict = examine(find("accuracy_interval"), accuracy_interval, naming=False)
    assert verdict.stage == "values" and "interval" not in " ".join(verdict.body)


def test_a_remark_is_left_out_where_nothing_stands_out():
    def turned(counts, context):
        return gru_ref.witten_bell(counts, context)[::-1].copy()

    def doubled(counts, context):
        return 2 * gru_ref.witten_bell(counts, context)

    bodies = [" ".join(examine(find("witten_bell"), fn, naming=False).body) for fn in (turned, doubled)]
    assert ["do not add up to 1" in body for body in bodies] == [False, True]


@pytest.mark.parametrize(
    ("exercise", "change", "says"),
    [
        ("witten_bell", lambda counts, context: counts.pop(""), ("A dict", "`d.get(key, …)` only reads")),
        ("split_by_group", lambda groups, share, rng: groups.sort(), ("A list", "`sorted(…)`")),
        ("pool", lambda hs, lengths, how: hs.fill(0.0), ("An array", "`h = h + 1`")),
    ],
)
def test_what_a_call_changes_is_left_alone_in_its_own_way(exercise, change, says):
    reference = find(exercise).reference

    def answer(*args):
        right = reference(*args)
        change(*args)
        return right

    answer.__signature__ = find(exercise).signature
    verdict = examine(find(exercise), answer, naming=False)
    assert verdict.stage == "leaves its inputs alone"
    assert verdict.body[0].startswith(says[0]) and says[1] in verdict.next_step


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda x, y: (x[1:], y[1:]), "The axes should be (K, T, B), and K should be"),
        (
            lambda x, y: (x.transpose(2, 0, 1), y.transpose(2, 0, 1)),
            "in a different order: the axes should be (K, T, B)",
        ),
        (lambda x, y: (x[:, None], y[:, None]), "an axis of length 1 too many: the result should be (K, T, B)"),
    ],
)
def test_the_axis_that_is_wrong_is_named(change, says):
    def streams(ids, T, B):
        return tuple(np.ascontiguousarray(part) for part in change(*gru_ref.streams(ids, T, B)))

    assert says in examine(find("streams"), streams, naming=False).next_step
