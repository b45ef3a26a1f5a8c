// All that the page shows of one text under one setting of the gates.

import { forward, free } from "./gru.js";
import { bitsOf, logProbabilities } from "./guess.js";
import { anyHeld, turnHeldUpdateGates } from "./hold.js";
import { read } from "./reading.js";

/**
 * networks: {keeps, writes}, the same one with either update gate; held: as for `forward`, in the convention that is shown.
 *
 * Returns {characters, ids, unknown, given, run, logs, bits}, and
 * before: the bits with free gates, null if all are free;
 * difference: the largest one between the states of the two conventions, null if z keeps.
 */
export function explore(networks, text, held, zWrites) {
  const reading = read(text, networks.keeps.characters);
  const { ids } = reading;
  const network = networks[zWrites ? "writes" : "keeps"];
  const { H, V } = network;
  const run = forward(network, ids, held, zWrites);
  const logs = logProbabilities(network, run.h);
  const bits = bitsOf(logs, ids, V);
  let before = null;
  if (anyHeld(held)) before = bitsOf(logProbabilities(network, forward(network, ids, free(H), zWrites).h), ids, V);
  let difference = null;
  if (zWrites) {
    const turned = { ...held };
    turnHeldUpdateGates(turned);
    const other = forward(networks.keeps, ids, turned, false).h;
    difference = run.h.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);
  }
  return { ...reading, run, logs, bits, before, difference };
}
