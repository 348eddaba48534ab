// The stages of one training step, in order, and what each of them shows.
import { activationTexts } from "./functions";
import type { Formulas, Line } from "./formulas";
import { inputLetter, letter } from "./letters";
import type { Maybe } from "./types";

export interface Stage {
  kind: "start" | "forward" | "loss" | "backward" | "update";
  /** Of forward and backward. */
  layer: number;
  title: string;
}

export function stagesOf(layers: number): Stage[] {
  const each = Array.from({ length: layers }, (_, index) => index + 1);
  return [
    { kind: "start", layer: 0, title: "The network and its sample" },
    ...each.map((layer): Stage => ({ kind: "forward", layer, title: `Forward, layer ${layer}` })),
    { kind: "loss", layer: layers, title: "Loss" },
    ...each.reverse().map((layer): Stage => ({ kind: "backward", layer, title: `Backward, layer ${layer}` })),
    { kind: "update", layer: 0, title: "Update" },
  ];
}

const from1 = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** The formula of the stage for any unit. */
export function rules(stage: Stage, formulas: Formulas): string[] {
  const { layer } = stage;
  const { loss, optimizer } = formulas.worked.problem;
  const text = activationTexts[layer === 0 ? "identity" : formulas.layer(layer).activation]!;
  const z = letter("z", layer, "j");
  const y = letter("y", layer, "j");
  switch (stage.kind) {
    case "start":
      return ["z = x W + b,  y = f(z),  layer by layer", "δ = dL/dz,  dL/dW = xᵀ δ,  dL/db = δ"];
    case "forward":
      return [
        `${z} = Σᵢ ${inputLetter(layer, "i")} ${letter("w", layer, "i", "j")} + ${letter("b", layer, "j")}`,
        `${y} = ${text.cases?.value(z) ?? text.value(z, true)}`,
      ];
    case "loss":
      return [lossRule(loss)];
    case "backward": {
      const delta = letter("δ", layer, "j");
      const identity = formulas.layer(layer).activation === "identity";
      const above = `Σₖ ${letter("w", layer + 1, "j", "k")} ${letter("δ", layer + 1, "k")}`;
      return [
        `${delta} = ${layer === formulas.count ? outputRule(loss, identity) : identity ? above : `f′(${z}) ${above}`}`,
        ...(identity ? [] : [`f′(${z}) = ${text.cases?.slope ?? text.slope(z, y, true)}`]),
        `dL/d${letter("w", layer, "i", "j")} = ${inputLetter(layer, "i")} ${delta}`,
        `dL/d${letter("b", layer, "j")} = ${delta}`,
      ];
    }
    case "update":
      return optimizer === "momentum" ? ["v ← dL/dw + μ v", "w ← w − η v"] : ["w ← w − η dL/dw"];
  }
}

function lossRule(loss: string): string {
  switch (loss) {
    case "softmax_cross_entropy":
      return "pⱼ = exp(zⱼ) / Σₖ exp(zₖ),  L = −ln p of the right class";
    case "binary_cross_entropy":
      return "pⱼ = σ(zⱼ),  L = −Σⱼ (tⱼ ln pⱼ + (1 − tⱼ) ln(1 − pⱼ))";
    case "binary_cross_entropy_probability":
      return "L = −Σⱼ (tⱼ ln yⱼ + (1 − tⱼ) ln(1 − yⱼ))";
    case "half_squared_error":
      return "L = the mean over the outputs of (y − t)² / 2";
    default:
      return "L = the mean over the outputs of (y − t)²";
  }
}

function outputRule(loss: string, identity: boolean): string {
  const fused = loss === "softmax_cross_entropy" || loss === "binary_cross_entropy";
  if (!fused) return identity ? "dL/dyⱼ" : "dL/dyⱼ f′(zⱼ)";
  return identity ? "pⱼ − tⱼ" : "(pⱼ − tⱼ) f′(zⱼ)";
}

/** The lines of the stage, each unit's together. */
export function lines(stage: Stage, formulas: Formulas): Line[] {
  const { layer } = stage;
  const units = from1(layer === 0 ? 0 : formulas.units(layer));
  switch (stage.kind) {
    case "start":
    case "update":
      return [];
    case "forward":
      return units.flatMap((unit) => [formulas.z(layer, unit), formulas.y(layer, unit)]);
    case "loss":
      return [...(formulas.predictionIsShown ? units.map((unit) => formulas.prediction(unit)) : []), formulas.loss()];
    case "backward":
      return units.flatMap((unit) => formulas.slopes(layer, unit));
  }
}

export interface GradientRow {
  line: Line;
  numeric: Maybe;
}

/** dL/dw, dL/db, and on the lowest layer dL/dx. */
export function gradientRows(layer: number, formulas: Formulas): GradientRow[] {
  const { weight, bias } = formulas.layer(layer);
  const inputs = from1(formulas.units(layer - 1));
  const units = from1(formulas.units(layer));
  const rows = inputs.flatMap((from) =>
    units.map((to) => ({
      line: formulas.weightGradient(layer, from, to),
      numeric: weight.numeric[(from - 1) * units.length + to - 1]!,
    })),
  );
  rows.push(...units.map((unit) => ({ line: formulas.biasGradient(layer, unit), numeric: bias.numeric[unit - 1]! })));
  if (layer === 1) {
    const { dx_numeric } = formulas.worked.answer;
    rows.push(...inputs.map((unit) => ({ line: formulas.inputGradient(unit), numeric: dx_numeric[unit - 1]! })));
  }
  return rows;
}

/** Every parameter's way to its new value. */
export function updateLines(formulas: Formulas): Line[] {
  return from1(formulas.count).flatMap((layer) => {
    const { weight, bias } = formulas.layer(layer);
    return [
      ...weight.before.flatMap((_, index) => formulas.update(layer, "weight", index)),
      ...bias.before.flatMap((_, index) => formulas.update(layer, "bias", index)),
    ];
  });
}
