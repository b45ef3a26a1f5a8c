// From the text in the field to what the network reads, and what there is to say about it.

export const LONGEST = 500;
export const START = "\n"; // every paragraph that the network learned from came after a line break

const NAMES = { "\n": "↵", " ": "␣", "\t": "⇥" };

/** A character as it can be seen: a space and a line break have signs of their own. */
export const visible = (character) => NAMES[character] ?? character;

/** {characters, ids, unknown, given}: a line break and at most LONGEST characters of the text; given: how many it has. */
export function read(text, known) {
  const all = Array.from(text);
  const characters = [START, ...all.slice(0, LONGEST)];
  const ids = Int32Array.from(characters, (c) => known.indexOf(c));
  const unknown = [...new Set(characters.filter((c) => !known.includes(c)))];
  return { characters, ids, unknown, given: all.length };
}

/** What there is to say about a text, in sentences; empty if all is well. */
export function remarks({ unknown, given }) {
  const said = [];
  if (given === 0) said.push("The field is empty. Type something; until then you see the network at the start of a paragraph.");
  if (given > LONGEST)
    said.push(`Your text has ${given} characters, and the network reads the first ${LONGEST}. The rest stays in the field.`);
  if (unknown.length) {
    const shown = unknown.slice(0, 8).map((c) => `“${visible(c)}”`).join(", ");
    const more = unknown.length > 8 ? ` and ${unknown.length - 8} more` : "";
    const it = unknown.length > 1 ? "them" : "it";
    said.push(`The network never saw ${shown}${more}. It reads ${it} as an empty input, and no loss is counted there.`);
  }
  return said.join(" ");
}
