// A look into the data: what each column holds and becomes, the classes, the first rows or pictures.
import { h, s } from "../dom";
import { figure } from "../numbers";
import { count, type Column, type Preview } from "./answers";

export function previewOf(preview: Preview, targetChosen: (name: string) => void): HTMLElement[] {
  const parts: HTMLElement[] = [h("p", { class: "train-facts" }, facts(preview))];
  if (preview.problem !== "") parts.push(h("p", { class: "refusal", role: "alert" }, preview.problem));
  for (const warning of preview.warnings) parts.push(h("p", { class: "train-warning" }, warning));
  if (preview.balance !== undefined && preview.balance.length > 0) parts.push(balance(preview.balance));
  if (preview.block !== null && preview.block.pictures.length > 0) parts.push(pictures(preview));
  if (preview.block === null) parts.push(columns(preview, targetChosen), firstRows(preview));
  return parts;
}

function facts(preview: Preview): string {
  const texts = [`${count(preview.rows)} rows`];
  if (preview.features !== undefined) texts.push(`${count(preview.features)} features`);
  if (preview.task !== null) texts.push(`${preview.task} of ${preview.target}`);
  if (preview.parts) {
    const { train, validation, test } = preview.parts;
    texts.push(`${count(train)} to train, ${count(validation)} to validate, ${count(test)} to test`);
  }
  return `${[...texts, ...preview.notes].join("; ")}.`;
}

/** How many rows each class has. */
function balance(counts: [string, number][]): HTMLElement {
  const all = counts.reduce((sum, [, number]) => sum + number, 0);
  const most = Math.max(...counts.map(([, number]) => number));
  const shown = counts.slice(0, 30);
  const rows = shown.map(([name, number]) => {
    const bar = h("div", { class: "bar" });
    bar.style.width = `${(100 * number) / most}%`;
    return h(
      "tr",
      {},
      h("th", { scope: "row", title: name }, name),
      h("td", { class: "bars", "aria-hidden": "true" }, bar),
      h("td", { class: "num" }, count(number)),
      h("td", { class: "num muted" }, `${((100 * number) / all).toFixed(1)} %`),
    );
  });
  const rest = counts.length - shown.length;
  return h(
    "table",
    { class: "train-balance" },
    h("caption", {}, "Rows of each class"),
    h("thead", { class: "hidden-text" }, h("tr", {}, ...["class", "", "rows", "share"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...rows, rest > 0 ? h("tr", {}, h("td", { colspan: 4, class: "muted" }, `and ${rest} classes more`)) : null),
  );
}

function columns(preview: Preview, targetChosen: (name: string) => void): HTMLElement {
  const head = ["column", "type", "missing", "different", "mean ± deviation, or the most frequent", "", "what becomes of it", ""];
  const rows = preview.columns.map((column) => columnRow(column, preview.target, targetChosen));
  const rest = preview.columns_in_all - preview.columns.length;
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Columns" },
    h(
      "table",
      { class: "train-columns" },
      h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...rows),
    ),
    rest > 0 ? h("p", { class: "muted" }, `and ${rest} columns more`) : null,
  );
}

function columnRow(column: Column, target: string, targetChosen: (name: string) => void): HTMLElement {
  const fate =
    column.name === target
      ? h("strong", {}, "target")
      : h("span", { class: column.becomes.endsWith("left out") ? "muted" : null }, words(column.becomes));
  const choose = h(
    "button",
    { type: "button", class: "link", onclick: () => targetChosen(column.name), "aria-label": `Predict ${column.name}` },
    "predict",
  );
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, column.name),
    h("td", {}, column.kind),
    h("td", { class: "num" }, column.missing === 0 ? "" : count(column.missing)),
    h("td", { class: "num" }, column.distinct >= 1000 ? "many" : String(column.distinct)),
    h("td", { class: "train-values" }, values(column)),
    h("td", {}, column.histogram.length > 0 ? histogram(column) : null),
    h("td", {}, fate),
    h("td", {}, column.name === target ? null : choose),
  );
}

/** The program's lines for a terminal, as a sentence. */
function words(line: string): string {
  return line.replace(/ {2,}/g, "; ").replace("->", "→");
}

function values(column: Column): string {
  if (column.kind === "number") return column.mean === null ? "" : `${figure(column.mean)} ± ${figure(column.deviation)}`;
  return column.counts.slice(0, 3).map(([name, number]) => `${name} (${count(number)})`).join(", ");
}

function histogram(column: Column): SVGElement {
  const most = Math.max(...column.histogram, 1);
  const label = `from ${figure(column.low)} to ${figure(column.high)}`;
  const bars = column.histogram.map((number, i) => {
    const height = (20 * number) / most;
    return s("rect", { x: 4 * i, y: 20 - height, width: 3, height });
  });
  return s("svg", { class: "train-histogram", width: 80, height: 20, role: "img", "aria-label": label }, s("title", {}, label), ...bars);
}

function firstRows(preview: Preview): HTMLElement {
  const names = preview.columns.map((column) => column.name);
  const cell = (value: string | number | null) =>
    h("td", { class: typeof value === "number" ? "num" : null }, value === null ? "–" : typeof value === "number" ? figure(value, 6) : value);
  return h(
    "details",
    {},
    h("summary", {}, "First rows"),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "First rows" },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...preview.first_rows.map((row) => h("tr", {}, ...row.map(cell)))),
      ),
    ),
  );
}

function pictures(preview: Preview): HTMLElement {
  const block = preview.block!;
  const column = preview.columns.findIndex((each) => each.name === preview.target);
  const figures = block.pictures.map((values, i) => {
    const name = String(preview.first_rows[i]?.[column] ?? "");
    return h("figure", {}, picture(values, block.picture_rows, block.picture_columns, name), h("figcaption", {}, name));
  });
  return h("div", { class: "train-pictures" }, ...figures);
}

function picture(values: number[], rows: number, columns: number, name: string): HTMLElement {
  const canvas = h("canvas", { width: columns, height: rows, role: "img", "aria-label": name === "" ? "one row" : `a ${name}` });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  const most = Math.max(...values, 1);
  values.forEach((value, i) => {
    const dark = Math.round(255 * (1 - value / most));
    image.data.set([dark, dark, dark, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}
