// Small plots: SVG of our own, stretched over the room there is.

const SVG = "http://www.w3.org/2000/svg";
const HIGH = 100; // units from bottom to top

/** Make an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Give the end of an axis that holds a value: a round number, not much above it. */
export function nice(value) {
  if (!(value > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((end) => end >= value * 0.999);
}

/** Plot areas on each other; `layers` is [[class, numbers]…], of the same length each. */
export function stacked(layers, steps, top, label) {
  const length = layers[0][1].length;
  let floor = new Array(length).fill(0);
  const paths = layers.map(([name, values]) => {
    const ceiling = floor.map((below, place) => below + values[place]);
    const outline = [...points(ceiling, steps, top), ...points(floor, steps, top).reverse()];
    floor = ceiling;
    return svg("path", { class: name, d: length ? `M${outline.join("L")}Z` : "" });
  });
  return frame(steps, label, "plot", paths);
}

/** Plot lines; where a number is null, nothing is drawn. */
export function lines(layers, steps, top, label) {
  const paths = layers.map(([name, values]) => {
    const drawn = points(values, steps, top).map((point, place) => {
      const begins = place === 0 || values[place - 1] === null;
      return values[place] === null ? "" : `${begins ? "M" : "L"}${point}`;
    });
    return svg("path", { class: name, d: drawn.join("") });
  });
  return frame(steps, label, "plot low", paths);
}

/** Draw shares of a whole beside each other; `parts` is [[class, number]…]. */
export function shares(parts, label) {
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  let left = 0;
  const bars = parts.map(([name, part]) => {
    const width = whole ? (part / whole) * 100 : 0;
    const bar = svg("rect", { class: name, x: left, width, height: 1 });
    left += width;
    return bar;
  });
  const attributes = { viewBox: "0 0 100 1", preserveAspectRatio: "none", role: "img", "aria-label": label };
  return svg("svg", attributes, ...bars);
}

function points(values, steps, top) {
  const first = steps - values.length; // what is not known yet is left empty
  return values.map((value, place) => {
    const y = top ? HIGH - (value / top) * HIGH : HIGH;
    return `${first + place} ${y.toFixed(2)}`;
  });
}

function frame(steps, label, name, paths) {
  return svg(
    "svg",
    {
      class: name,
      viewBox: `0 0 ${Math.max(1, steps - 1)} ${HIGH}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    svg("path", { class: "grid", d: `M0 ${HIGH / 2}H${steps}` }),
    ...paths,
  );
}
