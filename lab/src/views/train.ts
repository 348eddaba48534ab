// Train: a form on the left; what it is about, and what is going on, on the right.
import { get, post, Refusal } from "../api";
import { h, replace } from "../dom";
import { goesOn, type DataList, type Field, type Summary } from "../train/answers";
import { commandLine } from "../train/command";
import { DataChoice } from "../train/data";
import { Follower, shortName } from "../train/follow";
import { Form } from "../train/form";
import { keepInAddress, type View } from "../view";
import "./train.css";

class Page {
  private readonly aside = h("div", { class: "train-form" });
  private readonly runs = h("div", { class: "train-runs" });
  private readonly about = h("div", {});
  private readonly command = h("code", {});
  private readonly message = h("p", { class: "refusal", role: "alert" });
  private readonly name = h("input", { id: "train-name", type: "text", autocomplete: "off", maxlength: 200 });
  private readonly others = h("div", { class: "train-others" });
  private fields: Field[] = [];
  private form!: Form;
  private data!: DataChoice;
  private follower: Follower | null = null;
  private over = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly query: URLSearchParams,
  ) {}

  async start(): Promise<void> {
    const side = h("div", { class: "train-side" }, this.runs, this.about);
    this.root.append(h("h1", {}, "Train"), h("div", { class: "train-view" }, this.aside, side));
    try {
      const [fields, data, trainings] = await Promise.all([
        get<Field[]>("/api/fields"),
        get<DataList>("/api/data"),
        get<Summary[]>("/api/trainings"),
      ]);
      if (!this.over) this.build(fields, data, trainings);
    } catch (error) {
      replace(this.root, h("h1", {}, "Train"), h("p", { class: "refusal", role: "alert" }, (error as Error).message));
    }
  }

  end(): void {
    this.over = true;
    this.follower?.end();
  }

  private build(fields: Field[], list: DataList, trainings: Summary[]): void {
    this.fields = fields;
    this.form = new Form(fields, this.query, (name) => {
      this.show();
      if (name === "target") void this.data.look();
    });
    this.data = new DataChoice(list, this.query.get("data") ?? "digits", () => this.form.values.get("target") ?? "", {
      data: () => {
        this.form.set("target", "");
        this.show();
      },
      target: (name) => this.form.set("target", name),
      preview: (preview) => this.form.setTargets(preview.columns.map((column) => column.name)),
    });
    this.name.value = this.query.get("name") ?? "";
    this.name.addEventListener("input", () => this.show());
    const start = h("button", { type: "submit", class: "main" }, "Start training");
    const element = h(
      "form",
      { novalidate: true, "aria-label": "Configuration" },
      this.data.element,
      this.form.element,
      h("div", { class: "train-field" }, h("label", { for: "train-name" }, "Name"), this.name, h("p", { class: "help muted" }, "What the run is called in the list of runs.")),
      h("div", { class: "train-start" }, start, this.message),
    );
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.begin(start);
    });
    const copy = h("button", { type: "button", onclick: () => void this.copy(copy) }, "Copy");
    const command = h("div", { class: "train-command" }, h("p", { class: "muted" }, "The same on the command line"), h("div", { class: "row" }, this.command, copy));
    this.aside.append(element, command);
    this.about.append(h("h2", {}, "The data"), this.data.preview);
    this.show();
    void this.data.look();
    this.showOthers(trainings);
    const asked = Number(this.query.get("id"));
    const found = trainings.find((each) => each.id === asked) ?? trainings.find(goesOn);
    if (found !== undefined) this.follow(found.id);
  }

  /** Address and command line as the form is. */
  private show(): void {
    const query = new URLSearchParams();
    query.set("data", this.data.value);
    for (const field of this.fields) {
      const value = this.form.values.get(field.name);
      if (value !== undefined) query.set(field.name, value);
    }
    if (this.name.value !== "") query.set("name", this.name.value);
    if (this.follower !== null) query.set("id", String(this.follower.id));
    keepInAddress("train", query);
    this.command.textContent = commandLine(this.fields, this.form.values, this.data.path, this.name.value);
  }

  private async begin(button: HTMLButtonElement): Promise<void> {
    this.message.textContent = "";
    if (!this.form.valid()) return;
    button.disabled = true;
    try {
      const fields = { ...Object.fromEntries(this.form.values), data: this.data.value };
      const { id } = await post<{ id: number }>("/api/trainings", { fields, name: this.name.value });
      if (this.over) return;
      this.follow(id);
      await this.refresh();
      this.runs.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.refuse(error as Error);
    } finally {
      button.disabled = false;
    }
  }

  private refuse(error: Error): void {
    const field = error instanceof Refusal ? error.field : null;
    if (field === "data") this.data.say(error.message);
    else if (field === null || !this.form.refuse(field, error.message)) this.message.textContent = error.message;
  }

  private follow(id: number): void {
    this.follower?.end();
    this.follower = new Follower(id, () => void this.refresh());
    replace(this.runs, this.follower.element, this.others);
    this.show();
    void this.follower.start();
  }

  private async refresh(): Promise<void> {
    try {
      this.showOthers(await get<Summary[]>("/api/trainings"));
    } catch {
      // The next event asks again.
    }
  }

  /** All of this lab but the one that is followed. */
  private showOthers(trainings: Summary[]): void {
    const rest = trainings.filter((each) => each.id !== this.follower?.id);
    if (rest.length === 0) return replace(this.others);
    const row = (each: Summary) => {
      const text = each.name === "" ? `Run ${each.id}` : `Run ${each.id}: ${each.name}`;
      const open = h("button", { type: "button", class: "link", onclick: () => this.open(each.id) }, text);
      return h("tr", {}, h("td", {}, open), h("td", {}, shortName(each.data)), h("td", {}, each.network), h("td", {}, each.state));
    };
    const head = ["run", "data", "network", "state"].map((text) => h("th", { scope: "col" }, text));
    const table = h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rest.map(row)));
    replace(this.others, h("h3", {}, "Other trainings of this lab"), h("div", { class: "scroll" }, table));
  }

  private open(id: number): void {
    this.follow(id);
    void this.refresh();
  }

  private async copy(button: HTMLButtonElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.command.textContent ?? "");
      button.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(this.command); // Ctrl-C does the rest
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }
}

export const train: View = {
  name: "train",
  title: "Train",
  show(root, query) {
    const page = new Page(root, query);
    void page.start();
    return () => page.end();
  },
};
