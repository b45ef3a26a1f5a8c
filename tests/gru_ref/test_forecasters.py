"""A network that forecasts: three outputs, quantiles in order, the loss of scikit-learn, and a training that can be repeated."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from grader.exercises.causality import sees_no_future
from gru_ref import forecasters, windows

WAVE = np.sin(np.arange(60) / 3)
INPUTS, TARGETS = windows(WAVE, 8, 4)


def drawn(output):
    torch.manual_seed(0)
    return forecasters.Forecaster(5, 4, output)


@pytest.mark.parametrize("output", ["number", "sequence", "quantiles"])
def test_forecasts_have_their_form_and_a_row_alone_the_same(output):
    model = drawn(output)
    made = forecasters.forecast(model, INPUTS)
    assert made.shape == (len(INPUTS), 4, *((5,) if output == "quantiles" else ())) and made.dtype == np.float64
    np.testing.assert_allclose(forecasters.forecast(model, INPUTS[7:8])[0], made[7], rtol=1e-5, atol=1e-6)
    if output == "quantiles":
        assert (np.diff(made, axis=-1) >= 0).all()


def test_no_forecast_sees_what_it_is_to_forecast():
    model = drawn("sequence")
    assert sees_no_future(
        lambda s: forecasters.forecast(model, windows(s, 8, 4)[0]), WAVE, np.random.default_rng(0), seen=lambda k: k + 8
    )


def test_a_number_is_fed_back():
    model = drawn("number")
    made = forecasters.forecast(model, INPUTS[:3])
    again = forecasters.forecast(model, np.concatenate([INPUTS[:3, 1:], made[:, :1]], axis=1))
    np.testing.assert_allclose(again[:, 0], made[:, 1], rtol=1e-5, atol=1e-6)


def test_the_loss_of_quantiles_is_scikit_learns():
    model = drawn("quantiles")
    made = forecasters.forecast(model, INPUTS)
    theirs = [
        metrics.mean_pinball_loss(TARGETS.ravel(), made[..., k].ravel(), alpha=q)
        for k, q in enumerate(forecasters.QUANTILES)
    ]
    loss = model.loss(*(torch.from_numpy(part.astype(np.float32)) for part in (INPUTS, TARGETS)))
    assert loss.item() == pytest.approx(np.mean(theirs), rel=1e-4)


def test_training_keeps_the_best_epoch_and_can_be_repeated():
    def trained():
        model = drawn("sequence")
        pairs = (INPUTS[:30], TARGETS[:30]), (INPUTS[34:], TARGETS[34:])
        return model, forecasters.fit_forecaster(model, *pairs, 6, 0.02, np.random.default_rng(1), B=8, show=False)

    (model, fitted), (_, again) = trained(), trained()
    assert fitted.losses.tolist() == again.losses.tolist() and len(fitted.held_out) == 6
    assert fitted.losses[-1] < fitted.losses[0] and fitted.epochs == 1 + np.argmin(fitted.held_out)
    with torch.no_grad():
        kept = model.loss(*(torch.from_numpy(part[34:].astype(np.float32)) for part in (INPUTS, TARGETS)))
    assert kept.item() == pytest.approx(fitted.held_out.min())


PAIR, RNG = (INPUTS, TARGETS), np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: forecasters.Forecaster(5, 4, "mean"),
            "output is 'mean', but should be one of 'number', 'sequence', 'quantiles'",
        ),
        (lambda: forecasters.Forecaster(0, 4, "number"), "H is 0, but should be"),
        (lambda: forecasters.forecast(drawn("number"), INPUTS[0]), r"inputs has shape \(8,\), but should have 2 axes"),
        (lambda: forecasters.forecast("a GRU", INPUTS), "model is a str, but should be a Forecaster"),
        (lambda: forecasters.fit_forecaster(None, PAIR, None, 1, 0.1, RNG), "model is a NoneType, but should be"),
        (
            lambda: forecasters.fit_forecaster(drawn("number"), PAIR, None, 1, 0.1, 0),
            "rng is 0, but should be a generator",
        ),
        (lambda: forecasters.fit_forecaster(drawn("number"), PAIR, None, 0, 0.1, RNG), "epochs is 0, but should be"),
        (
            lambda: forecasters.fit_forecaster(drawn("number"), PAIR, None, 1, 0.0, RNG),
            "lr is 0.0, but should be a finite number",
        ),
        (
            lambda: forecasters.fit_forecaster(drawn("number"), (INPUTS, TARGETS[:, :3]), None, 1, 0.1, RNG),
            r"training\[1\] has shape .*, but the model's horizon is 4",
        ),
        (
            lambda: forecasters.fit_forecaster(drawn("number"), PAIR, (INPUTS[:3], TARGETS), 1, 0.1, RNG),
            r"held_out\[1\] has shape",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
