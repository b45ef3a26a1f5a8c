"""A GRU as the parameters of ``flax.linen.GRUCell``. Lesson 06."""

import numpy as np

from gru_ref.checks import check_arrays
from gru_ref.conventions.blocks import check_gru
from gru_ref.params import GRUParams


def to_flax(p):
    """Write a GRU as the parameters of ``flax.linen.GRUCell``.

    Parameters
    ----------
    p : GRUParams, of `gru_step`

    Returns
    -------
    layers : dict of dicts: ``ir``, ``iz``, ``in`` with kernel (I, H) and bias (H,), ``hr``, ``hz`` with kernel (H, H),
        ``hn`` with kernel (H, H) and bias (H,). The biases of r and of z are sums of ours: nothing else of them matters.

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, or a shape does not fit the others.

    Source: ``GRUCell`` of flax.linen.
    """
    check_gru(p)
    return {
        "ir": {"kernel": p.W_ir.T.copy(), "bias": p.b_ir + p.b_hr},
        "iz": {"kernel": p.W_iz.T.copy(), "bias": p.b_iz + p.b_hz},
        "in": {"kernel": p.W_in.T.copy(), "bias": p.b_in.copy()},
        "hr": {"kernel": p.W_hr.T.copy()},
        "hz": {"kernel": p.W_hz.T.copy()},
        "hn": {"kernel": p.W_hn.T.copy(), "bias": p.b_hn.copy()},
    }


def from_flax(layers):
    """Read the parameters of ``flax.linen.GRUCell``.

    Parameters
    ----------
    layers : dict of dicts as `to_flax` gives it, of NumPy arrays: ``jax.tree.map(np.asarray, params["params"])``

    Returns
    -------
    p : GRUParams, of `gru_step`; b_hr and b_hz are 0, since only their sums with b_ir and b_iz matter

    Raises
    ------
    ValueError
        If an array is missing, or a shape does not fit the others.

    Source: ``GRUCell`` of flax.linen.
    """
    wanted = {f"i{g}": ("kernel", "bias") for g in "rzn"} | {"hr": ("kernel",), "hz": ("kernel",)}
    wanted["hn"] = ("kernel", "bias")
    named = {}
    for layer, parts in wanted.items():
        for part in parts:
            if not isinstance(layers, dict) or not isinstance(layers.get(layer), dict) or part not in layers[layer]:
                raise ValueError(f'layers has no ["{layer}"]["{part}"], but should have {_listed(wanted)}')
            axes = "H" if part == "bias" else "I H" if layer[0] == "i" else "H H"
            named[f'layers["{layer}"]["{part}"]'] = (layers[layer][part], axes)
    check_arrays(**named)
    kernels = (layers[layer]["kernel"].T.copy() for layer in wanted)
    b_ir, b_iz, b_in, b_hn = (layers[layer]["bias"].copy() for layer in ("ir", "iz", "in", "hn"))
    return GRUParams(*kernels, b_ir, b_iz, b_in, np.zeros_like(b_ir), np.zeros_like(b_iz), b_hn)


def _listed(wanted):
    return ", ".join(f"{layer} ({' and '.join(parts)})" for layer, parts in wanted.items())
