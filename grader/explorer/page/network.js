// The trained network, out of the page: 16-bit floats, four hexadecimal digits each, which become 64-bit ones.

const PARAMETERS_OF_Z = ["W_iz", "W_hz", "b_iz", "b_hz"];

/** A 16-bit float as a number (IEEE 754, binary16). */
function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** {characters, H, V, W_ir, …, W, b} from what the page carries; each array is flat, row after row. */
export function unpack({ characters, arrays, data }) {
  const network = { characters, V: characters.length };
  let place = 0;
  for (const [name, shape] of arrays) {
    const array = new Float64Array(shape.reduce((a, b) => a * b));
    for (let k = 0; k < array.length; k++, place += 4) array[k] = halfToNumber(parseInt(data.slice(place, place + 4), 16));
    network[name] = array;
  }
  network.H = network.b_ir.length;
  return network;
}

/** The same network with the other update gate: σ(−a) = 1 − σ(a), so that z keeps where it wrote, or writes where it kept. */
export function withUpdateGateFlipped(network) {
  const flipped = { ...network };
  for (const name of PARAMETERS_OF_Z) flipped[name] = network[name].map((value) => -value);
  return flipped;
}
