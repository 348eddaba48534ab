// Draw a digit: the chosen model answers with every stroke.
import "./draw.css";
import { get, post, Refusal } from "../api";
import { h, oncePerFrame, replace } from "../dom";
import { answerView, type Prediction } from "../draw/answer";
import { brushOf, mostInk, pixelsOf } from "../draw/ink";
import { pad } from "../draw/pad";
import type { CellAnswer, Picture, RunInside, RunWords } from "../inside/answers";
import { keepInAddress, type View } from "../view";

const sets = ["mnist", "digits"];

export const draw: View = {
  name: "draw",
  title: "Draw",
  show(root, query) {
    const page = new DrawPage(root, query);
    void page.start();
    return () => page.end();
  },
};

class DrawPage {
  private readonly stopper = new AbortController();
  private readonly select = h("select", { onchange: () => this.choose(Number(this.select.value)) });
  private readonly words = h("p", { class: "muted", "aria-live": "polite" });
  private readonly answer = answerView();
  private readonly pad = pad(() => this.changed());
  private readonly example = h("select", { "aria-label": "A digit of the data", onchange: () => void this.showExample() });
  private readonly work = h("div", { class: "draw" });
  private run: RunInside | null = null;
  private asking = false;
  private waits = false; // the drawing changed while an answer was under way

  constructor(
    private readonly root: HTMLElement,
    private readonly query: URLSearchParams,
  ) {}

  private readonly changed = oncePerFrame(() => void this.ask(this.run === null ? [] : pixelsOf(this.pad.ink(), this.run.picture!)));

  async start(): Promise<void> {
    this.root.append(h("h1", {}, "Draw a digit"), this.words, this.work);
    await this.list();
  }

  end(): void {
    this.stopper.abort();
    this.pad.end();
  }

  private async list(): Promise<void> {
    const { runs } = await this.refusing(get<{ runs: RunWords[] }>("/api/models", this.stopper.signal), { runs: [] });
    const fitting = runs.filter((run) => sets.includes(run.data) && run.model);
    if (fitting.length === 0) return this.offerTraining();
    fitting.sort((a, b) => sets.indexOf(a.data) - sets.indexOf(b.data) || b.id - a.id);
    const asked = Number(this.query.get("run"));
    const chosen = fitting.find((run) => run.id === asked) ?? fitting[0]!;
    replace(
      this.select,
      ...fitting.map((run) => h("option", { value: run.id, selected: run === chosen }, [run.id, run.name || run.data, run.network].join(" · "))),
    );
    const clear = h("button", { type: "button", onclick: () => this.pad.clear() }, "Clear");
    const left = h("div", {}, this.pad.element, h("div", { class: "row" }, clear, h("label", {}, "or ", this.example)));
    replace(this.work, h("div", { class: "row chooser" }, h("label", {}, "Model ", this.select)), left, this.answer.element);
    await this.open(chosen.id);
  }

  private choose(id: number): void {
    this.query.set("run", String(id));
    keepInAddress("draw", this.query);
    void this.open(id);
  }

  private async open(id: number): Promise<void> {
    const run = await this.refusing(get<RunInside>(`/api/runs/${id}/inside`, this.stopper.signal), null);
    if (run === null || run.picture === null) return;
    this.run = run;
    this.answer.open(run);
    this.pad.setBrush(brushOf(run.picture));
    replace(this.example, h("option", { value: "" }, "show one of the data"), ...run.classes.map((name, k) => h("option", { value: k }, name)));
    replace(this.words, `Trained on ${run.data}: pictures of ${run.picture.rows} × ${run.picture.cols} pixels. Draw large, in one go or in strokes.`);
    this.changed();
  }

  // One question at a time; of the drawings made meanwhile only the last is asked about.
  private async ask(asked: number[]): Promise<void> {
    const run = this.run;
    if (run === null || this.stopper.signal.aborted) return;
    if (asked.every((level) => level === 0)) return this.answer.blank();
    if (this.asking) {
      this.waits = true;
      return;
    }
    this.asking = true;
    try {
      const answer = await post<Prediction>(`/api/models/${run.id}/predict`, { x: asked }, this.stopper.signal);
      if (this.run === run && !this.waits) this.answer.set(answer, asked, run.picture!);
    } catch (error) {
      this.refused(error);
    } finally {
      this.asking = false;
    }
    if (!this.waits) return;
    this.waits = false;
    this.changed();
  }

  // A row of the data as it is, without the sheet in between.
  private async showExample(): Promise<void> {
    const run = this.run;
    const digit = this.example.value;
    if (run === null || digit === "") return;
    const none: CellAnswer = { total: 0, picture: null, samples: [] };
    const cell = await this.refusing(get<CellAnswer>(`/api/runs/${run.id}/confusion/${digit}/${digit}`, this.stopper.signal), none);
    this.example.value = "";
    const sample = cell.samples[Math.floor(Math.random() * cell.samples.length)];
    if (sample === undefined) return;
    const picture: Picture = run.picture!;
    this.pad.show(sample.values.map((value) => value / mostInk(picture)), picture.rows);
    await this.ask(sample.values);
  }

  private offerTraining(): void {
    const button = h("button", { type: "button", class: "main", onclick: () => void this.train(button) }, "Train one on the digits");
    replace(this.words, "There is no model of handwritten digits yet. The program carries 1,797 of them; a network learns them in a second or two.");
    replace(this.work, h("div", {}, button));
  }

  private async train(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    const fields = { data: "digits", hidden: "128", epochs: "60", activation: "relu" };
    const started = await this.refusing(post<{ id: number }>("/api/trainings", { fields, name: "digits to draw" }, this.stopper.signal), null);
    if (started === null) {
      button.disabled = false;
      return;
    }
    replace(this.words, "Training …");
    while (!this.stopper.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { runs } = await this.refusing(get<{ runs: RunWords[] }>("/api/models", this.stopper.signal), { runs: [] });
      if (runs.find((run) => run.id === started.id)?.status !== "running") break;
    }
    if (!this.stopper.signal.aborted) await this.list();
  }

  /** What came, or `otherwise` with the program's words in the head. */
  private async refusing<Value>(answer: Promise<Value>, otherwise: Value): Promise<Value> {
    try {
      return await answer;
    } catch (error) {
      this.refused(error);
      return otherwise;
    }
  }

  private refused(error: unknown): void {
    if (this.stopper.signal.aborted) return;
    if (!(error instanceof Refusal)) throw error;
    replace(this.words, error.message);
  }
}
