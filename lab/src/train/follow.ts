// One training as it goes: its state, curves and figures, and the buttons that hold it.
import { follow, get, post } from "../api";
import { h, replace } from "../dom";
import { duration, figure } from "../numbers";
import { count, type End, type EpochRow, type Progress, type Training } from "./answers";
import { Curves } from "./curves";

const reasons: Record<string, string> = {
  epochs: "All epochs are done.",
  early_stopping: "Stopped early: the validation loss no longer fell.",
  target_score: "Stopped: the validation score reached the target.",
  converged: "Converged: there is no lower loss to be found.",
  diverged: "Diverged: try a smaller learning rate, clip_norm = 1 or scaled inputs.",
  interrupted: "Stopped by hand; the model as it was is kept.",
};

export class Follower {
  readonly element = h("section", { class: "train-run", "aria-label": "Training" });
  private readonly badge = h("span", { class: "train-state", role: "status" });
  private readonly progress = h("progress", { "aria-label": "Share of all epochs" });
  private readonly facts = h("dl", { class: "train-figures" });
  private readonly outcome = h("div", { "aria-live": "polite" });
  private readonly message = h("p", { class: "refusal", role: "alert" });
  private readonly pause = this.button("Pause", () => this.act(this.training?.state === "paused" ? "resume" : "pause"));
  private readonly step = this.button("One step", () => this.act("step"));
  private readonly stop = this.button("Stop", () => this.act("stop"));
  private readonly buttons = h("div", { class: "row" }, this.pause, this.step, this.stop);
  private training: Training | null = null;
  private curves: Curves | null = null;
  private unfollow = () => {};
  private over = false;

  constructor(
    readonly id: number,
    private readonly changed: () => void,
  ) {}

  async start(): Promise<void> {
    let training: Training;
    try {
      training = await get<Training>(`/api/trainings/${this.id}`);
    } catch (error) {
      replace(this.element, h("p", { class: "refusal", role: "alert" }, (error as Error).message));
      return;
    }
    if (this.over) return;
    this.training = training;
    this.curves?.end();
    const heading = training.name === "" ? `Run ${training.id}` : `Run ${training.id}: ${training.name}`;
    const words = `${training.target} of ${shortName(training.data)}, network ${training.network}, ${count(training.parameters)} parameters`;
    const head = h("div", { class: "row train-head" }, h("h2", {}, heading), this.badge, this.buttons);
    this.curves = new Curves(training);
    replace(this.element, head, h("p", { class: "muted" }, words), this.progress, this.facts, this.message, this.curves.element, this.outcome);
    this.curves.show();
    this.showProgress(training.progress);
    this.showState(training.state);
    if (training.end !== null) return this.showEnd(training.end);
    this.listen(training.last_event);
  }

  end(): void {
    this.over = true;
    this.unfollow();
    this.curves?.end();
  }

  private listen(after: number): void {
    this.unfollow();
    this.unfollow = follow(
      `/api/trainings/${this.id}/events`,
      {
        progress: (progress: Progress) => this.showProgress(progress),
        epochs: (rows: EpochRow[]) => {
          this.curves?.addEpochs(rows);
          this.showEpoch(rows.at(-1)!);
        },
        validations: (rows: EpochRow[]) => this.curves?.addValidations(rows),
        state: ({ state }: { state: string }) => {
          this.showState(state);
          if (state === "running" && this.training?.steps_per_epoch === 0) void this.again();
          this.changed();
        },
        missed: () => void this.again(),
        end: ({ state, end }: { state: string; end: End }) => {
          this.unfollow();
          this.showState(state);
          this.showEnd(end);
          this.changed();
        },
      },
      String(after),
    );
  }

  /** From the whole state on: events were lost, or the number of its steps has become known. */
  private async again(): Promise<void> {
    this.unfollow();
    await this.start();
  }

  private button(text: string, act: () => void): HTMLButtonElement {
    return h("button", { type: "button", onclick: act }, text);
  }

  private async act(verb: "pause" | "resume" | "step" | "stop"): Promise<void> {
    this.message.textContent = "";
    try {
      await post(`/api/trainings/${this.id}/${verb}`);
    } catch (error) {
      this.message.textContent = (error as Error).message;
    }
  }

  private showState(state: string): void {
    if (this.training !== null) this.training.state = state;
    this.badge.textContent = state;
    this.badge.className = `train-state ${state}`;
    this.pause.textContent = state === "paused" ? "Go on" : "Pause";
    this.pause.disabled = state === "waiting";
    this.step.disabled = state !== "paused";
  }

  private showProgress(progress: Progress | null): void {
    const training = this.training!;
    training.progress = progress;
    const steps = training.steps_per_epoch * training.epochs;
    if (progress === null || steps === 0) return;
    this.progress.value = progress.step / steps;
    this.showFacts([
      ["epoch", `${count(progress.epoch + 1)} of ${count(training.epochs)}`],
      ["step", count(progress.step)],
      ["loss", figure(progress.loss)],
      ["samples/s", figure(progress.samples_per_second, 3)],
      ["time left", progress.seconds_left === null ? "–" : duration(progress.seconds_left)],
    ]);
  }

  /** For trainings that are over before any progress is told, and lbfgs, which tells none. */
  private showEpoch(row: EpochRow): void {
    const training = this.training!;
    if (training.progress !== null || training.epochs === 0) return;
    this.progress.value = (row[0]! + 1) / training.epochs;
    this.showFacts([
      ["epoch", `${count(row[0]! + 1)} of ${count(training.epochs)}`],
      ["loss", figure(row[3])],
    ]);
  }

  private showFacts(facts: [string, string][]): void {
    replace(this.facts, ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  private showEnd(end: End): void {
    const training = this.training!;
    training.end = end;
    this.buttons.remove();
    this.progress.remove();
    if (end.seconds !== undefined) {
      this.showFacts([
        ["epochs", count(end.epochs ?? 0)],
        ["steps", count(end.steps ?? 0)],
        ["training time", duration(end.seconds)],
        ["samples/s", figure((training.parts.train * (end.steps ?? 0)) / training.steps_per_epoch / end.seconds, 3)],
      ]);
    }
    const sentence = end.stop_reason === undefined ? "" : (reasons[end.stop_reason] ?? "");
    const best = end.validation && end.best_epoch !== undefined ? ` The lowest validation loss was in epoch ${end.best_epoch + 1}.` : "";
    replace(
      this.outcome,
      h("p", {}, sentence, best),
      end.diverged_at ? h("p", { class: "refusal" }, end.diverged_at) : null,
      end.error !== "" ? h("p", { class: "refusal" }, end.error) : null,
      end.train ? this.figures(end) : null,
      h("p", { class: "row train-links" }, h("a", { href: `#runs?run=${this.id}` }, "This run among the others"), end.model ? h("a", { href: `#inside?run=${this.id}` }, "Look inside") : null),
    );
  }

  private figures(end: End): HTMLElement {
    const training = this.training!;
    const parts = (["train", "validation", "test"] as const).filter((part) => end[part] !== undefined);
    const head = ["part", "rows", "loss", training.score === "r2" ? "R²" : training.score];
    const row = (part: (typeof parts)[number]) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, part),
        h("td", { class: "num" }, count(training.parts[part])),
        h("td", { class: "num" }, figure(end[part]!["loss"])),
        h("td", { class: "num" }, figure(end[part]![training.score])),
      );
    return h(
      "table",
      { class: "train-end" },
      h("thead", {}, h("tr", {}, ...head.map((text, i) => h("th", { scope: "col", class: i === 0 ? null : "num" }, text)))),
      h("tbody", {}, ...parts.map(row)),
    );
  }
}

/** "runs/uploads/3/table.csv" is upload 3. */
export function shortName(data: string): string {
  const found = /uploads\/(\d+)\/table\.csv$/.exec(data);
  return found ? `upload-${found[1]}` : data;
}
