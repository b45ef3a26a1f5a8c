"""The training loop takes Adam's clipped steps, stops when it should, keeps the best, and says what went wrong."""

import contextlib
import functools
import io

import numpy as np
import pytest

from gru_ref import (
    Batch,
    adam_init,
    adam_step,
    adding,
    clip_by_global_norm,
    init_model,
    minibatches,
    model_loss,
    model_loss_and_grads,
    train,
    train_step,
)
from gru_ref.progress import Progress, Watched, with_progress
from gru_ref.trees import leaves


def bowl(p, batch):
    """Loss ½‖p − batch‖², whose gradient is p − batch."""
    return 0.5 * float(np.sum((p[0] - batch) ** 2)), [p[0] - batch]


START, GOAL = [np.array([3.0, -2.0])], np.array([1.0, 1.0])


def distance(p):
    return float(np.linalg.norm(p[0] - GOAL))


def test_a_step_is_clipping_then_adam_and_its_loss_is_the_one_before():
    state = adam_init(START)
    p, state_after, loss = train_step(bowl, START, state, GOAL, 0.1, 0.5)
    wanted_loss, grads = bowl(START, GOAL)
    wanted_p, wanted_state = adam_step(START, clip_by_global_norm(grads, 0.5)[0], state, 0.1)
    assert loss == wanted_loss
    np.testing.assert_array_equal(p[0], wanted_p[0])
    assert state_after[0] == 1
    np.testing.assert_array_equal(state_after[1][0], wanted_state[1][0])
    np.testing.assert_array_equal(START[0], [3.0, -2.0])


def test_training_is_step_after_step():
    p, state, losses = START, adam_init(START), []
    for _ in range(7):
        p, state, loss = train_step(bowl, p, state, GOAL, 0.1, 1.0)
        losses.append(loss)
    trained, history = train(bowl, START, lambda: GOAL, 7, 0.1)
    np.testing.assert_array_equal(trained[0], p[0])
    assert history.losses == losses and len(history.norms) == 7
    assert history.norms[0] == pytest.approx(np.linalg.norm(START[0] - GOAL))
    assert history.stopped == "steps" and history.evaluations == [] and history.best is None


def test_evaluations_come_before_the_first_step_every_so_often_and_after_the_last():
    _, history = train(bowl, START, lambda: GOAL, 23, 0.1, evaluate=distance, every=10)
    assert history.evaluated == [0, 10, 20, 23]
    assert history.evaluations[0] == distance(START)
    assert history.best_step == 23 and history.best_evaluation == min(history.evaluations)


def test_it_ends_when_the_target_is_reached():
    p, history = train(bowl, START, lambda: GOAL, 500, 0.1, evaluate=distance, every=5, target=0.5)
    assert history.stopped == "target" and len(history.losses) == history.evaluated[-1] < 500
    assert distance(p) == history.evaluations[-1] <= 0.5 < history.evaluations[-2]


def test_it_ends_when_patience_does_and_returns_the_best():
    """The evaluation is best on the way, where the path passes its point, and grows again after."""
    on_the_way = np.array([2.0, -1.0])
    p, history = train(
        bowl, START, lambda: GOAL, 500, 0.05, evaluate=lambda p: float(np.linalg.norm(p[0] - on_the_way)),
        every=2, patience=4,
    )  # fmt: skip
    best = history.best
    assert history.stopped == "patience" and len(history.losses) < 500
    assert len(history.evaluations) == best + 5 and best > 0
    assert np.linalg.norm(p[0] - on_the_way) == history.evaluations[best] == min(history.evaluations)


def test_without_patience_the_best_is_still_kept():
    values = iter([3.0, 1.0, 2.0])
    seen = []

    def evaluate(p):
        seen.append(p)
        return next(values)

    p, history = train(bowl, START, lambda: GOAL, 2, 0.1, evaluate=evaluate, every=1)
    assert p is seen[1] and history.best == 1 and history.stopped == "steps"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_an_error_that_says_where_and_what_to_try(bad):
    losses = iter([1.0, 1.0, bad])
    with pytest.raises(FloatingPointError) as raised:
        train(lambda p, batch: (next(losses), [np.ones(2)]), START, lambda: None, 9, 0.25, 2.0)
    assert str(raised.value) == (
        f"training failed at step 3 of 9: the loss is {bad}. "
        "Try a smaller learning rate than 0.25, or a smaller max_norm than 2."
    )


def test_a_gradient_that_is_no_number_is_named():
    with pytest.raises(FloatingPointError, match=r"step 1 of 9: grads\[0\] holds NaN or infinity"):
        train(lambda p, batch: (1.0, [np.array([1.0, np.inf])]), START, lambda: None, 9, 0.1)
    with pytest.raises(FloatingPointError, match=r"the loss is nan"):
        train_step(lambda p, batch: (np.nan, [np.ones(2)]), START, adam_init(START), None, 0.1, 1.0)


def test_an_evaluation_that_is_no_number_is_an_error():
    with pytest.raises(FloatingPointError, match="the evaluation after 0 steps is nan"):
        train(bowl, START, lambda: GOAL, 3, 0.1, evaluate=lambda p: np.nan)


def test_a_learning_rate_far_too_high_breaks_down_with_that_message():
    rng = np.random.default_rng(0)
    p = init_model("gru", 2, 4, 1, rng, dtype=np.float32)
    with pytest.raises(FloatingPointError, match="training failed at step"), np.errstate(all="ignore"):
        train(model_loss_and_grads, p, lambda: adding(6, 4, rng, np.float32), 50, 1e37)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is 0, but should be an integer"),
        ({"steps": 3, "every": 0}, "every is 0, but should be"),
        ({"steps": 3, "patience": 0, "evaluate": distance}, "patience is 0, but should be"),
        ({"steps": 3, "patience": 2}, "patience and target need evaluations: give evaluate, too"),
        ({"steps": 3, "target": 0.1}, "patience and target need evaluations: give evaluate, too"),
        ({"steps": 3, "lr": -1.0}, "lr is -1.0, but should be a number above 0"),
        ({"steps": 3, "max_norm": 0}, "max_norm is 0, but should be a number above 0"),
    ],
)
def test_it_refuses(options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        train(bowl, START, lambda: GOAL, **{"lr": 0.1, **options})


def test_it_learns_a_short_adding_problem():
    rng = np.random.default_rng(0)
    p = init_model("gru", 2, 16, 1, rng, dtype=np.float32)
    test = adding(10, 200, rng, np.float32)
    p, history = train(
        functools.partial(model_loss_and_grads, kind="gru"), p, lambda: adding(10, 32, rng, np.float32), 800, 1e-2,
        evaluate=lambda p: model_loss(p, test), target=0.01,
    )  # fmt: skip
    assert history.stopped == "target" and model_loss(p, test) <= 0.01
    assert {leaf.dtype for leaf in leaves(p)} == {np.dtype(np.float32)}


def test_minibatches_show_every_sequence_once_an_epoch():
    T, N = 4, 10
    xs = np.broadcast_to(np.arange(N, dtype=float)[None, :, None], (T, N, 1))
    last = Batch(xs, np.arange(N, dtype=float)[:, None], np.full(N, T))
    next_batch = minibatches(last, 4, np.random.default_rng(0))
    epochs = []
    for _ in range(3):
        batches = [next_batch() for _ in range(3)]
        assert [b.xs.shape[1] for b in batches] == [4, 4, 2]
        for b in batches:
            np.testing.assert_array_equal(b.xs[0], b.targets)
            assert b.lengths.shape == (b.xs.shape[1],) and b.mask is None
        epochs.append(np.concatenate([b.targets[:, 0] for b in batches]).tolist())
    assert all(sorted(e) == list(range(N)) for e in epochs)
    assert epochs[0] != epochs[1]


def test_minibatches_cut_targets_of_every_step_along_the_batch():
    T, N = 4, 5
    classes = np.broadcast_to(np.arange(N), (T, N))
    xs = np.broadcast_to(np.arange(N, dtype=float)[None, :, None], (T, N, 1))
    batch = minibatches((xs, classes, None, np.ones((T, N), bool)), 3, np.random.default_rng(0))()
    assert batch.targets.shape == batch.mask.shape == (T, 3)
    np.testing.assert_array_equal(batch.xs[:, :, 0], batch.targets)


def test_it_is_silent_where_nobody_watches(capsys):
    train(bowl, START, lambda: GOAL, 3, 0.1, label="bowl")
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_in_a_terminal_one_line_is_kept_up_to_date():
    with contextlib.redirect_stdout(Terminal()) as screen:
        progress = Progress(40, "GRU")
        for step in range(1, 41):
            progress.update(step, 0.5)
        progress.close(40, 0.25)
    written = screen.getvalue()
    assert written.count("\n") == 1 and written.endswith("\n")
    assert "GRU ▱" in written and "1 of 40 steps · loss 0.5 · 0 s" in written
    assert written.split("\r")[-1].startswith("GRU 40 steps · loss 0.25 · 0 s")


def test_many_runs_are_counted_and_handed_on_as_they_are():
    with contextlib.redirect_stdout(Terminal()) as screen:
        done = [seed * 2 for seed in with_progress(range(3), "three runs")]
    assert done == [0, 2, 4]
    written = screen.getvalue()
    assert "three runs ▱" in written and "0 of 3 runs · 0 s" in written and "loss" not in written
    assert written.split("\r")[-1].startswith("three runs 3 runs · 0 s") and written.count("\n") == 1
    assert list(with_progress([])) == []


def test_batches_can_be_watched_over_several_epochs():
    with contextlib.redirect_stdout(Terminal()) as screen:
        batches = Watched([1, 2, 3], 2, "GRU")
        assert [list(batches) for _ in range(2)] == [[1, 2, 3]] * 2
    assert len(batches) == 3
    written = screen.getvalue()
    assert "1 of 6 batches · 0 s" in written and "loss" not in written
    assert written.split("\r")[-1].startswith("GRU 6 batches · 0 s") and written.count("\n") == 1


def test_silence_can_be_asked_for():
    with contextlib.redirect_stdout(Terminal()) as screen:
        train(bowl, START, lambda: GOAL, 3, 0.1, progress=False)
    assert screen.getvalue() == ""


def test_in_a_notebook_one_output_is_kept_up_to_date(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    from grader.notebook.execution import run_notebook

    source = """
import numpy as np, gru_ref
bowl = lambda p, goal: (float(np.sum((p[0] - goal) ** 2)), [2 * (p[0] - goal)])
_ = gru_ref.train(bowl, [np.zeros(2)], lambda: np.ones(2), 30, 0.1, label="bowl")
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    (cell,) = run_notebook(notebook, tmp_path).notebook.cells
    (output,) = cell.outputs
    assert output.output_type == "display_data"
    assert output.data["text/plain"].startswith("bowl 30 steps · loss ")
