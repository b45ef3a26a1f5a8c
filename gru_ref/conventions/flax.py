"""A GRU, LSTM or RNN as the parameters of Flax's cells, in ``flax.linen`` and in ``flax.nnx``. Lesson 06.

The two differ. A GRU in linen has b_hn, the bias that the reset acts on; one in nnx does not.
"""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import check_blocks, count_gates, find_kind, kind_of, rows_of
from gru_ref.conventions.pytorch import from_torch, to_torch
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

BOTH, KERNEL = ("kernel", "bias"), ("kernel",)
# The names of the layers in linen's cells, and the arrays in each.
LINEN = {
    RNNParams: {"i": BOTH, "h": KERNEL},
    GRUParams: {"ir": BOTH, "iz": BOTH, "in": BOTH, "hr": KERNEL, "hz": KERNEL, "hn": BOTH},
    LSTMParams: {f"i{g}": KERNEL for g in "ifgo"} | {f"h{g}": BOTH for g in "ifgo"},
}
# nnx stacks all gates side by side, except in its LSTMCell, where one name has to differ from Python's `if`.
NNX = {
    RNNParams: {"dense_i": BOTH, "dense_h": KERNEL},
    GRUParams: {"dense_i": BOTH, "dense_h": KERNEL},
    LSTMParams: {{"if": "if_"}.get(name, name): parts for name, parts in LINEN[LSTMParams].items()},
}


def to_flax(p):
    """Write a GRU, LSTM or RNN as the parameters of ``flax.linen.GRUCell``, ``LSTMCell`` or ``SimpleCell``.

    Parameters
    ----------
    p : GRUParams, of `gru_step`; LSTMParams or RNNParams

    Returns
    -------
    layers : dict of dicts. For a GRU ``ir``, ``iz``, ``in`` with kernel (I, H) and bias (H,), ``hr``, ``hz`` with kernel
        (H, H), ``hn`` with kernel (H, H) and bias (H,). For an LSTM ``ii``, ``if``, ``ig``, ``io`` with kernel, ``hi``,
        ``hf``, ``hg``, ``ho`` with kernel and bias; ``OptimizedLSTMCell`` takes the same. For an RNN ``i`` with kernel and
        bias, ``h`` with kernel. A single bias is the sum of our two: only their sum matters.

    Raises
    ------
    ValueError
        If `p` is something else, or a shape does not fit the others.

    Source: ``GRUCell``, ``LSTMCell`` and ``SimpleCell`` of flax.linen.
    """
    kind = kind_of(p)
    check_arrays(**axes_of(p, kind))
    layers = {name: {"kernel": W.T.copy()} for name, W in zip(LINEN[kind], _weights(p), strict=True)}
    for name, bias in _single_biases(p).items():
        layers[name]["bias"] = bias
    return layers


def from_flax(layers, kind="gru"):
    """Read the parameters of ``flax.linen.GRUCell``, ``LSTMCell``, ``OptimizedLSTMCell`` or ``SimpleCell``.

    Parameters
    ----------
    layers : dict of dicts as `to_flax` gives it, of NumPy arrays: ``jax.tree.map(np.asarray, params["params"])``
    kind : "gru", "lstm" or "rnn", or GRUParams, LSTMParams or RNNParams

    Returns
    -------
    p : what `kind` says; GRUParams are of `gru_step`. Where Flax has one bias, one of ours is 0, since only sums matter

    Raises
    ------
    ValueError
        If an array is missing, a shape does not fit the others, or `kind` is something else.

    Source: ``GRUCell``, ``LSTMCell`` and ``SimpleCell`` of flax.linen.
    """
    kind = find_kind(kind)
    _check_layers(layers, LINEN[kind], lambda name, part: "H" if part == "bias" else f"{'IH'[name[0] == 'h']} H")
    return _read(kind, layers, LINEN[kind])


def to_nnx(p):
    """Write a GRU, LSTM or RNN as the parameters of ``flax.nnx.GRUCell``, ``LSTMCell`` or ``SimpleCell``.

    Parameters
    ----------
    p : GRUParams, of `gru_step`, with b_hn = 0; LSTMParams or RNNParams

    Returns
    -------
    layers : dict of dicts, for ``nnx.update(cell, layers)``. For a GRU and an RNN ``dense_i`` with kernel (I, kH) and bias
        (kH,), ``dense_h`` with kernel (H, kH), a GRU's gates in the order r, z, n; for an LSTM as in `to_flax`, but ``if_``

    Raises
    ------
    ValueError
        If `p` is something else, a shape does not fit the others, or a GRU's b_hn is not 0: nnx cannot hold it.

    Source: ``GRUCell``, ``LSTMCell`` and ``SimpleCell`` of flax.nnx, Flax 0.12.8. (The equations in its ``GRUCell``'s
    docstring show a b_hn that its code does not have.)
    """
    kind = kind_of(p)
    if kind is LSTMParams:
        return {{"if": "if_"}.get(name, name): layer for name, layer in to_flax(p).items()}
    packed = to_torch(p)
    if kind is GRUParams:
        for i in np.flatnonzero(p.b_hn):
            raise ValueError(
                f"no exact conversion: b_hn[{i}] is {p.b_hn[i]:.6g}, but should be 0 for flax.nnx.GRUCell, which has no "
                "b_hn: its one bias for each gate is outside the reset. flax.linen.GRUCell has b_hn: see to_flax"
            )
    return {
        "dense_i": {"kernel": packed.weight_ih.T.copy(), "bias": packed.bias_ih + packed.bias_hh},
        "dense_h": {"kernel": packed.weight_hh.T.copy()},
    }


def from_nnx(layers, kind="gru"):
    """Read the parameters of ``flax.nnx.GRUCell``, ``LSTMCell`` or ``SimpleCell``.

    Parameters
    ----------
    layers : dict of dicts as `to_nnx` gives it, of NumPy arrays:
        ``jax.tree.map(np.asarray, nnx.to_pure_dict(nnx.state(cell, nnx.Param)))``
    kind : "gru", "lstm" or "rnn", or GRUParams, LSTMParams or RNNParams

    Returns
    -------
    p : what `kind` says; GRUParams are of `gru_step`, with b_hn = 0. Where nnx has one bias, one of ours is 0

    Raises
    ------
    ValueError
        If an array is missing, a shape does not fit the others, or `kind` is something else.

    Source: ``GRUCell``, ``LSTMCell`` and ``SimpleCell`` of flax.nnx, Flax 0.12.8.
    """
    kind = find_kind(kind)
    if kind is LSTMParams:
        _check_layers(layers, NNX[kind], lambda name, part: "H" if part == "bias" else f"{'IH'[name[0] == 'h']} H")
        return _read(kind, layers, NNX[kind])
    rows = rows_of(kind)
    axes = {"dense_i": f"I {rows}", "dense_h": f"H {rows}"}
    sizes = _check_layers(layers, NNX[kind], lambda name, part: rows if part == "bias" else axes[name])
    kernel = layers["dense_h"]["kernel"]
    check_blocks('layers["dense_h"]["kernel"]', kernel.shape, kernel.shape[1], count_gates(kind), sizes["H"])
    bias = layers["dense_i"]["bias"]
    return from_torch(kind, layers["dense_i"]["kernel"].T, kernel.T, bias, np.zeros_like(bias))


def _weights(p):
    return p[: len(p) // 2]


def _single_biases(p):
    """The biases by the layers that hold them in linen: sums of our two, except for a GRU's candidate."""
    if isinstance(p, RNNParams):
        return {"i": p.b_ih + p.b_hh}
    if isinstance(p, LSTMParams):
        return {f"h{g}": getattr(p, f"b_i{g}") + getattr(p, f"b_h{g}") for g in "ifgo"}
    return {"ir": p.b_ir + p.b_hr, "iz": p.b_iz + p.b_hz, "in": p.b_in.copy(), "hn": p.b_hn.copy()}


def _read(kind, layers, wanted):
    """Parameters from one layer for each matrix, in our order."""
    kernels = [layers[name]["kernel"].T.copy() for name in wanted]
    biases = [
        layers[name]["bias"].copy() if "bias" in parts else np.zeros(len(W), W.dtype)
        for (name, parts), W in zip(wanted.items(), kernels, strict=True)
    ]
    return kind(*kernels, *biases)


def _check_layers(layers, wanted, axes):
    """Sizes of the arrays. Raises ValueError if one is missing, or does not fit the others."""
    named = {}
    for layer, parts in wanted.items():
        for part in parts:
            if not isinstance(layers, dict) or not isinstance(layers.get(layer), dict) or part not in layers[layer]:
                all_of = ", ".join(f"{name} ({' and '.join(held)})" for name, held in wanted.items())
                raise ValueError(f'layers has no ["{layer}"]["{part}"], but should have {all_of}')
            named[f'layers["{layer}"]["{part}"]'] = (layers[layer][part], axes(layer, part))
    return check_arrays(**named)
