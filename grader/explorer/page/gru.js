// The forward pass of the GRU, gate by gate. The equations are those of gru_ref.gru_step.

const sigmoid = (a) => 1 / (1 + Math.exp(-a));

/**
 * Read characters, beginning with a state of zero.
 *
 * ids: the number of each character, −1 for one that the network never saw, which is read as an input of zeros.
 * held: {r, z}, an array for the H units each; where it is not NaN, it replaces the gate.
 * zWrites: whether the new state is z·n + (1 − z)·h; otherwise it is (1 − z)·n + z·h.
 * Returns {r, z, n, h}, flat arrays: unit u at step t is at t·H + u.
 */
export function forward(network, ids, held, zWrites) {
  const { H, V, W_ir, W_iz, W_in, W_hr, W_hz, W_hn, b_ir, b_iz, b_in, b_hr, b_hz, b_hn } = network;
  const run = {};
  for (const name of ["r", "z", "n", "h"]) run[name] = new Float64Array(ids.length * H);
  let old = new Float64Array(H);
  for (let t = 0; t < ids.length; t++) {
    const at = t * H;
    for (let u = 0; u < H; u++) {
      let fromR = b_hr[u], fromZ = b_hz[u], fromN = b_hn[u];
      for (let j = 0, k = u * H; j < H; j++, k++) {
        fromR += W_hr[k] * old[j];
        fromZ += W_hz[k] * old[j];
        fromN += W_hn[k] * old[j];
      }
      const x = u * V + ids[t];
      const seen = ids[t] >= 0;
      const r = Number.isNaN(held.r[u]) ? sigmoid((seen ? W_ir[x] : 0) + b_ir[u] + fromR) : held.r[u];
      const z = Number.isNaN(held.z[u]) ? sigmoid((seen ? W_iz[x] : 0) + b_iz[u] + fromZ) : held.z[u];
      const n = Math.tanh((seen ? W_in[x] : 0) + b_in[u] + r * fromN);
      run.r[at + u] = r;
      run.z[at + u] = z;
      run.n[at + u] = n;
      run.h[at + u] = zWrites ? z * n + (1 - z) * old[u] : (1 - z) * n + z * old[u];
    }
    old = run.h.subarray(at, at + H);
  }
  return run;
}

/** Gates that are all free. */
export const free = (H) => ({ r: new Float64Array(H).fill(NaN), z: new Float64Array(H).fill(NaN) });
