"""The headline experiments of the lessons, at full length and over several draws. `make slow` runs them.

They check orders of magnitude, not digits: a lesson's statements should not depend on one draw or one machine.
"""

import functools

import numpy as np
import pytest

import gru_ref

pytestmark = pytest.mark.slow
DRAWS = range(5)

# ------------------------------------------------------------------------------- lesson 09: gradient norms at lag 100


def norms_at_lag_100(start, lstm=False, T=100, I=8, H=128):
    """‖∂h_100 / ∂h_0‖₂ for the network that each draw gives, on a sequence of its own: (5,)."""
    norms = []
    for seed in DRAWS:
        rng = np.random.default_rng(seed)
        p, xs, zeros = start(I, H, rng), rng.standard_normal((T, 1, I)), np.zeros((1, H))
        norms.append(gru_ref.gradient_profile(xs, (zeros, zeros) if lstm else zeros, p)[-1, 0])
    return np.array(norms)


def orthogonal_rnn(I, H, rng):
    return gru_ref.orthogonal_init(gru_ref.init_rnn(I, H, rng), 1.0, rng)


def chrono_gru(I, H, rng):
    return gru_ref.chrono_init(gru_ref.init_gru(I, H, rng), 100, rng)


def test_untrained_an_orthogonal_rnn_keeps_far_more_of_the_gradient_than_a_gru_or_an_lstm():
    orthogonal, rnn = norms_at_lag_100(orthogonal_rnn), norms_at_lag_100(gru_ref.init_rnn)
    gru, lstm = norms_at_lag_100(gru_ref.init_gru), norms_at_lag_100(gru_ref.init_lstm, lstm=True)
    print(f"orthogonal RNN {orthogonal}, RNN {rnn}, GRU {gru}, LSTM {lstm}")
    assert ((orthogonal > 1e-5) & (orthogonal < 1e-2)).all()
    assert ((gru > 1e-21) & (gru < 1e-16)).all()
    assert ((lstm > 1e-21) & (lstm < 1e-16)).all()
    assert (rnn < 1e-19).all()


def test_a_chrono_start_brings_the_gru_to_about_0_4():
    chrono = norms_at_lag_100(chrono_gru)
    print(f"chrono GRU {chrono}")
    assert ((chrono > 0.3) & (chrono < 0.6)).all()


# --------------------------------------------------------------------------------------- lesson 09: one marked number

LENGTH, UNITS, BASELINE = 50, 32, 1 / 12


def marked(rng, B, anywhere):
    """Sequences (T, B, 2) of a number and a mark, at the first step or anywhere; wanted is the marked number (B, 1)."""
    where, rows = rng.integers(0, LENGTH, B) if anywhere else np.zeros(B, int), np.arange(B)
    xs = np.zeros((LENGTH, B, 2), np.float32)
    xs[:, :, 0] = rng.random((LENGTH, B))
    xs[where, rows, 1] = 1
    return xs, xs[where, rows, :1].copy()


def errors_at_the_longest_lag(kind="gru", start=None, anywhere=False):
    """Mean squared error after 400 steps where the first number is marked, for each draw: (5,)."""
    errors = []
    for seed in DRAWS:
        rng = np.random.default_rng(seed)
        model = gru_ref.init_model(kind, I=2, H=UNITS, O=1, rng=rng)
        if start:
            ((cell,),) = model.network
            model = model._replace(network=[(start(cell, rng),)])
        model = gru_ref.trees.astype(model, np.float32)
        loss = functools.partial(gru_ref.model_loss_and_grads, kind=kind)
        batch = functools.partial(marked, rng, 64, anywhere)
        model, _ = gru_ref.train(loss, model, batch, 400, lr=5e-3, progress=False)
        errors.append(gru_ref.model_loss(model, marked(np.random.default_rng(99), 500, False), kind=kind))
    return np.array(errors)


def chrono(cell, rng):
    return gru_ref.chrono_init(cell, LENGTH, rng)


def orthogonal(cell, rng):
    return gru_ref.orthogonal_init(cell, 1.0, rng)


def test_a_number_marked_at_the_first_step_is_learned_from_a_chrono_start():
    """The others, started as usual, stay near the error of always saying ½; an orthogonal RNN learns it now and then."""
    by_chrono, usual = errors_at_the_longest_lag(start=chrono), errors_at_the_longest_lag()
    lstm, rnn = errors_at_the_longest_lag("lstm"), errors_at_the_longest_lag("rnn")
    orthogonal_rnn = errors_at_the_longest_lag("rnn", start=orthogonal)
    print(f"chrono {by_chrono}, GRU {usual}, LSTM {lstm}, RNN {rnn}, orthogonal RNN {orthogonal_rnn}")
    assert (by_chrono < 0.01).all()
    assert (usual > 0.8 * BASELINE).sum() >= 4
    assert (lstm > 0.9 * BASELINE).sum() >= 4
    assert (rnn > 0.9 * BASELINE).sum() >= 4


def test_a_usual_start_learns_it_where_the_mark_stands_anywhere():
    errors = errors_at_the_longest_lag(anywhere=True)
    print(f"GRU, marked anywhere {errors}")
    assert (errors < 0.01).sum() >= 4
