// Letters with their indices, and numbers, as formulas have them.
import type { Maybe } from "./types";

const raised: Record<string, string> = { "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹" };
const lowered: Record<string, string> = {
  "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉", i: "ᵢ", j: "ⱼ", k: "ₖ",
};

/** letter("w", 1, 2, 3): the weight of layer 1 from unit 2 to unit 3. Units count from 1; "j" stands for any. */
export function letter(name: string, layer: number, ...units: (number | string)[]): string {
  const above = layer === 0 ? "" : `⁽${raised[String(layer)]}⁾`;
  return name + above + units.map((unit) => [...String(unit)].map((digit) => lowered[digit] ?? digit).join("")).join("");
}

/** What goes into layer `layer`: x or the y below. */
export function inputLetter(layer: number, unit: number | string): string {
  return layer === 1 ? letter("x", 0, unit) : letter("y", layer - 1, unit);
}

export type Format = (value: Maybe) => string;

/** Four digits for the eye; all of them as any program reads them. */
export function formatter(all: boolean): Format {
  return (value) => {
    if (value === null) return "not finite";
    if (all) return String(value);
    return String(Number(value.toPrecision(4))).replaceAll("-", "−");
  };
}

/** In a product or behind an operator: negative numbers in brackets. */
export function bracketed(value: Maybe, format: Format): string {
  return value !== null && (value < 0 || Object.is(value, -0)) && format(value) !== "0" ? `(${format(value)})` : format(value);
}
