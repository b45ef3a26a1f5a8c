"""Other people's GRUs, run with our parameters. For lesson 06, and for the tests that compare.

Nothing else needs these libraries. A function imports its own when it is called, and raises ImportError where that is
not installed; ``make peers``, or ``pip install -e ".[peers]"``, installs them all. Each takes ``xs (T, B, I)``,
``h0 (B, H)`` and a GRUParams, and returns ``hs (T, B, H)``, all in NumPy.
"""

import os

import numpy as np

from gru_ref.conventions import to_flax, to_keras, to_onnx, to_torch

TAUGHT_IN = {"*": 12}  # other people's GRUs: marks need none of them, and they take long to import


def run_torch(xs, h0, p):
    """``torch.nn.GRU``, in the precision of `xs`. Same cell as `gru_step`."""
    import torch

    layer = torch.nn.GRU(xs.shape[-1], h0.shape[-1], dtype=torch.from_numpy(xs).dtype)
    layer.load_state_dict({f"{name}_l0": torch.from_numpy(a) for name, a in to_torch(p)._asdict().items()})
    with torch.no_grad():
        return layer(torch.from_numpy(xs), torch.from_numpy(h0)[None])[0].numpy()


def run_keras(xs, h0, p, reset_after=True):
    """``keras.layers.GRU``, in the precision of `xs`. Same cell as `gru_step` if `reset_after`, else the other."""
    os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras itself would ask for TensorFlow, which nothing here needs
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
        h, hs = h0, []
        for x in xs:
            h, _ = cell.apply({"params": to_flax(p)}, h, x)
            hs.append(np.asarray(h))
    return np.stack(hs)
