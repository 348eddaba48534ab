// The function and the part of the plane that is shown: a built-in one or a formula, its window, the start, the steps.
import { h } from "../dom";
import type { Contours, Listing, Pair } from "./types";

export interface GroundEvents {
  chooseFunction(text: string): void;
  changeWindow(x: Pair | null, y: Pair | null): void;
  changeStart(start: Pair): void;
  changeSteps(steps: number): void;
}

const scaled = ([low, high]: Pair, factor: number): Pair => {
  const middle = (low + high) / 2;
  const half = ((high - low) / 2) * factor;
  return [Number((middle - half).toPrecision(6)), Number((middle + half).toPrecision(6))];
};

export class Ground {
  readonly element: HTMLElement;
  private readonly choice: HTMLSelectElement;
  private readonly formula = h("input", { class: "formula-field", spellcheck: "false", autocomplete: "off", maxlength: 400 });
  private readonly fields: Record<"x low" | "x high" | "y low" | "y high" | "start x" | "start y" | "steps", HTMLInputElement>;
  private shown: Contours | null = null;

  constructor(
    private readonly listing: Listing,
    private readonly events: GroundEvents,
  ) {
    const { functions } = listing;
    this.choice = h(
      "select",
      { onchange: () => this.choice.value !== "" && events.chooseFunction(this.choice.value) },
      ...functions.map(({ name }) => h("option", { value: name }, name)),
      h("option", { value: "", disabled: true }, "your own"),
    );
    this.formula.addEventListener("change", () => events.chooseFunction(this.formula.value.trim()));
    const field = (changed: () => void) => h("input", { type: "number", step: "any", onchange: changed });
    const window = () => this.windowChanged();
    const start = () => this.startChanged();
    this.fields = {
      "x low": field(window),
      "x high": field(window),
      "y low": field(window),
      "y high": field(window),
      "start x": field(start),
      "start y": field(start),
      steps: h("input", { type: "number", min: 1, max: listing.most_steps, step: 1, onchange: () => this.stepsChanged() }),
    };
    const labelled = (label: string, ...inputs: HTMLElement[]) =>
      h("label", {}, label, h("span", { class: "row" }, ...inputs));
    const pair = (label: string, first: keyof typeof this.fields, second: keyof typeof this.fields) => {
      this.fields[first].setAttribute("aria-label", first);
      this.fields[second].setAttribute("aria-label", second);
      return h("div", { class: "pair", role: "group", "aria-label": label }, h("span", {}, label), h("span", { class: "row" }, this.fields[first], this.fields[second]));
    };
    const zoom = (label: string, factor: number) => h("button", { onclick: () => this.zoom(factor) }, label);
    this.element = h(
      "div",
      { class: "ground" },
      h("div", { class: "row fields" }, labelled("Function", this.choice), h("label", { class: "grow" }, "f(x, y) =", this.formula)),
      h(
        "div",
        { class: "row fields" },
        pair("Start", "start x", "start y"),
        labelled("Steps", this.fields.steps),
        pair("x from, to", "x low", "x high"),
        pair("y from, to", "y low", "y high"),
        h("div", { class: "row zoom" }, zoom("Zoom in", 0.5), zoom("Zoom out", 2), h("button", { onclick: () => events.changeWindow(null, null) }, "Whole")),
      ),
    );
  }

  private windowChanged(): void {
    const { "x low": a, "x high": b, "y low": c, "y high": d } = this.fields;
    const x: Pair = [a.valueAsNumber, b.valueAsNumber];
    const y: Pair = [c.valueAsNumber, d.valueAsNumber];
    if (x[0] < x[1] && y[0] < y[1]) this.events.changeWindow(x, y);
    else if (this.shown) this.showWindow(this.shown);
  }

  private startChanged(): void {
    const start: Pair = [this.fields["start x"].valueAsNumber, this.fields["start y"].valueAsNumber];
    if (start.every(Number.isFinite)) this.events.changeStart(start);
  }

  private stepsChanged(): void {
    const steps = Math.trunc(this.fields.steps.valueAsNumber);
    if (Number.isFinite(steps)) this.events.changeSteps(Math.min(this.listing.most_steps, Math.max(1, steps)));
  }

  private zoom(factor: number): void {
    if (this.shown) this.events.changeWindow(scaled(this.shown.x, factor), scaled(this.shown.y, factor));
  }

  private showWindow({ x, y }: Contours): void {
    this.fields["x low"].value = String(x[0]);
    this.fields["x high"].value = String(x[1]);
    this.fields["y low"].value = String(y[0]);
    this.fields["y high"].value = String(y[1]);
  }

  showFunction(contours: Contours): void {
    this.shown = contours;
    const builtIn = this.listing.functions.some(({ name }) => name === contours.name);
    this.choice.value = builtIn ? contours.name : "";
    if (document.activeElement !== this.formula) this.formula.value = contours.formula;
    this.showWindow(contours);
  }

  showStart([x, y]: Pair): void {
    this.fields["start x"].value = String(x);
    this.fields["start y"].value = String(y);
  }

  showSteps(steps: number): void {
    this.fields.steps.value = String(steps);
  }
}
