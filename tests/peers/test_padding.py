"""Each library's padding is as lesson 06 says; and Keras's masks, with holes and on the left."""

import os
import subprocess
import sys

import numpy as np
import pytest

import gru_ref
from gru_ref import peers
from gru_ref.layers import layer_forward
from gru_ref.trees import astype, tree_map
from tests.support import libraries

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # inside Keras
]
T, B, I, H = 6, 3, 2, 4
LENGTHS = np.array([6, 2, 4])
PADDED = ~gru_ref.length_mask(T, LENGTHS)
FLOAT32 = 1e-5

rng = np.random.default_rng(4)
XS, H0 = rng.normal(0, 1, (T, B, I)), rng.uniform(0.2, 0.9, (B, H))
P = tree_map(lambda a: 2 * a, gru_ref.init_gru(I, H, rng))._replace(b_hn=np.zeros(H))  # nnx has none
FULL = gru_ref.gru_forward(XS, H0, P)
STILL = gru_ref.gru_forward(XS, H0, P, LENGTHS)


def assert_real_steps(hs):
    np.testing.assert_allclose(np.where(PADDED[..., None], 0, hs), np.where(PADDED[..., None], 0, FULL), atol=FLOAT32)


def in_float32(*arrays):
    return (a.astype(np.float32) for a in arrays)


# ----------------------------------------------------------------------------------------------------------------- zero


def by_torch():
    import torch

    layer = torch.nn.GRU(I, H, dtype=torch.float64)
    layer.load_state_dict({f"{n}_l0": torch.from_numpy(a) for n, a in gru_ref.to_torch(P)._asdict().items()})
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.from_numpy(XS), LENGTHS, enforce_sorted=False)
    with torch.no_grad():
        hs, _ = torch.nn.utils.rnn.pad_packed_sequence(layer(packed, torch.from_numpy(H0)[None])[0], total_length=T)
    return hs.numpy()


def onnx_model():
    onnx = libraries.onnx()
    from onnx import helper

    FLOAT, INT32 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT32
    arrays = gru_ref.to_onnx(P)._asdict()
    feed = dict(zip(["xs", *"WRB", "h0"], in_float32(XS, *arrays.values(), H0[None]), strict=True))
    inputs = [helper.make_tensor_value_info(name, FLOAT, a.shape) for name, a in feed.items()]
    inputs.append(helper.make_tensor_value_info("lengths", INT32, (B,)))
    node = helper.make_node("GRU", ["xs", *"WRB", "lengths", "h0"], ["hs"], hidden_size=H, linear_before_reset=1)
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("hs", FLOAT, (T, 1, B, H))])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    return model, feed | {"lengths": LENGTHS.astype(np.int32)}


def by_onnx_runtime():
    model, feed = onnx_model()
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0][:, 0]


def by_openvino():
    libraries.openvino()
    return peers.run_openvino(XS, H0, P, linear_before_reset=1, lengths=LENGTHS)


def by_paddle():
    paddle = libraries.paddle()
    layer = paddle.nn.GRU(I, H, time_major=True)
    for name, array in gru_ref.to_torch(P)._asdict().items():
        getattr(layer, f"{name}_l0").set_value(array.astype(np.float32))
    xs, h0 = map(paddle.to_tensor, in_float32(XS, H0[None]))
    with paddle.no_grad():
        return layer(xs, h0, sequence_length=paddle.to_tensor(LENGTHS))[0].numpy()


@pytest.mark.parametrize("run", [by_torch, by_onnx_runtime, by_openvino, by_paddle])
def test_zero(run):
    hs = run()
    assert_real_steps(hs)
    assert not hs[PADDED].any()


# --------------------------------------------------------------------------------------------------------- stands still


def by_keras():
    keras = libraries.keras()
    layer = keras.layers.GRU(H, return_sequences=True)
    layer.build((B, T, I))
    layer.set_weights(list(gru_ref.to_keras(P)))
    hs = layer(np.swapaxes(XS, 0, 1).astype(np.float32), initial_state=H0.astype(np.float32), mask=~PADDED.T)
    return np.swapaxes(keras.ops.convert_to_numpy(hs), 0, 1)


@pytest.mark.parametrize("run", [by_keras])
def test_stands_still(run):
    np.testing.assert_allclose(run(), STILL, rtol=0, atol=FLOAT32)


# ------------------------------------------------------------------------------------------------- goes on, or knows none


def by_linen():
    linen = libraries.linen()
    layer = linen.RNN(linen.GRUCell(features=H), time_major=True)
    params = {"params": {"cell": gru_ref.to_flax(astype(P, np.float32))}}
    xs, h0 = in_float32(XS, H0)
    return np.asarray(layer.apply(params, xs, initial_carry=h0, seq_lengths=LENGTHS))


def by_nnx():
    nnx = libraries.nnx()
    cell = nnx.GRUCell(I, H, rngs=nnx.Rngs(0))
    nnx.update(cell, gru_ref.to_nnx(astype(P, np.float32)))
    xs, h0 = in_float32(XS, H0)
    return np.asarray(nnx.RNN(cell, time_major=True)(xs, initial_carry=h0, seq_lengths=LENGTHS))


def by_onnxs_reference():
    model, feed = onnx_model()
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(model).run(None, feed)[0][:, 0]


@pytest.mark.parametrize("run", [by_linen, by_nnx, by_onnxs_reference])
def test_computes_on(run):
    np.testing.assert_allclose(run(), FULL, rtol=0, atol=FLOAT32)


def test_these_would_be_told_apart():
    assert np.abs(FULL - STILL)[PADDED].min(axis=-1).min() > 100 * FLOAT32
    assert np.abs(STILL[PADDED]).min() > 100 * FLOAT32


# -------------------------------------------------------------------------------------------------------- Keras's masks

MASK = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1]], bool)  # right, holes, left


def draw(kind):
    generator = np.random.default_rng(0)
    init = {"rnn": gru_ref.init_rnn, "gru": gru_ref.init_gru, "lstm": gru_ref.init_lstm}[kind]
    state = (H0, -H0) if kind == "lstm" else H0
    return tree_map(lambda a: 2 * a, init(I, H, generator)), state


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_any_mask_of_keras_is_lengths_once_the_real_steps_are_moved_to_the_front(kind):
    keras = libraries.keras()
    p, state = draw(kind)
    make = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}[kind]
    layer = make(H, return_sequences=True, return_state=True)
    layer.build((B, T, I))
    layer.set_weights(list(gru_ref.to_keras(p)))
    hs, last, *_ = map(
        keras.ops.convert_to_numpy, layer(np.swapaxes(XS, 0, 1), initial_state=state, mask=np.swapaxes(MASK, 0, 1))
    )
    packed, lengths = gru_ref.pack_masked(XS, MASK)
    ours, final, _ = layer_forward(kind, packed, p, state, lengths)
    spread = gru_ref.unpack_masked(ours, MASK, np.zeros((B, H)))
    np.testing.assert_allclose(np.swapaxes(hs, 0, 1), spread, rtol=0, atol=FLOAT32)
    np.testing.assert_allclose(last, final[0] if kind == "lstm" else final, rtol=0, atol=FLOAT32)


BACKEND = """
import numpy as np, keras, sys
arrays = np.load(sys.argv[1])
layer = keras.layers.GRU(4, return_sequences=True)
layer.build(arrays["xs"].shape)
layer.set_weights([arrays[name] for name in ("kernel", "recurrent_kernel", "bias")])
hs = layer(arrays["xs"], initial_state=arrays["h0"], mask=arrays["mask"])
np.save(sys.argv[2], keras.ops.convert_to_numpy(hs))
"""


@pytest.mark.parametrize(
    ("backend", "before"), [("torch", "zero"), ("tensorflow", "zero"), ("numpy", "state"), ("jax", "state")]
)
def test_what_stands_before_the_first_real_step_depends_on_kerass_backend(backend, before, tmp_path):
    libraries.keras()
    if backend in ("jax", "tensorflow"):
        getattr(libraries, backend)()
    p, h0 = draw("gru")
    arrays = {"xs": np.swapaxes(XS, 0, 1), "h0": h0, "mask": np.swapaxes(MASK, 0, 1), **gru_ref.to_keras(p)._asdict()}
    np.savez(tmp_path / "in.npz", **arrays)
    files = [str(tmp_path / "in.npz"), str(tmp_path / "out.npy")]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", BACKEND, *files], check=True, capture_output=True, env=environment)
    packed, lengths = gru_ref.pack_masked(XS, MASK)
    ours = gru_ref.gru_forward(packed, h0, p, lengths)
    spread = gru_ref.unpack_masked(ours, MASK, h0 if before == "state" else 0 * h0)
    np.testing.assert_allclose(np.swapaxes(np.load(files[1]), 0, 1), spread, rtol=0, atol=FLOAT32)
