// Colours of the maps, from the page's own colours, so that they follow light and dark.

const STEPS = 256;

/** The page's colours as they are now: a function from a name, such as "bar", to CSS. */
export function pageColours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/** 256 colours between the given ones, as the 32-bit integers that an image is made of. */
function ramp(stops) {
  const canvas = new OffscreenCanvas(STEPS, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const gradient = context.createLinearGradient(0, 0, STEPS, 0);
  stops.forEach(([at, colour]) => gradient.addColorStop(at, colour));
  context.fillStyle = gradient;
  context.fillRect(0, 0, STEPS, 1);
  return new Uint32Array(context.getImageData(0, 0, STEPS, 1).data.buffer);
}

/** The colours of each map: gates from 0 to 1, the candidate and the state from −1 to 1. */
export function palettes(colour) {
  const one = (name) => ramp([[0, colour("back")], [0.75, colour(name)], [1, colour(`${name}-deep`)]]);
  const signed = ramp([[0, colour("negative")], [0.5, colour("back")], [1, colour("positive")]]);
  return { r: one("reset"), z: one("update"), n: signed, h: signed, left: one("left") };
}
