// Which data to train on: a built-in set, or a table of the reader's own, by button or dropped; and a look into it.
import { get, remove, upload } from "../api";
import { h, replace } from "../dom";
import { figure } from "../numbers";
import type { DataList, Preview, Upload } from "./answers";
import { previewOf } from "./preview";

const largest = 256 * 2 ** 20;

export class DataChoice {
  readonly element: HTMLElement;
  readonly preview = h("div", { class: "train-preview", "aria-live": "polite" });
  private readonly select = h("select", { id: "train-data", onchange: () => this.chosen() });
  private readonly message = h("p", { class: "refusal", role: "alert" });
  private readonly file = h("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", class: "hidden-text", tabindex: -1, onchange: () => void this.take(this.file.files) });
  private readonly away = h("button", { type: "button", hidden: true, onclick: () => void this.askDelete() }, "Delete this table");
  private uploads: Upload[] = [];
  private asked: AbortController | null = null;

  constructor(
    private list: DataList,
    data: string,
    private readonly target: () => string,
    private readonly events: { data: () => void; target: (name: string) => void; preview: (preview: Preview) => void },
  ) {
    this.uploads = list.uploads;
    this.fill(data);
    const button = h("button", { type: "button", onclick: () => this.file.click() }, "Upload a CSV");
    const drop = h("p", { class: "help muted" }, "or drop one here: a line of column names, then a line for each row");
    this.element = h(
      "div",
      { class: "train-field train-drop" },
      h("label", { for: "train-data" }, "Data"),
      h("div", { class: "row" }, this.select, button, this.away, this.file),
      drop,
      this.message,
    );
    this.element.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.element.classList.add("over");
    });
    this.element.addEventListener("dragleave", () => this.element.classList.remove("over"));
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.element.classList.remove("over");
      void this.take(event.dataTransfer?.files ?? null);
    });
  }

  /** As the program calls it: "digits", "upload-3". */
  get value(): string {
    return this.select.value;
  }

  /** As a command line calls it. */
  get path(): string {
    return this.uploads.find((each) => each.id === this.value)?.path ?? this.value;
  }

  say(text: string): void {
    this.message.textContent = text;
  }

  async look(): Promise<void> {
    this.asked?.abort();
    this.asked = new AbortController();
    const target = this.target();
    const query = target === "" ? "" : `?target=${encodeURIComponent(target)}`;
    try {
      const preview = await get<Preview>(`/api/data/${encodeURIComponent(this.value)}/preview${query}`, this.asked.signal);
      replace(this.preview, ...previewOf(preview, this.events.target));
      this.events.preview(preview);
    } catch (error) {
      if (error instanceof DOMException) return; // another look has begun
      replace(this.preview, h("p", { class: "refusal", role: "alert" }, (error as Error).message));
    }
  }

  private fill(chosen: string): void {
    const set = (value: string, text: string, title = "") => h("option", { value, title }, text);
    const own = this.uploads.map((each) => set(each.id, `${each.name} (${size(each.bytes)})`));
    const known = [...this.list.sets.map((each) => each.name), ...this.uploads.map((each) => each.id)];
    replace(
      this.select,
      h("optgroup", { label: "Built in" }, ...this.list.sets.map((each) => set(each.name, each.name, each.description))),
      own.length > 0 ? h("optgroup", { label: "Your tables" }, ...own) : null,
    );
    this.select.value = known.includes(chosen) ? chosen : "digits";
    this.showButton();
    if (!known.includes(chosen)) this.say(`${chosen} is not here; upload it again.`);
  }

  private showButton(): void {
    this.away.hidden = !this.uploads.some((each) => each.id === this.value);
  }

  private chosen(): void {
    this.say("");
    this.showButton();
    this.events.data();
    void this.look();
  }

  private async askDelete(): Promise<void> {
    const table = this.uploads.find((each) => each.id === this.value);
    if (table === undefined || !confirm(`Delete ${table.name}? Runs that were trained on it stay, but can no longer be repeated.`)) return;
    try {
      this.uploads = (await remove<DataList>(`/api/data/${table.id}`)).uploads;
      this.fill("digits");
      this.chosen();
    } catch (error) {
      this.say((error as Error).message);
    }
  }

  private async take(files: FileList | null): Promise<void> {
    const file = files?.[0];
    this.file.value = "";
    if (file === undefined) return;
    if (file.size > largest) return this.say(`${file.name} has ${size(file.size)}; the lab takes at most ${size(largest)}. Use gradus train.`);
    this.say(`Uploading ${file.name} …`);
    try {
      const made = await upload<Upload>(`/api/data?name=${encodeURIComponent(file.name)}`, file);
      this.uploads = [made, ...this.uploads];
      this.fill(made.id);
      this.chosen();
    } catch (error) {
      this.say((error as Error).message);
    }
  }
}

function size(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${figure(bytes / 1e3, 3)} kB` : `${figure(bytes / 1e6, 3)} MB`;
}
