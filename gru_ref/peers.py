"""Other libraries' GRUs, run with our parameters. For lesson 06, and for the tests that compare.

Nothing else needs these libraries. A function imports its own when it is called, and raises ImportError if that is
not installed. ``make peers``, or ``pip install -e ".[peers]"``, installs Keras, ONNX Runtime and Flax; ``pip install -e
".[more-peers]"`` the others, except TensorFlow and the two in JavaScript, which Node searches for as `NODE_PATH` says.

Each takes ``xs (T, B, I)``, ``h0 (B, H)`` and a GRUParams, and returns ``hs (T, B, H)``, all in NumPy. Some compute only in
float32: their functions say so.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from gru_ref.conventions import (
    flip_update_gate,
    merge_biases,
    to_concatenated,
    to_flax,
    to_keras,
    to_nnx,
    to_onnx,
    to_stacked,
    to_torch,
)

# ---------------------------------------------------------------------------------------- what lesson 06 is mainly about

TAUGHT_IN = {"*": 12}  # other libraries' GRUs: marks need none of them, and they are slow to import


def run_torch(xs, h0, p):
    """``torch.nn.GRU``, in the precision of `xs`. Same cell as `gru_step`."""
    import torch

    layer = torch.nn.GRU(xs.shape[-1], h0.shape[-1], dtype=torch.from_numpy(xs).dtype)
    layer.load_state_dict({f"{name}_l0": torch.from_numpy(a) for name, a in to_torch(p)._asdict().items()})
    with torch.no_grad():
        return layer(torch.from_numpy(xs), torch.from_numpy(h0)[None])[0].numpy()


def run_keras(xs, h0, p, reset_after=True):
    """``keras.layers.GRU``, in the precision of `xs`. Same cell as `gru_step` if `reset_after`, else the other."""
    os.environ.setdefault("KERAS_BACKEND", "torch")  # by default Keras would need TensorFlow, which nothing here needs
    import keras

    layer = keras.layers.GRU(h0.shape[-1], return_sequences=True, reset_after=reset_after, dtype=str(xs.dtype))
    batch_first = np.swapaxes(xs, 0, 1)
    layer.build(batch_first.shape)
    layer.set_weights(list(to_keras(p, reset_after)))
    return np.swapaxes(keras.ops.convert_to_numpy(layer(batch_first, initial_state=h0)), 0, 1)


def run_onnx(xs, h0, p, linear_before_reset=0):
    """ONNX's operator GRU in ONNX Runtime, in float32. Same cell as `gru_step` if `linear_before_reset`, else the other."""
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    W, R, B = (a.astype(np.float32) for a in to_onnx(p))
    gru = helper.make_node(
        "GRU",
        ["xs", "W", "R", "B", "", "h0"],
        ["hs"],
        hidden_size=h0.shape[-1],
        linear_before_reset=int(linear_before_reset),
    )
    FLOAT = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [gru],
        "gru",
        [
            helper.make_tensor_value_info("xs", FLOAT, xs.shape),
            helper.make_tensor_value_info("h0", FLOAT, (1, *h0.shape)),
        ],
        [helper.make_tensor_value_info("hs", FLOAT, (len(xs), 1, *h0.shape))],
        [numpy_helper.from_array(a, name) for a, name in ((W, "W"), (R, "R"), (B, "B"))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (hs,) = session.run(["hs"], {"xs": xs.astype(np.float32), "h0": h0.astype(np.float32)[None]})
    return hs[:, 0]  # (T, directions, B, H), one direction


def run_flax(xs, h0, p):
    """``flax.linen.GRUCell``, in the precision of `xs`. Same cell as `gru_step`."""
    import flax.linen
    import jax

    with jax.enable_x64(xs.dtype == np.float64):
        cell = flax.linen.GRUCell(features=h0.shape[-1], param_dtype=xs.dtype)
        params = {"params": to_flax(p)}
        return _steps(lambda x, h: cell.apply(params, h, x)[0], xs, h0)


def run_nnx(xs, h0, p):
    """``flax.nnx.GRUCell``, in the precision of `xs`. Same cell as `gru_step`, but without b_hn: ValueError if it isn't 0."""
    import jax
    from flax import nnx

    layers = to_nnx(p)
    with jax.enable_x64(xs.dtype == np.float64):
        cell = nnx.GRUCell(xs.shape[-1], h0.shape[-1], param_dtype=xs.dtype, rngs=nnx.Rngs(0))
        nnx.update(cell, layers)
        return _steps(lambda x, h: cell(h, x)[0], xs, h0)


# ---------------------------------------------------------------------------------------------------------- more of them


def run_equinox(xs, h0, p):
    """``equinox.nn.GRUCell``, in the precision of `xs`. Same cell as `gru_step`."""
    import equinox
    import jax

    with jax.enable_x64(xs.dtype == np.float64):
        cell = equinox.nn.GRUCell(xs.shape[-1], h0.shape[-1], key=jax.random.key(0))
        names = to_stacked(p)._fields
        cell = equinox.tree_at(
            lambda c: [getattr(c, name) for name in names], cell, [jax.numpy.asarray(a) for a in to_stacked(p)]
        )
        return _steps(jax.vmap(cell), xs, h0)


def run_haiku(xs, h0, p):
    """``haiku.GRU``, in the precision of `xs`. Same cell as `gru_step_reset_before`; z writes, so its gate is flipped."""
    import haiku
    import jax

    arrays = to_keras(merge_biases(flip_update_gate(p), reset="before"), reset_after=False)  # the same order: z, r, a
    params = {"gru": {"w_i": arrays.kernel, "w_h": arrays.recurrent_kernel, "b": arrays.bias}}
    cell = haiku.without_apply_rng(haiku.transform(lambda x, h: haiku.GRU(h0.shape[-1])(x, h)[0]))
    with jax.enable_x64(xs.dtype == np.float64):
        return _steps(lambda x, h: cell.apply(params, x, h), xs, h0)


def run_mlx(xs, h0, p):
    """``mlx.nn.GRU``, in float32. Same cell as `gru_step`."""
    import mlx.core as mx
    import mlx.nn

    layer = mlx.nn.GRU(xs.shape[-1], h0.shape[-1])
    arrays = (mx.array(a.astype(np.float32)) for a in to_stacked(p))
    layer.Wx, layer.Wh, layer.b, layer.bhn = arrays
    batch_first = mx.array(np.swapaxes(xs, 0, 1).astype(np.float32))
    return np.swapaxes(np.array(layer(batch_first, mx.array(h0.astype(np.float32)))), 0, 1)


def run_paddle(xs, h0, p):
    """``paddle.nn.GRU``, in the precision of `xs`. Same cell as `gru_step`, and the same arrays as PyTorch."""
    import paddle

    before = paddle.get_default_dtype()
    paddle.set_default_dtype(str(xs.dtype))
    try:
        layer = paddle.nn.GRU(xs.shape[-1], h0.shape[-1], time_major=True)
    finally:
        paddle.set_default_dtype(before)
    for name, array in to_torch(p)._asdict().items():
        getattr(layer, f"{name}_l0").set_value(array)
    with paddle.no_grad():
        return layer(paddle.to_tensor(xs), paddle.to_tensor(h0[None]))[0].numpy()


def run_openvino(xs, h0, p, linear_before_reset=0, lengths=None):
    """OpenVINO's operator GRUSequence, in float32. Same cell as `gru_step` if `linear_before_reset`, else the other.

    Its order of gates is ONNX's. It has one bias for each gate, but a second one for n if `linear_before_reset`. Sequences
    have all T steps, or ``lengths (B,)``.
    """
    import openvino
    from openvino import opset5

    W, R, B = to_onnx(p)
    z, r, n = np.split(B.reshape(2, -1), 3, axis=1)  # each (2, H): input's, state's
    biases = [*n] if linear_before_reset else [n.sum(axis=0)]
    B = np.concatenate([z.sum(axis=0), r.sum(axis=0), *biases])[None]
    lengths = np.full(xs.shape[1], len(xs)) if lengths is None else lengths
    values = [np.swapaxes(xs, 0, 1), h0[:, None], lengths.astype(np.int32)]
    values = [a if a.dtype == np.int32 else a.astype(np.float32) for a in values]
    inputs = [opset5.parameter(a.shape, a.dtype) for a in values]
    fixed = [opset5.constant(a.astype(np.float32)) for a in (W, R, B)]
    gru = opset5.gru_sequence(*inputs, *fixed, h0.shape[-1], "forward", linear_before_reset=bool(linear_before_reset))
    core = openvino.Core()
    model = core.compile_model(openvino.Model(gru.outputs(), inputs), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.swapaxes(model(values)[0][:, 0], 0, 1)


def run_ncnn(xs, h0, p):
    """ncnn's layer GRU, in float32, one sequence after the other. Same cell as `gru_step`."""
    import ncnn

    arrays = to_stacked(p)
    H, I = h0.shape[-1], xs.shape[-1]
    layer = f"GRU gru 2 2 xs h0 hs h 0={H} 1={3 * H * I} 2=0"
    text = f"7767517\n3 4\nInput xs 0 1 xs\nInput h0 0 1 h0\n{layer}\n"
    biases = np.concatenate([arrays.bias, arrays.bias_n])
    raw = b"".join(
        bytes(4) + a.astype("<f4").tobytes()  # a tag of 0: numbers of 32 bits follow
        for a in (arrays.weight_ih, biases, arrays.weight_hh)
    )
    hs = []
    with tempfile.TemporaryDirectory() as folder:
        param, numbers = Path(folder, "gru.param"), Path(folder, "gru.bin")
        param.write_text(text)
        numbers.write_bytes(raw)
        net = ncnn.Net()
        net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
        net.opt.use_packing_layout = False
        if net.load_param(str(param)) or net.load_model(str(numbers)):
            raise RuntimeError("ncnn does not accept the layer that was written for it")
        for b in range(len(h0)):
            run = net.create_extractor()
            x, h = (np.ascontiguousarray(a, np.float32) for a in (xs[:, b], h0[b : b + 1]))
            run.input("xs", ncnn.Mat(x))
            run.input("h0", ncnn.Mat(h))
            hs.append(np.array(run.extract("hs")[1]))
    return np.stack(hs, axis=1)


def run_tensorflow(xs, h0, p):
    """TensorFlow's ``GRUBlockCell``, in float32. Same cell as `gru_step_reset_before`; its matrices read [x, h]."""
    import tensorflow

    W_r, W_z, W_n, b_r, b_z, b_n = (a.astype(np.float32) for a in to_concatenated(p, order="xh"))
    arrays = {"w_ru": np.concatenate([W_r, W_z]).T, "w_c": W_n.T, "b_ru": np.concatenate([b_r, b_z]), "b_c": b_n}
    xs, h0 = xs.astype(np.float32), h0.astype(np.float32)
    return _steps(lambda x, h: tensorflow.raw_ops.GRUBlockCell(x=x, h_prev=h, **arrays).h, xs, h0)


def run_tfjs(xs, h0, p):
    """``tf.layers.gru`` of TensorFlow.js, in float32. Same cell as `gru_step_reset_before`.

    Its gates are hardSigmoid by default; here it is asked for sigmoid. It has no `resetAfter`.
    """
    arrays = to_keras(merge_biases(p, reset="before"), reset_after=False)
    return _node("@tensorflow/tfjs", TFJS, np.swapaxes(xs, 0, 1), h0, arrays._asdict()).swapaxes(0, 1)


def run_brainjs(xs, h0, p):
    """``brain.recurrent.GRU`` of brain.js 1: its equation, step by step. Same cell as `gru_step_reset_before`."""
    p = merge_biases(p, reset="before")
    gates = {"updateGate": "z", "resetGate": "r", "cellWrite": "n"}
    model = {}
    for name, g in gates.items():
        for part, array in (("Input", f"W_i{g}"), ("Hidden", f"W_h{g}")):
            model[f"{name}{part}Matrix"] = getattr(p, array)
        model[f"{name}Bias"] = getattr(p, f"b_i{g}")[:, None]
    return _node("brain.js", BRAINJS, xs, h0, model)


TFJS = """
const tf = require("@tensorflow/tfjs");
const H = given.h0[0].length, layer = tf.layers.gru({units: H, returnSequences: true, recurrentActivation: "sigmoid"});
const xs = tf.tensor3d(given.xs), h0 = tf.tensor2d(given.h0);
const input = tf.input({shape: xs.shape.slice(1)}), state = tf.input({shape: [H]});
const model = tf.model({inputs: [input, state], outputs: layer.apply(input, {initialState: [state]})});
layer.setWeights(["kernel", "recurrent_kernel", "bias"].map((name) => tf.tensor(given.arrays[name])));
result = model.predict([xs, h0]).arraySync();
"""

BRAINJS = """
const brain = require("brain.js");
const {default: Matrix} = require("brain.js/dist/recurrent/matrix");
const {default: Equation} = require("brain.js/dist/recurrent/matrix/equation");
const filled = (rows) => {
    const matrix = new Matrix(rows.length, rows[0].length);
    rows.forEach((row, i) => row.forEach((value, j) => matrix.setWeight(i, j, value)));
    return matrix;
};
const layer = Object.fromEntries(Object.entries(given.arrays).map(([name, rows]) => [name, filled(rows)]));
const step = (x, h) => {
    const equation = new Equation();
    const column = (values) => filled(values.map((value) => [value]));
    brain.recurrent.GRU.prototype.getEquation(equation, column(x), column(h), layer);
    return Array.from(equation.runIndex().weights);
};
let states = given.h0;
result = given.xs.map((batch) => (states = batch.map((x, b) => step(x, states[b]))));
"""


# -------------------------------------------------------------------------------------------------------------- helpers


def _steps(step, xs, h):
    """States (T, B, H) of ``step(x, h)``, in NumPy."""
    hs = []
    for x in xs:
        h = step(x, h)
        hs.append(np.asarray(h))
    return np.stack(hs)


def _node(library, script, xs, h0, arrays):
    """The `result` of a JavaScript script, which has its arguments in `given`. ImportError without the library."""
    node = shutil.which("node")
    if node is None:
        raise ImportError("Node.js is not installed, but this library needs it")
    looked_for = f"try {{ require.resolve({library!r}) }} catch {{ process.exit(3) }}\n"
    frame = 'let result;\nconst given = JSON.parse(require("fs").readFileSync(0, "utf-8"));\n'
    code = f"{looked_for}{frame}{script}\nprocess.stdout.write('\\n' + JSON.stringify(result));"
    given = {"xs": xs, "h0": h0, "arrays": arrays}
    done = subprocess.run(
        [node, "-e", code], input=json.dumps(given, default=np.ndarray.tolist), capture_output=True, text=True
    )
    if done.returncode == 3:
        raise ImportError(f"Node does not find {library}: see NODE_PATH")
    if done.returncode:
        raise RuntimeError(f"{library} stopped with an error:\n{done.stderr}")
    return np.array(json.loads(done.stdout.rpartition("\n")[2]))
