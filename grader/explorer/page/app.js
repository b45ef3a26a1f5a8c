// The state of the page, and all that a reader can do to it.

import { explore } from "./explore.js";
import { forward, free } from "./gru.js";
import { logProbabilities } from "./guess.js";
import { heldEverywhere, hold, turnHeldUpdateGates } from "./hold.js";
import { unpack, withUpdateGateFlipped } from "./network.js";
import { LONGEST } from "./reading.js";
import { View, byId } from "./view.js";

const keeps = unpack(JSON.parse(byId("network").textContent));
const networks = { keeps, writes: withUpdateGateFlipped(keeps) };
const experiments = JSON.parse(byId("experiments").textContent);
const { H } = keeps;
const CHARACTERS_PER_SECOND = 8;

const field = byId("text");
const view = new View(keeps);
// A column beyond the end stands for the last one.
const state = { column: experiments[0].column, unit: experiments[0].unit, held: free(H), gate: "z", everyUnit: false, zWrites: false };
const kept = []; // texts of the reader's that an experiment has taken the place of
let seen;

/** Compute again, and show all. */
function update() {
  seen = explore(networks, field.value, state.held, state.zWrites);
  state.column = Math.min(state.column, seen.characters.length - 1);
  view.show(state, seen);
}

/** Choose a character and a unit. */
function moveTo(column, unit = state.unit) {
  state.column = Math.max(0, Math.min(seen.characters.length - 1, column));
  state.unit = Math.max(0, Math.min(H - 1, unit));
  view.showCursor(state, seen);
  keepInSight();
}

/** Scroll the maps so that the chosen character can be seen. */
function keepInSight() {
  const scroller = byId("scroller");
  const x = state.column * view.cell;
  const margin = 2 * view.cell;
  if (x < scroller.scrollLeft + margin) scroller.scrollLeft = x - margin;
  else if (x + margin > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = x + margin - scroller.clientWidth;
}

// The text. The cursor is where the caret is.

const atCaret = () => Array.from(field.value.slice(0, Math.min(field.selectionEnd, 2 * LONGEST))).length;

field.addEventListener("input", () => {
  stop();
  state.column = atCaret();
  update();
  keepInSight();
});
document.addEventListener("selectionchange", () => {
  if (document.activeElement === field && !playing && atCaret() !== state.column) moveTo(atCaret());
});

/** Put the reader's text aside, unless it is an experiment's or empty: first in the row, so that all come back in turn. */
function keepOwnText() {
  const text = field.value;
  if (text !== "" && !experiments.some((e) => e.text === text)) kept.unshift(text);
}
byId("bring-back").addEventListener("click", () => {
  const text = kept.pop();
  keepOwnText();
  field.value = text;
  byId("bring-back").hidden = !kept.length;
  state.column = Infinity;
  update();
  field.focus();
});

// Watch it read: the cursor walks through the text.

let playing = null;

function stop() {
  clearInterval(playing);
  playing = null;
  byId("play-label").textContent = "Watch it read";
}
byId("play").addEventListener("click", () => {
  if (playing !== null) return stop();
  byId("play-label").textContent = "Stop";
  moveTo(state.column >= seen.characters.length - 1 ? 0 : state.column);
  playing = setInterval(() => {
    if (state.column >= seen.characters.length - 1) stop();
    else moveTo(state.column + 1);
  }, 1000 / CHARACTERS_PER_SECOND);
});

// The maps: a click, a drag or the arrow keys.

for (const canvas of document.querySelectorAll("#stage canvas")) {
  const choose = (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / view.cell);
    const row = Math.floor(((event.clientY - box.top) / box.height) * H);
    stop();
    moveTo(column, canvas.classList.contains("map") ? row : state.unit);
  };
  canvas.addEventListener("click", choose);
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && event.buttons === 1) choose(event);
  });
}
byId("scroller").addEventListener("keydown", (event) => {
  const { column, unit } = state;
  const to = {
    ArrowLeft: [column - 1, unit], ArrowRight: [column + 1, unit], ArrowUp: [column, unit - 1], ArrowDown: [column, unit + 1],
    Home: [0, unit], End: [Infinity, unit],
  }[event.key];
  if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  stop();
  moveTo(...to);
});
byId("column-input").addEventListener("input", (event) => { stop(); moveTo(event.target.valueAsNumber); });
byId("unit-input").addEventListener("input", (event) => moveTo(state.column, event.target.valueAsNumber));
byId("numbers").addEventListener("toggle", () => view.showCursor(state, seen));

// The gates.

/** Do something when one of the radio buttons of a name is chosen. */
function onChoice(name, then) {
  for (const input of document.getElementsByName(name)) input.addEventListener("change", () => then(input.value));
}

onChoice("gate", (value) => { state.gate = value; view.showCursor(state, seen); });
onChoice("units", (value) => { state.everyUnit = value === "all"; view.showCursor(state, seen); });
byId("hold-input").addEventListener("input", (event) => {
  hold(state.held, state.gate, state.everyUnit ? null : state.unit, event.target.valueAsNumber);
  update();
});

/** Hold a gate of all units at a value, or let it go if it is held there already. */
function toggle(gate, value) {
  hold(state.held, gate, null, heldEverywhere(state.held, gate, value) ? NaN : value);
  update();
}
byId("off-z").addEventListener("click", () => toggle("z", state.zWrites ? 1 : 0));
byId("off-r").addEventListener("click", () => toggle("r", 1));
byId("let-go").addEventListener("click", () => {
  state.held = free(H);
  update();
  byId("hold-input").focus(); // the button is disabled now
});
onChoice("convention", (value) => chooseConvention(value === "writes"));

function chooseConvention(zWrites) {
  if (zWrites !== state.zWrites) turnHeldUpdateGates(state.held);
  state.zWrites = zWrites;
  update();
}

// The experiments: a text, a unit, and gates that are held. The reader's own text can be brought back.

const buttons = document.querySelectorAll("[data-experiment]");
const looks = document.querySelectorAll(".look");
buttons.forEach((button) => {
  button.addEventListener("click", () => {
    const { text, unit, column, units, held, convention } = experiments[button.dataset.experiment];
    stop();
    keepOwnText();
    field.value = text;
    byId("bring-back").hidden = !kept.length;
    state.held = free(H);
    state.gate = "z";
    for (const [gate, value] of Object.entries(held)) hold(state.held, gate, null, value);
    Object.assign(state, { unit, column: column ?? Infinity, everyUnit: units === "all", zWrites: convention === "writes" });
    for (const [name, value] of Object.entries({ units, convention, gate: state.gate }))
      document.querySelector(`[name=${name}][value=${value}]`).checked = true;
    buttons.forEach((other, k) => {
      other.setAttribute("aria-pressed", other === button);
      looks[k].hidden = other !== button;
    });
    update();
    keepInSight();
  });
});

// Light and dark, and the width of the window.

function showTheme(value) {
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  view.followColours();
}
onChoice("theme", (value) => { showTheme(value); view.show(state, seen); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { view.followColours(); view.show(state, seen); });
new ResizeObserver(() => view.show(state, seen)).observe(byId("scroller"));

// A browser that opens the page again may fill in what was chosen before, and does so late.

addEventListener("pageshow", () => {
  const chosen = (name) => document.querySelector(`[name=${name}]:checked`).value;
  state.gate = chosen("gate");
  state.everyUnit = chosen("units") === "all";
  showTheme(chosen("theme"));
  chooseConvention(chosen("convention") === "writes");
  keepInSight();
});
globalThis.gruExplorer = { forward, logProbabilities, networks }; // for the browser's console, and for the tests
