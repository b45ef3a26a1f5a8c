"""A cell's parameters as PyTorch packs them, and those of whole layers as its modules name them. Lesson 06."""

import re
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import (
    blocks,
    both_biases,
    check_blocks,
    check_flag,
    count_gates,
    find_kind,
    kind_of,
    rows_of,
)
from gru_ref.params import axes_of


class TorchArrays(NamedTuple):
    """Parameters as PyTorch packs them, k gates one below the other: 1 for an RNN, 3 for a GRU, 4 for an LSTM.

    weight_ih (kH, I), weight_hh (kH, H), bias_ih and bias_hh (kH,). Gates in the order r, z, n, or i, f, g, o.
    """

    weight_ih: ndarray
    weight_hh: ndarray
    bias_ih: ndarray
    bias_hh: ndarray


def to_torch(p):
    """Pack parameters as PyTorch does, and PaddlePaddle as well.

    Parameters
    ----------
    p : RNNParams, GRUParams or LSTMParams

    Returns
    -------
    arrays : TorchArrays: weight_ih (kH, I), weight_hh (kH, H), bias_ih (kH,), bias_hh (kH,), for k gates

    Raises
    ------
    ValueError
        If `p` is something else, or a shape does not fit the others.

    Source: variables listed in the ``torch.nn.RNNCell``, ``GRUCell`` and ``LSTMCell`` documentation.
    """
    kind = kind_of(p)
    check_arrays(**axes_of(p, kind))
    gates = count_gates(kind)
    return TorchArrays(*(np.concatenate(p[k : k + gates]) for k in range(0, len(p), gates)))


def from_torch(kind, weight_ih, weight_hh=None, bias_ih=None, bias_hh=None):
    """Unpack PyTorch's arrays of one cell. (For whole layers, see `from_state_dict`.)

    Parameters
    ----------
    kind : RNNParams, GRUParams or LSTMParams; or their names "rnn", "gru", "lstm"
    weight_ih : (kH, I) array
    weight_hh : (kH, H) array
    bias_ih, bias_hh : (kH,) arrays; without them, as with PyTorch's ``bias=False``, all biases are 0

    Returns
    -------
    p : what `kind` says

    Raises
    ------
    ValueError
        If `kind` is something else, or a shape does not fit the others.

    Source: variables listed in the ``torch.nn.RNNCell``, ``GRUCell`` and ``LSTMCell`` documentation.
    """
    kind = find_kind(kind)
    if hasattr(weight_ih, "items"):
        raise ValueError("weight_ih is a dict, but should be an array: use from_state_dict for a whole state dict")
    gates, rows = count_gates(kind), rows_of(kind)
    named = {"weight_ih": (weight_ih, f"{rows} I"), "weight_hh": (weight_hh, f"{rows} H")}
    named |= both_biases(rows, bias_ih=bias_ih, bias_hh=bias_hh)
    H = check_arrays(**named)["H"]
    check_blocks("weight_hh", weight_hh.shape, len(weight_hh), gates, H)
    zeros = np.zeros(len(weight_hh), weight_hh.dtype)
    biases = (zeros, zeros) if bias_ih is None else (bias_ih, bias_hh)
    return kind(*(block for array in (weight_ih, weight_hh, *biases) for block in blocks(array, gates)))


# ----------------------------------------------------------------------------------------------------- whole layers

SUFFIXES = ("", "_reverse")
_NAME = re.compile(rf"({'|'.join(TorchArrays._fields)})_l(\d+)(_reverse)?")


def to_state_dict(network, bias=True):
    """Name the arrays of stacked layers as ``torch.nn.RNN``, ``GRU`` and ``LSTM`` do.

    Parameters
    ----------
    network : list: for each layer a tuple of its one or two directions' parameters, as `layers.init_network` draws it;
        all RNNParams, all GRUParams or all LSTMParams
    bias : bool, as in PyTorch; if False, all biases of the network must be 0, and are left out

    Returns
    -------
    state : dict from ``"weight_ih_l0"``, … , ``"bias_hh_l1_reverse"`` to arrays, in PyTorch's order; with tensors instead of
        arrays, ``load_state_dict`` takes it

    Raises
    ------
    ValueError
        If the network has another form, the layers' sizes do not fit one another, or a bias that would be left out is
        not 0.

    Source: variables listed in the ``torch.nn.RNN``, ``GRU`` and ``LSTM`` documentation.
    """
    check_flag("bias", bias)
    _check_network(network)
    state = {}
    for layer, directions in enumerate(network):
        for p, suffix in zip(directions, SUFFIXES, strict=False):
            for name, array in to_torch(p)._asdict().items():
                if bias or name.startswith("weight"):
                    state[f"{name}_l{layer}{suffix}"] = array
                elif array.any():
                    raise ValueError(
                        f"network[{layer}]'s {name} is not 0, but should be, since bias=False leaves it out: "
                        "without it, the layer would compute something else"
                    )
    return state


def from_state_dict(kind, state, prefix=""):
    """Read all layers and directions of a ``torch.nn.RNN``, ``GRU`` or ``LSTM``, or a single cell, in one call.

    Parameters
    ----------
    kind : RNNParams, GRUParams or LSTMParams; or their names "rnn", "gru", "lstm"
    state : dict, what the module's ``state_dict()`` returns, of tensors or NumPy arrays. A cell's names have no ``_l0``
    prefix : str, such as ``"encoder.gru."``, if the module is part of another one, whose ``state_dict()`` is given: names
        that begin differently are ignored

    Returns
    -------
    network : list: for each layer a tuple of its one or two directions' parameters, as `layers.network_forward` runs it;
        copies. Where PyTorch has ``bias=False``, all biases are 0

    Raises
    ------
    ValueError
        If `kind` is something else, a name is missing or is not one of PyTorch's, the layers are not numbered from 0, or a
        shape does not fit the others. An LSTM with ``proj_size`` cannot be represented here.

    Source: variables listed in the ``torch.nn.RNN``, ``GRU`` and ``LSTM`` documentation.
    """
    kind = find_kind(kind)
    if not hasattr(state, "items"):
        raise ValueError(f"state is a {type(state).__name__}, but should be a dict: what module.state_dict() returns")
    given = {name.removeprefix(prefix): _array(name, a) for name, a in state.items() if name.startswith(prefix)}
    if given and set(given) <= set(TorchArrays._fields):
        given = {f"{name}_l0": array for name, array in given.items()}
    parts = {name: _NAME.fullmatch(name) for name in given}
    odd = [name for name, match in parts.items() if match is None]
    if odd or not given:
        raise ValueError(
            f"state {f'holds {prefix + odd[0]!r}' if odd else f'has no name that begins with {prefix!r}'}, but should hold "
            f"only names such as '{prefix}weight_ih_l0'. For a part of a larger module give its prefix: prefix='encoder.gru.'"
        )
    layers = 1 + max(int(match[2]) for match in parts.values())
    suffixes = SUFFIXES if any(match[3] for match in parts.values()) else SUFFIXES[:1]
    biased = any(name.startswith("bias") for name in given)
    wanted = [name for name in TorchArrays._fields if biased or name.startswith("weight")]
    for name in (f"{n}_l{layer}{suffix}" for layer in range(layers) for suffix in suffixes for n in wanted):
        if name not in given:
            directions = "directions" if len(suffixes) == 2 else "direction"
            raise ValueError(
                f"state has no '{prefix}{name}', but should, for {layers} layers of {len(suffixes)} {directions}"
            )
    network = [
        tuple(_one_direction(kind, given, f"_l{layer}{suffix}", prefix) for suffix in suffixes)
        for layer in range(layers)
    ]
    _check_network(network, "state's weight_ih_l{layer}{suffix}")
    return network


def _one_direction(kind, given, ending, prefix):
    arrays = {name: given[name + ending] for name in TorchArrays._fields if name + ending in given}
    try:
        return from_torch(kind, **arrays)
    except ValueError as error:  # whose message does not say which layer the arrays belong to
        raise ValueError(f"in state, for the arrays '{prefix}…{ending}': {error}") from None


def _array(name, value):
    """A tensor's numbers, or an array as it is."""
    if not hasattr(value, "detach"):
        return value
    try:
        return value.detach().cpu().numpy()
    except TypeError:  # NumPy has no bfloat16
        raise ValueError(
            f"state's {name!r} holds {value.dtype}, but should hold float32 or float64: try .float()"
        ) from None


def _check_network(network, names="network[{layer}][{direction}]"):
    """Raise ValueError unless all directions have one kind and size, and each layer reads the output of the one before."""
    if not isinstance(network, (list, tuple)) or not network:
        raise ValueError(f"network is {network!r:.60}, but should be a list with a tuple for each layer")
    for layer, directions in enumerate(network):
        if type(directions) is not tuple or len(directions) not in (1, 2):
            raise ValueError(
                f"network[{layer}] is a {type(directions).__name__}, but should be a tuple of one or two directions' "
                "parameters"
            )
        if len(directions) != len(network[0]):
            raise ValueError(
                f"network[{layer}] has {len(directions)} directions, but should have {len(network[0])}, as network[0]"
            )
    kind, count, first = kind_of(network[0][0], "network[0][0]"), len(network[0]), None
    for layer, directions in enumerate(network):
        for direction, p in enumerate(directions):
            name = names.format(layer=layer, direction=direction, suffix=SUFFIXES[direction])
            if not isinstance(p, kind):
                raise ValueError(f"{name} is a {type(p).__name__}, but should be a {kind.__name__}, as network[0][0]")
            sizes = check_arrays(**{f"{name}{key[1:]}": value for key, value in axes_of(p, kind).items()})
            first = first or sizes
            if sizes["H"] != first["H"]:
                raise ValueError(f"{name} has H = {sizes['H']}, but should have {first['H']}, as the first layer")
            reads = count * first["H"] if layer else first["I"]
            if sizes["I"] != reads:
                raise ValueError(f"{name} reads {sizes['I']} numbers per step, but should read {reads}")
