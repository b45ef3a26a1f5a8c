"""What all conversions need: kinds of cells, blocks of gates, and checks. Lesson 06."""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

PARAMETERS = {"rnn": RNNParams, "gru": GRUParams, "lstm": LSTMParams}


def find_kind(kind):
    """The type named by ``"rnn"``, ``"gru"`` or ``"lstm"``, or given itself. Raises ValueError for anything else."""
    found = PARAMETERS.get(kind, kind) if isinstance(kind, str) else kind
    if found not in PARAMETERS.values():
        raise ValueError(f"kind is {kind!r}, but should be one of {', '.join(map(repr, PARAMETERS))}")
    return found


def kind_of(p, name="p"):
    """The type of parameters. Raises ValueError unless they are of an RNN, a GRU or an LSTM."""
    if not isinstance(p, tuple(PARAMETERS.values())):
        wanted = ", ".join(kind.__name__ for kind in PARAMETERS.values())
        raise ValueError(f"{name} is a {type(p).__name__}, but should be one of {wanted}")
    return type(p)


def count_gates(kind):
    """How many blocks of rows PyTorch stacks: 1 for an RNN, 3 for a GRU, 4 for an LSTM."""
    return len(kind._fields) // 4


def rows_of(kind, times=1):
    """The name of an axis that holds all gates' units: "H", "3H", "4H"; with both biases, `times` 2, "2H", "6H", "8H"."""
    count = times * count_gates(kind)
    return f"{count}H" if count > 1 else "H"


def blocks(array, gates):
    """`gates` equal blocks along the first axis, as copies."""
    return [block.copy() for block in np.split(array, gates)]


def reordered(array, order):
    """Equal blocks along the first axis in a different order, as a copy: ``order[k]`` is the block for place k."""
    parts = np.split(array, len(order))
    return np.concatenate([parts[k] for k in order])


def inverse(order):
    """The inverse order."""
    return tuple(int(k) for k in np.argsort(order))


def copied(p):
    return type(p)(*(a.copy() for a in p))


def both_biases(axes, **biases):
    """The two biases for `check_arrays`, or nothing if both are None."""
    given = {name: (bias, axes) for name, bias in biases.items() if bias is not None}
    if len(given) == 1:
        missing = next(name for name in biases if name not in given)
        raise ValueError(f"{missing} is missing: give it together with {next(iter(given))}, or give neither")
    return given


def check_blocks(name, shape, rows, gates, H):
    """Raise ValueError unless `rows` is that of `gates` gates of H units."""
    if rows != gates * H:
        raise ValueError(f"{name} has shape {shape}, but its {gates}H should be {gates * H}, for a state of H = {H}")


def check_gru(p):
    """Sizes of a GRU's parameters. Raises ValueError unless they are GRUParams that fit one another."""
    return check_arrays(**axes_of(p, GRUParams))


def check_flag(name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} is {value!r}, but should be True or False")
