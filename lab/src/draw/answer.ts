// What the model says: a bar for each class, the units of the hidden layers, and the pixels that it was asked about.
import { h, replace } from "../dom";
import type { Picture, RunInside } from "../inside/answers";
import { paintBitmap } from "../inside/canvas";
import { cividis, variable } from "../inside/colours";
import { percent } from "../inside/numbers";
import { pixels } from "../inside/pixels";
import { mostInk } from "./ink";

export interface Prediction {
  prediction: string;
  probabilities: number[];
  classes: string[];
  layers: number[][];
}

export interface AnswerView {
  element: HTMLElement;
  open(run: RunInside): void;
  set(answer: Prediction, asked: number[], picture: Picture): void;
  blank(): void;
}

export function answerView(): AnswerView {
  const best = h("output", { class: "best", "aria-live": "polite" });
  const seen = h("canvas", { class: "seen", role: "img", "aria-label": "The pixels that the model sees" });
  const bars = h("table", { class: "bars" });
  const units = h("div", { class: "units" });
  const element = h(
    "div",
    { class: "answer" },
    h("div", { class: "verdict" }, best, h("figure", {}, seen, h("figcaption", { class: "muted" }, "what the model sees"))),
    bars,
    units,
  );
  let strips: HTMLCanvasElement[] = [];
  return {
    element,
    open(run) {
      replace(bars, h("caption", { class: "hidden-text" }, "Probability of each class"), h("tbody", {}, ...run.classes.map(bar)));
      strips = run.layers.slice(0, -1).map(() => h("canvas", { role: "img" }));
      replace(
        units,
        ...strips.map((strip, k) => {
          const layer = run.layers[k]!;
          strip.setAttribute("aria-label", `Activations of hidden layer ${k + 1}`);
          return h("figure", {}, h("figcaption", {}, `Hidden layer ${k + 1}: ${layer.outputs} units, ${layer.activation}`), strip);
        }),
      );
      this.blank();
    },
    set(answer, asked, picture) {
      best.textContent = answer.prediction;
      pixels(asked, picture, mostInk(picture), seen);
      [...bars.querySelectorAll("tr")].forEach((row, k) => {
        const p = answer.probabilities[k] ?? 0;
        row.querySelector("div")!.style.width = `${100 * p}%`;
        row.lastElementChild!.textContent = percent(p);
        row.classList.toggle("first", answer.classes[k] === answer.prediction);
      });
      strips.forEach((strip, k) => paintUnits(strip, answer.layers[k] ?? []));
    },
    blank() {
      best.textContent = "–";
      paintBitmap(seen, 1, 1, () => [255, 255, 255]);
      for (const row of bars.querySelectorAll("tr")) {
        row.querySelector("div")!.style.width = "0";
        row.lastElementChild!.textContent = "";
        row.classList.remove("first");
      }
      for (const strip of strips) paintUnits(strip, []);
    },
  };
}

function bar(name: string): HTMLElement {
  return h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "bar" }, h("div", {})), h("td", { class: "num" }));
}

const perRow = 50;

// A square for each unit, in lines of at most fifty; yellow is the strongest.
function paintUnits(canvas: HTMLCanvasElement, outputs: number[]): void {
  const rows = Math.max(1, Math.ceil(outputs.length / perRow));
  const columns = Math.max(1, Math.ceil(outputs.length / rows));
  const ground = variable("--ground");
  const most = outputs.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
  const least = outputs.some((value) => value < 0) ? -most : 0;
  canvas.style.aspectRatio = `${columns} / ${rows}`;
  canvas.style.maxWidth = `${columns * 14}px`;
  paintBitmap(canvas, columns, rows, (x, y) => {
    const value = outputs[y * columns + x];
    return value === undefined ? ground : cividis((value - least) / (most - least));
  });
}
