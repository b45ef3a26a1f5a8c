"""The headline of lesson 10: in NumPy, a GRU solves the adding problem at T = 100, where a tanh RNN learns nothing."""

import functools

import numpy as np
import pytest

from gru_ref import ADDING_BASELINE, adding, init_model, model_loss, model_loss_and_grads, train

T, SEEDS = 100, (0, 1, 2)


def learn(kind, seed):
    """Mean squared errors of 32 units on fresh sequences, every 50 steps; the settings are those of lesson 10."""
    rng = np.random.default_rng(seed)
    p = init_model(kind, 2, 32, 1, rng, dtype=np.float32)
    test = adding(T, 2000, np.random.default_rng(1000), np.float32)
    _, history = train(
        functools.partial(model_loss_and_grads, kind=kind),
        p,
        lambda: adding(T, 32, rng, np.float32),
        steps=400,
        lr=1e-2,
        max_norm=1.0,
        evaluate=lambda p: model_loss(p, test, kind),
        every=100,
        progress=False,
    )
    return history.evaluations


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_gru_solves_the_adding_problem(seed):
    assert learn("gru", seed)[-1] < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_tanh_rnn_stays_near_the_baseline(seed):
    errors = learn("rnn", seed)
    assert errors[0] > 2 * ADDING_BASELINE, "before training it is worse"
    assert min(errors) > 0.9 * ADDING_BASELINE
    assert errors[-1] < 1.1 * ADDING_BASELINE, "and what it has learned is to say one"
