// What is wrong with a field's text, as far as the table of fields tells; the program has the last word.
import type { Field } from "./answers";

/** "" where nothing is. */
export function fault(field: Field, text: string): string {
  const [kind, alternative] = field.type.split("|") as [string, string | undefined];
  if (field.type === "choice") return field.choices.includes(text) ? "" : `Expected ${field.choices.join(", ")}.`;
  if (alternative !== undefined && text === alternative) return "";
  if (kind === "number" || kind === "whole number") return numberFault(field, text, kind, alternative);
  if (kind === "n,n,...") {
    return text.split(",").map((part) => numberFault(field, part, "whole number")).find((wrong) => wrong !== "") === undefined
      ? ""
      : "Expected whole numbers with commas between them, such as 64,32, or none.";
  }
  return "";
}

function numberFault(field: Field, text: string, kind: string, alternative?: string): string {
  const pattern = kind === "whole number" ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const value = Number(text);
  const inside =
    pattern.test(text) &&
    (field.low === null || (field.above_low ? value > field.low : value >= field.low)) &&
    (field.high === null || value <= field.high);
  if (inside) return "";
  const range = field.range === "" ? "" : ` ${field.range}`;
  return `Expected a ${kind}${range}${alternative === undefined ? "" : `, or ${alternative}`}.`;
}
