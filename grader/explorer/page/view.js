// From what was computed to what is seen. Nothing here changes the state of the page.

import { MOST_BITS, paintCurves, paintLegend, paintMap, paintStrip } from "./draw.js";
import { halfGoneAfter, leftAt } from "./forgetting.js";
import { likeliest, meanOf } from "./guess.js";
import { anyHeld, describeHeld, heldEverywhere } from "./hold.js";
import { pageColours, palettes } from "./palette.js";
import { LONGEST, remarks, visible } from "./reading.js";

const GUESSES = 6;
const TABLE_DELAY = 150; // ms
const CURVES = {
  r: { ink: "reset", width: 1.5, dash: [5, 3] },
  z: { ink: "update", width: 2, dash: [] },
  n: { ink: "negative", width: 1.5, dash: [2, 3] },
  h: { ink: "text", width: 2.5, dash: [] },
};
const LOW = { r: 0, z: 0, n: -1, h: -1, left: 0 };

export const byId = (id) => document.getElementById(id);
const number = (value) => (Object.is(value, -0) || Math.abs(value) < 0.005 ? "0.00" : value.toFixed(2).replace("-", "−"));
const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text; // a screen reader hears a status only when it changes
};

/** The page, for a network of H units and V characters. */
export class View {
  constructor({ H, V, characters }) {
    Object.assign(this, { H, V, known: characters });
    this.followColours();
  }

  /** Take the colours as they are now; what is drawn after this has them. */
  followColours() {
    this.colour = pageColours();
    this.palettes = palettes(this.colour);
    for (const canvas of document.querySelectorAll("[data-legend]"))
      paintLegend(canvas, this.palettes[canvas.dataset.legend]);
  }

  /** Everything, after the text, a gate, the convention or the colours changed. */
  show(state, seen) {
    const { H } = this;
    this.cell = Math.max(9, Math.min(24, byId("scroller").clientWidth / seen.characters.length));
    const stage = byId("stage").style;
    stage.setProperty("--cell", `${this.cell}px`);
    stage.setProperty("--steps", seen.characters.length);
    for (const name of ["r", "z", "n", "h"]) {
      const canvas = byId(`map-${name}`);
      paintMap(canvas, seen.run[name], H, LOW[name], this.palettes[name]);
      canvas.setAttribute("aria-label", `${canvas.dataset.title}: ${H} units by ${seen.characters.length} steps. The numbers of the chosen unit are in the table below the maps.`);
    }
    this.showText(seen);
    this.showHeld(state, seen);
    this.showCursor(state, seen);
  }

  /** What depends on the chosen character and unit alone. */
  showCursor(state, seen) {
    const { H, cell } = this;
    const { column, unit, zWrites } = state;
    const left = leftAt(seen.run.z, H, column, zWrites);
    const leftMap = byId("map-left");
    paintMap(leftMap, left, H, 0, this.palettes.left);
    leftMap.setAttribute("aria-label", `${leftMap.dataset.title}. The numbers of the chosen unit are in the table below the maps.`);
    paintStrip(byId("strip"), { ...seen, characters: seen.characters.map(visible), cell, column, colour: this.colour });
    byId("strip").setAttribute("aria-label", `The text, and the loss of each character from 0 to ${MOST_BITS} bits. The table below the maps has the numbers.`);
    paintCurves(byId("curves"), { ...seen, H, unit, cell, curves: CURVES, colour: this.colour });
    byId("curves").setAttribute("aria-label", `Curves of unit ${unit}. The table below the maps has the numbers.`);
    byId("stage").style.setProperty("--column", column);
    byId("stage").style.setProperty("--unit", unit);
    for (const place of document.querySelectorAll("[data-unit]")) place.textContent = unit;
    this.showNumbers(state, seen, left);
    this.showGuesses(column, seen);
    this.showSlider(state, seen);
    clearTimeout(this.tableLater); // 500 rows take longer than a keystroke may: the table follows when the hand rests
    const table = () => this.showTable(seen, unit, column, left);
    if (byId("numbers").open && byId("rows").rows.length === 0) table();
    else if (byId("numbers").open) this.tableLater = setTimeout(table, TABLE_DELAY);
  }

  showText(seen) {
    setText(byId("remarks"), remarks(seen));
    byId("count").textContent = `${seen.given} of at most ${LONGEST} characters`;
    byId("text").classList.toggle("remarked", remarks(seen) !== "");
    const mean = meanOf(seen.bits);
    const loss = Number.isNaN(mean) ? "" : `Loss: ${number(mean)} bits for each character`;
    const before = seen.before && meanOf(seen.before);
    byId("loss").textContent = loss && before !== null ? `${loss}; with free gates ${number(before)}` : loss;
    byId("ghost").hidden = seen.before === null;
  }

  showHeld({ held, zWrites }, seen) {
    setText(byId("held"), describeHeld(held));
    const off = zWrites ? 1 : 0;
    byId("off-z").textContent = `Update gate off (z = ${off})`;
    byId("off-z").setAttribute("aria-pressed", heldEverywhere(held, "z", off));
    byId("off-r").setAttribute("aria-pressed", heldEverywhere(held, "r", 1));
    byId("let-go").disabled = !anyHeld(held);
    byId("caption-z").textContent = zWrites ? "how much of the candidate is written" : "how much of the old state is kept";
    setText(byId("convention"), seen.difference === null
      ? "In this course, z keeps. Many articles and libraries let z write instead. Choose it to compare the two."
      : `The same weights, but with the sign of z’s parameters turned: σ(−a) = 1 − σ(a). The map of z is reversed. The two networks’ states differ by at most ${seen.difference === 0 ? "0" : seen.difference.toExponential(0).replace("-", "−")}.`);
  }

  showNumbers({ column, unit, zWrites }, seen, left) {
    const { H } = this;
    const at = column * H + unit;
    const [z, n, h] = ["z", "n", "h"].map((name) => seen.run[name][at]);
    const old = column ? seen.run.h[at - H] : 0;
    byId("column-shown").textContent = `“${visible(seen.characters[column])}”, ${column} of ${seen.characters.length - 1}`;
    byId("unit-shown").textContent = `${unit} of 0 to ${H - 1}`;
    const input = byId("column-input");
    input.max = seen.characters.length - 1;
    input.value = column;
    input.setAttribute("aria-valuetext", byId("column-shown").textContent);
    byId("unit-input").value = unit;
    const [form, write, keep] = zWrites ? ["z · n + (1 − z) · h", z, 1 - z] : ["(1 − z) · n + z · h", 1 - z, z];
    byId("equation").textContent = [
      `r = ${number(seen.run.r[at])}   z = ${number(z)}   n = ${number(n)}`,
      `h ← ${form}`,
      `  = ${number(write)} · ${number(n)} + ${number(keep)} · ${number(old)}`,
      `  = ${number(h)}`,
    ].join("\n");
    const gone = halfGoneAfter(left, H, unit, column);
    const steps = `${gone} character${gone === 1 ? "" : "s"}`;
    setText(byId("memory"), gone === -1
      ? `Unit ${unit} still holds at least half of all that it wrote since the text began.`
      : gone === 0
        ? `Unit ${unit} has just overwritten more than half of what it held.`
        : `Unit ${unit} holds at least half of what it wrote up to ${steps} back, and less of anything older.`);
  }

  showGuesses(column, seen) {
    const next = seen.ids[column + 1];
    byId("guesses").replaceChildren(...likeliest(seen.logs, column, this.V, GUESSES).map(({ id, p }) => {
      const item = document.createElement("li");
      const share = `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)}%`;
      item.style.setProperty("--share", p);
      item.classList.toggle("right", id === next);
      item.innerHTML = "<kbd></kbd><span class=bar></span><span class=share></span>";
      item.firstChild.textContent = visible(this.known[id]);
      item.lastChild.textContent = id === next ? `${share} ✓` : share;
      if (id === next) item.title = "This one comes next in your text.";
      return item;
    }));
  }

  /** The slider shows a held value, or else what the gate is at the cursor. */
  showSlider({ held, gate, everyUnit, unit, column }, seen) {
    const now = seen.run[gate].subarray(column * this.H, (column + 1) * this.H);
    const units = everyUnit ? Array.from(now.keys()) : [unit];
    const value = meanOf(Float64Array.from(units, (u) => now[u]));
    const isHeld = everyUnit ? heldEverywhere(held, gate, held[gate][0]) : !Number.isNaN(held[gate][unit]);
    byId("hold-label").textContent = `${gate} of ${everyUnit ? "all units" : `unit ${unit}`}`;
    byId("hold-shown").textContent = isHeld ? `held at ${number(value)}` : `free, now ${number(value)}${everyUnit ? " on average" : ""}`;
    byId("hold-input").value = value;
    byId("hold-input").setAttribute("aria-valuetext", byId("hold-shown").textContent);
  }

  showTable({ characters, bits, run }, unit, column, left) {
    const { H } = this;
    const cell = (value) => `<td>${Number.isNaN(value) ? "–" : number(value)}</td>`;
    const body = byId("rows");
    body.innerHTML = characters.map((_, t) => {
      const at = t * H + unit;
      const values = [bits[t], run.r[at], run.z[at], run.n[at], run.h[at], left[at]].map(cell).join("");
      return `<tr${t === column ? " aria-current=true" : ""}><td>${t}</td><th scope="row"></th>${values}</tr>`;
    }).join("");
    characters.forEach((character, t) => (body.rows[t].cells[1].textContent = visible(character)));
  }
}
