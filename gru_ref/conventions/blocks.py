"""What all conversions need: blocks of gates, and checks. Lesson 06."""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

KINDS = {"rnn": RNNParams, "gru": GRUParams, "lstm": LSTMParams}


def blocks(array, gates):
    """`gates` equal blocks along the first axis, as copies."""
    return [block.copy() for block in np.split(array, gates)]


def exchange_r_and_z(array):
    """Blocks r, z, n along the first axis to z, r, h, or back."""
    r, z, n = np.split(array, 3)
    return np.concatenate([z, r, n])


def copied(p):
    return type(p)(*(a.copy() for a in p))


def both_biases(axes, **biases):
    """The two biases for `check_arrays`, or nothing if both are None."""
    given = {name: (bias, axes) for name, bias in biases.items() if bias is not None}
    if len(given) == 1:
        missing = next(name for name in biases if name not in given)
        raise ValueError(f"{missing} is missing, but should be given with {next(iter(given))}, or neither")
    return given


def check_blocks(name, shape, rows, gates, H):
    """Raise ValueError unless `rows` is that of `gates` gates of H units."""
    if rows != gates * H:
        raise ValueError(f"{name} has shape {shape}, but its {gates}H should be {gates * H}, for a state of H = {H}")


def check_gru(p):
    return check_arrays(**axes_of(p, GRUParams))
