// What a run recorded of its layers: distributions over the steps, and what tells whether they learn.
import { get } from "../api";
import { lineChart, type Chart, type Line } from "../chart";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import type { Distribution, LayerAnswer, LayerFigures, LayerStep } from "./answers";
import { onWidth } from "./canvas";
import { percent } from "./numbers";
import { frame, sayRefusal, type Section } from "./section";
import { strip, type Strip } from "./strip";

type Quantity = "weights" | "gradients" | "activations";
const quantities: [Quantity, string][] = [
  ["weights", "Weights"],
  ["gradients", "Gradients"],
  ["activations", "Activations"],
];

interface OverSteps {
  title: string;
  unit: string;
  logarithmic: boolean;
  value(layer: LayerFigures): number | null;
}
const overSteps: OverSteps[] = [
  { title: "Norm of the gradient", unit: "norm", logarithmic: true, value: (layer) => layer.gradients.norm },
  { title: "Update by weights", unit: "ratio", logarithmic: true, value: (layer) => layer.update_ratio },
  { title: "Share of dead units", unit: "share", logarithmic: false, value: (layer) => layer.dead_units },
  { title: "Share of saturated outputs", unit: "share", logarithmic: false, value: (layer) => layer.saturated_units },
];

/** The name of a layer as people count: "layer 1". */
const named = (place: number) => `layer ${place + 1}`;

export interface LayerSection extends Section {
  end(): void;
}

export function layerSection(run: { id: number; live: boolean; layers_every: number }): LayerSection {
  const { element, body } = frame("Layers", true, h("p", { class: "muted" }, "…"));
  let shown: LayerPicture | null = null;
  let steps: LayerStep[] = [];
  const refresh = async (signal: AbortSignal): Promise<boolean> => {
    let answer: LayerAnswer;
    try {
      answer = await get<LayerAnswer>(`/api/runs/${run.id}/layers`, signal);
    } catch (error) {
      if (shown === null) sayRefusal(body, error);
      return false;
    }
    const grown = answer.steps.length !== steps.length || answer.steps.at(-1)?.step !== steps.at(-1)?.step;
    steps = answer.steps;
    if (steps.length === 0) replace(body, nothing(run));
    else if (grown) (shown ??= layerPicture(body, steps)).set(steps);
    return run.live;
  };
  return {
    element,
    refresh,
    redraw: () => shown?.set(steps),
    end: () => shown?.end(),
  };
}

function nothing(run: { live: boolean; layers_every: number }): HTMLElement {
  if (run.live && run.layers_every > 0) return h("p", { class: "muted" }, "The first look into the layers is yet to come.");
  return h(
    "p",
    { class: "muted" },
    "This run recorded nothing of its layers. Train with ",
    h("code", {}, "--layers-every 50"),
    " (in the form: section training, layers_every) to see the distributions of weights, gradients and activations, dead and saturated units and the size of updates.",
  );
}

interface LayerPicture {
  set(steps: LayerStep[]): void;
  end(): void;
}

function layerPicture(body: HTMLElement, first: LayerStep[]): LayerPicture {
  let steps = first;
  let chosen = -1; // the last one, until somebody chooses
  const place = () => (chosen < 0 ? steps.length - 1 : Math.min(chosen, steps.length - 1));

  const slider = h("input", { type: "range", min: 0, "aria-label": "Recorded step", oninput: () => choose(Number(slider.value)) });
  const where = h("output", { class: "num" });
  const figures = h("div", { class: "scroll" });
  const strips = h("div", { class: "strips" });
  const curves = h("div", { class: "curves" });
  const layers = first[0]!.layers.map((_, k) => k);
  const cells: Strip[][] = layers.map((k) => quantities.map(([, title]) => strip(title, String(k + 1), choose)));
  cells.forEach((row, k) => strips.append(h("h3", {}, named(k)), ...row.map((cell) => cell.element)));
  replace(body, h("div", { class: "row" }, h("label", {}, "Step "), slider, where), strips, curves, figures);

  const charts = overSteps
    .filter((metric) => first.some((step) => step.layers.some((layer) => metric.value(layer) !== null)))
    .map((metric) => ({ metric, chart: chartOf(curves, metric.title, "step", metric.unit, metric.logarithmic) }));
  const depth = layers.length > 1 ? chartOf(curves, "Norm of the gradient by depth", "layer", "norm", true) : null;

  function choose(next: number): void {
    chosen = next >= steps.length - 1 ? -1 : next;
    showStep();
  }
  function showStep(): void {
    const at = steps[place()]!;
    slider.max = String(steps.length - 1);
    slider.value = String(place());
    slider.setAttribute("aria-valuetext", `step ${at.step}`);
    where.textContent = `${figure(at.step)} of ${figure(steps.at(-1)!.step)}`;
    cells.forEach((row, k) =>
      row.forEach((cell, q) => {
        const distributions: Distribution[] = steps.map((step) => step.layers[k]![quantities[q]![0]]);
        cell.set(distributions, place());
      }),
    );
    depth?.set(depthLines(steps, place()));
    replace(figures, table(at));
  }
  const endWidth = onWidth(strips, showStep);
  return {
    set(next) {
      steps = next;
      for (const { metric, chart } of charts) chart.set(stepLines(steps, metric));
      showStep();
    },
    end() {
      endWidth();
      for (const { chart } of charts) chart.end();
      depth?.end();
    },
  };
}

function chartOf(root: HTMLElement, title: string, xLabel: string, yLabel: string, logY: boolean): Chart {
  const place = h("div", { class: "curve" }, h("h3", {}, title));
  root.append(place);
  return lineChart(place, { xLabel, yLabel, logY, wholeX: xLabel === "layer", height: 220 });
}

function stepLines(steps: LayerStep[], metric: OverSteps): Line[] {
  return steps[0]!.layers.flatMap((_, k) => {
    const y = steps.map((step) => metric.value(step.layers[k]!));
    return y.every((value) => value === null) ? [] : [{ label: named(k), x: steps.map((step) => step.step), y, colour: `--line-${(k % 8) + 1}` }];
  });
}

function depthLines(steps: LayerStep[], place: number): Line[] {
  const line = (step: LayerStep, colour: string): Line => ({
    label: `step ${figure(step.step)}`,
    x: step.layers.map((_, k) => k + 1),
    y: step.layers.map((layer) => layer.gradients.norm),
    colour,
  });
  const here = line(steps[place]!, "--line-1");
  return place === 0 ? [here] : [line(steps[0]!, "--line-8"), here];
}

function table(step: LayerStep): HTMLElement {
  const heads = ["layer", "weights, norm", "weights, sd", "gradient, norm", "activations, sd", "update by weights", "dead", "saturated"];
  return h(
    "table",
    { class: "layer-figures" },
    h("caption", {}, `Figures at step ${figure(step.step)}`),
    h("thead", {}, h("tr", {}, ...heads.map((head, i) => h("th", { scope: "col", class: i > 0 ? "num" : null }, head)))),
    h(
      "tbody",
      {},
      ...step.layers.map((layer, k) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, named(k)),
          ...[
            figure(layer.weights.norm),
            figure(layer.weights.deviation),
            figure(layer.gradients.norm),
            figure(layer.activations.deviation),
            figure(layer.update_ratio),
            percent(layer.dead_units),
            percent(layer.saturated_units),
          ].map((text) => h("td", { class: "num" }, text)),
        ),
      ),
    ),
  );
}
