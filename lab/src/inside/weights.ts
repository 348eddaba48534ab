// Weights as pictures: a tile for each unit of a first layer that sees pixels, else one map of inputs by units.
import { get } from "../api";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import type { RunInside, WeightAnswer } from "./answers";
import { bitmap, paintBitmap } from "./canvas";
import { cividis } from "./colours";
import { frame, sayRefusal, type Section } from "./section";

const notFinite = [213, 0, 50] as const;
const atOnce = 100;

export function weightSection(run: RunInside): Section {
  let layer = 0;
  let first = 0;
  let answer: WeightAnswer | null = null;
  const area = h("div", {});
  const select = h(
    "select",
    { "aria-label": "Layer", onchange: () => show(Number(select.value), 0) },
    ...run.layers.map((each, k) => h("option", { value: k }, `layer ${k + 1}: ${each.inputs} × ${each.outputs}, ${each.activation}`)),
  );
  const before = h("button", { type: "button", onclick: () => show(layer, first - atOnce) }, "Units before");
  const after = h("button", { type: "button", onclick: () => show(layer, first + atOnce) }, "Units after");
  const which = h("span", { class: "muted num" });
  const { element, body } = frame("Weights", true, h("div", { class: "row" }, select, before, after, which), area);

  const redraw = () => {
    if (answer !== null) replace(area, picture(answer, run), scaleStrip(answer.scale));
  };
  const refresh = async (signal?: AbortSignal): Promise<boolean> => {
    try {
      answer = await get<WeightAnswer>(`/api/runs/${run.id}/weights/${layer}?first=${first}`, signal);
    } catch (error) {
      if (answer === null) sayRefusal(body, error);
      return false;
    }
    before.hidden = after.hidden = answer.units <= atOnce;
    before.disabled = first === 0;
    after.disabled = first + answer.shown >= answer.units;
    which.textContent = `units ${first} to ${first + answer.shown - 1} of ${answer.units}`;
    redraw();
    return run.live;
  };
  const show = (nextLayer: number, nextFirst: number) => {
    layer = nextLayer;
    first = Math.max(0, nextFirst);
    void refresh();
  };
  return { element, refresh, redraw };
}

type Shade = (at: number) => readonly number[];

function picture(answer: WeightAnswer, run: RunInside): HTMLElement {
  const bytes = atob(answer.weights);
  const shade: Shade = (at) => {
    const code = bytes.charCodeAt(at);
    const value = code > 127 ? code - 256 : code;
    return value === -128 ? notFinite : cividis(0.5 + value / 254);
  };
  return answer.picture !== null ? tiles(answer, shade) : map(answer, shade, run);
}

function tiles(answer: WeightAnswer, shade: Shade): HTMLElement {
  const { rows, cols, channels } = answer.picture!;
  const list = h("ul", { class: "tiles", "aria-label": `The weights from the pixels into ${answer.shown} units` });
  for (let unit = 0; unit < answer.shown; ++unit) {
    const tile = bitmap(cols, rows * channels, (x, y) => shade(unit * answer.inputs + y * cols + x));
    tile.setAttribute("aria-hidden", "true");
    list.append(h("li", {}, tile, h("span", {}, String(answer.first + unit))));
  }
  return list;
}

// Inputs from top to bottom, units from left to right.
function map(answer: WeightAnswer, shade: Shade, run: RunInside): HTMLElement {
  const canvas = h("canvas", { class: "weight-map", role: "img", "aria-label": `Weights of ${answer.inputs} inputs into ${answer.shown} units` });
  paintBitmap(canvas, answer.shown, answer.inputs, (x, y) => shade(x * answer.inputs + y));
  const names = run.layers[0]!.inputs === answer.all_inputs && answer.inputs <= 24 ? run.features : [];
  const side = Math.min(28, Math.max(3, 420 / answer.inputs));
  canvas.style.height = `${side * answer.inputs}px`;
  canvas.style.width = `${Math.min(28, Math.max(6, 640 / answer.shown)) * answer.shown}px`;
  const labels = h("ol", { class: "weight-inputs", "aria-hidden": "true" }, ...names.map((name) => h("li", {}, name)));
  labels.style.lineHeight = `${side}px`;
  return h(
    "figure",
    { class: "weight-figure" },
    h("div", { class: "weight-frame" }, labels, canvas),
    h("figcaption", { class: "muted" }, `${figure(answer.inputs, 6)} inputs from top to bottom, ${answer.shown} units from left to right`),
  );
}

function scaleStrip(scale: number): HTMLElement {
  const canvas = bitmap(63, 1, (x) => cividis(x / 62));
  canvas.setAttribute("aria-hidden", "true");
  return h(
    "div",
    { class: "scale" },
    h("span", {}, `≤ −${figure(scale, 3)}`),
    canvas,
    h("span", {}, `≥ ${figure(scale, 3)}`),
    h("span", { class: "muted" }, "grey is 0"),
  );
}
