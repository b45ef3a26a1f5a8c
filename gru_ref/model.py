"""A trainable model: recurrent layers of any kind and a linear readout. Lesson 10."""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_size
from gru_ref.layers import init_network, network_backward, network_forward
from gru_ref.losses import mean_squared_error
from gru_ref.padding import length_mask
from gru_ref.trees import astype

TAUGHT_IN = {"*": 8}  # runs layers, and goes back through them


class Model(NamedTuple):
    """Parameters of recurrent layers and of the readout after them: a tree; its gradient has the same form.

    network: list as `gru_ref.init_network` draws it, W (O, D), b (O,); D is H, or 2H for both directions.
    """

    network: list
    W: ndarray
    b: ndarray


class Batch(NamedTuple):
    """Sequences and their targets. Introduced in lesson 10.

    xs (T, B, I), targets as the loss takes them, lengths (B,) or None, mask (T, B) booleans or None.

    Targets with a time axis belong to every step, others to the last one. The steps that count in the loss are those where
    the mask is True; without a mask, those within the lengths; without lengths, all.
    """

    xs: ndarray
    targets: ndarray
    lengths: ndarray | None = None
    mask: ndarray | None = None


def init_model(kind, I, H, O, rng, layers=1, bidirectional=False, dtype=np.float64):
    """Draw a model as PyTorch does: recurrent layers uniform in ±1/√H, the readout uniform in ±1/√D.

    Parameters
    ----------
    kind : "rnn", "gru", "gru_reset_before" or "lstm"
    I, H, O : int, sizes of input, state and output
    rng : numpy.random.Generator
    layers : int
    bidirectional : bool
    dtype : np.float64 or np.float32

    Returns
    -------
    p : Model

    Raises
    ------
    ValueError
        If the kind is unknown, or a size or the number of layers is not an integer of at least 1.
    """
    check_size("O", O)
    network = init_network(kind, I, H, rng, layers, bidirectional)
    D = 2 * H if bidirectional else H
    bound = 1 / np.sqrt(D)
    return astype(Model(network, rng.uniform(-bound, bound, (O, D)), rng.uniform(-bound, bound, O)), dtype)


def model_forward(p, xs, kind="gru", lengths=None, every_step=False):
    """The model's outputs: W h + b, after the last step or at every step.

    Parameters
    ----------
    p : Model
    xs : (T, B, I) array
    kind : the recurrent layers' kind, as for `init_model`
    lengths : (B,) array of integers, or None
    every_step : bool

    Returns
    -------
    outputs : (B, O) array, from each sequence's final states; or (T, B, O) array, meaningless in the padding

    Raises
    ------
    ValueError
        If a shape or type does not fit the others, or an array does not hold finite floats.
    """
    return _forward(p, xs, kind, lengths, every_step)[0]


def model_loss(p, batch, kind="gru", loss=mean_squared_error):
    """The loss alone, without gradients; arguments and errors are those of `model_loss_and_grads`."""
    batch, every_step, mask = _read(batch, loss)
    outputs = model_forward(p, batch.xs, kind, batch.lengths, every_step)
    return loss(outputs, batch.targets, mask)[0]


def model_loss_and_grads(p, batch, kind="gru", loss=mean_squared_error):
    """The loss of a model on a batch, and its gradient with respect to every parameter.

    Parameters
    ----------
    p : Model
    batch : Batch, or a plain tuple with the same entries, such as (xs, targets)
    kind : the recurrent layers' kind, as for `init_model`
    loss : `mean_squared_error` or `softmax_cross_entropy`

    Returns
    -------
    loss : float
    grads : Model

    Raises
    ------
    ValueError
        If a shape or type does not fit the others, an array does not hold finite floats, or no step counts.
    FloatingPointError
        If the outputs or the loss leave the range of floats.

    For `train_step`, which calls ``loss_and_grads(p, batch)``, fix the rest with ``functools.partial``.
    """
    batch, every_step, mask = _read(batch, loss)
    outputs, features, tape, shape = _forward(p, batch.xs, kind, batch.lengths, every_step)
    if not np.isfinite(outputs).all():
        raise FloatingPointError(
            "the model's outputs are no longer finite numbers: its parameters have grown too large"
        )
    value, dout = loss(outputs, batch.targets, mask)
    if not np.isfinite(value):
        raise FloatingPointError(f"the loss is {value}: its value has left the range of floats")
    dfeatures = dout @ p.W
    if every_step:
        dhs = dfeatures
        dout, features = dout.reshape(-1, dout.shape[-1]), features.reshape(-1, features.shape[-1])
    else:
        dhs = np.zeros(shape, dfeatures.dtype)
        for (t, units), part in zip(_final(p, shape), _parts(p, dfeatures), strict=True):
            dhs[t, :, units] = part
    grads = network_backward(dhs, tape)[1]
    return value, Model(grads, dout.T @ features, dout.sum(axis=0))


def _forward(p, xs, kind, lengths, every_step):
    if not isinstance(p, Model):
        raise ValueError(f"p is a {type(p).__name__}, but should be a Model(network, W, b)")
    hs, _, tape = network_forward(kind, xs, p.network, lengths)
    check_arrays(hs=(hs, "T B D"), **{"p.W": (p.W, "O D"), "p.b": (p.b, "O")})
    for name, array in (("p.W", p.W), ("p.b", p.b)):
        if array.dtype != xs.dtype:
            raise ValueError(f"{name} holds {array.dtype}, but xs holds {xs.dtype}: both should hold the same")
    features = hs if every_step else np.concatenate([hs[t, :, units] for t, units in _final(p, hs.shape)], axis=1)
    return features @ p.W.T + p.b, features, tape, hs.shape


def _final(p, shape):
    """The place of the final states in hs, for each direction of the last layer: (step, units).

    For the forward direction it is the last step, since a finished sequence's state no longer changes; for the backward
    direction it is the first.
    """
    if len(p.network[-1]) == 1:
        return [(-1, slice(None))]
    H = shape[-1] // 2
    return [(-1, slice(0, H)), (0, slice(H, None))]


def _parts(p, dfeatures):
    return np.split(dfeatures, len(p.network[-1]), axis=1)


def _read(batch, loss):
    """(Batch, whether there are targets for every step, mask of the steps that count or None)."""
    if not isinstance(batch, tuple) or not 2 <= len(batch) <= 4:
        raise ValueError(
            "batch should be a Batch, or a tuple (xs, targets), (xs, targets, lengths) or with a mask last"
        )
    batch = Batch(*batch)
    if not isinstance(batch.targets, np.ndarray):
        raise ValueError(f"targets is a {type(batch.targets).__name__}, but should be a NumPy array")
    classes = np.issubdtype(batch.targets.dtype, np.integer)
    every_step = batch.targets.ndim == (2 if classes else 3)
    if batch.mask is not None and not every_step:
        raise ValueError("a mask says which steps count, but these targets belong to the last step only")
    mask = batch.mask
    if mask is None and every_step and batch.lengths is not None:
        mask = length_mask(len(batch.xs), batch.lengths)
    return batch, every_step, mask
