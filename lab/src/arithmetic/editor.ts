// The values that the user may change: sample, weights, rate, and the network itself.
import { h } from "../dom";
import { letter } from "./letters";
import type { Place } from "./network";
import { replaced, type Listing, type Problem } from "./types";

/** Takes what is to be done to the problem as it then is: fields live longer than one. */
export type Change = (edit: (problem: Problem) => Problem) => void;

const words = (name: string) => name.replaceAll("_", " ");

function select(label: string, choices: string[], value: string, change: (value: string) => void): HTMLElement {
  return h(
    "label",
    {},
    label,
    h(
      "select",
      { onchange: (event: Event) => change((event.target as HTMLSelectElement).value) },
      ...choices.map((choice) => h("option", { value: choice, selected: choice === value }, words(choice))),
    ),
  );
}

/** A number that is told once it is whole: at Enter, at an arrow of the field, or when the field is left. */
export function numberField(label: string, value: number, change: (value: number) => void, hidden = false): HTMLElement {
  const input = h("input", {
    type: "number",
    step: "any",
    value: String(value),
    "aria-label": hidden ? label : null,
    onchange: () => {
      if (input.value !== "" && Number.isFinite(input.valueAsNumber)) change(input.valueAsNumber);
      else input.value = String(value);
    },
  });
  return hidden ? input : h("label", {}, label, input);
}

/** "2-3-2" as numbers; null where it is none. */
export function readSizes(text: string, listing: Listing): number[] | null {
  const sizes = text.split(/[\s,-]+/).filter((part) => part !== "").map(Number);
  const fits = sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= listing.most_units);
  return fits && sizes.length >= 2 && sizes.length <= listing.most_layers ? sizes : null;
}

const resized = (values: number[], count: number) => Array.from({ length: count }, (_, index) => values[index] ?? 0);

/** Another network: what fits is kept, the weights are drawn anew. */
function withSizes(problem: Problem, sizes: number[]): Problem {
  const { weights, biases, ...rest } = problem;
  const hidden = problem.activations[0] ?? "sigmoid";
  const output = problem.activations.at(-1)!;
  return withLoss(
    {
      ...rest,
      sizes,
      activations: sizes.slice(1).map((_, index) => (index === sizes.length - 2 ? output : (problem.activations[index] ?? hidden))),
      input: resized(problem.input, sizes[0]!),
      target: resized(problem.target, sizes.at(-1)!),
      step: 1,
    },
    problem.loss,
  );
}

/** The target as the loss wants it: a class, shares, or anything. */
function withLoss(problem: Problem, loss: string): Problem {
  let { target } = problem;
  if (loss === "softmax_cross_entropy") {
    const right = Math.max(0, target.indexOf(Math.max(...target)));
    target = target.map((_, index) => (index === right ? 1 : 0));
  } else if (loss.startsWith("binary")) {
    target = target.map((value) => Math.min(1, Math.max(0, value)));
  }
  return { ...problem, loss, target, step: 1 };
}

const withInput = (index: number, value: number) => (problem: Problem) => ({
  ...problem,
  input: replaced(problem.input, index, value),
});

const withParameter = (field: "weights" | "biases", layer: number, at: number, value: number) => (problem: Problem) => ({
  ...problem,
  [field]: replaced(problem[field]!, layer, replaced(problem[field]![layer]!, at, value)),
});

/** The field of one input, weight or bias; null where it may not be changed: behind the first step. */
export function placeField({ layer, unit, from }: Place, problem: Problem, change: Change): HTMLElement | null {
  if (layer === 0) {
    return numberField(`Change ${letter("x", 0, unit)}`, problem.input[unit - 1]!, (next) => change(withInput(unit - 1, next)));
  }
  if (problem.step > 1) return null;
  const field = from > 0 ? "weights" : "biases";
  const at = from > 0 ? (from - 1) * problem.sizes[layer]! + unit - 1 : unit - 1;
  const name = from > 0 ? letter("w", layer, from, unit) : letter("b", layer, unit);
  return numberField(`Change ${name}`, problem[field]![layer - 1]![at]!, (next) => change(withParameter(field, layer - 1, at, next)));
}

export function networkEditor(problem: Problem, listing: Listing, change: Change): HTMLElement {
  const sizes = h("input", {
    value: problem.sizes.join("-"),
    size: 9,
    "aria-describedby": "sizes-help",
    onchange: () => {
      const read = readSizes(sizes.value, listing);
      if (read === null) sizes.value = problem.sizes.join("-");
      else change((now) => withSizes(now, read));
    },
  });
  const layers = problem.activations.map((activation, index) =>
    select(
      problem.activations.length === 1 ? "Activation" : `Layer ${index + 1}`,
      listing.activations,
      activation,
      (value) => change((now) => ({ ...now, activations: replaced(now.activations, index, value), step: 1 })),
    ),
  );
  return h(
    "div",
    { class: "row problem" },
    h("label", {}, "Units", sizes),
    h("span", { id: "sizes-help", class: "hidden-text" }, `2 to ${listing.most_layers} layers of at most ${listing.most_units} units`),
    ...layers,
    select("Loss", listing.losses, problem.loss, (value) => change((now) => withLoss(now, value))),
    select("Optimizer", listing.optimizers, problem.optimizer, (value) => change((now) => ({ ...now, optimizer: value, step: 1 }))),
    numberField("Rate η", problem.learning_rate, (value) => change((now) => ({ ...now, learning_rate: value }))),
    problem.optimizer === "momentum"
      ? numberField("Momentum μ", problem.momentum, (value) => change((now) => ({ ...now, momentum: value })))
      : null,
  );
}

export function sampleEditor(problem: Problem, change: Change): HTMLElement {
  const inputs = problem.input.map((value, index) =>
    numberField(letter("x", 0, index + 1), value, (next) => change(withInput(index, next))),
  );
  const targets =
    problem.loss === "softmax_cross_entropy"
      ? [
          select(
            "Right class",
            problem.target.map((_, index) => String(index + 1)),
            String(problem.target.indexOf(1) + 1),
            (value) => change((now) => ({ ...now, target: now.target.map((_, index) => (index + 1 === Number(value) ? 1 : 0)) })),
          ),
        ]
      : problem.target.map((value, index) =>
          numberField(letter("t", 0, index + 1), value, (next) => change((now) => ({ ...now, target: replaced(now.target, index, next) }))),
        );
  return h("div", { class: "row problem" }, ...inputs, ...targets);
}

/** The weights before the first step, as the user gives them. */
export function weightsEditor(problem: Problem, change: Change): HTMLElement {
  const layers = problem.sizes.slice(1).map((width, index) => {
    const layer = index + 1;
    const of = (field: "weights" | "biases", at: number, name: string) =>
      numberField(
        name,
        problem[field]![index]![at]!,
        (next) => change(withParameter(field, index, at, next)),
        true,
      );
    const row = (name: string, cells: HTMLElement[]) =>
      h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell)));
    const units = Array.from({ length: width }, (_, unit) => unit + 1);
    return h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "weights" },
        h("caption", {}, `Layer ${layer}`),
        h("thead", {}, h("tr", {}, h("td"), ...units.map((unit) => h("th", { scope: "col" }, `to ${unit}`)))),
        h(
          "tbody",
          {},
          ...Array.from({ length: problem.sizes[index]! }, (_, from) =>
            row(
              `w from ${from + 1}`,
              units.map((unit) => of("weights", from * width + unit - 1, letter("w", layer, from + 1, unit))),
            ),
          ),
          row("b", units.map((unit) => of("biases", unit - 1, letter("b", layer, unit)))),
        ),
      ),
    );
  });
  return h("div", { class: "row layers" }, ...layers);
}
