// What is known of one unit or one weight at a stage: the panel behind pointer and focus.
import { h } from "../dom";
import type { Formulas, Line } from "./formulas";
import { letter } from "./letters";
import { gradientTable, linesElement } from "./lines";
import { placeName, type Place } from "./network";
import type { Stage } from "./stages";

const order = { start: 0, forward: 1, loss: 2, backward: 3, update: 4 };

/** Whether the stage has come to where `kind` of `layer` is known. */
function isReached(stage: Stage, kind: "forward" | "loss" | "backward" | "update", layer = 0): boolean {
  if (stage.kind !== kind) return order[stage.kind] > order[kind];
  if (kind === "forward") return stage.layer >= layer;
  return kind !== "backward" || stage.layer <= layer;
}

function unitPanel({ layer, unit }: Place, stage: Stage, formulas: Formulas): Node[] {
  if (layer === 0) {
    if (!isReached(stage, "backward", 1)) return [];
    const numeric = formulas.worked.answer.dx_numeric[unit - 1]!;
    return [gradientTable([{ line: formulas.inputGradient(unit), numeric }], formulas.format)];
  }
  const lines: Line[] = [];
  if (isReached(stage, "forward", layer)) lines.push(formulas.z(layer, unit), formulas.y(layer, unit));
  if (isReached(stage, "loss") && layer === formulas.count && formulas.predictionIsShown) lines.push(formulas.prediction(unit));
  const panel: Node[] = [];
  const backward = isReached(stage, "backward", layer);
  if (backward) lines.push(...formulas.slopes(layer, unit));
  if (isReached(stage, "update")) lines.push(...formulas.update(layer, "bias", unit - 1));
  panel.push(linesElement(lines, formulas.format));
  if (backward) {
    const numeric = formulas.layer(layer).bias.numeric[unit - 1]!;
    panel.push(gradientTable([{ line: formulas.biasGradient(layer, unit), numeric }], formulas.format));
  }
  return panel;
}

function weightPanel({ layer, unit, from }: Place, stage: Stage, formulas: Formulas): Node[] {
  const panel: Node[] = [
    h("p", {}, `${letter("w", layer, from, unit)} = `, h("output", {}, formulas.format(formulas.weight(layer, from, unit)))),
  ];
  if (isReached(stage, "backward", layer)) {
    const numeric = formulas.weight(layer, from, unit, "numeric");
    panel.push(gradientTable([{ line: formulas.weightGradient(layer, from, unit), numeric }], formulas.format));
  }
  if (isReached(stage, "update")) {
    const index = (from - 1) * formulas.units(layer) + unit - 1;
    panel.push(linesElement(formulas.update(layer, "weight", index), formulas.format));
  }
  return panel;
}

export function placePanel(place: Place, stage: Stage, formulas: Formulas): HTMLElement {
  const panel = place.from > 0 ? weightPanel(place, stage, formulas) : unitPanel(place, stage, formulas);
  return h("div", {}, h("h3", {}, placeName(place)), ...panel);
}
