"""Libraries draw a GRU's first weights as lesson 06's table says."""

import json
import subprocess

import numpy as np
import pytest

from tests.support import libraries

pytestmark = [
    pytest.mark.system,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # inside Keras
]
I, H = 40, 100  # enough numbers to tell distributions by their spread


def assert_uniform(array, bound):
    """Flat up to its bound: the largest entry is close to it, and the spread is the bound by √3."""
    assert 0.95 * bound < np.abs(array).max() <= bound * (1 + 1e-6)
    assert np.isclose(array.std(), bound / np.sqrt(3), rtol=0.15)


def assert_cut_normal(array, std):
    """A normal distribution cut off at two of its deviations, widened so that its spread is `std` again."""
    assert np.isclose(array.std(), std, rtol=0.05)
    assert 1.9 * std < np.abs(array).max() < 2.3 * std


def assert_orthogonal(array):
    """All singular values are 1."""
    np.testing.assert_allclose(np.linalg.svd(array, compute_uv=False), 1, atol=1e-5)


def assert_blocks_are_not(array):
    """… of the whole (H, 3H), not of a single gate's (H, H)."""
    assert_orthogonal(array)
    assert all(np.linalg.svd(block, compute_uv=False)[-1] < 0.1 for block in np.split(array, 3, axis=1))


def by_torch():
    import torch

    return [a.numpy() for a in torch.nn.GRU(I, H).state_dict().values()]


def by_equinox():
    equinox, jax = libraries.equinox(), libraries.jax()
    cell = equinox.nn.GRUCell(I, H, key=jax.random.key(0))
    return [np.asarray(a) for a in (cell.weight_ih, cell.weight_hh, cell.bias, cell.bias_n)]


def by_mlx():
    layer = libraries.mlx().GRU(I, H)
    return [np.array(a) for a in (layer.Wx, layer.Wh, layer.b, layer.bhn)]


def by_paddle():
    layer = libraries.paddle().nn.GRU(I, H)
    return [getattr(layer, f"{n}_l0").numpy() for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


@pytest.mark.parametrize("draw", [by_torch, by_equinox, by_mlx, by_paddle])
def test_all_uniform_within_one_by_the_root_of_H(draw):
    for array in draw():
        assert_uniform(array, 1 / np.sqrt(H))


def test_keras():
    keras = libraries.keras()
    layer = keras.layers.GRU(H)
    layer.build((1, 5, I))
    kernel, recurrent, bias = map(keras.ops.convert_to_numpy, layer.get_weights())
    assert_uniform(kernel, np.sqrt(6 / (I + 3 * H)))
    assert_blocks_are_not(recurrent)
    assert not bias.any()


def test_linen_draws_each_gate_by_itself():
    linen, jax = libraries.linen(), libraries.jax()
    layers = linen.GRUCell(features=H).init(jax.random.key(0), np.zeros((1, H)), np.zeros((1, I)))["params"]
    for name in ("ir", "iz", "in"):
        assert_cut_normal(np.asarray(layers[name]["kernel"]), 1 / np.sqrt(I))
    for name in ("hr", "hz", "hn"):
        assert_orthogonal(np.asarray(layers[name]["kernel"]))
    assert not any(np.any(layer["bias"]) for layer in layers.values() if "bias" in layer)


def test_nnx_draws_the_gates_together():
    nnx = libraries.nnx()
    cell = nnx.GRUCell(I, H, rngs=nnx.Rngs(0))
    assert_cut_normal(np.asarray(cell.dense_i.kernel[...]), 1 / np.sqrt(I))
    assert_blocks_are_not(np.asarray(cell.dense_h.kernel[...]))
    assert not np.any(cell.dense_i.bias[...])


def test_haiku():
    haiku, jax = libraries.haiku(), libraries.jax()
    cell = haiku.transform(lambda x, h: haiku.GRU(H)(x, h)[0])
    drawn = cell.init(jax.random.key(0), np.zeros((1, I)), np.zeros((1, H)))["gru"]
    assert_cut_normal(np.asarray(drawn["w_i"]), 1 / np.sqrt(I))
    assert_cut_normal(np.asarray(drawn["w_h"]), 1 / np.sqrt(H))
    assert not np.any(drawn["b"])


TFJS = """
const tf = require("@tensorflow/tfjs"), layer = tf.layers.gru({units: H});
layer.apply(tf.input({shape: [5, I]}));
const config = layer.getConfig();
let refused = "";
try { tf.layers.gru({units: 3, resetAfter: true}); } catch (error) { refused = error.message; }
const drawn = {arrays: layer.getWeights().map((w) => w.arraySync()), gates: config.recurrentActivation, refused};
process.stdout.write("\\n" + JSON.stringify(drawn));
"""


def test_tensorflow_js():
    code = f"const H = {H}, I = {I};\n{TFJS}"
    done = subprocess.run([libraries.tfjs(), "-e", code], capture_output=True, text=True, check=True)
    drawn = json.loads(done.stdout.rpartition("\n")[2])
    kernel, recurrent, bias = map(np.array, drawn["arrays"])
    glorot = np.sqrt(2 / (I + 3 * H))
    assert np.isclose(kernel.std(), 0.88 * glorot, rtol=0.03), "cut off at two deviations, and not widened again"
    assert np.abs(kernel).max() < 2.01 * glorot
    assert_blocks_are_not(recurrent)
    assert not bias.any()
    assert drawn["gates"] == "hardSigmoid"
    assert "does not support reset_after" in drawn["refused"]


BRAINJS = """
const brain = require("brain.js"), drawn = brain.recurrent.GRU.prototype.getModel(H, I);
process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(drawn).map(([n, m]) => [n, Array.from(m.weights)]))));
"""


def test_brain_js():
    code = f"const H = {H}, I = {I};\n{BRAINJS}"
    done = subprocess.run([libraries.brainjs(), "-e", code], capture_output=True, text=True, check=True)
    for name, weights in json.loads(done.stdout).items():
        if name.endswith("Bias"):
            assert not any(weights)
        else:
            assert_uniform(np.array(weights), 0.08)
