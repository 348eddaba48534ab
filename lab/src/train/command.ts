// The form as a command line that does the same.
import type { Field } from "./answers";

/** As a shell reads it: one word, whatever is in it. */
export function word(text: string): string {
  return /^[\w.,:/+%=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `values` are those that differ from the defaults; `data` is a name or a path. */
export function commandLine(fields: Field[], values: ReadonlyMap<string, string>, data: string): string {
  const words = ["gradus", "train", word(data)];
  for (const field of fields) {
    const value = values.get(field.name);
    if (field.name === "data" || value === undefined) continue;
    // A value that begins with a dash would be taken for a flag.
    words.push(value.startsWith("-") ? `${field.flag}=${word(value)}` : `${field.flag} ${word(value)}`);
  }
  return words.join(" ");
}
