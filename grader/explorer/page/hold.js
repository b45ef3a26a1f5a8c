// Which gates are held at a value. A hold is an array for the H units, NaN where the gate is free.

/** Hold a gate of one unit, or of all if `unit` is null; a value of NaN lets it go. */
export function hold(held, gate, unit, value) {
  if (unit === null) held[gate].fill(value);
  else held[gate][unit] = value;
}

/** Whether a gate is held at `value` in every unit. */
export const heldEverywhere = (held, gate, value) => held[gate].every((v) => v === value);

export const anyHeld = (held) => [...held.r, ...held.z].some((v) => !Number.isNaN(v));

/** z counts what is kept, or what is written: the held values turn with it, and the states stay as they are. */
export function turnHeldUpdateGates(held) {
  held.z = held.z.map((value) => 1 - value);
}

/** What is held, in words. */
export function describeHeld(held) {
  const said = ["z", "r"].flatMap((gate) => {
    const units = Array.from(held[gate].keys()).filter((u) => !Number.isNaN(held[gate][u]));
    if (!units.length) return [];
    const value = held[gate][units[0]];
    if (heldEverywhere(held, gate, value)) return [`${gate} of all units at ${value.toFixed(2)}`];
    const listed = units.slice(0, 4).map((u) => `${u} (${held[gate][u].toFixed(2)})`).join(", ");
    return [`${gate} of unit${units.length > 1 ? "s" : ""} ${listed}${units.length > 4 ? ` and ${units.length - 4} more` : ""}`];
  });
  return said.length ? `Held: ${said.join("; ")}.` : "All gates are free.";
}
