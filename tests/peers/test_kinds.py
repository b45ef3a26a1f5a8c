"""An LSTM, an RNN, and whole networks in other libraries' arrays: the same numbers as in their own layers and cells."""

import numpy as np
import pytest
import torch

import gru_ref
from gru_ref.conventions import PARAMETERS
from gru_ref.layers import init_network, layer_forward, network_forward
from gru_ref.trees import tree_map
from tests.support import libraries

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # inside Keras
]
T, B, I, H = 5, 2, 3, 4
EXACT, FLOAT32 = 1e-10, 1e-5


def draw(kind, seed=0):
    """Arguments (xs, state, p): parameters large enough to open and shut gates, and a state that is not 0."""
    rng = np.random.default_rng(seed)
    init = {"rnn": gru_ref.init_rnn, "gru": gru_ref.init_gru, "lstm": gru_ref.init_lstm}[kind]
    p = tree_map(lambda a: 2 * a, init(I, H, rng))
    h, c = rng.uniform(-1, 1, (2, B, H))
    return rng.normal(0, 1, (T, B, I)), (h, c) if kind == "lstm" else h, p


def ours(kind, xs, state, p):
    return layer_forward(kind, xs, p, state)[0]


# ---------------------------------------------------------------------------------------------------------------- Keras


@pytest.mark.parametrize("kind", ["lstm", "rnn"])
def test_keras(kind):
    keras = libraries.keras()
    xs, state, p = draw(kind)
    layer = {"lstm": keras.layers.LSTM, "rnn": keras.layers.SimpleRNN}[kind](H, return_sequences=True, dtype="float64")
    batch_first = np.swapaxes(xs, 0, 1)
    layer.build(batch_first.shape)
    layer.set_weights(list(gru_ref.to_keras(p)))
    hs = np.swapaxes(keras.ops.convert_to_numpy(layer(batch_first, initial_state=state)), 0, 1)
    np.testing.assert_allclose(hs, ours(kind, xs, state, p), rtol=0, atol=FLOAT32)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", ["lstm", "rnn"])
def test_we_read_what_keras_drew(kind, use_bias):
    keras = libraries.keras()
    cell = {"lstm": keras.layers.LSTMCell, "rnn": keras.layers.SimpleRNNCell}[kind](
        H, use_bias=use_bias, bias_initializer="ones", **({"unit_forget_bias": False} if kind == "lstm" else {})
    )
    xs, state, _ = draw(kind)
    cell.build((B, I))
    p = gru_ref.from_keras(*map(keras.ops.convert_to_numpy, cell.get_weights()), kind=kind)
    assert type(p) is PARAMETERS[kind] and p[-2 * len(p) // 4].any() == use_bias
    x = xs[0].astype(np.float32)
    given = [s.astype(np.float32) for s in (state if kind == "lstm" else [state])]
    theirs = keras.ops.convert_to_numpy(cell(x, given)[0])
    start = tuple(given) if kind == "lstm" else given[0]
    np.testing.assert_allclose(ours(kind, x[None], start, p)[0], theirs, rtol=0, atol=FLOAT32)


# ----------------------------------------------------------------------------------------------------------------- ONNX


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("kind", ["lstm", "rnn"])
def test_onnx_runtime(kind, directions):
    libraries.onnx()
    import onnxruntime
    from onnx import TensorProto, helper

    xs, state, p = draw(kind)
    _, _, q = draw(kind, seed=1)
    arrays = gru_ref.to_onnx(*(p, q)[:directions])
    states = list(state) if kind == "lstm" else [state]
    feed = {"xs": xs, **arrays._asdict()} | {f"s{k}": np.stack([s] * directions) for k, s in enumerate(states)}
    feed = {name: a.astype(np.float32) for name, a in feed.items()}
    node = helper.make_node(
        kind.upper(),
        ["xs", "W", "R", "B", "", *(name for name in feed if name[0] == "s")],
        ["hs"],
        hidden_size=H,
        direction="bidirectional" if directions == 2 else "forward",
    )
    graph = helper.make_graph(
        [node],
        kind,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, a.shape) for name, a in feed.items()],
        [helper.make_tensor_value_info("hs", TensorProto.FLOAT, (T, directions, B, H))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (hs,) = session.run(None, feed)
    np.testing.assert_allclose(hs[:, 0], ours(kind, xs, state, p), rtol=0, atol=FLOAT32)
    if directions == 2:
        np.testing.assert_allclose(hs[::-1, 1], ours(kind, xs[::-1].copy(), state, q), rtol=0, atol=FLOAT32)
    back = gru_ref.from_onnx(*arrays, kind=kind)
    assert len(back) == directions
    for one, other in zip((p, q), back, strict=False):
        assert type(other) is type(one)
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


# ----------------------------------------------------------------------------------------------------------------- Flax


def carried(kind, state):
    """A state as Flax carries it: an LSTM's c comes first."""
    return tuple(reversed(state)) if kind == "lstm" else state


@pytest.mark.parametrize("cell", ["LSTMCell", "OptimizedLSTMCell", "SimpleCell"])
def test_linen(cell):
    linen, jax = libraries.linen(), libraries.jax()
    kind = "rnn" if cell == "SimpleCell" else "lstm"
    xs, state, p = draw(kind)
    with jax.enable_x64(True):
        module = getattr(linen, cell)(features=H, param_dtype=np.float64)
        params, carry, hs = {"params": gru_ref.to_flax(p)}, carried(kind, state), []
        for x in xs:
            carry, h = module.apply(params, carry, x)
            hs.append(h)
        np.testing.assert_allclose(np.stack(hs), ours(kind, xs, state, p), rtol=0, atol=EXACT)
        drawn = module.init(jax.random.key(0), carry, xs[0])["params"]
    assert jax.tree.map(np.shape, drawn) == jax.tree.map(np.shape, gru_ref.to_flax(p))


@pytest.mark.parametrize(("cell", "kind"), [("GRUCell", "gru"), ("LSTMCell", "lstm"), ("SimpleCell", "rnn")])
def test_nnx_there_and_back(cell, kind):
    nnx, jax = libraries.nnx(), libraries.jax()
    xs, state, p = draw(kind)
    if kind == "gru":
        p = p._replace(b_hn=np.zeros(H))
    with jax.enable_x64(True):
        module = getattr(nnx, cell)(I, H, dtype=np.float64, param_dtype=np.float64, rngs=nnx.Rngs(0))
        nnx.update(module, gru_ref.to_nnx(p))
        carry, hs = carried(kind, state), []
        for x in xs:
            carry, h = module(carry, x)
            hs.append(h)
        layers = jax.tree.map(np.asarray, nnx.to_pure_dict(nnx.state(module, nnx.Param)))
    np.testing.assert_allclose(np.stack(hs), ours(kind, xs, state, p), rtol=0, atol=EXACT)
    back = gru_ref.from_nnx(layers, kind)
    assert type(back) is type(p)
    np.testing.assert_allclose(ours(kind, xs, state, back), ours(kind, xs, state, p), rtol=0, atol=1e-14)


# ------------------------------------------------------------------------------------------------- PyTorch's whole layers


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "directions"), [(1, 1), (2, 1), (1, 2), (3, 2)])
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_a_state_dict_is_read_in_one_call_and_written_back(kind, layers, directions, bias):
    torch.manual_seed(0)
    module = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[kind](
        I, H, layers, bias=bias, bidirectional=directions == 2, dtype=torch.float64
    )
    network = gru_ref.from_state_dict(kind, module.state_dict())
    assert [len(ps) for ps in network] == [directions] * layers
    xs = np.random.default_rng(0).normal(0, 1, (T, B, I))
    with torch.no_grad():
        theirs = module(torch.from_numpy(xs))[0].numpy()
    np.testing.assert_allclose(network_forward(kind, xs, network)[0], theirs, rtol=0, atol=1e-12)
    state = gru_ref.to_state_dict(network, bias)
    assert list(state) == list(module.state_dict())
    for name, tensor in module.state_dict().items():
        np.testing.assert_array_equal(state[name], tensor.numpy())
        assert not np.shares_memory(state[name], tensor.numpy())


@pytest.mark.parametrize("bias", [True, False])
def test_a_cells_state_dict_is_one_layer(bias):
    cell = torch.nn.GRUCell(I, H, bias)
    ((p,),) = gru_ref.from_state_dict("gru", cell.state_dict())
    xs, h0, _ = draw("gru")
    x, h = xs[0].astype(np.float32), h0.astype(np.float32)
    with torch.no_grad():
        theirs = cell(torch.from_numpy(x), torch.from_numpy(h)).numpy()
    np.testing.assert_allclose(gru_ref.gru_step(x, h, p), theirs, rtol=0, atol=FLOAT32)


def test_a_part_of_a_larger_module_is_named_by_its_prefix():
    module = torch.nn.ModuleDict({"encoder": torch.nn.GRU(I, H), "out": torch.nn.Linear(H, 2)})
    ((p,),) = gru_ref.from_state_dict("gru", module.state_dict(), prefix="encoder.")
    np.testing.assert_array_equal(np.concatenate(p[:3]), module["encoder"].weight_ih_l0.detach().numpy())


def test_arrays_do_as_well_as_tensors():
    network = init_network("gru", I, H, np.random.default_rng(0), layers=2, bidirectional=True)
    back = gru_ref.from_state_dict("gru", gru_ref.to_state_dict(network))
    for ours, theirs in zip(network, back, strict=True):
        for p, q in zip(ours, theirs, strict=True):
            for a, b in zip(p, q, strict=True):
                np.testing.assert_array_equal(a, b)
