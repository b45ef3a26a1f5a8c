"""A GRU that forecasts: one number, a sequence of numbers, or quantiles, which describe a distribution. Lesson 18.

Importing this module imports torch, which takes a second or two.
"""

import copy
import math
from typing import NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import nn

from gru_ref.checks import check_arrays, check_size
from gru_ref.fans import QUANTILES
from gru_ref.progress import Progress

TAUGHT_IN = {"*": 12}  # a network and its training; lesson 18 asks nothing of it

OUTPUTS = ("number", "sequence", "quantiles")


class Forecaster(nn.Module):
    """A GRU reads a window; a linear layer makes the forecast of its last state.

    The forecast is added to the last value of the window, so that an untrained network forecasts about that one.

    Parameters
    ----------
    H : int, hidden units
    horizon : int, how many steps ahead a forecast goes
    output : "number", the next value alone: further ones are forecast by reading it as if it had happened; "sequence", all
        `horizon` values at once; or "quantiles", the QUANTILES of each of them

    Raises
    ------
    ValueError
        If a size is not an integer of at least 1, or output is something else.
    """

    def __init__(self, H, horizon, output):
        super().__init__()
        check_size("H", H)
        check_size("horizon", horizon)
        if output not in OUTPUTS:
            raise ValueError(f"output is {output!r}, but should be one of {', '.join(map(repr, OUTPUTS))}")
        self.horizon, self.output = horizon, output
        self.steps = 1 if output == "number" else horizon
        self.gru = nn.GRU(1, H)
        self.out = nn.Linear(H, self.steps * (len(QUANTILES) if output == "quantiles" else 1))

    def forward(self, rows):
        """Read windows.

        Parameters
        ----------
        rows : (B, n_in) tensor of floats, a window in each row

        Returns
        -------
        forecasts : (B, 1) tensor for a number, (B, horizon) for a sequence, (B, horizon, 5) for quantiles, in ascending order
        """
        _, h_n = self.gru(rows.T[:, :, None])
        made = self.out(h_n[-1])
        if self.output != "quantiles":
            return rows[:, -1:] + made
        # A larger quantile is never below a smaller one.
        return rows[:, -1:, None] + made.view(len(rows), self.steps, len(QUANTILES)).sort(dim=-1).values

    def loss(self, rows, targets):
        """Mean squared error, or for quantiles the mean of their losses: a scalar tensor.

        Parameters
        ----------
        rows : (B, n_in) tensor
        targets : (B, horizon) tensor; of a number, only the first column counts
        """
        made = self(rows)
        if self.output != "quantiles":
            return nn.functional.mse_loss(made, targets[:, : self.steps])
        above, q = targets[:, :, None] - made, made.new_tensor(QUANTILES)
        return torch.maximum(q * above, (q - 1) * above).mean()


class Fitted(NamedTuple):
    """How a training went: epochs: int, how many were best; losses (E,) of training, held_out (E,) of validation."""

    epochs: int
    losses: ndarray
    held_out: ndarray


def fit_forecaster(model, training, held_out, epochs, lr, rng, B=32, label="", show=True):
    """Train with Adam, gradients clipped at a norm of 1, and keep the parameters of the epoch that is best on held-out windows.

    Parameters
    ----------
    model : Forecaster, changed in place
    training, held_out : pairs of arrays (inputs (N, n_in), targets (N, horizon)), as `windows` returns them, scaled.
        held_out of None keeps those of the last epoch
    epochs : int
    lr : float above 0, Adam's learning rate, which goes down to 0 along half a cosine
    rng : numpy.random.Generator, for the order of the windows
    B : int, windows in a batch
    label : str, before the progress line
    show : bool, False for no progress line

    Returns
    -------
    fitted : Fitted

    Raises
    ------
    ValueError
        If model is no Forecaster, rng no generator, or windows do not fit one another; if epochs or B is not an integer of at least 1, or lr is not a finite number above 0.
    """
    _check_model(model)
    check_size("epochs", epochs)
    check_size("B", B)
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng is {rng!r}, but should be a generator: np.random.default_rng(0)")
    if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr is {lr!r}, but should be a finite number above 0")
    rows, targets = _tensors("training", training, model)
    kept = None if held_out is None else _tensors("held_out", held_out, model)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    batches = math.ceil(len(rows) / B)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * batches)
    bar = Progress(epochs * batches, label, show)
    losses, validation, best = [], [], None
    for epoch in range(epochs):
        total = 0.0
        for k, part in enumerate(torch.from_numpy(rng.permutation(len(rows))).split(B)):
            loss = model.loss(rows[part], targets[part])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(part)
            bar.update(epoch * batches + k + 1, loss.item())
        losses.append(total / len(rows))
        if kept:
            with torch.no_grad():
                validation.append(model.loss(*kept).item())
            if validation[-1] == min(validation):
                best = copy.deepcopy(model.state_dict())
    if best:
        model.load_state_dict(best)
    bar.close(epochs * batches, losses[-1])
    return Fitted(int(np.argmin(validation)) + 1 if kept else epochs, np.array(losses), np.array(validation))


def forecast(model, inputs):
    """Forecast from windows.

    Parameters
    ----------
    model : Forecaster
    inputs : (N, n_in) array of scaled windows

    Returns
    -------
    forecasts : (N, horizon) array, or for quantiles (N, horizon, 5), in the scaled unit

    Raises
    ------
    ValueError
        If model is no Forecaster, or inputs are not finite floats with two axes.
    """
    _check_model(model)
    check_arrays(inputs=(inputs, "N n_in"))
    rows = torch.from_numpy(inputs.astype(np.float32))
    with torch.no_grad():
        if model.output == "number":
            for _ in range(model.horizon):
                rows = torch.cat([rows, model(rows[:, -inputs.shape[1] :])], dim=1)
            made = rows[:, inputs.shape[1] :]
        else:
            made = model(rows)
    return made.double().numpy()


def _check_model(model):
    if not isinstance(model, Forecaster):
        raise ValueError(f"model is a {type(model).__name__}, but should be a Forecaster")


def _tensors(name, pair, model):
    check_arrays(**{f"{name}[0]": (pair[0], "N n_in"), f"{name}[1]": (pair[1], "N horizon")})
    if pair[1].shape[1] != model.horizon:
        raise ValueError(
            f"{name}[1] has shape {pair[1].shape}, but the model's horizon is {model.horizon}: a column for each step"
        )
    return tuple(torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32)) for part in pair)
