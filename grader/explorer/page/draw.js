// Drawing: heat maps, the strip with the text and its loss, and the curves of one unit.

export const MOST_BITS = 10; // the height of the strip; what costs more reaches the top

/** One pixel for each value, which CSS enlarges. Values go from `low` to 1; NaN stays empty. */
export function paintMap(canvas, values, H, low, colours) {
  const T = values.length / H;
  resize(canvas, T, H);
  const context = canvas.getContext("2d");
  const image = context.createImageData(T, H);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = 255 / (1 - low);
  for (let t = 0, k = 0; t < T; t++)
    for (let u = 0; u < H; u++, k++)
      if (!Number.isNaN(values[k])) pixels[u * T + t] = colours[Math.round((values[k] - low) * scale)];
  context.putImageData(image, 0, 0);
}

/** The colours of a map from its lowest value to its highest. */
export function paintLegend(canvas, colours) {
  resize(canvas, colours.length, 1);
  const context = canvas.getContext("2d");
  const image = context.createImageData(colours.length, 1);
  new Uint32Array(image.data.buffer).set(colours);
  context.putImageData(image, 0, 0);
}

/** The text under bars of its loss; `before` is the loss with free gates, which gets a mark where gates are forced. */
export function paintStrip(canvas, { characters, bits, before, cell, column, colour }) {
  const height = 92, ground = 66;
  const context = sized(canvas, characters.length * cell, height);
  const bar = (t, value) => (Math.min(value, MOST_BITS) / MOST_BITS) * (ground - 4);
  context.font = `${Math.min(16, cell + 4)}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace`;
  context.textAlign = "center";
  characters.forEach((character, t) => {
    const x = t * cell;
    if (t === column) {
      context.fillStyle = colour("line");
      context.fillRect(x, 0, cell, height);
    }
    if (bits[t] >= 0) {
      context.fillStyle = colour("loss");
      context.fillRect(x + 1, ground - bar(t, bits[t]), cell - 2, bar(t, bits[t]));
    }
    if (before && before[t] >= 0) {
      context.fillStyle = colour("text");
      context.fillRect(x, ground - bar(t, before[t]) - 1, cell, 2);
    }
    context.fillStyle = colour(t === 0 || bits[t] >= 0 ? "text" : "failed");
    context.fillText(character, x + cell / 2, height - 9);
  });
  context.fillStyle = colour("line");
  context.fillRect(0, ground, characters.length * cell, 1);
}

/** r, z, n and h of one unit as curves from −1 to 1. */
export function paintCurves(canvas, { run, H, unit, cell, curves, colour }) {
  const height = 128;
  const T = run.h.length / H;
  const context = sized(canvas, T * cell, height);
  const y = (value) => height / 2 - value * (height / 2 - 5);
  context.fillStyle = colour("line");
  for (const value of [-1, 0, 1]) context.fillRect(0, Math.round(y(value)), T * cell, 1);
  context.lineJoin = "round";
  for (const [name, { ink, width, dash }] of Object.entries(curves)) {
    context.strokeStyle = colour(ink);
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    for (let t = 0; t < T; t++) context.lineTo((t + 0.5) * cell, y(run[name][t * H + unit]));
    context.stroke();
  }
}

/** A canvas of so many CSS pixels, sharp on every screen. */
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  resize(canvas, Math.round(width * ratio), Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Give a canvas its size, if it has another: that makes the browser lay out the page again. */
function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
