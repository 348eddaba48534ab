// The table of contenders: what each one is, where it is, and the ways to change, add and remove one.
import { h, replace, s } from "../dom";
import { figure } from "../numbers";
import { colourOf, dashOf } from "./map";
import { hasMomentum, type Contender, type Path } from "./types";

function swatch(contender: number): SVGElement {
  const line = s("line", { x1: 0, x2: 44, y1: 8, y2: 8, "stroke-dasharray": dashOf(contender).split(" ").filter(Boolean).map((part) => Number(part) / 2).join(" ") });
  line.style.stroke = colourOf(contender);
  return s("svg", { class: "swatch", width: 44, height: 16, "aria-hidden": true }, line);
}

export class ContenderTable {
  readonly element = h("div", { class: "scroll" });
  private places: HTMLElement[][] = [];

  constructor(
    private readonly optimizers: string[],
    private readonly most: number,
    private readonly change: (edit: (contenders: Contender[]) => Contender[]) => void,
  ) {}

  private number(label: string, contender: number, of: "learning_rate" | "momentum" | "decay", value: number): HTMLElement {
    const input = h("input", {
      type: "number",
      step: "any",
      min: 0,
      value: String(value),
      class: of === "learning_rate" ? null : "share",
      "aria-label": `${label} of contender ${contender + 1}`,
      onchange: () => {
        const next = input.valueAsNumber;
        const fits = of === "learning_rate" ? next > 0 : of === "momentum" ? next >= 0 && next < 1 : next > 0 && next <= 1;
        if (fits) this.change((all) => all.map((each, index) => (index === contender ? { ...each, [of]: next } : each)));
        else input.value = String(value);
      },
    });
    return input;
  }

  private row(contender: Contender, index: number, alone: boolean): HTMLElement {
    const optimizer = h(
      "select",
      {
        "aria-label": `Optimizer of contender ${index + 1}`,
        onchange: () => this.change((all) => all.map((each, at) => (at === index ? { ...each, optimizer: optimizer.value } : each))),
      },
      ...this.optimizers.map((name) => h("option", { selected: name === contender.optimizer }, name)),
    );
    const cells = Array.from({ length: 3 }, () => h("td", { class: "num" }));
    this.places[index] = cells;
    return h(
      "tr",
      {},
      h("td", {}, swatch(index)),
      h("td", {}, optimizer),
      h("td", {}, this.number("Rate", index, "learning_rate", contender.learning_rate)),
      h("td", {}, hasMomentum(contender.optimizer) ? this.number("Momentum", index, "momentum", contender.momentum) : null),
      h("td", {}, this.number("Decay", index, "decay", contender.decay)),
      ...cells,
      h(
        "td",
        {},
        h(
          "button",
          {
            disabled: alone,
            "aria-label": `Remove contender ${index + 1}`,
            onclick: () => this.change((all) => all.filter((_, at) => at !== index)),
          },
          "×",
        ),
      ),
    );
  }

  /** Anew, when contenders came, went or became others; what has the focus keeps it. */
  build(contenders: Contender[]): void {
    const fields = () => [...this.element.querySelectorAll<HTMLElement>("input, select, button")];
    const at = fields().findIndex((field) => field === document.activeElement);
    const label = document.activeElement?.getAttribute("aria-label");
    this.places = [];
    const head = ["", "Optimizer", "Rate", "Momentum", "Decay"].map((name) => h("th", { scope: "col" }, name));
    const numbers = ["x", "y", "f(x, y)"].map((name) => h("th", { scope: "col", class: "num" }, name));
    const add = () => this.change((all) => [...all, { ...all.at(-1)!, learning_rate: Number((all.at(-1)!.learning_rate / 2).toPrecision(3)) }]);
    replace(
      this.element,
      h(
        "table",
        { class: "contenders" },
        h("caption", { class: "hidden-text" }, "Contenders and where they are"),
        h("thead", {}, h("tr", {}, ...head, ...numbers, h("th", {}))),
        h("tbody", {}, ...contenders.map((contender, index) => this.row(contender, index, contenders.length === 1))),
      ),
      h("button", { disabled: contenders.length >= this.most, onclick: add }, "Add a contender"),
    );
    if (at >= 0) (fields().find((field) => field.getAttribute("aria-label") === label) ?? fields()[at])?.focus();
  }

  showPlaces(paths: Path[], step: number): void {
    paths.forEach((path, contender) => {
      const index = Math.min(step, path.x.length - 1);
      const ended = path.diverged && step >= path.x.length;
      const cells = this.places[contender];
      if (cells === undefined) return;
      cells[0]!.textContent = figure(path.x[index], 5);
      cells[1]!.textContent = figure(path.y[index], 5);
      cells[2]!.textContent = ended ? `diverged at step ${path.x.length}` : figure(path.value[index], 5);
      cells[2]!.classList.toggle("refusal", ended);
    });
  }
}
