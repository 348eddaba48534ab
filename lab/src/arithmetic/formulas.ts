// Each number of a step as a formula: with letters, with numbers put in, and its result.
import { activationTexts, isFused, lossFrame, lossSlope, lossTerm, predictionName } from "./functions";
import { bracketed, inputLetter, letter, type Format } from "./letters";
import { outputs, type Layer, type Maybe, type Tensor, type Worked } from "./types";

export interface Line {
  /** Of the result: "z⁽¹⁾₂". */
  name: string;
  letters: string;
  numbers: string;
  result: Maybe;
}

const from1 = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** The formulas of one worked step in one format of numbers. */
export class Formulas {
  constructor(
    readonly worked: Worked,
    readonly format: Format,
  ) {}

  get count(): number {
    return this.worked.answer.layers.length;
  }
  layer(layer: number): Layer {
    return this.worked.answer.layers[layer - 1]!;
  }
  units(layer: number): number {
    return this.worked.problem.sizes[layer]!;
  }
  /** Of a weight from `from` to `to`, counted from 1. */
  weight(layer: number, from: number, to: number, of: keyof Tensor = "before"): Maybe {
    return this.layer(layer).weight[of][(from - 1) * this.units(layer) + to - 1] ?? null;
  }
  private number(value: Maybe): string {
    return bracketed(value, this.format);
  }

  z(layer: number, unit: number): Line {
    const inputs = from1(this.units(layer - 1));
    const values = outputs(this.worked, layer - 1);
    const bias = this.layer(layer).bias.before[unit - 1]!;
    return {
      name: letter("z", layer, unit),
      letters: [...inputs.map((i) => `${inputLetter(layer, i)} ${letter("w", layer, i, unit)}`), letter("b", layer, unit)].join(" + "),
      numbers: [
        ...inputs.map((i) => `${this.number(values[i - 1]!)} · ${this.number(this.weight(layer, i, unit))}`),
        this.number(bias),
      ].join(" + "),
      result: this.layer(layer).z[unit - 1]!,
    };
  }

  y(layer: number, unit: number): Line {
    const { activation, z, y } = this.layer(layer);
    const text = activationTexts[activation]!;
    const name = letter("z", layer, unit);
    return {
      name: letter("y", layer, unit),
      letters: text.cases?.value(name) ?? text.value(name, true),
      numbers: text.value(this.number(z[unit - 1]!), (z[unit - 1] ?? 0) > 0),
      result: y[unit - 1]!,
    };
  }

  prediction(unit: number): Line {
    const softmax = this.worked.problem.loss === "softmax_cross_entropy";
    const z = this.layer(this.count).y;
    const all = from1(z.length);
    const output = (k: number) => letter(this.outputName, this.count, k);
    const exp = (k: number) => `exp(${this.format(z[k - 1]!)})`;
    return {
      name: letter("p", 0, unit),
      letters: softmax ? `exp(${output(unit)}) / (${all.map((k) => `exp(${output(k)})`).join(" + ")})` : `1 / (1 + exp(−${output(unit)}))`,
      numbers: softmax ? `${exp(unit)} / (${all.map(exp).join(" + ")})` : `1 / (1 + exp(−${this.number(z[unit - 1]!)}))`,
      result: this.worked.answer.prediction[unit - 1]!,
    };
  }

  /** Without an activation the output is z. */
  private get outputName(): string {
    return this.layer(this.count).activation === "identity" ? "z" : "y";
  }

  private predictionLetter(unit: number): string {
    return isFused(this.worked.problem.loss) ? letter("p", 0, unit) : letter("y", this.count, unit);
  }

  loss(): Line {
    const { loss, target } = this.worked.problem;
    const { prediction } = this.worked.answer;
    const name = "L";
    if (loss === "softmax_cross_entropy") {
      const right = target.indexOf(1) + 1;
      return {
        name,
        letters: `−ln ${letter("p", 0, right)}`,
        numbers: `−ln ${this.number(prediction[right - 1]!)}`,
        result: this.worked.answer.loss,
      };
    }
    const [before, behind] = lossFrame(loss, target.length);
    const whole = (term: (unit: number) => string) => before + from1(target.length).map(term).join(" + ") + behind;
    return {
      name,
      letters: whole((k) => lossTerm(loss, this.predictionLetter(k), letter("t", 0, k))),
      numbers: whole((k) => lossTerm(loss, this.number(prediction[k - 1]!), this.number(target[k - 1]!))),
      result: this.worked.answer.loss,
    };
  }

  dy(layer: number, unit: number): Line {
    const { loss, target } = this.worked.problem;
    const result = this.layer(layer).dy[unit - 1]!;
    const name = `dL/d${letter("y", layer, unit)}`;
    if (layer === this.count) {
      const slope = (p: string, t: string) => lossSlope(loss, p, t, target.length);
      return {
        name,
        letters: slope(this.predictionLetter(unit), letter("t", 0, unit)),
        numbers: slope(this.number(this.worked.answer.prediction[unit - 1]!), this.number(target[unit - 1]!)),
        result,
      };
    }
    return { name, ...this.back(layer + 1, unit), result };
  }

  /** Σ over the units above of weight times δ. */
  private back(above: number, unit: number): { letters: string; numbers: string } {
    const units = from1(this.units(above));
    const deltas = this.layer(above).dz;
    return {
      letters: units.map((k) => `${letter("w", above, unit, k)} ${letter("δ", above, k)}`).join(" + "),
      numbers: units.map((k) => `${this.number(this.weight(above, unit, k))} · ${this.number(deltas[k - 1]!)}`).join(" + "),
    };
  }

  /** Without an activation dL/dy itself. */
  delta(layer: number, unit: number): Line {
    const { activation, z, y, dy, dz } = this.layer(layer);
    const text = activationTexts[activation]!;
    const name = letter("δ", layer, unit);
    const inner = this.dy(layer, unit);
    if (activation === "identity") return { ...inner, name };
    const index = unit - 1;
    const slope = text.cases?.slope ?? text.slope(letter("z", layer, unit), letter("y", layer, unit), true);
    return {
      name,
      letters: `${inner.name} · ${slope}`,
      numbers: `${this.number(dy[index]!)} · ${text.slope(this.number(z[index]!), this.number(y[index]!), (z[index] ?? 0) > 0)}`,
      result: dz[index]!,
    };
  }

  /** dL/dy and δ of a unit, or δ alone where they are the same. */
  slopes(layer: number, unit: number): Line[] {
    const delta = this.delta(layer, unit);
    return this.layer(layer).activation === "identity" ? [delta] : [this.dy(layer, unit), delta];
  }

  weightGradient(layer: number, from: number, to: number): Line {
    return {
      name: `dL/d${letter("w", layer, from, to)}`,
      letters: `${inputLetter(layer, from)} ${letter("δ", layer, to)}`,
      numbers: `${this.number(outputs(this.worked, layer - 1)[from - 1]!)} · ${this.number(this.layer(layer).dz[to - 1]!)}`,
      result: this.weight(layer, from, to, "gradient"),
    };
  }

  biasGradient(layer: number, unit: number): Line {
    const { bias, dz } = this.layer(layer);
    return {
      name: `dL/d${letter("b", layer, unit)}`,
      letters: letter("δ", layer, unit),
      numbers: this.format(dz[unit - 1]!),
      result: bias.gradient[unit - 1]!,
    };
  }

  inputGradient(unit: number): Line {
    return { name: `dL/d${letter("x", 0, unit)}`, ...this.back(1, unit), result: this.worked.answer.dx[unit - 1]! };
  }

  /** Of weight or bias number `index` of a layer: the velocity where there is one, then the new value. */
  update(layer: number, tensor: "weight" | "bias", index: number): Line[] {
    const { learning_rate, momentum } = this.worked.problem;
    const values = this.layer(layer)[tensor];
    const at = (of: keyof Tensor) => values[of][index] ?? null;
    const width = this.units(layer);
    const name =
      tensor === "bias" ? letter("b", layer, index + 1) : letter("w", layer, Math.floor(index / width) + 1, (index % width) + 1);
    const moved = (step: string) => `${name} − η ${step}`;
    const numbers = (step: Maybe) => `${this.format(at("before"))} − ${this.format(learning_rate)} · ${this.number(step)}`;
    if (values.velocity.length === 0) {
      return [{ name: `new ${name}`, letters: moved(`dL/d${name}`), numbers: numbers(at("gradient")), result: at("after") }];
    }
    return [
      {
        name: `v of ${name}`,
        letters: `dL/d${name} + μ v`,
        numbers: `${this.format(at("gradient"))} + ${this.format(momentum)} · ${this.number(at("velocity_before"))}`,
        result: at("velocity"),
      },
      { name: `new ${name}`, letters: moved("v"), numbers: numbers(at("velocity")), result: at("after") },
    ];
  }

  lossAfter(): Line {
    return { name: "new L", letters: "the loss with the new weights", numbers: "", result: this.worked.answer.loss_after };
  }

  get predictionIsShown(): boolean {
    return predictionName(this.worked.problem.loss) === "p";
  }
}
