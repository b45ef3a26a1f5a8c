"""The same numbers as from other libraries: Keras, ONNX Runtime, Flax, and nine more.

Keras 3.15.1 on PyTorch, NumPy or JAX rounds its matrix products to float32, whatever their precision. On PyTorch there is one
exception: a layer with ``reset_after=True`` and no mask runs a loop of PyTorch's own products, which keeps float64. (It hands
such a layer to PyTorch's GRU on a CUDA device alone.) ONNX Runtime, OpenVINO, MLX, ncnn and both libraries in JavaScript compute in float32.
"""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gru_ref
from gru_ref import GRUParams, peers
from tests.support import libraries

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # inside Keras
]
EXACT, FLOAT32 = 1e-10, 1e-5
sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=12, deadline=None)


def draw(seed, T, B, I, H):
    """Arguments (xs, h0, p) of a sequence; parameters large enough to open and shut gates."""
    rng = np.random.default_rng(seed)
    p = GRUParams(*(3 * a for a in gru_ref.init_gru(I, H, rng)))
    return rng.normal(0, 1, (T, B, I)), rng.uniform(-1, 1, (B, H)), p


def reset_before(xs, h0, p):
    hs, h = [], h0
    for x in xs:
        h = gru_ref.gru_step_reset_before(x, h, p)
        hs.append(h)
    return np.stack(hs)


# ------------------------------------------------------------------------------------------------------ there, and run


@few
@given(seeds, sizes, sizes, sizes, sizes)
def test_pytorch(seed, T, B, I, H):
    xs, h0, p = draw(seed, T, B, I, H)
    np.testing.assert_allclose(peers.run_torch(xs, h0, p), gru_ref.gru_forward(xs, h0, p), rtol=0, atol=EXACT)


@pytest.mark.parametrize(
    ("reset_after", "ours", "atol"), [(True, gru_ref.gru_forward, EXACT), (False, reset_before, FLOAT32)]
)
def test_keras(reset_after, ours, atol):
    libraries.keras()

    @few
    @given(seeds, sizes, sizes, sizes, sizes)
    def compare(seed, T, B, I, H):
        xs, h0, p = draw(seed, T, B, I, H)
        np.testing.assert_allclose(peers.run_keras(xs, h0, p, reset_after), ours(xs, h0, p), rtol=0, atol=atol)

    compare()


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize(
    ("reset_after", "ours"), [(True, gru_ref.gru_step), (False, gru_ref.gru_step_reset_before)], ids=["after", "before"]
)
def test_keras_cell_whose_arithmetic_is_its_own(reset_after, ours, implementation):
    library = libraries.keras()

    @few
    @given(seeds, sizes, sizes, sizes)
    def compare(seed, B, I, H):
        xs, h, p = draw(seed, 1, B, I, H)
        cell = library.layers.GRUCell(H, reset_after=reset_after, implementation=implementation, dtype="float64")
        cell.build((B, I))
        cell.set_weights(list(gru_ref.to_keras(p, reset_after)))
        theirs = library.ops.convert_to_numpy(cell(xs[0], [h])[0])
        np.testing.assert_allclose(theirs, ours(xs[0], h, p), rtol=0, atol=FLOAT32)

    compare()


@pytest.mark.parametrize(
    ("linear_before_reset", "ours"), [(0, reset_before), (1, gru_ref.gru_forward)], ids=["before", "after"]
)
def test_onnx_runtime(linear_before_reset, ours):
    libraries.onnx()

    @few
    @given(seeds, sizes, sizes, sizes, sizes)
    def compare(seed, T, B, I, H):
        xs, h0, p = draw(seed, T, B, I, H)
        theirs = peers.run_onnx(xs, h0, p, linear_before_reset)
        np.testing.assert_allclose(theirs, ours(xs, h0, p), rtol=0, atol=FLOAT32)

    compare()


def test_flax():
    libraries.linen()

    @few
    @given(seeds, sizes, sizes, sizes, sizes)
    def compare(seed, T, B, I, H):
        xs, h0, p = draw(seed, T, B, I, H)
        np.testing.assert_allclose(peers.run_flax(xs, h0, p), gru_ref.gru_forward(xs, h0, p), rtol=0, atol=EXACT)

    compare()


def test_float32_stays_float32():
    xs, h0, p = draw(0, 3, 2, 4, 5)
    xs, h0, p = gru_ref.trees.astype((xs, h0, p), np.float32)
    for fit, run in ((libraries.keras, peers.run_keras), (libraries.linen, peers.run_flax)):
        fit()
        hs = run(xs, h0, p)
        assert hs.dtype == np.float32
        np.testing.assert_allclose(hs, gru_ref.gru_forward(xs, h0, p), rtol=0, atol=FLOAT32)


MORE = {
    "equinox": (libraries.equinox, peers.run_equinox, gru_ref.gru_forward, EXACT),
    "haiku": (libraries.haiku, peers.run_haiku, reset_before, EXACT),
    "mlx": (libraries.mlx, peers.run_mlx, gru_ref.gru_forward, FLOAT32),
    "paddle": (libraries.paddle, peers.run_paddle, gru_ref.gru_forward, EXACT),
    "openvino before": (libraries.openvino, peers.run_openvino, reset_before, FLOAT32),
    "openvino after": (
        libraries.openvino,
        lambda *args: peers.run_openvino(*args, linear_before_reset=1),
        gru_ref.gru_forward,
        FLOAT32,
    ),
    "ncnn": (libraries.ncnn, peers.run_ncnn, gru_ref.gru_forward, FLOAT32),
    "tensorflow": (libraries.tensorflow, peers.run_tensorflow, reset_before, FLOAT32),
    "tfjs": (libraries.tfjs, peers.run_tfjs, reset_before, FLOAT32),
    "brainjs": (libraries.brainjs, peers.run_brainjs, reset_before, FLOAT32),
}
SIZES = [(5, 2, 3, 4), (1, 1, 1, 1), (4, 3, 5, 2), (3, 1, 2, 7)]  # T, B, I, H


@pytest.mark.parametrize("name", MORE)
def test_more_of_them(name):
    fit, theirs, ours, atol = MORE[name]
    fit()
    for seed, shape in enumerate(SIZES):
        xs, h0, p = draw(seed, *shape)
        hs = theirs(xs, h0, p)
        assert hs.shape == (shape[0], shape[1], shape[3])
        np.testing.assert_allclose(hs, ours(xs, h0, p), rtol=0, atol=atol, err_msg=str(shape))


def test_nnx_is_linen_without_the_bias_that_is_reset():
    nnx = libraries.nnx()
    xs, h0, p = draw(0, 5, 2, 3, 4)
    bare = p._replace(b_hn=np.zeros(4))
    np.testing.assert_allclose(peers.run_nnx(xs, h0, bare), gru_ref.gru_forward(xs, h0, bare), rtol=0, atol=EXACT)
    with pytest.raises(ValueError, match=r"b_hn\[0\] is .* should be 0 for flax\.nnx\.GRUCell, which has no b_hn"):
        peers.run_nnx(xs, h0, p)
    cell = nnx.GRUCell(3, 4, rngs=nnx.Rngs(0))
    assert "b_{hn}" in cell.__doc__, "its docstring shows what it does not have"
    assert not hasattr(cell.dense_h, "bias") or cell.dense_h.bias is None


def test_keras_on_a_cpu_hands_no_layer_to_pytorchs_gru(monkeypatch):
    keras, torch = libraries.keras(), pytest.importorskip("torch")
    calls = []

    def counted(*args, theirs=torch._VF.gru):
        calls.append(args)
        return theirs(*args)

    monkeypatch.setattr(torch._VF, "gru", counted)
    keras.layers.GRU(4)(np.zeros((2, 5, 3), np.float32))
    assert not calls
    torch.nn.GRU(3, 4)(torch.zeros(5, 2, 3))
    assert len(calls) == 1, "it would be seen if it did"


def test_keras_keeps_float64_in_its_loop_of_pytorchs_products_alone():
    keras = libraries.keras()
    xs, h0, p = draw(0, 5, 2, 3, 4)
    layer = keras.layers.GRU(4, return_sequences=True, dtype="float64")
    batch_first = np.swapaxes(xs, 0, 1)
    layer.build(batch_first.shape)
    layer.set_weights(list(gru_ref.to_keras(p)))
    errors = {}
    for name, mask in (("without a mask", None), ("with one", np.ones((2, 5), bool))):
        hs = np.swapaxes(keras.ops.convert_to_numpy(layer(batch_first, initial_state=h0, mask=mask)), 0, 1)
        assert hs.dtype == np.float64
        errors[name] = np.abs(hs - gru_ref.gru_forward(xs, h0, p)).max()
    assert errors["without a mask"] < 1e-14 < 1e-9 < errors["with one"] < FLOAT32


# ----------------------------------------------------------------------------------------- from there, what they drew


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_we_read_what_keras_drew(reset_after, use_bias):
    library = libraries.keras()
    xs, h0, _ = draw(1, 6, 2, 3, 4)
    cell = library.layers.GRUCell(
        4, reset_after=reset_after, use_bias=use_bias, bias_initializer="glorot_uniform" if reset_after else "ones"
    )
    cell.build((2, 3))
    p = gru_ref.from_keras(*map(library.ops.convert_to_numpy, cell.get_weights()), reset_after=reset_after)
    assert p.b_iz.any() == use_bias
    step = gru_ref.gru_step if reset_after else gru_ref.gru_step_reset_before
    h = h0.astype(np.float32)
    for x in xs.astype(np.float32):
        theirs = library.ops.convert_to_numpy(cell(x, [h])[0])
        h = step(x, h, p)
        np.testing.assert_allclose(h, theirs, rtol=0, atol=FLOAT32)


def test_we_read_what_flax_drew():
    linen = libraries.linen()
    import jax

    x, h = (a.astype(np.float32) for a in (draw(2, 1, 2, 3, 4)[0][0], draw(2, 1, 2, 3, 4)[1]))
    cell = linen.GRUCell(features=4, bias_init=linen.initializers.normal())
    variables = cell.init(jax.random.key(0), h, x)
    p = gru_ref.from_flax(jax.tree.map(np.array, variables["params"]))
    np.testing.assert_allclose(gru_ref.gru_step(x, h, p), cell.apply(variables, h, x)[0], rtol=0, atol=FLOAT32)


def test_we_read_what_equinox_drew():
    equinox, jax = libraries.equinox(), libraries.jax()
    x, h = (a.astype(np.float32) for a in (draw(2, 1, 2, 3, 4)[0][0], draw(2, 1, 2, 3, 4)[1]))
    for use_bias in (True, False):
        cell = equinox.nn.GRUCell(3, 4, use_bias=use_bias, key=jax.random.key(0))
        arrays = (cell.weight_ih, cell.weight_hh, cell.bias, cell.bias_n)
        p = gru_ref.from_stacked(*(None if a is None else np.asarray(a) for a in arrays))
        np.testing.assert_allclose(gru_ref.gru_step(x, h, p), jax.vmap(cell)(x, h), rtol=0, atol=FLOAT32)


def test_we_read_what_mlx_drew():
    nn = libraries.mlx()
    import mlx.core as mx

    xs, h0 = (a.astype(np.float32) for a in draw(2, 5, 2, 3, 4)[:2])
    layer = nn.GRU(3, 4)
    p = gru_ref.from_stacked(*(np.array(a) for a in (layer.Wx, layer.Wh, layer.b, layer.bhn)))
    theirs = np.swapaxes(np.array(layer(mx.array(np.swapaxes(xs, 0, 1)), mx.array(h0))), 0, 1)
    np.testing.assert_allclose(gru_ref.gru_forward(xs, h0, p), theirs, rtol=0, atol=FLOAT32)


def test_two_directions_of_onnx():
    libraries.onnx()
    import onnxruntime
    from onnx import TensorProto, helper

    xs, _, p = draw(3, 5, 2, 3, 4)
    _, _, q = draw(4, 5, 2, 3, 4)
    arrays = gru_ref.to_onnx(p, q)
    feed = {"xs": xs, **arrays._asdict()}
    graph = helper.make_graph(
        [helper.make_node("GRU", [*feed], ["hs"], hidden_size=4, direction="bidirectional", linear_before_reset=1)],
        "gru",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, a.shape) for name, a in feed.items()],
        [helper.make_tensor_value_info("hs", TensorProto.FLOAT, (5, 2, 2, 4))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (hs,) = session.run(None, {name: a.astype(np.float32) for name, a in feed.items()})
    lengths = np.full(2, 5)
    ours = gru_ref.bidirectional(xs, p, q, lengths)
    np.testing.assert_allclose(np.concatenate([hs[:, 0], hs[:, 1]], axis=-1), ours, rtol=0, atol=FLOAT32)


# --------------------------------------------------------------------------------------------------- the one from the other


def test_it_would_be_noticed_if_the_reset_were_on_the_wrong_side():
    """What these tests can tell apart differs by a thousand times their tolerance."""
    xs, h0, p = draw(5, 5, 2, 3, 4)
    assert np.abs(reset_before(xs, h0, p) - gru_ref.gru_forward(xs, h0, p)).max() > 1000 * FLOAT32


MISSING = {
    "keras": peers.run_keras,
    "onnx": peers.run_onnx,
    "jax": peers.run_flax,
    "equinox": peers.run_equinox,
    "haiku": peers.run_haiku,
    "mlx.core": peers.run_mlx,
    "paddle": peers.run_paddle,
    "openvino": peers.run_openvino,
    "ncnn": peers.run_ncnn,
    "tensorflow": peers.run_tensorflow,
}


@pytest.mark.parametrize("name", MISSING)
def test_a_library_that_is_missing_raises_an_import_error(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    with pytest.raises(ImportError):
        MISSING[name](*draw(0, 1, 1, 1, 1))


@pytest.mark.parametrize("run", [peers.run_tfjs, peers.run_brainjs])
def test_so_does_one_of_javascript(run, monkeypatch, tmp_path):
    args = draw(0, 1, 1, 1, 1)
    monkeypatch.setenv("NODE_PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImportError, match=r"NODE_PATH|Node\.js"):
        run(*args)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportError, match=r"Node\.js is not installed"):
        run(*args)


def test_importing_the_package_imports_none_of_them():
    code = "import gru_ref, gru_ref.peers, sys; print([m for m in ('torch', 'keras', 'onnx', 'jax', 'paddle', 'openvino') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
