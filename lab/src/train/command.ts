// The form as a command line that does the same.
import type { Field } from "./answers";

/** As a shell reads it: one word, whatever is in it. */
export function word(text: string): string {
  return /^[\w.,:/+%=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `values` are those that differ from the defaults; `data` is a set's name or a path, `name` the run's. */
export function commandLine(fields: Field[], values: ReadonlyMap<string, string>, data: string, name: string): string {
  const words = ["gradus", "train", word(data)];
  const add = (flag: string, value: string) =>
    // A value that begins with a dash would be taken for a flag.
    words.push(value.startsWith("-") ? `${flag}=${word(value)}` : `${flag} ${word(value)}`);
  for (const field of fields) {
    const value = values.get(field.name);
    if (field.name !== "data" && value !== undefined) add(field.flag, value);
  }
  if (name !== "") add("--name", name);
  return words.join(" ");
}
