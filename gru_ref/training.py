"""A training loop: one step, many steps, early stopping, and a history of the run. Lesson 10."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gru_ref.checks import check_arrays, check_size
from gru_ref.model import Batch
from gru_ref.optim import adam_init, adam_step, clip_by_global_norm
from gru_ref.progress import Progress

TAUGHT_IN = {
    "*": None,  # the loop around the step
    "_step": 10,  # the step of the training
}


@dataclass
class History:
    """What happened in a training run.

    losses, norms : for each step, the loss on its batch before the update, and the gradient's norm before clipping
    evaluated, evaluations : after how many steps `evaluate` was called, and its results
    best : index of the lowest entry of evaluations; None if there was no evaluation
    stopped : "steps" if all were made, "patience" or "target" if it ended early
    seconds : duration of the run
    """

    losses: list = field(default_factory=list)
    norms: list = field(default_factory=list)
    evaluated: list = field(default_factory=list)
    evaluations: list = field(default_factory=list)
    best: int | None = None
    stopped: str = "steps"
    seconds: float = 0.0

    @property
    def best_evaluation(self):
        """The lowest evaluation, that of the parameters that `train` returns."""
        return self.evaluations[self.best]

    @property
    def best_step(self):
        """After how many steps it was reached."""
        return self.evaluated[self.best]


def train_step(loss_and_grads, p, state, batch, lr, max_norm):
    """One step of training: gradients, clipping, Adam.

    Parameters
    ----------
    loss_and_grads : function of (p, batch) that returns (loss, gradients as a tree like p)
    p : tree of arrays, the parameters
    state : Adam's state, as `adam_init` makes it
    batch : the second argument of loss_and_grads
    lr : float above 0, the learning rate
    max_norm : float above 0, the largest norm of all gradients together

    Returns
    -------
    p : tree of new arrays
    state : tuple, Adam's new state
    loss : float, on this batch, *before* the step

    Raises
    ------
    ValueError
        If the trees differ in form, shapes or types, or a number is out of range.
    FloatingPointError
        If the loss or a gradient is not a finite number.
    """
    p, state, loss, _ = _step(loss_and_grads, p, state, batch, lr, max_norm)
    return p, state, loss


def train(
    loss_and_grads: Callable,
    p,
    next_batch: Callable,
    steps: int,
    lr: float,
    max_norm: float = 1.0,
    *,
    evaluate: Callable | None = None,
    every: int = 50,
    patience: int | None = None,
    target: float | None = None,
    carry: bool = False,
    label: str = "",
    progress: bool = True,
):
    """Train with Adam and clipping, step after step; stop early if requested.

    Parameters
    ----------
    loss_and_grads : function of (p, batch) that returns (loss, gradients as a tree like p)
    p : tree of arrays, the parameters to start from
    next_batch : function without arguments that returns the next batch
    steps : int, the greatest number of steps
    lr, max_norm : floats above 0, learning rate and the largest norm of all gradients together
    evaluate : function of p that returns a number, the lower the better, on data that are not used for training; or None
    every : int, steps between two evaluations; there is one before the first step, and one after the last
    patience : int or None, stop after this many evaluations in a row without a new lowest one
    target : float or None, stop as soon as an evaluation is at or below it
    label : str, at the beginning of the progress line
    progress : bool, False for silence

    Returns
    -------
    p : tree, the parameters with the lowest evaluation; without `evaluate`, the last ones
    history : History

    Raises
    ------
    ValueError
        If an argument is out of range, or patience or target are given without evaluate.
    FloatingPointError
        If the loss or a gradient is not a finite number: the message says at which step.
    """
    check_size("steps", steps)
    check_size("every", every)
    if patience is not None:
        check_size("patience", patience)
    if evaluate is None and not (patience is None and target is None):
        raise ValueError("patience and target need evaluations: give evaluate, too")
    history, state, bar = History(), adam_init(p), Progress(steps, label, progress)
    rate = lr if callable(lr) else lambda step: lr
    loss_and_grads = _carried(loss_and_grads) if carry else loss_and_grads
    best = p
    for step in range(steps + 1):
        if evaluate and (step % every == 0 or step == steps):
            best = _note_evaluation(history, step, float(evaluate(p)), p, best)
            history.stopped = _reason_to_stop(history, patience, target)
        if step == steps or history.stopped != "steps":
            break
        try:
            p, state, loss, norm = _step(loss_and_grads, p, state, next_batch(), rate(step), max_norm)
        except FloatingPointError as error:
            raise FloatingPointError(
                f"training failed at step {step + 1} of {steps}: {error}. "
                f"Try a smaller learning rate than {rate(step):g}, or a smaller max_norm than {max_norm:g}."
            ) from error
        history.losses.append(loss)
        history.norms.append(norm)
        bar.update(step + 1, loss)
    history.seconds = bar.seconds
    bar.close(len(history.losses), history.losses[-1] if history.losses else np.nan)
    return (best if evaluate else p), history


def minibatches(data, B, rng):
    """Endless batches from a fixed set of sequences, shuffled again in every epoch; the last of an epoch may be smaller.

    Parameters
    ----------
    data : Batch with all sequences, or a plain tuple with the same entries
    B : int, sequences in a batch
    rng : numpy.random.Generator

    Returns
    -------
    next_batch : function without arguments, for `train`

    Raises
    ------
    ValueError
        If B is not an integer of at least 1, the inputs are not finite floats, or there is a different number of
        targets and sequences.
    """
    check_size("B", B)
    data = Batch(*data)
    N = check_arrays(xs=(data.xs, "T B I"))["B"]
    if not isinstance(data.targets, np.ndarray):
        raise ValueError(f"targets is a {type(data.targets).__name__}, but should be a NumPy array")
    every_step = data.targets.ndim == (2 if np.issubdtype(data.targets.dtype, np.integer) else 3)
    if data.targets.ndim == 0 or data.targets.shape[1 if every_step else 0] != N:
        raise ValueError(f"targets has shape {data.targets.shape}, but should hold one for each of the {N} sequences")

    def batches():
        while True:
            order = rng.permutation(N)
            for chosen in np.split(order, range(B, N, B)):
                yield Batch(
                    data.xs[:, chosen],
                    data.targets[:, chosen] if every_step else data.targets[chosen],
                    None if data.lengths is None else data.lengths[chosen],
                    None if data.mask is None else data.mask[:, chosen],
                )

    return functools.partial(next, batches())


def _carried(loss_and_grads):
    """The same as a function of (p, batch), which hands the states of one call on to the next."""
    states = None

    def from_where_it_ended(p, batch):
        nonlocal states
        loss, grads, states = loss_and_grads(p, batch, None if batch.first else states)
        return loss, grads

    return from_where_it_ended


def _step(loss_and_grads, p, state, batch, lr, max_norm):
    loss, grads = loss_and_grads(p, batch)
    if not np.isfinite(loss):
        raise FloatingPointError(f"the loss is {loss}")
    try:
        grads, norm = clip_by_global_norm(grads, max_norm)
    except ValueError as error:
        if "NaN or infinity" not in str(error):
            raise
        raise FloatingPointError(str(error)) from error
    p, state = adam_step(p, grads, state, lr)
    return p, state, loss, norm


def _note_evaluation(history, step, value, p, best):
    """Record an evaluation; return the parameters with the lowest so far."""
    if np.isnan(value):
        raise FloatingPointError(f"the evaluation after {step} steps is {value}")
    history.evaluated.append(step)
    history.evaluations.append(value)
    if history.best is None or value < history.evaluations[history.best]:
        history.best = len(history.evaluations) - 1
        return p
    return best


def _reason_to_stop(history, patience, target):
    if target is not None and history.evaluations[-1] <= target:
        return "target"
    if patience is not None and len(history.evaluations) - 1 - history.best >= patience:
        return "patience"
    return "steps"
