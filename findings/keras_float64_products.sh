#!/usr/bin/env bash
# Keras 3.15.1 multiplies matrices of float64 in float32, even in a layer that was made with dtype="float64".
#
# On the backend NumPy, `keras.ops.matmul` of two float64 arrays returns float32, and so does a Dense layer with
# dtype="float64". A GRU with dtype="float64" does return float64, but its products have been rounded on the way: whoever
# looks at the dtype believes in digits that are noise. On PyTorch, and on JAX with JAX_ENABLE_X64=1, it is the same;
# `keras.config.set_floatx("float64")` changes nothing. On TensorFlow nothing is rounded. Who compares a layer of Keras with
# another library in float64 has to allow for 1e-6, not for 1e-12.
#
# Seen: "matmul: float32, error 5e-07", "Dense(dtype=float64): float32, error 5e-07",
# "GRU(dtype=float64): float64, error 8e-08".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q keras==3.15.1 jax==0.10.2 numpy==2.4.6
KERAS_BACKEND=numpy "$work/venv/bin/python" - <<'PY'
import sys

import keras
import numpy as np

rng = np.random.default_rng(0)
x, W, U, b = (rng.normal(size=s) for s in ((4, 5), (5, 9), (3, 9), (2, 9)))


def error(name, theirs, ours):
    theirs = keras.ops.convert_to_numpy(theirs)
    size = np.abs(theirs - ours).max()
    print(f"{name}: {theirs.dtype}, error {size:.0e}")
    return theirs.dtype, size


def built(layer, shape, weights):
    layer.build(shape)
    layer.set_weights(weights)
    return layer


def gru_step_from_zero(x):
    z, r, n = np.split(x @ W + b[0], 3, axis=1)
    z_b, r_b, n_b = np.split(b[1], 3)
    z, r = 1 / (1 + np.exp(-z - z_b)), 1 / (1 + np.exp(-r - r_b))
    return (1 - z) * np.tanh(n + r * n_b)


product = error("matmul", keras.ops.matmul(x, W), x @ W)
dense = built(keras.layers.Dense(9, use_bias=False, dtype="float64"), (None, 5), [W])
dense = error("Dense(dtype=float64)", dense(x), x @ W)
gru = built(keras.layers.GRU(3, dtype="float64"), (None, 1, 5), [W, U, b])
gru = error("GRU(dtype=float64)", gru(x[:, None]), gru_step_from_zero(x))
sys.exit(not (product[0] == dense[0] == np.float32 and gru[0] == np.float64 and gru[1] > 1e-9))
PY
