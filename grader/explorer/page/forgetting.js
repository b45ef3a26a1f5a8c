// What is left, at one step, of what was written at each step before: the product of what every step since has kept.

/** Flat array: the share of what unit u wrote at step s that it still holds at step `end`; NaN after `end`. */
export function leftAt(z, H, end, zWrites) {
  const left = new Float64Array(z.length).fill(NaN);
  left.fill(1, end * H, (end + 1) * H);
  for (let k = end * H - 1; k >= 0; k--) left[k] = left[k + H] * (zWrites ? 1 - z[k + H] : z[k + H]);
  return left;
}

/** How many steps back from `end` a unit still holds at least half of what it wrote; −1 if it does so back to the first. */
export function halfGoneAfter(left, H, unit, end) {
  for (let s = end; s >= 0; s--) if (left[s * H + unit] < 0.5) return end - s - 1;
  return -1;
}
