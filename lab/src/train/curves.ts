// The curves of a training as they grow: loss and score over epochs.
import { lineChart, type Chart, type Line } from "../chart";
import { h, oncePerFrame, replace } from "../dom";
import type { EpochRow, Training } from "./answers";

const most = 4000; // points of a line

const parts = [
  { label: "training", loss: 3, colour: "--line-1" },
  { label: "validation", loss: 5, colour: "--line-2" },
  { label: "test", loss: 7, colour: "--line-3" },
];

export class Curves {
  readonly element = h("div", { class: "train-charts" });
  readonly draw = oncePerFrame(() => this.redraw());
  private readonly log = h("input", { type: "checkbox", onchange: () => this.build() });
  private readonly loss = h("section", { class: "panel" });
  private readonly score = h("section", { class: "panel" });
  private charts: Chart[] = [];
  private rows: EpochRow[];
  private within: EpochRow[];
  private ended = false;

  constructor(private readonly training: Training) {
    this.rows = [...training.curves.epochs];
    this.within = [...training.curves.validations];
    this.element.append(this.loss, this.score);
  }

  /** Once the element is in the page: only there it has colours and a width. */
  show(): void {
    this.build();
  }

  addEpochs(rows: EpochRow[]): void {
    this.rows = thinned(this.rows.concat(rows));
    this.draw();
  }

  addValidations(rows: EpochRow[]): void {
    this.within = thinned(this.within.concat(rows));
    this.draw();
  }

  end(): void {
    this.ended = true;
    for (const chart of this.charts) chart.end();
  }

  private build(): void {
    for (const chart of this.charts) chart.end();
    const score = this.training.score === "accuracy" ? "accuracy" : "R²";
    replace(this.loss, h("div", { class: "row train-chart-head" }, h("h3", {}, "Loss"), h("label", {}, this.log, " logarithmic")));
    replace(this.score, h("div", { class: "row train-chart-head" }, h("h3", {}, score === "R²" ? "R²" : "Accuracy")));
    const options = { xLabel: "epoch", height: 280 };
    this.charts = [
      lineChart(this.loss, { ...options, yLabel: "loss", logY: this.log.checked }),
      lineChart(this.score, { ...options, yLabel: score }),
    ];
    this.redraw();
  }

  private redraw(): void {
    if (this.ended) return;
    this.charts.forEach((chart, figure) => chart.set(this.lines(figure)));
  }

  /** Of the loss (0) or the score (1). */
  private lines(figure: number): Line[] {
    const lines: Line[] = [];
    for (const part of parts) {
      const dense = part.label === "validation" && this.within.length > 0;
      const column = dense ? 2 + figure : part.loss + figure;
      const known = (dense ? this.within : this.rows).filter((row) => row[part.loss] !== null || dense);
      if (known.length === 0) continue;
      const x = known.map((row) => (dense ? row[1]! / this.training.steps_per_epoch : row[0]! + 1));
      lines.push({ label: part.label, colour: part.colour, x, y: known.map((row) => row[column] ?? null) });
    }
    return lines;
  }
}

/** Every second point where there are too many; always the last. */
function thinned(rows: EpochRow[]): EpochRow[] {
  return rows.length <= most ? rows : rows.filter((_, i) => i % 2 === 0 || i === rows.length - 1);
}
