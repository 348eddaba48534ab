// Activations and losses: with letters, and the same with numbers.

type Text = (value: string) => string;

export interface ActivationText {
  /** f(z) of the text of z. */
  value(z: string, positive: boolean): string;
  /** f'(z) of the texts of z and y. */
  slope(z: string, y: string, positive: boolean): string;
  /** With letters, where numbers choose a branch. */
  cases?: { value: Text; slope: string };
}

const sigmoidOf: Text = (z) => `1 / (1 + exp(−${z}))`;

export const activationTexts: Record<string, ActivationText> = {
  identity: { value: (z) => z, slope: () => "1" },
  sigmoid: { value: sigmoidOf, slope: (_, y) => `${y} (1 − ${y})` },
  tanh: { value: (z) => `tanh(${z})`, slope: (_, y) => `(1 − ${y}²)` },
  lecun_tanh: {
    value: (z) => `1.7159 tanh(2/3 · ${z})`,
    slope: (_, y) => `1.7159 · 2/3 · (1 − (${y} / 1.7159)²)`,
  },
  relu: {
    value: (z, positive) => (positive ? z : "0"),
    slope: (_z, _y, positive) => (positive ? "1" : "0"),
    cases: { value: (z) => `${z} where ${z} > 0, else 0`, slope: "(1 where z > 0, else 0)" },
  },
  leaky_relu: {
    value: (z, positive) => (positive ? z : `0.01 · ${z}`),
    slope: (_z, _y, positive) => (positive ? "1" : "0.01"),
    cases: { value: (z) => `${z} where ${z} > 0, else 0.01 ${z}`, slope: "(1 where z > 0, else 0.01)" },
  },
  elu: {
    value: (z, positive) => (positive ? z : `exp(${z}) − 1`),
    slope: (_, y, positive) => (positive ? "1" : `(${y} + 1)`),
    cases: { value: (z) => `${z} where ${z} > 0, else exp(${z}) − 1`, slope: "(1 where z > 0, else y + 1)" },
  },
  gelu: {
    value: (z) => `${z} / 2 · (1 + erf(${z} / √2))`,
    slope: (z) => `((1 + erf(${z} / √2)) / 2 + ${z} exp(−${z}² / 2) / √(2π))`,
  },
  silu: {
    value: (z) => `${z} / (1 + exp(−${z}))`,
    slope: (z) => `σ(${z}) (1 + ${z} (1 − σ(${z})))`,
  },
  softplus: { value: (z) => `ln(1 + exp(${z}))`, slope: (z) => sigmoidOf(z) },
};

/** Losses whose sigmoid or softmax is part of them: their slope is p − t. */
export function isFused(loss: string): boolean {
  return loss === "softmax_cross_entropy" || loss === "binary_cross_entropy";
}

/** What the loss sees: p, or y where it takes the output as it is. */
export function predictionName(loss: string): string {
  return isFused(loss) ? "p" : "y";
}

/** dL/dy of an output, of K outputs. */
export function lossSlope(loss: string, p: string, t: string, outputs: number): string {
  const share = outputs === 1 ? "" : ` / ${outputs}`;
  switch (loss) {
    case "half_squared_error":
      return outputs === 1 ? `${p} − ${t}` : `(${p} − ${t})${share}`;
    case "mean_squared_error":
      return `2 (${p} − ${t})${share}`;
    case "binary_cross_entropy_probability":
      return `(${p} − ${t}) / (${p} (1 − ${p}))`;
    default:
      return `${p} − ${t}`;
  }
}

/** The term of one output. */
export function lossTerm(loss: string, p: string, t: string): string {
  return loss.endsWith("squared_error") ? `(${p} − ${t})²` : `${t} ln ${p} + (1 − ${t}) ln(1 − ${p})`;
}

/** What stands before and behind the sum of the terms. */
export function lossFrame(loss: string, outputs: number): [string, string] {
  if (!loss.endsWith("squared_error")) return ["−(", ")"];
  const divisor = outputs * (loss === "half_squared_error" ? 2 : 1);
  if (divisor === 1) return ["", ""];
  return outputs === 1 ? ["", ` / ${divisor}`] : ["(", `) / ${divisor}`];
}
