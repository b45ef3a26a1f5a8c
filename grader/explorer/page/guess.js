// What the network expects next, and what each character costs.

/** log₂ of the probability of each character after each step: a flat array, character c after step t at t·V + c. */
export function logProbabilities({ H, V, W, b }, h) {
  const T = h.length / H;
  const result = new Float64Array(T * V);
  for (let t = 0; t < T; t++) {
    const scores = result.subarray(t * V, (t + 1) * V);
    let most = -Infinity;
    for (let c = 0; c < V; c++) {
      let score = b[c];
      for (let j = 0, w = c * H, s = t * H; j < H; j++) score += W[w + j] * h[s + j];
      scores[c] = score;
      if (score > most) most = score;
    }
    let sum = 0;
    for (let c = 0; c < V; c++) sum += Math.exp(scores[c] - most);
    const all = most + Math.log(sum);
    for (let c = 0; c < V; c++) scores[c] = (scores[c] - all) / Math.LN2;
  }
  return result;
}

/** Bits for each character: −log₂ p. NaN for the first, which nothing came before, and for those the network never saw. */
export function bitsOf(logs, ids, V) {
  return Float64Array.from(ids, (id, t) => (t === 0 || id < 0 ? NaN : -logs[(t - 1) * V + id]));
}

/** The mean of the numbers that are not NaN; NaN if there are none. */
export function meanOf(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((a, b) => a + b, 0) / known.length;
}

/** The likeliest characters after step t: [{id, p}, …]. */
export function likeliest(logs, t, V, count) {
  const ids = Array.from({ length: V }, (_, id) => id);
  ids.sort((a, b) => logs[t * V + b] - logs[t * V + a]);
  return ids.slice(0, count).map((id) => ({ id, p: 2 ** logs[t * V + id] }));
}
