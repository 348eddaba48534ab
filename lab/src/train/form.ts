// The form of a configuration, made of the program's own table of fields.
import { h, replace } from "../dom";
import type { Field } from "./answers";
import { fault } from "./check";

const first = ["target", "hidden", "activation", "optimizer", "learning_rate", "batch_size", "epochs", "seed"];

const titles: Record<string, string> = {
  data: "Data", network: "Network", loss: "Loss", optimizer: "Optimizer", training: "Training", numbers: "Numbers",
};

interface Entry {
  field: Field;
  input: HTMLInputElement | HTMLSelectElement;
  message: HTMLElement;
}

export class Form {
  readonly element = h("div", { class: "train-fields" });
  /** What differs from the defaults. */
  readonly values = new Map<string, string>();
  private readonly entries = new Map<string, Entry>();
  private readonly sections: { fields: Field[]; details: HTMLDetailsElement; count: HTMLElement }[] = [];
  private readonly targets = h("datalist", { id: "train-targets" });

  constructor(
    fields: Field[],
    given: URLSearchParams,
    private readonly changed: (name: string) => void,
  ) {
    const shown = fields.filter((field) => field.name !== "data");
    for (const field of shown) {
      const text = given.get(field.name);
      if (text !== null && text !== field.default) this.values.set(field.name, text);
    }
    const main = first.flatMap((name) => shown.filter((field) => field.name === name));
    this.element.append(...main.map((field) => this.row(field)), this.targets);
    for (const section of new Set(shown.map((field) => field.section))) {
      const rest = shown.filter((field) => field.section === section && !first.includes(field.name));
      const count = h("span", { class: "muted" });
      const summary = h("summary", {}, titles[section] ?? section, " ", count);
      const details = h("details", {}, summary, h("div", { class: "train-rest" }, ...rest.map((field) => this.row(field))));
      this.sections.push({ fields: rest, details, count });
      this.element.append(details);
    }
    for (const entry of this.entries.values()) this.check(entry);
    this.countChanges();
    for (const { fields: rest, details } of this.sections) details.open = rest.some((field) => this.values.has(field.name));
  }

  /** Whether every text is one that its field takes; the first that is not gets the focus. */
  valid(): boolean {
    const wrong = [...this.entries.values()].find((entry) => this.check(entry) !== "");
    if (wrong !== undefined) this.focus(wrong);
    return wrong === undefined;
  }

  /** What the program says about a field. False where the form has no such field. */
  refuse(name: string, message: string): boolean {
    const entry = this.entries.get(name);
    if (entry === undefined) return false;
    this.say(entry, message);
    this.focus(entry);
    return true;
  }

  /** The columns among which the target is. */
  setTargets(names: string[]): void {
    replace(this.targets, ...names.map((name) => h("option", { value: name })));
  }

  set(name: string, text: string): void {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    show(entry.input, text);
    this.take(entry);
  }

  private row(field: Field): HTMLElement {
    const id = `train-${field.name}`;
    const input = this.input(field, id);
    const message = h("p", { class: "refusal", id: `${id}-message`, role: "alert" });
    const entry = { field, input, message };
    this.entries.set(field.name, entry);
    show(input, this.values.get(field.name) ?? field.default);
    input.addEventListener("input", () => this.take(entry));
    const help = h("p", { class: "help muted", id: `${id}-help` }, sentence(field.help), " ", h("span", {}, limits(field)));
    return h("div", { class: "train-field" }, h("label", { for: id }, label(field.name)), input, help, message);
  }

  private input(field: Field, id: string): HTMLInputElement | HTMLSelectElement {
    const described = { id, name: field.name, "aria-describedby": `${id}-help ${id}-message` };
    const choices = field.type === "choice" ? field.choices : field.type === "true|false" ? ["true", "false"] : [];
    if (choices.length > 0) return h("select", described, ...choices.map((choice) => h("option", { value: choice }, choice)));
    const list = field.name === "target" ? "train-targets" : null;
    return h("input", { ...described, type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off", list });
  }

  private take(entry: Entry): void {
    const { field, input } = entry;
    const text = input.value.trim();
    if (text === field.default || (text === "" && field.type !== "text")) this.values.delete(field.name);
    else this.values.set(field.name, text);
    this.check(entry);
    this.countChanges();
    this.changed(field.name);
  }

  private check(entry: Entry): string {
    const text = this.values.get(entry.field.name);
    const wrong = text === undefined ? "" : fault(entry.field, text);
    this.say(entry, wrong);
    return wrong;
  }

  private say({ input, message }: Entry, text: string): void {
    message.textContent = text;
    if (text === "") input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
  }

  private focus(entry: Entry): void {
    const details = entry.input.closest("details");
    if (details !== null) details.open = true;
    entry.input.focus();
  }

  private countChanges(): void {
    for (const { fields, count } of this.sections) {
      const changed = fields.filter((field) => this.values.has(field.name)).length;
      count.textContent = changed === 0 ? "" : `${changed} changed`;
    }
  }
}

function show(input: HTMLInputElement | HTMLSelectElement, text: string): void {
  if (input instanceof HTMLSelectElement && ![...input.options].some((option) => option.value === text)) {
    input.append(h("option", { value: text }, text)); // as an address may have it; the check says what is wrong
  }
  input.value = text;
}

function label(name: string): string {
  const words = name.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** "≥ 1, usually 100" */
function limits(field: Field): string {
  const range = field.range.replace(">=", "≥").replace("<=", "≤");
  const usual = field.default === "" || field.type === "choice" ? "" : `usually ${field.default}`;
  return [range, usual].filter((text) => text !== "").join(", ");
}
