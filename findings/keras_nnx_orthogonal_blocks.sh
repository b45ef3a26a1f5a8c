#!/usr/bin/env bash
# Keras 3.15.1 and Flax 0.12.8 (nnx): a GRU's "orthogonal" recurrent weights hold no orthogonal matrix.
#
# Both keep the recurrent weights of the three gates side by side, as one (H, 3H) array, and draw that array as a whole: its rows
# are orthonormal, but the (H, H) matrix of a gate is not orthogonal. It shrinks every direction, some of them to almost
# nothing, so "orthogonal weights keep the length of a gradient" is not true of any gate. Flax's other GRUCell, in linen, has an
# array for each gate, and there each one is orthogonal. The two classes of Flax share their name and their default.
#
# Seen, singular values of a gate's (64, 64) matrix: "Keras: 0.01 to 0.95", "Flax nnx: 0.00 to 0.94", "Flax linen: 1.00 to 1.00".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q keras==3.15.1 flax==0.12.8 jax==0.10.2 numpy==2.4.6
KERAS_BACKEND=jax "$work/venv/bin/python" -W ignore - <<'PY'
import sys

import jax
import jax.numpy as jnp
import keras
import numpy as np
from flax import linen, nnx

I, H = 8, 64
keras.utils.set_random_seed(0)
layer = keras.layers.GRU(H)
layer.build((None, None, I))
linens = linen.GRUCell(H).init(jax.random.key(0), jnp.zeros((1, H)), jnp.zeros((1, I)))["params"]
gates = {
    "Keras": np.split(np.asarray(layer.cell.recurrent_kernel), 3, axis=1),
    "Flax nnx": np.split(np.asarray(nnx.GRUCell(I, H, rngs=nnx.Rngs(0)).dense_h.kernel[...]), 3, axis=1),
    "Flax linen": [np.asarray(linens[name]["kernel"]) for name in ("hr", "hz", "hn")],
}
sizes = {}
for name, matrices in gates.items():
    values = np.concatenate([np.linalg.svd(W, compute_uv=False) for W in matrices])
    sizes[name] = values.min(), values.max()
    print(f"{name}: {values.min():.2f} to {values.max():.2f}")
    whole = np.concatenate(matrices, axis=1)
    if name != "Flax linen" and np.abs(whole @ whole.T - np.eye(H)).max() > 1e-5:
        sys.exit(f"{name}: the rows of all three together are not orthonormal now")
fused = all(sizes[name][0] < 0.1 and sizes[name][1] < 0.99 for name in ("Keras", "Flax nnx"))
if not (fused and np.allclose(sizes["Flax linen"], 1, atol=1e-5)):
    sys.exit("Keras or Flax behaves differently now")
PY
