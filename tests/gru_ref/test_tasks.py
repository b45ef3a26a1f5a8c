"""The synthetic tasks agree with their docstrings, and so do their baselines."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gru_ref import ADDING_BASELINE, adding, copying, copying_baseline, counted, counting, softmax_cross_entropy

seed = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


@many
@given(seed, st.integers(2, 20), st.integers(1, 8))
def test_adding_marks_one_step_in_each_half_and_wants_their_sum(seed, T, B):
    xs, targets = adding(T, B, np.random.default_rng(seed))
    assert xs.shape == (T, B, 2) and targets.shape == (B, 1)
    marks = xs[:, :, 1]
    assert set(np.unique(marks)) <= {0.0, 1.0}
    assert (marks[: T // 2].sum(axis=0) == 1).all() and (marks[T // 2 :].sum(axis=0) == 1).all()
    np.testing.assert_array_equal((xs[:, :, 0] * marks).sum(axis=0)[:, None], targets)
    assert xs[:, :, 0].min() >= 0 and xs[:, :, 0].max() < 1


def test_addings_baseline_is_the_error_of_always_saying_one():
    _, targets = adding(2, 1_000_000, np.random.default_rng(0))
    errors = (targets - 1) ** 2
    assert pytest.approx(1 / 6) == ADDING_BASELINE
    assert abs(errors.mean() - ADDING_BASELINE) < 4 * errors.std() / 1000
    assert abs(errors.mean() - 0.1767) > 20 * errors.std() / 1000, "the number that is quoted here and there"


def test_marks_reach_every_step():
    xs, _ = adding(7, 2000, np.random.default_rng(0))
    assert (xs[:, :, 1].sum(axis=1) > 0).all()


@many
@given(seed, st.integers(1, 12), st.integers(1, 5), st.integers(1, 6), st.integers(1, 5))
def test_copying_wants_what_was_read_after_the_signal(seed, T, B, symbols, length):
    xs, targets = copying(T, B, np.random.default_rng(seed), symbols=symbols, length=length)
    assert xs.shape == (T + 2 * length, B, symbols + 2) and targets.shape == (T + 2 * length, B)
    assert (xs.sum(axis=2) == 1).all()
    read = xs.argmax(axis=2)
    assert (read[:length] >= 1).all() and (read[:length] <= symbols).all()
    assert (read[T + length - 1] == symbols + 1).all() and (read == symbols + 1).sum() == B
    assert not read[length : T + length - 1].any() and not read[T + length :].any()
    assert not targets[:-length].any()
    np.testing.assert_array_equal(targets[-length:], read[:length])


def test_copyings_baseline_is_the_loss_of_the_best_guess_without_memory():
    T, symbols, length = 30, 8, 10
    _, targets = copying(T, 50, np.random.default_rng(0))
    logits = np.full((*targets.shape, symbols + 2), -1e4)
    logits[:-length, :, 0] = 0
    logits[-length:, :, 1:-1] = 0
    assert softmax_cross_entropy(logits, targets)[0] == pytest.approx(copying_baseline(T))
    assert copying_baseline(1000) == pytest.approx(0.0204, abs=5e-5)


@many
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_counting_is_a_then_b_as_often(ns):
    batch = counting(np.array(ns))
    T = 2 * max(ns)
    assert batch.xs.shape == (T, len(ns), 2) and batch.targets.shape == batch.determined.shape == (T, len(ns))
    for b, n in enumerate(ns):
        text = "".join("ab"[k] for k in batch.xs[: 2 * n, b].argmax(axis=1))
        following = "".join("ab$"[k] for k in batch.targets[: 2 * n, b])
        assert text == "a" * n + "b" * n
        assert following == text[1:] + "$"
        assert not batch.xs[2 * n :, b].any()
        assert batch.lengths[b] == 2 * n
        assert batch.determined[:, b].nonzero()[0].tolist() == list(range(n, 2 * n))


def test_a_string_counts_only_if_every_determined_step_is_right():
    batch = counting(np.array([2, 3]))
    perfect = np.eye(3)[batch.targets]
    assert counted(perfect, batch).tolist() == [True, True]
    undetermined = perfect.copy()
    undetermined[0] = [0, 1, 0]
    assert counted(undetermined, batch).tolist() == [True, True]
    always_b = np.zeros_like(perfect)
    always_b[..., 1] = 1
    assert counted(always_b, batch).tolist() == [False, False]
    late = perfect.copy()
    late[3, 0] = [0, 1, 0]
    assert counted(late, batch).tolist() == [False, True]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_and_repeated_draws(dtype):
    for make in (lambda rng: adding(9, 3, rng, dtype), lambda rng: copying(5, 3, rng, dtype)):
        xs, _ = make(np.random.default_rng(1))
        again, _ = make(np.random.default_rng(1))
        assert xs.dtype == dtype
        np.testing.assert_array_equal(xs, again)
    assert adding(9, 3, np.random.default_rng(1), dtype)[1].dtype == dtype
    assert counting(np.array([2]), dtype).xs.dtype == dtype


RNG = np.random.default_rng(0)
BAD = [
    (lambda: adding(1, 3, RNG), "T is 1, but two marks need at least 2 steps"),
    (lambda: adding(0, 3, RNG), "T is 0, but should be an integer of at least 1"),
    (lambda: adding(9, 0, RNG), "B is 0, but should be"),
    (lambda: adding(9.0, 3, RNG), "T is 9.0, but should be an integer"),
    (lambda: copying(0, 3, RNG), "T is 0, but should be"),
    (lambda: copying(5, 3, RNG, symbols=0), "symbols is 0, but should be"),
    (lambda: copying_baseline(5, length=0), "length is 0, but should be"),
    (lambda: counting([2, 3]), "ns is a list, but should be a"),
    (lambda: counting(np.array([2.0])), "ns is float64 of shape"),
    (lambda: counting(np.array([[2]])), "ns is int64 of shape"),
    (lambda: counting(np.array([], int)), "ns is int64 of shape"),
    (lambda: counting(np.array([2, 0])), "ns holds 0, but n should be at least 1"),
    (lambda: counted(np.ones((4, 2, 2)), counting(np.array([2, 2]))), "logits has shape"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_it_refuses(make, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make()
