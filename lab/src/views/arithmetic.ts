// One training step of a small network on one sample, number by number.
import "./arithmetic.css";
import { fromAddress, toAddress, type State } from "../arithmetic/address";
import { networkEditor, placeField, sampleEditor, weightsEditor, type Change } from "../arithmetic/editor";
import { Formulas } from "../arithmetic/formulas";
import { formatter } from "../arithmetic/letters";
import { gradientTable, linesElement } from "../arithmetic/lines";
import { networkPicture, samePlace, type Place } from "../arithmetic/network";
import { placePanel } from "../arithmetic/place";
import { gradientRows, lines, rules, stagesOf, updateLines, type Stage } from "../arithmetic/stages";
import type { Answer, Listing, Worked } from "../arithmetic/types";
import { get, post, Refusal } from "../api";
import { h, replace } from "../dom";
import { keepInAddress, type View } from "../view";

class Arithmetic {
  private readonly refusal = h("p", { class: "refusal", role: "alert" });
  private readonly lesson = h("div");
  private readonly settings = h("div");
  private readonly field = h("div", { class: "row problem" });
  private readonly controls = h("div", { class: "row controls" });
  private readonly picture = h("div");
  private readonly place = h("section", { class: "place", "aria-live": "polite", "aria-label": "The unit or weight under the pointer" });
  private readonly working = h("section", { class: "panel working", "aria-label": "The arithmetic of this stage" });
  private readonly values = h("section", { "aria-label": "Weights before the first step" });
  private readonly abort = new AbortController();
  private asked = 0;
  private worked: Worked | null = null;
  private chosen: Place | null = null;

  constructor(
    root: HTMLElement,
    private readonly listing: Listing,
    private state: State,
  ) {
    root.append(
      h("h1", {}, "Arithmetic"),
      this.lesson,
      this.settings,
      this.refusal,
      this.controls,
      h("div", { class: "arithmetic" }, h("div", {}, this.picture, this.field, this.place), this.working),
      this.values,
    );
    document.addEventListener("keydown", this.onKey, { signal: this.abort.signal });
    this.showEditors();
    void this.work();
  }

  end(): void {
    this.abort.abort();
  }

  private readonly onKey = (event: KeyboardEvent) => {
    const inField = event.target instanceof Element && event.target.closest("input, select, textarea") !== null;
    if (inField || event.ctrlKey || event.metaKey || event.altKey || this.worked === null) return;
    const last = this.stages().length - 1;
    const to = { ArrowRight: this.state.stage + 1, ArrowLeft: this.state.stage - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.goTo(to);
  };

  private stages(): Stage[] {
    return stagesOf(this.state.problem.sizes.length - 1);
  }

  /** Past the last stage the next step begins, and before the first one the step before ends. */
  private goTo(stage: number): void {
    const { problem } = this.state;
    const count = this.stages().length;
    if (stage >= count && problem.step < this.listing.most_steps) {
      this.toStep(problem.step + 1, 0);
    } else if (stage < 0 && problem.step > 1) {
      this.toStep(problem.step - 1, count - 1);
    } else {
      this.state.stage = Math.min(count - 1, Math.max(0, stage));
      this.show();
    }
  }

  private toStep(step: number, stage: number): void {
    this.state = { ...this.state, problem: { ...this.state.problem, step }, stage };
    void this.work();
  }

  private readonly change: Change = (edit) => {
    const problem = edit(this.state.problem);
    if (problem.sizes.join() !== this.state.problem.sizes.join()) this.chosen = null;
    this.state = { ...this.state, problem, example: null };
    void this.work();
  };

  private choose(name: string): void {
    const example = this.listing.examples.find((each) => each.name === name);
    if (example === undefined) return;
    this.chosen = null;
    this.state = { ...this.state, example, problem: { ...example.body, step: 1 }, stage: 0 };
    void this.work();
  }

  private async work(): Promise<void> {
    const turn = ++this.asked;
    const { problem } = this.state;
    try {
      const answer = await post<Answer>("/api/arithmetic", problem, this.abort.signal);
      if (turn !== this.asked) return;
      if (problem.weights === undefined) {
        this.state.problem.weights = answer.layers.map((layer) => layer.weight.before.map((value) => value ?? 0));
        this.state.problem.biases = answer.layers.map((layer) => layer.bias.before.map((value) => value ?? 0));
      }
      this.worked = { problem: this.state.problem, answer };
      replace(this.refusal);
      this.showEditors();
      this.show();
    } catch (error) {
      if (error instanceof Refusal && turn === this.asked) replace(this.refusal, error.message);
      else if (!(error instanceof DOMException)) throw error;
    }
  }

  /** A field that is being used stays as it is, unless other fields stand around it now. */
  private showEditors(): void {
    const { example, problem } = this.state;
    const shape = JSON.stringify([problem.sizes, problem.loss, problem.optimizer]);
    const fill = (root: HTMLElement, make: () => (Node | null)[]) => {
      const inUse = root.contains(document.activeElement) && root !== this.lesson;
      if (inUse && root.dataset["shape"] === shape) return;
      const fields = () => [...root.querySelectorAll<HTMLElement>("input, select")];
      const at = fields().findIndex((field) => field === document.activeElement);
      root.dataset["shape"] = shape;
      replace(root, ...make());
      if (at >= 0) fields()[at]?.focus();
    };
    fill(this.lesson, () => [this.exampleChoice(), h("p", { class: "muted lesson-text" }, example?.text ?? "")]);
    fill(this.settings, () => [networkEditor(problem, this.listing, this.change), sampleEditor(problem, this.change)]);
    if (problem.weights === undefined) return;
    fill(this.values, () => [h("h2", {}, "Weights before the first step"), weightsEditor(problem, this.change)]);
    fill(this.field, () => [this.chosen && placeField(this.chosen, problem, this.change)]);
  }

  private exampleChoice(): HTMLElement {
    const choice = h(
      "select",
      { onchange: () => this.choose(choice.value) },
      ...this.listing.examples.map((each) => h("option", { value: each.name, selected: each === this.state.example }, each.title)),
      this.state.example === null ? h("option", { value: "", selected: true }, "Values of your own") : null,
    );
    return h("label", { class: "lesson" }, "Example", choice);
  }

  private show(): void {
    if (this.worked === null) return;
    const stages = this.stages();
    this.state.stage = Math.min(this.state.stage, stages.length - 1);
    const stage = stages[this.state.stage]!;
    const formulas = new Formulas(this.worked, formatter(this.state.allDigits));
    this.showControls(stages);
    this.showPicture(formulas, stage);
    this.showWorking(formulas, stage);
    keepInAddress("arithmetic", toAddress(this.state));
  }

  private showControls(stages: Stage[]): void {
    const { stage, problem, allDigits } = this.state;
    const atEnd = stage === stages.length - 1;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["control"] : undefined;
    const button = (name: string, label: string, to: number, disabled: boolean, main = false) =>
      h("button", { "data-control": name, class: main ? "main" : null, disabled, onclick: () => this.goTo(to) }, label);
    const digits = h("input", {
      type: "checkbox",
      "data-control": "digits",
      checked: allDigits,
      onchange: () => {
        this.state.allDigits = digits.checked;
        this.show();
      },
    });
    replace(
      this.controls,
      button("first", "First", 0, stage === 0),
      button("back", "Back", stage - 1, stage === 0 && problem.step === 1),
      button("next", atEnd ? "Next step" : "Next", stage + 1, false, true),
      button("last", "Last", stages.length - 1, atEnd),
      h("span", { class: "where" }, `Step ${problem.step}, stage ${stage + 1} of ${stages.length}`),
      problem.step > 1
        ? h("button", { "data-control": "again", onclick: () => this.toStep(1, 0) }, "From step 1")
        : null,
      h("label", { class: "check" }, digits, "All digits"),
    );
    if (focused !== undefined) this.controls.querySelector<HTMLElement>(`[data-control="${focused}"]`)?.focus();
  }

  private showPicture(formulas: Formulas, stage: Stage): void {
    const focused = document.activeElement?.getAttribute("data-place");
    const look = (place: Place | null) => {
      const shown = place ?? this.chosen;
      replace(
        this.place,
        shown === null
          ? h("p", { class: "muted" }, "Point at a unit or a line, or go there with the Tab key: its formulas stand here. A click or Enter keeps it, to change its value.")
          : placePanel(shown, stage, formulas),
      );
    };
    const choose = (place: Place) => {
      this.chosen = samePlace(place, this.chosen) ? null : place;
      this.showEditors();
      this.showPicture(formulas, stage);
    };
    replace(this.picture, networkPicture(formulas, stage, this.chosen, { look, choose }));
    look(null);
    if (focused) this.picture.querySelector<SVGElement>(`[data-place="${focused}"]`)?.focus();
  }

  private showWorking(formulas: Formulas, stage: Stage): void {
    const { problem, answer } = formulas.worked;
    const extra: (Node | null)[] = [];
    if (stage.kind === "backward") extra.push(gradientTable(gradientRows(stage.layer, formulas), formulas.format));
    if (stage.kind === "update") extra.push(linesElement([...updateLines(formulas), formulas.lossAfter()], formulas.format));
    if (stage.kind === "update" && answer.largest_error !== null) {
      extra.push(
        h("p", { class: "muted" }, `Largest relative difference of analytic and numeric gradient: ${answer.largest_error.toPrecision(2)}.`),
      );
    }
    if (stage.kind === "start") {
      extra.push(
        h("p", {}, `Input x = (${problem.input.map(formulas.format).join(", ")}), target t = (${problem.target.map(formulas.format).join(", ")}).`),
        h("p", { class: "muted" }, "Next, Back or the arrow keys lead through the step: each layer forward, the loss, each layer backward, the update."),
      );
    }
    replace(
      this.working,
      h("h2", {}, stage.title),
      h("div", { class: "rules" }, ...rules(stage, formulas).map((rule) => h("p", {}, rule))),
      linesElement(lines(stage, formulas), formulas.format),
      ...extra,
    );
  }
}

export const arithmetic: View = {
  name: "arithmetic",
  title: "Arithmetic",
  show(root, query) {
    let view: Arithmetic | null = null;
    let ended = false;
    get<Listing>("/api/arithmetic/examples").then(
      (listing) => {
        if (!ended) view = new Arithmetic(root, listing, fromAddress(query, listing));
      },
      (error: unknown) => root.append(h("p", { class: "refusal", role: "alert" }, String(error))),
    );
    return () => {
      ended = true;
      view?.end();
    };
  },
};
