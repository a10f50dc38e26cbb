// Elements that the page is made of.

/** Make an element; `attributes` may have a text. */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

/** Make a name that may be long: its lines end at dots. */
export function long(name) {
  return name.split(/(?<=\.)/).flatMap((part) => [document.createElement("wbr"), part]);
}

/** Make what stands below something, smaller. */
export function next(...text) {
  return make("span", { class: "next" }, ...text);
}

/** Put a text where another one is; the same one is not said again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Make a list of terms and values. */
export function pairs(rows) {
  return rows.map(([term, ...values]) => make("div", {}, make("dt", {}, term), make("dd", {}, ...values)));
}

/** Make a table; `columns` is [[title, class, cell], …], the last makes a row's cell. */
export function table(title, columns, rows, nothing) {
  if (!rows.length) return make("p", { class: "note" }, nothing);
  const head = columns.map(([name, kind]) => make("th", { scope: "col", role: "columnheader", class: kind }, name));
  const body = rows.map((row) =>
    make(
      "tr",
      { role: "row" },
      ...columns.map(([name, kind, cell]) =>
        make("td", { role: "cell", class: kind, "data-label": name }, ...[cell(row)].flat()),
      ),
    ),
  );
  return make(
    "table",
    { role: "table", "aria-label": title },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
    make("tbody", { role: "rowgroup" }, ...body),
  );
}

/** Make a word of a state: good, warn, bad or neither. */
export function mark(kind, ...text) {
  return make("span", { class: `mark ${kind}` }, ...text);
}
