"""One GRU in other people's arrays, and back again. Lesson 06.

Two cells differ in where the reset acts: `gru_step` resets after the matrix product (PyTorch, cuDNN, Flax, Keras by
default), `gru_step_reset_before` before it (the paper, ONNX by default, the concatenated form). Both take a GRUParams,
and mean something else by it. A conversion changes how one and the same cell is written down; from one cell to the
other leads `move_reset` alone, where a way exists.

Every conversion is exact: sums of two biases are all that is ever rounded. What is returned shares no memory with what
was given.
"""

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from gru_ref.checks import check_arrays, check_floats, check_size
from gru_ref.gates import _sigmoid
from gru_ref.params import GRUParams, LSTMParams, RNNParams, axes_of

TAUGHT_IN = {"*": 6}  # conversions are built of one another, and of the lesson's exercises

KINDS = {"rnn": RNNParams, "gru": GRUParams, "lstm": LSTMParams}
ORDERS = ("hx", "xh")


class TorchArrays(NamedTuple):
    """Parameters as PyTorch packs them, k gates one below the other: 1 for an RNN, 3 for a GRU, 4 for an LSTM.

    weight_ih (kH, I), weight_hh (kH, H), bias_ih and bias_hh (kH,). Gates in the order r, z, n, or i, f, g, o.
    """

    weight_ih: ndarray
    weight_hh: ndarray
    bias_ih: ndarray
    bias_hh: ndarray


class KerasArrays(NamedTuple):
    """A GRU as ``keras.layers.GRU.get_weights()`` lists it, gates side by side in the order z, r, h.

    kernel (I, 3H), recurrent_kernel (H, 3H); bias (2, 3H) with ``reset_after=True``, else (3H,).
    """

    kernel: ndarray
    recurrent_kernel: ndarray
    bias: ndarray


class ONNXArrays(NamedTuple):
    """A GRU as the inputs of ONNX's operator GRU, gates one below the other in the order z, r, h.

    W (D, 3H, I), R (D, 3H, H), B (D, 6H): first all biases of the input, then all of the state. D directions, 1 or 2.
    """

    W: ndarray
    R: ndarray
    B: ndarray


class Concatenated(NamedTuple):
    """A GRU in the form of many articles: one matrix for each gate, which reads state and input as one long vector.

    W_r, W_z, W_n (H, H + I), b_r, b_z, b_n (H,). Whether [h, x] or [x, h] is read, the arrays do not say.
    """

    W_r: ndarray
    W_z: ndarray
    W_n: ndarray
    b_r: ndarray
    b_z: ndarray
    b_n: ndarray


# ---------------------------------------------------------------------------------------------------------- PyTorch


def to_torch(p):
    """Pack parameters as PyTorch does.

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
    if not isinstance(p, tuple(KINDS.values())):
        wanted = ", ".join(kind.__name__ for kind in KINDS.values())
        raise ValueError(f"p is a {type(p).__name__}, but should be one of {wanted}")
    check_arrays(**axes_of(p, type(p)))
    gates = len(p) // 4
    return TorchArrays(*(np.concatenate(p[k : k + gates]) for k in range(0, len(p), gates)))


def from_torch(kind, weight_ih, weight_hh, bias_ih=None, bias_hh=None):
    """Unpack PyTorch's arrays.

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
    kind = KINDS.get(kind, kind) if isinstance(kind, str) else kind
    if kind not in KINDS.values():
        raise ValueError(f"kind is {kind!r}, but should be one of {', '.join(map(repr, KINDS))}")
    gates = len(kind._fields) // 4
    rows = f"{gates}H" if gates > 1 else "H"
    named = {"weight_ih": (weight_ih, f"{rows} I"), "weight_hh": (weight_hh, f"{rows} H")}
    named |= _biases(rows, bias_ih=bias_ih, bias_hh=bias_hh)
    H = check_arrays(**named)["H"]
    _check_blocks("weight_hh", weight_hh.shape, len(weight_hh), gates, H)
    zeros = np.zeros(len(weight_hh), weight_hh.dtype)
    biases = (zeros, zeros) if bias_ih is None else (bias_ih, bias_hh)
    return kind(*(block for array in (weight_ih, weight_hh, *biases) for block in _blocks(array, gates)))


# ------------------------------------------------------------------------------------------------------------ Keras


def torch_to_keras(weight_ih, weight_hh, bias_ih, bias_hh):
    """From PyTorch's GRU to that of Keras with ``reset_after=True``: transposed, and gates in another order.

    Parameters
    ----------
    weight_ih : (3H, I) array, gates in the order r, z, n
    weight_hh : (3H, H) array
    bias_ih, bias_hh : (3H,) arrays

    Returns
    -------
    kernel, recurrent_kernel, bias : (I, 3H), (H, 3H) and (2, 3H) arrays, gates in the order z, r, h

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Source: ``GRUCell.build`` and ``call`` of Keras 3; github.com/keras-team/keras/issues/8720.
    """
    named = {"weight_ih": (weight_ih, "3H I"), "weight_hh": (weight_hh, "3H H")}
    named |= {"bias_ih": (bias_ih, "3H"), "bias_hh": (bias_hh, "3H")}
    H = check_arrays(**named)["H"]
    _check_blocks("weight_hh", weight_hh.shape, len(weight_hh), 3, H)
    kernel, recurrent_kernel = _exchange_r_and_z(weight_ih).T.copy(), _exchange_r_and_z(weight_hh).T.copy()
    return kernel, recurrent_kernel, np.stack([_exchange_r_and_z(bias_ih), _exchange_r_and_z(bias_hh)])


def to_keras(p, reset_after=True):
    """Write a GRU as Keras does.

    Parameters
    ----------
    p : GRUParams: of `gru_step` if `reset_after`, of `gru_step_reset_before` if not (`move_reset` tells them apart)
    reset_after : bool, as in ``keras.layers.GRU``

    Returns
    -------
    arrays : KerasArrays: kernel (I, 3H), recurrent_kernel (H, 3H), bias (2, 3H), or (3H,) if not `reset_after`. The
        latter has one bias for each gate, the sum of ours: before the product no reset stands between the two.

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, or a shape does not fit the others.

    Source: ``GRUCell.build`` and ``call`` of Keras 3.
    """
    _check_flag("reset_after", reset_after)
    _check_gru(p)
    arrays = KerasArrays(*torch_to_keras(*to_torch(p)))
    return arrays if reset_after else arrays._replace(bias=arrays.bias.sum(axis=0))


def from_keras(kernel, recurrent_kernel, bias=None, reset_after=True):
    """Read a GRU of Keras.

    Parameters
    ----------
    kernel : (I, 3H) array, gates in the order z, r, h
    recurrent_kernel : (H, 3H) array
    bias : (2, 3H) array if `reset_after`, else (3H,); without it, as with ``use_bias=False``, all biases are 0
    reset_after : bool, as in ``keras.layers.GRU``

    Returns
    -------
    p : GRUParams: of `gru_step` if `reset_after`, of `gru_step_reset_before` if not. From a single bias all b_h* are 0;
        only their sums with b_i* matter there.

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Source: ``GRUCell.build`` and ``call`` of Keras 3.
    """
    _check_flag("reset_after", reset_after)
    named = {"kernel": (kernel, "I 3H"), "recurrent_kernel": (recurrent_kernel, "H 3H")}
    if bias is not None:
        named["bias"] = (bias, "2 3H" if reset_after else "3H")
    sizes = check_arrays(**named)
    _check_blocks("recurrent_kernel", recurrent_kernel.shape, sizes["3H"], 3, sizes["H"])
    if sizes.get("2", 2) != 2:
        raise ValueError(
            f"bias has shape {bias.shape}, but should be (2, 3H): one row for the input, one for the state"
        )
    zeros = np.zeros(3 * sizes["H"], recurrent_kernel.dtype)
    if bias is None:
        bias_ih, bias_hh = zeros, zeros
    else:
        bias_ih, bias_hh = bias if reset_after else (bias, zeros)
    return from_torch(GRUParams, *map(_exchange_r_and_z, (kernel.T, recurrent_kernel.T, bias_ih, bias_hh)))


# ------------------------------------------------------------------------------------------------------------- ONNX


def to_onnx(*directions):
    """Write a GRU as the inputs W, R and B of ONNX's operator GRU.

    Parameters
    ----------
    *directions : one GRUParams, or two: forward and backward

    Returns
    -------
    arrays : ONNXArrays: W (D, 3H, I), R (D, 3H, H), B (D, 6H), for D directions. They are of the same cell as the
        parameters: to be run with ``linear_before_reset=1`` for `gru_step`, 0 for `gru_step_reset_before`.

    Raises
    ------
    ValueError
        If there are not one or two directions, of the same sizes.

    Source: operator GRU of the ONNX specification, onnx.ai/onnx/operators/onnx__GRU.html.
    """
    if len(directions) not in (1, 2):
        raise ValueError(f"got {len(directions)} directions, but should get 1 or 2")
    sizes = [_check_gru(p) for p in directions]
    if sizes[0] != sizes[-1]:
        raise ValueError(f"the second direction has sizes {sizes[1]}, but should have those of the first, {sizes[0]}")
    packed = [TorchArrays(*map(_exchange_r_and_z, to_torch(p))) for p in directions]
    return ONNXArrays(
        np.stack([a.weight_ih for a in packed]),
        np.stack([a.weight_hh for a in packed]),
        np.stack([np.concatenate([a.bias_ih, a.bias_hh]) for a in packed]),
    )


def from_onnx(W, R, B=None):
    """Read the inputs W, R and B of ONNX's operator GRU.

    Parameters
    ----------
    W : (D, 3H, I) array, gates in the order z, r, h, for D directions
    R : (D, 3H, H) array
    B : (D, 6H) array; without it all biases are 0

    Returns
    -------
    directions : tuple of D GRUParams: of `gru_step` if the operator has ``linear_before_reset=1``, of
        `gru_step_reset_before` if it has 0, its default

    Raises
    ------
    ValueError
        If a shape does not fit the others.

    Source: operator GRU of the ONNX specification, onnx.ai/onnx/operators/onnx__GRU.html.
    """
    named = {"W": (W, "D 3H I"), "R": (R, "D 3H H")} | ({} if B is None else {"B": (B, "D 6H")})
    sizes = check_arrays(**named)
    H = sizes["H"]
    _check_blocks("R", R.shape, sizes["3H"], 3, H)
    if sizes["D"] > 2:
        raise ValueError(f"W has shape {W.shape}, but its D should be 1 or 2, the number of directions")
    if sizes.get("6H", 6 * H) != 6 * H:
        raise ValueError(f"B has shape {B.shape}, but its 6H should be {6 * H}, for H = {H} as in R")
    biases = np.zeros((len(W), 6 * H), R.dtype) if B is None else B
    return tuple(
        from_torch(GRUParams, *map(_exchange_r_and_z, (w, r, b[: 3 * H], b[3 * H :])))
        for w, r, b in zip(W, R, biases, strict=True)
    )


# ------------------------------------------------------------------------------------------------------------- Flax


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
    _check_gru(p)
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


# ------------------------------------------------------------------------------------------------- concatenated form


def split_concatenated(W, H, order):
    """Take one gate's concatenated matrix apart: W [h, x] = W_h h + W_x x.

    Parameters
    ----------
    W : (H, H + I) array
    H : int, size of the state
    order : "hx" if the state's columns come first, "xh" if the input's do

    Returns
    -------
    W_x, W_h : (H, I) and (H, H) arrays

    Raises
    ------
    ValueError
        If W does not have H rows and more than H columns, or `order` is something else.

    Source: the concatenated form is that of many articles ([h, x]) and of TensorFlow's ``GRUBlockCell`` ([x, h]).
    """
    check_size("H", H)
    check_floats("W", W)
    _check_order(order)
    if W.ndim != 2 or len(W) != H or W.shape[1] <= H:
        raise ValueError(f"W has shape {W.shape}, but should be (H, H + I), with H = {H} and at least one input")
    I = W.shape[1] - H
    return (W[:, H:].copy(), W[:, :H].copy()) if order == "hx" else (W[:, :I].copy(), W[:, I:].copy())


def to_concatenated(p, order="hx"):
    """Write a GRU in the concatenated form: r = σ(W_r [h, x] + b_r), z likewise, n = tanh(W_n [r ⊙ h, x] + b_n).

    Parameters
    ----------
    p : GRUParams, of `gru_step_reset_before`: what is concatenated is read by one product, so the reset has to come
        before it (from `gru_step`: see `move_reset`). If z shall write, `flip_update_gate` it first.
    order : "hx" or "xh", which columns come first

    Returns
    -------
    arrays : Concatenated: W_r, W_z, W_n (H, H + I) and b_r, b_z, b_n (H,), sums of two of our biases each

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, a shape does not fit the others, or `order` is something else.
    """
    _check_order(order)
    _check_gru(p)
    pairs = ((p.W_ir, p.W_hr), (p.W_iz, p.W_hz), (p.W_in, p.W_hn))
    joined = (np.concatenate([h, x] if order == "hx" else [x, h], axis=1) for x, h in pairs)
    return Concatenated(*joined, p.b_ir + p.b_hr, p.b_iz + p.b_hz, p.b_in + p.b_hn)


def from_concatenated(arrays, order="hx"):
    """Read a GRU in the concatenated form.

    Parameters
    ----------
    arrays : Concatenated: W_r, W_z, W_n (H, H + I), b_r, b_z, b_n (H,)
    order : "hx" or "xh", which columns come first

    Returns
    -------
    p : GRUParams, of `gru_step_reset_before`; all b_h* are 0, since only their sums with b_i* matter

    Raises
    ------
    ValueError
        If a shape does not fit the others, or `order` is something else.
    """
    if not isinstance(arrays, Concatenated):
        wanted = ", ".join(Concatenated._fields)
        raise ValueError(f"arrays is a {type(arrays).__name__}, but should be Concatenated({wanted})")
    axes = {"W": "H H+I", "b": "H"}
    H = check_arrays(**{f"arrays.{n}": (a, axes[n[0]]) for n, a in arrays._asdict().items()})["H"]
    split = [split_concatenated(W, H, order) for W in arrays[:3]]
    return GRUParams(
        *(W_x for W_x, _ in split),
        *(W_h for _, W_h in split),
        *(b.copy() for b in arrays[3:]),
        *(np.zeros_like(b) for b in arrays[3:]),
    )


# ------------------------------------------------------------------------------------------ one equation for another


def flip_update_gate(p):
    """From an update gate that keeps to one that writes, or back: σ(−a) = 1 − σ(a).

    Parameters
    ----------
    p : GRUParams

    Returns
    -------
    flipped : GRUParams; its update gate is 1 − z where that of `p` is z, and nothing else differs

    Raises
    ------
    ValueError
        If `p` is not a GRUParams, or a shape does not fit the others.
    """
    _check_gru(p)
    return _copied(p._replace(W_iz=-p.W_iz, W_hz=-p.W_hz, b_iz=-p.b_iz, b_hz=-p.b_hz))


def are_equivalent(p, r):
    """Whether reset before and reset after give the same candidate for *every* state h, under the reset gate r.

    That is so exactly when b_hn ⊙ (1 − r) = 0 and W_hn[i, j] (r_i − r_j) = 0 for all i and j.

    Parameters
    ----------
    p : GRUParams, for both cells
    r : (H,) array, one reset gate, between 0 and 1

    Returns
    -------
    equivalent : bool

    Raises
    ------
    ValueError
        If a shape does not fit the others.
    """
    check_arrays(**axes_of(p, GRUParams), r=(r, "H"))
    same_bias = p.b_hn * (1 - r) == 0
    same_product = p.W_hn * (r[:, None] - r) == 0
    return bool(same_bias.all() and same_product.all())


def move_reset(p, to):
    """From reset after to reset before, or back, where one cell can be written as the other with the same gates.

    Parameters
    ----------
    p : GRUParams: of `gru_step` if `to` is "before", of `gru_step_reset_before` if it is "after"
    to : "before" or "after"

    Returns
    -------
    moved : GRUParams of the other cell, which takes the same steps, whatever x and h are

    Raises
    ------
    ValueError
        If there is none. One exists exactly where W_hn[i, j] links only units whose reset gates are always equal, or
        both constant (and neither 0); and, from after to before, where b_hn is 0 but for units whose reset gate is constant. (Always
        equal: the same row in W_ir and W_hr, the same sum of biases. Constant: rows of zeros.) So a diagonal W_hn with
        b_hn = 0 will do, and so will H = 1 with b_hn = 0.
    """
    if to not in ("before", "after"):
        raise ValueError(f'to is {to!r}, but should be "before" or "after"')
    _check_gru(p)
    rows = np.concatenate([p.W_ir, p.W_hr], axis=1)
    bias = p.b_ir + p.b_hr
    equal = (rows[:, None] == rows).all(axis=-1) & (bias[:, None] == bias)
    constant = ~rows.any(axis=1)
    for i, j in np.argwhere((p.W_hn != 0) & ~equal & ~(constant[:, None] & constant)):
        raise ValueError(
            f"no exact conversion: W_hn[{i}, {j}] links units {i} and {j}, whose reset gates differ. "
            "Before and after agree only where W_hn links units with one common reset gate, as a diagonal W_hn does"
        )
    for i in np.flatnonzero((p.b_hn != 0) & ~constant) if to == "before" else ():
        raise ValueError(
            f"no exact conversion: b_hn[{i}] is {p.b_hn[i]:.6g}, and the reset after acts on it, but reset before "
            "does not. It would have to be 0"
        )
    r = np.where(constant, _sigmoid(bias), 1).astype(bias.dtype)  # where gates are equal, they cancel
    W_hn = p.W_hn.copy()
    for i, j in np.argwhere((p.W_hn != 0) & constant[:, None] & constant & ~equal):
        with np.errstate(all="ignore"):
            W_hn[i, j] *= r[i] / r[j] if to == "before" else r[j] / r[i]
        if not np.isfinite(W_hn[i, j]):
            raise ValueError(
                f"no exact conversion: W_hn[{i}, {j}] links units {i} and {j}, whose reset gates are always {r[i]:.3g} "
                f"and {r[j]:.3g}. No finite weight makes up for that"
            )
    if to == "before":
        return _copied(p._replace(W_hn=W_hn, b_hn=r * p.b_hn))
    return _copied(p._replace(W_hn=W_hn, b_in=p.b_in + p.b_hn, b_hn=np.zeros_like(p.b_hn)))


def merge_biases(p, reset="after"):
    """Keep one bias vector for each gate, b_i*, and make b_h* zero.

    Parameters
    ----------
    p : GRUParams
    reset : "after" or "before", where the cell resets

    Returns
    -------
    merged : GRUParams, which takes the same steps: only the sum of two biases matters, if no gate stands between them

    Raises
    ------
    ValueError
        If the reset acts after the product and b_hn is not 0: it acts on b_hn then, but not on b_in.
    """
    if reset not in ("before", "after"):
        raise ValueError(f'reset is {reset!r}, but should be "before" or "after"')
    _check_gru(p)
    if reset == "after":
        for i in np.flatnonzero(p.b_hn):
            raise ValueError(
                f"no exact conversion: b_hn[{i}] is {p.b_hn[i]:.6g}, but should be 0. The reset after the product acts "
                "on b_hn and not on b_in, so one bias cannot stand for both"
            )
    zero = np.zeros_like(p.b_hn)
    merged = p._replace(
        b_ir=p.b_ir + p.b_hr, b_iz=p.b_iz + p.b_hz, b_in=p.b_in + p.b_hn, b_hr=zero, b_hz=zero, b_hn=zero
    )
    return _copied(merged)


# ---------------------------------------------------------------------------------------------------------- helpers


def _blocks(array, gates):
    """`gates` equal blocks along the first axis, as copies."""
    return [block.copy() for block in np.split(array, gates)]


def _exchange_r_and_z(array):
    """Blocks r, z, n along the first axis to z, r, h, or back."""
    r, z, n = np.split(array, 3)
    return np.concatenate([z, r, n])


def _copied(p):
    return type(p)(*(a.copy() for a in p))


def _biases(axes, **biases):
    """The two biases for `check_arrays`, or nothing if both are None."""
    given = {name: (bias, axes) for name, bias in biases.items() if bias is not None}
    if len(given) == 1:
        missing = next(name for name in biases if name not in given)
        raise ValueError(f"{missing} is missing, but should be given with {next(iter(given))}, or neither")
    return given


def _check_blocks(name, shape, rows, gates, H):
    """Raise ValueError unless `rows` is that of `gates` gates of H units."""
    if rows != gates * H:
        raise ValueError(f"{name} has shape {shape}, but its {gates}H should be {gates * H}, for a state of H = {H}")


def _check_gru(p):
    return check_arrays(**axes_of(p, GRUParams))


def _check_order(order):
    if order not in ORDERS:
        raise ValueError(f"order is {order!r}, but should be {' or '.join(map(repr, ORDERS))}")


def _check_flag(name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} is {value!r}, but should be True or False")


def _listed(wanted):
    return ", ".join(f"{layer} ({' and '.join(parts)})" for layer, parts in wanted.items())
