// Formulas and gradients as elements of the page.
import { h } from "../dom";
import type { Format } from "./letters";
import type { Line } from "./formulas";
import type { GradientRow } from "./stages";
import type { Maybe } from "./types";

/** With letters; beneath it the same with numbers, and the result. */
export function lineElement(line: Line, format: Format): HTMLElement {
  const result = format(line.result);
  return h(
    "div",
    { class: "formula" },
    h("div", {}, h("span", { class: "lhs" }, line.name), ` = ${line.letters}`),
    line.numbers === "" || line.numbers === result ? null : h("div", { class: "put-in" }, `= ${line.numbers}`),
    h("div", { class: "result" }, "= ", h("output", { "data-name": line.name }, result)),
  );
}

export function linesElement(lines: Line[], format: Format): HTMLElement {
  return h("div", { class: "formulas" }, ...lines.map((line) => lineElement(line, format)));
}

function difference(a: Maybe, b: Maybe): string {
  return a === null || b === null ? "" : Math.abs(a - b) === 0 ? "0" : Math.abs(a - b).toExponential(0).replace("-", "−");
}

/** The program's own gradients beside central differences. */
export function gradientTable(rows: GradientRow[], format: Format): HTMLElement {
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "gradients" },
      h("caption", { class: "hidden-text" }, "Gradients by backpropagation and by central differences"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Gradient"),
          h("th", { scope: "col" }, "Formula"),
          h("th", { scope: "col", class: "num" }, "Analytic"),
          h("th", { scope: "col", class: "num" }, "Numeric"),
          h("th", { scope: "col", class: "num" }, "Difference"),
        ),
      ),
      h(
        "tbody",
        {},
        ...rows.map(({ line, numeric }) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", class: "lhs" }, line.name),
            h("td", {}, h("div", {}, line.letters), h("div", { class: "put-in" }, `= ${line.numbers}`)),
            h("td", { class: "num" }, h("output", { "data-name": line.name }, format(line.result))),
            numeric === null
              ? h("td", { class: "muted num", colspan: 2 }, "none: a corner lies here")
              : h("td", { class: "num" }, format(numeric)),
            numeric === null ? null : h("td", { class: "num muted" }, difference(line.result, numeric)),
          ),
        ),
      ),
    ),
  );
}
